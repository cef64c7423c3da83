//! Phone numbers: international (`+` or `00`), the common national forms with separators, and bare digits beside a
//! word that says phone.
//!
//! | form | examples |
//! |---|---|
//! | international | `+49 30 901820`, `+44 (0)20 7946 0958`, `+14155550134`, `001-415-555-0134` |
//! | North America | `(415) 555-0134`, `415-555-0134`, `415.555.0134`, `1-415-555-0134 x12` |
//! | trunk zero (Europe, India, Australia) | `020 7946 0958`, `0171/1234567`, `(04131) 123456`, `080-23456789` |
//! | France | `01 23 45 67 89`, `01.23.45.67.89` |
//! | Brazil | `(11) 91234-5678`, `11 2345-6789` |
//! | India, Italy (mobile) | `98765 43210`, `333 1234567` |
//! | named | `tel: 5551234`, `Phone 4155550134`, `mobile no. 612 345 678` |
//!
//! Forms that a list of numbers could have as well are not taken where a further number stands right beside them.
//!
//! Digits alone, without a word that says phone, could be any number: they are left to [`next_loosely`], the detector
//! `phone_loose`, which takes them and every other grouping of 8 to 13 digits, and is wrong about many.

use super::digits::{Groups, Separator, begins_word, ends_word, goes_on, is_escape, run, separator};
use super::{End, LOOK_BEHIND, Next, Window, is_word, search};

pub(super) fn next(window: &Window<'_>, from: usize) -> Next {
    window.scan(from, search::phone, |window, at| matches(window, at, Care::Great))
}

/// As [`next`], with numbers that could be something else.
pub(super) fn next_loosely(window: &Window<'_>, from: usize) -> Next {
    window.scan(from, search::phone, |window, at| {
        matches(window, at, Care::Little)
    })
}

/// What is taken for a phone number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Care {
    /// What hardly is anything else.
    Great,
    /// What could be one.
    Little,
}

fn matches(window: &Window<'_>, at: usize, care: Care) -> Option<(usize, End)> {
    let end = match window.at(at)? {
        b'+' => {
            let first = window.at(at + 1)?;
            let alone = begins_after(window, at, |byte| byte == b'+');
            (alone && matches!(first, b'1'..=b'9')).then(|| international(window, at + 1))??
        }
        b'(' => {
            let begins = begins_after(window, at, |_| false);
            (begins && window.at(at + 1)?.is_ascii_digit()).then(|| in_brackets(window, at))??
        }
        _ => in_digits(window, at, care)?,
    };
    Some((at, End::At(with_extension(window, end))))
}

/// Whether no word, and nothing of `others`, stands right before.
fn begins_after(window: &Window<'_>, at: usize, others: impl Fn(u8) -> bool) -> bool {
    let before = window.before(at, 1);
    before.is_none_or(|byte| {
        is_escape(byte, window.before(at, 2)) || !(is_word(byte) || byte == b'_' || others(byte))
    })
}

/// A number that begins with a digit.
fn in_digits(window: &Window<'_>, at: usize, care: Care) -> Option<usize> {
    if !begins_word(window, at) || window.before(at, 1) == Some(b'#') {
        return None;
    }
    // Cheapest first: most numbers are too short or too long for one group, and nothing is joined to them, or they are
    // decimals.
    let first = run(window, at);
    let length = first - at;
    let zero = length == 1 && window.at(at) == Some(b'0');
    let joined = length <= 5 && !zero && goes_on(window, first) || length == 2 && window.is_at(at, "00");
    let zeros = length > 5 && window.is_at(at, "00") && goes_on(window, first);
    if !(joined || zeros || (6..=12).contains(&length)) {
        return None;
    }
    if !(joined || zeros || goes_on(window, first)) {
        // Digits alone: only a word beside them can say what they are.
        if !(9..=12).contains(&length) || !ends_number(window, first) {
            return None;
        }
        let taken = care == Care::Little && !(length == 10 && is_recent_second(window, at));
        let named = || follows_name(window, at) || precedes_name(window, first);
        return (taken || named()).then_some(first);
    }
    let found = (joined || zeros)
        .then(|| international_by_zeros(window, at).or_else(|| national(window, at)))
        .flatten();
    found.or_else(|| named(window, at)).or_else(|| match care {
        Care::Great => None,
        Care::Little => loose(window, at),
    })
}

