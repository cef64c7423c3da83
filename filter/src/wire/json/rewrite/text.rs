//! Text that must be read, not only passed over: keys that are cut or have escapes, and strings that are rewritten.

use super::emit::Hold;
use super::machine::{Pass, State};
use super::plain::Through;
use super::{Handler, RewriteError};
use crate::wire::json::unescape::{self, Escape};

/// A key as far as it was read.
#[derive(Default)]
pub(super) struct KeySoFar {
    /// Unescaped; no more of it than could match.
    bytes: Vec<u8>,
    length: Length,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Length {
    /// It is all in `bytes`.
    #[default]
    Fits,
    /// It is longer than any key that could match.
    Long,
    /// So long that the handler was asked already.
    Decided,
}

impl KeySoFar {
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    fn push(&mut self, more: &[u8], longest: usize) {
        if self.length == Length::Fits {
            if self.bytes.len() + more.len() > longest {
                self.length = Length::Long;
            } else {
                self.bytes.extend_from_slice(more);
            }
        }
    }
}

/// The beginning of an escape or of a character, cut off at the end of a chunk.
#[derive(Clone, Copy, Default)]
pub(super) struct Carry {
    bytes: [u8; unescape::LONGEST],
    length: usize,
}

impl Carry {
    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn push(&mut self, byte: u8) {
        if let Some(to) = self.bytes.get_mut(self.length) {
            *to = byte;
            self.length += 1;
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.length = 0;
        bytes.iter().for_each(|byte| self.push(*byte));
    }

    /// Forgets the first `n` bytes.
    fn shift(&mut self, n: usize) {
        let mut rest = Carry::default();
        rest.take(self.bytes().get(n..).unwrap_or_default());
        *self = rest;
    }
}

impl<H: Handler> Pass<'_, H> {
    /// A key or the end of an object; behind a comma a key.
    pub(super) fn key_begins(&mut self) -> Result<(), RewriteError> {
        match self.next_byte() {
            None => Ok(()),
            Some(b'"') => {
                if self.members()? == Through::Went {
                    return Ok(());
                }
                self.hold();
                let chunk = self.chunk;
                let end = self.stops.next(self.at + 1);
                if chunk.get(end) == Some(&b'"') {
                    let key = chunk.get(self.at + 1..end).unwrap_or_default();
                    self.at = end + 1;
                    return self.key_over(Some(key).filter(|key| key.len() <= self.h.longest_key()));
                }
                self.at += 1;
                self.r.key.bytes.clear();
                self.r.key.length = Length::Fits;
                self.r.state = State::Key;
                Ok(())
            }
            Some(b'}') if self.r.state == State::FirstKey => {
                self.close();
                Ok(())
            }
            Some(_) => Err(self.not_json()),
        }
    }

    /// The handler is asked where the member stands.
    #[inline]
    fn key_over(&mut self, key: Option<&[u8]>) -> Result<(), RewriteError> {
        self.locate(key)?;
        self.r.state = State::Colon;
        if self.chunk.get(self.at) == Some(&b':') {
            self.at += 1;
            self.r.state = State::Value;
        }
        Ok(())
    }

    fn locate(&mut self, key: Option<&[u8]>) -> Result<(), RewriteError> {
        if let Some(frame) = self.r.frames.last_mut() {
            let nth = frame.count;
            frame.count += 1;
            match self.h.member(frame.place, nth, key) {
                Ok(place) => self.r.place = place,
                Err(_) => return Err(RewriteError::Unexpected { at: self.here() }),
            }
        }
        Ok(())
    }

    /// Reads on inside a key.
    pub(super) fn key(&mut self) -> Result<(), RewriteError> {
        let longest = self.h.longest_key();
        while self.finish_carry()? == Carried::Nothing {
            let end = self.stops.next(self.at);
            let more = self.chunk.get(self.at..end).unwrap_or_default();
            self.r.key.push(more, longest);
            self.at = end;
            match self.chunk.get(end) {
                None => break,
                Some(b'"') => {
                    self.at += 1;
                    return self.long_or_cut_key_over();
                }
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(self.not_json()),
            }
        }
        Ok(())
    }

    fn long_or_cut_key_over(&mut self) -> Result<(), RewriteError> {
        match self.r.key.length {
            Length::Fits => {
                let key = std::mem::take(&mut self.r.key.bytes);
                let result = self.key_over(Some(&key));
                self.r.key.bytes = key;
                result
            }
            Length::Long => self.key_over(None),
            Length::Decided => {
                self.r.state = State::Colon;
                Ok(())
            }
        }
    }

