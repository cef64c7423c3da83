//! Masking an answer while it streams: a shape and a plan, compiled together, and applied chunk by chunk.
//!
//! [`CompiledMask`] is what is known before the answer comes: the [patterns](patterns) of the plan as one automaton,
//! the [places](places) of the shape as a tree, the [keys](keys) of both with a number each. [`Masker`] is one answer:
//! the streaming rewriter of [`crate::wire::json::rewrite`] with a [walk](walk) over both as its handler. Answers in
//! [protobuf](protobuf) have a rewriter of their own; the patterns, and what becomes of a value, are the same.

mod keys;
mod patterns;
mod places;
mod protobuf;
mod texts;
mod walk;

use super::plan::{Action, MaskPlan};
use super::shape::{Format, Shape};
use super::tally::Tally;
use crate::wire::json::escape::push_escaped;
use crate::wire::json::rewrite::{RewriteError, Rewriter};
use crate::wire::protobuf::rewrite::Fault;
use std::fmt;
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
    /// For protobuf: what reaches the content of each of the shape's named fields.
    named: Vec<Vec<(patterns::Bits, patterns::Reached)>>,
    /// Walks through JSON that are over.
    idle: walk::Idle,
    /// For protobuf: the masks of JSON documents in columns.
    documents: protobuf::Compiled,
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
        let content_of = |name: &String| places::content_of(name, &patterns, &keys);
        CompiledMask {
            format: shape.format,
            named: shape.named.iter().map(content_of).collect(),
            redacted: redacted.collect(),
            plan: plan.clone(),
            keys,
            patterns,
            places,
            indices,
            idle: walk::Idle::default(),
            documents: protobuf::Compiled::default(),
        }
    }
}

/// Why an answer is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AnswerError {
    /// It is not the JSON that was promised.
    #[error("the answer cannot be masked: {0}")]
    Json(#[from] RewriteError),
    /// It is not protobuf, or too large for what must happen to it.
    #[error("the answer cannot be masked: {0}")]
    Protobuf(#[from] Fault),
    /// It is protobuf, but not what was promised.
    #[error("the answer cannot be masked: {0}")]
    Unexpected(#[from] Unexpected),
}

/// What a protobuf answer holds that was not promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unexpected {
    /// A field that is not known.
    Field,
    /// A kind of payload value that is not known, where a masked one could be.
    Value,
    /// A column whose name does not come before its values, or never.
    Name,
    /// A value with two names.
    TwoNames,
}

impl fmt::Display for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unexpected::Field => "a field that is not known",
            Unexpected::Value => "a kind of value that is not known",
            Unexpected::Name => "a column whose name does not come before its values",
            Unexpected::TwoNames => "a value with two names",
        })
    }
}

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
    kind: Kind,
}

enum Kind {
    Json {
        rewriter: Box<Rewriter<walk::Walk>>,
        walk: Box<walk::Walk>,
    },
    Protobuf(Box<protobuf::Answer>),
    Opaque,
}

impl Masker {
    /// A masker at the beginning of an answer.
    pub fn new(mask: Arc<CompiledMask>) -> Masker {
        let kind = match mask.format {
            Format::Opaque | Format::File => Kind::Opaque,
            Format::Json => {
                let walk = Box::new(walk::Walk::new(mask));
                Kind::Json {
                    rewriter: Box::new(Rewriter::new(walk.root())),
                    walk,
                }
            }
            Format::Protobuf(root) => Kind::Protobuf(Box::new(protobuf::Answer::new(mask, root))),
        };
        Masker { kind }
    }

    /// Goes back to the beginning, for another answer of the same shape under the same plan.
    pub fn reset(&mut self) {
        match &mut self.kind {
            Kind::Json { rewriter, walk } => {
                walk.reset();
                rewriter.restart(walk.root());
            }
            Kind::Protobuf(answer) => answer.reset(),
            Kind::Opaque => {}
        }
    }

    /// Goes on to another document of the same answer, as [`Self::reset`] but counting on. For JSON.
    fn again(&mut self) {
        match &mut self.kind {
            Kind::Json { rewriter, walk } => {
                walk.again();
                rewriter.restart(walk.root());
            }
            Kind::Protobuf(_) | Kind::Opaque => {}
        }
    }

    /// Takes the next chunk. Where it is [`Output::Rewritten`], what was appended to `out` leaves in its stead.
    ///
    /// # Errors
    /// [`AnswerError`] for what is not the answer that the shape promises: it is cut off. Nothing of the chunk was
    /// written to `out`.
    pub fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<Output, AnswerError> {
        match &mut self.kind {
            Kind::Opaque => Ok(Output::Unchanged),
            Kind::Json { rewriter, walk } => Ok(rewriter.push(walk.as_mut(), chunk, out)?),
            Kind::Protobuf(answer) => answer.push(chunk, out),
        }
    }

    /// Takes the end of the answer.
    ///
    /// # Errors
    /// [`AnswerError`] for an answer that is not complete.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<Output, AnswerError> {
        match &mut self.kind {
            Kind::Opaque => Ok(Output::Unchanged),
            Kind::Json { rewriter, walk } => Ok(rewriter.finish(walk.as_mut(), out)?),
            Kind::Protobuf(answer) => answer.finish(),
        }
    }

    /// The results and the vectors that were let through so far: cheap enough to ask for at every chunk.
    pub fn given(&self) -> (u64, u64) {
        match &self.kind {
            Kind::Opaque => (0, 0),
            Kind::Json { walk, .. } => walk.given(),
            Kind::Protobuf(answer) => answer.given(),
        }
    }

    /// What was counted so far.
    pub fn tally(&self) -> Tally {
        match &self.kind {
            Kind::Opaque => Tally::default(),
            Kind::Json { walk, .. } => walk.tally(),
            Kind::Protobuf(answer) => answer.tally(),
        }
    }

    /// How many bytes are kept from one chunk to the next, for tests of the bound.
    #[cfg(test)]
    fn memory(&self) -> usize {
        match &self.kind {
            Kind::Opaque => 0,
            Kind::Json { rewriter, .. } => rewriter.memory(),
            Kind::Protobuf(answer) => answer.held(),
        }
    }
}

#[cfg(test)]
mod tests;
