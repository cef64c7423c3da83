//! How less is asked for in a JSON body: a smaller limit, no vectors, each written at its place, and nowhere else.

use super::{AskedVectors, Forward, Forwarded, Head, Narrowing};
use crate::wire::json::strict::{Object, Span};

/// Where the limit of one query sits, or would sit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitSite {
    /// A number, or null: replaced.
    At(Span),
    /// Absent: a member is written after the opening brace of its object.
    Absent {
        /// The offset after the brace.
        at: usize,
        /// What stands around the number.
        member: Around,
        /// What follows it.
        then: Then,
    },
}

/// What stands around the number of a member that is written: `"limit":` before it and nothing after, say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Around {
    /// Its key and colon, and braces that open.
    pub before: &'static str,
    /// Braces that close.
    pub after: &'static str,
}

impl Around {
    /// A plain member, from its key in quotes and the colon.
    pub const fn member(before: &'static str) -> Around {
        Around { before, after: "" }
    }
}

/// What follows a member that is written first into an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Other members.
    Comma,
    /// The closing brace.
    Nothing,
}

impl LimitSite {
    /// Where a member would be written into an object that lacks it.
    pub fn absent(object: &Object<'_>, member: Around) -> LimitSite {
        LimitSite::Absent {
            at: object.insertion_point(),
            member,
            then: if object.members.is_empty() {
                Then::Nothing
            } else {
                Then::Comma
            },
        }
    }

    fn edit(self, limit: u64) -> (Span, String) {
        match self {
            LimitSite::At(span) => (span, limit.to_string()),
            LimitSite::Absent { at, member, then } => {
                let comma = match then {
                    Then::Comma => ",",
                    Then::Nothing => "",
                };
                let Around { before, after } = member;
                (
                    Span { start: at, end: at },
                    format!("{before}{limit}{after}{comma}"),
                )
            }
        }
    }
}

/// A part of a body that asks for vectors, and what it is without them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VectorSite {
    /// The part.
    pub at: Span,
    /// What stands there instead.
    pub without: String,
}

/// The limits of a body, in the order of its operation's queries, and where it asks for vectors.
#[derive(Debug)]
pub struct Narrow {
    limits: Vec<LimitSite>,
    vectors: Vec<VectorSite>,
    /// The length of the body whose places these are.
    length: usize,
}

impl Narrow {
    /// For a body of this length.
    pub fn new(limits: Vec<LimitSite>, vectors: Vec<VectorSite>, length: usize) -> Narrow {
        Narrow {
            limits,
            vectors,
            length,
        }
    }

    /// As a request carries it; `None` where nothing can be changed.
    pub fn boxed(
        limits: Vec<LimitSite>,
        vectors: Vec<VectorSite>,
        length: usize,
    ) -> Option<Box<dyn Forward>> {
        let changes = !limits.is_empty() || !vectors.is_empty();
        changes.then(|| Box::new(Narrow::new(limits, vectors, length)) as Box<dyn Forward>)
    }

    /// The new body; `None` where the places are not this body's.
    fn rewrite(&self, body: &[u8], narrowing: &Narrowing) -> Option<Vec<u8>> {
        let unchanged = !narrowing.changes_limits();
        if body.len() != self.length || !(unchanged || narrowing.limits.len() == self.limits.len()) {
            return None;
        }
        let mut edits: Vec<(Span, String)> = self
            .limits
            .iter()
            .zip(&narrowing.limits)
            .filter_map(|(site, limit)| Some(site.edit((*limit)?)))
            .collect();
        if narrowing.vectors == AskedVectors::Dropped {
            edits.extend(self.vectors.iter().map(|site| (site.at, site.without.clone())));
        }
        edits.sort_by_key(|(span, _)| span.start);
        let mut out = Vec::with_capacity(body.len() + edits.len() * 32);
        let mut from = 0;
        for (span, text) in edits {
            out.extend(body.get(from..span.start)?);
            out.extend(text.as_bytes());
            from = span.end;
        }
        out.extend(body.get(from..)?);
        Some(out)
    }
}

impl Forward for Narrow {
    fn narrowed(&self, _head: &Head, body: &[u8], narrowing: &Narrowing) -> Forwarded {
        Forwarded {
            path: None,
            body: (!narrowing.is_empty()).then(|| {
                // Should this ever be called with another body, the database gets an empty one, and refuses it:
                // never a body whose limit was not the one that was judged.
                self.rewrite(body, narrowing).unwrap_or_default()
            }),
        }
    }
}
