//! Requests, answers and policies that several groups work on.

use prost::{Message, Oneof};
use std::collections::HashMap;
use std::fmt::Write;
use vectorgate::approval::contract::Caller;
use vectorgate::dialect::{Head, Named, Names, Reading, Request, by_name};
use vectorgate::exchange::{Guard, Judged, Judgement};
use vectorgate::policy::Policy;
use vectorgate::wire::grpc::frame;
use vectorgate::wire::target::Target;

const COLLECTION: &str = "/api/v2/tenants/default_tenant/databases/default_database/collections/071633ae-9d0d-4dee-82e2-12ff37aa8459";

/// Every key is this collection.
pub struct EveryName;

impl Names for EveryName {
    fn get(&self, _key: &str) -> Option<Named> {
        Some(Named::Collection {
            name: "people".into(),
            scope: "default_tenant/default_database".into(),
        })
    }
}

/// A request.
pub struct Asked {
    pub name: &'static str,
    pub database: &'static str,
    pub head: Head,
    pub body: Vec<u8>,
}

/// Who asks.
pub fn caller() -> Caller {
    Caller {
        name: "svc:bench".into(),
        groups: Vec::new(),
    }
}

impl Asked {
    fn new(
        name: &'static str,
        database: &'static str,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> Asked {
        Asked {
            name,
            database,
            head: Head {
                method: "POST".into(),
                target: Target::parse(path).expect("a path"),
                headers: vec![("content-type".into(), content_type.into())],
            },
            body,
        }
    }

    /// What it means.
    pub fn read(&self) -> Box<Request> {
        let dialect = by_name(self.database).expect("a dialect");
        match dialect.read(&self.head, Some(&self.body), &EveryName) {
            Ok(Reading::Request(request)) => request,
            other => panic!("{}: {other:?}", self.name),
        }
    }

    /// It, allowed by a policy that masks three fields.
    pub fn judged(&self) -> (Guard, Box<Judged>) {
        let policy = format!(
            r#"{{"version":1,"database":"{}","identity":[{{"header":{{"name":"x-client-id"}}}}],
                "rules":[{{"name":"bench","identities":["svc:*"],"collections":["*"],"operations":["search"],
                "results":{{"max":50000,"over":"deny"}},"vectors":"pass","mask":[
                {{"fields":["email"],"with":"partial"}},{{"fields":["user_id"],"with":"redact"}},
                {{"fields":["contact.ssn"],"with":"remove"}}]}}],"lookup":{{"cluster":"database"}}}}"#,
            self.database
        );
        let guard = Guard::new(policy_of(&policy), by_name(self.database).expect("a dialect"));
        match guard.judge(&caller(), &self.head, Some(&self.body), &EveryName) {
            Judgement::Judged(judged) if judged.refusal.is_none() => (guard, judged),
            Judgement::Judged(judged) => panic!("{}: {}", self.name, judged.reason),
            _ => panic!("{}: not judged", self.name),
        }
    }
}

