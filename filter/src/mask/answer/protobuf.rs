//! Masking protobuf answers: the tables of a shape and a plan, applied to the wire format while it streams.
//!
//! [`crate::wire::protobuf::rewrite`] takes the answer apart and puts it together again. Here it is said what each
//! field is (the [tables](crate::mask::shape::protobuf)), what reaches it (the same [patterns](super::patterns) as in
//! JSON, so that a field name or a path of a policy means the same value in both), and what becomes of it.
//!
//! # What masked values become
//!
//! | value | remove | null | redact, partial, hash |
//! |---|---|---|---|
//! | in a payload, where a value has a kind of its own | its entry is absent | the null kind, or a neutral value where there is none | the string kind |
//! | a group's id, a facet's value, an order's value | its null kind, an empty string, or absent | its null kind, or a neutral value | the string kind, or a neutral value |
//! | a column | the column is absent | a neutral value in each row | a string column: the text; JSON: a string; else a neutral value |
//! | an element of an array in a column | a neutral value: its place must stay | likewise | likewise, a string: the text |
//!
//! A neutral value is 0, false, or empty. Which rows of a nullable column are null stays as it is. A column of vectors
//! that a mask entry names is absent, whatever the entry does. A column that is absent is what a client sees that did
//! not ask for it. Its name goes from the answer's list of output fields as well: what is listed there and has no
//! column, pymilvus takes for the one dynamic field that was asked for, and shows no other.
//!
//! JSON documents in a column are masked by the JSON masker, each as what it is: a payload of its own in a column of
//! dynamic fields, the content of the field by the column's name elsewhere.

mod columns;
mod numbers;
mod spot;
#[cfg(test)]
mod tests;
mod values;

use super::{AnswerError, CompiledMask, Output, Unexpected};
use crate::mask::plan::{Action, MaskPlan, ScoreMask, Selector, VectorMask};
use crate::mask::shape::protobuf::{Column, Entry, Form, Holds, Message, Number, OneOf, Vectors};
use crate::mask::shape::{Others, WhenStripped};
use crate::mask::tally::Tally;
use crate::wire::protobuf::read::Record;
use crate::wire::protobuf::rewrite::{Extent, Growth, Limits, Opened, Outcome, Rewriter, Stream, Treat};
use crate::wire::protobuf::varint::{Key, WireType};
pub(super) use columns::Compiled;
use columns::{Documents, InColumn};
use numbers::{Blocks, Counted, Numbers};
use spot::Live;
use std::sync::Arc;

/// One answer.
pub(super) struct Answer {
    stream: Stream<Mask>,
    mask: Arc<CompiledMask>,
    root: &'static Message,
    growth: Growth,
    /// What was written although nothing changes.
    discarded: Vec<u8>,
}

impl Answer {
    pub(super) fn new(mask: Arc<CompiledMask>, root: &'static Message) -> Answer {
        Answer::within(mask, root, Limits::default())
    }

    fn within(mask: Arc<CompiledMask>, root: &'static Message, limits: Limits) -> Answer {
        let growth = growth(&mask.plan);
        Answer {
            stream: Stream::new(Mask::new(mask.clone()), Place::Message(root), growth, limits),
            mask,
            root,
            growth,
            discarded: Vec::new(),
        }
    }

    pub(super) fn reset(&mut self) {
        *self = Answer::new(self.mask.clone(), self.root);
    }

    pub(super) fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<Output, AnswerError> {
        if self.growth == Growth::None {
            // It is read to be counted, and because nothing leaves that cannot be read.
            self.discarded.clear();
            self.stream.push(chunk, &mut self.discarded)?;
            return Ok(Output::Unchanged);
        }
        let from = out.len();
        self.stream.push(chunk, out).inspect_err(|_| out.truncate(from))?;
        Ok(Output::Rewritten)
    }

    pub(super) fn finish(&mut self) -> Result<Output, AnswerError> {
        self.stream.finish()?;
        Ok(Output::Unchanged)
    }

    pub(super) fn given(&self) -> (u64, u64) {
        let mask = self.stream.rewriter();
        (mask.returned(), mask.vectors.counts().0)
    }

    pub(super) fn tally(&self) -> Tally {
        self.stream.rewriter().tally()
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.stream.held() + self.discarded.capacity()
    }
}

/// What a plan can do to the length of an answer.
fn growth(plan: &MaskPlan) -> Growth {
    if plan.is_empty() {
        return Growth::None;
    }
    let shrinks = plan
        .entries
        .iter()
        .all(|entry| match (&entry.select, &entry.action) {
            // What is found in a text leaves nothing.
            (Selector::Detect { .. }, Action::Null) | (_, Action::Remove) => true,
            _ => false,
        });
    if shrinks { Growth::Shrinks } else { Growth::Grows }
}

