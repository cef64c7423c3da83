//! JSON: the strict reader for requests, the streaming rewriter for answers, compiled paths.

pub mod path;
pub mod scalar;
