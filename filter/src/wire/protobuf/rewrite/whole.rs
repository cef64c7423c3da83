//! Rewriting a message that is there in full: its lengths come out right by themselves.

use super::{Extent, Fault, Opened, Outcome, Rewriter, Treat};
use crate::wire::protobuf::read::{DEEPEST, Problem, Record, Records, Value};
use crate::wire::protobuf::varint::{self, Varint};
use crate::wire::span;

/// Appends what becomes of a message's content. Where the outcome is [`Outcome::Same`], what was appended means the
/// same as the content but may be written differently: the caller takes the content instead.
pub(super) fn walk<R: Rewriter>(
    rewriter: &mut R,
    place: &R::Place,
    content: &[u8],
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<Outcome, R::Error> {
    if depth >= DEEPEST {
        return Err(Fault::Wire(Problem::TooDeep).into());
    }
    let mut outcome = Outcome::Same;
    for record in Records::new(content) {
        let record = record.map_err(Fault::from)?;
        let treat = rewriter.treat(place, record.key)?;
        outcome = outcome.or(apply(rewriter, treat, &record, depth, out)?);
    }
    Ok(outcome)
}

/// Appends what becomes of one field.
pub(super) fn apply<R: Rewriter>(
    rewriter: &mut R,
    treat: Treat<R::Place>,
    record: &Record<'_>,
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<Outcome, R::Error> {
    let from = out.len();
    let outcome = match treat {
        Treat::Copy => Outcome::Same,
        Treat::Drop => return Ok(Outcome::Changed),
        Treat::Walk(place) => message(rewriter, &place, record, depth, out)?,
        Treat::Open(place) => match rewriter.open(&place, Extent::All(content(record)?))? {
            Opened::Copy => Outcome::Same,
            Opened::Drop => return Ok(Outcome::Changed),
            Opened::Walk(place) => message(rewriter, &place, record, depth, out)?,
        },
        Treat::Whole(place) => rewriter.rewrite(&place, record, out)?,
        Treat::Blocks { place, width } => blocks(rewriter, &place, width, record, out)?,
    };
    if outcome == Outcome::Same {
        out.truncate(from);
        span::append(record.raw, out);
    }
    Ok(outcome)
}

fn content<'a>(record: &Record<'a>) -> Result<&'a [u8], Fault> {
    record
        .content()
        .ok_or(Fault::Wire(Problem::WrongType("a message")))
}

fn message<R: Rewriter>(
    rewriter: &mut R,
    place: &R::Place,
    record: &Record<'_>,
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<Outcome, R::Error> {
    record.key.push(out);
    let at = begin_length(out);
    let outcome = walk(rewriter, place, content(record)?, depth + 1, out)?;
    if outcome == Outcome::Changed {
        end_length(at, out);
    }
    Ok(outcome)
}

/// Makes room for a length, and says where what it is the length of begins.
pub(crate) fn begin_length(out: &mut Vec<u8>) -> usize {
    // Most messages inside of others are so short that their length has one byte.
    out.push(0);
    out.len()
}

/// Writes the length of everything from `at` on in front of it, where [`begin_length`] made room.
pub(crate) fn end_length(at: usize, out: &mut Vec<u8>) {
    let length = (out.len() - at) as u64;
    if let (Ok(short @ 0..0x80), Some(room)) = (u8::try_from(length), out.get_mut(at - 1)) {
        *room = short;
        return;
    }
    let (end, more) = (out.len(), varint::length(length) - 1);
    out.resize(end + more, 0);
    out.copy_within(at..end, at + more);
    let mut rest = length;
    for byte in out.iter_mut().skip(at - 1).take(more + 1) {
        let goes_on = if rest >= 0x80 { 0x80 } else { 0 };
        *byte = (rest & 0x7f) as u8 | goes_on;
        rest >>= 7;
    }
}

fn blocks<R: Rewriter>(
    rewriter: &mut R,
    place: &R::Place,
    width: usize,
    record: &Record<'_>,
    out: &mut Vec<u8>,
) -> Result<Outcome, R::Error> {
    let size = match record.value {
        Value::Len(content) => content.len(),
        Value::Fixed32(_) => 4,
        Value::Fixed64(_) => 8,
        Value::Varint(_) => match varint::read(record.raw) {
            Varint::Number(_, key) => record.raw.len() - key,
            _ => 0,
        },
    };
    if width == 0 || !size.is_multiple_of(width) {
        return Err(Fault::Wire(Problem::WrongType("a row of values of one size")).into());
    }
    let at = out.len() + record.raw.len().saturating_sub(size);
    out.extend_from_slice(record.raw);
    rewriter.blocks(place, out.get_mut(at..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_any_size_stands_before_what_it_counts() {
        for length in [0, 1, 0x7f, 0x80, 0x81, 0x3fff, 0x4000, 70_000] {
            let content: Vec<u8> = (0..length).map(|n| n as u8).collect();
            let mut out = b"before".to_vec();
            let at = begin_length(&mut out);
            out.extend_from_slice(&content);
            end_length(at, &mut out);
            let mut expected = b"before".to_vec();
            varint::push(length, &mut expected);
            expected.extend_from_slice(&content);
            assert_eq!(out, expected, "{length}");
        }
    }
}
