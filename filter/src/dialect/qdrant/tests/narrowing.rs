//! A smaller limit is written at its place, and nothing else changes.

use super::*;
use proptest::prelude::*;
use serde_json::Value;

fn text(ask: &Ask, limits: &[Option<u64>]) -> String {
    String::from_utf8(ask.narrowed(limits).expect("changed")).expect("UTF-8")
}

#[test]
fn limits_are_written_where_they_stand_or_would() {
    for (call, body, limits, expected) in [
        (
            "points/query",
            r#"{"query":[1], "limit" : 500 }"#,
            &[Some(100)][..],
            r#"{"query":[1], "limit" : 100 }"#,
        ),
        (
            "points/query",
            r#"{"query":[1]}"#,
            &[Some(5)],
            r#"{"limit":5,"query":[1]}"#,
        ),
        ("points/query", "{}", &[Some(5)], r#"{"limit":5}"#),
        ("points/query", r#"{"limit":null}"#, &[Some(5)], r#"{"limit":5}"#),
        (
            "points/search",
            r#"{"vector":[1],"top":500}"#,
            &[Some(5)],
            r#"{"vector":[1],"top":5}"#,
        ),
        (
            "points/scroll",
            r#"{"limit":500,"offset":7}"#,
            &[Some(5)],
            r#"{"limit":5,"offset":7}"#,
        ),
        (
            "points/query/batch",
            r#"{"searches":[{"query":[1],"limit":50},{"query":[1]},{"prefetch":{"query":[1],"limit":900},"limit":60}]}"#,
            &[Some(5), Some(6), None],
            r#"{"searches":[{"query":[1],"limit":5},{"limit":6,"query":[1]},{"prefetch":{"query":[1],"limit":900},"limit":60}]}"#,
        ),
        (
            "points/query/groups",
            r#"{"group_by":"a","group_size":9,"limit":50}"#,
            &[Some(5)],
            r#"{"group_by":"a","group_size":9,"limit":5}"#,
        ),
        (
            "points/search/matrix/pairs",
            r#"{"sample":9}"#,
            &[Some(2)],
            r#"{"limit":2,"sample":9}"#,
        ),
    ] {
        assert_eq!(text(&post(call, body), limits), expected, "{call} {body}");
    }
    assert_eq!(post("points/query", r#"{"limit":5}"#).narrowed(&[None]), None);
    // What has neither limit nor payload has nothing to change.
    assert!(post("points/count", "{}").request().forward.is_none());
}

#[test]
fn what_is_removed_is_not_asked_for() {
    let removed = &["email", "contact.ssn", "a b"];
    for (call, body, expected, left_out) in [
        // All of the payload: all but what is removed. A name that not every reader takes the same way stays.
        (
            "points/search",
            r#"{"vector":[1],"limit":5,"with_payload": true}"#,
            r#"{"vector":[1],"limit":5,"with_payload": {"exclude":["email","contact.ssn"]}}"#,
            "contact.ssn email",
        ),
        (
            "points/query",
            r#"{"with_payload":{"exclude":[ "note", "email" ]},"with_vector":["a"]}"#,
            r#"{"with_payload":{"exclude":["note","email","contact.ssn"]},"with_vector":false}"#,
            "contact.ssn vectors",
        ),
        // A list of names: without those that are removed whole, and with those of which a part stays.
        (
            "points/query",
            r#"{"with_payload":["title","email","contact","email.domain","\u0065mail","contact.ssn"]}"#,
            r#"{"with_payload":["title","contact","contact.ssn"]}"#,
            "email",
        ),
        (
            "points/query",
            r#"{"with_payload":{"include":["email","title"]}}"#,
            r#"{"with_payload":{"include":["title"]}}"#,
            "email",
        ),
        // Where everything would go, it stays: to some servers an empty list means all there is.
        ("points/query", r#"{"with_payload":["email"]}"#, "", ""),
        (
            "points/query",
            r#"{"with_payload":{"exclude":["email","contact.ssn"]}}"#,
            "",
            "",
        ),
        // Nothing is asked for, or what is asked for is not known here.
        (
            "points/query",
            r#"{"with_payload":false,"with_vector":false}"#,
            "",
            "",
        ),
        ("points/query", r#"{"limit":5,"with_payload":null}"#, "", ""),
        // What brings the payload where nothing is said.
        (
            "points/scroll",
            r#"{"limit":5}"#,
            r#"{"with_payload":{"exclude":["email","contact.ssn"]},"limit":5}"#,
            "contact.ssn email",
        ),
        (
            "points",
            r#"{"ids":[1],"with_payload":null}"#,
            r#"{"ids":[1],"with_payload":{"exclude":["email","contact.ssn"]}}"#,
            "contact.ssn email",
        ),
        ("points/scroll", r#"{"with_payload":false}"#, "", ""),
        ("points/scroll", "{}", "", ""),
        // Each search of a batch, and the records that are looked up.
        (
            "points/query/batch",
            r#"{"searches":[{"with_payload":true},{"query":[1]},{"with_payload":["email","a"]}]}"#,
            r#"{"searches":[{"with_payload":{"exclude":["email","contact.ssn"]}},{"query":[1]},{"with_payload":["a"]}]}"#,
            "contact.ssn email",
        ),
        (
            "points/query/groups",
            r#"{"group_by":"g","with_lookup":{"collection":"c","with_payload":["email","a"],"with_vectors":true}}"#,
            r#"{"group_by":"g","with_lookup":{"collection":"c","with_payload":["a"],"with_vectors":false}}"#,
            "email vectors",
        ),
    ] {
        let (less, left) = post(call, body).less(removed);
        let less = less
            .map(|body| String::from_utf8(body).expect("UTF-8"))
            .unwrap_or_default();
        assert_eq!(
            (less.as_str(), left.as_str()),
            (expected, left_out),
            "{call} {body}"
        );
        if !expected.is_empty() {
            assert_eq!(
                post(call, expected).less(removed),
                (None, String::new()),
                "{call} {expected}, again"
            );
        }
    }
}

#[test]
fn a_limit_and_what_is_removed_are_written_together() {
    let ask = post("points/scroll", r#"{"order_by":"age"}"#);
    let narrowing = Narrowing {
        limits: vec![Some(7)],
        removed: keys(&["email"]),
        ..Narrowing::default()
    };
    let forward = ask.request().forward.expect("something to change");
    let body = ask.body.as_deref().unwrap_or_default();
    let forwarded = forward.narrowed(&ask.head(), body, &narrowing);
    let value: Value = serde_json::from_slice(&forwarded.body.expect("a new body")).expect("JSON");
    assert_eq!(
        value,
        serde_json::json!({"order_by": "age", "limit": 7, "with_payload": {"exclude": ["email"]}})
    );
}

/// A query's body: its members in any order, a prefetch with a limit of its own among them.
fn query() -> impl Strategy<Value = String> {
    let limit = prop_oneof![
        Just(None),
        Just(Some("null".to_owned())),
        any::<u32>().prop_map(|limit| Some(limit.to_string()))
    ];
    (limit, any::<u16>(), any::<String>(), "[ \n\t]{0,2}").prop_flat_map(|(limit, inner, text, space)| {
        let mut members = vec![
            format!(r#""prefetch":{{"query":[1e-7,0.1],"limit":{inner}}}"#),
            r#""query":{"nearest":[0.30000000000000004]}"#.to_owned(),
            format!(
                r#""filter":{{"must":[{{"key":"a","match":{{"value":{}}}}}]}}"#,
                Value::from(text)
            ),
        ];
        members.extend(limit.map(|limit| format!(r#""limit" :{limit}"#)));
        Just(members)
            .prop_shuffle()
            .prop_map(move |members| format!("{{{space}{}{space}}}", members.join(",")))
    })
}

fn without_limit(body: &str) -> Value {
    let mut value: Value = serde_json::from_str(body).expect("JSON");
    value.as_object_mut().expect("an object").remove("limit");
    value
}

proptest! {
    #[test]
    fn a_narrowed_body_differs_by_its_limits_alone(bodies in prop::collection::vec(query(), 1..4), limit in any::<u32>()) {
        let limit = u64::from(limit);
        let one = &bodies[0];
        let narrow = text(&post("points/query", one), &[Some(limit)]);
        prop_assert_eq!(without_limit(&narrow), without_limit(one));
        prop_assert_eq!(&post("points/query", &narrow).operation().queries[0].limit, &Results::AtMost(limit));

        let batch = post("points/query/batch", &format!(r#"{{"searches":[{}]}}"#, bodies.join(",")));
        let limits: Vec<_> = (0..bodies.len() as u64).map(|n| Some(limit / (n + 1))).collect();
        let narrow: Value = serde_json::from_str(&text(&batch, &limits)).expect("JSON");
        for ((search, body), limit) in narrow["searches"].as_array().expect("searches").iter().zip(&bodies).zip(&limits) {
            prop_assert_eq!(search["limit"].as_u64(), *limit);
            prop_assert_eq!(without_limit(&search.to_string()), without_limit(body));
        }
    }

    #[test]
    fn no_body_makes_the_reader_panic(call in "(points|points/query|points/scroll|points/batch|facet|cluster)", body in ".{0,60}") {
        let _ = post(&call, &body).read();
    }

    #[test]
    fn every_prefix_of_a_body_is_refused(body in query(), cut in any::<prop::sample::Index>()) {
        let body = body.trim_end();
        let mut at = cut.index(body.len());
        while !body.is_char_boundary(at) { at -= 1; }
        prop_assert!(post("points/query", &body[..at]).read().is_err());
    }
}
