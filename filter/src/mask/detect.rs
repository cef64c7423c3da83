//! Finding personal data and secrets inside free text that streams by.
//!
//! One file for each kind. A detector looks at a [`Window`] of decoded text and says where its next hit is, or how
//! far it is sure that there is none. A detector's hits follow from the whole text alone: where the window ends
//! decides *when* a hit is known, never *whether*. That is kept by one rule: a look past the window's end, where
//! more may come, makes the candidate undecided ([`Window::starved`]), and it is looked at again from its start.
//!
//! Looks are short: [`LOOK_BEHIND`] bytes back, and forwards some hundred bytes for what has a longest form. What has
//! none (tokens, private keys) is reported open once it is sure, and followed to its end.

mod card;
mod cloud_key;
mod digits;
mod email;
mod finder;
mod iban;
mod ip;
mod jwt;
mod phone;
mod private_key;
mod search;
mod ssn;
#[cfg(test)]
mod tests;

use super::plan::Detector;
pub(super) use finder::{Extent, Finder};
use std::cell::Cell;

/// How many bytes before a candidate a detector may look at.
pub(super) const LOOK_BEHIND: usize = 96;

/// Every hit of a detector in a text, from the front, none overlapping another. Bytes `start..end`.
pub fn find_all(detector: Detector, text: &str) -> Vec<std::ops::Range<usize>> {
    let window = Window::new(text, Rest::None);
    let mut finder = Finder::new(detector);
    let mut hits = Vec::new();
    while let Some(hit) = finder.advance(&window) {
        hits.push(hit.start..hit.end);
        finder.pass();
    }
    hits
}

/// Whether anything follows the window's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// It is the end of the value.
    None,
    /// Perhaps.
    More,
}

/// A part of a text, in which detectors look around.
pub(super) struct Window<'t> {
    text: &'t str,
    rest: Rest,
    starved: Cell<bool>,
}

impl<'t> Window<'t> {
    /// A window whose text begins where the value begins, or at least [`LOOK_BEHIND`] bytes before what is looked for.
    pub(super) fn new(text: &'t str, rest: Rest) -> Window<'t> {
        let starved = Cell::new(false);
        Window { text, rest, starved }
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    pub(super) fn rest(&self) -> Rest {
        self.rest
    }

    /// The byte at `at`; past the end there is none, and where more may come that is noted.
    #[inline]
    fn at(&self, at: usize) -> Option<u8> {
        let byte = self.text.as_bytes().get(at).copied();
        if byte.is_none() && self.rest == Rest::More {
            self.starved.set(true);
        }
        byte
    }

    /// The byte `back` before `at` (1: right before it). None at the text's beginning.
    #[inline]
    fn before(&self, at: usize, back: usize) -> Option<u8> {
        self.text.as_bytes().get(at.checked_sub(back)?).copied()
    }

    /// At most `count` bytes that stand right before `at`.
    fn bytes_before(&self, at: usize, count: usize) -> &'t [u8] {
        self.text
            .as_bytes()
            .get(at.saturating_sub(count)..at)
            .unwrap_or_default()
    }

    /// The character at `at`, as [`Window::at`].
    fn char_at(&self, at: usize) -> Option<char> {
        self.at(at)?;
        self.text.get(at..)?.chars().next()
    }

    /// The character that ends before `at`.
    fn char_before(&self, at: usize) -> Option<char> {
        self.text.get(..at)?.chars().next_back()
    }

    /// The text of a range; empty where it does not lie within the window, on characters' borders.
    pub(super) fn slice(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// The place before the window's last `count` bytes, on a character's border and not before `floor`.
    fn border_before(&self, floor: usize, count: usize) -> usize {
        let mut to = self.text.len().saturating_sub(count);
        while !self.text.is_char_boundary(to) {
            to -= 1;
        }
        to.max(floor)
    }

    /// The end of the run of bytes at `at` of which `member` is true, at most `longest` of them.
    #[inline]
    fn run(&self, at: usize, longest: usize, member: impl Fn(u8) -> bool) -> usize {
        let bytes = self.text.as_bytes().get(at..).unwrap_or_default();
        let count = bytes
            .iter()
            .take(longest)
            .take_while(|&&byte| member(byte))
            .count();
        if count < longest && count == bytes.len() && self.rest == Rest::More {
            self.starved.set(true);
        }
        at + count
    }

    /// Whether the bytes at `at` are these.
    fn is_at(&self, at: usize, bytes: &str) -> bool {
        bytes
            .bytes()
            .enumerate()
            .all(|(index, byte)| self.at(at + index) == Some(byte))
    }

    /// Whether something past the end was looked at since it was last asked.
    fn starved(&self) -> bool {
        self.starved.take()
    }

    /// Looks for the first start, among the places that `candidate` gives, at which `matches` finds something: its
    /// range (which may begin a little later). Where it finds nothing, the rest of the word is passed over: nothing
    /// that is looked for begins in the middle of one.
    fn scan(
        &self,
        from: usize,
        candidate: impl Fn(&Self, usize) -> Option<usize>,
        matches: impl Fn(&Self, usize) -> Option<(usize, End)>,
    ) -> Next {
        let mut at = from;
        self.starved.set(false);
        while let Some(start) = candidate(self, at) {
            let found = matches(self, start);
            if self.starved() {
                return Next::ClearTo(start);
            }
            at = match found {
                // What begins before `from` belongs to a hit that was already reported.
                Some((start, end)) if start >= from => return Next::Hit(start, end),
                _ => self.past_word(start),
            };
        }
        Next::ClearTo(self.len())
    }

    /// Where the word ends in whose middle `at` is; the next place where it is in none.
    fn past_word(&self, at: usize) -> usize {
        let bytes = self.text.as_bytes().get(at..).unwrap_or_default();
        let word = bytes.iter().take_while(|&&byte| is_word(byte)).count();
        at + word.max(1)
    }
}

/// What a detector sees next.
enum Next {
    /// No hit begins before this.
    ClearTo(usize),
    /// A hit, from here to there.
    Hit(usize, End),
}

/// Where a hit ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Here.
    At(usize),
    /// Not before here: it must be followed.
    Open(usize, Follow),
}

/// How a hit without a longest form is followed to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Follow {
    /// Parts of a token.
    Jwt(jwt::Parts),
    /// Lines of a private key.
    PrivateKey,
}

/// A detector's function: its first hit at or after a place.
fn function(detector: Detector) -> fn(&Window<'_>, usize) -> Next {
    match detector {
        Detector::Email => email::next,
        Detector::Phone => phone::next,
        Detector::PhoneLoose => phone::next_loosely,
        Detector::Card => card::next,
        Detector::Iban => iban::next,
        Detector::Ssn => ssn::next,
        Detector::Ip => ip::next,
        Detector::Jwt => jwt::next,
        Detector::CloudKey => cloud_key::next,
        Detector::PrivateKey => private_key::next,
    }
}

/// A letter or digit of ASCII: what makes a number or a token part of a longer word.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// A character of URL-safe base64.
fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}
