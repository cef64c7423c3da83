//! Waiting for a human: the question, its answers, and the places that there are.

use super::{Clamps, Effect, Exchange, State, Waits};
use crate::approval::contract::Status;
use crate::audit::record::{ApprovalNote, Phase, Verdict};
use crate::exchange::ask;
use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

/// The longest that one poll of the approval service is asked to wait.
const LONGEST_POLL: Duration = Duration::from_secs(10);
/// How long after the end of the wait a service that still says nothing is given up.
const LAST_POLL_GRACE: Duration = Duration::from_secs(1);
/// How long the approval service may take beyond the wait that it was asked for.
const ASK_PATIENCE: Duration = Duration::from_secs(5);

/// A place among the requests that may wait for a human in this worker; given back when dropped.
pub(super) struct Slot(Rc<Cell<usize>>);

impl Slot {
    fn take(held: &Rc<Cell<usize>>, max: usize) -> Option<Slot> {
        if held.get() >= max {
            return None;
        }
        held.set(held.get() + 1);
        Some(Slot(Rc::clone(held)))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

impl Exchange {
    pub(super) fn ask_human(&mut self) -> Vec<Effect> {
        let Some(judged) = self.judged.as_deref() else {
            return Vec::new();
        };
        let rule = judged.rule.clone().unwrap_or_default();
        let Some(approval) = self.guard.policy.approval() else {
            let refusal = ask::unavailable(&rule, "the policy names no approval service");
            return self.refuse(refusal, Verdict::Approve);
        };
        let max_held = approval.max_held as usize;
        // A client that gives up earlier is told where its request waits before it does.
        let wait = match self.arrival.patience {
            Some(patience) => approval
                .wait
                .duration()
                .min(patience.saturating_sub(LAST_POLL_GRACE)),
            None => approval.wait.duration(),
        };
        let Some(slot) = Slot::take(&self.held, max_held) else {
            return self.refuse(ask::too_many_held(&rule, max_held), Verdict::Approve);
        };
        let question = ask::question(
            &self.guard,
            judged,
            &self.arrival.caller,
            self.arrival.source.as_deref(),
            &self.id,
            &self.head,
            &self.body,
        );
        let json = question
            .and_then(|question| serde_json::to_vec(&question).ok())
            .unwrap_or_default();
        let effect = Effect::Ask {
            json: json.clone(),
            wait: Duration::ZERO,
            timeout: ASK_PATIENCE,
        };
        // The wait runs from the request's arrival; a body that was long in coming has used up some of it.
        self.state = State::Asking {
            until: self.arrival.time + wait,
            poll_until: self.arrival.time + ASK_PATIENCE,
            json,
            _slot: slot,
        };
        vec![effect]
    }

    /// The approval service has answered (`None` for the status: it did not).
    pub fn asked(&mut self, status: Option<u16>, body: &[u8], now: SystemTime) -> Vec<Effect> {
        self.now = now;
        let State::Asking {
            until,
            poll_until,
            json,
            ..
        } = &mut self.state
        else {
            return Vec::new();
        };
        let rule = self
            .judged
            .as_ref()
            .and_then(|judged| judged.rule.clone())
            .unwrap_or_default();
        let answer = match ask::read_answer(status, body) {
            Ok(answer) => answer,
            Err(why) => {
                let id = self.approval.as_ref().and_then(|note| note.id.clone());
                self.approval = Some(ApprovalNote {
                    id,
                    status: "unavailable".to_owned(),
                    decided_by: None,
                });
                return self.refuse(ask::unavailable(&rule, &why), Verdict::Approve);
            }
        };
        let word = match answer.status {
            Status::Approved => "approved",
            Status::Denied => "denied",
            Status::Pending => "pending",
        };
        self.approval = Some(ApprovalNote {
            id: Some(answer.id.clone()),
            status: word.to_owned(),
            decided_by: answer.decided_by.clone(),
        });
        match answer.status {
            Status::Approved => self.forward(Clamps::Waived),
            Status::Denied => self.refuse(ask::denied(&rule, &answer), Verdict::Approve),
            Status::Pending => {
                let left = until.duration_since(now).unwrap_or(Duration::ZERO);
                // The service counts in whole seconds: the nearest.
                let left = Duration::from_secs((left + Duration::from_millis(500)).as_secs());
                if left.is_zero() {
                    return self.refuse(ask::still_pending(&rule, &answer, 30), Verdict::Approve);
                }
                let wait = left.min(LONGEST_POLL);
                let timeout = wait + ASK_PATIENCE;
                *poll_until = (now + timeout).min(*until + LAST_POLL_GRACE);
                let ask = Effect::Ask {
                    json: json.clone(),
                    wait,
                    timeout,
                };
                let mut effects = Vec::new();
                if !self.opened && self.guard.policy.audit().is_some() {
                    self.opened = true;
                    let json = self
                        .facts()
                        .map(|facts| facts.record(Phase::Opened, None, now))
                        .unwrap_or_default();
                    effects.push(Effect::Record {
                        json,
                        waits: Waits::No,
                    });
                }
                effects.push(ask);
                effects
            }
        }
    }
}
