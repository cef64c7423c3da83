//! Looking for the bytes of JSON that matter, many at a time. The only file with `unsafe` in it.
//!
//! Each search has a plain twin in [`plain`], which is also what runs where the machine has no SIMD; a property test
//! holds the two together on every alignment. SSE2 is part of every x86-64, so nothing has to be detected at run
//! time; on Wasm the module is built with `simd128` or it is not.

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

/// The searches, a byte at a time.
pub mod plain {
    use super::{Address, BLOCK, Masks, Numbers, SHORT};

    /// [`super::masks`]
    pub fn masks(block: &[u8; BLOCK]) -> Masks {
        let mut found = Masks::default();
        for (n, byte) in block.iter().enumerate() {
            let bit = 1u64 << n;
            match byte {
                b'"' => found.quote |= bit,
                b'\\' => found.backslash |= bit,
                b'{' | b'[' => found.open |= bit,
                b'}' | b']' => found.close |= bit,
                _ => {}
            }
        }
        found
    }

    /// [`super::string_stop`]
    pub fn string_stop(bytes: &[u8], from: usize) -> usize {
        stop(bytes, from, |byte| matches!(byte, b'"' | b'\\' | 0..=0x1f))
    }

    /// [`super::string_stops`]
    pub fn string_stops(block: &[u8; BLOCK]) -> u64 {
        bits(block, |byte| matches!(byte, b'"' | b'\\' | 0..=0x1f))
    }

    /// [`super::same`]
    pub fn same(one: &[u8; SHORT], other: &[u8; SHORT]) -> u32 {
        let pairs = one.iter().zip(other).enumerate();
        pairs.fold(0, |bits, (n, (one, other))| bits | u32::from(one == other) << n)
    }

    /// [`super::numbers`]
    pub fn numbers(block: &[u8; BLOCK]) -> Numbers {
        Numbers {
            digit: bits(block, |byte| byte.is_ascii_digit()),
            zero: bits(block, |byte| byte == b'0'),
            point: bits(block, |byte| byte == b'.'),
            minus: bits(block, |byte| byte == b'-'),
            comma: bits(block, |byte| byte == b','),
        }
    }

    /// [`super::digits`]
    pub fn digits(bytes: &[u8; SHORT]) -> u32 {
        let bytes = bytes.iter().enumerate();
        bytes.fold(0, |bits, (n, byte)| bits | u32::from(byte.is_ascii_digit()) << n)
    }

    /// [`super::address`]
    pub fn address(block: &[u8; BLOCK]) -> Address {
        Address {
            alphanumeric: bits(block, |byte| byte.is_ascii_alphanumeric()),
            joiner: bits(block, |byte| matches!(byte, b'-' | b'_' | b'+')),
            dot: bits(block, |byte| byte == b'.'),
            at: bits(block, |byte| byte == b'@'),
        }
    }

    fn bits(block: &[u8; BLOCK], is: impl Fn(u8) -> bool) -> u64 {
        let bytes = block.iter().enumerate();
        bytes.fold(0, |bits, (n, byte)| bits | u64::from(is(*byte)) << n)
    }

    /// [`super::numbers_stop`]
    pub fn numbers_stop(bytes: &[u8], from: usize) -> usize {
        stop(bytes, from, |byte| {
            !matches!(byte, b'+'..=b'9' | b'e' | b'E' | b' ' | b'\n')
        })
    }

    fn stop(bytes: &[u8], from: usize, stops: impl Fn(u8) -> bool) -> usize {
        bytes
            .get(from..)
            .and_then(|rest| rest.iter().position(|byte| stops(*byte)))
            .map_or(bytes.len(), |n| from + n)
    }
}

/// The searches, sixteen bytes at a time, over the few operations that SSE2 and `simd128` have in common.
#[cfg(any(
    target_arch = "x86_64",
    all(target_arch = "wasm32", target_feature = "simd128")
))]
mod lanes {
    use super::{Address, BLOCK, Masks, Numbers, SHORT, plain};

    #[cfg(target_arch = "wasm32")]
    use super::simd128::Lane;
    #[cfg(target_arch = "x86_64")]
    use super::sse2::Lane;

    #[inline]
    pub(super) fn masks(block: &[u8; BLOCK]) -> Masks {
        let lanes = Lane::four(block);
        let folded = lanes.map(Lane::fold);
        let either = |f: [Lane; 4]| f[0].or(f[1]).or(f[2].or(f[3]));
        let quotes = lanes.map(|lane| lane.is(b'"'));
        let slashes = lanes.map(|lane| lane.is(b'\\'));
        let opens = folded.map(|lane| lane.is(b'{'));
        let closes = folded.map(|lane| lane.is(b'}'));
        // Most blocks of a vector have nothing: one test instead of sixteen.
        if !either(quotes)
            .or(either(slashes))
            .or(either(opens).or(either(closes)))
            .any()
        {
            return Masks::default();
        }
        Masks {
            quote: word(quotes),
            backslash: word(slashes),
            open: word(opens),
            close: word(closes),
        }
    }

