//! The target of a request (`:path`): read strictly, so that filter and database cannot read it differently.

use std::borrow::Cow;
use std::fmt;

/// A request target in normal form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The path and query as received.
    pub raw: String,
    /// The segments of the path, percent-decoded. `/a/b` has two; `/` has none.
    pub segments: Vec<String>,
    /// The query's pairs, decoded, in their order.
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
    /// A percent sign that is not followed by two hex digits, or an escape of a byte that needs none (`%61`), or of
    /// a slash, backslash or control character; or bytes that are not UTF-8 once decoded.
    BadEscape,
    /// A character that may not stand in a target (space, control, non-ASCII, `\`, `#`, `;`).
    BadCharacter,
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
            TargetError::DuplicateParameter(name) => {
                format!("the query parameter {name} is given twice").into()
            }
        };
        f.write_str(&words)
    }
}

impl std::error::Error for TargetError {}
