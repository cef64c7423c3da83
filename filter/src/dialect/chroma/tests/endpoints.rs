//! The table: every endpoint that Chroma serves has a row, and everything else is unknown.

use super::*;
use crate::operation::Kind;

const ID: &str = "071633ae-9d0d-4dee-82e2-12ff37aa8459";

/// The paths of the OpenAPI description of 1.5.9, then what its server and the next one serve beside it; with the
/// kind of the row, the first where there are several. `D` stands for a database, `C` for a collection by UUID.
const SERVED: &[(&str, &str, &str, Kind)] = &[
    ("1.5.9", "GET", "/api/v2/auth/identity", Kind::Meta),
    ("1.5.9", "GET", "/api/v2/collections/t:d:docs", Kind::Describe),
    ("1.5.9", "GET", "/api/v2/healthcheck", Kind::Meta),
    ("1.5.9", "GET", "/api/v2/heartbeat", Kind::Meta),
    ("1.5.9", "GET", "/api/v2/pre-flight-checks", Kind::Meta),
    ("1.5.9", "POST", "/api/v2/reset", Kind::Schema),
    ("1.5.9", "POST", "/api/v2/tenants", Kind::Schema),
    ("1.5.9", "GET", "/api/v2/tenants/t", Kind::Meta),
    ("1.5.9", "PATCH", "/api/v2/tenants/t", Kind::Schema),
    ("1.5.9", "GET", "/api/v2/tenants/t/databases", Kind::Describe),
    ("1.5.9", "POST", "/api/v2/tenants/t/databases", Kind::Schema),
    ("1.5.9", "GET", "D", Kind::Meta),
    ("1.5.9", "DELETE", "D", Kind::Schema),
    ("1.5.9", "GET", "D/collections", Kind::Describe),
    ("1.5.9", "POST", "D/collections", Kind::Schema),
    (
        "1.5.9",
        "GET",
        "D/collections/by-id/071633ae-9d0d-4dee-82e2-12ff37aa8459",
        Kind::Describe,
    ),
    ("1.5.9", "GET", "C", Kind::Describe),
    ("1.5.9", "PUT", "C", Kind::Schema),
    ("1.5.9", "DELETE", "C", Kind::Schema),
    ("1.5.9", "POST", "C/add", Kind::Write),
    ("1.5.9", "POST", "C/attached_functions/f/detach", Kind::Schema),
    ("1.5.9", "GET", "C/count", Kind::Aggregate),
    ("1.5.9", "POST", "C/delete", Kind::Delete),
    ("1.5.9", "POST", "C/fork", Kind::Export),
    ("1.5.9", "GET", "C/fork_count", Kind::Describe),
    ("1.5.9", "POST", "C/functions/attach", Kind::Export),
    ("1.5.9", "GET", "C/functions/f", Kind::Describe),
    ("1.5.9", "POST", "C/get", Kind::Fetch),
    ("1.5.9", "GET", "C/indexing_status", Kind::Describe),
    ("1.5.9", "POST", "C/query", Kind::Search),
    ("1.5.9", "POST", "C/search", Kind::Search),
    ("1.5.9", "POST", "C/update", Kind::Write),
    ("1.5.9", "POST", "C/upsert", Kind::Write),
    ("1.5.9", "GET", "D/collections_count", Kind::Describe),
    ("1.5.9", "GET", "/api/v2/version", Kind::Meta),
    ("1.5.9, unlisted", "GET", "/api/v2", Kind::Meta),
    ("1.5.9, unlisted", "GET", "/openapi.json", Kind::Meta),
    ("1.5.9, unlisted", "GET", "/docs", Kind::Meta),
    ("1.5.9, unlisted", "GET", "/docs/index.html", Kind::Meta),
    ("after 1.5.9", "POST", "C/conditional/get", Kind::Fetch),
    ("after 1.5.9", "POST", "C/conditional/commit", Kind::Write),
    (
        "after 1.5.9",
        "POST",
        "C/attached_functions/f/add_input",
        Kind::Export,
    ),
];

fn full(path: &str) -> String {
    let database = "/api/v2/tenants/t/databases/d";
    if let Some(rest) = path.strip_prefix('C') {
        format!("{database}/collections/{ID}{rest}")
    } else if let Some(rest) = path.strip_prefix('D') {
        format!("{database}{rest}")
    } else {
        path.into()
    }
}

fn row(method: &str, path: &str) -> Option<&'static Endpoint<Detail>> {
    let head = ask(method, &full(path)).head();
    super::super::find(&head)
        .expect("not refused")
        .map(|(endpoint, _)| endpoint)
}

use super::super::table::{Detail, ENDPOINTS};
use crate::dialect::endpoint::Endpoint;

#[test]
fn every_endpoint_served_has_a_row() {
    let mut rows = Vec::new();
    for (version, method, path, kind) in SERVED {
        let endpoint = row(method, path).unwrap_or_else(|| panic!("{version} {method} {path} has no row"));
        assert_eq!(endpoint.kinds.first(), Some(kind), "{method} {path}");
        rows.push(std::ptr::from_ref(endpoint));
    }
    let unused: Vec<_> = ENDPOINTS
        .iter()
        .filter(|row| !rows.contains(&std::ptr::from_ref(*row)))
        .collect();
    assert!(
        unused.is_empty(),
        "rows that stand for nothing served: {unused:?}"
    );
    assert_eq!(SERVED.len(), ENDPOINTS.len());
}

