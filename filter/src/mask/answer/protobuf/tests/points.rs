//! Points with payloads of nested values: the same values are masked as in JSON.

use super::*;
use crate::mask::answer::Masker;
use crate::mask::shape::{Place as JsonPlace, Role};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Value {
    #[prost(oneof = "Kind", tags = "1, 2, 3, 4, 5, 6, 7")]
    kind: Option<Kind>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Kind {
    #[prost(int32, tag = "1")]
    Null(i32),
    #[prost(double, tag = "2")]
    Double(f64),
    #[prost(int64, tag = "3")]
    Integer(i64),
    #[prost(string, tag = "4")]
    Text(String),
    #[prost(bool, tag = "5")]
    Bool(bool),
    #[prost(message, tag = "6")]
    Object(Object),
    #[prost(message, tag = "7")]
    List(List),
}

#[derive(Clone, PartialEq, prost::Message)]
struct Object {
    #[prost(btree_map = "string, message", tag = "1")]
    fields: BTreeMap<String, Value>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct List {
    #[prost(message, repeated, tag = "1")]
    values: Vec<Value>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Dense {
    #[prost(float, repeated, tag = "1")]
    data: Vec<f32>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Sparse {
    #[prost(float, repeated, packed = "false", tag = "1")]
    values: Vec<f32>,
    #[prost(uint32, repeated, tag = "2")]
    indices: Vec<u32>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Many {
    #[prost(message, repeated, tag = "1")]
    vectors: Vec<Dense>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Vector {
    #[prost(float, repeated, tag = "1")]
    data: Vec<f32>,
    #[prost(message, optional, tag = "101")]
    dense: Option<Dense>,
    #[prost(message, optional, tag = "102")]
    sparse: Option<Sparse>,
    #[prost(message, optional, tag = "103")]
    many: Option<Many>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Named {
    #[prost(btree_map = "string, message", tag = "1")]
    vectors: BTreeMap<String, Vector>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Embeddings {
    #[prost(message, optional, tag = "1")]
    vector: Option<Vector>,
    #[prost(message, optional, tag = "2")]
    vectors: Option<Named>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Id {
    #[prost(uint64, tag = "1")]
    number: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct OrderValue {
    #[prost(int64, optional, tag = "1")]
    int: Option<i64>,
    #[prost(double, optional, tag = "2")]
    float: Option<f64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Point {
    #[prost(message, optional, tag = "1")]
    id: Option<Id>,
    #[prost(btree_map = "string, message", tag = "2")]
    payload: BTreeMap<String, Value>,
    #[prost(float, tag = "3")]
    score: f32,
    #[prost(message, optional, tag = "6")]
    vectors: Option<Embeddings>,
    #[prost(message, optional, tag = "8")]
    order: Option<OrderValue>,
    /// A field of a newer version.
    #[prost(string, tag = "90")]
    newer: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Found {
    #[prost(message, repeated, tag = "1")]
    pub(super) points: Vec<Point>,
    #[prost(double, tag = "2")]
    pub(super) time: f64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct GroupId {
    #[prost(uint64, optional, tag = "1")]
    unsigned: Option<u64>,
    #[prost(int64, optional, tag = "2")]
    integer: Option<i64>,
    #[prost(string, optional, tag = "3")]
    text: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Group {
    #[prost(message, optional, tag = "1")]
    id: Option<GroupId>,
    #[prost(message, repeated, tag = "2")]
    hits: Vec<Point>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Groups {
    #[prost(message, repeated, tag = "1")]
    groups: Vec<Group>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct GroupsFound {
    #[prost(message, optional, tag = "1")]
    result: Option<Groups>,
    #[prost(double, tag = "2")]
    time: f64,
}

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
                entry: &FIELD,
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
static FIELD: Entry = Entry {
    name: 1,
    plain: &[],
    values: &[(2, Form::OneOf(&VALUE))],
};
static ORDER: OneOf = OneOf {
    fields: &[(1, Form::Integer), (2, Form::Double)],
    null: None,
    text: None,
};
static GROUP_ID: OneOf = OneOf {
    fields: &[(1, Form::Unsigned), (2, Form::Integer), (3, Form::Text)],
    null: None,
    text: Some(3),
};
static DENSE: Vectors = Vectors {
    dim: None,
    fields: &[(1, Part::Floats)],
};
static SPARSE: Vectors = Vectors {
    dim: None,
    fields: &[(1, Part::Floats), (2, Part::Plain)],
};
static MANY: Vectors = Vectors {
    dim: None,
    fields: &[(1, Part::Vectors(&DENSE))],
};
static VECTOR: Vectors = Vectors {
    dim: None,
    fields: &[
        (1, Part::Floats),
        (101, Part::Vectors(&DENSE)),
        (102, Part::Vectors(&SPARSE)),
        (103, Part::Vectors(&MANY)),
    ],
};
static NAMED_VECTOR: Vectors = Vectors {
    dim: None,
    fields: &[(1, Part::Plain), (2, Part::Vectors(&VECTOR))],
};
static NAMED: Vectors = Vectors {
    dim: None,
    fields: &[(1, Part::Vectors(&NAMED_VECTOR))],
};
static EMBEDDINGS: Vectors = Vectors {
    dim: None,
    fields: &[(1, Part::Vectors(&VECTOR)), (2, Part::Vectors(&NAMED))],
};
static POINT: Message = Message {
    name: "Point",
    fields: &[
        (1, Holds::Plain),
        (2, Holds::Payload(&FIELD)),
        (3, Holds::Scores(Number::Float, WhenStripped::Null)),
        (6, Holds::Vectors(&EMBEDDINGS)),
        (8, Holds::FieldOf(0, &ORDER)),
    ],
    others: Others::Copied,
};
pub(super) static FOUND: Message = Message {
    name: "Found",
    fields: &[(1, Holds::Result(&POINT)), (2, Holds::Plain)],
    others: Others::CutOff,
};
static GROUP: Message = Message {
    name: "Group",
    fields: &[(1, Holds::FieldOf(0, &GROUP_ID)), (2, Holds::Result(&POINT))],
    others: Others::Copied,
};
static GROUPS: Message = Message {
    name: "Groups",
    fields: &[(1, Holds::Part(&GROUP))],
    others: Others::Copied,
};
static GROUPS_FOUND: Message = Message {
    name: "GroupsFound",
    fields: &[(1, Holds::Part(&GROUPS))],
    others: Others::Copied,
};

fn value(json: &Json) -> Value {
    let kind = match json {
        Json::Null => Kind::Null(0),
        Json::Bool(value) => Kind::Bool(*value),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => Kind::Integer(integer),
            None => Kind::Double(number.as_f64().unwrap()),
        },
        Json::String(text) => Kind::Text(text.clone()),
        Json::Array(items) => Kind::List(List {
            values: items.iter().map(value).collect(),
        }),
        Json::Object(_) => Kind::Object(Object {
            fields: payload(json),
        }),
    };
    Value { kind: Some(kind) }
}

fn payload(json: &Json) -> BTreeMap<String, Value> {
    let fields = json.as_object().unwrap().iter();
    fields.map(|(name, field)| (name.clone(), value(field))).collect()
}

fn read(value: &Value) -> Json {
    match &value.kind {
        None | Some(Kind::Null(_)) => Json::Null,
        Some(Kind::Bool(value)) => json!(value),
        Some(Kind::Integer(value)) => json!(value),
        Some(Kind::Double(value)) => json!(value),
        Some(Kind::Text(value)) => json!(value),
        Some(Kind::List(list)) => list.values.iter().map(read).collect(),
        Some(Kind::Object(object)) => read_payload(&object.fields),
    }
}

fn read_payload(fields: &BTreeMap<String, Value>) -> Json {
    fields
        .iter()
        .map(|(name, value)| (name.clone(), read(value)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

pub(super) fn point(number: u64, json: &Json) -> Point {
    Point {
        id: Some(Id { number }),
        payload: payload(json),
        score: 0.987_654,
        newer: "survives".to_owned(),
        ..Point::default()
    }
}

fn found(points: Vec<Point>) -> Found {
    Found { points, time: 0.25 }
}

/// Payloads, and the counts.
type Payloads = (Vec<Json>, Vec<(String, u64)>);

/// What the payloads become over protobuf, and what they become in JSON.
fn twins(plan: &MaskPlan, payloads: &[Json]) -> [Payloads; 2] {
    let counts = |tally: &Tally| -> Vec<(String, u64)> {
        counts(tally)
            .into_iter()
            .map(|(label, times)| (label.to_owned(), times))
            .collect()
    };
    let points = (1..)
        .zip(payloads)
        .map(|(id, payload)| point(id, payload))
        .collect();
    let (answer, tally) = mask(&shape(&FOUND, &[]), plan, &found(points)).unwrap();
    let protobuf = answer
        .points
        .iter()
        .map(|point| read_payload(&point.payload))
        .collect();

    const PLACES: &[JsonPlace] = &[JsonPlace {
        path: "points[].payload",
        role: Role::Payload,
    }];
    let shape = Shape {
        format: Format::Json,
        places: PLACES,
        others: Others::Copied,
        named: Vec::new(),
    };
    let points: Vec<Json> = payloads
        .iter()
        .map(|payload| json!({ "payload": payload }))
        .collect();
    let text = json!({ "points": points }).to_string();
    let mut masker = Masker::new(Arc::new(CompiledMask::new(&shape, plan)));
    let mut out = Vec::new();
    if masker.push(text.as_bytes(), &mut out).unwrap() == Output::Unchanged {
        out.extend_from_slice(text.as_bytes());
    }
    masker.finish(&mut out).unwrap();
    let answer: Json = serde_json::from_slice(&out).unwrap();
    let points = answer["points"].as_array().unwrap();
    let in_json = points.iter().map(|point| point["payload"].clone()).collect();
    [(protobuf, counts(&tally)), (in_json, counts(&masker.tally()))]
}

fn person() -> Json {
    json!({
        "email": "nia@example.com",
        "age": 41,
        "ratio": 0.5,
        "member": true,
        "nickname": null,
        "contact": {"email": "nia.k@example.org", "phones": ["+1-202-555-0101", "+1-202-555-0102"], "ssn": "900-11-1001"},
        "relatives": [{"email": "tom@example.com", "age": 7}, {"age": 9}],
        "note": "write to nia@example.com, or call +1-202-555-0101",
        "matrix": [[1, 2], [3, 4]],
        "": "no name",
        "a.b": "dotted",
    })
}

#[test]
fn a_policy_means_the_same_in_both_forms() {
    let each = |of: &dyn Fn(Action) -> MaskEntry| {
        [Action::Remove, Action::Null, Action::Partial, redact(), hash()]
            .into_iter()
            .map(of)
            .collect::<Vec<_>>()
    };
    let entries: Vec<MaskEntry> = [
        each(&|action| fields(&["email"], action)),
        each(&|action| fields(&["contact.email", "age"], action)),
        each(&|action| fields(&["contact"], action)),
        each(&|action| fields(&["contact.*", "matrix", "nickname"], action)),
        each(&|action| fields(&["*.email"], action)),
        each(&|action| fields(&[r#"["a.b"]"#, r#"[""]"#, "member", "ratio"], action)),
        each(&|action| path("$.contact.phones[1]", action)),
        each(&|action| path("$..email", action)),
        each(&|action| path("$.relatives[*].age", action)),
        each(&|action| path("$.matrix[1][0]", action)),
        each(&|action| path("$.relatives", action)),
        each(&|action| path("$.matrix[0:1]", action)),
        each(&|action| detect(&[Detector::Email, Detector::Phone], &["note", "age"], action)),
        each(&|action| detect(&[Detector::Email], &["contact", "relatives"], action)),
    ]
    .concat();
    for entry in &entries {
        let plan = plan(vec![entry.clone()]);
        let [protobuf, in_json] = twins(&plan, &[person(), json!({"other": 1}), person()]);
        assert_eq!(protobuf, in_json, "{entry:?}");
    }
    for pair in entries.windows(7) {
        let plan = plan(pair.to_vec());
        let [protobuf, in_json] = twins(&plan, &[person()]);
        assert_eq!(protobuf, in_json, "{pair:?}");
    }
}

fn any_json() -> impl Strategy<Value = Json> {
    let key = prop::sample::select(vec!["a", "b", "c", "email"]);
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (-5i64..500).prop_map(Json::from),
        prop::sample::select(vec![0.5, -3.25, 1e300]).prop_map(Json::from),
        prop::sample::select(vec![
            "",
            "x",
            "nia@example.com",
            "call nia@example.com now",
            "a longer text \" in here"
        ])
        .prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map(key.clone(), inner, 0..4).prop_map(|map| Json::Object(
                map.into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect()
            )),
        ]
    })
}

fn any_entry() -> impl Strategy<Value = MaskEntry> {
    let action = prop::sample::select(vec![
        Action::Remove,
        Action::Null,
        Action::Partial,
        redact(),
        hash(),
    ]);
    (0usize..12, action).prop_map(|(n, action)| match n {
        0 => fields(&["a"], action),
        1 => fields(&["email"], action),
        2 => fields(&["a.b"], action),
        3 => fields(&["b.*"], action),
        4 => fields(&["*.c"], action),
        5 => path("$.a", action),
        6 => path("$.a[0]", action),
        7 => path("$..b[1:]", action),
        8 => path("$.*.c", action),
        9 => path("$['a','b'].email", action),
        10 => detect(&[Detector::Email], &["a"], action),
        _ => detect(&[Detector::Email, Detector::Phone], &["email", "b.c"], action),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_policy_means_the_same_in_both_forms(
        entries in prop::collection::vec(any_entry(), 1..4),
        value in any_json(),
        other in any_json(),
    ) {
        let payload = json!({"a": value, "b": other, "email": "nia@example.com"});
        let [protobuf, in_json] = twins(&plan(entries), &[payload]);
        prop_assert_eq!(protobuf, in_json);
    }
}

fn with_vectors() -> Point {
    let dense = Dense {
        data: vec![0.123_456, -0.5, 2.0],
    };
    let vector = |form: u32| Vector {
        data: if form == 0 { dense.data.clone() } else { Vec::new() },
        dense: (form == 1).then(|| dense.clone()),
        sparse: (form == 2).then(|| Sparse {
            values: vec![0.123_456, 0.654_321],
            indices: vec![7, 123_456],
        }),
        many: (form == 3).then(|| Many {
            vectors: vec![dense.clone(), dense.clone()],
        }),
    };
    let named = (0..4).map(|form| (format!("v{form}"), vector(form))).collect();
    Point {
        vectors: Some(Embeddings {
            vector: None,
            vectors: Some(Named { vectors: named }),
        }),
        ..point(1, &json!({"email": "nia@example.com"}))
    }
}

#[test]
fn vectors_pass_are_rounded_or_go() {
    let answer = found(vec![with_vectors(), point(2, &json!({}))]);
    let shape = shape(&FOUND, &[]);

    let (same, tally) = mask(&shape, &MaskPlan::default(), &answer).unwrap();
    assert_eq!(
        (same, tally.vectors, tally.vectors_stripped, tally.returned),
        (answer.clone(), 5, 0, 2)
    );

    let (without, tally) = mask(&shape, &vectors(VectorMask::Strip), &answer).unwrap();
    assert_eq!((tally.vectors, tally.vectors_stripped), (0, 5));
    let mut expected = answer.clone();
    expected.points[0].vectors = None;
    assert_eq!(without, expected);

    let (rounded, tally) = mask(&shape, &vectors(VectorMask::Round(2)), &answer).unwrap();
    assert_eq!((tally.vectors, tally.vectors_stripped), (0, 5));
    let named = rounded.points[0]
        .vectors
        .clone()
        .unwrap()
        .vectors
        .unwrap()
        .vectors;
    assert_eq!(named["v0"].data, [0.12, -0.5, 2.0]);
    assert_eq!(named["v1"].dense.as_ref().unwrap().data, [0.12, -0.5, 2.0]);
    let sparse = named["v2"].sparse.as_ref().unwrap();
    assert_eq!(
        (sparse.values.as_slice(), sparse.indices.as_slice()),
        (&[0.12, 0.65][..], &[7, 123_456][..])
    );
    assert_eq!(
        named["v3"].many.as_ref().unwrap().vectors[1].data,
        [0.12, -0.5, 2.0]
    );
}

#[test]
fn scores_pass_are_rounded_or_become_zero() {
    let answer = found(vec![point(1, &json!({}))]);
    for (mask_of, score) in [
        (ScoreMask::Round(2), 0.99),
        (ScoreMask::Strip, 0.0),
        (ScoreMask::Pass, 0.987_654),
    ] {
        let (masked, _) = mask(&shape(&FOUND, &[]), &scores(mask_of), &answer).unwrap();
        assert_eq!(masked.points[0].score, score, "{mask_of:?}");
    }
}

#[test]
fn groups_and_orders_give_no_field_away() {
    let id = |integer: Option<i64>, text: Option<&str>| {
        Some(GroupId {
            integer,
            text: text.map(str::to_owned),
            unsigned: None,
        })
    };
    let group = |id| Group {
        id,
        hits: vec![Point {
            order: Some(OrderValue {
                int: Some(41),
                float: None,
            }),
            ..point(1, &json!({"email": "nia@example.com"}))
        }],
    };
    let answer = GroupsFound {
        result: Some(Groups {
            groups: vec![
                group(id(Some(41), None)),
                group(id(None, Some("nia@example.com"))),
            ],
        }),
        time: 0.5,
    };
    let ids = |plan: &MaskPlan, named: &[&str]| {
        let (masked, _) = mask(&shape(&GROUPS_FOUND, named), plan, &answer).unwrap();
        let groups = masked.result.unwrap().groups;
        let order = groups[0].hits[0].order.clone();
        (
            groups.into_iter().map(|group| group.id).collect::<Vec<_>>(),
            order,
        )
    };
    let redacted = plan(vec![fields(&["contact.email"], redact())]);
    let zero = Some(OrderValue {
        int: Some(0),
        float: None,
    });
    let both = vec![id(None, Some("[redacted]")), id(None, Some("[redacted]"))];
    assert_eq!(
        ids(&redacted, &["contact.email"]),
        (both.clone(), zero),
        "dotted, and an order has no text"
    );
    assert_eq!(ids(&redacted, &["contact[].email"]).0, both, "through arrays");
    let unchanged = ids(&MaskPlan::default(), &[]);
    assert_eq!(ids(&redacted, &["email"]), unchanged, "another field");
    assert_eq!(ids(&redacted, &[]), unchanged, "nothing named");
    let hashed = ids(&plan(vec![path("$.email", hash())]), &["email"]).0;
    let hash_of = |text| crate::mask::action::apply(&hash(), text);
    assert_eq!(
        hashed,
        [
            id(None, Some(&hash_of("41"))),
            id(None, Some(&hash_of("nia@example.com")))
        ]
    );
    let removed = ids(&plan(vec![fields(&["email"], Action::Remove)]), &["email"]);
    assert_eq!(removed, (vec![id(None, Some("")), id(None, Some(""))], None));
}

#[test]
fn what_is_not_known_in_a_payload_cuts_the_answer_off() {
    // A value of a kind 9, in a masked field and in another.
    let unknown = |name: &str| {
        let mut value = Vec::new();
        crate::wire::protobuf::varint::push_bytes(9, b"nia@example.com", &mut value);
        let mut entry = Vec::new();
        crate::wire::protobuf::varint::push_bytes(1, name.as_bytes(), &mut entry);
        crate::wire::protobuf::varint::push_bytes(2, &value, &mut entry);
        let mut point = Vec::new();
        crate::wire::protobuf::varint::push_bytes(2, &entry, &mut point);
        let mut found = Vec::new();
        crate::wire::protobuf::varint::push_bytes(1, &point, &mut found);
        frame(&found).unwrap()
    };
    let run =
        |plan: &MaskPlan, bytes: &[u8]| mask_chunks(&shape(&FOUND, &[]), plan, Limits::default(), [bytes]);
    let by_path = plan(vec![path("$.email", Action::Remove)]);
    assert_eq!(run(&by_path, &unknown("email")), Err(Unexpected::Value.into()));
    assert_eq!(run(&by_path, &unknown("other")).unwrap().0, unknown("other"));
    let anywhere = plan(vec![fields(&["email"], Action::Remove)]);
    assert_eq!(run(&anywhere, &unknown("other")), Err(Unexpected::Value.into()));
    assert_eq!(
        run(&MaskPlan::default(), &unknown("email")).unwrap().0,
        unknown("email")
    );
    // A field beside the results that is not known.
    let beside = frame(&[0x1a, 1, b'x']).unwrap();
    assert_eq!(run(&by_path, &beside), Err(Unexpected::Field.into()));
    // An entry with two names: readers take the last.
    let mut entry = Vec::new();
    for name in ["other", "email"] {
        crate::wire::protobuf::varint::push_bytes(1, name.as_bytes(), &mut entry);
    }
    let mut point = Vec::new();
    crate::wire::protobuf::varint::push_bytes(2, &entry, &mut point);
    let mut found = Vec::new();
    crate::wire::protobuf::varint::push_bytes(1, &point, &mut found);
    assert_eq!(
        run(&by_path, &frame(&found).unwrap()),
        Err(Unexpected::TwoNames.into())
    );
}

#[test]
fn a_name_may_follow_its_value() {
    let mut entry = Vec::new();
    crate::wire::protobuf::varint::push_bytes(
        2,
        &value(&json!("nia@example.com")).encode_to_vec(),
        &mut entry,
    );
    crate::wire::protobuf::varint::push_bytes(1, b"email", &mut entry);
    let mut point = Vec::new();
    crate::wire::protobuf::varint::push_bytes(2, &entry, &mut point);
    let mut bytes = Vec::new();
    crate::wire::protobuf::varint::push_bytes(1, &point, &mut bytes);
    let plan = plan(vec![fields(&["email"], redact())]);
    let (out, _) = mask_chunks(
        &shape(&FOUND, &[]),
        &plan,
        Limits::default(),
        [frame(&bytes).unwrap().as_slice()],
    )
    .unwrap();
    let masked = Found::decode(messages(&out)[0].as_slice()).unwrap();
    assert_eq!(
        read_payload(&masked.points[0].payload),
        json!({"email": "[redacted]"})
    );
}
