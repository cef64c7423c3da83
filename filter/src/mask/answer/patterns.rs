//! All field names and paths of a plan as one automaton, a bit for each step that some value may take next.
//!
//! A pattern of `n` steps has a bit for each of its steps; a set bit means that this step may be taken next. Taking a
//! key or an element moves the bits whose step it is to the next step, and where that was the last, the pattern has
//! reached the value. Field names begin anywhere, so their first step needs no bit: it is looked up by key alone,
//! and most plans need no bits at all.
//!
//! - [`draft`]: the patterns as they are read, and made into the automaton. [`step`]: one step of one.

mod draft;
mod step;

use super::keys::{KeyId, Keys};
use crate::wire::json::path::{FieldPattern, FieldStep};
pub(super) use draft::Draft;
use step::Step;

/// A pattern of a plan, by its place in the order of the policy.
pub(super) type PatternId = u32;

/// No pattern; later than all.
pub(super) const NONE: PatternId = PatternId::MAX;

/// One field name or path of an entry.
#[derive(Debug)]
pub(super) struct Pattern {
    /// As the policy has it.
    pub(super) label: String,
    /// Which entry it belongs to.
    pub(super) entry: usize,
    pub(super) deed: Deed,
    selects: Selects,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Selects {
    Field,
    Path,
}

/// What a pattern does where it reaches a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// The value goes, with its key.
    Remove,
    /// Something else happens to the whole value.
    Whole,
    /// Its text is searched.
    Detect,
}

/// The patterns that reach a value.
#[derive(Clone, Debug, Default)]
pub(super) struct Reached {
    /// The first of those that concern the whole value, or [`NONE`].
    pub(super) whole: Option<PatternId>,
    /// Those that search its text, in order.
    pub(super) detect: Vec<PatternId>,
}

impl Reached {
    pub(super) fn is_empty(&self) -> bool {
        self.whole.is_none() && self.detect.is_empty()
    }

    fn add(&mut self, id: PatternId, deed: Deed) {
        if deed == Deed::Detect {
            if let Err(at) = self.detect.binary_search(&id) {
                self.detect.insert(at, id);
            }
        } else {
            self.whole = Some(self.whole.map_or(id, |first| first.min(id)));
        }
    }

    fn extend(&mut self, other: &Reached, patterns: &[Pattern]) {
        for id in other.whole.iter().chain(&other.detect) {
            if let Some(pattern) = patterns.get(*id as usize) {
                self.add(*id, pattern.deed);
            }
        }
    }
}

/// A set of bits, as many words as the plan needs.
pub(super) type Bits = Vec<u64>;

/// The automaton.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    pub(super) all: Vec<Pattern>,
    /// How many words a set of bits has; 0 where no pattern needs a bit.
    pub(super) words: usize,
    bits: Vec<Bit>,
    /// For each key, the bits whose step it is.
    key: Vec<u64>,
    /// For each key, the bits of second steps that it leads to from anywhere.
    key_starts: Vec<u64>,
    /// For each key, the patterns that are no more than it.
    key_reached: Vec<Reached>,
    /// The bits whose step any element is; those that ask for its index.
    element: Bits,
    indexed: Bits,
    element_starts: Bits,
    pub(super) element_reached: Reached,
    /// The bits that are last steps; the ones among them of patterns that remove.
    last: Bits,
    removes: Bits,
    /// The bits that stay whatever step is taken (`..`), and those that stay where it is an element.
    stay: Bits,
    stay_element: Bits,
    /// What begins at a payload: bits, and what has reached it already (`$`).
    pub(super) payload: Bits,
    pub(super) payload_reached: Reached,
    /// Some pattern may begin anywhere, so nothing is passed over without looking.
    pub(super) anywhere: bool,
    /// A single key, wherever it stands, may be removed.
    pub(super) removes_keys: bool,
    /// The same for elements.
    pub(super) removes_elements: bool,
    nothing: Reached,
}

/// One step that may be taken next.
#[derive(Debug)]
struct Bit {
    pattern: PatternId,
    step: Step,
    ahead: Ahead,
    descends: Descends,
    begins: Begins,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ahead {
    More,
    Last,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Descends {
    No,
    /// The step is taken here or anywhere below.
    Yes,
}

/// Where the pattern of a bit begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begins {
    /// Anywhere; array levels are passed through.
    Anywhere,
    /// At a payload, with this bit; every level counts.
    Payload,
    /// At a payload, with an earlier bit.
    PayloadBefore,
}

/// What a step from one set of bits led to.
pub(super) type Hit<'a> = &'a mut dyn FnMut(PatternId);

impl Patterns {
    /// Takes a key: from the bits `from` to the bits `to`. `hit` gets each pattern that reaches the value.
    #[inline]
    pub(super) fn key(&self, id: KeyId, from: &[u64], to: &mut [u64], hit: Hit) -> &Reached {
        if self.words > 0 {
            let row = usize::from(id) * self.words;
            let takes = self.key.get(row..).unwrap_or_default();
            let starts = self.key_starts.get(row..).unwrap_or_default();
            self.step(
                from,
                to,
                |word| takes.get(word).copied().unwrap_or_default(),
                starts,
                &[],
                hit,
            );
        }
        self.key_reached.get(usize::from(id)).unwrap_or(&self.nothing)
    }

    /// Takes the `nth` element.
    pub(super) fn element(&self, nth: u64, from: &[u64], to: &mut [u64], hit: Hit) -> &Reached {
        let takes = |word: usize| {
            let active = from.get(word).copied().unwrap_or_default();
            let mut takes = self.element.get(word).copied().unwrap_or_default();
            for n in ones(active & self.indexed.get(word).copied().unwrap_or_default()) {
                if self
                    .bits
                    .get(word * 64 + n)
                    .is_some_and(|bit| bit.step.takes_element(nth))
                {
                    takes |= 1 << n;
                }
            }
            takes
        };
        self.step(from, to, takes, &self.element_starts, &self.stay_element, hit);
        &self.element_reached
    }

