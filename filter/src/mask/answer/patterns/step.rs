//! One step of a pattern: which keys and which elements it takes.

use super::super::keys::{KeyId, Keys};
use crate::wire::json::path::{FieldStep, PathStep};

/// A step.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Key(KeyId),
    Any,
    Index(u64),
    Slice { from: u64, to: Option<u64>, step: u64 },
    Union(Vec<Step>),
}

impl Step {
    pub(super) fn of_field(step: &FieldStep, keys: &mut Keys) -> Step {
        match step {
            FieldStep::Key(key) => Step::Key(keys.add(key)),
            FieldStep::Any => Step::Any,
        }
    }

    pub(super) fn of_path(step: &PathStep, keys: &mut Keys) -> Step {
        match step {
            PathStep::Key(key) => Step::Key(keys.add(key)),
            // A descent inside a union has no meaning of its own; if one is made, it masks too much.
            PathStep::Any | PathStep::Descent => Step::Any,
            PathStep::Index(index) => Step::Index(*index),
            PathStep::Slice { from, to, step } => Step::Slice {
                from: *from,
                to: *to,
                step: *step,
            },
            PathStep::Union(steps) => {
                Step::Union(steps.iter().map(|step| Step::of_path(step, keys)).collect())
            }
        }
    }

    pub(super) fn takes_key(&self, id: KeyId) -> bool {
        match self {
            Step::Key(key) => *key == id,
            Step::Any => true,
            Step::Index(_) | Step::Slice { .. } => false,
            Step::Union(steps) => steps.iter().any(|step| step.takes_key(id)),
        }
    }

    pub(super) fn takes_element(&self, nth: u64) -> bool {
        match self {
            Step::Key(_) => false,
            Step::Any => true,
            Step::Index(index) => *index == nth,
            Step::Slice { from, to, step } => {
                nth >= *from && to.is_none_or(|to| nth < to) && (nth - from).is_multiple_of((*step).max(1))
            }
            Step::Union(steps) => steps.iter().any(|step| step.takes_element(nth)),
        }
    }

    pub(super) fn takes_every_element(&self) -> bool {
        match self {
            Step::Any => true,
            Step::Union(steps) => steps.iter().any(Step::takes_every_element),
            _ => false,
        }
    }

    pub(super) fn asks_for_index(&self) -> bool {
        match self {
            Step::Index(_) | Step::Slice { .. } => true,
            Step::Union(steps) => steps.iter().any(Step::asks_for_index),
            Step::Key(_) | Step::Any => false,
        }
    }
}
