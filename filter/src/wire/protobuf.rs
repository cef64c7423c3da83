//! Protocol Buffers: the strict reader for requests, the streaming rewriter for answers.

pub mod outline;
pub mod read;
pub mod rewrite;
pub mod strict;
pub mod varint;
