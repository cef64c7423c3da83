//! How requests are judged: given a policy, when this is asked, then that becomes of it.

use super::given::{catalogue, fetch, list, nowhere, plain, rules, search, told};
use crate::audit::record::Verdict;
use crate::mask::plan::{Action, Selector};
use crate::operation::{Kind, Results, Through};
use crate::policy::Policy;
use insta::assert_snapshot;

/// The design's own example.
fn example() -> Policy {
    rules(
        r#"
- name: rag-reads
  identities: ["svc:rag*", "group:ml"]
  collections: ["docs", "kb-*"]
  operations: [search, fetch]
  top_k: { max: 100, over: clamp }
  results: { max: 1000, over: approve }
  mask:
    - { fields: [email], with: partial }
    - { fields: [user_id], with: hash }
    - { path: "$.contact.ssn", with: remove }
    - { detect: [email, card, iban, ssn], fields: [text, '#document'] }
  vectors: strip
- name: exports-need-a-human
  identities: ["group:data-eng"]
  operations: [export, list]
  verdict: approve
"#,
    )
}

#[test]
fn depth_and_results_as_in_the_design() {
    let policy = example();
    for (when, then) in [
        (search("docs").limit(50), "allow"),
        (search("docs").limit(100), "allow"),
        (search("docs").limit(101), "clamp [100] 100"),
        (search("docs").limit(500), "clamp [100] 100"),
        (search("docs").limit(1000), "clamp [100] 100"),
        (search("docs").limit(1001), "approve"),
        (search("docs").limit(2000), "approve"),
        (search("docs").unlimited(), "approve"),
        (search("docs").limit(100).queries(10), "allow"),
        (search("docs").limit(100).queries(20), "approve"),
        (
            search("docs").limit(200).queries(5),
            "clamp [100 100 100 100 100] 500",
        ),
        (search("docs").query(0, Results::AtMost(200)), "clamp [- 100] 110"),
        // The second page is a larger top-k.
        (search("docs").offset(60).limit(40), "allow"),
        (search("docs").offset(60).limit(50), "clamp [40] 40"),
        (search("docs").offset(99).limit(10), "clamp [1] 1"),
        (search("docs").offset(100).limit(10), "deny"),
        (search("docs").offset(u64::MAX).limit(10), "deny"),
        (search("docs").offset(100).limit(0), "allow"),
        (search("docs").offset(101).limit(0), "deny"),
        // Several vectors share one limit.
        (search("docs").limit(100).times(10), "allow"),
        (search("docs").limit(100).times(11), "approve"),
        (search("docs").limit(200).times(3), "clamp [100] 300"),
        (search("docs").limit(u64::MAX).times(2), "approve"),
        // Where the limit cannot be lowered.
        (search("docs").limit(100).fixed(), "allow"),
        (search("docs").limit(101).fixed(), "deny"),
        // Ids have no depth.
        (fetch("docs", 1000), "allow"),
        (fetch("docs", 1001), "approve"),
    ] {
        let decision = when.under(&policy);
        assert_eq!(told(&decision), then, "{:?}: {}", when.operation, decision.reason);
        assert_eq!(
            decision.rule.as_ref().map(|name| name.as_str()),
            Some("rag-reads")
        );
    }
}

