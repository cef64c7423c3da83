//! The strict reader and its canonical form, by tables and against `serde_json`.

use super::*;
use StrictErrorKind as Kind;
use proptest::prelude::*;

fn refused(body: impl AsRef<[u8]>) -> StrictError {
    parse(body.as_ref()).expect_err("refused")
}

fn canonical_of(body: &str) -> String {
    String::from_utf8(canonical(&parse(body.as_bytes()).unwrap())).unwrap()
}

#[test]
fn what_two_readers_could_read_differently_is_refused() {
    let cases: &[(&[u8], Kind, usize)] = &[
        (b"", Kind::Empty, 0),
        (b" \n\t\r ", Kind::Empty, 5),
        (b"\xef\xbb\xbf{}", Kind::ByteOrderMark, 0),
        (b"\xff\xfe{}", Kind::InvalidUtf8, 0),
        (b"\"a\xc3\"", Kind::InvalidUtf8, 2),
        (b"\"\xed\xa0\x80\"", Kind::InvalidUtf8, 1),
        (b"{} {}", Kind::TrailingBytes, 3),
        (b"{},", Kind::TrailingBytes, 2),
        (b"1 \0", Kind::TrailingBytes, 2),
        (b"{\"a\":1,\"b\":2,\"a\":3}", Kind::DuplicateKey, 13),
        (b"{\"limit\":1,\"l\\u0069mit\":2}", Kind::DuplicateKey, 11),
        (b"{\"a\":{\"b\":1,\"b\":1}}", Kind::DuplicateKey, 12),
        (b"NaN", Kind::ExpectedValue, 0),
        (b"[Infinity]", Kind::ExpectedValue, 1),
        (b"-Infinity", Kind::InvalidNumber, 0),
        (b"01", Kind::InvalidNumber, 0),
        (b"-01", Kind::InvalidNumber, 0),
        (b"+1", Kind::ExpectedValue, 0),
        (b".5", Kind::ExpectedValue, 0),
        (b"1. ", Kind::InvalidNumber, 0),
        (b"1.e1", Kind::InvalidNumber, 0),
        (b"1e ", Kind::InvalidNumber, 0),
        (b"1e", Kind::UnexpectedEnd, 2),
        (b"-", Kind::UnexpectedEnd, 1),
        (b"0x10", Kind::InvalidNumber, 0),
        (b"1_000", Kind::InvalidNumber, 0),
        (b"1.2.3", Kind::InvalidNumber, 0),
        (b"1e400", Kind::NumberOutOfRange, 0),
        (b"[-1e309]", Kind::NumberOutOfRange, 1),
        (b"1e-9999999999", Kind::NumberOutOfRange, 0),
        (b"'a'", Kind::ExpectedValue, 0),
        (b"{'a':1}", Kind::ExpectedKey, 1),
        (b"{a:1}", Kind::ExpectedKey, 1),
        (b"{\"a\" 1}", Kind::ExpectedColon, 5),
        (b"{\"a\":1,}", Kind::ExpectedKey, 7),
        (b"[1,]", Kind::ExpectedValue, 3),
        (b"[1 2]", Kind::ExpectedCommaOrEnd, 3),
        (b"[,1]", Kind::ExpectedValue, 1),
        (b"[1", Kind::UnexpectedEnd, 2),
        (b"{\"a\":", Kind::UnexpectedEnd, 5),
        (b"\"abc", Kind::UnexpectedEnd, 4),
        (b"\"abc\\", Kind::UnexpectedEnd, 5),
        (b"\"\\u12", Kind::UnexpectedEnd, 5),
        (b"tru", Kind::ExpectedValue, 0),
        (b"True", Kind::ExpectedValue, 0),
        (b"truefalse", Kind::TrailingBytes, 4),
        (b"// a\n1", Kind::ExpectedValue, 0),
        (b"\"a\nb\"", Kind::ControlCharacter, 2),
        (b"\"a\0b\"", Kind::ControlCharacter, 2),
        (b"\"\\x41\"", Kind::InvalidEscape, 1),
        (b"\"\\u12g4\"", Kind::InvalidEscape, 1),
        (b"\"\\u+123\"", Kind::InvalidEscape, 1),
        (b"\"\\ud800\"", Kind::LoneSurrogate, 1),
        (b"\"\\udc00\"", Kind::LoneSurrogate, 1),
        (b"\"\\ud800\\u0041\"", Kind::LoneSurrogate, 1),
        (b"\"\\ud800 \\udc00\"", Kind::LoneSurrogate, 1),
        (b"\x0c1", Kind::ExpectedValue, 0),
    ];
    for (body, kind, offset) in cases {
        let error = refused(body);
        let shown = String::from_utf8_lossy(body);
        assert_eq!((error.kind, error.offset), (*kind, *offset), "{shown}");
    }
}

#[test]
fn depth_ends_at_128() {
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse(nested(128).as_bytes()).is_ok());
    assert_eq!(refused(nested(129)).kind, Kind::TooDeep);
    assert_eq!(refused("[".repeat(1_000_000)).kind, Kind::TooDeep);
    let side_by_side = format!("[{}]", vec!["[[1]]"; 1000].join(","));
    assert!(parse(side_by_side.as_bytes()).is_ok());
}

