//! Decisions by policies of few and of many rules.

use super::compiled;
use std::fmt::Write;
use vectorgate::approval::contract::Caller;
use vectorgate::audit::record::Verdict;
use vectorgate::operation::{Kind, Operation, Query, Results};
use vectorgate::policy::Policy;

/// Whose rules a policy has.
pub enum Rules {
    /// So many services, each with one of its own.
    OfEach(usize),
    /// One service with so many, each for collections of their own.
    OfOne(usize),
}

/// A policy, and what it is asked.
pub struct Decisions {
    policy: Policy,
    asked: Vec<(Caller, Operation, Verdict)>,
}

impl Decisions {
    /// Under these rules.
    pub fn under(rules: &Rules) -> Result<Decisions, String> {
        let (number, one) = match rules {
            Rules::OfEach(number) => (*number, None),
            Rules::OfOne(number) => (*number, Some("svc:one")),
        };
        let service = |n: usize| one.map_or_else(|| format!("svc:team{n}"), str::to_owned);
        let mut policy = String::from(
            r#"{"version":1,"database":"chroma","identity":[{"header":{"name":"x-client-id"}}],"lookup":{"cluster":"database"},"rules":[
                {"name":"no-secrets","identities":["*"],"collections":["secret-*"],"operations":["search","fetch"],"verdict":"deny"},
                {"name":"admins","identities":["group:admins"],"collections":["*"],"operations":["search","fetch"]}"#,
        );
        for n in 0..number {
            let _ = write!(
                policy,
                r#",{{"name":"rule-{n}","identities":["{service}"],"collections":["team{n}-*"],"operations":["search"],"top_k":{{"max":100,"over":"clamp"}}}}"#,
                service = service(n)
            );
        }
        policy.push_str("]}");
        let asked = |name: String, groups: &[&str], collection: &str, limit: u64, verdict: Verdict| {
            let mut operation = Operation::new(Kind::Search);
            operation.collections.push(collection.to_owned());
            operation.queries.push(Query {
                offset: 0,
                limit: Results::AtMost(limit),
                multiplier: 1,
                clampable: true,
            });
            let caller = Caller {
                name,
                groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            };
            (caller, operation, verdict)
        };
        let decisions = Decisions {
            policy: compiled(&policy)?,
            asked: vec![
                asked(service(7), &[], "team7-docs", 10, Verdict::Allow),
                asked(service(7), &[], "team7-docs", 500, Verdict::Clamp),
                asked(service(7), &[], "secret-docs", 10, Verdict::Deny),
                asked(service(7), &[], "other", 10, Verdict::Deny),
                asked("ann".to_owned(), &["staff", "admins"], "docs", 10, Verdict::Allow),
            ],
        };
        // The first large allocation after a large policy was read pays for tidying up, which is not what a decision costs.
        drop(std::hint::black_box(vec![0u8; 100_000]));
        Ok(decisions)
    }
}

/// All decisions once. This is what is counted.
#[inline(never)]
pub fn live_decisions(decisions: &Decisions) -> Result<(), String> {
    for (caller, operation, expected) in &decisions.asked {
        let decision = decisions.policy.decide(caller, operation);
        if decision.verdict != *expected {
            return Err(format!("{:?}: {}", decision.verdict, decision.reason));
        }
    }
    Ok(())
}
