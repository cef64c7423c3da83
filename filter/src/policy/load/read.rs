//! The model, read from the tree: a deserializer that knows where it is, and whose errors are mistakes, not texts.

use super::super::fault::{Fault, Mistake};
use super::node::Node;
use super::suggest::hint;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use std::collections::HashSet;
use std::fmt;

/// Paths that are not looked at again: their mistakes are known.
#[derive(Default)]
pub(super) struct Skip(HashSet<String>);

impl Skip {
    pub(super) fn contains(&self, path: &str) -> bool {
        self.0.contains(path)
    }

    /// Whether it was new.
    pub(super) fn insert(&mut self, path: String) -> bool {
        self.0.insert(path)
    }

    /// A duplicate key is skipped by its own mark, since its path is also its first's.
    fn duplicate(path: &str) -> String {
        format!("{path} twice")
    }
}

/// What to skip, once this mistake is known.
pub(super) fn skippable(mistake: &Mistake) -> String {
    match mistake.fault {
        Fault::DuplicateKey(_) => Skip::duplicate(&mistake.path),
        _ => mistake.path.clone(),
    }
}

/// The path of a key below a path.
pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// One mistake that stops the reading.
#[derive(Debug)]
pub(super) struct Stop {
    path: Option<String>,
    fault: Fault,
}

impl Stop {
    fn at(path: &str, fault: Fault) -> Stop {
        Stop {
            path: Some(path.to_owned()),
            fault,
        }
    }

    /// With this path, where it has none yet.
    fn under(mut self, path: &str) -> Stop {
        self.path.get_or_insert_with(|| path.to_owned());
        self
    }

    pub(super) fn into_mistake(self) -> Mistake {
        Mistake {
            path: self.path.unwrap_or_default(),
            fault: self.fault,
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fault)
    }
}

impl std::error::Error for Stop {}

impl de::Error for Stop {
    fn custom<T: fmt::Display>(message: T) -> Stop {
        Stop {
            path: None,
            fault: Fault::Invalid(message.to_string()),
        }
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Stop {
        Stop {
            path: None,
            fault: Fault::UnknownKey {
                key: key.to_owned(),
                hint: hint(key, known),
            },
        }
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Stop {
        Stop {
            path: None,
            fault: Fault::UnknownWord {
                word: word.to_owned(),
                hint: hint(word, known),
            },
        }
    }

    fn missing_field(key: &'static str) -> Stop {
        Stop {
            path: None,
            fault: Fault::MissingKey(key.to_owned()),
        }
    }

    fn duplicate_field(key: &'static str) -> Stop {
        Stop {
            path: None,
            fault: Fault::DuplicateKey(key.to_owned()),
        }
    }
}

/// A place in the tree.
pub(super) struct Reader<'a> {
    node: &'a Node,
    path: String,
    skip: &'a Skip,
}

impl<'a> Reader<'a> {
    pub(super) fn root(node: &'a Node, skip: &'a Skip) -> Reader<'a> {
        Reader {
            node,
            path: String::new(),
            skip,
        }
    }

    fn wrong(&self, expected: &str) -> Stop {
        Stop::at(
            &self.path,
            Fault::WrongType {
                expected: expected.to_owned(),
                found: self.node.kind(),
            },
        )
    }

