//! Writes that are too long to be read first, against the same writes read whole, cut anywhere.

use crate::approval::contract::Caller;
use crate::audit::record::{Record, Verdict};
use crate::dialect::{Dialect, Head, Named, Names, milvus::Milvus, qdrant::Qdrant};
use crate::exchange::answer::{AnswerHead, End};
use crate::exchange::judge::Guard;
use crate::exchange::life::{Accepted, Arrival, Effect, Exchange, Follows, Released};
use crate::policy::Policy;
use crate::wire::grpc::frame;
use crate::wire::protobuf::varint::push_bytes;
use crate::wire::target::Target;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

const NOW: SystemTime = SystemTime::UNIX_EPOCH;

/// A write, and what becomes of it.
struct Write {
    name: &'static str,
    dialect: &'static dyn Dialect,
    method: &'static str,
    path: &'static str,
    body: Vec<u8>,
    verdict: Verdict,
}

struct Themselves;

impl Names for Themselves {
    fn get(&self, key: &str) -> Option<Named> {
        Some(Named::Collection {
            name: key.rsplit('/').next().unwrap_or_default().to_owned(),
            scope: String::new(),
        })
    }
}

fn field(number: u32, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    push_bytes(number, content, &mut out);
    out
}

/// A condition on this field, as protobuf.
fn on(key: &str) -> Vec<u8> {
    field(2, &field(1, &field(1, key.as_bytes())))
}

