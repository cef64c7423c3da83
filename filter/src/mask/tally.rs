//! What was counted while an answer went through: results, vectors, masked values.

use std::collections::BTreeMap;

/// The counts of one answer, for its record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Results that the answer held.
    pub returned: u64,
    /// Vectors that were let through as they were.
    pub vectors: u64,
    /// Vectors that were taken out or coarsened.
    pub vectors_stripped: u64,
    /// How often each field was masked, by the pattern's own text (`email`, `$.contact.ssn`), detectors as
    /// `field/detector` (`#document/email`).
    pub masked: BTreeMap<String, u64>,
    /// How many bytes of values were masked.
    pub masked_bytes: u64,
}
