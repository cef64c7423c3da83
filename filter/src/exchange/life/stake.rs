//! What would go unrecorded if this worker's VM were lost: whether something would, and the record that would have to be made.

use super::{Exchange, Facts, Released, State};
use crate::audit::intent::Stake;
use crate::audit::record::Phase;
use crate::exchange::report::Ending;
use crate::operation::Kind;
use crate::policy::model::Mode;
use std::time::SystemTime;

impl Exchange {
    /// What would go unrecorded if all that is known of this exchange here were lost now.
    pub fn stake(&self, released: Released) -> Option<Stake> {
        let policy = &self.guard.policy;
        let required = policy.mode() == Mode::Enforce && policy.audit().is_some_and(|audit| audit.required);
        match &self.state {
            State::Asking { .. } => Some(Stake::Held),
            State::Answering { .. } if required && released == Released::Head => Some(Stake::Answered),
            State::Passing | State::Answering { .. }
                if self.approval.is_some() || required && self.changes_data() =>
            {
                Some(Stake::Forwarded)
            }
            _ => None,
        }
    }

    fn changes_data(&self) -> bool {
        let request = self.judged.as_deref().and_then(|judged| judged.request.as_ref());
        request.is_some_and(|request| {
            matches!(
                request.operation.kind,
                Kind::Write | Kind::Delete | Kind::Schema | Kind::Export
            )
        })
    }

    /// The record that is to be made of this exchange if nothing more is heard of it. Without bodies: it is made for every such
    /// exchange, and hardly ever needed.
    pub fn record_if_lost(&self, stake: Stake, now: SystemTime) -> Option<String> {
        self.guard.policy.audit()?;
        let status = match &self.state {
            State::Answering { status, .. } => *status,
            _ => 0,
        };
        let (outcome, why) = stake.ending();
        let ending = Ending::answered(status, outcome, Some(why.to_owned()), None);
        let facts = Facts {
            body: &[],
            upload: None,
            ..self.facts()?
        };
        Some(facts.record(Phase::Amended, Some(ending), now))
    }
}