fn writes() -> Vec<Write> {
    use Verdict::{Allow, Deny, Reject};
    let vector = vec!["0.25"; 300].join(",");
    let point = format!(r#"{{"id":1,"vector":[{vector}],"payload":{{"email":"a@b.c","n":[{{}}]}}}}"#);
    let points = format!("[{point},{point}]");
    let rest = |name, method, path, verdict, body: String| Write {
        name,
        dialect: &Qdrant,
        method,
        path,
        body: body.into_bytes(),
        verdict,
    };
    let put = |name, verdict, body| rest(name, "PUT", "/collections/docs/points", verdict, body);
    let batch = |name, verdict, body| rest(name, "POST", "/collections/docs/points/batch", verdict, body);
    let rows = |name, verdict, body: String| Write {
        dialect: &Milvus,
        ..rest(name, "POST", "/v2/vectordb/entities/insert", verdict, body)
    };
    let call = |name, dialect, path, verdict, message: Vec<u8>| Write {
        name,
        dialect,
        method: "POST",
        path,
        body: frame(&message).unwrap(),
        verdict,
    };
    let upsert = |name, verdict, message| {
        call(
            name,
            &Qdrant as &dyn Dialect,
            "/qdrant.Points/Upsert",
            verdict,
            message,
        )
    };
    let changes = |name, verdict, message| {
        call(
            name,
            &Qdrant as &dyn Dialect,
            "/qdrant.Points/UpdateBatch",
            verdict,
            message,
        )
    };
    let insert = |name, verdict, message| {
        call(
            name,
            &Milvus as &dyn Dialect,
            "/milvus.proto.milvus.MilvusService/Insert",
            verdict,
            message,
        )
    };
    let docs = field(1, b"docs");
    let bulk = field(3, &[7; 2000]);
    let list = field(1, &[7; 2000]);
    let to = |name: &str| field(3, name.as_bytes());
    let columns = field(5, &[7; 2000]);
    let mut two = upsert("", Reject, [docs.clone(), bulk.clone()].concat()).body;
    two.extend(frame(b"").unwrap());
    let mut cut = upsert("", Reject, [docs.clone(), bulk.clone()].concat()).body;
    cut.truncate(1500);
    vec![
        put("points", Allow, format!(r#"{{"points":{points}}}"#)),
        put(
            "a batch of points",
            Allow,
            format!(r#"{{"batch":{{"ids":[1],"vectors":[[{vector}]]}},"shard_key":"a"}}"#),
        ),
        put(
            "a filter on a field that is shown",
            Allow,
            format!(r#"{{"points":{points},"update_filter":{{"must":[{{"key":"city"}}]}}}}"#),
        ),
        put(
            "a filter on a field that is masked",
            Deny,
            format!(r#"{{"points":{points},"update_filter":{{"must":[{{"key":"email"}}]}}}}"#),
        ),
        put(
            "the same in front",
            Deny,
            format!(r#"{{"update_filter":{{"must":[{{"key":"email"}}]}},"points":{points}}}"#),
        ),
        put(
            "a key that is not known",
            Reject,
            format!(r#"{{"points":{points},"lookup":1}}"#),
        ),
        put(
            "a key twice",
            Reject,
            format!(r#"{{"points":{points},"points":[]}}"#),
        ),
        put(
            "a key twice, escaped",
            Reject,
            format!(r#"{{"update_filter":null,"points":{points},"update\u005ffilter":{{}}}}"#),
        ),
        put(
            "a key twice in a point",
            Reject,
            format!(r#"{{"points":[{point},{{"id":1,"id":2}}]}}"#),
        ),
        put("no end", Reject, format!(r#"{{"points":{points}"#)),
        put("two ends", Reject, format!(r#"{{"points":{points}}}{{}}"#)),
        put("no JSON", Reject, format!(r#"{{"points":{points},]}}"#)),
        batch(
            "operations",
            Allow,
            format!(
                r#"{{"operations":[{{"upsert":{{"points":{points}}}}},{{"set_payload":{{"payload":{{"a":1}},"points":[1]}}}}]}}"#
            ),
        ),
        batch(
            "a delete behind a write",
            Reject,
            format!(r#"{{"operations":[{{"upsert":{{"points":{points}}}}},{{"delete":{{"points":[1]}}}}]}}"#),
        ),
        batch(
            "a filter in a later operation",
            Deny,
            format!(
                r#"{{"operations":[{{"upsert":{{"points":{points}}}}},{{"set_payload":{{"payload":{{}},"filter":{{"must":[{{"key":"email"}}]}}}}}}]}}"#
            ),
        ),
        batch(
            "an operation that is none",
            Reject,
            format!(r#"{{"operations":[{{"upsert":{{"points":{points}}}}},{{"drop":{{}}}}]}}"#),
        ),
        rows(
            "rows",
            Allow,
            format!(r#"{{"collectionName":"docs","data":{points}}}"#),
        ),
        rows(
            "rows of another collection",
            Deny,
            format!(r#"{{"collectionName":"secret","data":{points}}}"#),
        ),
        rows(
            "rows of two collections",
            Reject,
            format!(r#"{{"collectionName":"docs","data":{points},"collectionName":"secret"}}"#),
        ),
        rows(
            "a key in another spelling",
            Reject,
            format!(r#"{{"collectionName":"docs","data":{points},"collectionname":"secret"}}"#),
        ),
        upsert(
            "points over gRPC",
            Allow,
            [docs.clone(), bulk.clone(), bulk.clone()].concat(),
        ),
        upsert(
            "a collection behind its points",
            Deny,
            [docs.clone(), bulk.clone(), field(1, b"secret")].concat(),
        ),
        upsert(
            "a filter over gRPC",
            Deny,
            [docs.clone(), bulk.clone(), field(6, &on("email"))].concat(),
        ),
        upsert(
            "half a filter, twice",
            Deny,
            [
                docs.clone(),
                field(6, &on("city")),
                bulk.clone(),
                field(6, &on("email")),
            ]
            .concat(),
        ),
        upsert(
            "a field that is not known",
            Reject,
            [docs.clone(), bulk.clone(), field(19, b"")].concat(),
        ),
        upsert(
            "a field that is cut",
            Reject,
            [docs.clone(), bulk.clone(), vec![0x1a, 9, 1]].concat(),
        ),
        Write {
            name: "two messages",
            body: two,
            ..upsert("", Reject, Vec::new())
        },
        Write {
            name: "no end over gRPC",
            body: cut,
            ..upsert("", Reject, Vec::new())
        },
        changes(
            "operations over gRPC",
            Allow,
            [
                docs.clone(),
                field(3, &field(1, &list)),
                field(3, &field(7, &list)),
            ]
            .concat(),
        ),
        changes(
            "a delete behind a write over gRPC",
            Reject,
            [docs.clone(), field(3, &field(1, &list)), field(3, &field(6, b""))].concat(),
        ),
        changes(
            "a filter in a later operation over gRPC",
            Deny,
            [
                docs.clone(),
                field(3, &field(1, &list)),
                field(3, &field(1, &field(3, &on("email")))),
            ]
            .concat(),
        ),
        insert(
            "columns",
            Allow,
            [to("docs"), columns.clone(), field(6, &[1; 900])].concat(),
        ),
        insert(
            "columns of another collection",
            Deny,
            [to("secret"), columns.clone()].concat(),
        ),
        insert(
            "a second collection behind the columns",
            Deny,
            [to("docs"), columns, to("secret")].concat(),
        ),
    ]
}

fn policy(database: &str, limit: &str) -> Policy {
    let policy = json!({
        "version": 1,
        "database": database,
        "identity": [{ "jwt": { "claim": "sub" } }],
        "rules": [{
            "name": "writes",
            "identities": ["svc:loader"],
            "collections": ["docs"],
            "operations": ["write"],
            "mask": [{ "fields": ["email"], "with": "remove" }],
        }],
        "lookup": { "cluster": "database" },
        "audit": { "cluster": "console", "bodies": "masked" },
        "limits": { "request_body": limit },
    });
    Policy::from_json(policy.to_string().as_bytes(), &|_: &str| None).expect("a right policy")
}

fn exchange(write: &Write, limit: &str) -> Exchange {
    let kind = if write.path.starts_with("/qdrant.") || write.path.starts_with("/milvus.") {
        "application/grpc"
    } else {
        "application/json"
    };
    let head = Head {
        method: write.method.to_owned(),
        target: Target::parse(write.path).unwrap(),
        headers: vec![("content-type".to_owned(), kind.to_owned())],
    };
    let arrival = Arrival {
        caller: Caller {
            name: "svc:loader".to_owned(),
            groups: Vec::new(),
        },
        source: None,
        request_id: None,
        trace_id: None,
        time: NOW,
        body: Follows::Body,
        content_length: None,
        patience: None,
    };
    let guard = Rc::new(Guard::new(policy(write.dialect.name(), limit), write.dialect));
    Exchange::new(guard, Rc::default(), "x-1".to_owned(), arrival, head)
}

/// What became of a write.
struct Outcome {
    verdict: Verdict,
    /// What the database got.
    forwarded: Vec<u8>,
    effects: Vec<Effect>,
}

/// Hands on what comes as the host does.
fn live(write: &Write, limit: &str, chunks: &[&[u8]]) -> Outcome {
    let mut exchange = exchange(write, limit);
    let mut effects = exchange.start(&Themselves, NOW);
    let (mut held, mut seen, mut forwarded) = (Vec::new(), 0, Vec::new());
    for (n, chunk) in chunks.iter().enumerate() {
        let end = if n + 1 == chunks.len() {
            End::Last
        } else {
            End::More
        };
        held.extend_from_slice(chunk);
        if exchange.reads_body() || exchange.checks_body() {
            let mut more = exchange.body_grows(held.len() as u64);
            if more.is_empty() && exchange.checks_body() {
                more = exchange.body_chunk(&held[seen..], end, &Themselves, NOW);
                seen = held.len();
            } else if more.is_empty() && end == End::Last {
                more = exchange.body_whole(held.clone(), &Themselves, NOW);
            }
            effects.extend(more);
        }
        if !exchange.holds_request() && !exchange.is_over() {
            forwarded.append(&mut held);
            seen = 0;
        }
    }
    Outcome {
        verdict: exchange.judged().map(|judged| judged.verdict).unwrap(),
        forwarded,
        effects,
    }
}

fn record(effects: &[Effect]) -> Record {
    let mut records = effects.iter().filter_map(|effect| match effect {
        Effect::Record { json, .. } => Some(serde_json::from_str(json).unwrap()),
        _ => None,
    });
    records.next_back().expect("a record")
}

/// Small enough that each of the writes streams.
const SMALL: &str = "1KiB";

#[test]
fn writes_are_judged_the_same_read_whole_and_streamed() {
    for write in writes() {
        let whole = live(&write, "1MiB", &[&write.body]);
        assert_eq!(whole.verdict, write.verdict, "{} read whole", write.name);
        let streamed = live(&write, SMALL, &[&write.body]);
        assert_eq!(streamed.verdict, write.verdict, "{} streamed", write.name);
        for outcome in [whole, streamed] {
            let expected: &[u8] = if write.verdict == Verdict::Allow {
                &write.body
            } else {
                b""
            };
            assert_eq!(outcome.forwarded, expected, "{}: all in one piece", write.name);
        }
    }
}

proptest! {
    #[test]
    fn however_it_is_cut(
        which in any::<prop::sample::Index>(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..30),
    ) {
        let mut writes = writes();
        let write = writes.swap_remove(which.index(writes.len()));
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(write.body.len() + 1)).collect();
        at.extend([0, write.body.len()]);
        at.sort_unstable();
        let chunks: Vec<&[u8]> = at.windows(2).map(|pair| &write.body[pair[0]..pair[1]]).collect();
        let outcome = live(&write, SMALL, &chunks);
        prop_assert_eq!(outcome.verdict, write.verdict, "{}", write.name);
        prop_assert!(write.body.starts_with(&outcome.forwarded));
        if write.verdict == Verdict::Allow {
            prop_assert_eq!(outcome.forwarded.len(), write.body.len());
        } else {
            // What has no end may be gone when that is known: nobody acts on it.
            let complete = !write.name.starts_with("no end");
            prop_assert!(!complete || outcome.forwarded.len() < write.body.len(), "{} arrived", write.name);
            let refused = record(&outcome.effects);
            prop_assert_eq!(refused.decision.verdict, write.verdict);
        }
    }
}

fn find(name: &str) -> Write {
    writes().into_iter().find(|write| write.name == name).unwrap()
}

#[test]
fn the_last_byte_of_a_body_waits_for_the_last_word() {
    for name in ["a filter on a field that is masked", "a filter over gRPC"] {
        let write = find(name);
        // What stands at the end has not come when the beginning goes on.
        let (begin, rest) = write.body.split_at(1500);
        let (rest, last) = rest.split_at(rest.len() - 1);
        let outcome = live(&write, SMALL, &[begin, rest, last]);
        let front = [begin, rest].concat();
        assert_eq!(outcome.forwarded, front, "{name}: the front had gone on");
        let told = record(&outcome.effects);
        let body = told.request.body.unwrap();
        assert_eq!((body.length, body.cut), (write.body.len() as u64, true));
        assert_eq!(body.sha256.len(), 64);
        assert!(!body.text.contains("0.25"), "no bulk");
    }
}

#[test]
fn what_came_first_is_all_that_is_asked_of_names() {
    // Names stand behind the data: held to the limit, then refused with what to do.
    let mut write = find("rows");
    let body: Value = serde_json::from_slice(&write.body).unwrap();
    write.body = format!(r#"{{"data":{},"collectionName":"docs"}}"#, body["data"]).into_bytes();
    let outcome = live(&write, SMALL, &[&write.body[..2000], &write.body[2000..]]);
    assert_eq!((outcome.verdict, outcome.forwarded), (Verdict::Deny, Vec::new()));
    let why = record(&outcome.effects).answer.unwrap().why.unwrap();
    insta::assert_snapshot!(why);
    // Within the limit it is found.
    assert_eq!(live(&write, "1MiB", &[&write.body]).verdict, Verdict::Allow);
}

#[test]
fn memory_is_bounded_by_the_limit() {
    let mut write = find("points");
    write.body = format!(r#"{{"points":[],"shard_key":"{}"}}"#, "x".repeat(5000)).into_bytes();
    let outcome = live(&write, SMALL, &[&write.body[..1100], &write.body[1100..]]);
    assert_eq!(outcome.verdict, Verdict::Reject);
    insta::assert_snapshot!(record(&outcome.effects).answer.unwrap().why.unwrap());
}

#[test]
fn an_answer_that_comes_before_the_end_is_cut_off_by_a_refusal() {
    let write = find("a filter on a field that is masked");
    let (front, last) = write.body.split_at(1500);
    let mut exchange = exchange(&write, SMALL);
    exchange.start(&Themselves, NOW);
    exchange.body_grows(front.len() as u64);
    let effects = exchange.body_chunk(front, End::More, &Themselves, NOW);
    assert_eq!(
        effects,
        [Effect::Forward {
            path: None,
            body: None
        }]
    );
    exchange.answer_head(
        &AnswerHead {
            status: 200,
            content_type: Some("application/json".to_owned()),
            ..AnswerHead::default()
        },
        NOW,
    );
    exchange.body_chunk(last, End::Last, &Themselves, NOW);
    let effects = exchange.recorded(Accepted::Yes, Released::Head, NOW + Duration::from_millis(1));
    assert_eq!(effects, [Effect::CutOff]);
}
