//! Numbers: their grammar, a byte at a time and as a whole.

use super::scan;

/// How far into a number a reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// Nothing read.
    Start,
    /// `-`
    Minus,
    /// `0`, after which no digit may follow.
    Zero,
    /// Digits before the point.
    Whole,
    /// `.`
    Point,
    /// Digits after it.
    Fraction,
    /// `e`
    Exponent,
    /// `e+`
    Sign,
    /// Digits of the exponent.
    Power,
}

impl Number {
    /// The state after one more byte; `None` where the byte is not part of the number.
    #[inline]
    pub fn then(self, byte: u8) -> Option<Number> {
        use Number::{Exponent, Fraction, Minus, Point, Power, Sign, Start, Whole, Zero};
        Some(match (self, byte) {
            (Start, b'-') => Minus,
            (Start | Minus, b'0') => Zero,
            (Start | Minus, b'1'..=b'9') | (Whole, b'0'..=b'9') => Whole,
            (Zero | Whole, b'.') => Point,
            (Point | Fraction, b'0'..=b'9') => Fraction,
            (Zero | Whole | Fraction, b'e' | b'E') => Exponent,
            (Exponent, b'+' | b'-') => Sign,
            (Exponent | Sign | Power, b'0'..=b'9') => Power,
            _ => return None,
        })
    }

    /// Whether what was read so far is a number.
    #[inline]
    pub fn may_end(self) -> bool {
        matches!(
            self,
            Number::Zero | Number::Whole | Number::Fraction | Number::Power
        )
    }
}

/// Where the number that begins at `from` ends. `None` where none does, and where it could go on behind the bytes.
#[inline]
pub fn whole(bytes: &[u8], from: usize) -> Option<usize> {
    extent(bytes, from).map(|extent| extent.end)
}

/// Where the parts of a number stand.
pub(super) struct Extent {
    /// The point of one that ends with its fraction.
    pub(super) point: Option<usize>,
    pub(super) end: usize,
}

#[inline]
pub(super) fn extent(bytes: &[u8], from: usize) -> Option<Extent> {
    let byte = |at: usize| bytes.get(at).copied();
    let mut at = from + usize::from(byte(from)? == b'-');
    at = match byte(at)? {
        b'0' => at + 1,
        b'1'..=b'9' => digits_end(bytes, at + 1),
        _ => return None,
    };
    let mut point = None;
    if byte(at)? == b'.' {
        point = Some(at);
        let end = digits_end(bytes, at + 1);
        if end == at + 1 {
            return None;
        }
        at = end;
    }
    if matches!(byte(at)?, b'e' | b'E') {
        point = None;
        let power = at + 1 + usize::from(matches!(byte(at + 1)?, b'+' | b'-'));
        at = digits_end(bytes, power);
        if at == power {
            return None;
        }
    }
    byte(at).map(|_| Extent { point, end: at })
}

/// Where the point and the end of a number are that has one digit before the point, some behind it and no exponent, as
/// the numbers of embeddings nearly all have; `None` for any other, or where it could go on behind the bytes.
#[inline]
pub(super) fn short_fraction(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    let window = bytes.get(from..)?.first_chunk::<{ scan::SHORT }>()?;
    let sign = usize::from(*window.first()? == b'-');
    // From the first digit on: it, the point, which is none, and those behind.
    let digits = scan::digits(window) >> sign;
    if digits & 0b111 != 0b101 || *window.get(sign + 1)? != b'.' {
        return None;
    }
    let end = sign + 2 + (digits >> 2).trailing_ones() as usize;
    let plain = !matches!(*window.get(end)?, b'e' | b'E');
    plain.then_some((from + sign + 1, from + end))
}

/// The first place from `from` on where there is no digit. Eight at a time, as one word.
#[inline]
pub(super) fn digits_end(bytes: &[u8], from: usize) -> usize {
    const fn all(byte: u8) -> u64 {
        u64::from_le_bytes([byte; 8])
    }
    let mut at = from;
    while let Some(eight) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        // A digit becomes 0 to 9, anything else more: its highest bit is set after the addition, or was before.
        let values = u64::from_le_bytes(*eight) ^ all(b'0');
        let others = (((values & all(0x7f)) + all(0x80 - 10)) | values) & all(0x80);
        if others != 0 {
            return at + (others.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    at
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Numbers, and what is nearly one.
    pub(in super::super) fn nearly() -> impl Strategy<Value = String> {
        prop_oneof![
            "-?(0|[1-9][0-9]{0,12})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?",
            "[-+0-9.eE]{0,24}",
            "-?0\\.[0-9]{0,3}[049]?[0-9]{0,12}",
        ]
    }

    proptest! {
        #[test]
        fn whole_numbers_end_where_their_grammar_does(before in 0usize..3, text in nearly(), behind in "[,\\]} x/:]?") {
            let bytes = format!("{}{text}{behind}", "x".repeat(before));
            let (mut state, mut end) = (Number::Start, before);
            while let Some(next) = bytes.as_bytes().get(end).and_then(|byte| state.then(*byte)) {
                state = next;
                end += 1;
            }
            let expected = (state.may_end() && end < bytes.len()).then_some(end);
            prop_assert_eq!(whole(bytes.as_bytes(), before), expected);
        }
    }
}
