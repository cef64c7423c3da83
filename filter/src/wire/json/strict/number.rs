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

    /// Whether it is written as in the canonical form of a body.
    pub(super) fn form(&self) -> Form {
        form_of(self.literal.as_bytes())
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
    /// Whether that text is its own canonical form.
    pub(super) form: Form,
}

/// How a number, or a list of them, is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// In its canonical form.
    Canonical,
    /// In that or another.
    Any,
}

impl Form {
    /// Of two together.
    pub(super) fn and(self, other: Form) -> Form {
        if self == Form::Canonical { other } else { Form::Any }
    }
}

/// The longest literal that is looked at by [`form_of`]: its plain form has no exponent.
pub(super) const LONGEST_CANONICAL: usize = 40;

/// Whether a literal is surely its own canonical form.
#[inline]
pub(super) fn form_of(literal: &[u8]) -> Form {
    let plain = match literal {
        [b'-', b'0'] => false,
        // A zero at the end of a fraction is no part of the value. Of a whole number it is.
        [.., b'0'] => literal.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-'),
        _ => literal
            .iter()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.')),
    };
    if plain && literal.len() <= LONGEST_CANONICAL {
        Form::Canonical
    } else {
        Form::Any
    }
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
