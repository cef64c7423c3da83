//! How to say no, so that Qdrant's own clients raise an ordinary exception with the reason in it.

use crate::dialect::grpc::ACCEPTED;
use crate::dialect::{Refusal, Reply};
use crate::wire::grpc::encode_message;

/// Writes a refusal in the error form of the REST API.
pub(super) fn rest(refusal: &Refusal) -> Reply {
    let body = serde_json::json!({ "status": { "error": refusal.message }, "time": 0.0 });
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    if let Some(seconds) = refusal.retry_after {
        headers.push(("retry-after".to_owned(), seconds.to_string()));
    }
    Reply {
        status: refusal.status,
        headers,
        body: body.to_string().into_bytes(),
        grpc_status: None,
    }
}

/// Writes a refusal as a gRPC answer that is nothing but its status.
pub(super) fn grpc(refusal: &Refusal) -> Reply {
    let status = grpc_status(refusal.status);
    let mut headers = vec![
        ("content-type".to_owned(), "application/grpc".to_owned()),
        ("grpc-status".to_owned(), status.to_string()),
        ("grpc-message".to_owned(), encode_message(&refusal.message)),
    ];
    if let Some(seconds) = refusal.retry_after {
        headers.push(("retry-after".to_owned(), seconds.to_string()));
    }
    if refusal.status == 415 {
        headers.push((ACCEPTED.0.to_owned(), ACCEPTED.1.to_owned()));
    }
    Reply {
        status: 200,
        headers,
        body: Vec::new(),
        grpc_status: Some(status),
    }
}

/// The gRPC status that says what an HTTP status says. None of Qdrant's clients retries by itself.
fn grpc_status(status: u16) -> u32 {
    const INVALID_ARGUMENT: u32 = 3;
    const NOT_FOUND: u32 = 5;
    const PERMISSION_DENIED: u32 = 7;
    const RESOURCE_EXHAUSTED: u32 = 8;
    const UNIMPLEMENTED: u32 = 12;
    const INTERNAL: u32 = 13;
    const UNAVAILABLE: u32 = 14;
    const UNAUTHENTICATED: u32 = 16;
    match status {
        400 => INVALID_ARGUMENT,
        401 => UNAUTHENTICATED,
        404 => NOT_FOUND,
        405 | 410 | 415 => UNIMPLEMENTED,
        413 | 429 => RESOURCE_EXHAUSTED,
        503 => UNAVAILABLE,
        500.. => INTERNAL,
        _ => PERMISSION_DENIED,
    }
}
