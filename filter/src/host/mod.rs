//! The edge: the only code that calls proxy-wasm.
//!
//! Callbacks translate what Envoy says into the words of [`crate::exchange`] and do what comes back, a few lines
//! each. Nothing is decided here.
//!
//! - [`root`]: configuration, time, and the records of the whole worker.
//! - [`stream`]: one request and its answer.
//! - [`worker`]: what the streams of one worker share.
//! - [`recorder`]: group commit of records.
//! - [`grpc`]: what is different about a gRPC stream.
//! - [`intents`]: what another VM has to record if this one is lost.
//! - [`heads`]: heads and trailers, as Envoy has them.
//! - [`identity`]: who asks, as Envoy has verified it.
//! - [`names`]: the worker's cache of collection names.
//! - [`metrics`]: counters in Envoy's statistics.
//!
//! The trait helpers of the SDK panic where the host refuses; only `hostcalls` is used.

mod grpc;
mod heads;
mod identity;
mod intents;
mod metrics;
mod names;
mod recorder;
mod root;
mod stream;
mod worker;

use proxy_wasm::hostcalls;
use proxy_wasm::types::LogLevel;
use std::time::SystemTime;

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Info);
    proxy_wasm::set_root_context(|id| Box::new(root::Root::new(id)));
}}

fn now() -> SystemTime {
    hostcalls::get_current_time().unwrap_or(SystemTime::UNIX_EPOCH)
}
