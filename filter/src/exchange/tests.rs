//! Whole lives of exchanges, with no Envoy about: what happens in, effects out.

use super::answer::{AnswerHead, Chunk, End};
use super::judge::Guard;
use super::life::{Accepted, Arrival, Effect, Exchange, Follows, Released, Waits};
use crate::approval::contract::Caller;
use crate::audit::intent::Stake;
use crate::audit::record::{Outcome, Phase, Record, Verdict};
use crate::dialect::chroma::Chroma;
use crate::dialect::qdrant::Qdrant;
use crate::dialect::{Head, Lookup, Named, Names, Reply};
use crate::policy::Policy;
use crate::wire::target::Target;
use serde_json::{Value, json};
use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

const ID: &str = "071633ae-9d0d-4dee-82e2-12ff37aa8459";
const START: Duration = Duration::from_secs(1_800_000_000);

/// The names that a worker knows.
struct Known(&'static [(&'static str, &'static str)]);

impl Names for Known {
    fn get(&self, key: &str) -> Option<Named> {
        let (_, name) = self.0.iter().find(|(known, _)| *known == key)?;
        Some(Named::Collection {
            name: (*name).to_owned(),
            scope: "default_tenant/default_database".to_owned(),
        })
    }
}

const NAMED: Known = Known(&[(ID, "docs")]);
const UNNAMED: Known = Known(&[]);

fn policy() -> Value {
    json!({
        "version": 1,
        "database": "chroma",
        "identity": [{ "jwt": { "claim": "sub" } }],
        "rules": [{
            "name": "rag-reads",
            "identities": ["svc:rag-*"],
            "collections": ["docs"],
            "operations": ["search"],
            "top_k": { "max": 10, "over": "clamp" },
            "results": { "max": 50, "over": "approve" },
            "mask": [{ "fields": ["email"], "with": "remove" }],
        }],
        "lookup": { "cluster": "database" },
        "approval": { "cluster": "console", "wait": "20s", "max_held": 1 },
        "audit": { "cluster": "console", "bodies": "masked" },
        "limits": { "request_body": "1KiB" },
    })
}

/// One life, and what the worker around it knows.
struct Life {
    exchange: Exchange,
    arrival: Arrival,
    now: SystemTime,
    held: Rc<Cell<usize>>,
}

impl Life {
    fn new(policy: Value, method: &str, call: &str, body: Follows) -> Life {
        Life::in_worker(policy, method, call, body, Rc::default())
    }

    fn in_worker(policy: Value, method: &str, call: &str, body: Follows, held: Rc<Cell<usize>>) -> Life {
        let policy =
            Policy::from_json(policy.to_string().as_bytes(), &|_: &str| None).expect("a right policy");
        let path =
            format!("/api/v2/tenants/default_tenant/databases/default_database/collections/{ID}/{call}");
        let head = Head {
            method: method.to_owned(),
            target: Target::parse(&path).unwrap(),
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        };
        let now = SystemTime::UNIX_EPOCH + START;
        let arrival = Arrival {
            caller: Caller {
                name: "svc:rag-web".to_owned(),
                groups: Vec::new(),
            },
            source: Some("10.0.0.7:1234".to_owned()),
            request_id: None,
            trace_id: None,
            time: now,
            body,
            content_length: None,
            patience: None,
        };
        let guard = Rc::new(Guard::new(policy, &Chroma));
        let exchange = Exchange::new(guard, Rc::clone(&held), "x-1".to_owned(), arrival.clone(), head);
        Life {
            exchange,
            arrival,
            now,
            held,
        }
    }

    /// A search for so many, its body read, its collection's name known.
    fn search(policy: Value, n: u64) -> (Life, Vec<Effect>) {
        let mut life = Life::new(policy, "POST", "query", Follows::Body);
        let effects = life.ask_for(n);
        (life, effects)
    }

    fn ask_for(&mut self, n: u64) -> Vec<Effect> {
        assert_eq!(self.exchange.start(&NAMED, self.now), []);
        assert!(self.exchange.reads_body() && self.exchange.holds_request());
        let body = json!({ "query_embeddings": [[0.5, 0.25]], "n_results": n }).to_string();
        self.exchange.body_whole(body.into_bytes(), &NAMED, self.now)
    }

    fn passes(&mut self, by: u64) -> SystemTime {
        self.now += Duration::from_secs(by);
        self.now
    }

    /// The service says this.
    fn service_says(&mut self, status: &str) -> Vec<Effect> {
        let answer = json!({ "status": status, "id": "a-1", "page": "https://console/approvals/a-1", "reason": "no need" });
        self.exchange
            .asked(Some(200), answer.to_string().as_bytes(), self.now)
    }

    fn answer(&mut self, chunks: &[&str]) -> (String, Vec<Effect>) {
        let head = AnswerHead {
            status: 200,
            content_type: Some("application/json".to_owned()),
            ..AnswerHead::default()
        };
        let mut effects = self.exchange.answer_head(&head, self.now);
        let mut left = String::new();
        for (n, chunk) in chunks.iter().enumerate() {
            let end = if n + 1 == chunks.len() {
                End::Last
            } else {
                End::More
            };
            let released = if left.is_empty() {
                Released::Nothing
            } else {
                Released::Head
            };
            let mut out = Vec::new();
            let (passed, more) =
                self.exchange
                    .answer_chunk(chunk.as_bytes(), end, &mut out, released, self.now);
            left.push_str(match passed {
                Chunk::Unchanged => chunk,
                Chunk::Rewritten => std::str::from_utf8(&out).unwrap(),
            });
            effects.extend(more);
        }
        (left, effects)
    }
}

fn record(effect: &Effect) -> Record {
    let Effect::Record { json, .. } = effect else {
        panic!("a record, not {effect:?}")
    };
    serde_json::from_str(json).unwrap()
}

fn reply(effect: &Effect) -> &Reply {
    let Effect::Reply(reply) = effect else {
        panic!("a reply, not {effect:?}")
    };
    reply
}

fn message(effect: &Effect) -> String {
    let body: Value = serde_json::from_slice(&reply(effect).body).unwrap();
    body["message"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_allowed_goes_on_as_it_came() {
    let (life, effects) = Life::search(policy(), 5);
    assert_eq!(
        effects,
        [Effect::Forward {
            path: None,
            body: None
        }]
    );
    assert!(!life.exchange.holds_request());
}

#[test]
fn what_is_clamped_goes_on_with_the_limit_that_was_judged() {
    let (_, effects) = Life::search(policy(), 20);
    let [
        Effect::Forward {
            path: None,
            body: Some(body),
        },
    ] = effects.as_slice()
    else {
        panic!("{effects:?}")
    };
    let body: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(
        body,
        json!({ "query_embeddings": [[0.5, 0.25]], "n_results": 10 })
    );
}

#[test]
fn a_refusal_waits_for_its_record() {
    let mut life = Life::new(policy(), "POST", "get", Follows::Body);
    life.exchange.start(&NAMED, life.now);
    let effects = life.exchange.body_whole(b"{}".to_vec(), &NAMED, life.now);
    let [placed] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert!(matches!(
        placed,
        Effect::Record {
            waits: Waits::UntilAccepted,
            ..
        }
    ));
    let told = record(placed);
    assert_eq!(
        (told.phase, told.decision.verdict),
        (Phase::Closed, Verdict::Deny)
    );
    assert_eq!(told.answer.unwrap().outcome, Outcome::Refused);
    assert!(life.exchange.holds_request());
    let effects = life.exchange.recorded(Accepted::Yes, Released::Nothing, life.now);
    assert_eq!(reply(&effects[0]).status, 403);
    assert!(life.exchange.is_over());
}

#[test]
fn an_answer_is_masked_and_its_end_waits_for_its_record() {
    let (mut life, _) = Life::search(policy(), 5);
    let (left, effects) = life.answer(&[
        r#"{"ids":[["a"]],"metadatas":[[{"email":"nia@exam"#,
        r#"ple.com","city":"Porto"}]],"include":["metadatas"]}"#,
    ]);
    assert_eq!(
        left,
        r#"{"ids":[["a"]],"metadatas":[[{"city":"Porto"}]],"include":["metadatas"]}"#
    );
    let told = record(&effects[0]).answer.unwrap();
    assert_eq!(
        (told.returned, told.masked["email"], told.outcome),
        (Some(1), 1, Outcome::Complete)
    );
    assert_eq!(told.body.unwrap().text, left);
    assert!(life.exchange.holds_answer());
    assert_eq!(
        life.exchange.recorded(Accepted::Yes, Released::Head, life.now),
        [Effect::ReleaseAnswer]
    );
}

#[test]
fn what_could_not_be_recorded_is_not_released_and_the_record_is_amended() {
    for (released, cut) in [(Released::Nothing, false), (Released::Head, true)] {
        let (mut life, _) = Life::search(policy(), 5);
        life.answer(&[r#"{"ids":[["a"]]}"#]);
        let effects = life.exchange.recorded(Accepted::No, released, life.now);
        let told = record(&effects[0]);
        assert_eq!(
            (told.phase, told.answer.unwrap().outcome),
            (Phase::Amended, Outcome::CutOff)
        );
        match cut {
            true => assert_eq!(effects[1], Effect::CutOff),
            false => assert_eq!(reply(&effects[1]).status, 503),
        }
    }
    // The recorder never says anything: the exchange ends by itself.
    let (mut life, _) = Life::search(policy(), 5);
    life.answer(&[r#"{"ids":[["a"]]}"#]);
    let now = life.passes(60);
    assert_eq!(reply(&life.exchange.tick(now, Released::Nothing)[1]).status, 503);
}

#[test]
fn nonsense_for_an_answer_is_withheld_or_broken_off() {
    let (mut life, _) = Life::search(policy(), 5);
    let (_, effects) = life.answer(&["{\"ids\":[[\"a\"]],\"secret\":1}"]);
    assert_eq!(record(&effects[0]).answer.unwrap().outcome, Outcome::CutOff);
    let effects = life.exchange.recorded(Accepted::Yes, Released::Nothing, life.now);
    assert_eq!(reply(&effects[0]).status, 502);

    let (mut life, _) = Life::search(policy(), 5);
    let (_, effects) = life.answer(&[r#"{"ids":[["a"]],"#, r#""documents":"#]);
    assert_eq!(record(&effects[0]).answer.unwrap().outcome, Outcome::CutOff);
    assert_eq!(
        life.exchange.recorded(Accepted::Yes, Released::Head, life.now),
        [Effect::CutOff]
    );
}

#[test]
fn a_human_is_asked_and_what_is_approved_goes_on_in_full() {
    let (mut life, effects) = Life::search(policy(), 100);
    let [Effect::Ask { json, wait, .. }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    let ask: Value = serde_json::from_slice(json).unwrap();
    assert_eq!(
        (ask["rule"].as_str(), ask["results"]["at_most"].as_u64()),
        (Some("rag-reads"), Some(100))
    );
    assert_eq!(*wait, Duration::ZERO);
    assert_eq!(life.held.get(), 1);

    let effects = life.service_says("pending");
    assert_eq!(record(&effects[0]).phase, Phase::Opened);
    assert!(matches!(effects[1], Effect::Ask { wait, .. } if wait == Duration::from_secs(10)));
    life.passes(7);
    assert_eq!(
        life.service_says("approved"),
        [Effect::Forward {
            path: None,
            body: None
        }]
    );
    assert_eq!(life.held.get(), 0);
    assert_eq!(life.exchange.counts().asked, 0);
    let (_, effects) = life.answer(&[r#"{"ids":[["a"]]}"#]);
    let told = record(&effects[0]);
    assert_eq!(
        (told.phase, told.decision.approval.unwrap().status.as_str()),
        (Phase::Closed, "approved")
    );
}

#[test]
fn what_is_at_stake_is_told_as_long_as_there_is_no_record() {
    // A search: nothing, until a part of its answer has left.
    let (mut life, _) = Life::search(policy(), 5);
    assert_eq!(life.exchange.stake(Released::Nothing), None);
    life.exchange.answer_head(
        &AnswerHead {
            status: 200,
            content_type: Some("application/json".to_owned()),
            ..AnswerHead::default()
        },
        life.now,
    );
    assert_eq!(life.exchange.stake(Released::Nothing), None);
    assert_eq!(life.exchange.stake(Released::Head), Some(Stake::Answered));
    let json = life.exchange.record_if_lost(Stake::Answered, life.now).unwrap();
    let told: Record = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (told.exchange.as_str(), told.phase, told.request.body),
        ("x-1", Phase::Amended, None)
    );
    let answer = told.answer.unwrap();
    assert_eq!((answer.status, answer.outcome), (200, Outcome::Aborted));
    let mut out = Vec::new();
    life.exchange.answer_chunk(
        br#"{"ids":[["a"]]}"#,
        End::Last,
        &mut out,
        Released::Head,
        life.now,
    );
    assert_eq!(
        life.exchange.stake(Released::Head),
        None,
        "its record is on its way"
    );

    // What waits for a human, and what a human has approved.
    let (mut life, _) = Life::search(policy(), 100);
    assert_eq!(life.exchange.stake(Released::Nothing), Some(Stake::Held));
    life.service_says("pending");
    assert_eq!(life.exchange.stake(Released::Nothing), Some(Stake::Held));
    life.service_says("approved");
    assert_eq!(life.exchange.stake(Released::Nothing), Some(Stake::Forwarded));

    // What changes something.
    let mut writes = policy();
    writes["rules"][0]["operations"] = json!(["delete"]);
    let deletes = |policy: Value| {
        let mut life = Life::new(policy, "POST", "delete", Follows::Body);
        life.exchange.start(&NAMED, life.now);
        life.exchange
            .body_whole(br#"{"ids":["a"]}"#.to_vec(), &NAMED, life.now);
        life.exchange.stake(Released::Nothing)
    };
    assert_eq!(deletes(writes.clone()), Some(Stake::Forwarded));
    // Where records are not required, none is missed.
    writes["audit"]["required"] = json!(false);
    assert_eq!(deletes(writes), None);
    let mut observes = policy();
    observes["mode"] = json!("observe");
    let (life, _) = Life::search(observes, 5);
    assert_eq!(life.exchange.stake(Released::Head), None);
}

#[test]
fn whatever_else_the_service_says_refuses() {
    type Says = fn(&mut Life) -> Vec<Effect>;
    let table: [(&str, Says, u16, &str); 5] = [
        ("no", |life| life.service_says("denied"), 403, "denied: no need"),
        (
            "nonsense",
            |life| life.exchange.asked(Some(200), b"<html>", life.now),
            503,
            "cannot be read",
        ),
        (
            "an error",
            |life| life.exchange.asked(Some(500), b"", life.now),
            503,
            "status 500",
        ),
        (
            "nothing",
            |life| life.exchange.asked(None, b"", life.now),
            503,
            "did not answer",
        ),
        (
            "nothing, and time passes",
            |life| {
                let now = life.passes(6);
                life.exchange.tick(now, Released::Nothing)
            },
            503,
            "did not answer",
        ),
    ];
    for (says, what, status, words) in table {
        let (mut life, _) = Life::search(policy(), 100);
        let effects = what(&mut life);
        assert_eq!(record(&effects[0]).decision.verdict, Verdict::Approve, "{says}");
        let effects = life.exchange.recorded(Accepted::Yes, Released::Nothing, life.now);
        assert_eq!(reply(&effects[0]).status, status, "{says}");
        assert!(
            message(&effects[0]).contains(words),
            "{says}: {}",
            message(&effects[0])
        );
        assert_eq!(life.held.get(), 0, "{says}");
    }
}

#[test]
fn a_wait_ends_with_where_to_go() {
    let (mut life, _) = Life::search(policy(), 100);
    life.service_says("pending");
    life.passes(10);
    assert!(matches!(
        life.service_says("pending").as_slice(),
        [Effect::Ask { .. }]
    ));
    life.passes(10);
    let effects = life.service_says("pending");
    assert_eq!(record(&effects[0]).decision.approval.unwrap().status, "pending");
    let effects = life.exchange.recorded(Accepted::Yes, Released::Nothing, life.now);
    assert!(message(&effects[0]).contains("https://console/approvals/a-1"));
    assert!(
        reply(&effects[0])
            .headers
            .iter()
            .any(|(name, _)| name == "retry-after")
    );
}

#[test]
fn no_more_wait_than_may() {
    let held = Rc::new(Cell::new(1));
    let mut life = Life::in_worker(policy(), "POST", "query", Follows::Body, Rc::clone(&held));
    let effects = life.ask_for(100);
    assert!(matches!(effects.as_slice(), [Effect::Record { .. }]));
    let effects = life.exchange.recorded(Accepted::Yes, Released::Nothing, life.now);
    assert!(message(&effects[0]).contains("approval.max_held"));
    assert_eq!(held.get(), 1);
}

#[test]
fn a_name_is_asked_of_the_database_first() {
    let mut life = Life::new(policy(), "POST", "query", Follows::Body);
    life.exchange.start(&UNNAMED, life.now);
    let body = json!({ "query_embeddings": [[0.5]], "n_results": 3 })
        .to_string()
        .into_bytes();
    let effects = life.exchange.body_whole(body, &UNNAMED, life.now);
    let [Effect::Lookup(lookups)] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    let lookup: &Lookup = &lookups[0];
    assert!(lookup.path.ends_with(&format!("/collections/by-id/{ID}")));
    let answer =
        json!({ "id": ID, "name": "docs", "tenant": "default_tenant", "database": "default_database" })
            .to_string();
    let (found, effects) =
        life.exchange
            .looked_up(lookup, Some((200, answer.as_bytes())), &UNNAMED, life.now);
    assert_eq!(found.unwrap().0, ID);
    assert_eq!(
        effects,
        [Effect::Forward {
            path: None,
            body: None
        }]
    );

    let mut silent = Life::new(policy(), "POST", "query", Follows::Body);
    silent.exchange.start(&UNNAMED, silent.now);
    let body = json!({ "query_embeddings": [[0.5]] }).to_string().into_bytes();
    silent.exchange.body_whole(body, &UNNAMED, silent.now);
    let now = silent.passes(30);
    silent.exchange.tick(now, Released::Nothing);
    let effects = silent.exchange.recorded(Accepted::Yes, Released::Nothing, now);
    assert_eq!(reply(&effects[0]).status, 503);
}

#[test]
fn no_request_has_the_database_asked_for_names_without_end() {
    let policy = json!({ "version": 1, "database": "qdrant", "rules": [{
        "name": "all", "identities": ["*"], "collections": ["*"], "operations": ["search"],
    }]});
    let policy = Policy::from_json(policy.to_string().as_bytes(), &|_: &str| None).expect("a right policy");
    let guard = Rc::new(Guard::new(policy, &Qdrant));
    let effects_of = |names: usize| {
        let arrival = Life::new(self::policy(), "POST", "query", Follows::Body).arrival;
        let now = arrival.time;
        let head = Head {
            method: "POST".to_owned(),
            target: Target::parse("/collections/docs/points/query/batch").unwrap(),
            headers: Vec::new(),
        };
        let mut exchange = Exchange::new(Rc::clone(&guard), Rc::default(), "x-1".to_owned(), arrival, head);
        exchange.start(&UNNAMED, now);
        let searches: Vec<Value> = (1..names)
            .map(|n| json!({ "query": 1, "lookup_from": { "collection": format!("c{n}") } }))
            .collect();
        let body = json!({ "searches": searches }).to_string().into_bytes();
        exchange.body_whole(body, &UNNAMED, now)
    };
    assert!(matches!(effects_of(64).as_slice(), [Effect::Lookup(lookups)] if lookups.len() == 64));
    let effects = effects_of(65);
    let reply = reply(&effects[0]);
    assert_eq!(reply.status, 400);
    assert!(String::from_utf8_lossy(&reply.body).contains("65 collections"));
}

#[test]
fn a_body_that_is_too_long_or_never_comes_or_should_not_be_there_is_refused() {
    let mut long = Life::new(policy(), "POST", "query", Follows::Body);
    long.exchange.start(&NAMED, long.now);
    long.exchange.body_grows(1025);
    let effects = long.exchange.recorded(Accepted::Yes, Released::Nothing, long.now);
    assert_eq!(reply(&effects[0]).status, 413);
    assert!(message(&effects[0]).contains("limits.request_body"));

    let mut silent = Life::new(policy(), "POST", "query", Follows::Body);
    silent.exchange.start(&NAMED, silent.now);
    let now = silent.passes(60);
    silent.exchange.tick(now, Released::Nothing);
    let effects = silent.exchange.recorded(Accepted::Yes, Released::Nothing, now);
    assert!(message(&effects[0]).contains("allow_on_headers_stop_iteration"));

    let mut surprising = Life::new(policy(), "GET", "count", Follows::Body);
    surprising.exchange.start(&NAMED, surprising.now);
    let effects = surprising
        .exchange
        .recorded(Accepted::Yes, Released::Nothing, surprising.now);
    assert_eq!(reply(&effects[0]).status, 400);
}

#[test]
fn observing_decides_and_records_and_changes_nothing() {
    let mut policy = policy();
    policy["mode"] = json!("observe");
    let (mut life, effects) = Life::search(policy.clone(), 100);
    assert_eq!(
        effects,
        [Effect::Forward {
            path: None,
            body: None
        }]
    );
    let answer = r#"{"ids":[["a"]],"metadatas":[[{"email":"nia@example.com"}]],"include":[]}"#;
    let (left, effects) = life.answer(&[answer]);
    assert_eq!(left, answer);
    let told = record(&effects[0]);
    assert_eq!(
        (told.decision.verdict, told.decision.enforced),
        (Verdict::Approve, false)
    );
    assert!(
        !told
            .answer
            .unwrap()
            .body
            .unwrap()
            .text
            .contains("nia@example.com")
    );
    assert_eq!(effects[1], Effect::ReleaseAnswer);

    let (mut life, _) = Life::search(policy, 5);
    let (left, _) = life.answer(&["no JSON at all"]);
    assert_eq!(left, "no JSON at all");
}

#[test]
fn a_client_that_goes_away_leaves_a_record() {
    let (mut life, _) = Life::search(policy(), 100);
    life.service_says("pending");
    let effects = life.exchange.gone(life.now);
    let told = record(&effects[0]);
    assert_eq!(
        (told.phase, told.answer.unwrap().outcome),
        (Phase::Closed, Outcome::Aborted)
    );
    assert_eq!(life.held.get(), 0);
    assert_eq!(life.exchange.gone(life.now), []);
}