/// Whether ten digits are a time of the last years, in seconds.
fn is_recent_second(window: &Window<'_>, at: usize) -> bool {
    window.at(at) == Some(b'1') && matches!(window.at(at + 1), Some(b'5'..=b'9'))
}

/// What could be a phone number: digits alone, or in groups with separators.
fn loose(window: &Window<'_>, at: usize) -> Option<usize> {
    let groups = Groups::read_after(window, at, loosely);
    (1..=groups.count()).rev().find_map(|count| {
        let digits = groups.digits(0..count);
        let lengths = groups.lengths(count);
        let all = |separator| count > 1 && groups.separated_by(0..count - 1, separator);
        let fits = match lengths {
            [10] if is_recent_second(window, at) => false,
            [_] => (9..=12).contains(&digits.len()),
            [_, _] if all(Separator::Dot) => false,
            [3, 4] => all(Separator::Dash),
            // Social security numbers, postal codes, dates.
            [3, 2, 4] | [5, 3] | [2, 2, 4, ..] | [4, 2, 2, ..] => false,
            _ => {
                (8..=13).contains(&digits.len())
                    && lengths.iter().skip(1).all(|length| (2..=8).contains(length))
            }
        };
        let in_list = count > 1
            && (follows_number(window, at) || groups.separator(count - 1) == Some(Separator::Space));
        let octets = lengths.len() == 4 && all(Separator::Dot) && lengths.iter().all(|&length| length <= 3);
        let end = groups.end(count - 1)?;
        (fits && !octets && !in_list && ends_number(window, end)).then_some(end)
    })
}

/// Country codes of two digits, and how many digits a number has after them. Codes of one digit are 1 and 7, all
/// others have three.
const COUNTRIES: &[(u64, usize, usize)] = &[
    (20, 8, 10),
    (27, 9, 9),
    (30, 10, 10),
    (31, 9, 9),
    (32, 8, 9),
    (33, 9, 9),
    (34, 9, 9),
    (36, 8, 9),
    (39, 6, 12),
    (40, 9, 9),
    (41, 9, 9),
    (43, 7, 12),
    (44, 9, 10),
    (45, 8, 8),
    (46, 7, 10),
    (47, 8, 8),
    (48, 9, 9),
    (49, 6, 11),
    (51, 8, 9),
    (52, 10, 11),
    (53, 8, 8),
    (54, 10, 11),
    (55, 10, 11),
    (56, 9, 9),
    (57, 8, 10),
    (58, 10, 10),
    (60, 8, 10),
    (61, 9, 9),
    (62, 8, 12),
    (63, 8, 10),
    (64, 8, 10),
    (65, 8, 8),
    (66, 8, 9),
    (81, 9, 10),
    (82, 8, 10),
    (84, 9, 10),
    (86, 10, 11),
    (90, 10, 10),
    (91, 10, 10),
    (92, 9, 10),
    (93, 9, 9),
    (94, 9, 9),
    (95, 8, 10),
    (98, 10, 10),
];

/// How long a country code is, and how many digits follow it.
fn plan_of(digits: &[u8]) -> Option<(usize, usize, usize)> {
    match digits {
        [1 | 7, ..] => Some((1, 10, 10)),
        [first @ 2..=9, second, ..] => {
            let code = u64::from(*first) * 10 + u64::from(*second);
            let known = COUNTRIES.iter().find(|(country, _, _)| *country == code);
            Some(known.map_or((3, 6, 11), |(_, least, greatest)| (2, *least, *greatest)))
        }
        _ => None,
    }
}

