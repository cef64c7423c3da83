//! JSON as people read it: indented, every number and string exactly as it was written. What is not JSON stays as
//! it is.

use serde::de::IgnoredAny;

/// Indents a text that is JSON. Lists and objects without anything nested stay on one line; pages wrap it.
pub fn pretty(text: &str) -> String {
    if serde_json::from_str::<IgnoredAny>(text).is_err() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len().saturating_mul(2));
    let mut depth = 0_usize;
    let mut rest = text.trim();
    while let Some(sign) = rest.chars().next() {
        let taken = match sign {
            '"' => string(rest),
            '{' | '[' => flat(rest).unwrap_or(1),
            other => other.len_utf8(),
        };
        let (token, after) = rest.split_at_checked(taken).unwrap_or((rest, ""));
        rest = after;
        match sign {
            '{' | '[' if token.len() > 1 => inline(token, &mut out),
            '{' | '[' => {
                out.push(sign);
                depth = depth.saturating_add(1);
                line(depth, &mut out);
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(depth, &mut out);
                out.push(sign);
            }
            ',' => {
                out.push(sign);
                line(depth, &mut out);
            }
            ':' => out.push_str(": "),
            sign if sign.is_ascii_whitespace() => {}
            _ => out.push_str(token),
        }
    }
    out
}

fn line(depth: usize, out: &mut String) {
    out.push('\n');
    for _ in 0..depth {
        out.push_str("  ");
    }
}

/// The length of the string that a text begins with, quotes included.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at.saturating_add(1),
            _ => {}
        }
    }
    text.len()
}

/// The length of the list or object that a text begins with, if nothing is nested in it and it fits a line; a flat
/// list of numbers may have any length.
fn flat(text: &str) -> Option<usize> {
    const LINE: usize = 88;
    let mut at = 1_usize;
    let mut strings = text.starts_with('{');
    while let Some(rest) = text.get(at..) {
        let step = match rest.bytes().next()? {
            b'"' => {
                strings = true;
                string(rest)
            }
            b'[' | b'{' => return None,
            b']' | b'}' => {
                let length = at.saturating_add(1);
                return (length <= LINE || !strings).then_some(length);
            }
            _ => 1,
        };
        at = at.saturating_add(step);
    }
    None
}

/// A flat list or object on one line.
fn inline(text: &str, out: &mut String) {
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.bytes().next().unwrap_or(b' ');
        let step = if first == b'"' {
            string(rest)
        } else {
            rest.chars().next().map_or(1, char::len_utf8)
        };
        match first {
            b',' => out.push_str(", "),
            b':' => out.push_str(": "),
            first if first.is_ascii_whitespace() => {}
            _ => out.push_str(rest.get(..step).unwrap_or(rest)),
        }
        at += step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_reads_well_and_changes_nothing() {
        let text =
            r#"{"ids":[["a","b"]],"embeddings":null,"n":1.50e1,"m":[{"e":"x\"y, {é}"},{}],"v":[1,2,3]}"#;
        insta::assert_snapshot!(pretty(text), @r#"
        {
          "ids": [
            ["a", "b"]
          ],
          "embeddings": null,
          "n": 1.50e1,
          "m": [
            {"e": "x\"y, {é}"},
            {}
          ],
          "v": [1, 2, 3]
        }
        "#);
        assert_eq!(pretty("{\"cut\": tru"), "{\"cut\": tru");
        assert_eq!(pretty("not json"), "not json");
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<i64>().prop_map(Into::into),
            ".{0,12}".prop_map(serde_json::Value::String),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                proptest::collection::vec((".{0,6}", inner), 0..6)
                    .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_means_the_same(value in any_json()) {
            let read: serde_json::Value = serde_json::from_str(&pretty(&value.to_string())).unwrap();
            prop_assert_eq!(read, value);
        }
    }
}
