//! The sections beside the rules: identity, services, limits.

use super::units::{Size, Span};
use serde::{Deserialize, Serialize};

/// Whether decisions are carried out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Decisions are carried out.
    #[default]
    Enforce,
    /// Decisions are made and recorded; requests and answers pass unchanged.
    Observe,
}

impl Mode {
    /// The word that policies and records use.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Enforce => "enforce",
            Mode::Observe => "observe",
        }
    }
}

/// One place from which a caller's identity can come. Envoy has verified it; the filter only reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum IdentitySource {
    /// A claim of the token that `jwt_authn` verified (with `payload_in_metadata: payload`).
    Jwt {
        /// The claim whose value is the identity's name: `sub`, `client_id`.
        claim: String,
        /// The claim that lists the caller's groups.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        groups: Option<String>,
    },
    /// The client's certificate.
    Mtls {
        /// Which of its subject alternative names is the identity's name.
        san: San,
    },
    /// A request header that Envoy itself sets. A client must not be able to set it.
    Header {
        /// The header's name.
        name: String,
    },
}

/// A kind of subject alternative name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum San {
    /// The first URI (SPIFFE).
    Uri,
    /// The first DNS name.
    Dns,
}

/// Where the key of `with: hash` comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HashKey {
    /// A variable of the Wasm VM's environment (`vm_config.environment_variables`). Its value has at least 16 bytes.
    pub env: String,
}

/// The service that is asked where a human must agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The Envoy cluster of the service.
    pub cluster: String,
    /// The `:authority` of calls to it; the cluster's name where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// The path to which requests for approval are posted.
    #[serde(default = "Approval::default_path")]
    pub path: String,
    /// How long a request is held while nobody has decided. Then its client is refused, told the approval's id, and
    /// may send the request again.
    #[serde(default = "Approval::default_wait")]
    pub wait: Span,
    /// How long an approval holds after it was given.
    #[serde(default = "Approval::default_ttl")]
    pub ttl: Span,
    /// How many times an approval may be used.
    #[serde(default = "Approval::default_uses")]
    #[cfg_attr(any(test, feature = "schema"), schemars(range(min = 1)))]
    pub uses: u32,
    /// How many requests may be held in one Envoy worker at a time. More are refused at once.
    #[serde(default = "Approval::default_max_held")]
    #[cfg_attr(any(test, feature = "schema"), schemars(range(min = 1)))]
    pub max_held: u32,
}

impl Approval {
    fn default_path() -> String {
        "/v1/approvals".to_owned()
    }

    fn default_wait() -> Span {
        Span::from_seconds(20)
    }

    fn default_ttl() -> Span {
        Span::from_seconds(15 * 60)
    }

    fn default_uses() -> u32 {
        1
    }

    fn default_max_held() -> u32 {
        100
    }

    /// The `:authority` of calls to it.
    pub fn authority(&self) -> &str {
        self.authority.as_deref().unwrap_or(&self.cluster)
    }
}

/// The recorder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// The Envoy cluster of the recorder.
    pub cluster: String,
    /// The `:authority` of calls to it; the cluster's name where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// The path to which records are posted.
    #[serde(default = "Audit::default_path")]
    pub path: String,
    /// Whether records carry bodies: `none` (the default), or `masked`: as released, masked values masked.
    #[serde(default)]
    pub bodies: Bodies,
    /// How much of a body a record carries. Its full length and digest are recorded always.
    #[serde(default = "Audit::default_max_body")]
    pub max_body: Size,
    /// Whether an answer is let go only when its record was accepted. `true` where it is left out. Where it is not, records
    /// travel together four times a second, so that they cost little, and the last of them are lost with a worker that dies.
    #[serde(default = "Audit::default_required")]
    pub required: bool,
}

impl Audit {
    fn default_path() -> String {
        "/v1/records".to_owned()
    }

    fn default_max_body() -> Size {
        Size::from_bytes(64 * 1024)
    }

    fn default_required() -> bool {
        true
    }

    /// The `:authority` of calls to it.
    pub fn authority(&self) -> &str {
        self.authority.as_deref().unwrap_or(&self.cluster)
    }
}

/// Whether records carry bodies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Bodies {
    /// Their length and digest alone.
    #[default]
    None,
    /// As released, and requests with masked values masked.
    Masked,
}

/// How the database is asked for names of collections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// The Envoy cluster of the database.
    pub cluster: String,
    /// The Envoy cluster of its gRPC port, where that is another: for names in gRPC requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grpc_cluster: Option<String>,
    /// The `:authority` of calls to it; the cluster's name where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
}

impl Lookup {
    /// The cluster for names in gRPC requests.
    pub fn grpc_cluster(&self) -> &str {
        self.grpc_cluster.as_deref().unwrap_or(&self.cluster)
    }

    /// The `:authority` of calls to it.
    pub fn authority(&self) -> &str {
        self.authority.as_deref().unwrap_or(&self.cluster)
    }
}

/// Bounds on what is held in memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The largest request body that is read whole to be judged; over it the client gets a 413. Bodies that need not be
    /// read (writes) are not bound by it.
    #[serde(default = "Limits::default_request_body")]
    pub request_body: Size,
}

impl Limits {
    fn default_request_body() -> Size {
        Size::from_bytes(1024 * 1024)
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            request_body: Limits::default_request_body(),
        }
    }
}

/// What the operator counts for each identity, by Envoy's rate limit filter, from the numbers that this filter sets as
/// filter state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Results asked for and given are counted: every answer is read for it, and a caller without an identity is refused.
    #[serde(default)]
    pub results: bool,
    /// Vectors given are counted, likewise.
    #[serde(default)]
    pub vectors: bool,
}

impl Budget {
    /// Whether anything is counted.
    pub fn counts(self) -> bool {
        self.results || self.vectors
    }
}

/// What the host can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// Whether the host holds a request's headers until its body was read (Envoy 1.36 and later, with
    /// `allow_on_headers_stop_iteration: true`). `true` where it is left out; `false` for hosts that cannot (older
    /// Envoy, Istio's WasmPlugin): then a limit that stands in the path cannot be lowered, such a request is refused.
    #[serde(default = "Host::default_hold_headers")]
    pub hold_headers: bool,
}

impl Host {
    fn default_hold_headers() -> bool {
        true
    }
}

impl Default for Host {
    fn default() -> Host {
        Host { hold_headers: true }
    }
}
