//! Rounding numbers on their decimal text.

use super::number::{Number, digits_end, extent, short_fraction};
use super::scalar::{ScalarKind, ScalarRewriter};
use crate::wire::span;

/// The longest literal that is rounded. A longer one is no score and no part of a vector; `null` stands in its place.
const LONGEST: usize = 1024;

/// Rounds each number to some decimals, half away from zero, on its decimal text: no digit is invented by a binary
/// form. Integers stay as they are, and so does whatever has no more decimals than that.
///
/// A string that holds a number is rounded inside its quotes; what else might hold a number in another form (base64
/// of a vector) becomes `null`. `true`, `false` and `null` stay.
#[derive(Clone, Debug)]
pub struct Round {
    decimals: usize,
    kind: ScalarKind,
    literal: Vec<u8>,
    digits: Vec<u8>,
}

impl Round {
    /// Rounds to so many decimals.
    pub fn new(decimals: u8) -> Round {
        Round {
            decimals: usize::from(decimals),
            kind: ScalarKind::Null,
            literal: Vec::new(),
            digits: Vec::new(),
        }
    }
}

impl Default for Round {
    /// Rounds to whole numbers.
    fn default() -> Round {
        Round::new(0)
    }
}

impl Round {
    /// Rounds the number that follows in a list; `at` is behind the one before. Where it ends.
    #[inline]
    fn next(&mut self, bytes: &[u8], at: usize, out: &mut Vec<u8>) -> Option<usize> {
        let byte = |at: usize| bytes.get(at).copied();
        if byte(at)? != b',' {
            return None;
        }
        let from = at + 1 + usize::from(byte(at + 1)? == b' ');
        let (point, end) = match short_fraction(bytes, from) {
            Some((point, end)) => (Some(point), end),
            None => extent(bytes, from).map(|extent| (extent.point, extent.end))?,
        };
        if end - from > LONGEST {
            return None;
        }
        match point.and_then(|point| cut_at(bytes, point, end, self.decimals)) {
            Some((to, last)) => {
                span::push(bytes, at, to - 1, out);
                out.push(last);
            }
            None => {
                let literal = bytes.get(from..end)?;
                span::push(bytes, at, from, out);
                push_rounded(literal, self.decimals, &mut self.digits, out)?;
            }
        }
        Some(end)
    }
}

impl ScalarRewriter for Round {
    fn begin(&mut self, kind: ScalarKind, _: &mut Vec<u8>) {
        self.kind = kind;
        self.literal.clear();
    }

    fn plain(&mut self, text: &str, _: &mut Vec<u8>) {
        // One byte over the limit is enough to know.
        let room = (LONGEST + 1).saturating_sub(self.literal.len());
        let bytes = text.as_bytes();
        self.literal.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }

    fn escape(&mut self, _: &str, meaning: char, out: &mut Vec<u8>) {
        self.plain(meaning.encode_utf8(&mut [0; 4]), out);
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        match self.kind {
            ScalarKind::Null => out.extend(b"null"),
            ScalarKind::Bool => out.extend(&self.literal),
            ScalarKind::Number | ScalarKind::String => {
                let before = out.len();
                let quote: &[u8] = if self.kind == ScalarKind::String {
                    b"\""
                } else {
                    b""
                };
                out.extend(quote);
                let fits = self.literal.len() <= LONGEST;
                match push_rounded(&self.literal, self.decimals, &mut self.digits, out) {
                    Some(()) if fits => out.extend(quote),
                    _ => {
                        out.truncate(before);
                        out.extend(b"null");
                    }
                }
            }
        }
    }

    fn numbers(&mut self, bytes: &[u8], from: usize, out: &mut Vec<u8>) -> (usize, u64) {
        let (mut at, mut count) = (from, 0);
        loop {
            let before = out.len();
            match self.next(bytes, at, out) {
                Some(end) => {
                    at = end;
                    count += 1;
                }
                None => {
                    out.truncate(before);
                    return (at, count);
                }
            }
        }
    }
}

