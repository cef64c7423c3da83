//! What people see, and what they must not.

use axum::http::{Method, header};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::SignedDuration;
use serde_json::json;
use vectorgate::audit::chain::Chain;
use vectorgate_console::message;
use vectorgate_console::people::Role;

use crate::console::{Console, PASSWORD};
use crate::samples::{self, ask, record, with};

/// Every page, for a console that [`full`] made.
fn every_page(approval: &str) -> Vec<String> {
    let mut pages: Vec<String> = [
        "/approvals",
        "/approvals/decided",
        "/sessions",
        "/sessions/1",
        "/sessions/1?step=2",
    ]
    .iter()
    .chain(&[
        "/exchanges",
        "/exchanges/x0",
        "/exchanges/x1",
        "/exchanges?identity=*&verdict=clamp",
        "/views",
    ])
    .map(|page| (*page).to_owned())
    .collect();
    pages.push(format!("/approvals/{approval}"));
    pages
}

/// A console with a waiting approval and recorded exchanges; gives the approval's id.
async fn full() -> (Console, String) {
    let console = Console::start().await;
    let id = console.ask(&ask('a', "1"), 0).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut chain = Chain::new("c".into());
    let lines: String = (0..3)
        .map(|n| {
            chain.append(&samples::json(&record(
                &format!("x{n}"),
                &format!("2025-11-24T16:0{n}:00.000Z"),
            )))
        })
        .collect();
    console.keep(lines).await.is(200);
    (console, id)
}

#[tokio::test]
async fn every_page_is_there_and_guarded() {
    let (console, id) = full().await;
    let mut admin = console.browser("alan", Role::Admin).await;
    let mut stranger = console.stranger();
    for page in every_page(&id) {
        let reply = admin.get(&page).await.is(200);
        let header = |name: &str| reply.headers[name].to_str().unwrap().to_owned();
        assert!(
            header("content-security-policy").starts_with("default-src 'none'; style-src 'self'"),
            "{page}"
        );
        assert_eq!(header("x-frame-options"), "DENY", "{page}");
        assert_eq!(header("cache-control"), "no-store", "{page}");
        assert!(
            !reply.body.contains("<script") && !reply.body.contains("style="),
            "{page}"
        );
        let away = stranger.get(&page).await.is(303);
        assert!(
            away.location().starts_with("/login?next=%2F"),
            "{page}: {}",
            away.location()
        );
    }
    assert_eq!(stranger.get("/approvals/nothing").await.is(303).body, "");
    admin.get("/approvals/nothing").await.is(404);
    admin.get("/exchanges/nothing").await.is(404);
    admin.get("/sessions/99").await.is(404);
    admin.get("/sessions/x").await.is(404);
    admin.get("/nothing").await.is(404);
    assert_eq!(stranger.get("/healthz").await.is(200).body, "ok\n");
}

#[tokio::test]
async fn roles() {
    let (console, id) = full().await;
    for (name, role, recordings, views) in [
        ("bob", Role::Approver, 403, 403),
        ("audrey", Role::Auditor, 200, 403),
        ("alan", Role::Admin, 200, 200),
    ] {
        let mut browser = console.browser(name, role).await;
        for page in every_page(&id) {
            let status = match page.as_str() {
                "/views" => views,
                page if page.starts_with("/approvals") => 200,
                _ => recordings,
            };
            let reply = browser.get(&page).await.is(status);
            assert_eq!(
                reply.body.contains("href=\"/sessions\""),
                status == 200 && recordings == 200,
                "{name} {page}"
            );
        }
    }
}

