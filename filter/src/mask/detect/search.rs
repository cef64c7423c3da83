//! Finding where something could begin: eight bytes at a time, since most bytes begin nothing.
//!
//! Plain arithmetic on 64-bit words, so that it is as quick in the module, where there may be no SIMD, as it is natively.

use super::{Rest, Window};

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// The high bit of each byte that is zero. Beside a zero byte a byte of one may be taken for zero, too, but never
/// before the first zero byte, which is all that is asked for.
fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGH
}

/// The high bit of each byte that is a digit.
fn digit_bytes(word: u64) -> u64 {
    // Digits become 0 to 9, and only they stay below 128 when 118 is added.
    let value = word ^ (ONES * 0x30);
    !((value & !HIGH).wrapping_add(ONES * 118) | value) & HIGH
}

fn first(text: &str, from: usize, word: impl Fn(u64) -> u64, byte: impl Fn(u8) -> bool) -> Option<usize> {
    let bytes = text.as_bytes().get(from..)?;
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, chunk) in words.iter().enumerate() {
        let found = word(u64::from_le_bytes(*chunk));
        if found != 0 {
            return Some(from + index * 8 + usize::try_from(found.trailing_zeros() / 8).ok()?);
        }
    }
    let at = rest.iter().position(|&last| byte(last))?;
    Some(from + words.len() * 8 + at)
}

/// The first digit.
pub(super) fn digit(window: &Window<'_>, from: usize) -> Option<usize> {
    first(window.text, from, digit_bytes, |byte| byte.is_ascii_digit())
}

/// The first digit, plus or opening bracket.
pub(super) fn phone(window: &Window<'_>, from: usize) -> Option<usize> {
    let word = |word: u64| {
        digit_bytes(word)
            | zero_bytes(word ^ (ONES * u64::from(b'+')))
            | zero_bytes(word ^ (ONES * u64::from(b'(')))
    };
    first(window.text, from, word, |byte| {
        byte.is_ascii_digit() || matches!(byte, b'+' | b'(')
    })
}

/// The first of one byte.
pub(super) fn byte(window: &Window<'_>, from: usize, wanted: u8) -> Option<usize> {
    first(
        window.text,
        from,
        |word| zero_bytes(word ^ (ONES * u64::from(wanted))),
        |byte| byte == wanted,
    )
}

/// The first of two bytes.
pub(super) fn either(window: &Window<'_>, from: usize, one: u8, other: u8) -> Option<usize> {
    let word =
        |word: u64| zero_bytes(word ^ (ONES * u64::from(one))) | zero_bytes(word ^ (ONES * u64::from(other)));
    first(window.text, from, word, |byte| byte == one || byte == other)
}

/// The least length of what stands in one run of [`in_token`] and is looked for by [`token`].
pub(super) const SHORTEST_TOKEN: usize = 15;

/// A byte that keys and tokens are made of.
pub(super) fn in_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+' | b'/' | b'=')
}

/// The first byte from `from` on that begins a word (letters and digits) or is none, in a run of at least
/// [`SHORTEST_TOKEN`] bytes of [`in_token`], or in one at the window's end, where it may go on.
///
/// Most runs are shorter: one look at where a run of that length would end leaves out all that lies before.
pub(super) fn token(window: &Window<'_>, from: usize) -> Option<usize> {
    let bytes = window.text.as_bytes();
    let mut at = from;
    if window.before(from, 1).is_some_and(in_token) {
        // In the middle of a run, whose beginning counts for its length.
        let back = window.bytes_before(from, SHORTEST_TOKEN).iter().rev();
        at = from - back.take_while(|&&byte| in_token(byte)).count();
    }
    loop {
        let last = at + SHORTEST_TOKEN - 1;
        let Some(probe) = bytes.get(at..=last) else {
            // The run that is cut off at the window's end may go on; a whole text ends there.
            let rest = bytes.get(at..).unwrap_or_default();
            let open = rest.len() - rest.iter().rev().take_while(|&&byte| in_token(byte)).count();
            let start = (at + open).max(from);
            return (window.rest() == Rest::More && start < bytes.len()).then_some(start);
        };
        match probe.iter().rposition(|&byte| !in_token(byte)) {
            Some(gap) => at += gap + 1,
            // A run of that length begins here.
            None if at >= from => return Some(at),
            None if window.at(from).is_some_and(in_token) => return Some(from),
            None => at = from,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_and_bytes_find_the_same(text in "[0-9a-c+(@:/é*,)\\x00]{0,40}", from in 0usize..12) {
            let window = Window::new(&text, Rest::None);
            let plain = |wanted: &dyn Fn(u8) -> bool| {
                text.bytes().enumerate().skip(from).find(|&(_, byte)| wanted(byte)).map(|(at, _)| at)
            };
            prop_assert_eq!(digit(&window, from), plain(&|byte| byte.is_ascii_digit()));
            prop_assert_eq!(phone(&window, from), plain(&|byte| byte.is_ascii_digit() || b"+(".contains(&byte)));
            prop_assert_eq!(byte(&window, from, b'@'), plain(&|byte| byte == b'@'));
        }
    }
}