#[test]
fn a_rule_matches_by_identity_operation_and_every_collection() {
    let policy = example();
    for (when, then, rule) in [
        (search("docs"), "allow", Some("rag-reads")),
        (search("docs").by("svc:rag-web"), "allow", Some("rag-reads")),
        (search("kb-").by("svc:rag-web"), "allow", Some("rag-reads")),
        (search("kb-eu"), "allow", Some("rag-reads")),
        (search("docs").and("kb-eu"), "allow", Some("rag-reads")),
        (search("docs").and("hr"), "deny", None),
        (search("hr"), "deny", None),
        (search("docs2"), "deny", None),
        (search("DOCS"), "deny", None),
        (search("docs").by("svc:etl"), "deny", None),
        (search("docs").by("anonymous"), "deny", None),
        (
            search("docs").by("svc:etl").in_group("ml"),
            "allow",
            Some("rag-reads"),
        ),
        (
            search("docs").by("svc:etl").in_group("web").in_group("ml"),
            "allow",
            Some("rag-reads"),
        ),
        (search("docs").by("svc:etl").in_group("mlops"), "deny", None),
        // Groups and names are different things.
        (search("docs").by("group:ml"), "deny", None),
        (search("docs").by("ml"), "deny", None),
        (search("docs").by("svc:etl").in_group("svc:rag"), "deny", None),
        (search("docs").by("svc:etl").in_group("group:ml"), "deny", None),
        // Operations.
        (list("docs"), "deny", None),
        (plain(Kind::Write, "docs"), "deny", None),
        (
            list("docs").by("anyone").in_group("data-eng"),
            "approve",
            Some("exports-need-a-human"),
        ),
        (
            plain(Kind::Export, "hr").by("anyone").in_group("data-eng"),
            "approve",
            Some("exports-need-a-human"),
        ),
        // What needs no collection is matched by identity and operation alone.
        (nowhere(Kind::Search), "allow", Some("rag-reads")),
        // The whole catalogue needs a rule for every collection.
        (catalogue(Kind::Search), "deny", None),
        (
            catalogue(Kind::Export).in_group("data-eng"),
            "approve",
            Some("exports-need-a-human"),
        ),
        // Meta and unknown.
        (nowhere(Kind::Meta), "allow", None),
        (nowhere(Kind::Meta).by("anonymous"), "allow", None),
        (plain(Kind::Unknown, "docs"), "deny", None),
        (nowhere(Kind::Unknown), "deny", None),
    ] {
        let decision = when.under(&policy);
        assert_eq!(told(&decision), then, "{:?}: {}", when.operation, decision.reason);
        assert_eq!(
            decision.rule.as_ref().map(|name| name.as_str()),
            rule,
            "{:?}",
            when.operation
        );
    }
}

#[test]
fn the_first_rule_wins() {
    let policy = rules(
        r#"
- { name: no-hr, identities: ["svc:web"], collections: ["hr"], operations: [search], verdict: deny }
- { name: shallow, identities: ["svc:web"], collections: ["*"], operations: [search], top_k: { max: 5, over: clamp } }
- { name: deep, identities: ["*"], collections: ["docs", "hr"], operations: [search, fetch] }
"#,
    );
    for (when, then, rule) in [
        (search("hr").by("svc:web"), "deny", "no-hr"),
        (search("docs").by("svc:web"), "clamp [5] 5", "shallow"),
        (fetch("docs", 7).by("svc:web"), "allow", "deep"),
        (search("docs").by("svc:other"), "allow", "deep"),
    ] {
        let decision = when.under(&policy);
        assert_eq!(told(&decision), then);
        assert_eq!(decision.rule.unwrap().as_str(), rule);
    }
}

#[test]
fn what_holds_for_a_part_of_a_request_holds_for_all_of_it() {
    let policy = rules(
        r#"
- { name: no-secrets, identities: ["*"], collections: ["secret-*"], operations: [export], verdict: deny }
- { name: pay-waits, identities: ["*"], collections: ["pay-*"], operations: [export], verdict: approve }
- { name: docs, identities: ["*"], collections: ["docs"], operations: [export] }
- { name: pay-and-hr, identities: ["svc:hr"], collections: ["pay-*", "hr"], operations: [export], results: { max: 1 } }
- { name: rest, identities: ["*"], collections: ["*"], operations: [export] }
"#,
    );
    let export = |collection| plain(Kind::Export, collection);
    for (when, then, rule) in [
        (export("a"), "allow", "rest"),
        (export("a").and("docs"), "allow", "rest"),
        (export("secret-a"), "deny", "no-secrets"),
        (export("secret-a").and("copy"), "deny", "no-secrets"),
        (export("copy").and("secret-a"), "deny", "no-secrets"),
        (export("pay-a").and("copy"), "approve", "pay-waits"),
        (export("pay-a").and("secret-a"), "deny", "no-secrets"),
        (export("pay-a").and("hr").by("svc:hr"), "approve", "pay-waits"),
    ] {
        let decision = when.under(&policy);
        assert_eq!(told(&decision), then, "{:?}", when.operation.collections);
        assert_eq!(
            decision.rule.unwrap().as_str(),
            rule,
            "{:?}",
            when.operation.collections
        );
    }
    // Severer than asking: the rule that covers all of it refuses so many results.
    let mut many = export("pay-a").and("hr").by("svc:hr");
    many.operation.other_results = Results::AtMost(2);
    assert_eq!(told(&many.under(&policy)), "deny");
}

