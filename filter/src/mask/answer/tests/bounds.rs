//! Memory: bounded by the chunk and by fixed limits, whatever the answer holds.

use super::*;

const CHUNK: usize = 16 * 1024;
const MEGABYTE: usize = 1024 * 1024;
/// What one chunk of output may take, and all that is kept between chunks.
const LIMIT: usize = 96 * 1024;

/// Streams `head`, `filler` again and again up to `total` bytes, then `tail`. How much came out.
fn stream(plan: &MaskPlan, head: &str, filler: &str, tail: &str, total: usize) -> u64 {
    let mut masker = Masker::new(Arc::new(CompiledMask::new(&points(), plan)));
    let chunk: Vec<u8> = filler
        .bytes()
        .cycle()
        .take(CHUNK / filler.len() * filler.len())
        .collect();
    let mut out = Vec::new();
    let mut came_out = 0;
    let chunks = std::iter::repeat_n(&chunk[..], total / chunk.len());
    for chunk in [head.as_bytes()]
        .into_iter()
        .chain(chunks)
        .chain([tail.as_bytes()])
    {
        out.clear();
        came_out += match masker.push(chunk, &mut out).unwrap() {
            Output::Unchanged => chunk.len() as u64,
            Output::Rewritten => out.len() as u64,
        };
        assert!(
            out.capacity() <= LIMIT,
            "{} bytes of output for a chunk",
            out.capacity()
        );
        assert!(masker.memory() <= LIMIT, "{} bytes are kept", masker.memory());
    }
    masker.finish(&mut out).unwrap();
    came_out
}

#[test]
fn values_of_fifty_megabytes() {
    const TOTAL: usize = 50 * MEGABYTE;
    let gone = plan(vec![fields(&["x"], Action::Remove)]);
    let kept = plan(vec![fields(&["email"], Action::Remove)]);
    let payload = |before: &str| format!(r#"{{"result":{{"points":[{{"payload":{{{before}"#);
    let end = "}}]}}";
    let cases: &[(&str, &MaskPlan, String, &str, String)] = &[
        (
            "a string, copied",
            &kept,
            payload("\"x\":\""),
            "\\u00e9 \u{e9}x",
            format!("\"{end}"),
        ),
        (
            "a string, removed",
            &gone,
            payload("\"x\":\""),
            "\\u00e9 \u{e9}x",
            format!("\"{end}"),
        ),
        ("a key", &gone, payload("\""), "kk\\u00e9", format!("\":1{end}")),
        (
            "blanks before a key",
            &gone,
            payload("\"a\":1,"),
            "  \n",
            format!("\"b\":1{end}"),
        ),
        (
            "blanks before a colon",
            &gone,
            payload("\"x\""),
            "  \n",
            format!(":1{end}"),
        ),
        (
            "blanks before a value",
            &gone,
            payload("\"x\":"),
            "  \n",
            format!("1{end}"),
        ),
        (
            "numbers",
            &kept,
            payload("\"x\":["),
            "0.125,-3,",
            format!("1]{end}"),
        ),
        ("a number", &kept, payload("\"x\":0."), "12345", end.to_owned()),
        (
            "members, removed",
            &gone,
            payload(""),
            "\"x\":[1,{}],",
            format!("\"x\":1{end}"),
        ),
    ];
    for (name, plan, head, filler, tail) in cases {
        let total = if name.starts_with("members") {
            TOTAL / 10
        } else {
            TOTAL
        };
        let came_out = stream(plan, head, filler, tail, total);
        assert!(came_out > 0, "{name}");
        if name.ends_with("removed") {
            assert!(came_out < 100, "{name}: {came_out}");
        }
    }
}

#[test]
fn a_string_that_is_rewritten() {
    for action in [Action::Partial, hash()] {
        let came_out = stream(
            &plan(vec![fields(&["x"], action)]),
            r#"{"result":{"points":[{"payload":{"x":""#,
            "\\u00e9 \u{e9}x",
            r#""}}]}}"#,
            5 * MEGABYTE,
        );
        assert!(came_out > 0);
    }
}

#[test]
fn a_hundred_megabytes_in_one_masked_string() {
    for action in [redact(), Action::Partial, hash()] {
        // Without escapes and other characters, so that it takes seconds where nothing is optimised.
        let came_out = stream(
            &plan(vec![fields(&["x"], action)]),
            r#"{"result":{"points":[{"payload":{"x":""#,
            &"secret words ".repeat(1000),
            r#""}}]}}"#,
            100 * MEGABYTE,
        );
        assert!(came_out < 150, "{came_out}");
    }
}

#[test]
fn a_text_that_is_searched() {
    let plan = plan(vec![detect(&[Detector::Email], &["x"], redact())]);
    stream(
        &plan,
        r#"{"result":{"points":[{"payload":{"x":""#,
        "to nia@example.com \\u00e9 ",
        r#""}}]}}"#,
        5 * MEGABYTE,
    );
    stream(
        &plan,
        r#"{"result":{"points":[{"payload":{"x":""#,
        "aaaaaaaaa",
        r#""}}]}}"#,
        5 * MEGABYTE,
    );
}

#[test]
fn a_key_that_is_too_long_to_be_held_is_removed_where_any_key_is() {
    let plan = plan(vec![fields(&["payload.*"], Action::Remove)]);
    let key = "k".repeat(200_000);
    let answer = format!(r#"{{"result":{{"points":[{{"payload":{{"{key}":{{"a":"secret"}},"b":1}}}}]}}}}"#);
    let compiled = Arc::new(CompiledMask::new(&points(), &plan));
    for size in [1, 1000, 1_000_000] {
        let (out, tally) = mask_chunks(&compiled, answer.as_bytes().chunks(size)).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#"{"result":{"points":[{"payload":{}}]}}"#,
            "chunks of {size}"
        );
        assert_eq!(counts(&tally), [("payload.*", 2)]);
    }
}
