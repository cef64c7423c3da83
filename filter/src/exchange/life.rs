//! The state machine: from a request's head to the end of its answer.
//!
//! - [`reading`]: the request's body, the names in it, and the judgement.
//! - [`upload`]: a body that is too long to be read first, and is checked as it goes.
//! - [`waiting`]: a human is waited for.
//! - [`stake`]: what would go unrecorded if all of this were lost.
//! - [`answering`]: the answer on its way.

mod answering;
mod reading;
mod stake;
mod upload;
mod waiting;

use super::answer::AnswerReader;
use super::judge::{Guard, Judged};
use super::report::{Ending, Facts};
use crate::approval::contract::Caller;
use crate::audit::record::{ApprovalNote, Outcome, Phase, Verdict};
use crate::dialect::{Head, Lookup, Malformed, Named, Names, Refusal, Reply};
use crate::mask::tally::Tally;
use crate::operation::Results;
use crate::policy::model::Mode;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, SystemTime};
use upload::Upload;

/// How long a request's body may take to begin, and its names may take to be known. A client that sends its head
/// and nothing else is so told why, and so is everyone where the host keeps bodies from a filter that holds heads.
const BODY_PATIENCE: Duration = Duration::from_secs(5);
/// How long the database may take to tell a collection's name.
pub const LOOKUP_PATIENCE: Duration = Duration::from_secs(5);
/// How long the recorder may take to accept a record that must be accepted.
const RECORD_PATIENCE: Duration = Duration::from_secs(10);
/// The most that Envoy's rate limit filter takes as a number of hits; above it, it would count nothing at all.
const MOST_HITS: u64 = 1_000_000_000;

/// What a request asks for and has been given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Results that it can return; 0 where a human has agreed to it.
    pub asked: u64,
    /// Results that have left.
    pub given: u64,
    /// Vectors that have left.
    pub vectors: u64,
}

/// How a request came.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Who asks, as Envoy verified it.
    pub caller: Caller,
    /// The client's address.
    pub source: Option<String>,
    /// Envoy's request id.
    pub request_id: Option<String>,
    /// The client's W3C trace id.
    pub trace_id: Option<String>,
    /// When it came.
    pub time: SystemTime,
    /// Whether a body follows the head.
    pub body: Follows,
    /// `content-length`, where given.
    pub content_length: Option<u64>,
    /// How long the client waits for the answer, where it says so (`grpc-timeout`).
    pub patience: Option<Duration>,
}

/// Whether a body follows a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follows {
    /// A body.
    Body,
    /// Nothing.
    Nothing,
}

/// Something that the host must do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Let the request go on to the database, with these changes.
    Forward {
        /// The new target, where it changes.
        path: Option<String>,
        /// The new body, where it changes.
        body: Option<Vec<u8>>,
    },
    /// Ask the database these questions, each by a callout.
    Lookup(Vec<Lookup>),
    /// Post this to the approval service, which may take so long to answer.
    Ask {
        /// The JSON of an `approval::contract::Ask`.
        json: Vec<u8>,
        /// For the query parameter `wait`.
        wait: Duration,
        /// After which the callout has failed.
        timeout: Duration,
    },
    /// Append this record to the chain. Where told to, answer with [`Exchange::recorded`].
    Record {
        /// The record's JSON.
        json: String,
        /// Whether the exchange waits for it.
        waits: Waits,
    },
    /// Answer the client; the database's answer, if any, is dropped.
    Reply(Reply),
    /// Let the held end of the answer go.
    ReleaseAnswer,
    /// Break off the answer: nothing more of it may leave.
    CutOff,
    /// Forget these names (`*`: all).
    Forget(Vec<String>),
}

/// Whether an exchange waits for its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// Until it was accepted.
    UntilAccepted,
    /// Not at all.
    No,
}

/// Where an exchange stands.
enum State {
    /// Nothing has come yet.
    Begun,
    /// The body is being read. `began` once a part of it was seen.
    Reading {
        since: SystemTime,
        began: bool,
        purpose: Purpose,
    },
    /// Names are being asked of the database.
    Resolving { since: SystemTime, open: usize },
    /// A human is waited for.
    Asking {
        until: SystemTime,
        poll_until: SystemTime,
        json: Vec<u8>,
        _slot: waiting::Slot,
    },
    /// The request is on its way, unread or forwarded; the answer has not come.
    Passing,
    /// The answer goes through.
    Answering {
        status: u16,
        reader: Option<Box<AnswerReader>>,
    },
    /// The last step waits for its record.
    Closing { since: SystemTime, then: Last },
    /// Over.
    Over,
}

