//! Groups of digits with separators between them: what cards, phones and social security numbers are made of.

use super::{Window, is_word};
use std::ops::Range;

const MOST_GROUPS: usize = 8;
pub(super) const MOST_DIGITS: usize = 24;

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
#[inline]
pub(super) fn separator(window: &Window<'_>, at: usize) -> Option<(Separator, usize)> {
    // Most numbers end before ASCII, which is read without a look at characters.
    if let Some(byte @ ..0x80) = window.at(at) {
        return match byte {
            b' ' => Some((Separator::Space, 1)),
            b'-' => Some((Separator::Dash, 1)),
            b'.' => Some((Separator::Dot, 1)),
            b'/' => Some((Separator::Slash, 1)),
            _ => None,
        };
    }
    match window.char_at(at)? {
        '\u{a0}' => Some((Separator::Space, 2)),
        '\u{2007}' | '\u{2009}' | '\u{202f}' => Some((Separator::Space, 3)),
        '\u{2010}'..='\u{2013}' => Some((Separator::Dash, 3)),
        _ => None,
    }
}

/// Whether these two bytes are a line's end or a tab as a text writes it that is JSON (or a log of it) itself: `\\n`.
pub(super) fn is_escape(before: u8, second: Option<u8>) -> bool {
    matches!(before, b'n' | b'r' | b't') && second == Some(b'\\')
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
        byte if is_word(byte) => is_escape(before, second),
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

/// Where the run of digits at `at` ends; past [`MOST_DIGITS`] it is not followed further.
#[inline]
pub(super) fn run(window: &Window<'_>, at: usize) -> usize {
    window.run(at, MOST_DIGITS + 1, |byte| byte.is_ascii_digit())
}

/// Whether at `end` a separator stands, and a digit after it: most numbers are none of ours by that alone.
#[inline]
pub(super) fn goes_on(window: &Window<'_>, end: usize) -> bool {
    separator(window, end)
        .is_some_and(|(_, length)| window.at(end + length).is_some_and(|byte| byte.is_ascii_digit()))
}

/// The digits of a text that holds nothing else, as numbers, in the beginning of `space`.
pub(super) fn values<'s>(text: &str, space: &'s mut [u8; MOST_DIGITS]) -> &'s [u8] {
    let mut count = 0;
    for (place, byte) in space.iter_mut().zip(text.bytes()) {
        *place = byte.wrapping_sub(b'0');
        count += 1;
    }
    space.get(..count).unwrap_or_default()
}

/// Groups of digits, one separator between each two.
pub(super) struct Groups {
    digits: [u8; MOST_DIGITS],
    /// How many digits each group has, and where it ends in the window.
    lengths: [usize; MOST_GROUPS],
    ends: [usize; MOST_GROUPS],
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
            lengths: [0; MOST_GROUPS],
            ends: [0; MOST_GROUPS],
            separators: [Separator::Bracket; MOST_GROUPS],
            count: 0,
        };
        let mut total = 0;
        let mut at = at;
        let slots = read
            .lengths
            .iter_mut()
            .zip(&mut read.ends)
            .zip(&mut read.separators);
        for ((length, ends), between_groups) in slots {
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
            if end == at {
                return read;
            }
            (*length, *ends) = (end - at, end);
            read.count += 1;
            match between(window, end) {
                Some((separator, next)) => {
                    *between_groups = separator;
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
        self.lengths(self.count).get(group).copied().unwrap_or_default()
    }

    /// How many digits each of the first groups has.
    pub(super) fn lengths(&self, count: usize) -> &[usize] {
        self.lengths.get(..count.min(self.count)).unwrap_or_default()
    }

    /// Where a group ends in the window.
    pub(super) fn end(&self, group: usize) -> Option<usize> {
        self.ends.get(..self.count)?.get(group).copied()
    }

    /// The digits of these groups.
    pub(super) fn digits(&self, groups: Range<usize>) -> &[u8] {
        let before = |group: usize| self.lengths(group).iter().sum::<usize>();
        self.digits
            .get(before(groups.start)..before(groups.end))
            .unwrap_or_default()
    }

    /// A group as a number.
    pub(super) fn value(&self, group: usize) -> Option<u64> {
        self.end(group)?;
        let digits = self.digits(group..group + 1);
        digits.iter().try_fold(0u64, |value, &digit| {
            value.checked_mul(10)?.checked_add(digit.into())
        })
    }

    /// Whether the first groups have these lengths.
    pub(super) fn lengths_are(&self, lengths: &[usize]) -> bool {
        self.lengths(lengths.len()) == lengths
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
