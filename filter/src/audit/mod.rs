//! The record of an exchange, and the chain that ties the records of one worker together.

pub mod chain;
pub mod record;
