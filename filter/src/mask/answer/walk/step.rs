//! What is worked out once for each place: where a key or an element leads, and what becomes of a value.

use super::super::CompiledMask;
use super::super::keys::{KeyId, OTHER};
use super::super::patterns::{Bits, Deed, NONE, PatternId, Reached};
use super::super::places::{Container, Node};
use super::super::texts::Texts;
use super::spot::{Done, Marks, Spot};
use super::states::{Counts, State, Value};
use crate::mask::plan::{Action, ScoreMask, VectorMask};
use crate::mask::shape::WhenStripped;
use crate::wire::json::rewrite::{Below, Fate, Inside, Numbers, Others, Removals, ValueKind};
use crate::wire::json::scalar::ScalarKind;

/// Works out steps.
pub(super) struct Steps<'a> {
    pub(super) mask: &'a CompiledMask,
    pub(super) texts: &'a mut Texts,
}

impl Steps<'_> {
    /// Where a document begins.
    pub(super) fn root(&mut self) -> (Spot, Bits) {
        let mut at = Spot {
            node: self.mask.places.root,
            ..Spot::OUTSIDE
        };
        at.mark(Marks::COLUMN);
        let mut bits = vec![0; self.mask.patterns.words];
        self.arrive(&mut at, &mut bits);
        (at, bits)
    }

    /// Where a key leads; `None` where the protocol does not have it.
    pub(super) fn member(&mut self, object: &State, id: KeyId) -> Option<(Spot, Bits)> {
        let (mask, spot) = (self.mask, object.spot);
        let mut at = spot.below(mask.places.member(spot.node, id));
        if spot.node != 0
            && at.node == 0
            && !spot.is(Marks::PAYLOAD)
            && mask.places.node(spot.node).is_some_and(|node| node.strict)
        {
            return None;
        }
        if id == mask.indices && spot.is(Marks::VECTORS) {
            at.mark(Marks::INDICES);
        }
        let mut bits = vec![0; mask.patterns.words];
        if !spot.is(Marks::MUTED) {
            let mut hits = Vec::new();
            let reached = mask
                .patterns
                .key(id, &object.bits, &mut bits, &mut |hit| hits.push(hit));
            self.stepped(&mut at, reached, &hits);
        }
        self.arrive(&mut at, &mut bits);
        Some((at, bits))
    }

    /// Where the `nth` element leads.
    pub(super) fn element(&mut self, array: &State, nth: u64) -> (Spot, Bits) {
        let (mask, spot) = (self.mask, array.spot);
        let mut at = spot.below(mask.places.node(spot.node).map_or(0, |node| node.element));
        if !spot.is(Marks::PAYLOAD) {
            at.mark(Marks::COLUMN);
        }
        if nth == 0 {
            at.mark(Marks::FIRST);
        }
        let mut bits = vec![0; mask.patterns.words];
        if !spot.is(Marks::MUTED) {
            let mut hits = Vec::new();
            let reached = mask
                .patterns
                .element(nth, &array.bits, &mut bits, &mut |hit| hits.push(hit));
            self.stepped(&mut at, reached, &hits);
        }
        self.arrive(&mut at, &mut bits);
        (at, bits)
    }

    /// Notes the patterns that have reached a value.
    fn reach(&mut self, at: &mut Spot, whole: PatternId, text: &[PatternId]) {
        at.whole = at.whole.min(whole);
        if !text.is_empty() {
            at.text = self
                .texts
                .with(at.text, text, &self.mask.patterns, &self.mask.plan);
        }
    }

    /// Notes the patterns that the last step led to.
    fn stepped(&mut self, at: &mut Spot, reached: &Reached, hits: &[PatternId]) {
        self.reach(at, reached.whole.unwrap_or(NONE), &reached.detect);
        for hit in hits {
            match self
                .mask
                .patterns
                .all
                .get(*hit as usize)
                .map(|pattern| pattern.deed)
            {
                Some(Deed::Detect) => self.reach(at, NONE, &[*hit]),
                Some(Deed::Remove | Deed::Whole) => self.reach(at, *hit, &[]),
                None => {}
            }
        }
    }

    /// Notes what the node says about a value.
    fn arrive(&mut self, at: &mut Spot, bits: &mut Bits) {
        let Some(node) = self.mask.places.node(at.node).filter(|_| at.node != 0) else {
            return;
        };
        if node.payload {
            at.mark(Marks::PAYLOAD);
        }
        if node.vectors.is_some() {
            at.mark(Marks::VECTORS);
        }
        if node.scores.is_some() {
            at.mark(Marks::SCORES);
        }
        if !at.is(Marks::MUTED) {
            bits.iter_mut().zip(&node.bits).for_each(|(to, from)| *to |= from);
            self.reach(at, node.whole, &node.detect);
        }
    }

    /// What becomes of a value of this kind.
    pub(super) fn value(&self, state: &State, kind: ValueKind) -> Value {
        let mut at = state.spot;
        let mut becomes = Value {
            fate: Fate::Refuse,
            spot: at,
            counts: Counts::default(),
            masked: None,
        };
        let node = self.mask.places.node(at.node).filter(|_| at.node != 0);
        if let Some(expected) = node.and_then(|node| node.expects) {
            let fits = match kind {
                ValueKind::Object => expected == Container::Object,
                ValueKind::Array => expected == Container::Array,
                ValueKind::Scalar(scalar) => scalar == ScalarKind::Null,
            };
            if !fits {
                return becomes;
            }
        }
        let null = kind == ValueKind::Scalar(ScalarKind::Null);
        becomes.counts.returned = u8::from(node.is_some_and(|node| node.result) && !null);
        let counted_below = at.is(Marks::VECTORS) || node.is_some_and(|node| node.counted_below);
        let mut fate = if at.is(Marks::MUTED) {
            if counted_below { Fate::Walk } else { Fate::Copy }
        } else if node.is_some_and(|node| node.catalogue) {
            Fate::Copy
        } else {
            self.fate(&mut at, &state.bits, node, kind, &mut becomes.masked)
        };
        if at.is(Marks::VECTORS) {
            let first_number = at.is(Marks::FIRST) && kind == ValueKind::Scalar(ScalarKind::Number);
            let encoded = at.done == Done::VectorRounded && kind == ValueKind::Scalar(ScalarKind::String);
            if (first_number || encoded) && !at.is(Marks::INDICES) {
                if fate == Fate::Copy && !at.is(Marks::MUTED) {
                    becomes.counts.vectors = 1;
                } else {
                    becomes.counts.stripped = 1;
                }
            }
        }
        if let Fate::Remove(below) | Fate::Replace(below) = &mut fate {
            at.mark(Marks::MUTED);
            if counted_below {
                *below = Below::Walk;
            }
        }
        becomes.fate = fate;
        becomes.spot = at;
        becomes
    }

    /// What becomes of a value that is written, and which pattern masked the whole of it.
    fn fate(
        &self,
        at: &mut Spot,
        bits: &Bits,
        node: Option<&Node>,
        kind: ValueKind,
        masked: &mut Option<PatternId>,
    ) -> Fate {
        let mask = self.mask;
        let strips = (
            mask.plan.vectors == VectorMask::Strip,
            mask.plan.scores == ScoreMask::Strip,
        );
        if let Some(node) = node {
            let vectors = node.vectors.filter(|_| strips.0);
            let scores = node.scores.filter(|_| strips.1);
            if let Some(when) = vectors.or(scores) {
                return strip(at, when, kind);
            }
        }
        let text = at.text != 0 && self.texts.first(at.text) < at.whole;
        let string = kind == ValueKind::Scalar(ScalarKind::String);
        // A search concerns strings alone: what else stands in a searched field is left to the entries behind.
        if at.whole != NONE && (!text || matches!(kind, ValueKind::Scalar(_)) && !string) {
            return self.entry(at, node, kind, masked);
        }
        if text && string {
            at.done = Done::Searched;
            return Fate::Rewrite;
        }
        match kind {
            ValueKind::Scalar(ScalarKind::Number | ScalarKind::String) => {
                if at.is(Marks::VECTORS) && matches!(mask.plan.vectors, VectorMask::Round(_)) {
                    at.done = Done::VectorRounded;
                    return Fate::Rewrite;
                }
                if at.is(Marks::SCORES) && matches!(mask.plan.scores, ScoreMask::Round(_)) {
                    at.done = Done::ScoreRounded;
                    return Fate::Rewrite;
                }
                Fate::Copy
            }
            ValueKind::Scalar(_) => Fate::Copy,
            ValueKind::Object | ValueKind::Array => {
                let nothing_below = !mask.patterns.anywhere
                    && at.node == 0
                    && at.text == 0
                    && !at.is(Marks::VECTORS)
                    && !at.is(Marks::SCORES)
                    && bits.iter().all(|bits| *bits == 0);
                if nothing_below { Fate::Copy } else { Fate::Walk }
            }
        }
    }

    /// What the first entry that reached a value does to it.
    fn entry(
        &self,
        at: &mut Spot,
        node: Option<&Node>,
        kind: ValueKind,
        masked: &mut Option<PatternId>,
    ) -> Fate {
        let mask = self.mask;
        let pattern = mask
            .patterns
            .all
            .get(at.whole as usize)
            .map(|pattern| pattern.entry);
        let Some(entry) = pattern.and_then(|entry| mask.plan.entries.get(entry)) else {
            return Fate::Copy;
        };
        let null = kind == ValueKind::Scalar(ScalarKind::Null);
        let fate = match &entry.action {
            Action::Remove => {
                at.done = Done::Removed;
                if at.is(Marks::COLUMN) || node.is_some_and(|node| node.stays) {
                    Fate::Replace(Below::Skip)
                } else {
                    Fate::Remove(Below::Skip)
                }
            }
            Action::Redact(_) => {
                at.done = Done::Replaced;
                Fate::Replace(Below::Skip)
            }
            Action::Null if null => return Fate::Copy,
            Action::Null => {
                at.done = Done::Replaced;
                Fate::Replace(Below::Skip)
            }
            Action::Partial | Action::Hash(_) => match kind {
                ValueKind::Object | ValueKind::Array => return Fate::Walk,
                ValueKind::Scalar(ScalarKind::Null) => return Fate::Copy,
                ValueKind::Scalar(_) => {
                    at.done = Done::Changed;
                    Fate::Rewrite
                }
            },
        };
        *masked = Some(at.whole);
        fate
    }

    /// What the rewriter must know about a container that is walked into.
    pub(super) fn inside(&self, state: &State, kind: ValueKind) -> Inside {
        let (mask, at) = (self.mask, state.spot);
        let node = mask.places.node(at.node);
        let removed_anyway = || {
            let pattern = mask.patterns.all.get(at.whole as usize);
            pattern.is_some_and(|pattern| pattern.deed == Deed::Remove)
        };
        let possible = !at.is(Marks::MUTED)
            && match kind {
                ValueKind::Array => {
                    at.is(Marks::PAYLOAD)
                        && (mask.patterns.may_remove_element(&state.bits) || removed_anyway())
                }
                _ => {
                    mask.patterns.may_remove_member(&state.bits)
                        || removed_anyway()
                        || node.is_some_and(|node| node.strips_members)
                }
            };
        let element = node.and_then(|node| mask.places.node(node.element).filter(|_| node.element != 0));
        let rounded = at.is(Marks::VECTORS) && matches!(mask.plan.vectors, VectorMask::Round(_))
            || at.is(Marks::SCORES) && matches!(mask.plan.scores, ScoreMask::Round(_));
        let unreached = at.whole == NONE && mask.patterns.passes_elements(&state.bits);
        let numbers = match element {
            // Muted: all that is left to do is to count.
            _ if at.is(Marks::MUTED) && element.is_none_or(|element| !element.result) => Numbers::Copied,
            None if !at.is(Marks::MUTED) && unreached && rounded => Numbers::Alike,
            None if !at.is(Marks::MUTED) && unreached => Numbers::Copied,
            _ => Numbers::Asked,
        };
        let strings_pass = !at.is(Marks::MUTED)
            && !at.is(Marks::VECTORS)
            && !at.is(Marks::SCORES)
            && at.whole == NONE
            && at.text == 0;
        let others_pass = strings_pass
            && match kind {
                ValueKind::Array => element.is_none() && mask.patterns.passes_elements(&state.bits),
                _ => {
                    mask.places.member(at.node, OTHER) == 0
                        && (at.is(Marks::PAYLOAD) || node.is_none_or(|node| !node.strict))
                        && mask.patterns.passes_other_keys(&state.bits)
                }
            };
        Inside {
            others: if others_pass {
                Others::Copied
            } else {
                Others::Asked
            },
            removals: if possible {
                Removals::Possible
            } else {
                Removals::Never
            },
            numbers,
        }
    }
}

/// What becomes of a vector or score that is taken out.
fn strip(at: &mut Spot, when: WhenStripped, kind: ValueKind) -> Fate {
    at.done = Done::Stripped;
    match when {
        WhenStripped::Null if kind == ValueKind::Scalar(ScalarKind::Null) => Fate::Copy,
        WhenStripped::Absent if !at.is(Marks::COLUMN) => Fate::Remove(Below::Skip),
        WhenStripped::Null | WhenStripped::Absent => Fate::Replace(Below::Skip),
        WhenStripped::Zero => {
            at.done = Done::Zeroed;
            Fate::Replace(Below::Skip)
        }
    }
}
