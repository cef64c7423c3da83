//! Random answers under random plans: the same however cut, the same as on a tree, and to the byte where nothing is
//! masked.

use super::twin::masked_tree;
use super::*;
use proptest::prelude::*;
use serde_json::Value;

const KEYS: [&str; 6] = ["a", "b", "c", "größe", "rows", "vector"];

fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[a-z\"\\\\/\n é😀]{0,12}",
        Just("write to nia@example.com or 219-09-9999".to_owned()),
        Just("0.123456".to_owned()),
    ];
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (-1000i32..1000).prop_map(|n| Value::from(f64::from(n) / 64.0)),
        text.prop_map(Value::from),
    ];
    scalar.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec(
                (-1000i32..1000).prop_map(|n| Value::from(f64::from(n) / 128.0)),
                0..20
            )
            .prop_map(Value::from),
            prop::collection::btree_map(
                prop::sample::select(&KEYS[..]).prop_map(str::to_owned),
                inner,
                0..5
            )
            .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// An answer that has rows, vectors and texts where the shapes below look for them.
fn answer() -> impl Strategy<Value = Value> {
    let row = (value(), value(), value()).prop_map(|(payload, vector, note)| {
        serde_json::json!({ "payload": payload, "vector": vector, "score": 0.123456, "note": note })
    });
    prop_oneof![
        value(),
        (prop::collection::vec(row, 0..4), value())
            .prop_map(|(rows, more)| serde_json::json!({ "rows": rows, "more": more })),
    ]
}

fn shapes() -> impl Strategy<Value = Shape> {
    const WHOLE: &[Place] = &[place("", Role::Payload)];
    const ROWS: &[Place] = &[
        place("rows[]", Role::Result),
        place("rows[].payload", Role::Payload),
        place("rows[].vector", Role::Vectors(WhenStripped::Absent)),
        place("rows[].score", Role::Scores(WhenStripped::Zero)),
        place("rows[].note", Role::Text("#note")),
    ];
    const INSIDE: &[Place] = &[
        place("rows[]", Role::Payload),
        place("rows[].vector", Role::Vectors(WhenStripped::Null)),
        place("rows[].*", Role::Plain),
        place("rows[].score", Role::Scores(WhenStripped::Absent)),
        place("more", Role::Catalogue),
    ];
    prop::sample::select(vec![WHOLE, ROWS, INSIDE]).prop_map(|places| shape(places, Others::Copied))
}

fn plans() -> impl Strategy<Value = MaskPlan> {
    let key = || prop::sample::select(&KEYS[..]);
    let field = prop_oneof![
        4 => key().prop_map(str::to_owned),
        2 => (key(), key()).prop_map(|(a, b)| format!("{a}.{b}")),
        1 => (key(), key()).prop_map(|(a, b)| format!("{a}.*.{b}")),
        1 => key().prop_map(|a| format!("{a}.*")),
        1 => key().prop_map(|a| format!("*.{a}")),
        1 => Just("#note".to_owned()),
    ];
    let step = prop_oneof![
        4 => key().prop_map(|a| format!("['{a}']")),
        1 => (key(), key()).prop_map(|(a, b)| format!("['{a}','{b}',1]")),
        1 => Just("[*]".to_owned()),
        1 => (0u8..3).prop_map(|n| format!("[{n}]")),
        1 => Just("[1:]".to_owned()),
        1 => Just("[::2]".to_owned()),
        2 => key().prop_map(|a| format!("..['{a}']")),
        1 => Just("..[0]".to_owned()),
    ];
    let action = || {
        prop::sample::select(vec![
            Action::Remove,
            redact(),
            Action::Partial,
            hash(),
            Action::Null,
        ])
    };
    let spans = prop::sample::select(vec![Action::Remove, redact(), Action::Partial, hash()]);
    let fields = prop::collection::vec(field, 1..3);
    let entry = prop_oneof![
        3 => (fields.clone(), action()).prop_map(|(names, action)| {
            super::fields(&names.iter().map(String::as_str).collect::<Vec<_>>(), action)
        }),
        3 => (prop::collection::vec(step, 0..4), action()).prop_map(|(steps, action)| path(&format!("${}", steps.concat()), action)),
        2 => (fields, prop::sample::select(vec![Detector::Email, Detector::Ssn]), spans).prop_map(|(names, detector, action)| {
            detect(&[detector], &names.iter().map(String::as_str).collect::<Vec<_>>(), action)
        }),
    ];
    let vectors = prop::sample::select(vec![VectorMask::Pass, VectorMask::Strip, VectorMask::Round(2)]);
    let scores = prop::sample::select(vec![ScoreMask::Pass, ScoreMask::Strip, ScoreMask::Round(3)]);
    (prop::collection::vec(entry, 0..5), vectors, scores).prop_map(|(entries, vectors, scores)| MaskPlan {
        entries,
        vectors,
        scores,
    })
}

