//! Columns: strings, numbers, documents, arrays, arrays of structs, vectors of every kind.

use super::*;
use crate::mask::shape::protobuf::Part as VectorPart;

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Texts {
    #[prost(string, repeated, tag = "1")]
    data: Vec<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Truths {
    #[prost(bool, repeated, tag = "1")]
    data: Vec<bool>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Integers {
    #[prost(int64, repeated, tag = "1")]
    data: Vec<i64>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Floats {
    #[prost(float, repeated, tag = "1")]
    data: Vec<f32>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Doubles {
    #[prost(double, repeated, tag = "1")]
    data: Vec<f64>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Blobs {
    #[prost(bytes = "vec", repeated, tag = "1")]
    data: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Arrays {
    #[prost(message, repeated, tag = "1")]
    data: Vec<Scalars>,
    #[prost(int32, tag = "2")]
    element: i32,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Scalars {
    #[prost(message, optional, tag = "1")]
    truths: Option<Truths>,
    #[prost(message, optional, tag = "3")]
    integers: Option<Integers>,
    #[prost(message, optional, tag = "4")]
    floats: Option<Floats>,
    #[prost(message, optional, tag = "5")]
    doubles: Option<Doubles>,
    #[prost(message, optional, tag = "6")]
    texts: Option<Texts>,
    #[prost(message, optional, tag = "8")]
    arrays: Option<Arrays>,
    #[prost(message, optional, tag = "9")]
    documents: Option<Blobs>,
    #[prost(message, optional, tag = "10")]
    shapes: Option<Blobs>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct SparseVectors {
    #[prost(bytes = "vec", repeated, tag = "1")]
    contents: Vec<Vec<u8>>,
    #[prost(int64, tag = "2")]
    dim: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct VectorArrays {
    #[prost(int64, tag = "1")]
    dim: i64,
    #[prost(message, repeated, tag = "2")]
    data: Vec<VectorField>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct VectorField {
    #[prost(int64, tag = "1")]
    dim: i64,
    #[prost(message, optional, tag = "2")]
    floats: Option<Floats>,
    #[prost(bytes = "vec", optional, tag = "3")]
    bits: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "4")]
    half: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "5")]
    brain: Option<Vec<u8>>,
    #[prost(message, optional, tag = "6")]
    sparse: Option<SparseVectors>,
    #[prost(bytes = "vec", optional, tag = "7")]
    bytes: Option<Vec<u8>>,
    #[prost(message, optional, tag = "8")]
    arrays: Option<VectorArrays>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Structs {
    #[prost(message, repeated, tag = "1")]
    fields: Vec<Field>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Field {
    #[prost(int32, tag = "1")]
    kind: i32,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(message, optional, tag = "3")]
    scalars: Option<Scalars>,
    #[prost(message, optional, tag = "4")]
    vectors: Option<VectorField>,
    #[prost(bool, tag = "6")]
    dynamic: bool,
    #[prost(bool, repeated, tag = "7")]
    valid: Vec<bool>,
    #[prost(message, optional, boxed, tag = "8")]
    structs: Option<Box<Structs>>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Ids {
    #[prost(message, optional, tag = "1")]
    numbers: Option<Integers>,
    #[prost(message, optional, tag = "2")]
    texts: Option<Texts>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Data {
    #[prost(int64, tag = "1")]
    queries: i64,
    #[prost(message, repeated, tag = "3")]
    pub(super) fields: Vec<Field>,
    #[prost(float, repeated, tag = "4")]
    scores: Vec<f32>,
    #[prost(message, optional, tag = "5")]
    ids: Option<Ids>,
    #[prost(string, repeated, tag = "7")]
    listed: Vec<String>,
    #[prost(message, optional, tag = "8")]
    group: Option<Field>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Results {
    #[prost(message, optional, tag = "2")]
    pub(super) data: Option<Data>,
    #[prost(string, tag = "3")]
    collection: String,
}

static ROW: OneOf = OneOf {
    fields: &[
        (
            1,
            Form::List {
                items: 1,
                item: &Form::Bool,
            },
        ),
        (
            3,
            Form::List {
                items: 1,
                item: &Form::Integer,
            },
        ),
        (
            4,
            Form::List {
                items: 1,
                item: &Form::Float,
            },
        ),
        (
            5,
            Form::List {
                items: 1,
                item: &Form::Double,
            },
        ),
        (
            6,
            Form::List {
                items: 1,
                item: &Form::Text,
            },
        ),
    ],
    null: None,
    text: None,
};
static VECTORS: Vectors = Vectors {
    dim: Some(1),
    fields: &[
        (2, VectorPart::Vectors(&FLOATS)),
        (3, VectorPart::Bits),
        (4, VectorPart::Float16),
        (5, VectorPart::BFloat16),
        (6, VectorPart::Vectors(&SPARSE)),
        (7, VectorPart::Int8),
        (8, VectorPart::Vectors(&VECTOR_ARRAYS)),
    ],
};
static FLOATS: Vectors = Vectors {
    dim: None,
    fields: &[(1, VectorPart::Floats)],
};
static SPARSE: Vectors = Vectors {
    dim: None,
    fields: &[(1, VectorPart::Sparse), (2, VectorPart::Plain)],
};
static VECTOR_ARRAYS: Vectors = Vectors {
    dim: Some(1),
    fields: &[(2, VectorPart::Vectors(&VECTORS)), (3, VectorPart::Plain)],
};
static COLUMN: Column = Column {
    name: 2,
    dynamic: (6, "$meta"),
    scalars: (
        3,
        &[
            (1, Form::Bool),
            (3, Form::Integer),
            (4, Form::Float),
            (5, Form::Double),
            (6, Form::Text),
            (8, Form::OneOf(&ROW)),
            (9, Form::Json),
            (10, Form::Bytes),
        ],
    ),
    vectors: (4, &VECTORS),
    structs: 8,
};
static NUMBERS: Message = Message {
    name: "LongArray",
    fields: &[(1, Holds::Ids(&Form::Integer, Some(1)))],
    others: Others::CutOff,
};
static TEXTS: Message = Message {
    name: "StringArray",
    fields: &[(1, Holds::Ids(&Form::Text, Some(1)))],
    others: Others::CutOff,
};
static IDS: Message = Message {
    name: "IDs",
    fields: &[(1, Holds::Part(&NUMBERS)), (2, Holds::Part(&TEXTS))],
    others: Others::CutOff,
};
static DATA: Message = Message {
    name: "SearchResultData",
    fields: &[
        (3, Holds::Column(&COLUMN)),
        (4, Holds::Scores(Number::Float, WhenStripped::Null)),
        (5, Holds::Part(&IDS)),
        (7, Holds::ColumnNames),
        (8, Holds::ColumnOf(0, &COLUMN)),
    ],
    others: Others::Copied,
};
pub(super) static RESULTS: Message = Message {
    name: "SearchResults",
    fields: &[(2, Holds::Part(&DATA))],
    others: Others::Copied,
};

/// An answer of columns alone.
static ROWS: Message = Message {
    name: "QueryResults",
    fields: &[(3, Holds::Column(&COLUMN))],
    others: Others::Copied,
};

fn field(name: &str, scalars: Scalars) -> Field {
    Field {
        kind: 1,
        name: name.to_owned(),
        scalars: Some(scalars),
        valid: vec![true, false],
        ..Field::default()
    }
}

pub(super) fn texts(name: &str, rows: &[&str]) -> Field {
    let texts = Some(strings(rows));
    field(
        name,
        Scalars {
            texts,
            ..Scalars::default()
        },
    )
}

fn strings(rows: &[&str]) -> Texts {
    Texts {
        data: rows.iter().map(|row| (*row).to_owned()).collect(),
    }
}

fn integers(name: &str, rows: &[i64]) -> Field {
    let integers = Some(Integers { data: rows.to_vec() });
    field(
        name,
        Scalars {
            integers,
            ..Scalars::default()
        },
    )
}

fn documents(name: &str, rows: &[&str]) -> Field {
    let data = rows.iter().map(|row| row.as_bytes().to_vec()).collect();
    let documents = Some(Blobs { data });
    field(
        name,
        Scalars {
            documents,
            ..Scalars::default()
        },
    )
}

fn arrays(name: &str, rows: Vec<Scalars>) -> Field {
    let arrays = Some(Arrays {
        data: rows,
        element: 21,
    });
    field(
        name,
        Scalars {
            arrays,
            ..Scalars::default()
        },
    )
}

fn text_row(items: &[&str]) -> Scalars {
    Scalars {
        texts: Some(strings(items)),
        ..Scalars::default()
    }
}

fn integer_row(items: &[i64]) -> Scalars {
    Scalars {
        integers: Some(Integers { data: items.to_vec() }),
        ..Scalars::default()
    }
}

pub(super) fn vector(name: &str, vectors: VectorField) -> Field {
    Field {
        kind: 101,
        name: name.to_owned(),
        vectors: Some(vectors),
        ..Field::default()
    }
}

pub(super) fn floats(dim: i64, data: Vec<f32>) -> VectorField {
    VectorField {
        dim,
        floats: Some(Floats { data }),
        ..VectorField::default()
    }
}

pub(super) fn results(fields: Vec<Field>) -> Results {
    Results {
        data: Some(Data {
            queries: 1,
            fields,
            scores: vec![0.987_654, 0.5],
            ids: Some(Ids {
                numbers: Some(Integers { data: vec![1, 300] }),
                texts: None,
            }),
            ..Data::default()
        }),
        collection: "people".to_owned(),
    }
}

/// What becomes of these columns.
fn masked(entries: Vec<MaskEntry>, fields: &[Field]) -> (Vec<Field>, Tally) {
    let (answer, tally) = mask(&shape(&RESULTS, &[]), &plan(entries), &results(fields.to_vec())).unwrap();
    assert_eq!(tally.returned, 2);
    (answer.data.unwrap().fields, tally)
}

fn hash_of(text: &str) -> String {
    crate::mask::action::apply(&hash(), text)
}

#[test]
fn a_string_column() {
    let before = [
        texts("email", &["nia@example.com", ""]),
        texts("city", &["Graz", "Bern"]),
    ];
    let (nia, nobody) = (hash_of("nia@example.com"), hash_of(""));
    let table: &[(Action, Option<[&str; 2]>)] = &[
        (Action::Remove, None),
        (Action::Null, Some(["", ""])),
        (redact(), Some(["[redacted]", "[redacted]"])),
        (Action::Partial, Some(["n***@example.com", "***"])),
        (hash(), Some([&nia, &nobody])),
    ];
    for (action, rows) in table {
        let (after, tally) = masked(vec![fields(&["email"], action.clone())], &before);
        let mut expected: Vec<Field> = rows.iter().map(|rows| texts("email", rows)).collect();
        expected.push(before[1].clone());
        assert_eq!(after, expected, "{action:?}");
        assert_eq!(counts(&tally), [("email", 2)], "{action:?}");
    }
    let (after, tally) = masked(vec![detect(&[Detector::Email], &["email"], redact())], &before);
    assert_eq!(after, [texts("email", &["[redacted]", ""]), before[1].clone()]);
    assert_eq!(counts(&tally), [("email/email", 1)]);
    let (after, _) = masked(vec![path("$.email", redact())], &before);
    assert_eq!(after[0], texts("email", &["[redacted]", "[redacted]"]));
    for other in ["$.email.x", "$.other", "$.email[0]"] {
        assert_eq!(masked(vec![path(other, redact())], &before).0, before, "{other}");
    }
}

#[test]
fn number_columns_become_zero() {
    let before = [
        integers("age", &[41, -7_000_000]),
        field(
            "active",
            Scalars {
                truths: Some(Truths {
                    data: vec![true, true],
                }),
                ..Scalars::default()
            },
        ),
        field(
            "ratio",
            Scalars {
                floats: Some(Floats { data: vec![0.5, 2.0] }),
                ..Scalars::default()
            },
        ),
        field(
            "salary",
            Scalars {
                doubles: Some(Doubles { data: vec![0.5, 2.0] }),
                ..Scalars::default()
            },
        ),
        field(
            "home",
            Scalars {
                shapes: Some(Blobs {
                    data: vec![b"POINT".to_vec(), Vec::new()],
                }),
                ..Scalars::default()
            },
        ),
    ];
    let names = ["age", "active", "ratio", "salary", "home"];
    for action in [redact(), hash(), Action::Partial, Action::Null] {
        let (after, tally) = masked(vec![fields(&names, action.clone())], &before);
        let expected = [
            integers("age", &[0, 0]),
            field(
                "active",
                Scalars {
                    truths: Some(Truths {
                        data: vec![false, false],
                    }),
                    ..Scalars::default()
                },
            ),
            field(
                "ratio",
                Scalars {
                    floats: Some(Floats { data: vec![0.0, 0.0] }),
                    ..Scalars::default()
                },
            ),
            field(
                "salary",
                Scalars {
                    doubles: Some(Doubles { data: vec![0.0, 0.0] }),
                    ..Scalars::default()
                },
            ),
            field(
                "home",
                Scalars {
                    shapes: Some(Blobs {
                        data: vec![Vec::new(), Vec::new()],
                    }),
                    ..Scalars::default()
                },
            ),
        ];
        assert_eq!(after, expected, "{action:?}");
        assert_eq!(tally.masked.values().sum::<u64>(), 10);
    }
    assert_eq!(masked(vec![fields(&names, Action::Remove)], &before).0, []);
}

#[test]
fn documents_are_masked_as_what_they_are() {
    let profile =
        r#"{"ssn":"900-11-1001","contact":{"email":"nia@example.com","phones":["+1-202-555-0101"]}}"#;
    let before = [
        documents("profile", &[profile, ""]),
        Field {
            dynamic: true,
            ..documents(
                "$meta",
                &[r#"{"email":"tom@example.com","profile":{"ssn":1}}"#, "{}"],
            )
        },
    ];
    let after = |entry: MaskEntry| {
        let (after, _) = masked(vec![entry], &before);
        let read = |field: &Field| {
            String::from_utf8(field.scalars.clone().unwrap().documents.unwrap().data[0].clone()).unwrap()
        };
        after.iter().map(read).collect::<Vec<String>>()
    };
    let [same, meta] = before
        .clone()
        .map(|field| String::from_utf8(field.scalars.unwrap().documents.unwrap().data[0].clone()).unwrap());
    let table = [
        (
            fields(&["email"], Action::Remove),
            r#"{"ssn":"900-11-1001","contact":{"phones":["+1-202-555-0101"]}}"#,
            r#"{"profile":{"ssn":1}}"#,
        ),
        (
            path("$.profile.ssn", redact()),
            r#"{"ssn":"[redacted]","contact":{"email":"nia@example.com","phones":["+1-202-555-0101"]}}"#,
            r#"{"email":"tom@example.com","profile":{"ssn":"[redacted]"}}"#,
        ),
        (
            path("$.email", redact()),
            &same,
            r#"{"email":"[redacted]","profile":{"ssn":1}}"#,
        ),
        (path("$.ssn", redact()), &same, &meta),
        (
            path("$.profile.contact.phones[0]", Action::Null),
            r#"{"ssn":"900-11-1001","contact":{"email":"nia@example.com","phones":[null]}}"#,
            &meta,
        ),
        (
            fields(&["profile.contact.*"], redact()),
            r#"{"ssn":"900-11-1001","contact":{"email":"[redacted]","phones":"[redacted]"}}"#,
            &meta,
        ),
        (
            fields(&["profile"], Action::Null),
            "null",
            r#"{"email":"tom@example.com","profile":null}"#,
        ),
        (
            detect(&[Detector::Phone], &["profile"], redact()),
            r#"{"ssn":"900-11-1001","contact":{"email":"nia@example.com","phones":["[redacted]"]}}"#,
            &meta,
        ),
    ];
    for (entry, profile, dynamic) in table {
        assert_eq!(after(entry.clone()), [profile, dynamic], "{entry:?}");
    }
    let (left, _) = masked(vec![fields(&["profile"], Action::Remove)], &before);
    assert_eq!(left.len(), 1, "the column is gone");
    assert_eq!(left[0].name, "$meta");
    let broken = results(vec![documents("profile", &[r#"{"ssn":"900"#])]);
    let cut = mask(
        &shape(&RESULTS, &[]),
        &plan(vec![fields(&["ssn"], redact())]),
        &broken,
    );
    assert!(matches!(cut, Err(AnswerError::Json(_))), "{cut:?}");
}

#[test]
fn arrays_and_arrays_of_structs() {
    let tags = arrays("tags", vec![text_row(&["a", "nia@example.com"]), text_row(&[])]);
    let numbers = arrays("numbers", vec![integer_row(&[1, 2, 300]), integer_row(&[4])]);
    let chunks = Field {
        name: "chunks".to_owned(),
        structs: Some(Box::new(Structs {
            fields: vec![
                Field {
                    valid: Vec::new(),
                    ..arrays("note", vec![text_row(&["first", "second"]), text_row(&["third"])])
                },
                vector("cv", floats(2, vec![0.25, 0.5])),
            ],
        })),
        ..Field::default()
    };
    let before = [tags, numbers, chunks];
    let notes = |fields: &[Field], rows: &[&[&str]]| {
        let mut fields = fields.to_vec();
        let structs = fields[2].structs.as_mut().unwrap();
        structs.fields[0]
            .scalars
            .as_mut()
            .unwrap()
            .arrays
            .as_mut()
            .unwrap()
            .data = rows.iter().map(|row| text_row(row)).collect();
        fields
    };
    let with = |n: usize, field: Field| {
        let mut fields = before.to_vec();
        fields[n] = field;
        fields
    };
    let r = "[redacted]";
    let table: Vec<(MaskEntry, Vec<Field>)> = vec![
        (
            fields(&["tags"], redact()),
            with(0, arrays("tags", vec![text_row(&[r, r]), text_row(&[])])),
        ),
        (
            path("$.tags[1]", redact()),
            with(0, arrays("tags", vec![text_row(&["a", r]), text_row(&[])])),
        ),
        (
            path("$.tags[*]", Action::Remove),
            with(0, arrays("tags", vec![text_row(&["", ""]), text_row(&[])])),
        ),
        (
            detect(&[Detector::Email], &["tags"], redact()),
            with(0, arrays("tags", vec![text_row(&["a", r]), text_row(&[])])),
        ),
        (
            path("$.numbers[1:]", hash()),
            with(
                1,
                arrays("numbers", vec![integer_row(&[1, 0, 0]), integer_row(&[4])]),
            ),
        ),
        (
            fields(&["numbers"], Action::Null),
            with(
                1,
                arrays("numbers", vec![integer_row(&[0, 0, 0]), integer_row(&[0])]),
            ),
        ),
        (fields(&["note"], redact()), notes(&before, &[&[r, r], &[r]])),
        (
            fields(&["chunks.note"], redact()),
            notes(&before, &[&[r, r], &[r]]),
        ),
        (
            path("$.chunks[*].note", redact()),
            notes(&before, &[&[r, r], &[r]]),
        ),
        (
            path("$.chunks[1].note", redact()),
            notes(&before, &[&["first", r], &["third"]]),
        ),
        (
            path("$.chunks[0].note", Action::Remove),
            notes(&before, &[&["", "second"], &[""]]),
        ),
        (path("$.note", redact()), before.to_vec()),
    ];
    for (entry, expected) in table {
        assert_eq!(masked(vec![entry.clone()], &before).0, expected, "{entry:?}");
    }
    let names = |entry: MaskEntry| {
        let (after, _) = masked(vec![entry], &before);
        let inner = after
            .iter()
            .filter_map(|field| field.structs.clone())
            .flat_map(|structs| structs.fields);
        let inner: Vec<String> = inner.map(|field| field.name).collect();
        (
            after.iter().map(|field| field.name.clone()).collect::<Vec<_>>(),
            inner,
        )
    };
    let all = || ["tags", "numbers", "chunks"].map(str::to_owned).to_vec();
    assert_eq!(
        names(fields(&["note"], Action::Remove)),
        (all(), vec!["cv".to_owned()])
    );
    assert_eq!(
        names(path("$.chunks[3].cv", redact())),
        (all(), vec!["note".to_owned()])
    );
    assert_eq!(
        names(fields(&["chunks"], Action::Remove)),
        (all()[..2].to_vec(), vec![])
    );
    assert_eq!(
        names(fields(&["chunks"], redact())),
        (all(), vec!["note".to_owned()])
    );
}

#[test]
fn vectors_of_every_kind() {
    let half = |values: &[u16]| {
        values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect::<Vec<u8>>()
    };
    let sparse = |value: f32| [3u32.to_le_bytes(), value.to_le_bytes()].concat();
    let sparse_field = |value| VectorField {
        dim: 90,
        sparse: Some(SparseVectors {
            contents: vec![sparse(value), sparse(value)],
            dim: 90,
        }),
        ..VectorField::default()
    };
    let arrays_field = |value| VectorField {
        dim: 2,
        arrays: Some(VectorArrays {
            dim: 2,
            data: vec![floats(2, vec![value; 4]), floats(2, vec![value; 2])],
        }),
        ..VectorField::default()
    };
    let before = [
        vector("float", floats(2, vec![0.123_456, 0.5, 0.654_321, 1.0])),
        vector(
            "half",
            VectorField {
                dim: 2,
                half: Some(half(&[0x2fe7, 0x3800, 0x3c00, 0x3c00])),
                ..VectorField::default()
            },
        ),
        vector(
            "brain",
            VectorField {
                dim: 2,
                brain: Some(half(&[0x3dfd, 0x3f00, 0x3f80, 0x3f80])),
                ..VectorField::default()
            },
        ),
        vector(
            "bytes",
            VectorField {
                dim: 2,
                bytes: Some(vec![1, 2, 3, 4]),
                ..VectorField::default()
            },
        ),
        vector(
            "bits",
            VectorField {
                dim: 16,
                bits: Some(vec![1, 2, 3, 4]),
                ..VectorField::default()
            },
        ),
        vector("sparse", sparse_field(0.123_456)),
        vector("arrays", arrays_field(0.123_456)),
        texts("city", &["Graz", "Bern"]),
    ];
    let answer = results(before.to_vec());
    let all = 2 * 6 + 3;
    let run = |plan: &MaskPlan| {
        let (answer, tally) = mask(&shape(&RESULTS, &[]), plan, &answer).unwrap();
        (answer.data.unwrap().fields, tally.vectors, tally.vectors_stripped)
    };
    assert_eq!(run(&MaskPlan::default()), (before.to_vec(), all, 0));
    let other = plan(vec![fields(&["email"], redact())]);
    assert_eq!(run(&other), (before.to_vec(), all, 0));
    assert_eq!(run(&vectors(VectorMask::Strip)), (before[7..].to_vec(), 0, all));
    let (rounded, passed, coarsened) = run(&vectors(VectorMask::Round(1)));
    assert_eq!((passed, coarsened), (0, all));
    assert_eq!(rounded[0], vector("float", floats(2, vec![0.1, 0.5, 0.7, 1.0])));
    assert_eq!(
        rounded[1].vectors.as_ref().unwrap().half.as_ref().unwrap(),
        &half(&[0x2e66, 0x3800, 0x3c00, 0x3c00])
    );
    assert_eq!(
        rounded[2].vectors.as_ref().unwrap().brain.as_ref().unwrap(),
        &half(&[0x3dcd, 0x3f00, 0x3f80, 0x3f80])
    );
    assert_eq!(rounded[3..5], before[3..5]);
    assert_eq!(rounded[5], vector("sparse", sparse_field(0.1)));
    assert_eq!(rounded[6], vector("arrays", arrays_field(0.1)));
    // A column of vectors that an entry names goes, whatever the entry does.
    let named = plan(vec![fields(&["float", "sparse"], redact())]);
    let left: Vec<String> = run(&named).0.into_iter().map(|field| field.name).collect();
    assert_eq!(left, ["half", "brain", "bytes", "bits", "arrays", "city"]);
}

#[test]
fn ids_scores_and_groups() {
    let mut answer = results(vec![]);
    let data = answer.data.as_mut().unwrap();
    data.group = Some(Field {
        name: String::new(),
        ..texts("", &["nia@example.com", "tom@example.com"])
    });
    let run = |plan: &MaskPlan, named: &[&str]| {
        let (answer, tally) = mask(&shape(&RESULTS, named), plan, &answer).unwrap();
        (answer.data.unwrap(), tally)
    };
    let email = plan(vec![fields(&["email"], Action::Null)]);
    let (data, tally) = run(&email, &["email"]);
    assert_eq!(
        data.group.unwrap().scalars.unwrap().texts.unwrap(),
        strings(&["", ""])
    );
    assert_eq!(
        (data.ids.clone(), tally.returned),
        (answer.data.clone().unwrap().ids, 2)
    );
    let (data, tally) = run(&plan(vec![fields(&["key"], redact())]), &["", "key"]);
    assert_eq!(
        (data.ids.unwrap().numbers.unwrap().data, tally.returned),
        (vec![0, 0], 2)
    );
    assert_eq!(run(&scores(ScoreMask::Strip), &[]).0.scores, [0.0, 0.0]);
    assert_eq!(run(&scores(ScoreMask::Round(1)), &[]).0.scores, [1.0, 0.5]);
    data_with_text_ids(&mut answer);
    let hashed = plan(vec![fields(&["key"], hash())]);
    let (masked, tally) = mask(&shape(&RESULTS, &["", "key"]), &hashed, &answer).unwrap();
    assert_eq!(
        masked.data.unwrap().ids.unwrap().texts.unwrap(),
        strings(&[&hash_of("a"), &hash_of("b")])
    );
    assert_eq!(tally.returned, 2);
}

fn data_with_text_ids(answer: &mut Results) {
    answer.data.as_mut().unwrap().ids = Some(Ids {
        numbers: None,
        texts: Some(strings(&["a", "b"])),
    });
}

#[test]
fn the_names_of_columns_that_are_taken_out_are_taken_out_too() {
    let before = Results {
        data: Some(Data {
            fields: vec![
                texts("email", &["nia@example.com", "oda@example.com"]),
                texts("city", &["Leeds", "York"]),
                vector("vec", floats(2, vec![0.5, 0.25, 1.0, 0.0])),
            ],
            listed: ["email", "city", "vec", "plan", "vector", ""]
                .map(str::to_owned)
                .to_vec(),
            ..Data::default()
        }),
        ..Results::default()
    };
    let listed = |plan: &MaskPlan| {
        let (after, _) = mask(&shape(&RESULTS, &["#", "#"]), plan, &before).unwrap();
        after.data.unwrap().listed.join(" ")
    };
    assert_eq!(listed(&vectors(VectorMask::Strip)), "email city plan vector ");
    assert_eq!(
        listed(&vectors(VectorMask::Round(1))),
        "email city vec plan vector "
    );
    let removed = plan(vec![fields(&["email", "plan"], Action::Remove)]);
    assert_eq!(listed(&removed), "city vec plan vector ");
    assert_eq!(
        listed(&plan(vec![fields(&["email"], redact())])),
        "email city vec plan vector "
    );
}

#[test]
fn a_column_without_a_name_is_cut_off() {
    let answer = results(vec![texts("", &["nia@example.com"])]);
    let named = plan(vec![fields(&["email"], redact())]);
    assert_eq!(
        mask(&shape(&RESULTS, &[]), &named, &answer).unwrap_err(),
        Unexpected::Name.into()
    );
    assert!(mask(&shape(&RESULTS, &[]), &MaskPlan::default(), &answer).is_ok());
}

#[test]
fn rows_are_results_where_there_are_no_ids() {
    let long: Vec<String> = (0..3_000).map(|n| format!("{n} {}", "x".repeat(2_000))).collect();
    let long: Vec<&str> = long.iter().map(String::as_str).collect();
    let table: &[(Vec<Field>, u64)] = &[
        (vec![], 0),
        (vec![integers("id", &[1, 300]), texts("email", &["", ""])], 2),
        (vec![texts("email", &long)], 3_000),
        (vec![texts("email", &long), integers("id", &[1, 2, 3])], 3_000),
        (vec![integers("id", &vec![1 << 60; 600_000])], 600_000),
    ];
    for (columns, rows) in table {
        let answer = Data {
            fields: columns.clone(),
            ..Data::default()
        };
        for plan in [
            MaskPlan::default(),
            plan(vec![fields(&["email"], redact())]),
            plan(vec![fields(&["other"], hash())]),
        ] {
            let (_, tally) = mask(&shape(&ROWS, &[]), &plan, &answer).unwrap();
            assert_eq!(tally.returned, *rows, "{plan:?}");
        }
    }
}