#[test]
fn many_members_are_searched_for_duplicates_too() {
    let members: Vec<String> = (0..1000).map(|n| format!("\"k{n}\":{n}")).collect();
    assert!(parse(format!("{{{}}}", members.join(",")).as_bytes()).is_ok());
    let body = format!("{{{},\"\\u006b7\":0}}", members.join(","));
    let error = refused(&body);
    assert_eq!(error.kind, Kind::DuplicateKey);
    assert_eq!(error.offset, body.rfind("\"\\u006b7").unwrap());
}

#[test]
fn an_error_says_where_and_what_and_no_value() {
    let error = refused("{\n  \"secret\": 1,\n  \"secret\": 2\n}");
    assert_eq!(
        error.to_string(),
        "the same key twice in one object at line 3, column 3 (byte 19)"
    );
}

#[test]
fn a_tree_knows_where_everything_stands() {
    let body = br#" {"limit" : 10, "where": {"a\u0062": [true, null, "x\ty"]}, "v":[0.1, -2e3 ,3], "m": [1, [2], 3]} "#;
    let at = |node: &Node<'_>| std::str::from_utf8(node.span().of(body)).unwrap().to_owned();
    let document = parse(body).unwrap();
    let root = document.root();
    assert_eq!(at(root), std::str::from_utf8(body).unwrap().trim());
    let limit = document.member("limit").unwrap();
    assert_eq!((at(limit).as_str(), limit.as_u64()), ("10", Some(10)));
    let inner = root.member("where").unwrap().member("ab").unwrap();
    assert_eq!(at(inner), "[true, null, \"x\\ty\"]");
    let elements: Vec<_> = inner.elements().collect();
    assert_eq!(elements[0].as_bool(), Some(true));
    assert!(elements[1].is_null());
    assert_eq!(elements[2].as_str(), Some("x\ty"));
    let vector = document.member("v").unwrap();
    assert!(matches!(vector, Node::Numbers(_)));
    assert_eq!(vector.array_len(), Some(3));
    assert_eq!(at(vector), "[0.1, -2e3 ,3]");
    assert_eq!(
        vector.elements().map(|n| at(&n)).collect::<Vec<_>>(),
        ["0.1", "-2e3", "3"]
    );
    let mixed = document.member("m").unwrap();
    assert!(matches!(mixed, Node::Array(_)));
    assert_eq!(
        mixed.elements().map(|n| at(&n)).collect::<Vec<_>>(),
        ["1", "[2]", "3"]
    );
    let object = root.as_object().unwrap();
    assert_eq!(object.insertion_point(), 2);
    assert_eq!(object.members[1].key.span.of(body), b"\"where\"");
    assert_eq!(
        root.members().map(|(key, _)| key).collect::<Vec<_>>(),
        ["limit", "where", "v", "m"]
    );
    assert!(document.member("nothing").is_none());
    assert_eq!(format!("{limit:?}"), "a number at 12..14");
}

#[test]
fn a_limit_is_a_whole_number_in_plain_digits() {
    let cases = [
        ("0", Some(0), Some(0)),
        ("10", Some(10), Some(10)),
        ("18446744073709551615", Some(u64::MAX), None),
        ("18446744073709551616", None, None),
        ("-9223372036854775808", None, Some(i64::MIN)),
        ("-1", None, Some(-1)),
        ("-0", None, Some(0)),
        ("1.0", None, None),
        ("1e3", None, None),
        ("\"1\"", None, None),
        ("true", None, None),
        ("[1]", None, None),
    ];
    for (body, unsigned, signed) in cases {
        let document = parse(body.as_bytes()).unwrap();
        assert_eq!(
            (document.root().as_u64(), document.root().as_i64()),
            (unsigned, signed),
            "{body}"
        );
    }
}

#[test]
fn spellings_of_one_value_are_equal() {
    let same: &[&[&str]] = &[
        &["1.5", "1.50", "15e-1", "0.15E+1", "0.0015e3"],
        &["100", "1e2", "1E+2", "100.0", "1000e-1"],
        &["0", "-0", "0.0", "-0e5", "0e-7"],
        &["-0.001", "-1e-3", "-0.00100"],
        &["1e100", "10e99", "0.1e101"],
        &["\"a/b\"", "\"a\\/b\"", "\"\\u0061/b\""],
        &[
            "{\"a\":1,\"b\":[1,2]}",
            " { \"b\" : [ 1 , 2 ] ,\n\"\\u0061\":1.0 } ",
        ],
        &["\"\u{1f600}\"", "\"\\ud83d\\ude00\""],
    ];
    for spellings in same {
        for spelling in *spellings {
            assert_eq!(canonical_of(spelling), canonical_of(spellings[0]), "{spelling}");
        }
    }
    let firsts: std::collections::BTreeSet<_> =
        same.iter().map(|spellings| canonical_of(spellings[0])).collect();
    assert_eq!(firsts.len(), same.len());
}

