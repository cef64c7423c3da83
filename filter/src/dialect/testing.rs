//! What the tests of all dialects share: names that the database would tell, operations in one line.

use super::{AskedVectors, FieldKeys, Forwarded, Head, Named, Names, Narrowing, Request};
use crate::operation::{Operation, Results};
use std::collections::HashMap;

/// What the database would say.
pub(super) struct Known(pub(super) HashMap<String, Named>);

impl Names for Known {
    fn get(&self, key: &str) -> Option<Named> {
        self.0.get(key).cloned()
    }
}

/// An operation in one line, for tables: kind, collections, depth, results, and what else there is.
pub(super) fn told(operation: &Operation) -> String {
    let results = |results: Results| match results {
        Results::AtMost(n) => n.to_string(),
        Results::Unbounded => "all".into(),
    };
    let mut told = operation.kind.to_string();
    if operation.whole_catalogue {
        told += " catalogue";
    }
    if !operation.collections.is_empty() {
        told += &format!(" of {}", operation.collections.join("+"));
    }
    if let Some(depth) = operation.depth() {
        told += &format!(", depth {}", results(depth));
    }
    if operation.results() != Results::AtMost(0) || !operation.queries.is_empty() {
        told += &format!(", results {}", results(operation.results()));
    }
    if operation.vectors {
        told += ", vectors";
    }
    for field in &operation.refers_to {
        told += &format!(", {}s {field}", field.through.verb());
    }
    told
}

/// Fields by their keys, from `contact.ssn` and the like.
pub(super) fn keys(dotted: &[&str]) -> Vec<FieldKeys> {
    dotted
        .iter()
        .map(|field| field.split('.').map(str::to_owned).collect())
        .collect()
}

/// What is forwarded where these fields are removed and vectors are stripped: the body where it is another, and what it does
/// not ask for any more.
pub(super) fn less(
    request: &Request,
    head: &Head,
    body: Option<&[u8]>,
    removed: &[&str],
) -> (Option<Vec<u8>>, String) {
    let narrowing = Narrowing {
        vectors: AskedVectors::Dropped,
        removed: keys(removed),
        ..Narrowing::default()
    };
    let forward = request.forward.as_ref().expect("something to change");
    let Forwarded { path, body, left_out } = forward.narrowed(head, body.unwrap_or_default(), &narrowing);
    assert_eq!(path, None);
    (body, left_out.join(" "))
}
