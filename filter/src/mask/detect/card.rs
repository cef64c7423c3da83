//! Payment cards: the prefix of a known issuer, a length that this issuer has, the Luhn checksum; written in one run
//! or in the groups in which cards are printed.
//!
//! One number in ten passes Luhn, so a run of digits alone says little. What stands around it helps:
//!
//! | the run | is a card |
//! |---|---|
//! | has a length that most of the issuer's cards have | unless its name is that of something else (`order_id: …`), or it is a number of JSON, not a string, under another name |
//! | has a rare length (Visa of 13, Maestro of 12, …), or is a valid trade item number (UPC, EAN, GTIN), too | beside a word that says card |
//! | is in groups, as cards are printed | always |

use super::digits::{
    Groups, MOST_DIGITS, Separator, begins_word, ends_word, goes_on, is_trade_item, luhn, run, values,
};
use super::{End, LOOK_BEHIND, Next, Window, search};

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

/// How often a card has such a prefix and length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// It is what the issuer gives out today.
    Usual,
    /// It is in the issuer's range, and few or none have it.
    Rare,
}

/// Words that say that a card's number is near.
const CARD: &[&str] = &[
    "card",
    "cards",
    "pan",
    "credit",
    "debit",
    "visa",
    "mastercard",
    "maestro",
    "amex",
    "diners",
    "discover",
    "unionpay",
    "kreditkarte",
    "karte",
    "carte",
    "paid",
    "charged",
    "payment",
    "carta",
    "cartao",
    "tarjeta",
    "creditcard",
    "cardnumber",
];

/// Last words of names whose numbers are no cards.
const OTHER: &[&str] = &[
    "id",
    "ids",
    "order",
    "orders",
    "invoice",
    "ref",
    "reference",
    "counter",
    "count",
    "sku",
    "ean",
    "gtin",
    "upc",
    "isbn",
    "imei",
    "serial",
    "lot",
    "batch",
    "tracking",
    "shipment",
    "parcel",
    "ticket",
    "transaction",
    "txn",
    "timestamp",
    "time",
    "ts",
    "offset",
    "hash",
    "nonce",
    "seed",
    "sequence",
    "seq",
    "trace",
    "span",
    "build",
    "revision",
    "size",
    "bytes",
    "version",
];

/// How far before it a word that says card is looked for.
const NEAR: usize = LOOK_BEHIND - 16;

pub(super) fn next(window: &Window<'_>, from: usize) -> Next {
    window.scan(from, search::digit, matches)
}

fn matches(window: &Window<'_>, at: usize) -> Option<(usize, End)> {
    if !begins_word(window, at) {
        return None;
    }
    let end = run(window, at);
    match end - at {
        12..=19 => {}
        // A first group of four or six, and more to come.
        4 | 6 if goes_on(window, end) => return in_groups(window, at),
        _ => return None,
    }
    let mut space = [0; MOST_DIGITS];
    let digits = values(window.slice(at, end), &mut space);
    let form = form_of(digits)?;
    if !ends_word(window, end) || !luhn(digits) {
        return None;
    }
    let trade_item = (12..=14).contains(&digits.len()) && is_trade_item(digits);
    let called_other = is_called_other(window, at);
    let taken = match form {
        Form::Usual if !trade_item => {
            let other = called_other || is_json_number(window, at, end);
            !other || says_card(window, at, NEAR / 2)
        }
        _ => !called_other && says_card(window, at, NEAR),
    };
    taken.then_some((at, End::At(end)))
}

fn in_groups(window: &Window<'_>, at: usize) -> Option<(usize, End)> {
    let groups = Groups::read(window, at);
    // A card's groups may be the beginning of a longer list of numbers; a list of cards is one of cards.
    let (end, after) = printed(window, at, &groups)?;
    let alone = !follows_number(window, at) || follows_card(window, at);
    let last = after.is_none_or(|after| printed(window, after, &Groups::read(window, after)).is_some());
    (alone && last).then_some((at, End::At(end)))
}

/// Whether the number is the value of a JSON object's member, and not a string: in a text that is JSON itself.
fn is_json_number(window: &Window<'_>, at: usize, end: usize) -> bool {
    let before = window.bytes_before(at, 4).trim_ascii_end();
    let is_value = before.ends_with(b"\":") || before.ends_with(b"\\\":");
    is_value && matches!(window.at(end), Some(b',' | b'}' | b' ' | b'\n' | b'\r') | None)
}

