//! A body that is too long to be read first: checked as it goes.
//!
//! The beginning is held until what came of the body's outline is allowed, or the limit is reached. Then what is held
//! leaves, and so does what comes, but the byte that completes the body only after the whole outline was judged as
//! well. What is refused then is broken off, so that the database has a body without an end, which is none.

#[cfg(test)]
mod tests;

use super::reading::{Keeps, Known};
use super::{Effect, Ending, Exchange, Last, State};
use crate::audit::chain::hex;
use crate::audit::record::{Outcome, Verdict};
use crate::dialect::body::invalid;
use crate::dialect::outline::{NoOutline, Outline};
use crate::dialect::{Malformed, Names, Refusal};
use crate::exchange::answer::End;
use crate::exchange::judge::{Judged, Judgement};
use crate::exchange::report::Seen;
use crate::policy::model::{Bodies, Mode};
use sha2::{Digest, Sha256};
use std::time::SystemTime;

/// What has come of such a body.
pub(super) struct Upload {
    outline: Outline,
    length: u64,
    digest: Option<Sha256>,
    stage: Stage,
}

/// How far it has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// All of it is held.
    Held,
    /// It goes on as it comes.
    Going,
    /// It is complete, and judged so.
    Judged,
}

impl Upload {
    /// What was seen of it, for the record.
    pub(super) fn seen(&self) -> Seen {
        let digest = self.digest.clone().map(|digest| hex(&digest.finalize()));
        Seen {
            length: self.length,
            sha256: digest.unwrap_or_default(),
        }
    }

    fn push(&mut self, chunk: &[u8], end: End) -> Result<(), NoOutline> {
        self.length += chunk.len() as u64;
        if let Some(digest) = &mut self.digest {
            digest.update(chunk);
        }
        self.outline.push(chunk)?;
        if end == End::Last && !self.outline.is_whole() {
            return Err(NoOutline::Malformed(invalid(
                "the body ends before it is complete",
            )));
        }
        Ok(())
    }
}

impl Exchange {
    /// Whether what comes of the body is wanted, piece by piece, in [`Exchange::body_chunk`]. True as soon as a body
    /// that is being read is known to be too long for that; then all of it is wanted, from its beginning.
    pub fn checks_body(&self) -> bool {
        self.upload.is_some() && !matches!(self.state, State::Closing { .. } | State::Over)
    }

    /// The body that is read is too long. Where only its outline matters, it need not be read.
    pub(super) fn begins_upload(&mut self) -> bool {
        // An approval is bound to all of a body.
        if self.judged.is_some() {
            return false;
        }
        let Some(bulk) = self.guard.dialect.bulk(&self.head) else {
            return false;
        };
        let limit = usize::try_from(self.body_limit()).unwrap_or(usize::MAX);
        let records = self.guard.policy.audit();
        let hashes = records.is_some_and(|audit| audit.bodies != Bodies::None);
        self.upload = Some(Box::new(Upload {
            outline: Outline::new(bulk, limit),
            length: 0,
            digest: hashes.then(Sha256::new),
            stage: Stage::Held,
        }));
        true
    }

    /// More of the body has come, or (with nothing) its end. Unless the exchange holds the request afterwards, it may
    /// go on, with all that is held.
    pub fn body_chunk(&mut self, chunk: &[u8], end: End, names: &dyn Names, now: SystemTime) -> Vec<Effect> {
        self.now = now;
        if !self.checks_body() {
            return Vec::new();
        }
        if let State::Reading { began, .. } = &mut self.state {
            *began = true;
        }
        let Some(upload) = &mut self.upload else {
            return Vec::new();
        };
        if let Err(why) = upload.push(chunk, end) {
            let malformed = match why {
                NoOutline::Malformed(malformed) => malformed,
                NoOutline::TooLong => self.too_long("what it says beside its data"),
            };
            let judged = Judged::malformed(&self.guard, malformed);
            return self.stop_upload(Box::new(judged));
        }
        match self.state {
            State::Resolving { .. } => Vec::new(),
            _ => self.judge_upload(names, now),
        }
    }

