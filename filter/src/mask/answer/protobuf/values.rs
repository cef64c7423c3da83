//! Payload values: what stands in the place of each, by the way in which it is written.

use super::super::{AnswerError, Unexpected};
use super::Mask;
use super::spot::{Kind, Spot, Verdict};
use crate::mask::shape::protobuf::{Entry, Form, OneOf};
use crate::wire::protobuf::read::{DEEPEST, Problem, Record, Records, Value};
use crate::wire::protobuf::rewrite::{Fault, Outcome, begin_length, end_length};
use crate::wire::protobuf::varint::{self, Key, Varint, WireType};
use crate::wire::span;

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// It stays, or what was appended stands in its place.
    As(Outcome),
    /// It goes.
    Gone,
}

/// In what a value stands: what else could stand in its place.
#[derive(Clone, Copy)]
enum Host {
    /// A message with kinds.
    OneOf(&'static OneOf),
    /// A field of one type.
    Typed,
}

/// Where a value stands in its message.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) spot: &'a Spot,
    /// A key that the elements of the outermost list have below them: for columns of an array's elements.
    pub(super) below_element: Option<&'a [u8]>,
    pub(super) depth: usize,
}

impl At<'_> {
    fn deeper(self) -> Result<Self, AnswerError> {
        let depth = self.depth + 1;
        if depth >= DEEPEST {
            return Err(Fault::Wire(Problem::TooDeep).into());
        }
        Ok(At { depth, ..self })
    }
}

fn wrong(expected: &'static str) -> AnswerError {
    Fault::Wire(Problem::WrongType(expected)).into()
}

fn content<'a>(record: &Record<'a>) -> Result<&'a [u8], AnswerError> {
    record.content().ok_or_else(|| wrong("a length and bytes"))
}

fn text<'a>(record: &Record<'a>) -> Result<&'a str, AnswerError> {
    std::str::from_utf8(content(record)?).map_err(|_| Fault::Wire(Problem::NotUtf8).into())
}

fn number(record: &Record<'_>) -> Result<u64, AnswerError> {
    match record.value {
        Value::Varint(value) => Ok(value),
        _ => Err(wrong("a varint")),
    }
}

impl Form {
    fn kind(&self) -> Kind {
        match self {
            Form::Null => Kind::Null,
            Form::Bool | Form::Integer | Form::Unsigned | Form::Float | Form::Double => Kind::Scalar,
            Form::Text | Form::Bytes => Kind::Text,
            Form::Json | Form::OneOf(_) | Form::Object { .. } | Form::List { .. } => Kind::Container,
        }
    }

    /// How many bytes a number of fixed width has.
    pub(super) fn fixed(&self) -> Option<u64> {
        match self {
            Form::Float => Some(4),
            Form::Double => Some(8),
            _ => None,
        }
    }

    /// Whether several stand in one field.
    pub(super) fn is_packed(&self) -> bool {
        self.kind() == Kind::Scalar
    }

    /// A scalar as JSON would write it.
    fn literal(&self, record: &Record<'_>) -> Result<String, AnswerError> {
        Ok(match (self, record.value) {
            (Form::Null, Value::Varint(_)) => "null".to_owned(),
            (Form::Bool, Value::Varint(value)) => (value != 0).to_string(),
            (Form::Integer, Value::Varint(value)) => value.cast_signed().to_string(),
            (Form::Unsigned, Value::Varint(value)) => value.to_string(),
            (Form::Float, Value::Fixed32(bits)) => json(serde_json::to_string(&f32::from_bits(bits))),
            (Form::Double, Value::Fixed64(bits)) => json(serde_json::to_string(&f64::from_bits(bits))),
            (Form::Text, _) => text(record)?.to_owned(),
            _ => return Err(wrong("what its type is")),
        })
    }
}

fn json(written: Result<String, serde_json::Error>) -> String {
    written.unwrap_or_default()
}

