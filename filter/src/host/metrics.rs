//! Counters in Envoy's statistics, under `wasmcustom.vectorgate.`. Labels are words of ours, never a client's.

use proxy_wasm::hostcalls;
use proxy_wasm::types::MetricType;
use std::cell::RefCell;
use std::collections::HashMap;

/// The metrics of one worker. Envoy adds up the workers by itself.
#[derive(Default)]
pub struct Metrics {
    known: RefCell<HashMap<String, u32>>,
}

impl Metrics {
    /// Adds to a counter.
    pub fn count(&self, name: &str, by: u64) {
        if by == 0 {
            return;
        }
        if let Some(id) = self.id(MetricType::Counter, name) {
            let _ = hostcalls::increment_metric(id, i64::try_from(by).unwrap_or(i64::MAX));
        }
    }

    /// Moves a gauge.
    pub fn shift(&self, name: &str, by: i64) {
        if by == 0 {
            return;
        }
        if let Some(id) = self.id(MetricType::Gauge, name) {
            let _ = hostcalls::increment_metric(id, by);
        }
    }

    fn id(&self, kind: MetricType, name: &str) -> Option<u32> {
        if let Some(id) = self.known.borrow().get(name) {
            return Some(*id);
        }
        let id = hostcalls::define_metric(kind, &format!("vectorgate.{name}")).ok()?;
        self.known.borrow_mut().insert(name.to_owned(), id);
        Some(id)
    }
}
