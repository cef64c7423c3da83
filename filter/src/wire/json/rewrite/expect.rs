//! The keys that are expected: objects that stand beside each other mostly have the same keys in the same order, and a
//! key that is known by its bytes need be neither searched for its end nor looked up. Some may be missing.

use crate::wire::json::scan::{self, SHORT};

/// How deep, and up to how many in an object, keys are remembered.
const DEPTH: usize = 8;
const MEMBERS: usize = 32;

/// How many of the keys that are expected may be missing in a row.
const MISSING: usize = 4;

/// Objects of one depth that are values of different members are kept apart, in so many ways.
const APART: usize = 4;

/// The keys of objects, by where these stand.
pub(super) struct Expected<K> {
    objects: Vec<Keys<K>>,
}

impl<K> Default for Expected<K> {
    fn default() -> Expected<K> {
        Expected { objects: Vec::new() }
    }
}

/// The keys of objects that stand beside each other, in their order.
pub(super) struct Keys<K> {
    keys: Vec<Key<K>>,
    /// How many were looked for in vain since they were learnt.
    missed: usize,
}

impl<K> Default for Keys<K> {
    fn default() -> Keys<K> {
        Keys {
            keys: Vec::new(),
            missed: 0,
        }
    }
}

/// A key with its quotes and its colon, and the blank behind that, if there is one.
#[derive(Clone, Copy)]
struct Key<K> {
    text: [u8; SHORT],
    /// A bit for each byte of it.
    bits: u32,
    length: usize,
    /// What the handler knows it as.
    known: Option<K>,
}

impl<K: Copy> Key<K> {
    /// The length of the key and what the handler knows it as, if `bytes` begin with it.
    #[inline]
    fn begins(&self, bytes: &[u8]) -> Option<(usize, Option<K>)> {
        let same = scan::same(bytes.first_chunk()?, &self.text);
        (same & self.bits == self.bits).then_some((self.length, self.known))
    }
}

/// Where the keys of an object are kept that stands so deep, as the value of the `nth` member of the one around it (0, where
/// that is an array).
#[inline]
pub(super) fn slot(depth: usize, nth: u64) -> usize {
    depth * APART + nth as usize % APART
}

impl<K: Copy> Expected<K> {
    /// The keys in this slot, to be given back.
    #[inline]
    pub(super) fn take(&mut self, slot: usize) -> Keys<K> {
        self.objects.get_mut(slot).map(std::mem::take).unwrap_or_default()
    }

    /// Gives them back.
    #[inline]
    pub(super) fn give(&mut self, slot: usize, keys: Keys<K>) {
        match self.objects.get_mut(slot) {
            Some(at) => *at = keys,
            None if slot < DEPTH * APART && !keys.keys.is_empty() => {
                self.objects.resize_with(slot + 1, Keys::default);
                self.give(slot, keys);
            }
            None => {}
        }
    }

    /// How many bytes are kept.
    #[cfg(test)]
    pub(super) fn memory(&self) -> usize {
        let keys = self
            .objects
            .iter()
            .map(|of| of.keys.capacity() * size_of::<Key<K>>());
        keys.sum::<usize>() + self.objects.capacity() * size_of::<Keys<K>>()
    }
}

impl<K: Copy> Keys<K> {
    /// If `bytes` begin with the key that is expected `at` this place, or with one of the next: the length of the key and
    /// what the handler knows it as. The place moves on.
    #[inline]
    pub(super) fn next(&mut self, at: &mut usize, bytes: &[u8]) -> Option<(usize, Option<K>)> {
        if let Some(found) = self.keys.get(*at).and_then(|key| key.begins(bytes)) {
            *at += 1;
            return Some(found);
        }
        self.later(at, bytes)
    }

    #[inline(never)]
    fn later(&mut self, at: &mut usize, bytes: &[u8]) -> Option<(usize, Option<K>)> {
        let later = self.keys.iter().enumerate().skip(*at + 1).take(MISSING);
        let found = later
            .map(|(n, key)| Some((n, key.begins(bytes)?)))
            .find_map(|found| found);
        let (n, found) = found?;
        *at = n + 1;
        Some(found)
    }

    /// Learns a key that was not expected at this place, which is `spelt` so. Where others are expected and do not come,
    /// all are learnt anew.
    pub(super) fn learn(&mut self, at: &mut usize, spelt: &[u8], known: Option<K>) {
        if *at < self.keys.len() {
            self.missed += 1;
            if self.missed < 2 * MEMBERS {
                return;
            }
            *self = Keys::default();
            *at = 0;
        }
        let mut text = [0; SHORT];
        let length = spelt.len();
        match text.get_mut(..length) {
            Some(start) if length > 0 && self.keys.len() < MEMBERS => start.copy_from_slice(spelt),
            _ => return,
        }
        self.keys.push(Key {
            text,
            bits: u32::MAX >> (SHORT - length),
            length,
            known,
        });
        *at = self.keys.len();
    }
}
