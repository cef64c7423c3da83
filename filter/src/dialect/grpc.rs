//! What every gRPC dialect demands of a request: one uncompressed protobuf message, of which nothing is unknown.

use super::body::{invalid, shown};
use super::{Head, Malformed};
use crate::wire::grpc::{Compression, HEAD, InflateError, frame, only_message};
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
/// message says for itself whether it is compressed. Of a body that is read, that is undone first, see [`undone`].
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

/// The header that says how messages are compressed that say that they are.
pub const ENCODING: &str = "grpc-encoding";

/// The header that says how messages that come back may be compressed.
pub const ACCEPT_ENCODING: &str = "grpc-accept-encoding";

/// The compressions that are undone.
pub const ACCEPTED: (&str, &str) = (ACCEPT_ENCODING, "identity,deflate,gzip");

/// Whether the first message of a request is compressed.
pub fn is_compressed(head: &Head, body: &[u8]) -> bool {
    body.first() == Some(&1) && is_grpc(head)
}

/// The body of a unary request whose message is compressed, with the message as it was, of at most `limit` bytes.
///
/// # Errors
/// More or less than one message, and one that cannot be read. 415 where the compression is none that is known here.
pub fn undone(head: &Head, body: &[u8], limit: u64) -> Result<Vec<u8>, Malformed> {
    let mut names = head.headers.iter().filter(|(name, _)| name == ENCODING);
    let name = names.next().map_or("identity", |(_, name)| name.as_str());
    if name == "identity" || names.next().is_some() {
        return Err(invalid(
            "a gRPC message is compressed, and the header grpc-encoding does not say how",
        ));
    }
    let compression = Compression::named(name).ok_or_else(|| Malformed {
        status: 415,
        message: format!(
            "messages that are compressed with {} are not read here: use gzip, deflate or none",
            shown(name)
        ),
    })?;
    let content = body
        .split_at_checked(HEAD)
        .filter(|(head, content)| {
            head.get(1..)
                == u32::try_from(content.len())
                    .ok()
                    .map(u32::to_be_bytes)
                    .as_ref()
                    .map(<[u8; 4]>::as_slice)
        })
        .map(|(_, content)| content)
        .ok_or_else(|| invalid("the request must be one message"))?;
    let plain = compression.undo(content, usize::try_from(limit).unwrap_or(usize::MAX));
    match plain {
        Ok(plain) => frame(&plain).ok_or_else(|| invalid("the request must be one message")),
        Err(InflateError::Broken) => Err(invalid(format!("a gRPC message is no {name}"))),
        Err(InflateError::TooLong) => Err(Malformed {
            status: 413,
            message: format!(
                "a compressed gRPC message must be undone to be judged, and is larger than {limit} bytes then \
                 (limits.request_body): send it without compression, so that a write can stream"
            ),
        }),
    }
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
