//! Masking what detectors find inside text, while the text streams by.
//!
//! What is not found is copied as it stood, to the byte, escapes included. What is found is replaced by what its
//! entry's action makes of it; remove and null leave nothing. Of overlapping finds the earliest wins, then the
//! longest (tokens and private keys, whose end is not known in advance, count as longest), then the earlier entry;
//! what sticks out of the winner is masked by itself, so that no tail of a find is ever shown.
//!
//! Only strings are searched. A number, a boolean or `null` passes as it is, also a number that could be a phone or a
//! card: such a field is masked whole, by its name.
//!
//! Memory: some kilobytes of the text, whatever its length.

#[cfg(test)]
mod tests;

use super::action::SpanAction;
use super::detect::{Extent, Finder, LOOK_BEHIND, Rest, Window};
use super::plan::{Action, Detector};
use crate::wire::json::escape::push_escaped_char;
use crate::wire::json::scalar::{ScalarKind, ScalarRewriter};
use std::cmp::Reverse;
use std::collections::VecDeque;

/// So much new text is gathered before it is looked at, so that small pieces cost little.
const BATCH: usize = 2048;

/// So much text is taken in at once, however long a piece is.
const LONGEST_PIECE: usize = 8192;

/// Replaces what detectors find inside strings.
#[derive(Clone)]
pub struct TextMasker {
    searches: Vec<Search>,
    /// One for each entry.
    spans: Vec<SpanAction>,
    hits: Vec<(Detector, u64)>,
    masked_bytes: u64,
    kind: ScalarKind,
    batch: usize,
    /// The decoded text that is still needed, and what of it is already written (or masked).
    text: String,
    done: usize,
    /// How much of the value lies before `text`.
    dropped: usize,
    /// How much of `text` was there when it was last looked at.
    looked_at: usize,
    /// The escapes in `text` from `done` on, in their order.
    escapes: VecDeque<Escape>,
    /// The search whose hit is being masked.
    active: Option<usize>,
}

#[derive(Clone)]
struct Search {
    finder: Finder,
    entry: usize,
}

/// A character that was written as an escape.
#[derive(Clone)]
struct Escape {
    /// Where it stands in the whole value's text.
    at: usize,
    meaning: char,
    raw: Box<str>,
}

impl TextMasker {
    /// Masks what these detectors find. Where two entries have a detector in common, the first has it.
    pub fn new(entries: &[(Vec<Detector>, Action)]) -> TextMasker {
        let mut searches: Vec<Search> = Vec::new();
        for (entry, (detectors, _)) in entries.iter().enumerate() {
            for &detector in detectors {
                if searches.iter().all(|search| search.finder.detector() != detector) {
                    searches.push(Search {
                        finder: Finder::new(detector),
                        entry,
                    });
                }
            }
        }
        TextMasker {
            hits: searches
                .iter()
                .map(|search| (search.finder.detector(), 0))
                .collect(),
            searches,
            spans: entries
                .iter()
                .map(|(_, action)| SpanAction::new(action))
                .collect(),
            masked_bytes: 0,
            kind: ScalarKind::Null,
            batch: BATCH,
            text: String::new(),
            done: 0,
            dropped: 0,
            looked_at: 0,
            escapes: VecDeque::new(),
            active: None,
        }
    }

    /// How often each detector's finds were masked since the value began.
    pub fn hits(&self) -> &[(Detector, u64)] {
        &self.hits
    }

    /// How many bytes of text were masked since the value began, escapes decoded.
    pub fn masked_bytes(&self) -> u64 {
        self.masked_bytes
    }

    /// Masks a text that is there as a whole. `text` is what the string means; so is what is returned.
    pub fn mask(&mut self, text: &str) -> String {
        let mut json = Vec::with_capacity(text.len() + 2);
        self.begin(ScalarKind::String, &mut json);
        feed(text, self, &mut json);
        self.end(&mut json);
        // It is one JSON string by construction; were it not, nothing of it is shown.
        serde_json::from_slice(&json).unwrap_or_default()
    }

    fn is_due(&self) -> bool {
        self.text.len() - self.looked_at >= self.batch
    }

    fn look(&mut self, rest: Rest, out: &mut Vec<u8>) {
        let text = std::mem::take(&mut self.text);
        let window = Window::new(&text, rest);
        while self.step(&window, out) {}
        self.keep_up(&window);
        self.text = text;
        self.looked_at = self.text.len();
        self.drop_what_is_done();
    }

    /// Lets every search see what there is: a long hit of one must not make the others need the text before it.
    fn keep_up(&mut self, window: &Window<'_>) {
        for search in &mut self.searches {
            while let Some(hit) = search.finder.advance(window)
                && hit.extent == Extent::Closed
                && hit.end <= self.done
            {
                search.finder.pass();
            }
        }
    }

    /// Writes up to the next border between text and a hit. False where more text is needed, or none is left.
    fn step(&mut self, window: &Window<'_>, out: &mut Vec<u8>) -> bool {
        if let Some(active) = self.active {
            return self.mask_active(active, window, out);
        }
        let (first, frontier) = self.first_hit(window);
        match first {
            Some((start, index)) if start < frontier => {
                self.copy(window, start, out);
                self.active = Some(index);
                if let Some(search) = self.searches.get(index)
                    && let Some(span) = self.spans.get_mut(search.entry)
                {
                    span.begin();
                }
                if let Some((_, count)) = self.hits.get_mut(index) {
                    *count += 1;
                }
                true
            }
            _ => {
                self.copy(window, frontier, out);
                false
            }
        }
    }

