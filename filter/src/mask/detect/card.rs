//! Payment cards: the prefix of a known issuer, a length that this issuer has, the Luhn checksum; written in one run
//! or in the groups in which cards are printed.
//!
//! A number of 12, 13 or 14 digits that is a valid trade item number (UPC, EAN, GTIN) is taken for that.

use super::digits::{Groups, Separator, begins_word, ends_word, is_trade_item, luhn};
use super::{End, Next, Window};

/// The groups in which cards are printed.
const PRINTED: [&[usize]; 7] = [
    &[4, 4, 4, 4, 3],
    &[4, 4, 4, 4],
    &[4, 4, 4, 1],
    &[4, 6, 5],
    &[4, 6, 4],
    &[4, 4, 5],
    &[6, 13],
];

pub(super) fn next(window: &Window<'_>, from: usize) -> Next {
    window.scan(from, |byte| byte.is_ascii_digit(), matches)
}

fn matches(window: &Window<'_>, at: usize) -> Option<(usize, End)> {
    if !begins_word(window, at) {
        return None;
    }
    let groups = Groups::read(window, at);
    let whole = |count: usize| {
        let end = groups.end(count - 1)?;
        (is_card(groups.digits(0..count)) && ends_word(window, end)).then_some((at, End::At(end)))
    };
    if groups.length(0) >= 12 {
        return whole(1);
    }
    let between = groups.separator(0)?;
    if !matches!(between, Separator::Space | Separator::Dash | Separator::Dot) || in_a_list(window, at) {
        return None;
    }
    PRINTED.iter().find_map(|shape| {
        let count = shape.len();
        let shaped = groups.lengths_are(shape) && groups.separated_by(0..count - 1, between);
        let goes_on = groups.separator(count - 1) == Some(between) && groups.length(count) == 4;
        (shaped && !goes_on).then(|| whole(count)).flatten()
    })
}

/// Whether a group of four digits stands before: then this is not where a card begins.
fn in_a_list(window: &Window<'_>, at: usize) -> bool {
    let digit = |back| window.before(at, back).is_some_and(|byte| byte.is_ascii_digit());
    window.before(at, 1) == Some(b' ') && (2..6).all(digit) && !digit(6)
}

fn is_card(digits: &[u8]) -> bool {
    let number = |places: usize| {
        digits
            .iter()
            .chain([&0; 6])
            .take(places)
            .fold(0u32, |number, &digit| number * 10 + u32::from(digit))
    };
    let (two, three, four, six) = (number(2), number(3), number(4), number(6));
    let known = match (four, two, digits.len()) {
        // Visa
        (4000..=4999, _, 13 | 16 | 19) => true,
        // American Express
        (_, 34 | 37, 15) => true,
        // Mastercard
        (_, 51..=55, 16) | (2221..=2720, _, 16) => true,
        // Mir
        (2200..=2204, _, 16..=19) => true,
        // Diners Club
        (3000..=3059 | 3095, _, 14..=16) | (_, 36 | 38 | 39, 14..=16) => true,
        // JCB
        (3528..=3589, _, 16) | (1800 | 2131, _, 15) => true,
        // Discover, UnionPay, RuPay
        (6011, _, 16..=19) | (6440..=6499, _, 16..=19) | (_, 60 | 65 | 81 | 82, 16) | (_, 62, 16..=19) => {
            true
        }
        // Maestro
        (5018 | 5020 | 5038 | 5893 | 6304 | 6390 | 6759 | 6761..=6763, _, 12..=19) => true,
        (604, _, 12) | (_, 50 | 56..=58, 12 | 16 | 19) => true,
        // Troy
        (9792, _, 16) => true,
        _ => matches!(six, 636_297 | 636_368 | 636_369) || (three == 508 && digits.len() == 16),
    };
    let trade_item = (12..=14).contains(&digits.len()) && is_trade_item(digits);
    known && luhn(digits) && !trade_item
}
