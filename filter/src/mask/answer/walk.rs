//! The walk through an answer: at each value, what has reached it and what becomes of it.

use super::CompiledMask;
use super::keys::OTHER;
use super::patterns::{Deed, NONE, PatternId, Reached};
use super::places::{Container, Node, NodeId};
use super::texts::{Found, TextId, Texts};
use crate::mask::action::ScalarAction;
use crate::mask::plan::{Action, ScoreMask, VectorMask};
use crate::mask::shape::WhenStripped;
use crate::mask::tally::Tally;
use crate::wire::json::number::Round;
use crate::wire::json::rewrite::{
    Below, Fate, Handler, Inside, Numbers, Others, Removals, Unexpected, ValueKind,
};
use crate::wire::json::scalar::{ScalarKind, ScalarRewriter};
use std::sync::Arc;

/// A value, as far as its place says what becomes of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    node: NodeId,
    marks: Marks,
    /// What was decided about it.
    done: Done,
    /// The first pattern that reached it, or something around it, and concerns the whole value; or [`NONE`].
    whole: PatternId,
    /// The patterns that reached it, or something around it, and search text.
    text: TextId,
}

/// What was decided about a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    /// It stays.
    Nothing,
    /// An entry took it out.
    Removed,
    /// An entry put a text or null in its place.
    Replaced,
    /// An entry changes each scalar of it.
    Changed,
    /// Its text is searched.
    Searched,
    /// A vector or score was taken out.
    Stripped,
    /// Its numbers are rounded.
    VectorRounded,
    ScoreRounded,
}

/// Yes-or-no facts about a value's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Marks(u8);

impl Marks {
    /// Nothing of it is written.
    const MUTED: Marks = Marks(1);
    /// Inside a vector, or what holds vectors.
    const VECTORS: Marks = Marks(1 << 1);
    /// Inside the `indices` of a sparse vector.
    const INDICES: Marks = Marks(1 << 2);
    /// Inside a score, or a column of scores.
    const SCORES: Marks = Marks(1 << 3);
    /// In a payload or below.
    const PAYLOAD: Marks = Marks(1 << 4);
    /// All that holds for what is below, too.
    const INHERITED: Marks = Marks(0b11111);
    /// An element of an array that is no part of a payload: a place in a column, which must stay.
    const COLUMN: Marks = Marks(1 << 5);
    /// The first element of an array.
    const FIRST: Marks = Marks(1 << 6);

    fn has(self, marks: Marks) -> bool {
        self.0 & marks.0 == marks.0
    }

    fn inherited(self) -> Marks {
        Marks(self.0 & Marks::INHERITED.0)
    }
}

/// One walk through one answer.
pub(super) struct Walk {
    mask: Arc<CompiledMask>,
    root: Spot,
    live: Live,
}

/// What changes while walking.
struct Live {
    /// The bits of the automaton in each container around, and those of the value that was met last.
    bits: Vec<u64>,
    next: Vec<u64>,
    hits: Vec<PatternId>,
    texts: Texts,
    actions: Vec<ScalarAction>,
    round_vectors: Round,
    round_scores: Round,
    /// How often each pattern masked a whole value.
    masked: Vec<u64>,
    counts: Tally,
}

impl Walk {
    pub(super) fn new(mask: Arc<CompiledMask>) -> Walk {
        let vectors = match mask.plan.vectors {
            VectorMask::Round(decimals) => decimals,
            VectorMask::Pass | VectorMask::Strip => 0,
        };
        let scores = match mask.plan.scores {
            ScoreMask::Round(decimals) => decimals,
            ScoreMask::Pass | ScoreMask::Strip => 0,
        };
        let mut walk = Walk {
            root: Spot::OUTSIDE,
            live: Live {
                bits: Vec::new(),
                next: vec![0; mask.patterns.words],
                hits: Vec::new(),
                texts: Texts::new(&mask.patterns),
                actions: mask
                    .plan
                    .entries
                    .iter()
                    .map(|entry| ScalarAction::new(&entry.action))
                    .collect(),
                round_vectors: Round::new(vectors),
                round_scores: Round::new(scores),
                masked: vec![0; mask.patterns.all.len()],
                counts: Tally::default(),
            },
            mask,
        };
        walk.reset();
        walk
    }

