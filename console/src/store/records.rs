//! Records, kept as they came.

use jiff::Timestamp;
use sqlx::{QueryBuilder, SqliteConnection};
use vectorgate::audit::chain::GENESIS;

use super::search::Search;
use super::{Store, StoreError, exchanges, moment};
use crate::recording::{Fault, Line};

/// A record as it is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The chain's name.
    pub chain: String,
    /// Its number in the chain.
    pub seq: i64,
    /// The hash of the one before it.
    pub prev: String,
    /// Its hash.
    pub hash: String,
    /// Its bytes.
    pub raw: String,
    /// Why it does not continue its chain.
    pub fault: Option<Fault>,
    /// When it came.
    pub received_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    chain: String,
    seq: i64,
    prev: String,
    hash: String,
    record: String,
    fault: Option<String>,
    received_at: i64,
}

impl From<Row> for Kept {
    fn from(row: Row) -> Kept {
        Kept {
            chain: row.chain,
            seq: row.seq,
            prev: row.prev,
            hash: row.hash,
            raw: row.record,
            // A word that this program does not know is a fault all the same.
            fault: row.fault.map(|word| Fault::of(&word).unwrap_or(Fault::Hash)),
            received_at: moment(row.received_at),
        }
    }
}

impl Store {
    /// Keeps lines: all of them or, on an error, none. Lines that are there already are passed over.
    pub async fn keep(&self, lines: &[Line], now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for line in lines {
            keep(&mut tx, line, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The records of one exchange, in the order in which they came.
    pub async fn records_of(&self, exchange: &str) -> Result<Vec<Kept>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as("SELECT * FROM records WHERE exchange = ? ORDER BY id")
            .bind(exchange)
            .fetch_all(&self.read)
            .await?;
        Ok(rows.into_iter().map(Kept::from).collect())
    }

    /// Records of the exchanges that a search finds, newest first.
    pub async fn records(&self, search: &Search, limit: u32) -> Result<Vec<Kept>, StoreError> {
        let mut query =
            QueryBuilder::new("SELECT r.* FROM records r JOIN exchanges e ON e.exchange = r.exchange WHERE ");
        search.push_to(&mut query);
        query.push(" ORDER BY r.id DESC LIMIT ").push_bind(limit);
        let rows: Vec<Row> = query.build_query_as().fetch_all(&self.read).await?;
        Ok(rows.into_iter().map(Kept::from).collect())
    }
}

async fn keep(on: &mut SqliteConnection, line: &Line, now: Timestamp) -> Result<(), StoreError> {
    let there: Vec<Row> = sqlx::query_as("SELECT * FROM records WHERE chain = ? AND seq = ? ORDER BY id")
        .bind(&line.chain)
        .bind(line.seq)
        .fetch_all(&mut *on)
        .await?;
    let same = |row: &Row| row.hash == line.hash && row.prev == line.prev && row.record == line.raw;
    if there.iter().any(same) {
        return Ok(());
    }
    let head: Option<i64> = sqlx::query_scalar("SELECT seq FROM chains WHERE chain = ?")
        .bind(&line.chain)
        .fetch_optional(&mut *on)
        .await?;
    let fault = if !line.hash_holds() {
        Some(Fault::Hash)
    } else if !there.is_empty() {
        Some(Fault::Duplicate)
    } else {
        match hash_before(on, line).await? {
            None => Some(Fault::Gap),
            Some(hash) if hash != line.prev => Some(Fault::Prev),
            Some(_) if head.is_some_and(|head| head > line.seq) => Some(Fault::Late),
            Some(_) => None,
        }
    };
    sqlx::query(
        "INSERT INTO records (chain, seq, prev, hash, record, fault, received_at, exchange, phase)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&line.chain)
    .bind(line.seq)
    .bind(&line.prev)
    .bind(&line.hash)
    .bind(&line.raw)
    .bind(fault.map(Fault::as_str))
    .bind(now.as_millisecond())
    .bind(&line.record.exchange)
    .bind(exchanges::phase(line.record.phase))
    .execute(&mut *on)
    .await?;
    if head.is_none_or(|head| head < line.seq) {
        sqlx::query("INSERT OR REPLACE INTO chains (chain, seq, hash) VALUES (?, ?, ?)")
            .bind(&line.chain)
            .bind(line.seq)
            .bind(&line.hash)
            .execute(&mut *on)
            .await?;
    } else {
        // What came late closes the gap before its successor, if that one names it.
        sqlx::query(
            "UPDATE records SET fault = NULL WHERE chain = ? AND seq = ? AND fault = 'gap' AND prev = ?",
        )
        .bind(&line.chain)
        .bind(line.seq.saturating_add(1))
        .bind(&line.hash)
        .execute(&mut *on)
        .await?;
    }
    exchanges::note(on, line).await
}

/// The hash that a line's `prev` must be; `None` where the record before it is not there.
async fn hash_before(on: &mut SqliteConnection, line: &Line) -> Result<Option<String>, StoreError> {
    if line.seq == 0 {
        return Ok(Some(GENESIS.to_owned()));
    }
    Ok(
        sqlx::query_scalar("SELECT hash FROM records WHERE chain = ? AND seq = ? ORDER BY id LIMIT 1")
            .bind(&line.chain)
            .bind(line.seq.saturating_sub(1))
            .fetch_optional(on)
            .await?,
    )
}
