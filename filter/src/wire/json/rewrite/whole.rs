//! Values that stand in the chunk as a whole: of which kind one is, and where it ends.

use super::machine::Pass;
use super::{Handler, ValueKind};
use crate::wire::json::number;
use crate::wire::json::scalar::ScalarKind;

/// A scalar that is there as a whole.
#[derive(Clone, Copy)]
pub(super) struct Whole {
    /// The place behind it.
    pub(super) end: usize,
    pub(super) spelling: Spelling,
}

impl Whole {
    #[inline]
    fn plain(end: usize) -> Whole {
        Whole {
            end,
            spelling: Spelling::Plain,
        }
    }
}

/// Whether a string says what it means, or has escapes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    Plain,
    Escapes,
}

/// The place behind `true`, `false` or `null`.
#[inline]
fn word_end(chunk: &[u8], at: usize) -> Option<Whole> {
    let rest = chunk.get(at..)?;
    let words = [&b"true"[..], b"false", b"null"];
    let word = words.into_iter().find(|word| rest.starts_with(word))?;
    Some(Whole::plain(at + word.len()))
}

/// What kind of value begins with this byte.
#[inline]
pub(super) fn kind_of(first: u8) -> Option<ValueKind> {
    Some(match first {
        b'"' => ValueKind::Scalar(ScalarKind::String),
        b'-' | b'0'..=b'9' => ValueKind::Scalar(ScalarKind::Number),
        b'{' => ValueKind::Object,
        b'[' => ValueKind::Array,
        b't' | b'f' => ValueKind::Scalar(ScalarKind::Bool),
        b'n' => ValueKind::Scalar(ScalarKind::Null),
        _ => return None,
    })
}

impl<H: Handler> Pass<'_, H> {
    /// The value that begins at `at` with the byte `first`: its kind, and its end, if it is a scalar and all of it is
    /// there. `None` for what begins no value.
    #[inline(always)]
    pub(super) fn value_here(&mut self, at: usize, first: u8) -> Option<(ValueKind, Option<Whole>)> {
        let whole = match first {
            b'"' => self.string_end(at),
            b'-' | b'0'..=b'9' => number::whole(self.chunk, at).map(Whole::plain),
            b'{' | b'[' => None,
            _ => word_end(self.chunk, at),
        };
        Some((kind_of(first)?, whole))
    }

    /// The place behind the string that begins at `from`, if all of it is there.
    #[inline(always)]
    fn string_end(&mut self, from: usize) -> Option<Whole> {
        let mut at = self.stops.next(from + 1);
        let mut spelling = Spelling::Plain;
        loop {
            match self.chunk.get(at)? {
                b'"' => {
                    return Some(Whole {
                        end: at + 1,
                        spelling,
                    });
                }
                b'\\' => match self.chunk.get(at + 1)? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' | b'u' => {
                        spelling = Spelling::Escapes;
                        at = self.stops.next(at + 2);
                    }
                    _ => return None,
                },
                _ => return None,
            }
        }
    }
}
