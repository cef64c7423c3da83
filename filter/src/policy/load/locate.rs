//! Where a path stands in a text: for `file:line:column` before a mistake.
//!
//! The model is read from a tree that has no lines. But a deserializer whose errors carry a position (serde_json's,
//! those of YAML) says where it is when it is made to fail there: [`At`] walks to a path and fails.

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Walks to a path (`rules[2].mask[0].path`) in any deserializer, and fails there: the error's position is the path's.
/// Where the path leads nowhere (a key that is missing), it fails at the end of the deepest part of it that is there.
///
/// ```
/// use serde::de::DeserializeSeed;
/// use vectorgate::policy::load::locate::At;
///
/// let text = "{\n  \"rules\": [\n    {\"name\": 7}\n  ]\n}";
/// let error = At::path("rules[0].name").deserialize(&mut serde_json::Deserializer::from_str(text)).unwrap_err();
/// assert_eq!(error.line(), 3);
/// ```
pub struct At<'p> {
    rest: &'p str,
}

impl<'p> At<'p> {
    /// The way to this path.
    pub fn path(path: &'p str) -> At<'p> {
        At { rest: path }
    }

    /// The next step, and the way from there.
    fn step(&self) -> Option<(Step<'p>, At<'p>)> {
        let rest = self.rest.strip_prefix('.').unwrap_or(self.rest);
        if rest.is_empty() {
            return None;
        }
        if let Some((index, after)) = rest.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
            return Some((Step::Index(index.parse().ok()?), At { rest: after }));
        }
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (key, after) = rest.split_at_checked(end)?;
        Some((Step::Key(key), At { rest: after }))
    }
}

enum Step<'p> {
    Key(&'p str),
    Index(usize),
}

/// The error that marks the place. Its text is never shown.
fn here<E: de::Error>() -> E {
    E::custom("here")
}

impl<'de> DeserializeSeed<'de> for At<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for At<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the place of a mistake")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let Some((Step::Key(wanted), below)) = self.step() else {
            return Err(here());
        };
        while let Some(key) = entries.next_key::<String>()? {
            if key == wanted {
                return entries.next_value_seed(below);
            }
            entries.next_value::<IgnoredAny>()?;
        }
        Err(here())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Some((Step::Index(wanted), below)) = self.step() else {
            return Err(here());
        };
        for _ in 0..wanted {
            if items.next_element::<IgnoredAny>()?.is_none() {
                return Err(here());
            }
        }
        match items.next_element_seed(below)? {
            Some(()) => Ok(()),
            None => Err(here()),
        }
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Err(here())
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<(), E> {
        Err(here())
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<(), E> {
        Err(here())
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<(), E> {
        Err(here())
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
        Err(here())
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<(), E> {
        Err(here())
    }
}
