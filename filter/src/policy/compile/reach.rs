//! Rules that can never fire, since whatever they cover is decided before.
//!
//! A rule is out of reach when, for each of its identities and each of its operations, one earlier rule covers that
//! identity and that operation and all of its collections. (One rule, since all collections of a request must match
//! in one rule.) What is said is certain; what is not said may still be out of reach by a way that patterns
//! hide.

use super::super::compiled::{IdentityPattern, Kinds, Rule};
use super::super::fault::{Fault, Names};
use super::super::glob::Glob;
use super::super::index::{Merged, PatternIndex, RuleNumber};
use super::Notes;

pub(super) fn check(rules: &[Rule], notes: &mut Notes) {
    let mut earlier = Earlier::default();
    for (number, rule) in (0..).zip(rules) {
        if let Some(by) = earlier.covering(rules, rule) {
            let names = by.into_iter().filter_map(|number| rules.get(number as usize));
            let by = Names(names.map(|rule| rule.name.to_string()).collect());
            let rule = rule.name.to_string();
            notes.mistake(format!("rules[{number}]"), Fault::Shadowed { rule, by });
        }
        earlier.add(number, rule);
    }
}

/// The rules before one, by what they name: held against all of them one by one, ten thousand rules would take a
/// hundred million steps.
#[derive(Default)]
struct Earlier {
    by_name: PatternIndex,
    by_group: PatternIndex,
    by_collection: PatternIndex,
}

impl Earlier {
    fn add(&mut self, number: RuleNumber, rule: &Rule) {
        for identity in &rule.identities {
            match identity {
                IdentityPattern::Name(glob) => self.by_name.add(glob, number),
                IdentityPattern::Group(glob) => self.by_group.add(glob, number),
            }
        }
        for pattern in &rule.collections {
            self.by_collection.add(pattern, number);
        }
    }

    /// The rules that leave nothing to this one; `None` where something is left.
    fn covering(&self, rules: &[Rule], rule: &Rule) -> Option<Vec<RuleNumber>> {
        let mut by = Vec::new();
        for identity in &rule.identities {
            let mut left = rule.kinds;
            // The first is enough: which rule covers an operation first.
            for number in self.candidates(identity, rule) {
                if left == Kinds::default() {
                    break;
                }
                let covers = |earlier: &&Rule| {
                    covers_collections(earlier, rule)
                        && earlier
                            .identities
                            .iter()
                            .any(|wide| covers_identity(wide, identity))
                };
                let Some(earlier) = rules.get(number as usize).filter(covers) else {
                    continue;
                };
                let still = left.without(earlier.kinds);
                if still != left {
                    by.push(number);
                    left = still;
                }
            }
            if left != Kinds::default() {
                return None;
            }
        }
        by.sort_unstable();
        by.dedup();
        Some(by)
    }

    /// The rules that could cover an identity and all collections of a rule, in their order: those that cover the
    /// identity, or those that cover one of the collections, whichever are fewer.
    fn candidates(&self, identity: &IdentityPattern, rule: &Rule) -> Merged<'_> {
        let mut fewest = Merged::default();
        match identity {
            IdentityPattern::Name(glob) => self.by_name.covering(glob, &mut fewest),
            IdentityPattern::Group(glob) => {
                self.by_group.covering(glob, &mut fewest);
                // Whoever has a group has a name.
                self.by_name.covering(&Glob::new("*"), &mut fewest);
            }
        }
        for collection in &rule.collections {
            let mut of_collection = Merged::default();
            self.by_collection.covering(collection, &mut of_collection);
            if of_collection.bound() < fewest.bound() {
                fewest = of_collection;
            }
        }
        fewest
    }
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

#[cfg(test)]
mod tests {
    use super::super::super::compiled::RuleName;
    use super::super::super::model::RuleVerdict;
    use super::*;
    use crate::operation::Kind;
    use proptest::prelude::*;
    use std::sync::Arc;

    /// The same, each rule held against all before it.
    fn plainly(before: &[Rule], rule: &Rule) -> Option<Vec<RuleNumber>> {
        let mut by = Vec::new();
        for identity in &rule.identities {
            for kind in rule.kinds.iter() {
                let first = before.iter().position(|earlier| {
                    earlier.kinds.contains(kind)
                        && covers_collections(earlier, rule)
                        && earlier
                            .identities
                            .iter()
                            .any(|wide| covers_identity(wide, identity))
                })?;
                by.push(first as RuleNumber);
            }
        }
        by.sort_unstable();
        by.dedup();
        Some(by)
    }

    fn rule() -> impl Strategy<Value = Rule> {
        let pattern = || prop::sample::select(vec!["a", "b", "ab", "a*", "*b", "?", "*", "a?", "é*"]);
        let identity = (pattern(), any::<bool>()).prop_map(|(text, group)| match group {
            true => IdentityPattern::Group(Glob::new(text)),
            false => IdentityPattern::Name(Glob::new(text)),
        });
        let kinds = prop::sample::subsequence(vec![Kind::Search, Kind::Fetch, Kind::List], 1..4);
        (
            prop::collection::vec(identity, 1..3),
            prop::collection::vec(pattern().prop_map(Glob::new), 1..3),
            kinds,
        )
            .prop_map(|(identities, collections, kinds)| Rule {
                name: RuleName::new("r").unwrap(),
                identities,
                collections,
                kinds: kinds.into_iter().fold(Kinds::default(), Kinds::with),
                verdict: RuleVerdict::Allow,
                top_k: None,
                results: None,
                mask: Arc::default(),
                removed: Arc::default(),
                guards: Vec::new(),
                masking: "".into(),
                message: None,
            })
    }

    proptest! {
        #[test]
        fn the_same_as_each_held_against_all_before_it(rules in prop::collection::vec(rule(), 0..12)) {
            let mut earlier = Earlier::default();
            for (number, rule) in rules.iter().enumerate() {
                prop_assert_eq!(earlier.covering(&rules, rule), plainly(&rules[..number], rule));
                earlier.add(number as RuleNumber, rule);
            }
        }
    }
}
