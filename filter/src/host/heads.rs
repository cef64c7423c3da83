//! Heads, trailers and properties, as Envoy has them. What is not there, or not to be read, is absent.

use crate::dialect::grpc::ENCODING;
use crate::exchange::answer::AnswerHead;
use proxy_wasm::hostcalls;
use proxy_wasm::types::MapType;
use std::str::FromStr;

/// A header or trailer that is a number.
pub fn number<N: FromStr>(map: MapType, name: &str) -> Option<N> {
    let value = hostcalls::get_map_value_bytes(map, name).ok().flatten()?;
    std::str::from_utf8(&value).ok()?.parse().ok()
}

/// The status of the callout whose answer is being handled; none where there was no answer.
pub fn callout_status() -> Option<u16> {
    number(MapType::HttpCallResponseHeaders, ":status")
}

/// The head of an answer. All of it is taken at once: each header would be a call into Envoy, and one back for its memory.
pub fn answer_head() -> AnswerHead {
    let mut head = AnswerHead::default();
    let headers = hostcalls::get_map_bytes(MapType::HttpResponseHeaders).unwrap_or_default();
    for (name, value) in headers {
        // Of a header that stands twice the first counts here, as it does for Envoy.
        match name.as_str() {
            ":status" => head.status = text(value).and_then(|status| status.parse().ok()).unwrap_or(0),
            "content-type" => head.content_type = head.content_type.take().or_else(|| text(value)),
            "content-encoding" => {
                head.content_encoding = head.content_encoding.take().or_else(|| text(value))
            }
            ENCODING => head.grpc_encoding = head.grpc_encoding.take().or_else(|| text(value)),
            "grpc-status" => {
                head.grpc_status = head
                    .grpc_status
                    .or_else(|| text(value).and_then(|status| status.parse().ok()));
            }
            _ => {}
        }
    }
    head
}

fn text(value: Vec<u8>) -> Option<String> {
    String::from_utf8(value).ok()
}

/// The request's headers, names in lower case as Envoy has them. A value that is not UTF-8 becomes one that no
/// dialect takes for anything.
pub fn request_headers() -> Vec<(String, String)> {
    hostcalls::get_map_bytes(MapType::HttpRequestHeaders)
        .unwrap_or_default()
        .into_iter()
        .map(|(name, value)| {
            (
                name,
                String::from_utf8(value).unwrap_or_else(|_| "\u{FFFD}".to_owned()),
            )
        })
        .collect()
}

/// A property that is a text, and not empty.
pub fn property_text(path: &[&str]) -> Option<String> {
    let value = hostcalls::get_property(path.to_vec()).ok().flatten()?;
    String::from_utf8(value).ok().filter(|text| !text.is_empty())
}
