//! Passing over members that nobody asks for, several at a time: most of a payload.
//!
//! The long way, from state to state, does the same; it is taken for whatever is not written plainly, or not whole
//! in the chunk. Nothing is passed over here that the long way would not let by.

use super::machine::{Pass, State};
use super::{Handler, Others};
use crate::wire::json::number::Number;
use crate::wire::json::scan;

/// A member that was passed over: where its comma stands, and the quote of the key behind that.
struct Passed {
    comma: usize,
    next: usize,
}

impl<H: Handler> Pass<'_, H> {
    /// At the quote of a key: goes on to the quote of the first key that the handler knows, or behind which there is
    /// anything that needs a closer look.
    pub(super) fn pass_others(&mut self) {
        let others = self.r.frames.last().map(|frame| frame.inside.others);
        if others != Some(Others::Copied) || self.r.muted.is_some() {
            return;
        }
        let Some(mut passed) = self.plain_member(self.at) else {
            return;
        };
        self.hold();
        self.keep_held();
        let mut count = 1;
        while let Some(next) = self.plain_member(passed.next) {
            passed = next;
            count += 1;
        }
        if let Some(frame) = self.r.frames.last_mut() {
            frame.count += count;
        }
        self.at = passed.comma;
        self.hold();
        self.at = passed.next;
        self.r.state = State::NextKey;
    }

    /// The member whose key's quote stands at `from`, if its key is none that the handler knows, its value is a
    /// scalar, and another member follows.
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
            b'"' => {
                let end = scan::string_stop(chunk, at + 1);
                if byte(end)? != b'"' {
                    return None;
                }
                end + 1
            }
            b'-' | b'0'..=b'9' => {
                let mut read = Number::Start;
                while let Some(next) = read.then(byte(at)?) {
                    read = next;
                    at += 1;
                }
                if !read.may_end() {
                    return None;
                }
                at
            }
            b't' | b'f' | b'n' => {
                let rest = chunk.get(at..)?;
                let word = [&b"true"[..], b"false", b"null"]
                    .into_iter()
                    .find(|word| rest.starts_with(word))?;
                at + word.len()
            }
            _ => return None,
        };
        if byte(at)? != b',' {
            return None;
        }
        let comma = at;
        at += 1;
        if byte(at)? == b' ' {
            at += 1;
        }
        (byte(at)? == b'"').then_some(Passed { comma, next: at })
    }
}
