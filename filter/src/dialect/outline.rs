//! Bodies that are too long to be read whole: where their bulk is, and what is read of them while they stream by.
//!
//! A write may be as long as it likes, for what it writes says nothing about what it may. The rest of it says all:
//! collections, filters, selectors, modes. So an [`Outline`] is made of such a body as it comes, the body without its
//! bulk, and [`super::Dialect::read`] reads that as it reads any body. What is judged so far is right for what came so
//! far; what is judged of the whole outline is what is judged of the whole body.

use super::Malformed;
use super::body::invalid;
use crate::wire::grpc::{FrameError, Frames, Piece, frame};
use crate::wire::{json, protobuf};

/// Where the bulk of a request's body is.
#[derive(Clone, Copy, Debug)]
pub enum Bulk {
    /// In a JSON body.
    Json(&'static json::outline::Part),
    /// In the one message of a gRPC call.
    Grpc(&'static protobuf::outline::Bulky),
}

/// The outline of one body.
pub enum Outline {
    /// Of a JSON body.
    Json(Box<json::outline::Outliner>),
    /// Of the one message of a gRPC call.
    Grpc(Box<Call>),
}

/// The message of a call, in its frame.
pub struct Call {
    bulky: &'static protobuf::outline::Bulky,
    limit: usize,
    frames: Frames,
    message: Option<protobuf::outline::Outliner>,
    is_whole: bool,
}

/// Why there is no outline of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoOutline {
    /// It cannot be read.
    Malformed(Malformed),
    /// What is not bulk is longer than the limit.
    TooLong,
}

impl Outline {
    /// Of a body with its bulk there, and at most `limit` bytes of anything else.
    pub fn new(bulk: Bulk, limit: usize) -> Outline {
        match bulk {
            Bulk::Json(root) => Outline::Json(Box::new(json::outline::Outliner::new(root, limit))),
            Bulk::Grpc(bulky) => Outline::Grpc(Box::new(Call {
                bulky,
                limit,
                frames: Frames::new(u32::MAX),
                message: None,
                is_whole: false,
            })),
        }
    }

    /// Takes more of the body.
    ///
    /// # Errors
    /// Why it cannot be read on.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), NoOutline> {
        match self {
            Outline::Json(outliner) => outliner.push(chunk).map_err(|error| match error {
                json::outline::OutlineError::TooLong => NoOutline::TooLong,
                error => NoOutline::Malformed(invalid(format!("the body cannot be read: {error}"))),
            }),
            Outline::Grpc(call) => call.push(chunk),
        }
    }

    /// Whether the body is complete, so that whoever gets it could act on it. Nothing but blanks of JSON may follow.
    pub fn is_whole(&mut self) -> bool {
        match self {
            Outline::Json(outliner) => outliner.is_whole(),
            Outline::Grpc(call) => call.is_whole,
        }
    }

    /// What was read so far, in the form of a body that is complete. Empty where that is nothing.
    pub fn so_far(&self) -> Vec<u8> {
        match self {
            Outline::Json(outliner) => outliner.so_far(),
            Outline::Grpc(call) => {
                let message = call.message.as_ref().map(|message| message.so_far());
                message.and_then(|message| frame(&message)).unwrap_or_default()
            }
        }
    }
}

impl Call {
    fn push(&mut self, mut chunk: &[u8]) -> Result<(), NoOutline> {
        let malformed = |error: FrameError| {
            NoOutline::Malformed(invalid(match error {
                FrameError::Compressed => {
                    "a compressed gRPC message may not be larger than limits.request_body: send it without \
                     compression, so that it can stream"
                        .to_owned()
                }
                error => error.to_string(),
            }))
        };
        while let Some(piece) = self.frames.next(&mut chunk).map_err(malformed)? {
            match piece {
                Piece::Begin(_) if self.message.is_some() => {
                    return Err(NoOutline::Malformed(invalid("the request must be one message")));
                }
                Piece::Begin(length) => {
                    let message = protobuf::outline::Outliner::new(self.bulky, u64::from(length), self.limit);
                    self.message = Some(message);
                }
                Piece::Content(content) => {
                    let pushed = self.message.as_mut().map(|message| message.push(content));
                    pushed.unwrap_or(Ok(())).map_err(|error| match error {
                        protobuf::outline::OutlineError::TooLong => NoOutline::TooLong,
                        protobuf::outline::OutlineError::Malformed(error) => {
                            NoOutline::Malformed(super::grpc::unreadable(error))
                        }
                    })?;
                }
                Piece::End => self.is_whole = true,
            }
        }
        Ok(())
    }
}
