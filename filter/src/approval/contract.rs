//! The approval contract: what the filter posts to the approval service, and what the service answers.
//!
//! `POST {approval.path}?wait=SECONDS` with an [`Ask`] as JSON; the service answers 200 with an [`Answer`]. The
//! same ask may be posted again and again (the filter polls while it holds a request): the service knows it by its
//! digest, and a use already counted for an `attempt` is not counted again. Both sides are built from these types.

use crate::operation::{Kind, Results};
use serde::{Deserialize, Serialize};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// The identity's name, as Envoy verified it; `anonymous` where there is none.
    pub name: String,
    /// The groups of a token, without the `group:` prefix that policies write.
    #[serde(default)]
    pub groups: Vec<String>,
}

/// One request for a human's agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// SHA-256 in hex over identity, method, normal path and canonical body: an approval is for exactly this.
    pub digest: String,
    /// Names this attempt, so that asking twice for it spends one use. Another attempt has another name.
    pub attempt: String,
    /// Who asks.
    pub identity: Caller,
    /// Address of the client, as Envoy saw it.
    #[serde(default)]
    pub source: Option<String>,
    /// Which database's protocol was spoken.
    pub database: String,
    /// What the request does.
    pub operation: Kind,
    /// The collections it touches.
    pub collections: Vec<String>,
    /// How many results it can return.
    pub results: Results,
    /// How deep its deepest query reaches; absent where there is none.
    #[serde(default)]
    pub depth: Option<Results>,
    /// Whether the answer would carry vectors as far as the request is concerned.
    pub vectors: bool,
    /// The rule that wants a human.
    pub rule: String,
    /// Why it is held, in words.
    pub reason: String,
    /// What the answer would go through if approved, in words ("email partial, vectors stripped"); empty for nothing.
    #[serde(default)]
    pub masking: String,
    /// The request in one readable paragraph, masked values masked.
    pub summary: String,
    /// SHA-256 in hex of the policy that judged.
    pub policy: String,
    /// How long an approval holds after the decision, in seconds.
    pub ttl: u64,
    /// How many times an approval may be used.
    pub uses: u32,
}

/// What the service says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The decision so far.
    pub status: Status,
    /// The approval's id.
    pub id: String,
    /// Address of the page on which a human decides, for the client's message.
    #[serde(default)]
    pub page: Option<String>,
    /// Who decided.
    #[serde(default)]
    pub decided_by: Option<String>,
    /// Why, in the decider's words.
    #[serde(default)]
    pub reason: Option<String>,
    /// Until when it holds, RFC 3339 in UTC.
    #[serde(default)]
    pub expires_at: Option<String>,
}

/// The state of an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// A human agreed, and one use was counted for this attempt.
    Approved,
    /// A human said no.
    Denied,
    /// Nobody has decided yet.
    Pending,
}
