//! What is malformed, in which words; and the form of a refusal.

use super::*;
use crate::dialect::Refusal;

#[test]
fn bodies_that_chroma_would_refuse_too() {
    let mut words = String::new();
    for (call, body) in [
        ("query", ""),
        ("query", "{"),
        (
            "query",
            r#"{"query_embeddings":[[1]],"n_results":1,"n_\u0072esults":2}"#,
        ),
        ("query", r#"{"query_embeddings":[[1]]} x"#),
        ("query", "[]"),
        ("query", "null"),
        ("query", "{}"),
        ("query", r#"{"query_embeddings":null}"#),
        ("query", r#"{"query_embeddings":[1,2]}"#),
        ("query", r#"{"query_embeddings":[[1],["2"]]}"#),
        ("query", r#"{"query_embeddings":["AAAA"]}"#),
        ("query", r#"{"query_embeddings":[[1]],"n_results":3.0}"#),
        ("query", r#"{"query_embeddings":[[1]],"n_results":1e1}"#),
        ("query", r#"{"query_embeddings":[[1]],"n_results":"3"}"#),
        ("query", r#"{"query_embeddings":[[1]],"n_results":-1}"#),
        ("query", r#"{"query_embeddings":[[1]],"n_results":4294967296}"#),
        ("query", r#"{"query_embeddings":[[1]],"n_results":true}"#),
        ("query", r#"{"query_embeddings":[[1]],"limit":3}"#),
        ("query", r#"{"query_embeddings":[[1]],"include":null}"#),
        ("query", r#"{"query_embeddings":[[1]],"include":["Embeddings"]}"#),
        ("query", r#"{"query_embeddings":[[1]],"ids":"a"}"#),
        ("get", r#"{"ids":[1,2]}"#),
        ("get", r#"{"ids":["a",1]}"#),
        ("get", r#"{"limit":[3]}"#),
        ("get", r#"{"sort":"email"}"#),
        ("get", r#"{"n_results":3}"#),
        ("get", r#"{"a\u0000\"b":3}"#),
        ("get", r#"{"where":{}}"#),
        ("get", r#"{"where":{"a":1,"b":2}}"#),
        ("get", r#"{"where":[]}"#),
        ("get", r#"{"where":{"$not":{"a":1}}}"#),
        ("get", r#"{"where":{"$and":{"a":1}}}"#),
        ("get", r#"{"where":{"a":{"$gt":1,"$lt":2}}}"#),
        ("get", r#"{"where":{"a":{"$where":1}}}"#),
        ("get", r#"{"where":{"a":null}}"#),
        ("get", r#"{"where":{"a":["x"]}}"#),
        ("get", r#"{"where_document":{}}"#),
        ("get", r#"{"where_document":{"a":"x"}}"#),
        ("get", r#"{"where_document":{"$contains":1}}"#),
        ("search", r#"{"searches":{}}"#),
        ("search", r#"{"searches":[{"where":{"a":1}}]}"#),
        (
            "search",
            r#"{"searches":[{"filter":{"query_ids":["a"],"where_clause":{}}}]}"#,
        ),
        ("search", r#"{"searches":[{"limit":5}]}"#),
        ("search", r#"{"searches":[{"limit":[0,5]}]}"#),
        ("search", r#"{"searches":[{"limit":{"limit":5,"size":6}}]}"#),
        (
            "search",
            r#"{"searches":[{},{"rank":{"$knn":{"query":[1],"limit":-1}}}]}"#,
        ),
        ("search", r#"{"searches":[{"rank":{"$knn":{}}}]}"#),
        ("search", r#"{"searches":[{"rank":{"$sum":[{"$rrf":{}}]}}]}"#),
        (
            "search",
            r#"{"searches":[{"rank":{"$sub":{"left":{"$val":1}}}}]}"#,
        ),
        (
            "search",
            r#"{"searches":[{"group_by":{"keys":["a"],"aggregate":{"$avg":{}}}}]}"#,
        ),
        ("search", r#"{"searches":[{"select":["a"]}]}"#),
        ("delete", r#"{"where":{"$secret":1}}"#),
        ("fork", r#"{"new_name":"a b"}"#),
        ("fork", "{}"),
        ("conditional/commit", r#"{"operations":[{"operation":"drop"}]}"#),
        (
            "conditional/commit",
            r#"{"operations":[{"operation":"add"},{"operation":"delete","payload":{"ids":["a"]}}]}"#,
        ),
        ("attached_functions/f/detach", r#"{"delete_output":"yes"}"#),
        (
            "attached_functions/f/add_input",
            r#"{"input_collection_id":"docs"}"#,
        ),
    ] {
        words += &format!("{call} {body}\n    {}\n", post(call, body).refused());
    }
    insta::assert_snapshot!(words);
}

#[test]
fn heads_that_could_be_read_in_two_ways() {
    let count = format!("{}/count", collection(DOCS));
    let mut words = String::new();
    for (what, ask) in [
        (
            "GET with a length",
            ask("GET", &count).header("content-length", "2"),
        ),
        (
            "GET with chunks",
            ask("GET", &count).header("transfer-encoding", "chunked"),
        ),
        (
            "POST reset with a body",
            ask("POST", "/api/v2/reset").header("content-length", "9"),
        ),
        (
            "override",
            ask("GET", &count).header("x-http-method-override", "DELETE"),
        ),
        ("upgrade", ask("GET", &count).header("upgrade", "websocket")),
        ("gzip", post("get", "{}").header("content-encoding", "gzip")),
        (
            "text",
            ask("POST", &format!("{}/get", collection(DOCS))).header("content-type", "text/plain"),
        ),
        (
            "latin",
            ask("POST", &format!("{}/add", collection(DOCS)))
                .header("content-type", "application/json; charset=latin1"),
        ),
        (
            "two types",
            post("get", "{}").header("content-type", "application/json"),
        ),
        ("a limit in the query", {
            let mut query = post("query", "{}");
            query.target += "?limit=5";
            query
        }),
        ("another parameter", ask("GET", &format!("{count}?x%22y=1"))),
    ] {
        words += &format!("{what}: {}\n", ask.refused());
    }
    insta::assert_snapshot!(words);
}

#[test]
fn an_unlabelled_body_is_json_as_it_is_to_the_server() {
    let mut unlabelled = post("get", r#"{"limit":1}"#);
    unlabelled.headers.clear();
    assert_eq!(told(&unlabelled.operation()), "list of docs, depth 1, results 1");
}

/// A refusal as it goes over the wire.
fn reply(head: &Head, status: u16, retry_after: Option<u64>) -> String {
    let reply = Chroma.refuse(
        head,
        &Refusal {
            status,
            message: "rule \"rag-reads\" allows at most 100".into(),
            retry_after,
        },
    );
    assert_eq!(reply.grpc_status, None);
    let headers: Vec<_> = reply.headers.iter().map(|(k, v)| format!("{k}: {v}")).collect();
    format!(
        "{} [{}] {}",
        reply.status,
        headers.join(", "),
        String::from_utf8_lossy(&reply.body)
    )
}

#[test]
fn refusals_are_in_chromas_form() {
    let python = post("get", "{}")
        .header("user-agent", "Chroma Python Client v1.5.9")
        .head();
    let npm = post("get", "{}").header("sec-fetch-mode", "cors").head();
    let mut words = String::new();
    for status in [400, 401, 403, 404, 405, 410, 413, 415, 422, 429, 503] {
        words += &format!("{}\n", reply(&python, status, None));
    }
    words += &format!("{}\n", reply(&python, 429, Some(20)));
    for status in [400, 401, 403, 404, 413, 429, 503] {
        words += &format!("npm: {}\n", reply(&npm, status, None));
    }
    insta::assert_snapshot!(words);
}
