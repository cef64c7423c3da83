//! Approvals, and the uses that were counted for them.

use jiff::{SignedDuration, Timestamp};
use sqlx::SqliteConnection;
use vectorgate::approval::contract::{Ask, Status};

use super::{Store, StoreError, moment};
use crate::approval::{Approval, Decided, Decision, NotDecided, State};
use crate::people::Person;
use crate::token;

/// Why an ask has no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The digest is known, for somebody else. A digest covers the identity, so one of the two lies.
    #[error("this digest belongs to another identity's request")]
    ForeignDigest,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for AskError {
    fn from(error: sqlx::Error) -> AskError {
        AskError::Store(error.into())
    }
}

/// Why a decision was not taken down.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// There is no such approval.
    #[error("there is no such approval")]
    Unknown,
    /// It does not count.
    #[error(transparent)]
    NotDecided(#[from] NotDecided),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for DecideError {
    fn from(error: sqlx::Error) -> DecideError {
        DecideError::Store(error.into())
    }
}

/// Which approvals to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that a person can still decide: each caller's oldest, then each caller's second, and so on, so that one who
    /// asks for much hides nobody else.
    Waiting,
    /// Those that were decided or lapsed, newest first.
    Over,
}

const COLUMNS: &str = "a.id, a.ask, a.created_at, a.lapses_at, a.status, a.decided_by, a.decided_at, a.reason, \
     a.expires_at, (SELECT count(*) FROM approval_uses u WHERE u.approval = a.id) AS used";

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    ask: String,
    created_at: i64,
    lapses_at: i64,
    status: String,
    decided_by: Option<String>,
    decided_at: Option<i64>,
    reason: Option<String>,
    expires_at: Option<i64>,
    used: i64,
}

impl Row {
    fn read(self, now: Timestamp) -> Result<Approval, StoreError> {
        let bad = |why: String| StoreError::Row {
            table: "approvals",
            why,
        };
        let decision = match self.status.as_str() {
            "pending" => None,
            "approved" => Some(Decision::Approve),
            "denied" => Some(Decision::Deny),
            other => return Err(bad(format!("status {other}"))),
        };
        let state = match (decision, self.decided_by, self.decided_at, self.expires_at) {
            (None, ..) => State::undecided(moment(self.lapses_at), now),
            (Some(decision), Some(by), Some(at), Some(expires_at)) => State::Decided(Decided {
                decision,
                by,
                at: moment(at),
                reason: self.reason.unwrap_or_default(),
                expires_at: moment(expires_at),
                used: u32::try_from(self.used).unwrap_or(u32::MAX),
            }),
            _ => return Err(bad("decided, but not by whom and when".into())),
        };
        Ok(Approval {
            id: self.id,
            ask: serde_json::from_str(&self.ask).map_err(|why| bad(why.to_string()))?,
            created_at: moment(self.created_at),
            state,
        })
    }
}

impl Store {
    /// Answers an ask. Where an approval holds, one use of it is counted for the ask's attempt; where nothing was
    /// decided, the pending approval is found or begun. A pending one lapses after `patience`.
    pub async fn ask(
        &self,
        ask: &Ask,
        patience: SignedDuration,
        now: Timestamp,
    ) -> Result<(Status, Approval), AskError> {
        let mut tx = self.begin().await?;
        if foreign(&mut tx, ask).await? {
            return Err(AskError::ForeignDigest);
        }
        let (status, id) = match standing(&mut tx, ask, now).await? {
            Some(found) => found,
            None => (Status::Pending, begin(&mut tx, ask, patience, now).await?),
        };
        let approval = one(&mut tx, &id, now).await?.ok_or(StoreError::Row {
            table: "approvals",
            why: "gone".into(),
        })?;
        tx.commit().await?;
        Ok((status, approval))
    }

    /// Takes down a person's decision.
    pub async fn decide(
        &self,
        id: &str,
        person: &Person,
        decision: Decision,
        reason: &str,
        now: Timestamp,
    ) -> Result<Decided, DecideError> {
        let mut tx = self.begin().await?;
        let approval = one(&mut tx, id, now).await?.ok_or(DecideError::Unknown)?;
        let decided = approval
            .state
            .decide(&approval.ask, person, decision, reason, now)?;
        sqlx::query(
            "UPDATE approvals SET status = ?, decided_by = ?, decided_at = ?, reason = ?, expires_at = ?
             WHERE id = ? AND status = 'pending'",
        )
        .bind(match decided.decision {
            Decision::Approve => "approved",
            Decision::Deny => "denied",
        })
        .bind(&decided.by)
        .bind(decided.at.as_millisecond())
        .bind(&decided.reason)
        .bind(decided.expires_at.as_millisecond())
        .bind(id)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(decided)
    }

    /// One approval.
    pub async fn approval(&self, id: &str, now: Timestamp) -> Result<Option<Approval>, StoreError> {
        let mut connection = self.read.acquire().await?;
        one(&mut connection, id, now).await
    }

    /// A page of approvals.
    pub async fn approvals(
        &self,
        which: Which,
        limit: u32,
        offset: u32,
        now: Timestamp,
    ) -> Result<Vec<Approval>, StoreError> {
        let rest = match which {
            Which::Waiting => {
                "WHERE a.status = 'pending' AND a.lapses_at > ?1
                 ORDER BY row_number() OVER (PARTITION BY a.identity ORDER BY a.created_at, a.id), a.created_at"
            }
            Which::Over => {
                "WHERE a.status <> 'pending' OR a.lapses_at <= ?1
                 ORDER BY coalesce(a.decided_at, a.lapses_at) DESC"
            }
        };
        let sql = format!("SELECT {COLUMNS} FROM approvals a {rest}, a.id LIMIT ?2 OFFSET ?3");
        let rows: Vec<Row> = sqlx::query_as(&sql)
            .bind(now.as_millisecond())
            .bind(limit)
            .bind(offset)
            .fetch_all(&self.read)
            .await?;
        rows.into_iter().map(|row| row.read(now)).collect()
    }

