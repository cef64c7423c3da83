//! Compiled paths into JSON: field names matched at any depth, and the streamable part of JSONPath.

mod field;
mod jsonpath;

use std::fmt;

/// A field name of a policy: keys matched from any depth on, one after the other. `email`, `contact.email`,
/// `contact.*`; a name with a dot in it is one key written in brackets, `["a.b"]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldPattern {
    /// The steps, outermost first. Never empty.
    pub steps: Vec<FieldStep>,
}

/// One step of a [`FieldPattern`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FieldStep {
    /// This key.
    Key(String),
    /// Any one key (or array element).
    Any,
}

/// A JSONPath that can be followed while an answer streams by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonPath {
    /// As it was written.
    pub text: String,
    /// The steps from `$` on.
    pub steps: Vec<PathStep>,
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// One step of a [`JsonPath`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathStep {
    /// `.name`, `['name']`.
    Key(String),
    /// `.*`, `[*]`: every member or element.
    Any,
    /// `[n]`, counted from the start.
    Index(u64),
    /// `[from:to:step]`, counted from the start, `to` exclusive.
    Slice {
        /// The first index.
        from: u64,
        /// The index after the last; none: to the end.
        to: Option<u64>,
        /// At least 1.
        step: u64,
    },
    /// `['a','b']`, `[0,2]`: each of these steps.
    Union(Vec<PathStep>),
    /// `..`: this level and every one below it; the next step follows.
    Descent,
}

/// Why a path cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathError {
    /// It is not JSONPath, or not a field name; with what the parser said.
    Syntax(String),
    /// It is JSONPath but needs the whole value before it can say what it selects; with the part and the reason.
    NotStreamable(String),
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PathError::Syntax(why) => f.write_str(why),
            PathError::NotStreamable(why) => write!(f, "cannot be followed while an answer streams: {why}"),
        }
    }
}

impl std::error::Error for PathError {}
