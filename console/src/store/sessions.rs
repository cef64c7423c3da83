//! Recorded sessions: the exchanges of one identity, as long as each begins less than half an hour after the one
//! before it.

use jiff::{SignedDuration, Timestamp};
use sqlx::{QueryBuilder, SqliteConnection};

use super::search::Search;
use super::{Store, StoreError, moment};

/// What separates two sessions.
pub const GAP: SignedDuration = SignedDuration::from_mins(30);

/// A session in a list.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its number.
    pub id: i64,
    /// Whose it is.
    pub identity: String,
    /// When its first exchange began.
    pub first_at: Timestamp,
    /// When its last exchange began.
    pub last_at: Timestamp,
    /// How many exchanges it has.
    pub exchanges: i64,
    /// How many of them were allowed or clamped.
    pub passed: i64,
    /// How many were held for a person.
    pub held: i64,
    /// How many were refused or malformed.
    pub refused: i64,
    /// How many were never closed.
    pub unclosed: i64,
    /// How many have a record that does not continue its chain.
    pub broken: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    identity: String,
    first_at: i64,
    last_at: i64,
    exchanges: i64,
    passed: i64,
    held: i64,
    refused: i64,
    unclosed: i64,
    broken: i64,
}

impl From<Row> for Session {
    fn from(row: Row) -> Session {
        Session {
            id: row.id,
            identity: row.identity,
            first_at: moment(row.first_at),
            last_at: moment(row.last_at),
            exchanges: row.exchanges,
            passed: row.passed,
            held: row.held,
            refused: row.refused,
            unclosed: row.unclosed,
            broken: row.broken,
        }
    }
}

/// The sessions that `page` names, with what their exchanges add up to.
const SUMS: &str = "SELECT s.id, s.identity, s.first_at, s.last_at, count(*) AS exchanges,
        sum(x.verdict IN ('allow', 'clamp')) AS passed, sum(x.verdict = 'approve') AS held,
        sum(x.verdict IN ('deny', 'reject')) AS refused, sum(x.outcome IS NULL) AS unclosed,
        sum(EXISTS (SELECT 1 FROM records r WHERE r.exchange = x.exchange AND r.fault IS NOT NULL)) AS broken
     FROM sessions s JOIN exchanges x ON x.session = s.id
     WHERE s.id IN (SELECT id FROM page) GROUP BY s.id ORDER BY s.last_at DESC, s.id DESC";

impl Store {
    /// A page of the sessions that have an exchange which a search finds, newest first.
    pub async fn sessions(
        &self,
        search: &Search,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<Session>, StoreError> {
        let mut query = QueryBuilder::new(
            "WITH page AS (SELECT s.id FROM sessions s WHERE EXISTS (SELECT 1 FROM exchanges e
             WHERE e.session = s.id AND ",
        );
        search.push_to(&mut query);
        query
            .push(") ORDER BY s.last_at DESC, s.id DESC LIMIT ")
            .push_bind(limit);
        query.push(" OFFSET ").push_bind(offset).push(") ").push(SUMS);
        let rows: Vec<Row> = query.build_query_as().fetch_all(&self.read).await?;
        Ok(rows.into_iter().map(Session::from).collect())
    }

    /// One session.
    pub async fn session(&self, id: i64) -> Result<Option<Session>, StoreError> {
        let row: Option<Row> = sqlx::query_as(&format!("WITH page AS (SELECT ? AS id) {SUMS}"))
            .bind(id)
            .fetch_optional(&self.read)
            .await?;
        Ok(row.map(Session::from))
    }

    /// The identities that were last seen, for suggestions.
    pub async fn identities(&self, limit: u32) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT identity FROM sessions GROUP BY identity ORDER BY max(last_at) DESC LIMIT ?";
        Ok(sqlx::query_scalar(sql).bind(limit).fetch_all(&self.read).await?)
    }
}

/// The session for an exchange that began at a moment. Records of several workers arrive in any order, so an
/// exchange may lengthen a session at either end, or join two.
pub(super) async fn place(
    on: &mut SqliteConnection,
    identity: &str,
    at: Timestamp,
) -> Result<i64, StoreError> {
    let at = at.as_millisecond();
    let gap = i64::try_from(GAP.as_millis()).unwrap_or(i64::MAX);
    let near: Vec<i64> = sqlx::query_scalar(
        "SELECT id FROM sessions WHERE identity = ?1 AND last_at > ?2 - ?3 AND first_at < ?2 + ?3 ORDER BY id",
    )
    .bind(identity)
    .bind(at)
    .bind(gap)
    .fetch_all(&mut *on)
    .await?;
    let Some((&keep, others)) = near.split_first() else {
        return Ok(sqlx::query_scalar(
            "INSERT INTO sessions (identity, first_at, last_at) VALUES (?1, ?2, ?2) RETURNING id",
        )
        .bind(identity)
        .bind(at)
        .fetch_one(on)
        .await?);
    };
    for other in others {
        sqlx::query("UPDATE exchanges SET session = ? WHERE session = ?")
            .bind(keep)
            .bind(other)
            .execute(&mut *on)
            .await?;
        sqlx::query(
            "UPDATE sessions SET first_at = min(sessions.first_at, o.first_at), last_at = max(sessions.last_at, o.last_at)
             FROM (SELECT first_at, last_at FROM sessions WHERE id = ?1) AS o WHERE id = ?2",
        )
        .bind(other)
        .bind(keep)
        .execute(&mut *on)
        .await?;
        sqlx::query("DELETE FROM sessions WHERE id = ?")
            .bind(other)
            .execute(&mut *on)
            .await?;
    }
    sqlx::query("UPDATE sessions SET first_at = min(first_at, ?1), last_at = max(last_at, ?1) WHERE id = ?2")
        .bind(at)
        .bind(keep)
        .execute(on)
        .await?;
    Ok(keep)
}
