//! The answer's side of a stream: its head is held for its first bytes, its body goes through the exchange's reader.

use super::{From, Sent, Stream};
use crate::exchange::answer::{Chunk, End};
use crate::exchange::life::Released;
use crate::host::heads::answer_head;
use crate::host::now;
use crate::policy::model::Mode;
use proxy_wasm::hostcalls;
use proxy_wasm::types::{Action, BufferType, MapType};

/// The most bytes of several messages that are kept until it is known that a gRPC answer goes on. Of a stream of many
/// messages what is more leaves. An answer of one message never comes to it: its last chunk is kept whatever its size.
const MOST_KEPT_MESSAGES: usize = 512 * 1024;

impl Stream {
    pub(super) fn answer_came(&self, end_of_stream: bool) -> Action {
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
    pub(super) fn answer_action(&self, otherwise: Action) -> Action {
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

    pub(super) fn answer_chunk(&self, size: usize, end: End) -> Action {
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
            if kept == 0 {
                self.kept_since.set(now());
            }
            self.kept.set(left);
            return Action::Pause;
        }
        if end == End::More {
            // What leaves now must not be forgotten, whatever becomes of this VM.
            self.note_stake(Released::Head);
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
}