    /// Judges what has come so far.
    pub(super) fn judge_upload(&mut self, names: &dyn Names, now: SystemTime) -> Vec<Effect> {
        let limit = self.body_limit();
        let Some(upload) = &mut self.upload else {
            return Vec::new();
        };
        let whole = upload.outline.is_whole();
        match upload.stage {
            Stage::Judged => return Vec::new(),
            Stage::Going if !whole => return Vec::new(),
            Stage::Held | Stage::Going => {}
        }
        let (stage, full) = (upload.stage, upload.length > limit);
        let outline = upload.outline.so_far();
        let known = Known {
            found: &self.found,
            cache: names,
            keeps: Keeps::Yes,
        };
        let caller = &self.arrival.caller;
        let judged = match self.guard.judge(caller, &self.head, Some(&outline), &known) {
            Judgement::Judged(judged) => judged,
            Judgement::NeedsNames(lookups) if stage == Stage::Held => return self.look_up(lookups, now),
            Judgement::NeedsNames(_) | Judgement::NeedsBody => {
                let message = "the request names a collection only after a part of its data has gone on";
                Box::new(Judged::malformed(&self.guard, invalid(message)))
            }
        };
        let passes = judged.verdict == Verdict::Allow;
        if !passes && !whole && !full {
            // What is missing may still come.
            self.state = State::Reading {
                since: self.arrival.time,
                began: true,
                purpose: super::Purpose::Judge,
            };
            return Vec::new();
        }
        let judged = match judged.verdict {
            Verdict::Deny if !whole => {
                let mut judged = judged;
                let hint = format!(
                    "this was judged by the first {limit} bytes of a longer write (limits.request_body): what it names \
                     must stand before its data"
                );
                judged.refusal = judged.refusal.map(|refusal| Refusal {
                    message: format!("{}; {hint}", refusal.message),
                    ..refusal
                });
                judged
            }
            Verdict::Allow | Verdict::Deny => judged,
            Verdict::Reject if whole => judged,
            Verdict::Reject => {
                let mut malformed =
                    self.too_long("what it says before its data, like the name of its collection,");
                malformed.message = format!("{}: {}", malformed.message, judged.reason);
                Box::new(Judged::malformed(&self.guard, malformed))
            }
            // Nobody can be asked about a part, nor is a limit written into one.
            Verdict::Approve | Verdict::Clamp => {
                let mut judged = judged;
                let malformed = self.too_long("a request that is approved");
                judged.refusal = Some(Refusal {
                    status: malformed.status,
                    message: format!("vectorgate: {}", malformed.message),
                    retry_after: None,
                });
                judged
            }
        };
        self.body = outline;
        if !passes {
            return self.stop_upload(judged);
        }
        if let Some(upload) = &mut self.upload {
            upload.stage = if whole { Stage::Judged } else { Stage::Going };
        }
        self.judged = Some(judged);
        match stage {
            Stage::Held => self.follow_judgement(),
            Stage::Going | Stage::Judged => Vec::new(),
        }
    }

    fn too_long(&self, what: &str) -> Malformed {
        let limit = self.body_limit();
        Malformed {
            status: 413,
            message: format!(
                "this write is longer than {limit} bytes, so it is checked while it streams by, and {what} must stand \
                 within so many bytes (limits.request_body)"
            ),
        }
    }

    /// What has come of the body is refused. Where a part of it has left, the rest does not.
    fn stop_upload(&mut self, judged: Box<Judged>) -> Vec<Effect> {
        let refusal = judged.refused();
        let verdict = judged.verdict;
        let held = self
            .upload
            .as_ref()
            .is_none_or(|upload| upload.stage == Stage::Held);
        self.judged = Some(judged);
        if self.guard.policy.mode() == Mode::Observe {
            if let Some(upload) = &mut self.upload {
                upload.stage = Stage::Judged;
            }
            return if held { self.follow_judgement() } else { Vec::new() };
        }
        match &mut self.state {
            State::Answering { status, reader } => {
                let (status, reader) = (*status, reader.take());
                let ending = Ending::answered(status, Outcome::CutOff, Some(refusal.message), reader);
                self.close(ending, Last::CutOff, self.now)
            }
            _ => self.refuse(refusal, verdict),
        }
    }
}
