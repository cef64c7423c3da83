//! Whole lives of requests without an Envoy: to profile, and to count instructions by (`scripts/check-instructions`).
//!
//! `cargo run --profile counted --example lives` times every case; `lives CASE TIMES` runs one so often, and
//! `lives --list` names them.
//!
//! - [`chroma`], [`grpc`]: what is asked and answered, in JSON and in protobuf.
//! - [`decide`]: decisions alone, by policies of many rules.

mod chroma;
mod decide;
mod grpc;

use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};
use vectorgate::approval::contract::Caller;
use vectorgate::dialect::{Head, Named, Names, by_name};
use vectorgate::exchange::Guard;
use vectorgate::exchange::answer::{AnswerHead, End};
use vectorgate::exchange::life::{Accepted, Arrival, Effect, Exchange, Follows, Released, Waits};
use vectorgate::policy::Policy;
use vectorgate::wire::target::Target;

/// What Envoy hands to a filter at a time, at most times.
const CHUNK: usize = 16 * 1024;

const THREE: &str = r#"{"fields":["email"],"with":"partial"},{"fields":["user_id"],"with":"redact"},
    {"fields":["contact.ssn"],"with":"remove"}"#;
const HASHED: &str = r#"{"fields":["email"],"with":"partial"},{"fields":["user_id"],"with":"hash"},
    {"fields":["contact.ssn"],"with":"remove"}"#;
const PATHS: &str = r#"{"path":"$.email","with":"partial"},{"path":"$.user_id","with":"redact"},
    {"path":"$.contact.ssn","with":"remove"}"#;
const SEARCHED: &str =
    r##"{"detect":["email","card","iban","ssn"],"fields":["#document","note"],"with":"redact"}"##;
const RECORD: &str = r#","audit":{"cluster":"console","path":"/v1/records","bodies":"none","required":true}"#;
const KEEP: &str = r#","audit":{"cluster":"console","path":"/v1/records","bodies":"masked","max_body":"64KiB","required":true}"#;

/// What is led through: a request and its answer under a policy, or a decision.
enum Case {
    Chroma {
        hits: usize,
        dimensions: usize,
        policy: Masks,
    },
    Qdrant(Masks),
    Milvus(Masks),
    Decide(decide::Rules),
}

/// What a policy makes of an answer.
#[derive(Clone, Copy)]
struct Masks {
    mask: &'static str,
    vectors: &'static str,
    audit: &'static str,
}

const fn masks(mask: &'static str, vectors: &'static str, audit: &'static str) -> Masks {
    Masks { mask, vectors, audit }
}

const fn chroma((hits, dimensions): (usize, usize), policy: Masks) -> Case {
    Case::Chroma {
        hits,
        dimensions,
        policy,
    }
}

const PASS: &str = r#""pass""#;

