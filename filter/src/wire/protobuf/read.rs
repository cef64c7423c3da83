//! Reading a message that is there in full: strictly, in place, field by field.
//!
//! [`Records`] walks the wire format; [`Message`] adds to it what a reader of a known protocol wants: typed values,
//! nesting with a limit, and errors that name the field by its path of numbers (`3.1.7`). What a *request* means is
//! judged here, so nothing is guessed: a varint that is too long, field number 0, a group, a length that runs out, a
//! known field with the wrong wire type are errors. Two things that the format allows stay visible to the caller,
//! record by record, because they change what a server sees: a scalar that stands twice (the last one counts) and a
//! message that stands twice (its parts are merged).

use super::varint::{self, BadKey, Key, Varint, WireType};
use std::fmt;

/// How many messages may stand inside one another. Protobuf readers commonly end at 100.
pub const DEEPEST: usize = 100;

/// Why bytes are not a message that can be read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A varint of more than ten bytes or 64 bits.
    Varint,
    /// The message ends inside a field.
    Truncated,
    /// Field number 0, or over the highest.
    FieldNumber,
    /// A group.
    Group,
    /// A wire type that does not exist.
    WireType,
    /// A known field is written in a way that its type does not have.
    WrongType(&'static str),
    /// A string is not UTF-8.
    NotUtf8,
    /// Messages stand too deep inside one another.
    TooDeep,
    /// A field that the type does not have.
    Unknown,
    /// It cannot be decoded, for a reason of the decoder's own.
    Undecodable,
}

impl From<BadKey> for Problem {
    fn from(bad: BadKey) -> Problem {
        match bad {
            BadKey::Number => Problem::FieldNumber,
            BadKey::Group => Problem::Group,
            BadKey::WireType => Problem::WireType,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Varint => f.write_str("a number is longer than 64 bits"),
            Problem::Truncated => f.write_str("the message ends inside a field"),
            Problem::FieldNumber => f.write_str("a field number is out of range"),
            Problem::Group => f.write_str("groups are not read"),
            Problem::WireType => f.write_str("a wire type does not exist"),
            Problem::WrongType(expected) => write!(f, "it is not written as {expected}"),
            Problem::NotUtf8 => f.write_str("a string is not UTF-8"),
            Problem::TooDeep => f.write_str("messages are nested too deep"),
            Problem::Unknown => f.write_str("this version of the protocol does not have it"),
            Problem::Undecodable => f.write_str("it cannot be decoded"),
        }
    }
}

/// What is wrong with a message, and where: field numbers from the outermost message on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The numbers of the fields that lead there. Empty for the message itself.
    pub path: Vec<u32>,
    /// What is wrong.
    pub problem: Problem,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            return write!(f, "the message: {}", self.problem);
        }
        f.write_str("field ")?;
        for (at, number) in self.path.iter().enumerate() {
            let dot = if at == 0 { "" } else { "." };
            write!(f, "{dot}{number}")?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl std::error::Error for Malformed {}

/// A field's value as it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// A varint.
    Varint(u64),
    /// Eight bytes, little-endian.
    Fixed64(u64),
    /// A string, bytes, a message or packed scalars.
    Len(&'a [u8]),
    /// Four bytes, little-endian.
    Fixed32(u32),
}

/// One field as it stands in a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record<'a> {
    /// Its number and wire type.
    pub key: Key,
    /// Its value.
    pub value: Value<'a>,
    /// All of its bytes, with the key.
    pub raw: &'a [u8],
}

impl<'a> Record<'a> {
    /// The content of a length-delimited field.
    pub fn content(&self) -> Option<&'a [u8]> {
        match self.value {
            Value::Len(content) => Some(content),
            _ => None,
        }
    }
}

/// The fields of a message in the order in which they stand. Ends after the first error.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    rest: &'a [u8],
}