#[tokio::test]
async fn signing_in_and_out() {
    let (console, id) = full().await;
    console.person("bob", Role::Approver, &[]).await;
    let mut browser = console.stranger();
    browser.sign_in("bob", "wrong password").await.is(401);
    browser.sign_in("nobody", PASSWORD).await.is(401);
    let page = format!("/approvals/{id}");
    let away = browser.get(&page).await.is(303).location().to_owned();
    let login = browser.get(&away).await.is(200);
    assert!(
        login.body.contains(&format!("name=\"next\" value=\"{page}\"")),
        "{}",
        login.body
    );
    let fields = [
        ("name", "bob"),
        ("password", PASSWORD),
        ("csrf", &login.csrf()),
        ("next", page.as_str()),
    ];
    assert_eq!(browser.post("/login", &fields).await.is(303).location(), page);
    assert_eq!(browser.get("/login").await.is(303).location(), "/");
    let csrf = browser.get(&page).await.is(200).csrf();
    let stolen = browser.cookies.clone();
    browser.post("/logout", &[]).await.is(403);
    browser.post("/logout", &[("csrf", &csrf)]).await.is(303);
    browser.get(&page).await.is(303);
    browser.cookies = stolen;
    browser.get(&page).await.is(303);

    // Another sign-in in the same browser ends the one before.
    let mut browser = console.stranger();
    let form = browser.get("/login").await.csrf();
    let kept = browser.cookies.clone();
    browser.sign_in("bob", PASSWORD).await.is(303);
    let before = browser.cookies.clone();
    browser.cookies.extend(kept);
    let fields = [("name", "bob"), ("password", PASSWORD), ("csrf", form.as_str())];
    browser.post("/login", &fields).await.is(303);
    browser.get(&page).await.is(200);
    browser.cookies = before;
    browser.get(&page).await.is(303);

    let mut browser = console.stranger();
    browser.sign_in("bob", PASSWORD).await.is(303);
    console.store.remove_person("bob").await.unwrap();
    browser.get(&page).await.is(303);
}

#[tokio::test]
async fn cookies_are_secure_where_they_can_be() {
    for (url, name, secure) in [
        ("http://127.0.0.1:8400", "vectorgate", false),
        ("https://gate.example", "__Host-vectorgate", true),
    ] {
        let console = Console::at(url, SignedDuration::from_hours(1)).await;
        console.person("bob", Role::Approver, &[]).await;
        let reply = console.stranger().sign_in("bob", PASSWORD).await.is(303);
        let cookies = reply.headers.get_all(header::SET_COOKIE).iter();
        let cookies: Vec<&str> = cookies.map(|cookie| cookie.to_str().unwrap()).collect();
        let cookie = cookies
            .iter()
            .find(|cookie| cookie.starts_with(&format!("{name}=")))
            .unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"));
        assert_eq!(cookie.contains("Secure"), secure);
    }
}

#[tokio::test]
async fn guessing_is_limited() {
    let console = Console::start().await;
    console.person("bob", Role::Approver, &[]).await;
    let mut browser = console.stranger();
    for _ in 0..8 {
        browser.sign_in("bob", "wrong password").await.is(401);
    }
    let reply = browser.sign_in("bob", PASSWORD).await.is(429);
    assert!(reply.headers.contains_key(header::RETRY_AFTER));
    console.person("ann", Role::Approver, &[]).await;
    browser.sign_in("ann", PASSWORD).await.is(303);
}

#[tokio::test]
async fn forms_from_elsewhere_do_nothing() {
    let (console, id) = full().await;
    let mut bob = console.browser("bob", Role::Approver).await;
    let mut eve = console.browser("eve", Role::Approver).await;
    let theirs = eve.get("/approvals").await.csrf();
    let decide = format!("/approvals/{id}/decide");
    for csrf in [None, Some(""), Some("x"), Some(theirs.as_str())] {
        let mut fields = vec![("decision", "approve"), ("reason", "")];
        fields.extend(csrf.map(|csrf| ("csrf", csrf)));
        let reply = bob.post(&decide, &fields).await.is(403);
        assert!(reply.body.contains("This form did not come from a page"));
    }
    console.person("ann", Role::Admin, &[]).await;
    let mut stranger = console.stranger();
    let fields = [("name", "ann"), ("password", PASSWORD)];
    stranger.post("/login", &fields).await.is(403);
    stranger
        .post("/login", &[fields[0], fields[1], ("csrf", "")])
        .await
        .is(403);
    stranger.post(&decide, &[("decision", "approve")]).await.is(303);
    assert_eq!(console.ask(&ask('a', "1"), 0).await.json()["status"], "pending");
    bob.get(&decide).await.is(405);
}