    /// The hit that wins, as where it begins and whose it is; and up to where everything is known.
    fn first_hit(&mut self, window: &Window<'_>) -> (Option<(usize, usize)>, usize) {
        let mut first = None;
        let mut frontier = window.len();
        for (index, search) in self.searches.iter_mut().enumerate() {
            let hit = loop {
                match search.finder.advance(window) {
                    // Inside of what another hit masked.
                    Some(hit) if hit.end <= self.done && hit.extent == Extent::Closed => search.finder.pass(),
                    hit => break hit,
                }
            };
            match hit {
                Some(hit) if hit.end > self.done => {
                    let reach = match search.finder.detector() {
                        Detector::Jwt | Detector::PrivateKey => usize::MAX,
                        _ => hit.end,
                    };
                    let rank = (hit.start.max(self.done), Reverse(reach), search.entry, index);
                    if first.is_none_or(|first| rank < first) {
                        first = Some(rank);
                    }
                }
                // Masked so far, and it may go on.
                Some(_) => frontier = frontier.min(self.done),
                None => frontier = frontier.min(search.finder.clear_to()),
            }
        }
        (first.map(|(start, _, _, index)| (start, index)), frontier)
    }

    fn mask_active(&mut self, active: usize, window: &Window<'_>, out: &mut Vec<u8>) -> bool {
        let Some(search) = self.searches.get_mut(active) else {
            return false;
        };
        let Some(span) = self.spans.get_mut(search.entry) else {
            return false;
        };
        let Some(hit) = search.finder.advance(window) else {
            return false;
        };
        if hit.end > self.done {
            let found = window.slice(self.done, hit.end);
            span.push(found);
            self.masked_bytes += found.len() as u64;
            self.done = hit.end;
        }
        if hit.extent == Extent::Open {
            return false;
        }
        span.end(out);
        search.finder.pass();
        self.active = None;
        let done = self.dropped + self.done;
        while self.escapes.front().is_some_and(|escape| escape.at < done) {
            self.escapes.pop_front();
        }
        true
    }

    /// Copies the text up to `to` as it stood.
    fn copy(&mut self, window: &Window<'_>, to: usize, out: &mut Vec<u8>) {
        while let Some(escape) = self.escapes.front()
            && escape.at < self.dropped + to
        {
            let at = escape.at - self.dropped;
            out.extend(window.slice(self.done, at).bytes());
            out.extend(escape.raw.bytes());
            self.done = at + escape.meaning.len_utf8();
            self.escapes.pop_front();
        }
        if to > self.done {
            out.extend(window.slice(self.done, to).bytes());
            self.done = to;
        }
    }

    fn drop_what_is_done(&mut self) {
        let needed = self
            .searches
            .iter()
            .map(|search| search.finder.needs_from())
            .min();
        let mut count = self
            .done
            .min(needed.unwrap_or(self.done))
            .saturating_sub(LOOK_BEHIND);
        while !self.text.is_char_boundary(count) {
            count -= 1;
        }
        if count < self.batch {
            return;
        }
        self.text.drain(..count);
        self.dropped += count;
        self.done -= count;
        self.looked_at -= count;
        for search in &mut self.searches {
            search.finder.shift(count);
        }
    }
}

/// Hands a text to a rewriter as it would stand in a JSON string. Between `begin` and `end`.
pub(super) fn feed(text: &str, rewriter: &mut impl ScalarRewriter, out: &mut Vec<u8>) {
    for part in text.split_inclusive(needs_escape) {
        let plain = part.trim_end_matches(needs_escape);
        if !plain.is_empty() {
            rewriter.plain(plain, out);
        }
        if let Some(last) = part.get(plain.len()..).and_then(|rest| rest.chars().next()) {
            let mut raw = Vec::new();
            push_escaped_char(last, &mut raw);
            rewriter.escape(&String::from_utf8_lossy(&raw), last, out);
        }
    }
}

/// A character that cannot stand in a JSON string as it is.
fn needs_escape(character: char) -> bool {
    matches!(character, '"' | '\\' | '\0'..='\x1f')
}

impl ScalarRewriter for TextMasker {
    fn begin(&mut self, kind: ScalarKind, out: &mut Vec<u8>) {
        self.kind = kind;
        self.text.clear();
        self.escapes.clear();
        (self.done, self.dropped, self.looked_at, self.masked_bytes) = (0, 0, 0, 0);
        self.active = None;
        self.hits.iter_mut().for_each(|(_, count)| *count = 0);
        self.searches
            .iter_mut()
            .for_each(|search| search.finder.restart());
        if kind == ScalarKind::String {
            out.push(b'"');
        }
    }

    fn plain(&mut self, text: &str, out: &mut Vec<u8>) {
        if self.kind != ScalarKind::String {
            out.extend(text.bytes());
            return;
        }
        let mut rest = text;
        while !rest.is_empty() {
            let mut length = rest.len().min(LONGEST_PIECE);
            while !rest.is_char_boundary(length) {
                length -= 1;
            }
            let (piece, later) = rest.split_at(length);
            self.text.push_str(piece);
            if self.is_due() {
                self.look(Rest::More, out);
            }
            rest = later;
        }
    }

    fn escape(&mut self, raw: &str, meaning: char, out: &mut Vec<u8>) {
        let at = self.dropped + self.text.len();
        self.escapes.push_back(Escape {
            at,
            meaning,
            raw: raw.into(),
        });
        self.text.push(meaning);
        if self.is_due() {
            self.look(Rest::More, out);
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        match self.kind {
            ScalarKind::String => {
                self.look(Rest::None, out);
                out.push(b'"');
            }
            ScalarKind::Null => out.extend(b"null"),
            ScalarKind::Number | ScalarKind::Bool => {}
        }
    }
}