/// Appends the rounded number; `None` where `literal` is not a number.
fn push_rounded(literal: &[u8], decimals: usize, digits: &mut Vec<u8>, out: &mut Vec<u8>) -> Option<()> {
    if let Some((length, last)) = cut(literal, decimals) {
        out.extend_from_slice(literal.get(..length - 1).unwrap_or_default());
        out.push(last);
        return Some(());
    }
    let parts = Parts::of(literal, digits)?;
    let negative = literal.first() == Some(&b'-');
    if parts.significant == 0 && negative {
        out.extend(if parts.integer { &b"0"[..] } else { b"0.0" });
        return Some(());
    }
    // The digits that stay: all before the point, and so many behind it.
    let keep = parts.point + decimals as i64;
    if parts.integer || parts.significant as i64 <= keep {
        out.extend(literal);
        return Some(());
    }
    let point = match usize::try_from(keep) {
        Ok(keep) => round_at(digits, keep, parts.point),
        Err(_) => {
            digits.clear();
            0
        }
    };
    push_decimal(digits, point, decimals, if negative { b"-" } else { b"" }, out);
    Some(())
}

/// What the numbers of embeddings mostly come to: digits, a point and digits, of which the tail is cut off, and not all
/// that stay behind the point are zero then. How many bytes stay, and the last of them. `None` for all else.
#[inline]
fn cut(literal: &[u8], decimals: usize) -> Option<(usize, u8)> {
    let byte = |at: usize| literal.get(at).copied();
    let whole = usize::from(byte(0)? == b'-');
    let point = match byte(whole)? {
        b'0' => whole + 1,
        b'1'..=b'9' => digits_end(literal, whole + 1),
        _ => return None,
    };
    let fraction = byte(point)? == b'.' && digits_end(literal, point + 1) == literal.len();
    fraction
        .then(|| cut_at(literal, point, literal.len(), decimals))
        .flatten()
}

/// The same for a number of which it is known where its point stands and its last digit ends.
#[inline]
fn cut_at(bytes: &[u8], point: usize, end: usize, decimals: usize) -> Option<(usize, u8)> {
    let keeps = point + decimals;
    if decimals == 0 || keeps + 1 >= end {
        return None;
    }
    let (last, next) = (*bytes.get(keeps)?, *bytes.get(keeps + 1)?);
    let last = last + u8::from(next >= b'5');
    match last {
        b'1'..=b'9' => Some((keeps + 1, last)),
        // Zeros at the end go with the tail, but for one behind the point. A tail of zeros is none: the number stays.
        b'0' if next != b'0' => {
            let fraction = bytes.get(point + 1..keeps)?;
            let stays = fraction.iter().rposition(|digit| *digit != b'0')?;
            Some((point + stays + 2, *fraction.get(stays)?))
        }
        _ => None,
    }
}

/// What a literal is made of.
struct Parts {
    /// The value is the digits with the point behind the first `point` of them (before them, where negative).
    point: i64,
    /// How many digits up to the last that is not zero.
    significant: usize,
    /// Neither point nor exponent is written.
    integer: bool,
}

impl Parts {
    /// Takes a literal apart; its digits go to `digits`.
    fn of(literal: &[u8], digits: &mut Vec<u8>) -> Option<Parts> {
        digits.clear();
        let mut parts = Parts {
            point: 0,
            significant: 0,
            integer: true,
        };
        let (mut power, mut power_sign) = (0i64, 1);
        let mut state = Number::Start;
        for byte in literal {
            state = state.then(*byte)?;
            match state {
                Number::Zero | Number::Whole | Number::Fraction => {
                    digits.push(*byte);
                    parts.point += i64::from(state != Number::Fraction);
                    if *byte != b'0' {
                        parts.significant = digits.len();
                    }
                }
                Number::Sign if *byte == b'-' => power_sign = -1,
                // Beyond any number that a program holds, and far from overflow.
                Number::Power => power = (power * 10 + i64::from(*byte - b'0')).min(1_000_000_000),
                Number::Start | Number::Minus | Number::Point | Number::Exponent | Number::Sign => {}
            }
            parts.integer &= matches!(state, Number::Minus | Number::Zero | Number::Whole);
        }
        parts.point += power_sign * power;
        state.may_end().then_some(parts)
    }
}

