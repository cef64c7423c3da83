//! The searches, a byte at a time: what runs where there is no SIMD, and what the other ones are held against.

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
