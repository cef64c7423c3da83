//! The target of a request (`:path`): read strictly, so that filter and database cannot read it differently.

use std::borrow::Cow;
use std::fmt;

/// A request target in normal form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The path and query as received.
    pub raw: String,
    /// The segments of the path, percent-decoded. `/a/b` has two; `/` has none. None of them is empty, holds a slash,
    /// a backslash or a control character, or is a dot segment.
    pub segments: Vec<String>,
    /// The query's pairs, decoded, in their order. No name stands twice.
    pub query: Vec<(String, String)>,
}

/// Why a target is not in normal form. The words go into the refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetError {
    /// It does not start with `/`.
    NotAbsolute,
    /// Two slashes in a row, or a slash at the end.
    EmptySegment,
    /// A segment `.` or `..`, also percent-encoded.
    DotSegment,
    /// A percent sign that is not followed by two hex digits, or an escape of a byte that needs none (`%61`), of a
    /// control character, or, in the path, of a slash or backslash; or bytes that are not UTF-8 once decoded.
    BadEscape,
    /// A character that may not stand in a target (space, control, non-ASCII, `\`, `#`, `;`, quotes, brackets), or
    /// that servers read in two ways where it stands (`+` in a query).
    BadCharacter,
    /// A query that is not a list of `name=value`, joined by `&`: an empty one, a name without `=`, an empty name.
    BadQuery,
    /// The same query parameter twice.
    DuplicateParameter(String),
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Cow<'static, str> = match self {
            TargetError::NotAbsolute => "the path does not start with a slash".into(),
            TargetError::EmptySegment => "the path has an empty segment or ends with a slash".into(),
            TargetError::DotSegment => "the path has a dot segment".into(),
            TargetError::BadEscape => "the path has a percent escape that is broken or not needed".into(),
            TargetError::BadCharacter => "the path has a character that may not stand there".into(),
            TargetError::BadQuery => "the query is not a list of name=value joined by &".into(),
            TargetError::DuplicateParameter(name) => {
                format!("the query parameter {name} is given twice").into()
            }
        };
        f.write_str(&words)
    }
}

impl std::error::Error for TargetError {}

impl Target {
    /// Reads a target, in normal form alone. What a server could normalise (`//`, `/./`, `%61`) is refused, because
    /// one that does so and one that does not would see two different paths.
    ///
    /// ```
    /// use vectorgate::wire::target::Target;
    ///
    /// let target = Target::parse("/collections/a%20b/points?limit=3")?;
    /// assert_eq!(target.segments, ["collections", "a b", "points"]);
    /// assert_eq!(target.parameter("limit"), Some("3"));
    /// assert!(Target::parse("/collections//points").is_err());
    /// # Ok::<(), vectorgate::wire::target::TargetError>(())
    /// ```
    ///
    /// # Errors
    /// The first thing that is not in normal form.
    pub fn parse(raw: &str) -> Result<Target, TargetError> {
        let (path, query) = match raw.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (raw, None),
        };
        Ok(Target {
            raw: raw.to_owned(),
            segments: segments(path)?,
            query: query.map(pairs).transpose()?.unwrap_or_default(),
        })
    }

    /// The value of a query parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

fn segments(path: &str) -> Result<Vec<String>, TargetError> {
    let rest = path.strip_prefix('/').ok_or(TargetError::NotAbsolute)?;
    if rest.is_empty() {
        return Ok(Vec::new());
    }
    rest.split('/')
        .map(|segment| match decode(segment, Part::Segment)? {
            empty if empty.is_empty() => Err(TargetError::EmptySegment),
            dots if dots == "." || dots == ".." => Err(TargetError::DotSegment),
            segment => Ok(segment),
        })
        .collect()
}

fn pairs(query: &str) -> Result<Vec<(String, String)>, TargetError> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').ok_or(TargetError::BadQuery)?;
        if name.is_empty() {
            return Err(TargetError::BadQuery);
        }
        let (name, value) = (decode(name, Part::Query)?, decode(value, Part::Query)?);
        if pairs.iter().any(|(known, _)| *known == name) {
            return Err(TargetError::DuplicateParameter(name));
        }
        pairs.push((name, value));
    }
    Ok(pairs)
}

/// The part of a target that is decoded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Segment,
    Query,
}

fn decode(text: &str, part: Part) -> Result<String, TargetError> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let high = bytes.next().and_then(hex).ok_or(TargetError::BadEscape)?;
                let low = bytes.next().and_then(hex).ok_or(TargetError::BadEscape)?;
                let escaped = high << 4 | low;
                let misplaced = part == Part::Segment && matches!(escaped, b'/' | b'\\');
                if unreserved(escaped) || escaped.is_ascii_control() || misplaced {
                    return Err(TargetError::BadEscape);
                }
                decoded.push(escaped);
            }
            // A form decoder reads it as a space, a URL decoder as itself.
            b'+' if part == Part::Query => return Err(TargetError::BadCharacter),
            b'/' if part == Part::Query => decoded.push(byte),
            _ if unreserved(byte) || plain_delimiter(byte) => decoded.push(byte),
            _ => return Err(TargetError::BadCharacter),
        }
    }
    String::from_utf8(decoded).map_err(|_| TargetError::BadEscape)
}

