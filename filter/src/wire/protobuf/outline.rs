//! The outline of a message that is too long to be kept: the message without its bulk, made while it streams by.
//!
//! An [`Outliner`] walks a message of a known length, cut anywhere. Fields of bulk are passed over by their lengths,
//! messages that hold some are entered, and everything else is kept as it stands. What is left is a message of the
//! same type in which bulk is absent, so whoever reads only the rest reads the same in both. Memory: what is kept, up
//! to a limit.

use super::read::{Malformed, Problem};
use super::varint::{self, Key, Varint, WireType};
use std::fmt;

/// Where the bulk of a message is: by field number. What is not named is kept.
#[derive(Debug)]
pub struct Bulky {
    /// The fields.
    pub fields: &'static [(u32, Part)],
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// Bulk: it is left out.
    Bulk,
    /// A message with bulk in it.
    In(&'static Bulky),
}

/// Why there is no outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutlineError {
    /// It is no message.
    Malformed(Malformed),
    /// It is longer than the limit.
    TooLong,
}

impl fmt::Display for OutlineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OutlineError::Malformed(malformed) => malformed.fmt(f),
            OutlineError::TooLong => f.write_str("what is not bulk is longer than the limit"),
        }
    }
}

impl std::error::Error for OutlineError {}

/// The longest front of a field: its key and its length, or its number.
const LONGEST_FRONT: usize = 2 * varint::LONGEST;

/// A message that is being walked.
#[derive(Debug)]
struct Level {
    bulky: Option<&'static Bulky>,
    /// Its field in the one around it.
    number: u32,
    /// How much of it was not read.
    left: u64,
    /// Its outline so far.
    kept: Vec<u8>,
}

/// What becomes of a field's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Keep,
    Drop,
}

/// Makes the outline of one message.
#[derive(Debug)]
pub struct Outliner {
    limit: usize,
    /// From the outermost in; never empty.
    levels: Vec<Level>,
    /// How much is kept in all of them.
    kept: usize,
    front: Vec<u8>,
    /// The content that is being read.
    content: Option<(Fate, u64)>,
}

impl Outliner {
    /// For a message of this length, with its bulk there. The outline has at most `limit` bytes.
    pub fn new(bulky: &'static Bulky, length: u64, limit: usize) -> Outliner {
        Outliner {
            limit,
            levels: vec![Level {
                bulky: Some(bulky),
                number: 0,
                left: length,
                kept: Vec::new(),
            }],
            kept: 0,
            front: Vec::with_capacity(LONGEST_FRONT),
            content: None,
        }
    }

    /// Takes more of the message, and not more than there is of it.
    ///
    /// # Errors
    /// What is no message, and more than the limit. It cannot be read on.
    pub fn push(&mut self, mut chunk: &[u8]) -> Result<(), OutlineError> {
        loop {
            self.close();
            match self.content {
                Some((fate, left)) => {
                    let here = chunk.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    let (now, rest) = chunk.split_at(here);
                    chunk = rest;
                    if fate == Fate::Keep {
                        self.keep(now)?;
                    }
                    let left = left - here as u64;
                    self.content = (left > 0).then_some((fate, left));
                    if left > 0 {
                        return Ok(());
                    }
                }
                None => {
                    let Some((&byte, rest)) = chunk.split_first() else {
                        return Ok(());
                    };
                    chunk = rest;
                    self.front_grows(byte)?;
                }
            }
        }
    }

    /// Whether all of the message was read.
    pub fn is_whole(&self) -> bool {
        match self.levels.as_slice() {
            [root] => root.left == 0 && self.content.is_none(),
            _ => false,
        }
    }

    /// The outline of what was read: a message, also where the end of this one has not come. A field that is cut is
    /// not in it.
    pub fn so_far(&self) -> Vec<u8> {
        let mut inner: Option<(u32, Vec<u8>)> = None;
        for (at, level) in self.levels.iter().enumerate().rev() {
            let innermost = at + 1 == self.levels.len();
            let mut kept = level.kept.clone();
            if innermost && matches!(self.content, Some((Fate::Keep, _))) {
                kept.truncate(whole_fields(&kept));
            }
            if let Some((number, inner)) = inner {
                varint::push_bytes(number, &inner, &mut kept);
            }
            inner = Some((level.number, kept));
        }
        inner.map(|(_, kept)| kept).unwrap_or_default()
    }

    fn error(&self, number: Option<u32>, problem: Problem) -> OutlineError {
        let path = self.levels.iter().skip(1).map(|level| level.number);
        OutlineError::Malformed(Malformed {
            path: path.chain(number).collect(),
            problem,
        })
    }

