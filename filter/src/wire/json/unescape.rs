//! Unescaping: one escape of a JSON string, from bytes that may end in the middle of it.

/// What stands at the beginning of some bytes that start with a backslash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// An escape: how many bytes, and the character it means. A surrogate pair is one; a lone surrogate means U+FFFD.
    Whole(usize, char),
    /// The beginning of one; more bytes will tell.
    Cut,
    /// None that JSON has.
    Wrong,
}

/// The longest escape: a surrogate pair.
pub const LONGEST: usize = 12;

/// Reads the escape at the beginning of `bytes`.
pub fn escape(bytes: &[u8]) -> Escape {
    let short = match bytes.get(1) {
        None => return Escape::Cut,
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode(bytes),
        Some(_) => return Escape::Wrong,
    };
    Escape::Whole(2, short)
}

fn unicode(bytes: &[u8]) -> Escape {
    let first = match hex4(bytes.get(2..).unwrap_or_default()) {
        Hex::Is(unit) => unit,
        Hex::Cut => return Escape::Cut,
        Hex::Wrong => return Escape::Wrong,
    };
    if let Some(character) = char::from_u32(first) {
        return Escape::Whole(6, character);
    }
    let lone = Escape::Whole(6, char::REPLACEMENT_CHARACTER);
    if first >= 0xdc00 {
        return lone;
    }
    match (bytes.get(6), bytes.get(7)) {
        (None, _) | (Some(b'\\'), None) => return Escape::Cut,
        (Some(b'\\'), Some(b'u')) => {}
        _ => return lone,
    }
    match hex4(bytes.get(8..).unwrap_or_default()) {
        Hex::Is(low @ 0xdc00..=0xdfff) => {
            let code = 0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00);
            Escape::Whole(12, char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
        }
        Hex::Is(_) => lone,
        Hex::Cut => Escape::Cut,
        Hex::Wrong => Escape::Wrong,
    }
}

enum Hex {
    Is(u32),
    Cut,
    Wrong,
}

fn hex4(bytes: &[u8]) -> Hex {
    let mut unit = 0;
    for n in 0..4 {
        match bytes.get(n).map(|byte| char::from(*byte).to_digit(16)) {
            None => return Hex::Cut,
            Some(None) => return Hex::Wrong,
            Some(Some(digit)) => unit = unit * 16 + digit,
        }
    }
    Hex::Is(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_whole_cut_and_wrong() {
        use Escape::{Cut, Whole, Wrong};
        let table: &[(&str, Escape)] = &[
            (r"\", Cut),
            (r"\n", Whole(2, '\n')),
            (r"\/x", Whole(2, '/')),
            (r"\x", Wrong),
            (r"\U0041", Wrong),
            (r"\u", Cut),
            (r"\u00", Cut),
            (r"\u0061b", Whole(6, 'a')),
            (r"\u00e9", Whole(6, 'é')),
            (r"\u00G1", Wrong),
            (r"\u+061", Wrong),
            (r"\ud83d", Cut),
            (r"\ud83d\", Cut),
            (r"\ud83d\ude", Cut),
            (r"\ud83d\ude00", Whole(12, '😀')),
            (r"\ud83d\n", Whole(6, '\u{fffd}')),
            (r"\ud83d\u0041", Whole(6, '\u{fffd}')),
            (r"\ud83d\ud83d", Whole(6, '\u{fffd}')),
            (r"\ud83d\ux", Wrong),
            (r"\ud83dx", Whole(6, '\u{fffd}')),
            (r"\ude00", Whole(6, '\u{fffd}')),
        ];
        for (text, expected) in table {
            assert_eq!(escape(text.as_bytes()), *expected, "{text}");
        }
    }
}
