//! Rewriting a message that is too large to collect: by levels, each with what is left of its content and its room.

use super::padding::{self, LEAST};
use super::whole::apply;
use super::{Extent, Fault, Limits, Opened, Rewriter, Treat};
use crate::wire::protobuf::read::{DEEPEST, Problem, Record, Records};
use crate::wire::protobuf::varint::{self, Key, Varint, WireType};

/// How much room may be gained before it is filled.
const SPARE: u64 = 64 << 10;

/// How much room is kept for growth to the end of a message.
const FLOOR: u64 = 1 << 20;

/// How much of a message is shown to [`Rewriter::open`] that is too large to be shown whole.
const FRONT: u64 = 4 << 10;

/// One message that was entered.
#[derive(Debug)]
struct Level<P> {
    place: P,
    /// What is left of its content as it comes in.
    left: u64,
    /// What is left of its announced length. Never less than `left`, and more by at least [`LEAST`] where it may be
    /// changed.
    room: u64,
    /// How much of the difference is kept for growth to the end, and how much more at the beginning.
    floor: u64,
    above: u64,
    /// The length of its content as it comes in.
    length: u64,
    changeable: Changeable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Changeable {
    No,
    Yes,
}

impl<P> Level<P> {
    fn new(place: P, length: u64, announced: u64, floor: u64) -> Level<P> {
        let allowance = announced.saturating_sub(length);
        let floor = allowance.min(floor);
        Level {
            place,
            left: length,
            room: announced,
            floor,
            above: allowance - floor,
            length,
            changeable: if allowance == 0 {
                Changeable::No
            } else {
                Changeable::Yes
            },
        }
    }

    /// How much room is kept for growth here: all of the allowance in the first half, ever less in the second, so that
    /// what is left over at the end is little.
    fn kept(&self) -> u64 {
        let falling = u128::from(self.above) * 2 * u128::from(self.left) / u128::from(self.length.max(1));
        self.floor + u64::try_from(falling).unwrap_or(u64::MAX).min(self.above)
    }

    /// Some of the room was given to a message inside.
    fn gave(&mut self) -> Result<(), Fault> {
        let slack = self.slack()?;
        self.floor = self.floor.min(slack);
        self.above = self.above.min(slack - self.floor);
        Ok(())
    }

    fn slack(&self) -> Result<u64, Fault> {
        let slack = self.room.checked_sub(self.left).ok_or(Fault::Overrun)?;
        match self.changeable {
            Changeable::No if slack == 0 => Ok(slack),
            Changeable::Yes if slack >= LEAST => Ok(slack),
            _ => Err(Fault::Overrun),
        }
    }

    fn write(&mut self, bytes: u64) -> Result<(), Fault> {
        self.room = self.room.checked_sub(bytes).ok_or(Fault::Overrun)?;
        Ok(())
    }
}

/// What is being read of the innermost level.
#[derive(Debug)]
enum State<P> {
    /// A field's key and length, or a scalar field.
    Head,
    /// Content that is copied.
    Copy(u64),
    /// Content that is taken out; what it leaves was not filled.
    Skip(u64),
    /// Content that is taken out; zeros stand for it, but not for the first bytes of it.
    Zero { left: u64, less: u64 },
    /// Content that is changed in place, a whole number of blocks at a time.
    Blocks { place: P, width: usize, left: u64 },
    /// A field that is collected.
    Collect { treat: Treat<P>, left: u64 },
    /// The front of a message is collected, of which so much follows.
    Front { place: P, left: u64, after: u64 },
}

/// Walks one large message.
#[derive(Debug)]
pub(super) struct Levels<P> {
    levels: Vec<Level<P>>,
    state: State<P>,
    /// The bytes of a field's key and length, or of what is collected with them.
    field: Vec<u8>,
    /// How many of them are key and length.
    head: usize,
    limits: Limits,
    floor: u64,
    /// How much longer fields became, those that became shorter left aside.
    grown: u64,
}

impl<P: Clone> Levels<P> {
    /// Walks a message at this place.
    pub(super) fn new(place: P, length: u64, announced: u64, limits: Limits) -> Levels<P> {
        Levels::with(place, length, announced, limits, FLOOR)
    }

    /// Walks the front of a message to see by how much it grows: there is room for everything, and none is filled.
    pub(super) fn trial(place: P, length: u64, limits: Limits) -> Levels<P> {
        Levels::with(place, length, length.saturating_mul(1 << 20), limits, u64::MAX)
    }