/// What may stand between the groups of a number: a separator, or brackets with separators around them.
fn loosely(window: &Window<'_>, at: usize) -> Option<(Separator, usize)> {
    let mut kind = Separator::Bracket;
    let mut end = at;
    for _ in 0..4 {
        match window.at(end)? {
            b'0'..=b'9' => return (end > at).then_some((kind, end)),
            b'(' | b')' => end += 1,
            _ => {
                let (found, length) = separator(window, end)?;
                kind = found;
                end += length;
            }
        }
    }
    (window.at(end)?.is_ascii_digit()).then_some((kind, end))
}

/// A number that begins with its country code, at `at`.
fn international(window: &Window<'_>, at: usize) -> Option<usize> {
    let groups = Groups::read_after(window, at, loosely);
    let all = groups.digits(0..groups.count());
    let (code, least, greatest) = plan_of(all)?;
    // `+40.20361-075.00417` is a place on earth.
    let dotted_first = groups.separator(0) == Some(Separator::Dot);
    if dotted_first && (1..groups.count()).any(|group| groups.separator(group) == Some(Separator::Dash)) {
        return None;
    }
    (1..=groups.count()).rev().find_map(|count| {
        let digits = groups.digits(0..count);
        let national = digits.len().checked_sub(code)?;
        // The trunk zero is written, in brackets or not.
        let trunk = usize::from(digits.get(code) == Some(&0));
        let fits = (least..=greatest).contains(&national)
            || (least..=greatest).contains(&national.checked_sub(trunk)?);
        let end = groups.end(count - 1)?;
        (fits && ends_number(window, end)).then_some(end)
    })
}

/// `00` in the place of the plus, with at least one separator: digits alone could be any number.
fn international_by_zeros(window: &Window<'_>, at: usize) -> Option<usize> {
    if !window.is_at(at, "00") || follows_four(window, at) {
        return None;
    }
    let start = match separator(window, at + 2) {
        Some((Separator::Space | Separator::Dash, length)) => at + 2 + length,
        _ => at + 2,
    };
    if !matches!(window.at(start)?, b'1'..=b'9') {
        return None;
    }
    let end = international(window, start)?;
    let separated = !window.slice(at, end).bytes().all(|byte| byte.is_ascii_digit());
    separated.then_some(end)
}

/// `(area) number`, its bracket at `at`.
fn in_brackets(window: &Window<'_>, at: usize) -> Option<usize> {
    let area_end = window.run(at + 1, 7, |byte| byte.is_ascii_digit());
    if window.at(area_end)? != b')' {
        return None;
    }
    let groups = Groups::read_after(window, at + 1, loosely);
    longest(window, &groups, |count| {
        let digits = groups.digits(0..count);
        let lengths = groups.lengths(count);
        let first = *digits.first()?;
        let north_america = first != 0 && matches!(lengths, [3, 3, 4] | [3, 7]);
        let brazil = matches!(lengths, [2, 4 | 5, 4] | [2, 8 | 9]) && !digits.iter().take(2).any(|&d| d == 0);
        let trunk = first == 0
            && (2..=6).contains(&area_end.checked_sub(at + 1)?)
            && (2..=5).contains(&count)
            && (9..=12).contains(&digits.len())
            && lengths.iter().skip(1).all(|length| (2..=8).contains(length));
        (north_america || brazil || trunk).then_some(Beside::Free)
    })
}

/// What a form allows beside it.
enum Beside {
    /// Anything that ends a number.
    Free,
    /// No further number after a space.
    NoNumber,
}

