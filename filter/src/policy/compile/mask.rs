//! A rule's mask entries, compiled to a plan; and the plan of all that any rule masks.

use super::super::compiled::Rule;
use super::super::fault::{Caution, Fault};
use super::super::model::{self, Rounding, With};
use super::{Key, Notes};
use crate::mask::plan::{Action, Detector, MaskEntry, MaskPlan, Oracle, ScoreMask, Selector, VectorMask};
use crate::wire::json::path::{FieldPattern, FieldStep, JsonPath, PathError};
use std::sync::Arc;

/// The most decimals of a rounded number.
pub(super) const MOST_DECIMALS: u8 = 15;

/// What stands in the place of a redacted value, where the policy has no words of its own.
const REDACTED: &str = "[redacted]";

/// The plan of a rule, and what it does in words.
pub(super) fn compile(written: &model::Rule, path: &str, key: &Key, notes: &mut Notes) -> (MaskPlan, String) {
    let mut plan = MaskPlan {
        entries: Vec::with_capacity(written.mask.len()),
        vectors: match written.vectors {
            Rounding::Pass => VectorMask::Pass,
            Rounding::Strip => VectorMask::Strip,
            Rounding::Round(decimals) => VectorMask::Round(decimals.min(MOST_DECIMALS.into()) as u8),
        },
        scores: match written.scores {
            Rounding::Pass => ScoreMask::Pass,
            Rounding::Strip => ScoreMask::Strip,
            Rounding::Round(decimals) => ScoreMask::Round(decimals.min(MOST_DECIMALS.into()) as u8),
        },
    };
    let mut words = Vec::new();
    let mut reached: Vec<(FieldPattern, usize)> = Vec::new();
    for (number, entry) in written.mask.iter().enumerate() {
        let path = format!("{path}.mask[{number}]");
        let select = selector(entry, &path, notes);
        let action = action(entry, &path, key, notes);
        if entry.oracle == model::Oracle::Allow {
            notes.warning(format!("{path}.oracle"), Caution::OracleAllowed);
        }
        let (Some(select), Some(action)) = (select, action) else {
            continue;
        };
        never_reached(entry, &select, number, &path, &mut reached, notes);
        words.push(in_words(entry));
        let oracle = match entry.oracle {
            model::Oracle::Refuse => Oracle::Refuse,
            model::Oracle::Allow => Oracle::Allow,
        };
        plan.entries.push(MaskEntry {
            select,
            action,
            oracle,
        });
    }
    for (name, rounding) in [("vectors", written.vectors), ("scores", written.scores)] {
        match rounding {
            Rounding::Pass => {}
            Rounding::Strip => words.push(format!("{name} stripped")),
            Rounding::Round(decimals) => words.push(format!("{name} rounded to {decimals} decimals")),
        }
    }
    (plan, words.join("; "))
}

fn selector(entry: &model::MaskEntry, path: &str, notes: &mut Notes) -> Option<Selector> {
    match (&entry.fields, &entry.path, &entry.detect) {
        (None, None, None) => {
            notes.mistake(path, Fault::NoSelector);
            None
        }
        (Some(_), Some(_), _) => {
            notes.mistake(path, Fault::TwoSelectors("`fields` and `path`"));
            None
        }
        (None, Some(_), Some(_)) => {
            notes.mistake(path, Fault::TwoSelectors("`detect` and `path`"));
            None
        }
        (None, None, Some(_)) => {
            notes.mistake(path, Fault::DetectWithoutFields);
            None
        }
        (None, Some(text), None) if !text.starts_with('$') => {
            let why = "not a JSONPath: it begins with `$`, the payload of one result, such as $.contact.ssn";
            notes.mistake(
                format!("{path}.path"),
                Fault::Path(PathError::Syntax(why.to_owned())),
            );
            None
        }
        (None, Some(text), None) => match JsonPath::parse(text) {
            Ok(compiled) => Some(Selector::Path(compiled)),
            Err(error) => {
                notes.mistake(format!("{path}.path"), Fault::Path(error));
                None
            }
        },
        (Some(names), None, None) => patterns(names, path, notes).map(Selector::Fields),
        (Some(names), None, Some(kinds)) => {
            let fields = patterns(names, path, notes);
            let mut detectors: Vec<Detector> = Vec::new();
            if kinds.is_empty() {
                let why = "name what is looked for, of email, phone, phone_loose, card, iban, ssn, ip, jwt, cloud_key, private_key";
                notes.mistake(format!("{path}.detect"), Fault::EmptyList(why));
                return None;
            }
            for (number, kind) in kinds.iter().enumerate() {
                let detector = Detector::from(*kind);
                if detectors.contains(&detector) {
                    notes.warning(
                        format!("{path}.detect[{number}]"),
                        Caution::Twice(detector.as_str().to_owned()),
                    );
                } else {
                    detectors.push(detector);
                }
            }
            Some(Selector::Detect {
                detectors,
                fields: fields?,
            })
        }
    }
}

fn patterns(names: &[String], path: &str, notes: &mut Notes) -> Option<Vec<FieldPattern>> {
    let path = format!("{path}.fields");
    if names.is_empty() {
        notes.mistake(
            path,
            Fault::EmptyList("name the fields, such as [email, contact.phone]"),
        );
        return None;
    }
    let mut patterns = Vec::new();
    for (number, name) in names.iter().enumerate() {
        match FieldPattern::parse(name) {
            Ok(pattern) => patterns.push(pattern),
            Err(error) => notes.mistake(format!("{path}[{number}]"), Fault::Path(error)),
        }
    }
    (patterns.len() == names.len()).then_some(patterns)
}

