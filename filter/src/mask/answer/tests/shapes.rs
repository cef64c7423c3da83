//! Answers in the forms of real databases.

use super::*;

const COLUMNS: &str = r#"{"ids":[["p1","p2"]],"embeddings":[[[0.12345,-1,2.5e-3],[3,4.98765,0.5]]],"documents":[["Mail nia@example.com \"now\"",null]],"metadatas":[[{"email":"nia@example.com","age":41,"contact":{"ssn":"078-05-1120","tags":["a","b"]}},null]],"distances":[[0.82153773,1.25]],"include":["metadatas"]}"#;

const POINTS: &str = r#"{ "result": {"points": [
  {"id": 33, "version": 1, "score": 0.79214, "payload": {"user_id": "u-0033", "email": "oda@example.com", "contact": {"phone": "+1-555-0133", "emails": ["a@x.test", "b@x.test"]}}, "vector": {"kw": {"indices": [1, 5], "values": [0.5, 0.25]}, "text": [-0.4102761, 0.27]}},
  {"id": "x", "version": 2, "score": 0.5, "payload": {}, "vector": [0.1, 0.2]}
]}, "status": "ok", "time": 0.000123 }"#;

#[test]
fn nothing_to_do_changes_no_byte() {
    for (shape, answer) in [(columns(), COLUMNS), (points(), POINTS)] {
        let plans = [
            MaskPlan::default(),
            plan(vec![
                fields(&["nowhere", "a.b", "b.*"], Action::Remove),
                path("$.x..y[0]", redact()),
            ]),
        ];
        for plan in plans {
            let (out, tally) = mask(&shape, &plan, answer).unwrap();
            assert_eq!(out, answer);
            assert_eq!((tally.returned, tally.masked_bytes), (2, 0));
            let compiled = Arc::new(CompiledMask::new(&shape, &plan));
            let mut masker = Masker::new(compiled);
            assert_eq!(
                masker.push(answer.as_bytes(), &mut Vec::new()),
                Ok(Output::Unchanged)
            );
        }
    }
}