    fn whole_number<'de, V: Visitor<'de>>(self, most: u64, visitor: V) -> Result<V::Value, Stop> {
        match self.node {
            Node::Unsigned(number) if *number <= most => {
                visitor.visit_u64(*number).map_err(|e: Stop| e.under(&self.path))
            }
            Node::Unsigned(_) => Err(self.wrong(&format!("a whole number up to {most}"))),
            _ => Err(self.wrong("a whole number")),
        }
    }
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Stop;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        let expected = {
            struct Expected<'v, V>(&'v V);
            impl<'de, V: Visitor<'de>> fmt::Display for Expected<'_, V> {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    self.0.expecting(f)
                }
            }
            Expected(&visitor).to_string()
        };
        match self.node {
            Node::Unsigned(number) => visitor.visit_u64(*number),
            Node::Text(text) => visitor.visit_str(text),
            _ => return Err(self.wrong(&expected)),
        }
        .map_err(|e: Stop| e.under(&self.path))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match self.node {
            Node::Bool(value) => visitor.visit_bool(*value),
            _ => Err(self.wrong("true or false")),
        }
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.whole_number(u64::from(u32::MAX), visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.whole_number(u64::MAX, visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match self.node {
            Node::Text(text) => visitor.visit_str(text).map_err(|e: Stop| e.under(&self.path)),
            Node::Unsigned(_) | Node::Number(_) | Node::Bool(_) => Err(self.wrong("text (put it in quotes)")),
            _ => Err(self.wrong("text")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_str(visitor)
    }

    /// A key with nothing after it says nothing, and what it was meant to say is not to be guessed.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match self.node {
            Node::List(items) => visitor.visit_seq(Items {
                items: items.iter().enumerate(),
                path: &self.path,
                skip: self.skip,
            }),
            Node::Text(_) => Err(self.wrong("a list (put it in square brackets)")),
            _ => Err(self.wrong("a list")),
        }
        .map_err(|e: Stop| e.under(&self.path))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        keys: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        match self.node {
            Node::Map(entries) => visitor
                .visit_map(Entries {
                    entries: entries.iter(),
                    seen: HashSet::new(),
                    value: None,
                    path: &self.path,
                    skip: self.skip,
                })
                .map_err(|e: Stop| e.under(&self.path)),
            _ => Err(self.wrong(&format!("a map with the keys {}", keys.join(", ")))),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        let (word, value) = match self.node {
            Node::Text(word) => (word.as_str(), None),
            // `with: null` is a word to people, and nothing to YAML.
            Node::Null if words.contains(&"null") => ("null", None),
            Node::Map(entries) => match entries.as_slice() {
                [(word, value)] => (word.as_str(), Some(value)),
                _ => return Err(self.wrong(&format!("one of {}", words.join(", ")))),
            },
            _ => return Err(self.wrong(&format!("one of {}", words.join(", ")))),
        };
        let path = self.path.clone();
        visitor
            .visit_enum(Choice {
                word,
                value,
                path: self.path,
                skip: self.skip,
            })
            .map_err(|e: Stop| e.under(&path))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct map identifier
    }
}

/// The items of a list.
struct Items<'a> {
    items: std::iter::Enumerate<std::slice::Iter<'a, Node>>,
    path: &'a str,
    skip: &'a Skip,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Stop;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Stop> {
        for (number, node) in self.items.by_ref() {
            let path = format!("{}[{number}]", self.path);
            if !self.skip.contains(&path) {
                return seed
                    .deserialize(Reader {
                        node,
                        path,
                        skip: self.skip,
                    })
                    .map(Some);
            }
        }
        Ok(None)
    }
}

/// The entries of a map.
struct Entries<'a> {
    entries: std::slice::Iter<'a, (String, Node)>,
    seen: HashSet<&'a str>,
    value: Option<Reader<'a>>,
    path: &'a str,
    skip: &'a Skip,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Stop> {
        for (key, node) in self.entries.by_ref() {
            let path = join(self.path, key);
            if !self.seen.insert(key) {
                if self.skip.contains(&Skip::duplicate(&path)) {
                    continue;
                }
                return Err(Stop::at(&path, Fault::DuplicateKey(key.clone())));
            }
            if self.skip.contains(&path) {
                continue;
            }
            let read = seed
                .deserialize(de::value::StrDeserializer::new(key))
                .map_err(|e: Stop| e.under(&path))?;
            self.value = Some(Reader {
                node,
                path,
                skip: self.skip,
            });
            return Ok(Some(read));
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Stop> {
        match self.value.take() {
            Some(reader) => seed.deserialize(reader),
            None => Err(de::Error::custom("a value without a key")),
        }
    }
}

/// One of several words, with or without a value.
struct Choice<'a> {
    word: &'a str,
    value: Option<&'a Node>,
    path: String,
    skip: &'a Skip,
}

impl<'a, 'de> EnumAccess<'de> for Choice<'a> {
    type Error = Stop;
    type Variant = Chosen<'a>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Chosen<'a>), Stop> {
        let read = seed.deserialize(de::value::StrDeserializer::new(self.word))?;
        Ok((read, Chosen(self)))
    }
}

/// The word is known; now its value.
struct Chosen<'a>(Choice<'a>);

impl<'a> Chosen<'a> {
    fn value(self) -> Result<Reader<'a>, Stop> {
        let Choice {
            word,
            value,
            path,
            skip,
        } = self.0;
        match value {
            Some(node) => Ok(Reader {
                node,
                path: join(&path, word),
                skip,
            }),
            None => Err(Stop::at(&path, Fault::NeedsValue(word.to_owned()))),
        }
    }
}

impl<'de> VariantAccess<'de> for Chosen<'_> {
    type Error = Stop;

    fn unit_variant(self) -> Result<(), Stop> {
        match self.0.value {
            None => Ok(()),
            Some(node) => Err(Stop::at(
                &join(&self.0.path, self.0.word),
                Fault::WrongType {
                    expected: format!("the word `{}` alone", self.0.word),
                    found: node.kind(),
                },
            )),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Stop> {
        seed.deserialize(self.value()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Stop> {
        self.value()?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        keys: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.value()?.deserialize_struct("", keys, visitor)
    }
}