    fn with(place: P, length: u64, announced: u64, limits: Limits, floor: u64) -> Levels<P> {
        Levels {
            levels: vec![Level::new(place, length, announced, floor)],
            floor,
            state: State::Head,
            field: Vec::new(),
            head: 0,
            limits,
            grown: 0,
        }
    }

    pub(super) fn held(&self) -> usize {
        self.field.capacity()
    }

    pub(super) fn grown(&self) -> u64 {
        self.grown
    }

    /// The message is over.
    pub(super) fn finish(&self) -> Result<(), Fault> {
        if self.levels.is_empty() {
            Ok(())
        } else {
            Err(Fault::Wire(Problem::Truncated))
        }
    }

    /// Takes bytes of the message.
    pub(super) fn feed<R: Rewriter<Place = P>>(
        &mut self,
        rewriter: &mut R,
        content: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), R::Error> {
        let mut input = content;
        loop {
            match &mut self.state {
                State::Head => {
                    if self.field.is_empty() && self.close(out)? {
                        continue;
                    }
                    let Some((&byte, rest)) = input.split_first() else {
                        return Ok(());
                    };
                    input = rest;
                    self.head(rewriter, byte, out)?;
                }
                State::Copy(left) => {
                    if *left == 0 {
                        self.done(out)?;
                        continue;
                    }
                    let Some(here) = take(&mut input, left) else {
                        return Ok(());
                    };
                    out.extend_from_slice(here);
                }
                State::Skip(left) => {
                    if *left == 0 {
                        self.done(out)?;
                        continue;
                    }
                    if take(&mut input, left).is_none() {
                        return Ok(());
                    }
                }
                State::Zero { left, less } => {
                    if *left == 0 {
                        self.done(out)?;
                        continue;
                    }
                    let Some(here) = take(&mut input, left) else {
                        return Ok(());
                    };
                    let passed = usize::try_from(*less).unwrap_or(usize::MAX).min(here.len());
                    *less -= passed as u64;
                    out.resize(out.len() + here.len() - passed, 0);
                }
                State::Blocks { place, width, left } => {
                    if *left == 0 {
                        self.done(out)?;
                        continue;
                    }
                    let at = out.len();
                    if self.field.is_empty() {
                        let Some(here) = take(&mut input, left) else {
                            return Ok(());
                        };
                        let (whole, cut) = here.split_at(here.len() - here.len() % *width);
                        out.extend_from_slice(whole);
                        self.field.extend_from_slice(cut);
                    } else {
                        // A block that was cut is completed first.
                        let missing = width.saturating_sub(self.field.len());
                        let Some(here) = take_at_most(missing, &mut input, left) else {
                            return Ok(());
                        };
                        self.field.extend_from_slice(here);
                        if self.field.len() < *width {
                            continue;
                        }
                        out.append(&mut self.field);
                    }
                    rewriter.blocks(place, out.get_mut(at..).unwrap_or_default())?;
                }
                State::Collect { treat, left } => {
                    if *left == 0 {
                        let treat = std::mem::replace(treat, Treat::Copy);
                        self.collected(rewriter, treat, out)?;
                        continue;
                    }
                    let Some(here) = take(&mut input, left) else {
                        return Ok(());
                    };
                    self.field.extend_from_slice(here);
                }
                State::Front { place, left, after } => {
                    if *left == 0 {
                        let (place, after) = (place.clone(), *after);
                        self.front(rewriter, &place, after, out)?;
                        continue;
                    }
                    let Some(here) = take(&mut input, left) else {
                        return Ok(());
                    };
                    self.field.extend_from_slice(here);
                }
            }
        }
    }

    fn top(&mut self) -> Result<&mut Level<P>, Fault> {
        self.levels.last_mut().ok_or(Fault::Wire(Problem::Truncated))
    }

    /// A field was dealt with.
    fn done(&mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        self.state = State::Head;
        self.field.clear();
        self.field.shrink_to(16 << 10);
        let level = self.top()?;
        let gained = level.slack()?.saturating_sub(level.kept());
        if gained > SPARE {
            level.write(gained)?;
            padding::fill(gained, out).ok_or(Fault::Overrun)?;
        }
        Ok(())
    }

