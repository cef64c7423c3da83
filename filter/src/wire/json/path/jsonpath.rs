//! JSONPath (RFC 9535), as far as it can be followed while a value streams by.
//!
//! The text is parsed by `jsonpath-rust`; its tree is compiled to steps that look at one key or index at a time.
//! What needs the whole value first (counting from the end, filters, functions) is refused with that reason.

use super::{JsonPath, PathError, PathStep};
use jsonpath_rust::parser::model::{Comparable, Filter, FilterAtom, Segment, Selector, Test, TestFunction};
use jsonpath_rust::parser::{errors::JsonPathError, parse_json_path};

impl JsonPath {
    /// Reads and compiles a JSONPath. `$` alone is the whole payload.
    ///
    /// ```
    /// use vectorgate::wire::json::path::{JsonPath, PathError, PathStep};
    ///
    /// let path = JsonPath::parse("$.contact..ssn")?;
    /// assert_eq!(
    ///     path.steps,
    ///     [PathStep::Key("contact".into()), PathStep::Descent, PathStep::Key("ssn".into())]
    /// );
    /// assert!(matches!(JsonPath::parse("$.tags[-1]"), Err(PathError::NotStreamable(_))));
    /// # Ok::<(), PathError>(())
    /// ```
    ///
    /// # Errors
    /// [`PathError::Syntax`] for what is not JSONPath, [`PathError::NotStreamable`] for what is, but cannot be
    /// followed in one pass.
    pub fn parse(text: &str) -> Result<JsonPath, PathError> {
        if blank_outside_brackets(text) {
            let why =
                "not a JSONPath: white space stands in brackets only; a name that has it is written ['a b']";
            return Err(PathError::Syntax(why.to_owned()));
        }
        let query = parse_json_path(text).map_err(|error| PathError::Syntax(not_jsonpath(&error)))?;
        let mut steps = Vec::new();
        for part in &query.segments {
            segment(part, &mut steps)?;
        }
        Ok(JsonPath {
            text: text.to_owned(),
            steps,
        })
    }
}

/// Whether white space stands outside brackets. The parser would read it as part of the name beside it.
fn blank_outside_brackets(text: &str) -> bool {
    let mut quote = None;
    let mut escaped = false;
    let mut depth = 0usize;
    for c in text.chars() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None => match c {
                '"' | '\'' => quote = Some(c),
                '[' => depth += 1,
                ']' => depth = depth.saturating_sub(1),
                _ if c.is_whitespace() && depth == 0 => return true,
                _ => {}
            },
        }
    }
    false
}

/// The parser's complaint in one line.
fn not_jsonpath(error: &JsonPathError) -> String {
    match error {
        JsonPathError::PestError(at) => {
            let expected = at.variant.message().replace('_', " ");
            format!("not a JSONPath: {expected}")
        }
        other => format!("not a JSONPath: {other}"),
    }
}

fn segment(segment: &Segment, steps: &mut Vec<PathStep>) -> Result<(), PathError> {
    match segment {
        Segment::Descendant(below) => {
            steps.push(PathStep::Descent);
            self::segment(below, steps)
        }
        Segment::Selector(one) => {
            steps.push(selector(one)?);
            Ok(())
        }
        Segment::Selectors(many) => {
            let union: Result<Vec<_>, _> = many.iter().map(selector).collect();
            steps.push(PathStep::Union(union?));
            Ok(())
        }
    }
}

fn selector(selector: &Selector) -> Result<PathStep, PathError> {
    match selector {
        Selector::Name(name) => Ok(PathStep::Key(name.clone())),
        Selector::Wildcard => Ok(PathStep::Any),
        Selector::Index(index) => from_start(*index, "index").map(PathStep::Index),
        Selector::Slice(from, to, step) => {
            let step = step.unwrap_or(1);
            if step < 0 {
                return Err(PathError::NotStreamable(format!(
                    "a slice with the step {step} goes through the array backwards"
                )));
            }
            let from = from_start(from.unwrap_or(0), "slice")?;
            let to = to.map(|to| from_start(to, "slice")).transpose()?;
            match u64::try_from(step) {
                Ok(step) if step > 0 && to.is_none_or(|to| to > from) => {
                    Ok(PathStep::Slice { from, to, step })
                }
                _ => Err(PathError::Syntax(
                    "not a useful JSONPath: the slice is always empty".to_owned(),
                )),
            }
        }
        Selector::Filter(filter) => Err(PathError::NotStreamable(match function(filter) {
            Some(name) => format!("the function {name}() needs the whole value first"),
            None => {
                "a filter expression (`?`) needs the whole value before it can say whether it is selected"
                    .to_owned()
            }
        })),
    }
}

