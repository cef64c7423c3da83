//! What leaves: spans that are copied, members that are held back, values of which nothing is written.

use super::Handler;
use super::machine::Pass;
use crate::wire::json::rewrite::RewriteError;
use crate::wire::json::rewrite::machine::State;
use crate::wire::span;

/// How many bytes of a member are held back from one chunk to the next before a decision is forced.
pub(super) const MAX_HELD: usize = 16 * 1024;

/// A member or element that is held back: its comma, key and colon, with the blanks between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// None is.
    Nothing,
    /// It begins here in this chunk.
    Here(usize),
    /// It began in an earlier chunk; `held` has it up to the beginning of this one.
    Earlier,
}

/// Whether something of a container stayed, so that the next member needs its comma.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    Nothing,
    Something,
}

/// A value of which nothing is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Muted<P> {
    /// How many containers are around it.
    depth: usize,
    place: P,
    /// Its offset.
    start: u64,
}

impl<H: Handler> Pass<'_, H> {
    /// Whether what is read now is copied to the output.
    fn copies(&self) -> bool {
        self.r.muted.is_none() && self.r.rewriting.is_none()
    }

    /// Writes what was kept of this chunk up to before `end`.
    pub(super) fn flush(&mut self, end: usize) {
        span::push(self.chunk, self.kept, end, self.out);
        self.kept = end;
        self.touched = Touched::Yes;
    }

    /// From here on the member or element is held back, if it may be removed.
    #[inline]
    pub(super) fn hold(&mut self) {
        let possible = self
            .r
            .frames
            .last()
            .is_some_and(|frame| frame.inside.removals == super::Removals::Possible);
        if possible && self.r.hold == Hold::Nothing && self.r.muted.is_none() {
            self.r.hold = Hold::Here(self.at);
        }
    }

    /// The member or element that is held back stays. Where everything before it was removed, its comma goes.
    #[inline]
    pub(super) fn keep_held(&mut self) {
        let hold = std::mem::replace(&mut self.r.hold, Hold::Nothing);
        if hold == Hold::Nothing {
            return;
        }
        let mut kept = Kept::Something;
        if let Some(frame) = self.r.frames.last_mut() {
            kept = std::mem::replace(&mut frame.kept, Kept::Something);
        }
        match hold {
            Hold::Here(from) if kept == Kept::Nothing && self.chunk.get(from) == Some(&b',') => {
                self.flush(from);
                self.kept = from + 1;
            }
            Hold::Earlier => {
                let comma = kept == Kept::Nothing && self.r.held.first() == Some(&b',');
                self.out.extend(self.r.held.drain(..).skip(usize::from(comma)));
                self.touched = Touched::Yes;
            }
            Hold::Here(_) | Hold::Nothing => {}
        }
    }

    /// The member or element that is held back goes. `None` where none was held.
    pub(super) fn drop_held(&mut self) -> Option<()> {
        match std::mem::replace(&mut self.r.hold, Hold::Nothing) {
            Hold::Nothing => return None,
            Hold::Here(from) => self.flush(from),
            Hold::Earlier => {
                self.r.held.clear();
                self.touched = Touched::Yes;
            }
        }
        Some(())
    }

    /// Nothing is written until the value that begins here is over.
    pub(super) fn mute(&mut self) {
        self.touched = Touched::Yes;
        self.r.muted = Some(Muted {
            depth: self.r.frames.len(),
            place: self.r.place,
            start: self.here(),
        });
    }

    /// A value is over; `at` is behind it.
    #[inline]
    pub(super) fn value_over(&mut self) {
        if let Some(muted) = self.r.muted {
            if muted.depth == self.r.frames.len() {
                self.r.muted = None;
                self.kept = self.at;
                self.h.masked(muted.place, self.here() - muted.start);
            }
        } else if let Some(start) = self.r.rewriting.take() {
            self.h.rewriter(self.r.place).end(self.out);
            self.kept = self.at;
            self.h.masked(self.r.place, self.here() - start);
        }
        self.r.state = if self.r.frames.is_empty() {
            State::End
        } else {
            State::After
        };
    }

    /// The chunk is over: what must wait is put by, the rest leaves.
    pub(super) fn pause(&mut self) -> Result<(), RewriteError> {
        let end = self.chunk.len();
        if !self.copies() {
            return Ok(());
        }
        match self.r.hold {
            Hold::Nothing => {}
            Hold::Here(from) => {
                self.flush(from);
                self.r.held.clear();
                self.r.held.extend(self.chunk.get(from..).unwrap_or_default());
                self.r.hold = Hold::Earlier;
                self.kept = end;
            }
            Hold::Earlier => {
                self.touched = Touched::Yes;
                self.kept = end;
                let more = match self.r.state {
                    // Blanks without end around a colon are not worth the memory.
                    State::Colon | State::Value | State::NextKey if self.r.held.len() > MAX_HELD => {
                        self.chunk.trim_ascii_end()
                    }
                    _ => self.chunk,
                };
                self.r.held.extend(more);
            }
        }
        if self.r.hold == Hold::Earlier && self.r.held.len() > MAX_HELD && self.r.state == State::Key {
            self.decide_long_key()?;
        }
        if self.touched == Touched::Yes && self.kept < end {
            self.flush(end);
        }
        Ok(())
    }
}

/// Whether what leaves differs from the chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Touched {
    No,
    Yes,
}
