//! One rule: whom it is for, what it covers, how much it lets through, and what it does to the answer.

use crate::mask::plan::Detector;
use crate::operation::Kind;
use serde::{Deserialize, Serialize};

/// One rule. It matches a request when the caller's identity (or one of its groups) matches, the operation is
/// listed, and every collection of the request matches. (A rule that denies, or asks for a human, does so also where
/// only some of the request's collections match.)
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name: in refusals, records and metrics. Unique in the policy.
    pub name: String,
    /// Whom it is for: names of identities, or `group:` and the name of a group. `*` stands for any characters, `?`
    /// for one. `"*"` alone is everyone, callers without an identity included.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(any(test, feature = "schema"), schemars(required))]
    pub identities: Option<Vec<String>>,
    /// The collections it covers. `*` stands for any characters, `?` for one. Requests that read or change the
    /// catalogue of all collections need `"*"`. A rule that denies or asks for a human covers every collection where
    /// they are left out, and so does one about `meta` alone, which touches none; any other must name them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collections: Option<Vec<String>>,
    /// What it covers: `search` (rankings), `fetch` (points by id), `list` (bulk reading, pages), `aggregate`
    /// (counts, facets), `export` (snapshots, dumps, copies), `write`, `delete`, `describe` (reading the catalogue),
    /// `schema` (changing it), `meta` (version, health; allowed where no rule speaks).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(any(test, feature = "schema"), schemars(required))]
    pub operations: Option<Vec<OperationName>>,
    /// What becomes of a request that matches: `allow` (the default), `deny`, or `approve` (a human must agree).
    #[serde(default)]
    pub verdict: RuleVerdict,
    /// How deep one query may reach: its offset plus its limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_k: Option<TopK>,
    /// How many results one request can return in all, as it asks for them, before any clamp. Where it is left out and
    /// `top_k` is there, a request's total after clamping may not exceed `top_k.max`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub results: Option<ResultsLimit>,
    /// What happens to values in the answer. Where two entries reach one value, the first wins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mask: Vec<MaskEntry>,
    /// Embeddings in the answer: `pass` (the default), `strip`, or `{ round: N }` for N decimals.
    #[serde(default)]
    pub vectors: Rounding,
    /// Scores and distances in the answer: `pass` (the default), `strip`, or `{ round: N }` for N decimals. What is stripped is
    /// absent or null, or 0 where the database's own clients demand a number.
    #[serde(default)]
    pub scores: Rounding,
    /// Your own words, added to a refusal by this rule: whom to ask, where to read more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What a request does. (`unknown` is no word of a policy: no rule can allow what is not understood.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum OperationName {
    /// Nearest neighbours, hybrid, recommend: a ranking.
    Search,
    /// Points by their ids.
    Fetch,
    /// Bulk reading: scroll, pages, reading without ids.
    List,
    /// Counts, facets, distinct values.
    Aggregate,
    /// Snapshots, dumps, copies to another place.
    Export,
    /// Points in.
    Write,
    /// Points out.
    Delete,
    /// Reading the catalogue.
    Describe,
    /// Changing the catalogue.
    Schema,
    /// Version, health, the start-up calls of clients.
    Meta,
}

impl From<OperationName> for Kind {
    fn from(name: OperationName) -> Kind {
        match name {
            OperationName::Search => Kind::Search,
            OperationName::Fetch => Kind::Fetch,
            OperationName::List => Kind::List,
            OperationName::Aggregate => Kind::Aggregate,
            OperationName::Export => Kind::Export,
            OperationName::Write => Kind::Write,
            OperationName::Delete => Kind::Delete,
            OperationName::Describe => Kind::Describe,
            OperationName::Schema => Kind::Schema,
            OperationName::Meta => Kind::Meta,
        }
    }
}

/// What a rule says of a request that it matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum RuleVerdict {
    /// It passes, within the rule's bounds.
    #[default]
    Allow,
    /// It is refused.
    Deny,
    /// It waits for a human.
    Approve,
}

/// How deep one query may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TopK {
    /// The greatest depth: offset plus limit. At least 1.
    #[cfg_attr(any(test, feature = "schema"), schemars(range(min = 1)))]
    pub max: u64,
    /// What becomes of a query that reaches deeper: `deny` (the default), `clamp` (a smaller limit is written into
    /// it), or `approve` (a human must agree).
    #[serde(default)]
    pub over: OverTopK,
}