#[test]
fn a_rule_may_forbid_meta_and_none_may_allow_unknown() {
    let policy = rules(
        r#"
- { name: no-meta, identities: ["anonymous"], operations: [meta], verdict: deny }
- name: all
  identities: ["*"]
  collections: ["*"]
  operations: [search, fetch, list, aggregate, export, write, delete, describe, schema, meta]
"#,
    );
    assert_eq!(told(&nowhere(Kind::Meta).by("anonymous").under(&policy)), "deny");
    assert_eq!(
        nowhere(Kind::Meta)
            .by("svc:x")
            .under(&policy)
            .rule
            .unwrap()
            .as_str(),
        "all"
    );
    for kind in Kind::NAMEABLE {
        assert_eq!(
            told(&plain(kind, "docs").by("svc:x").under(&policy)),
            "allow",
            "{kind}"
        );
        assert_eq!(
            told(&catalogue(kind).by("svc:x").under(&policy)),
            "allow",
            "{kind}"
        );
    }
    assert_eq!(
        told(&plain(Kind::Unknown, "docs").by("svc:x").under(&policy)),
        "deny"
    );
}

#[test]
fn a_rule_that_narrows_holds_everywhere_unless_it_says_where() {
    let policy = rules(
        r#"
- { name: no-meta, identities: ["*"], operations: [meta], verdict: deny }
- { name: no-drops, identities: ["*"], operations: [schema], verdict: deny }
- { name: ask, identities: ["*"], operations: [export, list], verdict: approve }
"#,
    );
    for (when, then) in [
        (nowhere(Kind::Meta), "deny"),
        (plain(Kind::Schema, "docs"), "deny"),
        (catalogue(Kind::Schema), "deny"),
        (list("docs"), "approve"),
        (plain(Kind::Export, "a").and("b"), "approve"),
        (catalogue(Kind::Export), "approve"),
    ] {
        assert_eq!(told(&when.under(&policy)), then, "{:?}", when.operation);
    }
}

#[test]
fn top_k_alone_bounds_the_whole_request() {
    for (over, table) in [
        (
            "clamp",
            [
                (search("docs").limit(100), "allow"),
                (search("docs").limit(500), "clamp [100] 100"),
                (search("docs").unlimited(), "clamp [100] 100"),
                (search("docs").unlimited().offset(30), "clamp [70] 70"),
                (search("docs").limit(50).queries(2), "allow"),
                (search("docs").limit(51).queries(2), "deny"),
                (search("docs").limit(500).times(2), "deny"),
                (
                    search("docs").limit(60).offset(40).query(90, Results::AtMost(40)),
                    "clamp [- 10] 70",
                ),
                (fetch("docs", 100), "allow"),
                (fetch("docs", 101), "deny"),
                (plain(Kind::Export, "docs"), "allow"),
            ],
        ),
        (
            "deny",
            [
                (search("docs").limit(100), "allow"),
                (search("docs").limit(500), "deny"),
                (search("docs").unlimited(), "deny"),
                (search("docs").unlimited().offset(30), "deny"),
                (search("docs").limit(50).queries(2), "allow"),
                (search("docs").limit(51).queries(2), "deny"),
                (search("docs").limit(500).times(2), "deny"),
                (
                    search("docs").limit(60).offset(40).query(90, Results::AtMost(40)),
                    "deny",
                ),
                (fetch("docs", 100), "allow"),
                (fetch("docs", 101), "deny"),
                (plain(Kind::Export, "docs"), "allow"),
            ],
        ),
        (
            // What a human is asked about counts as deep as the rule itself lets it reach.
            "approve",
            [
                (search("docs").limit(100), "allow"),
                (search("docs").limit(500), "approve"),
                (search("docs").unlimited(), "approve"),
                (search("docs").unlimited().offset(30), "approve"),
                (search("docs").limit(50).queries(2), "allow"),
                (search("docs").limit(51).queries(2), "deny"),
                (search("docs").limit(500).times(2), "deny"),
                (
                    search("docs").limit(60).offset(40).query(90, Results::AtMost(40)),
                    "approve",
                ),
                (fetch("docs", 100), "allow"),
                (fetch("docs", 101), "deny"),
                (plain(Kind::Export, "docs"), "allow"),
            ],
        ),
    ] {
        let policy = rules(&format!(
            r#"[{{ name: r, identities: ["svc:rag"], collections: [docs], operations: [search, fetch, export], top_k: {{ max: 100, over: {over} }} }}]"#
        ));
        for (when, then) in table {
            let decision = when.under(&policy);
            assert_eq!(
                told(&decision),
                then,
                "{over}: {:?}: {}",
                when.operation,
                decision.reason
            );
        }
    }
}

