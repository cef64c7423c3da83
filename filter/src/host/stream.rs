//! One request and its answer: Envoy's callbacks in, the exchange's effects out.

use super::grpc;
use super::identity;
use super::worker::Worker;
use crate::dialect::{Head, Lookup, Malformed, Reply};
use crate::exchange::answer::{AnswerHead, Chunk, End};
use crate::exchange::life::{
    Accepted, Arrival, Counts, Effect, Exchange, Follows, LOOKUP_PATIENCE, Released, Waits,
};
use crate::policy::model::Mode;
use crate::wire::grpc::parse_timeout;
use crate::wire::target::Target;
use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::{Action, BufferType, MapType};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

/// The name of the filter state that holds the summary; access logs read it as `wasm.vectorgate.summary`.
const SUMMARY: &str = "vectorgate.summary";

/// A client may name an encoding and send every message plain. Without the name nobody can read one that is not, also
/// where the filter does not look into a message.
const WITHHELD_ENCODINGS: [&str; 2] = ["grpc-accept-encoding", "grpc-encoding"];

/// The most bytes of several messages that are kept until it is known that a gRPC answer goes on. Of a stream of many
/// messages what is more leaves. An answer of one message never comes to it: its last chunk is kept whatever its size.
const MOST_KEPT_MESSAGES: usize = 512 * 1024;

/// How long the head of an answer is held for the first bytes of its body.
const HEAD_PATIENCE: Duration = Duration::from_secs(2);

/// From where effects are carried out: inside one of the stream's own callbacks, whose return value lets things go,
/// or from elsewhere, where Envoy must be told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    Request,
    Response,
    Elsewhere,
}

/// What was sent in the place of the database's answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sent {
    Nothing,
    Reply,
    Reset,
    /// The database's answer to another call takes the place of a reply, and becomes it.
    StandIn,
}

/// A stream, shared between its own context and the worker's root.
pub struct Stream {
    context: u32,
    worker: Rc<Worker>,
    exchange: RefCell<Option<Exchange>>,
    lookups: RefCell<HashMap<u32, Lookup>>,
    asked: Cell<Option<u32>>,
    body_size: Cell<usize>,
    is_grpc: Cell<bool>,
    frames: RefCell<grpc::Boundaries>,
    kept: Cell<usize>,
    answer_head_left: Cell<bool>,
    answer_head_held: Cell<Option<SystemTime>>,
    sent: Cell<Sent>,
    stand_in: RefCell<Option<grpc::StandIn>>,
    request_left: Cell<bool>,
    body_emptied: Cell<bool>,
    counted_held: Cell<bool>,
    published: Cell<Option<Counts>>,
    /// Whether the words for telemetry are set.
    named: Cell<bool>,
    /// Whether the summary is set. It is made once, when the exchange ends.
    summarised: Cell<bool>,
}

impl Stream {
    /// A stream of this context.
    pub fn new(context: u32, worker: Rc<Worker>) -> Stream {
        Stream {
            context,
            worker,
            exchange: RefCell::new(None),
            lookups: RefCell::default(),
            asked: Cell::new(None),
            body_size: Cell::new(0),
            is_grpc: Cell::new(false),
            frames: RefCell::default(),
            kept: Cell::new(0),
            answer_head_left: Cell::new(false),
            answer_head_held: Cell::new(None),
            sent: Cell::new(Sent::Nothing),
            stand_in: RefCell::default(),
            request_left: Cell::new(false),
            body_emptied: Cell::new(false),
            counted_held: Cell::new(false),
            published: Cell::new(None),
            named: Cell::new(false),
            summarised: Cell::new(false),
        }
    }

    /// Whether something is waited for, so that time matters.
    pub fn has_deadline(&self) -> bool {
        self.answer_head_held.get().is_some()
            || self
                .with(|exchange| exchange.holds_request() || exchange.holds_answer() || exchange.reads_body())
                .unwrap_or(false)
    }