#[test]
fn columns_keep_their_length() {
    let plan = MaskPlan {
        entries: vec![
            fields(&["email"], Action::Remove),
            path("$.contact.ssn", redact()),
            fields(&["#document"], Action::Remove),
        ],
        vectors: VectorMask::Strip,
        scores: ScoreMask::Round(2),
    };
    let (out, tally) = mask(&columns(), &plan, COLUMNS).unwrap();
    insta::assert_snapshot!(out, @r#"{"ids":[["p1","p2"]],"embeddings":null,"documents":[[null,null]],"metadatas":[[{"age":41,"contact":{"ssn":"[redacted]","tags":["a","b"]}},null]],"distances":[[0.82,1.25]],"include":["metadatas"]}"#);
    assert_eq!(
        counts(&tally),
        [("#document", 2), ("$.contact.ssn", 1), ("email", 1)]
    );
    assert_eq!((tally.returned, tally.vectors, tally.vectors_stripped), (2, 0, 2));
}

#[test]
fn a_payload_as_a_whole() {
    let (out, _) = mask(&columns(), &plan(vec![path("$", Action::Remove)]), COLUMNS).unwrap();
    assert!(out.contains(r#""metadatas":[[null,null]]"#), "{out}");
}

#[test]
fn vectors_and_scores() {
    type Row<'a> = (&'a str, MaskPlan, (u64, u64), &'a [&'a str]);
    let table: &[Row] = &[
        (
            "passed",
            MaskPlan::default(),
            (3, 0),
            &["[0.5, 0.25]", "\"vector\": [0.1, 0.2]"],
        ),
        (
            "stripped",
            vectors(VectorMask::Strip),
            (0, 3),
            &["\"b@x.test\"]}}}", "\"payload\": {}}"],
        ),
        (
            "rounded",
            vectors(VectorMask::Round(1)),
            (0, 3),
            &["[1, 5]", "[0.5, 0.3]", "[-0.4, 0.3]"],
        ),
        (
            "no scores",
            scores(ScoreMask::Strip),
            (3, 0),
            &["\"score\": null,"],
        ),
        (
            "scores",
            scores(ScoreMask::Round(1)),
            (3, 0),
            &["\"score\": 0.8,", "\"score\": 0.5,", "0.000123"],
        ),
    ];
    for (name, plan, (passed, stripped), parts) in table {
        let (out, tally) = mask(&points(), plan, POINTS).unwrap();
        serde_json::from_str::<serde_json::Value>(&out).unwrap();
        for part in *parts {
            assert!(out.contains(part), "{name}: {part} in {out}");
        }
        assert_eq!(
            (tally.returned, tally.vectors, tally.vectors_stripped),
            (2, *passed, *stripped),
            "{name}"
        );
        assert_eq!(tally.masked_bytes, 0, "{name}");
    }
}

#[test]
fn scores_among_the_fields_of_a_row() {
    let answer = r#"{"code":200,"data":[{"distance":0.123456,"id":7},{"id":8,"distance":1}]}"#;
    assert_eq!(
        masked(&rows(), &scores(ScoreMask::Strip), answer),
        r#"{"code":200,"data":[{"id":7},{"id":8}]}"#
    );
    assert_eq!(
        masked(&rows(), &scores(ScoreMask::Round(2)), answer),
        r#"{"code":200,"data":[{"distance":0.12,"id":7},{"id":8,"distance":1}]}"#
    );
}

#[test]
fn the_value_of_a_field_under_another_name() {
    const PLACES: &[Place] = &[
        place("hits[].value", Role::FieldOf(0)),
        place("hits[].count", Role::Plain),
    ];
    let answer = r#"{"hits":[{"value":"nia@example.com","count":2},{"value":{"x":1},"count":1}]}"#;
    let grouped = |named: &str| Shape {
        named: vec![named.to_owned()],
        ..shape(PLACES, Others::CutOff)
    };
    let gone = r#"{"hits":[{"value":null,"count":2},{"value":null,"count":1}]}"#;
    let table = [
        ("email", fields(&["email"], Action::Remove), gone),
        ("contact.email", fields(&["email"], Action::Null), gone),
        ("contact.email", fields(&["contact"], Action::Null), gone),
        ("contact.email", fields(&["contact.*"], Action::Null), gone),
        ("contact.email", path("$.contact.email", Action::Null), gone),
        ("contact.email", path("$..email", Action::Null), gone),
        ("contact.email", path("$.contact[2].email", Action::Null), gone),
        ("contact[].email", path("$.contact[2].email", Action::Null), gone),
        ("emails", path("$.emails[0]", Action::Null), gone),
        ("contact.email", path("$['contact.email']", Action::Null), gone),
        ("contact.email", path("$.email", Action::Null), answer),
        ("contact.email", fields(&["phone"], Action::Null), answer),
        (
            "contact",
            path("$.contact.x", Action::Null),
            r#"{"hits":[{"value":"nia@example.com","count":2},{"value":{"x":null},"count":1}]}"#,
        ),
    ];
    for (named, entry, expected) in table {
        let what = format!("{named} {entry:?}");
        assert_eq!(
            masked(&grouped(named), &plan(vec![entry]), answer),
            expected,
            "{what}"
        );
    }
}

#[test]
fn what_the_protocol_does_not_promise_is_cut_off() {
    let cut = |answer: &str| match mask(&points(), &MaskPlan::default(), answer) {
        Err(AnswerError::Json(error)) => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        cut(r#"{"result":{"points":[],"more":1}}"#),
        RewriteError::Unexpected { at: 29 }
    );
    assert_eq!(cut(r#"{"other":1}"#), RewriteError::Unexpected { at: 8 });
    assert_eq!(
        cut(r#"{"result":{"points":[{"id":1,"secret":1}]}}"#),
        RewriteError::Unexpected { at: 37 }
    );
    for answer in [
        r#"{"status":{"error":"anything inside a known place"}}"#,
        r#"{"result":{"points":[{"payload":{"any":{"key":1}}}]}}"#,
    ] {
        assert_eq!(masked(&points(), &MaskPlan::default(), answer), answer);
    }
}

#[test]
fn the_catalogue_is_copied() {
    const PLACES: &[Place] = &[place("schema", Role::Catalogue), place("metadata", Role::Plain)];
    let answer = r#"{"schema":{"email":{"email":[1]}},"metadata":{"email":1},"more":{"email":2}}"#;
    assert_eq!(
        masked(
            &shape(PLACES, Others::Copied),
            &plan(vec![fields(&["email"], Action::Remove)]),
            answer
        ),
        r#"{"schema":{"email":{"email":[1]}},"metadata":{},"more":{}}"#
    );
}

#[test]
fn opaque_answers_pass_unread() {
    let shape = Shape {
        format: Format::Opaque,
        ..points()
    };
    let mut masker = Masker::new(Arc::new(CompiledMask::new(&shape, &MaskPlan::default())));
    assert_eq!(masker.push(b"ok\xff{", &mut Vec::new()), Ok(Output::Unchanged));
    assert_eq!(masker.finish(&mut Vec::new()), Ok(Output::Unchanged));
}

#[test]
fn a_masker_can_be_used_again() {
    let plan = plan(vec![fields(&["email"], Action::Remove)]);
    let mut masker = Masker::new(Arc::new(CompiledMask::new(&columns(), &plan)));
    masker.push(br#"{"metadatas":[[{"em"#, &mut Vec::new()).unwrap();
    masker.reset();
    let mut out = Vec::new();
    masker.push(COLUMNS.as_bytes(), &mut out).unwrap();
    masker.finish(&mut out).unwrap();
    let (fresh, tally) = mask(&columns(), &plan, COLUMNS).unwrap();
    assert_eq!((String::from_utf8(out).unwrap(), masker.tally()), (fresh, tally));
}

#[test]
fn what_stands_where_the_protocol_has_another_kind_is_cut_off() {
    let plan = plan(vec![path("$.ssn", Action::Remove)]);
    let table = [
        ("a list for the answer", r#"[{"result":{"points":[]}}]"#),
        ("a text for the answer", r#""123-45-6789""#),
        ("a list for an object", r#"{"result":[{"points":[]}]}"#),
        (
            "an object for a list",
            r#"{"result":{"points":{"payload":{"ssn":"1"}}}}"#,
        ),
        (
            "a text for a payload",
            r#"{"result":{"points":[{"payload":"ssn 1"}]}}"#,
        ),
        (
            "a list for a payload",
            r#"{"result":{"points":[{"payload":[{"ssn":"1"}]}]}}"#,
        ),
    ];
    for (case, answer) in table {
        assert!(mask(&points(), &plan, answer).is_err(), "{case}");
    }
    for answer in [
        r#"{"result":null}"#,
        r#"{"result":{"points":null}}"#,
        r#"{"result":{"points":[{"payload":null}]}}"#,
    ] {
        assert_eq!(mask(&points(), &plan, answer).unwrap().0, answer);
    }
}
