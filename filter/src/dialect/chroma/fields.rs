//! Which metadata fields a request refers to: by a filter, a rank, a grouping.

use super::body::{WORDS, invalid, shown};
use crate::dialect::Malformed;
use crate::operation::{FieldRef, Through};
use crate::wire::json::strict::Node;
use std::collections::BTreeSet;

/// The fields, each once.
#[derive(Debug, Default)]
pub(super) struct Refs(BTreeSet<FieldRef>);

impl Refs {
    /// Adds a metadata key.
    pub(super) fn add(&mut self, key: &str, through: Through) {
        // Metadata is flat: a dot in a key is part of it.
        let key = match key {
            // Where the server keeps a record's text and URI: the same values by other names.
            "chroma:document" => "#document",
            "chroma:uri" => "#uri",
            key => key,
        };
        self.0.insert(FieldRef {
            keys: vec![key.to_owned()],
            through,
        });
    }

    /// As an operation lists them.
    pub(super) fn into_vec(self) -> Vec<FieldRef> {
        self.0.into_iter().collect()
    }
}

/// Operators by which `where` compares a field.
const COMPARISONS: [&str; 12] = [
    "$eq",
    "$ne",
    "$gt",
    "$gte",
    "$lt",
    "$lte",
    "$in",
    "$nin",
    "$contains",
    "$not_contains",
    "$regex",
    "$not_regex",
];

/// Operators by which `where_document` looks into a text.
const TEXT_TESTS: [&str; 4] = ["$contains", "$not_contains", "$regex", "$not_regex"];

/// Reads a `where`: one field compared with something, or a list of such joined by `$and` or `$or`.
pub(super) fn where_clause(node: &Node<'_>, refs: &mut Refs) -> Result<(), Malformed> {
    let (key, value) =
        only_member(node).ok_or_else(|| invalid("Invalid where clause: each of its objects has one key"))?;
    match key {
        "$and" | "$or" => {
            for child in WORDS.elements(value, key, "a list of conditions")? {
                where_clause(child, refs)?;
            }
            Ok(())
        }
        operator if operator.starts_with('$') => Err(invalid(format!(
            "Invalid where clause: {} is not known here",
            shown(operator)
        ))),
        field => {
            refs.add(field, Through::Filter);
            comparison(value)
        }
    }
}

fn comparison(value: &Node<'_>) -> Result<(), Malformed> {
    match value {
        Node::Object(_) => match only_member(value) {
            Some((operator, _)) if COMPARISONS.contains(&operator) => Ok(()),
            Some((operator, _)) => Err(invalid(format!(
                "Invalid where clause: {} is not an operator",
                shown(operator)
            ))),
            None => Err(invalid(
                "Invalid where clause: a field is compared by one operator",
            )),
        },
        Node::String(_) | Node::Number(_) | Node::Bool(..) => Ok(()),
        other => Err(invalid(format!(
            "Invalid where clause: a field cannot be compared with {}",
            other.kind()
        ))),
    }
}

/// Reads a `where_document`: a test of the record's text, or a list of such joined by `$and` or `$or`.
pub(super) fn where_document(node: &Node<'_>, refs: &mut Refs) -> Result<(), Malformed> {
    let (key, value) = only_member(node)
        .ok_or_else(|| invalid("Invalid where document clause: each of its objects has one key"))?;
    match key {
        "$and" | "$or" => {
            for child in WORDS.elements(value, key, "a list of conditions")? {
                where_document(child, refs)?;
            }
            Ok(())
        }
        test if TEXT_TESTS.contains(&test) && value.as_str().is_some() => {
            refs.add("#document", Through::Filter);
            Ok(())
        }
        other => Err(invalid(format!(
            "Invalid where document clause: {} is not a test of a text",
            shown(other)
        ))),
    }
}

/// Adds the keys of a grouping or an order, less those that are no field of the record.
pub(super) fn keys(node: &Node<'_>, path: &str, through: Through, refs: &mut Refs) -> Result<(), Malformed> {
    for key in WORDS.texts(node, path)? {
        key_of(key, through, refs);
    }
    Ok(())
}

/// Adds one such key.
pub(super) fn key_of(key: &str, through: Through, refs: &mut Refs) {
    if !matches!(key, "#score" | "#embedding") {
        refs.add(key, through);
    }
}

fn only_member<'n, 'a>(node: &'n Node<'a>) -> Option<(&'n str, &'n Node<'a>)> {
    match node.as_object()?.members.as_slice() {
        [member] => Some((member.key.text.as_ref(), &member.value)),
        _ => None,
    }
}