#[tokio::test]
async fn nothing_that_was_sent_becomes_markup() {
    const PROBE: &str = "<img src=x>'\"&<b>\u{202e}";
    let console = Console::start().await;
    let probed = with(
        ask('a', PROBE),
        json!({
            "identity": {"name": PROBE, "groups": [PROBE]}, "source": PROBE, "database": PROBE,
            "collections": [PROBE], "rule": PROBE, "reason": PROBE, "masking": PROBE, "summary": PROBE, "policy": PROBE,
        }),
    );
    let id = console.ask(&probed, 0).await.is(200).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut record =
        serde_json::to_value(samples::opened(record(PROBE, "2025-11-24T16:00:00.000Z"))).unwrap();
    let mut strings = 0;
    probe(&mut record, PROBE, &mut strings);
    assert!(strings > 15, "{strings}");
    record["decision"]["approval"]["id"] = json!(id);
    record["masked"] = json!({ PROBE: 1 });
    let opened = record.to_string();
    let closed = with(record, json!({"phase": "closed", "answer": {
        "status": 200, "outcome": "cut_off", "why": PROBE, "returned": 1, "vectors": 0, "vectors_stripped": 0,
        "masked": {PROBE: 1}, "body": {"text": format!("{{\"a\": \"{}\"}}", "<b>"), "length": 1, "sha256": PROBE, "cut": true},
    }}))
    .to_string();
    let mut chain = Chain::new(PROBE.replace('"', "").to_owned());
    let lines = [
        chain.append(&opened),
        chain.append(&closed),
        chain.append(&closed),
    ]
    .concat();
    console.keep(lines).await.is(200);

    let mut admin = console.browser(PROBE, Role::Admin).await;
    let mut other = console.browser("bob", Role::Admin).await;
    let name = "%3Cimg%20src%3Dx%3E%27%22%26%3Cb%3E%E2%80%AE";
    let fields = "identity=%3Cimg%20src=x%3E%22*&collection=%3Cimg%20src=x%3E%22*&verdict=%3Cimg%20src=x%3E&from=%3Cimg%20src=x%3E";
    let pages = [
        "/approvals".to_owned(),
        format!("/approvals/{id}"),
        "/approvals/decided".into(),
        "/sessions".into(),
        "/sessions/1".into(),
        "/exchanges".into(),
        format!("/exchanges/{name}"),
        format!("/exchanges?{fields}"),
        format!("/sessions?{fields}"),
        "/views".into(),
    ];
    for page in &pages {
        let body = admin.get(page).await.is(200).body;
        assert!(!body.contains("<img") && !body.contains("<b>"), "{page}: {body}");
        assert!(
            !body.contains('\u{202e}') && body.contains("⟨U+202E⟩"),
            "{page}: {body}"
        );
        assert!(
            body.contains("&#60;img") || body.contains("&lt;img"),
            "{page} shows it as text: {body}"
        );
    }
    let long = format!("{PROBE}{}", "x".repeat(600));
    let refused = other.decide(&id, "deny", &long).await.is(422).body;
    assert!(!refused.contains("<img") && refused.contains("&#60;img"));
    other.decide(&id, "deny", PROBE).await.is(303);
    for page in &pages {
        assert!(!admin.get(page).await.is(200).body.contains("<img"), "{page}");
    }
    let login = console
        .stranger()
        .sign_in(PROBE, "wrong password")
        .await
        .is(401)
        .body;
    assert!(!login.contains("<img") && login.contains("&#60;img"));
    let twice = console.stranger().get("/login?next=/a&next=/b").await.is(400);
    assert!(
        twice.body.contains("The address cannot be read"),
        "{}",
        twice.body
    );
    let next = console
        .stranger()
        .get("/login?next=/%3Cimg%20src=x%3E%22")
        .await
        .is(200)
        .body;
    assert!(!next.contains("<img"));
}