    /// Time has passed.
    pub fn tick(&self) {
        let now = now();
        self.let_go_of_answer_head(now);
        let released = self.released();
        let effects = self
            .with(|exchange| exchange.tick(now, released))
            .unwrap_or_default();
        self.carry_out(effects, From::Elsewhere);
    }

    /// An answer's head that is held while its body does not come goes on alone: either the database is slow, or the host keeps
    /// the body from a filter that holds the head (no `allow_on_headers_stop_iteration`), and then no other head is held.
    fn let_go_of_answer_head(&self, now: SystemTime) {
        let Some(since) = self.answer_head_held.get() else {
            return;
        };
        if now.duration_since(since).is_ok_and(|held| held > HEAD_PATIENCE) {
            self.answer_head_held.set(None);
            self.answer_head_left.set(true);
            self.worker.keeps_answer_heads.set(false);
            let _ = hostcalls::resume_http_response();
        }
    }

    /// A record that was waited for was accepted, or was not.
    pub fn recorded(&self, accepted: Accepted) {
        let (now, released) = (now(), self.released());
        let effects = self
            .with(|exchange| exchange.recorded(accepted, released, now))
            .unwrap_or_default();
        self.carry_out(effects, From::Elsewhere);
    }

    fn with<T>(&self, f: impl FnOnce(&mut Exchange) -> T) -> Option<T> {
        self.exchange.borrow_mut().as_mut().map(f)
    }

    fn released(&self) -> Released {
        if self.answer_head_left.get() {
            Released::Head
        } else {
            Released::Nothing
        }
    }

