//! Whole answers through the masker, each in one piece and in many.

mod bounds;
mod cuts;
mod rules;
mod shapes;
mod twin;

use super::*;
use crate::mask::plan::{Detector, HashKey, MaskEntry, Oracle, ScoreMask, Selector, VectorMask};
use crate::mask::shape::{Others, Place, Role, WhenStripped};
use crate::wire::json::path::{FieldPattern, JsonPath};

fn shape(places: &'static [Place], others: Others) -> Shape {
    Shape {
        format: Format::Json,
        places,
        others,
        named: Vec::new(),
    }
}

const fn place(path: &'static str, role: Role) -> Place {
    Place { path, role }
}

/// Columns, a list for each query.
fn columns() -> Shape {
    const PLACES: &[Place] = &[
        place("ids[][]", Role::Result),
        place("embeddings", Role::Vectors(WhenStripped::Null)),
        place("documents[][]", Role::Text("#document")),
        place("metadatas[][]", Role::Payload),
        place("distances", Role::Scores(WhenStripped::Null)),
        place("include", Role::Plain),
    ];
    shape(PLACES, Others::CutOff)
}

/// Points, each an object with its payload.
fn points() -> Shape {
    const PLACES: &[Place] = &[
        place("result.points[].id", Role::Result),
        place("result.points[].payload", Role::Payload),
        place("result.points[].vector", Role::Vectors(WhenStripped::Absent)),
        place("result.points[].score", Role::Scores(WhenStripped::Null)),
        place("result.points[].version", Role::Plain),
        place("status", Role::Plain),
        place("time", Role::Plain),
    ];
    shape(PLACES, Others::CutOff)
}

/// Rows that are payload, with a score among their fields.
fn rows() -> Shape {
    const PLACES: &[Place] = &[
        place("data[]", Role::Result),
        place("data[]", Role::Payload),
        place("data[].distance", Role::Scores(WhenStripped::Absent)),
        place("code", Role::Plain),
    ];
    shape(PLACES, Others::Copied)
}

pub(super) fn redact() -> Action {
    Action::Redact("[redacted]".into())
}

pub(super) fn hash() -> Action {
    Action::Hash(HashKey::new(b"a key for tests"))
}

pub(super) fn fields(names: &[&str], action: Action) -> MaskEntry {
    let patterns = names.iter().map(|name| FieldPattern::parse(name).unwrap());
    entry(Selector::Fields(patterns.collect()), action)
}

pub(super) fn path(text: &str, action: Action) -> MaskEntry {
    entry(Selector::Path(JsonPath::parse(text).unwrap()), action)
}

pub(super) fn detect(detectors: &[Detector], names: &[&str], action: Action) -> MaskEntry {
    let fields = names
        .iter()
        .map(|name| FieldPattern::parse(name).unwrap())
        .collect();
    let detectors = detectors.to_vec();
    entry(Selector::Detect { detectors, fields }, action)
}

fn entry(select: Selector, action: Action) -> MaskEntry {
    MaskEntry {
        select,
        action,
        oracle: Oracle::Refuse,
    }
}

pub(super) fn plan(entries: Vec<MaskEntry>) -> MaskPlan {
    MaskPlan {
        entries,
        ..MaskPlan::default()
    }
}

fn vectors(vectors: VectorMask) -> MaskPlan {
    MaskPlan {
        vectors,
        ..MaskPlan::default()
    }
}

fn scores(scores: ScoreMask) -> MaskPlan {
    MaskPlan {
        scores,
        ..MaskPlan::default()
    }
}

/// What became of an answer, given in these chunks.
fn mask_chunks<'a>(
    mask: &Arc<CompiledMask>,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Result<(Vec<u8>, Tally), AnswerError> {
    let mut masker = Masker::new(Arc::clone(mask));
    let mut whole = Vec::new();
    for chunk in chunks {
        let before = whole.len();
        match masker.push(chunk, &mut whole)? {
            Output::Rewritten => {}
            Output::Unchanged => {
                assert_eq!(whole.len(), before, "unchanged writes nothing");
                whole.extend(chunk);
            }
        }
    }
    masker.finish(&mut whole)?;
    Ok((whole, masker.tally()))
}

/// An answer in one piece, checked to be the same byte by byte.
fn mask(shape: &Shape, plan: &MaskPlan, answer: &str) -> Result<(String, Tally), AnswerError> {
    let compiled = Arc::new(CompiledMask::new(shape, plan));
    let whole = mask_chunks(&compiled, [answer.as_bytes()]);
    let bytes = mask_chunks(&compiled, answer.as_bytes().chunks(1));
    match (whole, bytes) {
        (Ok((whole, tally)), Ok((bytes, same))) => {
            let whole = String::from_utf8(whole).unwrap();
            assert_eq!(String::from_utf8(bytes).unwrap(), whole, "byte by byte");
            assert_eq!(same, tally, "byte by byte");
            Ok((whole, tally))
        }
        (Err(whole), Err(bytes)) => {
            assert_eq!(bytes, whole, "byte by byte");
            Err(whole)
        }
        (whole, bytes) => panic!("in one piece {whole:?}, byte by byte {bytes:?}"),
    }
}

fn masked(shape: &Shape, plan: &MaskPlan, answer: &str) -> String {
    mask(shape, plan, answer).unwrap().0
}

pub(super) fn counts(tally: &Tally) -> Vec<(&str, u64)> {
    tally
        .masked
        .iter()
        .map(|(label, times)| (label.as_str(), *times))
        .collect()
}
