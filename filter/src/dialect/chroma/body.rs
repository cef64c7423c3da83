//! Chroma's words about a body.

use crate::dialect::body::Words;
pub(super) use crate::dialect::body::{Fields, invalid, shown};

/// What it says of a body that is not its call's.
pub(super) const WORDS: &Words = &Words {
    mismatch: "Failed to deserialize the JSON body into the target type: ",
    largest: u32::MAX as u64,
};