/// Masks the messages of one answer.
struct Mask {
    mask: Arc<CompiledMask>,
    live: Live,
    documents: Documents,
    counts: Tally,
    vectors: Counted,
    rows: RowCount,
    /// The names of columns that were taken out.
    gone: Vec<Vec<u8>>,
}

/// How many rows the columns have.
#[derive(Clone, Copy, Debug, Default)]
struct RowCount {
    /// In the column under way.
    column: u64,
    /// In the longest.
    most: u64,
}

impl RowCount {
    fn add(&mut self, rows: u64) {
        self.column += rows;
        self.most = self.most.max(self.column);
    }
}

impl Mask {
    fn new(mask: Arc<CompiledMask>) -> Mask {
        Mask {
            live: Live::new(&mask),
            documents: Documents::default(),
            counts: Tally::default(),
            vectors: Counted::default(),
            rows: RowCount::default(),
            gone: Vec::new(),
            mask,
        }
    }

    /// The results so far: those that were counted one by one, or the rows of columns, which have no ids beside them
    /// where they are not the results of a search.
    fn returned(&self) -> u64 {
        self.counts.returned.max(self.rows.most)
    }

    fn tally(&self) -> Tally {
        let mut tally = self.counts.clone();
        tally.returned = self.returned();
        let (passed, stripped) = self.vectors.counts();
        tally.vectors += passed;
        tally.vectors_stripped += stripped;
        self.live.tally(&self.mask, &mut tally);
        self.documents.tally(&mut tally);
        tally
    }
}

impl Clone for Mask {
    /// A masker of the same answers that has counted nothing.
    fn clone(&self) -> Mask {
        Mask::new(self.mask.clone())
    }
}

