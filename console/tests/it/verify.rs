//! `verify`: what was done to the database afterwards shows.

use jiff::{SignedDuration, Timestamp};
use vectorgate::audit::chain::Chain;
use vectorgate_console::store::Store;

use crate::console::Console;
use crate::samples::{self, record};

/// Two chains: `a` with four records, and `b` with an exchange that is opened and closed.
fn lines() -> String {
    let mut lines = String::new();
    let mut chain = Chain::new("a".into());
    for n in 0..4 {
        lines.push_str(&chain.append(&samples::json(&record(
            &format!("a{n}"),
            "2025-11-24T16:00:00.000Z",
        ))));
    }
    let mut chain = Chain::new("b".into());
    let held = record("b0", "2025-11-24T16:00:00.000Z");
    lines.push_str(&chain.append(&samples::json(&samples::opened(held.clone()))));
    lines.push_str(&chain.append(&samples::json(&held)));
    lines
}

#[tokio::test]
async fn every_place_is_named() {
    const LAST: &str = "DELETE FROM records WHERE chain = 'a' AND seq = 3";
    const CLOSING: &str = "DELETE FROM records WHERE chain = 'b' AND seq = 1";
    for (done, then) in [
        ("SELECT 1", vec![]),
        (
            "DELETE FROM records WHERE chain = 'a' AND seq = 1",
            vec![
                "a record 1: missing",
                "1 of the records that were kept are gone from the database",
            ],
        ),
        (
            "DELETE FROM records WHERE chain = 'a' AND seq < 3",
            vec![
                "a records 0 to 2: missing",
                "3 of the records that were kept are gone from the database",
            ],
        ),
        (
            LAST,
            vec![
                "a record 3: missing",
                "1 of the records that were kept are gone from the database",
            ],
        ),
        (
            "DELETE FROM records WHERE chain = 'a'",
            vec![
                "a records 0 to 3: missing",
                "4 of the records that were kept are gone from the database",
            ],
        ),
        (
            "DELETE FROM chains WHERE chain = 'a'",
            vec!["a record 3: not the record that was accepted as the last one"],
        ),
        (
            "UPDATE records SET record = replace(record, 'at most 100', 'at most 900') WHERE chain = 'a' AND seq = 2",
            vec!["a record 2: changed, the hash does not fit its content"],
        ),
        (
            "UPDATE records SET hash = 'x' WHERE chain = 'a' AND seq = 2",
            vec![
                "a record 2: changed, the hash does not fit its content",
                "a record 3: does not continue the record before it",
            ],
        ),
        (
            "INSERT INTO records (chain, seq, prev, hash, record, received_at, exchange, phase)
             SELECT chain, seq, prev, hash, record, received_at, exchange, phase FROM records
             WHERE chain = 'a' AND seq = 1",
            vec![
                "a record 1: another record has the same place",
                "a record 1: exchange a1 was closed before",
            ],
        ),
        (
            "UPDATE records SET id = 100 WHERE chain = 'a' AND seq = 1",
            vec!["a record 1: out of order, it came after a later one"],
        ),
        (
            CLOSING,
            vec![
                "b record 1: missing",
                "1 of the records that were kept are gone from the database",
                "b record 0: exchange b0 is not listed as its records have it",
                "b record 0: exchange b0 was opened and never closed (where no record of the chain is missing, Envoy ended while it was held)",
            ],
        ),
        (
            "UPDATE records SET exchange = 'a0' WHERE chain = 'a' AND seq = 1",
            vec![
                "a record 1: is listed as another exchange or phase than it says",
                "a record 1: exchange a0 was closed before",
            ],
        ),
        (
            // A whole chain, and all that was noted of it.
            "DELETE FROM records WHERE chain = 'a'; DELETE FROM chains WHERE chain = 'a'; DELETE FROM exchanges WHERE exchange LIKE 'a%'",
            vec!["4 of the records that were kept are gone from the database"],
        ),
        (
            "DELETE FROM exchanges WHERE exchange = 'a2'",
            vec!["a record 2: exchange a2 is not listed as its records have it"],
        ),
        (
            "UPDATE exchanges SET identity = 'svc:another' WHERE exchange = 'a2'",
            vec!["a record 2: exchange a2 is not listed as its records have it"],
        ),
        (
            "UPDATE exchanges SET verdict = 'allow' WHERE exchange = 'b0'",
            vec!["b record 1: exchange b0 is not listed as its records have it"],
        ),
    ] {
        let console = Console::start().await;
        console.keep(lines()).await.is(200);
        sqlx::raw_sql(done)
            .execute(&console.database().await)
            .await
            .unwrap();
        let store = Store::open_to_read(console.dir.path()).await.unwrap();
        let report = store
            .verify(SignedDuration::ZERO, Timestamp::now())
            .await
            .unwrap();
        let findings: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
        assert_eq!(findings, then, "{done}");
    }
}

#[tokio::test]
async fn what_was_just_opened_is_under_way() {
    let console = Console::start().await;
    let open = samples::opened(record("x", "2025-11-24T16:00:00.000Z"));
    console
        .keep(Chain::new("c".into()).append(&samples::json(&open)))
        .await
        .is(200);
    let report = console
        .store
        .verify(SignedDuration::from_secs(60), Timestamp::now())
        .await
        .unwrap();
    assert_eq!(
        (report.findings.len(), report.under_way, report.records),
        (0, 1, 1)
    );
    let later = Timestamp::now() + SignedDuration::from_secs(61);
    let report = console
        .store
        .verify(SignedDuration::from_secs(60), later)
        .await
        .unwrap();
    assert_eq!((report.findings.len(), report.under_way), (1, 0));
}

#[tokio::test]
async fn long_chains_are_read_in_pieces() {
    let console = Console::start().await;
    let mut chain = Chain::new("long".into());
    let lines: String = (0..1_201)
        .map(|n| {
            chain.append(&samples::json(&record(
                &format!("x{n}"),
                "2025-11-24T16:00:00.000Z",
            )))
        })
        .collect();
    console.keep(lines).await.is(200);
    let report = console
        .store
        .verify(SignedDuration::ZERO, Timestamp::now())
        .await
        .unwrap();
    assert_eq!(
        (report.findings.len(), report.records, report.chains),
        (0, 1_201, 1)
    );
}

#[tokio::test]
async fn a_directory_without_a_store_is_no_clean_one() {
    let dir = tempfile::tempdir().unwrap();
    assert!(Store::open_to_read(dir.path()).await.is_err());
}
