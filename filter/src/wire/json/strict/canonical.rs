//! The canonical form of a body: two spellings of one value are equal in it.
//!
//! Keys are sorted by their bytes, no white space, strings escaped as little as possible, and each number written
//! in the one form that its exact decimal value has. Nothing is rounded: it serves a digest, not a database.

use super::number::Form;
use super::{Document, Node, Number};

/// The canonical form.
pub fn canonical(document: &Document<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    write_node(document.root(), &mut out);
    out
}

fn write_node(node: &Node<'_>, out: &mut Vec<u8>) {
    match node {
        Node::Null(_) => out.extend(b"null"),
        Node::Bool(true, _) => out.extend(b"true"),
        Node::Bool(false, _) => out.extend(b"false"),
        Node::Number(number) => write_number(number, out),
        Node::String(text) => write_string(&text.text, out),
        Node::Numbers(numbers) if numbers.form == Form::Canonical => out.extend(numbers.text.as_bytes()),
        Node::Numbers(numbers) => write_list(b"[]", numbers.iter(), out, |number, out| {
            write_number(&number, out)
        }),
        Node::Array(array) => write_list(b"[]", &array.elements, out, write_node),
        Node::Object(object) => {
            let mut members: Vec<(&str, &Node<'_>)> = object
                .members
                .iter()
                .map(|member| (member.key.text.as_ref(), &member.value))
                .collect();
            members.sort_unstable_by_key(|(key, _)| *key);
            write_list(b"{}", members, out, |(key, value), out| {
                write_string(key, out);
                out.push(b':');
                write_node(value, out);
            });
        }
    }
}

fn write_list<T>(
    [open, close]: &[u8; 2],
    items: impl IntoIterator<Item = T>,
    out: &mut Vec<u8>,
    write: impl Fn(T, &mut Vec<u8>),
) {
    out.push(*open);
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(item, out);
    }
    out.push(*close);
}

fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    crate::wire::json::escape::push_escaped(text, out);
    out.push(b'"');
}

/// Numbers whose plain form is longer than this are written with an exponent.
const LONGEST_PLAIN: i64 = 40;

fn write_number(number: &Number<'_>, out: &mut Vec<u8>) {
    if number.form() == Form::Canonical {
        out.extend(number.literal.as_bytes());
        return;
    }
    write_any_number(number, out);
}

fn write_any_number(number: &Number<'_>, out: &mut Vec<u8>) {
    let (negative, unsigned) = match number.literal.strip_prefix('-') {
        Some(unsigned) => (true, unsigned),
        None => (false, number.literal),
    };
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    // The value is 0.DIGITS x 10^point, with no zero at either end of DIGITS.
    let written = [whole.as_bytes(), fraction.as_bytes()].concat();
    let leading = written.iter().take_while(|&&digit| digit == b'0').count();
    let trailing = written.iter().rev().take_while(|&&digit| digit == b'0').count();
    let digits = written
        .get(leading..written.len().saturating_sub(trailing))
        .unwrap_or_default();
    if digits.is_empty() {
        out.push(b'0');
        return;
    }
    // The reader lets no exponent through that does not fit.
    let exponent: i64 = exponent.parse().unwrap_or_default();
    let point = exponent
        .saturating_add(signed(whole.len()))
        .saturating_sub(signed(leading));
    let length = signed(digits.len());
    let zeros = |count: i64, out: &mut Vec<u8>| (0..count).for_each(|_| out.push(b'0'));
    if negative {
        out.push(b'-');
    }
    if point >= length && point <= LONGEST_PLAIN {
        out.extend(digits);
        zeros(point - length, out);
    } else if point > 0 && point < length {
        let (whole, fraction) = digits
            .split_at_checked(usize::try_from(point).unwrap_or_default())
            .unwrap_or_default();
        out.extend(whole);
        out.push(b'.');
        out.extend(fraction);
    } else if point <= 0 && point > -LONGEST_PLAIN {
        out.extend(b"0.");
        zeros(-point, out);
        out.extend(digits);
    } else {
        out.extend(b"0.");
        out.extend(digits);
        out.extend(format!("e{point}").bytes());
    }
}

fn signed(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::strict::parse;
    use proptest::prelude::*;

    /// The canonical form of a list of numbers, each read on its own and written the long way.
    fn one_by_one(literals: &[String]) -> Vec<u8> {
        let mut out = vec![b'['];
        for (n, literal) in literals.iter().enumerate() {
            out.extend(if n == 0 { &b""[..] } else { b"," });
            let body = parse(literal.as_bytes()).unwrap();
            write_any_number(body.root().as_number().unwrap(), &mut out);
        }
        out.push(b']');
        out
    }

    proptest! {
        #[test]
        fn a_list_that_is_copied_is_what_its_numbers_are_written_as(
            literals in prop::collection::vec("-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,4})?([eE][+-]?[0-9])?|-?0|-?[1-9]0{0,45}", 1..8),
            blanks in prop::collection::vec(prop::sample::select(vec!["", "", "", " ", "\n"]), 18),
        ) {
            let mut body = String::from("[");
            for (n, literal) in literals.iter().enumerate() {
                let comma = if n == 0 { "" } else { "," };
                body.push_str(&format!("{comma}{}{literal}{}", blanks[2 * n], blanks[2 * n + 1]));
            }
            body.push(']');
            let document = parse(body.as_bytes()).unwrap();
            prop_assert_eq!(document.root().array_len(), Some(literals.len()));
            prop_assert_eq!(canonical(&document), one_by_one(&literals));
        }
    }
}
