//! What others in Envoy are told of a stream: filter state for access logs and budgets, counters for statistics.

use super::{From, Stream};
use crate::audit::intent::{Intent, Stake};
use crate::exchange::life::Released;
use crate::host::metrics::Counter;
use crate::host::now;
use crate::operation::Kind;
use proxy_wasm::hostcalls;

/// The name of the filter state that holds the summary; access logs read it as `wasm.vectorgate.summary`.
const SUMMARY: &str = "vectorgate.summary";

/// The numbers that are set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Published {
    asked: Option<u64>,
    given: Option<u64>,
    vectors: Option<u64>,
}

impl Stream {
    pub(super) fn ended(&self) {
        if !self.with(|exchange| exchange.is_over()).unwrap_or(true) {
            let effects = self.with(|exchange| exchange.gone(now())).unwrap_or_default();
            self.carry_out(effects, From::Elsewhere);
        }
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
        if let Some((_, intent)) = self.noted.take() {
            self.worker.intents.clear(intent);
        }
        self.worker.streams.borrow_mut().remove(&self.context);
    }

    pub(super) fn gauge_held(&self) {
        let held = self.with(|exchange| exchange.waits_for_human()).unwrap_or(false);
        if self.counted_held.replace(held) != held {
            self.worker.metrics.shift_held(if held { 1 } else { -1 });
        }
    }

    /// Notes with Envoy what another VM has to record if this one is lost now, where that has changed.
    pub(super) fn note_stake(&self, released: Released) {
        let before = self.noted.get();
        let stake = self.with(|exchange| exchange.stake(released)).flatten();
        let Some(stake) = stake.filter(|stake| before.is_none_or(|(noted, _)| noted != *stake)) else {
            return;
        };
        let intent = self.note(before.map(|(_, intent)| intent), stake, stake == Stake::Held);
        self.noted.set(intent.map(|intent| (stake, intent)));
    }

    fn note(&self, before: Option<Intent>, stake: Stake, held: bool) -> Option<Intent> {
        let record = self.with(|exchange| exchange.record_if_lost(stake, now()));
        let record = record.flatten().unwrap_or_default();
        self.worker.intents.note(before, held, &record)
    }

    /// Where this record is the exchange's last, what was noted meanwhile: it is not needed once the record was accepted.
    pub(super) fn intent_of_last_record(&self) -> Option<Intent> {
        let is_last = self.with(|exchange| exchange.is_over() || exchange.holds_answer());
        if !is_last.unwrap_or(true) {
            return None;
        }
        let (stake, intent) = self.noted.take()?;
        if stake == Stake::Held {
            // It is counted as held no more.
            self.note(Some(intent), stake, false);
        }
        Some(intent)
    }

    /// Sets the numbers that budgets are kept by, as filter state, also where they are 0: a number that is not there would let
    /// a request pass uncounted. Where the policy speaks of a budget they are as they stand at any time; else, for access
    /// logs, they are set when the request was judged, and when its answer is over.
    pub(super) fn publish_counts(&self) {
        let counts_always = self.worker.guard.policy.budget().counts();
        let counts = self.with(|exchange| {
            let is_due = counts_always || exchange.judged().is_some();
            is_due.then(|| (exchange.counts(), exchange.is_over()))
        });
        let Some((counts, is_over)) = counts.flatten() else {
            return;
        };
        let before = self.published.get();
        let set = |name: &str, was: Option<u64>, value: u64| {
            if was != Some(value) {
                let _ = hostcalls::set_property(vec![name], Some(value.to_string().as_bytes()));
            }
            Some(value)
        };
        if before == Published::default() {
            let _ = self.with(|exchange| {
                let name = exchange.caller().name.as_bytes();
                let _ = hostcalls::set_property(vec!["vectorgate.identity"], Some(name));
            });
        }
        let mut published = before;
        published.asked = set("vectorgate.asked", before.asked, counts.asked);
        if counts_always || is_over {
            published.given = set("vectorgate.given", before.given, counts.given);
            published.vectors = set("vectorgate.vectors", before.vectors, counts.vectors);
        }
        self.published.set(published);
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
