//! The life of one request and its answer, as a state machine without a host.
//!
//! The host tells an [`Exchange`] what happened (a head came, a body is whole, a callout was answered, time passed)
//! and does the [`Effect`]s that it gets back. Whether the request or the answer is held follows from the state alone
//! ([`Exchange::holds_request`], [`Exchange::holds_answer`]); nothing else is kept beside it. A whole life can so be
//! tested with no Envoy about.
//!
//! - [`judge`]: bytes to judgement, the part that `vectorgate explain` shows.
//! - [`life`]: the state machine.
//! - [`ask`]: what the approval service is asked, and what its words lead to.
//! - [`answer`]: the answer's side.
//! - [`report`]: the record and the one-line summary.

pub mod answer;
pub mod ask;
pub mod judge;
pub mod life;
pub mod report;
#[cfg(test)]
mod tests;

pub use judge::{Guard, Judged, Judgement};
pub use life::{Arrival, Effect, Exchange};

/// Headers of a request that never reach the database: part of an answer cannot be masked as an answer.
pub const WITHHELD_HEADERS: [&str; 2] = ["range", "if-range"];