/// The end of the longest run of groups from the first on that has a form.
fn longest(window: &Window<'_>, groups: &Groups, form: impl Fn(usize) -> Option<Beside>) -> Option<usize> {
    (1..=groups.count()).rev().find_map(|count| {
        let beside = form(count)?;
        let end = groups.end(count - 1)?;
        let free = match beside {
            Beside::Free => true,
            Beside::NoNumber => groups.separator(count - 1) != Some(Separator::Space),
        };
        (free && ends_number(window, end)).then_some(end)
    })
}

/// Whether a number stands right before, after a space: this is in a list, or the middle of something longer.
fn follows_number(window: &Window<'_>, at: usize) -> bool {
    window.before(at, 1) == Some(b' ') && window.before(at, 2).is_some_and(|byte| byte.is_ascii_digit())
}

/// Whether a group of four digits or capitals stands right before: this is in the middle of an account number as it is
/// printed (`NL86 MAAR 0206 7586 82`).
fn follows_four(window: &Window<'_>, at: usize) -> bool {
    let digit = |byte: u8| byte.is_ascii_digit();
    let capital = |byte: u8| byte.is_ascii_uppercase();
    let four = |class: &dyn Fn(u8) -> bool| {
        (2..6).all(|back| window.before(at, back).is_some_and(class))
            && !window.before(at, 6).is_some_and(class)
    };
    window.before(at, 1) == Some(b' ')
        && (four(&digit) || four(&capital) && window.before(at, 7).is_some_and(digit))
}

/// A national number without brackets around its area.
fn national(window: &Window<'_>, at: usize) -> Option<usize> {
    let groups = Groups::read(window, at);
    groups.separator(0)?;
    let preceded = follows_number(window, at);
    longest(window, &groups, |count| {
        let beside = national_form(&groups, count)?;
        match beside {
            Beside::NoNumber if preceded => None,
            Beside::Free if follows_four(window, at) && groups.separator(0) == Some(Separator::Space) => None,
            beside => Some(beside),
        }
    })
}

fn national_form(groups: &Groups, count: usize) -> Option<Beside> {
    let digits = groups.digits(0..count);
    let lengths = groups.lengths(count);
    let first = groups.separator(0)?;
    let last = groups.separator(count.checked_sub(2)?)?;
    let all = |separator| groups.separated_by(0..count - 1, separator);
    let alike = all(first) || (1..count - 1).all(|group| groups.separator(group) == Some(last));
    let year = |group| groups.length(group) == 4 && matches!(groups.value(group), Some(1900..=2099));
    match (digits, lengths) {
        // France: five pairs.
        ([0, 1..=9, ..], [2, 2, 2, 2, 2]) if all(first) && first != Separator::Slash => {
            Some(Beside::NoNumber)
        }
        ([0, 1..=9, ..], [area, rest @ ..])
            if alike && trunk(groups, digits.len(), *area, rest, first, last) =>
        {
            // Groups of one length are how account numbers are printed, too.
            let even = rest.iter().all(|length| length == area);
            Some(if even { Beside::NoNumber } else { Beside::Free })
        }
        // North America.
        ([1, ..], [1, 3, 3, 4]) if alike && north_american(digits.get(1..)?) => Some(Beside::NoNumber),
        ([1..=9, ..], [3, 3, 4])
            if all(Separator::Dash) || (first == Separator::Slash && last == Separator::Dash) =>
        {
            Some(Beside::NoNumber)
        }
        ([2..=9, ..], [3, 3, 4]) if north_american(digits) && last != Separator::Slash => {
            Some(Beside::NoNumber)
        }
        // Brazil; with spaces alone it must look like a landline.
        ([1..=9, 1..=9, exchange, ..], [2, 4 | 5, 4]) if first == Separator::Space => {
            let mobile = groups.length(1) == 5 && *exchange == 9;
            let landline = groups.length(1) == 4 && (last == Separator::Dash || matches!(exchange, 2..=5));
            let form = matches!(last, Separator::Dash | Separator::Space) && !(year(1) && year(2));
            (form && (mobile || landline)).then_some(Beside::NoNumber)
        }
        // India, mobile.
        ([6..=9, ..], [5, 5]) if matches!(first, Separator::Space | Separator::Dash) => {
            Some(Beside::NoNumber)
        }
        // Italy, mobile.
        ([3, 1..=9, ..], [3, 6 | 7]) if first != Separator::Dot => Some(Beside::NoNumber),
        ([3, 1..=9, ..], [3, 2, 2, 3]) if all(Separator::Space) => Some(Beside::NoNumber),
        _ => None,
    }
}

