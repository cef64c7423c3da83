//! The same masking on a tree, written for clarity alone: what the stream does must mean the same.

use super::*;
use crate::mask::text::TextMasker;
use crate::wire::json::path::{FieldStep, PathStep};
use crate::wire::json::round::Round;
use crate::wire::json::scalar::{ScalarKind, ScalarRewriter};
use serde_json::Value;
use std::collections::BTreeSet;

/// One level of a value's place.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Level {
    Key(String),
    Index(u64),
}

/// An answer as the plan leaves it.
pub(super) fn masked_tree(shape: &Shape, plan: &MaskPlan, answer: &Value) -> Value {
    let twin = Twin { shape, plan };
    let around = Around {
        payload: None,
        reached: BTreeSet::new(),
        vectors: Where::Outside,
        scores: Where::Outside,
    };
    twin.value(answer, &[], &around).unwrap_or(Value::Null)
}

struct Twin<'a> {
    shape: &'a Shape,
    plan: &'a MaskPlan,
}

/// What holds for a value because of what is around it.
#[derive(Clone)]
struct Around {
    /// How many levels down the payload begins.
    payload: Option<usize>,
    /// The patterns that reached something around it: entry, then pattern in the entry.
    reached: BTreeSet<(usize, usize)>,
    vectors: Where,
    scores: Where,
}

#[derive(Clone, Copy, PartialEq)]
enum Where {
    Inside,
    Outside,
}

