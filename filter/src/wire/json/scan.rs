//! Looking for the bytes of JSON that matter, many at a time.
//!
//! Each search has a plain twin in [`plain`], which is also what runs where the machine has no SIMD; a property test
//! holds the two together on every alignment.

#[cfg(any(
    target_arch = "x86_64",
    all(target_arch = "wasm32", target_feature = "simd128")
))]
mod lane;
#[cfg(any(
    target_arch = "x86_64",
    all(target_arch = "wasm32", target_feature = "simd128")
))]
mod lanes;
pub mod plain;

#[cfg(not(any(
    target_arch = "x86_64",
    all(target_arch = "wasm32", target_feature = "simd128")
)))]
use plain as lanes;

/// How many bytes [`masks`] looks at.
pub const BLOCK: usize = 64;

/// How many bytes [`same`] and [`digits`] look at.
pub const SHORT: usize = 32;

/// Where the bytes that give JSON its structure stand in a block: bit `n` is byte `n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Masks {
    /// `"`
    pub quote: u64,
    /// `\`
    pub backslash: u64,
    /// `{` and `[`
    pub open: u64,
    /// `}` and `]`
    pub close: u64,
}

/// Where the structure of a block is.
#[inline]
pub fn masks(block: &[u8; BLOCK]) -> Masks {
    lanes::masks(block)
}

/// The first place from `from` on that ends a run of ordinary characters in a string: a quote, a backslash or a
/// control character; the length where there is none.
#[inline]
pub fn string_stop(bytes: &[u8], from: usize) -> usize {
    lanes::string_stop(bytes, from)
}

/// Where a block has bytes that end a run of ordinary characters in a string: bit `n` is byte `n`.
#[inline]
pub fn string_stops(block: &[u8; BLOCK]) -> u64 {
    lanes::string_stops(block)
}

/// Where the bytes of two beginnings are the same: bit `n` is byte `n`.
#[inline]
pub fn same(one: &[u8; SHORT], other: &[u8; SHORT]) -> u32 {
    lanes::same(one, other)
}

/// Where the characters of numbers stand in a block: bit `n` is byte `n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Numbers {
    /// ASCII digits.
    pub digit: u64,
    /// `0`
    pub zero: u64,
    /// `.`
    pub point: u64,
    /// `-`
    pub minus: u64,
    /// `,`
    pub comma: u64,
}

/// Where the characters of numbers are.
#[inline]
pub fn numbers(block: &[u8; BLOCK]) -> Numbers {
    lanes::numbers(block)
}

/// Where the ASCII digits of some bytes stand: bit `n` is byte `n`.
#[inline]
pub fn digits(bytes: &[u8; SHORT]) -> u32 {
    lanes::digits(bytes)
}

/// Where the characters of a plain e-mail address stand in a block: bit `n` is byte `n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Address {
    /// ASCII letters and digits.
    pub alphanumeric: u64,
    /// `-`, `_` and `+`
    pub joiner: u64,
    /// `.`
    pub dot: u64,
    /// `@`
    pub at: u64,
}

/// Where the characters of an address are.
#[inline]
pub fn address(block: &[u8; BLOCK]) -> Address {
    lanes::address(block)
}

/// The first place from `from` on that cannot stand in a list of numbers (digits, signs, points, exponents, commas,
/// blanks and line feeds; `/` too, which costs nothing to let by); the length where there is none.
#[inline]
pub fn numbers_stop(bytes: &[u8], from: usize) -> usize {
    lanes::numbers_stop(bytes, from)
}

/// Where strings end in some bytes, for searches that go on from one another: a block is looked at once, however many
/// strings end in it.
#[derive(Clone, Copy, Debug)]
pub struct Stops<'a> {
    bytes: &'a [u8],
    /// Where the block begins that was looked at last.
    base: usize,
    /// What was found in it.
    found: u64,
}

