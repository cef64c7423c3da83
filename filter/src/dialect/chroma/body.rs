//! A body's members, typed, with refusals in Chroma's own words.

use crate::dialect::Malformed;
use crate::wire::json::strict::{Node, Object};

/// An object of a body, of which every key is known.
#[derive(Clone)]
pub(super) struct Fields<'n, 'a> {
    /// The object.
    pub(super) object: &'n Object<'a>,
    path: String,
}

impl<'n, 'a> Fields<'n, 'a> {
    /// Takes an object, and refuses a key that is not in `known`. Chroma ignores such a key today; a newer server
    /// might not.
    pub(super) fn of(node: &'n Node<'a>, path: &str, known: &[&str]) -> Result<Fields<'n, 'a>, Malformed> {
        let object = node
            .as_object()
            .ok_or_else(|| mistyped(path, node, "an object"))?;
        for member in &object.members {
            let key: &str = &member.key.text;
            if !known.contains(&key) {
                return Err(invalid(format!(
                    "The body has a member {} that this call does not take: leave it out",
                    shown(&join(path, key))
                )));
            }
        }
        Ok(Fields {
            object,
            path: path.to_owned(),
        })
    }

    /// The path of a member, for a message.
    pub(super) fn path(&self, key: &str) -> String {
        join(&self.path, key)
    }

    /// A member, as it stands there.
    pub(super) fn get(&self, key: &str) -> Option<&'n Node<'a>> {
        self.object.get(key)
    }

    /// A member that is not null.
    pub(super) fn given(&self, key: &str) -> Option<&'n Node<'a>> {
        self.get(key).filter(|node| !node.is_null())
    }

    /// A member that must be there.
    pub(super) fn required(&self, key: &str) -> Result<&'n Node<'a>, Malformed> {
        self.get(key)
            .ok_or_else(|| mismatched(&format!("missing field `{}`", self.path(key))))
    }

    /// A whole number of 32 bits; `None` where it is absent or null.
    pub(super) fn number(&self, key: &str) -> Result<Option<u64>, Malformed> {
        let Some(node) = self.given(key) else {
            return Ok(None);
        };
        match node.as_u64() {
            Some(number) if number <= u64::from(u32::MAX) => Ok(Some(number)),
            _ => Err(mistyped(
                &self.path(key),
                node,
                "a whole number from 0 to 4294967295",
            )),
        }
    }

    /// A string that must be there.
    pub(super) fn text(&self, key: &str) -> Result<&'n str, Malformed> {
        let node = self.required(key)?;
        node.as_str()
            .ok_or_else(|| mistyped(&self.path(key), node, "a string"))
    }

    /// A list of strings that may not be null; `None` where it is absent.
    pub(super) fn texts(&self, key: &str) -> Result<Option<Vec<&'n str>>, Malformed> {
        self.get(key).map(|node| texts(node, &self.path(key))).transpose()
    }
}

/// The elements of an array; a refusal where it is none. (A list of numbers alone has no nodes of its own: it is
/// refused as well, because none of the lists read here may hold a number.)
pub(super) fn elements<'n, 'a>(
    node: &'n Node<'a>,
    path: &str,
    of: &str,
) -> Result<&'n [Node<'a>], Malformed> {
    match node {
        Node::Array(array) => Ok(&array.elements),
        _ => Err(mistyped(path, node, of)),
    }
}

/// A list of strings.
pub(super) fn texts<'n>(node: &'n Node<'_>, path: &str) -> Result<Vec<&'n str>, Malformed> {
    elements(node, path, "a list of strings")?
        .iter()
        .enumerate()
        .map(|(at, element)| {
            element
                .as_str()
                .ok_or_else(|| mistyped(&format!("{path}[{at}]"), element, "a string"))
        })
        .collect()
}

/// A refusal of a value of a wrong type.
pub(super) fn mistyped(path: &str, node: &Node<'_>, expected: &str) -> Malformed {
    let at = if path.is_empty() {
        String::new()
    } else {
        format!("{path}: ")
    };
    mismatched(&format!("{at}invalid type: {}, expected {expected}", node.kind()))
}

/// A refusal of a body that is JSON, but not this call's. (The server says 422; here all that is malformed is a 400,
/// for which its clients have a class of their own.)
pub(super) fn mismatched(what: &str) -> Malformed {
    invalid(format!(
        "Failed to deserialize the JSON body into the target type: {what}"
    ))
}

/// A refusal of something else that is wrong with a request.
pub(super) fn invalid(message: impl Into<String>) -> Malformed {
    Malformed {
        status: 400,
        message: message.into(),
    }
}

/// A key or name as a message may show it: in quotes, escaped, cut where it is long.
pub(super) fn shown(name: &str) -> String {
    const LONGEST: usize = 64;
    let mut text: String = name
        .chars()
        .take(LONGEST)
        .flat_map(char::escape_default)
        .collect();
    if name.chars().nth(LONGEST).is_some() {
        text.push('…');
    }
    format!("`{text}`")
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}
