//! The patterns of a plan before they are an automaton: read entry by entry, while their keys are gathered.

use super::super::keys::{KeyId, Keys};
use super::step::Step;
use super::{
    Ahead, Begins, Bit, Bits, Deed, Descends, NONE, Pattern, PatternId, Patterns, Reached, Selects, insert,
};
use crate::mask::plan::{Action, MaskEntry, Selector};
use crate::wire::json::path::{FieldPattern, PathStep};

/// The patterns of a plan while their keys are gathered.
#[derive(Debug, Default)]
pub(in super::super) struct Draft {
    all: Vec<Pattern>,
    bits: Vec<Bit>,
    firsts: Vec<First>,
    payload_reached: Reached,
}

/// The first step of a field name.
#[derive(Debug)]
struct First {
    pattern: PatternId,
    step: Step,
    /// The bit of the second step; none where the first is the last.
    leads_to: Option<usize>,
}

impl Draft {
    /// Reads the entries of a plan; their keys go into `keys`.
    pub(in super::super) fn of(entries: &[MaskEntry], keys: &mut Keys) -> Draft {
        let mut draft = Draft::default();
        for (n, entry) in entries.iter().enumerate() {
            let whole = match entry.action {
                Action::Remove => Deed::Remove,
                _ => Deed::Whole,
            };
            match &entry.select {
                Selector::Fields(fields) => {
                    fields.iter().for_each(|field| draft.field(n, field, whole, keys))
                }
                Selector::Detect { fields, .. } => {
                    fields
                        .iter()
                        .for_each(|field| draft.field(n, field, Deed::Detect, keys));
                }
                Selector::Path(path) => draft.path(n, &path.text, &path.steps, whole, keys),
            }
        }
        draft
    }

    fn pattern(&mut self, entry: usize, label: String, deed: Deed, selects: Selects) -> PatternId {
        let id = PatternId::try_from(self.all.len()).unwrap_or(NONE);
        self.all.push(Pattern {
            label,
            entry,
            deed,
            selects,
        });
        id
    }

    fn field(&mut self, entry: usize, field: &FieldPattern, deed: Deed, keys: &mut Keys) {
        let pattern = self.pattern(entry, field.to_string(), deed, Selects::Field);
        let mut steps = field.steps.iter().map(|step| Step::of_field(step, keys));
        let Some(step) = steps.next() else { return };
        let rest: Vec<(Step, Descends)> = steps.map(|step| (step, Descends::No)).collect();
        self.firsts.push(First {
            pattern,
            step,
            leads_to: (!rest.is_empty()).then_some(self.bits.len()),
        });
        self.bits(pattern, rest, Begins::Anywhere);
    }

    fn path(&mut self, entry: usize, label: &str, steps: &[PathStep], deed: Deed, keys: &mut Keys) {
        let pattern = self.pattern(entry, label.to_owned(), deed, Selects::Path);
        let mut bits = Vec::new();
        let mut descends = Descends::No;
        for step in steps {
            if *step == PathStep::Descent {
                descends = Descends::Yes;
            } else {
                bits.push((Step::of_path(step, keys), descends));
                descends = Descends::No;
            }
        }
        if bits.is_empty() {
            self.payload_reached.add(pattern, deed);
        }
        self.bits(pattern, bits, Begins::Payload);
    }

    fn bits(&mut self, pattern: PatternId, steps: Vec<(Step, Descends)>, begins: Begins) {
        let last = steps.len().wrapping_sub(1);
        for (n, (step, descends)) in steps.into_iter().enumerate() {
            self.bits.push(Bit {
                pattern,
                step,
                ahead: if n == last { Ahead::Last } else { Ahead::More },
                descends,
                begins: if n > 0 && begins == Begins::Payload {
                    Begins::PayloadBefore
                } else {
                    begins
                },
            });
        }
    }

    /// The automaton, for the keys that were gathered.
    pub(in super::super) fn compile(self, keys: &Keys) -> Patterns {
        let words = self.bits.len().div_ceil(64);
        let all = self.all;
        let remover = |id: PatternId| {
            all.get(id as usize)
                .is_some_and(|pattern| pattern.deed == Deed::Remove)
        };
        let where_bit = |test: &dyn Fn(&Bit) -> bool| {
            let mut set = vec![0; words];
            let bits = self.bits.iter().enumerate().filter(|(_, bit)| test(bit));
            bits.for_each(|(n, _)| insert(&mut set, n));
            set
        };
        let firsts = |test: &dyn Fn(&Step) -> bool| {
            let (mut starts, mut reached) = (vec![0; words], Reached::default());
            for first in self.firsts.iter().filter(|first| test(&first.step)) {
                match first.leads_to {
                    Some(bit) => insert(&mut starts, bit),
                    None => {
                        if let Some(pattern) = all.get(first.pattern as usize) {
                            reached.add(first.pattern, pattern.deed);
                        }
                    }
                }
            }
            (starts, reached)
        };
        let ids = 0..KeyId::try_from(keys.len()).unwrap_or(KeyId::MAX);
        let (key_starts, key_reached): (Vec<Bits>, Vec<Reached>) =
            ids.clone().map(|id| firsts(&|step| step.takes_key(id))).unzip();
        let (element_starts, element_reached) = firsts(&Step::takes_every_element);
        Patterns {
            words,
            key: ids
                .flat_map(|id| where_bit(&|bit| bit.step.takes_key(id)))
                .collect(),
            key_starts: key_starts.concat(),
            key_reached,
            element: where_bit(&|bit| bit.step.takes_every_element()),
            indexed: where_bit(&|bit| bit.step.asks_for_index()),
            element_starts,
            last: where_bit(&|bit| bit.ahead == Ahead::Last),
            removes: where_bit(&|bit| bit.ahead == Ahead::Last && remover(bit.pattern)),
            stay: where_bit(&|bit| bit.descends == Descends::Yes),
            stay_element: where_bit(&|bit| bit.begins == Begins::Anywhere),
            payload: where_bit(&|bit| bit.begins == Begins::Payload),
            payload_reached: self.payload_reached,
            anywhere: !self.firsts.is_empty(),
            removes_keys: self
                .firsts
                .iter()
                .any(|first| first.leads_to.is_none() && remover(first.pattern)),
            removes_elements: element_reached.whole.is_some(),
            element_reached,
            nothing: Reached::default(),
            bits: self.bits,
            all,
        }
    }
}