    fn takes(&mut self, room: usize) -> Result<(), OutlineError> {
        self.kept += room;
        if self.kept > self.limit {
            return Err(OutlineError::TooLong);
        }
        Ok(())
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), OutlineError> {
        self.takes(bytes.len())?;
        if let Some(level) = self.levels.last_mut() {
            level.kept.extend_from_slice(bytes);
        }
        Ok(())
    }

    /// Ends the messages of which all was read.
    fn close(&mut self) {
        while self.content.is_none()
            && self.levels.len() > 1
            && let Some(level) = self.levels.pop_if(|level| level.left == 0)
        {
            if let Some(around) = self.levels.last_mut() {
                varint::push_bytes(level.number, &level.kept, &mut around.kept);
            }
        }
    }

    fn left(&self) -> u64 {
        self.levels.last().map_or(0, |level| level.left)
    }

    /// Takes `count` bytes off what is left of the innermost message.
    fn spend(&mut self, number: Option<u32>, count: u64) -> Result<(), OutlineError> {
        let left = self
            .left()
            .checked_sub(count)
            .ok_or_else(|| self.error(number, Problem::Truncated))?;
        if let Some(level) = self.levels.last_mut() {
            level.left = left;
        }
        Ok(())
    }

    fn front_grows(&mut self, byte: u8) -> Result<(), OutlineError> {
        let number = match varint::read(&self.front) {
            Varint::Number(key, _) => Key::from_varint(key).ok().map(|key| key.number),
            _ => None,
        };
        self.spend(number, 1)?;
        self.front.push(byte);
        let (key, at) = match varint::read(&self.front) {
            Varint::Number(key, at) => (key, at),
            Varint::TooLong => return Err(self.error(None, Problem::Varint)),
            Varint::Unfinished if self.left() == 0 => return Err(self.error(None, Problem::Truncated)),
            Varint::Unfinished => return Ok(()),
        };
        let key = Key::from_varint(key).map_err(|bad| self.error(None, bad.into()))?;
        let number = Some(key.number);
        let length = match key.wire {
            WireType::Fixed64 => 8,
            WireType::Fixed32 => 4,
            WireType::Varint | WireType::Len => {
                match varint::read(self.front.get(at..).unwrap_or_default()) {
                    Varint::Number(_, _) if key.wire == WireType::Varint => 0,
                    Varint::Number(length, _) => length,
                    Varint::TooLong => return Err(self.error(number, Problem::Varint)),
                    Varint::Unfinished if self.left() == 0 => {
                        return Err(self.error(number, Problem::Truncated));
                    }
                    Varint::Unfinished => return Ok(()),
                }
            }
        };
        self.spend(number, length)?;
        let front = std::mem::take(&mut self.front);
        let result = self.field(key, length, &front);
        self.front = front;
        self.front.clear();
        result
    }

    /// A field begins whose content has this length.
    fn field(&mut self, key: Key, length: u64, front: &[u8]) -> Result<(), OutlineError> {
        let bulky = self.levels.last().and_then(|level| level.bulky);
        let part = bulky.and_then(|bulky| bulky.fields.iter().find(|(number, _)| *number == key.number));
        let fate = match part {
            Some((_, Part::Bulk)) if key.wire == WireType::Len => Fate::Drop,
            Some((_, Part::In(bulky))) if key.wire == WireType::Len => {
                // Its front takes room as well, also where there is nothing behind it.
                self.takes(front.len())?;
                self.levels.push(Level {
                    bulky: Some(bulky),
                    number: key.number,
                    left: length,
                    kept: Vec::new(),
                });
                return Ok(());
            }
            _ => {
                self.keep(front)?;
                Fate::Keep
            }
        };
        self.content = (length > 0).then_some((fate, length));
        Ok(())
    }
}

