//! Which entry reaches a value, and what each action does to it.

use super::*;

/// One payload; everything in it is the payload's.
fn payload() -> Shape {
    const PLACES: &[Place] = &[place("", Role::Payload)];
    shape(PLACES, Others::Copied)
}

fn check(table: &[(Vec<MaskEntry>, &str, &str)]) {
    for (entries, given, expected) in table {
        let out = masked(&payload(), &plan(entries.clone()), given);
        assert_eq!(out, *expected, "{given} under {entries:?}");
    }
}

#[test]
fn removing_takes_the_comma_along() {
    let gone = || vec![fields(&["x"], Action::Remove)];
    check(&[
        (gone(), r#"{"x":1}"#, r#"{}"#),
        (gone(), r#"{ "x" : 1 }"#, r#"{  }"#),
        (gone(), r#"{"x":1,"a":2}"#, r#"{"a":2}"#),
        (gone(), r#"{"x":1 , "a":2}"#, r#"{  "a":2}"#),
        (gone(), r#"{"a":2,"x":1}"#, r#"{"a":2}"#),
        (gone(), r#"{"a":2, "x":1, "b":3}"#, r#"{"a":2, "b":3}"#),
        (gone(), r#"{"x":1,"x":2,"x":3}"#, r#"{}"#),
        (
            gone(),
            r#"{"x":1,"x":2,"a":3,"x":4,"b":5,"x":6}"#,
            r#"{"a":3,"b":5}"#,
        ),
        (gone(), r#"{"x":{"x":[1,{"a":"}\"]"}]},"a":[]}"#, r#"{"a":[]}"#),
        (
            gone(),
            r#"{"a":{"x":[]},"b":[{"x":""},{"x":0}]}"#,
            r#"{"a":{},"b":[{},{}]}"#,
        ),
        (gone(), r#"{"\u0078":1,"xx":2,"":3}"#, r#"{"xx":2,"":3}"#),
        (gone(), r#"{"x":"\ud83d\ude00\"","a":1}"#, r#"{"a":1}"#),
    ]);
}

#[test]
fn removing_elements() {
    let gone = |text: &str| vec![path(text, Action::Remove)];
    check(&[
        (gone("$.t[0]"), r#"{"t":[1,2,3]}"#, r#"{"t":[2,3]}"#),
        (gone("$.t[1]"), r#"{"t":[1, 2, 3]}"#, r#"{"t":[1, 3]}"#),
        (gone("$.t[2]"), r#"{"t":[1,2,3]}"#, r#"{"t":[1,2]}"#),
        (gone("$.t[0,2]"), r#"{"t":[1,"a",[3]]}"#, r#"{"t":["a"]}"#),
        (gone("$.t[*]"), r#"{"t":[ 1,2, {"a":3} ]}"#, r#"{"t":[  ]}"#),
        (gone("$.t[1:3]"), r#"{"t":[1,2,3,4]}"#, r#"{"t":[1,4]}"#),
        (gone("$.t[::2]"), r#"{"t":[1,2,3,4,5]}"#, r#"{"t":[2,4]}"#),
        (gone("$.t[5]"), r#"{"t":[1,2]}"#, r#"{"t":[1,2]}"#),
        (gone("$.t[0]"), r#"{"t":{"0":1}}"#, r#"{"t":{"0":1}}"#),
        (gone("$.t.*"), r#"{"t":{"a":1},"u":2}"#, r#"{"t":{},"u":2}"#),
    ]);
}

#[test]
fn field_names_pass_through_arrays_and_begin_anywhere() {
    let null = |names: &[&str]| vec![fields(names, Action::Null)];
    check(&[
        (
            null(&["a.b"]),
            r#"{"a":{"b":1,"c":{"b":2}},"b":3}"#,
            r#"{"a":{"b":null,"c":{"b":2}},"b":3}"#,
        ),
        (
            null(&["a.b"]),
            r#"{"x":[{"a":[{"b":1},[{"b":2}]]}]}"#,
            r#"{"x":[{"a":[{"b":null},[{"b":null}]]}]}"#,
        ),
        (
            null(&["a.a.b"]),
            r#"{"a":{"a":{"a":{"b":1}}}}"#,
            r#"{"a":{"a":{"a":{"b":null}}}}"#,
        ),
        (
            null(&["a.*"]),
            r#"{"a":{"b":1,"c":[2]},"d":4}"#,
            r#"{"a":{"b":null,"c":null},"d":4}"#,
        ),
        (null(&["a.*"]), r#"{"a":[1,[2]]}"#, r#"{"a":[null,null]}"#),
        (
            null(&["*.b"]),
            r#"{"a":{"b":1},"b":2}"#,
            r#"{"a":{"b":null},"b":2}"#,
        ),
        (
            null(&["a.*.c"]),
            r#"{"a":{"x":{"c":1}},"b":{"a":[{"c":2}]}}"#,
            r#"{"a":{"x":{"c":null}},"b":{"a":[{"c":null}]}}"#,
        ),
        (
            null(&[r#"["a.b"]"#]),
            r#"{"a.b":1,"a":{"b":2}}"#,
            r#"{"a.b":null,"a":{"b":2}}"#,
        ),
        (
            null(&["größe"]),
            r#"{"größe":1,"gr\u00f6\u00dfe":2,"gro\u00dfe":3}"#,
            r#"{"größe":null,"gr\u00f6\u00dfe":null,"gro\u00dfe":3}"#,
        ),
        (
            null(&["😀"]),
            r#"{"\ud83d\ude00":1,"\ud83d":2}"#,
            r#"{"\ud83d\ude00":null,"\ud83d":2}"#,
        ),
    ]);
}

#[test]
fn paths_are_rooted() {
    let null = |text: &str| vec![path(text, Action::Null)];
    check(&[
        (null("$.a"), r#"{"a":1,"b":{"a":2}}"#, r#"{"a":null,"b":{"a":2}}"#),
        (
            null("$..a"),
            r#"{"a":1,"b":[{"a":2}]}"#,
            r#"{"a":null,"b":[{"a":null}]}"#,
        ),
        (
            null("$.b..a"),
            r#"{"a":1,"b":[{"a":{"a":2}}]}"#,
            r#"{"a":1,"b":[{"a":null}]}"#,
        ),
        (
            null("$..b[0]"),
            r#"{"b":[1,2],"c":{"b":[[3],4]}}"#,
            r#"{"b":[null,2],"c":{"b":[null,4]}}"#,
        ),
        (null("$.a.b"), r#"{"a":[{"b":1}]}"#, r#"{"a":[{"b":1}]}"#),
        (null("$.a[*].b"), r#"{"a":[{"b":1}]}"#, r#"{"a":[{"b":null}]}"#),
        (
            null("$['a','b'].c"),
            r#"{"a":{"c":1},"b":{"c":2},"c":3}"#,
            r#"{"a":{"c":null},"b":{"c":null},"c":3}"#,
        ),
        (null("$"), r#"{"a":1}"#, "null"),
        (vec![path("$", Action::Remove)], r#" {"a":1} "#, " null "),
    ]);
}

#[test]
fn the_first_entry_wins() {
    check(&[
        (
            vec![fields(&["a"], Action::Null), fields(&["a"], redact())],
            r#"{"a":1}"#,
            r#"{"a":null}"#,
        ),
        (
            // An earlier entry has the child, the later one the rest of its parent.
            vec![path("$.p.id", Action::Null), fields(&["p"], Action::Partial)],
            r#"{"p":{"id":"12345678","n":null}}"#,
            r#"{"p":{"id":null,"n":null}}"#,
        ),
        (
            vec![fields(&["p"], Action::Remove), path("$.p.id", Action::Null)],
            r#"{"p":{"id":"12345678"}}"#,
            r#"{}"#,
        ),
        (
            // What is replaced as a whole has no children left.
            vec![path("$.p.id", Action::Null), fields(&["p"], redact())],
            r#"{"p":{"id":"12345678"}}"#,
            r#"{"p":"[redacted]"}"#,
        ),
        (
            vec![
                detect(&[Detector::Email], &["t"], redact()),
                fields(&["t"], Action::Remove),
            ],
            r#"{"t":"to nia@example.com","u":1}"#,
            r#"{"t":"to [redacted]","u":1}"#,
        ),
        (
            vec![
                detect(&[Detector::Email], &["t"], redact()),
                fields(&["t"], Action::Remove),
            ],
            r#"{"t":5,"u":{"t":[1,"nia@example.com",true]}}"#,
            r#"{"u":{"t":["[redacted]"]}}"#,
        ),
        (
            vec![
                fields(&["t"], Action::Null),
                detect(&[Detector::Email], &["t"], redact()),
            ],
            r#"{"t":"to nia@example.com"}"#,
            r#"{"t":null}"#,
        ),
        (
            vec![
                detect(&[Detector::Email], &["t"], redact()),
                detect(&[Detector::Ssn], &["x.t"], Action::Remove),
            ],
            r#"{"x":{"t":"nia@example.com 219-09-9999"},"t":"219-09-9999"}"#,
            r#"{"x":{"t":"[redacted] "},"t":"219-09-9999"}"#,
        ),
    ]);
}

#[test]
fn whole_values_whatever_their_type() {
    let all = r#"{"a":null,"b":true,"c":-1.5e3,"d":"x\"y","e":[1,{"z":[]}],"f":{"g":{}}}"#;
    let every = ["a", "b", "c", "d", "e", "f"];
    check(&[
        (
            vec![fields(&every, redact())],
            all,
            r#"{"a":"[redacted]","b":"[redacted]","c":"[redacted]","d":"[redacted]","e":"[redacted]","f":"[redacted]"}"#,
        ),
        (
            vec![fields(&every, Action::Null)],
            all,
            r#"{"a":null,"b":null,"c":null,"d":null,"e":null,"f":null}"#,
        ),
        (vec![fields(&every, Action::Remove)], all, "{}"),
        (
            vec![fields(&["a"], Action::Redact("\"\n".into()))],
            r#"{"a":1}"#,
            r#"{"a":"\"\n"}"#,
        ),
    ]);
}

#[test]
fn each_scalar_inside() {
    let given = r#"{"p":{"a":["same","same",null],"b":{}},"q":"same"}"#;
    let out: serde_json::Value =
        serde_json::from_str(&masked(&payload(), &plan(vec![fields(&["p"], hash())]), given)).unwrap();
    assert_eq!(out["p"]["a"][0], out["p"]["a"][1]);
    assert_ne!(out["p"]["a"][0], "same");
    assert_eq!(out["p"]["a"][2], serde_json::Value::Null);
    assert_eq!(out["q"], "same");
}

#[test]
fn what_is_counted() {
    let entries = vec![
        detect(&[Detector::Email], &["t"], redact()),
        fields(&["p"], Action::Partial),
        fields(&["x", "t"], Action::Remove),
        path("$.n", Action::Null),
    ];
    let given =
        r#"{"t":"a@example.com b@example.com","u":{"t":"none"},"p":[1,"2",null,[true]],"x":12345,"n":null}"#;
    let (out, tally) = mask(&payload(), &plan(entries), given).unwrap();
    assert!(
        out.starts_with(r#"{"t":"[redacted] [redacted]","u":{"t":"none"},"p":["#),
        "{out}"
    );
    assert_eq!(counts(&tally), [("p", 3), ("t/email", 2), ("x", 1)]);
}

#[test]
fn what_is_not_json() {
    let at = |at| RewriteError::NotJson { at };
    let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    let table: &[(&str, RewriteError)] = &[
        ("", RewriteError::EndsEarly),
        ("  ", RewriteError::EndsEarly),
        ("<html>", at(0)),
        ("\u{feff}{}", at(0)),
        ("{", RewriteError::EndsEarly),
        (r#"{"a""#, RewriteError::EndsEarly),
        (r#"{"a":"#, RewriteError::EndsEarly),
        (r#"{"a":1"#, RewriteError::EndsEarly),
        (r#"{"a":"x"#, RewriteError::EndsEarly),
        (r#""x"#, RewriteError::EndsEarly),
        ("-", RewriteError::EndsEarly),
        ("{}x", RewriteError::Trailing { at: 2 }),
        ("{} {}", RewriteError::Trailing { at: 3 }),
        ("1 2", RewriteError::Trailing { at: 2 }),
        ("{]", at(1)),
        (r#"{"q":[1,{]]}"#, at(9)),
        (r#"{"q":["x"\"]}"#, at(9)),
        ("[}", at(1)),
        (r#"{"a":1]"#, at(6)),
        ("[1}", at(2)),
        ("[1,]", at(3)),
        ("[,1]", at(1)),
        ("[1,2,x]", at(5)),
        (r#"[1,2"x"]"#, at(4)),
        (r#"["a" "b"]"#, at(5)),
        (r#"{"a":1,}"#, at(7)),
        (r#"{,"a":1}"#, at(1)),
        (r#"{"a" 1}"#, at(5)),
        (r#"{"a":1 "b":2}"#, at(7)),
        (r#"{a:1}"#, at(1)),
        (r#"{"a":nul}"#, at(8)),
        (r#"{"a":truE}"#, at(8)),
        (r#"{"a":01}"#, at(6)),
        (r#"{"a":1.}"#, at(7)),
        (r#"{"a":+1}"#, at(5)),
        (r#"{"a":NaN}"#, at(5)),
        (r#"{"a":"\x"}"#, at(7)),
        ("{\"a\":\"x\ny\"}", at(7)),
        ("{\"a\n\":1}", at(3)),
    ];
    for (answer, error) in table {
        assert_eq!(
            mask(&payload(), &plan(vec![fields(&["q"], Action::Null)]), answer),
            Err(AnswerError::Json(*error)),
            "{answer}"
        );
    }
    for depth in [255, 256] {
        let answer = deep(depth);
        assert_eq!(masked(&payload(), &MaskPlan::default(), &answer), answer);
    }
    for entries in [
        vec![],
        vec![fields(&["q"], Action::Null)],
        vec![path("$", Action::Null)],
    ] {
        let error = mask(&payload(), &plan(entries), &deep(257)).unwrap_err();
        assert_eq!(error, AnswerError::Json(RewriteError::TooDeep));
    }
}

#[test]
fn bad_text_in_a_value_that_is_read() {
    let compiled = Arc::new(CompiledMask::new(
        &payload(),
        &plan(vec![fields(&["a"], Action::Partial)]),
    ));
    for bad in [
        &b"\xff"[..],
        b"\xc3",
        b"\xe2\x82",
        b"\xed\xa0\x80",
        b"\\ud83",
        b"\\u12x4",
    ] {
        let answer = [b"{\"a\":\"x", bad, b"y\"}"].concat();
        assert!(mask_chunks(&compiled, [&answer[..]]).is_err(), "{bad:?}");
        assert!(
            mask_chunks(&compiled, answer.chunks(1)).is_err(),
            "{bad:?} byte by byte"
        );
    }
}

#[test]
fn after_an_error_nothing_more_is_taken() {
    let mut masker = Masker::new(Arc::new(CompiledMask::new(
        &payload(),
        &plan(vec![fields(&["a"], Action::Null)]),
    )));
    let mut out = b"before".to_vec();
    let error = masker.push(br#"{"a":1,]"#, &mut out).unwrap_err();
    assert_eq!(out, b"before", "nothing of the chunk was written");
    assert_eq!(masker.push(b"}", &mut out), Err(error));
    assert_eq!(masker.finish(&mut out), Err(error));
}