impl<'a> Records<'a> {
    /// The fields in these bytes.
    pub fn new(bytes: &'a [u8]) -> Records<'a> {
        Records { rest: bytes }
    }

    /// What was not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], (Option<u32>, Problem)> {
        let (taken, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or((None, Problem::Truncated))?;
        self.rest = rest;
        Ok(taken)
    }

    fn varint(&mut self) -> Result<u64, (Option<u32>, Problem)> {
        match varint::read(self.rest) {
            Varint::Number(value, length) => self.take(length).map(|_| value),
            Varint::Unfinished => Err((None, Problem::Truncated)),
            Varint::TooLong => Err((None, Problem::Varint)),
        }
    }

    /// The next record; an error comes with the field's number, where it is known.
    fn record(&mut self) -> Result<Record<'a>, (Option<u32>, Problem)> {
        let from = self.rest;
        let key = self.varint()?;
        let key = Key::from_varint(key).map_err(|bad| (None, bad.into()))?;
        let value = self
            .value(key)
            .map_err(|(_, problem)| (Some(key.number), problem))?;
        let raw = from.get(..from.len() - self.rest.len()).unwrap_or_default();
        Ok(Record { key, value, raw })
    }

    fn value(&mut self, key: Key) -> Result<Value<'a>, (Option<u32>, Problem)> {
        const SHORT: (Option<u32>, Problem) = (None, Problem::Truncated);
        Ok(match key.wire {
            WireType::Varint => Value::Varint(self.varint()?),
            WireType::Fixed64 => {
                let bytes = self.take(8)?;
                Value::Fixed64(u64::from_le_bytes(bytes.try_into().map_err(|_| SHORT)?))
            }
            WireType::Fixed32 => {
                let bytes = self.take(4)?;
                Value::Fixed32(u32::from_le_bytes(bytes.try_into().map_err(|_| SHORT)?))
            }
            WireType::Len => {
                let length = self.varint()?;
                Value::Len(self.take(usize::try_from(length).map_err(|_| SHORT)?)?)
            }
        })
    }

    /// The next record, if its key has one byte, and it is a short varint or has a short length: most have.
    #[inline]
    fn short_record(&mut self) -> Option<Record<'a>> {
        let &[key, second, ..] = self.rest else {
            return None;
        };
        if key >= 0x80 || second >= 0x80 {
            return None;
        }
        let (wire, length) = match key & 7 {
            0 => (WireType::Varint, 2),
            2 => (WireType::Len, 2 + usize::from(second)),
            _ => return None,
        };
        let number = u32::from(key >> 3);
        let (raw, rest) = self.rest.split_at_checked(length).filter(|_| number > 0)?;
        let value = match wire {
            WireType::Varint => Value::Varint(u64::from(second)),
            _ => Value::Len(raw.get(2..)?),
        };
        self.rest = rest;
        let key = Key { number, wire };
        Some(Record { key, value, raw })
    }

    #[inline]
    fn step(&mut self) -> Option<Result<Record<'a>, (Option<u32>, Problem)>> {
        if self.rest.is_empty() {
            return None;
        }
        match self.short_record() {
            Some(record) => Some(Ok(record)),
            None => self.long_step(),
        }
    }

    fn long_step(&mut self) -> Option<Result<Record<'a>, (Option<u32>, Problem)>> {
        let record = self.record();
        if record.is_err() {
            self.rest = &[];
        }
        Some(record)
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().map(|record| record.map_err(|(_, problem)| problem))
    }
}

/// The length-delimited field in which the front of a message ends: its key, the length of its content, and as much
/// of that as there is.
pub fn cut_field(front: &[u8]) -> Option<(Key, u64, &[u8])> {
    let mut rest = front;
    while let Some(Ok(record)) = Records::new(rest).next() {
        rest = rest.get(record.raw.len()..)?;
    }
    let Varint::Number(key, at) = varint::read(rest) else {
        return None;
    };
    let key = Key::from_varint(key)
        .ok()
        .filter(|key| key.wire == WireType::Len)?;
    let Varint::Number(length, more) = varint::read(rest.get(at..)?) else {
        return Some((key, 0, &[]));
    };
    Some((key, length, rest.get(at + more..)?))
}

