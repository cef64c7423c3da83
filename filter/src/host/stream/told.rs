//! What others in Envoy are told of a stream: filter state for access logs and budgets, counters for statistics.

use super::{From, Stream};
use crate::host::metrics::Counter;
use crate::host::now;
use crate::operation::Kind;
use proxy_wasm::hostcalls;

/// The name of the filter state that holds the summary; access logs read it as `wasm.vectorgate.summary`.
const SUMMARY: &str = "vectorgate.summary";

impl Stream {
    pub(super) fn ended(&self) {
        let effects = self.with(|exchange| exchange.gone(now())).unwrap_or_default();
        self.carry_out(effects, From::Elsewhere);
        self.publish_summary();
        let _ = self.with(|exchange| {
            let metrics = &self.worker.metrics;
            if let Some(judged) = exchange.judged() {
                let kind = judged
                    .request
                    .as_ref()
                    .map_or(Kind::Unknown, |request| request.operation.kind);
                metrics.count(Counter::Decisions(kind, judged.verdict), 1);
            }
            if let Some(approval) = exchange.approval() {
                metrics.count(Counter::Approvals(approval.status.clone()), 1);
            }
            if let Some(tally) = exchange.tally() {
                metrics.count(Counter::MaskedValues, tally.masked.values().sum());
                metrics.count(Counter::MaskedBytes, tally.masked_bytes);
                metrics.count(Counter::ResultsReturned, tally.returned);
                metrics.count(Counter::VectorsStripped, tally.vectors_stripped);
            }
        });
        self.gauge_held();
        self.worker.streams.borrow_mut().remove(&self.context);
    }

    pub(super) fn gauge_held(&self) {
        let held = self.with(|exchange| exchange.waits_for_human()).unwrap_or(false);
        if self.counted_held.replace(held) != held {
            self.worker.metrics.shift_held(if held { 1 } else { -1 });
        }
    }

    /// Sets the numbers that budgets are kept by, as filter state. They are set always, also where they are 0: a number
    /// that is not there would let a request pass uncounted.
    pub(super) fn publish_counts(&self) {
        let Some(counts) = self.with(|exchange| exchange.counts()) else {
            return;
        };
        let set = |name: &str, value: u64| {
            let _ = hostcalls::set_property(vec![name], Some(value.to_string().as_bytes()));
        };
        match self.published.replace(Some(counts)) {
            None => {
                let _ = self.with(|exchange| {
                    let name = exchange.caller().name.as_bytes();
                    let _ = hostcalls::set_property(vec!["vectorgate.identity"], Some(name));
                });
                set("vectorgate.asked", counts.asked);
                set("vectorgate.given", counts.given);
                set("vectorgate.vectors", counts.vectors);
            }
            Some(before) => {
                if before.asked != counts.asked {
                    set("vectorgate.asked", counts.asked);
                }
                if before.given != counts.given {
                    set("vectorgate.given", counts.given);
                }
                if before.vectors != counts.vectors {
                    set("vectorgate.vectors", counts.vectors);
                }
            }
        }
    }

    /// Sets the record's summary as filter state, and once, when it is judged, the words that telemetry has names of its own for.
    pub(super) fn publish_summary(&self) {
        let _ = self.with(|exchange| {
            if let Some(judged) = exchange.judged().filter(|_| !self.named.replace(true)) {
                let operation = judged.request.as_ref().map(|request| &request.operation);
                let collections = operation
                    .map(|operation| operation.collections.join(","))
                    .unwrap_or_default();
                for (name, value) in [
                    (
                        "vectorgate.operation",
                        operation.map_or("unknown", |operation| operation.kind.as_str()),
                    ),
                    ("vectorgate.collections", collections.as_str()),
                    ("vectorgate.verdict", judged.verdict.as_str()),
                    ("vectorgate.rule", judged.rule.as_deref().unwrap_or_default()),
                ] {
                    let _ = hostcalls::set_property(vec![name], Some(value.as_bytes()));
                }
            }
            if let Some(summary) = exchange.summary().filter(|_| !self.summarised.replace(true)) {
                let _ = hostcalls::set_property(vec![SUMMARY], Some(summary.as_bytes()));
            }
        });
    }
}
