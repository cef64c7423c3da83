//! What bodies mean over REST: kinds, bounds, vectors, fields, collections.

use super::*;

fn check(table: &[(&str, &str, &str)]) {
    for (call, body, expected) in table {
        assert_eq!(post(call, body).told(), *expected, "{call} {body}");
    }
}

#[test]
fn queries() {
    check(&[
        ("points/query", "{}", "list of docs, depth 10, results 10"),
        (
            "points/query",
            r#"{"query":[0.1,0.2]}"#,
            "search of docs, depth 10, results 10",
        ),
        (
            "points/query",
            r#"{"query":7,"limit":null,"offset":null}"#,
            "search of docs, depth 10, results 10",
        ),
        (
            "points/query",
            r#"{"query":[1],"limit":3,"offset":20}"#,
            "search of docs, depth 23, results 3",
        ),
        (
            "points/query",
            r#"{"query":[[1,2],[3,4]],"using":"multi"}"#,
            "search of docs, depth 10, results 10",
        ),
        (
            "points/query",
            r#"{"query":{"indices":[1],"values":[0.5]},"using":"kw"}"#,
            "search of docs, depth 10, results 10",
        ),
        (
            "points/query",
            r#"{"query":{"text":"hello","model":"qdrant/bm25"}}"#,
            "search of docs, depth 10, results 10",
        ),
        (
            "points/query",
            r#"{"query":{"text":"hello"},"using":"contact.note"}"#,
            "search of docs, depth 10, results 10, scores contact.note",
        ),
        (
            "points/query",
            r#"{"query":{"nearest":[1],"mmr":{"diversity":0.5,"candidates_limit":100}}}"#,
            "search of docs, depth 10, results 10",
        ),
        (
            "points/query",
            r#"{"query":{"recommend":{"positive":[1,[0.1]],"negative":["6f6bd5a8-2a9c-4a4b-8f0e-111111111111"],"strategy":"best_score"}},"lookup_from":{"collection":"staff","vector":"text"}}"#,
            "search of docs+people, depth 10, results 10",
        ),
        (
            "points/query",
            r#"{"query":{"discover":{"target":1,"context":{"positive":1,"negative":2}}}}"#,
            "search of docs, depth 10, results 10",
        ),
        (
            "points/query",
            r#"{"query":{"context":[{"positive":1,"negative":2}]}}"#,
            "search of docs, depth 10, results 10",
        ),
        (
            "points/query",
            r#"{"query":{"order_by":"age"}}"#,
            "search of docs, depth 10, results 10, orders age",
        ),
        (
            "points/query",
            r#"{"query":{"order_by":{"key":"a.b[]","direction":"desc","start_from":3}}}"#,
            "search of docs, depth 10, results 10, orders a.b",
        ),
        (
            "points/query",
            r#"{"query":{"sample":"random"},"limit":100}"#,
            "search of docs, depth 100, results 100",
        ),
        (
            "points/query",
            r#"{"query":{"relevance_feedback":{"target":[1],"feedback":[{"example":1,"score":0.5}],"strategy":{"naive":{"a":1,"b":1,"c":1}}}}}"#,
            "search of docs, depth 10, results 10",
        ),
        // Prefetches return nothing themselves; their fields and collections count.
        (
            "points/query",
            r#"{"prefetch":{"prefetch":[{"query":[1],"limit":5000,"filter":{"must":{"key":"email","match":{"value":"x"}}}}],"query":5,"lookup_from":{"collection":"other"},"limit":1000},"query":{"fusion":"rrf"},"limit":4}"#,
            "search of docs+other, depth 4, results 4, filters email",
        ),
        (
            "points/query",
            r#"{"prefetch":[{"query":[1]},{"query":{"rrf":{"k":60}}}],"query":{"rrf":{"k":2,"weights":[1,2]}}}"#,
            "search of docs, depth 10, results 10",
        ),
        // Parameters hold a filter too.
        (
            "points/query",
            r#"{"query":[1],"params":{"hnsw_ef":64,"idf":{"corpus":{"must":[{"key":"ssn","match":{"value":"1"}}]}}}}"#,
            "search of docs, depth 10, results 10, filters ssn",
        ),
        (
            "points/query",
            r#"{"query":[1],"params":{"idf":"global"}}"#,
            "search of docs, depth 10, results 10",
        ),
    ]);
}

