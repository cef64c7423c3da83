//! The keys that matter, each with a number: one lookup for a key serves all patterns and places.

/// The number of a key. [`OTHER`] is every key that no pattern and no place names.
pub(super) type KeyId = u16;

/// The number of every key that is not in the table.
pub(super) const OTHER: KeyId = 0;

/// Keys and their numbers, sorted by length.
#[derive(Debug, Default)]
pub(super) struct Keys {
    by_length: Vec<Vec<Known>>,
    count: KeyId,
}

#[derive(Debug)]
struct Known {
    /// Its [`head`]: most keys are settled by comparing one word.
    head: u64,
    key: Box<[u8]>,
    id: KeyId,
}

impl Keys {
    /// The number of `key`, a new one if need be.
    pub(super) fn add(&mut self, key: &str) -> KeyId {
        let found = self.id(key.as_bytes());
        if found != OTHER {
            return found;
        }
        // With the numbers used up, further keys are like any other; no policy comes near.
        if self.count == KeyId::MAX {
            return OTHER;
        }
        self.count += 1;
        if self.by_length.len() <= key.len() {
            self.by_length.resize_with(key.len() + 1, Vec::new);
        }
        if let Some(same_length) = self.by_length.get_mut(key.len()) {
            same_length.push(Known {
                head: head(key.as_bytes()),
                key: key.as_bytes().into(),
                id: self.count,
            });
        }
        self.count
    }

    /// The number of `key`.
    #[inline]
    pub(super) fn id(&self, key: &[u8]) -> KeyId {
        let Some(same_length) = self.by_length.get(key.len()).filter(|known| !known.is_empty()) else {
            return OTHER;
        };
        let head = head(key);
        for known in same_length {
            if known.head == head && (key.len() <= 8 || *known.key == *key) {
                return known.id;
            }
        }
        OTHER
    }

    /// How many numbers there are, [`OTHER`] among them.
    pub(super) fn len(&self) -> usize {
        usize::from(self.count) + 1
    }

    /// The length of the longest key.
    pub(super) fn longest(&self) -> usize {
        self.by_length.len().saturating_sub(1)
    }
}

/// The first eight bytes as one word; of a shorter key, all of it: its first and its last four bytes may overlap. Two
/// keys of one length of up to eight bytes have the same word only if they are the same.
#[inline]
fn head(key: &[u8]) -> u64 {
    if let Some(head) = key.first_chunk::<8>() {
        return u64::from_le_bytes(*head);
    }
    if let (Some(first), Some(last)) = (key.first_chunk::<4>(), key.last_chunk::<4>()) {
        return u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last));
    }
    key.iter().fold(0, |head, byte| head << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_number() {
        let mut keys = Keys::default();
        let names = [
            "email",
            "emai",
            "",
            "abcdefgh",
            "abcdefghi",
            "abcdefghj",
            "größe",
            "e\0ail",
        ];
        let ids: Vec<KeyId> = names.iter().map(|name| keys.add(name)).collect();
        assert_eq!(ids, (1..=8).collect::<Vec<KeyId>>());
        for (name, id) in names.iter().zip(ids) {
            assert_eq!((keys.id(name.as_bytes()), keys.add(name)), (id, id));
        }
        assert_eq!(
            [keys.id(b"e"), keys.id(b"Email"), keys.id(b"abcdefghk")],
            [OTHER; 3]
        );
        assert_eq!((keys.len(), keys.longest()), (9, 9));
    }
}
