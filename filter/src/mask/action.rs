//! What becomes of one value, or of one span of text: the actions of a plan, carried out in bounded memory.
//!
//! | action  | string                            | number, boolean            | null   |
//! |---------|-----------------------------------|----------------------------|--------|
//! | redact  | the fixed text                    | the fixed text             | the fixed text |
//! | partial | its ends, `***` between           | a string, of its literal   | `null` |
//! | hash    | HMAC-SHA-256 of it, 64 hex digits | a string, of its literal   | `null` |
//! | null    | `null`                            | `null`                     | `null` |
//! | remove  | `null`, where a place must stay   | likewise                   | `null` |
//!
//! Partial shows at most a third of the characters, never more than four, and says nothing about the length:
//!
//! - an e-mail address keeps its first character (if it has two before the `@`) and its domain: `m***@example.com`;
//! - a text of 12 characters or more keeps two at each end, one of 6 to 11 keeps one at each end;
//! - a shorter one becomes `***`.

use super::plan::Action;
use crate::wire::json::escape::push_escaped;
use crate::wire::json::scalar::{ScalarKind, ScalarRewriter};
use crate::wire::json::scan;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt::{self, Write};
use std::sync::Arc;

/// What partial puts between the ends.
const MIDDLE: &str = "***";

/// The longest e-mail address that partial knows as one, in bytes. RFC 5321 ends at 254.
const LONGEST_ADDRESS: usize = 320;

/// A text of so many characters keeps two at each end.
const LONG: usize = 12;

/// Writes what an action makes of one scalar in the scalar's place. Reusable for any number of values.
#[derive(Clone)]
pub struct ScalarAction {
    making: SpanAction,
    /// What the action writes for every value, if that is one thing.
    fixed: Option<Vec<u8>>,
    kind: ScalarKind,
}

impl ScalarAction {
    /// Carries out this action.
    pub fn new(action: &Action) -> ScalarAction {
        let fixed = match action {
            Action::Remove | Action::Null => Some(b"null".to_vec()),
            Action::Redact(text) => {
                let mut json = vec![b'"'];
                push_escaped(text, &mut json);
                json.push(b'"');
                Some(json)
            }
            Action::Partial | Action::Hash(_) => None,
        };
        ScalarAction {
            making: SpanAction::new(action),
            fixed,
            kind: ScalarKind::Null,
        }
    }
}

impl ScalarRewriter for ScalarAction {
    fn begin(&mut self, kind: ScalarKind, _out: &mut Vec<u8>) {
        self.kind = kind;
        self.making.begin();
    }

    fn plain(&mut self, text: &str, _out: &mut Vec<u8>) {
        self.making.push(text);
    }

    fn escape(&mut self, _raw: &str, meaning: char, _out: &mut Vec<u8>) {
        self.making.push(meaning.encode_utf8(&mut [0; 4]));
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        match &self.fixed {
            Some(json) => out.extend(json),
            None if self.kind == ScalarKind::Null => out.extend(b"null"),
            None => {
                out.push(b'"');
                self.making.end(out);
                out.push(b'"');
            }
        }
    }

    fn whole(&mut self, kind: ScalarKind, text: &str, out: &mut Vec<u8>) {
        match (&self.fixed, &self.making.making) {
            (Some(json), _) => out.extend_from_slice(json),
            (None, Making::Partial(_)) if kind != ScalarKind::Null => {
                out.push(b'"');
                // What had no escapes needs none.
                Shown::of(text).push_with(|text, out| out.extend_from_slice(text.as_bytes()), out);
                out.push(b'"');
            }
            _ => {
                self.begin(kind, out);
                self.plain(text, out);
                self.end(out);
            }
        }
    }
}

/// What an action makes of a text.
///
/// Remove and null make nothing of it: inside a longer text nothing else can stand for them.
pub fn apply(action: &Action, text: &str) -> String {
    let mut making = SpanAction::new(action);
    making.begin();
    making.push(text);
    making.finished()
}

/// What an action makes of one span of text that comes in pieces. Used as `begin`, any number of `push`, `end`.
#[derive(Clone)]
pub(super) struct SpanAction {
    making: Making,
}

#[derive(Clone)]
enum Making {
    Nothing,
    Fixed(Arc<str>),
    Partial(Ends),
    Hash(Box<Hashing>),
}

