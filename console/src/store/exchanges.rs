//! Exchanges as the pages list them: drawn from the records as they arrive.

use jiff::Timestamp;
use sqlx::{QueryBuilder, SqliteConnection};
use vectorgate::audit::record::{Outcome, Phase, Record};

use super::search::Search;
use super::{Store, StoreError, moment, sessions};
use crate::recording::Line;

/// An exchange in a list.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Its name.
    pub exchange: String,
    /// The recorded session that it belongs to.
    pub session: i64,
    /// Who asked.
    pub identity: String,
    /// When.
    pub at: Timestamp,
    /// What it does.
    pub operation: String,
    /// What it touches.
    pub collections: Vec<String>,
    /// The verdict's word.
    pub verdict: String,
    /// Whether the verdict was acted on.
    pub enforced: bool,
    /// The rule that decided.
    pub rule: Option<String>,
    /// The HTTP status; `None` while it is not closed.
    pub status: Option<i64>,
    /// How it ended; `None` while it is not closed.
    pub outcome: Option<String>,
    /// How many results came back.
    pub returned: Option<i64>,
    /// How many values were masked, stripped vectors included.
    pub masked: i64,
    /// One of its records does not continue its chain.
    pub broken: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    exchange: String,
    session: i64,
    identity: String,
    at: i64,
    operation: String,
    collections: String,
    verdict: String,
    enforced: bool,
    rule: Option<String>,
    status: Option<i64>,
    outcome: Option<String>,
    returned: Option<i64>,
    masked: i64,
    broken: bool,
}

impl From<Row> for Summary {
    fn from(row: Row) -> Summary {
        Summary {
            exchange: row.exchange,
            session: row.session,
            identity: row.identity,
            at: moment(row.at),
            operation: row.operation,
            collections: serde_json::from_str(&row.collections).unwrap_or_default(),
            verdict: row.verdict,
            enforced: row.enforced,
            rule: row.rule,
            status: row.status,
            outcome: row.outcome,
            returned: row.returned,
            masked: row.masked,
            broken: row.broken,
        }
    }
}

const COLUMNS: &str = "e.exchange, e.session, e.identity, e.at, e.operation, e.collections, e.verdict, e.enforced, \
     e.rule, e.status, e.outcome, e.returned, e.masked, EXISTS (SELECT 1 FROM records r \
     WHERE r.exchange = e.exchange AND r.fault IS NOT NULL) AS broken";

/// In which direction a list goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As they happened.
    OldestFirst,
    /// The other way round.
    NewestFirst,
}

impl Store {
    /// A page of the exchanges that a search finds.
    pub async fn exchanges(
        &self,
        search: &Search,
        order: Order,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<Summary>, StoreError> {
        let mut query = QueryBuilder::new(format!("SELECT {COLUMNS} FROM exchanges e WHERE "));
        search.push_to(&mut query);
        query.push(match order {
            Order::OldestFirst => " ORDER BY e.at, e.rowid",
            Order::NewestFirst => " ORDER BY e.at DESC, e.rowid DESC",
        });
        query.push(" LIMIT ").push_bind(limit);
        query.push(" OFFSET ").push_bind(offset);
        let rows: Vec<Row> = query.build_query_as().fetch_all(&self.read).await?;
        Ok(rows.into_iter().map(Summary::from).collect())
    }

    /// How many exchanges a search finds.
    pub async fn count_exchanges(&self, search: &Search) -> Result<u32, StoreError> {
        let mut query = QueryBuilder::new("SELECT count(*) FROM exchanges e WHERE ");
        search.push_to(&mut query);
        Ok(query.build_query_scalar().fetch_one(&self.read).await?)
    }

    /// One exchange.
    pub async fn exchange(&self, exchange: &str) -> Result<Option<Summary>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM exchanges e WHERE e.exchange = ?");
        let row: Option<Row> = sqlx::query_as(&sql)
            .bind(exchange)
            .fetch_optional(&self.read)
            .await?;
        Ok(row.map(Summary::from))
    }

    /// The exchanges that an approval was part of, newest first.
    pub async fn exchanges_with_approval(&self, approval: &str) -> Result<Vec<Summary>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM exchanges e WHERE e.approval = ? ORDER BY e.at DESC, e.rowid DESC LIMIT 50"
        );
        let rows: Vec<Row> = sqlx::query_as(&sql).bind(approval).fetch_all(&self.read).await?;
        Ok(rows.into_iter().map(Summary::from).collect())
    }
}

/// The word for a phase in the database.
pub(super) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Opened => "opened",
        Phase::Closed => "closed",
        Phase::Amended => "amended",
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Complete => "complete",
        Outcome::Refused => "refused",
        Outcome::CutOff => "cut off",
        Outcome::Aborted => "aborted",
    }
}

/// Takes a record into the list: it begins an exchange, or ends one that was opened. A record that comes again
/// for an exchange that has ended changes nothing here, unless it amends its ending; its own page shows it.
pub(super) async fn note(on: &mut SqliteConnection, line: &Line) -> Result<(), StoreError> {
    let record = &line.record;
    let known: Option<bool> = sqlx::query_scalar("SELECT outcome IS NULL FROM exchanges WHERE exchange = ?")
        .bind(&record.exchange)
        .fetch_optional(&mut *on)
        .await?;
    match (known, record.phase) {
        (None, _) => begin(on, line).await,
        (Some(true), Phase::Closed) | (Some(_), Phase::Amended) => end(on, record).await,
        (Some(_), _) => Ok(()),
    }
}

async fn begin(on: &mut SqliteConnection, line: &Line) -> Result<(), StoreError> {
    let record = &line.record;
    let session = sessions::place(on, &record.identity.name, line.at).await?;
    sqlx::query(
        "INSERT INTO exchanges (exchange, session, identity, at, operation, collections, verdict, enforced, masked)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",
    )
    .bind(&record.exchange)
    .bind(session)
    .bind(&record.identity.name)
    .bind(line.at.as_millisecond())
    .bind(record.request.operation.as_str())
    .bind(serde_json::to_string(&record.request.collections).unwrap_or_default())
    .bind(record.decision.verdict.as_str())
    .bind(record.decision.enforced)
    .execute(&mut *on)
    .await?;
    end(on, record).await
}

async fn end(on: &mut SqliteConnection, record: &Record) -> Result<(), StoreError> {
    let answer = record.answer.as_ref();
    let approval = record
        .decision
        .approval
        .as_ref()
        .and_then(|note| note.id.as_deref());
    sqlx::query(
        "UPDATE exchanges SET verdict = ?, enforced = ?, rule = ?, approval = coalesce(?, approval), status = ?,
         outcome = ?, returned = ?, masked = ? WHERE exchange = ?",
    )
    .bind(record.decision.verdict.as_str())
    .bind(record.decision.enforced)
    .bind(&record.decision.rule)
    .bind(approval)
    .bind(answer.map(|answer| i64::from(answer.status)))
    .bind(match record.phase {
        Phase::Opened => None,
        Phase::Closed | Phase::Amended => Some(answer.map_or("no answer", |answer| outcome(answer.outcome))),
    })
    .bind(answer.and_then(|answer| answer.returned).map(whole))
    .bind(answer.map_or(0, |answer| whole(masked(answer))))
    .bind(&record.exchange)
    .execute(on)
    .await?;
    Ok(())
}

fn masked(answer: &vectorgate::audit::record::Answer) -> u64 {
    answer
        .masked
        .values()
        .fold(answer.vectors_stripped, |sum, count| sum.saturating_add(*count))
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
