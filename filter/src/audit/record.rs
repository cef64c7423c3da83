//! The record of one exchange: who asked what, what was decided, what came back, what was masked.
//!
//! No value that the policy masks stands in it, neither from the request nor from the answer. The console keeps
//! records as they come and reads them with these types.

use crate::operation::{Kind, Results};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub use crate::approval::contract::Caller;

/// One record. An exchange that is held for a human has two: `opened` when it is held, `closed` by its end. Every
/// other has one, `closed`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The format's version, 1.
    pub version: u32,
    /// The exchange's name, the same in its `opened` and its `closed` record.
    pub exchange: String,
    /// Which of the two this is.
    pub phase: Phase,
    /// When the request came, RFC 3339 in UTC with milliseconds.
    pub time: String,
    /// Which database's protocol was spoken.
    pub database: String,
    /// SHA-256 in hex of the policy that judged.
    pub policy: String,
    /// `enforce` or `observe`.
    pub mode: String,
    /// Who asked.
    pub identity: Caller,
    /// Address of the client, as Envoy saw it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Envoy's `x-request-id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The client's W3C trace id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// What was asked.
    pub request: Request,
    /// What was decided.
    pub decision: Decision,
    /// What came back; absent in an `opened` record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// From the request's first byte to the answer's last, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<f64>,
}

/// Which record of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Written when a request begins to wait for a human.
    Opened,
    /// Written when the exchange is over.
    Closed,
    /// Written when an exchange ended otherwise than its closed record says: that record was not accepted in time, so
    /// what it speaks of was not released. Or when it has no closed record because the filter broke down before: then it
    /// stands in the chain of the VM that found out.
    Amended,
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// HTTP method.
    pub method: String,
    /// Path and query, as received, cut at 2 KiB. Values of masked fields in the query are masked.
    pub path: String,
    /// What it does.
    pub operation: Kind,
    /// The collections it touches.
    pub collections: Vec<String>,
    /// How many results it can return, as asked for, before any clamp.
    pub asked: Results,
    /// How deep its deepest query reaches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<Results>,
    /// Whether it asks for vectors.
    pub vectors: bool,
    /// The fields it refers to, dotted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refers_to: Vec<String>,
    /// Its body, where it was read whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The outcome.
    pub verdict: Verdict,
    /// The rule that decided; absent where none matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Why, in words.
    pub reason: String,
    /// False in observe mode: the verdict was only noted.
    pub enforced: bool,
    /// The number of results that was left after clamping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clamped_to: Option<u64>,
    /// The human's part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalNote>,
    /// What was asked for and was not fetched, because it would have been taken out of the answer: fields, `vectors`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_fetched: Vec<String>,
}

/// The outcome of a judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Passes as it is.
    Allow,
    /// Passes with a smaller limit.
    Clamp,
    /// Waits for a human.
    Approve,
    /// Refused by the policy.
    Deny,
    /// Malformed, or not to be classified: refused whatever the policy says.
    Reject,
}

impl Verdict {
    /// The word in records, metrics and `explain`.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Allow => "allow",
            Verdict::Clamp => "clamp",
            Verdict::Approve => "approve",
            Verdict::Deny => "deny",
            Verdict::Reject => "reject",
        }
    }
}

/// What became of an approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalNote {
    /// The approval's id at the service; absent where the service gave none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `approved`, `denied`, `pending` (the wait ran out), or `unavailable`.
    pub status: String,
    /// Who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The HTTP status that the client saw; 0 where it saw none.
    pub status: u16,
    /// For gRPC, the `grpc-status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grpc_status: Option<u32>,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, where it did not simply complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// How many results it held; absent where the answer was not read (nothing to mask and no body to keep).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returned: Option<u64>,
    /// How many vectors were let through; absent where the answer was not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vectors: Option<u64>,
    /// How many vectors were taken out or coarsened.
    pub vectors_stripped: u64,
    /// How often each field was masked (`email: 10`; detectors as `#document/email`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub masked: BTreeMap<String, u64>,
    /// The answer as released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The database's answer was released to its end.
    Complete,
    /// Refused by the filter; the database never saw the request.
    Refused,
    /// The answer was cut off: it was not what the protocol promises.
    CutOff,
    /// The client or the database went away first.
    Aborted,
}

/// A body, or its beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// The text, masked, at most `audit.max_body` bytes.
    pub text: String,
    /// How the bytes stand in `text`.
    #[serde(default, skip_serializing_if = "Encoding::is_plain")]
    pub encoding: Encoding,
    /// The full length in bytes, as released.
    pub length: u64,
    /// SHA-256 in hex of all the bytes as released.
    pub sha256: String,
    /// Whether `text` is only the beginning.
    pub cut: bool,
}

/// How a body's bytes stand in a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// As they are: text.
    #[default]
    Plain,
    /// In base64: gRPC frames.
    Base64,
}

impl Encoding {
    /// Whether nothing need be said.
    pub fn is_plain(&self) -> bool {
        *self == Encoding::Plain
    }
}
