//! Where things sit in Chroma's answers.

use crate::mask::shape::{Format, Others, Place, Role, Shape, WhenStripped};

/// The kinds of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// No data: a version, an acknowledgement.
    Status,
    /// A number, or another small thing that is Chroma's own.
    Value,
    /// Columns of records (`get`).
    Records,
    /// Columns of records for each query embedding (`query`).
    Neighbours,
    /// Columns of records for each search (`search`).
    Searches,
    /// One collection's description.
    Collection,
    /// A list of such.
    Collections,
    /// Names and ids out of the catalogue.
    Catalogue,
}

impl Answer {
    /// How it is masked, in words.
    pub(super) const fn masked(self) -> &'static str {
        match self {
            Answer::Status => "passed through, holds no data",
            Answer::Value | Answer::Catalogue => "copied",
            Answer::Records => "metadatas, documents, uris, embeddings",
            Answer::Neighbours => "metadatas, documents, uris, embeddings, distances",
            Answer::Searches => "metadatas, documents, embeddings, scores",
            Answer::Collection | Answer::Collections => "the collection's own metadata by field name",
        }
    }

    /// As data for the masker. Errors of the server are part of every shape: `error` and `message`.
    pub(super) fn shape(self) -> Shape {
        let (format, places, others) = match self {
            Answer::Status => (Format::Opaque, &[][..], Others::Copied),
            Answer::Value => (Format::Json, VALUE, Others::Copied),
            Answer::Records => (Format::Json, RECORDS, Others::CutOff),
            Answer::Neighbours => (Format::Json, NEIGHBOURS, Others::CutOff),
            Answer::Searches => (Format::Json, SEARCHES, Others::CutOff),
            Answer::Collection => (Format::Json, COLLECTION, Others::Copied),
            Answer::Collections => (Format::Json, COLLECTIONS, Others::Copied),
            Answer::Catalogue => (Format::Json, CATALOGUE, Others::Copied),
        };
        Shape {
            format,
            places,
            others,
            named: Vec::new(),
        }
    }
}

const fn place(path: &'static str, role: Role) -> Place {
    Place { path, role }
}

const TEXT: Role = Role::Text("#document");
const URI: Role = Role::Text("#uri");
/// A column that was not asked for is null, and so is one that is kept back.
const VECTORS: Role = Role::Vectors(WhenStripped::Null);
const SCORES: Role = Role::Scores(WhenStripped::Null);

const VALUE: &[Place] = &[place("", Role::Plain)];
const CATALOGUE: &[Place] = &[place("", Role::Catalogue)];

/// The server keeps text and URI as metadata too, under keys of its own; `search` shows them there.
const RECORDS: &[Place] = &[
    place("ids[]", Role::Result),
    place("embeddings", VECTORS),
    place("documents[]", TEXT),
    place("uris[]", URI),
    place("metadatas[]", Role::Payload),
    place("metadatas[].chroma:document", TEXT),
    place("metadatas[].chroma:uri", URI),
    place("include", Role::Plain),
    place("read_token", Role::Plain),
    place("error", Role::Plain),
    place("message", Role::Plain),
];

const NEIGHBOURS: &[Place] = &[
    place("ids[][]", Role::Result),
    place("embeddings", VECTORS),
    place("documents[][]", TEXT),
    place("uris[][]", URI),
    place("metadatas[][]", Role::Payload),
    place("metadatas[][].chroma:document", TEXT),
    place("metadatas[][].chroma:uri", URI),
    place("distances", SCORES),
    place("include", Role::Plain),
    place("error", Role::Plain),
    place("message", Role::Plain),
];

/// Here a column is a list with one entry a search, and the entry is what is null.
const SEARCHES: &[Place] = &[
    place("ids[][]", Role::Result),
    place("embeddings[]", VECTORS),
    place("documents[][]", TEXT),
    place("metadatas[][]", Role::Payload),
    place("metadatas[][].chroma:document", TEXT),
    place("metadatas[][].chroma:uri", URI),
    place("scores[]", SCORES),
    place("select", Role::Catalogue),
    place("error", Role::Plain),
    place("message", Role::Plain),
];

/// `schema` has metadata keys as keys of its own: they are the catalogue's, not a record's.
const COLLECTION: &[Place] = &[
    place("configuration_json", Role::Catalogue),
    place("schema", Role::Catalogue),
    place("metadata", Role::Plain),
];

const COLLECTIONS: &[Place] = &[
    place("[].configuration_json", Role::Catalogue),
    place("[].schema", Role::Catalogue),
    place("[].metadata", Role::Plain),
];
