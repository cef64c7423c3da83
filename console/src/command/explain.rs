//! `vectorgate explain`: what the filter would make of a request, from the very code that runs in it.

use super::Outcome;
use super::asked::Asked;
use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use clap::Args;
use prost_reflect::MessageDescriptor;
use serde_json::{Value, json};
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use vectorgate::audit::record::Verdict;
use vectorgate::dialect::{Forwarded, Head, Reply};
use vectorgate::exchange::answer::is_grpc;
use vectorgate::exchange::{Judged, Judgement, ask};
use vectorgate::operation::{Operation, Results};
use vectorgate::wire::grpc::HEAD;
use vectorgate_console::message::Method;
use vectorgate_console::message::json::{self, Unreadable};

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
        let body = self.asked.body(self.body.as_deref())?;
        println!(
            "{}",
            serde_json::to_string_pretty(&self.explained(body.as_deref())?)?
        );
        Ok(ExitCode::SUCCESS)
    }

    /// What the filter would make of the request with this body, as it goes over the wire.
    fn explained(&self, body: Option<&[u8]>) -> Result<Value, Box<dyn Error + Send + Sync>> {
        let messages = self.asked.messages()?;
        let described = self.asked.describe(body)?;
        let bytes = body.unwrap_or_default();
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
        let caller = &described.caller;
        Ok(explain(&judged, guard, head, bytes, caller, messages.as_ref())?)
    }
}