/// Area codes and exchanges of North America begin with 2 to 9.
fn north_american(digits: &[u8]) -> bool {
    digits.first().is_some_and(|&digit| digit >= 2) && digits.get(3).is_some_and(|&digit| digit >= 2)
}

/// A national number with its trunk zero: `area` and `rest` are the lengths of its groups.
fn trunk(
    groups: &Groups,
    total: usize,
    area: usize,
    rest: &[usize],
    first: Separator,
    last: Separator,
) -> bool {
    let date = |group: usize| {
        groups.length(group) == 8 && matches!(groups.value(group), Some(19_000_000..=20_999_999))
    };
    let year = |group| groups.length(group) == 4 && matches!(groups.value(group), Some(1900..=2099));
    let coded =
        matches!(first, Separator::Dash | Separator::Dot) || matches!(last, Separator::Dash | Separator::Dot);
    let least = if coded { 10 } else { 9 };
    if !(least..=12).contains(&total) || !rest.iter().all(|length| (2..=8).contains(length)) {
        return false;
    }
    match (area, rest) {
        (2, [4, 4]) => !(year(1) && year(2)),
        (2, [7 | 8]) | (3..=5, [5..=8]) => first != Separator::Dot && !date(1),
        (3..=5, [_, _] | [_, _, _]) => {
            // `010.001.002.003` is an address of a network.
            let octets = first == Separator::Dot && area == 3 && rest.iter().all(|&length| length == 3);
            !octets
        }
        _ => false,
    }
}

/// Whether a number may end here.
fn ends_number(window: &Window<'_>, end: usize) -> bool {
    if matches!(window.at(end), Some(b'x' | b'X')) {
        return window.at(end + 1).is_some_and(|byte| byte.is_ascii_digit());
    }
    if window.is_at(end, "ext") {
        return true;
    }
    (ends_word(window, end) || says_whose(window, end))
        && !(window.at(end) == Some(b'/') && window.at(end + 1).is_some_and(|byte| byte.is_ascii_digit()))
}

/// Whether a dash and a whole word follow, which say whose it is: `415-555-0134-Office`.
fn says_whose(window: &Window<'_>, end: usize) -> bool {
    if window.at(end) != Some(b'-') {
        return false;
    }
    let word = window.run(end + 1, 12, |byte| byte.is_ascii_alphabetic());
    (4..=12).contains(&(word - end)) && !window.at(word).is_some_and(is_word)
}

/// The end with the extension that follows, if one does: `x12`, ` ext. 12`.
fn with_extension(window: &Window<'_>, end: usize) -> usize {
    let mut at = window.run(end, 2, |byte| matches!(byte, b' ' | b','));
    let Some(name) = ["extension", "ext.", "ext", "Ext.", "Ext", "x", "X"]
        .iter()
        .find(|name| window.is_at(at, name))
    else {
        return end;
    };
    at = window.run(at + name.len(), 2, |byte| matches!(byte, b' ' | b':' | b'.'));
    let digits = window.run(at, 7, |byte| byte.is_ascii_digit());
    if (1..=6).contains(&(digits - at)) && !window.at(digits).is_some_and(is_word) {
        digits
    } else {
        end
    }
}

