//! Where things sit in a protobuf answer: tables of messages by field number.
//!
//! A dialect writes one `static` [`Message`] for each answer that it knows; tables refer to one another, also in
//! circles, because a value may hold values. What a table does not name is copied to the byte, or cuts the answer off
//! ([`Others`]). Inside a payload, where a kind of value that nobody knows could hold what a policy masks, it always
//! cuts the answer off, if the policy could reach there.
//!
//! ```
//! use vectorgate::mask::shape::protobuf::{Entry, Form, Holds, Message, OneOf};
//! use vectorgate::mask::shape::Others;
//!
//! // message Value { oneof kind { int64 integer = 1; string text = 2; Struct object = 3; } }
//! // message Struct { map<string, Value> fields = 1; }
//! static VALUE: OneOf = OneOf {
//!     fields: &[(1, Form::Integer), (2, Form::Text), (3, Form::Object { entries: 1, entry: &FIELD })],
//!     null: None,
//!     text: Some(2),
//! };
//! static FIELD: Entry = Entry { name: 1, plain: &[], values: &[(2, Form::OneOf(&VALUE))] };
//!
//! // message Point { uint64 id = 1; map<string, Value> payload = 2; }
//! static POINT: Message = Message {
//!     name: "Point",
//!     fields: &[(1, Holds::Plain), (2, Holds::Payload(&FIELD))],
//!     others: Others::Copied,
//! };
//!
//! // message Found { repeated Point points = 1; }
//! static FOUND: Message = Message {
//!     name: "Found",
//!     fields: &[(1, Holds::Result(&POINT))],
//!     others: Others::Copied,
//! };
//! ```

use super::{Others, WhenStripped};
use std::fmt;

/// A message of an answer, above its payloads.
#[derive(Clone, Copy)]
pub struct Message {
    /// Its name in the protocol, for people.
    pub name: &'static str,
    /// Its fields by number.
    pub fields: &'static [(u32, Holds)],
    /// What a field that is not listed means.
    pub others: Others,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The tables may be circular: the name stands for all of it.
        write!(f, "Message({})", self.name)
    }
}

impl PartialEq for Message {
    fn eq(&self, other: &Message) -> bool {
        std::ptr::eq(self.fields, other.fields) && self.name == other.name
    }
}

impl Eq for Message {}

/// What a field of a [`Message`] holds.
#[derive(Clone, Copy)]
pub enum Holds {
    /// Known, and nothing of the below: copied.
    Plain,
    /// A part of the answer's envelope.
    Part(&'static Message),
    /// One result: counted.
    Result(&'static Message),
    /// Ids of results, one or packed, counted: `Integer`, `Unsigned` or `Text`. They may be the content of the payload
    /// field `Shape::named[n]` as well (a primary key).
    Ids(&'static Form, Option<usize>),
    /// One entry of a payload; the field repeats. All entries together are `$` of a policy's JSONPath.
    Payload(&'static Entry),
    /// A value with its payload field's name beside it.
    Named(&'static Entry),
    /// Text kept beside the payload, under the name by which policies reach it.
    Text(&'static str),
    /// A value that is the content of the payload field `Shape::named[n]` (a group's id, a facet's value).
    FieldOf(usize, &'static OneOf),
    /// A value that is the content of any of the fields in `Shape::named` (what a point of a batch was ordered by).
    FieldOfAny(&'static OneOf),
    /// One vector or many. Stripped, the field is absent.
    Vectors(&'static Vectors),
    /// One score, or a packed row of them. [`WhenStripped::Null`] writes zeros, as [`WhenStripped::Zero`].
    Scores(Number, WhenStripped),
    /// One column of payload values, with its field's name in it. Where an answer has no ids, the rows of its longest
    /// column are the results.
    Column(&'static Column),
    /// A column that is the content of the payload field `Shape::named[n]`, by whatever name.
    ColumnOf(usize, &'static Column),
    /// The names of the columns that stand before it, one or more. The name of a column that was taken out is taken out
    /// as well: a client may hold a name without a column for a key of the dynamic fields.
    ColumnNames,
}

/// A number of fixed width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// `float`.
    Float,
    /// `double`.
    Double,
}

/// How a payload value is written.
#[derive(Clone, Copy)]
pub enum Form {
    /// An enum that stands for null.
    Null,
    /// `bool`.
    Bool,
    /// `int32`, `int64`.
    Integer,
    /// `uint32`, `uint64`.
    Unsigned,
    /// `float`.
    Float,
    /// `double`.
    Double,
    /// `string`.
    Text,
    /// `bytes` of something that is not looked into.
    Bytes,
    /// `bytes` of a JSON document. In columns.
    Json,
    /// A message of which one field is the value.
    OneOf(&'static OneOf),
    /// A message with a map.
    Object {
        /// The map's field.
        entries: u32,
        /// An entry of the map.
        entry: &'static Entry,
    },
    /// A message with a repeated field.
    List {
        /// The field.
        items: u32,
        /// An item of it.
        item: &'static Form,
    },
}

/// A message of which one field is the value.
#[derive(Clone, Copy)]
pub struct OneOf {
    /// Its kinds, by field number.
    pub fields: &'static [(u32, Form)],
    /// The kind that is null, if there is one.
    pub null: Option<u32>,
    /// The kind that is a string, if there is one.
    pub text: Option<u32>,
}

/// A message with a field's name and its value: an entry of a map, or one made by hand.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The field that holds the name.
    pub name: u32,
    /// Fields that are neither.
    pub plain: &'static [u32],
    /// The fields that may hold the value.
    pub values: &'static [(u32, Form)],
}

/// Numbers that are an embedding.
#[derive(Clone, Copy)]
pub struct Vectors {
    /// The field that says how many numbers one vector has, where many stand in a row.
    pub dim: Option<u32>,
    /// The fields.
    pub fields: &'static [(u32, Part)],
}

/// A part of [`Vectors`].
#[derive(Clone, Copy)]
pub enum Part {
    /// No numbers of a vector: its name, the indices of a sparse one.
    Plain,
    /// A message with vectors.
    Vectors(&'static Vectors),
    /// `float`s, packed or one.
    Floats,
    /// Bytes: IEEE 754 half precision.
    Float16,
    /// Bytes: the upper halves of floats.
    BFloat16,
    /// Bytes: a signed byte each.
    Int8,
    /// Bytes: a bit each.
    Bits,
    /// Bytes of one sparse vector: an index and a float, four bytes each.
    Sparse,
}

/// One column: what one payload field holds in each row.
#[derive(Clone, Copy)]
pub struct Column {
    /// The field that holds the payload field's name.
    pub name: u32,
    /// The field that says that the rows are JSON documents which are payloads themselves, and the name that such a
    /// column has.
    pub dynamic: (u32, &'static str),
    /// The field of a message whose fields hold the rows, each in a message whose field 1 repeats; and their forms.
    pub scalars: (u32, &'static [(u32, Form)]),
    /// The field that holds vectors.
    pub vectors: (u32, &'static Vectors),
    /// The field of a message whose field 1 repeats: columns of an array's elements. In each row of them stands an
    /// array, whose elements have the column's name below the element.
    pub structs: u32,
}