/// Appends a neutral value of the type that the field has.
fn push_neutral(key: Key, out: &mut Vec<u8>) {
    key.push(out);
    let zeros = match key.wire {
        WireType::Varint | WireType::Len => 1,
        WireType::Fixed32 => 4,
        WireType::Fixed64 => 8,
    };
    out.resize(out.len() + zeros, 0);
}

/// The name in an entry; empty where there is none.
fn name_of<'a>(entry: &Entry, bytes: &'a [u8]) -> Result<&'a [u8], AnswerError> {
    let mut name = None;
    for record in Records::new(bytes) {
        let record = record.map_err(Fault::from)?;
        if record.key.number == entry.name && name.replace(content(&record)?).is_some() {
            return Err(Unexpected::TwoNames.into());
        }
    }
    Ok(name.unwrap_or_default())
}

/// Whether a message of kinds holds nothing but scalars: where nothing reaches it, it stays.
fn only_scalars(form: &OneOf, bytes: &[u8]) -> bool {
    Records::new(bytes).all(|record| {
        record.is_ok_and(|record| {
            let kind = form
                .fields
                .iter()
                .find(|(number, _)| *number == record.key.number);
            kind.is_some_and(|(_, form)| form.kind() != Kind::Container)
        })
    })
}

/// How many values stand in a field: one, or a packed row.
pub(super) fn count(form: &Form, record: &Record<'_>) -> Result<u64, AnswerError> {
    Ok(match (form.kind(), record.value, form.fixed()) {
        (Kind::Scalar, Value::Len(content), Some(width)) => content.len() as u64 / width,
        (Kind::Scalar, Value::Len(content), None) => {
            content.iter().filter(|byte| **byte < 0x80).count() as u64
        }
        _ => 1,
    })
}

impl Mask {
    /// An entry of a payload or of an object in it; one value with its name.
    pub(super) fn entry(
        &mut self,
        entry: &'static Entry,
        record: &Record<'_>,
        parent: &Spot,
        depth: usize,
        out: &mut Vec<u8>,
    ) -> Result<Outcome, AnswerError> {
        let bytes = content(record)?;
        let spot = self.live.key(&self.mask, parent, name_of(entry, bytes)?);
        if self.live.is_settled(&self.mask, &spot) {
            return Ok(Outcome::Same);
        }
        let at = At {
            spot: &spot,
            below_element: None,
            depth,
        }
        .deeper()?;
        let from = out.len();
        record.key.push(out);
        let start = begin_length(out);
        let mut outcome = Outcome::Same;
        for field in Records::new(bytes) {
            let field = field.map_err(Fault::from)?;
            let value = entry
                .values
                .iter()
                .find(|(number, _)| *number == field.key.number);
            match value {
                Some((_, form)) => match self.value(form, &field, at, Host::Typed, out)? {
                    Kept::As(Outcome::Same) => span::append(field.raw, out),
                    Kept::As(Outcome::Changed) => outcome = Outcome::Changed,
                    Kept::Gone => {
                        out.truncate(from);
                        return Ok(Outcome::Changed);
                    }
                },
                None if field.key.number == entry.name || entry.plain.contains(&field.key.number) => {
                    span::append(field.raw, out);
                }
                None => return Err(Unexpected::Value.into()),
            }
        }
        end_length(start, out);
        Ok(outcome)
    }

