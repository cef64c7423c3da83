//! The streaming masker against tables, against a twin that sees the whole text, and over every cut.

use super::super::detect::find_all;
use super::super::plan::HashKey;
use super::*;
use proptest::prelude::*;

fn redact(text: &str) -> Action {
    Action::Redact(text.into())
}

/// Every detector, each replaced by its own name in brackets.
fn all_by_name() -> Vec<(Vec<Detector>, Action)> {
    Detector::ALL
        .iter()
        .map(|&detector| (vec![detector], redact(&format!("<{}>", detector.as_str()))))
        .collect()
}

/// One part of a string's inside.
#[derive(Clone, Debug)]
enum Part {
    Plain(String),
    Escape(String, char),
}

/// The parts of the inside of a JSON string, cut at each escape and at the places given (bytes; rounded to characters).
fn parts(inside: &str, cuts: &[usize]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut at = 0;
    while at < inside.len() {
        if cuts.contains(&at) && !plain.is_empty() {
            parts.push(Part::Plain(std::mem::take(&mut plain)));
        }
        let rest = &inside[at..];
        if rest.starts_with('\\') {
            if !plain.is_empty() {
                parts.push(Part::Plain(std::mem::take(&mut plain)));
            }
            let length = match rest.as_bytes()[1] {
                b'u' if rest.starts_with("\\ud8") => 12,
                b'u' => 6,
                _ => 2,
            };
            let raw = &rest[..length];
            let meaning: String = serde_json::from_str(&format!("\"{raw}\"")).unwrap();
            parts.push(Part::Escape(raw.to_owned(), meaning.chars().next().unwrap()));
            at += length;
        } else {
            let character = rest.chars().next().unwrap();
            plain.push(character);
            at += character.len_utf8();
        }
    }
    if !plain.is_empty() {
        parts.push(Part::Plain(plain));
    }
    parts
}

fn rewritten(masker: &mut TextMasker, parts: &[Part]) -> String {
    let mut out = Vec::new();
    masker.begin(ScalarKind::String, &mut out);
    for part in parts {
        match part {
            Part::Plain(text) => masker.plain(text, &mut out),
            Part::Escape(raw, meaning) => masker.escape(raw, *meaning, &mut out),
        }
    }
    masker.end(&mut out);
    String::from_utf8(out).unwrap()
}

/// What the rules say, with the whole text at hand. Decoded text in, decoded text out.
fn twin(entries: &[(Vec<Detector>, Action)], text: &str) -> String {
    let mut hits = Vec::new();
    let mut seen = Vec::new();
    for (entry, (detectors, _)) in entries.iter().enumerate() {
        for &detector in detectors.iter() {
            if !seen.contains(&detector) {
                seen.push(detector);
                for range in find_all(detector, text) {
                    let endless = matches!(detector, Detector::Jwt | Detector::PrivateKey);
                    hits.push((
                        range.start,
                        range.end,
                        if endless { usize::MAX } else { range.end },
                        entry,
                        seen.len(),
                    ));
                }
            }
        }
    }
    let mut out = String::new();
    let mut done = 0;
    loop {
        hits.retain(|&(_, end, _, _, _)| end > done);
        let next = hits
            .iter()
            .min_by_key(|&&(start, _, reach, entry, order)| (start.max(done), Reverse(reach), entry, order));
        let Some(&(start, end, _, entry, _)) = next else {
            out.push_str(&text[done..]);
            return out;
        };
        out.push_str(&text[done..start.max(done)]);
        out.push_str(&super::super::action::apply(
            &entries[entry].1,
            &text[start.max(done)..end],
        ));
        done = end;
    }
}

