//! One function for each thing that reads bytes from outside: it takes any bytes, and panics where a promise is broken.
//!
//! Shared by cargo-fuzz (`fuzz_targets/`) and by an ordinary test of the filter (`filter/tests/fuzz.rs`), which changes
//! known inputs at random. The first bytes of an input choose (a path, where to cut), the rest is what is read.

use crate::seeds::{self, Answered, Asked};
use std::sync::OnceLock;
use vectorgate::approval::contract::Caller;
use vectorgate::dialect::outline::{Bulk, NoOutline, Outline};
use vectorgate::dialect::{self, AskedVectors, Dialect, Head, Named, Names, Narrowing, Reading, Request};
use vectorgate::exchange::answer::{AnswerHead, AnswerReader, Chunk, End, Keep, Treatment, treatment};
use vectorgate::exchange::{Guard, Judgement};
use vectorgate::operation::Results;
use vectorgate::policy::Policy;
use vectorgate::wire::grpc::{Frames, Piece, parse_timeout};
use vectorgate::wire::json::strict;
use vectorgate::wire::protobuf::read::Records;
use vectorgate::wire::target::Target;

/// A target: its name, what it does with an input, and inputs to begin with.
pub struct FuzzTarget {
    /// The name of its file in `fuzz_targets/`.
    pub name: &'static str,
    /// Reads an input.
    pub run: fn(&[u8]),
    /// Inputs that are what they should be.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All of them.
pub const TARGETS: [FuzzTarget; 12] = [
    FuzzTarget {
        name: "grpc_frames",
        run: grpc_frames,
        seeds: seeds::frames,
    },
    FuzzTarget {
        name: "protobuf_records",
        run: protobuf_records,
        seeds: seeds::messages,
    },
    FuzzTarget {
        name: "strict_json",
        run: strict_json,
        seeds: seeds::documents,
    },
    FuzzTarget {
        name: "heads",
        run: heads,
        seeds: seeds::heads,
    },
    FuzzTarget {
        name: "masked_json",
        run: masked_json,
        seeds: || seeds::numbered_answers(&seeds::json_answers()),
    },
    FuzzTarget {
        name: "masked_protobuf",
        run: masked_protobuf,
        seeds: || seeds::numbered_answers(&seeds::protobuf_answers()),
    },
    FuzzTarget {
        name: "chroma",
        run: chroma,
        seeds: || seeds::numbered(&seeds::chroma()),
    },
    FuzzTarget {
        name: "qdrant_rest",
        run: qdrant_rest,
        seeds: || seeds::numbered(&seeds::qdrant_rest()),
    },
    FuzzTarget {
        name: "qdrant_grpc",
        run: qdrant_grpc,
        seeds: || seeds::numbered(&seeds::qdrant_grpc()),
    },
    FuzzTarget {
        name: "milvus_rest",
        run: milvus_rest,
        seeds: || seeds::numbered(&seeds::milvus_rest()),
    },
    FuzzTarget {
        name: "milvus_grpc",
        run: milvus_grpc,
        seeds: || seeds::numbered(&seeds::milvus_grpc()),
    },
    FuzzTarget {
        name: "outlines",
        run: outlines,
        seeds: || seeds::numbered_writes(&seeds::writes()),
    },
];

/// The reader of frames: the same pieces wherever the input is cut.
pub fn grpc_frames(input: &[u8]) {
    let Some((&cut, bytes)) = input.split_first() else {
        return;
    };
    assert_eq!(
        messages(&[bytes]),
        messages(&pieces(bytes, cut)),
        "another cut, other messages"
    );
}

fn messages(chunks: &[&[u8]]) -> Result<Vec<Vec<u8>>, String> {
    let mut frames = Frames::new(1 << 16);
    let (mut whole, mut open) = (Vec::new(), None);
    for chunk in chunks {
        let mut rest = *chunk;
        while let Some(piece) = frames.next(&mut rest).map_err(|error| error.to_string())? {
            match piece {
                Piece::Begin(_) => assert!(open.replace(Vec::new()).is_none(), "a message in a message"),
                Piece::Content(content) => open
                    .as_mut()
                    .expect("content of a message")
                    .extend_from_slice(content),
                Piece::End => whole.push(open.take().expect("the end of a message")),
            }
        }
    }
    Ok(whole)
}

/// The walker of protobuf records: it ends, and what it read comes from the input.
pub fn protobuf_records(input: &[u8]) {
    walk(input, 0);
}

fn walk(bytes: &[u8], depth: usize) {
    let mut left = bytes.len() + 1;
    for record in Records::new(bytes) {
        let Ok(record) = record else {
            return;
        };
        left = left.checked_sub(1).expect("more records than bytes");
        if let Some(content) = record.content()
            && depth < 20
        {
            walk(content, depth + 1);
        }
    }
}

/// The strict reader: what it takes others take too, and its canonical form is one.
pub fn strict_json(input: &[u8]) {
    let Ok(document) = strict::parse(input) else {
        return;
    };
    serde_json::from_slice::<serde_json::Value>(input).expect("serde_json reads what the strict reader took");
    let canonical = strict::canonical(&document);
    let again = strict::parse(&canonical).expect("a canonical form can be read");
    assert_eq!(
        strict::canonical(&again),
        canonical,
        "the canonical form of a canonical form is another"
    );
}

/// Targets and deadlines, as they stand in heads.
pub fn heads(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let _ = parse_timeout(text);
    if let Ok(target) = Target::parse(text) {
        assert_eq!(target.raw, text, "a target that is not what came");
    }
}

/// Chroma's requests.
pub fn chroma(input: &[u8]) {
    static ASKED: OnceLock<Vec<Asked>> = OnceLock::new();
    request("chroma", ASKED.get_or_init(seeds::chroma), input);
}

/// Qdrant's requests over REST.
pub fn qdrant_rest(input: &[u8]) {
    static ASKED: OnceLock<Vec<Asked>> = OnceLock::new();
    request("qdrant", ASKED.get_or_init(seeds::qdrant_rest), input);
}

/// Qdrant's requests over gRPC.
pub fn qdrant_grpc(input: &[u8]) {
    static ASKED: OnceLock<Vec<Asked>> = OnceLock::new();
    request("qdrant", ASKED.get_or_init(seeds::qdrant_grpc), input);
}

/// Milvus' requests over REST.
pub fn milvus_rest(input: &[u8]) {
    static ASKED: OnceLock<Vec<Asked>> = OnceLock::new();
    request("milvus", ASKED.get_or_init(seeds::milvus_rest), input);
}

/// Milvus' requests over gRPC.
pub fn milvus_grpc(input: &[u8]) {
    static ASKED: OnceLock<Vec<Asked>> = OnceLock::new();
    request("milvus", ASKED.get_or_init(seeds::milvus_grpc), input);
}

/// Reads a request; one that can be narrowed is narrowed, and what would be forwarded must say what was written.
fn request(database: &str, asked: &[Asked], input: &[u8]) {
    let dialect = dialect::by_name(database).expect("a dialect");
    let Some((&number, body)) = input.split_first() else {
        return;
    };
    let asked = &asked[usize::from(number) % asked.len()];
    let framed;
    let body = if asked.is_grpc() {
        framed = frame(body);
        framed.as_slice()
    } else {
        body
    };
    let head = asked.head();
    let Some(request) = read(dialect, &head, body) else {
        return;
    };
    let Some(forward) = &request.forward else {
        return;
    };
    let queries = &request.operation.queries;
    let limits: Vec<Option<u64>> = queries
        .iter()
        .map(|query| (query.clampable && query.limit.exceeds(1)).then_some(1))
        .collect();
    // Every other input is also one of a caller who sees no vectors.
    let vectors = if request.operation.vectors && input.len().is_multiple_of(2) {
        AskedVectors::Dropped
    } else {
        AskedVectors::Kept
    };
    // And every third of one from whom fields are taken that seeds name.
    let removed = if input.len().is_multiple_of(3) {
        ["email", "user_id"].map(|field| vec![field.to_owned()]).to_vec()
    } else {
        Vec::new()
    };
    let narrowing = Narrowing {
        limits,
        vectors,
        removed,
    };
    if narrowing.is_empty() {
        return;
    }
    let forwarded = forward.narrowed(&head, body, &narrowing);
    let mut head = head;
    if let Some(path) = forwarded.path {
        head.target = Target::parse(&path).expect("a forwarded path is in normal form");
    }
    let body = forwarded.body.as_deref().unwrap_or(body);
    let again = read(dialect, &head, body).expect("what is forwarded can be read");
    assert_eq!(again.operation.collections, request.operation.collections);
    assert_eq!(again.operation.refers_to, request.operation.refers_to);
    assert!(
        request.operation.vectors || !again.operation.vectors,
        "vectors that nobody asked for"
    );
    assert_eq!(
        again.operation.queries.len(),
        queries.len(),
        "another number of queries"
    );
    if !narrowing.changes_limits() {
        assert_eq!(&again.operation.queries, queries, "other queries");
    }
    for ((after, before), limit) in again.operation.queries.iter().zip(queries).zip(&narrowing.limits) {
        assert_eq!(after.offset, before.offset, "another offset");
        match limit {
            Some(limit) => assert_eq!(
                after.limit,
                Results::AtMost(*limit),
                "not the limit that was judged"
            ),
            None => assert_eq!(after.limit, before.limit, "a limit that was not to change"),
        }
    }
}

/// Outlines of long writes: the same wherever the body is cut, and what is read of one is what is read of its body.
pub fn outlines(input: &[u8]) {
    static ASKED: OnceLock<Vec<Asked>> = OnceLock::new();
    let asked = ASKED.get_or_init(seeds::writes);
    let [number, cut, body @ ..] = input else {
        return;
    };
    let asked = &asked[usize::from(*number) % asked.len()];
    let framed;
    let body = if asked.is_grpc() && cut % 8 != 0 {
        framed = frame(body);
        framed.as_slice()
    } else {
        body
    };
    let dialect = dialect::by_name(asked.database).expect("a dialect");
    let head = asked.head();
    let bulk = dialect.bulk(&head).expect("a write that may be long");
    let whole = outline(bulk, &[body]);
    let in_pieces = outline(bulk, &pieces(body, *cut));
    match (&whole, &in_pieces) {
        (Ok(whole), Ok(in_pieces)) => assert!(whole == in_pieces, "another cut, another outline"),
        (Err(_), Err(_)) => {}
        // As in an answer, numbers in a list that is passed over have no grammar; what is JSON has the same outline.
        _ if !asked.is_grpc() && serde_json::from_slice::<serde_json::Value>(body).is_err() => {}
        _ => panic!("an outline by its cut"),
    }
    // What came so far can be read at any time, or is said to be no request.
    let mut growing = Outline::new(bulk, LONGEST_OUTLINE);
    for piece in pieces(body, *cut) {
        if growing.push(piece).is_err() {
            break;
        }
        let _ = read(dialect, &head, &growing.so_far());
    }
    let Some(request) = read(dialect, &head, body) else {
        return;
    };
    let (outline, is_whole) = whole.expect("a body that can be read has an outline");
    assert!(is_whole, "the outline of a whole body is not whole");
    let again = read(dialect, &head, &outline).expect("the outline of a body that can be read can be read");
    let (read, meant) = (&again.operation, &request.operation);
    assert_eq!(read.kind, meant.kind, "another kind");
    assert_eq!(read.collections, meant.collections, "other collections");
    assert_eq!(
        read.whole_catalogue, meant.whole_catalogue,
        "more of the catalogue, or less"
    );
    assert_eq!(read.refers_to, meant.refers_to, "other fields");
    assert_eq!(read.queries, meant.queries, "other queries");
}

/// The longest outline that is made here.
const LONGEST_OUTLINE: usize = 1 << 20;

/// The outline of a body that comes in these chunks, and whether the body is whole then.
fn outline(bulk: Bulk, chunks: &[&[u8]]) -> Result<(Vec<u8>, bool), NoOutline> {
    let mut outline = Outline::new(bulk, LONGEST_OUTLINE);
    for chunk in chunks {
        outline.push(chunk)?;
    }
    Ok((outline.so_far(), outline.is_whole()))
}

fn read(dialect: &dyn Dialect, head: &Head, body: &[u8]) -> Option<Box<Request>> {
    match dialect.read(head, None, &Themselves).ok()? {
        Reading::Request(request) => Some(request),
        Reading::NeedsNames(_) => None,
        Reading::NeedsBody => match dialect.read(head, Some(body), &Themselves).ok()? {
            Reading::Request(request) => Some(request),
            Reading::NeedsNames(_) => None,
            Reading::NeedsBody => panic!("a body that was read is wanted"),
        },
    }
}

/// Every name is that of a collection.
struct Themselves;

impl Names for Themselves {
    fn get(&self, key: &str) -> Option<Named> {
        Some(Named::Collection {
            name: key.to_owned(),
            scope: "default_tenant/default_database".to_owned(),
        })
    }
}

/// Answers in JSON: the same result wherever they are cut.
pub fn masked_json(input: &[u8]) {
    static ANSWERS: OnceLock<Vec<Answered>> = OnceLock::new();
    masked(ANSWERS.get_or_init(seeds::json_answers), input);
}

/// Answers over gRPC: the same result wherever they are cut.
pub fn masked_protobuf(input: &[u8]) {
    static ANSWERS: OnceLock<Vec<Answered>> = OnceLock::new();
    masked(ANSWERS.get_or_init(seeds::protobuf_answers), input);
}

fn masked(answers: &[Answered], input: &[u8]) {
    let [number, cut, body @ ..] = input else {
        return;
    };
    let answered = &answers[usize::from(*number) % answers.len()];
    let framed;
    let body = if answered.asked.is_grpc() && cut % 8 != 0 {
        framed = frame(body);
        framed.as_slice()
    } else {
        body
    };
    let whole = released(answered, &[body]);
    let cut = released(answered, &pieces(body, *cut));
    match (whole, cut) {
        (Ok(whole), Ok(cut)) => assert!(whole == cut, "another cut, another answer"),
        (Err(_), Err(_)) => {}
        // Numbers in a list that nobody asks about are passed over without their grammar: `[1,- .5]` is noticed only where
        // a chunk begins with it. What is JSON is never cut off by its cut.
        _ if !answered.asked.is_grpc() && serde_json::from_slice::<serde_json::Value>(body).is_err() => {}
        (whole, cut) => panic!("cut off by its cut: {:?}, {:?}", whole.err(), cut.err()),
    }
}

/// What leaves of an answer that comes in these chunks, or why it is broken off.
fn released(answered: &Answered, chunks: &[&[u8]]) -> Result<Vec<u8>, String> {
    let Some(mut reader) = reader(answered) else {
        return Err("not answered".to_owned());
    };
    let mut left = Vec::new();
    for (number, chunk) in chunks.iter().enumerate() {
        let end = if number + 1 == chunks.len() {
            End::Last
        } else {
            End::More
        };
        let mut out = Vec::new();
        match reader.push(chunk, end, &mut out)? {
            Chunk::Unchanged => left.extend_from_slice(chunk),
            Chunk::Rewritten => left.extend_from_slice(&out),
        }
    }
    Ok(left)
}

fn reader(answered: &Answered) -> Option<AnswerReader> {
    thread_local! {
        static GUARDS: std::cell::RefCell<Vec<(&'static str, std::rc::Rc<Guard>)>> = const { std::cell::RefCell::new(Vec::new()) };
    }
    let database = answered.asked.database;
    let guard = GUARDS.with_borrow_mut(|guards| {
        if let Some((_, guard)) = guards.iter().find(|(name, _)| *name == database) {
            return guard.clone();
        }
        let guard = std::rc::Rc::new(guard(database));
        guards.push((database, guard.clone()));
        guard
    });
    let caller = Caller {
        name: "svc:fuzz".to_owned(),
        groups: Vec::new(),
    };
    let asked = &answered.asked;
    let body = if asked.is_grpc() {
        frame(&asked.body)
    } else {
        asked.body.clone()
    };
    // Some recorded requests are refused: their answers are nobody's.
    let judged = match guard.judge(&caller, &asked.head(), Some(&body), &Themselves) {
        Judgement::Judged(judged) if judged.refusal.is_none() => judged,
        _ => return None,
    };
    let content_type = if asked.is_grpc() {
        "application/grpc"
    } else {
        "application/json"
    };
    let head = AnswerHead {
        status: 200,
        content_type: Some(content_type.to_owned()),
        ..AnswerHead::default()
    };
    match treatment(&guard, &judged, &head, Keep::Masked { max: 64 }) {
        Treatment::Read(reader) => Some(*reader),
        _ => panic!("an answer that is not read: {} {}", asked.method, asked.path),
    }
}

fn guard(database: &str) -> Guard {
    let policy = serde_json::json!({
        "version": 1,
        "database": database,
        "rules": [{
            "name": "all",
            "identities": ["*"],
            "collections": ["*"],
            "operations": ["search", "fetch", "list", "aggregate", "describe"],
            "mask": [
                { "fields": ["email"], "with": "partial", "oracle": "allow" },
                { "fields": ["ssn", "contact.fax", "tags"], "with": "remove", "oracle": "allow" },
                { "fields": ["age"], "with": "null", "oracle": "allow" },
                { "path": "$.contact.phones[*].number", "with": "redact", "oracle": "allow" },
                { "detect": ["email", "phone", "card", "iban", "ssn"], "fields": ["note", "title", "#document"], "with": "redact" },
            ],
            "vectors": "strip",
            "scores": { "round": 2 },
        }],
    });
    let policy = Policy::from_json(policy.to_string().as_bytes(), &|_: &str| None).expect("a right policy");
    Guard::new(policy, dialect::by_name(database).expect("a dialect"))
}

fn frame(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("a short message");
    [&[0], length.to_be_bytes().as_slice(), message].concat()
}

/// The bytes in chunks of a few bytes each; how many is told by a number.
fn pieces(bytes: &[u8], cut: u8) -> Vec<&[u8]> {
    let size = usize::from(cut % 37) + 1;
    if bytes.is_empty() {
        vec![bytes]
    } else {
        bytes.chunks(size).collect()
    }
}
