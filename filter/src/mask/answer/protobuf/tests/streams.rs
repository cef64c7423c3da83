//! Answers larger than memory, cut anywhere, and answers that are none.

use super::columns::{RESULTS, Results, floats, results, texts, vector};
use super::points::{FOUND, Found, point};
use super::*;
use crate::wire::protobuf::varint::push_bytes;
use proptest::prelude::*;
use serde_json::json;

/// What comes out for chunks of 16 KiB, and the most that was held and written at once.
fn streamed(shape: &Shape, plan: &MaskPlan, bytes: &[u8]) -> Result<(Vec<u8>, Tally, usize), AnswerError> {
    let Format::Protobuf(root) = shape.format else {
        panic!()
    };
    let mut answer = Answer::new(Arc::new(CompiledMask::new(shape, plan)), root);
    let (mut all, mut most) = (Vec::new(), 0);
    for chunk in bytes.chunks(16 << 10) {
        let mut out = Vec::new();
        if answer.push(chunk, &mut out)? == Output::Unchanged {
            out.extend_from_slice(chunk);
        }
        most = most.max(answer.held()).max(out.capacity());
        all.extend(out);
    }
    answer.finish()?;
    Ok((all, answer.tally(), most))
}

fn mixed_plan() -> MaskPlan {
    let mut plan = plan(vec![
        fields(&["user_id"], hash()),
        fields(&["ssn"], Action::Remove),
        path("$.contact.phones[*]", redact()),
        detect(&[Detector::Email], &["note"], redact()),
    ]);
    plan.vectors = VectorMask::Round(3);
    plan
}

#[test]
fn fifty_megabytes_of_columns_in_a_few() {
    let rows = 8_000;
    let column = |of: &dyn Fn(usize) -> String| (0..rows).map(of).collect::<Vec<String>>();
    let notes = column(&|n| format!("{n} wrote to person{n}@example.com"));
    let users = column(&|n| format!("u-{n}"));
    let filler = column(&|n| format!("{n} {}", "x".repeat(5_200)));
    let texts = |name, rows: &[String]| texts(name, &rows.iter().map(String::as_str).collect::<Vec<&str>>());
    let answer = results(vec![
        vector("vec", floats(300, vec![0.123_456; 300 * rows])),
        texts("note", &notes),
        texts("user_id", &users),
        texts("filler", &filler),
    ]);
    let bytes = frame(&answer.encode_to_vec()).unwrap();
    assert!(bytes.len() > 50_000_000);
    let shape = shape(&RESULTS, &[]);

    let plan = MaskPlan {
        vectors: VectorMask::Strip,
        ..mixed_plan()
    };
    let (out, tally, most) = streamed(&shape, &plan, &bytes).unwrap();
    assert!(most < 10 << 20, "{most} bytes at once");
    assert_eq!(tally.vectors_stripped, rows as u64);
    assert_eq!(
        counts(&tally),
        [("note/email", rows as u64), ("user_id", rows as u64)]
    );
    let masked = Results::decode(messages(&out)[0].as_slice()).unwrap();
    let text = format!(
        "{:?}",
        masked
            .data
            .unwrap()
            .fields
            .iter()
            .rev()
            .skip(1)
            .take(2)
            .collect::<Vec<_>>()
    );
    assert_eq!(
        (text.contains("u-17"), text.contains("17 wrote to [redacted]")),
        (false, true)
    );
    let (out, tally, most) = streamed(&shape, &MaskPlan::default(), &bytes).unwrap();
    assert!(out == bytes, "nothing to mask, nothing changed");
    assert_eq!((tally.vectors, most < 6 << 20), (rows as u64, true));
}

