//! One request and its answer: Envoy's callbacks in, the exchange's effects out.
//!
//! - [`request`], [`answer`]: the two sides.
//! - [`effects`]: what an exchange wants done.
//! - [`told`]: what others in Envoy are told of it.

mod answer;
mod effects;
mod request;
mod told;

use super::grpc;
use super::heads::number;
use super::now;
use super::worker::Worker;
use crate::audit::intent::{Intent, Stake};
use crate::dialect::Lookup;
use crate::exchange::answer::End;
use crate::exchange::life::{Accepted, Exchange, Released};
use crate::operation::Kind;
use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::{Action, BufferType, MapType};
use request::prepare_request;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, SystemTime};
use told::Published;

/// How long the head of an answer is held for the first bytes of its body.
const HEAD_PATIENCE: Duration = Duration::from_secs(2);

/// How long messages are kept of a call that may be a stream, for more to come.
const MESSAGE_PATIENCE: Duration = Duration::from_secs(1);

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
    /// How much of a body that is held was seen by the exchange.
    body_seen: Cell<usize>,
    is_grpc: Cell<bool>,
    frames: RefCell<grpc::Boundaries>,
    kept: Cell<usize>,
    /// Since when.
    kept_since: Cell<SystemTime>,
    answer_head_left: Cell<bool>,
    answer_head_held: Cell<Option<SystemTime>>,
    sent: Cell<Sent>,
    stand_in: RefCell<Option<grpc::StandIn>>,
    request_left: Cell<bool>,
    body_emptied: Cell<bool>,
    counted_held: Cell<bool>,
    /// What is noted of it with Envoy, in case that this VM is lost.
    noted: Cell<Option<(Stake, Intent)>>,
    published: Cell<Published>,
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
            body_seen: Cell::new(0),
            is_grpc: Cell::new(false),
            frames: RefCell::default(),
            kept: Cell::new(0),
            kept_since: Cell::new(SystemTime::UNIX_EPOCH),
            answer_head_left: Cell::new(false),
            answer_head_held: Cell::new(None),
            sent: Cell::new(Sent::Nothing),
            stand_in: RefCell::default(),
            request_left: Cell::new(false),
            body_emptied: Cell::new(false),
            counted_held: Cell::new(false),
            noted: Cell::new(None),
            published: Cell::default(),
            named: Cell::new(false),
            summarised: Cell::new(false),
        }
    }

    /// Whether something is waited for, so that time matters.
    pub fn has_deadline(&self) -> bool {
        self.answer_head_held.get().is_some()
            || self.kept.get() > 0
            || self
                .with(|exchange| exchange.holds_request() || exchange.holds_answer() || exchange.reads_body())
                .unwrap_or(false)
    }

    /// Time has passed.
    pub fn tick(&self) {
        let now = now();
        self.let_go_of_answer_head(now);
        self.let_go_of_messages(now);
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

    /// Messages that are kept while no more of them come go on, where they tell how a server is or what there is in it: such
    /// a call may be a stream that never ends, of which every message is waited for.
    fn let_go_of_messages(&self, now: SystemTime) {
        let late = now
            .duration_since(self.kept_since.get())
            .is_ok_and(|kept| kept > MESSAGE_PATIENCE);
        let tells_no_data = self.with(|exchange| {
            let request = exchange.judged().and_then(|judged| judged.request.as_ref());
            request.is_some_and(|request| matches!(request.operation.kind, Kind::Meta | Kind::Describe))
        });
        if self.kept.get() > 0 && late && tells_no_data.unwrap_or(false) {
            self.kept.set(0);
            self.answer_head_left.set(true);
            self.note_stake(Released::Head);
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
        let status = super::heads::callout_status();
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
        let action = self.stream.body_over();
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
