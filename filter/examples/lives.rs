//! Whole lives of requests without an Envoy: to profile, and to count instructions by (`scripts/check-instructions`).
//!
//! `cargo run --profile counted --example lives` times every case; `lives CASE TIMES` runs one so often, and
//! `lives --list` names them.

use std::collections::HashMap;
use std::fmt::Write;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};
use vectorgate::approval::contract::Caller;
use vectorgate::dialect::{Head, Named, Names, by_name};
use vectorgate::exchange::Guard;
use vectorgate::exchange::answer::{AnswerHead, End};
use vectorgate::exchange::life::{Accepted, Arrival, Effect, Exchange, Follows, Released, Waits};
use vectorgate::policy::Policy;
use vectorgate::wire::target::Target;

const COLLECTION: &str = "071633ae-9d0d-4dee-82e2-12ff37aa8459";
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

/// A request, its answer and what a policy makes of it.
struct Case {
    name: &'static str,
    hits: usize,
    dimensions: usize,
    mask: &'static str,
    vectors: &'static str,
    audit: &'static str,
}

const fn case(
    name: &'static str,
    (hits, dimensions): (usize, usize),
    mask: &'static str,
    vectors: &'static str,
    audit: &'static str,
) -> Case {
    Case {
        name,
        hits,
        dimensions,
        mask,
        vectors,
        audit,
    }
}

