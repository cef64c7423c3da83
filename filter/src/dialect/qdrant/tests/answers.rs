//! Answers in both forms (`python -m dialects.qdrant_answers` in tests/ writes them), masked by the same plan: the
//! shapes that requests come with say where everything sits, over REST and over gRPC alike.

use super::pairs::pair;
use super::*;
use crate::mask::answer::{CompiledMask, Masker, Output};
use crate::mask::plan::{Action, Detector, MaskEntry, MaskPlan, Oracle, ScoreMask, Selector, VectorMask};
use crate::mask::shape::Shape;
use crate::mask::tally::Tally;
use crate::wire::json::path::FieldPattern;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::sync::Arc;

fn entry(select: Selector, action: Action) -> MaskEntry {
    MaskEntry {
        select,
        action,
        oracle: Oracle::Allow,
    }
}

fn fields(names: &[&str]) -> Vec<FieldPattern> {
    names
        .iter()
        .map(|name| FieldPattern::parse(name).expect("a field name"))
        .collect()
}

/// Removes, redacts, nulls and detects; strips vectors.
fn plan() -> MaskPlan {
    MaskPlan {
        entries: vec![
            entry(
                Selector::Fields(fields(&["email", "city"])),
                Action::Redact("gone".into()),
            ),
            entry(
                Selector::Fields(fields(&["ssn", "contact.phones.number"])),
                Action::Remove,
            ),
            entry(Selector::Fields(fields(&["age"])), Action::Null),
            entry(
                Selector::Detect {
                    detectors: vec![Detector::Ssn],
                    fields: fields(&["note"]),
                },
                Action::Redact("gone".into()),
            ),
        ],
        vectors: VectorMask::Strip,
        scores: ScoreMask::Round(0),
    }
}

/// An answer through a masker, in pieces of this size.
fn masked(shape: &Shape, plan: &MaskPlan, answer: &[u8], piece: usize) -> (Vec<u8>, Tally) {
    let mut masker = Masker::new(Arc::new(CompiledMask::new(shape, plan)));
    let mut out = Vec::new();
    for chunk in answer.chunks(piece) {
        let mut rewritten = Vec::new();
        match masker
            .push(chunk, &mut rewritten)
            .expect("what the shape promises")
        {
            Output::Rewritten => out.extend(rewritten),
            Output::Unchanged => out.extend(chunk),
        }
    }
    masker.finish(&mut out).expect("complete");
    (out, masker.tally())
}

struct Answered {
    call: String,
    rest: (Shape, Vec<u8>),
    grpc: (Shape, Vec<u8>),
}

fn answers() -> impl Iterator<Item = Answered> {
    include_str!("answers.jsonl").lines().map(|line| {
        let answer: Value = serde_json::from_str(line).expect("JSON");
        let call = answer["call"].as_str().expect("a name").to_owned();
        let (rest, grpc) = pair(&call);
        let message = STANDARD
            .decode(answer["grpc"].as_str().expect("base64"))
            .expect("base64");
        Answered {
            call,
            rest: (rest.request().answer, answer["rest"].to_string().into_bytes()),
            grpc: (grpc.request().answer, frame(&message).expect("a frame")),
        }
    })
}

#[test]
fn nothing_that_is_masked_is_left_in_either_form() {
    let mut all = String::new();
    for Answered { call, rest, grpc } in answers() {
        let (json, by_rest) = masked(&rest.0, &plan(), &rest.1, usize::MAX);
        let (message, by_grpc) = masked(&grpc.0, &plan(), &grpc.1, usize::MAX);
        // How many bytes were masked depends on the form; what was, does not.
        let counts = |tally: Tally| Tally {
            masked_bytes: 0,
            ..tally
        };
        let (by_rest, by_grpc) = (counts(by_rest), counts(by_grpc));
        assert_eq!(by_rest, by_grpc, "{call}");
        for secret in ["example.com", "219-09", "0143", "\"id\":\"Leeds"] {
            assert!(
                !String::from_utf8_lossy(&json).contains(secret),
                "{call}: {secret}"
            );
            assert!(
                !String::from_utf8_lossy(&message).contains(secret),
                "{call}: {secret}"
            );
        }
        all += &format!("{call}: {}\n    {by_rest:?}\n", String::from_utf8_lossy(&json));
    }
    insta::assert_snapshot!(all);
}

/// The official Python client reads no point without a score.
#[test]
fn scores_that_are_kept_back_are_0_over_either_way() {
    let stripped = MaskPlan {
        scores: ScoreMask::Strip,
        ..MaskPlan::default()
    };
    for Answered { call, rest, grpc } in answers() {
        let before: Value = serde_json::from_slice(&rest.1).expect("JSON");
        for piece in [1, 7, usize::MAX] {
            let (out, _) = masked(&rest.0, &stripped, &rest.1, piece);
            let after: Value = serde_json::from_slice(&out).expect("JSON");
            assert_eq!(after["result"], with_scores_of_0(&before["result"]), "{call}");
        }
        // Vectors hold the same number.
        let alone = MaskPlan {
            vectors: VectorMask::Strip,
            ..stripped.clone()
        };
        let (message, _) = masked(&grpc.0, &alone, &grpc.1, usize::MAX);
        let score = |bytes: &[u8]| bytes.windows(4).any(|window| window == 0.75f32.to_le_bytes());
        assert!(!score(&message), "{call}");
        if ["query", "query in groups", "pairs", "offsets"].contains(&call.as_str()) {
            assert!(score(&grpc.1), "{call}");
        }
    }
}

/// What stands in an answer, scores and all, outside of payloads.
fn with_scores_of_0(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| {
                let value = match key.as_str() {
                    "payload" => value.clone(),
                    "score" => 0.into(),
                    "scores" => value.as_array().expect("scores").iter().map(|_| 0).collect(),
                    _ => with_scores_of_0(value),
                };
                (key.clone(), value)
            })
            .collect(),
        Value::Array(elements) => elements.iter().map(with_scores_of_0).collect(),
        other => other.clone(),
    }
}

#[test]
fn what_nothing_is_masked_in_stays_to_the_byte() {
    for Answered { call, rest, grpc } in answers() {
        for (shape, answer) in [rest, grpc] {
            for piece in [1, 7, usize::MAX] {
                let (out, _) = masked(&shape, &MaskPlan::default(), &answer, piece);
                assert_eq!(out, answer, "{call}");
            }
        }
    }
}

#[test]
fn cuts_change_nothing() {
    for Answered { call, rest, grpc } in answers() {
        for (shape, answer) in [rest, grpc] {
            let whole = masked(&shape, &plan(), &answer, usize::MAX);
            for piece in [1, 3, 64] {
                assert_eq!(masked(&shape, &plan(), &answer, piece), whole, "{call}");
            }
        }
    }
}
