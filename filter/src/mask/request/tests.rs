//! Requests as they may be shown, by tables. All data is made up.

use super::super::plan::{HashKey, MaskEntry, Oracle};
use super::*;

fn entry(select: Selector, action: Action) -> MaskEntry {
    MaskEntry {
        select,
        action,
        oracle: Oracle::Refuse,
    }
}

fn fields(names: &[&str]) -> Selector {
    Selector::Fields(
        names
            .iter()
            .map(|name| FieldPattern::parse(name).unwrap())
            .collect(),
    )
}

fn plan(entries: Vec<MaskEntry>) -> MaskPlan {
    MaskPlan {
        entries,
        ..MaskPlan::default()
    }
}

fn usual() -> MaskPlan {
    plan(vec![
        entry(fields(&["email", "contact.phone"]), Action::Partial),
        entry(fields(&["address.*"]), Action::Redact("[gone]".into())),
        entry(fields(&["user_id"]), Action::Null),
        entry(
            Selector::Path(JsonPath::parse("$.person.ssn").unwrap()),
            Action::Remove,
        ),
        entry(
            Selector::Detect {
                detectors: vec![Detector::Email, Detector::Card],
                fields: vec![FieldPattern::parse("#document").unwrap()],
            },
            Action::Redact("[pii]".into()),
        ),
    ])
}

fn shown(plan: &MaskPlan, body: &str) -> String {
    let shown = masked_request_body(plan, body.as_bytes(), 10_000);
    assert!(!shown.cut);
    shown.text
}

#[test]
fn what_answers_mask_requests_mask_too() {
    let cases = [
        // Points to write.
        (
            r#"{"metadatas":[{"email":"maria@example.com","lang":"en"}],"limit":3}"#,
            r#"{"metadatas":[{"email":"m***@example.com","lang":"en"}],"limit":3}"#,
        ),
        (
            r#"{"contact":{"name":"x","phone":"415-555-0134"},"phone":"home"}"#,
            r#"{"contact":{"name":"x","phone":"41***34"},"phone":"home"}"#,
        ),
        (
            r#"{"address":{"street":"Lane 1"},"user_id":7}"#,
            r#"{"address":"[masked]","user_id":null}"#,
        ),
        (r#"{"ssn":"123-45-6789"}"#, r#"{"ssn":"[masked]"}"#),
        // Filters.
        (
            r#"{"where":{"email":{"$eq":"x@example.com"}}}"#,
            r#"{"where":{"email":"[masked]"}}"#,
        ),
        (
            r#"{"where":{"$and":[{"email":"abcdefgh"},{"lang":"en"}]}}"#,
            r#"{"where":{"$and":[{"email":"a***h"},{"lang":"en"}]}}"#,
        ),
        (
            r#"{"contact":{"$elem":{"phone":["1"]}}}"#,
            r#"{"contact":{"$elem":{"phone":"[masked]"}}}"#,
        ),
        (
            r#"{"contacts[].email":["x"],"a.contact.phone.b":1}"#,
            r#"{"contacts[].email":"[masked]","a.contact.phone.b":"***"}"#,
        ),
        (
            r#"{"key":"email","match":{"value":"x"}}"#,
            r#"{"key":"email","match":"[masked]"}"#,
        ),
        (
            r#"{"key":"contact.phone","range":{"gt":1}}"#,
            r#"{"key":"contact.phone","range":"[masked]"}"#,
        ),
        (
            r#"{"path":["email"],"operator":"Equal","valueText":"abcdef"}"#,
            r#"{"path":["email"],"operator":"***","valueText":"a***f"}"#,
        ),
        (
            r#"{"key":"lang","match":{"value":"x"}}"#,
            r#"{"key":"lang","match":{"value":"x"}}"#,
        ),
        // Found in text, also in keys.
        (
            r#"{"q":"mail \"maria\u0040example.com\"\n","4111111111111111":[null,true,1.50]}"#,
            r#"{"q":"mail \"[pii]\"\n","[pii]":[null,true,1.50]}"#,
        ),
        (
            r#"["4111 1111 1111 1111",4111111111111111]"#,
            r#"["[pii]",4111111111111111]"#,
        ),
        // Not masked whole: only searched.
        (
            r#"{"where_document":{"$contains":"x"}}"#,
            r#"{"where_document":{"$contains":"x"}}"#,
        ),
        ("", ""),
        (r#"{"a":1,"a":2}"#, "(13 bytes that are not JSON)"),
    ];
    for (body, expected) in cases {
        assert_eq!(shown(&usual(), body), expected);
    }
}

#[test]
fn text_beside_the_payload_masked_whole() {
    let plan = plan(vec![entry(
        fields(&["#document"]),
        Action::Redact("[text]".into()),
    )]);
    let cases = [
        (
            r#"{"where_document":{"$contains":"x"}}"#,
            r#"{"where_document":"[masked]"}"#,
        ),
        (
            r#"{"documents":["x"],"document":"x","ids":["a"]}"#,
            r#"{"documents":"[masked]","document":"[text]","ids":["a"]}"#,
        ),
        (
            r##"{"#document":{"$regex":"x"},"documented":1}"##,
            r##"{"#document":"[masked]","documented":1}"##,
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(shown(&plan, body), expected);
    }
}

#[test]
fn a_plan_that_masks_everything_shows_nothing() {
    for path in ["$.*", "$..*", "$[*]"] {
        let select = Selector::Path(JsonPath::parse(path).unwrap());
        let plan = plan(vec![entry(select, Action::Hash(HashKey::new(b"key")))]);
        assert_eq!(shown(&plan, r#"{"a":"secret"}"#), "\"[masked]\"", "{path}");
    }
}

#[test]
fn vectors_show_their_beginning_and_bodies_are_cut() {
    let numbers: Vec<String> = (0..384).map(|n| format!("0.{n}")).collect();
    let body = format!(
        "{{\"query_embeddings\":[[{}]],\"ids\":[1,2,3]}}",
        numbers.join(",")
    );
    assert_eq!(
        shown(&MaskPlan::default(), &body),
        r#"{"query_embeddings":[[0.0,0.1,0.2,0.3,"… 384 numbers"]],"ids":[1,2,3]}"#
    );
    let cut = masked_request_body(&MaskPlan::default(), "{\"text\":\"äöü\"}".as_bytes(), 10);
    assert_eq!(
        cut,
        Shown {
            text: "{\"text\":\"".to_owned(),
            cut: true
        }
    );
}

#[test]
fn targets() {
    let cases = [
        ("/api/v2/collections/c?limit=3", "/api/v2/collections/c?limit=3"),
        (
            "/points?email=maria%40example.com&x=1",
            "/points?email=m%2A%2A%2A%40example.com&x=1",
        ),
        ("/users/maria%40example.com", "/users/%5Bpii%5D"),
        ("/points?q=to%20maria%40example.com", "/points?q=to%20%5Bpii%5D"),
        ("/points?ssn=123-45-6789", "/points?ssn=%5Bmasked%5D"),
        (
            "/points?where=%7B%22email%22:%22abcdef%22%7D",
            "/points?where=%7B%22email%22%3A%22a%2A%2A%2Af%22%7D",
        ),
    ];
    for (raw, expected) in cases {
        let target = Target::parse(raw).unwrap();
        let shown = masked_request_target(&usual(), &target, 2048);
        assert_eq!((shown.text.as_str(), shown.cut), (expected, false), "{raw}");
    }
}
