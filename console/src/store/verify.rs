//! Checking every chain from its first record to its last.
//!
//! Nothing that was noted on arrival is believed: each hash is computed again from the stored bytes. What cannot be
//! found this way: somebody who can write the whole file, and computes all later hashes of a chain anew or takes out a
//! chain's end with all that was noted of it.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use sqlx::Connection;
use sqlx::SqliteConnection;
use vectorgate::audit::chain::GENESIS;
use vectorgate::audit::record::Record;

use super::{Store, StoreError, exchanges, moment};
use crate::recording;

/// Something wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Records that are not there.
    Missing {
        /// In which chain.
        chain: String,
        /// The first that is missing.
        from: i64,
        /// The last that is missing.
        to: i64,
    },
    /// A record whose bytes are not those that were hashed.
    Changed {
        /// In which chain.
        chain: String,
        /// Which record.
        seq: i64,
    },
    /// A record that pages would show under another exchange.
    Misfiled {
        /// In which chain.
        chain: String,
        /// Which record.
        seq: i64,
    },
    /// A record that names another one as the one before it.
    Unlinked {
        /// In which chain.
        chain: String,
        /// Which record.
        seq: i64,
    },
    /// A second record in the same place.
    Duplicate {
        /// In which chain.
        chain: String,
        /// Which place.
        seq: i64,
    },
    /// A record that came after a later one.
    OutOfOrder {
        /// In which chain.
        chain: String,
        /// Which record.
        seq: i64,
    },
    /// The last record is not the one that was last accepted.
    OtherEnd {
        /// In which chain.
        chain: String,
        /// Which record.
        seq: i64,
    },
    /// Records that were kept and are there no more.
    Gone {
        /// How many.
        records: i64,
    },
    /// An exchange that pages do not show as its records have it.
    Unlisted {
        /// In which chain its last record stands.
        chain: String,
        /// Which record that is.
        seq: i64,
        /// The exchange.
        exchange: String,
    },
    /// An exchange that was opened and never closed.
    Unclosed {
        /// In which chain its opening stands.
        chain: String,
        /// Which record that is.
        seq: i64,
        /// The exchange.
        exchange: String,
    },
    /// An exchange with more than one end.
    ClosedTwice {
        /// In which chain another end stands.
        chain: String,
        /// Which record that is.
        seq: i64,
        /// The exchange.
        exchange: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Missing { chain, from, to } if from == to => {
                write!(f, "{chain} record {from}: missing")
            }
            Finding::Missing { chain, from, to } => write!(f, "{chain} records {from} to {to}: missing"),
            Finding::Changed { chain, seq } => {
                write!(
                    f,
                    "{chain} record {seq}: changed, the hash does not fit its content"
                )
            }
            Finding::Misfiled { chain, seq } => {
                write!(
                    f,
                    "{chain} record {seq}: is listed as another exchange or phase than it says"
                )
            }
            Finding::Unlinked { chain, seq } => {
                write!(f, "{chain} record {seq}: does not continue the record before it")
            }
            Finding::Duplicate { chain, seq } => {
                write!(f, "{chain} record {seq}: another record has the same place")
            }
            Finding::OutOfOrder { chain, seq } => {
                write!(f, "{chain} record {seq}: out of order, it came after a later one")
            }
            Finding::OtherEnd { chain, seq } => {
                write!(
                    f,
                    "{chain} record {seq}: not the record that was accepted as the last one"
                )
            }
            Finding::Gone { records } => {
                write!(
                    f,
                    "{records} of the records that were kept are gone from the database"
                )
            }
            Finding::Unlisted { chain, seq, exchange } => {
                write!(
                    f,
                    "{chain} record {seq}: exchange {exchange} is not listed as its records have it"
                )
            }
            Finding::Unclosed { chain, seq, exchange } => {
                write!(
                    f,
                    "{chain} record {seq}: exchange {exchange} was opened and never closed (where no record of the chain is missing, \
                     Envoy ended while it was held)"
                )
            }
            Finding::ClosedTwice { chain, seq, exchange } => {
                write!(f, "{chain} record {seq}: exchange {exchange} was closed before")
            }
        }
    }
}

/// What was checked and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many chains there are.
    pub chains: u64,
    /// How many records they hold.
    pub records: u64,
    /// How many exchanges are open, but not for long enough to be called unclosed.
    pub under_way: u64,
    /// All that is wrong.
    pub findings: Vec<Finding>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    seq: i64,
    prev: String,
    hash: String,
    record: String,
    exchange: String,
    phase: String,
}

impl Row {
    /// Whether the record is listed as what it is.
    fn filed(&self) -> bool {
        serde_json::from_str::<Record>(&self.record).is_ok_and(|record| {
            record.exchange == self.exchange && exchanges::phase(record.phase) == self.phase
        })
    }
}

/// How many records are read at a time: memory stays bounded however long a chain is.
const BATCH: u32 = 500;

impl Store {
    /// Checks all chains. An exchange that was opened less than `patience` ago may still be under way.
    pub async fn verify(&self, patience: SignedDuration, now: Timestamp) -> Result<Report, StoreError> {
        let mut connection = self.read.acquire().await?;
        // One snapshot: what arrives meanwhile belongs to the next run.
        let mut tx = connection.begin().await?;
        let mut report = Report::default();
        let chains: Vec<(String, Option<i64>, Option<String>)> = sqlx::query_as(
            "SELECT n.chain, c.seq, c.hash FROM (SELECT chain FROM records UNION SELECT chain FROM chains) n
             LEFT JOIN chains c ON c.chain = n.chain ORDER BY n.chain",
        )
        .fetch_all(&mut *tx)
        .await?;
        for (chain, last, hash) in chains {
            report.chains = report.chains.saturating_add(1);
            follow(&mut tx, chain, last.zip(hash), &mut report).await?;
        }
        gone(&mut tx, &mut report).await?;
        listing(&mut tx, &mut report).await?;
        endings(&mut tx, patience, now, &mut report).await?;
        Ok(report)
    }
}

