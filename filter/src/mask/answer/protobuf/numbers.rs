//! Vectors and scores: rounding numbers where they stand, zeros, counting vectors.

use super::super::patterns::PatternId;
use super::super::{AnswerError, Unexpected};
use super::values::plain_number;
use super::{Mask, Place};
use crate::mask::plan::VectorMask;
use crate::mask::shape::protobuf::{Part, Vectors};
use crate::wire::protobuf::read::{Record, Records, Value, cut_field};
use crate::wire::protobuf::rewrite::{Extent, Outcome, Treat};
use crate::wire::protobuf::varint::{Key, WireType};

/// How numbers of one width are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    Floats,
    Doubles,
    Float16,
    BFloat16,
    Int8,
    Bits,
    /// An index and a float.
    Sparse,
}

/// What is done to numbers where they stand.
#[derive(Clone, Copy, Debug)]
pub(super) enum Blocks {
    /// Ids are counted.
    Ids,
    /// Rows are counted: numbers of this width, or varints.
    Rows(Option<u64>),
    /// Vectors are counted, and rounded if so many decimals are given.
    Vectors(Numbers, Option<u8>),
    /// They are rounded.
    Round(Numbers, u8),
    /// They become zero; which pattern asked for that, and the width of one.
    Zero(Option<(PatternId, u64)>),
}

impl Numbers {
    fn of(part: &Part) -> Option<Numbers> {
        Some(match part {
            Part::Plain | Part::Vectors(_) => return None,
            Part::Floats => Numbers::Floats,
            Part::Float16 => Numbers::Float16,
            Part::BFloat16 => Numbers::BFloat16,
            Part::Int8 => Numbers::Int8,
            Part::Bits => Numbers::Bits,
            Part::Sparse => Numbers::Sparse,
        })
    }

    /// The numbers in a part, or in the first part inside it.
    fn within(part: &Part) -> Option<Numbers> {
        match part {
            Part::Vectors(inner) => inner.fields.iter().find_map(|(_, part)| match part {
                Part::Vectors(_) => None,
                part => Numbers::of(part),
            }),
            part => Numbers::of(part),
        }
    }

    pub(super) fn width(self) -> usize {
        match self {
            Numbers::Floats => 4,
            Numbers::Doubles | Numbers::Sparse => 8,
            Numbers::Float16 | Numbers::BFloat16 => 2,
            Numbers::Int8 | Numbers::Bits => 1,
        }
    }

    /// How many bytes a vector of so many numbers has; `None` where the bytes say nothing of that.
    fn vector(self, dim: u64) -> Option<u64> {
        let bytes = match self {
            Numbers::Sparse => return None,
            Numbers::Bits => dim / 8,
            _ => dim.checked_mul(self.width() as u64)?,
        };
        (bytes > 0).then_some(bytes)
    }

    /// Rounds each number to some decimals, half away from zero. Integers stay as they are.
    pub(super) fn round(self, blocks: &mut [u8], decimals: u8) -> Outcome {
        match self {
            Numbers::Floats => each(blocks, |bytes: [u8; 4]| {
                rounded_float(f32::from_le_bytes(bytes), decimals).to_le_bytes()
            }),
            Numbers::Doubles => each(blocks, |bytes: [u8; 8]| {
                rounded(f64::from_le_bytes(bytes), decimals, f64::EPSILON).to_le_bytes()
            }),
            Numbers::Float16 => each(blocks, |bytes: [u8; 2]| {
                let value = half_to_float(u16::from_le_bytes(bytes));
                float_to_half(rounded_with(value, decimals, HALF) as f32).to_le_bytes()
            }),
            Numbers::BFloat16 => each(blocks, |bytes: [u8; 2]| {
                let value = f32::from_bits(u32::from(u16::from_le_bytes(bytes)) << 16);
                float_to_brain(rounded_with(value, decimals, BRAIN) as f32).to_le_bytes()
            }),
            Numbers::Sparse => each(blocks, |bytes: [u8; 8]| {
                let [a, b, c, d, value @ ..] = bytes;
                let [e, f, g, h] = rounded_float(f32::from_le_bytes(value), decimals).to_le_bytes();
                [a, b, c, d, e, f, g, h]
            }),
            Numbers::Int8 | Numbers::Bits => Outcome::Same,
        }
    }
}

fn each<const N: usize>(blocks: &mut [u8], change: impl Fn([u8; N]) -> [u8; N]) -> Outcome {
    let mut outcome = Outcome::Same;
    for block in blocks.as_chunks_mut::<N>().0 {
        let changed = change(*block);
        if changed != *block {
            *block = changed;
            outcome = Outcome::Changed;
        }
    }
    outcome
}

/// How exact a half float and the upper half of a float are.
const HALF: f64 = 1.0 / 1024.0;
const BRAIN: f64 = 1.0 / 128.0;

