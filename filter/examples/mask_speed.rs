//! How fast answers are masked: `cargo run --release --example mask_speed`.
//!
//! Prints megabytes a second for answers of several forms under several plans, in chunks of 16 KiB.

use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};
use vectorgate::mask::answer::{CompiledMask, Masker};
use vectorgate::mask::plan::{
    Action, Detector, HashKey, MaskEntry, MaskPlan, Oracle, ScoreMask, Selector, VectorMask,
};
use vectorgate::mask::shape::{Format, Others, Place, Role, Shape, WhenStripped};
use vectorgate::wire::json::path::{FieldPattern, JsonPath, PathError};

const COLUMNS: &[Place] = &[
    place("ids[][]", Role::Result),
    place("embeddings", Role::Vectors(WhenStripped::Null)),
    place("documents[][]", Role::Text("#document")),
    place("metadatas[][]", Role::Payload),
    place("distances", Role::Scores(WhenStripped::Null)),
];

const POINTS: &[Place] = &[
    place("result.points[].id", Role::Result),
    place("result.points[].payload", Role::Payload),
    place("result.points[].vector", Role::Vectors(WhenStripped::Absent)),
    place("result.points[].score", Role::Scores(WhenStripped::Null)),
];

const fn place(path: &'static str, role: Role) -> Place {
    Place { path, role }
}

/// A dozen numbers that look like an embedding's.
fn push_vector(n: usize, dimensions: usize, out: &mut String) {
    out.push('[');
    for d in 0..dimensions {
        let digits = (n * 7919 + d * 104_729) % 100_000_000;
        let sign = if d % 2 == 0 { "" } else { "-" };
        let comma = if d == 0 { "" } else { "," };
        let _ = write!(out, "{comma}{sign}0.{digits:08}");
    }
    out.push(']');
}

fn push_payload(n: usize, out: &mut String) {
    let _ = write!(
        out,
        r#"{{"user_id":"u-{n:06}","email":"person{n}@example.com","title":"A note with the number {n}","country":"DE","age":{age},"contact":{{"phone":"+1-555-01{last:02}","city":"Springfield","ssn":"219-09-{n:04}"}},"tags":["vip","eu","long-term"],"vip":true,"note":null,"text":"Some words about nothing much, as they stand in a chunk of a document, line after line, to be embedded and found again; with a \"quote\" now and then."}}"#,
        age = n % 90,
        last = n % 100
    );
}