#[derive(Clone)]
struct Hashing {
    /// The state after the key, from which every text starts.
    keyed: Hmac<Sha256>,
    running: Hmac<Sha256>,
}

impl SpanAction {
    pub(super) fn new(action: &Action) -> SpanAction {
        let making = match action {
            Action::Remove | Action::Null => Making::Nothing,
            Action::Redact(text) => Making::Fixed(text.clone()),
            Action::Partial => Making::Partial(Ends::default()),
            Action::Hash(key) => match Hmac::<Sha256>::new_from_slice(key.bytes()) {
                Ok(keyed) => Making::Hash(Box::new(Hashing {
                    running: keyed.clone(),
                    keyed,
                })),
                // HMAC takes a key of any length; should that ever change, nothing of the text is shown.
                Err(_) => Making::Nothing,
            },
        };
        SpanAction { making }
    }

    pub(super) fn begin(&mut self) {
        match &mut self.making {
            Making::Nothing | Making::Fixed(_) => {}
            Making::Partial(ends) => ends.clear(),
            Making::Hash(hashing) => hashing.running = hashing.keyed.clone(),
        }
    }

    pub(super) fn push(&mut self, text: &str) {
        match &mut self.making {
            Making::Nothing | Making::Fixed(_) => {}
            Making::Partial(ends) => ends.push(text),
            Making::Hash(hashing) => hashing.running.update(text.as_bytes()),
        }
    }

    /// Appends what it became, escaped for the inside of a JSON string.
    pub(super) fn end(&mut self, out: &mut Vec<u8>) {
        match &mut self.making {
            Making::Nothing => {}
            Making::Fixed(text) => push_escaped(text, out),
            Making::Partial(ends) => ends.shown().push(out),
            Making::Hash(hashing) => push_hex(&hashing.running.clone().finalize().into_bytes(), out),
        }
    }

    /// What it became, as it is meant.
    pub(super) fn finished(&self) -> String {
        match &self.making {
            Making::Nothing => String::new(),
            Making::Fixed(text) => text.as_ref().to_owned(),
            Making::Partial(ends) => ends.shown().to_string(),
            Making::Hash(hashing) => {
                let mut hex = Vec::new();
                push_hex(&hashing.running.clone().finalize().into_bytes(), &mut hex);
                String::from_utf8(hex).unwrap_or_default()
            }
        }
    }
}

fn push_hex(bytes: &[u8], out: &mut Vec<u8>) {
    let digit = |value: u8| value + if value < 10 { b'0' } else { b'a' - 10 };
    for byte in bytes {
        out.extend_from_slice(&[digit(byte >> 4), digit(byte & 0xf)]);
    }
}

/// What partial shows of a text.
enum Shown<'a> {
    /// Of an e-mail address: its first character, if that is not all there is before the `@`, and its domain.
    Address(Option<char>, &'a str),
    /// Of any other text: so many characters of its head and its last ones.
    Ends(&'a str, usize, [Option<char>; 2]),
}

impl<'a> Shown<'a> {
    /// Of a whole text.
    fn of(text: &'a str) -> Shown<'a> {
        if text.len() <= LONGEST_ADDRESS
            && let Some(shown) = Shown::of_address(text)
        {
            return shown;
        }
        let mut from_end = text.chars().rev();
        let last = from_end.next().unwrap_or_default();
        let before = from_end.next().unwrap_or_default();
        // A text has at least a character for each four bytes: of a long one it need not be counted how many.
        let count = if text.len() < 4 * LONG {
            text.chars().count()
        } else {
            LONG
        };
        Shown::of_ends(text, count, [before, last])
    }

    fn of_address(text: &'a str) -> Option<Shown<'a>> {
        let (local, domain) = address(text)?;
        let mut characters = local.chars();
        let first = characters.next().filter(|_| characters.next().is_some());
        Some(Shown::Address(first, domain))
    }

    /// Of a text that begins so, has so many characters, and ends with these two.
    fn of_ends(head: &'a str, count: usize, [before, last]: [char; 2]) -> Shown<'a> {
        match count {
            0..6 => Shown::Ends("", 0, [None, None]),
            6..LONG => Shown::Ends(head, 1, [None, Some(last)]),
            _ => Shown::Ends(head, 2, [Some(before), Some(last)]),
        }
    }

    /// Appends it, escaped for the inside of a JSON string.
    fn push(&self, out: &mut Vec<u8>) {
        self.push_with(push_escaped, out);
    }

    /// Appends it, each part of the text by `push`.
    #[inline]
    fn push_with(&self, push: impl Fn(&str, &mut Vec<u8>), out: &mut Vec<u8>) {
        let middle = MIDDLE.as_bytes();
        let character = |character: char, out: &mut Vec<u8>| push(character.encode_utf8(&mut [0; 4]), out);
        match self {
            Shown::Address(first, domain) => {
                first.iter().for_each(|first| character(*first, out));
                out.extend_from_slice(middle);
                out.push(b'@');
                push(domain, out);
            }
            Shown::Ends(head, shown, last) => {
                head.chars().take(*shown).for_each(|shown| character(shown, out));
                out.extend_from_slice(middle);
                last.iter().flatten().for_each(|last| character(*last, out));
            }
        }
    }
}

impl fmt::Display for Shown<'_> {
    /// As it is meant.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shown::Address(first, domain) => {
                first.iter().try_for_each(|first| f.write_char(*first))?;
                write!(f, "{MIDDLE}@{domain}")
            }
            Shown::Ends(head, shown, last) => {
                head.chars()
                    .take(*shown)
                    .try_for_each(|character| f.write_char(character))?;
                f.write_str(MIDDLE)?;
                last.iter()
                    .flatten()
                    .try_for_each(|character| f.write_char(*character))
            }
        }
    }
}