/// Why a body is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// To be judged.
    Judge,
    /// It was judged without; an approval must be bound to it.
    Bind,
}

/// The last step of an exchange.
enum Last {
    Reply(Reply),
    Release,
    CutOff,
}

/// One request and its answer.
pub struct Exchange {
    guard: Rc<Guard>,
    held: Rc<Cell<usize>>,
    id: String,
    arrival: Arrival,
    head: Head,
    body: Vec<u8>,
    /// Whether the body came compressed.
    undone: bool,
    /// The body as it is checked while it goes on, where it is too long to be read first.
    upload: Option<Box<Upload>>,
    /// The names that were asked for this request.
    found: RefCell<HashMap<String, Named>>,
    judged: Option<Box<Judged>>,
    approval: Option<ApprovalNote>,
    /// What was asked for and not fetched.
    left_out: Vec<String>,
    opened: bool,
    summary: Option<String>,
    tally: Option<Tally>,
    now: SystemTime,
    state: State,
}

impl Exchange {
    /// Begins an exchange. `id` names it in records and approvals; `held` counts the requests that wait for a human
    /// in this worker.
    pub fn new(
        guard: Rc<Guard>,
        held: Rc<Cell<usize>>,
        id: String,
        arrival: Arrival,
        head: Head,
    ) -> Exchange {
        let now = arrival.time;
        Exchange {
            guard,
            held,
            id,
            arrival,
            head,
            body: Vec::new(),
            undone: false,
            upload: None,
            found: RefCell::default(),
            judged: None,
            approval: None,
            left_out: Vec::new(),
            opened: false,
            summary: None,
            tally: None,
            now,
            state: State::Begun,
        }
    }

    /// Whether the request must not go on yet.
    pub fn holds_request(&self) -> bool {
        match &self.state {
            State::Reading { .. } | State::Resolving { .. } | State::Asking { .. } => true,
            State::Closing {
                then: Last::Reply(_), ..
            } => true,
            State::Begun | State::Passing | State::Answering { .. } | State::Closing { .. } | State::Over => {
                false
            }
        }
    }

    /// Whether the answer must not go on yet.
    pub fn holds_answer(&self) -> bool {
        matches!(self.state, State::Closing { .. })
    }

    /// Whether the body of the request is wanted.
    pub fn reads_body(&self) -> bool {
        matches!(self.state, State::Reading { .. })
    }

    /// Whether the exchange is over: nothing may be done to it any more.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// What was decided, once it was.
    pub fn judged(&self) -> Option<&Judged> {
        self.judged.as_deref()
    }

    /// What the approval service said, for metrics.
    pub fn approval(&self) -> Option<&ApprovalNote> {
        self.approval.as_ref()
    }

    /// Whether a human is waited for.
    pub fn waits_for_human(&self) -> bool {
        matches!(self.state, State::Asking { .. })
    }

    /// What was counted in the answer, once it has ended.
    pub fn tally(&self) -> Option<&Tally> {
        self.tally.as_ref()
    }

    /// The numbers that budgets are kept by, clamped to what Envoy takes.
    pub fn counts(&self) -> Counts {
        let judged = self.judged.as_deref();
        let approved = self
            .approval
            .as_ref()
            .is_some_and(|note| note.status == "approved");
        let asked = match judged.and_then(|judged| judged.request.as_ref().map(|request| (judged, request))) {
            // A human has agreed to this much: what was asked is not counted against the budget, what is given is.
            _ if approved => 0,
            None => 0,
            Some((judged, request)) => match (judged.clamped_to, request.operation.results()) {
                (Some(left), _) => left,
                (None, Results::AtMost(n)) => n,
                (None, Results::Unbounded) => u64::MAX,
            },
        };
        let (given, vectors) = match (&self.state, &self.tally) {
            (
                State::Answering {
                    reader: Some(reader), ..
                },
                _,
            ) => reader.given(),
            (_, Some(tally)) => (tally.returned, tally.vectors),
            _ => (0, 0),
        };
        let clamped = |n: u64| n.min(MOST_HITS);
        Counts {
            asked: clamped(asked),
            given: clamped(given),
            vectors: clamped(vectors),
        }
    }

    /// Who asks.
    pub fn caller(&self) -> &Caller {
        &self.arrival.caller
    }

    /// The one-line summary, once the exchange has ended.
    pub fn summary(&self) -> Option<&str> {
        self.summary.as_deref()
    }

    /// The most bytes of a body that are read.
    pub fn body_limit(&self) -> u64 {
        self.guard.policy.limits().request_body.bytes()
    }

