//! The table: every endpoint that Qdrant serves has a row, and everything else is unknown.

use super::super::rest;
use super::*;
use crate::dialect::endpoint::{Found, find};
use crate::operation::Kind;

/// The paths of the OpenAPI description of 1.19.0, then what its server serves beside it.
#[rustfmt::skip]
const SERVED: &[(&str, &str)] = &[
    // OpenAPI 1.19.0
    ("GET", "/collections/docs/shards"),
    ("PUT", "/collections/docs/shards"),
    ("POST", "/collections/docs/shards/delete"),
    ("GET", "/"),
    ("GET", "/telemetry"),
    ("GET", "/metrics"),
    ("GET", "/healthz"),
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("GET", "/issues"),
    ("DELETE", "/issues"),
    ("GET", "/cluster"),
    ("GET", "/cluster/telemetry"),
    ("POST", "/cluster/recover"),
    ("DELETE", "/cluster/peer/a-peer_id"),
    ("GET", "/quotas"),
    ("PUT", "/quotas"),
    ("GET", "/collections"),
    ("GET", "/collections/docs"),
    ("PUT", "/collections/docs"),
    ("DELETE", "/collections/docs"),
    ("PATCH", "/collections/docs"),
    ("POST", "/collections/aliases"),
    ("PUT", "/collections/docs/index"),
    ("GET", "/collections/docs/exists"),
    ("DELETE", "/collections/docs/index/a-field_name"),
    ("PUT", "/collections/docs/vectors/a-vector_name"),
    ("DELETE", "/collections/docs/vectors/a-vector_name"),
    ("GET", "/collections/docs/cluster"),
    ("POST", "/collections/docs/cluster"),
    ("GET", "/collections/docs/optimizations"),
    ("GET", "/collections/docs/aliases"),
    ("GET", "/aliases"),
    ("POST", "/collections/docs/snapshots/upload"),
    ("PUT", "/collections/docs/snapshots/recover"),
    ("GET", "/collections/docs/snapshots"),
    ("POST", "/collections/docs/snapshots"),
    ("GET", "/collections/docs/snapshots/a-snapshot_name"),
    ("DELETE", "/collections/docs/snapshots/a-snapshot_name"),
    ("GET", "/snapshots"),
    ("POST", "/snapshots"),
    ("GET", "/snapshots/a-snapshot_name"),
    ("DELETE", "/snapshots/a-snapshot_name"),
    ("GET", "/collections/docs/shards/0/snapshot"),
    ("POST", "/collections/docs/shards/0/snapshots/upload"),
    ("PUT", "/collections/docs/shards/0/snapshots/recover"),
    ("GET", "/collections/docs/shards/0/snapshots"),
    ("POST", "/collections/docs/shards/0/snapshots"),
    ("GET", "/collections/docs/shards/0/snapshots/a-snapshot_name"),
    ("DELETE", "/collections/docs/shards/0/snapshots/a-snapshot_name"),
    ("GET", "/collections/docs/points/a-id"),
    ("PUT", "/collections/docs/points"),
    ("POST", "/collections/docs/points"),
    ("POST", "/collections/docs/points/delete"),
    ("PUT", "/collections/docs/points/vectors"),
    ("POST", "/collections/docs/points/vectors/delete"),
    ("PUT", "/collections/docs/points/payload"),
    ("POST", "/collections/docs/points/payload"),
    ("POST", "/collections/docs/points/payload/delete"),
    ("POST", "/collections/docs/points/payload/clear"),
    ("POST", "/collections/docs/points/batch"),
    ("POST", "/collections/docs/points/scroll"),
    ("POST", "/collections/docs/points/count"),
    ("POST", "/collections/docs/facet"),
    ("POST", "/collections/docs/points/query"),
    ("POST", "/collections/docs/points/query/batch"),
    ("POST", "/collections/docs/points/query/groups"),
    ("POST", "/collections/docs/points/search/matrix/pairs"),
    ("POST", "/collections/docs/points/search/matrix/offsets"),
    // Routes of 1.19.0 that are not in it
    ("POST", "/collections/docs/points/search"),
    ("POST", "/collections/docs/points/search/batch"),
    ("POST", "/collections/docs/points/search/groups"),
    ("POST", "/collections/docs/points/recommend"),
    ("POST", "/collections/docs/points/recommend/batch"),
    ("POST", "/collections/docs/points/recommend/groups"),
    ("POST", "/collections/docs/points/discover"),
    ("POST", "/collections/docs/points/discover/batch"),
    ("POST", "/collections/docs/shards/0/points"),
    ("POST", "/collections/docs/shards/0/points/scroll"),
    ("POST", "/collections/docs/shards/0/points/count"),
    ("POST", "/collections/docs/shards/0/cleanup"),
    ("GET", "/collections/docs/memory"),
    ("POST", "/collections/docs/truncate_unapplied_wal"),
    ("POST", "/collections/docs/debug"),
    ("GET", "/collections/docs/shards/0/wal"),
    ("GET", "/collections/docs/shards/0/recovery_point"),
    ("POST", "/collections/docs/shards/0/snapshot/partial/create"),
    ("POST", "/collections/docs/shards/0/snapshot/partial/recover"),
    ("POST", "/collections/docs/shards/0/snapshot/partial/recover_from"),
    ("GET", "/collections/docs/shards/0/snapshot/partial/manifest"),
    ("GET", "/cluster/metadata/keys"),
    ("GET", "/cluster/metadata/keys/a-key"),
    ("PUT", "/cluster/metadata/keys/a-key"),
    ("DELETE", "/cluster/metadata/keys/a-key"),
    ("GET", "/stacktrace"),
    ("GET", "/logger"),
    ("POST", "/logger"),
    ("GET", "/debugger"),
    ("PATCH", "/debugger"),
    ("GET", "/profiler/slow_requests"),
    ("POST", "/audit/logs"),
    ("GET", "/dashboard"),
    ("GET", "/dashboard/assets/index.js"),
];

