//! JSON: the strict reader for requests, the streaming rewriter for answers, compiled paths.

pub mod escape;
pub mod number;
pub mod outline;
pub mod path;
pub mod rewrite;
pub mod round;
pub mod scalar;
pub mod scan;
pub mod strict;
pub mod unescape;
