//! What the tests of all dialects share: names that the database would tell, operations in one line.

use super::{FieldKeys, Named, Names};
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
