//! A policy file as a tree: what JSON and YAML have in common. Keys keep their order, and stand twice where the
//! file has them twice, so that the reader can say so.

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A value of the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// `null`, or nothing after a key.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A whole number that is not negative.
    Unsigned(u64),
    /// Any other number.
    Number(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// What it is, in words. Never a value: a secret might have been written in the wrong place.
    pub(super) fn kind(&self) -> String {
        match self {
            Node::Null => "nothing",
            Node::Bool(_) => "true or false",
            Node::Unsigned(_) => "a number",
            Node::Number(_) => "a number that is negative or not whole",
            Node::Text(_) => "text",
            Node::List(_) => "a list",
            Node::Map(_) => "a map",
        }
        .to_owned()
    }

    /// A number or text as it is, anything else in words.
    pub(super) fn scalar(&self) -> String {
        match self {
            Node::Unsigned(number) => number.to_string(),
            Node::Number(number) => number.to_string(),
            Node::Text(text) => format!("\"{text}\" (a text; write the number without quotes)"),
            other => other.kind(),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(Builder)
    }
}

struct Builder;

impl<'de> Visitor<'de> for Builder {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of JSON or YAML")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Unsigned(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(u64::try_from(number).map_or(Node::Number(number as f64), Node::Unsigned))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        // Envoy hands numbers of its configuration on as doubles: 100 may come as 100.0.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if number.fract() == 0.0 && (0.0..=EXACT).contains(&number) {
            return Ok(Node::Unsigned(number as u64));
        }
        Ok(Node::Number(number))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Node, E> {
        Ok(Node::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Node::Map(map))
    }
}
