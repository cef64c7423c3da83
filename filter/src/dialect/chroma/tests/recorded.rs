//! Bodies that the official clients send, word for word.

use super::*;

/// What the Python client (1.5.9) and the npm client (3.5.0) were seen to send.
#[test]
fn official_clients_are_understood() {
    for (call, body, expected) in [
        (
            "query",
            r#"{"ids":null,"query_embeddings":[[-0.4683080017566681,-0.233241006731987]],"n_results":3,"where":null,"where_document":null,"include":["metadatas","documents","distances"]}"#,
            "search of docs, depth 3, results 3",
        ),
        (
            "get",
            r#"{"ids":null,"where":{"$and":[{"age":{"$gt":30}},{"ssn":{"$ne":"x"}}]},"limit":2,"offset":null,"where_document":null,"include":["metadatas","documents"]}"#,
            "list of docs, depth 2, results 2, filters age, filters ssn",
        ),
        (
            "delete",
            r#"{"ids":["d59"],"where":null,"where_document":null}"#,
            "delete of docs",
        ),
        ("fork", r#"{"new_name":"people2"}"#, "export of docs+people2"),
        (
            "search",
            r##"{"searches":[{"filter":null,"rank":{"$knn":{"query":[-0.468308,-0.233241],"key":"#embedding","limit":16}},"group_by":{},"limit":{"offset":0,"limit":3},"select":{"keys":["#document","#score","email"]}}],"read_level":"index_and_wal"}"##,
            "search of docs, depth 3, results 3",
        ),
        // npm
        (
            "get",
            r#"{"limit":3,"include":["documents","metadatas"]}"#,
            "list of docs, depth 3, results 3",
        ),
        (
            "query",
            r#"{"include":["metadatas","documents","distances"],"n_results":10,"query_embeddings":[[1,2]]}"#,
            "search of docs, depth 10, results 10",
        ),
        ("delete", r#"{"ids":["1"]}"#, "delete of docs"),
    ] {
        assert_eq!(told(&post(call, body).operation()), expected, "{call} {body}");
    }
    let create = ask("POST", &database("/collections"));
    for body in [
        r#"{"name":"docs","metadata":null,"configuration":null,"schema":null,"get_or_create":false}"#,
        r#"{"name":"docs","configuration":{},"get_or_create":false}"#,
    ] {
        assert_eq!(told(&create.clone().body(body).operation()), "schema of docs");
    }
    // A GET of the Python client is labelled as JSON though it has no body.
    let get = ask("GET", &database("/collections")).header("content-type", "application/json");
    assert_eq!(told(&get.operation()), "describe catalogue");
    // npm resets with an empty body of known length.
    let reset = ask("POST", "/api/v2/reset").header("content-length", "0");
    assert_eq!(told(&reset.operation()), "schema catalogue");
}