    pub(super) fn root(&self) -> Spot {
        self.root
    }

    pub(super) fn reset(&mut self) {
        let Walk { mask, root, live } = self;
        live.bits.clear();
        live.next.fill(0);
        live.texts.reset();
        live.masked.fill(0);
        live.counts = Tally::default();
        *root = Spot {
            node: mask.places.root,
            marks: Marks::COLUMN,
            ..Spot::OUTSIDE
        };
        live.arrive(mask, root);
    }

    pub(super) fn given(&self) -> (u64, u64) {
        (self.live.counts.returned, self.live.counts.vectors)
    }

    pub(super) fn tally(&self) -> Tally {
        let mut tally = self.live.counts.clone();
        let label = |n: usize| {
            self.mask
                .patterns
                .all
                .get(n)
                .map_or("", |pattern| pattern.label.as_str())
        };
        for (n, times) in self
            .live
            .masked
            .iter()
            .enumerate()
            .filter(|(_, times)| **times > 0)
        {
            *tally.masked.entry(label(n).to_owned()).or_default() += times;
        }
        for (n, detector, times) in self.live.texts.found() {
            *tally
                .masked
                .entry(format!("{}/{}", label(n), detector.as_str()))
                .or_default() += times;
        }
        tally
    }
}

impl Spot {
    /// Nowhere, and reached by nothing.
    const OUTSIDE: Spot = Spot {
        node: 0,
        marks: Marks(0),
        done: Done::Nothing,
        whole: NONE,
        text: 0,
    };

    /// One step below this one.
    #[inline]
    fn below(self, node: NodeId) -> Spot {
        Spot {
            node,
            marks: self.marks.inherited(),
            done: Done::Nothing,
            ..self
        }
    }

    fn is(&self, marks: Marks) -> bool {
        self.marks.has(marks)
    }

    fn mark(&mut self, marks: Marks) {
        self.marks = Marks(self.marks.0 | marks.0);
    }
}

impl Live {
    /// The bits of the innermost container.
    fn top(&self) -> usize {
        self.bits.len().saturating_sub(self.next.len())
    }

    /// Notes the patterns that have reached a value.
    fn reach(&mut self, mask: &CompiledMask, at: &mut Spot, whole: PatternId, text: &[PatternId]) {
        at.whole = at.whole.min(whole);
        if !text.is_empty() {
            at.text = self.texts.with(at.text, text, &mask.patterns, &mask.plan);
        }
    }

    /// Notes the patterns that the last step led to.
    #[inline]
    fn stepped(&mut self, mask: &CompiledMask, at: &mut Spot, reached: &Reached) {
        if !reached.is_empty() {
            self.reach(mask, at, reached.whole.unwrap_or(NONE), &reached.detect);
        }
        if !self.hits.is_empty() {
            let hits = std::mem::take(&mut self.hits);
            for hit in &hits {
                match mask.patterns.all.get(*hit as usize).map(|pattern| pattern.deed) {
                    Some(Deed::Detect) => self.reach(mask, at, NONE, &[*hit]),
                    Some(Deed::Remove | Deed::Whole) => self.reach(mask, at, *hit, &[]),
                    None => {}
                }
            }
            self.hits = hits;
            self.hits.clear();
        }
    }

    /// Notes what the node says about a value.
    #[inline]
    fn arrive(&mut self, mask: &CompiledMask, at: &mut Spot) {
        if at.node == 0 {
            return;
        }
        let Some(node) = mask.places.node(at.node) else {
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
            self.next
                .iter_mut()
                .zip(&node.bits)
                .for_each(|(to, from)| *to |= from);
            self.reach(mask, at, node.whole, &node.detect);
        }
    }