#[test]
fn the_severest_outcome_wins() {
    let bounded = |verdict: &str, top_k: &str, results: &str| {
        rules(&format!(
            r#"[{{ name: r, identities: ["svc:rag"], collections: [docs], operations: [search], verdict: {verdict}, top_k: {{ max: 10, over: {top_k} }}, results: {{ max: 50, over: {results} }} }}]"#
        ))
    };
    // Each: within both, over the depth, over the results, over both.
    for (verdict, top_k, results, then) in [
        (
            "allow",
            "clamp",
            "deny",
            ["allow", "clamp [10] 10", "deny", "deny"],
        ),
        (
            "allow",
            "clamp",
            "approve",
            ["allow", "clamp [10] 10", "approve", "approve"],
        ),
        ("allow", "deny", "deny", ["allow", "deny", "deny", "deny"]),
        ("allow", "deny", "approve", ["allow", "deny", "approve", "deny"]),
        ("allow", "approve", "deny", ["allow", "approve", "deny", "deny"]),
        (
            "allow",
            "approve",
            "approve",
            ["allow", "approve", "approve", "approve"],
        ),
        ("approve", "clamp", "deny", ["approve", "approve", "deny", "deny"]),
        (
            "approve",
            "clamp",
            "approve",
            ["approve", "approve", "approve", "approve"],
        ),
        (
            "approve",
            "deny",
            "approve",
            ["approve", "deny", "approve", "deny"],
        ),
        ("deny", "clamp", "approve", ["deny", "deny", "deny", "deny"]),
    ] {
        let policy = bounded(verdict, top_k, results);
        let whens = [
            search("docs").limit(10),
            search("docs").limit(20),
            search("docs").limit(10).queries(6),
            search("docs").limit(60),
        ];
        for (when, then) in whens.into_iter().zip(then) {
            assert_eq!(
                told(&when.under(&policy)),
                then,
                "{verdict} {top_k} {results} {:?}",
                when.operation
            );
        }
    }
}

#[test]
fn masked_fields_are_no_oracles() {
    let policy = example();
    for (when, then) in [
        (search("docs").filter("email"), "deny"),
        (search("docs").filter("contact.email"), "deny"),
        (search("docs").filter("email.domain"), "deny"),
        (search("docs").filter("contact.ssn"), "deny"),
        (search("docs").filter("contact"), "deny"),
        (search("docs").filter("ssn"), "allow"),
        (search("docs").filter("old.contact.ssn"), "allow"),
        (search("docs").filter("contact.city"), "allow"),
        (search("docs").filter("#document"), "deny"),
        (search("docs").filter("emails"), "allow"),
        (search("docs").filter("year").filter("user_id"), "deny"),
        (search("docs").filter("year"), "allow"),
        // Severer than any other outcome.
        (
            search("docs").limit(2000).refers_to("email", Through::Order),
            "deny",
        ),
    ] {
        let decision = when.under(&policy);
        assert_eq!(
            told(&decision),
            then,
            "{:?}: {}",
            when.operation.refers_to,
            decision.reason
        );
    }
}

#[test]
fn an_oracle_may_be_allowed() {
    let policy = rules(
        r#"
- name: r
  identities: ["svc:rag"]
  collections: [docs]
  operations: [search]
  mask:
    - { fields: [email], with: partial, oracle: allow }
    - { fields: ["contact.*"], with: redact }
"#,
    );
    for (when, then) in [
        (search("docs").filter("email"), "allow"),
        // The first entry that reaches the value decides of it.
        (search("docs").filter("contact.email"), "allow"),
        (search("docs").filter("contact.phone"), "deny"),
        (search("docs").filter("contact"), "deny"),
    ] {
        assert_eq!(told(&when.under(&policy)), then, "{:?}", when.operation.refers_to);
    }
}

