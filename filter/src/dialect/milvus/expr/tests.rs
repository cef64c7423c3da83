//! Expressions as clients write them, and what is not one.

use super::*;
use proptest::prelude::*;

fn told(text: &str) -> String {
    match fields(text) {
        Ok(fields) => fields
            .iter()
            .map(|keys| keys.join("."))
            .collect::<Vec<_>>()
            .join(" "),
        Err(refused) => format!("refused: {}", refused.message),
    }
}

#[test]
fn every_field_is_found() {
    for (text, expected) in [
        ("", ""),
        ("  ", ""),
        ("age > 30", "age"),
        ("30 < age <= 40", "age"),
        ("id in [1, 2,3]", "id"),
        ("id not in [1]", "id"),
        ("id in []", "id"),
        ("id in [1, 2, ]", "id"),
        ("name in {names} && not (age == {a})", "name age"),
        ("email like \"person1%\"", "email"),
        (
            "email == 'it''s'",
            "refused: the expression cannot be read: two values stand side by side",
        ),
        (r#"email == 'a\'b' or phone != "\"""#, "email phone"),
        (r#"profile["contact"]["email"] == 'x'"#, "profile.contact.email"),
        (r#"profile['tags'][0] == 'x'"#, "profile.tags"),
        (r#"$meta["ssn"] == '1'"#, "ssn"),
        (r#"$meta["a"]["b"] > 1"#, "a.b"),
        ("tags[0] == 'a'", "tags"),
        ("chunks[text] == 'a'", "chunks.text"),
        ("ssn is null", "ssn"),
        ("ssn IS NOT NULL and age>1", "ssn age"),
        ("exists profile[\"x\"]", "profile.x"),
        ("json_contains(profile[\"tags\"], 'a')", "profile.tags"),
        ("JSON_CONTAINS_ANY(tags, ['a', 'b'])", "tags"),
        ("array_length(tags) == 2", "tags"),
        ("not array_contains_all(tags, [1])", "tags"),
        ("TEXT_MATCH(text, 'a b')", "text"),
        ("text_match(text, 'a', minimum_should_match=2)", "text"),
        ("PHRASE_MATCH(text, 'a b', 1)", "text"),
        ("ST_WITHIN(place, 'POLYGON((0 0, 1 1))')", "place"),
        ("random_sample(0.1)", ""),
        ("age > 1 && RANDOM_SAMPLE(0.1)", "age"),
        (
            "MATCH_ANY(chunks, $[text] == 'a' && $[score] > 1)",
            "chunks chunks.text chunks.score",
        ),
        (
            "element_filter(chunks, $[text] == email)",
            "chunks chunks.text email",
        ),
        ("a + b * -c ** 2 % d >= ~e << 1", "a b c d e"),
        ("!(a == true) AND b OR True", "a b"),
        ("ts > ISO '2025-01-01T00:00:00Z' + INTERVAL 'P1D'", "ts"),
        // A keyword in another case is a name to some version, so it is one here.
        (
            "age In",
            "refused: the expression cannot be read: `In` stands where an operator should",
        ),
        ("Like == 1", "Like"),
    ] {
        assert_eq!(told(text), expected, "{text}");
    }
}

#[test]
fn what_is_not_known_is_refused() {
    for text in [
        "a ==",
        "a b",
        "(a == 1",
        "a == 1)",
        "a in [1",
        "a in [1)",
        "a, b",
        "[,]",
        "()",
        "is null",
        "a is",
        "a not b",
        "$meta == 1",
        "exists $meta",
        "json_contains($meta, 'a')",
        r#"meta["e\u006dail"] == 1"#,
        r#"meta["a/b"] == 1"#,
        r#"meta["a~1b"] == 1"#,
        r#"meta[""] == 1"#,
        "meta[-1] == 1",
        "meta[a.b] == 1",
        "meta[$meta] == 1",
        "$[x] == 1",
        "{a b} == 1",
        "{} == 1",
        "lower(email) == 'a'",
        "email('a')",
        "text_match(text, 'a', other=2)",
        "a = 1",
        "a == 1; b == 2",
        "u8\"a\" == a",
        "/* a */ b == 1",
    ] {
        assert!(told(text).starts_with("refused"), "{text}: {}", told(text));
    }
    let deep = format!("{}a{}", "(".repeat(5000), ")".repeat(5000));
    assert!(told(&deep).starts_with("refused"));
}

#[test]
fn ids_are_told_only_where_nothing_else_stands() {
    for (text, expected) in [
        ("id in [1,2,3]", Some(3)),
        ("id in ['a', \"b\"]", Some(2)),
        ("id in []", Some(0)),
        ("id == 5", Some(1)),
        ("id == 5 or id > 6", None),
        ("id in [1] or true", None),
        ("id not in [1]", None),
        ("id in {ids}", None),
        ("id in [other]", None),
        ("other in [1]", None),
        ("(id in [1])", None),
        ("id > 1", None),
    ] {
        assert_eq!(ids_of(text, "id"), expected, "{text}");
    }
}

/// A random expression that uses fields by number.
fn expression() -> impl Strategy<Value = String> {
    let name = prop::sample::select(&["email", "ssn", "a_1", "Like", "nothing", "index", "ina", "orx"][..]);
    let value = prop::sample::select(
        &[
            "1",
            "-2.5e-3",
            "'x'",
            "\"in [email] and \\\" ssn\"",
            "true",
            "{t}",
            "0x1F",
        ][..],
    );
    let path = (
        name,
        prop::sample::select(&["", "[0]", "[\"k\"]", "['k'][1][\"l\"]", "[sub]"][..]),
    )
        .prop_map(|(name, steps)| format!("{name}{steps}"));
    let leaf = prop_oneof![
        (
            path.clone(),
            prop::sample::select(&["==", " > ", "<=", "!="][..]),
            value.clone()
        )
            .prop_map(|(path, op, value)| format!("{path}{op}{value}")),
        (value.clone(), path.clone(), value.clone())
            .prop_map(|(low, path, high)| format!("{low} < {path} <= {high}")),
        (path.clone(), prop::collection::vec(value, 0..3))
            .prop_map(|(path, values)| format!("{path} in [{}]", values.join(","))),
        path.clone().prop_map(|path| format!("{path} is not null")),
        path.clone().prop_map(|path| format!("{path} like 'a%'")),
        path.clone().prop_map(|path| format!("exists {path}")),
        (path.clone(), path).prop_map(|(a, b)| format!("json_contains({a}, {b})")),
    ];
    leaf.prop_recursive(4, 24, 2, |inner| {
        prop_oneof![
            (
                inner.clone(),
                prop::sample::select(&[" and ", "||", " && ", " OR "][..]),
                inner.clone()
            )
                .prop_map(|(a, op, b)| format!("{a}{op}{b}")),
            inner.clone().prop_map(|a| format!("not({a})")),
            inner.prop_map(|a| format!("( {a} )")),
        ]
    })
}

proptest! {
    #[test]
    fn a_field_that_is_planted_is_found(left in expression(), right in expression(), planted in "[a-z][a-z0-9_]{2,8}q") {
        let text = format!("{left} and ({planted}[\"deep\"] > 1 or {right})");
        let found = fields(&text).expect(&text);
        let planted = vec![planted, "deep".to_owned()];
        prop_assert!(found.contains(&planted), "{}: {:?}", text, found);
        let alone = fields(&left).expect(&left).len() + fields(&right).expect(&right).len();
        prop_assert_eq!(found.len(), alone + 1);
    }

    #[test]
    fn no_text_makes_it_panic(text in "[a-z$\\[\\]{}()\"'\\\\ 0-9.,=<>!&|*-]{0,60}") {
        let _ = fields(&text);
        let _ = ids_of(&text, "id");
    }
}
