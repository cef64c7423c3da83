//! IBANs: a country's length and structure, and the mod 97 checksum; in one run or in groups of four.

use super::{End, Next, Rest, Window, digits, is_word, search};

/// Country and structure of the part after the check digits: counts of digits (`n`), letters (`a`) and either (`c`).
/// From the IBAN registry of SWIFT.
const COUNTRIES: &[(&str, &str)] = &[
    ("AD", "8n12c"),
    ("AE", "19n"),
    ("AL", "8n16c"),
    ("AT", "16n"),
    ("AZ", "4a20c"),
    ("BA", "16n"),
    ("BE", "12n"),
    ("BG", "4a6n8c"),
    ("BH", "4a14c"),
    ("BI", "23n"),
    ("BR", "23n1a1c"),
    ("BY", "4c4n16c"),
    ("CH", "5n12c"),
    ("CR", "18n"),
    ("CY", "8n16c"),
    ("CZ", "20n"),
    ("DE", "18n"),
    ("DJ", "23n"),
    ("DK", "14n"),
    ("DO", "4c20n"),
    ("EE", "16n"),
    ("EG", "25n"),
    ("ES", "20n"),
    ("FI", "14n"),
    ("FK", "2a12n"),
    ("FO", "14n"),
    ("FR", "10n11c2n"),
    ("GB", "4a14n"),
    ("GE", "2a16n"),
    ("GI", "4a15c"),
    ("GL", "14n"),
    ("GR", "7n16c"),
    ("GT", "24c"),
    ("HN", "4a20n"),
    ("HR", "17n"),
    ("HU", "24n"),
    ("IE", "4a14n"),
    ("IL", "19n"),
    ("IQ", "4a15n"),
    ("IS", "22n"),
    ("IT", "1a10n12c"),
    ("JO", "4a4n18c"),
    ("KW", "4a22c"),
    ("KZ", "3n13c"),
    ("LB", "4n20c"),
    ("LC", "4a24c"),
    ("LI", "5n12c"),
    ("LT", "16n"),
    ("LU", "3n13c"),
    ("LV", "4a13c"),
    ("LY", "21n"),
    ("MC", "10n11c2n"),
    ("MD", "20c"),
    ("ME", "18n"),
    ("MK", "3n10c2n"),
    ("MN", "16n"),
    ("MR", "23n"),
    ("MT", "4a5n18c"),
    ("MU", "4a19n3a"),
    ("NI", "4a20n"),
    ("NL", "4a10n"),
    ("NO", "11n"),
    ("OM", "3n16c"),
    ("PK", "4a16c"),
    ("PL", "24n"),
    ("PS", "4a21c"),
    ("PT", "21n"),
    ("QA", "4a21c"),
    ("RO", "4a16c"),
    ("RS", "18n"),
    ("RU", "14n15c"),
    ("SA", "2n18c"),
    ("SC", "4a20n3a"),
    ("SD", "14n"),
    ("SE", "20n"),
    ("SI", "15n"),
    ("SK", "20n"),
    ("SM", "1a10n12c"),
    ("SO", "19n"),
    ("ST", "21n"),
    ("SV", "4a20n"),
    ("TL", "19n"),
    ("TN", "20n"),
    ("TR", "6n16c"),
    ("UA", "6n19c"),
    ("VA", "18n"),
    ("VG", "4a16n"),
    ("XK", "16n"),
    ("YE", "4a4n18c"),
];

pub(super) fn next(window: &Window<'_>, from: usize) -> Next {
    match window.scan(from, candidate, matches) {
        // The country may stand at the end, its check digits still to come.
        Next::ClearTo(to) if window.rest() == Rest::More => {
            Next::ClearTo(to.min(window.border_before(from, 3)))
        }
        next => next,
    }
}

/// Where the country of the first check digits stands: digits are rarer than letters.
fn candidate(window: &Window<'_>, from: usize) -> Option<usize> {
    let mut searched = from;
    while let Some(digit) = search::digit(window, searched) {
        let letter = |back| {
            window
                .before(digit, back)
                .is_some_and(|byte| byte.is_ascii_alphabetic())
        };
        if letter(1) && letter(2) && digit >= from + 2 {
            return Some(digit - 2);
        }
        searched = digits::run(window, digit);
    }
    None
}

fn matches(window: &Window<'_>, at: usize) -> Option<(usize, End)> {
    if window
        .before(at, 1)
        .is_some_and(|byte| is_word(byte) || byte == b'_')
    {
        return None;
    }
    let country = [window.at(at)?, window.at(at + 1)?];
    if !(country[1].is_ascii_alphabetic()
        && window.at(at + 2)?.is_ascii_digit()
        && window.at(at + 3)?.is_ascii_digit())
    {
        return None;
    }
    let upper = country.map(|letter| letter.to_ascii_uppercase());
    let place = COUNTRIES
        .binary_search_by(|(name, _)| name.as_bytes().cmp(&upper))
        .ok()?;
    let (_, structure) = COUNTRIES.get(place)?;
    let mut sum = Mod97::default();
    let mut end = at + 4;
    for (index, class) in classes(structure).enumerate() {
        // Groups are of four; a separator stands between groups or nowhere.
        if (index % 4) == 0 && matches!(window.at(end), Some(b' ' | b'-')) {
            end += 1;
        } else if window.slice(end, end + 2) == "\u{a0}" {
            end += 2;
        }
        let byte = window.at(end)?;
        if !class.holds(byte) {
            return None;
        }
        sum.push(byte);
        end += 1;
    }
    for back in 0..4 {
        sum.push(window.at(at + back)?);
    }
    let ends = !window.at(end).is_some_and(|byte| is_word(byte) || byte == b'_');
    (sum.value == 1 && ends).then_some((at, End::At(end)))
}

#[derive(Clone, Copy)]
enum Class {
    Digit,
    Letter,
    Either,
}

impl Class {
    fn holds(self, byte: u8) -> bool {
        match self {
            Class::Digit => byte.is_ascii_digit(),
            Class::Letter => byte.is_ascii_alphabetic(),
            Class::Either => byte.is_ascii_alphanumeric(),
        }
    }
}

/// The class of each character of a structure.
fn classes(structure: &'static str) -> impl Iterator<Item = Class> {
    structure.split_inclusive(['n', 'a', 'c']).flat_map(|part| {
        let class = match part.as_bytes().last() {
            Some(b'n') => Class::Digit,
            Some(b'a') => Class::Letter,
            _ => Class::Either,
        };
        let count = part.trim_end_matches(['n', 'a', 'c']).parse().unwrap_or_default();
        std::iter::repeat_n(class, count)
    })
}

/// The remainder by 97 of the number that an IBAN's characters spell: digits as they are, letters as 10 to 35.
#[derive(Default)]
struct Mod97 {
    value: u32,
}

impl Mod97 {
    fn push(&mut self, byte: u8) {
        let digit = char::from(byte).to_digit(36).unwrap_or_default();
        let shift = if digit < 10 { 10 } else { 100 };
        self.value = (self.value * shift + digit) % 97;
    }
}
