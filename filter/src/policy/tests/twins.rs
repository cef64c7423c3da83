//! Properties: what the index finds is what a walk over all rules finds; what is no policy is refused, and never more.

use super::given::{compiled, environment, plain};
use crate::operation::Kind;
use crate::policy::model::RuleVerdict;
use crate::policy::{Policy, Rule};
use proptest::prelude::*;

/// Word for word: the first rule whose identity, kind and collections match. (What earlier rules hold for a part of a
/// request is tested by itself.)
fn walked<'p>(
    policy: &'p Policy,
    name: &str,
    groups: &[String],
    kind: Kind,
    collection: &str,
) -> Option<&'p Rule> {
    policy.rules().iter().find(|rule| {
        rule.identities()
            .iter()
            .any(|pattern| match pattern.to_string().strip_prefix("group:") {
                Some(group) => groups
                    .iter()
                    .any(|name| crate::policy::glob::Glob::new(group).matches(name)),
                None => crate::policy::glob::Glob::new(&pattern.to_string()).matches(name),
            })
            && rule.kinds().contains(kind)
            && rule.covers_collection(collection)
    })
}

const VERDICTS: [&str; 2] = ["allow", "deny"];
const OPERATIONS: [&str; 3] = ["search", "list", "search, list"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn the_index_finds_what_a_walk_finds(
        rules in prop::collection::vec(
            ("(group:)?[ab]{1,2}[*?]?", "(group:)?[ab?*]{1,3}", "[ab]{1,2}[*]?", 0..3_usize, 0..2_usize), 1..6),
        name in "[ab]{1,3}",
        groups in prop::collection::vec("[ab]{1,2}", 0..3),
        collection in "[ab]{1,3}",
        list in any::<bool>(),
    ) {
        let mut yaml = String::from("version: 1\ndatabase: qdrant\nrules:\n");
        for (number, (one, other, collections, operations, verdict)) in rules.iter().enumerate() {
            let (operations, verdict) = (OPERATIONS[*operations], VERDICTS[*verdict]);
            yaml.push_str(&format!(
                "  - {{ name: r{number}, identities: [\"{one}\", \"{other}\"], collections: [\"{collections}\"], operations: [{operations}], verdict: {verdict} }}\n"
            ));
        }
        // Rules behind others are refused.
        let Ok(policy) = compiled(&yaml) else { return Err(TestCaseError::reject("never fires")) };

        let kind = if list { Kind::List } else { Kind::Search };
        let mut asked = plain(kind, &collection).by(&name);
        for group in &groups {
            asked = asked.in_group(group);
        }
        let decision = asked.under(&policy);
        let walked = walked(&policy, &name, &groups, kind, &collection);
        prop_assert_eq!(decision.rule.as_ref(), walked.map(Rule::name));
        let allowed = walked.is_some_and(|rule| rule.verdict() == RuleVerdict::Allow);
        prop_assert_eq!(decision.verdict.as_str(), if allowed { "allow" } else { "deny" });
    }

    #[test]
    fn a_rule_said_to_be_out_of_reach_is_so(
        rules in prop::collection::vec(("[ab]?[ab*?]", "[ab]?[ab*?]", 0..3_usize), 2..5),
        name in "[ab]{1,3}", collection in "[ab]{1,3}", list in any::<bool>(),
    ) {
        // The last rule is taken out where the compiler says that it can never fire: nothing may change.
        let policy = |number: usize| {
            let mut yaml = String::from("version: 1\ndatabase: qdrant\nrules:\n");
            for (number, (identity, collections, operations)) in rules.iter().take(number).enumerate() {
                let operations = OPERATIONS[*operations];
                yaml.push_str(&format!(
                    "  - {{ name: r{number}, identities: [\"{identity}\"], collections: [\"{collections}\"], operations: [{operations}] }}\n"
                ));
            }
            compiled(&yaml)
        };
        let (Ok(without), Err(_)) = (policy(rules.len() - 1), policy(rules.len())) else { return Ok(()) };
        let (identity, collections, operations) = &rules[rules.len() - 1];
        let kind = if list { "list" } else { "search" };
        let covered = crate::policy::glob::Glob::new(identity).matches(&name)
            && crate::policy::glob::Glob::new(collections).matches(&collection)
            && OPERATIONS[*operations].contains(kind);
        if covered {
            let kind = if list { Kind::List } else { Kind::Search };
            prop_assert!(plain(kind, &collection).by(&name).under(&without).rule.is_some());
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(
        place in 0..SAMPLE.len(), cut in 0..40_usize, put in "[\\[\\]{}\":,a-z0-9 *$.]{0,6}",
    ) {
        let mut text = SAMPLE.to_owned();
        let end = (place + cut).min(text.len());
        text.replace_range(place..end, &put);
        let _ = Policy::from_json(text.as_bytes(), &environment);
        let _ = compiled(&text);
    }
}

const SAMPLE: &str = r##"{"version":1,"database":"chroma","identity":[{"jwt":{"claim":"sub","groups":"groups"}}],"rules":[{"name":"r","identities":["svc:rag-*","group:ml"],"collections":["docs"],"operations":["search","fetch"],"top_k":{"max":100,"over":"clamp"},"mask":[{"fields":["email"],"with":"hash"},{"path":"$.contact.ssn","with":"remove"},{"detect":["email"],"fields":["#document"]}],"vectors":{"round":3},"scores":"strip"}],"hash_key":{"env":"VECTORGATE_HASH_KEY"},"approval":{"cluster":"console","wait":"20s"},"audit":{"cluster":"console","max_body":"64KiB"}}"##;

#[test]
fn the_digest_is_that_of_the_meaning() {
    let digest = |yaml: &str| {
        compiled(yaml)
            .unwrap_or_else(|mistakes| panic!("{mistakes}"))
            .digest()
            .to_string()
    };
    let one = "version: 1\ndatabase: chroma\nrules: [{ name: r, identities: [a], collections: [b], operations: [search] }]\nlimits: { request_body: 1024KiB }";
    let same = "# a comment\nlimits: { request_body: 1MiB }\nrules:\n  - operations: [search]\n    collections: [b]\n    identities: [a]\n    name: r\ndatabase: chroma\nversion: 1";
    assert_eq!(digest(one), digest(same));
    assert_eq!(digest(one).len(), 64);
    assert_ne!(digest(one), digest(&one.replace("[b]", "[c]")));
    assert_ne!(digest(one), digest(&one.replace("1024KiB", "2MiB")));
}
