//! The long way through scalars: strings, numbers and words that are copied or muted, in whatever pieces they come.

use super::machine::{Pass, State};
use super::{Handler, Numbers, Removals, RewriteError, ValueKind};
use crate::wire::json::number::{self, Number};
use crate::wire::json::scalar::ScalarKind;
use crate::wire::json::scan;

impl<H: Handler> Pass<'_, H> {
    pub(super) fn string(&mut self) -> Result<(), RewriteError> {
        loop {
            self.at = self.stops.next(self.at);
            match self.chunk.get(self.at) {
                None => return Ok(()),
                Some(b'"') => {
                    self.at += 1;
                    self.value_over();
                    return Ok(());
                }
                Some(b'\\') => {
                    self.at += 1;
                    self.r.state = State::StringEscape;
                    if self.at == self.chunk.len() {
                        return Ok(());
                    }
                    self.string_escape()?;
                }
                Some(_) => return Err(self.not_json()),
            }
        }
    }

    pub(super) fn string_escape(&mut self) -> Result<(), RewriteError> {
        match self.chunk.get(self.at) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' | b'u') => {
                self.at += 1;
                self.r.state = State::String;
                Ok(())
            }
            _ => Err(self.not_json()),
        }
    }

    pub(super) fn number(&mut self, mut read: Number) -> Result<(), RewriteError> {
        let from = self.at;
        while let Some(next) = self.chunk.get(self.at).and_then(|byte| read.then(*byte)) {
            read = next;
            self.at += 1;
        }
        if self.r.rewriting.is_some() {
            self.piece(from);
        }
        if self.at == self.chunk.len() {
            self.r.state = State::Number(read);
            Ok(())
        } else if read.may_end() {
            self.value_over();
            Ok(())
        } else {
            Err(self.not_json())
        }
    }

    pub(super) fn literal(&mut self, word: &'static str, mut read: usize) -> Result<(), RewriteError> {
        while let Some(expected) = word.as_bytes().get(read) {
            match self.chunk.get(self.at) {
                Some(byte) if byte == expected => {
                    read += 1;
                    self.at += 1;
                }
                Some(_) => return Err(self.not_json()),
                None => {
                    self.r.state = State::Literal(word, read);
                    return Ok(());
                }
            }
        }
        if self.r.rewriting.is_some() && word != "null" {
            self.h.rewriter(self.r.place).plain(word, self.out);
        }
        self.value_over();
        Ok(())
    }

    /// Rewrites the value that begins here, if it is a string or a number, all of it is there, and it has no escapes.
    #[inline]
    pub(super) fn rewrite_whole(&mut self, kind: ScalarKind) -> Option<()> {
        let (from, to, end) = match kind {
            ScalarKind::String => {
                let to = self.stops.next(self.at + 1);
                (self.at + 1, to, to + 1)
            }
            ScalarKind::Number => {
                let end = number::whole(self.chunk, self.at)?;
                (self.at, end, end)
            }
            ScalarKind::Bool | ScalarKind::Null => return None,
        };
        if kind == ScalarKind::String && self.chunk.get(to) != Some(&b'"') {
            return None;
        }
        let text = std::str::from_utf8(self.chunk.get(from..to)?).ok()?;
        self.h.rewriter(self.r.place).whole(kind, text, self.out);
        self.h.masked(self.r.place, (end - self.at) as u64);
        self.at = end;
        self.kept = end;
        self.value_over();
        Some(())
    }

    /// Behind a number that was rewritten: goes on with those that become the same.
    #[inline]
    pub(super) fn numbers_alike(&mut self) {
        let Some(frame) = self.r.frames.last_mut() else {
            return;
        };
        let alike = frame.kind == ValueKind::Array
            && frame.inside.numbers == Numbers::Alike
            && frame.inside.removals == Removals::Never;
        if !alike || self.r.muted.is_some() || self.r.rewriting.is_some() || self.r.state != State::After {
            return;
        }
        let rewriter = self.h.rewriter(self.r.place);
        let (at, count) = rewriter.numbers(self.chunk, self.at, self.out);
        frame.count += count;
        self.at = at;
        self.kept = at;
    }

    /// Hands the characters of a number from `from` on to the rewriter.
    fn piece(&mut self, from: usize) {
        let bytes = self.chunk.get(from..self.at).unwrap_or_default();
        if let Ok(text) = std::str::from_utf8(bytes)
            && !text.is_empty()
        {
            self.h.rewriter(self.r.place).plain(text, self.out);
        }
    }

    /// Reads on in a list of numbers, up to what is none.
    pub(super) fn numbers(&mut self) -> Result<(), RewriteError> {
        let from = self.at;
        let stop = scan::numbers_stop(self.chunk, from);
        let run = self.chunk.get(from..stop).unwrap_or_default();
        let last = run.iter().rposition(|byte| !byte.is_ascii_whitespace());
        self.at = stop;
        self.r.state = match last.and_then(|n| run.get(n)) {
            // A number ended with the last chunk, if it did not end before.
            None => State::After,
            Some(b',') => State::Value,
            Some(_) if stop == self.chunk.len() && last == Some(run.len() - 1) => State::Numbers,
            Some(_) => State::After,
        };
        Ok(())
    }
}
