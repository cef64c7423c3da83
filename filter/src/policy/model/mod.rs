//! The policy file as it is written. Its form alone: what the parts mean together is for [`super::compile`].
//!
//! The comments on fields are what an editor shows: they become the descriptions of the JSON Schema.

pub mod database;
pub mod rule;
#[cfg(any(test, feature = "schema"))]
pub mod schema;
pub mod sections;
pub mod units;

pub use database::Database;
pub use rule::{
    Detect, MaskEntry, OperationName, Oracle, OverResults, OverTopK, ResultsLimit, Rounding, Rule,
    RuleVerdict, TopK, With,
};
pub use sections::{
    Approval, Audit, Bodies, Budget, HashKey, Host, IdentitySource, Limits, Lookup, Mode, San,
};
pub use units::{Size, Span};

use serde::{Deserialize, Serialize};

/// The version of the format that this filter reads.
pub const VERSION: u32 = 1;

/// A Vectorgate policy: who may ask a vector database what, how much of it, and what the answer goes through.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The version of this format: 1.
    #[cfg_attr(any(test, feature = "schema"), schemars(extend("const" = 1)))]
    pub version: u32,
    /// The database behind this gateway: it settles how requests and answers are read.
    pub database: Database,
    /// `enforce` (the default), or `observe`: decide and record, change nothing.
    #[serde(default)]
    pub mode: Mode,
    /// Where a caller's identity comes from: the first source that gives a value. Where none does, the caller is
    /// `anonymous`.
    #[serde(default)]
    pub identity: Vec<IdentitySource>,
    /// The rules. The first one that matches a request decides; where none matches, the request is refused.
    pub rules: Vec<Rule>,
    /// Where the key of `with: hash` comes from. The key itself never stands in a policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash_key: Option<HashKey>,
    /// The service that is asked where a human must agree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// The recorder: who asked what, what was decided, what came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<Audit>,
    /// How the database is asked for names of collections that requests address by something else (Chroma: by id).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookup: Option<Lookup>,
    /// What is counted for each identity, by Envoy's rate limit filter.
    #[serde(default)]
    pub budget: Budget,
    /// Bounds on what is held in memory.
    #[serde(default)]
    pub limits: Limits,
    /// What the host (Envoy, Istio) can do.
    #[serde(default)]
    pub host: Host,
}
