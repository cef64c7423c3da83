//! Milvus' expression language: which fields an expression refers to.
//!
//! It is read word by word ([`token`]), as far as is needed to be sure of every field: a name is a keyword, a function
//! (a known one, in front of a bracket) or a field. Operands and operators must alternate; what does not, and what is
//! not known, is refused, because a field could hide in it.
//!
//! Read as it is written for Milvus 2.3 to 3.0: comparisons, arithmetic, `in`, `like`, `exists`, `is null`, ranges,
//! paths into JSON (`meta["a"]["b"]`, `$meta["x"]`), elements of arrays (`tags[0]`) and of structs (`chunks[text]`,
//! `$[text]`), functions on JSON, arrays, text and places, templates (`{name}`).

mod token;

use crate::dialect::Malformed;
use crate::dialect::body::{invalid, shown};
use token::{META, Token, tokens};

/// How deep brackets may stand in one another.
const DEEPEST: usize = 200;

/// Functions, in lower case; Milvus takes each in lower and in upper case.
const FUNCTIONS: [&str; 28] = [
    "array_contains",
    "array_contains_all",
    "array_contains_any",
    "array_length",
    "element_filter",
    "json_contains",
    "json_contains_all",
    "json_contains_any",
    "match_all",
    "match_any",
    "match_exact",
    "match_least",
    "match_most",
    "phrase_match",
    "random_sample",
    "st_contains",
    "st_crosses",
    "st_disjoint",
    "st_dwithin",
    "st_equals",
    "st_intersects",
    "st_isvalid",
    "st_overlaps",
    "st_touches",
    "st_within",
    "text_match",
    "starts_with",
    "empty",
];

/// A field by its keys, outermost first; array steps are left out. A dynamic field is a field like others.
pub(super) type Keys = Vec<String>;

/// Every field that an expression refers to, as often as it does.
///
/// # Errors
/// What cannot be read.
pub(super) fn fields(text: &str) -> Result<Vec<Keys>, Malformed> {
    let words = tokens(text)?;
    if words.is_empty() {
        return Ok(Vec::new());
    }
    Reader {
        words: &words,
        at: 0,
        brackets: Vec::new(),
        fields: Vec::new(),
    }
    .read()
}

/// The number of values in an expression that is nothing but `field in [...]` or `field == value`, of literals; `None`
/// where it is anything else.
pub(super) fn ids_of(text: &str, field: &str) -> Option<u64> {
    let words = tokens(text).ok()?;
    let (first, rest) = words.split_first()?;
    if *first != Token::Word(field) {
        return None;
    }
    match rest {
        [Token::Symbol("=="), value] => is_literal(value).then_some(1),
        [
            Token::Word("in" | "IN"),
            Token::Symbol("["),
            values @ ..,
            Token::Symbol("]"),
        ] => {
            let known = |token: &Token<'_>| is_literal(token) || matches!(token, Token::Symbol("," | "-"));
            let literals = values.iter().filter(|token| is_literal(token)).count();
            values.iter().all(known).then(|| u64::try_from(literals).ok())?
        }
        _ => None,
    }
}

fn is_literal(token: &Token<'_>) -> bool {
    matches!(token, Token::Text(_) | Token::Number(_))
}

/// What a bracket encloses.
#[derive(Debug)]
enum Bracket {
    Group,
    List,
    Call {
        /// The field that its first argument is: what `$[name]` inside means an element of.
        subject: Option<Keys>,
    },
}

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    Operand,
    Operator,
}

struct Reader<'w, 't> {
    words: &'w [Token<'t>],
    at: usize,
    brackets: Vec<Bracket>,
    fields: Vec<Keys>,
}