/// How many of these bytes are fields that are not cut.
fn whole_fields(bytes: &[u8]) -> usize {
    let whole = super::read::Records::new(bytes);
    whole.map_while(Result::ok).map(|record| record.raw.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::protobuf::read::Records;
    use proptest::prelude::*;

    static POINTS: Bulky = Bulky {
        fields: &[(1, Part::Bulk)],
    };
    static OPERATION: Bulky = Bulky {
        fields: &[(1, Part::In(&POINTS))],
    };
    static BATCH: Bulky = Bulky {
        fields: &[(3, Part::In(&OPERATION)), (5, Part::Bulk)],
    };

    /// The same, with the whole message at hand.
    fn whole(bytes: &[u8], bulky: Option<&Bulky>) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        for record in Records::new(bytes) {
            let record = record.ok()?;
            let number = record.key.number;
            let part = bulky.and_then(|bulky| bulky.fields.iter().find(|(known, _)| *known == number));
            match (part, record.content()) {
                (Some((_, Part::Bulk)), Some(_)) => {}
                (Some((_, Part::In(inner))), Some(content)) => {
                    varint::push_bytes(number, &whole(content, Some(inner))?, &mut out);
                }
                _ => out.extend(record.raw),
            }
        }
        Some(out)
    }

    fn streamed(chunks: &[&[u8]], limit: usize) -> Result<Option<Vec<u8>>, OutlineError> {
        let length = chunks.iter().map(|chunk| chunk.len() as u64).sum();
        let mut outliner = Outliner::new(&BATCH, length, limit);
        for chunk in chunks {
            outliner.push(chunk)?;
            let so_far = outliner.so_far();
            assert!(
                Records::new(&so_far).all(|record| record.is_ok()),
                "a message at any time"
            );
        }
        Ok(outliner.is_whole().then(|| outliner.so_far()))
    }

    fn field(number: u32, content: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        varint::push_bytes(number, content, &mut out);
        out
    }

    #[test]
    fn bulk_is_left_out_and_the_rest_stays() {
        let points = [field(1, &[7; 5000]), field(1, &[7; 300]), field(2, b"filter")].concat();
        let message = [
            field(1, b"docs"),
            field(3, &field(1, &points)),
            vec![0x10, 1],
            field(5, &[0; 9000]),
            field(3, &field(2, b"all")),
        ]
        .concat();
        let outline = [
            field(1, b"docs"),
            field(3, &field(1, &field(2, b"filter"))),
            vec![0x10, 1],
            field(3, &field(2, b"all")),
        ]
        .concat();
        assert_eq!(streamed(&[&message], 100), Ok(Some(outline)));
        assert_eq!(streamed(&[&message], 20), Err(OutlineError::TooLong));
    }

    #[test]
    fn what_is_begun_is_a_message_already() {
        let message = [field(1, b"docs"), field(3, &field(1, &field(1, &[7; 5000])))].concat();
        let mut outliner = Outliner::new(&BATCH, message.len() as u64, 100);
        outliner.push(&message[..100]).unwrap();
        assert!(!outliner.is_whole());
        assert_eq!(
            outliner.so_far(),
            [field(1, b"docs"), field(3, &field(1, b""))].concat()
        );
        let mut outliner = Outliner::new(&BATCH, message.len() as u64, 100);
        outliner.push(&message[..4]).unwrap();
        assert_eq!(outliner.so_far(), b"", "a name that is cut is none");
    }

    #[test]
    fn memory_is_bounded_whatever_the_fields() {
        // Empty operations, one after the other.
        let message = field(3, b"").repeat(10_000);
        assert_eq!(streamed(&[&message], 1000), Err(OutlineError::TooLong));
    }

    #[test]
    fn what_is_refused() {
        for (bytes, path, problem) in [
            (&[0x80][..], &[][..], Problem::Truncated),
            (&[0x0a, 5, 1], &[1], Problem::Truncated),
            (&[0x1a, 2, 0x0a, 5], &[3, 1], Problem::Truncated),
            (
                &[0x2a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
                &[5],
                Problem::Truncated,
            ),
            (&[0x0b, 0x0c], &[], Problem::Group),
            (&[0, 0], &[], Problem::FieldNumber),
            (&[0x08], &[1], Problem::Truncated),
        ] {
            let path = path.to_vec();
            let expected = OutlineError::Malformed(Malformed { path, problem });
            assert_eq!(streamed(&[bytes], 100), Err(expected), "{bytes:?}");
        }
    }

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let small = prop::collection::vec(any::<u8>(), 0..12);
        let leaf = prop_oneof![
            (1..7u32, small.clone()).prop_map(|(number, content)| field(number, &content)),
            (1..7u32, any::<u64>()).prop_map(|(number, value)| {
                let mut out = Vec::new();
                varint::push_varint(number, value, &mut out);
                out
            }),
            small,
        ];
        leaf.prop_recursive(3, 30, 5, |inner| {
            (1..6u32, prop::collection::vec(inner, 0..5))
                .prop_map(|(number, parts)| field(number, &parts.concat()))
        })
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_outline_of_the_whole(
            parts in prop::collection::vec(bytes(), 0..6),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            let message = parts.concat();
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(message.len() + 1)).collect();
            at.extend([0, message.len()]);
            at.sort_unstable();
            let chunks: Vec<&[u8]> = at.windows(2).map(|pair| &message[pair[0]..pair[1]]).collect();
            prop_assert_eq!(streamed(&chunks, usize::MAX).ok().flatten(), whole(&message, Some(&BATCH)));
        }
    }
}
