//! Rewriting gRPC answers while they stream through, in bounded memory.
//!
//! Protobuf writes the length of a message before its content, and gRPC writes the length of the outermost one before
//! everything. A masked value is shorter or longer than it was, so every length around it changes, and those lengths
//! have left long before the value arrives. An answer may be larger than memory allows, so it cannot be held back
//! until its lengths are known. This is how it is done all the same:
//!
//! 1. **Small is exact.** An answer of at most [`Limits::whole`] bytes (1 MiB) is collected, rewritten, and gets the
//!    lengths that it then has. So does every message and value *inside* a larger answer that is no larger than that:
//!    one point, one value of a column. What cannot be taken apart (a single value, an entry whose name may follow its
//!    value) may have up to [`Limits::unit`] bytes (4 MiB); over that the answer is cut off.
//! 2. **Large is entered.** A larger message is never collected: its fields are taken one by one. Its length is
//!    announced before its content is seen, as *the original length plus an allowance*.
//! 3. **What is left over is filled.** Where less was written than announced, the rest is filled with a field that no
//!    schema has: number 536870911, the highest there is, with zeros for content. Every protobuf reader passes over
//!    fields that it does not know. The smallest such field has 6 bytes, so an allowance is never less, and never
//!    used up to less: whatever is left can be written. Room that masking gains is filled as the answer goes on,
//!    not at its end, so that a taken-out column of 100 MB is passed over in 100 MB of zeros and not held anywhere.
//! 4. **Growth has an end.** If the plan can only shrink values (take out, round), the allowance is a few bytes for
//!    each message that is entered. If it can make them longer (a hash of a short text), the first
//!    [`Limits::whole`] bytes are tried out: the allowance is five quarters of what the whole would grow by at that
//!    rate, and a quarter of its length but at most 8 MiB, and 1 MiB; 16 MiB in all ([`Limits::growth`]). A message
//!    inside gets its share of what is left by its size. From the middle of a message on the part that is kept
//!    becomes less, so that little has to be filled in at its end. Should growth use up the allowance, the answer is
//!    cut off with that reason ([`Fault::Overrun`]): nothing unmasked leaves.
//! 5. **Nothing to do, nothing done.** If the plan changes nothing, no allowance is made and every byte stays as it
//!    is. A field that no place names is copied with its key and length as they stood, and so is a message in which
//!    nothing was changed.
//!
//! What is decided depends on the messages alone, never on where the network cut them.
//!
//! The rewriter knows the wire format only. What a field is, is said by a [`Rewriter`].

mod levels;
mod padding;
mod whole;

#[cfg(test)]
mod tests;

use super::read::{Problem, Record};
use super::varint::Key;
use crate::wire::grpc::{FrameError, Frames, Piece, push_head};
use levels::Levels;
use std::fmt;
use whole::walk;

pub(crate) use whole::{begin_length, end_length};

/// Says what becomes of the fields of an answer.
///
/// A *place* is what the rewriter knows about where it is: what the fields of a message mean, or what a value is.
pub trait Rewriter: Clone {
    /// Where in an answer.
    type Place: Clone;
    /// Why an answer is cut off.
    type Error: From<Fault>;

    /// What is done to a field of a message at this place. Called once for each field that stands there.
    ///
    /// # Errors
    /// The field is not what was promised.
    fn treat(&mut self, place: &Self::Place, key: Key) -> Result<Treat<Self::Place>, Self::Error>;

    /// What is done to a message, by what it holds. Called for [`Treat::Open`].
    ///
    /// # Errors
    /// It does not hold what was promised.
    fn open(&mut self, place: &Self::Place, content: Extent<'_>) -> Result<Opened<Self::Place>, Self::Error>;

    /// Writes what stands in a field's place, with its key, or nothing. Called for [`Treat::Whole`].
    ///
    /// # Errors
    /// It is not what was promised.
    fn rewrite(
        &mut self,
        place: &Self::Place,
        record: &Record<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Outcome, Self::Error>;

    /// Changes bytes where they stand. Called for [`Treat::Blocks`] with a whole number of blocks.
    ///
    /// # Errors
    /// They are not what was promised.
    fn blocks(&mut self, place: &Self::Place, blocks: &mut [u8]) -> Result<Outcome, Self::Error>;
}

/// What is done to a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Treat<P> {
    /// It is copied as it stands.
    Copy,
    /// It is taken out.
    Drop,
    /// It is a message at this place: its fields are looked at.
    Walk(P),
    /// The same, but [`Rewriter::open`] is shown its content first: all of it up to [`Limits::unit`], else its front.
    Open(P),
    /// [`Rewriter::rewrite`] is given all of it.
    Whole(P),
    /// [`Rewriter::blocks`] is given its content, in pieces that are multiples of `width`, to change in place.
    Blocks {
        /// For [`Rewriter::blocks`].
        place: P,
        /// At most 16.
        width: usize,
    },
}

/// What is done to a message that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened<P> {
    /// It is copied as it stands.
    Copy,
    /// It is taken out.
    Drop,
    /// Its fields are looked at, at this place.
    Walk(P),
}

