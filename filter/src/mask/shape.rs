//! Where things sit in an answer, as data: a dialect writes a [`Shape`], the masker compiles it together with a plan.

pub mod protobuf;

/// Where results, payloads, texts, vectors and scores sit in one kind of answer.
#[derive(Clone, Debug)]
pub struct Shape {
    /// The wire form.
    pub format: Format,
    /// The places in JSON, each a path and what stands there. In protobuf they are said by field numbers
    /// ([`protobuf`]).
    pub places: &'static [Place],
    /// What keys that no place names mean.
    pub others: Others,
    /// Names of payload fields that the *request* put into places with [`Role::FieldOf`] (or
    /// [`protobuf::Holds::FieldOf`] and its like), by their number there
    /// (the field that was grouped by, the facet's key), dotted.
    pub named: Vec<String>,
}

/// The wire form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `application/json`.
    Json,
    /// `application/grpc`: frames with one such message each.
    Protobuf(&'static protobuf::Message),
    /// Not read: streamed through, only its length is counted. For operations that return no data (a health page).
    Opaque,
    /// A file that holds data (a snapshot). Nothing in it can be masked, so it passes only where nothing has to be.
    File,
}

/// What keys that no place names mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// They are copied, and field names are still looked for inside them.
    Copied,
    /// The answer is not what the protocol promises: it is cut off. Applies to objects *above* payloads only (the
    /// answer's own envelope), wherever at least one of an object's keys is named by a place.
    CutOff,
}

/// A place in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Keys and array levels from the answer's root: `metadatas[][]`, `result.points[].payload`. `*` is any key.
    /// `{named}` is each of the keys in [`Shape::named`]. Empty is the root.
    pub path: &'static str,
    /// What stands there.
    pub role: Role,
}

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// One result: counted, where it is not null.
    Result,
    /// The payload of one result: `$` of a policy's JSONPath.
    Payload,
    /// Text kept beside the payload, under the name by which policies reach it (`#document`).
    Text(&'static str),
    /// A value that is the content of the payload field `Shape::named[n]` (a group's id, a facet's value).
    FieldOf(usize),
    /// A value that is the content of any of the payload fields in `Shape::named` (what a point of a batch was ordered
    /// by: each of its queries may name another field).
    FieldOfAny,
    /// One vector, many, or a column of them.
    Vectors(WhenStripped),
    /// One score, or a column of them.
    Scores(WhenStripped),
    /// The catalogue's own description (a schema, an index configuration): copied, no field names are looked for.
    Catalogue,
    /// Known, and nothing of the above: field names are looked for inside.
    Plain,
}

/// How the database writes an answer without these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenStripped {
    /// The key is there and null.
    Null,
    /// The key is absent.
    Absent,
    /// A 0 stands in the place of each number: its clients demand one. For scores.
    Zero,
}
