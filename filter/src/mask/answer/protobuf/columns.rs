//! Columns: what one payload field holds in every row, with the field's name beside it.

use super::super::patterns::NONE;
use super::super::{AnswerError, CompiledMask, Masker, Output, Unexpected};
use super::numbers::Blocks;
use super::spot::{Kind, Spot, Verdict};
use super::values::{At, Kept, count, plain_number};
use super::{Mask, Place};
use crate::mask::plan::{MaskPlan, VectorMask};
use crate::mask::shape::protobuf::{Column, Form, Vectors};
use crate::mask::shape::{Format, Others, Place as JsonPlace, Role, Shape};
use crate::mask::tally::Tally;
use crate::wire::json::path::{FieldPattern, FieldStep};
use crate::wire::protobuf::read::{Record, Records, Value, cut_field};
use crate::wire::protobuf::rewrite::{Extent, Fault, Opened, Outcome, Treat};
use crate::wire::protobuf::varint::{self, Key, WireType};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A column that was opened.
#[derive(Debug)]
pub(super) struct InColumn {
    pub(super) form: &'static Column,
    /// Where its rows stand in the payload. In a column of an array's elements: where the array stands.
    spot: Spot,
    /// The keys from the payload to it.
    keys: Vec<Vec<u8>>,
    rows: Rows,
    counts: Counts,
}

/// Of what something is a column.
#[derive(Clone)]
pub(super) enum Of {
    Payloads,
    /// The content of `Shape::named[n]`.
    Named(usize),
    /// The elements of an array.
    Elements(Arc<InColumn>),
}

/// Whether rows are still to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counts {
    Rows,
    Nothing,
}

impl std::fmt::Debug for Column {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Column")
    }
}

/// What a row of a column is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Rows {
    /// The value of the field.
    Values,
    /// A document that is a payload by itself.
    Payloads,
    /// An array: this key of its elements.
    Below(Vec<u8>),
}

/// Where inside a column.
#[derive(Clone, Copy)]
pub(super) enum Part {
    /// Its own fields.
    Column,
    /// The message that holds the rows, one field for each type.
    Scalars,
    /// The rows.
    Rows(&'static Form),
    /// Columns of an array's elements.
    Structs,
}

/// What was learnt of a column before it is walked.
#[derive(Default)]
struct Head<'a> {
    name: Option<&'a [u8]>,
    dynamic: bool,
    holds_vectors: bool,
    /// How many rows it has, as far as that could be seen.
    rows: u64,
}

