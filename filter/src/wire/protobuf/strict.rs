//! Decoding a whole request with its `prost` type, refusing what the type does not know.
//!
//! Protobuf readers skip fields that they do not know. A field that a newer server knows could make a request ask for
//! more than was judged, so here an unknown field anywhere in a message is an error. Nothing has to be declared for
//! that beside the `prost` type itself: whether it knows a field is asked of the type, by the two things that every
//! `prost` type does: *it skips an unknown field whatever stands in it, and writes a known one back*.
//!
//! For each place in a message that was not met before (`3.1.7` and the wire type there) a message is made that holds
//! this one field, with eight bytes of 7 in it (or the number 7). Decoded and encoded again it comes back if the
//! field is known as a scalar, a string or bytes; it is gone if it is unknown; and it fails to decode if the field is
//! a message, because 7 is no field's key. That the answer is right for every kind of field is the test's subject.

use super::read::{DEEPEST, Malformed, Message, Problem};
use super::varint::{self, Key, WireType};
use std::collections::BTreeMap;

/// Decodes a message and makes sure that nothing in it is unknown to its type.
///
/// What the type's own decoder does with a field that stands twice is what every protobuf reader does: the last
/// scalar counts, messages are merged, repeated fields are appended.
///
/// ```
/// use vectorgate::wire::protobuf::strict::decode_strict;
///
/// #[derive(Clone, PartialEq, prost::Message)]
/// struct Scroll {
///     #[prost(string, tag = "1")]
///     collection: String,
///     #[prost(uint32, optional, tag = "4")]
///     limit: Option<u32>,
/// }
///
/// let scroll: Scroll = decode_strict(b"\x0a\x04docs\x20\x0a").unwrap();
/// assert_eq!((scroll.collection.as_str(), scroll.limit), ("docs", Some(10)));
///
/// let newer = decode_strict::<Scroll>(b"\x0a\x04docs\x98\x01\x01").unwrap_err();
/// assert_eq!(newer.to_string(), "field 19: this version of the protocol does not have it");
/// ```
///
/// # Errors
/// What [`super::read`] refuses, a field that the type does not have, and what it cannot decode.
pub fn decode_strict<M: prost::Message + Default>(bytes: &[u8]) -> Result<M, Malformed> {
    let message = Message::new(bytes);
    verify::<M>(&message, &mut Vec::new(), &mut Known::default())?;
    M::decode(bytes).map_err(|_| message.error(None, Problem::Undecodable))
}

/// What was found out about the fields of one message type, by where it stands.
#[derive(Default)]
struct Known {
    fields: BTreeMap<Key, Kind>,
}

enum Kind {
    /// A scalar, a string, bytes, packed scalars.
    Value,
    Message(Known),
    Unknown,
}

fn verify<M: prost::Message + Default>(
    message: &Message<'_>,
    path: &mut Vec<u32>,
    known: &mut Known,
) -> Result<(), Malformed> {
    for field in message.fields() {
        let field = field?;
        let key = field.record().key;
        match known.fields.entry(key).or_insert_with(|| probe::<M>(path, key)) {
            Kind::Value => {}
            Kind::Unknown => return Err(field.error(Problem::Unknown)),
            Kind::Message(known) => {
                let inner = field.message()?;
                path.push(key.number);
                verify::<M>(&inner, path, known)?;
                path.pop();
            }
        }
    }
    Ok(())
}

