//! Passing over scalars that nobody asks for, several at a time: most of a payload.
//!
//! The long way, from state to state, does the same; it is taken for whatever is not written plainly, or not whole
//! in the chunk. Nothing is passed over here that the long way would not let by.

use super::machine::{Pass, State};
use super::{Handler, Others, Removals, ValueKind};
use crate::wire::json::number;
use crate::wire::json::scan;

/// A member that was passed over.
enum Passed {
    /// Another follows: where the comma stands, and the quote of the key behind that.
    More { comma: usize, next: usize },
    /// It was the last: where the object's brace stands.
    Last { brace: usize },
}

impl<H: Handler> Pass<'_, H> {
    /// At the quote of a key: goes on to the quote of the first key that the handler knows, or behind which there is
    /// anything that needs a closer look, or to the end of the object. Says whether it came to that end.
    #[inline]
    pub(super) fn pass_others(&mut self) -> bool {
        let others = self.r.frames.last().map(|frame| frame.inside.others);
        if others != Some(Others::Copied) || self.r.muted.is_some() {
            return false;
        }
        let Some(mut passed) = self.plain_member(self.at) else {
            return false;
        };
        self.hold();
        self.keep_held();
        let mut count = 1;
        while let Passed::More { next, .. } = passed
            && let Some(then) = self.plain_member(next)
        {
            passed = then;
            count += 1;
        }
        if let Some(frame) = self.r.frames.last_mut() {
            frame.count += count;
        }
        match passed {
            Passed::More { comma, next } => {
                self.at = comma;
                self.hold();
                self.at = next;
                self.r.state = State::NextKey;
                false
            }
            Passed::Last { brace } => {
                self.at = brace;
                self.r.state = State::After;
                true
            }
        }
    }

    /// At the quote of a string in an array: goes on to the first element that needs a closer look, or to the end of
    /// the array. Says whether it went anywhere.
    #[inline]
    pub(super) fn pass_elements(&mut self) -> bool {
        let Some(frame) = self.r.frames.last() else {
            return false;
        };
        if frame.kind != ValueKind::Array
            || frame.inside.others != Others::Copied
            || frame.inside.removals != Removals::Never
            || self.r.muted.is_some()
        {
            return false;
        }
        let byte = |at: usize| self.chunk.get(at).copied();
        let (mut at, mut count, mut state) = (self.at, 0, State::Value);
        while byte(at) == Some(b'"')
            && let Some(end) = string_end(self.chunk, at)
        {
            match byte(end) {
                Some(b',') => {
                    at = end + 1 + usize::from(byte(end + 1) == Some(b' '));
                    count += 1;
                }
                Some(b']') => {
                    at = end;
                    count += 1;
                    state = State::After;
                    break;
                }
                _ => break,
            }
        }
        if count == 0 {
            return false;
        }
        self.at = at;
        self.r.state = state;
        if let Some(frame) = self.r.frames.last_mut() {
            frame.count += count;
        }
        true
    }

    /// The member whose key's quote stands at `from`, if its key is none that the handler knows, its value is a
    /// scalar, and behind it stands another member or the end of the object.
    #[inline]
    fn plain_member(&self, from: usize) -> Option<Passed> {
        let chunk = self.chunk;
        let byte = |at: usize| chunk.get(at).copied();
        let end = scan::string_stop(chunk, from + 1);
        if byte(end)? != b'"' || self.h.knows(chunk.get(from + 1..end)?) {
            return None;
        }
        let mut at = end + 1;
        if byte(at)? != b':' {
            return None;
        }
        at += 1;
        if byte(at)? == b' ' {
            at += 1;
        }
        at = match byte(at)? {
            b'"' => string_end(chunk, at)?,
            b'-' | b'0'..=b'9' => number::whole(chunk, at)?,
            b't' | b'f' | b'n' => {
                let rest = chunk.get(at..)?;
                let word = [&b"true"[..], b"false", b"null"]
                    .into_iter()
                    .find(|word| rest.starts_with(word))?;
                at + word.len()
            }
            _ => return None,
        };
        match byte(at)? {
            b',' => {
                let comma = at;
                at += 1;
                if byte(at)? == b' ' {
                    at += 1;
                }
                (byte(at)? == b'"').then_some(Passed::More { comma, next: at })
            }
            b'}' => Some(Passed::Last { brace: at }),
            _ => None,
        }
    }
}

/// The place behind the string that begins at `from`, if all of it is there.
#[inline]
fn string_end(chunk: &[u8], from: usize) -> Option<usize> {
    let mut at = from + 1;
    loop {
        at = scan::string_stop(chunk, at);
        match chunk.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => match chunk.get(at + 1)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' | b'u' => at += 2,
                _ => return None,
            },
            _ => return None,
        }
    }
}