#[test]
fn every_endpoint_served_has_a_row() {
    let mut rows = Vec::new();
    for (method, path) in SERVED {
        let target = Target::parse(path).expect(path);
        let Found::Endpoint(endpoint, _) = find(&rest::ENDPOINTS, method, &target) else {
            panic!("{method} {path} has no row")
        };
        rows.push(std::ptr::from_ref(endpoint));
    }
    let unused: Vec<_> = rest::ENDPOINTS
        .iter()
        .filter(|row| !rows.contains(&std::ptr::from_ref(*row)))
        .collect();
    assert!(
        unused.is_empty(),
        "rows that stand for nothing served: {unused:?}"
    );
    assert_eq!(SERVED.len(), rest::ENDPOINTS.len());
}

#[test]
fn what_is_in_no_row_is_unknown() {
    for (method, path) in [
        ("GET", "/openapi.json"),
        ("GET", "/Collections"),
        ("get", "/collections"),
        ("OPTIONS", "/collections/docs/points/query"),
        ("GET", "/collections/docs/points/query/batch"),
        ("PATCH", "/collections/docs/points"),
        ("DELETE", "/collections/docs/points/7"),
        ("HEAD", "/collections/docs/points/7"),
        ("HEAD", "/collections"),
        ("POST", "/collections/docs/points/query/other"),
        ("POST", "/qdrant.Points/Search"),
    ] {
        let unknown = ask(method, path).request();
        assert_eq!(unknown.operation.kind, Kind::Unknown, "{method} {path}");
        assert!(unknown.forward.is_none() && unknown.canonical_body.is_none());
    }
}

#[test]
fn settled_by_method_and_path() {
    for (method, path, expected) in [
        ("GET", "/", "meta"),
        ("HEAD", "/readyz", "meta"),
        ("GET", "/dashboard/assets/index.js", "meta"),
        ("GET", "/collections", "describe catalogue"),
        ("GET", "/aliases", "describe catalogue"),
        ("GET", "/metrics", "describe catalogue"),
        ("GET", "/telemetry?anonymize=true", "describe catalogue"),
        ("GET", "/profiler/slow_requests?limit=100", "export catalogue"),
        ("POST", "/audit/logs", "export catalogue"),
        ("GET", "/cluster/metadata/keys/x", "describe catalogue"),
        ("GET", "/collections/docs/exists", "describe of docs"),
        ("PATCH", "/collections/docs", "schema of docs"),
        ("PUT", "/collections/docs/index?wait=true", "schema of docs"),
        ("DELETE", "/collections/docs/index/email", "schema of docs"),
        ("POST", "/collections/docs/snapshots?wait=true", "export of docs"),
        ("GET", "/collections/docs/snapshots/s.snapshot", "export of docs"),
        ("PUT", "/collections/docs/snapshots/recover", "export of docs"),
        (
            "POST",
            "/collections/docs/shards/0/snapshot/partial/recover_from",
            "export of docs",
        ),
        ("POST", "/snapshots", "export catalogue"),
        (
            "GET",
            "/collections/docs/shards/0/wal?entries=100",
            "export of docs",
        ),
    ] {
        assert_eq!(ask(method, path).told(), expected, "{method} {path}");
    }
    let upload = ask("POST", "/collections/docs/snapshots/upload")
        .header("content-type", "multipart/form-data; boundary=x");
    assert_eq!(upload.told(), "export of docs");
}

#[test]
fn rows_are_there_for_a_support_table() {
    for row in Qdrant.endpoints() {
        assert!(
            !row.kinds.is_empty() && !row.source.is_empty() && !row.masked.is_empty(),
            "{row:?}"
        );
    }
}