const CASES: &[(&str, Case)] = &[
    ("rag-record", chroma((10, 0), masks("", PASS, RECORD))),
    ("rag-mask", chroma((10, 0), masks(THREE, PASS, ""))),
    ("rag-paths", chroma((10, 0), masks(PATHS, PASS, ""))),
    ("rag-detect", chroma((10, 0), masks(SEARCHED, PASS, ""))),
    ("rag-keep", chroma((10, 0), masks(THREE, PASS, KEEP))),
    ("vectors-mask", chroma((100, 1536), masks(THREE, PASS, ""))),
    (
        "vectors-strip",
        chroma((100, 1536), masks(THREE, r#""strip""#, "")),
    ),
    (
        "vectors-round",
        chroma((100, 1536), masks(THREE, r#"{"round":3}"#, "")),
    ),
    ("payload-mask", chroma((1000, 0), masks(THREE, PASS, ""))),
    ("payload-paths", chroma((1000, 0), masks(PATHS, PASS, ""))),
    ("payload-hash", chroma((1000, 0), masks(HASHED, PASS, ""))),
    ("grpc-mask", Case::Qdrant(masks(THREE, PASS, ""))),
    ("columns-mask", Case::Milvus(masks(THREE, PASS, ""))),
    ("decide-10", Case::Decide(decide::Rules::OfEach(10))),
    ("decide-10000", Case::Decide(decide::Rules::OfEach(10_000))),
    ("decide-one-10", Case::Decide(decide::Rules::OfOne(10))),
    ("decide-one-10000", Case::Decide(decide::Rules::OfOne(10_000))),
];

struct Known(HashMap<String, Named>);

impl Names for Known {
    fn get(&self, key: &str) -> Option<Named> {
        self.0.get(key).cloned()
    }
}

/// What is asked of a database, and what it answers.
struct Exchanged {
    database: &'static str,
    path: String,
    content_type: &'static str,
    names: HashMap<String, Named>,
    request: Vec<u8>,
    answer: Vec<u8>,
}

/// The same under a policy.
struct Prepared {
    guard: Rc<Guard>,
    path: String,
    content_type: &'static str,
    names: Known,
    request: Vec<u8>,
    answer: Vec<u8>,
}

fn compiled(policy: &str) -> Result<Policy, String> {
    let environment = |name: &str| (name == "VECTORGATE_HASH_KEY").then(|| "a key of the bench".to_owned());
    Policy::from_json(policy.as_bytes(), &environment).map_err(|mistakes| mistakes.to_string())
}

fn prepared(exchanged: Exchanged, masks: Masks) -> Result<Prepared, String> {
    let policy = format!(
        r#"{{"version":1,"database":"{}","identity":[{{"header":{{"name":"x-client-id"}}}}],
            "rules":[{{"name":"bench","identities":["svc:*"],"collections":["*"],"operations":["search","fetch","list"],
            "results":{{"max":50000,"over":"deny"}},"mask":[{}],"vectors":{}}}],
            "hash_key":{{"env":"VECTORGATE_HASH_KEY"}},"lookup":{{"cluster":"database"}}{}}}"#,
        exchanged.database, masks.mask, masks.vectors, masks.audit
    );
    let dialect = by_name(exchanged.database).ok_or("no such dialect")?;
    Ok(Prepared {
        guard: Rc::new(Guard::new(compiled(&policy)?, dialect)),
        path: exchanged.path,
        content_type: exchanged.content_type,
        names: Known(exchanged.names),
        request: exchanged.request,
        answer: exchanged.answer,
    })
}

/// One life, as the host leads it. This is what is counted.
#[inline(never)]
fn live(prepared: &Prepared, out: &mut Vec<u8>) -> Result<usize, String> {
    let now = SystemTime::UNIX_EPOCH;
    let headers = [
        ("host", "bench"),
        ("content-type", prepared.content_type),
        ("x-client-id", "svc:bench"),
        ("x-request-id", "6a0b2a8e-9b0c-4d0b-8f0e-0e3e3c0d7a11"),
    ];
    let head = Head {
        method: "POST".into(),
        target: Target::parse(&prepared.path).map_err(|error| error.to_string())?,
        headers: headers.map(|(name, value)| (name.into(), value.into())).to_vec(),
    };
    let arrival = Arrival {
        caller: Caller {
            name: "svc:bench".into(),
            groups: Vec::new(),
        },
        source: Some("127.0.0.1:50000".into()),
        request_id: Some("6a0b2a8e-9b0c-4d0b-8f0e-0e3e3c0d7a11".into()),
        trace_id: None,
        time: now,
        body: Follows::Body,
        content_length: Some(prepared.request.len() as u64),
        patience: None,
    };
    let mut exchange = Exchange::new(
        Rc::clone(&prepared.guard),
        Rc::default(),
        "exchange-1".into(),
        arrival,
        head,
    );
    exchange.start(&prepared.names, now);
    exchange.body_grows(prepared.request.len() as u64);
    let effects = exchange.body_whole(prepared.request.clone(), &prepared.names, now);
    if !matches!(effects.as_slice(), [Effect::Forward { .. }]) {
        return Err(format!("not forwarded: {effects:?}"));
    }
    let head = AnswerHead {
        status: 200,
        content_type: Some(prepared.content_type.into()),
        ..AnswerHead::default()
    };
    exchange.answer_head(&head, now);
    let mut released = 0;
    let mut effects = Vec::new();
    if exchange.reads_answer() {
        let mut chunks = prepared.answer.chunks(CHUNK).peekable();
        while let Some(chunk) = chunks.next() {
            let end = if chunks.peek().is_some() {
                End::More
            } else {
                End::Last
            };
            out.clear();
            let (_, then) = exchange.answer_chunk(chunk, end, out, Released::Head, now);
            released += out.len();
            effects = then;
        }
    } else {
        effects = exchange.answer_ends(now);
    }
    for effect in effects {
        if let Effect::Record {
            waits: Waits::UntilAccepted,
            json,
        } = effect
        {
            released += json.len();
            exchange.recorded(Accepted::Yes, Released::Head, now);
        }
    }
    if !exchange.is_over() {
        return Err("not over".into());
    }
    Ok(released)
}

/// Runs a case once beforehand (what is compiled once for a policy is not what a life costs), and then so many times, or as
/// often as tells how long it takes.
fn run(
    name: &str,
    bytes: usize,
    times: Option<u32>,
    mut once: impl FnMut() -> Result<(), String>,
) -> Result<(), String> {
    once()?;
    if let Some(times) = times {
        return (0..times).try_for_each(|_| once());
    }
    let mut best = Duration::MAX;
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(300) {
        let start = Instant::now();
        once()?;
        best = best.min(start.elapsed());
    }
    println!(
        "{name:<16} {:>9.1} µs   {:>6} kB   {:>6.0} MB/s",
        best.as_secs_f64() * 1e6,
        bytes / 1000,
        bytes as f64 / best.as_secs_f64() / 1e6
    );
    Ok(())
}

fn main() -> Result<(), String> {
    let mut arguments = std::env::args().skip(1);
    let only = arguments.next();
    if only.as_deref() == Some("--list") {
        CASES.iter().for_each(|(name, _)| println!("{name}"));
        return Ok(());
    }
    let times: Option<u32> = arguments.next().and_then(|times| times.parse().ok());
    for (name, case) in CASES {
        if only.as_deref().is_some_and(|only| only != *name) {
            continue;
        }
        let (exchanged, masks) = match case {
            Case::Chroma {
                hits,
                dimensions,
                policy,
            } => (chroma::query(*hits, *dimensions), policy),
            Case::Qdrant(masks) => (grpc::qdrant()?, masks),
            Case::Milvus(masks) => (grpc::milvus()?, masks),
            Case::Decide(rules) => {
                let decisions = decide::Decisions::under(rules)?;
                run(name, 0, times, || decide::live_decisions(&decisions))?;
                continue;
            }
        };
        let prepared = prepared(exchanged, *masks)?;
        let mut out = Vec::new();
        run(name, prepared.answer.len(), times, || {
            live(&prepared, &mut out).map(drop)
        })?;
    }
    Ok(())
}
