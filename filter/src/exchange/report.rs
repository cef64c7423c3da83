//! What is told of an exchange: its record, and the one-line summary for access logs.

use super::answer::AnswerReader;
use super::judge::{Guard, Judged};
use super::life::Arrival;
use crate::audit::chain::hex;
use crate::audit::record::{
    Answer, ApprovalNote, Body, Decision, Encoding, Outcome, Phase, Record, Request, Verdict,
};
use crate::dialect::grpc::is_grpc;
use crate::dialect::{Head, Reply};
use crate::mask::request::message::may_show;
use crate::mask::request::{masked_request_body, masked_request_target};
use crate::mask::tally::Tally;
use crate::operation::{Kind, Results};
use crate::policy::model::{Bodies, Mode};
use crate::wire::grpc::only_message;
use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::time::{Duration, SystemTime};

/// How much of a path a record keeps, in bytes.
const KEPT_PATH: usize = 2048;

/// How an exchange ended, as far as the client saw it.
#[derive(Clone, Debug, Default)]
pub struct Ending {
    /// The status that the client saw; 0 where it saw none.
    pub status: u16,
    /// For gRPC, its status.
    pub grpc_status: Option<u32>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Why, where it did not simply complete.
    pub why: Option<String>,
    /// What was counted, where the answer was understood.
    pub tally: Option<Tally>,
    /// The body as released.
    pub body: Option<Body>,
}

impl Ending {
    /// A refusal that reads like this.
    pub fn refused(reply: &Reply, why: &str) -> Ending {
        Ending {
            status: reply.status,
            grpc_status: reply.grpc_status,
            outcome: Some(Outcome::Refused),
            why: Some(why.to_owned()),
            ..Ending::default()
        }
    }

    /// An answer that ended like this; the reader has seen what was released.
    pub fn answered(
        status: u16,
        outcome: Outcome,
        why: Option<String>,
        reader: Option<Box<AnswerReader>>,
    ) -> Ending {
        let tally = reader
            .as_ref()
            .filter(|reader| reader.counted())
            .map(|reader| reader.tally());
        let grpc_status = reader.as_ref().and_then(|reader| reader.grpc_status());
        let body = reader.and_then(|reader| reader.body());
        Ending {
            status,
            grpc_status,
            outcome: Some(outcome),
            why,
            tally,
            body,
        }
    }
}

/// A body that was seen going by.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its length.
    pub length: u64,
    /// Its digest.
    pub sha256: String,
}

/// Everything known of an exchange when it is told of.
pub struct Facts<'a> {
    /// The policy and dialect that judged.
    pub guard: &'a Guard,
    /// The exchange's name.
    pub exchange: &'a str,
    /// How it came.
    pub arrival: &'a Arrival,
    /// Its head.
    pub head: &'a Head,
    /// Its body, where it was read; its outline, where it was too long for that.
    pub body: &'a [u8],
    /// What was seen of a body that was too long to be read.
    pub upload: Option<Seen>,
    /// What was decided.
    pub judged: &'a Judged,
    /// The human's part.
    pub approval: Option<&'a ApprovalNote>,
    /// What was asked for and not fetched.
    pub left_out: &'a [String],
}

