//! From a name to the rules whose patterns match it, without looking at every rule.
//!
//! Names stand in a hash map. Patterns stand in one too, by what they begin with: a name is looked up by its own
//! beginnings, of the few lengths that occur. So ten thousand rules for ten thousand services cost what ten cost.

use super::glob::Glob;
use std::collections::HashMap;

/// The number of a rule in its policy.
pub(super) type RuleNumber = u32;

/// Rules by the patterns of one of their lists.
#[derive(Clone, Debug, Default)]
pub(super) struct PatternIndex {
    names: HashMap<Box<str>, Vec<RuleNumber>>,
    /// Patterns by their literal prefix.
    patterns: HashMap<Box<str>, HashMap<Glob, Vec<RuleNumber>>>,
    /// The lengths of prefixes that occur, ascending.
    lengths: Vec<usize>,
}

impl PatternIndex {
    /// Notes that a rule has this pattern. Rules come in their order.
    pub(super) fn add(&mut self, pattern: &Glob, rule: RuleNumber) {
        let rules = if pattern.is_literal() {
            self.names.entry(pattern.as_str().into()).or_default()
        } else {
            let bucket = self.patterns.entry(pattern.prefix().into()).or_default();
            let length = pattern.prefix().len();
            if let Err(place) = self.lengths.binary_search(&length) {
                self.lengths.insert(place, length);
            }
            bucket.entry(pattern.clone()).or_default()
        };
        if rules.last() != Some(&rule) {
            rules.push(rule);
        }
    }

    /// Puts the lists of rules that match this name into `found`, each ascending.
    pub(super) fn find<'a>(&'a self, name: &str, found: &mut Merged<'a>) {
        if let Some(rules) = self.names.get(name) {
            found.push(rules);
        }
        for (pattern, rules) in self.beginning_like(name) {
            if pattern.matches(name) {
                found.push(rules);
            }
        }
    }

    /// Puts the lists of rules into `found` that have a pattern which covers this one.
    pub(super) fn covering<'a>(&'a self, narrow: &Glob, found: &mut Merged<'a>) {
        if narrow.is_literal()
            && let Some(rules) = self.names.get(narrow.as_str())
        {
            found.push(rules);
        }
        for (pattern, rules) in self.beginning_like(narrow.prefix()) {
            if pattern.covers(narrow) {
                found.push(rules);
            }
        }
    }

    /// The patterns whose prefix is a beginning of this text.
    fn beginning_like<'a>(&'a self, text: &str) -> impl Iterator<Item = (&'a Glob, &'a Vec<RuleNumber>)> {
        self.lengths
            .iter()
            // Some are longer than the text, or end within a character, where no pattern's prefix ends.
            .filter_map(|length| self.patterns.get(text.get(..*length)?))
            .flatten()
    }
}

/// Several ascending lists of rules, read as one, each rule once.
#[derive(Debug, Default)]
pub(super) struct Merged<'a> {
    lists: Vec<&'a [RuleNumber]>,
}

impl<'a> Merged<'a> {
    fn push(&mut self, list: &'a [RuleNumber]) {
        if !list.is_empty() {
            self.lists.push(list);
        }
    }

    /// How many there are at most.
    pub(super) fn bound(&self) -> usize {
        self.lists.iter().map(|list| list.len()).sum()
    }
}

impl Iterator for Merged<'_> {
    type Item = RuleNumber;

    fn next(&mut self) -> Option<RuleNumber> {
        let least = self.lists.iter().filter_map(|list| list.first()).min().copied()?;
        for list in &mut self.lists {
            if let Some((first, rest)) = list.split_first()
                && *first == least
            {
                *list = rest;
            }
        }
        self.lists.retain(|list| !list.is_empty());
        Some(least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The rules indexed, and those of them that a walk over all finds: of which one pattern fits.
    fn indexed(rules: &[Vec<String>], fits: impl Fn(&Glob) -> bool) -> (PatternIndex, Vec<RuleNumber>) {
        let mut index = PatternIndex::default();
        let mut walked = Vec::new();
        for (number, patterns) in rules.iter().enumerate() {
            let globs: Vec<Glob> = patterns.iter().map(|text| Glob::new(text)).collect();
            for glob in &globs {
                index.add(glob, number as RuleNumber);
            }
            if globs.iter().any(&fits) {
                walked.push(number as RuleNumber);
            }
        }
        (index, walked)
    }

    proptest! {
        #[test]
        fn finds_what_covers(
            rules in prop::collection::vec(prop::collection::vec("[abé*?]{1,4}", 1..3), 0..12),
            narrow in "[abé*?]{0,5}",
        ) {
            let narrow = Glob::new(&narrow);
            let (index, walked) = indexed(&rules, |glob| glob.covers(&narrow));
            let mut found = Merged::default();
            index.covering(&narrow, &mut found);
            prop_assert_eq!(found.collect::<Vec<_>>(), walked);
        }

        #[test]
        fn finds_what_a_walk_over_all_rules_finds(
            rules in prop::collection::vec(prop::collection::vec("[abé*?]{1,4}", 1..3), 0..12),
            name in "[abé]{0,5}",
        ) {
            let (index, walked) = indexed(&rules, |glob| glob.matches(&name));
            let mut found = Merged::default();
            index.find(&name, &mut found);
            prop_assert_eq!(found.collect::<Vec<_>>(), walked);
        }
    }
}
