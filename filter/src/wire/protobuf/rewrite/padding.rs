//! Filling: bytes that every protobuf reader passes over.

use crate::wire::protobuf::varint::{HIGHEST_FIELD, Key, WireType, length, push};

/// The fewest bytes that can be filled: a key of five, and a length of 0.
pub(super) const LEAST: u64 = 6;

/// The bytes of the key.
const KEY: u64 = 5;

/// Appends the front of a filling of `size` bytes, and says how many zeros make it complete; `None` where so few
/// bytes cannot be filled.
pub(super) fn begin(size: u64, out: &mut Vec<u8>) -> Option<u64> {
    let mut left = size;
    loop {
        let content = content_of(left)?;
        Key::new(HIGHEST_FIELD, WireType::Len).push(out);
        match content {
            Content::Fits(zeros) => {
                push(zeros, out);
                return Some(zeros);
            }
            // An empty filling first, and the rest fits.
            Content::Between => {
                push(0, out);
                left -= LEAST;
            }
        }
    }
}

/// Appends a filling of `size` bytes.
pub(super) fn fill(size: u64, out: &mut Vec<u8>) -> Option<()> {
    let zeros = begin(size, out)?;
    out.resize(out.len() + usize::try_from(zeros).ok()?, 0);
    Some(())
}

enum Content {
    Fits(u64),
    /// With a length of n bytes one byte is missing, with n + 1 there is one too many.
    Between,
}

fn content_of(size: u64) -> Option<Content> {
    let after_key = size.checked_sub(KEY)?;
    let shortest = length(after_key) as u64;
    for prefix in [shortest.saturating_sub(1).max(1), shortest] {
        let zeros = after_key.checked_sub(prefix)?;
        if length(zeros) as u64 == prefix {
            return Some(Content::Fits(zeros));
        }
    }
    Some(Content::Between)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::protobuf::read::Records;

    fn check(size: u64) {
        let mut out = Vec::new();
        fill(size, &mut out).unwrap_or_else(|| panic!("{size}"));
        assert_eq!(out.len() as u64, size);
        let mut records = 0;
        for record in Records::new(&out) {
            let record = record.unwrap();
            assert_eq!(record.key, Key::new(HIGHEST_FIELD, WireType::Len), "{size}");
            assert!(record.content().unwrap().iter().all(|byte| *byte == 0));
            records += 1;
        }
        assert!(records <= 2, "{size}");
    }

    #[test]
    fn every_size_can_be_filled() {
        (LEAST..400).for_each(check);
        (16_300..16_500).for_each(check);
        (2_097_152 - 4..2_097_152 + 20).for_each(check);
        for size in 0..LEAST {
            assert!(fill(size, &mut Vec::new()).is_none(), "{size}");
        }
    }
}
