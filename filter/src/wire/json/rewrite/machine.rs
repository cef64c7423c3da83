//! The reader: where in JSON's grammar a document is, and one pass over one chunk.

use super::emit::{Kept, Touched};
use super::plain::Through;
use super::skip::Skip;
use super::whole::kind_of;
use super::{
    Below, Fate, Frame, Handler, Inside, MAX_DEPTH, Numbers, Output, Removals, RewriteError, Rewriter,
    ValueKind,
};
use crate::wire::json::number::Number;
use crate::wire::json::scalar::ScalarKind;
use crate::wire::json::scan::Stops;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// A value.
    Value,
    /// A value or `]`.
    FirstElement,
    /// A key or `}`.
    FirstKey,
    /// A key.
    NextKey,
    /// More of a key that is cut or has escapes.
    Key,
    /// `:`
    Colon,
    /// `,` or the end of the container.
    After,
    /// Blanks, until the document is over.
    End,
    /// More of a string that is copied or muted.
    String,
    /// The character behind a backslash in it.
    StringEscape,
    /// More of a string that is rewritten.
    RewrittenString,
    /// More of a number.
    Number(Number),
    /// More of a list of numbers that nobody asks for.
    Numbers,
    /// The rest of `true`, `false` or `null`.
    Literal(&'static str, usize),
    /// The rest of a container that is not looked into.
    Skip,
}

/// One pass over one chunk.
pub(super) struct Pass<'a, H: Handler> {
    pub(super) r: &'a mut Rewriter<H>,
    pub(super) h: &'a mut H,
    pub(super) chunk: &'a [u8],
    pub(super) out: &'a mut Vec<u8>,
    /// The next byte to read.
    pub(super) at: usize,
    /// The first byte that was neither written nor dropped.
    pub(super) kept: usize,
    pub(super) touched: Touched,
    pub(super) stops: Stops<'a>,
}

