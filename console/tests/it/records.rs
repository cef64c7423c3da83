//! `/v1/records`: kept as they came, in their chains.

use axum::http::Method;
use serde_json::{Value, json};
use vectorgate::audit::chain::Chain;
use vectorgate_console::people::Role;

use crate::console::Console;
use crate::samples::{self, record};

/// Three lines of one chain.
fn chain(name: &str) -> [String; 3] {
    let mut chain = Chain::new(name.into());
    [0, 1, 2].map(|n| {
        let record = record(&format!("{name}-{n}"), &format!("2025-11-24T16:0{n}:00.000Z"));
        chain.append(&samples::json(&record))
    })
}

/// What is kept, oldest first: each record's exchange and fault.
async fn kept(console: &Console) -> Vec<(String, Value)> {
    let found = console.read("").await.is(200).json();
    let place = |item: &Value| {
        assert_eq!(item["broken"], item["fault"].is_string());
        let name = format!("{}#{}", item["chain"].as_str().unwrap(), item["seq"]);
        (name, item["fault"].clone())
    };
    found["records"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(place)
        .collect()
}

#[tokio::test]
async fn kept_as_they_came() {
    let console = Console::start().await;
    // Spaces, an order of keys and a number form that no serialiser would make.
    let mut raw = samples::json(&record("x", "2025-11-24T16:00:00.000Z"));
    raw = raw.replacen(
        "{\"version\":1,",
        "{ \"latency_ms\" : 12.50e0,\t\"version\":1,",
        1,
    );
    raw = raw.replace(",\"latency_ms\":12.5}", "}");
    let line = Chain::new("c".into()).append(&raw);
    assert_eq!(console.keep(line).await.is(200).json(), json!({"accepted": 1}));
    let found = console.read("?exchange=x").await.is(200);
    assert!(found.body.contains(&raw), "{}", found.body);
    assert_eq!(kept(&console).await, [("c#0".to_owned(), Value::Null)]);
}

#[tokio::test]
async fn the_same_lines_again_change_nothing() {
    let console = Console::start().await;
    let lines = chain("c").concat();
    assert_eq!(
        console.keep(lines.clone()).await.is(200).json(),
        json!({"accepted": 3})
    );
    assert_eq!(console.keep(lines).await.is(200).json(), json!({"accepted": 3}));
    assert_eq!(console.keep("").await.is(200).json(), json!({"accepted": 0}));
    let names = ["c#0", "c#1", "c#2"].map(|name| (name.to_owned(), Value::Null));
    assert_eq!(kept(&console).await, names);
}

#[tokio::test]
async fn what_does_not_continue_its_chain_is_flagged() {
    let [one, two, three] = chain("c");
    let changed = two.replace("at most 100 results", "at most 999 results");
    let other = Chain::new("c".into()).append(&samples::json(&record("other", "2025-11-24T16:00:00.000Z")));
    let mut forked = Chain::new("c".into());
    forked.append("{}");
    let forked = forked.append(&samples::json(&record("forked", "2025-11-24T16:00:00.000Z")));
    let moved = one.replace("\"seq\":0", "\"seq\":1");
    let unrooted = one.replace(&"0".repeat(64), &"1".repeat(64));
    for (given, lines, then) in [
        (
            "in order",
            vec![&one, &two, &three],
            vec![json!(null), json!(null), json!(null)],
        ),
        ("a gap", vec![&one, &three], vec![json!(null), json!("gap")]),
        ("no beginning", vec![&two], vec![json!("gap")]),
        ("changed", vec![&one, &changed], vec![json!(null), json!("hash")]),
        (
            "changed, next fits",
            vec![&one, &changed, &three],
            vec![json!(null), json!("hash"), json!(null)],
        ),
        (
            "another in its place",
            vec![&one, &other],
            vec![json!(null), json!("duplicate")],
        ),
        (
            "another, twice",
            vec![&one, &other, &other],
            vec![json!(null), json!("duplicate")],
        ),
        (
            "of another chain",
            vec![&one, &forked],
            vec![json!(null), json!("prev")],
        ),
        ("moved", vec![&one, &moved], vec![json!(null), json!("hash")]),
        ("not from the beginning", vec![&unrooted], vec![json!("hash")]),
        (
            "out of order",
            vec![&one, &three, &two],
            vec![json!(null), json!(null), json!("late")],
        ),
    ] {
        let console = Console::start().await;
        for line in &lines {
            console.keep(line.as_str()).await.is(200);
        }
        let faults: Vec<Value> = kept(&console).await.into_iter().map(|(_, fault)| fault).collect();
        assert_eq!(faults, then, "{given}");
    }
}

#[tokio::test]
async fn a_line_that_is_none_keeps_nothing() {
    let console = Console::start().await;
    let [one, two, three] = chain("c");
    let later =
        samples::json(&record("x", "2025-11-24T16:00:00.000Z")).replace("\"version\":1", "\"version\":2");
    let yesterday = samples::json(&record("x", "yesterday"));
    let secret = samples::json(&record("x", "t")).replace("\"enforce\"", "17, \"leak\": \"s3cret-value\"");
    let line = |record: &str| Chain::new("d".into()).append(record);
    for (second, says) in [
        ("{\n".to_owned(), "line 2: not a link of a chain"),
        ("\n".to_owned(), "line 2: not a link"),
        (two.replace("\"seq\":1", "\"seq\":-1"), "line 2: not a link"),
        (
            two.replace("\"seq\":1", "\"seq\":18446744073709551615"),
            "line 2: seq is too large",
        ),
        (
            two.replace("\"chain\":\"c\"", "\"chain\":\"\""),
            "line 2: chain must have",
        ),
        (line("{}"), "line 2: not a record"),
        (line(&later), "line 2: record version 2"),
        (line(&yesterday), "line 2: time is not"),
        (line(&secret), "line 2: not a record at mode"),
    ] {
        let reply = console
            .keep([one.as_str(), &second, &three].concat())
            .await
            .is(400);
        let message = reply.json()["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with(says), "{message}");
        assert!(!message.contains("s3cret-value"), "{message}");
    }
    let bytes = console.keep("\u{0}").await;
    bytes.is(400);
    assert_eq!(kept(&console).await, []);
}

#[tokio::test]
async fn a_full_disk_says_so_and_keeps_nothing() {
    let console = Console::start().await;
    let database = console.database().await;
    // The third record finds no room.
    sqlx::query(
        "CREATE TRIGGER full BEFORE INSERT ON records WHEN NEW.seq = 2
         BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
    )
    .execute(&database)
    .await
    .unwrap();
    let reply = console.keep(chain("c").concat()).await.is(503);
    assert_eq!(reply.json()["error"], "unavailable");
    assert_eq!(kept(&console).await, []);
    sqlx::query("DROP TRIGGER full").execute(&database).await.unwrap();
    console.keep(chain("c").concat()).await.is(200);
}

#[tokio::test]
async fn what_is_looked_for_is_found() {
    let console = Console::start().await;
    let mut chain = Chain::new("c".into());
    let mut lines = String::new();
    for (n, (identity, collection)) in [("svc:a", "docs"), ("svc:b", "kb-eu"), ("svc:b", "kb[us]")]
        .iter()
        .enumerate()
    {
        let mut record = record(&format!("x{n}"), &format!("2025-11-24T16:0{n}:00.000Z"));
        record.identity.name = (*identity).into();
        record.request.collections = vec![(*collection).into(), "all".into()];
        if n == 2 {
            lines.push_str(&chain.append(&samples::json(&samples::opened(record.clone()))));
            record.decision.verdict = vectorgate::audit::record::Verdict::Approve;
        }
        lines.push_str(&chain.append(&samples::json(&record)));
    }
    console.keep(lines).await.is(200);
    for (query, seqs) in [
        ("", vec![3, 2, 1, 0]),
        ("?limit=2", vec![3, 2]),
        ("?exchange=x2", vec![3, 2]),
        ("?identity=svc:b", vec![3, 2, 1]),
        ("?identity=svc:*", vec![3, 2, 1, 0]),
        ("?identity=SVC:b", vec![]),
        ("?collection=kb-*", vec![1]),
        ("?collection=kb%5Bus%5D", vec![3, 2]),
        ("?collection=kb%5Bu*", vec![3, 2]),
        ("?collection=all&identity=svc:a", vec![0]),
        ("?verdict=approve", vec![3, 2]),
        ("?verdict=clamp", vec![1, 0]),
    ] {
        let found = console.read(query).await.is(200).json();
        let found: Vec<i64> = found["records"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["seq"].as_i64().unwrap())
            .collect();
        assert_eq!(found, seqs, "{query}");
    }
    for query in ["?verdict=maybe", "?who=x", "?limit=many"] {
        console.read(query).await.is(400);
    }
    let read_back = console.browser("alan", Role::Admin).await.get("/views").await;
    assert!(
        read_back.body.contains("verdict=approve"),
        "reading through the API is noted too"
    );
}

#[tokio::test]
async fn large_batches_have_an_end() {
    let console = Console::start().await;
    let large = "x".repeat(33 * 1024 * 1024);
    let reply = console
        .call(Method::POST, "/v1/records", "application/x-ndjson", large)
        .await;
    assert_eq!(reply.is(413).json()["error"], "too_large");
}