/// Text with one or more of everything, close together.
fn samples() -> Vec<&'static str> {
    vec![
        "Write to maria.lopez@example.com or call +49 30 901820, card 4111 1111 1111 1111.",
        "a@example.org,b@example.org;c@example.org",
        "IBAN DE89 3704 0044 0532 0130 00 SSN 123-45-6789 from 10.0.0.1 and 2001:db8::1 now",
        "10.0.0.1@example.com 4111111111111111@example.com",
        "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLXRoYXQtaXMtbWFkZS11cA. Done, x@example.com",
        "AKIAIOSFODNN7EXAMPLE secret wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAmadeup0123456789abcdef==\nx@example.com\n-----END RSA PRIVATE KEY----- after 123-45-6789",
        "-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEAmadeup0123456789abcdef",
        "(415) 555-0134 x12 / 01 23 45 67 89 / tel: 5551234567 / 98765 43210",
        "no hits: 2024-05-01T10:00:00Z, 550e8400-e29b-41d4-a716-446655440000, v1.2.3.4.5, 12.50 EUR, foo::bar",
        "élodie@exämple.fr 电话+86 138 0013 8000，邮箱zhang@example.cn。😀",
        "",
        "@",
        "+",
        "eyJ",
    ]
}

#[test]
fn every_cut_gives_what_the_twin_gives() {
    for text in samples() {
        let expected = twin(&all_by_name(), text);
        let inside = serde_json::to_string(text).unwrap();
        let inside = &inside[1..inside.len() - 1];
        for batch in [1, 7, 64, BATCH] {
            let mut masker = TextMasker::new(&all_by_name());
            masker.batch = batch;
            for cut in 0..=inside.len() {
                let json = rewritten(&mut masker, &parts(inside, &[cut]));
                let decoded: String = serde_json::from_str(&json).unwrap();
                assert_eq!(decoded, expected, "batch {batch}, cut {cut}");
            }
            let every: Vec<usize> = (0..inside.len()).collect();
            let json = rewritten(&mut masker, &parts(inside, &every));
            assert_eq!(
                serde_json::from_str::<String>(&json).unwrap(),
                expected,
                "batch {batch}, every cut"
            );
        }
        assert_eq!(TextMasker::new(&all_by_name()).mask(text), expected);
    }
}

#[test]
fn what_is_not_found_stays_to_the_byte_and_escapes_are_seen_through() {
    let cases = [
        (r"a\u0062c\/\n\t\ud83d\ude00é", r"a\u0062c\/\n\t\ud83d\ude00é"),
        (
            r"to maria\u0040example.com\u002e \u00e9",
            r"to <email>\u002e \u00e9",
        ),
        (r"\u006daria@example\u002ecom\n", r"<email>\n"),
        (r"\u002b49 30\u0020901820\\", r"<phone>\\"),
        (r"4111\u00201111 1111\u00201111", "<card>"),
        (r"123\u002d45\u002D6789", "<ssn>"),
        (
            r"-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEA\u0041\n-----END PRIVATE KEY-----\n",
            r"<private_key>\n",
        ),
    ];
    for (inside, expected) in cases {
        for batch in [1, BATCH] {
            let mut masker = TextMasker::new(&all_by_name());
            masker.batch = batch;
            for cut in 0..=inside.len() {
                assert_eq!(
                    rewritten(&mut masker, &parts(inside, &[cut])),
                    format!("\"{expected}\"")
                );
            }
        }
    }
}

#[test]
fn each_action_on_what_is_found() {
    let text = "\"maria@example.com\" 123-45-6789";
    let hash = Action::Hash(HashKey::new(b"key"));
    let hashed = super::super::action::apply(&hash, "maria@example.com");
    let cases = [
        (redact("\"gone\"\n"), "\"\"gone\"\n\" \"gone\"\n".to_owned()),
        (Action::Partial, "\"m***@example.com\" 1***9".to_owned()),
        (Action::Remove, "\"\" ".to_owned()),
        (Action::Null, "\"\" ".to_owned()),
    ];
    for (action, expected) in cases {
        let mut masker = TextMasker::new(&[(vec![Detector::Email, Detector::Ssn], action)]);
        assert_eq!(masker.mask(text), expected);
        assert_eq!(masker.hits(), [(Detector::Email, 1), (Detector::Ssn, 1)]);
        assert_eq!(masker.masked_bytes(), 28);
        masker.mask("nothing");
        assert_eq!(masker.hits(), [(Detector::Email, 0), (Detector::Ssn, 0)]);
    }
    let mut masker = TextMasker::new(&[
        (vec![Detector::Email], hash),
        (vec![Detector::Email, Detector::Ssn], redact("-")),
    ]);
    assert_eq!(masker.mask(text), format!("\"{hashed}\" -"));
}