impl Twin<'_> {
    /// The value as it stays; `None` where it goes with its key.
    fn value(&self, value: &Value, path: &[Level], around: &Around) -> Option<Value> {
        let mut here = around.clone();
        let roles: Vec<Role> = self
            .shape
            .places
            .iter()
            .filter(|place| lies(place.path, path))
            .map(|p| p.role)
            .collect();
        let column = matches!(path.last(), None | Some(Level::Index(_))) && around.payload.is_none();
        let leads = self.shape.places.iter().any(|place| {
            !matches!(place.role, Role::Plain | Role::Catalogue) && leads_through(place.path, path)
        });
        let stays = column || leads;
        for role in &roles {
            match role {
                Role::Catalogue => return Some(value.clone()),
                Role::Payload => here.payload = here.payload.or(Some(path.len())),
                Role::Vectors(_) => here.vectors = Where::Inside,
                Role::Scores(_) => here.scores = Where::Inside,
                _ => {}
            }
            let strips = match role {
                Role::Vectors(when) if self.plan.vectors == VectorMask::Strip => Some(*when),
                Role::Scores(when) if self.plan.scores == ScoreMask::Strip => Some(*when),
                _ => None,
            };
            match strips {
                Some(WhenStripped::Absent) if !column => return None,
                Some(WhenStripped::Zero) => return Some(Value::from(0)),
                Some(_) => return Some(Value::Null),
                None => {}
            }
        }
        self.reach(path, &roles, &mut here);
        let whole = here
            .reached
            .iter()
            .find(|(entry, _)| !self.is_detect(*entry))
            .copied();
        let texts: Vec<usize> = here
            .reached
            .iter()
            .map(|(entry, _)| *entry)
            .filter(|entry| self.is_detect(*entry))
            .collect();
        let searched = texts
            .first()
            .is_some_and(|first| whole.is_none_or(|(entry, _)| *first < entry));
        let container = value.is_array() || value.is_object();
        if let Some((entry, _)) = whole
            && (!searched || !container && !value.is_string())
        {
            match &self.plan.entries[entry].action {
                Action::Remove if stays => return Some(Value::Null),
                Action::Remove => return None,
                Action::Null => return Some(Value::Null),
                Action::Redact(text) => return Some(Value::from(&**text)),
                Action::Partial | Action::Hash(_) if container || value.is_null() => {}
                action => {
                    return Some(rewritten(
                        &mut crate::mask::action::ScalarAction::new(action),
                        value,
                    ));
                }
            }
        } else if searched && value.is_string() {
            return Some(rewritten(&mut self.searcher(&texts), value));
        }
        match (self.plan.vectors, self.plan.scores) {
            _ if container || whole.is_some() => {}
            (VectorMask::Round(decimals), _) if here.vectors == Where::Inside => {
                return Some(rewritten(&mut Round::new(decimals), value));
            }
            (_, ScoreMask::Round(decimals)) if here.scores == Where::Inside => {
                return Some(rewritten(&mut Round::new(decimals), value));
            }
            _ => {}
        }
        Some(match value {
            Value::Object(members) => {
                let members = members.iter().filter_map(|(key, value)| {
                    let path = [path, &[Level::Key(key.clone())]].concat();
                    self.value(value, &path, &here).map(|value| (key.clone(), value))
                });
                Value::Object(members.collect())
            }
            Value::Array(elements) => {
                let elements = elements.iter().enumerate().filter_map(|(n, value)| {
                    let path = [path, &[Level::Index(n as u64)]].concat();
                    self.value(value, &path, &here)
                });
                Value::Array(elements.collect())
            }
            scalar => scalar.clone(),
        })
    }

    fn is_detect(&self, entry: usize) -> bool {
        matches!(self.plan.entries[entry].select, Selector::Detect { .. })
    }

    fn searcher(&self, entries: &[usize]) -> TextMasker {
        let mut entries = entries.to_vec();
        entries.dedup();
        let searches: Vec<_> = entries
            .iter()
            .map(|entry| match &self.plan.entries[*entry] {
                MaskEntry {
                    select: Selector::Detect { detectors, .. },
                    action,
                    ..
                } => (detectors.clone(), action.clone()),
                other => panic!("{other:?}"),
            })
            .collect();
        TextMasker::new(&searches)
    }

    /// Adds the patterns that reach the value itself.
    fn reach(&self, path: &[Level], roles: &[Role], here: &mut Around) {
        for (n, entry) in self.plan.entries.iter().enumerate() {
            let patterns = match &entry.select {
                Selector::Fields(fields) | Selector::Detect { fields, .. } => fields,
                Selector::Path(steps) => {
                    if here
                        .payload
                        .is_some_and(|from| path_reaches(&steps.steps, &path[from..]))
                    {
                        here.reached.insert((n, 0));
                    }
                    continue;
                }
            };
            for (m, pattern) in patterns.iter().enumerate() {
                let anywhere =
                    (0..path.len()).any(|from| field_reaches(&pattern.steps, &path[from..], Begun::No));
                let as_text = roles.iter().any(
                    |role| matches!(role, Role::Text(name) if pattern.steps == [FieldStep::Key((*name).to_owned())]),
                );
                if anywhere || as_text {
                    here.reached.insert((n, m));
                }
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Begun {
    No,
    Yes,
}

fn field_reaches(steps: &[FieldStep], path: &[Level], begun: Begun) -> bool {
    let (Some((step, steps_left)), Some((level, path_left))) = (steps.split_first(), path.split_first())
    else {
        return steps.is_empty() && path.is_empty();
    };
    let takes = match (step, level) {
        (FieldStep::Any, _) => true,
        (FieldStep::Key(key), Level::Key(there)) => key == there,
        (FieldStep::Key(_), Level::Index(_)) => false,
    };
    takes && field_reaches(steps_left, path_left, Begun::Yes)
        || begun == Begun::Yes
            && matches!(level, Level::Index(_))
            && field_reaches(steps, path_left, Begun::Yes)
}

fn path_reaches(steps: &[PathStep], path: &[Level]) -> bool {
    match (steps.split_first(), path.split_first()) {
        (None, _) => path.is_empty(),
        (Some((PathStep::Descent, left)), below) => {
            path_reaches(left, path) || below.is_some_and(|(_, below)| path_reaches(steps, below))
        }
        (Some((step, left)), Some((level, below))) => takes(step, level) && path_reaches(left, below),
        (Some(_), None) => false,
    }
}

fn takes(step: &PathStep, level: &Level) -> bool {
    match (step, level) {
        (PathStep::Any, _) => true,
        (PathStep::Key(key), Level::Key(there)) => key == there,
        (PathStep::Index(n), Level::Index(there)) => n == there,
        (PathStep::Slice { from, to, step }, Level::Index(n)) => {
            n >= from && to.is_none_or(|to| *n < to) && (n - from) % step == 0
        }
        (PathStep::Union(steps), level) => steps.iter().any(|step| takes(step, level)),
        _ => false,
    }
}

/// `rows[].id` as levels: keys, `*`, `[]`.
fn levels(path: &str) -> Vec<String> {
    let spread = path.replace("[]", ".[]");
    spread
        .split('.')
        .filter(|level| !level.is_empty())
        .map(str::to_owned)
        .collect()
}

fn level_fits(level: &str, there: &Level) -> bool {
    match there {
        Level::Index(_) => level == "[]",
        Level::Key(key) => level == "*" || level != "[]" && level == key,
    }
}

fn leads_through(place: &str, path: &[Level]) -> bool {
    let levels = levels(place);
    levels.len() >= path.len()
        && levels
            .iter()
            .zip(path)
            .all(|(level, there)| level_fits(level, there))
}

fn lies(place: &str, path: &[Level]) -> bool {
    levels(place).len() == path.len() && leads_through(place, path)
}

/// A scalar, as a rewriter leaves it.
fn rewritten(rewriter: &mut dyn ScalarRewriter, value: &Value) -> Value {
    let mut out = Vec::new();
    match value {
        Value::String(text) => {
            rewriter.begin(ScalarKind::String, &mut out);
            for c in text.chars() {
                let json = serde_json::to_string(&c).unwrap();
                let raw = &json[1..json.len() - 1];
                if raw.starts_with('\\') {
                    rewriter.escape(raw, c, &mut out);
                } else {
                    rewriter.plain(raw, &mut out);
                }
            }
        }
        Value::Number(number) => {
            rewriter.begin(ScalarKind::Number, &mut out);
            rewriter.plain(&number.to_string(), &mut out);
        }
        Value::Bool(truth) => {
            rewriter.begin(ScalarKind::Bool, &mut out);
            rewriter.plain(&truth.to_string(), &mut out);
        }
        _ => return value.clone(),
    }
    rewriter.end(&mut out);
    serde_json::from_slice(&out).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&out)))
}
