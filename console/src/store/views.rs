//! Who read which recording.

use jiff::Timestamp;

use super::{Store, StoreError, moment};

/// What somebody read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// One exchange, in full.
    Exchange,
    /// The list of a session.
    Session,
    /// Records, through the API.
    Records,
}

impl What {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            What::Exchange => "exchange",
            What::Session => "session",
            What::Records => "records",
        }
    }
}

/// One reading.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct View {
    at: i64,
    /// Who read.
    pub reader: String,
    /// The word for what was read, see [`What`].
    pub what: String,
    /// Its name; for records, the search.
    pub which: String,
}

impl View {
    /// When.
    pub fn at(&self) -> Timestamp {
        moment(self.at)
    }
}

impl Store {
    /// Takes down that somebody reads something. Done before it is shown.
    pub async fn viewed(
        &self,
        reader: &str,
        what: What,
        which: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO views (at, reader, what, which) VALUES (?, ?, ?, ?)")
            .bind(now.as_millisecond())
            .bind(reader)
            .bind(what.as_str())
            .bind(which)
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// A page of readings, newest first.
    pub async fn views(&self, limit: u32, offset: u32) -> Result<Vec<View>, StoreError> {
        Ok(
            sqlx::query_as("SELECT at, reader, what, which FROM views ORDER BY id DESC LIMIT ? OFFSET ?")
                .bind(limit)
                .bind(offset)
                .fetch_all(&self.read)
                .await?,
        )
    }
}