/// How much of a message is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent<'a> {
    /// All of it.
    All(&'a [u8]),
    /// Its first bytes, cut anywhere.
    Front {
        /// These.
        bytes: &'a [u8],
        /// The length of all of it.
        length: u64,
    },
}

/// Whether what was written differs from what stood there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It does not; whatever was written is replaced by what stood there.
    Same,
    /// It does.
    Changed,
}

impl Outcome {
    /// Changed if either is.
    #[must_use]
    pub fn or(self, other: Outcome) -> Outcome {
        if self == Outcome::Changed { self } else { other }
    }
}

/// What a rewriter can do to the length of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Growth {
    /// Nothing is changed at all; fields are only looked at.
    None,
    /// Fields become shorter or go.
    Shrinks,
    /// They may become longer.
    Grows,
}

/// The sizes that bound memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest message.
    pub message: u32,
    /// The longest message that is collected where it could also be entered.
    pub whole: usize,
    /// The longest field that is collected where it cannot be entered.
    pub unit: usize,
    /// How much longer a message may become that is not collected.
    pub growth: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            // What readers of protobuf take at most.
            message: i32::MAX as u32,
            whole: 1 << 20,
            unit: 4 << 20,
            growth: 16 << 20,
        }
    }
}

/// Why an answer cannot be rewritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its frames cannot be read.
    Frame(FrameError),
    /// Its messages cannot be read.
    Wire(Problem),
    /// A value is too large to be looked at whole.
    TooLarge {
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// Masked values need more room than a large answer was announced with.
    Overrun,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Frame(error) => error.fmt(f),
            Fault::Wire(problem) => write!(f, "the answer is not the protobuf it should be: {problem}"),
            Fault::TooLarge { size, limit } => {
                write!(f, "one value of the answer has {size} bytes, over the limit of {limit}")
            }
            Fault::Overrun => {
                f.write_str("masked values need more room than the answer was announced with: ask for fewer results at a time")
            }
        }
    }
}

impl std::error::Error for Fault {}

impl From<FrameError> for Fault {
    fn from(error: FrameError) -> Fault {
        Fault::Frame(error)
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Fault {
        Fault::Wire(problem)
    }
}

/// Rewrites a stream of gRPC frames, each of which holds one message at the root place.
#[derive(Debug)]
pub struct Stream<R: Rewriter> {
    rewriter: R,
    root: R::Place,
    growth: Growth,
    limits: Limits,
    frames: Frames,
    current: Current<R::Place>,
}

/// The message that is under way.
#[derive(Debug)]
enum Current<P> {
    None,
    /// It is small and collected.
    Small(Vec<u8>),
    /// Its front is collected, to see how much it will grow.
    Sample(u32, Vec<u8>),
    Large(Levels<P>),
}

impl<R: Rewriter> Stream<R> {
    /// Rewrites messages that are at place `root`.
    pub fn new(rewriter: R, root: R::Place, growth: Growth, limits: Limits) -> Stream<R> {
        Stream {
            rewriter,
            root,
            growth,
            limits,
            frames: Frames::new(limits.message),
            current: Current::None,
        }
    }

    /// Takes the next bytes of the answer and appends what may leave.
    ///
    /// # Errors
    /// Nothing may leave after an error, also nothing that this call has appended.
    pub fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<(), R::Error> {
        let mut input = chunk;
        while let Some(piece) = self.frames.next(&mut input).map_err(Fault::from)? {
            match piece {
                Piece::Begin(length) => self.begin(length, out)?,
                Piece::Content(content) => self.content(content, out)?,
                Piece::End => self.end(out)?,
            }
        }
        Ok(())
    }