impl<'a> Stops<'a> {
    /// In these bytes.
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Stops<'a> {
        Stops {
            bytes,
            // So that every place lies outside of it.
            base: usize::MAX - BLOCK,
            found: 0,
        }
    }

    /// The same as [`string_stop`].
    #[inline(always)]
    pub fn next(&mut self, from: usize) -> usize {
        let within = from.wrapping_sub(self.base);
        if within < BLOCK {
            let found = self.found >> within;
            if found != 0 {
                return from + found.trailing_zeros() as usize;
            }
            return self.search(self.base + BLOCK);
        }
        self.search(from)
    }

    #[inline(never)]
    fn search(&mut self, from: usize) -> usize {
        let mut base = from;
        for block in self.bytes.get(from..).unwrap_or_default().as_chunks::<BLOCK>().0 {
            let found = string_stops(block);
            if found != 0 {
                self.base = base;
                self.found = found;
                return base + found.trailing_zeros() as usize;
            }
            base += BLOCK;
        }
        string_stop(self.bytes, base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Bytes that matter, their neighbours, and any others.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let interesting =
            prop::sample::select(b"\"\\{}[]:,/+-.019eE \n\t\r\x1f\x20\x7f\x80\xa2\xdb\xfb\xff".to_vec());
        let calm = prop::sample::select(b"0123456789,.-".to_vec());
        prop::collection::vec(
            prop_oneof![1 => interesting, 20 => calm, 1 => any::<u8>()],
            0..300,
        )
    }

    proptest! {
        #[test]
        fn twins_agree_on_every_alignment(bytes in bytes()) {
            let mut stops = Stops::new(&bytes);
            for from in 0..=bytes.len() {
                prop_assert_eq!(string_stop(&bytes, from), plain::string_stop(&bytes, from));
                prop_assert_eq!(stops.next(from), plain::string_stop(&bytes, from));
                prop_assert_eq!(stops.next(from / 2), plain::string_stop(&bytes, from / 2));
                prop_assert_eq!(numbers_stop(&bytes, from), plain::numbers_stop(&bytes, from));
                if let Some(block) = bytes[from..].first_chunk::<BLOCK>() {
                    prop_assert_eq!(masks(block), plain::masks(block));
                    prop_assert_eq!(string_stops(block), plain::string_stops(block));
                    prop_assert_eq!(address(block), plain::address(block));
                    prop_assert_eq!(numbers(block), plain::numbers(block));
                }
                if let (Some(one), Some(other)) = (bytes.first_chunk(), bytes[from..].first_chunk()) {
                    prop_assert_eq!(same(one, other), plain::same(one, other));
                    prop_assert_eq!(digits(other), plain::digits(other));
                }
            }
        }
    }

    #[test]
    fn twins_agree_on_every_byte() {
        for byte in 0..=255u8 {
            for at in 0..BLOCK {
                let mut block = [b'1'; BLOCK];
                block[at] = byte;
                assert_eq!(masks(&block), plain::masks(&block), "{byte:#x} at {at}");
                assert_eq!(address(&block), plain::address(&block), "{byte:#x} at {at}");
                assert_eq!(numbers(&block), plain::numbers(&block), "{byte:#x} at {at}");
                assert_eq!(
                    string_stops(&block),
                    plain::string_stops(&block),
                    "{byte:#x} at {at}"
                );
                assert_eq!(
                    string_stop(&block, 0),
                    plain::string_stop(&block, 0),
                    "{byte:#x} at {at}"
                );
                assert_eq!(
                    numbers_stop(&block, 0),
                    plain::numbers_stop(&block, 0),
                    "{byte:#x} at {at}"
                );
            }
        }
    }

    #[test]
    fn what_folds_to_a_bracket_is_one() {
        // `{` is `[` with a bit set, and so on; no third byte folds onto them.
        let folded: Vec<u8> = (0..=255u8)
            .filter(|byte| matches!(byte | 0x20, b'{' | b'}'))
            .collect();
        assert_eq!(folded, b"[]{}");
    }
}