#[test]
fn the_mask_comes_with_the_decision() {
    let policy = example();
    let allowed = search("docs").under(&policy);
    assert_eq!(allowed.mask.entries.len(), 4);
    assert_snapshot!(allowed.masking, @r#"email partial; user_id hash; $.contact.ssn remove; email, card, iban, ssn in text, #document redact; vectors stripped"#);

    // What no rule lets through is recorded with everything masked that any rule masks.
    let refused = search("hr").under(&policy);
    assert_eq!(refused.verdict, Verdict::Deny);
    let shapes: Vec<_> = refused
        .mask
        .entries
        .iter()
        .map(|entry| match (&entry.select, &entry.action) {
            (Selector::Fields(fields), Action::Redact(_)) => format!("{} fields", fields.len()),
            (Selector::Path(path), Action::Redact(_)) => path.text.clone(),
            (Selector::Detect { detectors, fields }, Action::Redact(_)) => {
                format!("{} detectors in {} fields", detectors.len(), fields.len())
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(shapes, ["2 fields", "$.contact.ssn", "4 detectors in 2 fields"]);

    assert!(nowhere(Kind::Meta).under(&policy).mask.is_empty());
}

#[test]
fn reasons_say_what_to_do_next() {
    let policy = rules(
        r#"
- name: reads
  identities: ["svc:rag"]
  collections: ["docs", "kb-*"]
  operations: [search, fetch, aggregate]
  top_k: { max: 100, over: clamp }
  results: { max: 1000, over: approve }
  mask: [{ fields: [email], with: partial }]
- { name: no-drops, identities: ["svc:rag"], collections: ["*"], operations: [schema, delete], verdict: deny, message: "Collections are dropped by the data team: #data-help." }
- { name: pages, identities: ["svc:pager"], collections: ["*"], operations: [list], top_k: { max: 200, over: deny } }
- { name: lists, identities: ["svc:rag"], collections: ["docs"], operations: [list], results: { max: 300, over: deny }, message: "Ask #search for more." }
- { name: deep, identities: ["svc:deep"], collections: ["docs"], operations: [search], top_k: { max: 50, over: approve } }
- { name: exports, identities: ["group:data-eng"], collections: ["docs"], operations: [export], verdict: approve, message: "Say in the ticket why." }
- { name: names, identities: ["svc:rag"], collections: ["docs"], operations: [describe] }
"#,
    );
    let table = [
        search("docs"),
        search("docs").limit(500),
        search("docs").limit(500).offset(30),
        search("docs").unlimited().queries(1).by("svc:deep"),
        search("docs").limit(150).queries(3),
        search("docs").limit(2000),
        search("docs").unlimited(),
        search("docs").offset(100),
        search("docs").limit(500).fixed(),
        search("docs").filter("contact.email"),
        plain(Kind::Aggregate, "docs").refers_to("email", Through::Facet),
        search("hr"),
        search("docs").and("hr"),
        search("docs").by("svc:x"),
        search("docs").by("svc:x").in_group("web").in_group("data"),
        plain(Kind::Write, "docs"),
        plain(Kind::Schema, "docs"),
        catalogue(Kind::Schema),
        catalogue(Kind::Describe),
        catalogue(Kind::Describe).by("svc:x"),
        list("docs").limit(500),
        list("docs").unlimited(),
        list("docs").limit(500).by("svc:pager"),
        list("docs").offset(190).limit(20).by("svc:pager"),
        list("docs").offset(500).limit(20).by("svc:pager"),
        list("docs").limit(150).queries(2).by("svc:pager"),
        search("docs").limit(60).by("svc:deep"),
        search("docs").limit(40).times(2).by("svc:deep"),
        fetch("docs", 2000),
        plain(Kind::Export, "docs").by("ann").in_group("data-eng"),
        plain(Kind::Unknown, "docs"),
        nowhere(Kind::Meta),
        search("docs").by("a name\nwith a line, and far more than eighty characters of all sorts in it, so that it is cut somewhere"),
    ];
    let told: Vec<String> = table
        .iter()
        .map(|when| {
            let decision = when.under(&policy);
            format!("{}: {}", decision.verdict.as_str(), decision.reason)
        })
        .collect();
    assert_snapshot!(told.join("\n"), @r#"
    allow: rule `reads` allows it
    clamp: rule `reads` clamps the limit from 500 to 100
    clamp: rule `reads` clamps the limit from 500 to 70 after an offset of 30
    approve: rule `deep` lets one query reach 50 results deep without a human's approval, this one reaches all of them (it has no limit)
    clamp: rule `reads` clamps the limits of 3 of 3 queries, so that at most 300 results come back
    approve: rule `reads` lets one request return 1000 results in all without a human's approval, this one can return 2000
    approve: rule `reads` lets one request return 1000 results in all without a human's approval, this one can return all there is
    deny: rule `reads` lets one query reach 100 results deep, this one begins after 100: ask for fewer pages, or narrow the search by a filter
    deny: rule `reads` lets one query reach 100 results deep, this one reaches 500, and the gateway cannot lower its limit: ask with a limit of at most 100
    deny: rule `reads` masks contact.email, so svc:rag may not filter by it: take it out of the filter, or ask the owner of the policy for `oracle: allow` on that mask entry
    deny: rule `reads` masks email, so svc:rag may not aggregate by it: aggregate another field, or ask the owner of the policy for `oracle: allow` on that mask entry
    deny: identity svc:rag may search only in docs, kb-*: use one of them, or ask the owner of the policy for a rule that covers hr
    deny: identity svc:rag may search only in docs, kb-*: use one of them, or ask the owner of the policy for a rule that covers docs, hr
    deny: no rule lets svc:x search in any collection: no rule is for this identity. Ask the owner of the policy for one
    deny: no rule lets svc:x search in any collection: no rule is for this identity or its groups web, data. Ask the owner of the policy for one
    deny: no rule lets svc:rag write in any collection: it may search, fetch, list, aggregate, describe. Ask the owner of the policy for a rule with the operation `write`
    deny: rule `no-drops` refuses schema in docs. Collections are dropped by the data team: #data-help.
    deny: rule `no-drops` refuses schema. Collections are dropped by the data team: #data-help.
    deny: identity svc:rag may describe only in docs, and this request is about all collections: name one of them, or ask the owner of the policy for a rule with the collection `*`
    deny: no rule lets svc:x describe in any collection: no rule is for this identity. Ask the owner of the policy for one
    deny: rule `lists` lets one request return 300 results in all, this one can return 500: ask with a smaller limit. Ask #search for more.
    deny: rule `lists` lets one request return 300 results in all, this one can return all there is: ask with a limit. Ask #search for more.
    deny: rule `pages` lets one query reach 200 results deep, this one reaches 500: ask with a limit of at most 200
    deny: rule `pages` lets one query reach 200 results deep, this one reaches 210 (offset 190, limit 20): ask with a limit of at most 10
    deny: rule `pages` lets one query reach 200 results deep, this one reaches 520 (offset 500, limit 20): ask for fewer pages, or narrow the search by a filter
    deny: rule `pages` lets one request return 200 results in all (its `top_k.max`, since it has no `results`), this one can return 300: ask fewer queries at a time, or with smaller limits
    approve: rule `deep` lets one query reach 50 results deep without a human's approval, this one reaches 60
    deny: rule `deep` lets one request return 50 results in all (its `top_k.max`, since it has no `results`), this one can return 80: ask fewer queries at a time, or with smaller limits
    approve: rule `reads` lets one request return 1000 results in all without a human's approval, this one can return 2000
    approve: rule `exports` lets a human decide on every export. Say in the ticket why.
    deny: the gateway does not know what this request does, so no rule can allow it: use an operation of the database's documented API
    allow: no rule speaks of `meta` calls, which are allowed then
    deny: no rule lets a name�with a line, and far more than eighty characters of all sorts in it, so t… search in any collection: no rule is for this identity. Ask the owner of the policy for one
    "#);
}

#[test]
fn a_caller_of_many_rules_gets_the_same_by_either_index() {
    // More rules for one caller than for one collection: the index of collections is walked.
    let mut yaml = String::new();
    for number in 0..50 {
        yaml.push_str(&format!(
            "- {{ name: r{number}, identities: [\"svc:rag\"], collections: [\"c{number}\"], operations: [search] }}\n"
        ));
    }
    yaml.push_str(
        "- { name: other, identities: [\"group:x\"], collections: [\"c7\"], operations: [search] }\n",
    );
    let policy = rules(&yaml);
    assert_eq!(search("c7").under(&policy).rule.unwrap().as_str(), "r7");
    assert_eq!(
        search("c7")
            .by("svc:y")
            .in_group("x")
            .under(&policy)
            .rule
            .unwrap()
            .as_str(),
        "other"
    );
    assert_eq!(search("c7").by("svc:y").under(&policy).rule, None);
    assert_eq!(search("c77").under(&policy).rule, None);
}
