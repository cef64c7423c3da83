//! Bytes to bytes, knowing no database and no policy.

pub mod json;
pub mod target;