    /// The head was refused before it could be read.
    pub fn malformed(&mut self, malformed: Malformed) -> Vec<Effect> {
        self.judged = Some(Box::new(Judged::malformed(&self.guard, malformed)));
        self.follow_judgement()
    }

    /// The head has come.
    pub fn start(&mut self, names: &dyn Names, now: SystemTime) -> Vec<Effect> {
        self.now = now;
        self.judge(names, now)
    }

    fn follow_judgement(&mut self) -> Vec<Effect> {
        let Some(judged) = self.judged.as_deref() else {
            return Vec::new();
        };
        if self.guard.policy.mode() == Mode::Observe {
            self.state = State::Passing;
            return vec![Effect::Forward {
                path: None,
                body: None,
            }];
        }
        match judged.verdict {
            Verdict::Allow | Verdict::Clamp => self.forward(Clamps::Applied),
            Verdict::Approve => {
                let unread = judged
                    .request
                    .as_ref()
                    .is_some_and(|request| request.canonical_body.is_none());
                let has_body = self.arrival.body == Follows::Body && self.body.is_empty();
                if unread && has_body {
                    self.read_body(Purpose::Bind)
                } else {
                    self.ask_human()
                }
            }
            verdict @ (Verdict::Deny | Verdict::Reject) => {
                let refusal = judged.refused();
                self.refuse(refusal, verdict)
            }
        }
    }

    fn forward(&mut self, clamps: Clamps) -> Vec<Effect> {
        let Some(judged) = self.judged.as_deref() else {
            return Vec::new();
        };
        let forwarded = match clamps {
            Clamps::Applied => judged.forwarded(&self.head, &self.body),
            Clamps::Waived => judged.forwarded_in_full(&self.head, &self.body),
        };
        let forget = judged
            .request
            .as_ref()
            .map(|request| request.forget.clone())
            .unwrap_or_default();
        self.left_out = forwarded.left_out;
        self.state = State::Passing;
        let mut effects = vec![Effect::Forward {
            path: forwarded.path,
            body: forwarded.body.or_else(|| self.undone.then(|| self.body.clone())),
        }];
        if !forget.is_empty() {
            effects.push(Effect::Forget(forget));
        }
        effects
    }

    /// Refuses: records it, then replies.
    fn refuse(&mut self, refusal: Refusal, verdict: Verdict) -> Vec<Effect> {
        debug_assert_ne!(verdict, Verdict::Allow);
        let reply = self.guard.dialect.refuse(&self.head, &refusal);
        let ending = Ending::refused(&reply, &refusal.message);
        self.close(ending, Last::Reply(reply), self.now)
    }

    fn close(&mut self, ending: Ending, then: Last, now: SystemTime) -> Vec<Effect> {
        let (audit, observes) = (
            self.guard.policy.audit(),
            self.guard.policy.mode() == Mode::Observe,
        );
        let waits = match audit {
            Some(audit) if audit.required && !observes => Waits::UntilAccepted,
            _ => Waits::No,
        };
        self.tally = ending.tally.clone();
        let record = match (self.guard.policy.audit(), self.facts()) {
            (Some(_), Some(facts)) => {
                let summary = facts.summary(&ending);
                let json = facts.record(Phase::Closed, Some(ending), now);
                Some((json, summary))
            }
            (None, Some(facts)) => {
                self.summary = Some(facts.summary(&ending));
                None
            }
            (_, None) => None,
        };
        let Some((json, summary)) = record else {
            return self.finish(then);
        };
        self.summary = Some(summary);
        let mut effects = vec![Effect::Record { json, waits }];
        match waits {
            Waits::UntilAccepted => self.state = State::Closing { since: now, then },
            Waits::No => effects.extend(self.finish(then)),
        }
        effects
    }

    fn finish(&mut self, then: Last) -> Vec<Effect> {
        self.state = State::Over;
        vec![match then {
            Last::Reply(reply) => Effect::Reply(reply),
            Last::Release => Effect::ReleaseAnswer,
            Last::CutOff => Effect::CutOff,
        }]
    }

    /// The record for which the exchange waited was accepted, or was not.
    pub fn recorded(&mut self, accepted: Accepted, released: Released, now: SystemTime) -> Vec<Effect> {
        self.now = now;
        if !matches!(self.state, State::Closing { .. }) {
            return Vec::new();
        }
        let State::Closing { then, .. } = std::mem::replace(&mut self.state, State::Over) else {
            return Vec::new();
        };
        if accepted == Accepted::Yes {
            return self.finish(then);
        }
        let why = "the recorder did not accept the record of this exchange, so nothing was released";
        let refusal = Refusal {
            status: 503,
            message: format!("vectorgate: {why}. Try again later"),
            retry_after: Some(30),
        };
        let reply = self.guard.dialect.refuse(&self.head, &refusal);
        // The record says how it was to end; another one says how it did.
        let ending = Ending::answered(503, Outcome::CutOff, Some(why.to_owned()), None);
        let json = self
            .facts()
            .map(|facts| facts.record(Phase::Amended, Some(ending), now))
            .unwrap_or_default();
        vec![
            Effect::Record {
                json,
                waits: Waits::No,
            },
            match (released, then) {
                (Released::Head, Last::Release | Last::CutOff) => Effect::CutOff,
                _ => Effect::Reply(reply),
            },
        ]
    }

