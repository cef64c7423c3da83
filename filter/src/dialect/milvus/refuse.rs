//! How to say no, so that Milvus' own clients raise an ordinary exception with the reason in it, at once.
//!
//! Over gRPC a refusal is an answer of the method's own type with a `common.Status` in it, as Milvus itself refuses.
//! Clients raise that at once; most gRPC status codes they retry for minutes.

use super::grpc::Status;
use crate::dialect::grpc::ACCEPTED;
use crate::dialect::{Refusal, Reply};
use crate::wire::grpc::{encode_message, frame};
use crate::wire::protobuf::varint::{push_bytes, push_varint};

/// The code of every refusal. Milvus does not use it, and no client retries it.
const CODE: u64 = 1801;
/// `ErrorCode::UnexpectedError`, for what reads nothing but the code of before 2.3.
const CODE_BEFORE: u64 = 1;

/// Writes a refusal in the error form of the REST API, which says 200 to everything.
pub(super) fn rest(refusal: &Refusal) -> Reply {
    let body = serde_json::json!({ "code": CODE, "message": refusal.message });
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    headers.extend(retry_after(refusal));
    Reply {
        status: 200,
        headers,
        body: body.to_string().into_bytes(),
        grpc_status: None,
    }
}

/// Writes a refusal as an answer of the method's own type.
pub(super) fn grpc(status: Status, refusal: &Refusal) -> Reply {
    let message = match status {
        _ if refusal.status == 415 => return trailers_only(refusal),
        Status::Itself => common_status(refusal),
        Status::At(field) => {
            let mut message = Vec::new();
            push_bytes(field, &common_status(refusal), &mut message);
            message
        }
        Status::Nowhere => return trailers_only(refusal),
    };
    // The text stands in the headers as well, for where no message can be sent.
    let mut headers = vec![
        ("content-type".to_owned(), "application/grpc".to_owned()),
        ("grpc-message".to_owned(), encode_message(&refusal.message)),
    ];
    headers.extend(retry_after(refusal));
    Reply {
        status: 200,
        headers,
        body: frame(&message).unwrap_or_default(),
        grpc_status: Some(0),
    }
}

fn common_status(refusal: &Refusal) -> Vec<u8> {
    let mut status = Vec::new();
    push_varint(1, CODE_BEFORE, &mut status);
    push_bytes(2, refusal.message.as_bytes(), &mut status);
    push_varint(3, CODE, &mut status);
    status
}

/// For methods whose answer has no place for it: a status that no client retries.
fn trailers_only(refusal: &Refusal) -> Reply {
    const INVALID_ARGUMENT: u32 = 3;
    const PERMISSION_DENIED: u32 = 7;
    const UNIMPLEMENTED: u32 = 12;
    let status = match refusal.status {
        400 => INVALID_ARGUMENT,
        404 | 405 | 410 | 415 => UNIMPLEMENTED,
        _ => PERMISSION_DENIED,
    };
    let mut headers = vec![
        ("content-type".to_owned(), "application/grpc".to_owned()),
        ("grpc-status".to_owned(), status.to_string()),
        ("grpc-message".to_owned(), encode_message(&refusal.message)),
    ];
    headers.extend(retry_after(refusal));
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

fn retry_after(refusal: &Refusal) -> Option<(String, String)> {
    refusal
        .retry_after
        .map(|seconds| ("retry-after".to_owned(), seconds.to_string()))
}
