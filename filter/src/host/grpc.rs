//! What is different about a gRPC stream for the host: Envoy has its own form for an answer that is nothing but a status.

use crate::dialect::Reply;
use crate::wire::grpc::{Frames, decode_message};
use proxy_wasm::hostcalls;
use proxy_wasm::types::{GrpcStatusCode, MapType, Status};

/// Whether Envoy takes a request with these headers for gRPC: then it writes local replies as a status, and would write
/// one of its own beside any that stands in the headers.
pub fn is_call(headers: &[(String, String)]) -> bool {
    headers
        .iter()
        .find(|(name, _)| name == "content-type")
        .and_then(|(_, value)| value.strip_prefix("application/grpc"))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('+'))
}

/// Whether what has come of an answer ends with a whole message, so that nothing more may follow but trailers.
pub struct Boundaries {
    frames: Frames,
    lost: bool,
}

impl Default for Boundaries {
    fn default() -> Boundaries {
        Boundaries {
            frames: Frames::new(u32::MAX),
            lost: false,
        }
    }
}

impl Boundaries {
    /// More has come.
    pub fn push(&mut self, mut chunk: &[u8]) {
        loop {
            match self.frames.next(&mut chunk) {
                Ok(Some(_)) => {}
                Ok(None) => return,
                Err(_) => {
                    self.lost = true;
                    return;
                }
            }
        }
    }

    /// Whether this could be all. Where the frames cannot be followed, every chunk could be the last.
    pub fn are_whole(&self) -> bool {
        self.lost || self.frames.finish().is_ok()
    }
}

/// A reply as the status and the text that Envoy wants to be told.
pub struct StatusReply<'a> {
    code: GrpcStatusCode,
    message: String,
    metadata: Vec<(&'a str, &'a [u8])>,
}

/// A refusal in the place of an answer of the database.
#[derive(Debug)]
pub struct StandIn {
    /// Its message in a frame, until it was sent.
    pub message: Vec<u8>,
    /// The same in words, as a header has it.
    pub words: String,
}

impl StandIn {
    /// The refusal in a reply, if it is a message.
    pub fn of(reply: &Reply) -> Option<StandIn> {
        reply.grpc_status?;
        let words = reply.headers.iter().find(|(name, _)| name == "grpc-message");
        (!reply.body.is_empty()).then(|| StandIn {
            message: reply.body.clone(),
            words: words.map(|(_, words)| words.clone()).unwrap_or_default(),
        })
    }

    /// Turns the head of the database's answer into the refusal's. Where it is all there is of it (an error, or no
    /// answer at all), it becomes a status.
    pub fn write_head(&self, end_of_stream: bool) {
        let set = |name, value| {
            let _ = hostcalls::set_map_value(MapType::HttpResponseHeaders, name, value);
        };
        set(":status", Some("200"));
        set("content-length", None);
        if end_of_stream {
            set("grpc-status", Some("7"));
            set("grpc-message", Some(&self.words));
        } else {
            set("content-type", Some("application/grpc"));
        }
    }

    /// Turns the trailers of the database's answer into the refusal's.
    pub fn write_trailers() {
        let _ = hostcalls::set_map_value(MapType::HttpResponseTrailers, "grpc-status", Some("0"));
        let _ = hostcalls::set_map_value(MapType::HttpResponseTrailers, "grpc-message", None);
    }
}

/// The frame of an empty message.
pub const EMPTY: [u8; 5] = [0; 5];

/// The status of a reply that is nothing else, or can be nothing else here.
pub fn as_status(reply: &Reply) -> Option<StatusReply<'_>> {
    // One with a message says OK. Where the message cannot be sent, it is a refusal all the same.
    let code = if reply.body.is_empty() {
        code(reply.grpc_status?)?
    } else {
        GrpcStatusCode::PermissionDenied
    };
    let message = reply
        .headers
        .iter()
        .find(|(name, _)| name == "grpc-message")
        .map(|(_, value)| decode_message(value))
        .unwrap_or_default();
    let metadata = reply
        .headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "content-type" | "grpc-status" | "grpc-message"))
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    Some(StatusReply {
        code,
        message,
        metadata,
    })
}

impl StatusReply<'_> {
    /// Answers the stream with it.
    pub fn send(self) -> Result<(), Status> {
        hostcalls::send_grpc_response(self.code, Some(&self.message), self.metadata)
    }
}

fn code(status: u32) -> Option<GrpcStatusCode> {
    use GrpcStatusCode::*;
    let known = [
        Ok,
        Cancelled,
        Unknown,
        InvalidArgument,
        DeadlineExceeded,
        NotFound,
        AlreadyExists,
        PermissionDenied,
        ResourceExhausted,
        FailedPrecondition,
        Aborted,
        OutOfRange,
        Unimplemented,
        Internal,
        Unavailable,
        DataLoss,
        Unauthenticated,
    ];
    known.into_iter().find(|code| *code as u32 == status)
}