fn rounded_float(value: f32, decimals: u8) -> f32 {
    rounded_with(value, decimals, f64::from(f32::EPSILON)) as f32
}

fn rounded_with(value: f32, decimals: u8, exactness: f64) -> f64 {
    rounded(f64::from(value), decimals, exactness)
}

/// Rounds half away from zero. A number that is within its own exactness of a half is taken for one: 0.35 is written
/// as something a little less, and means 0.35.
fn rounded(value: f64, decimals: u8, exactness: f64) -> f64 {
    let scale = 10f64.powi(i32::from(decimals));
    let scaled = value.abs() * scale;
    // From here on there are no more decimals than that, or it is no number.
    if !scaled.is_finite() || scaled * exactness >= 0.5 {
        return value;
    }
    let below = scaled.floor();
    let half = scaled - below - 0.5;
    let up = half >= 0.0 || -half <= scaled * exactness;
    let whole = if up { below + 1.0 } else { below };
    (whole / scale).copysign(value)
}

/// IEEE 754 half precision to single, exactly.
fn half_to_float(half: u16) -> f32 {
    let sign = u32::from(half & 0x8000) << 16;
    let (exponent, fraction) = (u32::from(half >> 10 & 0x1f), u32::from(half & 0x3ff));
    let magnitude = match exponent {
        0 => (fraction as f32 / 16_777_216.0).to_bits(),
        0x1f => 0x7f80_0000 | fraction << 13,
        _ => (exponent + 112) << 23 | fraction << 13,
    };
    f32::from_bits(sign | magnitude)
}

/// Single precision to half, to the nearest, ties to even.
fn float_to_half(value: f32) -> u16 {
    let sign = (value.to_bits() >> 16 & 0x8000) as u16;
    let magnitude = value.abs();
    let bits = magnitude.to_bits();
    if magnitude.is_nan() {
        return sign | 0x7e00;
    }
    // Half of the step above the greatest half.
    if magnitude >= 65_520.0 {
        return sign | 0x7c00;
    }
    if bits < 0x3880_0000 {
        return sign | (magnitude * 16_777_216.0).round_ties_even() as u16;
    }
    let even = bits >> 13 & 1;
    sign | ((bits + 0xfff + even - (112 << 23)) >> 13) as u16
}

/// Single precision to its upper half, to the nearest, ties to even.
fn float_to_brain(value: f32) -> u16 {
    let bits = value.to_bits();
    if value.is_nan() {
        return (bits >> 16) as u16 | 0x40;
    }
    ((bits + 0x7fff + (bits >> 16 & 1)) >> 16) as u16
}

/// Counts vectors.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counted {
    passed: u64,
    stripped: u64,
    /// How many numbers a vector has, where many stand in a row; 0 where one stands alone.
    dim: u64,
    /// How many bytes of the row were seen.
    seen: u64,
    /// The numbers of a vector that stands unpacked are coming.
    unpacked: bool,
}

impl Counted {
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.passed, self.stripped)
    }

    /// A message with vectors begins.
    pub(super) fn begin(&mut self) {
        (self.dim, self.seen, self.unpacked) = (0, 0, false);
    }

    pub(super) fn dim(&mut self, record: &Record<'_>) {
        self.dim = plain_number(record).unwrap_or_default();
    }

    fn add(&mut self, vectors: u64, coarsened: bool) {
        if coarsened {
            self.stripped += vectors;
        } else {
            self.passed += vectors;
        }
    }

    /// A field of numbers begins.
    fn field(&mut self, numbers: Numbers, wire: WireType, coarsened: bool) {
        if numbers.vector(self.dim).is_none() && !self.unpacked {
            self.add(1, coarsened);
        }
        self.unpacked = wire == WireType::Fixed32;
    }

    /// Bytes of a row of vectors.
    pub(super) fn numbers(&mut self, numbers: Numbers, bytes: usize, coarsened: bool) {
        if let Some(size) = numbers.vector(self.dim) {
            let before = self.seen / size;
            self.seen += bytes as u64;
            self.add(self.seen / size - before, coarsened);
        }
    }

    /// A message with vectors is taken out.
    pub(super) fn stripped(&mut self, vectors: &Vectors, content: Extent<'_>) {
        self.begin();
        match content {
            Extent::All(bytes) => self.count(vectors, bytes, 0),
            // Nearly all of it are numbers, in the field in which the front ends.
            Extent::Front { bytes, length } => {
                let mut records = Records::new(bytes).flatten();
                if let Some(record) = records.find(|record| Some(record.key.number) == vectors.dim) {
                    self.dim(&record);
                }
                let part = cut_field(bytes)
                    .and_then(|(key, ..)| vectors.fields.iter().find(|(number, _)| *number == key.number));
                let size = part.and_then(|(_, part)| Numbers::within(part)?.vector(self.dim));
                self.stripped += size.map_or(1, |size| length / size);
            }
        }
    }

    fn count(&mut self, vectors: &Vectors, bytes: &[u8], depth: usize) {
        for record in Records::new(bytes).flatten() {
            let part = vectors
                .fields
                .iter()
                .find(|(number, _)| *number == record.key.number);
            match (part, record.value) {
                _ if Some(record.key.number) == vectors.dim => self.dim(&record),
                (Some((_, Part::Vectors(inner))), Value::Len(content)) if depth < 16 => {
                    self.unpacked = false;
                    self.count(inner, content, depth + 1);
                }
                (Some((_, part)), value) => {
                    if let Some(numbers) = Numbers::of(part) {
                        self.field(numbers, record.key.wire, true);
                        let bytes = if let Value::Len(content) = value {
                            content.len()
                        } else {
                            4
                        };
                        self.numbers(numbers, bytes, true);
                    }
                }
                (None, _) => {}
            }
        }
    }
}