    /// A bit for each byte of a block.
    #[inline]
    fn word(found: [Lane; 4]) -> u64 {
        u64::from(found[0].bits())
            | u64::from(found[1].bits()) << 16
            | u64::from(found[2].bits()) << 32
            | u64::from(found[3].bits()) << 48
    }

    #[inline]
    fn stops_string(lane: Lane) -> Lane {
        // With its second bit turned a quote is the first byte behind the control characters, which stay what they are.
        lane.turned(2).at_most(b'"' ^ 2).or(lane.is(b'\\'))
    }

    #[inline]
    pub(super) fn string_stops(block: &[u8; BLOCK]) -> u64 {
        word(Lane::four(block).map(stops_string))
    }

    #[inline]
    pub(super) fn same(one: &[u8; SHORT], other: &[u8; SHORT]) -> u32 {
        let pairs = one.as_chunks::<16>().0.iter().zip(other.as_chunks::<16>().0);
        let bits = |(one, other)| u32::from(Lane::load(one).same(Lane::load(other)).bits());
        pairs.map(bits).rev().fold(0, |word, bits| word << 16 | bits)
    }

    #[inline]
    pub(super) fn numbers(block: &[u8; BLOCK]) -> Numbers {
        let lanes = Lane::four(block);
        let each = |byte: u8| word(lanes.map(|lane| lane.is(byte)));
        Numbers {
            digit: word(lanes.map(|lane| lane.minus(b'0').at_most(9))),
            zero: each(b'0'),
            point: each(b'.'),
            minus: each(b'-'),
            comma: each(b','),
        }
    }

    #[inline]
    pub(super) fn digits(bytes: &[u8; SHORT]) -> u32 {
        let bits = |lane| u32::from(Lane::load(lane).minus(b'0').at_most(9).bits());
        let lanes = bytes.as_chunks::<16>().0.iter();
        lanes.map(bits).rev().fold(0, |word, bits| word << 16 | bits)
    }

    #[inline]
    pub(super) fn address(block: &[u8; BLOCK]) -> Address {
        let lanes = Lane::four(block);
        let letter = |lane: Lane| lane.fold().minus(b'a').at_most(b'z' - b'a');
        let digit = |lane: Lane| lane.minus(b'0').at_most(9);
        Address {
            alphanumeric: word(lanes.map(|lane| letter(lane).or(digit(lane)))),
            joiner: word(lanes.map(|lane| lane.is(b'-').or(lane.is(b'_')).or(lane.is(b'+')))),
            dot: word(lanes.map(|lane| lane.is(b'.'))),
            at: word(lanes.map(|lane| lane.is(b'@'))),
        }
    }

    #[inline]
    pub(super) fn string_stop(bytes: &[u8], from: usize) -> usize {
        let mut at = from;
        for lane in bytes.get(from..).unwrap_or_default().as_chunks::<16>().0 {
            let found = stops_string(Lane::load(lane)).bits();
            if found != 0 {
                return at + found.trailing_zeros() as usize;
            }
            at += 16;
        }
        plain::string_stop(bytes, at)
    }

    #[inline]
    pub(super) fn numbers_stop(bytes: &[u8], from: usize) -> usize {
        let mut at = from;
        let fits = |lane: Lane| {
            lane.minus(b'+')
                .at_most(b'9' - b'+')
                .or(lane.fold().is(b'e'))
                .or(lane.is(b' '))
                .or(lane.is(b'\n'))
        };
        while let Some(block) = bytes.get(at..).and_then(|rest| rest.first_chunk::<BLOCK>()) {
            // Most of a list has neither blanks nor exponents: one range is enough for it.
            let lanes = Lane::four(block);
            let all = |[a, b, c, d]: [Lane; 4]| a.and(b).and(c.and(d)).bits() == 0xffff;
            if !all(lanes.map(|lane| lane.minus(b'+').at_most(b'9' - b'+'))) && !all(lanes.map(fits)) {
                break;
            }
            at += BLOCK;
        }
        while let Some(lane) = Lane::at(bytes, at) {
            let stops = fits(lane).bits() ^ 0xffff;
            if stops != 0 {
                return at + stops.trailing_zeros() as usize;
            }
            at += 16;
        }
        plain::numbers_stop(bytes, at)
    }
}

#[cfg(not(any(
    target_arch = "x86_64",
    all(target_arch = "wasm32", target_feature = "simd128")
)))]
use plain as lanes;

#[cfg(target_arch = "x86_64")]
mod sse2 {
    use std::arch::x86_64::{
        __m128i, _mm_and_si128, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8,
        _mm_or_si128, _mm_set1_epi8, _mm_sub_epi8, _mm_xor_si128,
    };

    /// Sixteen bytes.
    #[derive(Clone, Copy)]
    pub(super) struct Lane(__m128i);

