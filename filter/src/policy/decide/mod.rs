//! The decision: caller and operation to verdict. A pure function, without clock or I/O.
//!
//! The first rule that matches decides. Of all that it says about a request, the severest wins: deny, then approve,
//! then clamp, then allow. What no rule matches is refused, but for `meta`; what is `unknown` is refused always.

mod bounds;
pub(super) mod oracle;
mod reason;

use super::compiled::{IdentityPattern, Policy, Rule, RuleName};
use super::index::Merged;
use super::model::RuleVerdict;
use crate::approval::contract::Caller;
use crate::audit::record::Verdict;
use crate::mask::plan::MaskPlan;
use crate::operation::{Kind, Operation};
use bounds::Finding;
use reason::{Asked, Why};
use std::sync::Arc;

/// What becomes of a request.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The outcome. Never [`Verdict::Reject`]: what is malformed never gets here.
    pub verdict: Verdict,
    /// The rule that decided; `None` where none matched.
    pub rule: Option<RuleName>,
    /// Why, and what to do next, in words. Never holds a value from a body.
    pub reason: String,
    /// For each of the operation's queries the limit that must be written into it, `None` to leave it. Empty where
    /// nothing is to be written: an approved request is answered in full.
    pub limits: Vec<Option<u64>>,
    /// The number of results that is left after clamping; `None` where nothing was clamped.
    pub clamped_to: Option<u64>,
    /// What the answer goes through. For a request that is refused: what its record goes through.
    pub mask: Arc<MaskPlan>,
    /// What the answer goes through, in words; empty for nothing.
    pub masking: Arc<str>,
    /// The fields that no answer holds any more, by their keys from the payload's root.
    pub removed: Arc<[Vec<String>]>,
}

impl Policy {
    /// Judges a request.
    pub fn decide(&self, caller: &Caller, operation: &Operation) -> Decision {
        let asked = Asked { caller, operation };
        if operation.kind == Kind::Unknown {
            return self.unruled(Verdict::Deny, Why::Unknown, &asked);
        }
        match self.matching(caller, operation) {
            Some(Match { rule, held_by }) => held(self.by_rule(rule, &asked), held_by, &asked),
            None if operation.kind == Kind::Meta => self.unruled(Verdict::Allow, Why::MetaByDefault, &asked),
            None => {
                let what = reason::first_missing(self.of_caller(caller), operation);
                self.unruled(Verdict::Deny, Why::NoRule(what), &asked)
            }
        }
    }