/// What partial must remember of a text: all of a short one, the ends of a long one.
#[derive(Clone, Default)]
struct Ends {
    /// The text, as long as it is short enough to be an e-mail address; then its head alone.
    head: String,
    /// Whether `head` is all of it.
    long: bool,
    /// The last two characters seen.
    last: [char; 2],
    /// How many characters were seen.
    count: usize,
}

impl Ends {
    fn clear(&mut self) {
        let mut head = std::mem::take(&mut self.head);
        head.clear();
        *self = Ends {
            head,
            ..Ends::default()
        };
    }

    fn push(&mut self, text: &str) {
        self.count = self.count.saturating_add(text.chars().count());
        // Counting backwards touches the last two characters alone, however long the piece is.
        let mut from_end = text.chars().rev();
        match (from_end.next(), from_end.next()) {
            (Some(last), Some(before)) => self.last = [before, last],
            (Some(last), None) => self.last = [self.last[1], last],
            _ => {}
        }
        if self.long {
            return;
        }
        if self.head.len() + text.len() <= LONGEST_ADDRESS {
            self.head.push_str(text);
        } else {
            self.long = true;
            self.head.extend(text.chars().take(2));
        }
    }

    fn shown(&self) -> Shown<'_> {
        let address = (!self.long).then(|| Shown::of_address(&self.head)).flatten();
        address.unwrap_or_else(|| Shown::of_ends(&self.head, self.count, self.last))
    }
}

/// The parts of a text that is one e-mail address and nothing else.
fn address(text: &str) -> Option<(&str, &str)> {
    // By bytes where that is enough: an address is mostly ASCII, and there are as many of them as results.
    match plain_address(text) {
        Plain::Address(at) => Some((text.get(..at)?, text.get(at + 1..)?)),
        Plain::None => None,
        Plain::Unknown => any_address(text),
    }
}

/// Whether a text is an address, as far as its bytes say it.
enum Plain {
    /// It is one; its `@` stands here.
    Address(usize),
    /// It is none.
    None,
    /// That takes more than bytes.
    Unknown,
}

/// Looks at all bytes of a short text at once.
fn plain_address(text: &str) -> Plain {
    let mut block = [0; scan::BLOCK];
    let length = text.len();
    match block.get_mut(..length) {
        Some(start) if length > 0 => start.copy_from_slice(text.as_bytes()),
        _ => return Plain::Unknown,
    }
    let found = scan::address(&block);
    let all = u64::MAX >> (scan::BLOCK - length);
    if (found.alphanumeric | found.joiner | found.dot | found.at) & all != all {
        return Plain::Unknown;
    }
    if found.at == 0 {
        return Plain::None;
    }
    // The first bit behind the last one that is set.
    let behind = |bits: u64| u64::BITS - bits.leading_zeros();
    let (at, dot) = (found.at.trailing_zeros(), behind(found.dot));
    // One `@`, something before it, something between it and the last dot, and letters or digits alone behind that.
    let one = found.at.is_power_of_two() && at > 0 && dot > at + 2;
    if one && behind(found.joiner) < dot && (dot as usize) < length {
        Plain::Address(at as usize)
    } else {
        Plain::Unknown
    }
}

