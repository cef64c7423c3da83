//! What every gRPC dialect demands of a request: one uncompressed protobuf message, of which nothing is unknown.

use super::body::invalid;
use super::{Head, Malformed};
use crate::wire::grpc::only_message;
use crate::wire::protobuf::read;
use crate::wire::protobuf::strict::decode_strict;

const GRPC: &str = "application/grpc";

/// Whether a request is gRPC, or claims to be something like it (gRPC-Web, another codec than protobuf): that is no
/// call of any method, and [`check`] refuses it.
pub fn is_grpc(head: &Head) -> bool {
    head.header("content-type").is_some_and(|value| {
        let kind = value.split(';').next().unwrap_or_default().trim();
        kind.get(..GRPC.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(GRPC))
    })
}

/// Refuses what would make client, filter and server disagree on what the frames hold.
///
/// # Errors
/// Another codec, a query. A `grpc-encoding` is only an offer (some clients name one and send short messages plain): each
/// message says for itself whether it is compressed, and is refused where it is read, see [`message_of`].
pub fn check(head: &Head) -> Result<(), Malformed> {
    let mut types = head.headers.iter().filter(|(name, _)| name == "content-type");
    let plain = types.next().is_some_and(|(_, value)| {
        value.eq_ignore_ascii_case(GRPC) || value.eq_ignore_ascii_case("application/grpc+proto")
    });
    if !plain || types.next().is_some() {
        return Err(invalid("the content-type must be application/grpc"));
    }
    if !head.target.query.is_empty() {
        return Err(invalid("a gRPC method takes no query parameters"));
    }
    Ok(())
}

/// The one message of a unary request.
///
/// # Errors
/// What is no frame, and more or less than one.
pub fn message_of(body: &[u8]) -> Result<Vec<u8>, Malformed> {
    match only_message(body, u32::MAX) {
        Ok(Some(message)) => Ok(message),
        Ok(None) => Err(invalid("the request must be one message")),
        Err(error) => Err(invalid(error.to_string())),
    }
}

/// Reads a message by its type.
///
/// # Errors
/// What cannot be read, and what the type does not know.
pub fn decode<M: prost::Message + Default>(bytes: &[u8]) -> Result<M, Malformed> {
    decode_strict(bytes).map_err(unreadable)
}

/// The refusal of a message that cannot be read.
pub fn unreadable(error: read::Malformed) -> Malformed {
    invalid(format!("the request cannot be read: {error}"))
}
