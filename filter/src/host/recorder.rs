//! Group commit: one callout carries all records that have gathered while the last one was under way.
//!
//! A stream that waits for its record appends it and rings; the ring wakes the root context at once, which sends what has
//! gathered. Records that nobody waits for gather until the next tick, or until there are many: a callout costs Envoy about
//! as much as a request does.
//! A batch that was not accepted is sent again, before anything newer, so that the chain has no gap: the recorder
//! knows a record that it has already by its chain and number.

use crate::audit::chain::Chain;
use crate::audit::intent::Intent;
use std::collections::VecDeque;
use std::time::Duration;

/// How many bytes of records are kept for another try while the recorder is away. Over it the oldest are dropped,
/// and the chain will show the gap.
const KEPT: usize = 8 * 1024 * 1024;
/// How many bytes one callout carries at most (but one record always).
const BATCH: usize = 1024 * 1024;
/// How many bytes of records that nobody waits for gather before they are sent without waiting for the next tick.
const GATHERED: usize = 256 * 1024;
/// How long the recorder may take.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// The records of one worker.
pub struct Recorder {
    chain: Chain,
    waiting: VecDeque<Line>,
    kept: usize,
    /// How many of them somebody waits for.
    waiters: usize,
    flying: Option<Flight>,
    /// The last batch was not accepted: the next tick tries again.
    failed: bool,
}

struct Line {
    text: String,
    waiter: Option<u32>,
    /// The note that says what this record says, until it is accepted.
    intent: Option<Intent>,
}

struct Flight {
    token: u32,
    lines: usize,
}

/// What a finished callout leads to.
pub struct Landed {
    /// The streams that waited for one of its records.
    pub waiters: Vec<u32>,
    /// How many records it carried.
    pub records: usize,
    /// The notes that are not needed any more.
    pub intents: Vec<Intent>,
}

/// What had to be dropped because the recorder has been away for too long.
#[derive(Default)]
pub struct Dropped {
    /// How many records.
    pub records: usize,
    /// Their notes.
    pub intents: Vec<Intent>,
}

impl Recorder {
    /// A recorder with a chain of its own.
    pub fn new(chain: String) -> Recorder {
        Recorder {
            chain: Chain::new(chain),
            waiting: VecDeque::new(),
            kept: 0,
            waiters: 0,
            flying: None,
            failed: false,
        }
    }

    /// Appends a record. `waiter` is the stream that waits for it, `intent` the note that it makes unnecessary. Gives what had to
    /// be dropped.
    pub fn append(&mut self, json: &str, waiter: Option<u32>, intent: Option<Intent>) -> Dropped {
        let text = self.chain.append(json);
        self.kept += text.len();
        self.waiters += usize::from(waiter.is_some());
        self.waiting.push_back(Line { text, waiter, intent });
        let mut dropped = Dropped::default();
        let flying = self.flying.as_ref().map_or(0, |flight| flight.lines);
        while self.kept > KEPT && self.waiting.len() > flying + 1 {
            if let Some(line) = self.waiting.remove(flying) {
                self.kept -= line.text.len();
                self.waiters -= usize::from(line.waiter.is_some());
                dropped.records += 1;
                dropped.intents.extend(line.intent);
            }
        }
        dropped
    }

    /// Whether records should travel now: none are on their way (those that gather meanwhile go when these have arrived),
    /// and somebody waits, or there are many.
    pub fn is_urgent(&self) -> bool {
        self.flying.is_none() && (self.waiters > 0 || self.kept >= GATHERED && !self.failed)
    }

    /// The body of the next callout, unless one is under way or there is nothing to send.
    pub fn batch(&self) -> Option<(String, usize)> {
        if self.flying.is_some() {
            return None;
        }
        let mut body = String::with_capacity(self.kept.min(BATCH));
        let mut lines = 0;
        for line in &self.waiting {
            if lines > 0 && body.len() + line.text.len() > BATCH {
                break;
            }
            body.push_str(&line.text);
            lines += 1;
        }
        (lines > 0).then_some((body, lines))
    }

    /// A callout with so many records is under way.
    pub fn took_off(&mut self, token: u32, lines: usize) {
        self.flying = Some(Flight { token, lines });
    }

    /// A callout was answered. Accepted records are done with; others stay for another try, but their streams wait
    /// no longer.
    pub fn landed(&mut self, token: u32, accepted: bool) -> Option<Landed> {
        let flight = self.flying.take_if(|flight| flight.token == token)?;
        Some(self.settle(flight.lines, accepted))
    }

    /// No callout could be sent for the first `lines` records.
    pub fn failed(&mut self, lines: usize) -> Landed {
        self.settle(lines, false)
    }

    fn settle(&mut self, lines: usize, accepted: bool) -> Landed {
        let waiters: Vec<u32> = self
            .waiting
            .iter_mut()
            .take(lines)
            .filter_map(|line| line.waiter.take())
            .collect();
        self.waiters -= waiters.len();
        self.failed = !accepted;
        let mut intents = Vec::new();
        if accepted {
            for line in self.waiting.drain(..lines.min(self.waiting.len())) {
                self.kept -= line.text.len();
                intents.extend(line.intent);
            }
        }
        Landed {
            waiters,
            records: lines,
            intents,
        }
    }
}
