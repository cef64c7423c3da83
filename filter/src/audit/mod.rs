//! The record of an exchange, the chain that ties the records of one worker together, and the intent that outlives a worker's VM.

pub mod chain;
pub mod intent;
pub mod record;
