//! `vectorgate explain`: what the filter would make of a request, from the very code that runs in it.

use super::Outcome;
use super::asked::{Asked, read_input};
use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use vectorgate::audit::record::Verdict;
use vectorgate::dialect::{Forwarded, Head, Reply};
use vectorgate::exchange::answer::is_grpc;
use vectorgate::exchange::{Judged, Judgement, ask};
use vectorgate::operation::{Operation, Results};
use vectorgate::wire::grpc::HEAD;

/// Show what the filter would make of a request, as JSON
///
/// Prints the operation that the request means, the verdict of the policy, the rule and the reason, and what the
/// database would get (`forwarded`) or the client would hear (`refusal`). Exit code 0 whatever the verdict.
#[derive(Debug, Args)]
pub(super) struct Explain {
    #[command(flatten)]
    asked: Asked,

    /// The request's body: a file, or `-` for standard input
    #[arg(long, value_name = "FILE|-")]
    body: Option<PathBuf>,
}

impl Explain {
    pub(super) fn run(self) -> Outcome {
        let body = self.body.as_deref().map(read_input).transpose()?;
        let body = self.asked.on_the_wire(body)?;
        let described = self.asked.describe(body.as_deref())?;
        let bytes = body.as_deref().unwrap_or_default();
        let (guard, head) = (&described.guard, &described.head);
        let judged = match described.malformed {
            Some(malformed) => Judged::malformed(guard, malformed),
            None => {
                let mut judgement = guard.judge(&described.caller, head, None, &described.names);
                if matches!(judgement, Judgement::NeedsBody) {
                    judgement = guard.judge(&described.caller, head, Some(bytes), &described.names);
                }
                match judgement {
                    Judgement::Judged(judged) => *judged,
                    Judgement::NeedsBody => return Err("the body was not enough to judge the request".into()),
                    Judgement::NeedsNames(lookups) => {
                        let ids: Vec<&str> = lookups
                            .iter()
                            .map(|lookup| lookup.key.rsplit('/').next().unwrap_or(&lookup.key))
                            .collect();
                        return Err(format!(
                            "the request addresses a collection that only the database could name; say --name {}=NAME",
                            ids.join("=NAME --name ")
                        )
                        .into());
                    }
                }
            }
        };
        let explained = explain(&judged, guard, head, bytes, &described.caller);
        println!("{}", serde_json::to_string_pretty(&explained)?);
        Ok(ExitCode::SUCCESS)
    }
}

fn explain(
    judged: &Judged,
    guard: &vectorgate::exchange::Guard,
    head: &Head,
    body: &[u8],
    caller: &vectorgate::approval::contract::Caller,
) -> Value {
    let operation = judged
        .request
        .as_ref()
        .map(|request| operation(&request.operation));
    let mut explained = json!({
        "operation": operation,
        "verdict": judged.verdict,
        "rule": judged.rule,
        "reason": judged.reason,
    });
    let what_follows = match (judged.verdict, &judged.refusal) {
        (Verdict::Deny | Verdict::Reject, Some(refusal)) => {
            ("refusal", reply(&guard.dialect.refuse(head, refusal)))
        }
        // Once a human has agreed, it goes as it stands.
        _ => ("forwarded", forwarded(&judged.forwarded(head, body), head, body)),
    };
    if let Some(object) = explained.as_object_mut() {
        if judged.verdict == Verdict::Approve
            && let Some(question) = ask::question(guard, judged, caller, None, "explain", head, body)
        {
            object.insert(
                "approval".to_owned(),
                json!({ "digest": question.digest, "summary": question.summary }),
            );
        }
        if let Some(clamped_to) = judged.clamped_to {
            object.insert("clamped_to".to_owned(), json!(clamped_to));
        }
        object.insert("masking".to_owned(), json!(ask::masking(&judged.mask)));
        object.insert(what_follows.0.to_owned(), what_follows.1);
    }
    explained
}

fn operation(operation: &Operation) -> Value {
    json!({
        "kind": operation.kind,
        "collections": operation.collections,
        "whole_catalogue": operation.whole_catalogue,
        "results": operation.results(),
        "depth": operation.depth().map(|depth| match depth {
            Results::AtMost(n) => json!(n),
            Results::Unbounded => json!("unbounded"),
        }),
        "vectors": operation.vectors,
        "refers_to": operation.refers_to.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn reply(reply: &Reply) -> Value {
    let headers: serde_json::Map<String, Value> = reply
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    json!({ "status": reply.status, "grpc_status": reply.grpc_status, "headers": headers, "body": text(&reply.body) })
}

fn forwarded(forwarded: &Forwarded, head: &Head, body: &[u8]) -> Value {
    let body = forwarded.body.as_deref().unwrap_or(body);
    let mut headers: serde_json::Map<String, Value> = head
        .headers
        .iter()
        .filter(|(name, _)| !vectorgate::exchange::WITHHELD_HEADERS.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    headers.insert("accept-encoding".to_owned(), json!("identity"));
    if headers.contains_key("content-length") {
        headers.insert("content-length".to_owned(), json!(body.len().to_string()));
    }
    let path = forwarded.path.as_deref().unwrap_or(&head.target.raw);
    if is_grpc(head.header("content-type").unwrap_or_default()) {
        // The message, without its frame, as it was given.
        let message = body.get(HEAD..).unwrap_or_default();
        return json!({ "path": path, "headers": headers, "body_base64": BASE64.encode(message) });
    }
    json!({ "path": path, "headers": headers, "body": text(body) })
}

/// A body as text; `null` where there is none.
fn text(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    json!(String::from_utf8_lossy(body))
}