/// The same for any text.
fn any_address(text: &str) -> Option<(&str, &str)> {
    let at = text.bytes().rposition(|byte| byte == b'@')?;
    let (local, domain) = (text.get(..at)?, text.get(at + 1..)?);
    let dot = domain.bytes().rposition(|byte| byte == b'.')?;
    let (before, top) = (domain.get(..dot)?, domain.get(dot + 1..)?);
    let implausible =
        |c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>' | ',' | ';' | ':' | '@' | '/' | '\\');
    let plausible = |part: &str| !part.is_empty() && !part.contains(implausible);
    let letters = |top: &str| plausible(top) && top.chars().all(char::is_alphanumeric);
    let whole = plausible(local) && plausible(before) && letters(top);
    (whole && domain.len() <= 255).then_some((local, domain))
}

#[cfg(test)]
mod tests {
    use super::super::plan::HashKey;
    use super::*;
    use proptest::prelude::*;

    fn key() -> Action {
        Action::Hash(HashKey::new(b"key"))
    }

    /// What a rewriter makes of a value that comes in these pieces; a piece that starts with a backslash is an escape.
    fn rewritten(rewriter: &mut impl ScalarRewriter, kind: ScalarKind, pieces: &[&str]) -> String {
        let mut out = Vec::new();
        rewriter.begin(kind, &mut out);
        for piece in pieces {
            if piece.starts_with('\\') {
                let meaning: String = serde_json::from_str(&format!("\"{piece}\"")).unwrap();
                rewriter.escape(piece, meaning.chars().next().unwrap(), &mut out);
            } else {
                rewriter.plain(piece, &mut out);
            }
        }
        rewriter.end(&mut out);
        String::from_utf8(out).unwrap()
    }

    proptest! {
        #[test]
        fn an_address_is_one_by_its_bytes_as_by_its_characters(
            text in "([a-z0-9._+-]{0,4}|[é \",A-Z]{0,2})@?[a-z0-9._@-]{0,5}(\\.[a-z0-9é_-]{0,3})?@?",
            more in 0..300usize,
        ) {
            for text in [text.clone(), format!("a@{}.{text}", "b".repeat(more))] {
                prop_assert_eq!(address(&text), any_address(&text), "{}", text);
            }
        }
    }

    #[test]
    fn partial_keeps_the_ends() {
        let cases = [
            ("maria@example.com", "m***@example.com"),
            ("maria.lopez+x@mail.example.co.uk", "m***@mail.example.co.uk"),
            ("jo@example.com", "j***@example.com"),
            ("j@example.com", "***@example.com"),
            ("élodie@exämple.fr", "é***@exämple.fr"),
            ("two@at@example.com", "tw***om"),
            ("Maria <maria@example.com>", "Ma***m>"),
            ("@example.com", "@e***om"),
            ("maria@localhost", "ma***st"),
            ("", "***"),
            ("a", "***"),
            ("abcde", "***"),
            ("abcdef", "a***f"),
            ("abcdefghijk", "a***k"),
            ("abcdefghijkl", "ab***kl"),
            ("Friedrich-Wilhelm von Example", "Fr***le"),
            ("日本語日本", "***"),
            ("日本語日本語", "日***語"),
            ("😀123456789ab😎", "😀1***b😎"),
            ("say \"hi\" again\"", "sa***n\""),
        ];
        for (text, partial) in cases {
            assert_eq!(apply(&Action::Partial, text), partial, "{text}");
        }
        let long = format!("äb{}yß", "x".repeat(100_000));
        assert_eq!(apply(&Action::Partial, &long), "äb***yß");
        let long_address = format!("{}@example.com", "x".repeat(400));
        assert_eq!(apply(&Action::Partial, &long_address), "xx***om");
    }

    #[test]
    fn partial_shows_at_most_a_third() {
        for length in 0..40 {
            let text = "x".repeat(length);
            let shown = apply(&Action::Partial, &text).len() - MIDDLE.len();
            assert!(shown * 3 <= length, "{length}");
        }
    }