#[test]
fn other_scalars_pass() {
    let mut masker = TextMasker::new(&all_by_name());
    for (kind, literal) in [
        (ScalarKind::Number, "4111111111111111"),
        (ScalarKind::Bool, "true"),
        (ScalarKind::Null, ""),
    ] {
        let mut out = Vec::new();
        masker.begin(kind, &mut out);
        if !literal.is_empty() {
            masker.plain(literal, &mut out);
        }
        masker.end(&mut out);
        let expected = if literal.is_empty() { "null" } else { literal };
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}

#[test]
fn memory_is_bounded_however_long_the_text_is() {
    let key = format!(
        "-----BEGIN PRIVATE KEY-----\n{}",
        "MIIEowIBAAKCAQEA\n".repeat(50_000)
    );
    let token = format!("eyJhbGciOiJIUzI1NiJ9.{}.sig", "eyJzdWIi".repeat(50_000));
    let texts = [
        (key.clone(), "<private_key>".to_owned()),
        (format!("{token} x"), "<jwt> x".to_owned()),
        ("1 ".repeat(300_000), "1 ".repeat(300_000)),
        ("@".repeat(300_000), "@".repeat(300_000)),
        ("a".repeat(300_000), "a".repeat(300_000)),
        ("eyJ".repeat(100_000), "eyJ".repeat(100_000)),
        (" eyJhbGci".repeat(30_000), " eyJhbGci".repeat(30_000)),
        ("01 23 45 67 ".repeat(30_000), "01 23 45 67 ".repeat(30_000)),
        ("+49 30 ".repeat(30_000), "+49 30 ".repeat(30_000)),
        ("-".repeat(300_000), "-".repeat(300_000)),
        ("é\u{4e2d}".repeat(60_000), "é\u{4e2d}".repeat(60_000)),
    ];
    for (text, expected) in texts {
        let mut masker = TextMasker::new(&all_by_name());
        let mut out = Vec::new();
        masker.begin(ScalarKind::String, &mut out);
        let (mut from, mut greatest) = (0, 0);
        while from < text.len() {
            let mut to = (from + 5000).min(text.len());
            while !text.is_char_boundary(to) {
                to += 1;
            }
            masker.plain(&text[from..to], &mut out);
            greatest = greatest.max(masker.text.capacity());
            from = to;
        }
        masker.end(&mut out);
        let expected = serde_json::to_string(&expected).unwrap().replace("\\n", "\n");
        assert_eq!(
            String::from_utf8(out).unwrap().len(),
            expected.len(),
            "{}",
            &text[..20]
        );
        assert!(
            greatest < 32 * 1024,
            "{greatest} for {}",
            text.chars().take(20).collect::<String>()
        );
    }
}

/// Pieces of text that hits are made of, and things beside them.
fn fragment() -> impl Strategy<Value = String> {
    let fixed = samples();
    prop_oneof![
        3 => prop::sample::select(fixed).prop_map(str::to_owned),
        4 => "[ @.+(/:=,-]{0,3}",
        4 => "[0-9]{1,5}",
        2 => "[a-zA-Z]{1,5}",
        1 => Just("eyJhbGciOiJIUzI1NiJ9".to_owned()),
        1 => Just("DE89".to_owned()),
        1 => Just("555-".to_owned()),
        1 => Just("sk_live_".to_owned()),
        1 => Just("Secret".to_owned()),
        1 => Just("tel ".to_owned()),
        1 => Just("example.com".to_owned()),
        1 => Just("é中😀\u{a0}".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn cuts_and_escapes_do_not_show(
        fragments in prop::collection::vec(fragment(), 1..12),
        cuts in prop::collection::vec(0usize..400, 0..6),
        escaped in any::<u64>(),
        batch in 1usize..200,
    ) {
        let text = fragments.concat();
        let mut inside = String::new();
        for (index, character) in text.chars().enumerate() {
            if needs_escape(character) || (escaped >> (index % 64)) & 1 == 1 && index % 3 == 0 {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    inside.push_str(&format!("\\u{unit:04x}"));
                }
            } else {
                inside.push(character);
            }
        }
        let expected = twin(&all_by_name(), &text);
        let mut masker = TextMasker::new(&all_by_name());
        masker.batch = batch;
        let json = rewritten(&mut masker, &parts(&inside, &cuts));
        let decoded: String = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(decoded, expected);
    }
}
