//! The vocabulary that dialects and policy share: what a request means, in words that know no database.
//!
//! A dialect builds an [`Operation`]; the policy judges it. Neither knows the other. An `Operation` that exists is
//! a valid one: what could not be understood never becomes one, or has [`Kind::Unknown`], which no rule can allow.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a request does, as far as a policy cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Nearest neighbours, hybrid, recommend, discover: a ranking.
    Search,
    /// Points by their ids.
    Fetch,
    /// Scroll, iterate, page through, read without ids: bulk reading.
    List,
    /// Count, facet, group statistics, distinct values.
    Aggregate,
    /// Snapshot, backup, dump, copy, replicate or reindex to another place.
    Export,
    /// Points in.
    Write,
    /// Points out.
    Delete,
    /// Reading the catalogue: collections, indexes, aliases, statistics.
    Describe,
    /// Changing the catalogue: create, drop, rename, index, alias, privileges.
    Schema,
    /// Version, health, and the calls that official clients make when they start.
    Meta,
    /// Anything else. Always refused.
    Unknown,
}

impl Kind {
    /// Every kind a policy may name (all but `unknown`).
    pub const NAMEABLE: [Kind; 10] = [
        Kind::Search,
        Kind::Fetch,
        Kind::List,
        Kind::Aggregate,
        Kind::Export,
        Kind::Write,
        Kind::Delete,
        Kind::Describe,
        Kind::Schema,
        Kind::Meta,
    ];

    /// The word that policies, records and metrics use.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Search => "search",
            Kind::Fetch => "fetch",
            Kind::List => "list",
            Kind::Aggregate => "aggregate",
            Kind::Export => "export",
            Kind::Write => "write",
            Kind::Delete => "delete",
            Kind::Describe => "describe",
            Kind::Schema => "schema",
            Kind::Meta => "meta",
            Kind::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How many results something can return in all. `{"at_most": n}` or `"unbounded"` in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Results {
    /// At most this many.
    AtMost(u64),
    /// As many as there are.
    Unbounded,
}

impl Results {
    /// The sum of two bounds; a sum that does not fit is no bound.
    pub fn plus(self, other: Results) -> Results {
        match (self, other) {
            (Results::AtMost(a), Results::AtMost(b)) => {
                a.checked_add(b).map_or(Results::Unbounded, Results::AtMost)
            }
            _ => Results::Unbounded,
        }
    }

    /// This bound, `factor` times.
    pub fn times(self, factor: u64) -> Results {
        match self {
            Results::AtMost(a) => a.checked_mul(factor).map_or(Results::Unbounded, Results::AtMost),
            Results::Unbounded => Results::Unbounded,
        }
    }

    /// Whether more than `max` could come back.
    pub fn exceeds(self, max: u64) -> bool {
        match self {
            Results::AtMost(n) => n > max,
            Results::Unbounded => true,
        }
    }
}

impl fmt::Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Results::AtMost(n) => write!(f, "{n}"),
            Results::Unbounded => f.write_str("an unbounded number of"),
        }
    }
}

/// One query inside a request: how deep it reaches and how many results it can return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// How many results are skipped before the first one returned.
    pub offset: u64,
    /// The number of results (or groups) asked for, the database's own default where the request names none;
    /// `Unbounded` where absent means all.
    pub limit: Results,
    /// What one unit of `limit` can return: the group size for grouped queries, the number of query vectors that
    /// share one limit (Chroma `query_embeddings`, Milvus `nq`), else 1.
    pub multiplier: u64,
    /// Whether the dialect can write another limit into the request. Where not (points by id, a fixed size), a
    /// query that reaches too deep is refused instead of clamped.
    pub clampable: bool,
}

impl Query {
    /// Offset plus limit: a second page is a larger top-k by another name.
    pub fn depth(&self) -> Results {
        self.limit.plus(Results::AtMost(self.offset))
    }

    /// All that this query can return.
    pub fn results(&self) -> Results {
        self.limit.times(self.multiplier)
    }
}

/// A payload field that a request refers to without (only) asking for it back: the path of keys from the payload's
/// root. `["contact", "email"]` is `contact.email`. Array steps are left out.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldRef {
    /// The keys, outermost first. Never empty.
    pub keys: Vec<String>,
    /// By what the request refers to it.
    pub through: Through,
}

/// By what part of a request a field is used, for the words of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Through {
    /// A condition on the field's value.
    Filter,
    /// An order of results by the field.
    Order,
    /// Groups by the field's value.
    Group,
    /// Distinct values or statistics of the field.
    Facet,
    /// A score computed from the field, a ranking key, or a search over its text.
    Score,
}

impl Through {
    /// The verb of a refusal: "may not filter by email".
    pub fn verb(self) -> &'static str {
        match self {
            Through::Filter => "filter",
            Through::Order => "order",
            Through::Group => "group",
            Through::Facet => "aggregate",
            Through::Score => "score",
        }
    }
}

impl fmt::Display for FieldRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.keys.join("."))
    }
}

/// What a request means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// What it does.
    pub kind: Kind,
    /// The collections it touches, by the names that policies use. Empty where it touches none or, for `describe`
    /// and `schema`, the whole catalogue (see `whole_catalogue`).
    pub collections: Vec<String>,
    /// It reads or changes the catalogue of all collections, so only a rule for every collection (`*`) covers it.
    pub whole_catalogue: bool,
    /// Each query that returns points; empty for what returns none.
    pub queries: Vec<Query>,
    /// Results that do not come from `queries`: points by id, values of a facet, samples. Added to their sum.
    pub other_results: Results,
    /// Whether the answer would carry vectors.
    pub vectors: bool,
    /// The fields it refers to, each once.
    pub refers_to: Vec<FieldRef>,
}

impl Operation {
    /// An operation of this kind that touches nothing and returns nothing.
    pub fn new(kind: Kind) -> Operation {
        Operation {
            kind,
            collections: Vec::new(),
            whole_catalogue: false,
            queries: Vec::new(),
            other_results: Results::AtMost(0),
            vectors: false,
            refers_to: Vec::new(),
        }
    }

    /// All that the request can return.
    pub fn results(&self) -> Results {
        self.queries
            .iter()
            .fold(self.other_results, |sum, query| sum.plus(query.results()))
    }

    /// The depth of the deepest query; `None` where there is none.
    pub fn depth(&self) -> Option<Results> {
        self.queries.iter().map(Query::depth).reduce(|a, b| match (a, b) {
            (Results::AtMost(a), Results::AtMost(b)) => Results::AtMost(a.max(b)),
            _ => Results::Unbounded,
        })
    }
}
