//! Passing over an embedding: numbers with one digit before the point, some behind it and a comma after that, as many at a
//! time as stand in a block of bytes.
//!
//! What each byte must be follows from where the commas are, so the grammar is held against all numbers of a block at
//! once, by a few operations on words with a bit for each byte.

use super::number::{Form, LONGEST_CANONICAL};
use crate::wire::json::scan::{self, BLOCK};

/// Numbers that were passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fractions {
    /// The place behind the last one's comma.
    pub(super) end: usize,
    pub(super) count: usize,
    pub(super) form: Form,
}

/// The numbers from `from` on that end in the block there. `None` where there are none, or one of them is written in
/// another way.
#[inline]
pub(super) fn fractions(bytes: &[u8], from: usize) -> Option<Fractions> {
    let block = bytes.get(from..)?.first_chunk::<BLOCK>()?;
    let found = scan::numbers(block);
    if found.comma == 0 {
        return None;
    }
    // What stands behind the last comma is for the next block.
    let length = BLOCK - found.comma.leading_zeros() as usize;
    let here = u64::MAX >> (BLOCK - length);
    let [digit, point, minus] = [found.digit, found.point, found.minus].map(|bits| bits & here);
    let comma = found.comma;
    let starts = (comma << 1 | 1) & here;
    let first = starts & !minus | (starts & minus) << 1;
    let right = digit | point | minus | comma == here
        && minus & !starts == 0
        && first & !digit == 0
        && point == first << 1
        && (point << 1) & !digit == 0;
    if !right {
        return None;
    }
    // A zero at the end of a fraction is no part of the value.
    let ends_with_zero = comma >> 1 & found.zero != 0;
    Some(Fractions {
        end: from + length,
        count: comma.count_ones() as usize,
        form: if ends_with_zero || has_long(here & !comma) {
            Form::Any
        } else {
            Form::Canonical
        },
    })
}

/// Whether so many bits in a row are set as a number has bytes that is too long to be known as canonical.
fn has_long(bits: u64) -> bool {
    const { assert!(LONGEST_CANONICAL >= 40) };
    // Bit `n` stays where so many from `n` on are set: 2, 4, 8, 16, 32, 40.
    [1, 2, 4, 8, 16, 8]
        .into_iter()
        .fold(bits, |bits, by| bits & bits >> by)
        != 0
}

#[cfg(test)]
mod tests {
    use super::super::number::form_of;
    use super::*;
    use proptest::prelude::*;

    /// The same, a number at a time.
    fn one_by_one(bytes: &[u8], from: usize) -> Option<Fractions> {
        let block = bytes.get(from..from + BLOCK)?;
        let last = block.iter().rposition(|byte| *byte == b',')?;
        let mut form = Form::Canonical;
        let numbers: Vec<&[u8]> = block[..last].split(|byte| *byte == b',').collect();
        for number in &numbers {
            let [whole, b'.', fraction @ ..] = number.strip_prefix(b"-").unwrap_or(number) else {
                return None;
            };
            if !whole.is_ascii_digit() || fraction.is_empty() || !fraction.iter().all(u8::is_ascii_digit) {
                return None;
            }
            form = form.and(if number.len() < 40 {
                form_of(number)
            } else {
                Form::Any
            });
        }
        Some(Fractions {
            end: from + last + 1,
            count: numbers.len(),
            form,
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn the_same_as_one_by_one(
            numbers in prop::collection::vec(
                prop_oneof![
                    40 => "-?[0-9]\\.[0-9]{1,12}",
                    2 => "-?[0-9]\\.[0-9]{30,50}",
                    1 => "-?[0-9]{0,2}\\.?[0-9]{0,3}|-|--1\\.5| 0\\.5|0\\.5 |1e-05|0\\.5\\.5|é|\\]|\"",
                ],
                0..20,
            ),
            from in 0usize..9,
        ) {
            let text = numbers.join(",");
            prop_assert_eq!(fractions(text.as_bytes(), from), one_by_one(text.as_bytes(), from), "{}", text);
        }
    }
}
