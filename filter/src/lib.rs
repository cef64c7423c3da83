//! Vectorgate, the guard that runs inside Envoy and decides what may leave a vector database.
//!
//! The rooms, in the order in which a request meets them; arrows run one way, downwards:
//!
//! - `host`: the only code that calls proxy-wasm (Wasm builds alone).
//! - [`exchange`]: the life of one request and its answer, as a state machine without a host.
//! - [`dialect`]: one room per database: what a request means, where things sit in an answer, how to say no.
//! - [`policy`]: the policy file, compiled, and the decision.
//! - [`approval`], [`audit`]: the contract with the approval service; the record and its chain.
//! - [`operation`], [`mask`]: the vocabulary between them; what happens to a value.
//! - [`wire`]: bytes to bytes, knowing no database and no policy.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic
    )
)]

pub mod approval;
pub mod audit;
pub mod dialect;
pub mod exchange;
#[cfg(target_arch = "wasm32")]
mod host;
pub mod mask;
pub mod operation;
pub mod policy;
pub mod wire;
