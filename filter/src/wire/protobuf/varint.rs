//! Variable-length integers and field keys: reading them strictly, writing them in their shortest form.

/// The longest varint that means a 64-bit number.
pub const LONGEST: usize = 10;

/// The highest field number.
pub const HIGHEST_FIELD: u32 = (1 << 29) - 1;

/// What stands at the front of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Varint {
    /// A number, and how many bytes it took.
    Number(u64, usize),
    /// It is not over yet.
    Unfinished,
    /// It is longer than ten bytes or more than 64 bits.
    TooLong,
}

/// Reads the varint at the front of `bytes`.
#[inline]
pub fn read(bytes: &[u8]) -> Varint {
    match bytes.first() {
        Some(&byte) if byte < 0x80 => Varint::Number(u64::from(byte), 1),
        _ => read_long(bytes),
    }
}

fn read_long(bytes: &[u8]) -> Varint {
    let mut value = 0u64;
    for (at, &byte) in bytes.iter().take(LONGEST).enumerate() {
        let part = u64::from(byte & 0x7f);
        // The tenth byte holds the 64th bit alone.
        if at == LONGEST - 1 && part > 1 {
            return Varint::TooLong;
        }
        value |= part << (7 * at);
        if byte < 0x80 {
            return Varint::Number(value, at + 1);
        }
    }
    if bytes.len() < LONGEST {
        Varint::Unfinished
    } else {
        Varint::TooLong
    }
}

/// Appends a number.
#[inline]
pub fn push(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// How many bytes [`push`] writes.
#[inline]
pub fn length(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

/// How a field's value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WireType {
    /// A varint.
    Varint,
    /// Eight bytes.
    Fixed64,
    /// A length and as many bytes: strings, bytes, messages, packed scalars.
    Len,
    /// Four bytes.
    Fixed32,
}

impl WireType {
    /// Its number in a field's key.
    pub fn number(self) -> u32 {
        match self {
            WireType::Varint => 0,
            WireType::Fixed64 => 1,
            WireType::Len => 2,
            WireType::Fixed32 => 5,
        }
    }
}

/// The key in front of a field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The field's number, 1 to [`HIGHEST_FIELD`].
    pub number: u32,
    /// How its value is written.
    pub wire: WireType,
}

/// Why a key is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadKey {
    /// Field number 0, or over the highest.
    Number,
    /// The start or end of a group: an outdated form that none of the databases uses.
    Group,
    /// A wire type that does not exist.
    WireType,
}

impl Key {
    /// A key for this field.
    pub const fn new(number: u32, wire: WireType) -> Key {
        Key { number, wire }
    }

    /// Reads a key's varint.
    ///
    /// # Errors
    /// What is not a key of a field that can be read here.
    #[inline]
    pub fn from_varint(value: u64) -> Result<Key, BadKey> {
        let number = u32::try_from(value >> 3)
            .ok()
            .filter(|number| (1..=HIGHEST_FIELD).contains(number))
            .ok_or(BadKey::Number)?;
        let wire = match value & 7 {
            0 => WireType::Varint,
            1 => WireType::Fixed64,
            2 => WireType::Len,
            5 => WireType::Fixed32,
            3 | 4 => return Err(BadKey::Group),
            _ => return Err(BadKey::WireType),
        };
        Ok(Key { number, wire })
    }

    /// Appends the key.
    pub fn push(self, out: &mut Vec<u8>) {
        push(u64::from(self.number) << 3 | u64::from(self.wire.number()), out);
    }
}

/// Appends a field of bytes.
pub fn push_bytes(number: u32, content: &[u8], out: &mut Vec<u8>) {
    Key::new(number, WireType::Len).push(out);
    push(content.len() as u64, out);
    crate::wire::span::append(content, out);
}

/// Appends a field that is a varint.
pub fn push_varint(number: u32, value: u64, out: &mut Vec<u8>) {
    Key::new(number, WireType::Varint).push(out);
    push(value, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn strictness() {
        let table: &[(&[u8], Varint)] = &[
            (&[], Varint::Unfinished),
            (&[0], Varint::Number(0, 1)),
            (&[0x96, 1, 7], Varint::Number(150, 2)),
            (&[0x80], Varint::Unfinished),
            // Longer than needed, but within ten bytes: legal.
            (&[0x80, 0x80, 0], Varint::Number(0, 3)),
            (
                &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
                Varint::Number(u64::MAX, 10),
            ),
            (
                &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2],
                Varint::TooLong,
            ),
            (&[0x80; 9], Varint::Unfinished),
            (&[0x80; 10], Varint::TooLong),
            (
                &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0],
                Varint::TooLong,
            ),
        ];
        for (bytes, expected) in table {
            assert_eq!(read(bytes), *expected, "{bytes:?}");
        }
    }

    #[test]
    fn keys() {
        let table = [
            (0x08, Ok(Key::new(1, WireType::Varint))),
            (0x0d, Ok(Key::new(1, WireType::Fixed32))),
            ((536_870_911 << 3) | 2, Ok(Key::new(HIGHEST_FIELD, WireType::Len))),
            (536_870_912 << 3, Err(BadKey::Number)),
            (u64::MAX, Err(BadKey::Number)),
            (0x02, Err(BadKey::Number)),
            (0x0b, Err(BadKey::Group)),
            (0x0c, Err(BadKey::Group)),
            (0x0e, Err(BadKey::WireType)),
        ];
        for (value, expected) in table {
            assert_eq!(Key::from_varint(value), expected, "{value}");
        }
    }

    proptest! {
        #[test]
        fn numbers_come_back(value in any::<u64>(), shift in 0..64u32) {
            let value = value >> shift;
            let mut out = Vec::new();
            push(value, &mut out);
            prop_assert_eq!(out.len(), length(value));
            prop_assert_eq!(read(&out), Varint::Number(value, out.len()));
        }
    }
}