fn explain(
    judged: &Judged,
    guard: &vectorgate::exchange::Guard,
    head: &Head,
    body: &[u8],
    caller: &vectorgate::approval::contract::Caller,
    messages: Option<&Method>,
) -> Result<Value, Unreadable> {
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
        (Verdict::Deny | Verdict::Reject, Some(refusal)) => (
            "refusal",
            reply(&guard.dialect.refuse(head, refusal), head, messages)?,
        ),
        // Once a human has agreed, it goes as it stands.
        _ => (
            "forwarded",
            forwarded(&judged.forwarded(head, body), head, body, messages)?,
        ),
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
    Ok(explained)
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

fn reply(reply: &Reply, head: &Head, messages: Option<&Method>) -> Result<Value, Unreadable> {
    let headers: serde_json::Map<String, Value> = reply
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    let (name, body) = shown(&reply.body, head, messages.map(|method| &method.answer))?;
    Ok(json!({ "status": reply.status, "grpc_status": reply.grpc_status, "headers": headers, name: body }))
}

fn forwarded(
    forwarded: &Forwarded,
    head: &Head,
    body: &[u8],
    messages: Option<&Method>,
) -> Result<Value, Unreadable> {
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
    let (name, body) = shown(body, head, messages.map(|method| &method.request))?;
    Ok(json!({ "path": path, "headers": headers, name: body }))
}

/// A body as it was given, and the word that says how: a gRPC message without its frame, as JSON or in base64; anything
/// else as text.
fn shown(
    body: &[u8],
    head: &Head,
    message: Option<&MessageDescriptor>,
) -> Result<(&'static str, Value), Unreadable> {
    if !is_grpc(head.header("content-type").unwrap_or_default()) {
        return Ok(("body", text(body)));
    }
    let bytes = body.get(HEAD..).unwrap_or_default();
    Ok(match message {
        Some(_) if body.is_empty() => ("body", Value::Null),
        Some(message) => ("body", json::value(message, bytes)?),
        None => ("body_base64", json!(BASE64.encode(bytes))),
    })
}

/// A body as text; `null` where there is none.
fn text(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    json!(String::from_utf8_lossy(body))
}

#[cfg(test)]
mod tests {
    use super::super::{Cli, Command};
    use super::*;
    use clap::Parser;
    use prost_reflect::prost::Message;
    use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, Value as Field};
    use std::collections::HashMap;
    use vectorgate::dialect;
    use vectorgate::wire::grpc::frame;
    use vectorgate_console::message;

    /// A policy under which something of everything happens.
    fn policy(database: &str) -> tempfile::NamedTempFile {
        let policy = json!({
            "version": 1, "database": database, "lookup": { "cluster": "database" }, "rules": [{
                "name": "all", "identities": ["*"], "collections": ["*"],
                "operations": ["search", "fetch", "list", "aggregate", "describe", "write", "delete", "schema", "export"],
                "top_k": { "max": 5, "over": "clamp" }, "results": { "max": 50, "over": "deny" },
                "mask": [{ "fields": ["email"], "with": "partial" }], "vectors": "strip",
            }],
        });
        let file = tempfile::Builder::new().suffix(".yaml").tempfile().unwrap();
        std::fs::write(file.path(), policy.to_string()).unwrap();
        file
    }

    fn asked(policy: &tempfile::NamedTempFile, path: &str) -> Explain {
        let policy = policy.path().to_str().unwrap();
        let words = [
            "vectorgate",
            "explain",
            "--policy",
            policy,
            "--json",
            "--grpc",
            path,
        ];
        match Cli::parse_from(words).command {
            Command::Explain(explain) => explain,
            other => panic!("{other:?}"),
        }
    }

    /// Compares what is made of a message with what is made of its JSON.
    fn both_forms(explain: &Explain, path: &str, binary: &[u8]) {
        let kind = message::method(path).unwrap().request;
        let text = json::value(&kind, binary).unwrap().to_string();
        let read = json::bytes(&kind, text.as_bytes()).unwrap_or_else(|why| panic!("{path}: {why}\n{text}"));
        let [of_binary, of_json] = [binary, &read[..]].map(|message| {
            let body = frame(message).unwrap();
            explain.explained(Some(&body)).map_err(|why| why.to_string())
        });
        assert_eq!(of_binary, of_json, "{path}: {text}");
    }

    #[test]
    fn what_clients_send_means_the_same_in_binary_and_in_json() {
        let file = |name: &str| {
            let at = concat!(env!("CARGO_MANIFEST_DIR"), "/../filter/src/dialect/");
            std::fs::read_to_string(format!("{at}{name}")).unwrap()
        };
        let lines = |text: String| -> Vec<Value> {
            text.lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect()
        };
        let decoded = |value: &Value| BASE64.decode(value.as_str().unwrap()).unwrap();
        let (milvus, qdrant) = (policy("milvus"), policy("qdrant"));
        let mut seen = 0;
        for line in lines(file("milvus/tests/recorded.jsonl")) {
            let path = format!(
                "/milvus.proto.milvus.MilvusService/{}",
                line["method"].as_str().unwrap()
            );
            both_forms(&asked(&milvus, &path), &path, &decoded(&line["request"]));
            seen += 1;
        }
        for line in lines(file("qdrant/tests/pairs.jsonl")) {
            let path = line["grpc"]["path"].as_str().unwrap();
            both_forms(&asked(&qdrant, path), path, &decoded(&line["grpc"]["message"]));
            seen += 1;
        }
        assert!(seen > 200, "{seen}");
    }

    /// A message with a value in every field, of each choice the `turn`th. Choices that would not end are left out.
    fn specimen(kind: &MessageDescriptor, turn: usize, depth: usize) -> DynamicMessage {
        let mut made = DynamicMessage::new(kind.clone());
        for field in kind.fields() {
            if let Some(choice) = field.containing_oneof().filter(|choice| !choice.is_synthetic()) {
                let members: Vec<FieldDescriptor> = choice
                    .fields()
                    .filter(|member| depth > 0 || !matches!(member.kind(), Kind::Message(_)))
                    .collect();
                if members.is_empty() || members[turn % members.len()] != field {
                    continue;
                }
            }
            if let Some(value) = filled(&field, turn, depth) {
                made.set_field(&field, value);
            }
        }
        made
    }

    fn filled(field: &FieldDescriptor, turn: usize, depth: usize) -> Option<Field> {
        if field.is_map() {
            let Kind::Message(entry) = field.kind() else {
                return None;
            };
            let key = match entry.map_entry_key_field().kind() {
                Kind::String => MapKey::String("key".to_owned()),
                Kind::Int32 => MapKey::I32(-7),
                Kind::Int64 => MapKey::I64(-7),
                Kind::Uint32 => MapKey::U32(7),
                Kind::Uint64 => MapKey::U64(7),
                other => panic!("a map by {other:?}"),
            };
            let value = one(&entry.map_entry_value_field(), turn, depth)?;
            return Some(Field::Map(HashMap::from([(key, value)])));
        }
        let value = one(field, turn, depth)?;
        Some(if field.is_list() {
            Field::List(vec![value.clone(), value])
        } else {
            value
        })
    }

    fn one(field: &FieldDescriptor, turn: usize, depth: usize) -> Option<Field> {
        Some(match field.kind() {
            Kind::Double => Field::F64([0.1, f64::INFINITY, -1e300][turn % 3]),
            Kind::Float => Field::F32([0.1, f32::NEG_INFINITY, 3.5e-30][turn % 3]),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Field::I32([3, i32::MIN][turn % 2]),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Field::I64([3, i64::MIN][turn % 2]),
            Kind::Uint32 | Kind::Fixed32 => Field::U32([3, u32::MAX][turn % 2]),
            Kind::Uint64 | Kind::Fixed64 => Field::U64([3, u64::MAX][turn % 2]),
            Kind::Bool => Field::Bool(true),
            Kind::String => Field::String(["people", "a \"quoted\" é"][turn % 2].to_owned()),
            Kind::Bytes => Field::Bytes(vec![0, 0xff, 7].into()),
            Kind::Enum(of) => Field::EnumNumber(of.values().nth(turn % of.values().len()).unwrap().number()),
            Kind::Message(_) if depth == 0 => return None,
            Kind::Message(of) if of.full_name() == "google.protobuf.Timestamp" => {
                let mut time = DynamicMessage::new(of);
                time.set_field_by_name("seconds", Field::I64(1_700_000_000));
                Field::Message(time)
            }
            Kind::Message(of) => Field::Message(specimen(&of, turn, depth - 1)),
        })
    }

    #[test]
    fn every_request_message_means_the_same_in_binary_and_in_json() {
        let mut methods = 0;
        for dialect in dialect::ALL {
            let policy = policy(dialect.name());
            for row in dialect.endpoints() {
                let Some(method) = message::method(row.path) else {
                    continue;
                };
                let explain = asked(&policy, row.path);
                methods += 1;
                for turn in 0..12 {
                    both_forms(
                        &explain,
                        row.path,
                        &specimen(&method.request, turn, 3).encode_to_vec(),
                    );
                }
                both_forms(&explain, row.path, &[]);
            }
        }
        assert!(methods > 200, "{methods}");
    }
}