#[test]
fn canonical_forms() {
    let cases = [
        ("12.340", "12.34"),
        ("-1e-2", "-0.01"),
        ("1e39", "1000000000000000000000000000000000000000"),
        ("1e40", "0.1e41"),
        (
            "12345678901234567890123456789012345678901234567890",
            "0.1234567890123456789012345678901234567890123456789e50",
        ),
        ("1e-300", "0.1e-299"),
        ("9007199254740993", "9007199254740993"),
        ("0.1234567890123456789", "0.1234567890123456789"),
        ("[]", "[]"),
        ("{ }", "{}"),
        (
            "{\"b\":0,\"a\":{\"d\":null,\"c\":[true,{}]}}",
            "{\"a\":{\"c\":[true,{}],\"d\":null},\"b\":0}",
        ),
        ("\"\\u0001\\n\\\"\"", "\"\\u0001\\n\\\"\""),
    ];
    for (body, form) in cases {
        assert_eq!(canonical_of(body), form, "{body}");
    }
}

/// The tree as `serde_json` would have it.
fn to_serde(node: &Node<'_>) -> serde_json::Value {
    match node {
        Node::Null(_) => serde_json::Value::Null,
        Node::Bool(value, _) => (*value).into(),
        Node::Number(number) => serde_json::from_str(number.literal).unwrap(),
        Node::String(text) => text.text.as_ref().into(),
        Node::Numbers(_) | Node::Array(_) => node.elements().map(|element| to_serde(&element)).collect(),
        Node::Object(_) => node
            .members()
            .map(|(key, value)| (key.to_owned(), to_serde(value)))
            .collect(),
    }
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        (-1e9f64..1e9).prop_map(Into::into),
        any::<String>().prop_map(Into::into),
        "[a-c\"\\\\\n\u{1}é😀]{0,4}".prop_map(Into::into),
        prop::collection::vec(-1.0f32..1.0, 0..6).prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::vec(("[a-d\"é]{0,3}", inner), 0..5)
                .prop_map(|members| members.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

/// One of many spellings of a value: members in another order, white space, characters as escapes.
fn respelt(value: &serde_json::Value, seed: &mut u64, out: &mut String) {
    let mut dice = |sides: u64| {
        *seed = seed
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (*seed >> 33) % sides
    };
    let blank = |n: u64, out: &mut String| out.push_str(["", " ", "\n", "\t \r"][n as usize % 4]);
    let string = |text: &str, escape: u64, out: &mut String| {
        out.push('"');
        for (index, character) in text.chars().enumerate() {
            let must = matches!(character, '"' | '\\' | '\0'..='\x1f');
            if must || (escape >> (index % 32)) & 1 == 1 {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            } else {
                out.push(character);
            }
        }
        out.push('"');
    };
    blank(dice(4), out);
    match value {
        serde_json::Value::String(text) => string(text, dice(1 << 31), out),
        serde_json::Value::Array(elements) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                respelt(element, seed, out);
            }
            out.push(']');
        }
        serde_json::Value::Object(members) => {
            out.push('{');
            let mut members: Vec<_> = members.iter().collect();
            let turn = dice(members.len().max(1) as u64) as usize;
            members.rotate_left(turn);
            for (index, (key, value)) in members.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                string(key, index as u64 * 5, out);
                out.push_str(" :");
                respelt(value, seed, out);
            }
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
    blank(value.to_string().len() as u64, out);
}

proptest! {
    #[test]
    fn what_serde_writes_is_read_the_same(value in value()) {
        let body = value.to_string();
        let document = parse(body.as_bytes()).unwrap();
        // Not `value` itself: serde_json reads a double only to the last bit but one.
        let reread: serde_json::Value = serde_json::from_str(&body).unwrap();
        prop_assert_eq!(to_serde(document.root()), reread);
    }

    #[test]
    fn what_both_accept_means_the_same(body in "[\\[\\]{}:,\"\\\\ntrue01.eE+\\-u d8c]{0,24}") {
        if let Ok(document) = parse(body.as_bytes()) {
            // A double in range, no duplicates: what is accepted here is accepted there.
            let value: serde_json::Value = serde_json::from_str(&body).unwrap();
            prop_assert_eq!(to_serde(document.root()), value);
        }
    }

    #[test]
    fn damage_never_makes_a_panic(value in value(), cut in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut body = value.to_string().into_bytes();
        let at = cut.index(body.len());
        let _ = parse(&body[..at]);
        body[at] = byte;
        if let Ok(document) = parse(&body) {
            prop_assert_eq!(to_serde(document.root()), serde_json::from_slice::<serde_json::Value>(&body).unwrap());
        }
    }

    #[test]
    fn canonical_is_idempotent_and_knows_no_spelling(value in value(), seed in any::<u64>()) {
        let plain = canonical_of(&value.to_string());
        prop_assert_eq!(&canonical_of(&plain), &plain);
        let mut other = String::new();
        respelt(&value, &mut seed.clone(), &mut other);
        prop_assert_eq!(&canonical_of(&other), &plain);
        let reread = |body: &str| serde_json::from_str::<serde_json::Value>(body).unwrap();
        prop_assert_eq!(reread(&other), reread(&value.to_string()));
    }
}
