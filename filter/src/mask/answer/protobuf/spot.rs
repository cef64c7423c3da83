//! What reaches a value: steps through the automaton of the plan, as in JSON.

use super::super::CompiledMask;
use super::super::keys::OTHER;
use super::super::patterns::{Deed, NONE, PatternId, Reached};
use super::super::texts::{Found, TextId, Texts};
use crate::mask::action::SpanAction;
use crate::mask::plan::Action;
use crate::mask::tally::Tally;
use smallvec::SmallVec;

/// The bits of the automaton at a value. There is one for each value of an answer, and most plans need one word or none.
type Bits = SmallVec<[u64; 2]>;

fn no_bits(mask: &CompiledMask) -> Bits {
    Bits::from_elem(0, mask.patterns.words)
}

/// A value, as far as its place says what becomes of it.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    bits: Bits,
    /// The first pattern that reached it, or something around it, and concerns the whole value; or [`NONE`].
    whole: PatternId,
    /// The patterns that reached it, or something around it, and search text.
    text: TextId,
}

impl Spot {
    /// Whether nothing reaches it, nor what is below it by a path. A field name that begins there may.
    pub(super) fn is_dead(&self) -> bool {
        self.whole == NONE && self.text == 0 && self.bits.iter().all(|bits| *bits == 0)
    }

    /// The first pattern that concerns the whole value.
    pub(super) fn whole(&self) -> PatternId {
        self.whole
    }
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// A number or a truth value.
    Scalar,
    Null,
    /// An object or a list.
    Container,
}

/// What becomes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It stays; what a container holds has verdicts of its own.
    Keep,
    Remove,
    /// Null stands in its place.
    Null,
    /// This entry's text stands in its place.
    Fixed(usize),
    /// What this entry makes of it stands in its place.
    Change(usize),
    /// What is found in it is masked.
    Search,
}

/// What changes while walking.
pub(super) struct Live {
    texts: Texts,
    /// Where every payload begins.
    payload: Option<Spot>,
    actions: Vec<SpanAction>,
    /// How often each pattern masked a whole value.
    masked: Vec<u64>,
    masked_bytes: u64,
}

impl Live {
    pub(super) fn new(mask: &CompiledMask) -> Live {
        Live {
            texts: Texts::new(&mask.patterns),
            payload: None,
            actions: mask
                .plan
                .entries
                .iter()
                .map(|entry| SpanAction::new(&entry.action))
                .collect(),
            masked: vec![0; mask.patterns.all.len()],
            masked_bytes: 0,
        }
    }

    /// A payload.
    pub(super) fn payload(&mut self, mask: &CompiledMask) -> Spot {
        if let Some(payload) = &self.payload {
            return payload.clone();
        }
        let payload = self.find_payload(mask);
        self.payload = Some(payload.clone());
        payload
    }

    fn find_payload(&mut self, mask: &CompiledMask) -> Spot {
        // In JSON a payload stands under some key, which a pattern that begins with any key may have taken.
        let nowhere = no_bits(mask);
        let mut bits = nowhere.clone();
        mask.patterns.key(OTHER, &nowhere, &mut bits, &mut |_| {});
        bits.iter_mut()
            .zip(&mask.patterns.payload)
            .for_each(|(to, from)| *to |= from);
        self.begin(mask, bits, &mask.patterns.payload_reached)
    }

    /// The content of `Shape::named[n]`.
    pub(super) fn named(&mut self, mask: &CompiledMask, n: usize) -> Spot {
        let mut spot = self.begin(mask, no_bits(mask), &Reached::default());
        for (bits, reached) in mask.named.get(n).map(Vec::as_slice).unwrap_or_default() {
            spot.bits.iter_mut().zip(bits).for_each(|(to, from)| *to |= from);
            self.reach(mask, &mut spot, reached);
        }
        spot
    }

    /// The content of any of the fields in `Shape::named`.
    pub(super) fn named_any(&mut self, mask: &CompiledMask) -> Spot {
        let mut spot = self.begin(mask, no_bits(mask), &Reached::default());
        for (bits, reached) in mask.named.iter().flatten() {
            spot.bits.iter_mut().zip(bits).for_each(|(to, from)| *to |= from);
            self.reach(mask, &mut spot, reached);
        }
        spot
    }

    /// Text kept beside the payload.
    pub(super) fn text_beside(&mut self, mask: &CompiledMask, name: &str) -> Spot {
        self.begin(mask, no_bits(mask), &mask.patterns.text(name))
    }

    fn begin(&mut self, mask: &CompiledMask, bits: Bits, reached: &Reached) -> Spot {
        let mut spot = Spot {
            bits,
            whole: NONE,
            text: 0,
        };
        self.reach(mask, &mut spot, reached);
        spot
    }

    fn reach(&mut self, mask: &CompiledMask, spot: &mut Spot, reached: &Reached) {
        spot.whole = spot.whole.min(reached.whole.unwrap_or(NONE));
        if !reached.detect.is_empty() {
            spot.text = self
                .texts
                .with(spot.text, &reached.detect, &mask.patterns, &mask.plan);
        }
    }

    /// One key further.
    pub(super) fn key(&mut self, mask: &CompiledMask, from: &Spot, name: &[u8]) -> Spot {
        let id = mask.keys.id(name);
        self.step(mask, from, |to, hit| mask.patterns.key(id, &from.bits, to, hit))
    }

    /// One element further.
    pub(super) fn element(&mut self, mask: &CompiledMask, from: &Spot, nth: u64) -> Spot {
        self.step(mask, from, |to, hit| {
            mask.patterns.element(nth, &from.bits, to, hit)
        })
    }

