//! What reads bytes from outside, under any bytes. See `targets`; `scripts/fuzz` runs it.

pub mod seeds;
pub mod targets;
