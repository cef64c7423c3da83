//! The searches, sixteen bytes at a time, over the few operations that SSE2 and `simd128` have in common.

use super::lane::Lane;
use super::{Address, BLOCK, Masks, Numbers, SHORT, plain};

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