/// Asks the type what it knows of a field at this path.
fn probe<M: prost::Message + Default>(path: &[u32], key: Key) -> Kind {
    let mut bytes = Vec::new();
    key.push(&mut bytes);
    match key.wire {
        WireType::Varint => varint::push(7, &mut bytes),
        WireType::Fixed32 => bytes.extend([7; 4]),
        WireType::Fixed64 => bytes.extend([7; 8]),
        WireType::Len => {
            varint::push(8, &mut bytes);
            bytes.extend([7; 8]);
        }
    }
    for &number in path.iter().rev() {
        let mut outer = Vec::with_capacity(bytes.len() + 8);
        varint::push_bytes(number, &bytes, &mut outer);
        bytes = outer;
    }
    match M::decode(bytes.as_slice()) {
        Ok(decoded) => {
            if holds(&Message::new(&decoded.encode_to_vec()), path, key.number) {
                Kind::Value
            } else {
                Kind::Unknown
            }
        }
        // It is known, and either a message or written in another wire type. The latter the decoder refuses.
        Err(_) if key.wire == WireType::Len && path.len() < DEEPEST => Kind::Message(Known::default()),
        Err(_) => Kind::Value,
    }
}

/// Whether a message has this field at this path.
fn holds(message: &Message<'_>, path: &[u32], number: u32) -> bool {
    message.fields().flatten().any(|field| match path.split_first() {
        None => field.number() == number,
        Some((first, rest)) => {
            field.number() == *first && field.message().is_ok_and(|inner| holds(&inner, rest, number))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message as _;
    use std::collections::HashMap;

    #[derive(Clone, PartialEq, prost::Message)]
    struct Everything {
        #[prost(bool, tag = "1")]
        truth: bool,
        #[prost(uint64, optional, tag = "2")]
        count: Option<u64>,
        #[prost(sint32, tag = "3")]
        zigzag: i32,
        #[prost(fixed32, tag = "4")]
        four: u32,
        #[prost(double, tag = "5")]
        eight: f64,
        #[prost(string, tag = "6")]
        text: String,
        #[prost(bytes = "vec", tag = "7")]
        blob: Vec<u8>,
        #[prost(message, optional, boxed, tag = "8")]
        inner: Option<Box<Everything>>,
        #[prost(message, repeated, tag = "9")]
        many: Vec<Everything>,
        #[prost(float, repeated, tag = "10")]
        floats: Vec<f32>,
        #[prost(uint32, repeated, tag = "11")]
        numbers: Vec<u32>,
        #[prost(bool, repeated, tag = "12")]
        truths: Vec<bool>,
        #[prost(fixed64, repeated, tag = "13")]
        eights: Vec<u64>,
        #[prost(string, repeated, tag = "14")]
        texts: Vec<String>,
        #[prost(map = "string, message", tag = "15")]
        map: HashMap<String, Everything>,
        #[prost(map = "uint32, bool", tag = "16")]
        flags: HashMap<u32, bool>,
        #[prost(enumeration = "Letter", tag = "17")]
        letter: i32,
        #[prost(oneof = "Choice", tags = "18, 19, 20")]
        choice: Option<Choice>,
        #[prost(float, repeated, packed = "false", tag = "21")]
        loose: Vec<f32>,
        #[prost(enumeration = "Letter", repeated, tag = "22")]
        letters: Vec<i32>,
        #[prost(bytes = "vec", optional, tag = "23")]
        maybe: Option<Vec<u8>>,
    }

    #[derive(Clone, PartialEq, prost::Oneof)]
    enum Choice {
        #[prost(string, tag = "18")]
        Text(String),
        #[prost(message, tag = "19")]
        Message(Box<Everything>),
        #[prost(bool, tag = "20")]
        Truth(bool),
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, prost::Enumeration)]
    #[repr(i32)]
    enum Letter {
        A = 0,
        B = 1,
    }

    fn full(depth: usize) -> Everything {
        let inner = || (depth > 0).then(|| Box::new(full(depth - 1)));
        Everything {
            truth: true,
            count: Some(0),
            zigzag: -3,
            four: 4,
            eight: 0.5,
            text: "text".into(),
            blob: vec![1, 2, 3],
            inner: inner(),
            many: inner().into_iter().map(|inner| *inner).collect(),
            floats: vec![1.0, 2.0, 3.0],
            numbers: vec![1, 2, 3],
            truths: vec![true],
            eights: vec![1, 2, 3],
            texts: vec!["a".into(), String::new()],
            map: inner().into_iter().map(|inner| ("key".into(), *inner)).collect(),
            flags: [(1, true)].into(),
            letter: 1,
            choice: inner().map(Choice::Message),
            loose: vec![1.0],
            letters: vec![0, 1],
            maybe: Some(Vec::new()),
        }
    }

    #[test]
    fn every_kind_of_field_is_known() {
        let whole = full(2);
        assert_eq!(
            decode_strict::<Everything>(&whole.encode_to_vec()).unwrap(),
            whole
        );
        for choice in [Choice::Text(String::new()), Choice::Truth(false)] {
            let message = Everything {
                choice: Some(choice),
                ..Everything::default()
            };
            assert_eq!(
                decode_strict::<Everything>(&message.encode_to_vec()).unwrap(),
                message
            );
        }
        // Values that a writer leaves out, written all the same; and repeated scalars the other way round.
        let table: &[&[u8]] = &[
            &[0x08, 0],
            &[0x32, 0],
            &[0x42, 0],
            &[0x7a, 0],
            &[0x7a, 2, 0x12, 0],
            &[0x82, 1, 4, 8, 0, 16, 0],
            &[0x55, 0, 0, 0, 0],
            &[0x58, 0],
            &[0xaa, 1, 4, 0, 0, 0, 0],
            &[0xb0, 1, 99],
            &[0x52, 0],
        ];
        for bytes in table {
            decode_strict::<Everything>(bytes).unwrap_or_else(|error| panic!("{bytes:?}: {error}"));
        }
    }

    #[test]
    fn unknown_fields_are_refused_wherever_they_stand() {
        let mut unknown = Vec::new();
        varint::push_varint(99, 1, &mut unknown);
        let wrap = |number: u32, content: &[u8]| {
            let mut out = Vec::new();
            varint::push_bytes(number, content, &mut out);
            out
        };
        let table: &[(Vec<u8>, &[u32])] = &[
            (unknown.clone(), &[99]),
            (wrap(99, b"anything"), &[99]),
            (wrap(8, &unknown), &[8, 99]),
            (wrap(9, &wrap(8, &unknown)), &[9, 8, 99]),
            (wrap(15, &unknown), &[15, 99]),
            (wrap(15, &wrap(2, &unknown)), &[15, 2, 99]),
            (wrap(16, &unknown), &[16, 99]),
            (wrap(19, &wrap(19, &wrap(99, b""))), &[19, 19, 99]),
        ];
        for (bytes, path) in table {
            let mut message = full(1).encode_to_vec();
            message.extend(bytes);
            let error = decode_strict::<Everything>(&message).unwrap_err();
            assert_eq!(
                (error.path.as_slice(), error.problem),
                (*path, Problem::Unknown),
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn wrong_wire_types_are_refused() {
        for bytes in [
            &[0x0a, 1, 1][..],
            &[0x30, 1],
            &[0x40, 1],
            &[0x0d, 1, 1, 1, 1],
            &[0x79, 0, 0, 0, 0, 0, 0, 0, 0],
        ] {
            assert!(decode_strict::<Everything>(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn the_last_scalar_counts_and_messages_are_merged() {
        let read = |bytes: &[u8]| decode_strict::<Everything>(bytes).unwrap();
        assert_eq!(read(&[0x10, 5, 0x10, 9]).count, Some(9));
        let merged = read(&[0x42, 2, 0x10, 5, 0x42, 2, 0x08, 1]).inner.unwrap();
        assert_eq!((merged.count, merged.truth), (Some(5), true));
    }

    #[test]
    fn nesting_ends() {
        let mut bytes = Vec::new();
        for _ in 0..DEEPEST + 5 {
            let mut outer = Vec::new();
            varint::push_bytes(8, &bytes, &mut outer);
            bytes = outer;
        }
        assert!(decode_strict::<Everything>(&bytes).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..120)) {
            let _ = decode_strict::<Everything>(&bytes);
        }
    }
}