    /// What becomes of a value that is written.
    #[inline]
    fn fate(&mut self, mask: &CompiledMask, at: &mut Spot, node: Option<&Node>, kind: ValueKind) -> Fate {
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
            return self.entry(mask, at, node, kind);
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
                    && self.next.iter().all(|bits| *bits == 0);
                if nothing_below { Fate::Copy } else { Fate::Walk }
            }
        }
    }

    /// What the first entry that reached a value does to it.
    fn entry(&mut self, mask: &CompiledMask, at: &mut Spot, node: Option<&Node>, kind: ValueKind) -> Fate {
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
        if let Some(count) = self.masked.get_mut(at.whole as usize) {
            *count += 1;
        }
        fate
    }

    /// What writes another value for this one.
    fn rewriter(&mut self, mask: &CompiledMask, at: Spot) -> &mut dyn ScalarRewriter {
        match at.done {
            Done::VectorRounded => return &mut self.round_vectors,
            Done::Searched => {
                if let Some(masker) = self.texts.masker(at.text) {
                    return masker;
                }
            }
            Done::Changed => {
                let entry = mask
                    .patterns
                    .all
                    .get(at.whole as usize)
                    .map_or(usize::MAX, |pattern| pattern.entry);
                if let Some(action) = self.actions.get_mut(entry) {
                    return action;
                }
            }
            _ => {}
        }
        &mut self.round_scores
    }
}

/// What becomes of a vector or score that is taken out.
fn strip(at: &mut Spot, when: WhenStripped, kind: ValueKind) -> Fate {
    at.done = Done::Stripped;
    match when {
        WhenStripped::Null if kind == ValueKind::Scalar(ScalarKind::Null) => Fate::Copy,
        WhenStripped::Absent if !at.is(Marks::COLUMN) => Fate::Remove(Below::Skip),
        WhenStripped::Null | WhenStripped::Absent => Fate::Replace(Below::Skip),
    }
}

impl Handler for Walk {
    type Place = Spot;

    #[inline]
    fn member(&mut self, object: Spot, _: u64, key: Option<&[u8]>) -> Result<Spot, Unexpected> {
        let Walk { mask, live, .. } = self;
        let id = key.map_or(OTHER, |key| mask.keys.id(key));
        let mut at = object.below(mask.places.member(object.node, id));
        if object.node != 0
            && at.node == 0
            && !object.is(Marks::PAYLOAD)
            && mask.places.node(object.node).is_some_and(|node| node.strict)
        {
            return Err(Unexpected);
        }
        if id == mask.indices && object.is(Marks::VECTORS) {
            at.mark(Marks::INDICES);
        }
        if !object.is(Marks::MUTED) {
            let from = live.top();
            let Live { bits, next, hits, .. } = live;
            let from = bits.get(from..).unwrap_or_default();
            let reached = mask.patterns.key(id, from, next, &mut |hit| hits.push(hit));
            live.stepped(mask, &mut at, reached);
        }
        live.arrive(mask, &mut at);
        Ok(at)
    }

    fn element(&mut self, array: Spot, nth: u64) -> Spot {
        let Walk { mask, live, .. } = self;
        let mut at = array.below(mask.places.node(array.node).map_or(0, |node| node.element));
        if !array.is(Marks::PAYLOAD) {
            at.mark(Marks::COLUMN);
        }
        if nth == 0 {
            at.mark(Marks::FIRST);
        }
        if !array.is(Marks::MUTED) {
            let from = live.top();
            let Live { bits, next, hits, .. } = live;
            let from = bits.get(from..).unwrap_or_default();
            let reached = mask.patterns.element(nth, from, next, &mut |hit| hits.push(hit));
            live.stepped(mask, &mut at, reached);
        }
        live.arrive(mask, &mut at);
        at
    }

    #[inline]
    fn value(&mut self, at: &mut Spot, kind: ValueKind) -> Fate {
        let Walk { mask, live, .. } = self;
        let node = if at.node == 0 {
            None
        } else {
            mask.places.node(at.node)
        };
        if let Some(expected) = node.and_then(|node| node.expects) {
            let fits = match kind {
                ValueKind::Object => expected == Container::Object,
                ValueKind::Array => expected == Container::Array,
                ValueKind::Scalar(scalar) => scalar == ScalarKind::Null,
            };
            if !fits {
                return Fate::Refuse;
            }
        }
        if node.is_some_and(|node| node.result) && kind != ValueKind::Scalar(ScalarKind::Null) {
            live.counts.returned += 1;
        }
        let counted_below = at.is(Marks::VECTORS) || node.is_some_and(|node| node.counted_below);
        let mut fate = if at.is(Marks::MUTED) {
            if counted_below { Fate::Walk } else { Fate::Copy }
        } else if node.is_some_and(|node| node.catalogue) {
            Fate::Copy
        } else {
            live.fate(mask, at, node, kind)
        };
        if at.is(Marks::VECTORS) {
            let first_number = at.is(Marks::FIRST) && kind == ValueKind::Scalar(ScalarKind::Number);
            let encoded = at.done == Done::VectorRounded && kind == ValueKind::Scalar(ScalarKind::String);
            if (first_number || encoded) && !at.is(Marks::INDICES) {
                if fate == Fate::Copy && !at.is(Marks::MUTED) {
                    live.counts.vectors += 1;
                } else {
                    live.counts.vectors_stripped += 1;
                }
            }
        }
        if let Fate::Remove(below) | Fate::Replace(below) = &mut fate {
            at.mark(Marks::MUTED);
            if counted_below {
                *below = Below::Walk;
            }
        }
        fate
    }