fn action(entry: &model::MaskEntry, path: &str, key: &Key, notes: &mut Notes) -> Option<Action> {
    if entry.text.is_some()
        && !matches!(entry.with, Some(With::Redact))
        && (entry.with.is_some() || entry.detect.is_none())
    {
        notes.mistake(format!("{path}.text"), Fault::TextWithoutRedact);
    }
    let with = match (entry.with, &entry.detect) {
        (Some(With::Null), Some(_)) => {
            notes.mistake(format!("{path}.with"), Fault::NotForDetect(With::Null.as_str()));
            return None;
        }
        (Some(with), _) => with,
        (None, Some(_)) => With::Redact,
        (None, None) => {
            notes.mistake(path, Fault::NoAction);
            return None;
        }
    };
    Some(match with {
        With::Remove => Action::Remove,
        With::Redact => Action::Redact(entry.text.as_deref().unwrap_or(REDACTED).into()),
        With::Partial => Action::Partial,
        With::Null => Action::Null,
        With::Hash => match key {
            Key::Known(key) => Action::Hash(key.clone()),
            Key::Wrong => return None,
            Key::None => {
                notes.mistake(format!("{path}.with"), Fault::NoHashKey);
                return None;
            }
        },
    })
}

/// Notes fields that an earlier entry of the rule has masked already.
fn never_reached(
    entry: &model::MaskEntry,
    select: &Selector,
    number: usize,
    path: &str,
    reached: &mut Vec<(FieldPattern, usize)>,
    notes: &mut Notes,
) {
    let (fields, whole) = match select {
        Selector::Fields(fields) => (fields, Whole::Value),
        Selector::Detect { fields, .. } => (fields, Whole::Parts),
        Selector::Path(_) => return,
    };
    for (place, field) in fields.iter().enumerate() {
        if let Some((_, by)) = reached.iter().find(|(earlier, _)| covers(earlier, field)) {
            let field = entry
                .fields
                .as_ref()
                .and_then(|names| names.get(place))
                .cloned()
                .unwrap_or_default();
            notes.warning(
                format!("{path}.fields[{place}]"),
                Caution::NeverReached { field, by: *by },
            );
        } else if whole == Whole::Value {
            reached.push((field.clone(), number));
        }
    }
}

/// Whether an entry masks whole values, or what is found inside them.
#[derive(PartialEq, Eq)]
enum Whole {
    Value,
    Parts,
}

/// Whether whatever `narrow` reaches is, or is inside of, what `wide` reaches: `contact` and `email` cover
/// `contact.email`.
fn covers(wide: &FieldPattern, narrow: &FieldPattern) -> bool {
    narrow.steps.windows(wide.steps.len().max(1)).any(|part| {
        part.iter()
            .zip(&wide.steps)
            .all(|(narrow, wide)| *wide == FieldStep::Any || wide == narrow)
    })
}

fn in_words(entry: &model::MaskEntry) -> String {
    let fields = entry.fields.as_deref().unwrap_or_default().join(", ");
    let with = entry.with.unwrap_or(With::Redact).as_str();
    match (&entry.path, &entry.detect) {
        (Some(path), _) => format!("{path} {with}"),
        (None, Some(kinds)) => {
            let kinds: Vec<&str> = kinds.iter().map(|kind| Detector::from(*kind).as_str()).collect();
            format!("{} in {fields} {with}", kinds.join(", "))
        }
        (None, None) => format!("{fields} {with}"),
    }
}

/// All that any of these rules masks, each as a fixed text.
pub(super) fn everything(rules: &[Rule]) -> MaskPlan {
    let mut all_fields: Vec<FieldPattern> = Vec::new();
    let mut paths: Vec<JsonPath> = Vec::new();
    let mut all_detectors: Vec<Detector> = Vec::new();
    let mut searched: Vec<FieldPattern> = Vec::new();
    for entry in rules.iter().flat_map(|rule| &rule.mask.entries) {
        match &entry.select {
            Selector::Fields(fields) => all_fields.extend_from_slice(fields),
            Selector::Path(path) => paths.push(path.clone()),
            Selector::Detect { detectors, fields } => {
                all_detectors.extend_from_slice(detectors);
                searched.extend_from_slice(fields);
            }
        }
    }
    all_fields.sort();
    all_fields.dedup();
    searched.sort();
    searched.dedup();
    all_detectors.sort();
    all_detectors.dedup();
    paths.sort_by(|a, b| a.text.cmp(&b.text));
    paths.dedup_by(|a, b| a.text == b.text);

    let text: Arc<str> = REDACTED.into();
    let entry = |select| MaskEntry {
        select,
        action: Action::Redact(Arc::clone(&text)),
        oracle: Oracle::Refuse,
    };
    let mut plan = MaskPlan::default();
    if !all_fields.is_empty() {
        plan.entries.push(entry(Selector::Fields(all_fields)));
    }
    plan.entries
        .extend(paths.into_iter().map(|path| entry(Selector::Path(path))));
    if !searched.is_empty() {
        plan.entries.push(entry(Selector::Detect {
            detectors: all_detectors,
            fields: searched,
        }));
    }
    plan
}