    /// Takes any element, for a value of which it is not known which one it is.
    pub(super) fn some_element(&self, from: &[u64], to: &mut [u64], hit: Hit) {
        let at = |set: &[u64], word: usize| set.get(word).copied().unwrap_or_default();
        let takes = |word| at(&self.element, word) | at(&self.indexed, word);
        self.step(from, to, takes, &self.element_starts, &self.stay_element, hit);
    }

    #[inline]
    fn step(
        &self,
        from: &[u64],
        to: &mut [u64],
        takes: impl Fn(usize) -> u64,
        starts: &[u64],
        stays: &[u64],
        hit: Hit,
    ) {
        // By index: most plans need one word, for which a loop over zipped slices costs more than the step.
        let at = |set: &[u64], word: usize| set.get(word).copied().unwrap_or_default();
        let mut carry = 0;
        for (word, to) in to.iter_mut().enumerate() {
            let from = at(from, word);
            let taken = from & takes(word);
            let last = at(&self.last, word);
            let on = taken & !last;
            let stays = at(&self.stay, word) | at(stays, word);
            *to = on << 1 | carry | from & stays | at(starts, word);
            carry = on >> 63;
            if taken & last != 0 {
                for n in ones(taken & last) {
                    if let Some(bit) = self.bits.get(word * 64 + n) {
                        hit(bit.pattern);
                    }
                }
            }
        }
    }

    /// Where a value stands that is the content of this payload field, wherever it is found: the bits there, and
    /// the patterns that reach it or something around it.
    pub(super) fn follow(&self, path: &[&str], keys: &Keys) -> (Bits, Reached) {
        let mut bits = self.payload.clone();
        let mut reached = self.payload_reached.clone();
        for key in path {
            let mut next = vec![0; self.words];
            let mut hits = Vec::new();
            let single = self.key(keys.id(key.as_bytes()), &bits, &mut next, &mut |id| hits.push(id));
            reached.extend(single, &self.all);
            bits = next;
            // Arrays on the way are not in the name: the value may stand in any of their elements.
            loop {
                let mut inside = vec![0; self.words];
                self.some_element(&bits, &mut inside, &mut |id| hits.push(id));
                let before = bits.clone();
                bits.iter_mut()
                    .zip(inside)
                    .for_each(|(bits, inside)| *bits |= inside);
                if bits == before {
                    break;
                }
            }
            reached.extend(&self.element_reached, &self.all);
            for id in hits {
                self.reach(&mut reached, id);
            }
        }
        (bits, reached)
    }

    /// The patterns that reach text kept beside the payload under this name.
    pub(super) fn text(&self, name: &str) -> Reached {
        let mut reached = Reached::default();
        let label = FieldPattern {
            steps: vec![FieldStep::Key(name.to_owned())],
        }
        .to_string();
        for (id, pattern) in (0..).zip(&self.all) {
            if pattern.selects == Selects::Field && pattern.label == label {
                self.reach(&mut reached, id);
            }
        }
        reached
    }

    fn reach(&self, reached: &mut Reached, id: PatternId) {
        if let Some(pattern) = self.all.get(id as usize) {
            reached.add(id, pattern.deed);
        }
    }

    /// Whether a member of an object with these bits may be removed.
    pub(super) fn may_remove_member(&self, bits: &[u64]) -> bool {
        self.removes_keys
            || bits
                .iter()
                .zip(&self.removes)
                .any(|(bits, removes)| bits & removes != 0)
    }

    /// Whether an element of an array with these bits may be removed.
    pub(super) fn may_remove_element(&self, bits: &[u64]) -> bool {
        let sets = bits
            .iter()
            .zip(&self.removes)
            .zip(&self.element)
            .zip(&self.indexed);
        self.removes_elements
            || sets
                .into_iter()
                .any(|(((bits, removes), any), indexed)| bits & removes & (any | indexed) != 0)
    }

    /// Whether no pattern reaches a scalar of an object with these bits under a key that no pattern names.
    pub(super) fn passes_other_keys(&self, bits: &[u64]) -> bool {
        // The rows of other keys are the first.
        let sets = bits.iter().zip(&self.key).zip(&self.last);
        self.key_reached.first().is_none_or(Reached::is_empty)
            && sets
                .into_iter()
                .all(|((bits, takes), last)| bits & takes & last == 0)
    }

    /// Whether it makes a difference which element of an array with these bits a value is.
    pub(super) fn asks_for_index(&self, bits: &[u64]) -> bool {
        bits.iter()
            .zip(&self.indexed)
            .any(|(bits, indexed)| bits & indexed != 0)
    }

    /// Whether it makes no difference to a scalar which element of an array with these bits it is, or that it is one.
    pub(super) fn passes_elements(&self, bits: &[u64]) -> bool {
        let mut sets = bits.iter().zip(&self.element).zip(&self.indexed);
        self.element_reached.is_empty() && sets.all(|((bits, any), indexed)| bits & (any | indexed) == 0)
    }
}

fn insert(bits: &mut [u64], n: usize) {
    if let Some(word) = bits.get_mut(n / 64) {
        *word |= 1 << (n % 64);
    }
}

/// The numbers of the bits that are set.
#[inline]
fn ones(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        (word != 0).then(|| {
            let n = word.trailing_zeros() as usize;
            word &= word - 1;
            n
        })
    })
}