/// One segment of a path as it is written in a target, every byte escaped that is not unreserved: the opposite of
/// what [`Target::parse`] does.
pub fn encode_segment(segment: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |half: u8| DIGITS.get(usize::from(half)).copied().map_or('0', char::from);
    let mut encoded = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        if unreserved(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    encoded
}

/// RFC 3986, "unreserved": what never needs an escape.
fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// RFC 3986, what may also stand in a segment as itself, less `;` (some servers cut path parameters off there).
fn plain_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b'=' | b':' | b'@'
    )
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(raw: &str) -> TargetError {
        Target::parse(raw).expect_err(raw)
    }

    #[test]
    fn normal_forms_are_read() {
        for (raw, segments, query) in [
            ("/", vec![], vec![]),
            ("/api/v2", vec!["api", "v2"], vec![]),
            ("/a%20b/c%3Ad", vec!["a b", "c:d"], vec![]),
            ("/a+b/@c/%C3%BC", vec!["a+b", "@c", "ü"], vec![]),
            ("/%25", vec!["%"], vec![]),
            ("/...", vec!["..."], vec![]),
            (
                "/c?limit=1&name=a%2Fb&x=",
                vec!["c"],
                vec![("limit", "1"), ("name", "a/b"), ("x", "")],
            ),
            ("/c?a=b=c", vec!["c"], vec![("a", "b=c")]),
        ] {
            let target = Target::parse(raw).expect(raw);
            assert_eq!(target.segments, segments, "{raw}");
            let pairs: Vec<_> = target
                .query
                .iter()
                .map(|(k, v)| (k.as_str(), v.as_str()))
                .collect();
            assert_eq!(pairs, query, "{raw}");
            assert_eq!(target.raw, raw);
        }
    }

    #[test]
    fn what_two_servers_could_read_differently_is_refused() {
        use TargetError::*;
        for (raw, why) in [
            ("", NotAbsolute),
            ("api", NotAbsolute),
            ("*", NotAbsolute),
            ("http://host/api", NotAbsolute),
            ("?a=b", NotAbsolute),
            ("//api", EmptySegment),
            ("/api//v2", EmptySegment),
            ("/api/", EmptySegment),
            ("//", EmptySegment),
            ("/api/./v2", DotSegment),
            ("/api/../v2", DotSegment),
            ("/api/%2e%2E/v2", BadEscape),
            ("/api/.%2e/v2", BadEscape),
            ("/%61pi", BadEscape),
            ("/a%7eb", BadEscape),
            ("/a%2fb", BadEscape),
            ("/a%2Fb", BadEscape),
            ("/a%5Cb", BadEscape),
            ("/a%00", BadEscape),
            ("/a%0a", BadEscape),
            ("/a%7F", BadEscape),
            ("/a%", BadEscape),
            ("/a%2", BadEscape),
            ("/a%zz", BadEscape),
            ("/a%+1", BadEscape),
            ("/%ff", BadEscape),
            ("/%C3", BadEscape),
            ("/a b", BadCharacter),
            ("/a\\b", BadCharacter),
            ("/a#b", BadCharacter),
            ("/a;b=c", BadCharacter),
            ("/ü", BadCharacter),
            ("/a\u{0}", BadCharacter),
            ("/a\tb", BadCharacter),
            ("/{a}", BadCharacter),
            ("/a|b", BadCharacter),
            ("/a\"b", BadCharacter),
            ("/a?b=c?d", BadCharacter),
            ("/a?b=c+d", BadCharacter),
            ("/a?b=c;d=e", BadCharacter),
            ("/a?", BadQuery),
            ("/a?b", BadQuery),
            ("/a?=b", BadQuery),
            ("/a?b=c&", BadQuery),
            ("/a?&b=c", BadQuery),
            ("/a?b=%61", BadEscape),
            ("/a?b=%00", BadEscape),
            ("/a?b=1&b=2", DuplicateParameter("b".into())),
            ("/a?b%20=1&b%20=2", DuplicateParameter("b ".into())),
        ] {
            assert_eq!(refused(raw), why, "{raw:?}");
        }
    }

    proptest! {
        #[test]
        fn a_segment_survives_encoding_and_decoding(segment in "[^/\\\\\\p{Cc}]{1,20}") {
            prop_assume!(segment != "." && segment != "..");
            let raw = format!("/{}", encode_segment(&segment));
            prop_assert_eq!(Target::parse(&raw).expect("normal form").segments, vec![segment]);
        }

        #[test]
        fn no_target_makes_the_reader_panic(raw in "/?[ -~]{0,30}", any in any::<String>()) {
            for raw in [raw, any] {
                if let Ok(target) = Target::parse(&raw) {
                    prop_assert!(target.segments.iter().all(|segment| !segment.is_empty()));
                    prop_assert!(target.segments.iter().all(|segment| !segment.contains(['/', '\\'])));
                }
            }
        }

        #[test]
        fn what_is_read_is_written_back_to_the_same_reading(raw in "(/[a-z%0-9:+. -]{1,6}){1,4}") {
            if let Ok(target) = Target::parse(&raw) {
                let again: String = target.segments.iter().map(|s| format!("/{}", encode_segment(s))).collect();
                prop_assert_eq!(Target::parse(&again).expect("normal form").segments, target.segments);
            }
        }
    }
}
