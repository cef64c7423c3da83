//! Why a call may have come to what it must not: the ways in which a guard is left out without an error.

use super::call::Came;
use super::calls::{Call, Must};

const NOT_THERE: &[&str] = &[
    "The call reached the database: no guard stands in this way. Likely, in this order:",
    "- the patch matches nothing: the Service's port is not spoken of as HTTP (appProtocol: http or grpc), `destinationPort` is not the container's port,",
    "  `subFilter` is misspelt, or `workloadSelector` has other labels than the pods; istiod reports none of these",
    "- the proxy refused the configuration with the filter and serves the one before: `lds.update_rejected` counts it, its log says why",
    "- the pod has no proxy: no sidecar was injected, or it runs on the host's network",
    "- the policy says `mode: observe`",
];

const AROUND: &[&str] = &[
    "This address leads around the guard. Likely: a port that no Service declares, a pod's own address without STRICT mTLS and",
    "NetworkPolicy, or a second Service for the same pods. Close it: see the NetworkPolicy and PeerAuthentication of envoy/istio.",
];

const HANGS: &[&str] = &[
    "Nothing came in time. Likely: the filter waits for a body that its host does not hand over. Set `allow_on_headers_stop_iteration: true`",
    "(Istio 1.28 and later, by EnvoyFilter), or say `host: { hold_headers: false }` in the policy.",
];

const NO_WAY: &[&str] = &[
    "There is no way to this address: wrong host or port, a NetworkPolicy that does not know this client (the namespace's label",
    "vectorgate.dev/client), or a proxy that takes only the mesh's TLS while this client brings none.",
];

const NOT_TRIED: &[&str] = &[
    "The call could not be made, so nothing is known of this address. Likely: a name that is misspelt or not known here, a certificate that",
    "this client does not trust (`--ca`), or https where the other side speaks http, or the other way round.",
];

const UNAVAILABLE: &[&str] = &[
    "The gateway answers that something behind it is not there. Likely: the module trapped (the proxy's log: `wasm`), the console's cluster is",
    "unknown or down while `audit.required` is set, or the database itself is down.",
];

const BAD_TOKEN: &[&str] = &[
    "The token is not accepted. Likely: another issuer or audience than RequestAuthentication names, an expired token, keys that istiod",
    "could not fetch (jwksUri), or a token in a header that `fromHeaders` does not name.",
];

const DENIED_BY_ENVOY: &[&str] = &[
    "Envoy itself says no, not the filter. Likely: the filter could not start, and what stands in its place denies everything (no module at its",
    "path, a pull that failed, a policy with a mistake: `vectorgate check`); or AuthorizationPolicy does not know this caller.",
];

const DENIED_BY_POLICY: &[&str] = &[
    "The guard is there and says no. Likely: the policy has a rule for `meta` that refuses this caller, or demands an identity that the",
    "token does not carry (its `claim`).",
];

const ANOTHER: &[&str] = &["That is no answer that a guard gives: is this the address of the database?"];

/// The likely causes, line by line.
pub(super) fn of(call: &Call, came: &Came) -> &'static [&'static str] {
    match (call.must, came) {
        (_, Came::Nothing) => HANGS,
        (_, Came::Closed(_)) => NO_WAY,
        (_, Came::Untried(_)) => NOT_TRIED,
        (
            _,
            Came::Answer {
                status: 500..=599, ..
            },
        ) => UNAVAILABLE,
        (Must::BeRefused, Came::Answer { .. }) => NOT_THERE,
        (Must::BeRefusedOrClosed, Came::Answer { .. }) => AROUND,
        (Must::Pass, Came::Answer { status: 401, .. }) => BAD_TOKEN,
        (Must::Pass, Came::Answer { status: 403, said }) if said.starts_with("RBAC:") => DENIED_BY_ENVOY,
        (Must::Pass, Came::Answer { status: 403, .. }) => DENIED_BY_POLICY,
        (Must::Pass, Came::Answer { .. }) => ANOTHER,
    }
}
