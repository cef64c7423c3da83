//! A smaller limit changes the limit and nothing else.

use super::*;
use crate::dialect::{AskedVectors, Forwarded, Narrowing};
use proptest::prelude::*;
use serde_json::Value;

/// The body that the database gets when every query of the request is given its limit.
fn narrowed(ask: &Ask, limits: &[Option<u64>]) -> Option<String> {
    let request = ask.request();
    let body = ask.body.as_deref().expect("a body");
    let narrowing = Narrowing {
        limits: limits.to_vec(),
        ..Narrowing::default()
    };
    let Forwarded { path, body, .. } =
        request
            .forward
            .expect("can be narrowed")
            .narrowed(&ask.head(), body, &narrowing);
    assert_eq!(path, None);
    body.map(|body| String::from_utf8(body).expect("UTF-8"))
}

#[test]
fn the_limit_is_written_in_place_or_first() {
    for (call, body, limits, expected) in [
        (
            "query",
            r#"{ "query_embeddings" : [[1.10, 2e-3]], "n_results" : 500 , "include":[] }"#,
            vec![Some(100)],
            r#"{ "query_embeddings" : [[1.10, 2e-3]], "n_results" : 100 , "include":[] }"#,
        ),
        (
            "query",
            r#"{"query_embeddings":[[1]]}"#,
            vec![Some(5)],
            r#"{"n_results":5,"query_embeddings":[[1]]}"#,
        ),
        (
            "query",
            r#"{"n_results":null,"query_embeddings":[[1]]}"#,
            vec![Some(5)],
            r#"{"n_results":5,"query_embeddings":[[1]]}"#,
        ),
        (
            "query",
            r#"{"n_\u0072esults":9,"query_embeddings":[[1]]}"#,
            vec![Some(5)],
            r#"{"n_\u0072esults":5,"query_embeddings":[[1]]}"#,
        ),
        ("get", "{}", vec![Some(7)], r#"{"limit":7}"#),
        ("get", " {\n} ", vec![Some(7)], " {\"limit\":7\n} "),
        (
            "get",
            r#"{"offset":3}"#,
            vec![Some(7)],
            r#"{"limit":7,"offset":3}"#,
        ),
        ("get", r#"{"limit":null}"#, vec![Some(0)], r#"{"limit":0}"#),
        (
            "search",
            r#"{"searches":[{},{"limit":{}},{"limit":{"offset":2}},{"limit":{"offset":2,"limit":50}},{"select":{"keys":[]}}]}"#,
            vec![Some(1), Some(2), Some(3), Some(4), Some(5)],
            r#"{"searches":[{"limit":{"limit":1}},{"limit":{"limit":2}},{"limit":{"limit":3,"offset":2}},{"limit":{"offset":2,"limit":4}},{"limit":{"limit":5},"select":{"keys":[]}}]}"#,
        ),
        (
            "search",
            r#"{"searches":[{"limit":{"limit":50}},{"limit":{"limit":60}}]}"#,
            vec![None, Some(10)],
            r#"{"searches":[{"limit":{"limit":50}},{"limit":{"limit":10}}]}"#,
        ),
    ] {
        assert_eq!(
            narrowed(&post(call, body), &limits).as_deref(),
            Some(expected),
            "{body}"
        );
    }
    assert_eq!(narrowed(&post("get", r#"{"limit":3}"#), &[None]), None);
}

#[test]
fn a_body_that_was_not_judged_is_not_forwarded() {
    let asked = post("get", r#"{"limit":500}"#);
    let forward = asked.request().forward.expect("can be narrowed");
    for (other, limits) in [
        (&br#"{"limit":5000}"#[..], vec![Some(1)]),
        (b"", vec![Some(1)]),
        (br#"{"limit":500}"#, vec![Some(1), Some(1)]),
    ] {
        let forwarded = forward.narrowed(
            &asked.head(),
            other,
            &Narrowing {
                limits,
                ..Narrowing::default()
            },
        );
        assert_eq!(forwarded.body, Some(vec![]));
    }
}

#[test]
fn what_has_no_limit_cannot_be_narrowed() {
    for ask in [
        post("get", r#"{"ids":["a"]}"#),
        post("delete", r#"{"ids":["a"]}"#),
        post("search", r#"{"searches":[]}"#),
        ask("GET", &format!("{}/count", collection(DOCS))),
    ] {
        let request = ask.request();
        assert!(request.forward.is_none(), "{}", ask.target);
        assert!(request.operation.queries.is_empty(), "{}", ask.target);
    }
}

/// Any number, as a client might write it.
fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f64>()
            .prop_filter("finite", |n| n.is_finite())
            .prop_map(|n| format!("{n:e}")),
        Just("1.10000000000000000000000000000000000001".into()),
    ]
}

fn limit() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        Just(None),
        Just(Some("null".to_owned())),
        any::<u32>().prop_map(|n| Some(n.to_string())),
    ]
}

/// Members in any order, with any white space between them.
fn object(members: Vec<String>, space: &str) -> String {
    format!(
        "{space}{{{space}{}{space}}}{space}",
        members.join(&format!("{space},{space}"))
    )
}

fn query_body() -> impl Strategy<Value = String> {
    let embedding = prop::collection::vec(number(), 0..5).prop_map(|n| format!("[{}]", n.join(", ")));
    let embeddings = prop::collection::vec(embedding, 0..4).prop_map(|n| format!("[{}]", n.join(",")));
    let text = any::<String>().prop_map(|text| Value::from(text).to_string());
    (embeddings, limit(), text, "[ \n\t]{0,2}").prop_flat_map(|(embeddings, limit, text, space)| {
        let mut members = vec![
            format!(r#""query_embeddings":{embeddings}"#),
            format!(r#""where":{{"field":{text}}}"#),
            r#""include":["metadatas"]"#.to_owned(),
        ];
        members.extend(limit.map(|limit| format!(r#""n_results" :{limit}"#)));
        Just(members)
            .prop_shuffle()
            .prop_map(move |members| object(members, &space))
    })
}

fn search_body() -> impl Strategy<Value = (String, usize)> {
    let search =
        (limit(), any::<bool>(), any::<u32>(), "[ \n\t]{0,2}").prop_map(|(limit, nested, offset, space)| {
            let mut members = vec![r#""rank":{"$knn":{"query":[0.30000000000000004,1e-7]}}"#.to_owned()];
            match (limit, nested) {
                (Some(limit), _) => {
                    members.push(format!(r#""limit":{{ "offset":{offset}, "limit":{limit} }}"#))
                }
                (None, true) => members.push(format!(r#""limit":{{"offset":{offset}}}"#)),
                (None, false) => {}
            }
            object(members, &space)
        });
    prop::collection::vec(search, 1..4).prop_map(|searches| {
        (
            format!(r#"{{"searches":[{}]}}"#, searches.join(",")),
            searches.len(),
        )
    })
}

/// The body's value without its limits, and without the objects that hold nothing else.
fn without_limits(body: &str) -> Value {
    fn strip(value: Value) -> Value {
        match value {
            Value::Object(members) => members
                .into_iter()
                .map(|(key, value)| (key, strip(value)))
                .filter(|(key, value)| match key.as_str() {
                    "n_results" => false,
                    "limit" => value.as_object().is_some_and(|limit| !limit.is_empty()),
                    _ => true,
                })
                .collect(),
            Value::Array(elements) => elements.into_iter().map(strip).collect(),
            other => other,
        }
    }
    strip(serde_json::from_str(body).expect("JSON"))
}

/// What two texts do not share at their ends.
fn difference<'t>(one: &'t str, other: &'t str) -> (&'t str, &'t str) {
    let same = |pairs: &mut dyn Iterator<Item = (u8, u8)>| pairs.take_while(|(a, b)| a == b).count();
    let start = same(&mut one.bytes().zip(other.bytes()));
    let room = one.len().min(other.len()) - start;
    let end = same(&mut one.bytes().rev().zip(other.bytes().rev())).min(room);
    (&one[start..one.len() - end], &other[start..other.len() - end])
}

/// The limits that a body names.
fn limits_of(body: &str, call: &str) -> Vec<Option<u64>> {
    let value: Value = serde_json::from_str(body).expect("JSON");
    match call {
        "query" => vec![value["n_results"].as_u64()],
        _ => value["searches"]
            .as_array()
            .expect("searches")
            .iter()
            .map(|search| search["limit"]["limit"].as_u64())
            .collect(),
    }
}

proptest! {
    #[test]
    fn a_narrowed_query_differs_by_its_limit_alone(body in query_body(), limit in any::<u32>()) {
        let limit = u64::from(limit);
        let narrow = narrowed(&post("query", &body), &[Some(limit)]).expect("changed");
        prop_assert_eq!(limits_of(&narrow, "query"), vec![Some(limit)]);
        prop_assert_eq!(without_limits(&narrow), without_limits(&body));
        // To the byte: a number in place of a number or null, or one member more.
        let (was, is) = difference(&body, &narrow);
        prop_assert!(was.chars().all(|c| c.is_ascii_digit() || "null".contains(c)), "{was}");
        prop_assert!(is.len() <= "\"n_results\":4294967295,".len(), "{is}");
        // And is read back as what was judged.
        let again = post("query", &narrow).operation();
        prop_assert_eq!(again.queries[0].limit, Results::AtMost(limit));
    }

    #[test]
    fn narrowed_searches_differ_by_their_limits_alone((body, searches) in search_body(), limit in any::<u32>()) {
        let limits: Vec<Option<u64>> = (0..searches as u64).map(|n| Some(u64::from(limit) / (n + 1))).collect();
        let narrow = narrowed(&post("search", &body), &limits).expect("changed");
        prop_assert_eq!(limits_of(&narrow, "search"), limits.clone());
        prop_assert_eq!(without_limits(&narrow), without_limits(&body));
        let again = post("search", &narrow).operation();
        let read: Vec<_> = again.queries.iter().map(|query| query.limit).collect();
        let written: Vec<_> = limits.into_iter().flatten().map(Results::AtMost).collect();
        prop_assert_eq!(read, written);
    }

    #[test]
    fn no_body_makes_the_reader_panic(call in "(get|query|search|delete|fork)", body in ".{0,60}") {
        let _ = post(&call, &body).read();
    }

    #[test]
    fn every_prefix_of_a_body_is_refused(body in query_body(), cut in any::<prop::sample::Index>()) {
        let body = body.trim_end();
        let mut at = cut.index(body.len());
        while !body.is_char_boundary(at) { at -= 1; }
        prop_assert!(post("query", &body[..at]).read().is_err());
    }
}

#[test]
fn vectors_that_would_be_taken_out_are_not_asked_for() {
    let table = [
        (
            "query",
            r#"{"query_embeddings":[[1]],"include":[ "metadatas", "embeddings" ],"n_results":3}"#,
            r#"{"query_embeddings":[[1]],"include":["metadatas"],"n_results":3}"#,
        ),
        (
            "get",
            r#"{"ids":["a"],"include":["embeddings"]}"#,
            r#"{"ids":["a"],"include":[]}"#,
        ),
    ];
    let narrowing = Narrowing {
        vectors: AskedVectors::Dropped,
        ..Narrowing::default()
    };
    for (call, body, without) in table {
        let asked = post(call, body);
        let forward = asked.request().forward.expect("can be narrowed");
        let forwarded = forward.narrowed(&asked.head(), body.as_bytes(), &narrowing);
        assert_eq!(forwarded.body.as_deref(), Some(without.as_bytes()));
    }
}