    impl Lane {
        #[inline]
        pub(super) fn load(bytes: &[u8; 16]) -> Lane {
            // SAFETY: sixteen bytes are there to read, the load needs no alignment, and SSE2 is part of x86-64.
            Lane(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
        }

        #[inline]
        pub(super) fn is(self, byte: u8) -> Lane {
            // SAFETY (here and below): arithmetic on registers; SSE2 is part of x86-64.
            Lane(unsafe { _mm_cmpeq_epi8(self.0, _mm_set1_epi8(byte.cast_signed())) })
        }

        #[inline]
        pub(super) fn same(self, other: Lane) -> Lane {
            Lane(unsafe { _mm_cmpeq_epi8(self.0, other.0) })
        }

        #[inline]
        pub(super) fn at_most(self, byte: u8) -> Lane {
            Lane(unsafe { _mm_cmpeq_epi8(self.0, _mm_min_epu8(self.0, _mm_set1_epi8(byte.cast_signed()))) })
        }

        #[inline]
        pub(super) fn turned(self, bits: u8) -> Lane {
            Lane(unsafe { _mm_xor_si128(self.0, _mm_set1_epi8(bits.cast_signed())) })
        }

        #[inline]
        pub(super) fn minus(self, byte: u8) -> Lane {
            Lane(unsafe { _mm_sub_epi8(self.0, _mm_set1_epi8(byte.cast_signed())) })
        }

        #[inline]
        pub(super) fn fold(self) -> Lane {
            Lane(unsafe { _mm_or_si128(self.0, _mm_set1_epi8(0x20)) })
        }

        #[inline]
        pub(super) fn or(self, other: Lane) -> Lane {
            Lane(unsafe { _mm_or_si128(self.0, other.0) })
        }

        #[inline]
        pub(super) fn and(self, other: Lane) -> Lane {
            Lane(unsafe { _mm_and_si128(self.0, other.0) })
        }

        #[inline]
        pub(super) fn bits(self) -> u16 {
            let bits = unsafe { _mm_movemask_epi8(self.0) };
            bits.cast_unsigned() as u16
        }

        #[inline]
        pub(super) fn any(self) -> bool {
            self.bits() != 0
        }
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128 {
    use std::arch::wasm32::{
        u8x16_bitmask, u8x16_eq, u8x16_le, u8x16_splat, u8x16_sub, v128, v128_and, v128_any_true, v128_load,
        v128_or, v128_xor,
    };

    /// Sixteen bytes.
    #[derive(Clone, Copy)]
    pub(super) struct Lane(v128);

    impl Lane {
        #[inline]
        pub(super) fn load(bytes: &[u8; 16]) -> Lane {
            // SAFETY: sixteen bytes are there to read, and the load needs no alignment.
            Lane(unsafe { v128_load(bytes.as_ptr().cast()) })
        }

        #[inline]
        pub(super) fn is(self, byte: u8) -> Lane {
            Lane(u8x16_eq(self.0, u8x16_splat(byte)))
        }

        #[inline]
        pub(super) fn same(self, other: Lane) -> Lane {
            Lane(u8x16_eq(self.0, other.0))
        }

        #[inline]
        pub(super) fn at_most(self, byte: u8) -> Lane {
            Lane(u8x16_le(self.0, u8x16_splat(byte)))
        }

        #[inline]
        pub(super) fn turned(self, bits: u8) -> Lane {
            Lane(v128_xor(self.0, u8x16_splat(bits)))
        }

        #[inline]
        pub(super) fn minus(self, byte: u8) -> Lane {
            Lane(u8x16_sub(self.0, u8x16_splat(byte)))
        }

        #[inline]
        pub(super) fn fold(self) -> Lane {
            Lane(v128_or(self.0, u8x16_splat(0x20)))
        }

        #[inline]
        pub(super) fn or(self, other: Lane) -> Lane {
            Lane(v128_or(self.0, other.0))
        }

        #[inline]
        pub(super) fn and(self, other: Lane) -> Lane {
            Lane(v128_and(self.0, other.0))
        }

        #[inline]
        pub(super) fn bits(self) -> u16 {
            u8x16_bitmask(self.0)
        }

        #[inline]
        pub(super) fn any(self) -> bool {
            v128_any_true(self.0)
        }
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use simd128::Lane;
#[cfg(target_arch = "x86_64")]
use sse2::Lane;

#[cfg(any(
    target_arch = "x86_64",
    all(target_arch = "wasm32", target_feature = "simd128")
))]
impl Lane {
    /// Sixteen bytes from `at` on, if there are so many.
    #[inline]
    fn at(bytes: &[u8], at: usize) -> Option<Lane> {
        bytes.get(at..)?.first_chunk::<16>().map(Lane::load)
    }

    /// A block.
    #[inline]
    fn four(block: &[u8; BLOCK]) -> [Lane; 4] {
        let mut parts = block.chunks_exact(16).filter_map(|part| part.first_chunk::<16>());
        std::array::from_fn(|_| parts.next().map_or_else(|| Lane::load(&[0; 16]), Lane::load))
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
