//! Where things sit in Qdrant's answers over gRPC: its messages by field number, of version 1.20.
//!
//! Fields that stand here in no table are ones of a newer version. In a point they cut the answer off, as unknown keys
//! do in JSON.

use super::Answer;
use crate::mask::shape::protobuf::{Entry, Form, Holds, Message, Number, OneOf, Part, Vectors};
use crate::mask::shape::{Format, Others, Shape, WhenStripped};
use Holds::{FieldOf, FieldOfAny, Payload, Plain, Result};

impl Answer {
    /// As data for the masker of protobuf.
    pub(in super::super) fn protobuf(self, named: Vec<String>) -> Shape {
        let format = match self {
            Answer::Status => Format::Opaque,
            Answer::Download => Format::File,
            Answer::Value | Answer::Catalogue | Answer::Stored => Format::Protobuf(&CATALOGUE),
            Answer::Collection => Format::Protobuf(&COLLECTION),
            Answer::Scored | Answer::Query => Format::Protobuf(&SCORED),
            Answer::ScoredBatch | Answer::QueryBatch => Format::Protobuf(&SCORED_BATCH),
            Answer::Groups => Format::Protobuf(&GROUPS),
            Answer::Record | Answer::Records => Format::Protobuf(&RECORDS),
            Answer::Page => Format::Protobuf(&PAGE),
            Answer::Facet => Format::Protobuf(&FACET),
            Answer::Pairs => Format::Protobuf(&PAIRS),
            Answer::Offsets => Format::Protobuf(&OFFSETS),
        };
        Shape {
            format,
            places: &[],
            others: Others::CutOff,
            named,
        }
    }
}

/// A message whose fields are all known.
const fn message(name: &'static str, fields: &'static [(u32, Holds)]) -> Message {
    Message {
        name,
        fields,
        others: Others::CutOff,
    }
}

/// A value of a payload; field 1 is null.
static VALUE: OneOf = OneOf {
    fields: &[
        (1, Form::Null),
        (2, Form::Double),
        (3, Form::Integer),
        (4, Form::Text),
        (5, Form::Bool),
        (
            6,
            Form::Object {
                entries: 1,
                entry: &ENTRY,
            },
        ),
        (
            7,
            Form::List {
                items: 1,
                item: &Form::OneOf(&VALUE),
            },
        ),
    ],
    null: Some(1),
    text: Some(4),
};

/// An entry of a payload, and of an object in it.
static ENTRY: Entry = Entry {
    name: 1,
    plain: &[],
    values: &[(2, Form::OneOf(&VALUE))],
};

static GROUP_ID: OneOf = OneOf {
    fields: &[(1, Form::Unsigned), (2, Form::Integer), (3, Form::Text)],
    null: None,
    text: Some(3),
};

static FACET_VALUE: OneOf = OneOf {
    fields: &[(1, Form::Text), (2, Form::Integer), (3, Form::Bool)],
    null: None,
    text: Some(1),
};

static ORDER_VALUE: OneOf = OneOf {
    fields: &[(1, Form::Integer), (2, Form::Double)],
    null: None,
    text: None,
};

/// One vector, or several by name.
static VECTORS: Vectors = Vectors {
    dim: None,
    fields: &[(1, Part::Vectors(&VECTOR)), (2, Part::Vectors(&NAMED_VECTORS))],
};

static NAMED_VECTORS: Vectors = Vectors {
    dim: None,
    fields: &[(1, Part::Vectors(&VECTOR_ENTRY))],
};

static VECTOR_ENTRY: Vectors = Vectors {
    dim: None,
    fields: &[(1, Part::Plain), (2, Part::Vectors(&VECTOR))],
};

/// Fields 1 to 3 are how versions before 1.12 write it.
static VECTOR: Vectors = Vectors {
    dim: None,
    fields: &[
        (1, Part::Floats),
        (2, Part::Plain),
        (3, Part::Plain),
        (101, Part::Vectors(&DENSE)),
        (102, Part::Vectors(&SPARSE)),
        (103, Part::Vectors(&MULTI)),
    ],
};

static DENSE: Vectors = Vectors {
    dim: None,
    fields: &[(1, Part::Floats)],
};

