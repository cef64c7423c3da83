//! Where things sit in an answer. Over gRPC: messages by field number, of pymilvus 3.0.2, which hold all before.
//!
//! Fields that stand in no table are ones of a newer version, or a part that was refused in the request (highlights):
//! they cut the answer off.
//!
//! What is shown without its field's name is named by the request and the schema: ids are the primary key's content,
//! the value of a group that of the field which the request groups by.

use super::names::Known;
use crate::mask::shape::protobuf::{Column, Entry, Form, Holds, Message, Number, OneOf, Part, Vectors};
use crate::mask::shape::{Format, Others, Place, Role, Shape, WhenStripped};
use Holds::Plain;

/// The kinds of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Whether it went well, or a part of the catalogue: no data.
    Status,
    /// Data in a form that is not looked into: the log of writes, the insides of an index.
    Raw,
    /// Columns of the results of a search.
    Search,
    /// Columns of rows.
    Query,
    /// Distances alone.
    Distances,
    /// What was deleted.
    Deleted,
}

/// The numbers in `Shape::named`.
const PRIMARY: usize = 0;
const GROUP: usize = 1;

/// What stands in for a name that is not known: no field can be called so.
const NAMELESS: &str = "#unknown";

impl Answer {
    /// How it is masked, in words.
    pub(super) const fn masked(self) -> &'static str {
        match self {
            Answer::Status => "passed through, holds no data",
            Answer::Raw => "passes only under a rule that masks nothing",
            Answer::Search => {
                "columns by their field's name, JSON inside them, vectors, scores, ids as the primary key, values of groups"
            }
            Answer::Query => "columns by their field's name, JSON inside them, vectors",
            Answer::Distances => "scores",
            Answer::Deleted => "ids as the primary key",
        }
    }

    /// The shape of it over gRPC, and the names of what has none in it.
    pub(super) fn grpc(self, collections: &[Known], group: Option<&str>) -> Shape {
        let format = match self {
            Answer::Status => Format::Opaque,
            Answer::Raw => Format::File,
            Answer::Search => Format::Protobuf(&SEARCH_RESULTS),
            Answer::Query => Format::Protobuf(&QUERY_RESULTS),
            Answer::Distances => Format::Protobuf(&DISTANCES),
            Answer::Deleted => Format::Protobuf(&MUTATION_RESULT),
        };
        Shape {
            format,
            places: &[],
            others: Others::CutOff,
            named: named(collections, group),
        }
    }
}

fn named(collections: &[Known], group: Option<&str>) -> Vec<String> {
    let primary = collections.iter().find_map(|known| known.primary.as_deref());
    vec![
        primary.unwrap_or(NAMELESS).to_owned(),
        group.unwrap_or(NAMELESS).to_owned(),
    ]
}

/// A message whose fields are all known.
const fn message(name: &'static str, fields: &'static [(u32, Holds)]) -> Message {
    Message {
        name,
        fields,
        others: Others::CutOff,
    }
}

const SCORES: Holds = Holds::Scores(Number::Float, WhenStripped::Null);

static SEARCH_RESULTS: Message = message(
    "SearchResults",
    &[
        (1, Plain),
        (2, Holds::Part(&SEARCH_RESULT_DATA)),
        (3, Plain),
        (4, Plain),
    ],
);

static SEARCH_RESULT_DATA: Message = message(
    "SearchResultData",
    &[
        (1, Plain),
        (2, Plain),
        (3, Holds::Column(&FIELD_DATA)),
        (4, SCORES),
        (5, Holds::Part(&IDS)),
        (6, Plain),
        (7, Holds::ColumnNames),
        (8, Holds::ColumnOf(GROUP, &FIELD_DATA)),
        (9, Plain),
        (10, SCORES),
        (11, Holds::Part(&ITERATOR)),
        (12, Plain),
        (13, Plain),
        (15, Plain),
        (17, Holds::ColumnOf(GROUP, &FIELD_DATA)),
        (18, Holds::Part(&AGG_BUCKET)),
        (19, Plain),
    ],
);

/// The bound of an iterator is the last score.
static ITERATOR: Message = message("SearchIteratorV2Results", &[(1, Plain), (2, SCORES)]);

static IDS: Message = message("IDs", &[(1, Holds::Part(&INT_IDS)), (2, Holds::Part(&STR_IDS))]);
static INT_IDS: Message = message("LongArray", &[(1, Holds::Ids(&Form::Integer, Some(PRIMARY)))]);
static STR_IDS: Message = message("StringArray", &[(1, Holds::Ids(&Form::Text, Some(PRIMARY)))]);

static QUERY_RESULTS: Message = message(
    "QueryResults",
    &[
        (1, Plain),
        (2, Holds::Column(&FIELD_DATA)),
        (3, Plain),
        (4, Holds::ColumnNames),
        (5, Plain),
        (6, Plain),
        (7, Plain),
    ],
);

static MUTATION_RESULT: Message = message(
    "MutationResult",
    &[
        (1, Plain),
        (2, Holds::Part(&IDS)),
        (3, Plain),
        (4, Plain),
        (5, Plain),
        (6, Plain),
        (7, Plain),
        (8, Plain),
        (9, Plain),
    ],
);

/// Distances of binary vectors are whole numbers, which cannot be rounded: they cut the answer off.
static DISTANCES: Message = message(
    "CalcDistanceResults",
    &[(1, Plain), (3, Holds::Part(&FLOAT_ARRAY))],
);
static FLOAT_ARRAY: Message = message("FloatArray", &[(1, SCORES)]);

