//! Where things sit in Qdrant's answers.

mod protobuf;

use crate::mask::shape::{Format, Others, Place, Role, Shape, WhenStripped};

/// The kinds of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// No data: a version, a health page, files of the dashboard, measurements as text.
    Status,
    /// The bytes of a snapshot.
    Download,
    /// An acknowledgement, a number, a list of snapshots.
    Value,
    /// Names, settings and statistics out of the catalogue.
    Catalogue,
    /// One collection's description.
    Collection,
    /// What others have stored or asked: a stored JSON value, a log of requests.
    Stored,
    /// Points with scores, in a list.
    Scored,
    /// Such a list for each search of a batch.
    ScoredBatch,
    /// Points with scores (`query`).
    Query,
    /// The same for each query of a batch.
    QueryBatch,
    /// Points in groups.
    Groups,
    /// One point.
    Record,
    /// Points in a list.
    Records,
    /// A page of points.
    Page,
    /// Values of a field.
    Facet,
    /// Pairs of points with their distance.
    Pairs,
    /// The same as columns.
    Offsets,
}

impl Answer {
    /// How it is masked, in words.
    pub(super) const fn masked(self) -> &'static str {
        match self {
            Answer::Status => "passed through, holds no data",
            Answer::Download => "one file: passes only under a rule that masks nothing",
            Answer::Value | Answer::Catalogue => "copied",
            Answer::Collection => "the collection's own metadata by field name",
            Answer::Stored => "by field name",
            Answer::Scored | Answer::ScoredBatch | Answer::Query | Answer::QueryBatch => {
                "payload, vector, score, order_value"
            }
            Answer::Groups => "payload, vector, score, order_value, group id, lookup",
            Answer::Record | Answer::Records | Answer::Page => "payload, vector, order_value",
            Answer::Facet => "value",
            Answer::Pairs | Answer::Offsets => "scores",
        }
    }

    /// As data for the masker of JSON.
    pub(super) fn json(self, named: Vec<String>) -> Shape {
        let (format, places, others) = match self {
            Answer::Status => (Format::Opaque, &[][..], Others::Copied),
            Answer::Download => (Format::File, &[][..], Others::Copied),
            Answer::Value | Answer::Stored => (Format::Json, PLAIN, Others::Copied),
            Answer::Catalogue => (Format::Json, CATALOGUE, Others::Copied),
            Answer::Collection => (Format::Json, COLLECTION, Others::Copied),
            Answer::Scored => (Format::Json, SCORED, Others::CutOff),
            Answer::ScoredBatch => (Format::Json, SCORED_BATCH, Others::CutOff),
            Answer::Query => (Format::Json, QUERY, Others::CutOff),
            Answer::QueryBatch => (Format::Json, QUERY_BATCH, Others::CutOff),
            Answer::Groups => (Format::Json, GROUPS, Others::CutOff),
            Answer::Record => (Format::Json, RECORD, Others::CutOff),
            Answer::Records => (Format::Json, RECORDS, Others::CutOff),
            Answer::Page => (Format::Json, PAGE, Others::CutOff),
            Answer::Facet => (Format::Json, FACET, Others::CutOff),
            Answer::Pairs => (Format::Json, PAIRS, Others::CutOff),
            Answer::Offsets => (Format::Json, OFFSETS, Others::CutOff),
        };
        Shape {
            format,
            places,
            others,
            named,
        }
    }
}

const fn place(path: &'static str, role: Role) -> Place {
    Place { path, role }
}

/// What was not asked for is absent, and so is what is kept back; but that every point has a score, the clients demand.
const VECTORS: Role = Role::Vectors(WhenStripped::Absent);
const SCORES: Role = Role::Scores(WhenStripped::Zero);

/// An answer's envelope, around these places.
macro_rules! answer {
    ($($places:expr),* $(,)?) => {
        &[
            $($places,)*
            place("status", Role::Plain),
            place("time", Role::Plain),
            place("usage", Role::Plain),
        ]
    };
}

/// Points at a path, in their answer's envelope. What a point was ordered by is named by the request: one field, or
/// in a batch any of several.
macro_rules! points {
    ($path:literal $(, $places:expr)* $(,)?) => {
        answer![
            place($path, Role::Result),
            place(concat!($path, ".id"), Role::Plain),
            place(concat!($path, ".version"), Role::Plain),
            place(concat!($path, ".score"), SCORES),
            place(concat!($path, ".payload"), Role::Payload),
            place(concat!($path, ".vector"), VECTORS),
            place(concat!($path, ".shard_key"), Role::Plain),
            place(concat!($path, ".order_value"), Role::FieldOfAny),
            $($places,)*
        ]
    };
}

const PLAIN: &[Place] = answer![place("result", Role::Plain)];
const CATALOGUE: &[Place] = answer![place("result", Role::Catalogue)];

/// Fields of the payload are keys of its schema: they are the catalogue's, not a point's.
const COLLECTION: &[Place] = answer![
    place("result.payload_schema", Role::Catalogue),
    place("result.config.params", Role::Catalogue),
    place("result.config.hnsw_config", Role::Catalogue),
    place("result.config.optimizer_config", Role::Catalogue),
    place("result.config.wal_config", Role::Catalogue),
    place("result.config.quantization_config", Role::Catalogue),
    place("result.config.strict_mode_config", Role::Catalogue),
    place("result.config.metadata", Role::Payload),
];

const SCORED: &[Place] = points!("result[]");
const SCORED_BATCH: &[Place] = points!("result[][]");
const QUERY: &[Place] = points!("result.points[]");
const QUERY_BATCH: &[Place] = points!("result[].points[]");
const RECORD: &[Place] = points!("result");
const RECORDS: &[Place] = points!("result[]");
const PAGE: &[Place] = points!("result.points[]", place("result.next_page_offset", Role::Plain),);

const GROUPS: &[Place] = points!(
    "result.groups[].hits[]",
    place("result.groups[].id", Role::FieldOf(0)),
    place("result.groups[].lookup", Role::Result),
    place("result.groups[].lookup.id", Role::Plain),
    place("result.groups[].lookup.payload", Role::Payload),
    place("result.groups[].lookup.vector", VECTORS),
    place("result.groups[].lookup.shard_key", Role::Plain),
    place("result.groups[].lookup.order_value", Role::Plain),
);

const FACET: &[Place] = answer![
    place("result.hits[]", Role::Result),
    place("result.hits[].value", Role::FieldOf(0)),
    place("result.hits[].count", Role::Plain),
];

const PAIRS: &[Place] = answer![
    place("result.pairs[]", Role::Result),
    place("result.pairs[].a", Role::Plain),
    place("result.pairs[].b", Role::Plain),
    place("result.pairs[].score", SCORES),
];

const OFFSETS: &[Place] = answer![
    place("result.offsets_row[]", Role::Result),
    place("result.offsets_col", Role::Plain),
    place("result.scores[]", SCORES),
    place("result.ids", Role::Plain),
];
