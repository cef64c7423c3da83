//! The words of Milvus' expression language.
//!
//! Where Milvus' lexer and this one could end a word at different places, the text is refused: an escape in a string
//! that Milvus does not have, a number that runs into a name.

use crate::dialect::Malformed;
use crate::dialect::body::{invalid, shown};

/// One word of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A name or a keyword. `$meta` is one too.
    Word(&'t str),
    /// A string, between its quotes, escapes as they stand.
    Text(&'t str),
    /// A number.
    Number(&'t str),
    /// An operator or a bracket.
    Symbol(&'static str),
}

/// Operators and brackets, the longer ones first.
const SYMBOLS: [&str; 31] = [
    "&&", "||", "<=", ">=", "==", "!=", "<<", ">>", "**", "<", ">", "+", "-", "*", "/", "%", "!", "~", "&",
    "|", "^", "(", ")", "[", "]", "{", "}", ",", "=", "$", ".",
];

/// The field that holds the dynamic fields of a row.
pub(super) const META: &str = "$meta";

/// The words of a text.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, Malformed> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        let Some(first) = rest.chars().next() else {
            return Ok(tokens);
        };
        let (token, after) = match first {
            '"' | '\'' => string(rest, first)?,
            '0'..='9' => number(rest)?,
            '.' if rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit) => number(rest)?,
            'a'..='z' | 'A'..='Z' | '_' => word(rest, 0),
            '$' if is_meta(rest) => word(rest, 1),
            _ => symbol(rest)?,
        };
        tokens.push(token);
        rest = after;
    }
}

fn is_meta(rest: &str) -> bool {
    rest.strip_prefix(META)
        .is_some_and(|after| !after.starts_with(is_name))
}

fn is_name(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_'
}

fn word(rest: &str, from: usize) -> (Token<'_>, &str) {
    let length = rest
        .char_indices()
        .find(|(at, char)| *at >= from && !is_name(*char))
        .map_or(rest.len(), |(at, _)| at);
    let (word, after) = rest.split_at(length);
    (Token::Word(word), after)
}

fn symbol(rest: &str) -> Result<(Token<'_>, &str), Malformed> {
    SYMBOLS
        .iter()
        .find_map(|symbol| Some((Token::Symbol(symbol), rest.strip_prefix(symbol)?)))
        .ok_or_else(|| {
            let what: String = rest.chars().take(1).collect();
            invalid(format!(
                "the expression has {} outside of a string: it cannot be read",
                shown(&what)
            ))
        })
}

fn string(rest: &str, quote: char) -> Result<(Token<'_>, &str), Malformed> {
    let content = rest.get(1..).unwrap_or_default();
    let mut chars = content.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            _ if char == quote => {
                let (text, after) = content.split_at(at);
                return Ok((Token::Text(text), after.get(1..).unwrap_or_default()));
            }
            '\n' | '\r' => {
                return Err(invalid(
                    "a string of the expression runs over the end of a line: write \\n for it",
                ));
            }
            // What follows is no end of the string, if it is an escape that Milvus knows.
            '\\' => match chars.next() {
                Some((_, '\'' | '"' | '?' | '\\' | 'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v')) => {}
                Some((_, '0'..='7' | 'x' | 'u' | 'U')) => {}
                _ => {
                    return Err(invalid(
                        "a string of the expression has an escape that Milvus does not have: write \\\\ for a backslash",
                    ));
                }
            },
            _ => {}
        }
    }
    Err(invalid("a string of the expression has no end"))
}

fn number(rest: &str) -> Result<(Token<'_>, &str), Malformed> {
    let mut end = 0;
    let mut before = '0';
    let hexadecimal = rest
        .get(..2)
        .is_some_and(|start| start.eq_ignore_ascii_case("0x"));
    for (at, char) in rest.char_indices() {
        let exponent = if hexadecimal { ['p', 'P'] } else { ['e', 'E'] };
        let sign = matches!(char, '+' | '-') && exponent.contains(&before);
        if !(is_name(char) || char == '.' || sign) {
            break;
        }
        before = char;
        end = at + char.len_utf8();
    }
    let (number, after) = rest.split_at(end);
    if is_number(number) {
        Ok((Token::Number(number), after))
    } else {
        Err(invalid(format!(
            "the expression has {}, which is no number",
            shown(number)
        )))
    }
}

fn is_number(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    if let Some(digits) = lower.strip_prefix("0x") {
        let (mantissa, exponent) = match digits.split_once('p') {
            Some((mantissa, exponent)) => (mantissa, Some(exponent)),
            None => (digits, None),
        };
        let dots = mantissa.matches('.').count();
        return mantissa.chars().any(|char| char.is_ascii_hexdigit())
            && mantissa
                .chars()
                .all(|char| char.is_ascii_hexdigit() || char == '.')
            && dots <= usize::from(exponent.is_some())
            && exponent.is_none_or(|exponent| exponent.parse::<i32>().is_ok());
    }
    if let Some(digits) = lower.strip_prefix("0b") {
        return !digits.is_empty() && digits.chars().all(|char| matches!(char, '0' | '1'));
    }
    lower
        .chars()
        .all(|char| char.is_ascii_digit() || matches!(char, '.' | 'e' | '+' | '-'))
        && lower.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let read = |text| format!("{:?}", tokens(text).expect(text));
        insta::assert_snapshot!(read(r#"a_1>=-1.5e-3 and $meta["x\"y"] in['q','']"#), @r#"[Word("a_1"), Symbol(">="), Symbol("-"), Number("1.5e-3"), Word("and"), Word("$meta"), Symbol("["), Text("x\\\"y"), Symbol("]"), Word("in"), Symbol("["), Text("q"), Symbol(","), Text(""), Symbol("]")]"#);
        insta::assert_snapshot!(read("$[a]**0x1F!={n}"), @r#"[Symbol("$"), Symbol("["), Word("a"), Symbol("]"), Symbol("**"), Number("0x1F"), Symbol("!="), Symbol("{"), Word("n"), Symbol("}")]"#);
    }

    #[test]
    fn what_could_end_elsewhere_is_refused() {
        for text in [
            "5email == 1",
            "1.2.3",
            "0xg",
            "0x",
            "1e",
            "\"abc",
            "'abc\"",
            r#""\%""#,
            r#""abc\"#,
            "\"a\nb\"",
            "größe > 1",
            "a # b",
            "a ; b",
            "`a`",
            "a ? b",
        ] {
            assert!(tokens(text).is_err(), "{text}");
        }
    }
}
