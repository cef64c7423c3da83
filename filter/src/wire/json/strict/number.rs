//! Numbers of a body, kept as they were written.

use super::Span;
use std::fmt;

/// A number, as it was written. Always within the JSON grammar and the range of a double.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Number<'a> {
    /// Its literal.
    pub literal: &'a str,
    /// Where it stands.
    pub span: Span,
}

impl Number<'_> {
    /// The whole number that the literal spells, as a limit must be: digits alone. `1.0`, `1e3`, `-0` and what does
    /// not fit are refused.
    pub fn as_u64(&self) -> Option<u64> {
        if self.literal.bytes().all(|byte| byte.is_ascii_digit()) {
            self.literal.parse().ok()
        } else {
            None
        }
    }

    /// The whole number that the literal spells: digits alone, perhaps after a minus.
    pub fn as_i64(&self) -> Option<i64> {
        let digits = self.literal.strip_prefix('-').unwrap_or(self.literal);
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            self.literal.parse().ok()
        } else {
            None
        }
    }

    /// The nearest double.
    pub fn as_f64(&self) -> f64 {
        self.literal.parse().unwrap_or_default()
    }
}

impl fmt::Debug for Number<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a number at {}..{}", self.span.start, self.span.end)
    }
}

/// An array that holds numbers alone, at least one. Kept as its text.
#[derive(Clone, Copy)]
pub struct Numbers<'a> {
    /// How many there are.
    pub len: usize,
    /// Where it stands, with its brackets.
    pub span: Span,
    /// The text at `span`.
    pub(super) text: &'a str,
}

impl<'a> Numbers<'a> {
    /// The numbers, read from the text as they are asked for.
    pub fn iter(&self) -> impl Iterator<Item = Number<'a>> + use<'a> {
        numbers_in(self.text, self.span.start)
    }
}

impl fmt::Debug for Numbers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} numbers at {}..{}",
            self.len, self.span.start, self.span.end
        )
    }
}

/// The number literals in a text that holds them, brackets, commas and white space alone, and that stands at `start`.
pub(super) fn numbers_in(text: &str, start: usize) -> impl Iterator<Item = Number<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let rest = text.get(from..)?;
        let begin = from
            + rest
                .bytes()
                .position(|byte| byte == b'-' || byte.is_ascii_digit())?;
        let rest = text.get(begin..)?;
        let length = rest
            .bytes()
            .position(|byte| matches!(byte, b',' | b']' | b' ' | b'\t' | b'\n' | b'\r'))
            .unwrap_or(rest.len());
        from = begin + length;
        Some(Number {
            literal: text.get(begin..from)?,
            span: Span {
                start: start + begin,
                end: start + from,
            },
        })
    })
}