/// Follows one chain. `end` is the record that was last accepted.
async fn follow(
    on: &mut SqliteConnection,
    chain: String,
    end: Option<(i64, String)>,
    report: &mut Report,
) -> Result<(), StoreError> {
    let mut next = 0;
    let mut prev = Some(GENESIS.to_owned());
    let mut arrived = i64::MIN;
    let mut after = (-1, -1);
    loop {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, seq, prev, hash, record, exchange, phase FROM records
             WHERE chain = ? AND (seq, id) > (?, ?) ORDER BY seq, id LIMIT ?",
        )
        .bind(&chain)
        .bind(after.0)
        .bind(after.1)
        .bind(BATCH)
        .fetch_all(&mut *on)
        .await?;
        let Some(last) = rows.last() else { break };
        after = (last.seq, last.id);
        for row in rows {
            let seq = row.seq;
            report.records = report.records.saturating_add(1);
            let mut found = |finding| report.findings.push(finding);
            let place = || chain.clone();
            if recording::hash(&chain, seq, &row.prev, &row.record) != row.hash {
                found(Finding::Changed { chain: place(), seq });
            } else if !row.filed() {
                found(Finding::Misfiled { chain: place(), seq });
            }
            if seq < next {
                found(Finding::Duplicate { chain: place(), seq });
                continue;
            }
            if seq > next {
                let to = seq.saturating_sub(1);
                found(Finding::Missing {
                    chain: place(),
                    from: next,
                    to,
                });
                prev = None;
            }
            if prev.as_ref().is_some_and(|prev| *prev != row.prev) {
                found(Finding::Unlinked { chain: place(), seq });
            }
            if row.id < arrived {
                // The one before this came later than this.
                found(Finding::OutOfOrder {
                    chain: place(),
                    seq: seq.saturating_sub(1),
                });
            }
            arrived = row.id;
            prev = Some(row.hash);
            next = seq.saturating_add(1);
        }
    }
    let last = next.saturating_sub(1);
    match end {
        Some((seq, _)) if seq > last => {
            report.findings.push(Finding::Missing {
                chain,
                from: next,
                to: seq,
            });
        }
        Some((seq, hash)) if seq == last && prev.is_some_and(|prev| prev == hash) => {}
        _ => report.findings.push(Finding::OtherEnd { chain, seq: last }),
    }
    Ok(())
}

/// Finds that records were taken out: SQLite counts those that it ever gave a number, and takes none back. So a chain
/// that is gone as a whole shows too.
async fn gone(on: &mut SqliteConnection, report: &mut Report) -> Result<(), StoreError> {
    let records: Option<i64> = sqlx::query_scalar(
        "SELECT seq - (SELECT count(*) FROM records) FROM sqlite_sequence WHERE name = 'records'",
    )
    .fetch_optional(&mut *on)
    .await?;
    if let Some(records) = records.filter(|&records| records > 0) {
        report.findings.push(Finding::Gone { records });
    }
    Ok(())
}

/// Finds exchanges that are missing from the lists, or stand there under another name or verdict than any of their
/// records has.
async fn listing(on: &mut SqliteConnection, report: &mut Report) -> Result<(), StoreError> {
    let wrong: Vec<(String, i64, String)> = sqlx::query_as(
        "SELECT chain, seq, exchange FROM records WHERE id IN (
             SELECT max(r.id) FROM records r LEFT JOIN exchanges e ON e.exchange = r.exchange
             WHERE json_valid(r.record) GROUP BY r.exchange HAVING e.exchange IS NULL
             OR max(json_extract(r.record, '$.identity.name') = e.identity) = 0
             OR max(json_extract(r.record, '$.decision.verdict') = e.verdict) = 0)
         ORDER BY id",
    )
    .fetch_all(&mut *on)
    .await?;
    for (chain, seq, exchange) in wrong {
        report.findings.push(Finding::Unlisted { chain, seq, exchange });
    }
    Ok(())
}

/// Finds exchanges that have no end, or two.
async fn endings(
    on: &mut SqliteConnection,
    patience: SignedDuration,
    now: Timestamp,
    report: &mut Report,
) -> Result<(), StoreError> {
    let open: Vec<(String, i64, String, i64)> = sqlx::query_as(
        "SELECT chain, seq, exchange, received_at FROM records o WHERE phase = 'opened' AND NOT EXISTS
         (SELECT 1 FROM records c WHERE c.exchange = o.exchange AND c.phase IN ('closed', 'amended')) ORDER BY id",
    )
    .fetch_all(&mut *on)
    .await?;
    for (chain, seq, exchange, received_at) in open {
        if now.duration_since(moment(received_at)) < patience {
            report.under_way = report.under_way.saturating_add(1);
        } else {
            report.findings.push(Finding::Unclosed { chain, seq, exchange });
        }
    }
    let twice: Vec<(String, i64, String)> = sqlx::query_as(
        "SELECT chain, seq, exchange FROM records o WHERE phase = 'closed' AND EXISTS
         (SELECT 1 FROM records c WHERE c.exchange = o.exchange AND c.phase = 'closed' AND c.id < o.id)
         ORDER BY id",
    )
    .fetch_all(&mut *on)
    .await?;
    for (chain, seq, exchange) in twice {
        report
            .findings
            .push(Finding::ClosedTwice { chain, seq, exchange });
    }
    Ok(())
}
