//! The decision, by policies of 1, 100 and 10,000 rules, each for a team of its own, or for everyone with collections of its
//! own. The last one is the caller's.

use crate::given::{caller, chroma, policy_of};
use criterion::{BenchmarkId, Criterion};
use std::fmt::Write;
use vectorgate::policy::Policy;

/// The group `decision`.
pub fn bench(criterion: &mut Criterion) {
    let operation = chroma().read().operation;
    let caller = caller();
    let mut group = criterion.benchmark_group("decision");
    for (what, others) in [
        ("rules of other callers", "svc:team-"),
        ("rules of all callers", "svc:*"),
    ] {
        for rules in [1, 100, 10_000] {
            let policy = policy(rules, others);
            let decision = policy.decide(&caller, &operation);
            let by = decision.rule.as_ref().map(|rule| rule.as_str().to_owned());
            assert_eq!(by.as_deref(), Some("the-last"), "{}", decision.reason);
            group.bench_function(BenchmarkId::new(what, rules), |b| {
                b.iter(|| policy.decide(&caller, &operation))
            });
        }
    }
    group.finish();
}

/// Rules for identities that begin so; all but the last are for other collections.
fn policy(rules: usize, others: &str) -> Policy {
    let mut json = String::from(
        r#"{"version":1,"database":"chroma","identity":[{"header":{"name":"x-client-id"}}],"lookup":{"cluster":"database"},"rules":["#,
    );
    for n in 1..rules {
        let identity = if others.ends_with('*') {
            others.to_owned()
        } else {
            format!("{others}{n}")
        };
        let _ = write!(
            json,
            r#"{{"name":"team-{n}","identities":["{identity}"],"collections":["team-{n}-*"],"operations":["search","fetch"],"top_k":{{"max":100}}}},"#
        );
    }
    json.push_str(
        r#"{"name":"the-last","identities":["svc:bench"],"collections":["people"],"operations":["search"],"top_k":{"max":100},"mask":[{"fields":["email"],"with":"remove"}]}]}"#,
    );
    policy_of(&json)
}
