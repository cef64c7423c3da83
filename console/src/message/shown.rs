//! Messages as people read them in a record. Like their JSON, but that bytes which hold a message, text, or a vector's numbers
//! say so, and that of a vector no more than its beginning is shown.

use super::message;
use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use prost_reflect::prost::encoding::{
    DecodeContext, WireType, decode_key, decode_varint, encode_key, encode_varint, skip_field,
};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value};
use serde_json::{Map, Value as Json, json};

/// How many numbers of a list that is longer are shown.
const SHOWN_NUMBERS: usize = 8;

/// How many bytes that nobody can read are shown.
const SHOWN_BYTES: usize = 48;

/// Whether it is compressed, and its length, before each message of a gRPC body.
const FRAME_HEAD: usize = 5;

/// Fields of bytes that hold a message.
const HOLDS: [(&str, &str); 3] = [
    (
        "milvus.proto.milvus.SearchRequest.placeholder_group",
        "milvus.proto.common.PlaceholderGroup",
    ),
    (
        "milvus.proto.milvus.SubSearchRequest.placeholder_group",
        "milvus.proto.common.PlaceholderGroup",
    ),
    (
        "milvus.proto.milvus.CreateCollectionRequest.schema",
        "milvus.proto.schema.CollectionSchema",
    ),
];

/// The messages in a gRPC body: one by itself, several as a list. Of a body that was cut, what is whole of its last message.
/// `None` where it cannot be read.
pub fn frames(kind: &MessageDescriptor, body: &[u8]) -> Option<Json> {
    let mut messages = Vec::new();
    let mut rest = body;
    while let Some((head, after)) = rest.split_at_checked(FRAME_HEAD) {
        let [compressed, length @ ..] = <[u8; FRAME_HEAD]>::try_from(head).ok()?;
        if compressed != 0 {
            return None;
        }
        let length = usize::try_from(u32::from_be_bytes(length)).ok()?;
        messages.push(match after.get(..length) {
            Some(whole) => shown(kind, whole)?,
            None => shown(kind, &begun(kind, after)?)?,
        });
        rest = after.get(length..).unwrap_or_default();
    }
    match messages.len() {
        0 => None,
        1 => messages.pop(),
        _ => Some(Json::Array(messages)),
    }
}

/// What is whole in the beginning of a message. A message in it that was cut becomes what is whole of it, any other field that
/// was cut is left out.
fn begun(kind: &MessageDescriptor, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let field = rest;
        let Ok((number, wire)) = decode_key(&mut rest) else {
            break;
        };
        let inside = rest;
        if skip_field(wire, number, &mut rest, DecodeContext::default()).is_ok() {
            whole.extend_from_slice(field.get(..field.len().saturating_sub(rest.len()))?);
            continue;
        }
        rest = inside;
        if wire == WireType::LengthDelimited
            && decode_varint(&mut rest).is_ok()
            && let Some(Kind::Message(of)) = kind.get_field(number).map(|field| field.kind())
        {
            let part = begun(&of, rest)?;
            encode_key(number, wire, &mut whole);
            encode_varint(u64::try_from(part.len()).ok()?, &mut whole);
            whole.extend_from_slice(&part);
        }
        break;
    }
    Some(whole)
}

/// A message, field by field; `None` where the bytes are no such message.
pub fn shown(kind: &MessageDescriptor, bytes: &[u8]) -> Option<Json> {
    let read = DynamicMessage::decode(kind.clone(), bytes).ok()?;
    Some(fields(&read))
}

fn fields(read: &DynamicMessage) -> Json {
    let mut shown = Map::new();
    for (field, value) in read.fields() {
        shown.insert(field.name().to_owned(), of_field(&field, value));
    }
    Json::Object(shown)
}

fn of_field(field: &FieldDescriptor, value: &Value) -> Json {
    match value {
        Value::Bytes(bytes) => held(field, bytes).unwrap_or_else(|| of_bytes(bytes)),
        value => of_value(&field.kind(), value),
    }
}

/// The message that a field of bytes holds.
fn held(field: &FieldDescriptor, bytes: &[u8]) -> Option<Json> {
    let (_, name) = HOLDS.iter().find(|(holder, _)| *holder == field.full_name())?;
    shown(&message(name)?, bytes)
}

fn of_value(kind: &Kind, value: &Value) -> Json {
    match value {
        Value::Bool(it) => json!(it),
        Value::I32(it) => json!(it),
        Value::I64(it) => json!(it),
        Value::U32(it) => json!(it),
        Value::U64(it) => json!(it),
        Value::F32(it) => number(f64::from(*it), it.to_string()),
        Value::F64(it) => number(*it, it.to_string()),
        Value::String(it) => json!(it),
        Value::Bytes(it) => of_bytes(it),
        Value::EnumNumber(number) => match kind {
            Kind::Enum(kind) => kind
                .get_value(*number)
                .map_or_else(|| json!(number), |value| json!(value.name())),
            _ => json!(number),
        },
        Value::Message(it) => fields(it),
        Value::List(items) => list(kind, items),
        Value::Map(entries) => {
            let of = match kind {
                Kind::Message(entry) => entry.map_entry_value_field().kind(),
                other => other.clone(),
            };
            let mut shown: Vec<(String, Json)> = entries
                .iter()
                .map(|(key, value)| (key_text(key), of_value(&of, value)))
                .collect();
            shown.sort_by(|(one, _), (other, _)| one.cmp(other));
            Json::Object(shown.into_iter().collect())
        }
    }
}

