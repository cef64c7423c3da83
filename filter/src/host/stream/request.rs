//! The request's side of a stream: its head is read and begins the exchange, its body is gathered while it is judged.

use super::{From, Sent, Stream};
use crate::dialect::Head;
use crate::dialect::grpc::{ACCEPT_ENCODING, ENCODING};
use crate::exchange::answer::End;
use crate::exchange::life::{Arrival, Exchange, Follows};
use crate::host::heads::{property_text, request_headers};
use crate::host::worker::Worker;
use crate::host::{grpc, identity, now};
use crate::wire::grpc::parse_timeout;
use crate::wire::trace::{request_id, trace_id};
use proxy_wasm::hostcalls;
use proxy_wasm::types::{Action, BufferType, MapType};
use std::rc::Rc;

impl Stream {
    /// Begins the exchange. Gives the client's headers that must not go on to the database.
    pub(super) fn begin(&self, end_of_stream: bool) -> Vec<&'static str> {
        let headers = request_headers();
        // Answers come plain, so that they can be masked. Messages that are read go on plain, and without the name nobody can
        // read one that is not.
        let mut withheld: Vec<&'static str> = [ACCEPT_ENCODING, ENCODING]
            .into_iter()
            .chain(crate::exchange::WITHHELD_HEADERS)
            .filter(|name| headers.iter().any(|(key, _)| key == name))
            .collect();
        let policy = &self.worker.guard.policy;
        let sources = policy.identity();
        // Whom nobody hears of need not be asked for.
        let is_told = policy.audit().is_some() || policy.approval().is_some();
        let caller = identity::caller(sources, &headers);
        self.is_grpc.set(grpc::is_call(&headers));
        let (head, malformed) = Head::from_headers(headers);
        let arrival = Arrival {
            caller,
            source: is_told.then(|| property_text(&["source", "address"])).flatten(),
            request_id: head
                .header("x-request-id")
                .and_then(request_id)
                .map(str::to_owned),
            trace_id: head.header("traceparent").and_then(trace_id).map(str::to_owned),
            time: now(),
            body: if end_of_stream {
                Follows::Nothing
            } else {
                Follows::Body
            },
            patience: head
                .header("grpc-timeout")
                .and_then(|value| parse_timeout(value).ok()),
            content_length: head.header("content-length").and_then(|value| value.parse().ok()),
        };
        let (guard, held) = (Rc::clone(&self.worker.guard), Rc::clone(&self.worker.held));
        let arrived = arrival.time;
        let mut exchange = Exchange::new(guard, held, self.worker.exchange_name(), arrival, head);
        let effects = match malformed {
            Some(malformed) => exchange.malformed(malformed),
            None => exchange.start(&self.worker.names.at(arrived), arrived),
        };
        *self.exchange.borrow_mut() = Some(exchange);
        let undoes = self
            .with(|exchange| exchange.undoes_compression())
            .unwrap_or(true);
        self.carry_out(effects, From::Request);
        // What is not read is nobody's business here: it goes on as it came.
        withheld.retain(|name| *name != ENCODING || undoes);
        withheld
    }

    /// What a request callback returns: hold, unless the exchange lets the request go.
    pub(super) fn request_action(&self) -> Action {
        let holds = self
            .with(|exchange| exchange.holds_request() || exchange.is_over())
            .unwrap_or(true);
        if holds && self.sent.get() != Sent::StandIn {
            return Action::Pause;
        }
        self.request_left.set(true);
        Action::Continue
    }

    pub(super) fn body_came(&self, size: usize, end: End) -> Action {
        if self.sent.get() == Sent::StandIn {
            // Should it fail, the request goes no further.
            return if self.empty_body(size) {
                Action::Continue
            } else {
                Action::Pause
            };
        }
        let reads = self.with(|exchange| exchange.reads_body()).unwrap_or(false);
        if !reads && !self.checks_body() {
            return self.request_action();
        }
        self.body_size.set(size);
        let now = now();
        let mut effects = self
            .with(|exchange| exchange.body_grows(size as u64))
            .unwrap_or_default();
        let checks = self.checks_body();
        if effects.is_empty() && (checks || end == End::Last) {
            // Of a body that is checked as it comes, what is held was seen before.
            let from = if checks { self.body_seen.get().min(size) } else { 0 };
            let part = hostcalls::get_buffer(BufferType::HttpRequestBody, from, size.saturating_sub(from))
                .ok()
                .flatten()
                .unwrap_or_default();
            let names = self.worker.names.at(now);
            effects = self
                .with(|exchange| {
                    if checks {
                        exchange.body_chunk(&part, end, &names, now)
                    } else {
                        exchange.body_whole(part, &names, now)
                    }
                })
                .unwrap_or_default();
        }
        self.carry_out(effects, From::Request);
        let action = self.request_action();
        let held = checks && action == Action::Pause;
        self.body_seen.set(if held { size } else { 0 });
        action
    }

    /// The trailers have come: the body is over.
    pub(super) fn body_over(&self) -> Action {
        // What was let go is not in the buffer any more.
        let left = if self.checks_body() {
            self.body_seen.get()
        } else {
            self.body_size.get()
        };
        self.body_came(left, End::Last)
    }

    fn checks_body(&self) -> bool {
        self.with(|exchange| exchange.checks_body()).unwrap_or(false)
    }
}

/// Holds the request to what can be read on the way back, and drops the length of a body that may change.
pub(super) fn prepare_request(withheld: &[&str], reads_body: bool, worker: &Worker) {
    let _ = hostcalls::set_map_value(MapType::HttpRequestHeaders, "accept-encoding", Some("identity"));
    for name in withheld {
        let _ = hostcalls::remove_map_value(MapType::HttpRequestHeaders, name);
    }
    if reads_body && !worker.guard.policy.host().hold_headers {
        let _ = hostcalls::remove_map_value(MapType::HttpRequestHeaders, "content-length");
    }
}
