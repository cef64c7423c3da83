//! The root context: configuration, time, and the records of the whole worker.

use super::metrics::{Counter, Metrics};
use super::recorder::PATIENCE;
use super::stream::{Stream, StreamContext};
use super::worker::Worker;
use crate::dialect;
use crate::exchange::Guard;
use crate::exchange::life::Accepted;
use crate::policy::Policy;
use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{BufferType, ContextType};
use std::rc::Rc;
use std::time::Duration;

/// How often deadlines are looked at.
const TICK: Duration = Duration::from_millis(250);

/// The root context of one worker.
pub struct Root {
    id: u32,
    worker: Option<Rc<Worker>>,
}

impl Root {
    /// A root that has no configuration yet.
    pub fn new(id: u32) -> Root {
        Root { id, worker: None }
    }

    fn configure(&self, size: usize) -> Result<Rc<Worker>, String> {
        let bytes = hostcalls::get_buffer(BufferType::PluginConfiguration, 0, size)
            .map_err(|status| format!("the configuration cannot be read: {status:?}"))?
            .ok_or("there is no policy: give it as the plugin's configuration")?;
        let environment = |name: &str| std::env::var(name).ok();
        let policy = Policy::from_json(&bytes, &environment)
            .map_err(|mistakes| format!("the policy is refused:\n{mistakes}"))?;
        let database = policy.database().as_str();
        let dialect =
            dialect::by_name(database).ok_or_else(|| format!("this module does not speak {database} yet"))?;
        Worker::new(Guard::new(policy, dialect))
    }

    /// Sends the records that have gathered, unless some are under way.
    fn send_records(&self) {
        let Some(worker) = &self.worker else { return };
        let Some(audit) = worker.guard.policy.audit() else {
            return;
        };
        let Some((body, lines)) = worker.recorder.borrow().batch() else {
            return;
        };
        let _ = hostcalls::set_effective_context(self.id);
        let sent = hostcalls::dispatch_http_call(
            &audit.cluster,
            vec![
                (":method", "POST"),
                (":path", audit.path.as_str()),
                (":authority", audit.authority()),
                ("content-type", "application/x-ndjson"),
            ],
            Some(body.as_bytes()),
            Vec::new(),
            PATIENCE,
        );
        match sent {
            Ok(token) => worker.recorder.borrow_mut().took_off(token, lines),
            Err(status) => {
                log::error!(
                    "records: the cluster {} cannot be called: {status:?}",
                    audit.cluster
                );
                let landed = worker.recorder.borrow_mut().failed(lines);
                self.tell(worker, &landed.waiters, Accepted::No);
            }
        }
    }

    /// Makes the records of exchanges whose VM was lost before it could.
    fn record_for_the_lost(&self, worker: &Rc<Worker>) {
        for left in worker.intents.tick() {
            if left.held {
                worker.metrics.shift_held(-1);
            }
            if worker.guard.policy.audit().is_some() && !left.record.is_empty() {
                log::warn!("records: the filter broke down over an exchange; another VM records it");
                worker.record(&left.record, None, Some(left.intent));
            } else {
                worker.intents.clear(left.intent);
            }
        }
    }

    fn tell(&self, worker: &Rc<Worker>, waiters: &[u32], accepted: Accepted) {
        for context in waiters {
            if let Some(stream) = worker.stream(*context) {
                let _ = hostcalls::set_effective_context(*context);
                stream.recorded(accepted);
            }
        }
        let _ = hostcalls::set_effective_context(self.id);
    }
}

impl Context for Root {
    fn on_done(&mut self) -> bool {
        if let Some(worker) = &self.worker {
            worker.metrics.flush();
        }
        true
    }

    fn on_http_call_response(&mut self, token: u32, _headers: usize, _body: usize, _trailers: usize) {
        let Some(worker) = self.worker.clone() else { return };
        let status = super::heads::callout_status();
        let accepted = status == Some(200);
        if !accepted {
            log::error!("records: not accepted, status {status:?}");
        }
        let Some(landed) = worker.recorder.borrow_mut().landed(token, accepted) else {
            return;
        };
        let counter = if accepted {
            Counter::RecordsAccepted
        } else {
            Counter::RecordsFailed
        };
        worker.metrics.count(counter, landed.records as u64);
        for intent in landed.intents {
            worker.intents.clear(intent);
        }
        self.tell(
            &worker,
            &landed.waiters,
            if accepted { Accepted::Yes } else { Accepted::No },
        );
        // What failed is tried again at the next tick; what came meanwhile and is waited for goes at once.
        if accepted && worker.recorder.borrow().is_urgent() {
            self.send_records();
        }
    }
}

impl RootContext for Root {
    fn on_configure(&mut self, size: usize) -> bool {
        match self.configure(size) {
            Ok(worker) => {
                let policy = &worker.guard.policy;
                for warning in policy.warnings() {
                    log::warn!("policy: {warning}");
                }
                log::info!(
                    "vectorgate {} guards {} in mode {}, policy {}",
                    env!("CARGO_PKG_VERSION"),
                    policy.database().as_str(),
                    policy.mode().as_str(),
                    policy.digest().as_str()
                );
                worker.metrics.count(Counter::ConfigurationsAccepted, 1);
                worker.metrics.flush();
                self.worker = Some(worker);
                hostcalls::set_tick_period(TICK).is_ok()
            }
            Err(why) => {
                log::error!("vectorgate: {why}");
                let metrics = Metrics::default();
                metrics.count(Counter::ConfigurationsRejected, 1);
                metrics.flush();
                false
            }
        }
    }

    fn on_tick(&mut self) {
        let Some(worker) = self.worker.clone() else { return };
        let open: Vec<u32> = worker.streams.borrow().keys().copied().collect();
        for context in open {
            if let Some(stream) = worker.stream(context)
                && stream.has_deadline()
                && hostcalls::set_effective_context(context).is_ok()
            {
                stream.tick();
            }
        }
        let _ = hostcalls::set_effective_context(self.id);
        self.record_for_the_lost(&worker);
        worker.metrics.flush();
        self.send_records();
    }

    fn on_queue_ready(&mut self, _queue: u32) {
        if let Some(worker) = &self.worker {
            worker.answer_ring();
        }
        self.send_records();
    }

    fn create_http_context(&self, context: u32) -> Option<Box<dyn HttpContext>> {
        let worker = self.worker.clone()?;
        let stream = Rc::new(Stream::new(context, Rc::clone(&worker)));
        worker
            .streams
            .borrow_mut()
            .insert(context, Rc::downgrade(&stream));
        Some(Box::new(StreamContext::new(stream)))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}