impl<'a> Head<'a> {
    fn of(form: &Column, content: Extent<'a>) -> Result<Head<'a>, AnswerError> {
        let bytes = match content {
            Extent::All(bytes) | Extent::Front { bytes, .. } => bytes,
        };
        let mut head = Head::default();
        let mut records = Records::new(bytes);
        for record in records.by_ref() {
            let record = match (record, content) {
                (Ok(record), _) => record,
                (Err(problem), Extent::All(_)) => return Err(Fault::Wire(problem).into()),
                // Here the front was cut.
                (Err(_), Extent::Front { .. }) => {
                    head.holds_vectors |=
                        cut_field(bytes).is_some_and(|(key, ..)| key.number == form.vectors.0);
                    break;
                }
            };
            head.take(form, &record)?;
        }
        Ok(head)
    }

    fn take(&mut self, form: &Column, record: &Record<'a>) -> Result<(), AnswerError> {
        let number = record.key.number;
        if number == form.name {
            let name = record.content().ok_or(Unexpected::Name)?;
            if self.name.replace(name).is_some() {
                return Err(Unexpected::TwoNames.into());
            }
        } else if number == form.dynamic.0 {
            self.dynamic = plain_number(record).is_some_and(|flag| flag != 0);
        } else if number == form.vectors.0 {
            self.holds_vectors = true;
        } else if number == form.scalars.0 {
            self.rows += rows(form, record.content().unwrap_or_default());
        }
        Ok(())
    }
}

/// How many rows a column holds.
fn rows(form: &Column, content: &[u8]) -> u64 {
    let mut all = 0;
    for array in Records::new(content).flatten() {
        let Some((_, form)) = form
            .scalars
            .1
            .iter()
            .find(|(number, _)| *number == array.key.number)
        else {
            continue;
        };
        for row in Records::new(array.content().unwrap_or_default()).flatten() {
            if row.key.number == 1 {
                all += count(form, &row).unwrap_or_default();
            }
        }
    }
    all
}

impl Mask {
    /// Decides about a column by its name.
    pub(super) fn open_column(
        &mut self,
        form: &'static Column,
        of: &Of,
        content: Extent<'_>,
    ) -> Result<Opened<Place>, AnswerError> {
        let head = Head::of(form, content)?;
        let (size, seen) = match content {
            Extent::All(bytes) => (bytes.len() as u64, Counts::Nothing),
            Extent::Front { length, .. } => (length, Counts::Rows),
        };
        let counts = match of {
            Of::Elements(_) => Counts::Nothing,
            Of::Payloads | Of::Named(_) => {
                self.rows.column = 0;
                self.rows.add(head.rows);
                seen
            }
        };
        let name = head.name.unwrap_or_default();
        let entries = !self.mask.plan.entries.is_empty();
        if name.is_empty() && !head.dynamic && entries && !matches!(of, Of::Named(_)) {
            return Err(Unexpected::Name.into());
        }
        let column = self.placed(form, of, &head, name, counts);
        let whole = match &column.rows {
            Rows::Payloads => None,
            Rows::Values => Some(column.spot.clone()),
            Rows::Below(_) if head.holds_vectors => {
                let element = self.live.any_element(&self.mask, &column.spot);
                Some(self.live.key(&self.mask, &element, name))
            }
            Rows::Below(_) => self.live.key_of_all(&self.mask, &column.spot, name),
        };
        let verdict = whole.as_ref().map_or(Verdict::Keep, |spot| {
            self.live.judge(&self.mask, spot, Kind::Container)
        });
        let reached = whole.filter(|spot| spot.whole() != NONE);
        if let Some(spot) = &reached
            && (verdict == Verdict::Remove || head.holds_vectors)
        {
            self.live.masked(spot.whole(), head.rows.max(1), size);
            self.is_gone(of, name);
            return Ok(Opened::Drop);
        }
        if head.holds_vectors {
            return Ok(match self.mask.plan.vectors {
                VectorMask::Strip => {
                    self.count_stripped(form, content);
                    self.is_gone(of, name);
                    Opened::Drop
                }
                VectorMask::Pass | VectorMask::Round(_) => Opened::Walk(Place::In(column, Part::Column)),
            });
        }
        let settled =
            !entries || column.rows == Rows::Values && self.live.is_settled(&self.mask, &column.spot);
        // Vectors may stand in the columns of an array's elements, wherever it is.
        let structs = self.mask.plan.vectors != VectorMask::Pass;
        if settled && !structs && counts == Counts::Nothing {
            Ok(Opened::Copy)
        } else {
            Ok(Opened::Walk(Place::In(column, Part::Column)))
        }
    }

    /// Notes that a column was taken out. Databases have far fewer columns than are kept in mind here.
    fn is_gone(&mut self, of: &Of, name: &[u8]) {
        const MOST: usize = 1024;
        if matches!(of, Of::Payloads) && self.gone.len() < MOST {
            self.gone.push(name.to_vec());
        }
    }

    /// The name of a column: it stays as long as the column.
    pub(super) fn column_name(&self, record: &Record<'_>) -> Outcome {
        let is_gone = record
            .content()
            .is_some_and(|name| self.gone.iter().any(|gone| gone == name));
        if is_gone { Outcome::Changed } else { Outcome::Same }
    }

    fn placed(
        &mut self,
        form: &'static Column,
        of: &Of,
        head: &Head<'_>,
        name: &[u8],
        counts: Counts,
    ) -> Arc<InColumn> {
        let payload = self.live.payload(&self.mask);
        let column = |spot, keys, rows| {
            Arc::new(InColumn {
                form,
                spot,
                keys,
                rows,
                counts,
            })
        };
        match of {
            Of::Elements(around) => {
                let keys = [around.keys.as_slice(), &[name.to_vec()]].concat();
                column(around.spot.clone(), keys, Rows::Below(name.to_vec()))
            }
            Of::Named(n) => {
                let by_name = self.live.key(&self.mask, &payload, name);
                let asked = self.live.named(&self.mask, *n);
                let spot = self.live.both(&self.mask, &by_name, &asked);
                column(spot, vec![name.to_vec()], Rows::Values)
            }
            Of::Payloads if head.dynamic || name == form.dynamic.1.as_bytes() => {
                column(payload, Vec::new(), Rows::Payloads)
            }
            Of::Payloads => {
                let spot = self.live.key(&self.mask, &payload, name);
                column(spot, vec![name.to_vec()], Rows::Values)
            }
        }
    }