impl<'a, H: Handler> Pass<'a, H> {
    pub(super) fn new(
        r: &'a mut Rewriter<H>,
        h: &'a mut H,
        chunk: &'a [u8],
        out: &'a mut Vec<u8>,
    ) -> Pass<'a, H> {
        let touched = if r.muted.is_some() || r.rewriting.is_some() || !r.held.is_empty() {
            Touched::Yes
        } else {
            Touched::No
        };
        Pass {
            r,
            h,
            chunk,
            out,
            at: 0,
            kept: 0,
            touched,
            stops: Stops::new(chunk),
        }
    }

    /// Reads the chunk.
    pub(super) fn run(mut self) -> Result<Output, RewriteError> {
        while self.at < self.chunk.len() {
            match self.r.state {
                State::Value | State::FirstElement => self.value()?,
                State::FirstKey | State::NextKey => self.key_begins()?,
                State::After => self.after()?,
                State::String => self.string()?,
                State::Numbers => self.numbers()?,
                State::Number(read) => self.number(read)?,
                State::Skip => self.skip()?,
                State::RewrittenString => self.rewritten_string()?,
                State::Key => self.key()?,
                State::Colon => self.colon()?,
                State::StringEscape => self.string_escape()?,
                State::Literal(word, read) => self.literal(word, read)?,
                State::End => self.end()?,
            }
        }
        self.pause()?;
        Ok(self.output())
    }

    /// Reads the end of the document.
    pub(super) fn finish(mut self) -> Result<Output, RewriteError> {
        if let State::Number(read) = self.r.state
            && self.r.frames.is_empty()
            && read.may_end()
        {
            self.value_over();
        }
        if self.r.state == State::End {
            Ok(self.output())
        } else {
            Err(RewriteError::EndsEarly)
        }
    }

    fn output(&self) -> Output {
        match self.touched {
            Touched::No => Output::Unchanged,
            Touched::Yes => Output::Rewritten,
        }
    }

    /// The offset of the next byte.
    pub(super) fn here(&self) -> u64 {
        self.r.offset + self.at as u64
    }

    pub(super) fn not_json(&self) -> RewriteError {
        RewriteError::NotJson { at: self.here() }
    }

    /// The next byte that is not blank; it stays unread.
    #[inline]
    pub(super) fn next_byte(&mut self) -> Option<u8> {
        while let Some(byte) = self.chunk.get(self.at) {
            match byte {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                _ => return Some(*byte),
            }
        }
        None
    }

    fn value(&mut self) -> Result<(), RewriteError> {
        if self.next_byte().is_none() || self.elements()? == Through::Went {
            return Ok(());
        }
        let Some(byte) = self.next_byte() else {
            return Ok(());
        };
        if byte == b']' && self.r.state == State::FirstElement {
            self.close();
            return Ok(());
        }
        let kind = kind_of(byte).ok_or_else(|| self.not_json())?;
        if let Some(frame) = self.r.frames.last_mut()
            && frame.kind == ValueKind::Array
        {
            let nth = frame.count;
            frame.count += 1;
            if nth > 0
                && frame.inside.numbers == Numbers::Copied
                && kind == ValueKind::Scalar(ScalarKind::Number)
            {
                self.r.state = State::Numbers;
                return self.numbers();
            }
            self.r.place = self.h.element(frame.place, nth);
            self.hold();
        }
        let fate = self.h.value(&mut self.r.place, kind);
        self.meet(kind, fate, byte)?;
        if fate == Fate::Rewrite && kind == ValueKind::Scalar(ScalarKind::Number) {
            self.numbers_alike();
        }
        Ok(())
    }

    /// Does what the handler said about the value that begins here.
    #[inline]
    pub(super) fn meet(&mut self, kind: ValueKind, fate: Fate, first: u8) -> Result<(), RewriteError> {
        if fate == Fate::Refuse {
            return Err(RewriteError::Unexpected { at: self.here() });
        }
        if self.r.muted.is_some() {
            let walks = matches!(
                fate,
                Fate::Walk | Fate::Remove(Below::Walk) | Fate::Replace(Below::Walk)
            );
            return self.begin(kind, if walks { Below::Walk } else { Below::Skip }, first);
        }
        match fate {
            Fate::Copy => {
                self.keep_held();
                self.begin(kind, Below::Skip, first)
            }
            Fate::Walk => {
                self.keep_held();
                self.begin(kind, Below::Walk, first)
            }
            Fate::Remove(below) => {
                if self.drop_held().is_none() {
                    // Nothing may be removed here: its place stays.
                    self.flush(self.at);
                    self.out.extend(b"null");
                }
                self.mute();
                self.begin(kind, below, first)
            }
            Fate::Replace(below) => {
                self.keep_held();
                self.flush(self.at);
                self.out.extend(self.h.replacement(self.r.place));
                self.mute();
                self.begin(kind, below, first)
            }
            Fate::Rewrite => {
                self.keep_held();
                if let ValueKind::Scalar(scalar) = kind {
                    self.flush(self.at);
                    if self.rewrite_whole(scalar).is_some() {
                        return Ok(());
                    }
                    self.r.rewriting = Some(self.here());
                    self.h.rewriter(self.r.place).begin(scalar, self.out);
                }
                self.begin(kind, Below::Walk, first)
            }
            Fate::Refuse => Err(RewriteError::Unexpected { at: self.here() }),
        }
    }

    /// Starts reading a value.
    #[inline]
    fn begin(&mut self, kind: ValueKind, below: Below, first: u8) -> Result<(), RewriteError> {
        match kind {
            ValueKind::Object | ValueKind::Array => match below {
                Below::Walk => return self.enter(kind),
                Below::Skip => {
                    self.r.skip = Skip::new(self.r.frames.len());
                    self.r.state = State::Skip;
                    return self.skip();
                }
            },
            ValueKind::Scalar(ScalarKind::String) => {
                self.at += 1;
                if self.r.rewriting.is_some() {
                    self.r.state = State::RewrittenString;
                } else {
                    self.r.state = State::String;
                    return self.string();
                }
            }
            ValueKind::Scalar(ScalarKind::Number) => return self.number(Number::Start),
            ValueKind::Scalar(ScalarKind::Bool | ScalarKind::Null) => {
                let word = match first {
                    b't' => "true",
                    b'f' => "false",
                    _ => "null",
                };
                return self.literal(word, 0);
            }
        }
        Ok(())
    }

    fn enter(&mut self, kind: ValueKind) -> Result<(), RewriteError> {
        if self.r.frames.len() == MAX_DEPTH {
            return Err(RewriteError::TooDeep);
        }
        let inside = self.h.enter(self.r.place, kind);
        let removals = if self.r.muted.is_some() {
            Removals::Never
        } else {
            inside.removals
        };
        self.r.frames.push(Frame {
            place: self.r.place,
            kind,
            inside: Inside { removals, ..inside },
            count: 0,
            kept: Kept::Nothing,
        });
        self.at += 1;
        self.r.state = match kind {
            ValueKind::Object => State::FirstKey,
            _ => State::FirstElement,
        };
        Ok(())
    }

    /// The innermost container ends with the byte here.
    pub(super) fn close(&mut self) {
        self.r.frames.pop();
        self.h.leave();
        self.at += 1;
        self.value_over();
    }

    fn after(&mut self) -> Result<(), RewriteError> {
        let Some(byte) = self.next_byte() else {
            return Ok(());
        };
        let kind = self.r.frames.last().map(|frame| frame.kind);
        match (byte, kind) {
            (b',', Some(kind)) => {
                self.hold();
                self.at += 1;
                self.r.state = match kind {
                    ValueKind::Object => State::NextKey,
                    _ => State::Value,
                };
            }
            (b'}', Some(ValueKind::Object)) | (b']', Some(ValueKind::Array)) => self.close(),
            _ => return Err(self.not_json()),
        }
        Ok(())
    }

    fn colon(&mut self) -> Result<(), RewriteError> {
        match self.next_byte() {
            None => {}
            Some(b':') => {
                self.at += 1;
                self.r.state = State::Value;
            }
            Some(_) => return Err(self.not_json()),
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), RewriteError> {
        match self.next_byte() {
            None => Ok(()),
            Some(_) => Err(RewriteError::Trailing { at: self.here() }),
        }
    }

    fn skip(&mut self) -> Result<(), RewriteError> {
        match self.r.skip.over(self.chunk, self.at) {
            Ok(Some(end)) => {
                self.at = end;
                self.value_over();
                Ok(())
            }
            Ok(None) => {
                self.at = self.chunk.len();
                Ok(())
            }
            Err(broken) => Err(broken.seen_from(self.r.offset)),
        }
    }
}
