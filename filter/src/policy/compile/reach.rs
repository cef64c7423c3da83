//! Rules that can never fire, since whatever they cover is decided before.
//!
//! A rule is out of reach when, for each of its identities and each of its operations, one earlier rule covers that
//! identity and that operation and all of its collections. (One rule, since all collections of a request must match
//! in one rule.) What is said is certain; what is not said may still be out of reach by a way that patterns
//! hide.

use super::super::compiled::{IdentityPattern, Rule};
use super::super::fault::{Fault, Names};
use super::super::glob::Glob;
use super::Notes;
use std::collections::HashMap;

pub(super) fn check(rules: &[Rule], notes: &mut Notes) {
    // Earlier rules by what they name. A name is covered by itself, or by a pattern.
    let mut named: HashMap<&IdentityPattern, Vec<usize>> = HashMap::new();
    let mut patterned: Vec<(usize, &IdentityPattern)> = Vec::new();
    for (number, rule) in rules.iter().enumerate() {
        if let Some(by) = covered_by(rules, rule, &named, &patterned) {
            let names = by
                .into_iter()
                .filter_map(|number| rules.get(number))
                .map(|rule| rule.name.to_string());
            let (rule, by) = (rule.name.to_string(), Names(names.collect()));
            notes.mistake(format!("rules[{number}]"), Fault::Shadowed { rule, by });
        }
        for identity in &rule.identities {
            match identity {
                IdentityPattern::Name(glob) | IdentityPattern::Group(glob) if glob.is_literal() => {
                    named.entry(identity).or_default().push(number);
                }
                _ => patterned.push((number, identity)),
            }
        }
    }
}

/// The rules that leave nothing to this one; `None` where something is left.
fn covered_by(
    rules: &[Rule],
    rule: &Rule,
    named: &HashMap<&IdentityPattern, Vec<usize>>,
    patterned: &[(usize, &IdentityPattern)],
) -> Option<Vec<usize>> {
    let mut by = Vec::new();
    for identity in &rule.identities {
        let same = named.get(identity).into_iter().flatten().copied();
        let wider = patterned
            .iter()
            .filter(|(_, earlier)| covers_identity(earlier, identity))
            .map(|(number, _)| *number);
        // The least is enough: which rule covers an operation first.
        let mut earlier: Vec<usize> = same
            .chain(wider)
            .filter(|number| {
                rules
                    .get(*number)
                    .is_some_and(|earlier| covers_collections(earlier, rule))
            })
            .collect();
        earlier.sort_unstable();
        for kind in rule.kinds.iter() {
            let first = earlier.iter().find(|number| {
                rules
                    .get(**number)
                    .is_some_and(|earlier| earlier.kinds.contains(kind))
            })?;
            by.push(*first);
        }
    }
    by.sort_unstable();
    by.dedup();
    Some(by)
}

fn covers_identity(wide: &IdentityPattern, narrow: &IdentityPattern) -> bool {
    match (wide, narrow) {
        // Whoever has a group has a name.
        (IdentityPattern::Name(wide), _) if wide.is_everything() => true,
        (IdentityPattern::Name(wide), IdentityPattern::Name(narrow))
        | (IdentityPattern::Group(wide), IdentityPattern::Group(narrow)) => wide.covers(narrow),
        _ => false,
    }
}

fn covers_collections(wide: &Rule, narrow: &Rule) -> bool {
    let covered = |pattern: &Glob| wide.collections.iter().any(|earlier| earlier.covers(pattern));
    narrow.collections.iter().all(covered)
}
