//! A JSON body's members, typed, with refusals in a database's own words.

use super::Malformed;
use crate::wire::json::strict::{Node, Object};

/// How a database speaks of a body that is not what it expects.
#[derive(Debug)]
pub struct Words {
    /// What stands in front of what is wrong with a body that is JSON, but not this call's.
    pub mismatch: &'static str,
    /// The largest whole number that it takes.
    pub largest: u64,
}

/// An object of a body, of which every key is known.
#[derive(Clone)]
pub struct Fields<'n, 'a> {
    /// The object.
    pub object: &'n Object<'a>,
    path: String,
    words: &'static Words,
}

impl Words {
    /// Takes an object, and refuses a key that is not in `known`. Many a server ignores such a key today; a newer
    /// one might not.
    ///
    /// # Errors
    /// What is no object, and a key that is not known.
    pub fn fields<'n, 'a>(
        &'static self,
        node: &'n Node<'a>,
        path: &str,
        known: &[&str],
    ) -> Result<Fields<'n, 'a>, Malformed> {
        let object = node
            .as_object()
            .ok_or_else(|| self.mistyped(path, node, "an object"))?;
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
            words: self,
        })
    }

    /// The elements of an array of nodes; a refusal where it is none. (A list of numbers alone has no nodes of its
    /// own: it is refused as well, so this is for lists that may not hold a number.)
    ///
    /// # Errors
    /// What is no such list.
    pub fn elements<'n, 'a>(
        &self,
        node: &'n Node<'a>,
        path: &str,
        of: &str,
    ) -> Result<&'n [Node<'a>], Malformed> {
        match node {
            Node::Array(array) => Ok(&array.elements),
            _ => Err(self.mistyped(path, node, of)),
        }
    }

    /// A list of strings.
    ///
    /// # Errors
    /// What is no such list.
    pub fn texts<'n>(&self, node: &'n Node<'_>, path: &str) -> Result<Vec<&'n str>, Malformed> {
        self.elements(node, path, "a list of strings")?
            .iter()
            .enumerate()
            .map(|(at, element)| self.text(element, &format!("{path}[{at}]")))
            .collect()
    }

    /// A string.
    ///
    /// # Errors
    /// What is none.
    pub fn text<'n>(&self, node: &'n Node<'_>, path: &str) -> Result<&'n str, Malformed> {
        node.as_str().ok_or_else(|| self.mistyped(path, node, "a string"))
    }

    /// A refusal of a value of a wrong type.
    pub fn mistyped(&self, path: &str, node: &Node<'_>, expected: &str) -> Malformed {
        let at = if path.is_empty() {
            String::new()
        } else {
            format!("{path}: ")
        };
        self.mismatched(&format!("{at}invalid type: {}, expected {expected}", node.kind()))
    }

    /// A refusal of a body that is JSON, but not this call's. (Servers often say 422; here all that is malformed is
    /// a 400.)
    pub fn mismatched(&self, what: &str) -> Malformed {
        invalid(format!("{}{what}", self.mismatch))
    }
}

impl<'n, 'a> Fields<'n, 'a> {
    /// The path of a member, for a message.
    pub fn path(&self, key: &str) -> String {
        join(&self.path, key)
    }

    /// A member, as it stands there.
    pub fn get(&self, key: &str) -> Option<&'n Node<'a>> {
        self.object.get(key)
    }

    /// A member that is not null.
    pub fn given(&self, key: &str) -> Option<&'n Node<'a>> {
        self.get(key).filter(|node| !node.is_null())
    }

    /// A member that must be there.
    ///
    /// # Errors
    /// That it is not.
    pub fn required(&self, key: &str) -> Result<&'n Node<'a>, Malformed> {
        self.get(key).ok_or_else(|| {
            self.words
                .mismatched(&format!("missing field `{}`", self.path(key)))
        })
    }

    /// A whole number; `None` where it is absent or null.
    ///
    /// # Errors
    /// Another type, or a number that the database does not take.
    pub fn number(&self, key: &str) -> Result<Option<u64>, Malformed> {
        let Some(node) = self.given(key) else {
            return Ok(None);
        };
        let largest = self.words.largest;
        match node.as_u64() {
            Some(number) if number <= largest => Ok(Some(number)),
            _ => Err(self.words.mistyped(
                &self.path(key),
                node,
                &format!("a whole number from 0 to {largest}"),
            )),
        }
    }

    /// A boolean; `None` where it is absent or null.
    ///
    /// # Errors
    /// Another type.
    pub fn flag(&self, key: &str) -> Result<Option<bool>, Malformed> {
        let Some(node) = self.given(key) else {
            return Ok(None);
        };
        match node.as_bool() {
            Some(flag) => Ok(Some(flag)),
            None => Err(self.words.mistyped(&self.path(key), node, "a boolean")),
        }
    }

    /// A string that must be there.
    ///
    /// # Errors
    /// That it is not, or another type.
    pub fn text(&self, key: &str) -> Result<&'n str, Malformed> {
        self.words.text(self.required(key)?, &self.path(key))
    }

    /// A list of strings that may not be null; `None` where it is absent.
    ///
    /// # Errors
    /// Another type.
    pub fn texts(&self, key: &str) -> Result<Option<Vec<&'n str>>, Malformed> {
        self.get(key)
            .map(|node| self.words.texts(node, &self.path(key)))
            .transpose()
    }
}

/// A refusal of something that is wrong with a request.
pub fn invalid(message: impl Into<String>) -> Malformed {
    Malformed {
        status: 400,
        message: message.into(),
    }
}

/// A key or name as a message may show it: in quotes, escaped, cut where it is long.
pub fn shown(name: &str) -> String {
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