#[test]
fn many_points() {
    let points = (0..12_000).map(|n| {
        point(n, &json!({"user_id": n, "ssn": "900-11-1001", "note": "from a@example.com", "contact": {"phones": ["+1", "+2"]}}))
    });
    let answer = Found {
        points: points.collect(),
        ..Found::default()
    };
    let bytes = frame(&answer.encode_to_vec()).unwrap();
    assert!(bytes.len() > 1 << 20);
    let shape = shape(&FOUND, &[]);
    let (out, tally, most) = streamed(&shape, &mixed_plan(), &bytes).unwrap();
    assert!(most < 6 << 20, "{most} bytes at once");
    assert_eq!(tally.returned, 12_000);
    let expected = [
        ("$.contact.phones[*]", 24_000),
        ("note/email", 12_000),
        ("ssn", 12_000),
        ("user_id", 12_000),
    ];
    assert_eq!(counts(&tally), expected);
    let exact = Limits {
        whole: 1 << 30,
        ..Limits::default()
    };
    let (collected, _) = mask_chunks(&shape, &mixed_plan(), exact, [bytes.as_slice()]).unwrap();
    let read = |bytes: &[u8]| Found::decode(messages(bytes)[0].as_slice()).unwrap();
    assert!(read(&out) == read(&collected));
}

#[test]
fn a_large_column_needs_its_name_before_its_values() {
    let column = |order: [u8; 2]| {
        let mut rows = Vec::new();
        for _ in 0..600 {
            push_bytes(1, "nia@example.com ".repeat(500).as_bytes(), &mut rows);
        }
        let (mut texts, mut column, mut data, mut all) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        push_bytes(6, &rows, &mut texts);
        for part in order {
            match part {
                b'n' => push_bytes(2, b"email", &mut column),
                _ => push_bytes(3, &texts, &mut column),
            }
        }
        push_bytes(3, &column, &mut data);
        push_bytes(2, &data, &mut all);
        frame(&all).unwrap()
    };
    let shape = shape(&RESULTS, &[]);
    for action in [redact(), Action::Remove] {
        let plan = plan(vec![fields(&["email"], action)]);
        let (out, ..) = streamed(&shape, &plan, &column(*b"nv")).unwrap();
        assert!(!out.windows(3).any(|part| part == b"nia"));
        let late = streamed(&shape, &plan, &column(*b"vn"));
        assert_eq!(late.unwrap_err(), Unexpected::Name.into());
    }
    let late = column(*b"vn");
    assert!(streamed(&shape, &MaskPlan::default(), &late).unwrap().0 == late);
}

fn any_plan() -> impl Strategy<Value = MaskPlan> {
    (0usize..4).prop_map(|n| match n {
        0 => mixed_plan(),
        1 => MaskPlan {
            vectors: VectorMask::Strip,
            scores: ScoreMask::Strip,
            ..plan(vec![fields(&["email", "a"], redact())])
        },
        2 => plan(vec![path("$..a", hash()), fields(&["email"], Action::Remove)]),
        _ => MaskPlan::default(),
    })
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        plan in any_plan(),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let found = Found {
            points: vec![point(1, &json!({"email": "nia@example.com", "a": [{"a": 1}, null], "note": "x"}))],
            ..Found::default()
        };
        let columns = results(vec![
            texts("email", &["nia@example.com", ""]),
            vector("vec", floats(2, vec![0.5; 4])),
        ]);
        for (root, valid) in [(&FOUND, found.encode_to_vec()), (&RESULTS, columns.encode_to_vec())] {
            let shape = shape(root, &["email", "a"]);
            let mut bent = valid.clone();
            for (at, byte) in &flips {
                let at = at.index(bent.len());
                bent[at] ^= byte;
            }
            for message in [&bytes, &bent, &[valid, bytes.clone()].concat()] {
                let framed = frame(message).unwrap();
                let whole = mask_chunks(&shape, &plan, Limits::default(), [framed.as_slice()]);
                let entered = mask_chunks(&shape, &plan, SMALL, framed.chunks(3));
                let singles = mask_chunks(&shape, &plan, SMALL, framed.chunks(1));
                prop_assert_eq!(&entered, &singles, "cutting changes nothing");
                if let (Ok((_, counted)), Ok((_, same))) = (whole, entered) {
                    prop_assert_eq!(counted, same);
                }
            }
            let _ = mask_chunks(&shape, &plan, SMALL, [bytes.as_slice()]);
        }
    }
}