/// Words that say that a phone number follows.
const NAMES: &[&str] = &[
    "phone",
    "telephone",
    "tel",
    "mobile",
    "mob",
    "cell",
    "cellphone",
    "fax",
    "whatsapp",
    "handy",
    "telefon",
    "telefono",
    "telefone",
    "celular",
    "cellulare",
    "portable",
    "sms",
    "landline",
    "hotline",
    "rufnummer",
    "handynummer",
    "telefonnummer",
    "call",
    "dial",
    "ph",
    "contact",
    "reach",
    "reached",
    "ring",
    "text",
    "desk",
];

/// Words that say so with one of the words between: `messages to 5551234567`, which `messages: 5551234567` is not.
const NAMES_WITH_FILLER: &[&str] = &["messages", "message", "answering", "registered", "write", "send"];

/// Words right behind a number that say that it is a phone's: `0211 123456 (fax)`.
const NAMES_BEHIND: &[&str] = &[
    "fax", "mobile", "cell", "office", "home", "work", "phone", "tel", "landline", "desk",
];

/// Words that may stand between.
const FILLERS: &[&str] = &[
    "number", "no", "nr", "num", "numero", "is", "at", "on", "to", "me", "us", "my", "line", "phone",
];

/// Seven to thirteen digits, however separated, after a word that says phone.
fn named(window: &Window<'_>, at: usize) -> Option<usize> {
    let groups = Groups::read(window, at);
    (1..=groups.count()).rev().find_map(|count| {
        let digits = groups.digits(0..count);
        let lengths = groups.lengths(count);
        // Digits alone of fewer or more places are counts and times.
        let fits = if count == 1 {
            (9..=12).contains(&digits.len())
        } else {
            (7..=13).contains(&digits.len())
        };
        let decimal = count == 2 && groups.separator(0) == Some(Separator::Dot);
        let date = matches!(lengths, [2, 2, 4] | [4, 2, 2, ..]);
        let end = groups.end(count - 1)?;
        let form = fits && !decimal && !date && ends_number(window, end);
        (form && (follows_name(window, at) || precedes_name(window, end))).then_some(end)
    })
}

/// Whether a word that says phone stands right behind, and nothing goes on from it (`office` is one, `office supplies`
/// is not).
fn precedes_name(window: &Window<'_>, end: usize) -> bool {
    let start = window.run(end, 2, |byte| matches!(byte, b' ' | b'(' | b'-'));
    let word = window.run(start, 9, |byte| byte.is_ascii_alphabetic());
    let name = window.slice(start, word);
    start > end
        && NAMES_BEHIND
            .iter()
            .any(|behind| name.eq_ignore_ascii_case(behind))
        && matches!(
            window.at(word),
            None | Some(b')' | b'.' | b',' | b';' | b'\n' | b'\r' | b'"' | b'|' | b'\\')
        )
}

fn follows_name(window: &Window<'_>, at: usize) -> bool {
    if follows_number(window, at) {
        return false;
    }
    let start = at.saturating_sub(LOOK_BEHIND / 2);
    let before = (start..at)
        .map(|start| window.slice(start, at))
        .find(|text| !text.is_empty());
    let mut before = before.unwrap_or_default();
    for fillers in 0..4 {
        let ends = before.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        // A name and its number stand close together, in one sentence.
        let between = before.get(ends.len()..).unwrap_or_default();
        if between.len() > 4 || between.contains(". ") && !ends.ends_with("no") && !ends.ends_with("nr") {
            return false;
        }
        let word = ends
            .rsplit(|c: char| !c.is_alphanumeric())
            .next()
            .unwrap_or_default();
        let is_one_of = |words: &[&str]| words.iter().any(|name| word.eq_ignore_ascii_case(name));
        if is_one_of(NAMES) || fillers > 0 && is_one_of(NAMES_WITH_FILLER) {
            return true;
        }
        if !is_one_of(FILLERS) {
            return false;
        }
        before = ends.get(..ends.len() - word.len()).unwrap_or_default();
    }
    false
}