/// An index that counts from the start.
fn from_start(index: i64, what: &str) -> Result<u64, PathError> {
    u64::try_from(index).map_err(|_| {
        PathError::NotStreamable(format!(
            "the {what} {index} counts from the end of the array, which is not known until it was read"
        ))
    })
}

/// The name of the first function that a filter calls.
fn function(filter: &Filter) -> Option<String> {
    match filter {
        Filter::Or(parts) | Filter::And(parts) => parts.iter().find_map(function),
        Filter::Atom(FilterAtom::Filter { expr, .. }) => function(expr),
        Filter::Atom(FilterAtom::Test { expr, .. }) => match expr.as_ref() {
            Test::Function(call) => name_of(call),
            _ => None,
        },
        Filter::Atom(FilterAtom::Comparison(comparison)) => {
            let (left, right) = comparison.vals();
            [left, right].into_iter().find_map(|side| match side {
                Comparable::Function(call) => name_of(call),
                _ => None,
            })
        }
    }
}

fn name_of(call: &TestFunction) -> Option<String> {
    Some(match call {
        TestFunction::Custom(name, _) => name.clone(),
        TestFunction::Length(_) => "length".to_owned(),
        TestFunction::Value(_) => "value".to_owned(),
        TestFunction::Count(_) => "count".to_owned(),
        TestFunction::Search(..) => "search".to_owned(),
        TestFunction::Match(..) => "match".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use PathStep::{Any, Descent, Index, Key, Slice, Union};

    fn key(name: &str) -> PathStep {
        Key(name.to_owned())
    }

    #[test]
    fn paths_and_their_steps() {
        let table: &[(&str, &[PathStep])] = &[
            ("$", &[]),
            ("$.contact.ssn", &[key("contact"), key("ssn")]),
            ("$['a.b']", &[key("a.b")]),
            (r#"$["a\u0062"]"#, &[key("ab")]),
            ("$.*", &[Any]),
            ("$.tags[*]", &[key("tags"), Any]),
            ("$..ssn", &[Descent, key("ssn")]),
            ("$..[0]", &[Descent, Index(0)]),
            ("$.tags[2]", &[key("tags"), Index(2)]),
            (
                "$.t[1:]",
                &[
                    key("t"),
                    Slice {
                        from: 1,
                        to: None,
                        step: 1,
                    },
                ],
            ),
            (
                "$.t[:4:2]",
                &[
                    key("t"),
                    Slice {
                        from: 0,
                        to: Some(4),
                        step: 2,
                    },
                ],
            ),
            ("$['a','b']", &[Union(vec![key("a"), key("b")])]),
            (
                "$[0, 2:4]",
                &[Union(vec![
                    Index(0),
                    Slice {
                        from: 2,
                        to: Some(4),
                        step: 1,
                    },
                ])],
            ),
        ];
        for (text, steps) in table {
            let path = JsonPath::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(path.steps, *steps, "{text}");
            assert_eq!(path.to_string(), *text, "the text comes back");
        }
    }

    #[test]
    fn what_cannot_be_streamed_says_why() {
        let table = [
            ("$.tags[-1]", "the index -1 counts from the end"),
            ("$.tags[-2:]", "the slice -2 counts from the end"),
            ("$.tags[0:-1]", "the slice -1 counts from the end"),
            ("$.tags[::-1]", "backwards"),
            ("$.people[?@.age > 3]", "a filter expression"),
            ("$.people[?@.name]", "a filter expression"),
            ("$[?length(@.name) > 3]", "length()"),
            ("$[?match(@.name, 'a.*')]", "match()"),
            ("$..a[?count(@.*) == 1 && @.b]", "count()"),
        ];
        for (text, part) in table {
            match JsonPath::parse(text) {
                Err(PathError::NotStreamable(why)) => assert!(why.contains(part), "{text}: {why}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_is_not_jsonpath() {
        for text in [
            "", "a", "$.", "$..", "$[", "$[]", "$ a", "$.a b", "$.a[1:1]", "$.a[::0]", "@.a", "$.a[",
        ] {
            match JsonPath::parse(text) {
                Err(PathError::Syntax(why)) => assert!(why.starts_with("not a"), "{text}: {why}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn messages() {
        let say = |text: &str| JsonPath::parse(text).unwrap_err().to_string();
        insta::assert_snapshot!(say("$.tags[-1]"), @"cannot be followed while an answer streams: the index -1 counts from the end of the array, which is not known until it was read");
        insta::assert_snapshot!(say("$.a["), @"not a JSONPath: expected selector");
    }
}