/// Whether the word right before names a number that is no card's: `order_id: `, `"orderId":"`, `counter=`.
fn is_called_other(window: &Window<'_>, at: usize) -> bool {
    let name = name_of(window, at);
    name.ends_with(b"Id") || name.ends_with(b"ID") || is_one_of(name, OTHER)
}

/// The word right before a number, that names it.
fn name_of<'t>(window: &Window<'t>, at: usize) -> &'t [u8] {
    let before = window.bytes_before(at, 40);
    let between = |byte: &u8| matches!(byte, b' ' | b'"' | b'\'' | b':' | b'=' | b'#' | b'(' | b'\\');
    let gap = before.iter().rev().take_while(|byte| between(byte)).count();
    let before = before.get(..before.len() - gap).unwrap_or_default();
    before
        .rsplit(|byte| !byte.is_ascii_alphabetic())
        .next()
        .unwrap_or_default()
}

/// Whether one of the words before says card. Two letters say so only right before: they are too easily something else's.
fn says_card(window: &Window<'_>, at: usize, near: usize) -> bool {
    let mut words = window
        .bytes_before(at, near)
        .split(|byte| !byte.is_ascii_alphanumeric());
    words.any(|word| is_one_of(word, CARD)) || name_of(window, at).eq_ignore_ascii_case(b"cc")
}

fn is_one_of(word: &[u8], words: &[&str]) -> bool {
    words
        .iter()
        .any(|name| word.eq_ignore_ascii_case(name.as_bytes()))
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
    let mut space = [0; MOST_DIGITS];
    let mut count = 0;
    let digits = window
        .bytes_before(at, 20)
        .iter()
        .filter(|byte| byte.is_ascii_digit());
    for (place, byte) in space.iter_mut().zip(digits) {
        *place = byte - b'0';
        count += 1;
    }
    count == 16 && is_card(space.get(..count).unwrap_or_default())
}

fn is_card(digits: &[u8]) -> bool {
    form_of(digits).is_some() && luhn(digits)
}

/// What the issuer's prefix and the length make of a number.
fn form_of(digits: &[u8]) -> Option<Form> {
    let number = |places: usize| {
        digits
            .iter()
            .chain([&0; 6])
            .take(places)
            .fold(0u32, |number, &digit| number * 10 + u32::from(digit))
    };
    let (two, three, four, six) = (number(2), number(3), number(4), number(6));
    Some(match (four, two, digits.len()) {
        // Visa
        (4000..=4999, _, 16) => Form::Usual,
        (4000..=4999, _, 13 | 19) => Form::Rare,
        // American Express
        (_, 34 | 37, 15) => Form::Usual,
        // Mastercard
        (_, 51..=55, 16) | (2221..=2720, _, 16) => Form::Usual,
        // Mir
        (2200..=2204, _, 16) => Form::Usual,
        (2200..=2204, _, 17..=19) => Form::Rare,
        // Diners Club
        (3000..=3059 | 3095, _, 14 | 16) | (_, 36 | 38 | 39, 14 | 16) => Form::Usual,
        (3000..=3059 | 3095, _, 15) | (_, 36 | 38 | 39, 15) => Form::Rare,
        // JCB
        (3500..=3599, _, 16) => Form::Usual,
        (1800 | 2131, _, 15) => Form::Rare,
        // Discover, UnionPay, RuPay
        (6011 | 6440..=6499, _, 16) | (_, 60 | 62 | 65 | 81 | 82, 16) => Form::Usual,
        (6011 | 6440..=6499, _, 17..=19) | (_, 62, 17..=19) => Form::Rare,
        // Maestro
        (5018 | 5020 | 5038 | 5893 | 6304 | 6390 | 6759 | 6761..=6763, _, 16) | (_, 50 | 56..=58, 16) => {
            Form::Usual
        }
        (5018 | 5020 | 5038 | 5893 | 6304 | 6390 | 6759 | 6761..=6763, _, 12..=19) => Form::Rare,
        (604, _, 12) | (_, 50 | 56..=58, 12 | 19) => Form::Rare,
        // Troy
        (9792, _, 16) => Form::Usual,
        _ if matches!(six, 636_297 | 636_368 | 636_369) || (three == 508 && digits.len() == 16) => {
            Form::Usual
        }
        _ => return None,
    })
}
