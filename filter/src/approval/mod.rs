//! Asking a human: the contract with the approval service.

pub mod contract;
pub mod digest;