static AGG_BUCKET: Message = message(
    "AggBucket",
    &[
        (1, Holds::Named(&BUCKET_KEY)),
        (2, Plain),
        // Measures of fields: who may not see a field may not ask for them.
        (3, Plain),
        (4, Holds::Part(&AGG_HIT)),
        (5, Holds::Part(&AGG_BUCKET)),
    ],
);
static BUCKET_KEY: Entry = Entry {
    name: 2,
    plain: &[1],
    values: &[(3, Form::Integer), (4, Form::Text), (5, Form::Bool)],
};
static AGG_HIT: Message = message(
    "AggHit",
    &[
        (1, Holds::Ids(&Form::Integer, Some(PRIMARY))),
        (2, Holds::Ids(&Form::Text, Some(PRIMARY))),
        (3, SCORES),
        (4, Holds::Named(&AGG_HIT_FIELD)),
    ],
);
/// Bytes may be a document whose insides a policy masks: they stand here not, so that they cut the answer off.
static AGG_HIT_FIELD: Entry = Entry {
    name: 2,
    plain: &[1],
    values: &[
        (3, Form::Integer),
        (4, Form::Bool),
        (5, Form::Float),
        (6, Form::Double),
        (7, Form::Text),
    ],
};

/// A column. Dynamic fields are JSON documents in a column of their own.
static FIELD_DATA: Column = Column {
    name: 2,
    dynamic: (6, "$meta"),
    scalars: (
        3,
        &[
            (1, Form::Bool),
            (2, Form::Integer),
            (3, Form::Integer),
            (4, Form::Float),
            (5, Form::Double),
            (6, Form::Text),
            (7, Form::Bytes),
            (8, Form::OneOf(&ARRAY)),
            (9, Form::Json),
            (10, Form::Bytes),
            (11, Form::Integer),
            (12, Form::Text),
            (13, Form::Bytes),
            (14, Form::Text),
            (15, Form::Integer),
            (16, Form::Integer),
        ],
    ),
    vectors: (4, &VECTORS),
    structs: 8,
};

/// A row of an array's column.
static ARRAY: OneOf = OneOf {
    fields: &[
        (1, list(&Form::Bool)),
        (2, list(&Form::Integer)),
        (3, list(&Form::Integer)),
        (4, list(&Form::Float)),
        (5, list(&Form::Double)),
        (6, list(&Form::Text)),
        (7, list(&Form::Bytes)),
        (8, list(&Form::OneOf(&ARRAY))),
        (10, list(&Form::Bytes)),
        (11, list(&Form::Integer)),
        (12, list(&Form::Text)),
        (13, list(&Form::Bytes)),
        (14, list(&Form::Text)),
        (15, list(&Form::Integer)),
        (16, list(&Form::Integer)),
    ],
    null: None,
    text: None,
};

const fn list(item: &'static Form) -> Form {
    Form::List { items: 1, item }
}

static VECTORS: Vectors = Vectors {
    dim: Some(1),
    fields: &[
        (2, Part::Vectors(&FLOATS)),
        (3, Part::Bits),
        (4, Part::Float16),
        (5, Part::BFloat16),
        (6, Part::Vectors(&SPARSE)),
        (7, Part::Int8),
        (8, Part::Vectors(&VECTOR_ARRAY)),
    ],
};
static FLOATS: Vectors = Vectors {
    dim: None,
    fields: &[(1, Part::Floats)],
};
static SPARSE: Vectors = Vectors {
    dim: None,
    fields: &[(1, Part::Sparse), (2, Part::Plain)],
};
static VECTOR_ARRAY: Vectors = Vectors {
    dim: Some(1),
    fields: &[(2, Part::Vectors(&VECTORS)), (3, Part::Plain)],
};

/// An answer over REST that holds no data.
pub(super) fn rest_status() -> Shape {
    Shape {
        format: Format::Opaque,
        places: &[],
        others: Others::CutOff,
        named: Vec::new(),
    }
}

/// Rows over REST. JSON fields stand in them as text that holds a document (in Base64, in version 1), in which nothing
/// can be masked: rows with one pass only where nothing has to be.
pub(super) fn rest_rows(collections: &[Known], outputs: &[String]) -> Shape {
    let wanted = |field: &String| outputs.iter().any(|output| output == "*" || output == field);
    let sealed = collections.iter().flat_map(|known| &known.documents).any(wanted);
    Shape {
        format: if sealed { Format::File } else { Format::Json },
        places: ROWS,
        others: Others::CutOff,
        named: collections
            .iter()
            .flat_map(|known| known.vectors.iter().flatten().cloned())
            .collect(),
    }
}

const fn place(path: &'static str, role: Role) -> Place {
    Place { path, role }
}

const ROWS: &[Place] = &[
    place("code", Role::Plain),
    place("message", Role::Plain),
    place("cost", Role::Plain),
    place("topks", Role::Plain),
    place("recalls", Role::Plain),
    place("scannedRemoteBytes", Role::Plain),
    place("scannedTotalBytes", Role::Plain),
    place("cacheHitRatio", Role::Plain),
    place("scanned_remote_bytes", Role::Plain),
    place("scanned_total_bytes", Role::Plain),
    place("cache_hit_ratio", Role::Plain),
    place("data[]", Role::Result),
    place("data[]", Role::Payload),
    place("data[].distance", Role::Scores(WhenStripped::Absent)),
    place("data[].{named}", Role::Vectors(WhenStripped::Absent)),
];
