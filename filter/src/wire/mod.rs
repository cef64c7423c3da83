//! Bytes to bytes, knowing no database and no policy.

pub mod claim;
pub mod grpc;
pub mod json;
pub mod protobuf;
pub mod span;
pub mod target;
pub mod trace;
