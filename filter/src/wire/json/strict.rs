//! The strict reader of request bodies: one reading of the bytes, or none.
//!
//! What two JSON readers could understand differently is refused: duplicate keys (also where one is spelt with
//! escapes), a byte-order mark, bytes after the value, invalid UTF-8, lone surrogates, numbers that do not fit a
//! double. The tree borrows from the body and knows where each value and key stands in it, so that a change is
//! written into the body itself and everything else stays as it was, to the byte.
//!
//! An array of numbers is one node whatever its length: an embedding costs no allocation.

mod canonical;
mod error;
mod fractions;
mod number;
mod read;
mod simple;
#[cfg(test)]
mod tests;

pub use canonical::canonical;
pub use error::{StrictError, StrictErrorKind};
pub use number::{Number, Numbers};
pub use read::{MAX_DEPTH, parse};

use std::borrow::Cow;
use std::fmt;

/// Where something stands in a body: bytes `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

impl Span {
    /// The bytes of `body` that it covers; empty where `body` is not the one it was made for.
    pub fn of(self, body: &[u8]) -> &[u8] {
        body.get(self.start..self.end).unwrap_or_default()
    }
}

/// A body that was read.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    root: Node<'a>,
}

impl<'a> Document<'a> {
    /// The value that the body is.
    pub fn root(&self) -> &Node<'a> {
        &self.root
    }

    /// A member of the value that the body is; see [`Node::member`].
    pub fn member(&self, key: &str) -> Option<&Node<'a>> {
        self.root.member(key)
    }
}

/// A value in a body. Its `Debug` shows kinds and places, never content.
#[derive(Clone)]
pub enum Node<'a> {
    /// `null`.
    Null(Span),
    /// `true` or `false`.
    Bool(bool, Span),
    /// A number.
    Number(Number<'a>),
    /// A string.
    String(Text<'a>),
    /// An array that holds numbers alone, at least one.
    Numbers(Numbers<'a>),
    /// Any other array, also the empty one.
    Array(Array<'a>),
    /// An object.
    Object(Object<'a>),
}

/// A string or a key.
#[derive(Clone)]
pub struct Text<'a> {
    /// What it says, escapes decoded.
    pub text: Cow<'a, str>,
    /// Where it stands, with its quotes.
    pub span: Span,
}

/// An array that holds something else than numbers alone.
#[derive(Clone)]
pub struct Array<'a> {
    /// Its elements.
    pub elements: Vec<Node<'a>>,
    /// Where it stands, with its brackets.
    pub span: Span,
}

/// An object. No two members have the same key.
#[derive(Clone)]
pub struct Object<'a> {
    /// Its members, in the order of the body.
    pub members: Vec<Member<'a>>,
    /// Where it stands, with its braces.
    pub span: Span,
}

/// A member of an object.
#[derive(Clone)]
pub struct Member<'a> {
    /// Its key.
    pub key: Text<'a>,
    /// Its value.
    pub value: Node<'a>,
}

impl<'a> Object<'a> {
    /// The value under this key.
    pub fn get(&self, key: &str) -> Option<&Node<'a>> {
        self.members
            .iter()
            .find(|member| member.key.text == key)
            .map(|member| &member.value)
    }

    /// The offset at which a first member can be inserted: after the opening brace. A comma must follow it unless
    /// the object is empty.
    pub fn insertion_point(&self) -> usize {
        self.span.start.saturating_add(1)
    }
}

impl<'a> Node<'a> {
    /// Where it stands, with its quotes or brackets.
    pub fn span(&self) -> Span {
        match self {
            Node::Null(span) | Node::Bool(_, span) => *span,
            Node::Number(number) => number.span,
            Node::String(text) => text.span,
            Node::Numbers(numbers) => numbers.span,
            Node::Array(array) => array.span,
            Node::Object(object) => object.span,
        }
    }

    /// What it is, in the words of an error message: `a string`, `an array`.
    pub fn kind(&self) -> &'static str {
        match self {
            Node::Null(_) => "null",
            Node::Bool(..) => "a boolean",
            Node::Number(_) => "a number",
            Node::String(_) => "a string",
            Node::Numbers(_) | Node::Array(_) => "an array",
            Node::Object(_) => "an object",
        }
    }

    /// The value under this key, of an object. `None` where there is none, or where this is no object.
    pub fn member(&self, key: &str) -> Option<&Node<'a>> {
        self.as_object().and_then(|object| object.get(key))
    }

    /// The members, of an object; of anything else, none.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Node<'a>)> {
        self.as_object()
            .map(|object| object.members.as_slice())
            .unwrap_or_default()
            .iter()
            .map(|member| (member.key.text.as_ref(), &member.value))
    }

    /// The elements, of an array; of anything else, none. Those of a [`Node::Numbers`] are made as they are asked
    /// for.
    pub fn elements(&self) -> impl Iterator<Item = Cow<'_, Node<'a>>> {
        let (nodes, numbers) = match self {
            Node::Array(array) => (array.elements.as_slice(), None),
            Node::Numbers(numbers) => (Default::default(), Some(numbers.iter())),
            _ => (Default::default(), None),
        };
        let numbers = numbers.into_iter().flatten().map(Node::Number).map(Cow::Owned);
        nodes.iter().map(Cow::Borrowed).chain(numbers)
    }

    /// How many elements it has; `None` where it is no array.
    pub fn array_len(&self) -> Option<usize> {
        match self {
            Node::Array(array) => Some(array.elements.len()),
            Node::Numbers(numbers) => Some(numbers.len),
            _ => None,
        }
    }

    /// Whether it is an array, of whatever.
    pub fn is_array(&self) -> bool {
        self.array_len().is_some()
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Node::Null(_))
    }

    /// The object that it is.
    pub fn as_object(&self) -> Option<&Object<'a>> {
        match self {
            Node::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The string that it is, decoded.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Node::String(text) => Some(&text.text),
            _ => None,
        }
    }

    /// The boolean that it is.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Node::Bool(value, _) => Some(*value),
            _ => None,
        }
    }

    /// The number that it is.
    pub fn as_number(&self) -> Option<&Number<'a>> {
        match self {
            Node::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The whole number that it is; see [`Number::as_u64`].
    pub fn as_u64(&self) -> Option<u64> {
        self.as_number().and_then(Number::as_u64)
    }

    /// The whole number that it is; see [`Number::as_i64`].
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number().and_then(Number::as_i64)
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Span { start, end } = self.span();
        write!(f, "{} at {start}..{end}", self.kind())
    }
}
