//! That a decision does not get slower with the number of rules. Run with `cargo test speed -- --ignored --nocapture`.

use super::given::{Given, rules, search};
use crate::policy::Policy;
use std::time::{Duration, Instant};

/// So many services, each with a rule of its own, behind a few rules for groups and for all.
fn of_services(number: usize) -> Policy {
    let mut yaml = String::from(
        r#"
- { name: no-secrets, identities: ["*"], collections: ["secret-*"], operations: [search, fetch, list], verdict: deny }
- { name: admins, identities: ["group:admins"], collections: ["*"], operations: [search, list] }
"#,
    );
    for service in 0..number {
        yaml.push_str(&format!(
            "- {{ name: r{service}, identities: [\"svc:team{service}-*\", \"svc:team{service}\"], collections: [\"team{service}-*\"], operations: [search], top_k: {{ max: 100, over: clamp }} }}\n"
        ));
    }
    rules(&yaml)
}

fn time(policy: &Policy, given: &Given) -> Duration {
    // The best of many: what else the machine does is not of interest.
    (0..50)
        .map(|_| {
            let begun = Instant::now();
            for _ in 0..200 {
                std::hint::black_box(given.under(policy));
            }
            begun.elapsed() / 200
        })
        .min()
        .unwrap()
}

#[test]
#[ignore = "measures time"]
fn ten_thousand_rules_cost_at_most_twice_what_ten_do() {
    let begun = Instant::now();
    let (few, many) = (of_services(10), of_services(10_000));
    println!("compiled in {:?}", begun.elapsed());
    for given in [
        search("team7-docs").by("svc:team7"),
        search("team7-docs").by("svc:team7-web").limit(500),
        search("team7-docs").by("svc:other"),
        search("docs").by("ann").in_group("staff").in_group("admins"),
    ] {
        let (with_few, with_many) = (time(&few, &given), time(&many, &given));
        println!("10 rules {with_few:?}, 10,000 rules {with_many:?}");
        assert!(with_many <= with_few * 2, "{with_few:?} became {with_many:?}");
    }
}
