//! What bodies mean: kinds, bounds, vectors, fields.

use super::*;
use crate::dialect::canonical::Canonical;

#[test]
fn reads_of_records() {
    for (call, body, expected) in [
        // query: n_results times the embeddings
        (
            "query",
            r#"{"query_embeddings":[[1,2]]}"#,
            "search of docs, depth 10, results 10",
        ),
        (
            "query",
            r#"{"query_embeddings":[[1,2],[3,4],[]],"n_results":7}"#,
            "search of docs, depth 7, results 21",
        ),
        (
            "query",
            r#"{"query_embeddings":[[1]],"n_results":null,"ids":null,"where":null,"where_document":null}"#,
            "search of docs, depth 10, results 10",
        ),
        (
            "query",
            r#"{"query_embeddings":[],"n_results":9}"#,
            "search of docs, depth 9, results 0",
        ),
        (
            "query",
            r#"{"query_embeddings":[[1]],"n_results":0}"#,
            "search of docs, depth 0, results 0",
        ),
        (
            "query",
            r#"{"query_embeddings":[[1],[2]],"n_results":50,"ids":["a","b","a"]}"#,
            "search of docs, depth 2, results 4",
        ),
        (
            "query",
            r#"{"query_embeddings":[[1]],"ids":[]}"#,
            "search of docs, depth 0, results 0",
        ),
        (
            "query",
            r#"{"query_embeddings":[[1]],"include":["metadatas","embeddings"]}"#,
            "search of docs, depth 10, results 10, vectors",
        ),
        (
            "query",
            r#"{"\u0071uery_embeddings":[[1]],"n_\u0072esults":3}"#,
            "search of docs, depth 3, results 3",
        ),
        // get: by ids, or everything
        ("get", "{}", "list of docs, depth all, results all"),
        (
            "get",
            r#"{"ids":null,"where":null,"limit":null,"offset":null,"where_document":null,"include":["metadatas","documents"]}"#,
            "list of docs, depth all, results all",
        ),
        (
            "get",
            r#"{"limit":5,"offset":20}"#,
            "list of docs, depth 25, results 5",
        ),
        ("get", r#"{"limit":0}"#, "list of docs, depth 0, results 0"),
        ("get", r#"{"offset":20}"#, "list of docs, depth all, results all"),
        (
            "get",
            r#"{"limit":4294967295,"offset":4294967295}"#,
            "list of docs, depth 8589934590, results 4294967295",
        ),
        ("get", r#"{"ids":["a","b","b"]}"#, "fetch of docs, results 2"),
        (
            "get",
            r#"{"ids":["a","b"],"limit":1}"#,
            "fetch of docs, results 1",
        ),
        (
            "get",
            r#"{"ids":["a","b"],"limit":9,"offset":1}"#,
            "fetch of docs, results 2",
        ),
        ("get", r#"{"ids":[]}"#, "fetch of docs"),
        (
            "get",
            r#"{"ids":["a"],"where":{"ssn":"1"},"include":["embeddings"]}"#,
            "fetch of docs, results 1, vectors, filters ssn",
        ),
        (
            "get",
            r#"{"sort":null,"limit":1}"#,
            "list of docs, depth 1, results 1",
        ),
        (
            "get",
            r#"{"limit":1,"include":[]}"#,
            "list of docs, depth 1, results 1",
        ),
        (
            "conditional/get",
            r#"{"limit":1,"read_token":5}"#,
            "list of docs, depth 1, results 1",
        ),
        ("conditional/get", r#"{"ids":["a"]}"#, "fetch of docs, results 1"),
        // delete: its count is an oracle
        (
            "delete",
            r#"{"ids":["a"],"where":null,"where_document":null}"#,
            "delete of docs",
        ),
        (
            "delete",
            r#"{"where":{"ssn":"1"},"where_document":{"$contains":"x"},"limit":1}"#,
            "delete of docs, filters #document, filters ssn",
        ),
    ] {
        assert_eq!(told(&post(call, body).operation()), expected, "{call} {body}");
    }
}

#[test]
fn filters_name_their_fields() {
    for (body, expected) in [
        (r#"{"where":{"email":"x"}}"#, "email"),
        (r#"{"where":{"contact.email":{"$eq":"x"}}}"#, "contact.email"),
        (r#"{"where":{"a":true}}"#, "a"),
        (r#"{"where":{"a":{"$in":["x",1]}}}"#, "a"),
        (r#"{"where":{"a":{"$contains":"x"}}}"#, "a"),
        (
            r#"{"where":{"$and":[{"a":1},{"$or":[{"b":{"$gt":2}},{"c":{"$nin":[]}}]},{"a":{"$ne":1}}]}}"#,
            "a b c",
        ),
        (r#"{"where":{"$and":[]}}"#, ""),
        (r##"{"where":{"#document":{"$contains":"x"}}}"##, "#document"),
        (r#"{"where":{"chroma:document":"x"}}"#, "#document"),
        (r#"{"where":{"chroma:uri":"x"}}"#, "#uri"),
        (r#"{"where":{"\u0065mail":"x"}}"#, "email"),
        (r#"{"where_document":{"$regex":"x"}}"#, "#document"),
        (
            r#"{"where_document":{"$and":[{"$contains":"a"},{"$or":[{"$not_contains":"b"}]}]},"where":{"a":1}}"#,
            "#document a",
        ),
    ] {
        let operation = post("get", body).operation();
        let fields: Vec<_> = operation.refers_to.iter().map(ToString::to_string).collect();
        assert_eq!(fields.join(" "), expected, "{body}");
        assert!(
            operation.refers_to.iter().all(|field| field.keys.len() == 1),
            "{body}"
        );
    }
}

#[test]
fn searches_of_the_search_api() {
    let knn = r#""rank":{"$knn":{"query":[0.1,0.2]}}"#;
    for (searches, expected) in [
        (String::new(), "search of docs"),
        (format!(r#"{{{knn}}}"#), "search of docs, depth all, results all"),
        (
            format!(r#"{{{knn},"limit":{{"offset":5,"limit":3}}}}"#),
            "search of docs, depth 8, results 3",
        ),
        (format!(r#"{{{knn},"limit":{{"offset":0}}}}"#), "search of docs, depth all, results all"),
        (format!(r#"{{{knn},"limit":{{"limit":null}}}}"#), "search of docs, depth all, results all"),
        (
            format!(r#"{{{knn},"limit":{{"limit":3}}}},{{{knn},"limit":{{"limit":9}}}}"#),
            "search of docs, depth 9, results 12",
        ),
        // nothing that ranks: bulk reading, also beside a ranked search
        (r#"{"limit":{"limit":3}}"#.into(), "list of docs, depth 3, results 3"),
        (r#"{"rank":null,"filter":{},"limit":{"limit":3}}"#.into(), "list of docs, depth 3, results 3"),
        (
            r#"{"rank":{"$sum":[{"$val":1},{"$exp":{"$val":2}}]},"limit":{"limit":3}}"#.into(),
            "list of docs, depth 3, results 3",
        ),
        (
            format!(r#"{{{knn},"limit":{{"limit":3}}}},{{"limit":{{"limit":1}}}}"#),
            "list of docs, depth 3, results 4",
        ),
        // fields
        (
            r##"{"filter":{"$and":[{"#id":{"$in":["a"]}},{"#document":{"$contains":"x"}},{"age":{"$gt":3}}]},
                "rank":{"$sub":{"left":{"$mul":[{"$val":-0.5},{"$knn":{"query":{"indices":[1],"values":[2.0]},"key":"sparse","limit":16,"default":3.5,"return_rank":true}}]},
                                "right":{"$log":{"$knn":{"query":[1],"key":"#embedding"}}}}},
                "group_by":{"keys":["city"],"aggregate":{"$min_k":{"keys":["#score","salary"],"k":2}}},
                "limit":{"limit":4},
                "select":{"keys":["#document","#embedding","ssn"]}}"##
                .into(),
            "search of docs, depth 4, results 4, vectors, filters #document, filters #id, filters age, groups city, orders salary, scores sparse",
        ),
        (
            format!(r#"{{{knn},"filter":null,"group_by":{{}},"limit":{{"limit":1}},"select":{{"keys":[]}}}}"#),
            "search of docs, depth 1, results 1",
        ),
    ] {
        let body = format!(r#"{{"searches":[{searches}],"read_level":"index_and_wal"}}"#);
        assert_eq!(told(&post("search", &body).operation()), expected, "{body}");
    }
}

#[test]
fn changes_of_records_and_catalogue() {
    let on = |method: &str, call: &str| ask(method, &format!("{}{call}", collection(DOCS)));
    for (ask, expected) in [
        (
            ask("POST", &database("/collections")).body(
                r#"{"name":"new","metadata":null,"configuration":null,"schema":null,"get_or_create":true}"#,
            ),
            "schema of new",
        ),
        (
            on("PUT", "").body(r#"{"new_name":"other","new_metadata":{"a":1},"new_configuration":null}"#),
            "schema of docs+other",
        ),
        (
            on("PUT", "").body(r#"{"new_metadata":{"a":1}}"#),
            "schema of docs",
        ),
        (ask("DELETE", &database("/collections/docs")), "schema of docs"),
        (post("fork", r#"{"new_name":"copy"}"#), "export of docs+copy"),
        (
            post(
                "functions/attach",
                r#"{"name":"f","function_id":"statistics","output_collection":"out","params":{"a":1}}"#,
            ),
            "export of docs+out",
        ),
        (
            post("attached_functions/f/detach", r#"{"delete_output":true}"#),
            "schema catalogue of docs",
        ),
        (
            post("attached_functions/f/detach", r#"{"delete_output":false}"#),
            "schema of docs",
        ),
        (post("attached_functions/f/detach", "{}"), "schema of docs"),
        (
            post(
                "attached_functions/f/add_input",
                r#"{"input_collection_id":"00000000-0000-0000-0000-00000000000A"}"#,
            )
            .knowing(
                "00000000-0000-0000-0000-00000000000a",
                named("input", "default_tenant/default_database"),
            ),
            "export catalogue of docs+input",
        ),
        (
            post(
                "conditional/commit",
                r#"{"read_ids":["a"],"operations":[{"operation":"add","payload":{}},{"operation":"upsert","payload":{}}]}"#,
            ),
            "write of docs",
        ),
        (
            post(
                "conditional/commit",
                r#"{"operations":[{"operation":"delete","payload":{"where":{"ssn":"1"}}}]}"#,
            ),
            "delete of docs, filters ssn",
        ),
        (on("GET", "/count?read_level=index_only"), "aggregate of docs"),
    ] {
        assert_eq!(told(&ask.operation()), expected, "{} {}", ask.method, ask.target);
    }
}

#[test]
fn writes_are_settled_by_their_head_and_never_read() {
    for call in ["add", "update", "upsert"] {
        let write = post(call, "not even JSON").header("content-length", "100000000");
        let Ok(Reading::Request(request)) = write.read_head() else {
            panic!("{call} is read")
        };
        assert_eq!(told(&request.operation), "write of docs");
        assert_eq!(request.canonical_body, None);
        assert!(request.forward.is_none());
    }
}

#[test]
fn what_must_be_read_asks_for_the_body_first() {
    for call in ["get", "query", "search", "delete", "fork", "conditional/commit"] {
        let asked = post(call, "{}").knowing_nothing().read_head();
        assert!(matches!(asked, Ok(Reading::NeedsBody)), "{call}: {asked:?}");
    }
    let count = ask("GET", &format!("{}/count", collection(DOCS))).request();
    assert_eq!(count.canonical_body, Some(Canonical::Made(Vec::new())));
}

#[test]
fn two_spellings_of_a_body_have_one_canonical_form() {
    let canonical = |body: &str| {
        let form = post("query", body).request().canonical_body.expect("it was read");
        form.of(body.as_bytes()).into_owned()
    };
    let one = canonical(r#"{"query_embeddings":[[1.0,2]],"n_results":3}"#);
    let other = canonical("{ \"n_results\" : 3,\n\"query_\\u0065mbeddings\":[[1.0, 2]] }");
    assert_eq!(one, other);
    assert_eq!(one, br#"{"n_results":3,"query_embeddings":[[1,2]]}"#);
}
