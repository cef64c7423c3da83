//! One exchange in full: what was asked, decided and answered, and whether its records continue their chains.

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use jiff::Timestamp;
use prost_reflect::MessageDescriptor;
use vectorgate::audit::record::{Answer, Body, Encoding, Outcome, Phase, Record};
use vectorgate::operation::Results;

use super::{format, json};
use crate::message::{self, shown};
use crate::store::Store;
use crate::store::StoreError;
use crate::store::exchanges::Summary;
use crate::store::records::Kept;

/// One exchange, as its page and its session's page show it.
pub struct Detail {
    /// As the lists have it.
    pub row: Row,
    /// The record that says most: the closing one, else the opening one. `None` where its bytes are no record any
    /// more.
    pub record: Option<Record>,
    /// All its records.
    pub links: Vec<Chained>,
}

/// One of its records, in its place.
pub struct Chained {
    /// As it is kept.
    pub kept: Kept,
    phase: Option<Phase>,
}

impl Detail {
    /// Reads an exchange.
    pub async fn read(store: &Store, exchange: &str) -> Result<Option<Detail>, StoreError> {
        let Some(summary) = store.exchange(exchange).await? else {
            return Ok(None);
        };
        let kept = store.records_of(exchange).await?;
        let mut records: Vec<(Kept, Option<Record>)> = kept
            .into_iter()
            .map(|kept| {
                let record = serde_json::from_str(&kept.raw).ok();
                (kept, record)
            })
            .collect();
        let is = |phase: Phase| {
            move |(_, record): &(_, Option<Record>)| {
                record.as_ref().is_some_and(|record| record.phase == phase)
            }
        };
        let closing = records
            .iter()
            .position(is(Phase::Amended))
            .or_else(|| records.iter().position(is(Phase::Closed)));
        let links = records
            .iter()
            .map(|(kept, record)| Chained {
                kept: kept.clone(),
                phase: record.as_ref().map(|record| record.phase),
            })
            .collect();
        let record = records
            .get_mut(closing.unwrap_or(0))
            .and_then(|(_, record)| record.take());
        Ok(Some(Detail {
            row: Row(summary),
            record,
            links,
        }))
    }

    /// How many closing records there are: more than one is an error of its own.
    pub fn endings(&self) -> usize {
        self.links
            .iter()
            .filter(|link| link.phase == Some(Phase::Closed))
            .count()
    }
}

impl Chained {
    /// Which of the exchange's records it is.
    pub fn phase(&self) -> &'static str {
        match self.phase {
            Some(Phase::Opened) => "opened",
            Some(Phase::Closed) => "closed",
            Some(Phase::Amended) => "amended",
            None => "unreadable",
        }
    }

    /// What is wrong with its place.
    pub fn fault(&self) -> Option<String> {
        self.kept.fault.map(|fault| fault.to_string())
    }

    /// When it came.
    pub fn received(&self) -> String {
        format::when(self.kept.received_at)
    }

    /// Its bytes, indented.
    pub fn pretty(&self) -> String {
        json::pretty(&self.kept.raw)
    }
}

/// An exchange in a list.
pub struct Row(pub Summary);

impl std::ops::Deref for Row {
    type Target = Summary;

    fn deref(&self) -> &Summary {
        &self.0
    }
}

impl Row {
    /// When it came.
    pub fn when(&self) -> String {
        format::when(self.at)
    }

    /// When, for the `datetime` attribute.
    pub fn machine(&self) -> String {
        format::machine(self.at)
    }

    /// The time of day alone.
    pub fn clock(&self) -> String {
        self.at.strftime("%H:%M:%S").to_string()
    }

    /// What it touches.
    pub fn collections(&self) -> String {
        format::listed(&self.0.collections)
    }

    /// The badge's colour.
    pub fn tone(&self) -> &'static str {
        tone(&self.verdict)
    }

    /// It was opened and is not closed.
    pub fn open(&self) -> bool {
        self.outcome.is_none()
    }

    /// How it ended, in a few words.
    pub fn ended(&self) -> String {
        match (&self.outcome, self.status) {
            (None, _) => "not closed".to_owned(),
            (Some(outcome), Some(status)) if status > 0 => format!("{status} {outcome}"),
            (Some(outcome), _) => outcome.clone(),
        }
    }

    /// How many results came back.
    pub fn results(&self) -> String {
        self.returned
            .and_then(|returned| u64::try_from(returned).ok())
            .map_or_else(|| "–".to_owned(), format::grouped)
    }

    /// How many values were masked.
    pub fn masked(&self) -> String {
        format::grouped(u64::try_from(self.0.masked).unwrap_or(0))
    }
}

/// The colour of a verdict.
pub fn tone(verdict: &str) -> &'static str {
    match verdict {
        "allow" => "good",
        "clamp" => "note",
        "approve" => "wait",
        _ => "bad",
    }
}

/// What a body's heading says of it.
pub fn body_note(body: &Body) -> String {
    let bytes = format::counted(body.length, "byte");
    match (body.cut, body.text.is_empty() && body.length > 0) {
        (_, true) => format!("{bytes}, not kept"),
        (true, _) => format!("{bytes}, only the beginning is kept"),
        (false, _) => bytes,
    }
}

/// An answer's body: JSON indented, the messages of a gRPC call field by field. As it is kept where it cannot be read.
pub fn answer_text(record: &Record, body: &Body) -> String {
    text(record, body, |method| method.answer)
}

/// A request's body, likewise.
pub fn request_text(record: &Record, body: &Body) -> String {
    text(record, body, |method| method.request)
}

fn text(record: &Record, body: &Body, kind: impl FnOnce(message::Method) -> MessageDescriptor) -> String {
    if body.encoding == Encoding::Base64
        && let Some(method) = message::method(&record.request.path)
        && let Ok(frames) = BASE64.decode(&body.text)
        && let Some(shown) = shown::frames(&kind(method), &frames)
    {
        return json::pretty(&shown.to_string());
    }
    json::pretty(&body.text)
}

/// How an exchange ended, in words.
pub fn outcome(answer: &Answer) -> &'static str {
    match answer.outcome {
        Outcome::Complete => "answered in full",
        Outcome::Refused => "refused, the database did not see it",
        Outcome::CutOff => "cut off: the answer was not what the protocol promises",
        Outcome::Aborted => "broken off: the client or the database went away",
    }
}

/// The record's time.
pub fn time(record: &Record) -> String {
    record.time.parse::<Timestamp>().map_or_else(
        |_| record.time.clone(),
        |at| at.strftime("%-d %b %Y, %H:%M:%S%.3f").to_string(),
    )
}

/// For templates, which hand over references: a number.
pub fn number(number: &u64) -> String {
    format::grouped(*number)
}

/// For templates: a count, where the answer was read.
pub fn counted(number: &Option<u64>) -> String {
    number.map_or_else(|| "not counted".to_owned(), format::grouped)
}

/// For templates: how many results.
pub fn bound(results: &Results) -> String {
    format::bound(*results)
}

/// For templates: how deep.
pub fn depth(depth: &Option<Results>) -> String {
    format::depth(*depth)
}

/// For templates: when.
pub fn when(at: &Timestamp) -> String {
    format::when(*at)
}