    fn count_stripped(&mut self, form: &Column, content: Extent<'_>) {
        let bytes = match content {
            Extent::All(bytes) | Extent::Front { bytes, .. } => bytes,
        };
        let (number, vectors) = form.vectors;
        for record in Records::new(bytes)
            .flatten()
            .filter(|record| record.key.number == number)
        {
            self.vectors
                .stripped(vectors, Extent::All(record.content().unwrap_or_default()));
        }
        if let (Extent::Front { .. }, Some((key, length, bytes))) = (content, cut_field(bytes))
            && key.number == number
        {
            self.vectors.stripped(vectors, Extent::Front { bytes, length });
        }
    }

    pub(super) fn in_column(
        &mut self,
        column: &Arc<InColumn>,
        part: Part,
        key: Key,
    ) -> Result<Treat<Place>, AnswerError> {
        let within = |part| Place::In(column.clone(), part);
        let form = column.form;
        match part {
            Part::Column if key.number == form.scalars.0 => Ok(Treat::Walk(within(Part::Scalars))),
            Part::Column if key.number == form.structs => Ok(Treat::Walk(within(Part::Structs))),
            Part::Column if key.number == form.vectors.0 => Ok(self.walk_vectors(form.vectors.1)),
            Part::Column => Ok(Treat::Copy),
            Part::Structs if key.number == 1 => Ok(Treat::Open(within(Part::Structs))),
            Part::Scalars => match form.scalars.1.iter().find(|(number, _)| *number == key.number) {
                Some((_, form)) => Ok(Treat::Walk(within(Part::Rows(form)))),
                None => self.unknown(column),
            },
            Part::Rows(form) if key.number == 1 => {
                let treat = self.rows(column, form)?;
                Ok(if column.counts == Counts::Rows {
                    self.counted(form, key, treat)
                } else {
                    treat
                })
            }
            // Beside the rows an array says of what type its elements are.
            Part::Rows(_) if key.wire == WireType::Varint => Ok(Treat::Copy),
            Part::Structs | Part::Rows(_) => self.unknown(column),
        }
    }

    /// Counts rows that are too many to have been counted before.
    fn counted(&mut self, form: &Form, key: Key, treat: Treat<Place>) -> Treat<Place> {
        let packed = key.wire == WireType::Len && form.is_packed();
        if !packed {
            self.rows.add(1);
            return treat;
        }
        match treat {
            Treat::Copy => Treat::Blocks {
                place: Place::Blocks(Blocks::Rows(form.fixed())),
                width: form.fixed().unwrap_or(1) as usize,
            },
            // A masked column of some hundred thousand numbers: its neighbours are counted.
            treat => treat,
        }
    }

    /// What is not known could hold what is masked.
    fn unknown(&self, column: &InColumn) -> Result<Treat<Place>, AnswerError> {
        let settled = self.live.is_settled(&self.mask, &column.spot) && column.rows == Rows::Values;
        if settled || self.mask.plan.entries.is_empty() {
            Ok(Treat::Copy)
        } else {
            Err(Unexpected::Value.into())
        }
    }

    fn rows(&mut self, column: &Arc<InColumn>, form: &'static Form) -> Result<Treat<Place>, AnswerError> {
        if self.mask.plan.entries.is_empty() {
            return Ok(Treat::Copy);
        }
        let whole = Treat::Whole(Place::In(column.clone(), Part::Rows(form)));
        match (&column.rows, form) {
            (Rows::Payloads, Form::Json)
            | (Rows::Values, Form::Json | Form::OneOf(_))
            | (Rows::Below(_), Form::OneOf(_)) => Ok(if self.live.is_settled(&self.mask, &column.spot) {
                Treat::Copy
            } else {
                whole
            }),
            (Rows::Values, _) => {
                let kind = if matches!(form, Form::Text | Form::Bytes) {
                    Kind::Text
                } else {
                    Kind::Scalar
                };
                if self.live.judge(&self.mask, &column.spot, kind) == Verdict::Keep {
                    return Ok(Treat::Copy);
                }
                Ok(match form.fixed() {
                    Some(width) => Treat::Blocks {
                        place: Place::Blocks(Blocks::Zero(Some((column.spot.whole(), width)))),
                        width: width as usize,
                    },
                    None => whole,
                })
            }
            (Rows::Payloads | Rows::Below(_), _) => self.unknown(column),
        }
    }