    /// The answer is over.
    ///
    /// # Errors
    /// It ended inside a message.
    pub fn finish(&mut self) -> Result<(), R::Error> {
        self.frames.finish().map_err(Fault::from)?;
        Ok(())
    }

    /// What was counted on the way.
    pub fn rewriter(&self) -> &R {
        &self.rewriter
    }

    /// What was counted on the way.
    pub fn rewriter_mut(&mut self) -> &mut R {
        &mut self.rewriter
    }

    /// How many bytes are held back.
    pub fn held(&self) -> usize {
        match &self.current {
            Current::None => 0,
            Current::Small(message) | Current::Sample(_, message) => message.capacity(),
            Current::Large(levels) => levels.held(),
        }
    }

    fn begin(&mut self, length: u32, out: &mut Vec<u8>) -> Result<(), R::Error> {
        self.current = if length as usize <= self.limits.whole {
            Current::Small(Vec::new())
        } else if self.growth == Growth::Grows {
            Current::Sample(length, Vec::new())
        } else {
            // A message that is entered needs room for a filling and a longer length, about 12 bytes. Each has
            // over `whole` bytes, so this is enough for twenty, one inside the other.
            let few = 256 + u64::from(length) / self.limits.whole as u64 * 256;
            let allowance = if self.growth == Growth::None { 0 } else { few };
            Current::Large(self.enter(length, allowance, out)?)
        };
        Ok(())
    }

    fn enter(&self, length: u32, allowance: u64, out: &mut Vec<u8>) -> Result<Levels<R::Place>, R::Error> {
        let announced = u64::from(length) + allowance.min(u64::from(u32::MAX - length));
        push_head(u32::try_from(announced).map_err(|_| Fault::Overrun)?, out);
        Ok(Levels::new(
            self.root.clone(),
            u64::from(length),
            announced,
            self.limits,
        ))
    }

    fn content(&mut self, content: &[u8], out: &mut Vec<u8>) -> Result<(), R::Error> {
        match &mut self.current {
            Current::None => Ok(()),
            Current::Small(message) => {
                message.extend_from_slice(content);
                Ok(())
            }
            Current::Sample(length, front) => {
                let missing = self.limits.whole.saturating_sub(front.len());
                let (here, rest) = content.split_at(missing.min(content.len()));
                front.extend_from_slice(here);
                if front.len() < self.limits.whole {
                    return Ok(());
                }
                let (length, front) = (*length, std::mem::take(front));
                let mut levels = self.enter(length, self.allowance(length, &front)?, out)?;
                levels.feed(&mut self.rewriter, &front, out)?;
                levels.feed(&mut self.rewriter, rest, out)?;
                self.current = Current::Large(levels);
                Ok(())
            }
            Current::Large(levels) => levels.feed(&mut self.rewriter, content, out),
        }
    }

    /// How much longer a message may become, judged by its front.
    fn allowance(&self, length: u32, front: &[u8]) -> Result<u64, R::Error> {
        let (whole, length) = (front.len().max(1) as u64, u64::from(length));
        let mut trial = Levels::trial(self.root.clone(), length, self.limits);
        trial.feed(&mut self.rewriter.clone(), front, &mut Vec::new())?;
        let by_front = u128::from(trial.grown()) * 5 * u128::from(length) / u128::from(whole) / 4;
        let by_length = (length / 4).min(8 << 20) + (1 << 20);
        let allowance = u64::try_from(by_front)
            .unwrap_or(u64::MAX)
            .saturating_add(by_length);
        Ok(allowance.min(self.limits.growth))
    }

    fn end(&mut self, out: &mut Vec<u8>) -> Result<(), R::Error> {
        match std::mem::replace(&mut self.current, Current::None) {
            // A sample is shorter than its message, so it never ends one.
            Current::None | Current::Sample(..) => Ok(()),
            Current::Small(message) => {
                let at = out.len();
                push_head(0, out);
                let from = out.len();
                if walk(&mut self.rewriter, &self.root, &message, 0, out)? == Outcome::Same {
                    out.truncate(from);
                    out.extend_from_slice(&message);
                }
                let length = u32::try_from(out.len() - from).map_err(|_| Fault::Overrun)?;
                if let Some(head) = out.get_mut(at + 1..from) {
                    head.copy_from_slice(&length.to_be_bytes());
                }
                Ok(())
            }
            Current::Large(levels) => Ok(levels.finish()?),
        }
    }
}
