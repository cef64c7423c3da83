//! Why a body is refused, and where in it. Never holds anything of the body's content.

use std::fmt;

/// Why a body is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StrictError {
    /// What is wrong.
    pub kind: StrictErrorKind,
    /// The byte at which it shows, from 0.
    pub offset: usize,
    /// Its line, from 1.
    pub line: usize,
    /// Its column in that line, in bytes, from 1.
    pub column: usize,
}

impl StrictError {
    pub(super) fn at(kind: StrictErrorKind, body: &[u8], offset: usize) -> StrictError {
        let before = body.get(..offset).unwrap_or(body);
        let line_start = before
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |newline| newline + 1);
        StrictError {
            kind,
            offset,
            line: before.iter().filter(|&&byte| byte == b'\n').count() + 1,
            column: before.len() - line_start + 1,
        }
    }
}

impl fmt::Display for StrictError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} at line {}, column {} (byte {})",
            self.kind.as_str(),
            self.line,
            self.column,
            self.offset
        )
    }
}

impl std::error::Error for StrictError {}

/// What is wrong with a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StrictErrorKind {
    /// There is nothing in it.
    Empty,
    /// It begins with a byte-order mark.
    ByteOrderMark,
    /// It is not UTF-8.
    InvalidUtf8,
    /// It ends inside a value.
    UnexpectedEnd,
    /// Something else than white space follows the value.
    TrailingBytes,
    /// A value should stand here.
    ExpectedValue,
    /// A key should stand here.
    ExpectedKey,
    /// A colon should stand here.
    ExpectedColon,
    /// A comma or a closing bracket should stand here.
    ExpectedCommaOrEnd,
    /// A key stands twice in one object.
    DuplicateKey,
    /// Not a number of the JSON grammar.
    InvalidNumber,
    /// A number that does not fit a double.
    NumberOutOfRange,
    /// An escape that JSON does not know.
    InvalidEscape,
    /// Half of a surrogate pair.
    LoneSurrogate,
    /// A control character inside a string, not escaped.
    ControlCharacter,
    /// Arrays and objects inside each other more than [`super::MAX_DEPTH`] deep.
    TooDeep,
}

impl StrictErrorKind {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            StrictErrorKind::Empty => "the body is empty",
            StrictErrorKind::ByteOrderMark => "a byte-order mark",
            StrictErrorKind::InvalidUtf8 => "bytes that are not UTF-8",
            StrictErrorKind::UnexpectedEnd => "the body ends inside a value",
            StrictErrorKind::TrailingBytes => "something follows the JSON value",
            StrictErrorKind::ExpectedValue => "expected a value",
            StrictErrorKind::ExpectedKey => "expected a key in double quotes",
            StrictErrorKind::ExpectedColon => "expected a colon",
            StrictErrorKind::ExpectedCommaOrEnd => "expected a comma or the closing bracket",
            StrictErrorKind::DuplicateKey => "the same key twice in one object",
            StrictErrorKind::InvalidNumber => "not a JSON number",
            StrictErrorKind::NumberOutOfRange => "a number out of range",
            StrictErrorKind::InvalidEscape => "an escape that JSON does not know",
            StrictErrorKind::LoneSurrogate => "half of a surrogate pair",
            StrictErrorKind::ControlCharacter => "a control character inside a string",
            StrictErrorKind::TooDeep => "arrays and objects nested more than 128 deep",
        }
    }
}