#[test]
fn what_is_in_no_row_is_unknown() {
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/api"),
        ("GET", "/api/v3/heartbeat"),
        ("GET", "/API/v2/heartbeat"),
        ("GET", "/metrics"),
        ("POST", "/api/v2/heartbeat"),
        ("get", "/api/v2/heartbeat"),
        ("OPTIONS", "/api/v2/heartbeat"),
        ("TRACE", "/api/v2/heartbeat"),
        ("CONNECT", "/api/v2/heartbeat"),
        ("HEAD", "D/collections"),
        ("HEAD", "C/count"),
        ("OPTIONS", "C/query"),
        ("GET", "C/query"),
        ("PUT", "C/query"),
        ("POST", "C/query/x"),
        ("POST", "C/get_all"),
        (
            "DELETE",
            "D/collections/by-id/071633ae-9d0d-4dee-82e2-12ff37aa8459",
        ),
        ("PATCH", "C"),
        ("POST", "C"),
    ] {
        let unknown = ask(method, &full(path)).body("{}").request();
        assert_eq!(unknown.operation.kind, Kind::Unknown, "{method} {path}");
        assert_eq!(unknown.endpoint, "unknown");
        assert!(unknown.forward.is_none() && unknown.canonical_body.is_none());
    }
}

#[test]
fn probes_may_use_head() {
    for path in ["/api/v2/heartbeat", "/api/v2", "/api/v2/healthcheck"] {
        assert_eq!(ask("HEAD", path).operation().kind, Kind::Meta, "{path}");
    }
}

#[test]
fn the_first_version_of_the_api_is_gone() {
    for (method, path) in [
        ("GET", "/api/v1/heartbeat"),
        ("POST", "/api/v1/collections"),
        ("GET", "/api/v1"),
        ("OPTIONS", "/api/v1/collections/x/get"),
    ] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(
                ask(method, path).refused(),
                @"410 The v1 API is not served: use the v2 API (a Chroma client of version 0.6 or newer)"
            );
        }
    }
}

#[test]
fn settled_by_method_and_path() {
    let d = database("");
    for (method, path, expected) in [
        ("GET", "/api/v2/auth/identity".into(), "meta"),
        ("GET", "/api/v2/tenants/default_tenant".into(), "meta"),
        ("GET", d.clone(), "meta"),
        ("GET", format!("{d}/collections"), "describe catalogue"),
        (
            "GET",
            format!("{d}/collections?limit=10&offset=5"),
            "describe catalogue",
        ),
        ("GET", format!("{d}/collections_count"), "describe catalogue"),
        (
            "GET",
            "/api/v2/tenants/default_tenant/databases?limit=1".into(),
            "describe catalogue",
        ),
        (
            "GET",
            "/api/v2/collections/acme:sales:docs".into(),
            "describe catalogue",
        ),
        ("POST", "/api/v2/tenants".into(), "schema catalogue"),
        ("PATCH", "/api/v2/tenants/acme".into(), "schema catalogue"),
        (
            "POST",
            "/api/v2/tenants/acme/databases".into(),
            "schema catalogue",
        ),
        ("DELETE", d.clone(), "schema catalogue"),
        ("POST", "/api/v2/reset".into(), "schema catalogue"),
        ("GET", collection("docs"), "describe of docs"),
        ("GET", collection("by-id"), "describe of by-id"),
        (
            "GET",
            format!("{}/fork_count", collection(DOCS)),
            "describe of docs",
        ),
        (
            "GET",
            format!("{}/indexing_status", collection(DOCS)),
            "describe of docs",
        ),
        (
            "GET",
            format!("{}/functions/f", collection(DOCS)),
            "describe of docs",
        ),
    ] {
        let asked = ask(method, &path).read_head();
        let Ok(Reading::Request(request)) = asked else {
            panic!("{method} {path}: {asked:?}")
        };
        assert_eq!(told(&request.operation), expected, "{method} {path}");
    }
}

#[test]
fn rows_are_there_for_a_support_table() {
    let rows = Chroma.endpoints();
    assert_eq!(rows.len(), ENDPOINTS.len());
    for row in &rows {
        assert!(
            !row.kinds.is_empty() && !row.source.is_empty() && !row.masked.is_empty(),
            "{row:?}"
        );
    }
    let query = rows.iter().find(|row| row.name == "query").expect("a row");
    insta::assert_json_snapshot!(query, @r#"
    {
      "name": "query",
      "method": "POST",
      "path": "/api/v2/tenants/{tenant}/databases/{database}/collections/{collection_id}/query",
      "kinds": [
        "search"
      ],
      "bounded": "n_results (10) times the number of query_embeddings; ids",
      "masked": "metadatas, documents, uris, embeddings, distances",
      "source": "Chroma 1.5.9, OpenAPI description"
    }
    "#);
}
