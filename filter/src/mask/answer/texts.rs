//! Which searches of text concern a value, as small numbers that can be passed down while walking.

use super::patterns::{NONE, PatternId, Patterns};
use crate::mask::plan::{Detector, MaskPlan, Selector};
use crate::mask::text::TextMasker;
use crate::wire::json::scalar::ScalarRewriter;

/// The number of a set of searches. 0 is none.
pub(super) type TextId = u32;

/// The sets that were met in an answer: as many as the policy can combine, whatever the answer holds.
#[derive(Default)]
pub(super) struct Texts {
    /// Set `n + 1`: a pattern for each entry, in order.
    sets: Vec<Set>,
    /// A masker for each combination of entries.
    maskers: Vec<(Vec<usize>, TextMasker)>,
    /// How often each detector found something, for each pattern.
    found: Vec<[u64; Detector::ALL.len()]>,
}

#[derive(Debug)]
struct Set {
    patterns: Vec<PatternId>,
    masker: usize,
}

impl Texts {
    pub(super) fn new(patterns: &Patterns) -> Texts {
        Texts {
            found: vec![[0; Detector::ALL.len()]; patterns.all.len()],
            ..Texts::default()
        }
    }

    pub(super) fn reset(&mut self) {
        self.found.iter_mut().for_each(|counts| counts.fill(0));
    }

    fn set(&self, id: TextId) -> Option<&Set> {
        self.sets.get((id as usize).checked_sub(1)?)
    }

    /// The first pattern of a set, or [`NONE`].
    #[inline]
    pub(super) fn first(&self, id: TextId) -> PatternId {
        match id {
            0 => NONE,
            _ => self
                .set(id)
                .and_then(|set| set.patterns.first().copied())
                .unwrap_or(NONE),
        }
    }

    /// A set with these patterns added. A pattern of an entry that is in the set already adds nothing.
    pub(super) fn with(
        &mut self,
        id: TextId,
        more: &[PatternId],
        patterns: &Patterns,
        plan: &MaskPlan,
    ) -> TextId {
        let entry_of = |id: &PatternId| patterns.all.get(*id as usize).map(|pattern| pattern.entry);
        let mut wanted: Vec<PatternId> = self.set(id).map(|set| set.patterns.clone()).unwrap_or_default();
        for pattern in more {
            if !wanted.iter().any(|there| entry_of(there) == entry_of(pattern)) {
                wanted.push(*pattern);
            }
        }
        wanted.sort_unstable();
        if let Some(known) = self.sets.iter().position(|set| set.patterns == wanted) {
            return known as TextId + 1;
        }
        let entries: Vec<usize> = wanted.iter().filter_map(entry_of).collect();
        let masker = self
            .maskers
            .iter()
            .position(|(of, _)| *of == entries)
            .unwrap_or_else(|| {
                let searches = entries.iter().filter_map(|entry| {
                    let entry = plan.entries.get(*entry)?;
                    match &entry.select {
                        Selector::Detect { detectors, .. } => Some((detectors.clone(), entry.action.clone())),
                        _ => None,
                    }
                });
                let searches: Vec<_> = searches.collect();
                self.maskers.push((entries, TextMasker::new(&searches)));
                self.maskers.len() - 1
            });
        self.sets.push(Set {
            patterns: wanted,
            masker,
        });
        self.sets.len() as TextId
    }

    /// What searches a text for this set.
    pub(super) fn masker(&mut self, id: TextId) -> Option<&mut dyn ScalarRewriter> {
        self.text_masker(id)
            .map(|masker| masker as &mut dyn ScalarRewriter)
    }

    /// The same, for texts that are there as a whole.
    pub(super) fn text_masker(&mut self, id: TextId) -> Option<&mut TextMasker> {
        let masker = self.set(id)?.masker;
        self.maskers.get_mut(masker).map(|(_, masker)| masker)
    }

    /// The patterns of a set.
    pub(super) fn patterns(&self, id: TextId) -> &[PatternId] {
        self.set(id)
            .map(|set| set.patterns.as_slice())
            .unwrap_or_default()
    }

    /// A text was searched: counts what was found, and says whether anything was.
    pub(super) fn count(&mut self, id: TextId, patterns: &Patterns, plan: &MaskPlan) -> Found {
        let Some(set) = (id as usize).checked_sub(1).and_then(|n| self.sets.get(n)) else {
            return Found::Nothing;
        };
        let Some((_, masker)) = self.maskers.get(set.masker) else {
            return Found::Nothing;
        };
        let mut any = Found::Nothing;
        for (detector, times) in masker.hits().iter().filter(|(_, times)| *times > 0) {
            any = Found::Something;
            let looks_for_it = |id: &&PatternId| {
                let entry = patterns
                    .all
                    .get(**id as usize)
                    .and_then(|pattern| plan.entries.get(pattern.entry));
                matches!(entry.map(|entry| &entry.select), Some(Selector::Detect { detectors, .. }) if detectors.contains(detector))
            };
            let pattern = set.patterns.iter().find(looks_for_it);
            let counts = pattern.and_then(|id| self.found.get_mut(*id as usize));
            if let Some(count) = counts.and_then(|counts| counts.get_mut(*detector as usize)) {
                *count += times;
            }
        }
        any
    }

    /// What was found: pattern, detector and how often.
    pub(super) fn found(&self) -> impl Iterator<Item = (usize, Detector, u64)> {
        self.found.iter().enumerate().flat_map(|(pattern, counts)| {
            let counts = Detector::ALL
                .into_iter()
                .zip(counts)
                .filter(|(_, times)| **times > 0);
            counts.map(move |(detector, times)| (pattern, detector, *times))
        })
    }
}

/// Whether a search found anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    Something,
}