    /// A key is so long that it cannot be held back any longer. That it is longer than any that could match is known,
    /// so the handler can be asked now.
    pub(super) fn decide_long_key(&mut self) -> Result<(), RewriteError> {
        if self.r.key.length == Length::Fits {
            return Ok(());
        }
        self.locate(None)?;
        self.r.key.length = Length::Decided;
        if self.h.removes(self.r.place) {
            self.drop_held();
            self.mute();
        } else {
            self.keep_held();
        }
        debug_assert_eq!(self.r.hold, Hold::Nothing);
        Ok(())
    }

    /// Reads on inside a string that is rewritten.
    pub(super) fn rewritten_string(&mut self) -> Result<(), RewriteError> {
        while self.finish_carry()? == Carried::Nothing {
            let end = self.stops.next(self.at);
            self.plain(end)?;
            match self.chunk.get(end) {
                None => break,
                Some(b'"') => {
                    self.at = end + 1;
                    self.value_over();
                    break;
                }
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(self.not_json()),
            }
        }
        Ok(())
    }

    /// Hands on the text up to before `end`. A character that is cut by the end of the chunk waits.
    fn plain(&mut self, end: usize) -> Result<(), RewriteError> {
        let bytes = self.chunk.get(self.at..end).unwrap_or_default();
        let (text, rest) = match std::str::from_utf8(bytes) {
            Ok(text) => (text, &[][..]),
            Err(error) if error.error_len().is_none() && end == self.chunk.len() => {
                let (text, rest) = bytes.split_at(error.valid_up_to());
                (std::str::from_utf8(text).unwrap_or_default(), rest)
            }
            Err(error) => {
                self.at += error.valid_up_to();
                return Err(self.not_json());
            }
        };
        if !text.is_empty() {
            self.h.rewriter(self.r.place).plain(text, self.out);
        }
        self.r.carry.take(rest);
        self.at = end;
        Ok(())
    }

    /// Reads the escape that begins here.
    fn escape(&mut self) -> Result<(), RewriteError> {
        let bytes = self.chunk.get(self.at..).unwrap_or_default();
        match unescape::escape(bytes) {
            Escape::Whole(length, meaning) => {
                let raw = std::str::from_utf8(bytes.get(..length).unwrap_or_default()).unwrap_or_default();
                self.escaped(raw, meaning);
                self.at += length;
            }
            Escape::Cut => {
                self.r.carry.take(bytes);
                self.at = self.chunk.len();
            }
            Escape::Wrong => return Err(self.not_json()),
        }
        Ok(())
    }

    /// One character of a key or of a rewritten string, spelt as an escape.
    fn escaped(&mut self, raw: &str, meaning: char) {
        if self.r.state == State::Key {
            let longest = self.h.longest_key();
            self.r
                .key
                .push(meaning.encode_utf8(&mut [0; 4]).as_bytes(), longest);
        } else {
            self.h.rewriter(self.r.place).escape(raw, meaning, self.out);
        }
    }

    /// Completes what was cut off at the end of the last chunk.
    fn finish_carry(&mut self) -> Result<Carried, RewriteError> {
        while let Some(first) = self.r.carry.bytes().first().copied() {
            if first != b'\\' {
                return self.finish_character(first);
            }
            match unescape::escape(self.r.carry.bytes()) {
                Escape::Whole(length, meaning) => {
                    let carry = self.r.carry;
                    let raw = carry.bytes().get(..length).unwrap_or_default();
                    self.escaped(std::str::from_utf8(raw).unwrap_or_default(), meaning);
                    self.r.carry.shift(length);
                    // The byte that showed a surrogate to be a lone one is read again where it stands.
                    if self.r.carry.bytes().first().is_some_and(|byte| *byte != b'\\') {
                        self.r.carry.length = 0;
                        self.at -= 1;
                    }
                }
                Escape::Cut => match self.chunk.get(self.at) {
                    Some(byte) => {
                        self.r.carry.push(*byte);
                        self.at += 1;
                    }
                    None => return Ok(Carried::Still),
                },
                Escape::Wrong => return Err(self.not_json()),
            }
        }
        Ok(Carried::Nothing)
    }

    fn finish_character(&mut self, first: u8) -> Result<Carried, RewriteError> {
        let length = match first {
            0xf0.. => 4,
            0xe0.. => 3,
            _ => 2,
        };
        while self.r.carry.length < length {
            match self.chunk.get(self.at) {
                Some(byte) => {
                    self.r.carry.push(*byte);
                    self.at += 1;
                }
                None => return Ok(Carried::Still),
            }
        }
        let carry = self.r.carry;
        let text = std::str::from_utf8(carry.bytes()).map_err(|_| self.not_json())?;
        self.h.rewriter(self.r.place).plain(text, self.out);
        self.r.carry.length = 0;
        Ok(Carried::Nothing)
    }
}

/// Whether something is still cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Carried {
    Nothing,
    Still,
}
