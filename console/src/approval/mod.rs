//! The life of an approval, as a type.
//!
//! It begins [`Pending`]. A person's decision makes it [`Decided`], once and for ever; nobody's decision in time
//! makes it lapse. There is no other way: only a `Pending` can be decided, and deciding consumes it.

pub mod decisions;

use jiff::{SignedDuration, Timestamp};
use vectorgate::approval::contract::Ask;

use crate::people::{Act, Person};

/// One approval: what was asked, and how far it has come.
#[derive(Clone, Debug)]
pub struct Approval {
    /// Its name: unguessable, safe in a URL.
    pub id: String,
    /// What was asked, as it was when the approval began: what the decider is shown.
    pub ask: Ask,
    /// When it was first asked for.
    pub created_at: Timestamp,
    /// How far it has come.
    pub state: State,
}

/// How far an approval has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody has decided yet.
    Pending(Pending),
    /// Nobody decided in time.
    Lapsed {
        /// When it was over.
        at: Timestamp,
    },
    /// A person has decided.
    Decided(Decided),
}

/// Waiting for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// When it is over if nobody decides.
    pub lapses_at: Timestamp,
}

/// What a person can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Yes.
    Approve,
    /// No.
    Deny,
}

/// A decision, and how long it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// What was said.
    pub decision: Decision,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why, in their words; empty where an approver gave no reason.
    pub reason: String,
    /// Until when it holds.
    pub expires_at: Timestamp,
    /// How many uses are counted so far.
    pub used: u32,
}

/// What a decision is worth at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It holds.
    Holds,
    /// It was an approval and all its uses are counted.
    Spent,
    /// Its time is over.
    Expired,
}

/// Why somebody's decision does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDecided {
    /// They are not trusted with it.
    #[error("Only an approver or an admin may decide.")]
    NotAnApprover,
    /// They are the one who asked.
    #[error("This is your own request. Somebody else has to decide it.")]
    OwnRequest,
    /// A denial without a reason.
    #[error("A denial needs a reason: it is shown to whoever asked.")]
    NoReason,
    /// The reason is too long to be shown in an error message.
    #[error("The reason is too long: at most {MAX_REASON} characters.")]
    LongReason,
    /// Somebody was faster.
    #[error("This was decided already.")]
    AlreadyDecided,
    /// Nobody was fast enough.
    #[error("Nobody decided this in time. It has to be asked for again.")]
    Lapsed,
}

/// The longest reason, in characters.
pub const MAX_REASON: usize = 500;

impl Pending {
    /// A person decides. `ask` is what they were shown.
    pub fn decide(
        self,
        ask: &Ask,
        person: &Person,
        decision: Decision,
        reason: &str,
        now: Timestamp,
    ) -> Result<Decided, NotDecided> {
        let reason = reason.trim();
        if !person.may(Act::Decide) {
            return Err(NotDecided::NotAnApprover);
        }
        if person.is(&ask.identity) {
            return Err(NotDecided::OwnRequest);
        }
        if self.lapses_at <= now {
            return Err(NotDecided::Lapsed);
        }
        if decision == Decision::Deny && reason.is_empty() {
            return Err(NotDecided::NoReason);
        }
        if reason.chars().count() > MAX_REASON {
            return Err(NotDecided::LongReason);
        }
        let ttl = SignedDuration::from_secs(i64::try_from(ask.ttl).unwrap_or(i64::MAX));
        Ok(Decided {
            decision,
            by: person.name.clone(),
            at: now,
            reason: reason.to_owned(),
            expires_at: now.saturating_add(ttl).unwrap_or(Timestamp::MAX),
            used: 0,
        })
    }
}

impl Decided {
    /// What the decision is worth now, given how many uses were asked for.
    pub fn standing(&self, uses: u32, now: Timestamp) -> Standing {
        match self.decision {
            Decision::Approve if self.used >= uses => Standing::Spent,
            _ if self.expires_at <= now => Standing::Expired,
            _ => Standing::Holds,
        }
    }
}

impl State {
    /// The state of an undecided approval at a moment.
    pub fn undecided(lapses_at: Timestamp, now: Timestamp) -> State {
        if lapses_at <= now {
            State::Lapsed { at: lapses_at }
        } else {
            State::Pending(Pending { lapses_at })
        }
    }

