//! How less is asked for in a JSON body: a smaller limit, no vectors, fewer fields, each written at its place, and nowhere
//! else.

use super::{AskedVectors, FieldKeys, Forward, Forwarded, Head, Narrowing};
use crate::wire::json::strict::{Node, Object, Span};

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

/// A part of a body that says which fields come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSite {
    /// The part; empty where something would be written in.
    pub at: Span,
    /// What it says.
    pub wanted: Wanted,
}

/// Which fields a part of a body wants back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// These and no others, in a list. Names that go leave it, but never all: to some servers an empty list means all
    /// there is.
    Only(Vec<WantedName>),
    /// All but those of a list. Names that go are added to it.
    AllBut {
        /// The names that are in the list already, as they stand in the body.
        given: Vec<Span>,
        /// The paths of these names.
        known: Vec<String>,
        /// What is written before the list.
        before: &'static str,
        /// What is written after it.
        after: &'static str,
    },
}

/// A name in a list of fields that come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedName {
    /// Where it stands, in its quotes.
    pub at: Span,
    /// The outermost key of the field that it names; `None` where it names something else, or more than one.
    pub root: Option<String>,
    /// Whether it names a vector.
    pub vector: bool,
}

impl Wanted {
    /// A list of names; `root` tells the outermost key of each.
    pub fn only(list: &Node<'_>, root: impl Fn(&str) -> Option<String>) -> Wanted {
        let names = list.elements().map(|node| WantedName {
            at: node.span(),
            root: node.as_str().and_then(&root),
            vector: false,
        });
        Wanted::Only(names.collect())
    }

    /// What is written in the part's place, and what is not asked for then; `None` where it stays as it is.
    fn without(&self, body: &[u8], narrowing: &Narrowing) -> Option<(String, Vec<String>)> {
        let raw = |at: &Span| std::str::from_utf8(body.get(at.start..at.end)?).ok();
        match self {
            Wanted::Only(names) => {
                let goes = |name: &WantedName| {
                    (name.vector && narrowing.vectors == AskedVectors::Dropped)
                        || name
                            .root
                            .as_ref()
                            .is_some_and(|root| narrowing.removes_whole(root))
                };
                let (go, stay): (Vec<&WantedName>, Vec<&WantedName>) =
                    names.iter().partition(|name| goes(name));
                if go.is_empty() || stay.is_empty() {
                    return None;
                }
                let stay: Vec<&str> = stay.iter().map(|name| raw(&name.at)).collect::<Option<_>>()?;
                let go = go.iter().filter_map(|name| name.root.clone()).collect();
                Some((format!("[{}]", stay.join(",")), go))
            }
            Wanted::AllBut {
                given,
                known,
                before,
                after,
            } => {
                let more = still_removed(narrowing, |path| known.iter().any(|known| known == path));
                if more.is_empty() {
                    return None;
                }
                let quoted: Vec<String> = more.iter().map(|path| format!("\"{path}\"")).collect();
                let mut all: Vec<&str> = given.iter().map(raw).collect::<Option<_>>()?;
                all.extend(quoted.iter().map(String::as_str));
                Some((format!("{before}[{}]{after}", all.join(",")), more))
            }
        }
    }
}

/// The word for all vectors among what is left out.
pub const VECTORS: &str = "vectors";

/// The names in order, none of them twice.
pub fn each_once(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names.dedup();
    names
}

/// The paths of what is removed, where a list of what is left out can name them and does not yet (`known`).
pub fn still_removed(narrowing: &Narrowing, known: impl Fn(&str) -> bool) -> Vec<String> {
    let paths = narrowing.removed.iter().filter_map(plain_path);
    paths.filter(|path| !known(path)).collect()
}

/// The path of a field in the form that every reader of paths takes the same way: keys of letters, digits, `_` and `-`
/// with dots between. `None` where the keys need another.
fn plain_path(keys: &FieldKeys) -> Option<String> {
    let plain = |key: &String| {
        !key.is_empty()
            && key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    keys.iter().all(plain).then(|| keys.join("."))
}

/// Everything in a body that can be made less.
#[derive(Debug, Default)]
pub struct Sites {
    /// Its limits, in the order of its operation's queries.
    pub limits: Vec<LimitSite>,
    /// Where it asks for vectors.
    pub vectors: Vec<VectorSite>,
    /// Where it says which fields come back.
    pub fields: Vec<FieldSite>,
}

/// How a body is made to ask for less.
#[derive(Debug)]
pub struct Narrow {
    sites: Sites,
    /// The length of the body whose places these are.
    length: usize,
}

/// What is written into a body.
struct Edits {
    /// What stands in the place of these parts, in order.
    texts: Vec<(Span, String)>,
    /// What is not asked for any more.
    left_out: Vec<String>,
}

impl Narrow {
    /// As a request with a body of this length carries it; `None` where nothing can be changed.
    pub fn boxed(sites: Sites, length: usize) -> Option<Box<dyn Forward>> {
        let changes = !(sites.limits.is_empty() && sites.vectors.is_empty() && sites.fields.is_empty());
        changes.then(|| Box::new(Narrow { sites, length }) as Box<dyn Forward>)
    }

    /// What is written; `None` where the places are not this body's.
    fn edits(&self, body: &[u8], narrowing: &Narrowing) -> Option<Edits> {
        let Sites {
            limits,
            vectors,
            fields,
        } = &self.sites;
        let unchanged = !narrowing.changes_limits();
        if body.len() != self.length || !(unchanged || narrowing.limits.len() == limits.len()) {
            return None;
        }
        let mut edits: Vec<(Span, String)> = limits
            .iter()
            .zip(&narrowing.limits)
            .filter_map(|(site, limit)| Some(site.edit((*limit)?)))
            .collect();
        let mut left_out = Vec::new();
        if narrowing.vectors == AskedVectors::Dropped && !vectors.is_empty() {
            edits.extend(vectors.iter().map(|site| (site.at, site.without.clone())));
            left_out.push(VECTORS.to_owned());
        }
        for site in fields {
            if let Some((text, names)) = site.wanted.without(body, narrowing) {
                edits.push((site.at, text));
                left_out.extend(names);
            }
        }
        edits.sort_by_key(|(span, _)| span.start);
        Some(Edits {
            texts: edits,
            left_out: each_once(left_out),
        })
    }

    fn rewrite(body: &[u8], edits: Vec<(Span, String)>) -> Option<Vec<u8>> {
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
        let (edits, left_out) = match self.edits(body, narrowing) {
            Some(edits) => (Some(edits.texts), edits.left_out),
            None => (None, Vec::new()),
        };
        Forwarded {
            path: None,
            // Should this ever be called with another body, the database gets an empty one, and refuses it:
            // never a body whose limit was not the one that was judged.
            body: match edits {
                Some(edits) if edits.is_empty() => None,
                edits => Some(
                    edits
                        .and_then(|edits| Narrow::rewrite(body, edits))
                        .unwrap_or_default(),
                ),
            },
            left_out,
        }
    }
}
