//! Answers of real servers, masked by the shapes that their requests come with.

use super::recorded::{Exchange, exchanges};
use super::*;
use crate::mask::answer::{CompiledMask, Masker, Output};
use crate::mask::plan::{Action, MaskEntry, MaskPlan, Oracle, ScoreMask, Selector, VectorMask};
use crate::mask::shape::Shape;
use crate::mask::tally::Tally;
use crate::wire::json::path::FieldPattern;
use std::sync::Arc;

pub(super) fn plan() -> MaskPlan {
    let entry = |fields: &[&str], action| MaskEntry {
        select: Selector::Fields(
            fields
                .iter()
                .map(|field| FieldPattern::parse(field).expect("a field"))
                .collect(),
        ),
        action,
        oracle: Oracle::Allow,
    };
    MaskPlan {
        entries: vec![
            entry(&["email", "phone"], Action::Redact("gone".into())),
            entry(&["ssn", "user_id"], Action::Remove),
        ],
        vectors: VectorMask::Strip,
        scores: ScoreMask::Round(0),
    }
}

/// An answer through a masker, in pieces of this size.
fn masked(shape: &Shape, plan: &MaskPlan, message: &[u8], piece: usize) -> (Vec<u8>, Tally) {
    through(shape, plan, &frame(message).expect("a frame"), piece)
}

/// Bytes through a masker, in pieces of this size.
pub(super) fn through(shape: &Shape, plan: &MaskPlan, answer: &[u8], piece: usize) -> (Vec<u8>, Tally) {
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

fn reads() -> impl Iterator<Item = (Exchange, Shape)> {
    exchanges().into_iter().filter_map(|exchange| {
        let reads = ["Search", "HybridSearch", "Query"].contains(&exchange.method.as_str());
        let ask = call(&exchange.method, &exchange.request);
        match ask.read_knowing(&Aliases) {
            Ok(Reading::Request(request)) if reads => Some((exchange, request.answer)),
            _ => None,
        }
    })
}

pub(super) fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn what_is_not_masked_stays_to_the_byte() {
    for (exchange, shape) in reads() {
        let (out, _) = masked(&shape, &MaskPlan::default(), &exchange.response, 7);
        assert_eq!(Some(out), frame(&exchange.response), "{}", exchange.method);
    }
}

#[test]
fn nothing_masked_gets_out_however_it_is_cut() {
    let mut words = String::new();
    for (exchange, shape) in reads() {
        let (out, tally) = masked(&shape, &plan(), &exchange.response, usize::MAX);
        // (One collection has addresses as its primary key, `id`: user-a@….)
        for secret in ["person0", "101-45-", "+1-202-"] {
            assert!(!holds(&out, secret), "{secret}");
        }
        for piece in [1, 3, 100] {
            let (again, same) = masked(&shape, &plan(), &exchange.response, piece);
            assert_eq!(again, out, "{piece}");
            assert_eq!(same, tally, "{piece}");
        }
        let masked: u64 = tally.masked.values().sum();
        words += &format!(
            "{} {}: {} results, {} values masked, {} vectors stripped\n",
            exchange.client, exchange.method, tally.returned, masked, tally.vectors_stripped
        );
    }
    insta::assert_snapshot!(words);
}