/// Keeps the first `keep` digits, rounded by the next, and says where the point is now.
fn round_at(digits: &mut Vec<u8>, keep: usize, point: i64) -> i64 {
    let up = digits.get(keep).is_some_and(|next| *next >= b'5');
    digits.truncate(keep);
    if !up {
        return point;
    }
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return point;
        }
        *digit = b'0';
    }
    digits.insert(0, b'1');
    point + 1
}

/// Writes digits with the point behind the first `point` of them: no zeros at the ends, but one behind the point, so
/// that a fraction stays one for clients that tell the two apart.
fn push_decimal(digits: &[u8], point: i64, decimals: usize, sign: &[u8], out: &mut Vec<u8>) {
    let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap_or(0).min(digits.len()));
    let zeros = usize::try_from(-point).unwrap_or(0).min(decimals);
    let lead = whole.iter().take_while(|digit| **digit == b'0').count();
    let whole = whole.get(lead..).unwrap_or_default();
    let trail = fraction.iter().rev().take_while(|digit| **digit == b'0').count();
    let fraction = fraction.get(..fraction.len() - trail).unwrap_or_default();
    if !(whole.is_empty() && fraction.is_empty()) {
        out.extend(sign);
    }
    out.extend(if whole.is_empty() { b"0" } else { whole });
    if decimals > 0 {
        out.push(b'.');
        if fraction.is_empty() {
            out.push(b'0');
        } else {
            out.extend(std::iter::repeat_n(b'0', zeros));
            out.extend(fraction);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::number::tests::nearly;
    use crate::wire::json::number::whole;
    use proptest::prelude::*;

    fn round_as(kind: ScalarKind, literal: &str, decimals: u8) -> String {
        let mut round = Round::new(decimals);
        let mut out = Vec::new();
        round.begin(kind, &mut out);
        let (head, tail) = literal.split_at(literal.len() / 2);
        round.plain(head, &mut out);
        round.plain(tail, &mut out);
        round.end(&mut out);
        String::from_utf8(out).unwrap()
    }

    fn round(literal: &str, decimals: u8) -> String {
        round_as(ScalarKind::Number, literal, decimals)
    }

    #[test]
    fn rounded_on_the_decimal_text() {
        let table = [
            ("0.82153773", 2, "0.82"),
            ("0.825", 2, "0.83"),
            ("-0.825", 2, "-0.83"),
            ("1.005", 2, "1.01"),
            ("0.994", 2, "0.99"),
            ("0.995", 2, "1.0"),
            ("9.999", 2, "10.0"),
            ("99.99", 0, "100"),
            ("0.5", 0, "1"),
            ("0.4", 0, "0"),
            ("-0.4", 0, "0"),
            ("-0.0004", 2, "0.0"),
            ("0.0005", 3, "0.001"),
            ("0.00049", 3, "0.0"),
            ("1e-7", 3, "0.0"),
            ("5e-4", 3, "0.001"),
            ("-7.25E-2", 3, "-0.073"),
            ("7.25e-02", 2, "0.07"),
            ("1.23456e2", 1, "123.5"),
            ("1.23456e+2", 3, "1.23456e+2"),
            ("1.2345678e3", 2, "1234.57"),
            ("9.9999e3", 0, "10000"),
            ("12.5", 3, "12.5"),
            ("12.500000", 3, "12.500000"),
            ("1e300", 2, "1e300"),
            ("1.5e300", 2, "1.5e300"),
            ("1e-400000000000000000000", 5, "0.0"),
            ("1e400000000000000000000", 5, "1e400000000000000000000"),
            ("0", 2, "0"),
            ("-0", 2, "0"),
            ("-0.0", 2, "0.0"),
            ("-0e5", 2, "0.0"),
            ("0.000", 1, "0.000"),
            ("17", 0, "17"),
            ("9007199254740993", 0, "9007199254740993"),
            (
                "-123456789012345678901234567890",
                0,
                "-123456789012345678901234567890",
            ),
            ("0.1234567890123456789", 15, "0.123456789012346"),
        ];
        for (literal, decimals, expected) in table {
            assert_eq!(round(literal, decimals), expected, "{literal} to {decimals}");
        }
    }

    #[test]
    fn what_is_not_a_number() {
        let table = [
            (ScalarKind::Null, "", "null"),
            (ScalarKind::Bool, "true", "true"),
            (ScalarKind::String, "0.876543", "\"0.88\""),
            (ScalarKind::String, "AACAPwAAAEA=", "null"),
            (ScalarKind::String, "", "null"),
            (ScalarKind::String, "1.", "null"),
        ];
        for (kind, literal, expected) in table {
            assert_eq!(round_as(kind, literal, 2), expected);
        }
        assert_eq!(round(&format!("0.{}", "3".repeat(5000)), 2), "null");
    }

    proptest! {
        #[test]
        fn a_list_becomes_what_its_numbers_become(
            numbers in prop::collection::vec(nearly(), 0..12),
            blank in prop::sample::select(vec!["", " "]),
            decimals in 0u8..10,
            padding in 0usize..40,
        ) {
            let list: String = numbers.iter().map(|number| format!(",{blank}{number}")).collect();
            let bytes = format!("[1{list}]{}", " ".repeat(padding));
            let mut out = Vec::new();
            let (end, count) = Round::new(decimals).numbers(bytes.as_bytes(), 2, &mut out);
            let (mut one_by_one, mut read, mut numbers) = (String::new(), 2, 0);
            while bytes.as_bytes().get(read) == Some(&b',') {
                let from = read + 1 + usize::from(bytes.as_bytes().get(read + 1) == Some(&b' '));
                let Some(end) = whole(bytes.as_bytes(), from) else { break };
                one_by_one.push_str(&format!("{}{}", &bytes[read..from], round(&bytes[from..end], decimals)));
                read = end;
                numbers += 1;
            }
            prop_assert_eq!(String::from_utf8(out).unwrap(), one_by_one);
            prop_assert_eq!((end, count), (read, numbers));
        }

        #[test]
        fn cutting_is_rounding(literal in nearly(), decimals in 0usize..10) {
            if let Some((length, last)) = cut(literal.as_bytes(), decimals) {
                let mut digits = Vec::new();
                let parts = Parts::of(literal.as_bytes(), &mut digits).unwrap();
                let keep = usize::try_from(parts.point).unwrap() + decimals;
                let (mut out, sign) = (Vec::new(), if literal.starts_with('-') { &b"-"[..] } else { b"" });
                prop_assume!(parts.significant > keep);
                let point = round_at(&mut digits, keep, parts.point);
                push_decimal(&digits, point, decimals, sign, &mut out);
                let expected = format!("{}{}", &literal[..length - 1], char::from(last));
                prop_assert_eq!(String::from_utf8(out).unwrap(), expected);
            }
        }

        #[test]
        fn close_to_the_value_and_valid(literal in "-?(0|[1-9][0-9]{0,6})(\\.[0-9]{1,12})?([eE][+-]?[0-9]{1,2})?", decimals in 0u8..10) {
            let rounded = round(&literal, decimals);
            let (value, got): (f64, f64) = (literal.parse().unwrap(), serde_json::from_str(&rounded).unwrap());
            let half = 0.5 * 10f64.powi(-i32::from(decimals));
            prop_assert!((value - got).abs() <= half * 1.000001 + value.abs() * 1e-14, "{literal} -> {rounded}");
            prop_assert!(!rounded.starts_with("-0") || got != 0.0, "{literal} -> {rounded}");
            prop_assert_eq!(&round(&rounded, decimals), &rounded, "rounding twice changes nothing");
        }
    }
}
