//! The text form of a field name: `email`, `contact.email`, `contact.*`, `["a.b"]`, `a["b.c"].d`.

use super::{FieldPattern, FieldStep, PathError};
use std::fmt;

impl FieldPattern {
    /// Reads a field name of a policy.
    ///
    /// ```
    /// use vectorgate::wire::json::path::{FieldPattern, FieldStep};
    ///
    /// let pattern = FieldPattern::parse(r#"contact["e.mail"].*"#)?;
    /// assert_eq!(
    ///     pattern.steps,
    ///     [FieldStep::Key("contact".into()), FieldStep::Key("e.mail".into()), FieldStep::Any]
    /// );
    /// # Ok::<(), vectorgate::wire::json::path::PathError>(())
    /// ```
    ///
    /// # Errors
    /// [`PathError::Syntax`] for what is not a field name, and for one that would match every field there is.
    pub fn parse(text: &str) -> Result<FieldPattern, PathError> {
        let refuse = |why: &str| PathError::Syntax(format!("not a field name: {why}"));
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let dotted = match rest.strip_prefix('.') {
                Some(_) if steps.is_empty() => return Err(refuse("it starts with a dot")),
                Some(after) => Some(after),
                None => None,
            };
            if let Some(bracket) = dotted.unwrap_or(rest).strip_prefix('[') {
                if dotted.is_some() {
                    return Err(refuse("a dot before a bracket"));
                }
                let (key, after) = quoted(bracket).map_err(refuse)?;
                steps.push(FieldStep::Key(key));
                rest = after;
                continue;
            }
            if dotted.is_none() && !steps.is_empty() {
                return Err(refuse("after a bracket stands a dot, another bracket or nothing"));
            }
            let from = dotted.unwrap_or(rest);
            let (name, after) = from.split_at(from.find(['.', '[']).unwrap_or(from.len()));
            steps.push(bare(name).map_err(refuse)?);
            rest = after;
        }
        if steps.is_empty() {
            return Err(refuse("it is empty"));
        }
        if steps.iter().all(|step| *step == FieldStep::Any) {
            return Err(refuse(
                "`*` alone would match every field, also the answer's own; name one, or write a path (`$.*`)",
            ));
        }
        Ok(FieldPattern { steps })
    }
}

/// A name without brackets around it.
fn bare(name: &str) -> Result<FieldStep, &'static str> {
    match name {
        "" => Err("a name between dots is empty"),
        "*" => Ok(FieldStep::Any),
        _ if name.contains('*') => {
            Err("`*` stands for a whole name, not for a part of one; a name that has it is written [\"a*b\"]")
        }
        _ if name.contains([']', '"']) => Err("a name with brackets or quotes in it is written [\"a]b\"]"),
        _ if name != name.trim() => Err("a name with spaces around it is written [\" a\"]"),
        _ if name.contains(char::is_control) => Err("it has a control character"),
        _ => Ok(FieldStep::Key(name.to_owned())),
    }
}

/// The key in `"key"]…`, and what follows.
fn quoted(text: &str) -> Result<(String, &str), &'static str> {
    const NOT_QUOTED: &str =
        "inside brackets stands a name in double quotes; field names pass through arrays by themselves";
    let mut literals = serde_json::Deserializer::from_str(text).into_iter::<String>();
    let key = match literals.next() {
        Some(Ok(key)) if text.starts_with('"') => key,
        _ => return Err(NOT_QUOTED),
    };
    let after = text.get(literals.byte_offset()..).unwrap_or_default();
    let after = after.strip_prefix(']').ok_or("a bracket is not closed")?;
    Ok((key, after))
}

impl fmt::Display for FieldPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, step) in self.steps.iter().enumerate() {
            let dot = if n == 0 { "" } else { "." };
            match step {
                FieldStep::Any => write!(f, "{dot}*")?,
                FieldStep::Key(key) if key != "*" && bare(key).is_ok() && !key.contains(['.', '[']) => {
                    write!(f, "{dot}{key}")?;
                }
                FieldStep::Key(key) => write!(f, "[{}]", serde_json::Value::from(key.as_str()))?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key: &str) -> FieldStep {
        FieldStep::Key(key.to_owned())
    }

    #[test]
    fn names_and_what_they_mean() {
        let table: &[(&str, &[FieldStep])] = &[
            ("email", &[key("email")]),
            ("#document", &[key("#document")]),
            ("first name", &[key("first name")]),
            ("contact.email", &[key("contact"), key("email")]),
            ("contact.*", &[key("contact"), FieldStep::Any]),
            ("*.email", &[FieldStep::Any, key("email")]),
            (r#"["a.b"]"#, &[key("a.b")]),
            (r#"["*"]"#, &[key("*")]),
            (r#"[""]"#, &[key("")]),
            (r#"a["b.c"].d"#, &[key("a"), key("b.c"), key("d")]),
            (r#"["a.b"]["c.d"]"#, &[key("a.b"), key("c.d")]),
            (r#"["quo\"te]"]"#, &[key("quo\"te]")]),
            ("größe", &[key("größe")]),
        ];
        for (text, steps) in table {
            let pattern = FieldPattern::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(pattern.steps, *steps, "{text}");
            assert_eq!(pattern.to_string(), *text, "the text comes back");
        }
    }

    #[test]
    fn what_is_not_a_field_name() {
        let table = [
            "",
            ".",
            ".a",
            "a.",
            "a..b",
            "*",
            "*.*",
            "a*",
            "a[0]",
            "a[]",
            "a[\"b\"",
            "[\"a\"]b",
            "a.[\"b\"]",
            "a]",
            "a[\"b\"x]",
            " a",
            "a\n",
            "a['b']",
        ];
        for text in table {
            match FieldPattern::parse(text) {
                Err(PathError::Syntax(why)) => {
                    assert!(why.starts_with("not a field name: "), "{text}: {why}")
                }
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn messages() {
        let say = |text: &str| FieldPattern::parse(text).unwrap_err().to_string();
        insta::assert_snapshot!(say("a[0]"), @"not a field name: inside brackets stands a name in double quotes; field names pass through arrays by themselves");
        insta::assert_snapshot!(say("*"), @"not a field name: `*` alone would match every field, also the answer's own; name one, or write a path (`$.*`)");
    }
}
