//! A line of a chain as it came, read; and what can be wrong with its place.

use std::fmt;

use jiff::Timestamp;
use vectorgate::audit::chain::{self, Link};
use vectorgate::audit::record::Record;

/// One line: a record, its raw bytes, and its place in a chain.
#[derive(Clone, Debug)]
pub struct Line {
    /// The chain's name.
    pub chain: String,
    /// The record's number in it. Fits SQLite's integers.
    pub seq: i64,
    /// The hash of the record before it, as the line says.
    pub prev: String,
    /// This record's hash, as the line says.
    pub hash: String,
    /// The record's bytes exactly as they stood in the line.
    pub raw: String,
    /// The record, read.
    pub record: Record,
    /// The record's time.
    pub at: Timestamp,
}

/// Why a line is not one. Never says what stood in it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Not the JSON of a link.
    #[error("not a link of a chain: {0}")]
    Link(String),
    /// The record in it is not one.
    #[error("not a record at {path}: {why}")]
    Record {
        /// Where in the record.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// A record of a version that this program does not know.
    #[error("record version {0}, this console knows 1")]
    Version(u32),
    /// Not a time.
    #[error("time is not RFC 3339")]
    Time,
    /// A chain without a name, or one that is too long.
    #[error("chain must have 1 to 200 characters")]
    ChainName,
    /// An exchange without a name, or one that is too long.
    #[error("exchange must have 1 to 200 characters")]
    ExchangeName,
    /// A number beyond what can be stored.
    #[error("seq is too large")]
    Seq,
}

impl Line {
    /// Reads a line, without its line feed.
    pub fn read(line: &str) -> Result<Line, LineError> {
        // The category and column only: serde_json's text may quote a value.
        let link: Link = serde_json::from_str(line)
            .map_err(|why| LineError::Link(format!("{} error at column {}", category(&why), why.column())))?;
        let mut json = serde_json::Deserializer::from_str(link.record.get());
        let record: Record =
            serde_path_to_error::deserialize(&mut json).map_err(|error| LineError::Record {
                path: error.path().to_string(),
                why: format!("{} error", category(error.inner())),
            })?;
        if record.version != 1 {
            return Err(LineError::Version(record.version));
        }
        let named = |name: &str| (1..=200).contains(&name.chars().count());
        if !named(&link.chain) {
            return Err(LineError::ChainName);
        }
        if !named(&record.exchange) {
            return Err(LineError::ExchangeName);
        }
        Ok(Line {
            at: record.time.parse().map_err(|_| LineError::Time)?,
            seq: i64::try_from(link.seq).map_err(|_| LineError::Seq)?,
            raw: link.record.get().to_owned(),
            chain: link.chain,
            prev: link.prev,
            hash: link.hash,
            record,
        })
    }

    /// Whether the line's hash is that of its record in its place.
    pub fn hash_holds(&self) -> bool {
        hash(&self.chain, self.seq, &self.prev, &self.raw) == self.hash
    }
}

/// [`chain::hash`] for numbers as they are stored.
pub fn hash(chain: &str, seq: i64, prev: &str, raw: &str) -> String {
    chain::hash(chain, u64::try_from(seq).unwrap_or(u64::MAX), prev, raw)
}

fn category(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Syntax => "syntax",
        serde_json::error::Category::Eof => "early end,",
        serde_json::error::Category::Data => "data",
        serde_json::error::Category::Io => "input",
    }
}

/// Why a record does not continue its chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The record before it never came.
    Gap,
    /// It names another record as the one before it.
    Prev,
    /// Its hash is not that of its bytes: they were changed.
    Hash,
    /// Another record has its place.
    Duplicate,
    /// It came after a later one.
    Late,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Fault; 5] = [
        Fault::Gap,
        Fault::Prev,
        Fault::Hash,
        Fault::Duplicate,
        Fault::Late,
    ];

    /// The word in the database and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Fault::Gap => "gap",
            Fault::Prev => "prev",
            Fault::Hash => "hash",
            Fault::Duplicate => "duplicate",
            Fault::Late => "late",
        }
    }

    /// The fault that a word names.
    pub fn of(word: &str) -> Option<Fault> {
        Fault::ALL.into_iter().find(|fault| fault.as_str() == word)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::Gap => "the record before it is missing",
            Fault::Prev => "it names another record as the one before it",
            Fault::Hash => "its content was changed: the hash does not fit",
            Fault::Duplicate => "another record has its place",
            Fault::Late => "it came out of order, after a later record",
        })
    }
}
