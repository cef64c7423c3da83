//! Places as numbers, and what was found out about each: where a key leads, what becomes of a value of some kind.
//!
//! What becomes of a value follows from its [`Spot`] and the bits of the automaton there. An answer has few such pairs,
//! however long it is, so each gets a number when it is first met, and what was worked out for it is looked up from
//! then on. The tables are bounded: when they are full, all is forgotten but what is around the value being read.

use super::super::keys::KeyId;
use super::super::patterns::{Bits, PatternId};
use super::super::places::NodeId;
use super::super::texts::TextId;
use super::spot::{Done, Marks, Spot};
use crate::wire::json::rewrite::{Fate, Inside, ValueKind};
use crate::wire::json::scalar::ScalarKind;
use std::collections::BTreeMap;

/// The number of a state.
pub(super) type StateId = u16;

/// How many states are known at a time: more than there can be around one value.
const MOST: usize = 512;

/// What a table has where nothing was worked out yet.
const UNKNOWN: StateId = StateId::MAX;

/// A key that the protocol does not have there.
const REFUSED: StateId = StateId::MAX - 1;

/// What became of one kind of value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value {
    pub(super) fate: Fate,
    /// The value's place, with what was decided in it.
    pub(super) spot: Spot,
    pub(super) counts: Counts,
    /// The pattern that masked the whole value, or none.
    pub(super) masked: Option<PatternId>,
}

/// What is counted with a value.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) returned: u8,
    pub(super) vectors: u8,
    pub(super) stripped: u8,
}

/// One place and what is known about it.
#[derive(Debug)]
pub(super) struct State {
    pub(super) spot: Spot,
    pub(super) bits: Bits,
    /// Where the first element leads, and where any other.
    first: StateId,
    others: StateId,
    values: [Option<Value>; 6],
    object: Option<Inside>,
    array: Option<Inside>,
}

/// Where a key leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leads {
    /// To this state.
    To(StateId),
    /// Nowhere: the protocol does not have it.
    Nowhere,
    /// That is not known yet.
    Unknown,
}

/// What a state stands for.
type Meaning = (NodeId, Marks, PatternId, TextId, Bits);

/// All states that are known.
#[derive(Debug, Default)]
pub(super) struct States {
    keys: usize,
    all: Vec<State>,
    by_meaning: BTreeMap<Meaning, StateId>,
    /// A row for each state: where each key leads.
    members: Vec<StateId>,
    /// The states of the containers around.
    around: Vec<StateId>,
}

impl States {
    /// None yet, for so many keys.
    pub(super) fn new(keys: usize) -> States {
        States {
            keys,
            ..States::default()
        }
    }

    /// Before a document: inside nothing.
    pub(super) fn restart(&mut self) {
        self.around.clear();
    }

    /// The state of this place with these bits.
    pub(super) fn of(&mut self, spot: Spot, bits: Bits) -> StateId {
        let meaning = (spot.node, spot.marks, spot.whole, spot.text, bits);
        if let Some(id) = self.by_meaning.get(&meaning) {
            return *id;
        }
        if self.all.len() >= MOST {
            self.forget();
        }
        self.add(spot, meaning)
    }

    fn add(&mut self, spot: Spot, meaning: Meaning) -> StateId {
        let id = StateId::try_from(self.all.len()).unwrap_or(REFUSED);
        self.all.push(State {
            spot: Spot {
                state: id,
                done: Done::Nothing,
                ..spot
            },
            bits: meaning.4.clone(),
            first: UNKNOWN,
            others: UNKNOWN,
            values: [None; 6],
            object: None,
            array: None,
        });
        self.members.resize(self.all.len() * self.keys, UNKNOWN);
        self.by_meaning.insert(meaning, id);
        id
    }

    /// Keeps the containers around and nothing else.
    fn forget(&mut self) {
        let before = std::mem::replace(self, States::new(self.keys));
        for id in &before.around {
            if let Some(state) = before.all.get(usize::from(*id)) {
                let id = self.of(state.spot, state.bits.clone());
                self.around.push(id);
            }
        }
    }

    #[inline]
    pub(super) fn get(&self, id: StateId) -> Option<&State> {
        self.all.get(usize::from(id))
    }

    /// The innermost container.
    #[inline]
    pub(super) fn innermost(&self) -> StateId {
        self.around.last().copied().unwrap_or_default()
    }