    /// Time has passed. `released` says what of the answer has left.
    pub fn tick(&mut self, now: SystemTime, released: Released) -> Vec<Effect> {
        self.now = now;
        match &mut self.state {
            State::Reading {
                since, began: false, ..
            } if late(*since, BODY_PATIENCE, now) => {
                let message = "the body of this request did not come. If every request with a body ends like this, \
                               the host holds it back: set allow_on_headers_stop_iteration in the plugin's \
                               configuration (Envoy 1.36 and later), or host.hold_headers: false in the policy";
                let refusal = Refusal {
                    status: 503,
                    message: format!("vectorgate: {message}"),
                    retry_after: None,
                };
                if self.judged.is_none() {
                    let malformed = Malformed {
                        status: 503,
                        message: message.to_owned(),
                    };
                    self.judged = Some(Box::new(Judged::malformed(&self.guard, malformed)));
                }
                self.refuse(refusal, Verdict::Reject)
            }
            State::Resolving { since, .. } if late(*since, LOOKUP_PATIENCE, now) => {
                self.name_unknown("it took too long")
            }
            State::Asking { poll_until, .. } if now > *poll_until => self.asked(None, &[], now),
            State::Closing { since, .. } if late(*since, RECORD_PATIENCE, now) => {
                self.recorded(Accepted::No, released, now)
            }
            _ => Vec::new(),
        }
    }

    /// The stream is gone. What was not yet told is told now.
    pub fn gone(&mut self, now: SystemTime) -> Vec<Effect> {
        self.now = now;
        let why = match &self.state {
            State::Over | State::Begun => return Vec::new(),
            State::Closing { .. } => "the client or the database went away before the record was accepted",
            State::Reading { .. } | State::Resolving { .. } => {
                "the client went away before the request was judged"
            }
            State::Asking { .. } => "the client went away while a human was waited for",
            State::Passing => "the stream ended before the database answered",
            State::Answering { .. } => "the stream ended before the answer did",
        };
        let closing = matches!(self.state, State::Closing { .. });
        let (status, reader) = match std::mem::replace(&mut self.state, State::Over) {
            State::Answering { status, reader } => (status, reader),
            _ => (0, None),
        };
        if closing {
            // Its record is on its way already.
            return Vec::new();
        }
        if self.judged.is_none() {
            let malformed = Malformed {
                status: 0,
                message: why.to_owned(),
            };
            self.judged = Some(Box::new(Judged::malformed(&self.guard, malformed)));
        }
        let ending = Ending::answered(status, Outcome::Aborted, Some(why.to_owned()), reader);
        let Some(facts) = self.facts() else {
            return Vec::new();
        };
        let summary = facts.summary(&ending);
        let record = self
            .guard
            .policy
            .audit()
            .map(|_| facts.record(Phase::Closed, Some(ending), now));
        self.summary = Some(summary);
        record
            .into_iter()
            .map(|json| Effect::Record {
                json,
                waits: Waits::No,
            })
            .collect()
    }

    fn facts(&self) -> Option<Facts<'_>> {
        Some(Facts {
            guard: &self.guard,
            exchange: &self.id,
            arrival: &self.arrival,
            head: &self.head,
            body: &self.body,
            upload: self.upload.as_deref().map(Upload::seen),
            judged: self.judged.as_deref()?,
            approval: self.approval.as_ref(),
            left_out: &self.left_out,
        })
    }
}

/// Whether the judgement's clamps are written into the request.
enum Clamps {
    Applied,
    /// A human agreed to the request as it stands.
    Waived,
}

/// Whether a record was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// The recorder has it.
    Yes,
    /// It refused, failed, or did not answer in time.
    No,
}

/// What of an answer has left already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Released {
    /// Nothing: the client can still be told in words.
    Nothing,
    /// Its head, and perhaps more: it can only be broken off.
    Head,
}

fn late(since: SystemTime, patience: Duration, now: SystemTime) -> bool {
    now.duration_since(since).is_ok_and(|passed| passed > patience)
}
