//! Numbers without an exponent, one at a time: where one ends, and how it is written.

use super::number::{Form, LONGEST_CANONICAL};
use crate::wire::json::number::{digits_end, short_fraction};

/// A literal of this many bytes without exponent is surely in the range of a double.
pub(super) const SURELY_IN_RANGE: usize = 300;

/// Where the number that begins at `from` is over, if it is one without exponent and surely in the range of a double,
/// and how it is written. Every byte of an embedding goes through here: digits are looked for many at a time.
#[inline]
pub(super) fn simple_number(bytes: &[u8], from: usize) -> Option<(usize, Form)> {
    let Some((_, end)) = short_fraction(bytes, from) else {
        return any_simple_number(bytes, from);
    };
    // A zero at the end of a fraction is no part of the value.
    let form = if *bytes.get(end - 1)? == b'0' {
        Form::Any
    } else {
        Form::Canonical
    };
    Some((end, form))
}

/// The same for any number.
fn any_simple_number(bytes: &[u8], from: usize) -> Option<(usize, Form)> {
    let mut at = from;
    let mut first = *bytes.get(at)?;
    if first == b'-' {
        at += 1;
        first = *bytes.get(at)?;
    }
    if !first.is_ascii_digit() {
        return None;
    }
    let begin = at;
    // Nearly always one digit stands before the point.
    at += 1;
    let mut next = bytes.get(at).copied();
    if next.is_some_and(|byte| byte.is_ascii_digit()) {
        at = digits_end(bytes, at + 1);
        next = bytes.get(at).copied();
        if first == b'0' {
            return None;
        }
    }
    let canonical = if next == Some(b'.') {
        let fraction = at + 1;
        at = digits_end(bytes, fraction);
        if at == fraction {
            return None;
        }
        // A zero at the end of a fraction is no part of the value.
        bytes.get(at - 1) != Some(&b'0')
    } else {
        // Zero has no sign.
        begin == from || first != b'0'
    };
    let length = at - from;
    let form = if canonical && length <= LONGEST_CANONICAL {
        Form::Canonical
    } else {
        Form::Any
    };
    (length <= SURELY_IN_RANGE).then_some((at, form))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::scan;
    use crate::wire::json::strict::number::form_of;
    use proptest::prelude::*;

    /// The same, a byte at a time.
    fn simple_number_by_bytes(bytes: &[u8], from: usize) -> Option<(usize, Form)> {
        let digits = |from: usize| {
            let rest = bytes.get(from..).unwrap_or_default();
            rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
        };
        let begin = from + usize::from(bytes.get(from) == Some(&b'-'));
        let whole = digits(begin);
        if whole == 0 || whole > 1 && bytes.get(begin) == Some(&b'0') {
            return None;
        }
        let mut end = begin + whole;
        if bytes.get(end) == Some(&b'.') {
            let fraction = digits(end + 1);
            if fraction == 0 {
                return None;
            }
            end += 1 + fraction;
        }
        let form = form_of(bytes.get(from..end)?);
        (end - from <= SURELY_IN_RANGE).then_some((end, form))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn a_number_is_read_by_eights_as_by_bytes(
            text in "-?(0|[0-9]{1,12}|[1-9][0-9]{28,45}|[1-9]{290,305})?(\\.[0-9]{0,25})?[,eE+.x/: é-]{0,3}[0-9,]{0,20}",
            more in 0..2 * scan::SHORT,
            from in 0..3usize,
        ) {
            let text = text + &",".repeat(more);
            let bytes = text.as_bytes();
            prop_assert_eq!(simple_number(bytes, from), simple_number_by_bytes(bytes, from));
        }
    }
}
