//! What an approval is for: one identity and one exact request, named by a digest.

use crate::audit::chain::hex;
use crate::wire::target::Target;
use sha2::{Digest, Sha256};

/// SHA-256 in hex over identity, method, target and canonical body.
///
/// Two spellings of one request have one digest: the body comes in canonical form, and the query's pairs are put in
/// order. A token's renewal changes nothing, for only the identity's name enters. Every part is preceded by its
/// length, so that no two different requests run together into the same bytes.
pub fn digest(identity: &str, method: &str, target: &Target, canonical_body: &[u8]) -> String {
    let mut pairs: Vec<&(String, String)> = target.query.iter().collect();
    pairs.sort();
    let mut sha = Sha256::new();
    let mut part = |bytes: &[u8]| {
        sha.update((bytes.len() as u64).to_le_bytes());
        sha.update(bytes);
    };
    part(b"vectorgate approval 1");
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
        let base = digest(
            "svc:a",
            "POST",
            &target(&["x", "y"], &[("a", "1"), ("b", "2")]),
            b"{}",
        );
        assert_eq!(
            base,
            digest(
                "svc:a",
                "POST",
                &target(&["x", "y"], &[("b", "2"), ("a", "1")]),
                b"{}"
            )
        );
        for other in [
            digest(
                "svc:b",
                "POST",
                &target(&["x", "y"], &[("a", "1"), ("b", "2")]),
                b"{}",
            ),
            digest(
                "svc:a",
                "GET",
                &target(&["x", "y"], &[("a", "1"), ("b", "2")]),
                b"{}",
            ),
            digest(
                "svc:a",
                "POST",
                &target(&["xy"], &[("a", "1"), ("b", "2")]),
                b"{}",
            ),
            digest(
                "svc:a",
                "POST",
                &target(&["x", "y"], &[("a", "1"), ("b", "3")]),
                b"{}",
            ),
            digest(
                "svc:a",
                "POST",
                &target(&["x", "y", "a", "1"], &[("b", "2")]),
                b"{}",
            ),
            digest(
                "svc:a",
                "POST",
                &target(&["x", "y"], &[("a", "1"), ("b", "2")]),
                b"{} ",
            ),
        ] {
            assert_ne!(base, other);
        }
    }
}
