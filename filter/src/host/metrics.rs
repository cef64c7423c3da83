//! Counters in Envoy's statistics, under `wasmcustom.vectorgate.`. Labels are words of ours, never a client's.
//!
//! A counter is not moved in Envoy at once: what was counted gathers here, and goes there at the next tick. So a request
//! does not pay for a call into Envoy for each of its numbers. What a VM counted since its last tick is lost if it traps.

use crate::audit::record::Verdict;
use crate::operation::Kind;
use proxy_wasm::hostcalls;
use proxy_wasm::types::MetricType;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Counter {
    /// Requests by what they do and what was decided; of an unknown kind where they were not understood.
    Decisions(Kind, Verdict),
    /// Approvals by what became of them, in the word of [`crate::audit::record::ApprovalNote`].
    Approvals(String),
    /// Values masked.
    MaskedValues,
    /// Their bytes.
    MaskedBytes,
    /// Results let through.
    ResultsReturned,
    /// Vectors taken out or coarsened.
    VectorsStripped,
    /// Records that the recorder has.
    RecordsAccepted,
    /// Records that it refused, for this time.
    RecordsFailed,
    /// Records given up.
    RecordsDropped,
    /// Policies taken.
    ConfigurationsAccepted,
    /// Policies refused.
    ConfigurationsRejected,
}

impl fmt::Display for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Counter::Decisions(kind, verdict) => {
                return write!(f, "decisions.{}.{}", kind.as_str(), verdict.as_str());
            }
            Counter::Approvals(status) => return write!(f, "approvals.{status}"),
            Counter::MaskedValues => "masked.values",
            Counter::MaskedBytes => "masked.bytes",
            Counter::ResultsReturned => "results.returned",
            Counter::VectorsStripped => "vectors.stripped",
            Counter::RecordsAccepted => "records.accepted",
            Counter::RecordsFailed => "records.failed",
            Counter::RecordsDropped => "records.dropped",
            Counter::ConfigurationsAccepted => "configurations.accepted",
            Counter::ConfigurationsRejected => "configurations.rejected",
        })
    }
}

/// The metrics of one worker. Envoy adds up the workers by itself.
#[derive(Default)]
pub struct Metrics {
    counters: RefCell<HashMap<Counter, Gathered>>,
    held: Cell<Option<u32>>,
}

/// A counter's number in Envoy, and what it does not know of yet.
struct Gathered {
    id: u32,
    by: u64,
}

impl Metrics {
    /// Adds to a counter; Envoy hears of it by [`Metrics::flush`].
    pub fn count(&self, counter: Counter, by: u64) {
        if by == 0 {
            return;
        }
        let mut counters = self.counters.borrow_mut();
        if let Some(gathered) = counters.get_mut(&counter) {
            gathered.by = gathered.by.saturating_add(by);
        } else if let Some(id) = define(MetricType::Counter, &counter.to_string()) {
            counters.insert(counter, Gathered { id, by });
        }
    }

    /// Tells Envoy what has gathered.
    pub fn flush(&self) {
        for gathered in self.counters.borrow_mut().values_mut() {
            let by = std::mem::take(&mut gathered.by);
            if by > 0 {
                let _ = hostcalls::increment_metric(gathered.id, i64::try_from(by).unwrap_or(i64::MAX));
            }
        }
    }

    /// Moves the gauge of requests that wait for a human, at once.
    pub fn shift_held(&self, by: i64) {
        let id = self.held.get().or_else(|| define(MetricType::Gauge, "held"));
        self.held.set(id);
        if let Some(id) = id {
            let _ = hostcalls::increment_metric(id, by);
        }
    }
}

fn define(kind: MetricType, name: &str) -> Option<u32> {
    hostcalls::define_metric(kind, &format!("vectorgate.{name}")).ok()
}
