//! Masking an answer while it streams: a shape and a plan, compiled together, and applied chunk by chunk.
//!
//! [`CompiledMask`] is what is known before the answer comes: the [patterns](patterns) of the plan as one automaton,
//! the [places](places) of the shape as a tree, the [keys](keys) of both with a number each. [`Masker`] is one answer:
//! the streaming rewriter of [`crate::wire::json::rewrite`] with a [walk](walk) over both as its handler.

mod keys;
mod patterns;
mod places;
mod texts;
mod walk;

use super::plan::{Action, MaskPlan};
use super::shape::{Format, Shape};
use super::tally::Tally;
use crate::wire::json::escape::push_escaped;
use crate::wire::json::rewrite::{RewriteError, Rewriter};
use std::sync::Arc;
use thiserror::Error;

pub use crate::wire::json::rewrite::Output;

/// A plan for answers of one shape, ready to be applied. Shared by all such answers.
#[derive(Debug)]
pub struct CompiledMask {
    format: Format,
    plan: MaskPlan,
    keys: keys::Keys,
    patterns: patterns::Patterns,
    places: places::Places,
    /// For each entry, the JSON that `redact` leaves.
    redacted: Vec<Vec<u8>>,
    /// The number of the key `indices` of a sparse vector.
    indices: keys::KeyId,
}

impl CompiledMask {
    /// Compiles a plan for a shape.
    pub fn new(shape: &Shape, plan: &MaskPlan) -> CompiledMask {
        let mut keys = keys::Keys::default();
        let indices = keys.add("indices");
        let draft = patterns::Draft::of(&plan.entries, &mut keys);
        places::add_keys(shape, &mut keys);
        let patterns = draft.compile(&keys);
        let places = places::Places::of(shape, plan, &patterns, &keys);
        let redacted = plan.entries.iter().map(|entry| match &entry.action {
            Action::Redact(text) => {
                let mut json = vec![b'"'];
                push_escaped(text, &mut json);
                json.push(b'"');
                json
            }
            _ => b"null".to_vec(),
        });
        CompiledMask {
            format: shape.format,
            redacted: redacted.collect(),
            plan: plan.clone(),
            keys,
            patterns,
            places,
            indices,
        }
    }
}

/// Why an answer is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the answer cannot be masked: {0}")]
pub struct AnswerError(#[from] pub RewriteError);

/// Masks one answer.
///
/// ```
/// use std::sync::Arc;
/// use vectorgate::mask::answer::{CompiledMask, Masker, Output};
/// use vectorgate::mask::plan::{Action, MaskEntry, MaskPlan, Oracle, Selector};
/// use vectorgate::mask::shape::{Format, Others, Place, Role, Shape};
/// use vectorgate::wire::json::path::FieldPattern;
///
/// let shape = Shape {
///     format: Format::Json,
///     places: &[Place { path: "rows[]", role: Role::Payload }],
///     others: Others::CutOff,
///     named: vec![],
/// };
/// let email = MaskEntry {
///     select: Selector::Fields(vec![FieldPattern::parse("email")?]),
///     action: Action::Remove,
///     oracle: Oracle::Refuse,
/// };
/// let plan = MaskPlan { entries: vec![email], ..MaskPlan::default() };
///
/// let mut masker = Masker::new(Arc::new(CompiledMask::new(&shape, &plan)));
/// let mut out = Vec::new();
/// masker.push(br#"{"rows": [{"id": 7, "email": "nia@exam"#, &mut out)?;
/// masker.push(br#"ple.com"}]}"#, &mut out)?;
/// masker.finish(&mut out)?;
/// assert_eq!(out, br#"{"rows": [{"id": 7}]}"#);
/// assert_eq!(masker.tally().masked["email"], 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Masker {
    rewriter: Rewriter<walk::Spot>,
    walk: walk::Walk,
}

impl Masker {
    /// A masker at the beginning of an answer.
    pub fn new(mask: Arc<CompiledMask>) -> Masker {
        let walk = walk::Walk::new(mask);
        Masker {
            rewriter: Rewriter::new(walk.root()),
            walk,
        }
    }

    /// Goes back to the beginning, for another answer of the same shape under the same plan.
    pub fn reset(&mut self) {
        self.walk.reset();
        self.rewriter = Rewriter::new(self.walk.root());
    }

    /// Takes the next chunk. Where it is [`Output::Rewritten`], what was appended to `out` leaves in its stead.
    ///
    /// # Errors
    /// [`AnswerError`] for what is not the JSON that the shape promises: the answer is cut off. Nothing of the chunk
    /// was written to `out`.
    pub fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<Output, AnswerError> {
        match self.walk.format() {
            Format::Opaque => Ok(Output::Unchanged),
            Format::Json => Ok(self.rewriter.push(&mut self.walk, chunk, out)?),
        }
    }

    /// Takes the end of the answer.
    ///
    /// # Errors
    /// [`AnswerError`] for an answer that is not complete.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<Output, AnswerError> {
        match self.walk.format() {
            Format::Opaque => Ok(Output::Unchanged),
            Format::Json => Ok(self.rewriter.finish(&mut self.walk, out)?),
        }
    }

    /// The results and the vectors that were let through so far: cheap enough to ask for at every chunk.
    pub fn given(&self) -> (u64, u64) {
        self.walk.given()
    }

    /// What was counted so far.
    pub fn tally(&self) -> Tally {
        self.walk.tally()
    }

    /// How many bytes are kept from one chunk to the next, for tests of the bound.
    #[cfg(test)]
    fn memory(&self) -> usize {
        self.rewriter.memory()
    }
}

#[cfg(test)]
mod tests;