    /// The first rule that matches.
    fn matching(&self, caller: &Caller, operation: &Operation) -> Option<Match<'_>> {
        let of_caller = self.candidates(caller);
        // A caller with many rules most often has them for many collections: the shorter list is walked. Where there are
        // several collections, rules for any of them have a say, and others none.
        if !operation.collections.is_empty() {
            let mut of_collections = Merged::default();
            for name in &operation.collections {
                self.by_collection.find(name, &mut of_collections);
            }
            if of_collections.bound() < of_caller.bound() {
                let of_both = self
                    .numbered(of_collections)
                    .filter(|rule| speaks_of(rule, caller));
                return first(of_both, operation);
            }
        }
        first(self.numbered(of_caller), operation)
    }

    fn numbered(&self, numbers: Merged<'_>) -> impl Iterator<Item = &Rule> {
        numbers.filter_map(|number| self.rules.get(number as usize))
    }

    /// The numbers of rules whose identities match.
    fn candidates<'a>(&'a self, caller: &Caller) -> Merged<'a> {
        let mut found = Merged::default();
        self.by_name.find(&caller.name, &mut found);
        for group in &caller.groups {
            self.by_group.find(group, &mut found);
        }
        found
    }

    /// The rules whose identities match.
    fn of_caller(&self, caller: &Caller) -> impl Iterator<Item = &Rule> {
        self.candidates(caller)
            .filter_map(|number| self.rules.get(number as usize))
    }

    fn by_rule(&self, rule: &Rule, asked: &Asked<'_>) -> Decision {
        let decided = |verdict, why: &Why<'_>| Decision {
            verdict,
            rule: Some(rule.name.clone()),
            reason: reason::of_rule(verdict, why, rule, asked),
            limits: Vec::new(),
            clamped_to: None,
            mask: Arc::clone(&rule.mask),
            masking: Arc::clone(&rule.masking),
            removed: Arc::clone(&rule.removed),
        };
        if rule.verdict == RuleVerdict::Deny {
            // The rule says nothing of what this caller may see.
            return Decision {
                mask: Arc::clone(&self.everything_masked),
                removed: Arc::default(),
                ..decided(Verdict::Deny, &Why::RuleDenies)
            };
        }
        if let Some(field) = oracle::betrayed(&rule.guards, &asked.operation.refers_to) {
            return decided(Verdict::Deny, &Why::Oracle(field));
        }
        let found = bounds::measure(rule, asked.operation);
        match found {
            Finding::Deny(over) => decided(Verdict::Deny, &Why::Over(over)),
            Finding::Approve(over) => decided(Verdict::Approve, &Why::Over(over)),
            _ if rule.verdict == RuleVerdict::Approve => decided(Verdict::Approve, &Why::RuleAsks),
            Finding::Clamp { limits, left } => Decision {
                clamped_to: Some(left),
                ..{
                    let mut decision = decided(
                        Verdict::Clamp,
                        &Why::Clamped {
                            limits: &limits,
                            left,
                        },
                    );
                    decision.limits = limits;
                    decision
                }
            },
            Finding::Within => decided(Verdict::Allow, &Why::RuleAllows),
        }
    }

    fn unruled(&self, verdict: Verdict, why: Why<'_>, asked: &Asked<'_>) -> Decision {
        let mask = match verdict {
            Verdict::Allow => &self.nothing_masked,
            _ => &self.everything_masked,
        };
        Decision {
            verdict,
            rule: None,
            reason: reason::unruled(&why, asked),
            limits: Vec::new(),
            clamped_to: None,
            mask: Arc::clone(mask),
            masking: "".into(),
            removed: Arc::default(),
        }
    }
}

/// The rule that decides.
struct Match<'p> {
    rule: &'p Rule,
    /// An earlier rule that wants a human for some of the request's collections.
    held_by: Option<&'p Rule>,
}

/// The first of these rules that matches.
///
/// One rule must cover every collection of a request. But what an earlier rule refuses, or wants a human for, it does
/// so also for a part of them: or a copy of `secret-pay` to a new name would pass where `secret-*` is refused and `*`
/// is allowed, since that rule does not cover the new name.
fn first<'p>(rules: impl Iterator<Item = &'p Rule>, operation: &Operation) -> Option<Match<'p>> {
    let mut held_by = None;
    for rule in rules.filter(|rule| rule.kinds.contains(operation.kind)) {
        if covers(rule, operation) {
            return Some(Match { rule, held_by });
        }
        if operation
            .collections
            .iter()
            .any(|name| rule.covers_collection(name))
        {
            match rule.verdict {
                RuleVerdict::Deny => return Some(Match { rule, held_by: None }),
                RuleVerdict::Approve => held_by = held_by.or(Some(rule)),
                RuleVerdict::Allow => {}
            }
        }
    }
    None
}

/// The decision, at least as severe as the rule that wants a human for a part of the request.
fn held(decision: Decision, held_by: Option<&Rule>, asked: &Asked<'_>) -> Decision {
    match held_by {
        Some(rule) if decision.verdict < Verdict::Approve => Decision {
            verdict: Verdict::Approve,
            rule: Some(rule.name.clone()),
            reason: reason::of_rule(Verdict::Approve, &Why::RuleAsks, rule, asked),
            limits: Vec::new(),
            clamped_to: None,
            ..decision
        },
        _ => decision,
    }
}

/// Whether a rule's identities match.
fn speaks_of(rule: &Rule, caller: &Caller) -> bool {
    rule.identities.iter().any(|pattern| match pattern {
        IdentityPattern::Name(glob) => glob.matches(&caller.name),
        IdentityPattern::Group(glob) => caller.groups.iter().any(|group| glob.matches(group)),
    })
}

/// Whether a rule covers every collection of a request. Where a request touches none, every rule does.
fn covers(rule: &Rule, operation: &Operation) -> bool {
    (!operation.whole_catalogue || rule.covers_catalogue())
        && operation
            .collections
            .iter()
            .all(|name| rule.covers_collection(name))
}