static SPARSE: Vectors = Vectors {
    dim: None,
    fields: &[(1, Part::Floats), (2, Part::Plain)],
};

static MULTI: Vectors = Vectors {
    dim: None,
    fields: &[(1, Part::Vectors(&DENSE))],
};

const SCORE: Holds = Holds::Scores(Number::Float, WhenStripped::Zero);

/// What it was ordered by is a field that the request names; in a batch, any of several.
static SCORED_POINT: Message = message(
    "ScoredPoint",
    &[
        (1, Plain),
        (2, Payload(&ENTRY)),
        (3, SCORE),
        (5, Plain),
        (6, Holds::Vectors(&VECTORS)),
        (7, Plain),
        (8, FieldOfAny(&ORDER_VALUE)),
    ],
);

static RETRIEVED_POINT: Message = message(
    "RetrievedPoint",
    &[
        (1, Plain),
        (2, Payload(&ENTRY)),
        (4, Holds::Vectors(&VECTORS)),
        (5, Plain),
        (6, FieldOfAny(&ORDER_VALUE)),
    ],
);

static SCORED: Message = message(
    "QueryResponse",
    &[(1, Result(&SCORED_POINT)), (2, Plain), (3, Plain)],
);

static BATCH_RESULT: Message = message("BatchResult", &[(1, Result(&SCORED_POINT))]);

static SCORED_BATCH: Message = message(
    "QueryBatchResponse",
    &[(1, Holds::Part(&BATCH_RESULT)), (2, Plain), (3, Plain)],
);

static POINT_GROUP: Message = message(
    "PointGroup",
    &[
        (1, FieldOf(0, &GROUP_ID)),
        (2, Result(&SCORED_POINT)),
        (3, Result(&RETRIEVED_POINT)),
    ],
);

static GROUPS_RESULT: Message = message("GroupsResult", &[(1, Holds::Part(&POINT_GROUP))]);

static GROUPS: Message = message(
    "QueryGroupsResponse",
    &[(1, Holds::Part(&GROUPS_RESULT)), (2, Plain), (3, Plain)],
);

static RECORDS: Message = message(
    "GetResponse",
    &[(1, Result(&RETRIEVED_POINT)), (2, Plain), (3, Plain)],
);

static PAGE: Message = message(
    "ScrollResponse",
    &[(1, Plain), (2, Result(&RETRIEVED_POINT)), (3, Plain), (4, Plain)],
);

static FACET_HIT: Message = message("FacetHit", &[(1, FieldOf(0, &FACET_VALUE)), (2, Plain)]);

static FACET: Message = message(
    "FacetResponse",
    &[(1, Result(&FACET_HIT)), (2, Plain), (3, Plain)],
);

static PAIR: Message = message("SearchMatrixPair", &[(1, Plain), (2, Plain), (3, SCORE)]);

static ALL_PAIRS: Message = message("SearchMatrixPairs", &[(1, Result(&PAIR))]);

static PAIRS: Message = message(
    "SearchMatrixPairsResponse",
    &[(1, Holds::Part(&ALL_PAIRS)), (2, Plain), (3, Plain)],
);

static ALL_OFFSETS: Message = message(
    "SearchMatrixOffsets",
    &[
        (1, Holds::Ids(&Form::Unsigned, None)),
        (2, Plain),
        (3, SCORE),
        (4, Plain),
    ],
);

static OFFSETS: Message = message(
    "SearchMatrixOffsetsResponse",
    &[(1, Holds::Part(&ALL_OFFSETS)), (2, Plain), (3, Plain)],
);

/// Acknowledgements, numbers, and the catalogue: copied.
static CATALOGUE: Message = Message {
    name: "Catalogue",
    fields: &[],
    others: Others::Copied,
};

static COLLECTION_CONFIG: Message = Message {
    name: "CollectionConfig",
    fields: &[(7, Payload(&ENTRY))],
    others: Others::Copied,
};

static COLLECTION_INFO: Message = Message {
    name: "CollectionInfo",
    fields: &[(7, Holds::Part(&COLLECTION_CONFIG))],
    others: Others::Copied,
};

static COLLECTION: Message = Message {
    name: "GetCollectionInfoResponse",
    fields: &[(1, Holds::Part(&COLLECTION_INFO))],
    others: Others::Copied,
};
