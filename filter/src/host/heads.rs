//! Heads, trailers and properties, as Envoy has them. What is not there, or not to be read, is absent.

use crate::exchange::answer::AnswerHead;
use proxy_wasm::hostcalls;
use proxy_wasm::types::MapType;

/// A header or trailer that is a number.
pub fn number(map: MapType, name: &str) -> Option<u32> {
    let value = hostcalls::get_map_value_bytes(map, name).ok().flatten()?;
    std::str::from_utf8(&value).ok()?.parse().ok()
}

/// The status of the callout whose answer is being handled; none where there was no answer.
pub fn callout_status() -> Option<u16> {
    let value = hostcalls::get_map_value_bytes(MapType::HttpCallResponseHeaders, ":status")
        .ok()
        .flatten()?;
    std::str::from_utf8(&value).ok()?.parse().ok()
}

/// The head of an answer; `is_call` says whether the request was a gRPC call.
pub fn answer_head(is_call: bool) -> AnswerHead {
    let header = |name: &str| {
        let value = hostcalls::get_map_value_bytes(MapType::HttpResponseHeaders, name)
            .ok()
            .flatten()?;
        String::from_utf8(value).ok()
    };
    let content_type = header("content-type");
    // What only gRPC has is asked for only there: each header is a call into Envoy.
    let is_grpc = is_call || content_type.as_deref().is_some_and(names_grpc);
    AnswerHead {
        status: header(":status")
            .and_then(|status| status.parse().ok())
            .unwrap_or(0),
        content_encoding: header("content-encoding"),
        grpc_encoding: is_grpc.then(|| header("grpc-encoding")).flatten(),
        grpc_status: is_grpc
            .then(|| number(MapType::HttpResponseHeaders, "grpc-status"))
            .flatten(),
        content_type,
    }
}

fn names_grpc(content_type: &str) -> bool {
    const GRPC: &str = "application/grpc";
    let start = content_type.trim_start().get(..GRPC.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(GRPC))
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
