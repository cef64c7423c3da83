//! Intents in Envoy's shared data: noted, cleared, and taken over from a VM that was lost.
//!
//! Shared data has no way to remove a key: a note that is cleared is overwritten, and its key used again.

use crate::audit::intent::{Intent, Roll, Watch};
use proxy_wasm::hostcalls;
use std::cell::RefCell;
use std::collections::HashMap;

/// What stands in the place of a note that was cleared.
const NOTHING: &[u8] = b"-";
/// How a note begins of an exchange that is counted as held; of any other.
const HELD: u8 = b'h';
const OTHER: u8 = b'o';
/// At every so many ticks the roll is looked at.
const LOOK: u32 = 4;
/// How often a change of the roll is tried, when others change it at the same time.
const TRIES: u32 = 8;

/// The notes of one VM.
pub struct Intents {
    space: String,
    vm: String,
    inner: RefCell<Inner>,
}

#[derive(Default)]
struct Inner {
    place: Option<u32>,
    free: Vec<u32>,
    next: u32,
    ticks: u32,
    watch: Watch,
    /// The places that were taken over, and how many of their notes have no record yet.
    inherited: HashMap<u32, usize>,
}

/// A note that another VM left.
pub struct Left {
    /// Where it is kept, until there is a record of it.
    pub intent: Intent,
    /// Whether it was counted as held.
    pub held: bool,
    /// The record to be made.
    pub record: String,
}

impl Intents {
    /// The notes of this VM, among those whose records go to the same place.
    pub fn new(vm: &str, recorder: &str) -> Intents {
        Intents {
            space: format!("vectorgate.intents/{recorder}"),
            vm: vm.to_owned(),
            inner: RefCell::default(),
        }
    }

    /// Notes a record that another VM must make if this one cannot. `before` is the note that this one replaces.
    pub fn note(&self, before: Option<Intent>, held: bool, record: &str) -> Option<Intent> {
        let intent = match before {
            Some(intent) => intent,
            None => {
                let place = self.place()?;
                let mut inner = self.inner.borrow_mut();
                let number = inner.free.pop().unwrap_or_else(|| {
                    let next = inner.next;
                    inner.next += 1;
                    next
                });
                Intent { place, number }
            }
        };
        let mut note = Vec::with_capacity(record.len() + 1);
        note.push(if held { HELD } else { OTHER });
        note.extend_from_slice(record.as_bytes());
        let _ = hostcalls::set_shared_data(&self.key(intent), Some(&note), None);
        Some(intent)
    }

    /// The record is there: the note is not needed any more.
    pub fn clear(&self, intent: Intent) {
        let _ = hostcalls::set_shared_data(&self.key(intent), Some(NOTHING), None);
        let mut inner = self.inner.borrow_mut();
        if inner.place == Some(intent.place) {
            inner.free.push(intent.number);
        } else if let Some(open) = inner.inherited.get_mut(&intent.place) {
            *open = open.saturating_sub(1);
        }
    }

    /// Time has passed: says that this VM lives, and gives the notes of those that do not.
    pub fn tick(&self) -> Vec<Left> {
        {
            let mut inner = self.inner.borrow_mut();
            inner.ticks = inner.ticks.wrapping_add(1);
            if !inner.ticks.is_multiple_of(LOOK) {
                return Vec::new();
            }
        }
        let Some((roll, _)) = self.roll() else {
            return Vec::new();
        };
        self.check_place(&roll);
        let lost = self.inner.borrow_mut().watch.look(&roll, &self.vm);
        let done: Vec<u32> = {
            let inner = self.inner.borrow();
            let done = inner.inherited.iter().filter(|(_, open)| **open == 0);
            let done = done.map(|(place, _)| *place);
            done.filter(|place| roll.is_of(*place, &self.vm)).collect()
        };
        if !roll.has(&self.vm) && lost.is_empty() {
            return Vec::new();
        }
        let mut taken = Vec::new();
        let changed = self.change(|roll| {
            let inner = self.inner.borrow();
            roll.beat(&self.vm);
            for place in &done {
                roll.take_over(*place, "");
            }
            // Only what still stands as it was seen: another may have been faster.
            taken.clone_from(&lost);
            taken.retain(|place| inner.watch.stands_still(roll, *place));
            for place in &taken {
                roll.take_over(*place, &self.vm);
            }
        });
        if !changed {
            return Vec::new();
        }
        self.inner
            .borrow_mut()
            .inherited
            .retain(|place, _| !done.contains(place));
        taken.into_iter().flat_map(|place| self.inherit(place)).collect()
    }

    /// Gives the place up where another VM has it: then this one was taken for lost, or two began the roll at once.
    fn check_place(&self, roll: &Roll) {
        let mut inner = self.inner.borrow_mut();
        if inner.place.is_some_and(|place| !roll.is_of(place, &self.vm)) {
            inner.place = None;
            inner.free.clear();
            inner.next = 0;
        }
    }

    fn inherit(&self, place: u32) -> Vec<Left> {
        let mut left = Vec::new();
        for number in 0.. {
            let intent = Intent { place, number };
            let Ok((Some(note), _)) = hostcalls::get_shared_data(&self.key(intent)) else {
                break;
            };
            if let Some((kind, record)) = note.split_first()
                && (*kind == HELD || *kind == OTHER)
            {
                let left_one = Left {
                    intent,
                    held: *kind == HELD,
                    record: String::from_utf8_lossy(record).into_owned(),
                };
                // It is not counted as held again, should this VM be lost as well.
                if left_one.held {
                    self.note(Some(intent), false, &left_one.record);
                }
                left.push(left_one);
            }
        }
        self.inner.borrow_mut().inherited.insert(place, left.len());
        left
    }

    /// The place of this VM.
    fn place(&self) -> Option<u32> {
        if let Some(place) = self.inner.borrow().place {
            return Some(place);
        }
        // The VM's name is random, and so is a new place.
        let new = self
            .vm
            .get(..8)
            .and_then(|hex| u32::from_str_radix(hex, 16).ok())?;
        let mut place = new;
        if !self.change(|roll| place = roll.claim(&self.vm, new)) {
            return None;
        }
        let mut inner = self.inner.borrow_mut();
        inner.place = Some(place);
        Some(place)
    }

    fn roll(&self) -> Option<(Roll, Option<u32>)> {
        let (bytes, cas) = hostcalls::get_shared_data(&self.space).ok()?;
        Some((serde_json::from_slice(&bytes?).unwrap_or_default(), cas))
    }

    fn change(&self, mut by: impl FnMut(&mut Roll)) -> bool {
        for _ in 0..TRIES {
            let (mut roll, cas) = self.roll().unwrap_or_default();
            by(&mut roll);
            let Ok(json) = serde_json::to_vec(&roll) else {
                return false;
            };
            if hostcalls::set_shared_data(&self.space, Some(&json), cas).is_ok() {
                return true;
            }
        }
        false
    }

    fn key(&self, intent: Intent) -> String {
        format!("{}/{}/{}", self.space, intent.place, intent.number)
    }
}
