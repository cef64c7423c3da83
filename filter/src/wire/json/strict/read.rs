//! The reader itself: bytes to a tree, by descent.

use super::fractions::fractions;
use super::number::{Form, numbers_in};
use super::simple::{SURELY_IN_RANGE, simple_number};
use super::{
    Array, Document, Member, Node, Number, Numbers, Object, Span, StrictError, StrictErrorKind as Kind, Text,
};
use std::borrow::Cow;

/// How deep arrays and objects may stand inside each other.
pub const MAX_DEPTH: usize = 128;

/// The exponent of a number has at most this many digits: enough for any double, and no arithmetic overflows.
const MAX_EXPONENT_DIGITS: usize = 9;

/// About how many numbers of an embedding stand in a block of bytes.
const IN_A_BLOCK: usize = 6;

/// Objects up to this size are searched for duplicate keys pair by pair, without an allocation.
const FEW_MEMBERS: usize = 16;

/// Reads a body.
///
/// # Errors
/// [`StrictError`] for whatever is not JSON, or could be read in more than one way.
pub fn parse(body: &[u8]) -> Result<Document<'_>, StrictError> {
    let located = |(kind, offset)| StrictError::at(kind, body, offset);
    if body.starts_with(b"\xef\xbb\xbf") {
        return Err(located((Kind::ByteOrderMark, 0)));
    }
    let text =
        std::str::from_utf8(body).map_err(|error| located((Kind::InvalidUtf8, error.valid_up_to())))?;
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
    };
    reader.skip_white_space();
    if reader.peek().is_none() {
        return Err(located((Kind::Empty, reader.at)));
    }
    let root = reader.value().map_err(located)?;
    reader.skip_white_space();
    match reader.peek() {
        None => Ok(Document { root }),
        Some(_) => Err(located((Kind::TrailingBytes, reader.at))),
    }
}

