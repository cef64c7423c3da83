//! Groups of digits with separators between them: what cards, phones and social security numbers are made of.

use super::{Window, is_word};
use std::ops::Range;

const MOST_GROUPS: usize = 8;
const MOST_DIGITS: usize = 24;

/// What stands between two groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    /// A space of any width.
    Space,
    /// A hyphen or a short dash.
    Dash,
    /// `.`
    Dot,
    /// `/`
    Slash,
    /// Nothing but a bracket.
    Bracket,
}

/// The separator at `at` and its length.
pub(super) fn separator(window: &Window<'_>, at: usize) -> Option<(Separator, usize)> {
    match window.char_at(at)? {
        ' ' => Some((Separator::Space, 1)),
        '-' => Some((Separator::Dash, 1)),
        '.' => Some((Separator::Dot, 1)),
        '/' => Some((Separator::Slash, 1)),
        '\u{a0}' => Some((Separator::Space, 2)),
        '\u{2007}' | '\u{2009}' | '\u{202f}' => Some((Separator::Space, 3)),
        '\u{2010}'..='\u{2013}' => Some((Separator::Dash, 3)),
        _ => None,
    }
}

/// Whether a number may begin at `at`: what stands before it does not make it part of something longer.
pub(super) fn begins_word(window: &Window<'_>, at: usize) -> bool {
    let Some(before) = window.before(at, 1) else {
        return true;
    };
    let second = window.before(at, 2);
    match before {
        b'_' | b'+' | b'$' => false,
        b'-' | b'.' => !second.is_some_and(|byte| is_word(byte) || byte == b'_'),
        b'/' | b':' | b',' => !second.is_some_and(|byte| byte.is_ascii_digit()),
        byte if is_word(byte) => false,
        // The last bytes of the signs of pound (C2 A3), yen (C2 A5) and euro (E2 82 AC).
        0xa3 | 0xa5 => second != Some(0xc2),
        0xac => second != Some(0x82),
        _ => true,
    }
}

/// Whether a number may end before `end`.
pub(super) fn ends_word(window: &Window<'_>, end: usize) -> bool {
    let Some(after) = window.at(end) else {
        return true;
    };
    match after {
        b'_' | b'%' => false,
        b'-' => !window
            .at(end + 1)
            .is_some_and(|byte| is_word(byte) || byte == b'_'),
        b'.' | b':' => !window.at(end + 1).is_some_and(|byte| byte.is_ascii_digit()),
        byte => !is_word(byte),
    }
}

/// Groups of digits, one separator between each two.
pub(super) struct Groups {
    digits: [u8; MOST_DIGITS],
    /// Where each group lies in `digits`, and its end in the window.
    groups: [(usize, usize, usize); MOST_GROUPS],
    separators: [Separator; MOST_GROUPS],
    count: usize,
}

impl Groups {
    /// Reads from the digit at `at` on, as many groups as there are and fit.
    pub(super) fn read(window: &Window<'_>, at: usize) -> Groups {
        Groups::read_after(window, at, |window, end| {
            let (separator, length) = separator(window, end)?;
            Some((separator, end + length))
        })
    }

    /// As [`Groups::read`], with `between` telling what stands between groups and where the next one begins.
    pub(super) fn read_after(
        window: &Window<'_>,
        at: usize,
        between: impl Fn(&Window<'_>, usize) -> Option<(Separator, usize)>,
    ) -> Groups {
        let mut read = Groups {
            digits: [0; MOST_DIGITS],
            groups: [(0, 0, 0); MOST_GROUPS],
            separators: [Separator::Bracket; MOST_GROUPS],
            count: 0,
        };
        let mut total = 0;
        let mut at = at;
        for (group, slot) in read.groups.iter_mut().zip(&mut read.separators) {
            let first = total;
            let mut end = at;
            while let Some(digit @ b'0'..=b'9') = window.at(end) {
                let Some(place) = read.digits.get_mut(total) else {
                    // A group that does not fit is no group: nothing may end inside it.
                    return read;
                };
                *place = digit - b'0';
                total += 1;
                end += 1;
            }
            if total == first {
                return read;
            }
            *group = (first, total, end);
            read.count += 1;
            match between(window, end) {
                Some((separator, next)) => {
                    *slot = separator;
                    at = next;
                }
                None => return read,
            }
        }
        read
    }

    /// How many groups there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// How many digits a group has; 0 where there is no such group.
    pub(super) fn length(&self, group: usize) -> usize {
        self.group(group).map_or(0, |(first, last, _)| last - first)
    }

    /// Where a group ends in the window.
    pub(super) fn end(&self, group: usize) -> Option<usize> {
        self.group(group).map(|(_, _, end)| end)
    }

    /// The digits of these groups.
    pub(super) fn digits(&self, groups: Range<usize>) -> &[u8] {
        let first = self.group(groups.start).map_or(0, |(first, _, _)| first);
        let last = groups
            .end
            .checked_sub(1)
            .and_then(|last| self.group(last))
            .map_or(0, |(_, last, _)| last);
        self.digits.get(first..last).unwrap_or_default()
    }

    /// A group as a number.
    pub(super) fn value(&self, group: usize) -> Option<u64> {
        self.group(group)?;
        let digits = self.digits(group..group + 1);
        digits.iter().try_fold(0u64, |value, &digit| {
            value.checked_mul(10)?.checked_add(digit.into())
        })
    }

    /// Whether the first groups have these lengths.
    pub(super) fn lengths_are(&self, lengths: &[usize]) -> bool {
        self.count >= lengths.len()
            && lengths
                .iter()
                .enumerate()
                .all(|(group, &length)| self.length(group) == length)
    }

    /// What stands after a group, if a further group follows.
    pub(super) fn separator(&self, group: usize) -> Option<Separator> {
        (group + 1 < self.count).then_some(())?;
        self.separators.get(group).copied()
    }

    /// Whether this separator stands after each of these groups.
    pub(super) fn separated_by(&self, mut groups: Range<usize>, separator: Separator) -> bool {
        groups.all(|group| self.separator(group) == Some(separator))
    }

    fn group(&self, group: usize) -> Option<(usize, usize, usize)> {
        self.groups.get(..self.count)?.get(group).copied()
    }
}

/// The Luhn checksum.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, &digit)| match (index % 2, u32::from(digit)) {
            (0, digit) => digit,
            (_, digit) if digit >= 5 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The checksum of trade item numbers (EAN-13, UPC-A, GTIN-14): weights 1 and 3 from the right.
pub(super) fn is_trade_item(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, &digit)| {
            if index % 2 == 0 {
                u32::from(digit)
            } else {
                u32::from(digit) * 3
            }
        })
        .sum();
    sum.is_multiple_of(10)
}