fn points(count: usize, dimensions: usize) -> String {
    let mut out = String::from(r#"{"result":{"points":["#);
    for n in 0..count {
        out.push_str(if n == 0 { "" } else { "," });
        let _ = write!(out, r#"{{"id":{n},"version":1,"score":0.{n:06}1,"payload":"#);
        push_payload(n, &mut out);
        if dimensions > 0 {
            out.push_str(r#","vector":"#);
            push_vector(n, dimensions, &mut out);
        }
        out.push('}');
    }
    out.push_str(r#"]},"status":"ok","time":0.000123}"#);
    out
}

fn columns(count: usize, dimensions: usize) -> String {
    let mut out = String::from(r#"{"ids":[["#);
    let list = |out: &mut String, write: &dyn Fn(usize, &mut String)| {
        for n in 0..count {
            out.push_str(if n == 0 { "" } else { "," });
            write(n, out);
        }
    };
    list(&mut out, &|n, out| {
        let _ = write!(out, "\"d{n}\"");
    });
    out.push_str(r#"]],"embeddings":[["#);
    list(&mut out, &|n, out| push_vector(n, dimensions, out));
    out.push_str(r#"]],"documents":[["#);
    list(&mut out, &|n, out| {
        let _ = write!(
            out,
            "\"Note {n}: call person{n}@example.com or the office, \\\"soon\\\"\""
        );
    });
    out.push_str(r#"]],"metadatas":[["#);
    list(&mut out, &push_payload);
    out.push_str(r#"]],"distances":[["#);
    list(&mut out, &|n, out| {
        let _ = write!(out, "0.{n:07}");
    });
    out.push_str("]]}");
    out
}

fn fields(names: &[&str], action: Action) -> Result<MaskEntry, PathError> {
    let fields: Result<_, _> = names.iter().map(|name| FieldPattern::parse(name)).collect();
    Ok(entry(Selector::Fields(fields?), action))
}

fn entry(select: Selector, action: Action) -> MaskEntry {
    MaskEntry {
        select,
        action,
        oracle: Oracle::Refuse,
    }
}

/// The plan of the policy in the README's first example.
fn usual() -> Result<Vec<MaskEntry>, PathError> {
    Ok(vec![
        fields(&["email"], Action::Partial)?,
        fields(&["user_id"], Action::Hash(HashKey::new(b"a key")))?,
        entry(Selector::Path(JsonPath::parse("$.contact.ssn")?), Action::Remove),
    ])
}

fn run(name: &str, mask: &Arc<CompiledMask>, answer: &str) {
    let mut out = Vec::with_capacity(64 * 1024);
    let mut masker = Masker::new(Arc::clone(mask));
    let mut best = Duration::MAX;
    let mut rounds = 0;
    let began = Instant::now();
    while rounds < 3 || began.elapsed() < Duration::from_millis(400) {
        let start = Instant::now();
        masker.reset();
        for chunk in answer.as_bytes().chunks(16 * 1024) {
            out.clear();
            if let Err(error) = masker.push(chunk, &mut out) {
                println!("{name}: {error}");
                return;
            }
        }
        out.clear();
        if let Err(error) = masker.finish(&mut out) {
            println!("{name}: {error}");
        }
        best = best.min(start.elapsed());
        rounds += 1;
    }
    let rate = answer.len() as f64 / best.as_secs_f64() / 1e6;
    println!("{name:<52} {rate:>8.0} MB/s   ({} kB)", answer.len() / 1000);
}

fn main() -> Result<(), PathError> {
    let only = std::env::args().nth(1).unwrap_or_default();
    let answers = [
        ("points, payload only", POINTS, points(1000, 0)),
        ("points, 1536 dimensions", POINTS, points(100, 1536)),
        ("columns, 1536 dimensions", COLUMNS, columns(100, 1536)),
    ];
    let all = [Detector::Email, Detector::Card, Detector::Iban, Detector::Ssn];
    let searched = entry(
        Selector::Detect {
            detectors: all.to_vec(),
            fields: vec![FieldPattern::parse("text")?, FieldPattern::parse("#document")?],
        },
        Action::Redact("[redacted]".into()),
    );
    let of = |entries: Vec<MaskEntry>, vectors, scores| MaskPlan {
        entries,
        vectors,
        scores,
    };
    let plans = [
        ("nothing to mask", of(vec![], VectorMask::Pass, ScoreMask::Pass)),
        (
            "nothing found",
            of(
                vec![fields(&["nowhere", "a.b"], Action::Remove)?],
                VectorMask::Pass,
                ScoreMask::Pass,
            ),
        ),
        ("three entries", of(usual()?, VectorMask::Pass, ScoreMask::Pass)),
        (
            "three removed",
            of(
                vec![fields(&["email", "user_id", "contact"], Action::Remove)?],
                VectorMask::Pass,
                ScoreMask::Pass,
            ),
        ),
        (
            "three entries, vectors stripped",
            of(usual()?, VectorMask::Strip, ScoreMask::Pass),
        ),
        (
            "vectors rounded",
            of(vec![], VectorMask::Round(4), ScoreMask::Round(3)),
        ),
        (
            "text searched",
            of(vec![searched], VectorMask::Strip, ScoreMask::Pass),
        ),
    ];
    for (form, places, answer) in &answers {
        let shape = Shape {
            format: Format::Json,
            places,
            others: Others::Copied,
            named: vec![],
        };
        for (what, plan) in &plans {
            let name = format!("{form}: {what}");
            if name.contains(&only) {
                run(&name, &Arc::new(CompiledMask::new(&shape, plan)), answer);
            }
        }
    }
    Ok(())
}