#[test]
fn batches_groups_and_matrices() {
    check(&[
        ("points/query/batch", r#"{"searches":[]}"#, "search of docs"),
        (
            "points/query/batch",
            r#"{"searches":[{"query":[1],"limit":3},{"query":[2]},{"query":{"order_by":"age"},"limit":5,"offset":95}]}"#,
            "search of docs, depth 100, results 18, orders age",
        ),
        (
            "points/query/batch",
            r#"{"searches":[{"query":[1]},{"limit":5}]}"#,
            "list of docs, depth 10, results 15",
        ),
        (
            "points/search/batch",
            r#"{"searches":[{"vector":[1],"limit":3},{"vector":[1],"top":4}]}"#,
            "search of docs, depth 4, results 7",
        ),
        (
            "points/query/groups",
            r#"{"query":[1],"group_by":"country"}"#,
            "search of docs, depth 10, results 30, groups country",
        ),
        (
            "points/query/groups",
            r#"{"query":[1],"group_by":"a.b","limit":4,"group_size":5,"with_lookup":"staff"}"#,
            "search of docs+people, depth 4, results 24, groups a.b",
        ),
        (
            "points/search/groups",
            r#"{"vector":{"name":"text","vector":[1]},"group_by":"c","limit":2,"group_size":3,"with_lookup":{"collection":"other","with_vectors":true,"with_payload":["x"]}}"#,
            "search of docs+other, depth 2, results 8, vectors, groups c",
        ),
        (
            "points/recommend/groups",
            r#"{"positive":[1],"group_by":"c","limit":2,"group_size":3}"#,
            "search of docs, depth 2, results 6, groups c",
        ),
        (
            "points/search/matrix/pairs",
            "{}",
            "search of docs, depth 3, results 30",
        ),
        (
            "points/search/matrix/offsets",
            r#"{"sample":100,"limit":5,"using":"text"}"#,
            "search of docs, depth 5, results 500",
        ),
    ]);
}

#[test]
fn deprecated_reads() {
    check(&[
        (
            "points/search",
            r#"{"vector":[1],"limit":7}"#,
            "search of docs, depth 7, results 7",
        ),
        (
            "points/search",
            r#"{"vector":[1],"top":7,"offset":3,"with_vectors":true}"#,
            "search of docs, depth 10, results 7, vectors",
        ),
        (
            "points/recommend",
            r#"{"positive":[1],"negative":[],"limit":5,"using":"text","lookup_from":{"collection":"other"}}"#,
            "search of docs+other, depth 5, results 5",
        ),
        (
            "points/recommend/batch",
            r#"{"searches":[{"positive":[1],"limit":5}]}"#,
            "search of docs, depth 5, results 5",
        ),
        (
            "points/discover",
            r#"{"target":1,"context":[{"positive":1,"negative":2}],"limit":5}"#,
            "search of docs, depth 5, results 5",
        ),
        (
            "points/discover/batch",
            r#"{"searches":[{"target":1,"limit":5,"filter":{"must":[{"key":"a","range":{"gt":1}}]}}]}"#,
            "search of docs, depth 5, results 5, filters a",
        ),
    ]);
}

#[test]
fn other_reads() {
    check(&[
        ("points/scroll", "{}", "list of docs, depth 10, results 10"),
        (
            "points/scroll",
            r#"{"offset":5000,"limit":3,"with_vector":["text"]}"#,
            "list of docs, depth 3, results 3, vectors",
        ),
        (
            "points/scroll",
            r#"{"order_by":"ssn","with_vector":[]}"#,
            "list of docs, depth 10, results 10, orders ssn",
        ),
        (
            "shards/0/points/scroll",
            r#"{"limit":3,"hash_ring_filter":{"expected_shard_id":1}}"#,
            "list of docs, depth 3, results 3",
        ),
        ("points", r#"{"ids":[1,2,3]}"#, "fetch of docs, results 3"),
        (
            "points",
            r#"{"ids":[1,"6f6bd5a8-2a9c-4a4b-8f0e-111111111111"],"with_vectors":true}"#,
            "fetch of docs, results 2, vectors",
        ),
        ("points", r#"{"ids":[]}"#, "fetch of docs"),
        ("shards/0/points", r#"{"ids":[1]}"#, "fetch of docs, results 1"),
        ("points/count", "{}", "aggregate of docs"),
        (
            "points/count",
            r#"{"exact":false,"filter":{"must":[{"key":"email","match":{"value":"x"}}]}}"#,
            "aggregate of docs, filters email",
        ),
        (
            "shards/0/points/count",
            r#"{"filter":{"should":[{"is_null":{"key":"a"}}]}}"#,
            "aggregate of docs, filters a",
        ),
        (
            "facet",
            r#"{"key":"email"}"#,
            "aggregate of docs, results 10, aggregates email",
        ),
        (
            "facet",
            r#"{"key":"tags[]","limit":500,"exact":true,"filter":{"must":[]}}"#,
            "aggregate of docs, results 500, aggregates tags",
        ),
    ]);
    assert_eq!(
        ask("GET", "/collections/staff/points/7").told(),
        "fetch of people, results 1, vectors"
    );
}

#[test]
fn conditions() {
    for (filter, expected) in [
        ("null", ""),
        ("{}", ""),
        (r#"{"must":[],"should":null}"#, ""),
        (
            r#"{"must":[{"key":"a","match":{"any":[1]}}],"must_not":{"key":"b","range":{"lt":1}}}"#,
            ", filters a, filters b",
        ),
        (
            r#"{"min_should":{"conditions":[{"key":"a.b[].c","values_count":{"gt":1}}],"min_count":1}}"#,
            ", filters a.b.c",
        ),
        (
            r#"{"must":[{"should":[{"must_not":[{"is_empty":{"key":"deep"}}]}]}]}"#,
            ", filters deep",
        ),
        (
            r#"{"must":[{"key":"a","is_empty":true},{"key":"b","is_null":false}]}"#,
            ", filters a, filters b",
        ),
        (
            r#"{"must":[{"has_id":[1,2]},{"has_vector":"text"},{"slice":{"total":4,"index":0}}]}"#,
            "",
        ),
        (
            r#"{"must":[{"nested":{"key":"people[]","filter":{"must":[{"key":"email","match":{"value":"x"}},{"nested":{"key":"a","filter":{"must":[{"key":"b","match":{"value":1}}]}}}]}}}]}"#,
            ", filters people.a.b, filters people.email",
        ),
        (
            r#"{"must":[{"nested":{"key":"people","filter":{}}}]}"#,
            ", filters people",
        ),
        (
            r#"{"must":[{"key":"\"a.b\".c","match":{"value":1}}]}"#,
            ", filters a.b.c",
        ),
        (
            r#"{"must":[{"key":"a","match":{"value":1}},{"key":"a[]","match":{"value":2}}]}"#,
            ", filters a",
        ),
    ] {
        let expected = format!("aggregate of docs{expected}");
        let body = format!(r#"{{"filter":{filter}}}"#);
        assert_eq!(post("points/count", &body).told(), expected, "{filter}");
    }
}

#[test]
fn formulas() {
    for (formula, expected) in [
        ("1.5", ""),
        (r#""$score""#, ""),
        (r#""age""#, ", scores age"),
        (
            r#"{"sum":["$score",{"mult":[0.01,"age"]},{"neg":{"abs":"a"}}]}"#,
            ", scores a, scores age",
        ),
        (r#"{"mult":[1,2]}"#, ""),
        (
            r#"{"div":{"left":"a","right":{"sqrt":"b"},"by_zero_default":0}}"#,
            ", scores a, scores b",
        ),
        (
            r#"{"pow":{"base":"$score[0]","exponent":{"max":["a",{"min":[1,"b"]}]}}}"#,
            ", scores a, scores b",
        ),
        (
            r#"{"exp_decay":{"x":{"geo_distance":{"origin":{"lon":1,"lat":2},"to":"home.geo"}},"target":{"datetime":"2024-01-01"},"scale":5}}"#,
            ", scores home.geo",
        ),
        (r#"{"lin_decay":{"x":{"datetime_key":"born"}}}"#, ", scores born"),
        (r#"{"key":"email","match":{"value":"x"}}"#, ", scores email"),
        (r#"{"is_null":{"key":"email"}}"#, ", scores email"),
        (
            r#"{"sum":[{"must":[{"key":"a","match":{"value":1}}]},{"acosh":"b"},{"ln":"c"},{"log10":"d"},{"exp":"e"}]}"#,
            ", scores a, scores b, scores c, scores d, scores e",
        ),
    ] {
        let body = format!(
            r#"{{"prefetch":{{"query":[1]}},"query":{{"formula":{formula},"defaults":{{"age":1}}}}}}"#
        );
        let expected = format!("search of docs, depth 10, results 10{expected}");
        assert_eq!(post("points/query", &body).told(), expected, "{formula}");
    }
}

#[test]
fn changes() {
    check(&[
        ("points/delete", r#"{"points":[1,2]}"#, "delete of docs"),
        (
            "points/delete",
            r#"{"filter":{"must":[{"key":"email","match":{"value":"x"}}]}}"#,
            "delete of docs, filters email",
        ),
        (
            "points/payload",
            r#"{"payload":{"seen":true},"filter":{"must":[{"key":"email","match":{"value":"x"}}]}}"#,
            "write of docs, filters email",
        ),
        (
            "points/payload",
            r#"{"payload":{"x":1},"points":[1],"key":"a.b"}"#,
            "write of docs",
        ),
        (
            "points/payload/delete",
            r#"{"keys":["x"],"filter":{"must":[{"key":"ssn","match":{"value":"x"}}]}}"#,
            "delete of docs, filters ssn",
        ),
        (
            "points/payload/clear",
            r#"{"filter":{"must":[{"key":"ssn","match":{"value":"x"}}]}}"#,
            "delete of docs, filters ssn",
        ),
        (
            "points/vectors/delete",
            r#"{"vector":["text"],"filter":{"must":[{"key":"ssn","match":{"value":"x"}}]}}"#,
            "delete of docs, filters ssn",
        ),
        (
            "points/batch",
            r#"{"operations":[{"upsert":{"points":[]}},{"set_payload":{"payload":{},"filter":{"must":[{"key":"ssn","match":{"value":"x"}}]}}}]}"#,
            "write of docs, filters ssn",
        ),
        (
            "points/batch",
            r#"{"operations":[{"delete":{"points":[1]}},{"clear_payload":{"points":[2]}},{"delete_vectors":{"vector":["a"],"points":[1]}},{"delete_payload":{"keys":["a"],"points":[1]}}]}"#,
            "delete of docs",
        ),
        (
            "points/batch",
            r#"{"operations":[{"overwrite_payload":{"payload":{},"points":[1]}},{"update_vectors":{"points":[]}}]}"#,
            "write of docs",
        ),
        (
            "cluster",
            r#"{"move_shard":{"shard_id":1,"to_peer_id":2,"from_peer_id":3}}"#,
            "export of docs",
        ),
        (
            "cluster",
            r#"{"drop_replica":{"shard_id":1,"peer_id":2}}"#,
            "schema of docs",
        ),
        (
            "cluster",
            r#"{"replicate_points":{"from_shard_key":"a","to_shard_key":"b","filter":{"must":[{"key":"x","match":{"value":1}}]}}}"#,
            "export of docs, filters x",
        ),
    ]);
    let put = |path: &str, body: &str| ask("PUT", path).body(body).told();
    let filter = r#"{"must":[{"key":"email","match":{"value":"x"}}]}"#;
    let upsert = format!(
        r#"{{"points":[{{"id":1,"vector":[1],"payload":{{"email":"y"}}}}],"update_filter":{filter}}}"#
    );
    assert_eq!(
        put("/collections/docs/points?wait=true", &upsert),
        "write of docs, filters email"
    );
    assert_eq!(
        put(
            "/collections/docs/points",
            r#"{"batch":{"ids":[1],"vectors":[[1]]}}"#
        ),
        "write of docs"
    );
    assert_eq!(
        put("/collections/docs", r#"{"vectors":{"size":4,"distance":"Dot"}}"#),
        "schema of docs"
    );
    assert_eq!(
        put(
            "/collections/docs",
            r#"{"vectors":{},"init_from":{"collection":"staff"}}"#
        ),
        "export of docs+people"
    );
}
