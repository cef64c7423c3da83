//! Intents: what would go unrecorded if a worker's VM were lost to a trap, and how another VM comes to know that it was.
//!
//! A VM's memory is gone with it, but Envoy's shared data outlives it. There a VM notes, while it matters, the record that
//! has to be made should it never come to make its own: of a request that waits for a human, of an answer whose
//! beginning has left, of a write that went on. All VMs of one Envoy stand in a *roll*, each with a place to keep its
//! notes at and a number that it moves on. Whose number stands still is lost; one of the others takes its place over, and
//! makes the records.
//!
//! Nothing here asks a clock: a VM is lost when it stood still for so many looks of another. Clocks jump, and a machine
//! that slept has slept for all.

use crate::audit::record::Outcome;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// For how many looks after the first a VM has to stand still.
const LOST: u32 = 10;

/// Why an exchange would have to be recorded by another VM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stake {
    /// It waits for a human.
    Held,
    /// It has gone on, and a record of it is open, or it changes something at the database.
    Forwarded,
    /// A part of its answer has left.
    Answered,
}

impl Stake {
    /// How such an exchange ended if its VM was lost.
    pub fn ending(self) -> (Outcome, &'static str) {
        let why = match self {
            Stake::Held => {
                "the filter broke down or was replaced while a human was waited for; the request went no further"
            }
            Stake::Forwarded => {
                "the filter broke down or was replaced after the request had gone on to the database, which may have carried it out"
            }
            Stake::Answered => {
                "the filter broke down or was replaced while the answer was on its way: what of it had left was masked, the rest did not leave"
            }
        };
        (Outcome::Aborted, why)
    }
}

/// Where a note is kept: the place of a VM, and a number in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Intent {
    /// The place.
    pub place: u32,
    /// The number.
    pub number: u32,
}

/// The VMs of one Envoy that keep notes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Roll(Vec<Row>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Row {
    place: u32,
    /// Whose it is; nobody's where empty.
    vm: String,
    beat: u64,
}

impl Roll {
    /// The place of this VM, which is given one if it has none: one that is nobody's, else a new one of this number.
    pub fn claim(&mut self, vm: &str, new: u32) -> u32 {
        if let Some(row) = self.0.iter().find(|row| row.vm == vm) {
            return row.place;
        }
        if let Some(row) = self.0.iter_mut().find(|row| row.vm.is_empty()) {
            row.vm = vm.to_owned();
            return row.place;
        }
        let taken = |place: u32| self.0.iter().any(|row| row.place == place);
        let place = (new..=u32::MAX).find(|place| !taken(*place)).unwrap_or(new);
        self.0.push(Row {
            place,
            vm: vm.to_owned(),
            beat: 0,
        });
        place
    }

    /// Says that this VM lives.
    pub fn beat(&mut self, vm: &str) {
        for row in self.0.iter_mut().filter(|row| row.vm == vm) {
            row.beat = row.beat.wrapping_add(1);
        }
    }

    /// Gives a place over to another VM.
    pub fn take_over(&mut self, place: u32, heir: &str) {
        for row in self.0.iter_mut().filter(|row| row.place == place) {
            heir.clone_into(&mut row.vm);
        }
    }

    /// Whether this VM has a place, its own or another's.
    pub fn has(&self, vm: &str) -> bool {
        self.0.iter().any(|row| row.vm == vm)
    }

    /// Whether the place is this VM's.
    pub fn is_of(&self, place: u32, vm: &str) -> bool {
        self.0.iter().any(|row| row.place == place && row.vm == vm)
    }
}

/// What one VM has seen of the others, each by its place.
#[derive(Debug, Default)]
pub struct Watch(HashMap<u32, Seen>);

#[derive(Debug)]
struct Seen {
    vm: String,
    beat: u64,
    looks: u32,
}