    /// Begins the exchange. Gives the client's headers that must not go on to the database.
    fn begin(&self, end_of_stream: bool) -> Vec<&'static str> {
        let headers = request_headers();
        let withheld = WITHHELD_ENCODINGS
            .into_iter()
            .chain(crate::exchange::WITHHELD_HEADERS)
            .filter(|name| headers.iter().any(|(key, _)| key == name))
            .collect();
        let sources = self.worker.guard.policy.identity();
        let header = |name: &str| {
            headers
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
        };
        let arrival = Arrival {
            caller: identity::caller(sources, &headers),
            source: property_text(&["source", "address"]),
            request_id: header("x-request-id"),
            trace_id: header("traceparent").and_then(|value| value.split('-').nth(1).map(str::to_owned)),
            time: now(),
            body: if end_of_stream {
                Follows::Nothing
            } else {
                Follows::Body
            },
            patience: header("grpc-timeout").and_then(|value| parse_timeout(&value).ok()),
            content_length: header("content-length").and_then(|value| value.parse().ok()),
        };
        self.is_grpc.set(grpc::is_call(&headers));
        let raw = header(":path").unwrap_or_default();
        let target = Target::parse(&raw);
        let malformed = target.as_ref().err().map(|error| Malformed {
            status: 400,
            message: error.to_string(),
        });
        let target = target.unwrap_or(Target {
            raw,
            segments: Vec::new(),
            query: Vec::new(),
        });
        let head = Head {
            method: header(":method").unwrap_or_default(),
            target,
            headers: headers
                .into_iter()
                .filter(|(key, _)| !key.starts_with(':'))
                .collect(),
        };
        let (guard, held) = (Rc::clone(&self.worker.guard), Rc::clone(&self.worker.held));
        let arrived = arrival.time;
        let mut exchange = Exchange::new(guard, held, self.worker.exchange_name(), arrival, head);
        self.worker.names.refresh(arrived);
        let effects = match malformed {
            Some(malformed) => exchange.malformed(malformed),
            None => exchange.start(&self.worker.names, arrived),
        };
        *self.exchange.borrow_mut() = Some(exchange);
        self.carry_out(effects, From::Request);
        withheld
    }

    fn carry_out(&self, effects: Vec<Effect>, from: From) {
        for effect in effects {
            self.carry_out_one(effect, from);
        }
        self.gauge_held();
        self.publish_counts();
    }

    fn carry_out_one(&self, effect: Effect, from: From) {
        match effect {
            Effect::Forward { path, body } => {
                self.forward(path.as_deref(), body.as_deref());
                if from == From::Elsewhere {
                    let _ = hostcalls::resume_http_request();
                }
            }
            Effect::Lookup(lookups) => {
                for lookup in lookups {
                    self.look_up(lookup, from);
                }
            }
            Effect::Ask { json, wait, timeout } => self.ask(&json, wait, timeout, from),
            Effect::Record { json, waits } => {
                let waiter = (waits == Waits::UntilAccepted).then_some(self.context);
                self.worker.record(&json, waiter);
            }
            Effect::Reply(reply) => self.reply(&reply, from),
            Effect::ReleaseAnswer => {
                if from == From::Elsewhere {
                    let _ = hostcalls::resume_http_response();
                }
            }
            Effect::CutOff => {
                self.sent.set(Sent::Reset);
                let _ = hostcalls::reset_http_response();
            }
            Effect::Forget(_) => self.worker.names.forget(),
        }
    }

    fn forward(&self, path: Option<&str>, body: Option<&[u8]>) {
        if let Some(path) = path {
            let _ = hostcalls::set_map_value(MapType::HttpRequestHeaders, ":path", Some(path));
        }
        if let Some(body) = body {
            if self.worker.guard.policy.host().hold_headers {
                let length = body.len().to_string();
                let _ =
                    hostcalls::set_map_value(MapType::HttpRequestHeaders, "content-length", Some(&length));
            }
            let _ = hostcalls::set_buffer(BufferType::HttpRequestBody, 0, self.body_size.get(), body);
        }
    }

    fn look_up(&self, lookup: Lookup, from: From) {
        let policy = &self.worker.guard.policy;
        let Some(database) = policy.lookup() else {
            log::error!("names: the policy has no lookup section");
            self.looked_up(&lookup, None, from);
            return;
        };
        let cluster = if grpc::is_call(&lookup.headers) {
            database.grpc_cluster()
        } else {
            &database.cluster
        };
        let mut headers = vec![
            (":method", lookup.method),
            (":path", lookup.path.as_str()),
            (":authority", database.authority()),
            ("accept-encoding", "identity"),
        ];
        headers.extend(
            lookup
                .headers
                .iter()
                .map(|(key, value)| (key.as_str(), value.as_str())),
        );
        let body = (!lookup.body.is_empty()).then_some(lookup.body.as_slice());
        match hostcalls::dispatch_http_call(cluster, headers, body, Vec::new(), LOOKUP_PATIENCE) {
            Ok(token) => {
                self.lookups.borrow_mut().insert(token, lookup);
            }
            Err(status) => {
                log::error!("names: the cluster {cluster} cannot be called: {status:?}");
                self.looked_up(&lookup, None, from);
            }
        }
    }

    fn looked_up(&self, lookup: &Lookup, answer: Option<(u16, &[u8])>, from: From) {
        let now = now();
        self.worker.names.refresh(now);
        let (found, effects) = self
            .with(|exchange| exchange.looked_up(lookup, answer, &self.worker.names, now))
            .unwrap_or_default();
        if let Some((key, named)) = found {
            self.worker.names.keep(key, named, now);
        }
        self.carry_out(effects, from);
    }

    fn ask(&self, json: &[u8], wait: Duration, timeout: Duration, from: From) {
        let Some(approval) = self.worker.guard.policy.approval() else {
            return;
        };
        let path = format!("{}?wait={}", approval.path, wait.as_secs());
        let sent = hostcalls::dispatch_http_call(
            &approval.cluster,
            vec![
                (":method", "POST"),
                (":path", path.as_str()),
                (":authority", approval.authority()),
                ("content-type", "application/json"),
            ],
            Some(json),
            Vec::new(),
            timeout,
        );
        match sent {
            Ok(token) => self.asked.set(Some(token)),
            Err(status) => {
                log::error!(
                    "approvals: the cluster {} cannot be called: {status:?}",
                    approval.cluster
                );
                let effects = self
                    .with(|exchange| exchange.asked(None, &[], now()))
                    .unwrap_or_default();
                self.carry_out(effects, from);
            }
        }
    }

    fn reply(&self, reply: &Reply, from: From) {
        if self.is_grpc.get() && self.stands_in(reply) {
            if from == From::Elsewhere {
                let _ = hostcalls::resume_http_request();
            }
            return;
        }
        self.sent.set(Sent::Reply);
        let sent = match grpc::as_status(reply) {
            Some(status) if self.is_grpc.get() => status.send(),
            _ => {
                let headers = reply
                    .headers
                    .iter()
                    .map(|(key, value)| (key.as_str(), value.as_str()))
                    .collect();
                hostcalls::send_http_response(u32::from(reply.status), headers, Some(&reply.body))
            }
        };
        if let Err(status) = sent {
            log::error!("a refusal could not be sent: {status:?}");
        }
    }

    /// Turns a request that is refused into a call that asks nothing, whose answer will be the refusal. Not where the
    /// refusal is no message, or the request's head has left already.
    fn stands_in(&self, reply: &Reply) -> bool {
        let holds = self.worker.guard.policy.host().hold_headers && !self.request_left.get();
        let path = self.worker.guard.dialect.stand_in().filter(|_| holds);
        let (Some(path), Some(stand_in)) = (path, grpc::StandIn::of(reply)) else {
            return false;
        };
        let set = |name, value| hostcalls::set_map_value(MapType::HttpRequestHeaders, name, value);
        let replaced = set(":path", Some(path)).and_then(|()| set("content-length", None));
        if replaced.is_err() {
            return false;
        }
        if self.body_size.get() > 0 && !self.empty_body(self.body_size.get()) {
            return false;
        }
        self.sent.set(Sent::StandIn);
        *self.stand_in.borrow_mut() = Some(stand_in);
        true
    }

    /// Puts an empty message in the place of what came of the body, and nothing in that of what comes later.
    fn empty_body(&self, size: usize) -> bool {
        let empty: &[u8] = if self.body_emptied.replace(true) {
            &[]
        } else {
            &grpc::EMPTY
        };
        hostcalls::set_buffer(BufferType::HttpRequestBody, 0, size, empty).is_ok()
    }

    /// What a request callback returns: hold, unless the exchange lets the request go.
    fn request_action(&self) -> Action {
        let holds = self
            .with(|exchange| exchange.holds_request() || exchange.is_over())
            .unwrap_or(true);
        if holds && self.sent.get() != Sent::StandIn {
            return Action::Pause;
        }
        self.request_left.set(true);
        Action::Continue
    }

    fn body_came(&self, size: usize, end: End) -> Action {
        if self.sent.get() == Sent::StandIn {
            // Should it fail, the request goes no further.
            return if self.empty_body(size) {
                Action::Continue
            } else {
                Action::Pause
            };
        }
        if !self.with(|exchange| exchange.reads_body()).unwrap_or(false) {
            return self.request_action();
        }
        self.body_size.set(size);
        let now = now();
        let effects = match end {
            End::More => self.with(|exchange| exchange.body_grows(size as u64)),
            End::Last => {
                let over = self
                    .with(|exchange| exchange.body_grows(size as u64))
                    .unwrap_or_default();
                if over.is_empty() {
                    let body = hostcalls::get_buffer(BufferType::HttpRequestBody, 0, size)
                        .ok()
                        .flatten();
                    self.worker.names.refresh(now);
                    let body = body.unwrap_or_default();
                    self.with(|exchange| exchange.body_whole(body, &self.worker.names, now))
                } else {
                    Some(over)
                }
            }
        };
        self.carry_out(effects.unwrap_or_default(), From::Request);
        self.request_action()
    }

    fn answer_came(&self, end_of_stream: bool) -> Action {
        if let Some(stand_in) = self.stand_in.borrow().as_ref() {
            stand_in.write_head(end_of_stream);
            return Action::Continue;
        }
        // Our own reply comes by here as well.
        if self.sent.get() != Sent::Nothing || self.with(|exchange| exchange.is_over()).unwrap_or(true) {
            return Action::Continue;
        }
        let head = answer_head();
        let now = now();
        let effects = self
            .with(|exchange| exchange.answer_head(&head, now))
            .unwrap_or_default();
        self.carry_out(effects, From::Response);
        if self.with(|exchange| exchange.changes_length()).unwrap_or(false) {
            let _ = hostcalls::remove_map_value(MapType::HttpResponseHeaders, "content-length");
        }
        if end_of_stream {
            let effects = self
                .with(|exchange| exchange.answer_ends(now))
                .unwrap_or_default();
            self.carry_out(effects, From::Response);
        }
        if self.keeps_answer_head() && !end_of_stream {
            self.answer_head_held.set(Some(now));
            return self.answer_action(Action::Pause);
        }
        self.answer_action(Action::Continue)
    }

    /// Where the host lets a filter hold a head and still see the body, an answer's head waits for its first bytes:
    /// then a database that answers with nonsense can still be spoken of in words.
    fn keeps_answer_head(&self) -> bool {
        let policy = &self.worker.guard.policy;
        policy.mode() == Mode::Enforce
            && policy.host().hold_headers
            && self.worker.keeps_answer_heads.get()
            && (self.with(|exchange| exchange.reads_answer()).unwrap_or(false)
                || policy.audit().is_some_and(|audit| audit.required))
    }

    /// What a response callback returns: hold where the exchange says so, else `otherwise`.
    fn answer_action(&self, otherwise: Action) -> Action {
        if self.sent.get() != Sent::Nothing {
            return Action::Pause;
        }
        if self.with(|exchange| exchange.holds_answer()).unwrap_or(false) {
            return Action::Pause;
        }
        if otherwise == Action::Continue {
            self.answer_head_left.set(true);
        }
        otherwise
    }

    fn answer_chunk(&self, size: usize, end: End) -> Action {
        if let Some(stand_in) = self.stand_in.borrow_mut().as_mut() {
            let message = std::mem::take(&mut stand_in.message);
            let written = hostcalls::set_buffer(BufferType::HttpResponseBody, 0, size, &message);
            return if written.is_ok() {
                Action::Continue
            } else {
                Action::Pause
            };
        }
        self.answer_head_held.set(None);
        if self.sent.get() != Sent::Nothing {
            return if self.sent.get() == Sent::Reply {
                Action::Continue
            } else {
                Action::Pause
            };
        }
        let reads = self.with(|exchange| exchange.reads_answer()).unwrap_or(false);
        let keeps_messages = self.keeps_messages();
        // What was masked before and is still kept stands at the front of the buffer.
        let kept = self.kept.take();
        let mut left = size;
        if reads || keeps_messages {
            let chunk = hostcalls::get_buffer(BufferType::HttpResponseBody, kept, size.saturating_sub(kept))
                .ok()
                .flatten()
                .unwrap_or_default();
            if keeps_messages {
                self.frames.borrow_mut().push(&chunk);
            }
            let (now, released) = (now(), self.released());
            let mut out = Vec::new();
            let (passed, effects) = self
                .with(|exchange| exchange.answer_chunk(&chunk, end, &mut out, released, now))
                .unwrap_or((Chunk::Unchanged, Vec::new()));
            if passed == Chunk::Rewritten {
                if kept > 0 {
                    let front = hostcalls::get_buffer(BufferType::HttpResponseBody, 0, kept);
                    out.splice(0..0, front.ok().flatten().unwrap_or_default());
                }
                let _ = hostcalls::set_buffer(BufferType::HttpResponseBody, 0, size, &out);
                left = out.len();
            }
            self.carry_out(effects, From::Response);
        } else if end == End::Last {
            let effects = self
                .with(|exchange| exchange.answer_ends(now()))
                .unwrap_or_default();
            self.carry_out(effects, From::Response);
        }
        if end == End::More
            && keeps_messages
            && (kept == 0 || left <= MOST_KEPT_MESSAGES)
            && self.frames.borrow().are_whole()
        {
            self.kept.set(left);
            return Action::Pause;
        }
        self.answer_action(Action::Continue)
    }

    /// Only trailers tell that a gRPC answer is over, and by then its last message would have left. Where nothing may be
    /// released that was not recorded, the end of every message is kept until more follows.
    fn keeps_messages(&self) -> bool {
        let policy = &self.worker.guard.policy;
        self.is_grpc.get()
            && policy.mode() == Mode::Enforce
            && policy.audit().is_some_and(|audit| audit.required)
            && !self.with(|exchange| exchange.is_over()).unwrap_or(true)
    }

    fn ended(&self) {
        let effects = self.with(|exchange| exchange.gone(now())).unwrap_or_default();
        self.carry_out(effects, From::Elsewhere);
        self.publish_summary();
        let _ = self.with(|exchange| {
            let metrics = &self.worker.metrics;
            if let Some(judged) = exchange.judged() {
                let kind = judged
                    .request
                    .as_ref()
                    .map_or("unknown", |request| request.operation.kind.as_str());
                metrics.count(&format!("decisions.{kind}.{}", judged.verdict.as_str()), 1);
            }
            if let Some(approval) = exchange.approval() {
                metrics.count(&format!("approvals.{}", approval.status), 1);
            }
            if let Some(tally) = exchange.tally() {
                metrics.count("masked.values", tally.masked.values().sum());
                metrics.count("masked.bytes", tally.masked_bytes);
                metrics.count("results.returned", tally.returned);
                metrics.count("vectors.stripped", tally.vectors_stripped);
            }
        });
        self.gauge_held();
        self.worker.streams.borrow_mut().remove(&self.context);
    }

    fn gauge_held(&self) {
        let held = self.with(|exchange| exchange.waits_for_human()).unwrap_or(false);
        if self.counted_held.replace(held) != held {
            self.worker.metrics.shift("held", if held { 1 } else { -1 });
        }
    }

    /// Sets the numbers that budgets are kept by, as filter state. They are set always, also where they are 0: a number
    /// that is not there would let a request pass uncounted.
    fn publish_counts(&self) {
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
    fn publish_summary(&self) {
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

/// The context that Envoy knows.
pub struct StreamContext {
    stream: Rc<Stream>,
}

impl StreamContext {
    /// The context of this stream.
    pub fn new(stream: Rc<Stream>) -> StreamContext {
        StreamContext { stream }
    }
}

impl Context for StreamContext {
    fn on_http_call_response(&mut self, token: u32, _headers: usize, body_size: usize, _trailers: usize) {
        let status = callout_status();
        let body = hostcalls::get_buffer(BufferType::HttpCallResponseBody, 0, body_size)
            .ok()
            .flatten();
        let body = body.unwrap_or_default();
        let lookup = self.stream.lookups.borrow_mut().remove(&token);
        if let Some(lookup) = lookup {
            let answer = status.map(|status| (status, body.as_slice()));
            self.stream.looked_up(&lookup, answer, From::Elsewhere);
        } else if self.stream.asked.get() == Some(token) {
            self.stream.asked.set(None);
            let effects = self
                .stream
                .with(|exchange| exchange.asked(status, &body, now()))
                .unwrap_or_default();
            self.stream.carry_out(effects, From::Elsewhere);
        }
        self.stream.publish_summary();
    }
}

impl HttpContext for StreamContext {
    fn on_http_request_headers(&mut self, _count: usize, end_of_stream: bool) -> Action {
        let stream = &self.stream;
        let withheld = stream.begin(end_of_stream);
        prepare_request(
            &withheld,
            stream.with(|exchange| exchange.reads_body()).unwrap_or(false),
            &stream.worker,
        );
        stream.publish_summary();
        let waits_for_body = stream.with(|exchange| exchange.reads_body()).unwrap_or(false);
        if waits_for_body && !stream.worker.guard.policy.host().hold_headers {
            return Action::Continue;
        }
        stream.request_action()
    }

    fn on_http_request_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        let action = self
            .stream
            .body_came(size, if end_of_stream { End::Last } else { End::More });
        self.stream.publish_summary();
        action
    }

    fn on_http_request_trailers(&mut self, _count: usize) -> Action {
        let size = self.stream.body_size.get();
        let action = self.stream.body_came(size, End::Last);
        self.stream.publish_summary();
        action
    }

    fn on_http_response_headers(&mut self, _count: usize, end_of_stream: bool) -> Action {
        let action = self.stream.answer_came(end_of_stream);
        self.stream.publish_summary();
        action
    }

    fn on_http_response_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        let action = self
            .stream
            .answer_chunk(size, if end_of_stream { End::Last } else { End::More });
        if end_of_stream {
            self.stream.publish_summary();
        }
        action
    }

    fn on_http_response_trailers(&mut self, _count: usize) -> Action {
        if self.stream.sent.get() == Sent::StandIn {
            grpc::StandIn::write_trailers();
            return Action::Continue;
        }
        self.stream.answer_head_held.set(None);
        let status = number(MapType::HttpResponseTrailers, "grpc-status");
        let (now, released) = (now(), self.stream.released());
        let effects = self
            .stream
            .with(|exchange| exchange.answer_trailers(status, released, now));
        self.stream.carry_out(effects.unwrap_or_default(), From::Response);
        self.stream.publish_summary();
        self.stream.answer_action(Action::Continue)
    }

    fn on_log(&mut self) {
        self.stream.ended();
    }
}

