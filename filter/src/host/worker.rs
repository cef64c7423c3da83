//! What the streams of one worker share.

use super::intents::Intents;
use super::metrics::{Counter, Metrics};
use super::names::NameCache;
use super::recorder::Recorder;
use super::stream::Stream;
use crate::audit::chain::hex;
use crate::audit::intent::Intent;
use crate::exchange::Guard;
use proxy_wasm::hostcalls;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};

/// One worker: one VM with one policy.
pub struct Worker {
    /// The policy and dialect.
    pub guard: Rc<Guard>,
    /// How many requests wait for a human.
    pub held: Rc<Cell<usize>>,
    /// The cache of collection names.
    pub names: NameCache,
    /// Whether the heads of answers are held for their first bytes; no longer, once a body did not come.
    pub keeps_answer_heads: Cell<bool>,
    /// The records.
    pub recorder: RefCell<Recorder>,
    /// What another VM has to record if this one is lost.
    pub intents: Intents,
    /// The counters.
    pub metrics: Metrics,
    /// The streams that are open, by their context's number.
    pub streams: RefCell<HashMap<u32, Weak<Stream>>>,
    queue: u32,
    /// Whether the root was rung for and has not come yet.
    rung: Cell<bool>,
    name: String,
    next: Cell<u64>,
}

impl Worker {
    /// A worker with this policy.
    ///
    /// # Errors
    /// Why the host cannot give what it needs.
    pub fn new(guard: Guard) -> Result<Rc<Worker>, String> {
        let mut random = [0u8; 16];
        getrandom::fill(&mut random).map_err(|error| format!("no random numbers: {error}"))?;
        let name = hex(&random);
        // A queue of a name of its own: workers that share one would wake each other.
        let queue = hostcalls::register_shared_queue(&format!("vectorgate.{name}"))
            .map_err(|status| format!("no shared queue: {status:?}"))?;
        let database = guard
            .policy
            .lookup()
            .map(|lookup| lookup.cluster.as_str())
            .unwrap_or_default();
        let names = NameCache::new(database);
        let recorder = guard
            .policy
            .audit()
            .map(|audit| format!("{}{}", audit.cluster, audit.path));
        let intents = Intents::new(&name, recorder.as_deref().unwrap_or_default());
        Ok(Rc::new(Worker {
            guard: Rc::new(guard),
            held: Rc::default(),
            names,
            keeps_answer_heads: Cell::new(true),
            recorder: RefCell::new(Recorder::new(name.clone())),
            intents,
            metrics: Metrics::default(),
            streams: RefCell::default(),
            queue,
            rung: Cell::new(false),
            name,
            next: Cell::new(0),
        }))
    }

    /// A name for an exchange, unique to it.
    pub fn exchange_name(&self) -> String {
        let next = self.next.get();
        self.next.set(next + 1);
        format!("{}-{next}", self.name)
    }

    /// Appends a record, and wakes the root context where it should be sent at once. `intent` is the note that is not needed
    /// any more when it was accepted.
    pub fn record(&self, json: &str, waiter: Option<u32>, intent: Option<Intent>) {
        let dropped = self.recorder.borrow_mut().append(json, waiter, intent);
        for intent in dropped.intents {
            self.intents.clear(intent);
        }
        if dropped.records > 0 {
            self.metrics
                .count(Counter::RecordsDropped, dropped.records as u64);
            log::error!(
                "records: {} dropped because the recorder has been away for too long; the chain shows a gap",
                dropped.records
            );
        }
        if self.recorder.borrow().is_urgent() && !self.rung.replace(true) {
            let rung = hostcalls::enqueue_shared_queue(self.queue, Some(&[1]));
            if rung.is_err() {
                self.rung.set(false);
                log::warn!("records: the root context could not be woken; they wait for its next tick");
            }
        }
    }

    /// Takes the ring that woke the root out of the queue.
    pub fn answer_ring(&self) {
        self.rung.set(false);
        let _ = hostcalls::dequeue_shared_queue(self.queue);
    }

    /// The stream of this context, if it is still there.
    pub fn stream(&self, context: u32) -> Option<Rc<Stream>> {
        self.streams.borrow().get(&context).and_then(Weak::upgrade)
    }
}
