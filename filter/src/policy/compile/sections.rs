//! The sections beside the rules.

use super::super::fault::{Caution, Fault};
use super::super::glob::Glob;
use super::super::model::{File, IdentitySource, OverResults, OverTopK, RuleVerdict, Size, Span, With};
use super::{Environment, Key, Notes};
use crate::mask::plan::HashKey;
use std::time::Duration;

/// The shortest key of `hash`, in bytes.
const SHORTEST_KEY: usize = 16;

/// The most that is held of one request or one record.
const MOST_HELD: u64 = 64 * 1024 * 1024;

pub(super) fn identity(file: &File, notes: &mut Notes) {
    if file.identity.is_empty() {
        notes.warning("identity", Caution::NoIdentity);
    }
    for (number, source) in file.identity.iter().enumerate() {
        let path = format!("identity[{number}]");
        match source {
            IdentitySource::Jwt { claim, groups } => {
                let empty = Fault::EmptyText("name the claim, such as `sub`");
                if claim.trim().is_empty() {
                    notes.mistake(format!("{path}.jwt.claim"), empty.clone());
                }
                if groups.as_ref().is_some_and(|groups| groups.trim().is_empty()) {
                    notes.mistake(format!("{path}.jwt.groups"), empty);
                }
            }
            IdentitySource::Mtls { .. } => {}
            IdentitySource::Header { name } => match not_a_header(name) {
                Some(why) => notes.mistake(
                    format!("{path}.header.name"),
                    Fault::HeaderName(name.clone(), why),
                ),
                None => notes.warning(format!("{path}.header"), Caution::HeaderIdentity(name.clone())),
            },
        }
    }
}

/// Why a header cannot name an identity.
fn not_a_header(name: &str) -> Option<&'static str> {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(token) {
        return Some("it holds a character that no name of a header has");
    }
    let secret = [
        "authorization",
        "cookie",
        "proxy-authorization",
        "api-key",
        "x-chroma-token",
    ];
    if secret.iter().any(|known| name.eq_ignore_ascii_case(known)) {
        return Some("its value is a secret, and an identity's name stands in records and refusals");
    }
    None
}

pub(super) fn hash_key(file: &File, environment: &dyn Environment, notes: &mut Notes) -> Key {
    let Some(section) = &file.hash_key else {
        return Key::None;
    };
    let mut entries = file.rules.iter().flat_map(|rule| &rule.mask);
    if !entries.any(|entry| entry.with == Some(With::Hash)) {
        notes.warning("hash_key", Caution::HashKeyUnused);
    }
    let name = section.env.trim();
    if name.is_empty() {
        notes.mistake(
            "hash_key.env",
            Fault::EmptyText("name the variable that holds the key"),
        );
        return Key::Wrong;
    }
    match environment.variable(name) {
        None => notes.mistake("hash_key.env", Fault::NoSuchVariable(name.to_owned())),
        Some(value) if value.len() < SHORTEST_KEY => {
            let (name, length) = (name.to_owned(), value.len());
            notes.mistake(
                "hash_key.env",
                Fault::ShortKey {
                    name,
                    length,
                    least: SHORTEST_KEY,
                },
            );
        }
        Some(value) => return Key::Known(HashKey::new(value.as_bytes())),
    }
    Key::Wrong
}

pub(super) fn services(file: &File, notes: &mut Notes) {
    if let Some(approval) = &file.approval {
        service(
            "approval",
            &approval.cluster,
            approval.authority.as_deref(),
            notes,
        );
        service_path("approval.path", &approval.path, notes);
        if approval.ttl.duration().is_zero() {
            notes.mistake(
                "approval.ttl",
                Fault::Zero("an approval would be over when it is given"),
            );
        } else if approval.ttl < Span::from_seconds(30) {
            notes.warning("approval.ttl", Caution::ShortTtl(approval.ttl.to_string()));
        }
        if approval.wait.duration() > Duration::from_secs(60) {
            notes.warning("approval.wait", Caution::LongWait);
        }
        if approval.uses == 0 {
            notes.mistake("approval.uses", Fault::Zero("an approval could not be used"));
        }
        if approval.max_held == 0 {
            let why = "no request could wait; to answer at once with the approval's page, write `wait: 0s`";
            notes.mistake("approval.max_held", Fault::Zero(why));
        }
        let asks = file.rules.iter().any(|rule| {
            rule.verdict == RuleVerdict::Approve
                || rule.top_k.is_some_and(|top_k| top_k.over == OverTopK::Approve)
                || rule
                    .results
                    .is_some_and(|results| results.over == OverResults::Approve)
        });
        if !asks {
            notes.warning("approval", Caution::ApprovalUnused);
        }
    }
    match &file.audit {
        None => notes.warning("audit", Caution::NoAudit),
        Some(audit) => {
            service("audit", &audit.cluster, audit.authority.as_deref(), notes);
            service_path("audit.path", &audit.path, notes);
            bounded("audit.max_body", audit.max_body, notes);
            if !audit.required {
                notes.warning("audit.required", Caution::AuditNotRequired);
            }
        }
    }
    match &file.lookup {
        Some(lookup) => {
            service("lookup", &lookup.cluster, lookup.authority.as_deref(), notes);
            if lookup.grpc_cluster.as_deref() == Some("") {
                let why =
                    "name a cluster of Envoy's configuration, or leave it out: then it is lookup.cluster";
                notes.mistake("lookup.grpc_cluster", Fault::EmptyText(why));
            }
            if !file.database.addresses_by_id() {
                notes.warning("lookup", Caution::LookupUnused(file.database));
            }
        }
        None if file.database.addresses_by_id() => notes.warning("lookup", Caution::NoLookup(file.database)),
        None => {}
    }
    if file.limits.request_body.bytes() == 0 {
        notes.mistake(
            "limits.request_body",
            Fault::Zero("no request with a body could be judged"),
        );
    }
    bounded("limits.request_body", file.limits.request_body, notes);
}

fn bounded(path: &str, size: Size, notes: &mut Notes) {
    if size.bytes() > MOST_HELD {
        notes.mistake(path, Fault::TooLarge("64MiB"));
    }
}

fn service(section: &str, cluster: &str, authority: Option<&str>, notes: &mut Notes) {
    let blank = |text: &str| text.is_empty() || text.contains(|c: char| c.is_control() || c.is_whitespace());
    if blank(cluster) {
        let why = "name a cluster of Envoy's configuration, without spaces";
        notes.mistake(format!("{section}.cluster"), Fault::EmptyText(why));
    }
    if authority.is_some_and(blank) {
        let why = "name a host, or leave it out: then it is the cluster's name";
        notes.mistake(format!("{section}.authority"), Fault::EmptyText(why));
    }
}

fn service_path(place: &str, path: &str, notes: &mut Notes) {
    let odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '?' | '#');
    if !path.starts_with('/') || path.contains(odd) {
        notes.mistake(place, Fault::ServicePath(path.to_owned()));
    }
}

/// Whether a pattern for names matches callers without an identity, though it does not name them.
pub(super) fn matches_anonymous(pattern: &Glob) -> bool {
    !pattern.is_literal() && pattern.matches("anonymous")
}