/// Holds the request to what can be read on the way back, and drops the length of a body that may change.
fn prepare_request(withheld: &[&str], reads_body: bool, worker: &Worker) {
    let _ = hostcalls::set_map_value(MapType::HttpRequestHeaders, "accept-encoding", Some("identity"));
    for name in withheld {
        let _ = hostcalls::remove_map_value(MapType::HttpRequestHeaders, name);
    }
    if reads_body && !worker.guard.policy.host().hold_headers {
        let _ = hostcalls::remove_map_value(MapType::HttpRequestHeaders, "content-length");
    }
}

/// A header or trailer that is a number.
fn number(map: MapType, name: &str) -> Option<u32> {
    let value = hostcalls::get_map_value_bytes(map, name).ok().flatten()?;
    std::str::from_utf8(&value).ok()?.parse().ok()
}

/// The status of the callout whose answer is being handled; none where there was no answer.
pub fn callout_status() -> Option<u16> {
    let value = hostcalls::get_map_value_bytes(MapType::HttpCallResponseHeaders, ":status")
        .ok()
        .flatten()?;
    std::str::from_utf8(&value).ok()?.parse().ok()
}

fn answer_head() -> AnswerHead {
    let header = |name: &str| {
        let value = hostcalls::get_map_value_bytes(MapType::HttpResponseHeaders, name)
            .ok()
            .flatten()?;
        String::from_utf8(value).ok()
    };
    AnswerHead {
        status: header(":status")
            .and_then(|status| status.parse().ok())
            .unwrap_or(0),
        content_type: header("content-type"),
        content_encoding: header("content-encoding"),
        grpc_encoding: header("grpc-encoding"),
        grpc_status: number(MapType::HttpResponseHeaders, "grpc-status"),
    }
}

/// The request's headers, names in lower case as Envoy has them. A value that is not UTF-8 becomes one that no
/// dialect takes for anything.
fn request_headers() -> Vec<(String, String)> {
    hostcalls::get_map_bytes(MapType::HttpRequestHeaders)
        .unwrap_or_default()
        .into_iter()
        .map(|(name, value)| {
            (
                name,
                String::from_utf8(value).unwrap_or_else(|_| "\u{FFFD}".to_owned()),
            )
        })
        .collect()
}

fn property_text(path: &[&str]) -> Option<String> {
    let value = hostcalls::get_property(path.to_vec()).ok().flatten()?;
    String::from_utf8(value).ok().filter(|text| !text.is_empty())
}

fn now() -> SystemTime {
    hostcalls::get_current_time().unwrap_or(SystemTime::UNIX_EPOCH)
}
