//! The REST API: which paths there are, what bodies mean, how they are narrowed and refused, how rows are masked.

use super::super::rest::ENDPOINTS;
use super::answers::{holds, plan, through};
use super::*;
use crate::dialect::endpoint::{Found, find};
use crate::dialect::{Refusal, Resolution};
use crate::mask::plan::MaskPlan;
use crate::mask::shape::Format;
use crate::operation::Kind;
use serde_json::Value;

fn get(target: &str) -> Ask {
    Ask {
        method: "GET".into(),
        target: target.into(),
        headers: Vec::new(),
        body: None,
    }
}

fn post(path: &str, body: &str) -> Ask {
    Ask {
        method: "POST".into(),
        body: Some(body.into()),
        ..get(path)
    }
    .header("content-type", "application/json")
}

/// A call of version 2, in the collection `docs`.
fn v2(call: &str, rest: &str) -> Ask {
    post(
        &format!("/v2/vectordb/{call}"),
        &format!(r#"{{"collectionName":"docs"{rest}}}"#),
    )
}

#[test]
fn every_path_has_a_row() {
    let paths: Vec<&str> = include_str!("paths.txt").lines().collect();
    assert_eq!(paths.iter().filter(|path| path.contains("/v2/")).count(), 113);
    assert_eq!(paths.iter().filter(|path| path.contains("/v1/")).count(), 10);
    for line in paths {
        let (method, path) = line.split_once(' ').expect(line);
        let target = Target::parse(path).expect(path);
        let Found::Endpoint(endpoint, _) = find(&ENDPOINTS, method, &target) else {
            panic!("{line} has no row")
        };
        assert_eq!(endpoint.path, path);
    }
}

#[test]
fn reads() {
    for (call, rest, expected) in [
        (
            "entities/query",
            r#","filter":"age > 1""#,
            "list of docs, depth 100, results 100, vectors, filters age",
        ),
        (
            "entities/query",
            r#","filter":"age > 1","limit":5,"offset":7,"outputFields":["email"]"#,
            "list of docs, depth 12, results 5, filters age",
        ),
        (
            "entities/query",
            r#","filter":"","outputFields":["count(*)"]"#,
            "aggregate of docs, results 1",
        ),
        (
            "entities/query",
            r#","filter":"id in [1,2]","outputFields":["vec"]"#,
            "fetch of docs, results 2, vectors, filters id",
        ),
        (
            "entities/query",
            r#","orderByFields":["age:asc"],"groupByFields":["city"],"outputFields":["city","sum(age)"]"#,
            "aggregate of docs, depth 100, results 100, orders age, aggregates age, groups city",
        ),
        (
            "entities/get",
            r#","id":[1,2,3]"#,
            "fetch of docs, results 3, vectors",
        ),
        (
            "entities/get",
            r#","id":["a","b"],"outputFields":["email"]"#,
            "fetch of docs, results 2",
        ),
        (
            "entities/get",
            r#","id":["\"a\"","b c, d"],"outputFields":["email"]"#,
            "fetch of docs, results 2",
        ),
        (
            "entities/get",
            r#","id":1,"outputFields":[]"#,
            "fetch of docs, results 1",
        ),
        (
            "entities/search",
            r#","data":[[0.1,0.2],[0.3,0.4]],"annsField":"vec","limit":3"#,
            "search of docs, depth 3, results 6",
        ),
        (
            "entities/search",
            r#","ids":[1,2,3],"offset":10"#,
            "search of docs, depth 110, results 300",
        ),
        (
            "entities/search",
            r#","data":[[0.1]],"groupingField":"city","groupSize":4,"limit":2,"filter":"ssn == '1'""#,
            "search of docs, depth 2, results 8, groups city, filters ssn",
        ),
        (
            "entities/search",
            r#","data":[[0.1]],"searchParams":{"metric_type":"L2","params":{"nprobe":1,"radius":0.1}}"#,
            "search of docs, depth 100, results 100",
        ),
        (
            "entities/search",
            r#","data":[[0.1]],"functionScore":{"functions":[{"name":"f","inputFieldNames":["age"],"params":{"filter":"ssn > '1'"}}]}"#,
            "search of docs, depth 100, results 100, scores age, scores ssn",
        ),
        (
            "entities/search",
            r#","data":[[0.1]],"functionScore":{"functions":[{"name":"f","params":{"reranker":"boost","weight":2,"random_score":{"seed":1,"field":"ssn"}}},{"name":"g","params":{"random_score":"{\"field\":\"phone\"}"}}]}"#,
            "search of docs, depth 100, results 100, scores phone, scores ssn",
        ),
        (
            "entities/hybrid_search",
            r#","search":[{"data":[[0.1]],"limit":900,"filter":"age > 1"},{"data":[[0.1],[0.2]]}],"limit":5,"rerank":{"strategy":"rrf"}"#,
            "search of docs, depth 5, results 10, filters age",
        ),
        (
            "entities/advanced_search",
            r#","search":[]"#,
            "search of docs, depth 100, results 100",
        ),
        (
            "entities/delete",
            r#","filter":"ssn == '1'""#,
            "delete of docs, filters ssn",
        ),
        (
            "entities/insert",
            r#","data":[{"id":1,"email":"x"}]"#,
            "write of docs",
        ),
        ("collections/describe", "", "describe of docs"),
        (
            "collections/rename",
            r#","newCollectionName":"news","newDbName":"b""#,
            "schema of docs+b/news",
        ),
        (
            "jobs/snapshot/export",
            r#","snapshotName":"s","targetS3Path":"p""#,
            "export of docs",
        ),
        ("collections/flush", r#","dbName":"sales""#, "write of sales/docs"),
        ("aliases/create", r#","aliasName":"news""#, "schema of docs+news"),
        (
            "resource_groups/list",
            "",
            "400 The body has a member `collectionName` that this call does not take: leave it out",
        ),
    ] {
        assert_eq!(v2(call, rest).told(), expected, "{call} {rest}");
    }
    assert_eq!(
        post("/v2/vectordb/resource_groups/list", "{}").told(),
        "describe catalogue"
    );
    assert_eq!(
        post("/v2/vectordb/aliases/list", "{}").told(),
        "describe catalogue"
    );
    let header = v2("entities/get", r#","id":1"#).header("db-name", "sales");
    assert_eq!(header.told(), "fetch of sales/docs, results 1, vectors");
    let both = v2("entities/get", r#","id":1,"dbName":"own""#).header("db-name", "sales");
    assert_eq!(both.told(), "fetch of own/docs, results 1, vectors");
    for (ask, expected) in [
        (get("/v1/vector/collections"), "describe catalogue"),
        (
            get("/v1/vector/collections/describe?collectionName=docs&dbName=a"),
            "describe of a/docs",
        ),
        (
            post(
                "/v1/vector/search",
                r#"{"collectionName":"docs","vector":[0.1,0.2],"limit":3}"#,
            ),
            "search of docs, depth 3, results 3",
        ),
        (get("/api/v1/health"), "meta"),
        (post("/api/v1/query", "{}"), "unknown"),
        (get("/expr"), "unknown"),
        (post("/v2/vectordb/entities/everything", "{}"), "unknown"),
        (get("/v2/vectordb/entities/query"), "unknown"),
    ] {
        assert_eq!(ask.told(), expected, "{}", ask.target);
    }
}

#[test]
fn what_could_be_read_in_two_ways_is_refused() {
    let mut words = String::new();
    for (call, rest) in [
        ("entities/query", r#","filter":"a > 1","LIMIT":1"#),
        ("entities/query", r#","filter":"a > 1","Limit":1,"limit":2"#),
        ("entities/query", r#","filter":"a > 1","limit":1,"limit":2"#),
        ("entities/query", r#","filter":"a > 1","limit":0"#),
        ("entities/query", r#","filter":"a > 1","limit":-1"#),
        ("entities/query", r#","filter":"a > 1","limit":"5""#),
        ("entities/query", r#","filter":"a > 1","limit":5.5"#),
        ("entities/query", r#","filter":"a > 1","offset":-1"#),
        ("entities/query", r#","filter":"a >""#),
        ("entities/query", r#","FILTER":"a > 1""#),
        ("entities/get", ""),
        ("entities/get", r#","id":1,"ID":2"#),
        (
            "entities/get",
            r#","id":["x\"] or ssn like \"1%\" or id in [\""]"#,
        ),
        ("entities/get", r#","id":["] or age > 0 or id in ["]"#),
        ("entities/get", r#","id":["\"x\",\"y\""]"#),
        ("entities/get", r#","id":"x\\""#),
        ("entities/get", r#","id":{"a":1}"#),
        ("entities/get", r#","id":[[1]]"#),
        (
            "entities/query",
            r#","filter":"","outputFields":["count(*)","email"]"#,
        ),
        ("entities/search", r#","data":[[1]],"searchParams":{"topk":1000}"#),
        (
            "entities/search",
            r#","data":[[1]],"searchParams":{"params":{"topk":1000}}"#,
        ),
        (
            "entities/search",
            r#","data":[[1]],"searchParams":{"Iterator":true}"#,
        ),
        ("entities/search", r#","data":[[1]],"searchParams":[]"#),
        (
            "entities/search",
            r#","data":[[1]],"searchAggregation":{"fields":["a"]}"#,
        ),
        ("entities/search", r#","data":[[1]],"outputFields":"*""#),
        ("entities/hybrid_search", r#","search":[{"data":[[1]],"topk":5}]"#),
        ("entities/hybrid_search", ""),
        ("collections/drop", r#","CollectionName":"other""#),
    ] {
        words += &v2(call, rest).told();
        words += "\n";
    }
    for ask in [
        post("/v2/vectordb/entities/get", r#"{"id":1}"#),
        post("/v2/vectordb/entities/get", r#"{"collectionName":"a/b","id":1}"#),
        post("/v2/vectordb/entities/get", r#"{"collectionName":"a","id":1} x"#),
        post(
            "/v2/vectordb/entities/get",
            &format!(r#"{{"collectionName":"{}","id":1}}"#, "a".repeat(256)),
        ),
        v2("entities/get", r#","id":1"#)
            .header("db-name", "a")
            .header("db-name", "b"),
        post("/v1/vector/get", r#"{"collectionName":"a","id":1}"#).header("db-name", "a"),
        post(
            "/v1/vector/delete",
            r#"{"collectionName":"a","id":"x\"] or ssn != \""}"#,
        ),
        get("/v1/vector/collections?x=1"),
        v2("entities/get?limit=1", r#","id":1"#),
        v2("entities/get", r#","id":1"#).header("content-encoding", "gzip"),
    ] {
        words += &ask.told();
        words += "\n";
    }
    insta::assert_snapshot!(words);
}

#[test]
fn a_limit_is_written_where_it_stands_or_would() {
    let narrowed = |rest: &str| String::from_utf8(v2("entities/search", rest).narrowed(7)).expect("UTF-8");
    assert_eq!(
        narrowed(r#", "limit" : 500, "data":[[1.50]]"#),
        r#"{"collectionName":"docs", "limit" : 7, "data":[[1.50]]}"#
    );
    assert_eq!(
        narrowed(r#","data":[[1]]"#),
        r#"{"limit":7,"collectionName":"docs","data":[[1]]}"#
    );
    assert_eq!(
        narrowed(r#","data":[[1]],"limit":null"#),
        r#"{"collectionName":"docs","data":[[1]],"limit":7}"#
    );
}

#[test]
fn what_is_removed_is_not_asked_for() {
    for (call, rest, expected, left_out) in [
        (
            "entities/search",
            r#","data":[[1]],"outputFields":["title", "vec", "email"]"#,
            r#"{"collectionName":"docs","data":[[1]],"outputFields":["title"]}"#,
            "email vec",
        ),
        (
            "entities/get",
            r#","id":1,"outputFields":["sparse","title"]"#,
            r#"{"collectionName":"docs","id":1,"outputFields":["title"]}"#,
            "sparse",
        ),
        // An empty list means everything to Milvus here, and everything cannot be said without.
        ("entities/get", r#","id":1,"outputFields":["vec"]"#, "", ""),
        ("entities/get", r#","id":1,"outputFields":["*"]"#, "", ""),
        ("entities/query", r#","filter":"age > 1","limit":5"#, "", ""),
    ] {
        let (less, left) = v2(call, rest).less(&["email", "contact.ssn"]);
        let less = less
            .map(|body| String::from_utf8(body).expect("UTF-8"))
            .unwrap_or_default();
        assert_eq!(
            (less.as_str(), left.as_str()),
            (expected, left_out),
            "{call} {rest}"
        );
    }
}

#[test]
fn names_are_asked_for_over_rest() {
    let ask = v2("entities/get", r#","id":1,"dbName":"sales""#);
    let lookup = ask.lookups().remove(0);
    assert_eq!(lookup.path, "/v2/vectordb/collections/describe");
    let describe = |name: &str, aliases: &str| {
        format!(
            r#"{{"code":0,"data":{{"collectionName":"{name}","aliases":{aliases},"fields":[
            {{"name":"id","type":"Int64","primaryKey":true}},{{"name":"v","type":"FloatVector"}},{{"name":"j","type":"JSON"}}],"structFields":[
            {{"name":"s","type":"ArrayOfStruct","fields":[{{"name":"a","type":"Array"}},{{"name":"v","type":"ArrayOfVector"}}]}},
            {{"name":"t","type":"ArrayOfStruct","fields":[{{"name":"a","type":"Array"}}]}}]}}}}"#
        )
    };
    let known = |name: &str| {
        Resolution::Known(Named::Collection {
            name: name.into(),
            scope: "id:v:j,s".into(),
        })
    };
    let resolve = |body: String| Milvus.resolve(&lookup, 200, body.as_bytes());
    assert_eq!(resolve(describe("docs", "[]")), known("docs"));
    assert_eq!(resolve(describe("docs", "[\"other\"]")), known("docs"));
    assert_eq!(resolve(describe("real", "[\"docs\"]")), known("real"));
    assert!(matches!(
        resolve(describe("docs", "[\"docs\"]")),
        Resolution::Failed(_)
    ));
    assert!(matches!(resolve("[]".into()), Resolution::Failed(_)));
    assert_eq!(
        resolve(r#"{"code":100,"message":"x"}"#.into()),
        Resolution::Known(Named::Missing)
    );

    // Version 1: the list, and then the schema.
    let ask = post("/v1/vector/get", r#"{"collectionName":"docs","id":1}"#);
    let lookup = ask.lookups().remove(0);
    assert_eq!(lookup.path, "/v1/vector/collections?dbName=default");
    let resolve = |body: &str| Milvus.resolve(&lookup, 200, body.as_bytes());
    let listed = resolve(r#"{"code":200,"data":["a","docs"]}"#);
    let Resolution::Known(named) = listed else {
        panic!("{listed:?}")
    };
    for unlisted in [
        r#"{"code":200,"data":["a"]}"#,
        r#"{"code":1,"data":["docs"]}"#,
        "{}",
        "",
    ] {
        assert!(matches!(resolve(unlisted), Resolution::Failed(_)), "{unlisted}");
    }
    // Where there is no such database, the policy judges by the names as they stand, and says so in its words.
    assert_eq!(
        resolve(r#"{"code":800,"message":"database not found, database: other"}"#),
        Resolution::Known(Named::Missing)
    );
    let once = Known([(lookup.key.clone(), named)].into());
    let Ok(Reading::NeedsNames(lookups)) = ask.read_knowing(&once) else {
        panic!("the schema is asked for")
    };
    assert_eq!(
        lookups[0].path,
        "/v1/vector/collections/describe?dbName=default&collectionName=docs"
    );
    // The list says nothing of the fields: whoever needs to know which are vectors and documents asks anew.
    for other in [v2("entities/query", ""), call("Search", &search("1").0)] {
        let read = other.read_knowing(&once);
        assert!(matches!(read, Ok(Reading::NeedsNames(_))), "{}", other.target);
    }
}

#[test]
fn refusals_are_in_milvus_form() {
    let refusal = Refusal {
        status: 403,
        message: "Rule \"x\": no".into(),
        retry_after: Some(3),
    };
    let reply = Milvus.refuse(&v2("entities/get", "").head(), &refusal);
    assert_eq!(reply.status, 200);
    assert_eq!(
        String::from_utf8(reply.body).expect("UTF-8"),
        r#"{"code":1801,"message":"Rule \"x\": no"}"#
    );
}

/// As [`Aliases`], with a JSON field.
struct WithDocument;

impl Names for WithDocument {
    fn get(&self, _: &str) -> Option<Named> {
        Some(Named::Collection {
            name: "people".into(),
            scope: "id:vec:profile".into(),
        })
    }
}

#[test]
fn rows_are_masked_by_key() {
    let mut seen = 0;
    for line in include_str!("rest.jsonl").lines() {
        let exchange: Value = serde_json::from_str(line).expect("JSON");
        let text = |key: &str| exchange[key].as_str().unwrap_or_default().to_owned();
        if text("method") == "GET" {
            continue;
        }
        let ask = post(&text("path"), &text("body"));
        let Ok(Reading::Request(request)) = ask.read_knowing(&WithDocument) else {
            continue;
        };
        let rows = matches!(request.operation.kind, Kind::Search | Kind::List | Kind::Fetch);
        if !rows || !text("answer").contains("\"data\"") {
            continue;
        }
        let documents = text("answer").contains("\"profile\"");
        assert_eq!(request.answer.format == Format::File, documents, "{line}");
        if documents {
            continue;
        }
        let answer = text("answer").into_bytes();
        assert_eq!(
            through(&request.answer, &MaskPlan::default(), &answer, 5).0,
            answer
        );
        let (out, tally) = through(&request.answer, &plan(), &answer, usize::MAX);
        assert!(!holds(&out, "person"), "{}", String::from_utf8_lossy(&out));
        assert!(!holds(&out, "\"vec\""));
        assert!(tally.returned > 0);
        seen += 1;
    }
    assert!(seen >= 4, "{seen}");
}