/// What becomes of a query that reaches too deep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum OverTopK {
    /// The limit is lowered to what is left.
    Clamp,
    /// The request is refused.
    #[default]
    Deny,
    /// The request waits for a human.
    Approve,
}

/// How many results one request can return in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ResultsLimit {
    /// The greatest sum over all queries of a request. At least 1.
    #[cfg_attr(any(test, feature = "schema"), schemars(range(min = 1)))]
    pub max: u64,
    /// What becomes of a request that could return more: `deny` (the default) or `approve`.
    #[serde(default)]
    pub over: OverResults,
}

/// What becomes of a request that could return too many results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum OverResults {
    /// The request is refused.
    #[default]
    Deny,
    /// The request waits for a human.
    Approve,
}

/// What happens to some of an answer's values. It says which by `fields`, by `path`, or by `detect` and `fields`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MaskEntry {
    /// Names of fields, at any depth and anywhere in an answer: `email`, `contact.email`, `contact.*`. A name with a
    /// dot in it is written `["a.b"]`. With `detect`: the fields whose text is searched. Text that the database keeps
    /// beside the payload has its own name (Chroma: `#document`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<String>>,
    /// A JSONPath whose `$` is one result's payload: `$.contact.ssn`, `$.people[*].name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Kinds of things looked for inside the text of `fields`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detect: Option<Vec<Detect>>,
    /// What becomes of each: `remove`, `redact` (a fixed text), `partial` (the ends stay), `hash` (equal values stay
    /// equal; needs `hash_key`) or `null`. May be left out with `detect`: `redact`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<With>,
    /// The fixed text of `with: redact`. `[redacted]` where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Whether a request may still filter, sort, group, facet or score by these fields: `refuse` (the default) or
    /// `allow`. By many such requests a caller can find out what it is not shown.
    #[serde(default)]
    pub oracle: Oracle,
}

/// What becomes of a masked value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum With {
    /// The key goes with its value.
    Remove,
    /// A fixed text stands in its place.
    Redact,
    /// The ends stay; an e-mail address keeps its domain.
    Partial,
    /// HMAC-SHA-256 in hex: equal values stay equal.
    Hash,
    /// `null`.
    Null,
}

impl With {
    /// The word that policies use.
    pub fn as_str(self) -> &'static str {
        match self {
            With::Remove => "remove",
            With::Redact => "redact",
            With::Partial => "partial",
            With::Hash => "hash",
            With::Null => "null",
        }
    }
}

/// Whether a masked field may still be used in a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Oracle {
    /// A request that uses it is refused.
    #[default]
    Refuse,
    /// It passes.
    Allow,
}

/// A kind of thing that is looked for inside text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Detect {
    /// E-mail address.
    Email,
    /// Phone number: E.164, common national forms, and digits beside a word that says phone.
    Phone,
    /// Whatever could be a phone number, bare digits too. It takes many other numbers for one: for fields of prose alone.
    PhoneLoose,
    /// Payment card, verified by Luhn.
    Card,
    /// IBAN, verified by mod 97.
    Iban,
    /// US social security number.
    Ssn,
    /// IPv4 or IPv6 address.
    Ip,
    /// JSON Web Token.
    Jwt,
    /// Cloud access key.
    CloudKey,
    /// Private key in PEM armour.
    PrivateKey,
}

impl From<Detect> for Detector {
    fn from(detect: Detect) -> Detector {
        match detect {
            Detect::Email => Detector::Email,
            Detect::Phone => Detector::Phone,
            Detect::PhoneLoose => Detector::PhoneLoose,
            Detect::Card => Detector::Card,
            Detect::Iban => Detector::Iban,
            Detect::Ssn => Detector::Ssn,
            Detect::Ip => Detector::Ip,
            Detect::Jwt => Detector::Jwt,
            Detect::CloudKey => Detector::CloudKey,
            Detect::PrivateKey => Detector::PrivateKey,
        }
    }
}

/// What happens to numbers that carry meaning by their digits: `pass`, `strip`, or `{ round: N }`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Rounding {
    /// They pass.
    #[default]
    Pass,
    /// They are taken out.
    Strip,
    /// Each is rounded to this many decimals, 0 to 15.
    Round(#[cfg_attr(any(test, feature = "schema"), schemars(range(min = 0, max = 15)))] u32),
}
