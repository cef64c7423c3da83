//! What an approval is for: one identity and one exact request, named by a digest.

use crate::audit::chain::hex;
use crate::wire::target::Target;
use sha2::{Digest, Sha256};

/// SHA-256 in hex over identity, method, target, collections and canonical body.
///
/// The collections are those that were meant when the human was asked: a header can name the database that a name is
/// looked up in, and an alias can come to stand for another collection.
///
/// Two spellings of one request have one digest: the body comes in canonical form, and the query's pairs are put in
/// order. A token's renewal changes nothing, for only the identity's name enters. Every part is preceded by its
/// length, so that no two different requests run together into the same bytes.
pub fn digest(
    identity: &str,
    method: &str,
    target: &Target,
    collections: &[String],
    canonical_body: &[u8],
) -> String {
    let mut pairs: Vec<&(String, String)> = target.query.iter().collect();
    pairs.sort();
    let mut sha = Sha256::new();
    let mut part = |bytes: &[u8]| {
        sha.update((bytes.len() as u64).to_le_bytes());
        sha.update(bytes);
    };
    part(b"vectorgate approval 2");
    part(identity.as_bytes());
    part(method.as_bytes());
    part(&(target.segments.len() as u64).to_le_bytes());
    for segment in &target.segments {
        part(segment.as_bytes());
    }
    for (name, value) in pairs {
        part(name.as_bytes());
        part(value.as_bytes());
    }
    part(&(collections.len() as u64).to_le_bytes());
    for collection in collections {
        part(collection.as_bytes());
    }
    part(canonical_body);
    hex(&sha.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(segments: &[&str], query: &[(&str, &str)]) -> Target {
        Target {
            raw: String::new(),
            segments: segments.iter().map(|s| s.to_string()).collect(),
            query: query
                .iter()
                .map(|(k, v)| (k.to_string(), v.to_string()))
                .collect(),
        }
    }

    #[test]
    fn only_a_different_request_has_a_different_digest() {
        let docs = |identity, method, segments: &[&str], query: &[(&str, &str)], body: &[u8]| {
            digest(
                identity,
                method,
                &target(segments, query),
                &["docs".to_owned()],
                body,
            )
        };
        let query = [("a", "1"), ("b", "2")];
        let base = docs("svc:a", "POST", &["x", "y"], &query, b"{}");
        assert_eq!(
            base,
            docs("svc:a", "POST", &["x", "y"], &[("b", "2"), ("a", "1")], b"{}")
        );
        let of = |collections: &[&str]| {
            let collections: Vec<String> = collections.iter().map(|name| name.to_string()).collect();
            digest("svc:a", "POST", &target(&["x", "y"], &query), &collections, b"{}")
        };
        assert_eq!(base, of(&["docs"]));
        for other in [
            docs("svc:b", "POST", &["x", "y"], &query, b"{}"),
            docs("svc:a", "GET", &["x", "y"], &query, b"{}"),
            docs("svc:a", "POST", &["xy"], &query, b"{}"),
            docs("svc:a", "POST", &["x", "y"], &[("a", "1"), ("b", "3")], b"{}"),
            docs("svc:a", "POST", &["x", "y", "a", "1"], &[("b", "2")], b"{}"),
            docs("svc:a", "POST", &["x", "y"], &query, b"{} "),
            of(&["hr/docs"]),
            of(&["docs", "docs"]),
            of(&[]),
        ] {
            assert_ne!(base, other);
        }
    }
}
