//! `POST /v1/approvals`: what is asked, what people decide, and how often it counts.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Method, Request};
use jiff::SignedDuration;
use serde_json::{Value, json};
use vectorgate::audit::chain::Chain;
use vectorgate_console::people::Role;

use crate::console::{Console, send};
use crate::samples::{self, ask, record, with};

#[tokio::test]
async fn one_life() {
    let console = Console::start().await;
    let mut bob = console.browser("bob", Role::Approver).await;
    let pending = console.ask(&ask('a', "1"), 0).await.is(200).json();
    let id = pending["id"].as_str().unwrap().to_owned();
    assert_eq!(pending["status"], "pending");
    assert_eq!(pending["page"], format!("http://console.test/approvals/{id}"));
    assert_eq!(
        console.ask(&ask('a', "2"), 0).await.json()["id"],
        *id,
        "one request, one approval"
    );
    assert_ne!(console.ask(&ask('b', "1"), 0).await.json()["id"], *id);

    assert_eq!(
        bob.decide(&id, "approve", "for the migration")
            .await
            .is(303)
            .location(),
        format!("/approvals/{id}")
    );
    let approved = console.ask(&ask('a', "3"), 0).await.is(200).json();
    assert_eq!(approved["status"], "approved");
    assert_eq!(approved["id"], *id);
    assert_eq!(approved["decided_by"], "bob");
    assert_eq!(approved["reason"], "for the migration");
    assert!(approved["expires_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(
        console.ask(&ask('a', "3"), 0).await.json()["status"],
        "approved",
        "the same attempt, again"
    );

    let anew = console.ask(&ask('a', "4"), 0).await.json();
    assert_eq!(anew["status"], "pending", "its one use is spent");
    assert_ne!(anew["id"], *id);
    assert_eq!(
        console.ask(&ask('a', "3"), 0).await.json()["status"],
        "approved",
        "still the same attempt"
    );

    bob.decide(anew["id"].as_str().unwrap(), "deny", "not again")
        .await
        .is(303);
    let denied = console.ask(&ask('a', "5"), 0).await.json();
    assert_eq!(
        (&denied["status"], &denied["reason"]),
        (&json!("denied"), &json!("not again"))
    );
}

#[tokio::test]
async fn an_attempt_that_is_over_takes_no_use() {
    let console = Console::start().await;
    let mut bob = console.browser("bob", Role::Approver).await;
    let id = console.ask(&ask('a', "x-1"), 0).await.json()["id"].clone();
    // Its client hung up, and its question is still on its way.
    let gone = record("x-1", "2025-11-24T16:00:00.000Z");
    let line = Chain::new("c".into()).append(&samples::json(&gone));
    console.keep(line).await.is(200);
    bob.decide(id.as_str().unwrap(), "approve", "").await.is(303);
    let late = console.ask(&ask('a', "x-1"), 0).await.json();
    assert_eq!((&late["status"], &late["id"]), (&json!("pending"), &id));
    // Nor is another approval begun for it.
    assert!(!bob.get("/approvals").await.body.contains("svc:rag-eu"));
    let again = console.ask(&ask('a', "x-2"), 0).await.json();
    assert_eq!((&again["status"], &again["id"]), (&json!("approved"), &id));
}

#[tokio::test]
async fn a_decision_is_for_a_time() {
    let console = Console::start().await;
    let mut bob = console.browser("bob", Role::Approver).await;
    for decision in ["approve", "deny"] {
        let ask = with(
            ask(decision.chars().next().unwrap(), "1"),
            json!({"ttl": 1, "uses": 5}),
        );
        let id = console.ask(&ask, 0).await.json()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        bob.decide(&id, decision, "so").await.is(303);
        assert_ne!(console.ask(&ask, 0).await.json()["status"], "pending");
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        let later = console.ask(&ask, 0).await.json();
        assert_eq!(later["status"], "pending");
        assert_ne!(later["id"], *id);
    }
}

#[tokio::test]
async fn what_nobody_decides_lapses() {
    let console = Console::at("http://console.test", SignedDuration::from_millis(50)).await;
    let mut bob = console.browser("bob", Role::Approver).await;
    let id = console.ask(&ask('a', "1"), 0).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let csrf = bob.get(&format!("/approvals/{id}")).await.csrf();
    tokio::time::sleep(Duration::from_millis(80)).await;
    let late = bob
        .post(
            &format!("/approvals/{id}/decide"),
            &[("decision", "approve"), ("csrf", &csrf)],
        )
        .await;
    assert!(late.is(409).body.contains("Nobody decided this in time"));
    assert!(
        bob.get("/approvals/decided")
            .await
            .body
            .contains("expired undecided")
    );
    assert_ne!(console.ask(&ask('a', "1"), 0).await.json()["id"], *id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_attempts_at_one_use() {
    let console = Console::start().await;
    let mut bob = console.browser("bob", Role::Approver).await;
    let id = console.ask(&ask('a', "first"), 0).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    bob.decide(&id, "approve", "").await.is(303);
    let attempts = (0..20).map(|n| {
        let router = console.router.clone();
        tokio::spawn(async move {
            let request = Request::post("/v1/approvals")
                .header("authorization", format!("Bearer {}", crate::console::SECRET))
                .header("content-type", "application/json")
                .body(Body::from(ask('a', &format!("attempt-{n}")).to_string()))
                .unwrap();
            send(&router, request).await.is(200).json()["status"]
                .as_str()
                .unwrap()
                .to_owned()
        })
    });
    let mut approved = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        approved += usize::from(attempt.await.unwrap() == "approved");
    }
    assert_eq!(approved, 1);
}

#[tokio::test]
async fn a_decision_wakes_who_waits() {
    let console = Console::start().await;
    let mut bob = console.browser("bob", Role::Approver).await;
    let id = console.ask(&ask('a', "1"), 0).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let began = Instant::now();
    let asked = ask('a', "1");
    let (answer, ()) = tokio::join!(console.ask(&asked, 50), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        bob.decide(&id, "approve", "").await.is(303);
    });
    assert_eq!(answer.json()["status"], "approved");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_wait_ends() {
    let console = Console::start().await;
    let began = Instant::now();
    assert_eq!(console.ask(&ask('a', "1"), 1).await.json()["status"], "pending");
    assert!(began.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn strict_about_what_is_asked() {
    let console = Console::start().await;
    let post = async |kind: &str, body: String| console.call(Method::POST, "/v1/approvals", kind, body).await;
    let json = "application/json";
    for (kind, body, status, says) in [
        ("text/plain", ask('a', "1").to_string(), 415, "content-type"),
        (json, String::new(), 400, "EOF"),
        (json, "[]".into(), 400, "the ask is wrong"),
        (json, ask('a', "1").to_string() + "x", 400, "trailing"),
        (
            json,
            with(ask('a', "1"), json!({"extra": 1})).to_string(),
            400,
            "extra: unknown field",
        ),
        (
            json,
            ask('a', "1").to_string().replacen('{', "{\"ttl\":1,", 1),
            400,
            "duplicate field",
        ),
        (
            json,
            with(ask('a', "1"), json!({"digest": "ABC"})).to_string(),
            400,
            "digest",
        ),
        (
            json,
            with(ask('a', "1"), json!({"attempt": ""})).to_string(),
            400,
            "attempt",
        ),
        (
            json,
            with(ask('a', "1"), json!({"uses": 0})).to_string(),
            400,
            "uses",
        ),
        (
            json,
            with(ask('a', "1"), json!({"ttl": 0})).to_string(),
            400,
            "ttl",
        ),
        (
            json,
            with(ask('a', "1"), json!({"ttl": u64::MAX})).to_string(),
            400,
            "ttl",
        ),
        (
            json,
            with(ask('a', "1"), json!({"identity": {"name": ""}})).to_string(),
            400,
            "identity.name",
        ),
        (
            json,
            with(ask('a', "1"), json!({"operation": "x"})).to_string(),
            400,
            "operation",
        ),
        (
            json,
            with(ask('a', "1"), json!({"summary": "x".repeat(300_000)})).to_string(),
            413,
            "too large",
        ),
    ] {
        let reply = post(kind, body).await.is(status);
        let message = reply.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(says), "{message}");
    }
    let unknown = console
        .call(
            Method::POST,
            "/v1/approvals?wait=-1",
            json,
            ask('a', "1").to_string(),
        )
        .await;
    assert!(unknown.is(400).json()["message"].is_string());
    let unknown = console
        .call(
            Method::POST,
            "/v1/approvals?hold=1",
            json,
            ask('a', "1").to_string(),
        )
        .await;
    assert!(unknown.is(400).json()["message"].is_string());
    assert_eq!(
        console.store.waiting(jiff::Timestamp::now()).await.unwrap(),
        0,
        "none of them began an approval"
    );
}

#[tokio::test]
async fn a_digest_is_for_one_identity() {
    let console = Console::start().await;
    console.ask(&ask('a', "1"), 0).await.is(200);
    let other = with(ask('a', "1"), json!({"identity": {"name": "svc:other"}}));
    assert_eq!(console.ask(&other, 0).await.is(409).json()["error"], "conflict");
}

#[tokio::test]
async fn only_with_the_secret() {
    let console = Console::start().await;
    for (header, status) in [
        (None, 401),
        (Some("Bearer wrong-secret-of-the-tests"), 401),
        (Some("Basic the-secret-of-the-tests"), 401),
        (Some("Bearer "), 401),
        (Some("Bearer the-secret-of-the-tests"), 200),
        (Some("bearer the-secret-of-the-tests"), 200),
    ] {
        for (method, path) in [
            ("POST", "/v1/approvals"),
            ("POST", "/v1/records"),
            ("GET", "/v1/records"),
        ] {
            let mut request = Request::builder()
                .method(method)
                .uri(path)
                .header("content-type", "application/json");
            if let Some(header) = header {
                request = request.header("authorization", header);
            }
            let body = if path == "/v1/approvals" {
                ask('a', "1").to_string()
            } else {
                String::new()
            };
            send(&console.router, request.body(Body::from(body)).unwrap())
                .await
                .is(status);
        }
    }
    let elsewhere = Request::get("/v1/else").body(Body::empty()).unwrap();
    send(&console.router, elsewhere).await.is(401);
    assert_eq!(
        console
            .call(Method::GET, "/v1/else", "", String::new())
            .await
            .is(404)
            .json()["error"],
        "not_found"
    );
    let method = console
        .call(Method::DELETE, "/v1/records", "", String::new())
        .await;
    assert_eq!(method.is(405).json()["error"], "method_not_allowed");
}

#[tokio::test]
async fn who_may_decide() {
    let console = Console::start().await;
    let id = console.ask(&ask('a', "1"), 0).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let decide = format!("/approvals/{id}/decide");
    for (name, role, is, says) in [
        (
            "audrey",
            Role::Auditor,
            &[][..],
            "Only an approver or an admin may decide.",
        ),
        ("ada", Role::Approver, &["svc:rag-*"], "This is your own request."),
        ("alan", Role::Admin, &["group:ml"], "This is your own request."),
        ("svc:rag-eu", Role::Admin, &[], "This is your own request."),
    ] {
        let mut browser = console.browser_who_is(name, role, is).await;
        let page = browser.get(&format!("/approvals/{id}")).await.is(200);
        assert!(!page.body.contains("value=\"approve\""), "{name} sees no form");
        let fields = [("decision", "approve"), ("reason", "x"), ("csrf", &page.csrf())];
        assert!(
            browser.post(&decide, &fields).await.is(403).body.contains(says),
            "{name}"
        );
    }
    assert_eq!(
        console.ask(&ask('a', "1"), 0).await.json()["status"],
        Value::from("pending")
    );
    let mut bob = console.browser("bob", Role::Approver).await;
    assert!(
        bob.decide(&id, "deny", " ")
            .await
            .is(422)
            .body
            .contains("A denial needs a reason")
    );
    bob.decide(&id, "deny", "no").await.is(303);
    let csrf = bob.get(&format!("/approvals/{id}")).await.csrf();
    let again = bob
        .post(&decide, &[("decision", "approve"), ("csrf", &csrf)])
        .await;
    assert!(again.is(409).body.contains("decided already"));
    bob.post(
        "/approvals/nothing/decide",
        &[("decision", "approve"), ("csrf", &csrf)],
    )
    .await
    .is(404);
}