    fn enter(&mut self, at: Spot, kind: ValueKind) -> Inside {
        let Walk { mask, live, .. } = self;
        live.bits.extend_from_slice(&live.next);
        let node = mask.places.node(at.node);
        let removed_anyway = || {
            let pattern = mask.patterns.all.get(at.whole as usize);
            pattern.is_some_and(|pattern| pattern.deed == Deed::Remove)
        };
        let possible = !at.is(Marks::MUTED)
            && match kind {
                ValueKind::Array => {
                    at.is(Marks::PAYLOAD)
                        && (mask.patterns.may_remove_element(&live.next) || removed_anyway())
                }
                _ => {
                    mask.patterns.may_remove_member(&live.next)
                        || removed_anyway()
                        || node.is_some_and(|node| node.strips_members)
                }
            };
        let element = node.and_then(|node| mask.places.node(node.element).filter(|_| node.element != 0));
        let rounded = at.is(Marks::VECTORS) && matches!(mask.plan.vectors, VectorMask::Round(_))
            || at.is(Marks::SCORES) && matches!(mask.plan.scores, ScoreMask::Round(_));
        let copied = match element {
            // Muted: all that is left to do is to count.
            _ if at.is(Marks::MUTED) => element.is_none_or(|element| !element.result),
            Some(_) => false,
            None => !rounded && at.whole == NONE && mask.patterns.passes_elements(&live.next),
        };
        let others_pass = kind == ValueKind::Object
            && !at.is(Marks::MUTED)
            && !at.is(Marks::VECTORS)
            && !at.is(Marks::SCORES)
            && at.whole == NONE
            && at.text == 0
            && mask.places.member(at.node, OTHER) == 0
            && (at.is(Marks::PAYLOAD) || node.is_none_or(|node| !node.strict))
            && mask.patterns.passes_other_keys(&live.next);
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
            numbers: if copied { Numbers::Copied } else { Numbers::Asked },
        }
    }

    fn leave(&mut self) {
        let top = self.live.top();
        self.live.bits.truncate(top);
    }

    fn removes(&self, at: Spot) -> bool {
        let pattern = self.mask.patterns.all.get(at.whole as usize);
        let stays = self.mask.places.node(at.node).is_some_and(|node| node.stays);
        !stays && pattern.is_some_and(|pattern| pattern.deed == Deed::Remove)
    }

    fn replacement(&self, at: Spot) -> &[u8] {
        if at.done == Done::Replaced {
            let pattern = self.mask.patterns.all.get(at.whole as usize);
            if let Some(json) = pattern.and_then(|pattern| self.mask.redacted.get(pattern.entry)) {
                return json;
            }
        }
        b"null"
    }

    fn rewriter(&mut self, at: Spot) -> &mut dyn ScalarRewriter {
        self.live.rewriter(&self.mask, at)
    }

    fn masked(&mut self, at: Spot, bytes: u64) {
        let Walk { mask, live, .. } = self;
        let counts = match at.done {
            Done::Removed | Done::Replaced | Done::Changed => true,
            Done::Searched => live.texts.count(at.text, &mask.patterns, &mask.plan) == Found::Something,
            Done::Nothing | Done::Stripped | Done::VectorRounded | Done::ScoreRounded => false,
        };
        if counts {
            live.counts.masked_bytes += bytes;
        }
    }

    #[inline]
    fn knows(&self, key: &[u8]) -> bool {
        self.mask.keys.id(key) != OTHER
    }

    fn longest_key(&self) -> usize {
        self.mask.keys.longest()
    }
}