/// A message, and where it stands.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    bytes: &'a [u8],
    path: Vec<u32>,
}

impl<'a> Message<'a> {
    /// An outermost message.
    pub fn new(bytes: &'a [u8]) -> Message<'a> {
        Message {
            bytes,
            path: Vec::new(),
        }
    }

    /// Its fields, in their order.
    pub fn fields(&self) -> Fields<'_, 'a> {
        Fields {
            message: self,
            records: Records::new(self.bytes),
        }
    }

    /// An error in one of its fields, for what a caller finds wrong by itself.
    pub fn error(&self, number: Option<u32>, problem: Problem) -> Malformed {
        let mut path = self.path.clone();
        path.extend(number);
        Malformed { path, problem }
    }
}

/// The fields of a [`Message`]. Ends after the first error.
#[derive(Debug)]
pub struct Fields<'m, 'a> {
    message: &'m Message<'a>,
    records: Records<'a>,
}

impl<'m, 'a> Iterator for Fields<'m, 'a> {
    type Item = Result<Field<'m, 'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let message = self.message;
        self.records.step().map(|record| match record {
            Ok(record) => Ok(Field { message, record }),
            Err((number, problem)) => Err(message.error(number, problem)),
        })
    }
}

/// One field of a [`Message`], to be read as what its number says.
#[derive(Clone, Copy, Debug)]
pub struct Field<'m, 'a> {
    message: &'m Message<'a>,
    record: Record<'a>,
}