    #[inline]
    pub(super) fn enter(&mut self, id: StateId) {
        self.around.push(id);
    }

    #[inline]
    pub(super) fn leave(&mut self) {
        self.around.pop();
    }

    /// Where a key of the innermost container leads.
    #[inline]
    pub(super) fn member(&self, key: KeyId) -> Leads {
        let at = usize::from(self.innermost()) * self.keys + usize::from(key);
        match self.members.get(at) {
            None | Some(&UNKNOWN) => Leads::Unknown,
            Some(&REFUSED) => Leads::Nowhere,
            Some(id) => Leads::To(*id),
        }
    }

    /// Notes where a key of the innermost container leads.
    pub(super) fn note_member(&mut self, key: KeyId, leads: Option<StateId>) {
        let at = usize::from(self.innermost()) * self.keys + usize::from(key);
        if let Some(to) = self.members.get_mut(at) {
            *to = leads.unwrap_or(REFUSED);
        }
    }

    /// Where an element of the innermost container leads, if it is known.
    #[inline]
    pub(super) fn element(&self, nth: u64) -> Option<StateId> {
        let array = self.get(self.innermost())?;
        let id = if nth == 0 { array.first } else { array.others };
        (id != UNKNOWN).then_some(id)
    }

    /// Notes where an element of the innermost container leads.
    pub(super) fn note_element(&mut self, nth: u64, leads: StateId) {
        let innermost = usize::from(self.innermost());
        if let Some(state) = self.all.get_mut(innermost) {
            *(if nth == 0 {
                &mut state.first
            } else {
                &mut state.others
            }) = leads;
        }
    }

    /// What becomes of a value, if it is known.
    #[inline]
    pub(super) fn value(&self, id: StateId, kind: ValueKind) -> Option<&Value> {
        self.get(id)?.values.get(number(kind))?.as_ref()
    }

    /// Notes what becomes of a value.
    pub(super) fn note_value(&mut self, id: StateId, kind: ValueKind, value: Value) {
        let state = self.all.get_mut(usize::from(id));
        if let Some(to) = state.and_then(|state| state.values.get_mut(number(kind))) {
            *to = Some(value);
        }
    }

    /// What the rewriter must know about a container, if it is known.
    #[inline]
    pub(super) fn inside(&self, id: StateId, kind: ValueKind) -> Option<Inside> {
        let state = self.get(id)?;
        if kind == ValueKind::Array {
            state.array
        } else {
            state.object
        }
    }

    /// Notes what the rewriter must know about a container.
    pub(super) fn note_inside(&mut self, id: StateId, kind: ValueKind, inside: Inside) {
        if let Some(state) = self.all.get_mut(usize::from(id)) {
            let to = if kind == ValueKind::Array {
                &mut state.array
            } else {
                &mut state.object
            };
            *to = Some(inside);
        }
    }
}

#[inline]
fn number(kind: ValueKind) -> usize {
    match kind {
        ValueKind::Scalar(ScalarKind::String) => 0,
        ValueKind::Scalar(ScalarKind::Number) => 1,
        ValueKind::Scalar(ScalarKind::Bool) => 2,
        ValueKind::Scalar(ScalarKind::Null) => 3,
        ValueKind::Object => 4,
        ValueKind::Array => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(node: NodeId) -> Spot {
        Spot {
            node,
            ..Spot::OUTSIDE
        }
    }

    #[test]
    fn a_full_table_forgets_all_but_what_is_around() {
        let mut states = States::new(2);
        let root = states.of(spot(1), vec![7]);
        states.enter(root);
        states.note_member(1, Some(root));
        let inner = states.of(spot(2), vec![8]);
        states.enter(inner);
        assert_eq!(
            (states.of(spot(1), vec![7]), states.of(spot(2), vec![8])),
            (root, inner)
        );
        for n in 0..10_000 {
            let id = states.of(spot(3), vec![n]);
            assert!(states.all.len() <= MOST);
            assert_eq!(states.get(id).map(|state| state.bits.clone()), Some(vec![n]));
            let innermost = states.get(states.innermost()).map(|state| state.spot.node);
            assert_eq!(innermost, Some(2), "after {n} others");
        }
        states.leave();
        assert_eq!(
            states.get(states.innermost()).map(|state| state.bits.clone()),
            Some(vec![7])
        );
        assert_eq!(
            states.member(1),
            Leads::Unknown,
            "what was noted is gone with the rest"
        );
    }
}
