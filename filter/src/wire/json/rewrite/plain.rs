//! Passing through members and elements that stand as a whole in the chunk, several at a time: most of an answer.
//!
//! The long way, from state to state, does the same; it is taken for whatever is not written plainly, or not whole
//! in the chunk. Nothing is passed over here that the long way would not let by.

use super::emit::{Hold, Kept};
use super::expect::{Key, note};
use super::machine::{Pass, State};
use super::whole::{Spelling, Whole};
use super::{Fate, Handler, Inside, Numbers, Others, Removals, RewriteError, Unexpected, ValueKind};
use crate::wire::json::scalar::ScalarKind;

/// What follows a member or an element.
enum Next {
    /// Another: where the comma stands, and where the other begins.
    More { comma: usize, from: usize },
    /// The end of the container: where its bracket stands.
    Last { bracket: usize },
}

/// How far members or elements were passed through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Through {
    /// Up to one that must go the long way from its beginning, which is where the pass stands.
    Stopped,
    /// As far as could be; the state says what comes next.
    Went,
}

/// The container that is passed through, and where in it the next member or element begins.
struct Run<P> {
    place: P,
    inside: Inside,
    count: u64,
    /// Where it is held back from: its comma, if it has one.
    hold: usize,
    from: usize,
    /// Whether nothing of the container may need to lose a comma.
    settled: bool,
}