impl<'a> Field<'_, 'a> {
    /// Its number.
    pub fn number(&self) -> u32 {
        self.record.key.number
    }

    /// As it stands on the wire.
    pub fn record(&self) -> Record<'a> {
        self.record
    }

    /// An error that names this field.
    pub fn error(&self, problem: Problem) -> Malformed {
        self.message.error(Some(self.number()), problem)
    }

    /// An unsigned number (`uint32`, `uint64`), an enum, or the bits of a signed one.
    ///
    /// # Errors
    /// Another wire type.
    pub fn u64(&self) -> Result<u64, Malformed> {
        match self.record.value {
            Value::Varint(value) => Ok(value),
            _ => Err(self.error(Problem::WrongType("a varint"))),
        }
    }

    /// A signed number (`int32`, `int64`).
    ///
    /// # Errors
    /// Another wire type.
    pub fn i64(&self) -> Result<i64, Malformed> {
        self.u64().map(u64::cast_signed)
    }

    /// A truth value: anything but zero is true.
    ///
    /// # Errors
    /// Another wire type.
    pub fn bool(&self) -> Result<bool, Malformed> {
        self.u64().map(|value| value != 0)
    }

    /// A `float`.
    ///
    /// # Errors
    /// Another wire type.
    pub fn f32(&self) -> Result<f32, Malformed> {
        match self.record.value {
            Value::Fixed32(bits) => Ok(f32::from_bits(bits)),
            _ => Err(self.error(Problem::WrongType("four bytes"))),
        }
    }

    /// A `double`.
    ///
    /// # Errors
    /// Another wire type.
    pub fn f64(&self) -> Result<f64, Malformed> {
        match self.record.value {
            Value::Fixed64(bits) => Ok(f64::from_bits(bits)),
            _ => Err(self.error(Problem::WrongType("eight bytes"))),
        }
    }

    /// A `bytes` value.
    ///
    /// # Errors
    /// Another wire type.
    pub fn bytes(&self) -> Result<&'a [u8], Malformed> {
        self.record
            .content()
            .ok_or_else(|| self.error(Problem::WrongType("a length and bytes")))
    }

    /// A `string`.
    ///
    /// # Errors
    /// Another wire type, or no UTF-8.
    pub fn string(&self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.bytes()?).map_err(|_| self.error(Problem::NotUtf8))
    }

    /// A message.
    ///
    /// # Errors
    /// Another wire type, or too deep.
    pub fn message(&self) -> Result<Message<'a>, Malformed> {
        let bytes = self.bytes()?;
        let mut path = self.message.path.clone();
        path.push(self.number());
        if path.len() >= DEEPEST {
            return Err(self.error(Problem::TooDeep));
        }
        Ok(Message { bytes, path })
    }

    /// Varints of a repeated field: packed, or the one that stands here unpacked.
    ///
    /// # Errors
    /// Another wire type, or a packed content that is no row of varints.
    pub fn varints(&self) -> Result<Vec<u64>, Malformed> {
        let mut rest = match self.record.value {
            Value::Varint(value) => return Ok(vec![value]),
            Value::Len(content) => content,
            _ => return Err(self.error(Problem::WrongType("varints"))),
        };
        let mut values = Vec::new();
        while !rest.is_empty() {
            match varint::read(rest) {
                Varint::Number(value, length) => {
                    values.push(value);
                    rest = rest.get(length..).unwrap_or_default();
                }
                Varint::Unfinished => return Err(self.error(Problem::Truncated)),
                Varint::TooLong => return Err(self.error(Problem::Varint)),
            }
        }
        Ok(values)
    }

    /// `float`s of a repeated field: packed, or the one that stands here unpacked.
    ///
    /// # Errors
    /// Another wire type, or a packed content that is no row of floats.
    pub fn floats(&self) -> Result<Vec<f32>, Malformed> {
        match self.record.value {
            Value::Fixed32(bits) => Ok(vec![f32::from_bits(bits)]),
            Value::Len(content) => {
                let (whole, rest) = content.as_chunks::<4>();
                if !rest.is_empty() {
                    return Err(self.error(Problem::Truncated));
                }
                Ok(whole.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
            }
            _ => Err(self.error(Problem::WrongType("floats"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(bytes: &[u8]) -> Result<Vec<(u32, Value<'_>)>, Malformed> {
        Message::new(bytes)
            .fields()
            .map(|field| field.map(|field| (field.number(), field.record().value)))
            .collect()
    }

    #[test]
    fn every_wire_type() {
        let bytes = [
            0x08, 0x96, 0x01, 0x12, 0x02, b'h', b'i', 0x1d, 0, 0, 0x80, 0x3f, 0x21, 0, 0, 0, 0, 0, 0, 0xf0,
            0x3f,
        ];
        assert_eq!(
            all(&bytes),
            Ok(vec![
                (1, Value::Varint(150)),
                (2, Value::Len(b"hi")),
                (3, Value::Fixed32(1f32.to_bits())),
                (4, Value::Fixed64(1f64.to_bits())),
            ])
        );
        let raw: Vec<u8> = Records::new(&bytes)
            .flat_map(|record| record.unwrap().raw.to_vec())
            .collect();
        assert_eq!(raw, bytes, "records are all of it");
    }

    #[test]
    fn what_is_refused() {
        let table: &[(&[u8], &[u32], Problem)] = &[
            (&[0x08], &[1], Problem::Truncated),
            (&[0x80], &[], Problem::Truncated),
            (&[0x12, 0x03, 1, 2], &[2], Problem::Truncated),
            (
                &[0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
                &[2],
                Problem::Truncated,
            ),
            (
                &[
                    0x12, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0,
                ],
                &[2],
                Problem::Varint,
            ),
            (
                &[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2],
                &[1],
                Problem::Varint,
            ),
            (&[0x00, 0x00], &[], Problem::FieldNumber),
            (&[0x80, 0x80, 0x80, 0x80, 0x10, 0x00], &[], Problem::FieldNumber),
            (&[0x0b, 0x0c], &[], Problem::Group),
            (&[0x0e], &[], Problem::WireType),
            (&[0x0d, 0, 0, 0], &[1], Problem::Truncated),
            (&[0x09, 0, 0, 0, 0, 0, 0, 0], &[1], Problem::Truncated),
            (&[0x08, 0x01, 0x12, 0x01], &[2], Problem::Truncated),
        ];
        for (bytes, path, problem) in table {
            let error = all(bytes).unwrap_err();
            assert_eq!(
                (error.path.as_slice(), error.problem),
                (*path, *problem),
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn known_fields_have_their_wire_type() {
        let message = Message::new(&[0x08, 1, 0x12, 1, 0xff, 0x1a, 3, 1, 2, 3, 0x25, 0, 0, 0, 0]);
        let fields: Vec<Field<'_, '_>> = message.fields().map(Result::unwrap).collect();
        let [varint, text, packed, fixed] = fields[..] else {
            panic!()
        };
        let wrong =
            |result: Result<(), Malformed>| matches!(result.unwrap_err().problem, Problem::WrongType(_));
        assert!(wrong(varint.string().map(drop)));
        assert!(wrong(varint.message().map(drop)));
        assert!(wrong(varint.f32().map(drop)));
        assert!(wrong(varint.floats().map(drop)));
        assert!(wrong(text.u64().map(drop)));
        assert!(wrong(fixed.f64().map(drop)));
        assert!(wrong(fixed.varints().map(drop)));
        assert_eq!(text.string().unwrap_err().problem, Problem::NotUtf8);
        assert_eq!(packed.varints().unwrap(), [1, 2, 3]);
        assert_eq!(varint.varints().unwrap(), [1]);
        assert_eq!(packed.floats().unwrap_err().problem, Problem::Truncated);
        assert_eq!(fixed.floats().unwrap(), [0.0]);
        assert_eq!(text.varints().unwrap_err().problem, Problem::Truncated);
    }

    #[test]
    fn nesting_ends() {
        let mut bytes = Vec::new();
        for _ in 0..200 {
            let mut outer = Vec::new();
            varint::push_bytes(1, &bytes, &mut outer);
            bytes = outer;
        }
        let mut message = Message::new(&bytes);
        let error = loop {
            let field = message.fields().next().unwrap().unwrap();
            match field.message() {
                Ok(inner) => message = inner,
                Err(error) => break error,
            }
        };
        assert_eq!((error.path.len(), error.problem), (DEEPEST, Problem::TooDeep));
    }

    #[test]
    fn messages() {
        let say = |path: &[u32], problem| {
            let path = path.to_vec();
            Malformed { path, problem }.to_string()
        };
        insta::assert_snapshot!(say(&[3, 1, 7], Problem::WrongType("a varint")), @"field 3.1.7: it is not written as a varint");
        insta::assert_snapshot!(say(&[23], Problem::Unknown), @"field 23: this version of the protocol does not have it");
        insta::assert_snapshot!(say(&[], Problem::Group), @"the message: groups are not read");
    }

    proptest! {
        #[test]
        fn short_records_are_read_as_any(
            front in prop::sample::select(vec![0x00u8, 0x02, 0x07, 0x08, 0x0a, 0x0b, 0x0d, 0x12, 0x7a, 0x7f, 0x80, 0x8a, 0xff]),
            second in prop_oneof![0u8..12, any::<u8>()],
            rest in prop::collection::vec(any::<u8>(), 0..20),
        ) {
            let bytes = [&[front, second], rest.as_slice()].concat();
            for bytes in [&bytes[..], &bytes[..1]] {
                let (mut short, mut any) = (Records::new(bytes), Records::new(bytes));
                if let Some(record) = short.short_record() {
                    prop_assert_eq!(any.record(), Ok(record));
                    prop_assert_eq!(short.rest, any.rest);
                } else {
                    prop_assert_eq!(short.rest, bytes);
                }
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            fn walk(message: &Message<'_>) {
                for field in message.fields().flatten() {
                    let _ = (field.string(), field.varints(), field.floats(), field.f64(), field.bool());
                    if let Ok(inner) = field.message() {
                        walk(&inner);
                    }
                }
            }
            walk(&Message::new(&bytes));
        }
    }
}
