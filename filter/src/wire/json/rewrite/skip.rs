//! Passing over a container without looking into it, a block of bytes at a time.

use super::{MAX_DEPTH, RewriteError};
use crate::wire::json::scan::{self, BLOCK};

/// How far a container was passed over.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Skip {
    /// How many containers are open, and how many more may be opened.
    depth: usize,
    room: usize,
    /// All ones inside a string.
    in_string: u64,
    /// The next byte is escaped.
    escaped: u64,
    /// Which of the open containers are objects, a bit each.
    objects: [u64; MAX_DEPTH / 64],
}

impl Skip {
    /// Before the opening bracket of a container that stands inside `outside` others.
    pub(super) fn new(outside: usize) -> Skip {
        Skip {
            room: MAX_DEPTH.saturating_sub(outside),
            ..Skip::default()
        }
    }

    /// Reads on from `from`. The place behind the container, or `None` where it is not over.
    pub(super) fn over(&mut self, bytes: &[u8], from: usize) -> Result<Option<usize>, Broken> {
        let mut at = from;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let found = match rest.first_chunk::<BLOCK>() {
                Some(block) => self.block(block, BLOCK),
                None => {
                    let mut padded = [b' '; BLOCK];
                    for (to, from) in padded.iter_mut().zip(rest) {
                        *to = *from;
                    }
                    self.block(&padded, rest.len())
                }
            };
            if let Some(n) = found.map_err(|broken| broken.moved(at))? {
                return Ok(Some(at + n + 1));
            }
            at += BLOCK;
        }
        Ok(None)
    }

    /// Reads a block of which `length` bytes count. Where in it the container ends.
    #[inline]
    fn block(&mut self, block: &[u8; BLOCK], length: usize) -> Result<Option<usize>, Broken> {
        let masks = scan::masks(block);
        let mut escaped = 0;
        if masks.backslash | self.escaped != 0 {
            escaped = self.escaped;
            let mut slashes = masks.backslash & !escaped;
            self.escaped = 0;
            while slashes != 0 {
                let slash = slashes & slashes.wrapping_neg();
                escaped |= slash << 1;
                slashes &= !(slash | slash << 1);
                // The escaped byte stands in the next block, or would stand behind the last byte.
                if slash >> (length - 1) == 1 {
                    self.escaped = 1;
                }
            }
        }
        // From an opening quote up to before the closing one.
        let inside = prefix_xor(masks.quote & !escaped) ^ self.in_string;
        self.in_string = ((inside.cast_signed()) >> 63).cast_unsigned();
        // Outside strings nothing is escaped.
        let stray = (masks.backslash & !inside).trailing_zeros() as usize;
        let mut brackets = (masks.open | masks.close) & !inside;
        while brackets != 0 {
            let n = brackets.trailing_zeros() as usize;
            if stray < n {
                break;
            }
            let object = u64::from(block.get(n).is_some_and(|byte| byte & 0x20 != 0));
            if masks.open >> n & 1 == 1 {
                if self.depth == self.room {
                    return Err(Broken::TooDeep);
                }
                if let Some(word) = self.objects.get_mut(self.depth / 64) {
                    *word = *word & !(1 << (self.depth % 64)) | object << (self.depth % 64);
                }
                self.depth += 1;
            } else {
                self.depth -= 1;
                let word = self.objects.get(self.depth / 64).copied().unwrap_or_default();
                if word >> (self.depth % 64) & 1 != object {
                    return Err(Broken::NotJson(n));
                }
                if self.depth == 0 {
                    return Ok(Some(n));
                }
            }
            brackets &= brackets - 1;
        }
        if stray < BLOCK {
            Err(Broken::NotJson(stray))
        } else {
            Ok(None)
        }
    }
}

/// Why a container cannot be passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    TooDeep,
    /// A byte that JSON does not have there.
    NotJson(usize),
}

impl Broken {
    /// The same, in bytes that begin `by` earlier.
    fn moved(self, by: usize) -> Broken {
        match self {
            Broken::TooDeep => Broken::TooDeep,
            Broken::NotJson(at) => Broken::NotJson(at + by),
        }
    }

    /// As the document's error, in a chunk that begins at `offset`.
    pub(super) fn seen_from(self, offset: u64) -> RewriteError {
        match self {
            Broken::TooDeep => RewriteError::TooDeep,
            Broken::NotJson(at) => RewriteError::NotJson {
                at: offset + at as u64,
            },
        }
    }
}

/// Bit `n` is the parity of the bits up to `n`.
#[inline]
fn prefix_xor(bits: u64) -> u64 {
    if bits == 0 {
        return 0;
    }
    [1, 2, 4, 8, 16, 32]
        .into_iter()
        .fold(bits, |bits, by| bits ^ bits << by)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same, a byte at a time.
    fn plainly(bytes: &[u8]) -> Result<Option<usize>, Broken> {
        let (mut open, mut in_string, mut escaped) = (Vec::new(), false, false);
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_string => escaped = true,
                b'\\' => return Err(Broken::NotJson(at)),
                b'"' => in_string = !in_string,
                _ if in_string => {}
                b'{' | b'[' if open.len() == MAX_DEPTH => return Err(Broken::TooDeep),
                b'{' | b'[' => open.push(*byte + 2),
                b'}' | b']' => {
                    if open.pop() != Some(*byte) {
                        return Err(Broken::NotJson(at));
                    }
                    if open.is_empty() {
                        return Ok(Some(at + 1));
                    }
                }
                _ => {}
            }
        }
        Ok(None)
    }

    proptest! {
        #[test]
        fn agrees_with_its_plain_twin_however_cut(
            tail in prop::collection::vec(prop::sample::select(b"\"\\\\{}[][]11111 ,".to_vec()), 0..300),
            cuts in prop::collection::vec(0usize..300, 0..4),
        ) {
            let bytes: Vec<u8> = [b"[", &tail[..]].concat();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let mut skip = Skip::new(0);
            let mut result = Ok(None);
            for pair in cuts.windows(2) {
                let part = &bytes[pair[0]..pair[1]];
                result = skip.over(part, 0).map(|end| end.map(|end| pair[0] + end)).map_err(|broken| broken.moved(pair[0]));
                if result != Ok(None) {
                    break;
                }
            }
            prop_assert_eq!(result, plainly(&bytes));
        }
    }

    #[test]
    fn depth_counts_what_is_around() {
        let deep = [b'['; 20];
        assert_eq!(Skip::new(MAX_DEPTH - 20).over(&deep, 0), Ok(None));
        assert_eq!(Skip::new(MAX_DEPTH - 19).over(&deep, 0), Err(Broken::TooDeep));
    }
}