    /// Any element further, where it is not known which one.
    pub(super) fn any_element(&mut self, mask: &CompiledMask, from: &Spot) -> Spot {
        self.step(mask, from, |to, hit| {
            mask.patterns.some_element(&from.bits, to, hit);
            &mask.patterns.element_reached
        })
    }

    /// This key of every element, as far as it is reached in all of them alike.
    pub(super) fn key_of_all(&mut self, mask: &CompiledMask, from: &Spot, name: &[u8]) -> Option<Spot> {
        let mut at = |nth| {
            let element = self.element(mask, from, nth);
            self.key(mask, &element, name)
        };
        let (first, last) = (at(0), at(u64::MAX));
        (first.whole == last.whole).then_some(last)
    }

    fn step<'m>(
        &mut self,
        mask: &'m CompiledMask,
        from: &Spot,
        step: impl FnOnce(&mut [u64], &mut dyn FnMut(PatternId)) -> &'m Reached,
    ) -> Spot {
        let mut spot = Spot {
            bits: Bits::from_elem(0, from.bits.len()),
            ..*from
        };
        let mut hits: SmallVec<[PatternId; 4]> = SmallVec::new();
        let reached = step(&mut spot.bits, &mut |hit| hits.push(hit));
        self.reach(mask, &mut spot, reached);
        for hit in hits {
            match mask.patterns.all.get(hit as usize).map(|pattern| pattern.deed) {
                Some(Deed::Detect) => {
                    spot.text = self.texts.with(spot.text, &[hit], &mask.patterns, &mask.plan);
                }
                Some(Deed::Remove | Deed::Whole) => spot.whole = spot.whole.min(hit),
                None => {}
            }
        }
        spot
    }

    /// A value that both reach.
    pub(super) fn both(&mut self, mask: &CompiledMask, one: &Spot, other: &Spot) -> Spot {
        let mut spot = one.clone();
        spot.bits
            .iter_mut()
            .zip(&other.bits)
            .for_each(|(to, from)| *to |= from);
        spot.whole = spot.whole.min(other.whole);
        if other.text != 0 {
            let more = self.texts.patterns(other.text).to_vec();
            spot.text = self.texts.with(spot.text, &more, &mask.patterns, &mask.plan);
        }
        spot
    }

    /// Whether nothing below this value can be masked, whatever stands there.
    pub(super) fn is_settled(&self, mask: &CompiledMask, spot: &Spot) -> bool {
        spot.is_dead() && !mask.patterns.anywhere
    }

    /// What becomes of a value of this kind.
    pub(super) fn judge(&self, mask: &CompiledMask, spot: &Spot, kind: Kind) -> Verdict {
        let text = spot.text != 0 && self.texts.first(spot.text) < spot.whole;
        // A search concerns strings alone: what else stands in a searched field is left to the entries behind.
        if spot.whole != NONE && (!text || matches!(kind, Kind::Scalar | Kind::Null)) {
            let Some((n, action)) = self.entry(mask, spot) else {
                return Verdict::Keep;
            };
            return match (action, kind) {
                (Action::Remove, _) => Verdict::Remove,
                (Action::Redact(_), _) => Verdict::Fixed(n),
                (Action::Null | Action::Partial | Action::Hash(_), Kind::Null) => Verdict::Keep,
                (Action::Null, _) => Verdict::Null,
                (Action::Partial | Action::Hash(_), Kind::Container) => Verdict::Keep,
                (Action::Partial | Action::Hash(_), _) => Verdict::Change(n),
            };
        }
        if text && kind == Kind::Text {
            Verdict::Search
        } else {
            Verdict::Keep
        }
    }

    fn entry<'m>(&self, mask: &'m CompiledMask, spot: &Spot) -> Option<(usize, &'m Action)> {
        let entry = mask.patterns.all.get(spot.whole as usize)?.entry;
        Some((entry, &mask.plan.entries.get(entry)?.action))
    }

    /// What an entry makes of a text.
    pub(super) fn made(&mut self, entry: usize, text: &str) -> String {
        match self.actions.get_mut(entry) {
            Some(action) => {
                action.begin();
                action.push(text);
                action.finished()
            }
            None => String::new(),
        }
    }

    /// A text without what is searched for, if there is something.
    pub(super) fn searched(&mut self, mask: &CompiledMask, spot: &Spot, text: &str) -> Option<String> {
        let masked = self.texts.text_masker(spot.text)?.mask(text);
        match self.texts.count(spot.text, &mask.patterns, &mask.plan) {
            Found::Nothing => None,
            Found::Something => {
                self.masked_bytes += text.len() as u64;
                Some(masked)
            }
        }
    }

    /// So many values were masked by a pattern.
    pub(super) fn masked(&mut self, pattern: PatternId, times: u64, bytes: u64) {
        if let Some(count) = self.masked.get_mut(pattern as usize) {
            *count += times;
        }
        self.masked_bytes += bytes;
    }

    pub(super) fn tally(&self, mask: &CompiledMask, tally: &mut Tally) {
        let label = |n: usize| {
            mask.patterns
                .all
                .get(n)
                .map_or("", |pattern| pattern.label.as_str())
        };
        for (n, times) in self.masked.iter().enumerate().filter(|(_, times)| **times > 0) {
            *tally.masked.entry(label(n).to_owned()).or_default() += times;
        }
        for (n, detector, times) in self.texts.found() {
            *tally
                .masked
                .entry(format!("{}/{}", label(n), detector.as_str()))
                .or_default() += times;
        }
        tally.masked_bytes += self.masked_bytes;
    }
}