/// A policy of this JSON.
pub fn policy_of(json: &str) -> Policy {
    Policy::from_json(json.as_bytes(), &|_: &str| None).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// Chroma, over REST.
pub fn chroma() -> Asked {
    let body = format!(
        r#"{{"query_embeddings":[{}],"n_results":10,"include":["metadatas","documents","distances"]}}"#,
        vector(1, 384)
    );
    Asked::new(
        "chroma",
        "chroma",
        &format!("{COLLECTION}/query"),
        "application/json",
        body.into_bytes(),
    )
}

/// Qdrant, over REST.
pub fn qdrant() -> Asked {
    let body = format!(
        r#"{{"query":{},"limit":10,"with_payload":true,"with_vector":false}}"#,
        vector(1, 384)
    );
    Asked::new(
        "qdrant REST",
        "qdrant",
        "/collections/people/points/query",
        "application/json",
        body.into_bytes(),
    )
}

/// Qdrant, over gRPC.
pub fn qdrant_grpc() -> Asked {
    let message = SearchPoints {
        collection_name: "people".into(),
        vector: (0..384).map(|n| n as f32 / 1000.0).collect(),
        limit: 10,
        with_payload: Some(Selector { enable: true }),
    };
    Asked::new(
        "qdrant gRPC",
        "qdrant",
        "/qdrant.Points/Search",
        "application/grpc",
        framed(&message),
    )
}

/// Milvus, over REST.
pub fn milvus() -> Asked {
    let body = format!(
        r#"{{"collectionName":"people","data":[{}],"annsField":"vector","limit":10,"outputFields":["email","note"]}}"#,
        vector(1, 384)
    );
    Asked::new(
        "milvus REST",
        "milvus",
        "/v2/vectordb/entities/search",
        "application/json",
        body.into_bytes(),
    )
}

/// A list of numbers that look like an embedding's.
pub fn vector(n: usize, dimensions: usize) -> String {
    let mut out = String::from("[");
    for d in 0..dimensions {
        // No client writes a zero at the end of a fraction.
        let digits = ((n * 7919 + d * 104_729) % 100_000_000) | 1;
        let sign = if d % 2 == 0 { "" } else { "-" };
        let comma = if d == 0 { "" } else { "," };
        let _ = write!(out, "{comma}{sign}0.{digits:08}");
    }
    out.push(']');
    out
}

fn payload(n: usize) -> String {
    format!(
        r#"{{"user_id":"u-{n:08}","email":"order.window{n}@example.com","title":"A note with the number {n}","country":"DE","age":{},"contact":{{"phone":"+1-555-01{:02}","city":"Springfield","ssn":"219-09-{:04}"}},"tags":["vip","eu"],"score_card":0.{n:06},"note":"{NOTE}"}}"#,
        n % 90,
        n % 100,
        n % 10_000,
    )
}

const NOTE: &str = "Some words about nothing much, as they stand in a chunk of a document, line after line, to be embedded and found again.";

fn listed(count: usize, of: impl Fn(usize) -> String) -> String {
    let items: Vec<String> = (0..count).map(of).collect();
    format!("[[{}]]", items.join(","))
}

/// Chroma's answer to a query.
pub fn chroma_answer(hits: usize, dimensions: usize) -> Vec<u8> {
    let embeddings = if dimensions > 0 {
        listed(hits, |n| vector(n, dimensions))
    } else {
        "null".to_owned()
    };
    format!(
        r#"{{"ids":{},"embeddings":{embeddings},"documents":{},"metadatas":{},"distances":{},"uris":null,"include":["metadatas","documents","distances"]}}"#,
        listed(hits, |n| format!("\"doc-{n:06}\"")),
        listed(hits, |n| format!("\"Note {n}: {NOTE} {NOTE}\"")),
        listed(hits, payload),
        listed(hits, |n| format!("0.{n:07}")),
    )
    .into_bytes()
}

/// Qdrant's answer to a search over gRPC.
pub fn qdrant_grpc_answer(hits: u64) -> Vec<u8> {
    let text = |text: String| Value {
        kind: Some(Kind::Text(text)),
    };
    let result = (0..hits)
        .map(|n| {
            let contact = HashMap::from([
                ("city".to_owned(), text("Springfield".into())),
                ("ssn".to_owned(), text(format!("219-09-{n:04}"))),
            ]);
            let contact = Value {
                kind: Some(Kind::Struct(Struct { fields: contact })),
            };
            ScoredPoint {
                id: Some(PointId { num: n + 1 }),
                payload: HashMap::from([
                    ("user_id".to_owned(), text(format!("u-{n:08}"))),
                    ("email".to_owned(), text(format!("order.window{n}@example.com"))),
                    ("contact".to_owned(), contact),
                    ("note".to_owned(), text(NOTE.repeat(2))),
                ]),
                score: 0.5,
            }
        })
        .collect();
    framed(&SearchResponse { result, time: 0.0007 })
}

fn framed(message: &impl Message) -> Vec<u8> {
    frame(&message.encode_to_vec()).expect("a message that fits into a frame")
}

// What is used of Qdrant's `points.proto` (1.16) and `json_with_int.proto`.

#[derive(Clone, PartialEq, Message)]
struct SearchPoints {
    #[prost(string, tag = "1")]
    collection_name: String,
    #[prost(float, repeated, tag = "2")]
    vector: Vec<f32>,
    #[prost(uint64, tag = "4")]
    limit: u64,
    #[prost(message, optional, tag = "6")]
    with_payload: Option<Selector>,
}

#[derive(Clone, Copy, PartialEq, Eq, Message)]
struct Selector {
    #[prost(bool, tag = "1")]
    enable: bool,
}

#[derive(Clone, PartialEq, Message)]
struct SearchResponse {
    #[prost(message, repeated, tag = "1")]
    result: Vec<ScoredPoint>,
    #[prost(double, tag = "2")]
    time: f64,
}

#[derive(Clone, PartialEq, Message)]
struct ScoredPoint {
    #[prost(message, optional, tag = "1")]
    id: Option<PointId>,
    #[prost(map = "string, message", tag = "2")]
    payload: HashMap<String, Value>,
    #[prost(float, tag = "3")]
    score: f32,
}

#[derive(Clone, Copy, PartialEq, Eq, Message)]
struct PointId {
    #[prost(uint64, tag = "1")]
    num: u64,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(oneof = "Kind", tags = "4, 6")]
    kind: Option<Kind>,
}

#[derive(Clone, PartialEq, Oneof)]
enum Kind {
    #[prost(string, tag = "4")]
    Text(String),
    #[prost(message, tag = "6")]
    Struct(Struct),
}

#[derive(Clone, PartialEq, Message)]
struct Struct {
    #[prost(map = "string, message", tag = "1")]
    fields: HashMap<String, Value>,
}
