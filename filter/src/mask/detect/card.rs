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
    if groups.length(0) >= 12 {
        let end = groups.end(0)?;
        return (is_card(groups.digits(0..1)) && ends_word(window, end)).then_some((at, End::At(end)));
    }
    // A card's groups may be the beginning of a longer list of numbers; a list of cards is one of cards.
    let (end, after) = printed(window, at, &groups)?;
    let alone = !follows_number(window, at) || follows_card(window, at);
    let last = after.is_none_or(|after| printed(window, after, &Groups::read(window, after)).is_some());
    (alone && last).then_some((at, End::At(end)))
}

/// The end of a card in printed groups, and where a further group of four begins that follows with the same separator.
fn printed(window: &Window<'_>, at: usize, groups: &Groups) -> Option<(usize, Option<usize>)> {
    let between = groups.separator(0)?;
    if !matches!(between, Separator::Space | Separator::Dash | Separator::Dot) {
        return None;
    }
    PRINTED.iter().find_map(|shape| {
        let count = shape.len();
        let shaped = groups.lengths_are(shape) && groups.separated_by(0..count - 1, between);
        let end = groups.end(count - 1)?;
        if !shaped || !is_card(groups.digits(0..count)) || !ends_word(window, end) {
            return None;
        }
        let goes_on = groups.separator(count - 1) == Some(between) && groups.length(count) == 4;
        let after = if goes_on {
            groups.end(count).map(|end| end - 4)
        } else {
            None
        };
        (at < end).then_some((end, after))
    })
}

/// Whether a group of four digits stands right before.
fn follows_number(window: &Window<'_>, at: usize) -> bool {
    let digit = |back| window.before(at, back).is_some_and(|byte| byte.is_ascii_digit());
    window.before(at, 1) == Some(b' ') && (2..6).all(digit) && !digit(6)
}

/// Whether a card in groups of four stands right before.
fn follows_card(window: &Window<'_>, at: usize) -> bool {
    let before = window.bytes_before(at, 20);
    let digits: Vec<u8> = before
        .iter()
        .filter(|byte| byte.is_ascii_digit())
        .map(|byte| byte - b'0')
        .collect();
    digits.len() == 16 && is_card(&digits)
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
        (3500..=3599, _, 16) | (1800 | 2131, _, 15) => true,
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
