//! The walk through an answer: at each value, what has reached it and what becomes of it.
//!
//! What follows from a value's [place](spot) is [worked out](step) once and [looked up](states) from then on, so that
//! a step costs no more than finding the number of its key. What was worked out is handed on from one answer to the
//! next of the same mask.

mod spot;
mod states;
mod step;

use super::CompiledMask;
use super::keys::{KeyId, OTHER};
use super::patterns::Deed;
use super::texts::{Found, Texts};
use crate::mask::action::ScalarAction;
use crate::mask::plan::{ScoreMask, VectorMask};
use crate::mask::tally::Tally;
use crate::wire::json::rewrite::{Fate, Handler, Inside, Numbers, Others, Removals, Unexpected, ValueKind};
use crate::wire::json::round::Round;
use crate::wire::json::scalar::ScalarRewriter;
pub(super) use spot::Spot;
use spot::{Done, Marks};
use states::{Counts, Leads, StateId, States, Value};
use std::fmt;
use std::sync::{Arc, Mutex};
use step::Steps;

/// How many walks that are over are kept for the next answers of a mask.
const MOST_IDLE: usize = 4;

/// Walks that are over, ready to begin again.
#[derive(Default)]
pub(super) struct Idle(Mutex<Vec<Live>>);

impl fmt::Debug for Idle {
    /// They may hold pieces of values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Idle(…)")
    }
}

/// One walk through one answer.
pub(super) struct Walk {
    mask: Arc<CompiledMask>,
    root: Spot,
    live: Live,
}

