//! Messages as the JSON of Protocol Buffers (protobuf.dev, "ProtoJSON Format"): names in either spelling, 64-bit numbers as
//! strings or numbers, bytes in base64, enums by name or number.

use prost_reflect::prost::Message;
use prost_reflect::{DynamicMessage, MessageDescriptor, SerializeOptions};
use serde_json::Value;
use thiserror::Error;
use vectorgate::wire::json::strict;

/// Why a text is not a message, or bytes are not.
#[derive(Debug, Error)]
pub enum Unreadable {
    /// The text has something in it that the message cannot have.
    #[error("{}{why}", place(.path))]
    Wrong {
        /// The field, from the message down.
        path: String,
        /// What is wrong, with line and column.
        why: String,
    },
    /// The bytes are no such message.
    #[error("not a {message}: {why}")]
    Bytes {
        /// The message that it should be.
        message: String,
        /// What the reader said.
        why: String,
    },
}

fn place(path: &str) -> String {
    match path {
        "" | "." => String::new(),
        path => format!("{path}: "),
    }
}

/// The bytes of the message that a JSON text says.
///
/// # Errors
/// What is wrong in the text, by the path of its field.
pub fn bytes(message: &MessageDescriptor, text: &[u8]) -> Result<Vec<u8>, Unreadable> {
    let wrong = |why: String| Unreadable::Wrong {
        path: String::new(),
        why,
    };
    // A key that stands twice has no one meaning; the reader below would take the last.
    strict::parse(text).map_err(|why| wrong(why.to_string()))?;
    let mut reader = serde_json::Deserializer::from_slice(text);
    let mut track = serde_path_to_error::Track::new();
    let read = DynamicMessage::deserialize(
        message.clone(),
        serde_path_to_error::Deserializer::new(&mut reader, &mut track),
    );
    let read = read.map_err(|why| Unreadable::Wrong {
        path: track.path().to_string(),
        why: why.to_string(),
    })?;
    reader.end().map_err(|why| wrong(why.to_string()))?;
    Ok(read.encode_to_vec())
}

/// The JSON of a message.
///
/// # Errors
/// The bytes are no such message.
pub fn value(message: &MessageDescriptor, bytes: &[u8]) -> Result<Value, Unreadable> {
    let wrong = |why: String| Unreadable::Bytes {
        message: message.full_name().to_owned(),
        why,
    };
    let read = DynamicMessage::decode(message.clone(), bytes).map_err(|why| wrong(why.to_string()))?;
    let options = SerializeOptions::new().use_proto_field_name(true);
    read.serialize_with_options(serde_json::value::Serializer, &options)
        .map_err(|why| wrong(why.to_string()))
}

#[cfg(test)]
mod tests {
    use super::{bytes, value};
    use crate::message::method;
    use serde_json::json;

    const QUERY: &str = "/qdrant.Points/Query";
    const SEARCH: &str = "/qdrant.Points/Search";
    const CREATE: &str = "/qdrant.Collections/Create";

    #[test]
    fn what_can_be_spelt_in_two_ways_is_one_message() {
        for (path, one, other) in [
            (
                SEARCH,
                r#"{"collection_name":"people","limit":5}"#,
                r#"{"collectionName":"people","limit":"5"}"#,
            ),
            (
                SEARCH,
                r#"{"with_payload":{"enable":true}}"#,
                r#"{"withPayload":{"enable":true},"filter":null}"#,
            ),
            (
                CREATE,
                r#"{"vectors_config":{"params":{"size":4,"distance":"Cosine"}}}"#,
                r#"{"vectorsConfig":{"params":{"size":"4","distance":1}}}"#,
            ),
            (
                CREATE,
                r#"{"metadata":{"a":{"null_value":"NULL_VALUE"}}}"#,
                r#"{"metadata":{"a":{"nullValue":0}}}"#,
            ),
            (
                "/milvus.proto.milvus.MilvusService/Search",
                r#"{"placeholder_group":"AP8H"}"#,
                r#"{"placeholderGroup":"AP8H"}"#,
            ),
        ] {
            let kind = method(path).unwrap().request;
            let read = bytes(&kind, one.as_bytes()).unwrap();
            assert_eq!(read, bytes(&kind, other.as_bytes()).unwrap(), "{one}");
            assert!(!read.is_empty());
        }
    }

    #[test]
    fn mistakes_are_named_by_field_and_place() {
        for (path, text, says) in [
            (SEARCH, r#"{"limit": "many"}"#, "limit: invalid digit"),
            (SEARCH, r#"{"limit": -1}"#, "limit: out of range"),
            (
                SEARCH,
                r#"{"filter": {"must": [{"field": {"key": 7}}]}}"#,
                "filter.must[0].field.key: invalid type: integer `7`, expected a string at line 1 column 40",
            ),
            (
                SEARCH,
                r#"{"filter": {"must": [{"feild": {}}]}}"#,
                "filter.must[0]: unrecognized field name 'feild'",
            ),
            (
                SEARCH,
                r#"{"limit": 1, "limit": 2}"#,
                "the same key twice in one object",
            ),
            (SEARCH, r#"{"limit": 1} {}"#, "something follows the JSON value"),
            (SEARCH, "[]", "invalid type: sequence, expected a map"),
            (
                QUERY,
                r#"{"query": {"order_by": {"direction": "Up"}}}"#,
                "query.order_by.direction: unrecognized enum value 'Up'",
            ),
            (
                QUERY,
                r#"{"query": {"sample": 0, "fusion": 0}}"#,
                "query: multiple fields provided for oneof 'variant'",
            ),
            (
                "/milvus.proto.milvus.MilvusService/Search",
                r#"{"placeholder_group": "%"}"#,
                "placeholder_group: invalid base64",
            ),
        ] {
            let kind = method(path).unwrap().request;
            let said = bytes(&kind, text.as_bytes()).expect_err(text).to_string();
            assert!(said.starts_with(says), "{text}: {said}");
        }
    }

    #[test]
    fn bytes_of_another_message_are_told() {
        let kind = method(SEARCH).unwrap().request;
        assert!(
            value(&kind, b"\x0a\x05ab")
                .unwrap_err()
                .to_string()
                .starts_with("not a qdrant.SearchPoints: ")
        );
        assert_eq!(
            value(&kind, b"\x0a\x01a").unwrap(),
            json!({ "collection_name": "a" })
        );
    }
}
