//! What is malformed, in which words; and the form of a refusal.

use super::*;
use crate::dialect::Refusal;

#[test]
fn bodies_that_qdrant_would_refuse_too_or_read_in_two_ways() {
    let mut words = String::new();
    for (call, body) in [
        ("points/query", ""),
        ("points/query", "{"),
        ("points/query", "[]"),
        ("points/query", "null"),
        ("points/query", r#"{"limit":1,"\u006cimit":2}"#),
        ("points/query", r#"{"limit":3.0}"#),
        ("points/query", r#"{"limit":"3"}"#),
        ("points/query", r#"{"limit":-1}"#),
        ("points/query", r#"{"limit":18446744073709551616}"#),
        ("points/query", r#"{"top":3}"#),
        ("points/query", r#"{"Limit":3}"#),
        ("points/query", r#"{"with_vector":true,"with_vectors":false}"#),
        ("points/query", r#"{"with_vector":"text"}"#),
        (
            "points/query",
            r#"{"with_payload":{"include":["a"],"exclude":["b"]}}"#,
        ),
        ("points/query", r#"{"with_payload":3}"#),
        ("points/query", r#"{"query":true}"#),
        // To the server a list can be an object without its keys: an order by a field, a formula.
        ("points/query", r#"{"query":["email"]}"#),
        ("points/query", r#"{"query":[[["age",1]]]}"#),
        ("points/query", r#"{"query":[{"key":"age"}]}"#),
        ("points/query", r#"{"query":{"nearest":[[1],["age"]]}}"#),
        ("points/query", r#"{"query":{"nearest":[1],"order_by":"email"}}"#),
        (
            "points/query",
            r#"{"query":{"order_by":{"key":"a","field":"b"}}}"#,
        ),
        ("points/query", r#"{"query":{"shiny":[1]}}"#),
        ("points/query", r#"{"query":{"text":"x"}}"#),
        ("points/query", r#"{"query":{"formula":{"key":"a","sum":["b"]}}}"#),
        ("points/query", r#"{"query":{"formula":{"sum":"a"}}}"#),
        ("points/query", r#"{"query":{"formula":true}}"#),
        ("points/query", r#"{"prefetch":7}"#),
        ("points/query", r#"{"prefetch":{"offset":7}}"#),
        ("points/query", r#"{"lookup_from":{"vector":"x"}}"#),
        ("points/query", r#"{"filter":[]}"#),
        ("points/query", r#"{"filter":{"must":[1]}}"#),
        ("points/query", r#"{"filter":{"all":[]}}"#),
        (
            "points/query",
            r#"{"filter":{"must":[{"key":"a","is_empty":{"key":"b"}}]}}"#,
        ),
        (
            "points/query",
            r#"{"filter":{"must":[{"is_null":{"key":"b"},"must":[]}]}}"#,
        ),
        (
            "points/query",
            r#"{"filter":{"must":[{"key":"a..b","match":{"value":1}}]}}"#,
        ),
        (
            "points/query",
            r#"{"filter":{"must":[{"key":["a"],"match":{"value":1}}]}}"#,
        ),
        ("points/query/batch", r#"{"searches":[{},{"limit":true}]}"#),
        ("points/query/groups", r#"{"query":[1]}"#),
        ("points/query/groups", r#"{"group_by":"a","offset":3}"#),
        ("points/search", r#"{"vector":[1]}"#),
        ("points/search", r#"{"vector":[1],"limit":1,"top":2}"#),
        ("points/search", r#"{"limit":1}"#),
        (
            "points/search/groups",
            r#"{"vector":[1],"limit":1,"group_by":"a"}"#,
        ),
        ("points/scroll", r#"{"offset":1.5}"#),
        ("points", "{}"),
        ("points", r#"{"ids":7}"#),
        ("points", r#"{"ids":[1.5]}"#),
        ("points", r#"{"ids":[[1]]}"#),
        ("facet", "{}"),
        ("points/count", r#"{"hash_ring_filter":{}}"#),
        ("points/delete", r#"{"ids":[1]}"#),
        (
            "points/batch",
            r#"{"operations":[{"upsert":{"points":[]}},{"delete":{"points":[1]}}]}"#,
        ),
        ("points/batch", r#"{"operations":[{"drop":{}}]}"#),
        ("points/batch", r#"{"operations":[{"delete":{},"upsert":{}}]}"#),
        ("cluster", r#"{"explode":{}}"#),
    ] {
        words += &format!("{call} {body}\n    {}\n", post(call, body).refused());
    }
    insta::assert_snapshot!(words);
}

#[test]
fn what_a_request_names_is_bounded() {
    let batch = |number: usize| {
        let searches: Vec<String> = (0..number)
            .map(|n| format!(r#"{{"query":{{"order_by":"f{n}"}}}}"#))
            .collect();
        post(
            "points/query/batch",
            &format!(r#"{{"searches":[{}]}}"#, searches.join(",")),
        )
    };
    batch(64).read().expect("64 orders");
    insta::assert_snapshot!(batch(65).refused(), @"400 the queries of a batch may be ordered by 64 different fields at most: send several");
    let from = |length: usize| {
        let name = "x".repeat(length);
        post(
            "points/query",
            &format!(r#"{{"query":1,"lookup_from":{{"collection":"{name}"}}}}"#),
        )
    };
    from(255).read().expect("a long name");
    insta::assert_snapshot!(from(256).refused(), @"400 Invalid collection name: `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…` is longer than 255 bytes");
}

#[test]
fn heads_that_could_be_read_in_two_ways() {
    let mut words = String::new();
    for (what, ask) in [
        (
            "GET with a length",
            ask("GET", "/collections/docs/points/1").header("content-length", "2"),
        ),
        (
            "text",
            ask("POST", "/collections/docs/points/scroll").header("content-type", "text/plain"),
        ),
        (
            "gzip",
            post("points/query", "{}").header("content-encoding", "gzip"),
        ),
        (
            "override",
            post("points/query", "{}").header("x-http-method-override", "DELETE"),
        ),
        (
            "a limit in the query",
            ask("POST", "/collections/docs/points/query?limit=5").body("{}"),
        ),
        (
            "a parameter of another call",
            ask("GET", "/collections/docs/points/1?with_vector=false"),
        ),
    ] {
        words += &format!("{what}: {}\n", ask.refused());
    }
    insta::assert_snapshot!(words);
}

#[test]
fn refusals_are_in_qdrants_form() {
    let reply = |status, retry_after| {
        let refusal = Refusal {
            status,
            message: "rule \"rag-reads\" allows at most 100".into(),
            retry_after,
        };
        let reply = Qdrant.refuse(&post("points/query", "{}").head(), &refusal);
        assert_eq!(reply.grpc_status, None);
        format!(
            "{} {:?} {}",
            reply.status,
            reply.headers,
            String::from_utf8_lossy(&reply.body)
        )
    };
    insta::assert_snapshot!(reply(403, None), @r#"403 [("content-type", "application/json")] {"status":{"error":"rule \"rag-reads\" allows at most 100"},"time":0.0}"#);
    insta::assert_snapshot!(reply(503, Some(20)), @r#"503 [("content-type", "application/json"), ("retry-after", "20")] {"status":{"error":"rule \"rag-reads\" allows at most 100"},"time":0.0}"#);
}