    /// A person decides: only what is pending lets them.
    pub fn decide(
        self,
        ask: &Ask,
        person: &Person,
        decision: Decision,
        reason: &str,
        now: Timestamp,
    ) -> Result<Decided, NotDecided> {
        match self {
            State::Pending(pending) => pending.decide(ask, person, decision, reason, now),
            State::Lapsed { .. } => Err(NotDecided::Lapsed),
            State::Decided(_) => Err(NotDecided::AlreadyDecided),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::Role;
    use vectorgate::approval::contract::Caller;
    use vectorgate::operation::{Kind, Results};

    fn ask_by(name: &str) -> Ask {
        Ask {
            digest: "d".into(),
            attempt: "a".into(),
            identity: Caller {
                name: name.into(),
                groups: vec![],
            },
            source: None,
            database: "chroma".into(),
            operation: Kind::Search,
            collections: vec!["docs".into()],
            results: Results::AtMost(500),
            depth: None,
            vectors: false,
            rule: "r".into(),
            reason: "because".into(),
            masking: String::new(),
            summary: "s".into(),
            policy: "p".into(),
            ttl: 900,
            uses: 1,
        }
    }

    fn person(role: Role) -> Person {
        Person {
            name: "ada".into(),
            roles: vec![role],
            is: vec!["svc:ada-*".parse().unwrap()],
        }
    }

    #[test]
    fn deciding() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let soon = now + SignedDuration::from_secs(60);
        let decided = Decided {
            decision: Decision::Approve,
            by: "bob".into(),
            at: now,
            reason: String::new(),
            expires_at: soon,
            used: 0,
        };
        use Decision::{Approve, Deny};
        let pending = || State::undecided(soon, now);
        let long = "x".repeat(MAX_REASON + 1);
        for (given, role, by, decision, reason, then) in [
            (pending(), Role::Approver, "svc:rag", Approve, "", Ok(())),
            (pending(), Role::Admin, "svc:rag", Deny, "no need", Ok(())),
            (
                pending(),
                Role::Auditor,
                "svc:rag",
                Approve,
                "",
                Err(NotDecided::NotAnApprover),
            ),
            (
                pending(),
                Role::Approver,
                "ada",
                Approve,
                "",
                Err(NotDecided::OwnRequest),
            ),
            (
                pending(),
                Role::Admin,
                "svc:ada-job",
                Approve,
                "",
                Err(NotDecided::OwnRequest),
            ),
            (
                pending(),
                Role::Admin,
                "svc:ada-job",
                Deny,
                "mine",
                Err(NotDecided::OwnRequest),
            ),
            (
                pending(),
                Role::Approver,
                "svc:rag",
                Deny,
                "  ",
                Err(NotDecided::NoReason),
            ),
            (
                pending(),
                Role::Approver,
                "svc:rag",
                Deny,
                &long,
                Err(NotDecided::LongReason),
            ),
            (
                State::undecided(now, now),
                Role::Approver,
                "svc:rag",
                Approve,
                "",
                Err(NotDecided::Lapsed),
            ),
            (
                State::Decided(decided),
                Role::Approver,
                "svc:rag",
                Deny,
                "late",
                Err(NotDecided::AlreadyDecided),
            ),
        ] {
            let said = format!("{given:?}, {role} on {by}: {decision:?} {reason}");
            let outcome = given.decide(&ask_by(by), &person(role), decision, reason, now);
            if let Ok(decided) = &outcome {
                assert_eq!(decided.expires_at, now + SignedDuration::from_secs(900), "{said}");
            }
            assert_eq!(outcome.map(drop), then, "{said}");
        }
    }

    #[test]
    fn what_a_decision_is_worth() {
        let at = |second| Timestamp::from_second(second).unwrap();
        for (decision, used, uses, now, then) in [
            (Decision::Approve, 0, 1, 99, Standing::Holds),
            (Decision::Approve, 1, 1, 99, Standing::Spent),
            (Decision::Approve, 1, 2, 99, Standing::Holds),
            (Decision::Approve, 0, 1, 100, Standing::Expired),
            (Decision::Deny, 0, 1, 99, Standing::Holds),
            (Decision::Deny, 0, 1, 101, Standing::Expired),
        ] {
            let decided = Decided {
                decision,
                by: "bob".into(),
                at: at(0),
                reason: String::new(),
                expires_at: at(100),
                used,
            };
            assert_eq!(decided.standing(uses, at(now)), then, "{decided:?} at {now}");
        }
    }
}