impl Facts<'_> {
    /// The record as JSON. `ending` is absent while a human is waited for.
    pub fn record(&self, phase: Phase, ending: Option<Ending>, now: SystemTime) -> String {
        let policy = &self.guard.policy;
        let over = ending.is_some();
        let record = Record {
            version: 1,
            exchange: self.exchange.to_owned(),
            phase,
            time: rfc3339(self.arrival.time),
            database: self.guard.dialect.name().to_owned(),
            policy: policy.digest().as_str().to_owned(),
            mode: policy.mode().as_str().to_owned(),
            identity: self.arrival.caller.clone(),
            source: self.arrival.source.clone(),
            request_id: self.arrival.request_id.clone(),
            trace_id: self.arrival.trace_id.clone(),
            request: self.request(),
            decision: Decision {
                verdict: self.judged.verdict,
                rule: self.judged.rule.clone(),
                reason: self.judged.reason.clone(),
                enforced: policy.mode() == Mode::Enforce,
                clamped_to: self.judged.clamped_to,
                approval: self.approval.cloned(),
                not_fetched: self.left_out.to_vec(),
            },
            answer: ending.map(answer),
            latency_ms: over.then(|| milliseconds(self.arrival.time, now)),
        };
        // Every field is a string, a number or a map of them: this cannot fail.
        serde_json::to_string(&record).unwrap_or_default()
    }

    fn request(&self) -> Request {
        let mask = &self.judged.mask;
        let operation = self.judged.request.as_ref().map(|request| &request.operation);
        let shown = masked_request_target(mask, &self.head.target, KEPT_PATH);
        let path = if shown.cut { shown.text + "…" } else { shown.text };
        Request {
            method: self.head.method.clone(),
            path,
            operation: operation.map_or(Kind::Unknown, |operation| operation.kind),
            collections: operation
                .map(|operation| operation.collections.clone())
                .unwrap_or_default(),
            asked: operation.map_or(Results::AtMost(0), |operation| operation.results()),
            depth: operation.and_then(|operation| operation.depth()),
            vectors: operation.is_some_and(|operation| operation.vectors),
            refers_to: operation
                .map(|operation| operation.refers_to.iter().map(ToString::to_string).collect())
                .unwrap_or_default(),
            body: self.request_body(),
        }
    }

    fn request_body(&self) -> Option<Body> {
        let audit = self.guard.policy.audit()?;
        if audit.bodies == Bodies::None {
            return None;
        }
        if let Some(seen) = &self.upload {
            return Some(self.upload_body(seen, audit.max_body.bytes()));
        }
        if self.body.is_empty() {
            return None;
        }
        // A body that was refused as malformed cannot be masked field by field: it is not kept at all.
        let understood = self
            .judged
            .request
            .as_ref()
            .is_some_and(|request| request.canonical_body.is_some());
        let max = usize::try_from(audit.max_body.bytes()).unwrap_or(usize::MAX);
        let grpc = understood && is_grpc(self.head);
        let (text, cut) = if grpc && self.may_show_message() {
            let kept = self.body.get(..max).unwrap_or(self.body);
            (BASE64.encode(kept), kept.len() < self.body.len())
        } else if understood && !grpc {
            let shown = masked_request_body(&self.judged.mask, self.body, max);
            (shown.text, shown.cut)
        } else {
            (String::new(), true)
        };
        Some(Body {
            encoding: if grpc && !text.is_empty() {
                Encoding::Base64
            } else {
                Encoding::Plain
            },
            text,
            length: self.body.len() as u64,
            sha256: hex(&Sha256::digest(self.body)),
            cut,
        })
    }

    /// Whether the message of this call holds nothing that is masked. What writes holds payloads, so it is never shown.
    fn may_show_message(&self) -> bool {
        let Some(request) = &self.judged.request else {
            return false;
        };
        let writes = matches!(
            request.operation.kind,
            Kind::Write | Kind::Schema | Kind::Export | Kind::Unknown
        );
        let used = request.operation.refers_to.iter();
        let used = used.map(|field| field.keys.as_slice());
        let message = only_message(self.body, u32::MAX).ok().flatten();
        !writes && message.is_some_and(|message| may_show(&self.judged.mask, used, &message))
    }

    /// Of a body that was too long to be read, its outline is kept.
    fn upload_body(&self, seen: &Seen, max: u64) -> Body {
        let is_json = self.body.first() == Some(&b'{') && self.judged.request.is_some();
        let text = if is_json {
            let max = usize::try_from(max).unwrap_or(usize::MAX);
            masked_request_body(&self.judged.mask, self.body, max).text
        } else {
            String::new()
        };
        Body {
            text,
            encoding: Encoding::Plain,
            length: seen.length,
            sha256: seen.sha256.clone(),
            cut: true,
        }
    }

    /// One line for access logs: `identity=… operation=… verdict=…`, values quoted where they need it.
    pub fn summary(&self, ending: &Ending) -> String {
        let mut line = String::with_capacity(160);
        let mut field = |name: &str, value: &str| {
            let plain = !value.is_empty()
                && value
                    .bytes()
                    .all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'=');
            let _ = match plain {
                true => write!(line, "{name}={value} "),
                false => write!(line, "{name}={value:?} "),
            };
        };
        let operation = self.judged.request.as_ref().map(|request| &request.operation);
        field("identity", &self.arrival.caller.name);
        field(
            "operation",
            operation
                .map_or(Kind::Unknown, |operation| operation.kind)
                .as_str(),
        );
        field(
            "collections",
            &operation
                .map(|operation| operation.collections.join(","))
                .unwrap_or_default(),
        );
        field("verdict", self.judged.verdict.as_str());
        field("rule", self.judged.rule.as_deref().unwrap_or("-"));
        if let Some(operation) = operation {
            match operation.results() {
                Results::AtMost(n) => field("asked", &n.to_string()),
                Results::Unbounded => field("asked", "unbounded"),
            }
        }
        if let Some(approval) = self.approval {
            field("approval", approval.id.as_deref().unwrap_or("-"));
            field("approval_status", &approval.status);
        }
        if let Some(tally) = &ending.tally {
            field("returned", &tally.returned.to_string());
            field("vectors", &tally.vectors.to_string());
            field("masked", &tally.masked.values().sum::<u64>().to_string());
        }
        let outcome = match ending.outcome {
            Some(Outcome::Complete) | None => "complete",
            Some(Outcome::Refused) => "refused",
            Some(Outcome::CutOff) => "cut_off",
            Some(Outcome::Aborted) => "aborted",
        };
        field("outcome", outcome);
        field("exchange", self.exchange);
        line.truncate(line.trim_end().len());
        line
    }
}

fn answer(ending: Ending) -> Answer {
    let counted = ending.tally.is_some();
    let tally = ending.tally.unwrap_or_default();
    Answer {
        status: ending.status,
        grpc_status: ending.grpc_status,
        outcome: ending.outcome.unwrap_or(Outcome::Complete),
        why: ending.why,
        returned: counted.then_some(tally.returned),
        vectors: counted.then_some(tally.vectors),
        vectors_stripped: tally.vectors_stripped,
        masked: tally.masked,
        body: ending.body,
    }
}

fn milliseconds(from: SystemTime, to: SystemTime) -> f64 {
    let micros = to.duration_since(from).unwrap_or(Duration::ZERO).as_micros();
    micros as f64 / 1000.0
}

/// A time as RFC 3339 in UTC with milliseconds.
pub fn rfc3339(time: SystemTime) -> String {
    humantime::format_rfc3339_millis(time).to_string()
}

/// Whether a verdict lets the request pass without a human.
pub fn passes(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Allow | Verdict::Clamp)
}