impl Watch {
    /// Looks at the roll, and gives the places of those that have stood still for too long. To be called at regular times.
    pub fn look(&mut self, roll: &Roll, own: &str) -> Vec<u32> {
        let mut lost = Vec::new();
        self.0
            .retain(|place, seen| roll.is_of(*place, &seen.vm) && seen.vm != own);
        for row in roll.0.iter().filter(|row| !row.vm.is_empty() && row.vm != own) {
            match self.0.get_mut(&row.place) {
                Some(seen) if seen.beat == row.beat => {
                    seen.looks += 1;
                    if seen.looks >= LOST {
                        lost.push(row.place);
                    }
                }
                _ => {
                    let moved = Seen {
                        vm: row.vm.clone(),
                        beat: row.beat,
                        looks: 0,
                    };
                    self.0.insert(row.place, moved);
                }
            }
        }
        lost
    }

    /// Whether the VM at this place has not moved since it was looked at.
    pub fn stands_still(&self, roll: &Roll, place: u32) -> bool {
        let seen = self.0.get(&place);
        seen.is_some_and(|seen| {
            let same = |row: &&Row| row.place == place && row.vm == seen.vm && row.beat == seen.beat;
            roll.0.iter().any(|row| same(&row))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_place_of_its_own_and_what_is_nobodys_is_used_again() {
        let mut roll = Roll::default();
        assert_eq!(roll.claim("a", 7), 7);
        assert_eq!(roll.claim("b", 8), 8);
        assert_eq!(roll.claim("a", 9), 7);
        roll.take_over(7, "");
        assert_eq!(roll.claim("c", 9), 7);
        assert!(roll.is_of(7, "c") && roll.is_of(8, "b") && !roll.is_of(7, "a"));
    }

    #[test]
    fn who_stands_still_is_lost_and_who_moves_is_not() {
        let mut roll = Roll::default();
        for (vm, place) in [("a", 1), ("b", 2), ("c", 3)] {
            roll.claim(vm, place);
        }
        let mut watch = Watch::default();
        for _ in 0..LOST {
            assert_eq!(watch.look(&roll, "c"), [0; 0]);
            roll.beat("b");
        }
        assert_eq!(watch.look(&roll, "c"), [1]);
        // Another look at one that is not taken over says the same; one that is, has an heir that moves.
        roll.beat("b");
        assert_eq!(watch.look(&roll, "c"), [1]);
        roll.take_over(1, "b");
        for _ in 0..3 * LOST {
            roll.beat("b");
            assert_eq!(watch.look(&roll, "c"), [0; 0]);
        }
    }

    #[test]
    fn of_two_heirs_the_second_sees_that_it_is_late() {
        let mut roll = Roll::default();
        roll.claim("a", 1);
        let mut watches = [Watch::default(), Watch::default()];
        for _ in 0..=LOST {
            watches[0].look(&roll, "b");
            watches[1].look(&roll, "c");
        }
        assert!(watches[0].stands_still(&roll, 1) && watches[1].stands_still(&roll, 1));
        roll.take_over(1, "b");
        assert!(!watches[1].stands_still(&roll, 1));
    }

    #[test]
    fn a_new_place_is_never_one_that_is_there() {
        let mut roll = Roll::default();
        assert_eq!(roll.claim("a", 7), 7);
        assert_eq!(roll.claim("b", 7), 8);
    }

    #[test]
    fn one_that_moves_again_in_time_is_watched_anew() {
        let mut roll = Roll::default();
        roll.claim("a", 1);
        let mut watch = Watch::default();
        for _ in 0..5 {
            for _ in 0..LOST {
                assert_eq!(watch.look(&roll, "b"), [0; 0]);
            }
            roll.beat("a");
        }
    }

    #[test]
    fn a_place_that_changed_hands_is_watched_anew() {
        let mut roll = Roll::default();
        roll.claim("a", 1);
        let mut watch = Watch::default();
        for _ in 0..LOST {
            watch.look(&roll, "b");
        }
        roll.take_over(1, "");
        roll.claim("c", 9);
        for _ in 0..LOST {
            assert_eq!(watch.look(&roll, "b"), [0; 0]);
        }
    }

    #[test]
    fn the_roll_is_read_as_it_was_written() {
        let mut roll = Roll::default();
        roll.claim("a", 1);
        roll.beat("a");
        let json = serde_json::to_vec(&roll).unwrap();
        assert_eq!(serde_json::from_slice::<Roll>(&json).unwrap(), roll);
    }
}