    /// The content of a payload field that the request named, under a field of the answer's own.
    pub(super) fn field_of(
        &mut self,
        n: Option<usize>,
        form: &'static OneOf,
        record: &Record<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Outcome, AnswerError> {
        let spot = match n {
            Some(n) => self.live.named(&self.mask, n),
            None => self.live.named_any(&self.mask),
        };
        let at = At {
            spot: &spot,
            below_element: None,
            depth: 0,
        };
        let from = out.len();
        match self.one_of(form, record, at, out)? {
            Kept::As(outcome) => Ok(outcome),
            Kept::Gone => {
                out.truncate(from);
                self.push_nothing(form, record.key, out);
                Ok(Outcome::Changed)
            }
        }
    }

    /// Appends a message in which nothing stands that could be taken for a value, if there is such a one.
    fn push_nothing(&self, form: &'static OneOf, key: Key, out: &mut Vec<u8>) {
        let kind = match (form.null, form.text) {
            (Some(null), _) => Key::new(null, WireType::Varint),
            (None, Some(text)) => Key::new(text, WireType::Len),
            (None, None) => return,
        };
        key.push(out);
        let start = begin_length(out);
        push_neutral(kind, out);
        end_length(start, out);
    }

    /// A message of which one field is the value.
    pub(super) fn one_of(
        &mut self,
        form: &'static OneOf,
        record: &Record<'_>,
        at: At<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Kept, AnswerError> {
        let at = at.deeper()?;
        let bytes = content(record)?;
        if at.spot.is_dead() && only_scalars(form, bytes) {
            return Ok(Kept::As(Outcome::Same));
        }
        record.key.push(out);
        let start = begin_length(out);
        let mut outcome = Outcome::Same;
        if bytes.is_empty() {
            // No kind at all is read as null.
            match self.live.judge(&self.mask, at.spot, Kind::Null) {
                Verdict::Remove => {
                    self.live.masked(at.spot.whole(), 1, 0);
                    return Ok(Kept::Gone);
                }
                Verdict::Fixed(entry) if form.text.is_some() => {
                    self.live.masked(at.spot.whole(), 1, 0);
                    let made = self.live.made(entry, "");
                    varint::push_bytes(form.text.unwrap_or_default(), made.as_bytes(), out);
                    outcome = Outcome::Changed;
                }
                _ => {}
            }
        }
        for field in Records::new(bytes) {
            let field = field.map_err(Fault::from)?;
            let kind = form.fields.iter().find(|(number, _)| *number == field.key.number);
            let Some((_, kind)) = kind else {
                if self.live.is_settled(&self.mask, at.spot) {
                    span::append(field.raw, out);
                    continue;
                }
                return Err(Unexpected::Value.into());
            };
            match self.value(kind, &field, at, Host::OneOf(form), out)? {
                Kept::As(Outcome::Same) => span::append(field.raw, out),
                Kept::As(Outcome::Changed) => outcome = Outcome::Changed,
                Kept::Gone => return Ok(Kept::Gone),
            }
        }
        end_length(start, out);
        Ok(Kept::As(outcome))
    }

    /// One value, in one field. What is appended is a whole field; nothing, where it stays the same or goes.
    fn value(
        &mut self,
        form: &'static Form,
        record: &Record<'_>,
        at: At<'_>,
        host: Host,
        out: &mut Vec<u8>,
    ) -> Result<Kept, AnswerError> {
        let from = out.len();
        let kept = match form {
            Form::OneOf(form) => self.one_of(form, record, at, out)?,
            Form::Json if self.live.is_settled(&self.mask, at.spot) => Kept::As(Outcome::Same),
            Form::Json => return Err(Unexpected::Value.into()),
            Form::Object { .. } | Form::List { .. } => self.container(form, record, at, host, out)?,
            _ => self.scalar(form, record, at, host, out)?,
        };
        if kept != Kept::As(Outcome::Changed) {
            out.truncate(from);
        }
        Ok(kept)
    }

    fn scalar(
        &mut self,
        form: &Form,
        record: &Record<'_>,
        at: At<'_>,
        host: Host,
        out: &mut Vec<u8>,
    ) -> Result<Kept, AnswerError> {
        let text_field = match host {
            Host::OneOf(form) => form.text,
            Host::Typed if matches!(form, Form::Text) => Some(record.key.number),
            Host::Typed => None,
        };
        let null_field = match host {
            Host::OneOf(form) => form.null,
            Host::Typed => None,
        };
        let verdict = self.live.judge(&self.mask, at.spot, form.kind());
        let made = match verdict {
            Verdict::Keep => return Ok(Kept::As(Outcome::Same)),
            Verdict::Search if matches!(form, Form::Bytes) => return Ok(Kept::As(Outcome::Same)),
            Verdict::Search => {
                let Some(masked) = self.live.searched(&self.mask, at.spot, text(record)?) else {
                    return Ok(Kept::As(Outcome::Same));
                };
                varint::push_bytes(record.key.number, masked.as_bytes(), out);
                return Ok(Kept::As(Outcome::Changed));
            }
            Verdict::Remove | Verdict::Null => None,
            Verdict::Fixed(entry) => Some(self.live.made(entry, "")),
            Verdict::Change(entry) if text_field.is_some() && !matches!(form, Form::Bytes) => {
                let literal = form.literal(record)?;
                Some(self.live.made(entry, &literal))
            }
            Verdict::Change(_) => None,
        };
        self.live.masked(at.spot.whole(), 1, record.raw.len() as u64);
        if verdict == Verdict::Remove {
            return Ok(Kept::Gone);
        }
        match (made, text_field, null_field) {
            (Some(text), Some(field), _) => varint::push_bytes(field, text.as_bytes(), out),
            (_, _, Some(field)) => varint::push_varint(field, 0, out),
            _ => push_neutral(record.key, out),
        }
        Ok(Kept::As(Outcome::Changed))
    }

    fn container(
        &mut self,
        form: &'static Form,
        record: &Record<'_>,
        at: At<'_>,
        host: Host,
        out: &mut Vec<u8>,
    ) -> Result<Kept, AnswerError> {
        let verdict = self.live.judge(&self.mask, at.spot, Kind::Container);
        if verdict != Verdict::Keep {
            let fields = match host {
                Host::OneOf(form) => (form.text, form.null),
                Host::Typed => (None, None),
            };
            // An array of one type keeps its places: what it holds becomes neutral.
            if fields == (None, None) && verdict != Verdict::Remove {
                return self.inside(form, record, at, out).map(Kept::As);
            }
            self.live.masked(at.spot.whole(), 1, record.raw.len() as u64);
            match (verdict, fields) {
                (Verdict::Remove, _) => return Ok(Kept::Gone),
                (Verdict::Fixed(entry), (Some(field), _)) => {
                    let made = self.live.made(entry, "");
                    varint::push_bytes(field, made.as_bytes(), out);
                }
                (_, (_, Some(field))) => varint::push_varint(field, 0, out),
                _ => push_neutral(record.key, out),
            }
            return Ok(Kept::As(Outcome::Changed));
        }
        if self.live.is_settled(&self.mask, at.spot) && at.below_element.is_none() {
            return Ok(Kept::As(Outcome::Same));
        }
        self.inside(form, record, at, out).map(Kept::As)
    }

    /// Goes into an object or a list.
    fn inside(
        &mut self,
        form: &'static Form,
        record: &Record<'_>,
        at: At<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Outcome, AnswerError> {
        let at = at.deeper()?;
        let bytes = content(record)?;
        record.key.push(out);
        let start = begin_length(out);
        let mut outcome = Outcome::Same;
        let mut nth = 0;
        for field in Records::new(bytes) {
            let field = field.map_err(Fault::from)?;
            let from = out.len();
            let one = match form {
                Form::Object { entries, entry } if field.key.number == *entries => {
                    self.entry(entry, &field, at.spot, at.depth, out)?
                }
                Form::List { items, item } if field.key.number == *items => {
                    self.item(item, &field, at, &mut nth, out)?
                }
                _ => return Err(Unexpected::Value.into()),
            };
            if one == Outcome::Same {
                out.truncate(from);
                span::append(field.raw, out);
            }
            outcome = outcome.or(one);
        }
        end_length(start, out);
        Ok(outcome)
    }

    /// One item of a list, or a packed row of them.
    fn item(
        &mut self,
        form: &'static Form,
        record: &Record<'_>,
        at: At<'_>,
        nth: &mut u64,
        out: &mut Vec<u8>,
    ) -> Result<Outcome, AnswerError> {
        let mut spot_of = |mask: &mut Mask| {
            let mut spot = mask.live.element(&mask.mask, at.spot, *nth);
            if let Some(key) = at.below_element {
                spot = mask.live.key(&mask.mask, &spot, key);
            }
            *nth += 1;
            spot
        };
        let packed = matches!(record.value, Value::Len(_)) && form.kind() == Kind::Scalar;
        if !packed {
            let spot = spot_of(self);
            let at = At {
                spot: &spot,
                below_element: None,
                ..at
            };
            return Ok(match self.value(form, record, at, Host::Typed, out)? {
                Kept::As(outcome) => outcome,
                // Where the items have one type, the place of a removed one stays: others count on it.
                Kept::Gone if !matches!(form, Form::OneOf(_)) => {
                    push_neutral(record.key, out);
                    Outcome::Changed
                }
                Kept::Gone => Outcome::Changed,
            });
        }
        let bytes = content(record)?;
        record.key.push(out);
        let start = begin_length(out);
        let mut outcome = Outcome::Same;
        for value in packed_values(form, bytes) {
            let value = value?;
            let spot = spot_of(self);
            if self.live.judge(&self.mask, &spot, form.kind()) == Verdict::Keep {
                out.extend_from_slice(value);
            } else {
                self.live.masked(spot.whole(), 1, value.len() as u64);
                outcome = Outcome::Changed;
                out.resize(out.len() + form.fixed().unwrap_or(1) as usize, 0);
            }
        }
        end_length(start, out);
        Ok(outcome)
    }

    /// The values of one or more rows in a field of one type, all at the same spot: places stay.
    pub(super) fn row(
        &mut self,
        form: &Form,
        record: &Record<'_>,
        spot: &Spot,
        out: &mut Vec<u8>,
    ) -> Result<Outcome, AnswerError> {
        let at = At {
            spot,
            below_element: None,
            depth: 0,
        };
        if !matches!(record.value, Value::Len(_)) || form.kind() != Kind::Scalar {
            return Ok(match self.scalar(form, record, at, Host::Typed, out)? {
                Kept::As(outcome) => outcome,
                Kept::Gone => {
                    push_neutral(record.key, out);
                    Outcome::Changed
                }
            });
        }
        if self.live.judge(&self.mask, spot, form.kind()) == Verdict::Keep {
            return Ok(Outcome::Same);
        }
        let rows = count(form, record)?;
        self.live.masked(spot.whole(), rows, record.raw.len() as u64);
        let zeros = usize::try_from(rows * form.fixed().unwrap_or(1)).unwrap_or_default();
        varint::push_bytes(record.key.number, &vec![0; zeros], out);
        Ok(Outcome::Changed)
    }
}

/// The single values in a packed row.
fn packed_values<'a>(form: &Form, bytes: &'a [u8]) -> impl Iterator<Item = Result<&'a [u8], AnswerError>> {
    let (fixed, mut rest) = (form.fixed(), bytes);
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let length = match fixed {
            Some(width) => width as usize,
            None => match varint::read(rest) {
                Varint::Number(_, length) => length,
                _ => usize::MAX,
            },
        };
        let Some((value, after)) = rest.split_at_checked(length) else {
            rest = &[];
            return Some(Err(Fault::Wire(Problem::Truncated).into()));
        };
        rest = after;
        Some(Ok(value))
    })
}

/// An id or count, for those who only want the number.
pub(super) fn plain_number(record: &Record<'_>) -> Option<u64> {
    number(record).ok()
}