/// Where in an answer.
#[derive(Clone)]
enum Place {
    /// A message above payloads.
    Message(&'static Message),
    /// An entry of a payload, or a value with its name.
    Entry(&'static Entry),
    /// The content of `Shape::named[n]`, or of any of them.
    FieldOf(Option<usize>, &'static OneOf),
    /// Text beside the payload.
    Text(&'static str),
    /// Ids that are the content of `Shape::named[n]`.
    Ids(usize, &'static Form),
    /// Numbers in a row.
    Blocks(Blocks),
    /// A message with vectors.
    Vectors(&'static Vectors),
    /// A message with vectors that are taken out.
    Stripped(&'static Vectors),
    /// How many numbers one vector has.
    Dim,
    /// A column, not opened yet.
    Column(&'static Column, columns::Of),
    /// The name of a column.
    ColumnName,
    /// Inside a column.
    In(Arc<InColumn>, columns::Part),
}

impl Rewriter for Mask {
    type Place = Place;
    type Error = AnswerError;

    fn treat(&mut self, place: &Place, key: Key) -> Result<Treat<Place>, AnswerError> {
        match place {
            Place::Message(message) => self.in_message(message, key),
            Place::Vectors(vectors) => self.in_vectors(vectors, key),
            Place::In(column, part) => self.in_column(column, *part, key),
            _ => Err(Unexpected::Field.into()),
        }
    }

    fn open(&mut self, place: &Place, content: Extent<'_>) -> Result<Opened<Place>, AnswerError> {
        match place {
            Place::Stripped(vectors) => {
                self.vectors.stripped(vectors, content);
                Ok(Opened::Drop)
            }
            Place::Column(column, of) => self.open_column(column, of, content),
            Place::In(column, columns::Part::Structs) => {
                self.open_column(column.form, &columns::Of::Elements(column.clone()), content)
            }
            _ => Err(Unexpected::Field.into()),
        }
    }

    fn rewrite(
        &mut self,
        place: &Place,
        record: &Record<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Outcome, AnswerError> {
        match place {
            Place::Entry(entry) => {
                let payload = self.live.payload(&self.mask);
                self.entry(entry, record, &payload, 0, out)
            }
            Place::FieldOf(n, form) => self.field_of(*n, form, record, out),
            Place::Text(name) => {
                let spot = self.live.text_beside(&self.mask, name);
                self.row(&Form::Text, record, &spot, out)
            }
            Place::Ids(n, form) => {
                let spot = self.live.named(&self.mask, *n);
                self.counts.returned += values::count(form, record)?;
                self.row(form, record, &spot, out)
            }
            Place::Dim => {
                self.vectors.dim(record);
                Ok(Outcome::Same)
            }
            Place::ColumnName => Ok(self.column_name(record)),
            Place::In(column, part) => self.in_row(column, *part, record, out),
            _ => Err(Unexpected::Field.into()),
        }
    }

    fn blocks(&mut self, place: &Place, blocks: &mut [u8]) -> Result<Outcome, AnswerError> {
        let Place::Blocks(does) = place else {
            return Err(Unexpected::Field.into());
        };
        match does {
            Blocks::Ids => {
                // Each number ends with a byte that has no continuation.
                self.counts.returned += blocks.iter().filter(|byte| **byte < 0x80).count() as u64;
                Ok(Outcome::Same)
            }
            Blocks::Rows(None) => {
                self.rows
                    .add(blocks.iter().filter(|byte| **byte < 0x80).count() as u64);
                Ok(Outcome::Same)
            }
            Blocks::Rows(Some(width)) => {
                self.rows.add(blocks.len() as u64 / width);
                Ok(Outcome::Same)
            }
            Blocks::Vectors(numbers, decimals) => {
                self.vectors.numbers(*numbers, blocks.len(), decimals.is_some());
                Ok(decimals.map_or(Outcome::Same, |decimals| numbers.round(blocks, decimals)))
            }
            Blocks::Round(numbers, decimals) => Ok(numbers.round(blocks, *decimals)),
            Blocks::Zero(counted) => {
                if let Some((pattern, width)) = counted {
                    self.live
                        .masked(*pattern, blocks.len() as u64 / width, blocks.len() as u64);
                }
                blocks.fill(0);
                Ok(Outcome::Changed)
            }
        }
    }
}

impl Mask {
    fn in_message(&mut self, message: &Message, key: Key) -> Result<Treat<Place>, AnswerError> {
        let Some((_, holds)) = message.fields.iter().find(|(number, _)| *number == key.number) else {
            return match message.others {
                Others::Copied => Ok(Treat::Copy),
                Others::CutOff => Err(Unexpected::Field.into()),
            };
        };
        let entries = !self.mask.plan.entries.is_empty();
        Ok(match *holds {
            Holds::Plain => Treat::Copy,
            Holds::Part(part) => Treat::Walk(Place::Message(part)),
            Holds::Result(part) => {
                self.counts.returned += 1;
                Treat::Walk(Place::Message(part))
            }
            Holds::Payload(entry) | Holds::Named(entry) if entries => Treat::Whole(Place::Entry(entry)),
            Holds::Text(name) if entries => Treat::Whole(Place::Text(name)),
            Holds::FieldOf(n, form) if entries => Treat::Whole(Place::FieldOf(Some(n), form)),
            Holds::FieldOfAny(form) if entries => Treat::Whole(Place::FieldOf(None, form)),
            Holds::Payload(_)
            | Holds::Named(_)
            | Holds::Text(_)
            | Holds::FieldOf(..)
            | Holds::FieldOfAny(_) => Treat::Copy,
            Holds::Ids(form, named) => self.ids(form, named, key),
            Holds::Vectors(vectors) => match self.mask.plan.vectors {
                VectorMask::Strip => Treat::Open(Place::Stripped(vectors)),
                VectorMask::Pass | VectorMask::Round(_) => self.walk_vectors(vectors),
            },
            Holds::Scores(number, when) => self.scores(number, when),
            Holds::Column(column) => Treat::Open(Place::Column(column, columns::Of::Payloads)),
            Holds::ColumnOf(n, column) => Treat::Open(Place::Column(column, columns::Of::Named(n))),
            Holds::ColumnNames if self.gone.is_empty() => Treat::Copy,
            Holds::ColumnNames => Treat::Whole(Place::ColumnName),
        })
    }

    fn ids(&mut self, form: &'static Form, named: Option<usize>, key: Key) -> Treat<Place> {
        if let Some(n) = named
            && !self.live.named(&self.mask, n).is_dead()
        {
            return Treat::Whole(Place::Ids(n, form));
        }
        if matches!(form, Form::Text) || key.wire == WireType::Varint {
            self.counts.returned += 1;
            return Treat::Copy;
        }
        Treat::Blocks {
            place: Place::Blocks(Blocks::Ids),
            width: 1,
        }
    }

    fn scores(&self, number: Number, when: WhenStripped) -> Treat<Place> {
        let numbers = match number {
            Number::Float => Numbers::Floats,
            Number::Double => Numbers::Doubles,
        };
        let does = match (self.mask.plan.scores, when) {
            (ScoreMask::Pass, _) => return Treat::Copy,
            (ScoreMask::Strip, WhenStripped::Absent) => return Treat::Drop,
            (ScoreMask::Strip, WhenStripped::Null | WhenStripped::Zero) => Blocks::Zero(None),
            (ScoreMask::Round(decimals), _) => Blocks::Round(numbers, decimals),
        };
        Treat::Blocks {
            place: Place::Blocks(does),
            width: numbers.width(),
        }
    }
}
