//! The answer on its way: its head, its chunks, its end.

use super::{Effect, Exchange, Last, Released, State};
use crate::audit::record::Outcome;
use crate::dialect::Refusal;
use crate::exchange::answer::{AnswerHead, Chunk, End, Keep, Treatment, treatment};
use crate::exchange::report::Ending;
use crate::policy::model::{Bodies, Mode};
use std::time::SystemTime;

impl Exchange {
    /// The head of the answer has come.
    pub fn answer_head(&mut self, head: &AnswerHead, now: SystemTime) -> Vec<Effect> {
        self.now = now;
        if !matches!(self.state, State::Passing) {
            return Vec::new();
        }
        let policy = &self.guard.policy;
        let keep = match policy.audit() {
            Some(audit) if audit.bodies == Bodies::Masked => Keep::Masked {
                max: usize::try_from(audit.max_body.bytes()).unwrap_or(usize::MAX),
            },
            _ => Keep::Nothing,
        };
        let treatment = match self.judged.as_deref() {
            Some(judged) => treatment(&self.guard, judged, head, keep),
            None => Treatment::Unread,
        };
        match treatment {
            Treatment::Unread => {
                self.state = State::Answering {
                    status: head.status,
                    reader: None,
                };
                Vec::new()
            }
            Treatment::Read(reader) => {
                self.state = State::Answering {
                    status: head.status,
                    reader: Some(reader),
                };
                Vec::new()
            }
            Treatment::Withheld(why) => self.withhold(head.status, &why, now),
        }
    }

    /// Whether the length of the answer's body can change.
    pub fn changes_length(&self) -> bool {
        match &self.state {
            State::Answering {
                reader: Some(reader), ..
            } => reader.changes_length(),
            _ => false,
        }
    }

    /// Whether the bytes of the answer are wanted.
    pub fn reads_answer(&self) -> bool {
        matches!(&self.state, State::Answering { reader: Some(_), .. })
    }

    fn withhold(&mut self, status: u16, why: &str, now: SystemTime) -> Vec<Effect> {
        let shown = if status >= 400 { status } else { 502 };
        let refusal = Refusal {
            status: shown,
            message: format!(
                "vectorgate: the database answered with status {status}, but the answer is withheld: {why}"
            ),
            retry_after: None,
        };
        let reply = self.guard.dialect.refuse(&self.head, &refusal);
        let ending = Ending::answered(reply.status, Outcome::CutOff, Some(why.to_owned()), None);
        self.close(ending, Last::Reply(reply), now)
    }

    /// A part of the answer has come. What must leave in its place is appended to `out`.
    pub fn answer_chunk(
        &mut self,
        chunk: &[u8],
        end: End,
        out: &mut Vec<u8>,
        released: Released,
        now: SystemTime,
    ) -> (Chunk, Vec<Effect>) {
        self.now = now;
        let State::Answering { status, reader } = &mut self.state else {
            return (Chunk::Unchanged, Vec::new());
        };
        let status = *status;
        let outcome = match reader.as_mut() {
            None => Ok(Chunk::Unchanged),
            Some(reader) => reader.push(chunk, end, out),
        };
        match outcome {
            Ok(passed) => {
                let effects = if end == End::Last {
                    self.answer_ends(now)
                } else {
                    Vec::new()
                };
                (passed, effects)
            }
            // What changes nothing does not break off either: the rest goes through unread.
            Err(_) if self.guard.policy.mode() == Mode::Observe => {
                out.clear();
                if let State::Answering { reader, .. } = &mut self.state {
                    *reader = None;
                }
                let effects = if end == End::Last {
                    self.answer_ends(now)
                } else {
                    Vec::new()
                };
                (Chunk::Unchanged, effects)
            }
            Err(why) => {
                out.clear();
                let effects = match released {
                    Released::Nothing => self.withhold(status, &why, now),
                    Released::Head => {
                        let reader = match &mut self.state {
                            State::Answering { reader, .. } => reader.take(),
                            _ => None,
                        };
                        let ending = Ending::answered(status, Outcome::CutOff, Some(why), reader);
                        self.close(ending, Last::CutOff, now)
                    }
                };
                (Chunk::Rewritten, effects)
            }
        }
    }

    /// The trailers of the answer have come: its body is over.
    pub fn answer_trailers(
        &mut self,
        grpc_status: Option<u32>,
        released: Released,
        now: SystemTime,
    ) -> Vec<Effect> {
        if let State::Answering {
            reader: Some(reader), ..
        } = &mut self.state
        {
            reader.trailers(grpc_status);
        }
        // Nothing is to be added: a message's end is known without the trailers.
        let mut rest = Vec::new();
        let (_, effects) = self.answer_chunk(&[], End::Last, &mut rest, released, now);
        effects
    }

    /// The answer is over: records it, then lets its end go.
    pub fn answer_ends(&mut self, now: SystemTime) -> Vec<Effect> {
        self.now = now;
        let State::Answering { status, reader } = &mut self.state else {
            return Vec::new();
        };
        let (status, reader) = (*status, reader.take());
        let ending = Ending::answered(status, Outcome::Complete, None, reader);
        self.close(ending, Last::Release, now)
    }
}
