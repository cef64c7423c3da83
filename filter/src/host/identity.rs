//! Who asks, as Envoy has verified it. Nothing is verified here.

use crate::approval::contract::Caller;
use crate::exchange::judge::ANONYMOUS;
use crate::policy::model::{IdentitySource, San};
use crate::wire::claim;
use proxy_wasm::hostcalls;

/// The filter whose metadata holds the claims of a verified token.
const JWT_AUTHN: &str = "envoy.filters.http.jwt_authn";

/// Where Istio's own filters keep the peer of a tunnelled connection: what its RBAC goes by.
const PEER_BEHIND_TUNNEL: &str = "io.istio.peer_principal";

/// The first source that gives a name decides; groups come from the same source.
pub fn caller(sources: &[IdentitySource], headers: &[(String, String)]) -> Caller {
    sources
        .iter()
        .find_map(|source| from(source, headers))
        .unwrap_or_else(|| Caller {
            name: ANONYMOUS.to_owned(),
            groups: Vec::new(),
        })
}

fn from(source: &IdentitySource, headers: &[(String, String)]) -> Option<Caller> {
    match source {
        IdentitySource::Jwt { claim: name, groups } => {
            let name = claim::name(value_of(name)?)?;
            let groups = groups
                .as_deref()
                .and_then(value_of)
                .map(|value| claim::words(&value))
                .unwrap_or_default();
            Some(Caller { name, groups })
        }
        IdentitySource::Mtls { san } => {
            let property = match san {
                San::Uri => "uri_san_peer_certificate",
                San::Dns => "dns_san_peer_certificate",
            };
            let read = |path: Vec<&str>| claim::name(hostcalls::get_property(path).ok().flatten()?);
            // Behind Istio's tunnel (HBONE) the certificate is on an outer connection, which leaves its name here.
            let name = read(vec!["connection", property]).or_else(|| match san {
                San::Uri => read(vec!["filter_state", PEER_BEHIND_TUNNEL]),
                San::Dns => None,
            })?;
            Some(Caller {
                name,
                groups: Vec::new(),
            })
        }
        IdentitySource::Header { name } => {
            // Given twice it could be read in two ways: then it names nobody.
            let mut values = headers
                .iter()
                .filter(|(key, _)| key == name)
                .map(|(_, value)| value);
            let value = values.next().filter(|value| claim::is_name(value))?;
            values.next().is_none().then(|| Caller {
                name: value.clone(),
                groups: Vec::new(),
            })
        }
    }
}

/// The value of a claim: by its own name, else as a path of dots (`realm_access.roles`).
fn value_of(name: &str) -> Option<Vec<u8>> {
    let base = ["metadata", "filter_metadata", JWT_AUTHN, "payload"];
    let read = |steps: &[&str]| {
        let path: Vec<&str> = base.iter().copied().chain(steps.iter().copied()).collect();
        hostcalls::get_property(path)
            .ok()
            .flatten()
            .filter(|value| !value.is_empty())
    };
    read(&[name]).or_else(|| {
        name.contains('.')
            .then(|| read(&name.split('.').collect::<Vec<_>>()))
            .flatten()
    })
}
