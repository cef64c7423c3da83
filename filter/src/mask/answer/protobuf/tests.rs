//! Made-up answers in the forms of two databases: points with payloads, and columns.

mod columns;
mod points;
mod streams;

use super::super::tests::{counts, detect, fields, hash, path, plan, redact};
use super::*;
use crate::mask::plan::{Detector, MaskEntry};
use crate::mask::shape::protobuf::Part;
use crate::mask::shape::{Format, Shape};
use crate::wire::grpc::{Messages, frame};
use prost::Message as _;

fn shape(root: &'static Message, named: &[&str]) -> Shape {
    Shape {
        format: Format::Protobuf(root),
        places: &[],
        others: Others::Copied,
        named: named.iter().map(|name| (*name).to_owned()).collect(),
    }
}

const SMALL: Limits = Limits {
    message: u32::MAX,
    whole: 48,
    unit: 4 << 20,
    growth: 1 << 30,
};

/// The bytes that come out for these chunks.
fn mask_chunks<'a>(
    shape: &Shape,
    plan: &MaskPlan,
    limits: Limits,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Result<(Vec<u8>, Tally), AnswerError> {
    let Format::Protobuf(root) = shape.format else {
        panic!()
    };
    let mut answer = Answer::within(Arc::new(CompiledMask::new(shape, plan)), root, limits);
    let mut out = Vec::new();
    for chunk in chunks {
        if answer.push(chunk, &mut out)? == Output::Unchanged {
            out.extend_from_slice(chunk);
        }
    }
    answer.finish()?;
    Ok((out, answer.tally()))
}

fn messages(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut messages = Messages::new(u32::MAX);
    let mut input = bytes;
    let mut all = Vec::new();
    while let Some(message) = messages.next(&mut input).unwrap() {
        all.push(message);
    }
    messages.finish().unwrap();
    all
}

/// What becomes of one answer, collected whole, and the same when every message in it is entered.
fn mask<M: prost::Message + Default + PartialEq + std::fmt::Debug>(
    shape: &Shape,
    plan: &MaskPlan,
    answer: &M,
) -> Result<(M, Tally), AnswerError> {
    let bytes = frame(&answer.encode_to_vec()).unwrap();
    let (out, tally) = mask_chunks(shape, plan, Limits::default(), [bytes.as_slice()])?;
    let message = messages(&out).remove(0);
    let decoded = M::decode(message.as_slice()).unwrap();
    let small = bytes.len() <= Limits::default().whole;
    if *answer == decoded && small && tally.masked.is_empty() {
        assert_eq!(out, bytes, "what is not changed stays to the byte");
    }
    let (entered, same) = mask_chunks(shape, plan, SMALL, bytes.chunks(if small { 7 } else { 4096 }))?;
    assert_eq!(
        M::decode(messages(&entered)[0].as_slice()).unwrap(),
        decoded,
        "entered"
    );
    assert_eq!(same, tally, "entered");
    Ok((decoded, tally))
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

#[test]
fn what_a_plan_does_to_lengths() {
    let table: &[(MaskPlan, Growth)] = &[
        (MaskPlan::default(), Growth::None),
        (vectors(VectorMask::Strip), Growth::Shrinks),
        (scores(ScoreMask::Round(2)), Growth::Shrinks),
        (plan(vec![fields(&["email"], Action::Remove)]), Growth::Shrinks),
        (
            plan(vec![detect(&[Detector::Email], &["text"], Action::Null)]),
            Growth::Shrinks,
        ),
        (plan(vec![fields(&["email"], Action::Null)]), Growth::Grows),
        (
            plan(vec![fields(&["email"], Action::Remove), fields(&["id"], hash())]),
            Growth::Grows,
        ),
    ];
    for (plan, expected) in table {
        assert_eq!(growth(plan), *expected, "{plan:?}");
    }
}