/// What changes while walking.
#[derive(Default)]
struct Live {
    states: States,
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
        let idle = mask.idle.0.lock().ok().and_then(|mut idle| idle.pop());
        let mut walk = Walk {
            root: Spot::OUTSIDE,
            live: idle.unwrap_or_else(|| Live::new(&mask)),
            mask,
        };
        walk.reset();
        walk
    }

    pub(super) fn root(&self) -> Spot {
        self.root
    }

    pub(super) fn reset(&mut self) {
        let live = &mut self.live;
        live.texts.reset();
        live.masked.fill(0);
        live.counts = Tally::default();
        self.again();
    }

    /// Goes back to where a document begins, and counts on.
    pub(super) fn again(&mut self) {
        let Walk { mask, root, live } = self;
        live.states.restart();
        let (spot, bits) = live.steps(mask).root();
        *root = Spot {
            state: live.states.of(spot, bits),
            ..spot
        };
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

impl Drop for Walk {
    /// What was worked out serves the next answer.
    fn drop(&mut self) {
        if let Ok(mut idle) = self.mask.idle.0.lock()
            && idle.len() < MOST_IDLE
        {
            idle.push(std::mem::take(&mut self.live));
        }
    }
}

impl Live {
    fn new(mask: &CompiledMask) -> Live {
        let vectors = match mask.plan.vectors {
            VectorMask::Round(decimals) => decimals,
            VectorMask::Pass | VectorMask::Strip => 0,
        };
        let scores = match mask.plan.scores {
            ScoreMask::Round(decimals) => decimals,
            ScoreMask::Pass | ScoreMask::Strip => 0,
        };
        let actions = mask
            .plan
            .entries
            .iter()
            .map(|entry| ScalarAction::new(&entry.action));
        Live {
            states: States::new(mask.keys.len()),
            texts: Texts::new(&mask.patterns),
            actions: actions.collect(),
            round_vectors: Round::new(vectors),
            round_scores: Round::new(scores),
            masked: vec![0; mask.patterns.all.len()],
            counts: Tally::default(),
        }
    }

    fn steps<'a>(&'a mut self, mask: &'a CompiledMask) -> Steps<'a> {
        Steps {
            mask,
            texts: &mut self.texts,
        }
    }

    fn spot(&self, id: StateId) -> Spot {
        self.states.get(id).map_or(Spot::OUTSIDE, |state| state.spot)
    }

    /// Works out where a key leads.
    #[cold]
    fn find_member(&mut self, mask: &CompiledMask, key: u16) -> Option<Spot> {
        let Live { states, texts, .. } = self;
        let object = states.get(states.innermost())?;
        let leads = Steps { mask, texts }.member(object, key);
        let id = leads.map(|(spot, bits)| states.of(spot, bits));
        states.note_member(key, id);
        id.map(|id| self.spot(id))
    }

    /// Works out where an element leads.
    #[cold]
    fn find_element(&mut self, mask: &CompiledMask, nth: u64) -> Spot {
        let Live { states, texts, .. } = self;
        let Some(array) = states.get(states.innermost()) else {
            return Spot::OUTSIDE;
        };
        let (spot, bits) = Steps { mask, texts }.element(array, nth);
        let counts_them = mask.patterns.asks_for_index(&array.bits);
        let id = states.of(spot, bits);
        if !counts_them {
            states.note_element(nth, id);
        }
        self.spot(id)
    }

    /// Works out what becomes of a value.
    #[cold]
    fn find_value(&mut self, mask: &CompiledMask, at: Spot, kind: ValueKind) -> Option<Value> {
        let Live { states, texts, .. } = self;
        let state = states.get(at.state)?;
        let mut value = Steps { mask, texts }.value(state, kind);
        let mut id = at.state;
        if value.spot.is(Marks::MUTED) && !at.is(Marks::MUTED) {
            let (spot, bits) = (state.spot, state.bits.clone());
            value.spot.state = states.of(value.spot, vec![0; mask.patterns.words]);
            // The state itself may have been forgotten over that.
            id = states.of(spot, bits);
        }
        states.note_value(id, kind, value);
        Some(value)
    }

    /// Works out what the rewriter must know about a container.
    #[cold]
    fn find_inside(&mut self, mask: &CompiledMask, at: Spot, kind: ValueKind) -> Option<Inside> {
        let Live { states, texts, .. } = self;
        let inside = Steps { mask, texts }.inside(states.get(at.state)?, kind);
        states.note_inside(at.state, kind, inside);
        Some(inside)
    }

    fn count(&mut self, value: &Value) {
        let Counts {
            returned,
            vectors,
            stripped,
        } = value.counts;
        self.counts.returned += u64::from(returned);
        self.counts.vectors += u64::from(vectors);
        self.counts.vectors_stripped += u64::from(stripped);
        if let Some(count) = value.masked.and_then(|id| self.masked.get_mut(id as usize)) {
            *count += 1;
        }
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

impl Handler for Walk {
    type Place = Spot;
    type Known = KeyId;

    #[inline]
    fn member(&mut self, object: Spot, nth: u64, key: Option<&[u8]>) -> Result<Spot, Unexpected> {
        let id = key.map_or(OTHER, |key| self.mask.keys.id(key));
        self.known_member(object, nth, id)
    }

    #[inline]
    fn known_member(&mut self, _: Spot, _: u64, id: KeyId) -> Result<Spot, Unexpected> {
        let Walk { mask, live, .. } = self;
        match live.states.member(id) {
            Leads::To(id) => Ok(live.spot(id)),
            Leads::Nowhere => Err(Unexpected),
            Leads::Unknown => live.find_member(mask, id).ok_or(Unexpected),
        }
    }

    #[inline]
    fn element(&mut self, _: Spot, nth: u64) -> Spot {
        let Walk { mask, live, .. } = self;
        match live.states.element(nth) {
            Some(id) => live.spot(id),
            None => live.find_element(mask, nth),
        }
    }

    #[inline]
    fn value(&mut self, at: &mut Spot, kind: ValueKind) -> Fate {
        let Walk { mask, live, .. } = self;
        let value = match live.states.value(at.state, kind) {
            Some(value) => *value,
            None => match live.find_value(mask, *at, kind) {
                Some(value) => value,
                None => return Fate::Refuse,
            },
        };
        live.count(&value);
        *at = value.spot;
        value.fate
    }

    #[inline]
    fn enter(&mut self, at: Spot, kind: ValueKind) -> Inside {
        let Walk { mask, live, .. } = self;
        let inside = live.states.inside(at.state, kind);
        let inside = inside.or_else(|| live.find_inside(mask, at, kind));
        live.states.enter(at.state);
        inside.unwrap_or(Inside {
            others: Others::Asked,
            removals: Removals::Possible,
            numbers: Numbers::Asked,
        })
    }

    #[inline]
    fn leave(&mut self) {
        self.live.states.leave();
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
        if at.done == Done::Zeroed { b"0" } else { b"null" }
    }

    fn rewriter(&mut self, at: Spot) -> &mut dyn ScalarRewriter {
        self.live.rewriter(&self.mask, at)
    }

    fn masked(&mut self, at: Spot, bytes: u64) {
        let Walk { mask, live, .. } = self;
        let counts = match at.done {
            Done::Removed | Done::Replaced | Done::Changed => true,
            Done::Searched => live.texts.count(at.text, &mask.patterns, &mask.plan) == Found::Something,
            Done::Nothing | Done::Stripped | Done::Zeroed | Done::VectorRounded | Done::ScoreRounded => false,
        };
        if counts {
            live.counts.masked_bytes += bytes;
        }
    }

    #[inline]
    fn known(&self, key: &[u8]) -> Option<KeyId> {
        Some(self.mask.keys.id(key)).filter(|id| *id != OTHER)
    }

    fn longest_key(&self) -> usize {
        self.mask.keys.longest()
    }
}
