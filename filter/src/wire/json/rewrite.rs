//! Rewriting JSON while it streams: chunks go in, cut anywhere, and come out with some values changed.
//!
//! The rewriter knows no policy. It finds keys and values; a [`Handler`] says of each what becomes of it. What is not
//! changed is copied as whole slices, and a chunk of which nothing changes is not copied at all
//! ([`Output::Unchanged`]). There is no tree and no allocation for a value: memory is bounded by the chunk and by
//! fixed limits, however long a string, a key or the whole document is.
//!
//! What is looked into is held to JSON's grammar. Two things are not checked to the digit, because they are what a
//! vector database's answer consists of: lists of numbers that the handler does not ask for (their characters are,
//! their spelling is not), and containers that are copied without looking (brackets and strings are).

mod emit;
mod expect;
mod machine;
mod plain;
mod scalars;
mod skip;
mod text;
mod whole;

use super::scalar::{ScalarKind, ScalarRewriter};
use std::fmt;

/// How deep objects and arrays may nest.
pub const MAX_DEPTH: usize = 256;

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// Anything else.
    Scalar(ScalarKind),
}

/// What becomes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stays; a container is not looked into.
    Copy,
    /// It stays; a container is walked, and its members or elements have fates of their own.
    Walk,
    /// It goes, with its key and comma.
    Remove(Below),
    /// [`Handler::replacement`] stands in its place.
    Replace(Below),
    /// [`Handler::rewriter`] writes another in its place. For scalars; a container is walked.
    Rewrite,
    /// A value of this kind is not what the protocol has here: the rewriting ends.
    Refuse,
}

/// What happens inside a container that does not stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Below {
    /// It is passed over.
    Skip,
    /// It is walked, so that the handler can count; nothing of it is written, whatever fate its parts get.
    Walk,
}

/// What the rewriter must know about a container before it walks in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inside {
    /// Whether a member or element may be removed.
    pub removals: Removals,
    /// Whether the handler is asked about numbers.
    pub numbers: Numbers,
    /// Whether the handler is asked about scalars under keys that it does not know, or, in an array, about strings.
    pub others: Others,
}

/// Whether a handler is asked about the scalars of an object that stand under keys which it does not know, or about
/// the strings of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// About each.
    Asked,
    /// About none: they are copied, and nothing about them is counted.
    Copied,
}

/// Whether members or elements of a container may be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removals {
    /// None will be: its keys are let go as they come.
    Never,
    /// Some may be: a key is held back until its value's fate is known.
    Possible,
}

/// Whether a handler is asked about the numbers of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// About each.
    Asked,
    /// About the first element alone: every number is copied, and no fate depends on an index.
    Copied,
    /// About the first element, and then about the first of each run: all are rewritten, by one and the same rewriter,
    /// and none is counted.
    Alike,
}

/// A key that the handler did not expect, where only known ones may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unexpected;

/// Decides what becomes of each value.
///
/// For each member the calls are `member`, `value`, and, where the fate says to walk into a container, `enter`, the
/// calls for what is inside, `leave`. Elements likewise with `element`.
pub trait Handler {
    /// What the handler knows about the place where a value stands.
    type Place: Copy;
    /// A key that it knows.
    type Known: Copy;

    /// The place of the `nth` member of an object. The key is unescaped; `None`: longer than [`Self::longest_key`].
    ///
    /// # Errors
    /// [`Unexpected`] ends the rewriting.
    fn member(
        &mut self,
        object: Self::Place,
        nth: u64,
        key: Option<&[u8]>,
    ) -> Result<Self::Place, Unexpected>;

    /// The same for a key that is [known](Self::known).
    ///
    /// # Errors
    /// [`Unexpected`] ends the rewriting.
    fn known_member(
        &mut self,
        object: Self::Place,
        nth: u64,
        known: Self::Known,
    ) -> Result<Self::Place, Unexpected>;

    /// The place of the `nth` element of an array.
    fn element(&mut self, array: Self::Place, nth: u64) -> Self::Place;

    /// What becomes of the value at this place. It may note in the place what concerns everything below.
    fn value(&mut self, at: &mut Self::Place, kind: ValueKind) -> Fate;

    /// The container at this place is walked into.
    fn enter(&mut self, at: Self::Place, kind: ValueKind) -> Inside;

    /// The container is over.
    fn leave(&mut self);

    /// Whether a value at this place would be removed, should it be of any kind for which the answer can be yes.
    fn removes(&self, at: Self::Place) -> bool;

    /// What stands in the place of a value with [`Fate::Replace`].
    fn replacement(&self, at: Self::Place) -> &[u8];

    /// What writes another value for one with [`Fate::Rewrite`].
    fn rewriter(&mut self, at: Self::Place) -> &mut dyn ScalarRewriter;

    /// A value was removed, replaced or rewritten; so many bytes it was long.
    fn masked(&mut self, at: Self::Place, bytes: u64);