    /// One row, or a packed run of them.
    pub(super) fn in_row(
        &mut self,
        column: &Arc<InColumn>,
        part: Part,
        record: &Record<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Outcome, AnswerError> {
        let Part::Rows(form) = part else {
            return Err(Unexpected::Field.into());
        };
        match form {
            Form::Json => self.document(column, record, out),
            Form::OneOf(one_of) => {
                let below_element = match &column.rows {
                    Rows::Below(key) => Some(key.as_slice()),
                    Rows::Values | Rows::Payloads => None,
                };
                let at = At {
                    spot: &column.spot,
                    below_element,
                    depth: 0,
                };
                let from = out.len();
                Ok(match self.one_of(one_of, record, at, out)? {
                    Kept::As(outcome) => outcome,
                    Kept::Gone => {
                        out.truncate(from);
                        varint::push_bytes(record.key.number, &[], out);
                        Outcome::Changed
                    }
                })
            }
            _ => self.row(form, record, &column.spot, out),
        }
    }

    fn document(
        &mut self,
        column: &InColumn,
        record: &Record<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Outcome, AnswerError> {
        let Value::Len(document) = record.value else {
            return Err(Unexpected::Value.into());
        };
        // The place of a row that is null.
        if document.is_empty() {
            return Ok(Outcome::Same);
        }
        let masked = self.documents.mask(&self.mask, &column.keys, document)?;
        Ok(match masked {
            Some(json) => {
                varint::push_bytes(record.key.number, json, out);
                Outcome::Changed
            }
            None => Outcome::Same,
        })
    }

    /// Goes into a message with vectors.
    pub(super) fn walk_vectors(&mut self, vectors: &'static Vectors) -> Treat<Place> {
        self.vectors.begin();
        Treat::Walk(Place::Vectors(vectors))
    }
}

/// Maskers for JSON documents, by the keys from the payload to them; no keys: they are payloads.
#[derive(Default)]
pub(super) struct Documents {
    maskers: BTreeMap<Vec<Vec<u8>>, Masker>,
    written: Vec<u8>,
}

impl Documents {
    fn mask(
        &mut self,
        mask: &CompiledMask,
        keys: &[Vec<u8>],
        document: &[u8],
    ) -> Result<Option<&[u8]>, AnswerError> {
        if !self.maskers.contains_key(keys) {
            let masker = Masker::new(mask.documents.get(keys, &mask.plan));
            self.maskers.insert(keys.to_vec(), masker);
        }
        let Some(masker) = self.maskers.get_mut(keys) else {
            return Ok(None);
        };
        masker.again();
        self.written.clear();
        if masker.push(document, &mut self.written)? == Output::Unchanged {
            self.written.extend_from_slice(document);
        }
        masker.finish(&mut self.written)?;
        Ok((self.written != document).then_some(&self.written))
    }

    pub(super) fn tally(&self, tally: &mut Tally) {
        for of_column in self.maskers.values().map(Masker::tally) {
            for (label, times) in of_column.masked {
                *tally.masked.entry(label).or_default() += times;
            }
            tally.masked_bytes += of_column.masked_bytes;
        }
    }
}

/// How many masks of documents are kept for the next answers.
const MOST_COMPILED: usize = 64;

/// The masks of JSON documents under a plan, by the keys from the payload to them: compiled once for all answers.
#[derive(Debug, Default)]
pub(in super::super) struct Compiled(Mutex<BTreeMap<Vec<Vec<u8>>, Arc<CompiledMask>>>);

impl Compiled {
    fn get(&self, keys: &[Vec<u8>], plan: &MaskPlan) -> Arc<CompiledMask> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mask) = known.get(keys) {
            return Arc::clone(mask);
        }
        let shape = Shape {
            format: Format::Json,
            places: if keys.is_empty() { PAYLOAD } else { FIELD },
            others: Others::Copied,
            named: vec![dotted(keys)],
        };
        let mask = Arc::new(CompiledMask::new(&shape, plan));
        // The keys are columns' names: as many as the answers have.
        if known.len() < MOST_COMPILED {
            known.insert(keys.to_vec(), Arc::clone(&mask));
        }
        mask
    }
}

const PAYLOAD: &[JsonPlace] = &[JsonPlace {
    path: "",
    role: Role::Payload,
}];

const FIELD: &[JsonPlace] = &[JsonPlace {
    path: "",
    role: Role::FieldOf(0),
}];

/// The name of a field as policies write it.
fn dotted(keys: &[Vec<u8>]) -> String {
    let step = |key: &Vec<u8>| FieldStep::Key(String::from_utf8_lossy(key).into_owned());
    FieldPattern {
        steps: keys.iter().map(step).collect(),
    }
    .to_string()
}
