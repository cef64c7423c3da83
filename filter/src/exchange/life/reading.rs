//! Reading a request: its body, the names in it, and the judgement that follows.

use super::{Effect, Exchange, Follows, Purpose, State};
use crate::dialect::canonical::Canonical;
use crate::dialect::grpc::{is_compressed, undone};
use crate::dialect::{Lookup, Malformed, Named, Names, Refusal, Resolution};
use crate::exchange::judge::{Judged, Judgement};
use crate::policy::model::Mode;
use std::cell::RefCell;
use std::collections::HashMap;
use std::time::SystemTime;

/// How many names one request may have the database asked for: each is a callout.
const MOST_LOOKUPS: usize = 64;

impl Exchange {
    /// A part of the body has come; `length` is what has come of it in all.
    pub fn body_grows(&mut self, length: u64) -> Vec<Effect> {
        if let State::Reading { began, .. } = &mut self.state {
            *began = true;
        }
        self.check_length(length)
    }

    /// Whether a message of the request goes on plain where it came compressed, so that nobody must be told of a
    /// compression. Known once the head was.
    pub fn undoes_compression(&self) -> bool {
        self.reads_body() && self.guard.policy.mode() == Mode::Enforce
    }

    /// The body is whole.
    pub fn body_whole(&mut self, body: Vec<u8>, names: &dyn Names, now: SystemTime) -> Vec<Effect> {
        self.now = now;
        let State::Reading { purpose, .. } = &self.state else {
            return Vec::new();
        };
        let purpose = *purpose;
        self.body = body;
        if is_compressed(&self.head, &self.body) {
            match undone(&self.head, &self.body, self.body_limit()) {
                Ok(plain) => self.body = plain,
                Err(malformed) => return self.malformed(malformed),
            }
            self.undone = true;
        }
        match purpose {
            Purpose::Judge => self.judge(names, now),
            Purpose::Bind => self.ask_human(),
        }
    }

    fn check_length(&mut self, length: u64) -> Vec<Effect> {
        let limit = self.body_limit();
        if length <= limit || !self.reads_body() || self.upload.is_some() {
            return Vec::new();
        }
        if self.begins_upload() {
            return Vec::new();
        }
        let malformed = Malformed {
            status: 413,
            message: format!(
                "the body of this request must be read whole to be judged, and is larger than {limit} bytes \
                 (limits.request_body)"
            ),
        };
        if let Some(judged) = &self.judged {
            let refusal = Refusal {
                status: 413,
                message: malformed.message,
                retry_after: None,
            };
            let verdict = judged.verdict;
            return self.refuse(refusal, verdict);
        }
        self.malformed(malformed)
    }

    pub(super) fn judge(&mut self, names: &dyn Names, now: SystemTime) -> Vec<Effect> {
        let body = match &self.state {
            State::Begun => None,
            _ => Some(self.body.as_slice()),
        };
        let known = Known {
            found: &self.found,
            cache: names,
            keeps: Keeps::No,
        };
        match self.guard.judge(&self.arrival.caller, &self.head, body, &known) {
            Judgement::NeedsBody if self.arrival.body == Follows::Nothing && body.is_none() => {
                self.state = State::Reading {
                    since: self.arrival.time,
                    began: true,
                    purpose: Purpose::Judge,
                };
                self.body_whole(Vec::new(), names, now)
            }
            Judgement::NeedsBody => self.read_body(Purpose::Judge),
            Judgement::NeedsNames(lookups) => self.look_up(lookups, now),
            Judgement::Judged(judged) => {
                // A body that nobody expects can still be read by somebody. Over HTTP/2 only the host sees it.
                let takes_none = judged.request.as_ref().is_some_and(|request| {
                    request
                        .canonical_body
                        .as_ref()
                        .is_some_and(Canonical::is_of_nothing)
                });
                if takes_none && body.is_none() && self.arrival.body == Follows::Body {
                    let message = "this call takes no body, and one follows its head".to_owned();
                    return self.malformed(Malformed { status: 400, message });
                }
                self.judged = Some(judged);
                self.follow_judgement()
            }
        }
    }

    pub(super) fn look_up(&mut self, lookups: Vec<Lookup>, now: SystemTime) -> Vec<Effect> {
        if lookups.len() > MOST_LOOKUPS {
            let message = format!(
                "this request names {} collections that must be asked for first, and at most {MOST_LOOKUPS} are: send several \
                 requests",
                lookups.len()
            );
            return self.malformed(Malformed { status: 400, message });
        }
        self.state = State::Resolving {
            since: now,
            open: lookups.len(),
        };
        vec![Effect::Lookup(lookups)]
    }

    pub(super) fn read_body(&mut self, purpose: Purpose) -> Vec<Effect> {
        self.state = State::Reading {
            since: self.arrival.time,
            began: false,
            purpose,
        };
        self.check_length(self.arrival.content_length.unwrap_or(0))
    }

    /// The database has answered a lookup (`None`: it did not).
    pub fn looked_up(
        &mut self,
        lookup: &Lookup,
        answer: Option<(u16, &[u8])>,
        cache: &dyn Names,
        now: SystemTime,
    ) -> (Option<(String, Named)>, Vec<Effect>) {
        self.now = now;
        let State::Resolving { open, .. } = &mut self.state else {
            return (None, Vec::new());
        };
        let resolution = match answer {
            None => Resolution::Failed("the database did not answer".to_owned()),
            Some((status, body)) => self.guard.dialect.resolve(lookup, status, body),
        };
        let named = match resolution {
            Resolution::Known(named) => named,
            Resolution::Failed(why) => return (None, self.name_unknown(&why)),
        };
        *open = open.saturating_sub(1);
        self.found.borrow_mut().insert(lookup.key.clone(), named.clone());
        if *open > 0 {
            return (Some((lookup.key.clone(), named)), Vec::new());
        }
        let effects = if self.upload.is_some() {
            self.judge_upload(cache, now)
        } else {
            self.judge(cache, now)
        };
        (Some((lookup.key.clone(), named)), effects)
    }

    pub(super) fn name_unknown(&mut self, why: &str) -> Vec<Effect> {
        let mut judged = Judged::malformed(
            &self.guard,
            Malformed {
                status: 503,
                message: format!(
                    "the name of the collection could not be asked of the database: {why}. Try again later"
                ),
            },
        );
        if let Some(refusal) = judged.refusal.as_mut() {
            refusal.retry_after = Some(5);
        }
        self.judged = Some(Box::new(judged));
        self.follow_judgement()
    }
}

/// The names that were found for this request, and the cache behind them.
pub(super) struct Known<'a> {
    pub(super) found: &'a RefCell<HashMap<String, Named>>,
    pub(super) cache: &'a dyn Names,
    pub(super) keeps: Keeps,
}

/// Whether a name that the cache knows is kept for this request, so that it means the same to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeps {
    Yes,
    No,
}

impl Names for Known<'_> {
    fn get(&self, key: &str) -> Option<Named> {
        if let Some(named) = self.found.borrow().get(key) {
            return Some(named.clone());
        }
        let named = self.cache.get(key)?;
        if self.keeps == Keeps::Yes {
            self.found.borrow_mut().insert(key.to_owned(), named.clone());
        }
        Some(named)
    }
}
