//! Whether a request refers to a field that its caller is not shown: who may filter by an e-mail address can find it out.
//!
//! A reference is a path of keys from the payload's root (array levels are left out). It betrays a masked value when
//! the value is what it refers to, lies inside of that, or has it inside. Both kinds of selector become one kind of
//! pattern: a field name is a path that begins at any depth.

use crate::mask::plan::{MaskPlan, Oracle, Selector};
use crate::operation::FieldRef;
use crate::wire::json::path::{FieldPattern, FieldStep, JsonPath, PathStep};

/// A masked place, as references are held against it.
#[derive(Clone, Debug)]
pub(in super::super) struct Guard {
    steps: Vec<Step>,
    start: Anchor,
    effect: Effect,
}

/// What a reference to the place means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// It is refused.
    Refuse,
    /// It passes, and no later entry says otherwise: the first entry that reaches a value wins.
    Allow,
    /// It passes, as far as this entry is concerned: it masks only parts of the value.
    Ignore,
}

#[derive(Clone, Debug)]
enum Step {
    Key(String),
    /// Any key, or an array's element.
    Any,
    /// An array's element.
    Element,
    /// One of several.
    Union(Vec<Step>),
    /// Any number of levels.
    Descent,
}

/// Whether a place is known to lie where the pattern says, or may lie anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Anchor {
    Fixed,
    Loose,
}

/// The guards of a plan, in its order.
pub(in super::super) fn guards(plan: &MaskPlan) -> Vec<Guard> {
    let mut guards = Vec::new();
    for entry in &plan.entries {
        let effect = match (entry.oracle, &entry.select) {
            (Oracle::Refuse, _) => Effect::Refuse,
            (Oracle::Allow, Selector::Detect { .. }) => Effect::Ignore,
            (Oracle::Allow, _) => Effect::Allow,
        };
        match &entry.select {
            Selector::Fields(fields) | Selector::Detect { fields, .. } => {
                guards.extend(fields.iter().map(|field| Guard::field(field, effect)));
            }
            Selector::Path(path) => guards.push(Guard::path(path, effect)),
        }
    }
    guards
}

/// The first reference that betrays a masked value.
pub(super) fn betrayed<'r>(guards: &[Guard], references: &'r [FieldRef]) -> Option<&'r FieldRef> {
    references.iter().find(|reference| betrays(guards, reference))
}

fn betrays(guards: &[Guard], reference: &FieldRef) -> bool {
    for guard in guards {
        match guard.effect {
            Effect::Ignore => {}
            Effect::Refuse => {
                if guard.touches(&reference.keys, Arrays::LeftOut) != Touch::None {
                    return true;
                }
            }
            Effect::Allow => {
                if guard.touches(&reference.keys, Arrays::Counted) == Touch::Whole {
                    return false;
                }
            }
        }
    }
    false
}

/// What a guard has to do with a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Touch {
    /// Nothing.
    None,
    /// Something inside of what the reference names is masked.
    Inside,
    /// What the reference names is masked, or is inside of something that is.
    Whole,
}

/// How array levels of a pattern are read. References leave them out, so that a pattern's must match nothing too; but
/// where a guard lets through what others would refuse, it must not be read so widely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arrays {
    LeftOut,
    Counted,
}

impl Guard {
    fn field(pattern: &FieldPattern, effect: Effect) -> Guard {
        let steps = pattern.steps.iter().map(|step| match step {
            FieldStep::Key(key) => Step::Key(key.clone()),
            FieldStep::Any => Step::Any,
        });
        Guard {
            steps: std::iter::once(Step::Descent).chain(steps).collect(),
            start: Anchor::Loose,
            effect,
        }
    }

    fn path(path: &JsonPath, effect: Effect) -> Guard {
        Guard {
            steps: path.steps.iter().map(step).collect(),
            start: Anchor::Fixed,
            effect,
        }
    }

    /// Follows the pattern along the keys, in all ways at once.
    fn touches(&self, keys: &[String], arrays: Arrays) -> Touch {
        let mut states = vec![(0, self.start)];
        self.skip(&mut states, arrays);
        for key in keys {
            let mut next = Vec::new();
            for (at, anchor) in &states {
                let Some(step) = self.steps.get(*at) else { continue };
                match step {
                    Step::Descent => push(&mut next, (*at, Anchor::Loose)),
                    step => {
                        if let Some(after) =
                            consume(step, key, if *at == 0 { *anchor } else { Anchor::Loose })
                        {
                            push(&mut next, (at + 1, after));
                        }
                    }
                }
            }
            self.skip(&mut next, arrays);
            states = next;
            if states.iter().any(|(at, _)| *at == self.steps.len()) {
                return Touch::Whole;
            }
        }
        // The keys are used up, the pattern goes on: what it masks lies inside of what they name. But a pattern that
        // may begin anywhere (`email`) is inside of everything, and that says nothing.
        if states.iter().any(|(_, anchor)| *anchor == Anchor::Fixed) {
            Touch::Inside
        } else {
            Touch::None
        }
    }

    /// Adds the states that are reached without a key.
    fn skip(&self, states: &mut Vec<(usize, Anchor)>, arrays: Arrays) {
        let mut number = 0;
        while let Some((at, anchor)) = states.get(number).copied() {
            let skippable = match self.steps.get(at) {
                Some(Step::Descent) => true,
                Some(step) => arrays == Arrays::LeftOut && may_be_element(step),
                None => false,
            };
            if skippable {
                push(states, (at + 1, anchor));
            }
            number += 1;
        }
    }
}

fn push(states: &mut Vec<(usize, Anchor)>, state: (usize, Anchor)) {
    if !states.contains(&state) {
        states.push(state);
    }
}

fn step(step: &PathStep) -> Step {
    match step {
        PathStep::Key(key) => Step::Key(key.clone()),
        PathStep::Any => Step::Any,
        PathStep::Index(_) | PathStep::Slice { .. } => Step::Element,
        PathStep::Union(steps) => Step::Union(steps.iter().map(self::step).collect()),
        PathStep::Descent => Step::Descent,
    }
}

/// How firm the place is after a step took this key; `None` where it does not. A wildcard is as firm as `any`: right
/// below the payload it is a key; further down it is most often an array's element, and `$.people[*].name` is not
/// inside of `people.age`.
fn consume(step: &Step, key: &str, any: Anchor) -> Option<Anchor> {
    match step {
        Step::Key(name) => (name == key).then_some(Anchor::Fixed),
        Step::Any => Some(any),
        Step::Element | Step::Descent => None,
        Step::Union(steps) => steps.iter().find_map(|step| consume(step, key, any)),
    }
}

/// Whether a step may select an element of an array, which references leave out.
fn may_be_element(step: &Step) -> bool {
    match step {
        Step::Any | Step::Element => true,
        Step::Key(_) | Step::Descent => false,
        Step::Union(steps) => steps.iter().any(may_be_element),
    }
}

#[cfg(test)]
mod tests;
