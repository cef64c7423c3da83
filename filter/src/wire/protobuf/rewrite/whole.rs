//! Rewriting a message that is there in full: its lengths come out right by themselves.

use super::{Extent, Fault, Opened, Outcome, Rewriter, Treat};
use crate::wire::protobuf::read::{DEEPEST, Problem, Record, Records, Value};
use crate::wire::protobuf::varint::{self, Varint};

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
        out.extend_from_slice(record.raw);
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
    let at = out.len();
    let outcome = walk(rewriter, place, content(record)?, depth + 1, out)?;
    if outcome == Outcome::Changed {
        insert_length(at, out);
    }
    Ok(outcome)
}

/// Puts the length of everything from `at` on in front of it.
pub(crate) fn insert_length(at: usize, out: &mut Vec<u8>) {
    let end = out.len();
    let length = (end - at) as u64;
    // Room for it behind everything, which then makes place for it.
    varint::push(length, out);
    if let Some(moved) = out.get_mut(at..) {
        moved.rotate_right(varint::length(length));
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
