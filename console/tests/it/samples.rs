//! Asks and records as the filter makes them.

use serde_json::{Value, json};
use vectorgate::approval::contract::{Ask, Caller};
use vectorgate::audit::record::{
    Answer, ApprovalNote, Body, Decision, Outcome, Phase, Record, Request, Verdict,
};
use vectorgate::operation::{Kind, Results};

/// A digest for a request that is known by a letter.
pub fn digest(letter: char) -> String {
    let nibble = u32::from(letter) % 16;
    format!("{nibble:x}").repeat(64)
}

pub fn ask(letter: char, attempt: &str) -> Value {
    serde_json::to_value(Ask {
        digest: digest(letter),
        attempt: attempt.into(),
        identity: Caller {
            name: "svc:rag-eu".into(),
            groups: vec!["ml".into()],
        },
        source: Some("10.1.2.3:40112".into()),
        database: "chroma".into(),
        operation: Kind::Search,
        collections: vec!["docs".into()],
        results: Results::AtMost(2000),
        depth: Some(Results::AtMost(2000)),
        vectors: false,
        rule: "rag-reads".into(),
        reason: "2000 results, the rule allows 1000 without a person".into(),
        masking: "email partial, vectors stripped".into(),
        summary: "Search docs for the 2,000 nearest to one vector.".into(),
        policy: "ab".repeat(32),
        ttl: 900,
        uses: 1,
    })
    .unwrap()
}

/// The same ask with some fields otherwise.
pub fn with(mut ask: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        ask[name] = value.clone();
    }
    ask
}

/// A closed exchange at a time.
pub fn record(exchange: &str, time: &str) -> Record {
    Record {
        version: 1,
        exchange: exchange.into(),
        phase: Phase::Closed,
        time: time.into(),
        database: "chroma".into(),
        policy: "ab".repeat(32),
        mode: "enforce".into(),
        identity: Caller {
            name: "svc:rag-eu".into(),
            groups: vec!["ml".into()],
        },
        source: Some("10.1.2.3:40112".into()),
        request_id: Some("8f2c".into()),
        trace_id: None,
        request: Request {
            method: "POST".into(),
            path: "/api/v2/tenants/t/databases/d/collections/c/query".into(),
            operation: Kind::Search,
            collections: vec!["docs".into()],
            asked: Results::AtMost(500),
            depth: Some(Results::AtMost(500)),
            vectors: true,
            refers_to: vec!["year".into()],
            body: Some(body(json!({"n_results": 500, "where": {"year": 2024}}))),
        },
        decision: Decision {
            verdict: Verdict::Clamp,
            rule: Some("rag-reads".into()),
            reason: "at most 100 results".into(),
            enforced: true,
            clamped_to: Some(100),
            not_fetched: vec!["ssn".to_owned()],
            approval: None,
        },
        answer: Some(Answer {
            status: 200,
            grpc_status: None,
            outcome: Outcome::Complete,
            why: None,
            returned: Some(100),
            vectors: Some(0),
            vectors_stripped: 100,
            masked: [("email".to_owned(), 100)].into(),
            body: Some(body(
                json!({"ids": [["a"]], "metadatas": [[{"email": "a***@example.com"}]]}),
            )),
        }),
        latency_ms: Some(12.5),
    }
}

pub fn opened(mut record: Record) -> Record {
    record.phase = Phase::Opened;
    record.answer = None;
    record.latency_ms = None;
    record.decision.verdict = Verdict::Approve;
    record.decision.clamped_to = None;
    record.decision.approval = Some(ApprovalNote {
        id: Some("the-approval".into()),
        status: "pending".into(),
        decided_by: None,
    });
    record
}

fn body(value: Value) -> Body {
    let text = value.to_string();
    Body {
        encoding: Default::default(),
        length: text.len() as u64,
        sha256: "cd".repeat(32),
        cut: false,
        text,
    }
}

pub fn json(record: &Record) -> String {
    serde_json::to_string(record).unwrap()
}
