//! JSON: the strict reader for requests, the streaming rewriter for answers, compiled paths.

pub mod escape;
pub mod path;
pub mod scalar;
pub mod strict;
