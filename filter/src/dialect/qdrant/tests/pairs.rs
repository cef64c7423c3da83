//! The same calls of the official client over REST and over gRPC (`python -m dialects.qdrant_pairs` in tests/ writes
//! them): they mean the same, and so does what becomes of them.

use super::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

fn pairs() -> impl Iterator<Item = (String, Ask, Ask)> {
    include_str!("pairs.jsonl").lines().map(|line| {
        let pair: Value = serde_json::from_str(line).expect("JSON");
        let text = |value: &Value| value.as_str().expect("a string").to_owned();
        let (rest, grpc) = (&pair["rest"], &pair["grpc"]);
        let mut by_rest = ask(&text(&rest["method"]), &text(&rest["path"]));
        if let Some(body) = rest.get("body") {
            by_rest = by_rest.body(&body.to_string());
        }
        let message = STANDARD.decode(text(&grpc["message"])).expect("base64");
        let by_grpc = call(text(&grpc["path"]).trim_start_matches('/'), &message);
        (text(&pair["call"]), by_rest, by_grpc)
    })
}

/// The call of this name.
pub(super) fn pair(name: &str) -> (Ask, Ask) {
    let pair = pairs().find(|(call, ..)| call == name);
    pair.map(|(_, rest, grpc)| (rest, grpc)).expect(name)
}

#[test]
fn both_forms_of_a_call_mean_the_same() {
    let mut all = String::new();
    for (name, rest, grpc) in pairs() {
        let (rest, grpc) = (rest.request(), grpc.request());
        assert_eq!(rest.operation, grpc.operation, "{name}");
        assert_eq!(rest.answer.named, grpc.answer.named, "{name}");
        assert_eq!(rest.forget, grpc.forget, "{name}");
        // Whether vectors are asked for is changed over REST alone.
        if !rest.operation.queries.is_empty() {
            assert_eq!(rest.forward.is_some(), grpc.forward.is_some(), "{name}");
        }
        all += &format!("{name}: {}\n", told(&rest.operation));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn both_forms_of_a_call_are_narrowed_the_same() {
    for (name, rest, grpc) in pairs() {
        let asked = rest.operation().queries;
        if asked.is_empty() {
            continue;
        }
        let limits: Vec<_> = (1..=asked.len() as u64).map(Some).collect();
        let mut narrow = [rest, grpc].map(|ask| {
            let body = ask.narrowed(&limits);
            Ask { body, ..ask }.operation()
        });
        assert_eq!(narrow[0], narrow[1], "{name}");
        for (query, limit) in narrow[0].queries.iter_mut().zip(1..) {
            assert_eq!(query.limit, Results::AtMost(limit), "{name}");
        }
        // Nothing but the limits.
        for (query, asked) in narrow[0].queries.iter_mut().zip(&asked) {
            query.limit = asked.limit;
        }
        assert_eq!(narrow[0].queries, asked, "{name}");
    }
}

#[test]
fn aliases_are_asked_for_by_the_same_way() {
    for (name, rest, grpc) in pairs().filter(|(_, rest, _)| !rest.operation().collections.is_empty()) {
        let (rest, grpc) = (rest.lookups(), grpc.lookups());
        let keys = |lookups: &[Lookup]| {
            lookups
                .iter()
                .map(|lookup| lookup.key.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(keys(&rest), keys(&grpc), "{name}");
        assert!(rest.iter().all(|lookup| lookup.path == "/aliases"), "{name}");
        assert!(
            grpc.iter()
                .all(|lookup| lookup.path == "/qdrant.Collections/ListAliases"),
            "{name}"
        );
    }
}