impl<H: Handler> Pass<'_, H> {
    /// The run that begins here, if nothing is held back or muted that the long way must see to.
    #[inline]
    fn run_from_here(&self, kind: ValueKind) -> Option<Run<H::Place>> {
        let frame = self.r.frames.last().filter(|frame| frame.kind == kind)?;
        let hold = match self.r.hold {
            Hold::Nothing => self.at,
            Hold::Here(from) => from,
            Hold::Earlier => return None,
        };
        self.r.muted.is_none().then_some(Run {
            place: frame.place,
            inside: frame.inside,
            count: frame.count,
            hold,
            from: self.at,
            settled: frame.inside.removals == Removals::Never || frame.kept == Kept::Something,
        })
    }

    /// The member or element of the run stays.
    #[inline]
    fn stays(&mut self, run: &mut Run<H::Place>) {
        if !run.settled {
            self.r.hold = Hold::Here(run.hold);
            self.keep_held();
            run.settled = true;
        }
    }

    /// Leaves the run before the member or element that comes next in it.
    #[inline]
    fn stop(&mut self, run: &Run<H::Place>, state: State) -> Through {
        if run.from > self.at {
            self.settle(run);
            self.r.state = state;
            self.at = run.from;
        }
        Through::Stopped
    }

    /// Notes how far the run has come: so many were counted, and the next is held back.
    #[inline]
    fn settle(&mut self, run: &Run<H::Place>) {
        self.r.hold = match run.inside.removals {
            Removals::Possible => Hold::Here(run.hold),
            Removals::Never => Hold::Nothing,
        };
        if let Some(frame) = self.r.frames.last_mut() {
            frame.count = run.count;
        }
    }

    /// Leaves the run behind a value that ends at `end`.
    #[inline]
    fn over(&mut self, run: &Run<H::Place>, end: usize, state: State) -> Through {
        self.r.hold = Hold::Nothing;
        if let Some(frame) = self.r.frames.last_mut() {
            frame.count = run.count;
        }
        self.at = end;
        self.r.state = state;
        Through::Went
    }

    /// At the quote of a key: goes through the members that stand here as a whole, to the end of the object or up to
    /// what needs a closer look.
    ///
    /// # Errors
    /// As on the long way.
    pub(super) fn members(&mut self) -> Result<Through, RewriteError> {
        let Some(run) = self.run_from_here(ValueKind::Object) else {
            return Ok(Through::Stopped);
        };
        let depth = self.r.frames.len();
        let mut expected = self.r.expected.take(depth);
        let through = self.members_of(run, &mut expected);
        self.r.expected.give(depth, expected);
        through
    }

    #[inline]
    fn members_of(
        &mut self,
        mut run: Run<H::Place>,
        expected: &mut Vec<Key<H::Known>>,
    ) -> Result<Through, RewriteError> {
        let chunk = self.chunk;
        let byte = |at: usize| chunk.get(at).copied();
        let passes = run.inside.others == Others::Copied;
        loop {
            let Some((at, first, known)) = self.key_here(&run, expected) else {
                return Ok(self.stop(&run, State::NextKey));
            };
            let Some((kind, whole)) = self.value_here(at, first) else {
                return Ok(self.stop(&run, State::NextKey));
            };
            let end = match (known, whole) {
                (None, Some(whole)) if passes => {
                    self.stays(&mut run);
                    run.count += 1;
                    whole.end
                }
                _ => {
                    let mut place = match known {
                        Some(known) => self.h.known_member(run.place, run.count, known),
                        None => self.other_member(&run),
                    }
                    .map_err(|Unexpected| self.unexpected_key(&run))?;
                    run.count += 1;
                    let fate = self.h.value(&mut place, kind);
                    let value = Value {
                        at,
                        kind,
                        whole,
                        place,
                    };
                    match self.plain_fate(&mut run, &value, fate)? {
                        Some(end) => end,
                        None => return Ok(Through::Went),
                    }
                }
            };
            match next(chunk, end, b'}') {
                Some(Next::More { comma, from }) if byte(from) == Some(b'"') => {
                    run.hold = comma;
                    run.from = from;
                }
                Some(Next::Last { bracket }) => {
                    let went = self.over(&run, bracket, State::After);
                    self.close();
                    return Ok(went);
                }
                _ => return Ok(self.over(&run, end, State::After)),
            }
        }
    }

    /// The key that begins here: where its value begins, the first byte of that, and what the handler knows the key as.
    /// `None` where it is not written plainly.
    #[inline]
    fn key_here(
        &mut self,
        run: &Run<H::Place>,
        expected: &mut Vec<Key<H::Known>>,
    ) -> Option<(usize, u8, Option<H::Known>)> {
        let rest = self.chunk.get(run.from..)?;
        let nth = run.count as usize;
        if let Some((length, known)) = expected.get(nth).and_then(|key| key.begins(rest)) {
            return Some((run.from + length, *rest.get(length)?, known));
        }
        self.key_anew(run, expected)
    }

    /// The same for a key that was not expected.
    #[inline(never)]
    fn key_anew(
        &mut self,
        run: &Run<H::Place>,
        expected: &mut Vec<Key<H::Known>>,
    ) -> Option<(usize, u8, Option<H::Known>)> {
        let byte = |at: usize| self.chunk.get(at).copied();
        let end = self.stops.next(run.from + 1);
        let mut at = end + 1;
        if byte(end) != Some(b'"') || byte(at) != Some(b':') {
            return None;
        }
        at += 1;
        if byte(at) == Some(b' ') {
            at += 1;
        }
        let first = byte(at)?;
        let known = self.h.known(self.chunk.get(run.from + 1..end)?);
        note(expected, run.count as usize, self.chunk.get(run.from..at)?, known);
        Some((at, first, known))
    }

    /// Where the key here, that the handler does not know, leads.
    #[inline(never)]
    fn other_member(&mut self, run: &Run<H::Place>) -> Result<H::Place, Unexpected> {
        let end = self.stops.next(run.from + 1);
        let key = self.chunk.get(run.from + 1..end).unwrap_or_default();
        let key = Some(key).filter(|key| key.len() <= self.h.longest_key());
        self.h.member(run.place, run.count, key)
    }

    /// The key here is none that the handler takes.
    #[cold]
    fn unexpected_key(&mut self, run: &Run<H::Place>) -> RewriteError {
        let end = self.stops.next(run.from + 1);
        RewriteError::Unexpected {
            at: self.r.offset + end as u64 + 1,
        }
    }

    /// At the first byte of an element: goes through the elements that stand here as a whole, to the end of the array
    /// or up to what needs a closer look.
    ///
    /// # Errors
    /// As on the long way.
    pub(super) fn elements(&mut self) -> Result<Through, RewriteError> {
        let Some(mut run) = self.run_from_here(ValueKind::Array) else {
            return Ok(Through::Stopped);
        };
        let chunk = self.chunk;
        let byte = |at: usize| chunk.get(at).copied();
        let strings_pass = run.inside.others == Others::Copied && run.inside.removals == Removals::Never;
        loop {
            let at = run.from;
            let Some((kind, whole)) = byte(at).and_then(|first| self.value_here(at, first)) else {
                return Ok(self.stop(&run, State::Value));
            };
            let number = kind == ValueKind::Scalar(ScalarKind::Number);
            if number && run.count > 0 && run.inside.numbers != Numbers::Asked {
                return Ok(self.stop(&run, State::Value));
            }
            let end = match whole {
                Some(whole) if strings_pass && kind == ValueKind::Scalar(ScalarKind::String) => {
                    run.count += 1;
                    whole.end
                }
                _ => {
                    let mut place = self.h.element(run.place, run.count);
                    run.count += 1;
                    let fate = self.h.value(&mut place, kind);
                    let value = Value {
                        at,
                        kind,
                        whole,
                        place,
                    };
                    match self.plain_fate(&mut run, &value, fate)? {
                        Some(end) if number && fate == Fate::Rewrite => {
                            let went = self.over(&run, end, State::After);
                            self.r.place = value.place;
                            self.numbers_alike();
                            return Ok(went);
                        }
                        Some(end) => end,
                        None => return Ok(Through::Went),
                    }
                }
            };
            match next(chunk, end, b']') {
                Some(Next::More { comma, from }) => {
                    run.hold = comma;
                    run.from = from;
                }
                Some(Next::Last { bracket }) => {
                    let went = self.over(&run, bracket, State::After);
                    self.close();
                    return Ok(went);
                }
                None => return Ok(self.over(&run, end, State::After)),
            }
        }
    }

    /// Does what the handler said about a value. Where it ends, if it is there as a whole; otherwise the long way has
    /// taken it up.
    #[inline(always)]
    fn plain_fate(
        &mut self,
        run: &mut Run<H::Place>,
        value: &Value<H::Place>,
        fate: Fate,
    ) -> Result<Option<usize>, RewriteError> {
        match value.whole {
            Some(whole) if matches!(fate, Fate::Copy | Fate::Walk) => {
                self.stays(run);
                Ok(Some(whole.end))
            }
            Some(whole) if fate != Fate::Refuse => {
                if self.changed(run, value, whole, fate).is_none() {
                    return self.long_fate(run, value, fate);
                }
                Ok(Some(whole.end))
            }
            _ => self.long_fate(run, value, fate),
        }
    }

    /// Goes the long way with a value of which the handler has said what becomes of it.
    #[inline(never)]
    fn long_fate(
        &mut self,
        run: &mut Run<H::Place>,
        value: &Value<H::Place>,
        fate: Fate,
    ) -> Result<Option<usize>, RewriteError> {
        self.settle(run);
        self.at = value.at;
        self.r.place = value.place;
        self.r.state = State::Value;
        let around = self.r.frames.len();
        let first = self.chunk.get(value.at).copied().unwrap_or_default();
        self.meet(value.kind, fate, first)?;
        let over = self.r.state == State::After && self.r.frames.len() == around;
        run.settled = run.settled || !matches!(fate, Fate::Remove(_));
        Ok(over.then_some(self.at))
    }

    /// A scalar goes, or something else stands in its place. `None` where that takes the long way.
    #[inline(never)]
    fn changed(
        &mut self,
        run: &mut Run<H::Place>,
        value: &Value<H::Place>,
        Whole { end, spelling }: Whole,
        fate: Fate,
    ) -> Option<()> {
        let at = value.at;
        match fate {
            Fate::Remove(_) if run.inside.removals == Removals::Possible => self.flush(run.hold),
            Fate::Remove(_) => {
                self.flush(at);
                self.out.extend_from_slice(b"null");
            }
            Fate::Replace(_) => {
                self.stays(run);
                self.flush(at);
                self.out.extend_from_slice(self.h.replacement(value.place));
            }
            _ => {
                let (kind, text) = match value.kind {
                    ValueKind::Scalar(ScalarKind::String) if spelling == Spelling::Plain => {
                        (ScalarKind::String, at + 1..end - 1)
                    }
                    ValueKind::Scalar(ScalarKind::Number) => (ScalarKind::Number, at..end),
                    _ => return None,
                };
                let text = std::str::from_utf8(self.chunk.get(text)?).ok()?;
                self.stays(run);
                self.flush(at);
                self.h.rewriter(value.place).whole(kind, text, self.out);
            }
        }
        self.kept = end;
        self.h.masked(value.place, (end - at) as u64);
        Some(())
    }
}

/// A value that the handler has been asked about.
struct Value<P> {
    at: usize,
    kind: ValueKind,
    whole: Option<Whole>,
    place: P,
}

/// What stands behind a value that ends at `end`, in a container that ends with `close`. `None` where that is not
/// written plainly.
#[inline]
fn next(chunk: &[u8], end: usize, close: u8) -> Option<Next> {
    match *chunk.get(end)? {
        b',' => {
            let blank = *chunk.get(end + 1)? == b' ';
            Some(Next::More {
                comma: end,
                from: end + 1 + usize::from(blank),
            })
        }
        byte if byte == close => Some(Next::Last { bracket: end }),
        _ => None,
    }
}