    /// How many wait.
    pub async fn waiting(&self, now: Timestamp) -> Result<i64, StoreError> {
        let sql = "SELECT count(*) FROM approvals WHERE status = 'pending' AND lapses_at > ?";
        Ok(sqlx::query_scalar(sql)
            .bind(now.as_millisecond())
            .fetch_one(&self.read)
            .await?)
    }
}

async fn one(on: &mut SqliteConnection, id: &str, now: Timestamp) -> Result<Option<Approval>, StoreError> {
    let row: Option<Row> = sqlx::query_as(&format!("SELECT {COLUMNS} FROM approvals a WHERE a.id = ?"))
        .bind(id)
        .fetch_optional(on)
        .await?;
    row.map(|row| row.read(now)).transpose()
}

async fn foreign(on: &mut SqliteConnection, ask: &Ask) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM approvals WHERE digest = ? AND identity <> ?)")
        .bind(&ask.digest)
        .bind(&ask.identity.name)
        .fetch_one(on)
        .await
}

/// What stands for this request now, with one use counted where that is an approval.
async fn standing(
    on: &mut SqliteConnection,
    ask: &Ask,
    now: Timestamp,
) -> Result<Option<(Status, String)>, sqlx::Error> {
    let now = now.as_millisecond();
    let counted: Option<String> = sqlx::query_scalar(
        "SELECT a.id FROM approvals a JOIN approval_uses u ON u.approval = a.id AND u.attempt = ?
         WHERE a.digest = ? AND a.status = 'approved' AND a.expires_at > ? LIMIT 1",
    )
    .bind(&ask.attempt)
    .bind(&ask.digest)
    .bind(now)
    .fetch_optional(&mut *on)
    .await?;
    if let Some(id) = counted {
        return Ok(Some((Status::Approved, id)));
    }
    // A client that hung up has ended its attempt, and its filter's question is still here for a while: a use that were counted
    // for it would be nobody's. An attempt has its exchange's name.
    let left: Option<String> = sqlx::query_scalar(
        "SELECT id FROM approvals WHERE digest = ?1 AND EXISTS
         (SELECT 1 FROM records WHERE exchange = ?2 AND phase IN ('closed', 'amended')) ORDER BY created_at DESC LIMIT 1",
    )
    .bind(&ask.digest)
    .bind(&ask.attempt)
    .fetch_optional(&mut *on)
    .await?;
    if let Some(id) = left {
        return Ok(Some((Status::Pending, id)));
    }
    // Finding a use that is left and counting it are one statement: nobody comes between.
    let used: Option<String> = sqlx::query_scalar(
        "INSERT INTO approval_uses (approval, attempt, used_at)
         SELECT a.id, ?1, ?2 FROM approvals a
         WHERE a.digest = ?3 AND a.status = 'approved' AND a.expires_at > ?2
           AND (SELECT count(*) FROM approval_uses u WHERE u.approval = a.id) < a.uses
         ORDER BY a.decided_at LIMIT 1
         RETURNING approval",
    )
    .bind(&ask.attempt)
    .bind(now)
    .bind(&ask.digest)
    .fetch_optional(&mut *on)
    .await?;
    if let Some(id) = used {
        return Ok(Some((Status::Approved, id)));
    }
    let denied: Option<String> = sqlx::query_scalar(
        "SELECT id FROM approvals WHERE digest = ? AND status = 'denied' AND expires_at > ?
         ORDER BY decided_at DESC LIMIT 1",
    )
    .bind(&ask.digest)
    .bind(now)
    .fetch_optional(&mut *on)
    .await?;
    if let Some(id) = denied {
        return Ok(Some((Status::Denied, id)));
    }
    let pending: Option<String> = sqlx::query_scalar(
        "SELECT id FROM approvals WHERE digest = ? AND status = 'pending' AND lapses_at > ?
         ORDER BY created_at DESC LIMIT 1",
    )
    .bind(&ask.digest)
    .bind(now)
    .fetch_optional(&mut *on)
    .await?;
    Ok(pending.map(|id| (Status::Pending, id)))
}

async fn begin(
    on: &mut SqliteConnection,
    ask: &Ask,
    patience: SignedDuration,
    now: Timestamp,
) -> Result<String, StoreError> {
    let id = token::id();
    let json = serde_json::to_string(ask).map_err(|why| StoreError::Row {
        table: "approvals",
        why: why.to_string(),
    })?;
    let lapses_at = now.saturating_add(patience).unwrap_or(Timestamp::MAX);
    sqlx::query(
        "INSERT INTO approvals (id, digest, ask, identity, created_at, lapses_at, status, uses)
         VALUES (?, ?, ?, ?, ?, ?, 'pending', ?)",
    )
    .bind(&id)
    .bind(&ask.digest)
    .bind(json)
    .bind(&ask.identity.name)
    .bind(now.as_millisecond())
    .bind(lapses_at.as_millisecond())
    .bind(ask.uses)
    .execute(on)
    .await?;
    Ok(id)
}