    #[test]
    fn every_action_on_every_kind() {
        use ScalarKind::{Bool, Null, Number, String};
        let redact = Action::Redact("[\"gone\"]".into());
        let hash_of_42 = format!("\"{}\"", apply(&key(), "42"));
        let cases: &[(&Action, ScalarKind, &[&str], &str)] = &[
            (&redact, String, &["secret"], r#""[\"gone\"]""#),
            (&redact, Number, &["42"], r#""[\"gone\"]""#),
            (&redact, Null, &[], r#""[\"gone\"]""#),
            (&Action::Null, String, &["secret"], "null"),
            (&Action::Null, Bool, &["true"], "null"),
            (&Action::Remove, String, &["secret"], "null"),
            (&Action::Remove, Number, &["1"], "null"),
            (
                &Action::Partial,
                String,
                &["maria", r"\u0040", "example.com"],
                r#""m***@example.com""#,
            ),
            (
                &Action::Partial,
                String,
                &[r"\n", "0123456789", r"\u0001", r#"\""#],
                r#""\n0***\u0001\"""#,
            ),
            (&Action::Partial, Number, &["-1234", "567.5"], r#""-***5""#),
            (&Action::Partial, Bool, &["false"], r#""***""#),
            (&Action::Partial, Null, &[], "null"),
            (&key(), Number, &["4", "2"], &hash_of_42),
            (&key(), String, &["4", r"\u0032"], &hash_of_42),
            (&key(), Null, &[], "null"),
        ];
        for (action, kind, pieces, expected) in cases {
            let mut rewriter = ScalarAction::new(action);
            // Twice: what was left of the first value must not show in the second.
            for _ in 0..2 {
                assert_eq!(
                    rewritten(&mut rewriter, *kind, pieces),
                    *expected,
                    "{action:?} {pieces:?}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn a_whole_value_becomes_what_its_pieces_do(
            text in prop_oneof!["[a-zA-Z0-9@.+é😀 '/]{0,30}", "[a-z]{1,9}@[a-z]{1,9}\\.[a-z]{2,3}", "[a-zé\u{7f}]{300,330}"],
            cut in 0usize..40,
        ) {
            let cut = (0..=cut.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            for action in [Action::Partial, key(), Action::Redact("[x]".into()), Action::Null] {
                for kind in [ScalarKind::String, ScalarKind::Number, ScalarKind::Null] {
                    let (mut whole, mut pieces) = (Vec::new(), Vec::new());
                    ScalarAction::new(&action).whole(kind, &text, &mut whole);
                    let mut rewriter = ScalarAction::new(&action);
                    rewriter.begin(kind, &mut pieces);
                    rewriter.plain(&text[..cut], &mut pieces);
                    rewriter.plain(&text[cut..], &mut pieces);
                    rewriter.end(&mut pieces);
                    prop_assert_eq!(whole, pieces, "{:?}", action);
                }
            }
        }
    }

    #[test]
    fn a_hash_is_hmac_sha_256() {
        // RFC 4231, test case 2.
        let action = Action::Hash(HashKey::new(b"Jefe"));
        let hash = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(apply(&action, "what do ya want for nothing?"), hash);
        assert_ne!(apply(&key(), "what do ya want for nothing?"), hash);
    }

    #[test]
    fn spans_become_text_or_nothing() {
        assert_eq!(apply(&Action::Redact("[x]".into()), "secret"), "[x]");
        assert_eq!(apply(&Action::Remove, "secret"), "");
        assert_eq!(apply(&Action::Null, "secret"), "");
    }

    proptest! {
        #[test]
        fn cuts_do_not_show(text in ".{0,30}", cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4)) {
            let mut places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let mut chosen: Vec<usize> = cuts.iter().map(|cut| places[cut.index(places.len())]).collect();
            chosen.sort_unstable();
            places.clear();
            for action in [Action::Partial, key()] {
                let mut span = SpanAction::new(&action);
                span.begin();
                let mut from = 0;
                for &to in chosen.iter().chain([&text.len()]) {
                    span.push(&text[from..to]);
                    from = to;
                }
                prop_assert_eq!(span.finished(), apply(&action, &text));
            }
        }
    }
}