/// A number as it was written: a float in its own shortest form, not in that of a double.
fn number(it: f64, text: String) -> Json {
    if !it.is_finite() {
        return json!(text);
    }
    text.parse::<f64>()
        .map_or_else(|_| json!(text), |short| json!(short))
}

/// A list. Of numbers with a fraction that are many, the first, and how many there are.
fn list(kind: &Kind, items: &[Value]) -> Json {
    let is_vector = matches!(kind, Kind::Float | Kind::Double) && items.len() > SHOWN_NUMBERS;
    if !is_vector {
        return items.iter().map(|item| of_value(kind, item)).collect();
    }
    let mut shown: Vec<Json> = items
        .iter()
        .take(SHOWN_NUMBERS)
        .map(|item| of_value(kind, item))
        .collect();
    shown.push(json!(format!("… {} numbers in all", items.len())));
    Json::Array(shown)
}

/// Bytes: JSON as it is, text as it is, anything else in base64.
fn of_bytes(bytes: &[u8]) -> Json {
    if let Ok(text) = std::str::from_utf8(bytes)
        && !text
            .chars()
            .any(|sign| sign.is_control() && !sign.is_whitespace())
    {
        return match serde_json::from_str::<Json>(text) {
            Ok(json @ (Json::Object(_) | Json::Array(_))) => json,
            _ => json!(text),
        };
    }
    let beginning = bytes.get(..SHOWN_BYTES).unwrap_or(bytes);
    let text = BASE64.encode(beginning);
    match bytes.len() > SHOWN_BYTES {
        true => json!(format!("base64 {text}… {} bytes in all", bytes.len())),
        false => json!(format!("base64 {text}")),
    }
}

fn key_text(key: &MapKey) -> String {
    match key {
        MapKey::Bool(it) => it.to_string(),
        MapKey::I32(it) => it.to_string(),
        MapKey::I64(it) => it.to_string(),
        MapKey::U32(it) => it.to_string(),
        MapKey::U64(it) => it.to_string(),
        MapKey::String(it) => it.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::frames;
    use crate::message::{json, method};
    use serde_json::{Value, json};

    fn framed(path: &str, answer: &Value) -> Vec<u8> {
        let kind = method(path).unwrap().answer;
        let message = json::bytes(&kind, answer.to_string().as_bytes()).unwrap();
        let mut body = vec![0];
        body.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
        body.extend(message);
        body
    }

    const SEARCH: &str = "/milvus.proto.milvus.MilvusService/Search";

    fn found() -> Vec<u8> {
        framed(
            SEARCH,
            &json!({ "results": { "num_queries": 1, "fields_data": [
                { "field_name": "name", "type": "VarChar", "scalars": { "string_data": { "data": ["Ada", "Bruno"] } } },
                { "field_name": "$meta", "type": "JSON", "is_dynamic": true,
                  "scalars": { "json_data": { "data": ["eyJzc24iOiAiKioqIn0=", "/w=="] } } },
                { "field_name": "vec", "type": "FloatVector", "vectors": { "dim": 12, "float_vector": { "data":
                  [0.1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] } } },
            ] } }),
        )
    }

    #[test]
    fn an_answer_reads_as_what_is_in_it() {
        let shown = frames(&method(SEARCH).unwrap().answer, &found()).unwrap();
        let columns = &shown["results"]["fields_data"];
        assert_eq!(
            columns[0]["scalars"]["string_data"]["data"],
            json!(["Ada", "Bruno"])
        );
        // Bytes of JSON, bytes of nothing that can be read, and a vector's beginning.
        assert_eq!(
            columns[1]["scalars"]["json_data"]["data"],
            json!([{ "ssn": "***" }, "base64 /w=="])
        );
        assert_eq!(
            columns[2]["vectors"]["float_vector"]["data"],
            json!([0.1, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, "… 12 numbers in all"])
        );
        assert_eq!(columns[2]["type"], "FloatVector");
    }

    #[test]
    fn of_a_body_that_was_cut_the_beginning_is_shown() {
        let (kind, body) = (method(SEARCH).unwrap().answer, found());
        for cut in 5..body.len() {
            let shown = frames(&kind, &body[..cut]).unwrap_or_else(|| panic!("cut at {cut}"));
            if cut > 40 {
                assert_eq!(
                    shown["results"]["fields_data"][0]["field_name"], "name",
                    "cut at {cut}"
                );
            }
        }
    }

    #[test]
    fn several_messages_are_a_list_and_what_is_no_message_is_not_shown() {
        let kind = method(SEARCH).unwrap().answer;
        let twice = [found(), found()].concat();
        assert_eq!(frames(&kind, &twice).unwrap().as_array().unwrap().len(), 2);
        for body in [&b""[..], b"\0\0", b"\x01\0\0\0\0", b"\0\0\0\0\x01\x07"] {
            assert!(frames(&kind, body).is_none(), "{body:?}");
        }
    }
}