impl Mask {
    pub(super) fn in_vectors(&mut self, vectors: &Vectors, key: Key) -> Result<Treat<Place>, AnswerError> {
        if Some(key.number) == vectors.dim {
            return Ok(Treat::Whole(Place::Dim));
        }
        let decimals = match self.mask.plan.vectors {
            VectorMask::Round(decimals) => Some(decimals),
            VectorMask::Pass | VectorMask::Strip => None,
        };
        let part = vectors.fields.iter().find(|(number, _)| *number == key.number);
        let numbers = match part {
            Some((_, Part::Vectors(inner))) => return Ok(self.inner_vectors(inner)),
            Some((_, part)) => Numbers::of(part),
            // Another kind of vector would leave as exact as it is.
            None if decimals.is_some() => return Err(Unexpected::Field.into()),
            None => None,
        };
        let Some(numbers) = numbers else {
            return Ok(Treat::Copy);
        };
        self.vectors.field(numbers, key.wire, decimals.is_some());
        Ok(Treat::Blocks {
            place: Place::Blocks(Blocks::Vectors(numbers, decimals)),
            width: numbers.width(),
        })
    }

    fn inner_vectors(&mut self, vectors: &'static Vectors) -> Treat<Place> {
        // What the row's own message says of its size holds for a message inside that says nothing.
        if vectors.dim.is_some() {
            return self.walk_vectors(vectors);
        }
        self.vectors.inside();
        Treat::Walk(Place::Vectors(vectors))
    }
}

impl Counted {
    /// A message inside the one with vectors begins.
    fn inside(&mut self) {
        (self.seen, self.unpacked) = (0, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rounding() {
        let table = [
            (0.123_456_f32, 3, 0.123),
            (0.35, 1, 0.4),
            (-0.35, 1, -0.4),
            (0.125, 2, 0.13),
            (2.5, 0, 3.0),
            (-2.5, 0, -3.0),
            (0.0, 5, 0.0),
            (16_777_216.0, 3, 16_777_216.0),
            (1e30, 15, 1e30),
            (f32::INFINITY, 2, f32::INFINITY),
        ];
        for (value, decimals, expected) in table {
            assert_eq!(rounded_float(value, decimals), expected, "{value}");
        }
        assert!(rounded_float(f32::NAN, 2).is_nan());
        assert_eq!(rounded(0.285, 2, f64::EPSILON), 0.29);
        assert_eq!(rounded(1.005, 2, f64::EPSILON), 1.01);
        assert_eq!(rounded(1234.5678, 3, f64::EPSILON), 1234.568);
    }

    #[test]
    fn halves_and_brains_come_back() {
        for bits in 0..=u16::MAX {
            let value = half_to_float(bits);
            if !value.is_nan() {
                assert_eq!(float_to_half(value), bits, "{value}");
            }
            let value = f32::from_bits(u32::from(bits) << 16);
            if !value.is_nan() {
                assert_eq!(float_to_brain(value), bits, "{value}");
            }
        }
        let table = [
            (0x3c00, 1.0f32),
            (0xc000, -2.0),
            (0x7bff, 65_504.0),
            (0x0001, 5.960_464_5e-8),
            (0x3555, 0.333_251_95),
        ];
        for (half, value) in table {
            assert_eq!(half_to_float(half), value);
        }
        assert_eq!(float_to_half(65_519.0), 0x7bff);
        assert_eq!(float_to_half(65_520.0), 0x7c00);
        assert!(half_to_float(float_to_half(f32::NAN)).is_nan());
    }

    proptest! {
        #[test]
        fn a_rounded_float_is_the_nearest_text(value in -1000f32..1000.0, decimals in 0u8..6) {
            let exact: f64 = format!("{value}").parse().unwrap();
            let ours = f64::from(rounded_float(value, decimals));
            let step = 10f64.powi(-i32::from(decimals));
            prop_assert!((ours - exact).abs() <= step / 2.0 + exact.abs() * 2e-7 + 1e-12, "{value} {ours}");
        }
    }
}