impl<'t> Reader<'_, 't> {
    fn read(mut self) -> Result<Vec<Keys>, Malformed> {
        let mut expect = Expect::Operand;
        while let Some(word) = self.next() {
            expect = match expect {
                Expect::Operand => self.operand(word)?,
                Expect::Operator => self.operator(word)?,
            };
        }
        if expect == Expect::Operand || !self.brackets.is_empty() {
            return Err(unreadable("it ends too early"));
        }
        Ok(self.fields)
    }

    fn next(&mut self) -> Option<Token<'t>> {
        let word = self.words.get(self.at).copied();
        self.at += 1;
        word
    }

    fn peek(&self) -> Option<Token<'t>> {
        self.words.get(self.at).copied()
    }

    fn take(&mut self, wanted: Token<'_>) -> bool {
        let there = self.peek() == Some(wanted);
        if there {
            self.at += 1;
        }
        there
    }

    fn open(&mut self, bracket: Bracket) -> Result<Expect, Malformed> {
        if self.brackets.len() >= DEEPEST {
            return Err(unreadable("brackets stand too deep in one another"));
        }
        self.brackets.push(bracket);
        Ok(Expect::Operand)
    }

    fn operand(&mut self, word: Token<'t>) -> Result<Expect, Malformed> {
        match word {
            Token::Text(_) | Token::Number(_) => Ok(Expect::Operator),
            Token::Symbol("(") => self.open(Bracket::Group),
            Token::Symbol("[") => self.open(Bracket::List),
            // An empty list, a comma before the end of a list, a function without arguments.
            Token::Symbol("]") | Token::Symbol(")") if self.may_end_here() => {
                self.brackets.pop();
                Ok(Expect::Operator)
            }
            Token::Symbol("+" | "-" | "~" | "!") => Ok(Expect::Operand),
            Token::Symbol("{") => match (self.next(), self.next()) {
                (Some(Token::Word(name)), Some(Token::Symbol("}"))) if name != META => Ok(Expect::Operator),
                _ => Err(unreadable("a template is written {name}")),
            },
            Token::Symbol("$") => {
                let element = self.subscript_name()?;
                let mut keys = self
                    .brackets
                    .iter()
                    .rev()
                    .find_map(|bracket| match bracket {
                        Bracket::Call { subject } => subject.clone(),
                        _ => None,
                    })
                    .ok_or_else(|| unreadable("$[…] stands in no function on a struct"))?;
                keys.push(element);
                self.fields.push(keys);
                Ok(Expect::Operator)
            }
            Token::Word("not" | "NOT" | "exists" | "EXISTS") => Ok(Expect::Operand),
            Token::Word("true" | "True" | "TRUE" | "false" | "False" | "FALSE") => Ok(Expect::Operator),
            Token::Word(word) => self.name(word),
            Token::Symbol(symbol) => Err(unreadable(format!("{symbol} stands where a value should"))),
        }
    }

    /// Whether a closing bracket may follow an opening one or a comma here.
    fn may_end_here(&self) -> bool {
        let before = self.at.checked_sub(2).and_then(|at| self.words.get(at));
        match (self.brackets.last(), self.words.get(self.at.wrapping_sub(1))) {
            (Some(Bracket::List), Some(Token::Symbol("]"))) => {
                matches!(before, Some(Token::Symbol("[" | ",")))
            }
            (Some(Bracket::Call { .. }), Some(Token::Symbol(")"))) => {
                matches!(before, Some(Token::Symbol("(")))
            }
            _ => false,
        }
    }

    /// A function, a literal with a word in front, a named argument, or a field.
    fn name(&mut self, word: &str) -> Result<Expect, Malformed> {
        match self.peek() {
            Some(Token::Symbol("(")) => {
                if !is_function(word) {
                    return Err(unreadable(format!(
                        "the function {} is not known here",
                        shown(word)
                    )));
                }
                self.at += 1;
                return self.open(Bracket::Call { subject: None });
            }
            Some(Token::Text(_))
                if word.eq_ignore_ascii_case("iso") || word.eq_ignore_ascii_case("interval") =>
            {
                self.at += 1;
                return Ok(Expect::Operator);
            }
            Some(Token::Symbol("=")) if matches!(self.brackets.last(), Some(Bracket::Call { .. })) => {
                self.at += 1;
                return match word {
                    "minimum_should_match" | "MINIMUM_SHOULD_MATCH" | "threshold" | "THRESHOLD" => {
                        Ok(Expect::Operand)
                    }
                    _ => Err(unreadable(format!(
                        "the argument {} is not known here",
                        shown(word)
                    ))),
                };
            }
            _ => {}
        }
        let keys = self.path(word)?;
        let first = self.at_first_argument(&keys);
        if let Some(Bracket::Call { subject }) = self.brackets.last_mut()
            && first
        {
            *subject = Some(keys.clone());
        }
        self.fields.push(keys);
        Ok(Expect::Operator)
    }

    /// Whether a field that was just read is the first thing in its brackets: it stands alone up to a comma.
    fn at_first_argument(&self, keys: &Keys) -> bool {
        keys.len() == 1
            && self.peek() == Some(Token::Symbol(","))
            && matches!(
                self.at.checked_sub(2).and_then(|at| self.words.get(at)),
                Some(Token::Symbol("("))
            )
    }

    /// A field, with the keys and indices behind it.
    fn path(&mut self, word: &str) -> Result<Keys, Malformed> {
        let mut keys = Vec::new();
        if word != META {
            keys.push(word.to_owned());
        }
        while self.take(Token::Symbol("[")) {
            match self.next() {
                Some(Token::Text(key)) => keys.push(json_key(key)?),
                Some(Token::Word(name)) if name != META => keys.push(name.to_owned()),
                Some(Token::Number(index)) if index.bytes().all(|byte| byte.is_ascii_digit()) => {}
                _ => return Err(unreadable("a path has a step that is no key and no index")),
            }
            if !self.take(Token::Symbol("]")) {
                return Err(unreadable("a step of a path has no end"));
            }
        }
        if keys.is_empty() {
            return Err(unreadable(
                "$meta is all dynamic fields: name one, $meta[\"name\"]",
            ));
        }
        Ok(keys)
    }

    fn subscript_name(&mut self) -> Result<String, Malformed> {
        match (self.next(), self.next(), self.next()) {
            (Some(Token::Symbol("[")), Some(Token::Word(name)), Some(Token::Symbol("]"))) if name != META => {
                Ok(name.to_owned())
            }
            _ => Err(unreadable("an element of a struct is written $[name]")),
        }
    }

    fn operator(&mut self, word: Token<'t>) -> Result<Expect, Malformed> {
        const INFIX: [&str; 19] = [
            "&&", "||", "<=", ">=", "==", "!=", "<<", ">>", "**", "<", ">", "+", "-", "*", "/", "%", "&",
            "|", "^",
        ];
        match word {
            Token::Symbol(symbol) if INFIX.contains(&symbol) => Ok(Expect::Operand),
            Token::Symbol(",")
                if matches!(self.brackets.last(), Some(Bracket::List | Bracket::Call { .. })) =>
            {
                Ok(Expect::Operand)
            }
            Token::Symbol(")")
                if matches!(self.brackets.last(), Some(Bracket::Group | Bracket::Call { .. })) =>
            {
                self.brackets.pop();
                Ok(Expect::Operator)
            }
            Token::Symbol("]") if matches!(self.brackets.last(), Some(Bracket::List)) => {
                self.brackets.pop();
                Ok(Expect::Operator)
            }
            Token::Word("and" | "AND" | "or" | "OR" | "in" | "IN" | "like" | "LIKE") => Ok(Expect::Operand),
            Token::Word("not" | "NOT") if self.take(Token::Word("in")) || self.take(Token::Word("IN")) => {
                Ok(Expect::Operand)
            }
            Token::Word("is" | "IS") => {
                let _ = self.take(Token::Word("not")) || self.take(Token::Word("NOT"));
                if self.take(Token::Word("null")) || self.take(Token::Word("NULL")) {
                    Ok(Expect::Operator)
                } else {
                    Err(unreadable("`is` is followed by neither `null` nor `not null`"))
                }
            }
            Token::Word(word) => Err(unreadable(format!(
                "{} stands where an operator should",
                shown(word)
            ))),
            Token::Symbol(symbol) => Err(unreadable(format!("{symbol} stands where an operator should"))),
            Token::Text(_) | Token::Number(_) => Err(unreadable("two values stand side by side")),
        }
    }
}

fn is_function(word: &str) -> bool {
    FUNCTIONS.contains(&word.to_ascii_lowercase().as_str())
}

/// A key of a path into JSON. One with an escape in it has two spellings, and one with `/` or `~` could be read as
/// two keys by a server that makes a JSON pointer of it.
fn json_key(key: &str) -> Result<String, Malformed> {
    if key.is_empty() || key.contains(['\\', '/', '~']) {
        return Err(unreadable(format!(
            "the key {} cannot be told from others: write it without escapes, / and ~",
            shown(key)
        )));
    }
    Ok(key.to_owned())
}

fn unreadable(what: impl AsRef<str>) -> Malformed {
    invalid(format!("the expression cannot be read: {}", what.as_ref()))
}

#[cfg(test)]
mod tests;
