//! The keys that are expected: objects that stand beside each other mostly have the same keys in the same order, and a
//! key that is known by its bytes need be neither searched for its end nor looked up.

use crate::wire::json::scan::{self, SHORT};

/// How deep, and up to which member of an object, keys are remembered.
const DEPTH: usize = 8;
const MEMBERS: usize = 64;

/// The keys that were first seen at each depth, by the number of the member.
pub(super) struct Expected<K> {
    depths: Vec<Vec<Key<K>>>,
}

impl<K> Default for Expected<K> {
    fn default() -> Expected<K> {
        Expected { depths: Vec::new() }
    }
}

/// A key with its quotes and its colon, and the blank behind that, if there is one.
#[derive(Clone, Copy)]
pub(super) struct Key<K> {
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
    pub(super) fn begins(&self, bytes: &[u8]) -> Option<(usize, Option<K>)> {
        let same = scan::same(bytes.first_chunk()?, &self.text);
        (same & self.bits == self.bits).then_some((self.length, self.known))
    }
}

impl<K: Copy> Expected<K> {
    /// The keys at this depth, to be given back.
    #[inline]
    pub(super) fn take(&mut self, depth: usize) -> Vec<Key<K>> {
        self.depths.get_mut(depth).map(std::mem::take).unwrap_or_default()
    }

    /// Gives them back.
    #[inline]
    pub(super) fn give(&mut self, depth: usize, keys: Vec<Key<K>>) {
        match self.depths.get_mut(depth) {
            Some(at) => *at = keys,
            None if depth < DEPTH && !keys.is_empty() => {
                self.depths.resize_with(depth + 1, Vec::new);
                self.give(depth, keys);
            }
            None => {}
        }
    }

    /// How many bytes are kept.
    #[cfg(test)]
    pub(super) fn memory(&self) -> usize {
        self.depths
            .iter()
            .map(|keys| keys.capacity() * size_of::<Key<K>>())
            .sum()
    }
}

/// Notes that the `nth` member has this key, which is `spelt` so, if none was seen there yet. Where objects differ, the first
/// stands for all: to learn each anew would cost more than it saves.
pub(super) fn note<K: Copy>(keys: &mut Vec<Key<K>>, nth: usize, spelt: &[u8], known: Option<K>) {
    let mut text = [0; SHORT];
    let length = spelt.len();
    match text.get_mut(..length) {
        Some(start) if length > 0 && nth < MEMBERS && nth == keys.len() => start.copy_from_slice(spelt),
        _ => return,
    }
    let key = Key {
        text,
        bits: u32::MAX >> (SHORT - length),
        length,
        known,
    };
    keys.push(key);
}
