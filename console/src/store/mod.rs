//! What the console keeps, in one SQLite file: one module a subject.
//!
//! Reads go through a few connections, writes through a single one: they queue in the process and never meet
//! SQLite's busy error. Other processes (the `user` command) may write beside it; a write waits for them.

pub mod approvals;
pub mod exchanges;
pub mod people;
pub mod records;
pub mod search;
pub mod sessions;
pub mod signins;
pub mod verify;
pub mod views;

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqlitePool, Transaction};

/// The file in the data directory.
pub const FILE: &str = "console.sqlite";

/// An open store. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    read: SqlitePool,
    write: SqlitePool,
}

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite says no: the disk is full, the file is locked or damaged.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The file's layout is newer than this program, or its migration failed.
    #[error("the database could not be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The directory cannot be made.
    #[error("the data directory {0} cannot be made: {1}")]
    Directory(PathBuf, std::io::Error),
    /// There is no store there.
    #[error("{0} holds no {FILE}: is this the console's data directory?")]
    Missing(PathBuf),
    /// What stands in a row is not what this program writes.
    #[error("a row of {table} cannot be read: {why}")]
    Row {
        /// The table.
        table: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

impl Store {
    /// Opens the store in a directory, making what is missing.
    pub async fn open(dir: &Path) -> Result<Store, StoreError> {
        make_private(dir).map_err(|why| StoreError::Directory(dir.to_owned(), why))?;
        let options = options(dir).create_if_missing(true);
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone())
            .await?;
        sqlx::migrate!().run(&write).await?;
        let read = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options.read_only(true))
            .await?;
        Ok(Store { read, write })
    }

    /// Opens the store in a directory for reading alone.
    pub async fn open_to_read(dir: &Path) -> Result<Store, StoreError> {
        if !dir.join(FILE).is_file() {
            return Err(StoreError::Missing(dir.to_owned()));
        }
        let options = options(dir).read_only(true);
        let pool = SqlitePoolOptions::new()
            .max_connections(2)
            .connect_with(options)
            .await?;
        Ok(Store {
            read: pool.clone(),
            write: pool,
        })
    }

    /// Ends all connections, in good order.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }

    /// Begins a transaction that holds the write lock from the start, so that what it reads stays true.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.write.begin_with("BEGIN IMMEDIATE").await?)
    }
}

fn options(dir: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(dir.join(FILE))
        .journal_mode(SqliteJournalMode::Wal)
        // "Accepted" must mean that it survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
}

/// Makes a directory that only its owner can enter. One that exists is left as it is.
fn make_private(dir: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// The moment that a column names.
fn moment(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
}