const CASES: &[Case] = &[
    case("rag-record", (10, 0), "", r#""pass""#, RECORD),
    case("rag-mask", (10, 0), THREE, r#""pass""#, ""),
    case("rag-paths", (10, 0), PATHS, r#""pass""#, ""),
    case("rag-detect", (10, 0), SEARCHED, r#""pass""#, ""),
    case("rag-keep", (10, 0), THREE, r#""pass""#, KEEP),
    case("vectors-mask", (100, 1536), THREE, r#""pass""#, ""),
    case("vectors-strip", (100, 1536), THREE, r#""strip""#, ""),
    case("vectors-round", (100, 1536), THREE, r#"{"round":3}"#, ""),
    case("payload-mask", (1000, 0), THREE, r#""pass""#, ""),
    case("payload-paths", (1000, 0), PATHS, r#""pass""#, ""),
    case("payload-hash", (1000, 0), HASHED, r#""pass""#, ""),
];

struct Known(HashMap<String, Named>);

impl Names for Known {
    fn get(&self, key: &str) -> Option<Named> {
        self.0.get(key).cloned()
    }
}

struct Prepared {
    guard: Rc<Guard>,
    names: Known,
    request: Vec<u8>,
    answer: Vec<u8>,
}

fn vector(n: usize, dimensions: usize, out: &mut String) {
    out.push('[');
    for d in 0..dimensions {
        // No client writes a zero at the end of a fraction.
        let digits = ((n * 7919 + d * 104_729) % 100_000_000) | 1;
        let sign = if d % 2 == 0 { "" } else { "-" };
        let comma = if d == 0 { "" } else { "," };
        let _ = write!(out, "{comma}{sign}0.{digits:08}");
    }
    out.push(']');
}

fn list(name: &str, count: usize, out: &mut String, write: impl Fn(usize, &mut String)) {
    let _ = write!(out, "\"{name}\":[[");
    for n in 0..count {
        out.push_str(if n == 0 { "" } else { "," });
        write(n, out);
    }
    out.push_str("]],");
}

fn answer(hits: usize, dimensions: usize) -> Vec<u8> {
    let mut out = String::from("{");
    list("ids", hits, &mut out, |n, out| {
        let _ = write!(out, "\"doc-{n:06}\"");
    });
    if dimensions > 0 {
        list("embeddings", hits, &mut out, |n, out| vector(n, dimensions, out));
    }
    list("documents", hits, &mut out, |n, out| {
        let _ = write!(
            out,
            "\"Note {n}: the contract was changed before the second review, \\\"late\\\" or not, and the customer has been told. \
             Region and team of the report stay as they are since the last window was closed by support.\""
        );
    });
    list("metadatas", hits, &mut out, |n, out| {
        let _ = write!(
            out,
            r#"{{"user_id":"u-{n:08}","email":"order.window{n}@example.com","title":"A note with the number {n}","country":"DE","age":{},"contact":{{"phone":"+1-555-01{:02}","city":"Springfield","ssn":"219-09-{:04}"}},"tags":["vip","eu"],"score_card":0.{n:06},"note":"Some words about nothing much, as they stand in a chunk of a document, line after line, to be embedded and found again."}}"#,
            n % 90,
            n % 100,
            n % 10_000,
        );
    });
    out.push_str(r#""distances":[["#);
    for n in 0..hits {
        let _ = write!(out, "{}0.{n:07}", if n == 0 { "" } else { "," });
    }
    out.push_str(r#"]],"uris":null,"include":["metadatas","documents","distances"]}"#);
    out.into_bytes()
}

fn prepared(case: &Case) -> Result<Prepared, String> {
    let policy = format!(
        r#"{{"version":1,"database":"chroma","identity":[{{"header":{{"name":"x-client-id"}}}}],
            "rules":[{{"name":"bench","identities":["svc:*"],"collections":["*"],"operations":["search","fetch","list"],
            "results":{{"max":50000,"over":"deny"}},"mask":[{}],"vectors":{}}}],
            "hash_key":{{"env":"VECTORGATE_HASH_KEY"}},"lookup":{{"cluster":"database"}}{}}}"#,
        case.mask, case.vectors, case.audit
    );
    let environment = |name: &str| (name == "VECTORGATE_HASH_KEY").then(|| "a key of the bench".to_owned());
    let policy =
        Policy::from_json(policy.as_bytes(), &environment).map_err(|mistakes| mistakes.to_string())?;
    let dialect = by_name("chroma").ok_or("no such dialect")?;
    let named = Named::Collection {
        name: "docs".into(),
        scope: "default_tenant/default_database".into(),
    };
    let mut request = String::from(r#"{"query_embeddings":["#);
    vector(1, 384, &mut request);
    let _ = write!(
        request,
        r#"],"n_results":{},"include":["metadatas","documents","distances"]}}"#,
        case.hits
    );
    Ok(Prepared {
        guard: Rc::new(Guard::new(policy, dialect)),
        names: Known(HashMap::from([(COLLECTION.to_owned(), named)])),
        request: request.into_bytes(),
        answer: answer(case.hits, case.dimensions),
    })
}

/// One life, as the host leads it. This is what is counted.
#[inline(never)]
fn live(prepared: &Prepared, out: &mut Vec<u8>) -> Result<usize, String> {
    let now = SystemTime::UNIX_EPOCH;
    let path =
        format!("/api/v2/tenants/default_tenant/databases/default_database/collections/{COLLECTION}/query");
    let headers = [
        ("host", "bench"),
        ("content-type", "application/json"),
        ("x-client-id", "svc:bench"),
        ("x-request-id", "6a0b2a8e-9b0c-4d0b-8f0e-0e3e3c0d7a11"),
    ];
    let head = Head {
        method: "POST".into(),
        target: Target::parse(&path).map_err(|error| error.to_string())?,
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
        content_type: Some("application/json".into()),
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

fn main() -> Result<(), String> {
    let mut arguments = std::env::args().skip(1);
    let only = arguments.next();
    if only.as_deref() == Some("--list") {
        CASES.iter().for_each(|case| println!("{}", case.name));
        return Ok(());
    }
    let times: Option<u32> = arguments.next().and_then(|times| times.parse().ok());
    for case in CASES {
        if only.as_deref().is_some_and(|only| only != case.name) {
            continue;
        }
        let prepared = prepared(case)?;
        let mut out = Vec::new();
        // Once beforehand: what is compiled once for a policy is not what a life costs.
        live(&prepared, &mut out)?;
        if let Some(times) = times {
            for _ in 0..times {
                live(&prepared, &mut out)?;
            }
            continue;
        }
        let mut best = Duration::MAX;
        let began = Instant::now();
        while began.elapsed() < Duration::from_millis(300) {
            let start = Instant::now();
            live(&prepared, &mut out)?;
            best = best.min(start.elapsed());
        }
        println!(
            "{:<16} {:>9.1} µs   {:>6} kB   {:>6.0} MB/s",
            case.name,
            best.as_secs_f64() * 1e6,
            prepared.answer.len() / 1000,
            prepared.answer.len() as f64 / best.as_secs_f64() / 1e6
        );
    }
    Ok(())
}
