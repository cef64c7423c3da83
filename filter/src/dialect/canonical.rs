//! A body in a form in which two spellings of the same request are equal (keys sorted, insignificant white space gone), for
//! an approval's digest.
//!
//! Few requests need a human, so the form is made when one does. Until then it is only known how.

use crate::wire::json::strict;
use std::borrow::Cow;

/// The canonical form of a body that was read, or how it is made.
#[derive(Clone, PartialEq, Eq)]
pub enum Canonical {
    /// This; empty where there is no body.
    Made(Vec<u8>),
    /// That of the body as JSON.
    OfJson,
}

impl Canonical {
    /// The canonical form of `body`, which must be the one that was read.
    pub fn of<'b>(&'b self, body: &[u8]) -> Cow<'b, [u8]> {
        match self {
            Canonical::Made(form) => Cow::Borrowed(form),
            // It was read before, so it can be read again.
            Canonical::OfJson => Cow::Owned(
                strict::parse(body).map_or_else(|_| body.to_vec(), |read| strict::canonical(&read)),
            ),
        }
    }

    /// Whether there is no body.
    pub fn is_of_nothing(&self) -> bool {
        matches!(self, Canonical::Made(form) if form.is_empty())
    }
}

impl std::fmt::Debug for Canonical {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Canonical::Made(_) => "Made(…)",
            Canonical::OfJson => "OfJson",
        })
    }
}
