//! Wasm filters that Vectorgate is measured beside. The plugin's configuration is one word, the filter's name:
//!
//! - `noop`: every callback is made, nothing is done. What a Wasm filter costs at all.
//! - `copy`: each part of a body is copied into the VM and back, unchanged. The floor for whatever reads and may
//!   write bodies.
//! - `dom`: the answer is held whole, parsed to a `serde_json::Value`, masked, and written again.

#[cfg(target_arch = "wasm32")]
mod dom;
#[cfg(target_arch = "wasm32")]
mod filter;