    /// Leaves the innermost level if it is over, and says whether it was.
    fn close(&mut self, out: &mut Vec<u8>) -> Result<bool, Fault> {
        let Some(level) = self.levels.last().filter(|level| level.left == 0) else {
            return Ok(false);
        };
        if level.room > 0 {
            padding::fill(level.room, out).ok_or(Fault::Overrun)?;
        }
        self.levels.pop();
        Ok(true)
    }

    /// Takes one more byte of a field's key and length, or of a scalar field.
    fn head<R: Rewriter<Place = P>>(
        &mut self,
        rewriter: &mut R,
        byte: u8,
        out: &mut Vec<u8>,
    ) -> Result<(), R::Error> {
        let level = self.top()?;
        level.left = level.left.checked_sub(1).ok_or(Fault::Wire(Problem::Truncated))?;
        let over = level.left == 0;
        self.field.push(byte);
        let (key, value) = match varint::read(&self.field) {
            Varint::Number(key, length) => (
                Key::from_varint(key).map_err(Problem::from),
                self.field.get(length..).unwrap_or_default(),
            ),
            Varint::Unfinished if over => return Err(Fault::Wire(Problem::Truncated).into()),
            Varint::Unfinished => return Ok(()),
            Varint::TooLong => return Err(Fault::Wire(Problem::Varint).into()),
        };
        let key = key.map_err(Fault::from)?;
        let complete = match key.wire {
            WireType::Fixed32 => value.len() == 4,
            WireType::Fixed64 => value.len() == 8,
            WireType::Varint | WireType::Len => match varint::read(value) {
                Varint::Number(length, _) if key.wire == WireType::Len => {
                    self.head = self.field.len();
                    return self.content(rewriter, key, length, out);
                }
                Varint::Number(..) => true,
                Varint::Unfinished => false,
                Varint::TooLong => return Err(Fault::Wire(Problem::Varint).into()),
            },
        };
        if complete {
            let treat = rewriter.treat(&self.top()?.place, key)?;
            return self.collected(rewriter, treat, out);
        }
        if over {
            return Err(Fault::Wire(Problem::Truncated).into());
        }
        Ok(())
    }

    /// A field's key and length are read; its content follows.
    fn content<R: Rewriter<Place = P>>(
        &mut self,
        rewriter: &mut R,
        key: Key,
        length: u64,
        out: &mut Vec<u8>,
    ) -> Result<(), R::Error> {
        let level = self.top()?;
        level.left = level
            .left
            .checked_sub(length)
            .ok_or(Fault::Wire(Problem::Truncated))?;
        let (whole, unit) = (self.limits.whole as u64, self.limits.unit as u64);
        match rewriter.treat(&self.top()?.place, key)? {
            Treat::Copy => self.copy(length, out)?,
            Treat::Drop => self.drop(0, length, out)?,
            Treat::Walk(place) if length > whole => self.enter(place, key, length, out)?,
            Treat::Open(place) if length > unit.max(whole) => {
                let left = length.min(FRONT);
                self.state = State::Front {
                    place,
                    left,
                    after: length - left,
                };
            }
            Treat::Whole(_) if length > unit => {
                return Err(Fault::TooLarge {
                    size: length,
                    limit: unit,
                }
                .into());
            }
            Treat::Blocks { place, width } => {
                if width == 0 || !length.is_multiple_of(width as u64) {
                    return Err(Fault::Wire(Problem::WrongType("a row of values of one size")).into());
                }
                self.copy(length, out)?;
                self.field.clear();
                self.state = State::Blocks {
                    place,
                    width,
                    left: length,
                };
            }
            treat => self.state = State::Collect { treat, left: length },
        }
        Ok(())
    }

    /// The field in `field` is copied as it stands; so much of its content is still to come.
    fn copy(&mut self, to_come: u64, out: &mut Vec<u8>) -> Result<(), Fault> {
        out.extend_from_slice(&self.field);
        let size = self.field.len() as u64 + to_come;
        self.top()?.write(size)?;
        self.state = State::Copy(to_come);
        Ok(())
    }