    /// What the handler knows this key as, if it knows it.
    fn known(&self, key: &[u8]) -> Option<Self::Known>;

    /// The length of the longest key that the handler knows.
    fn longest_key(&self) -> usize;
}

/// What became of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// It may leave as it is; nothing was written to `out`.
    Unchanged,
    /// What was appended to `out` leaves in its stead.
    Rewritten,
}

/// Why a document was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RewriteError {
    /// It is not JSON.
    NotJson {
        /// The offset of the byte at which this was seen.
        at: u64,
    },
    /// It is over before its value is.
    EndsEarly,
    /// It nests deeper than [`MAX_DEPTH`].
    TooDeep,
    /// Something follows its value.
    Trailing {
        /// The offset of the first byte of it.
        at: u64,
    },
    /// The handler did not expect a key, or a value of this kind.
    Unexpected {
        /// The offset just behind the key, or of the value.
        at: u64,
    },
}

impl fmt::Display for RewriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RewriteError::NotJson { at } => write!(f, "not JSON at byte {at}"),
            RewriteError::EndsEarly => f.write_str("ends before the JSON value is complete"),
            RewriteError::TooDeep => write!(f, "nests deeper than {MAX_DEPTH} levels"),
            RewriteError::Trailing { at } => write!(f, "something follows the JSON value at byte {at}"),
            RewriteError::Unexpected { at } => {
                write!(f, "the protocol does not have what stands before byte {at}")
            }
        }
    }
}

impl std::error::Error for RewriteError {}

/// Rewrites one document. It cannot be printed: it may hold values that were not masked yet.
pub struct Rewriter<H: Handler> {
    state: machine::State,
    frames: Vec<Frame<H::Place>>,
    /// Of the value that is being read or comes next.
    place: H::Place,
    /// Where the chunk begins in the document.
    offset: u64,
    /// A member or element whose fate is not known yet, and its bytes from earlier chunks.
    hold: emit::Hold,
    held: Vec<u8>,
    /// The value of which nothing is written.
    muted: Option<emit::Muted<H::Place>>,
    /// The offset of the scalar that is being rewritten.
    rewriting: Option<u64>,
    key: text::KeySoFar,
    carry: text::Carry,
    skip: skip::Skip,
    expected: expect::Expected<H::Known>,
    failed: Option<RewriteError>,
}

/// A container that is being walked.
#[derive(Clone, Copy, Debug)]
struct Frame<P> {
    place: P,
    kind: ValueKind,
    inside: Inside,
    /// How many members or elements were read.
    count: u64,
    kept: emit::Kept,
}

impl<H: Handler> Rewriter<H> {
    /// A rewriter of a document whose value stands at `root`.
    pub fn new(root: H::Place) -> Rewriter<H> {
        Rewriter {
            state: machine::State::Value,
            frames: Vec::new(),
            place: root,
            offset: 0,
            hold: emit::Hold::Nothing,
            held: Vec::new(),
            muted: None,
            rewriting: None,
            key: text::KeySoFar::default(),
            carry: text::Carry::default(),
            skip: skip::Skip::default(),
            expected: expect::Expected::default(),
            failed: None,
        }
    }

    /// Goes back to the beginning, for another document.
    pub fn restart(&mut self, root: H::Place) {
        let Rewriter { frames, expected, .. } = self;
        let (mut frames, expected) = (std::mem::take(frames), std::mem::take(expected));
        frames.clear();
        *self = Rewriter {
            frames,
            expected,
            ..Rewriter::new(root)
        };
    }

    /// Takes the next chunk.
    ///
    /// # Errors
    /// What is wrong with the document; again at every later call. Nothing of the chunk was written then.
    pub fn push(&mut self, handler: &mut H, chunk: &[u8], out: &mut Vec<u8>) -> Result<Output, RewriteError> {
        let before = out.len();
        let result = match self.failed {
            Some(error) => Err(error),
            None => machine::Pass::new(self, handler, chunk, out).run(),
        };
        if let Err(error) = result {
            self.failed = Some(error);
            out.truncate(before);
        }
        self.offset += chunk.len() as u64;
        result
    }

    /// Takes the end of the document.
    ///
    /// # Errors
    /// As [`Self::push`], and where the document is not complete.
    pub fn finish(&mut self, handler: &mut H, out: &mut Vec<u8>) -> Result<Output, RewriteError> {
        match self.failed {
            Some(error) => Err(error),
            None => machine::Pass::new(self, handler, &[], out).finish(),
        }
    }

    /// How many bytes are kept from one chunk to the next, for tests of the bound.
    #[cfg(test)]
    pub(crate) fn memory(&self) -> usize {
        self.held.capacity()
            + self.key.capacity()
            + self.frames.capacity() * size_of::<Frame<H::Place>>()
            + self.expected.memory()
    }
}

#[cfg(test)]
mod tests;