#[tokio::test]
async fn who_asks_for_much_hides_nobody() {
    let console = Console::start().await;
    let by = |name: &str, number: usize| {
        let digest = format!("{number:064x}");
        with(
            ask('a', "1"),
            json!({"digest": digest, "identity": {"name": name, "groups": []}, "summary": format!("question {number}.")}),
        )
    };
    for number in 0..60 {
        console.ask(&by("svc:eve", number), 0).await.is(200);
    }
    console.ask(&by("svc:bob", 60), 0).await.is(200);
    let mut ann = console.browser("ann", Role::Approver).await;
    let first = ann.get("/approvals").await.is(200).body;
    assert!(
        first.contains("question 0.") && first.contains("question 60."),
        "{first}"
    );
    assert_eq!(first.matches("<li class=\"card\">").count(), 50);
    assert!(first.contains("href=\"/approvals?page=1\""), "{first}");
    let second = ann.get("/approvals?page=1").await.is(200).body;
    assert_eq!(second.matches("<li class=\"card\">").count(), 11);
    assert!(second.contains("question 59.") && second.contains("href=\"/approvals\""));
}

/// Puts the probe into every string whose content is free.
fn probe(value: &mut serde_json::Value, with: &str, count: &mut u32) {
    match value {
        serde_json::Value::String(text) => {
            let fixed = ["opened", "search", "approve", "unbounded"];
            if !fixed.contains(&text.as_str()) && !text.starts_with("2025-") {
                *text = with.to_owned();
                *count += 1;
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| probe(item, with, count)),
        serde_json::Value::Object(fields) => fields.values_mut().for_each(|value| probe(value, with, count)),
        _ => {}
    }
}

#[tokio::test]
async fn sessions_join_whatever_the_order() {
    let at = |minute: u32| {
        record(
            &format!("m{minute}"),
            &format!("2025-11-24T{:02}:{:02}:00.000Z", 10 + minute / 60, minute % 60),
        )
    };
    for order in [[0, 29, 58, 90], [90, 58, 29, 0], [0, 58, 90, 29], [58, 0, 29, 90]] {
        let console = Console::start().await;
        let mut chain = Chain::new("c".into());
        for minute in order {
            console
                .keep(chain.append(&samples::json(&at(minute))))
                .await
                .is(200);
        }
        let found = console.store.sessions(&Default::default(), 10, 0).await.unwrap();
        let found: Vec<(i64, String)> = found
            .iter()
            .map(|s| (s.exchanges, s.first_at.to_string()))
            .collect();
        let then = [
            (1, "2025-11-24T11:30:00Z".to_owned()),
            (3, "2025-11-24T10:00:00Z".to_owned()),
        ];
        assert_eq!(found, then, "{order:?}");
    }
}

#[tokio::test]
async fn readings_are_noted() {
    let (console, _) = full().await;
    let mut audrey = console.browser("audrey", Role::Auditor).await;
    audrey.get("/exchanges").await.is(200);
    audrey.get("/exchanges/nothing").await.is(404);
    audrey.get("/exchanges/x1").await.is(200);
    audrey.get("/sessions/1?step=3").await.is(200);
    let views = console.store.views(10, 0).await.unwrap();
    let views: Vec<(&str, &str, &str)> = views
        .iter()
        .map(|view| (view.reader.as_str(), view.what.as_str(), view.which.as_str()))
        .collect();
    assert_eq!(
        views,
        [
            ("audrey", "exchange", "x2"),
            ("audrey", "session", "1"),
            ("audrey", "exchange", "x1")
        ]
    );
    sqlx::query("DROP TABLE views")
        .execute(&console.database().await)
        .await
        .unwrap();
    audrey.get("/exchanges/x1").await.is(503);
}

#[tokio::test]
async fn what_is_broken_or_open_shows() {
    let console = Console::start().await;
    let mut chain = Chain::new("c".into());
    let open = samples::opened(record("open", "2025-11-24T16:00:00.000Z"));
    let lost = record("lost", "2025-11-24T16:01:00.000Z");
    let broken = record("broken", "2025-11-24T16:02:00.000Z");
    let open = chain.append(&samples::json(&open));
    chain.append(&samples::json(&lost));
    let broken = chain.append(&samples::json(&broken));
    console.keep(open + &broken).await.is(200);
    let mut admin = console.browser("alan", Role::Admin).await;
    for (page, says) in [
        ("/exchanges", "not closed"),
        ("/exchanges", "broken"),
        ("/sessions", "1 broken"),
        ("/sessions", "1 not closed"),
        ("/exchanges/open", "no end was recorded"),
        ("/exchanges/broken", "This recording is broken."),
        ("/exchanges/broken", "the record before it is missing"),
    ] {
        let body = admin.get(page).await.is(200).body;
        assert!(body.contains(says), "{page}: {says}");
    }
}

#[tokio::test]
async fn one_in_full() {
    let console = Console::start().await;
    let mut line = record("x", "2025-11-24T16:00:00.000Z");
    line.decision.approval = Some(vectorgate::audit::record::ApprovalNote {
        id: Some("the-approval".into()),
        status: "approved".into(),
        decided_by: Some("bob".into()),
    });
    console
        .keep(Chain::new("c".into()).append(&samples::json(&line)))
        .await
        .is(200);
    let page = console
        .browser("alan", Role::Admin)
        .await
        .get("/exchanges/x")
        .await
        .is(200)
        .body;
    for says in [
        "svc:rag-eu",
        "rag-reads",
        "at most 100 results",
        "email × 100",
        "100 stripped",
        "href=\"/approvals/the-approval\"",
        "a***@example.com",
        "n_results&#34;: 500",
        "12.5 ms",
        "continues",
        "10.1.2.3:40112",
        "answered in full",
    ] {
        assert!(page.contains(says), "{says}: {page}");
    }
}

#[tokio::test]
async fn a_grpc_answer_is_read_field_by_field() {
    let console = Console::start().await;
    let mut grpc = record("grpc", "2025-11-24T16:00:00.000Z");
    grpc.request.path = "/qdrant.Points/Query".into();
    let body = grpc.answer.as_mut().unwrap().body.as_mut().unwrap();
    body.encoding = vectorgate::audit::record::Encoding::Base64;
    let answer =
        json!({ "result": [{ "id": { "num": 7 }, "payload": { "city": { "string_value": "<b>Turku" } } }] });
    let kind = message::method("/qdrant.Points/Query").unwrap().answer;
    let message = message::json::bytes(&kind, answer.to_string().as_bytes()).unwrap();
    let frame = [&[0, 0, 0, 0, u8::try_from(message.len()).unwrap()], &message[..]].concat();
    body.text = BASE64_STANDARD.encode(&frame);
    let mut chain = Chain::new("c".into());
    console.keep(chain.append(&samples::json(&grpc))).await.is(200);
    let mut admin = console.browser("alan", Role::Admin).await;
    let page = admin.get("/exchanges/grpc").await.is(200).body;
    assert!(
        page.contains("num&#34;: 7") && page.contains("&#60;b&#62;Turku"),
        "{page}"
    );
}

#[tokio::test]
async fn the_api_is_no_way_round_the_pages() {
    let (console, _) = full().await;
    let login = console.call(Method::GET, "/approvals", "", String::new()).await;
    assert!(login.is(303).location().starts_with("/login"));
    let mut admin = console.browser("alan", Role::Admin).await;
    admin.get("/v1/records").await.is(401);
}