    /// A field is taken out: so much of its content was read already, so much is still to come.
    fn drop(&mut self, read: u64, to_come: u64, out: &mut Vec<u8>) -> Result<(), Fault> {
        let size = self.head as u64 + read + to_come;
        if size <= SPARE {
            self.state = State::Skip(to_come);
            return Ok(());
        }
        self.top()?.write(size)?;
        let zeros = padding::begin(size, out).ok_or(Fault::Overrun)?;
        // The filling's own head stands for what was read, or for some of what is to come as well.
        let at_once = usize::try_from(zeros.saturating_sub(to_come)).unwrap_or_default();
        out.resize(out.len() + at_once, 0);
        self.state = State::Zero {
            left: to_come,
            less: to_come.saturating_sub(zeros),
        };
        Ok(())
    }

    /// Goes into a large message.
    fn enter(&mut self, place: P, key: Key, length: u64, out: &mut Vec<u8>) -> Result<(), Fault> {
        if self.levels.len() >= DEEPEST {
            return Err(Fault::Wire(Problem::TooDeep));
        }
        let head = self.head as u64;
        let level = self.top()?;
        let share = match level.changeable {
            Changeable::No => 0,
            Changeable::Yes => {
                let own = (head + length).saturating_add(level.left);
                // A filling of its own, and a length that may take more bytes than before.
                let spare = level
                    .room
                    .checked_sub(own + LEAST + varint::LONGEST as u64)
                    .ok_or(Fault::Overrun)?;
                let share = u128::from(spare) * u128::from(length) / u128::from(own.max(1));
                u64::try_from(share)
                    .ok()
                    .filter(|share| *share >= LEAST)
                    .ok_or(Fault::Overrun)?
            }
        };
        let from = out.len();
        if share == 0 {
            out.extend_from_slice(self.field.get(..self.head).unwrap_or_default());
        } else {
            key.push(out);
            varint::push(length + share, out);
        }
        let written = (out.len() - from) as u64;
        let level = self.top()?;
        level.write(written + length + share)?;
        level.gave()?;
        self.levels
            .push(Level::new(place, length, length + share, self.floor));
        self.field.clear();
        self.state = State::Head;
        Ok(())
    }

    /// A field is there in full.
    fn collected<R: Rewriter<Place = P>>(
        &mut self,
        rewriter: &mut R,
        treat: Treat<P>,
        out: &mut Vec<u8>,
    ) -> Result<(), R::Error> {
        let from = out.len();
        let depth = self.levels.len();
        let record = whole_record(&self.field)?;
        apply(rewriter, treat, &record, depth, out)?;
        let written = (out.len() - from) as u64;
        self.grown += written.saturating_sub(self.field.len() as u64);
        self.top()?.write(written)?;
        Ok(self.done(out)?)
    }

    /// The front of a large message is there.
    fn front<R: Rewriter<Place = P>>(
        &mut self,
        rewriter: &mut R,
        place: &P,
        after: u64,
        out: &mut Vec<u8>,
    ) -> Result<(), R::Error> {
        let front = self.field.get(self.head..).unwrap_or_default();
        let read = front.len() as u64;
        let shown = Extent::Front {
            bytes: front,
            length: read + after,
        };
        match rewriter.open(place, shown)? {
            Opened::Copy => self.copy(after, out)?,
            Opened::Drop => self.drop(read, after, out)?,
            Opened::Walk(place) => {
                let front = front.to_vec();
                let Varint::Number(key, _) = varint::read(&self.field) else {
                    return Err(Fault::Wire(Problem::Varint).into());
                };
                let key = Key::from_varint(key).map_err(|bad| Fault::Wire(bad.into()))?;
                self.enter(place, key, read + after, out)?;
                self.feed(rewriter, &front, out)?;
            }
        }
        Ok(())
    }
}

/// The one field in these bytes.
fn whole_record(bytes: &[u8]) -> Result<Record<'_>, Fault> {
    let record = Records::new(bytes).next().unwrap_or(Err(Problem::Truncated));
    record.map_err(Fault::from)
}

/// Takes what there is of `left` bytes off the front of the input; `None` where it has nothing.
fn take<'a>(input: &mut &'a [u8], left: &mut u64) -> Option<&'a [u8]> {
    take_at_most(usize::MAX, input, left)
}

fn take_at_most<'a>(most: usize, input: &mut &'a [u8], left: &mut u64) -> Option<&'a [u8]> {
    let here = usize::try_from(*left)
        .unwrap_or(usize::MAX)
        .min(input.len())
        .min(most);
    if here == 0 {
        return None;
    }
    let (taken, rest) = input.split_at(here);
    *input = rest;
    *left -= here as u64;
    Some(taken)
}