/// What is wrong, and at which byte.
type Wrong = (Kind, usize);

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn slice(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn span(&self, start: usize) -> Span {
        Span { start, end: self.at }
    }

    fn skip_white_space(&mut self) {
        let blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        self.at += self.rest().iter().take_while(blank).count();
    }

    /// An error at this place: this kind, or the body's end.
    fn wrong(&self, kind: Kind) -> Wrong {
        match self.peek() {
            Some(_) => (kind, self.at),
            None => (Kind::UnexpectedEnd, self.at),
        }
    }

    fn value(&mut self) -> Result<Node<'a>, Wrong> {
        match self.peek() {
            Some(b'{') => self.nested(Reader::object),
            Some(b'[') => self.nested(Reader::array),
            Some(b'"') => self.string().map(Node::String),
            Some(b'-' | b'0'..=b'9') => self.number().map(Node::Number),
            Some(b't') => self.word("true").map(|span| Node::Bool(true, span)),
            Some(b'f') => self.word("false").map(|span| Node::Bool(false, span)),
            Some(b'n') => self.word("null").map(Node::Null),
            _ => Err(self.wrong(Kind::ExpectedValue)),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Node<'a>, Wrong>) -> Result<Node<'a>, Wrong> {
        if self.depth >= MAX_DEPTH {
            return Err((Kind::TooDeep, self.at));
        }
        self.depth += 1;
        let node = read(self)?;
        self.depth -= 1;
        Ok(node)
    }

    fn word(&mut self, word: &str) -> Result<Span, Wrong> {
        if !self.rest().starts_with(word.as_bytes()) {
            return Err((Kind::ExpectedValue, self.at));
        }
        let start = self.at;
        self.at += word.len();
        Ok(self.span(start))
    }

    fn array(&mut self) -> Result<Node<'a>, Wrong> {
        let start = self.at;
        self.at += 1;
        self.skip_white_space();
        let mut elements = Vec::new();
        // As long as there were numbers alone, they are only counted.
        let mut numbers = 0;
        let mut form = if self.at == start + 1 {
            Form::Canonical
        } else {
            Form::Any
        };
        if self.peek() == Some(b']') {
            self.at += 1;
            let span = self.span(start);
            return Ok(Node::Array(Array { elements, span }));
        }
        loop {
            if elements.is_empty() {
                numbers += self.simple_numbers(&mut form);
            }
            let before = self.at;
            match self.value()? {
                Node::Number(number) if elements.is_empty() => {
                    form = form.and(number.form());
                    numbers += 1;
                }
                other => {
                    if numbers > 0 {
                        let text = self.text.get(start..before).unwrap_or_default();
                        elements.extend(numbers_in(text, start).map(Node::Number));
                        numbers = 0;
                    }
                    elements.push(other);
                }
            }
            let after = self.at;
            self.skip_white_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    if self.at > after {
                        form = Form::Any;
                    }
                    self.at += 1;
                    break;
                }
                _ => return Err(self.wrong(Kind::ExpectedCommaOrEnd)),
            }
            self.skip_white_space();
            if self.at > after + 1 {
                form = Form::Any;
            }
        }
        let span = self.span(start);
        if numbers > 0 {
            let text = self.slice(start);
            let len = numbers;
            return Ok(Node::Numbers(Numbers {
                len,
                span,
                text,
                form,
            }));
        }
        Ok(Node::Array(Array { elements, span }))
    }

    /// Passes over numbers without an exponent that have a comma behind them, and counts them: an embedding, all but
    /// its last number. What is anything else stays unread.
    fn simple_numbers(&mut self, form: &mut Form) -> usize {
        let bytes = self.text.as_bytes();
        let mut count = 0;
        loop {
            while let Some(fractions) = fractions(bytes, self.at) {
                *form = form.and(fractions.form);
                self.at = fractions.end;
                count += fractions.count;
                self.skip_blanks_of_list(form);
            }
            // Where a block could not be taken as a whole, it is not looked at again for each number of it.
            for _ in 0..IN_A_BLOCK {
                let Some((end, written)) = simple_number(bytes, self.at) else {
                    return count;
                };
                if bytes.get(end) != Some(&b',') {
                    return count;
                }
                *form = form.and(written);
                self.at = end + 1;
                count += 1;
                self.skip_blanks_of_list(form);
            }
        }
    }

    /// Skips what stands between a comma and the next number.
    #[inline]
    fn skip_blanks_of_list(&mut self, form: &mut Form) {
        if let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            *form = Form::Any;
            self.skip_white_space();
        }
    }

    fn object(&mut self) -> Result<Node<'a>, Wrong> {
        let start = self.at;
        self.at += 1;
        self.skip_white_space();
        let mut members: Vec<Member<'a>> = Vec::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
            let span = self.span(start);
            return Ok(Node::Object(Object { members, span }));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.wrong(Kind::ExpectedKey));
            }
            let key = self.string()?;
            self.skip_white_space();
            if self.peek() != Some(b':') {
                return Err(self.wrong(Kind::ExpectedColon));
            }
            self.at += 1;
            self.skip_white_space();
            let value = self.value()?;
            members.push(Member { key, value });
            self.skip_white_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                _ => return Err(self.wrong(Kind::ExpectedCommaOrEnd)),
            }
            self.skip_white_space();
        }
        if let Some(offset) = duplicate(&members) {
            return Err((Kind::DuplicateKey, offset));
        }
        let span = self.span(start);
        Ok(Node::Object(Object { members, span }))
    }

    fn string(&mut self) -> Result<Text<'a>, Wrong> {
        let start = self.at;
        self.at += 1;
        let mut decoded: Option<String> = None;
        loop {
            let run = self.at;
            let plain = |byte: &&u8| !matches!(byte, b'"' | b'\\' | 0..=0x1f);
            self.at += self.rest().iter().take_while(plain).count();
            let text = self.slice(run);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    let text = match decoded {
                        None => Cow::Borrowed(text),
                        Some(mut decoded) => {
                            decoded.push_str(text);
                            Cow::Owned(decoded)
                        }
                    };
                    let span = self.span(start);
                    return Ok(Text { text, span });
                }
                Some(b'\\') => {
                    let decoded = decoded.get_or_insert_default();
                    decoded.push_str(text);
                    decoded.push(self.escape()?);
                }
                _ => return Err(self.wrong(Kind::ControlCharacter)),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Wrong> {
        let start = self.at;
        self.at += 1;
        let simple = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode_escape(start);
            }
            Some(_) => return Err((Kind::InvalidEscape, start)),
            None => return Err((Kind::UnexpectedEnd, self.at)),
        };
        self.at += 1;
        Ok(simple)
    }

    /// After `\u`: four hex digits, and the other half where they are the first half of a pair.
    fn unicode_escape(&mut self, start: usize) -> Result<char, Wrong> {
        let first = self.hex4(start)?;
        let code = match first {
            0xd800..=0xdbff => {
                if !self.rest().starts_with(b"\\u") {
                    return Err((Kind::LoneSurrogate, start));
                }
                self.at += 2;
                let second = self.hex4(start)?;
                if !(0xdc00..=0xdfff).contains(&second) {
                    return Err((Kind::LoneSurrogate, start));
                }
                0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
            }
            code => code,
        };
        char::from_u32(code).ok_or((Kind::LoneSurrogate, start))
    }

    fn hex4(&mut self, start: usize) -> Result<u32, Wrong> {
        let Some(digits) = self.rest().first_chunk::<4>() else {
            return Err((Kind::UnexpectedEnd, self.text.len()));
        };
        let mut code = 0;
        for &digit in digits {
            let digit = char::from(digit)
                .to_digit(16)
                .ok_or((Kind::InvalidEscape, start))?;
            code = code * 16 + digit;
        }
        self.at += 4;
        Ok(code)
    }

    fn digits(&mut self) -> usize {
        let count = self
            .rest()
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        self.at += count;
        count
    }

    fn number(&mut self) -> Result<Number<'a>, Wrong> {
        let start = self.at;
        let invalid = |at_end: bool, at| {
            if at_end {
                (Kind::UnexpectedEnd, at)
            } else {
                (Kind::InvalidNumber, start)
            }
        };
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        let whole = self.digits();
        if whole == 0 || (leading_zero && whole > 1) {
            return Err(invalid(self.peek().is_none() && whole == 0, self.at));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(invalid(self.peek().is_none(), self.at));
            }
        }
        let mut surely_in_range = self.at - start <= SURELY_IN_RANGE;
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            match self.digits() {
                0 => return Err(invalid(self.peek().is_none(), self.at)),
                1..=MAX_EXPONENT_DIGITS => surely_in_range = false,
                _ => return Err((Kind::NumberOutOfRange, start)),
            }
        }
        // A letter or another sign right after the digits (`1x`, `0x10`, `1.2.3`) is no separate token.
        if matches!(
            self.peek(),
            Some(b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'.' | b'+' | b'-' | b'_')
        ) {
            return Err((Kind::InvalidNumber, start));
        }
        let literal = self.slice(start);
        if !surely_in_range && !literal.parse::<f64>().is_ok_and(f64::is_finite) {
            return Err((Kind::NumberOutOfRange, start));
        }
        let span = self.span(start);
        Ok(Number { literal, span })
    }
}

/// The offset of the first key that another of these members had before it.
fn duplicate(members: &[Member<'_>]) -> Option<usize> {
    if members.len() <= FEW_MEMBERS {
        return members.iter().enumerate().find_map(|(index, member)| {
            let mut before = members.iter().take(index);
            before
                .any(|other| other.key.text == member.key.text)
                .then_some(member.key.span.start)
        });
    }
    let mut keys: Vec<(&str, usize)> = members
        .iter()
        .map(|member| (member.key.text.as_ref(), member.key.span.start))
        .collect();
    keys.sort_unstable();
    keys.windows(2)
        .filter_map(|pair| match pair {
            [(first, _), (second, offset)] if first == second => Some(*offset),
            _ => None,
        })
        .min()
}
