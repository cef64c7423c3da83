//! Sizes and spans of time, as people write them: `64KiB`, `20s`.

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::time::Duration;

/// A size in bytes: `64KiB`, `1MiB`, or a plain number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(u64);

/// Units of a [`Size`], and how many bytes each is.
const SIZES: [(&str, u64); 7] = [
    ("B", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
];

impl Size {
    /// A size of this many bytes.
    pub fn from_bytes(bytes: u64) -> Size {
        Size(bytes)
    }

    /// The number of bytes.
    pub fn bytes(self) -> u64 {
        self.0
    }

    /// Reads `64KiB`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Size, String> {
        let wrong =
            || format!("`{text}` is not a size: write a number and B, KiB, MiB or GiB, such as 64KiB");
        let (number, unit) = split(text).ok_or_else(wrong)?;
        let factor = match unit {
            "" => 1,
            unit => SIZES.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?.1,
        };
        number
            .checked_mul(factor)
            .map(Size)
            .ok_or_else(|| format!("`{text}` is too large a size"))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            n if n != 0 && n.is_multiple_of(1 << 20) => write!(f, "{}MiB", n >> 20),
            n if n != 0 && n.is_multiple_of(1 << 10) => write!(f, "{}KiB", n >> 10),
            n => write!(f, "{n}B"),
        }
    }
}

/// A span of time: `500ms`, `20s`, `15m`, `1h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(Duration);

/// Units of a [`Span`], and how many milliseconds each is.
const SPANS: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

impl Span {
    /// A span of this many seconds.
    pub fn from_seconds(seconds: u64) -> Span {
        Span(Duration::from_secs(seconds))
    }

    /// As a duration.
    pub fn duration(self) -> Duration {
        self.0
    }

    /// Reads `20s`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Span, String> {
        let wrong =
            || format!("`{text}` is not a span of time: write a number and ms, s, m, h or d, such as 20s");
        let (number, unit) = split(text).ok_or_else(wrong)?;
        let (_, factor) = SPANS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        number
            .checked_mul(*factor)
            .map(|millis| Span(Duration::from_millis(millis)))
            .ok_or_else(|| format!("`{text}` is too long a span of time"))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis();
        match millis {
            0 => f.write_str("0s"),
            n if n.is_multiple_of(3_600_000) => write!(f, "{}h", n / 3_600_000),
            n if n.is_multiple_of(60_000) => write!(f, "{}m", n / 60_000),
            n if n.is_multiple_of(1_000) => write!(f, "{}s", n / 1_000),
            n => write!(f, "{n}ms"),
        }
    }
}

/// A whole number and what follows it. A space between them is allowed.
fn split(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    Some((number.parse().ok()?, unit.trim_start_matches(' ')))
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Size, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Size;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a size such as 64KiB")
            }

            fn visit_u64<E: de::Error>(self, bytes: u64) -> Result<Size, E> {
                Ok(Size(bytes))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Size, E> {
                Size::parse(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Span;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a span of time such as 20s")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Span, E> {
                Span::parse(&number.to_string()).map_err(E::custom)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Span, E> {
                Span::parse(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

#[cfg(any(test, feature = "schema"))]
mod schema {
    use super::{Size, Span};
    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
    use std::borrow::Cow;

    impl JsonSchema for Size {
        fn schema_name() -> Cow<'static, str> {
            "Size".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "description": "A size: `64KiB`, `1MiB`, or a plain number of bytes.",
                "anyOf": [
                    { "type": "string", "pattern": "^[0-9]+ *(B|KiB|MiB|GiB|kB|MB|GB)?$" },
                    { "type": "integer", "minimum": 0 }
                ]
            })
        }
    }

    impl JsonSchema for Span {
        fn schema_name() -> Cow<'static, str> {
            "Span".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "description": "A span of time: `500ms`, `20s`, `15m`, `1h`, `7d`.",
                "type": "string",
                "pattern": "^[0-9]+ *(ms|s|m|h|d)$"
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, bytes) in [
            ("0", 0),
            ("17", 17),
            ("17B", 17),
            ("64KiB", 65_536),
            ("1 MiB", 1_048_576),
            ("2GiB", 2_147_483_648),
            ("1kB", 1_000),
            ("1MB", 1_000_000),
        ] {
            assert_eq!(Size::parse(text), Ok(Size(bytes)), "{text}");
        }
        for text in [
            "",
            "KiB",
            "-1",
            "1.5MiB",
            "1KB",
            "1kib",
            "64 KiB ",
            "1e3",
            "99999999999999999999",
            "20000000000GiB",
        ] {
            assert!(Size::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn spans_are_read_as_people_write_them() {
        for (text, millis) in [
            ("0s", 0),
            ("500ms", 500),
            ("20s", 20_000),
            ("15m", 900_000),
            ("1h", 3_600_000),
            ("2d", 172_800_000),
        ] {
            assert_eq!(
                Span::parse(text),
                Ok(Span(Duration::from_millis(millis))),
                "{text}"
            );
        }
        for text in [
            "",
            "20",
            "s",
            "-1s",
            "1.5h",
            "20sec",
            "1h30m",
            "99999999999999999999s",
            "18446744073709551615d",
        ] {
            assert!(Span::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_printed_reads_back() {
        for bytes in [0, 1, 1023, 1024, 65_536, 1_048_576, 1_048_577] {
            assert_eq!(Size::parse(&Size(bytes).to_string()), Ok(Size(bytes)));
        }
        for millis in [0, 1, 999, 1_000, 90_000, 3_600_000, 3_600_001] {
            let span = Span(Duration::from_millis(millis));
            assert_eq!(Span::parse(&span.to_string()), Ok(span));
        }
    }
}