/// Writes a value with blanks and escapes as the noise has it.
fn write(value: &Value, noise: &mut impl Iterator<Item = u8>, out: &mut String) {
    let mut blank = |out: &mut String| match noise.next() {
        Some(0..=25) => out.push_str(" \n\t"),
        Some(26..=60) => out.push(' '),
        _ => {}
    };
    blank(out);
    match value {
        Value::Array(elements) => {
            out.push('[');
            for (n, element) in elements.iter().enumerate() {
                out.push_str(if n > 0 { "," } else { "" });
                write(element, noise, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (n, (key, value)) in members.iter().enumerate() {
                out.push_str(if n > 0 { "," } else { "" });
                write(&Value::from(key.as_str()), noise, out);
                out.push(':');
                write(value, noise, out);
            }
            out.push('}');
        }
        Value::String(text) => {
            out.push('"');
            for c in text.chars() {
                if noise.next().is_some_and(|noise| noise < 30) {
                    c.encode_utf16(&mut [0; 2])
                        .iter()
                        .for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
                } else {
                    let json = serde_json::to_string(&c).unwrap();
                    out.push_str(&json[1..json.len() - 1]);
                }
            }
            out.push('"');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
    if let Some(0..=20) = noise.next() {
        out.push(' ');
    }
}

fn written(value: &Value, noise: &[u8]) -> String {
    let mut out = String::new();
    write(value, &mut noise.iter().copied().cycle(), &mut out);
    out
}

/// The text in pieces.
fn cut<'a>(text: &'a [u8], at: &[usize]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = at
        .iter()
        .map(|at| at % (text.len() + 1))
        .chain([0, text.len()])
        .collect();
    at.sort_unstable();
    at.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn masks_as_its_twin_does_however_cut(
        answer in answer(),
        shape in shapes(),
        plan in plans(),
        noise in prop::collection::vec(any::<u8>(), 1..40),
        cuts in prop::collection::vec(any::<usize>(), 0..6),
    ) {
        let text = written(&answer, &noise);
        let compiled = Arc::new(CompiledMask::new(&shape, &plan));
        let (whole, tally) = mask_chunks(&compiled, [text.as_bytes()]).unwrap();
        let out: Value = serde_json::from_slice(&whole).unwrap();
        let expected = masked_tree(&shape, &plan, &serde_json::from_str(&text).unwrap());
        prop_assert_eq!(&out, &expected, "{}", &text);

        let chunks = cut(text.as_bytes(), &cuts);
        prop_assert_eq!(&mask_chunks(&compiled, chunks.iter().copied()).unwrap(), &(whole.clone(), tally.clone()));
        prop_assert_eq!(&mask_chunks(&compiled, text.as_bytes().chunks(1)).unwrap(), &(whole.clone(), tally.clone()));
        // An answer that is incomplete is never taken for one that is not.
        for end in 0..text.trim_end().len() {
            let scalar = !matches!(answer, Value::Array(_) | Value::Object(_) | Value::String(_));
            prop_assert!(scalar || mask_chunks(&compiled, [&text.as_bytes()[..end]]).is_err());
        }
    }

    #[test]
    fn to_the_byte_where_nothing_is_masked(
        answer in answer(),
        shape in shapes(),
        noise in prop::collection::vec(any::<u8>(), 1..40),
        cuts in prop::collection::vec(any::<usize>(), 0..6),
    ) {
        let text = written(&answer, &noise);
        let nothing = plan(vec![
            fields(&["nowhere", "nowhere.b", "a.nowhere", "b.*.*.nowhere"], Action::Remove),
            path("$..nowhere", redact()),
            path("$.a[700]", Action::Remove),
            detect(&[Detector::Iban], &["a", "b"], redact()),
        ]);
        let compiled = Arc::new(CompiledMask::new(&shape, &nothing));
        let (out, tally) = mask_chunks(&compiled, cut(text.as_bytes(), &cuts)).unwrap();
        prop_assert_eq!(String::from_utf8(out).unwrap(), text);
        prop_assert!(tally.masked.is_empty());
    }
}

/// An answer of some size with everything in it, cut at every place.
#[test]
fn every_cut_of_whole_answers() {
    let columns_answer = include_str!("columns.json");
    let points_answer = include_str!("points.json");
    let all = MaskPlan {
        entries: vec![
            fields(&["email", "contact.phone"], Action::Partial),
            fields(&["user_id"], hash()),
            path("$.contact.ssn", Action::Remove),
            path("$.tags[0]", Action::Remove),
            detect(
                &[Detector::Email, Detector::Ssn],
                &["#document", "title"],
                redact(),
            ),
        ],
        vectors: VectorMask::Round(3),
        scores: ScoreMask::Round(2),
    };
    let stripped = MaskPlan {
        entries: vec![fields(&["größe", "title", "contact"], Action::Remove)],
        vectors: VectorMask::Strip,
        scores: ScoreMask::Strip,
    };
    for (shape, answer) in [(columns(), columns_answer), (points(), points_answer)] {
        for plan in [&all, &stripped] {
            let compiled = Arc::new(CompiledMask::new(&shape, plan));
            let whole = mask_chunks(&compiled, [answer.as_bytes()]).unwrap();
            assert_ne!(whole.0, answer.as_bytes());
            for end in 1..answer.len() {
                let (head, tail) = answer.as_bytes().split_at(end);
                assert_eq!(
                    mask_chunks(&compiled, [head, tail]).unwrap(),
                    whole,
                    "cut at {end}"
                );
                assert_eq!(
                    mask_chunks(&compiled, answer.as_bytes().chunks(end)).unwrap(),
                    whole,
                    "chunks of {end}"
                );
            }
        }
    }
}
