//! The chain: every record of one worker carries a sequence number and the hash of the record before it, so that a
//! record that was lost, added or changed afterwards shows.
//!
//! A record travels as one line of NDJSON, a [`Link`] around the record's JSON. The hash covers the record's bytes
//! exactly as they stand in the line, so whoever verifies must keep them as they came.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// The `prev` of a chain's first record.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One line: a record in its place in a chain.
#[derive(Debug, Serialize, Deserialize)]
pub struct Link<'a> {
    /// The chain's name: one for each start of a worker's VM, never used twice.
    pub chain: String,
    /// The record's number in its chain, from 0 on, without gaps.
    pub seq: u64,
    /// The hash of the record before it, [`GENESIS`] for the first.
    pub prev: String,
    /// This record's hash, see [`hash`].
    pub hash: String,
    /// The record, a [`super::record::Record`] as JSON.
    #[serde(borrow)]
    pub record: &'a RawValue,
}

/// The hash of a record in its place: SHA-256 in hex over `chain`, `seq` and `prev`, each ended by a line feed, and
/// the record's bytes.
pub fn hash(chain: &str, seq: u64, prev: &str, record: &str) -> String {
    let mut sha = Sha256::new();
    for part in [chain, &seq.to_string(), prev] {
        sha.update(part.as_bytes());
        sha.update(b"\n");
    }
    sha.update(record.as_bytes());
    hex(&sha.finalize())
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |n: u8| char::from(DIGITS.get(usize::from(n)).copied().unwrap_or(b'0'));
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// The writing end of a chain.
#[derive(Debug)]
pub struct Chain {
    name: String,
    seq: u64,
    prev: String,
}

impl Chain {
    /// A new chain. `name` must be unique to this start of this worker.
    pub fn new(name: String) -> Chain {
        Chain {
            name,
            seq: 0,
            prev: GENESIS.to_owned(),
        }
    }

    /// Appends a record (its JSON) and gives the line to send, line feed included.
    pub fn append(&mut self, record: &str) -> String {
        let hash = hash(&self.name, self.seq, &self.prev, record);
        let line = format!(
            "{{\"chain\":\"{}\",\"seq\":{},\"prev\":\"{}\",\"hash\":\"{}\",\"record\":{}}}\n",
            self.name, self.seq, self.prev, hash, record
        );
        self.seq += 1;
        self.prev = hash;
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_continues_the_one_before() {
        let mut chain = Chain::new("c1".into());
        let lines = [chain.append(r#"{"a":1}"#), chain.append(r#"{"b":"ü"}"#)];
        let mut prev = GENESIS.to_owned();
        for (seq, line) in lines.iter().enumerate() {
            let link: Link = serde_json::from_str(line).unwrap();
            assert_eq!((link.seq, &link.prev), (seq as u64, &prev));
            assert_eq!(link.hash, hash("c1", link.seq, &link.prev, link.record.get()));
            prev = link.hash;
        }
    }
}
