//! gRPC over HTTP/2: message frames in DATA bytes of any cut, the deadline header, the status text.
//!
//! A frame is a flag byte, a length (four bytes, big-endian) and a message. HTTP/2 cuts a stream of frames wherever it
//! likes: one frame in many chunks, many in one. [`Frames`] finds the boundaries again and holds nothing but the
//! five bytes of a head; [`Messages`] collects whole messages up to a limit, for requests.

mod compression;
mod status;
mod timeout;

pub use compression::{Compression, InflateError};
pub use status::{decode_message, encode_message};
pub use timeout::{BadTimeout, parse_timeout};

use std::fmt;

/// The length of a frame's head.
pub const HEAD: usize = 5;

/// Why a stream of frames is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// The message is compressed, so it cannot be read here.
    Compressed,
    /// A flag that gRPC does not know.
    Flag(u8),
    /// The announced length is over the limit. Nothing of it was buffered.
    TooLong {
        /// What was announced.
        length: u32,
        /// The limit.
        limit: u32,
    },
    /// The stream ended inside a frame.
    Truncated,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FrameError::Compressed => {
                f.write_str("a gRPC message is compressed: send it without compression")
            }
            FrameError::Flag(flag) => write!(f, "a gRPC frame has the unknown flag {flag}"),
            FrameError::TooLong { length, limit } => {
                write!(f, "a gRPC message of {length} bytes is over the limit of {limit}")
            }
            FrameError::Truncated => f.write_str("the stream ends inside a gRPC frame"),
        }
    }
}

impl std::error::Error for FrameError {}

/// What comes next in a stream of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// A message of this length begins.
    Begin(u32),
    /// Bytes of the message that began last. Never empty.
    Content(&'a [u8]),
    /// It is complete.
    End,
}

/// Finds the messages in a stream of frames, cut anywhere.
#[derive(Clone, Debug)]
pub struct Frames {
    limit: u32,
    head: [u8; HEAD],
    have: usize,
    /// What is missing of the current message; `None` between frames.
    left: Option<u32>,
}

impl Frames {
    /// Reads messages of at most `limit` bytes.
    pub fn new(limit: u32) -> Frames {
        Frames {
            limit,
            head: [0; HEAD],
            have: 0,
            left: None,
        }
    }

    /// Takes the next piece off the front of `input`; `None` where more input is needed.
    ///
    /// # Errors
    /// A frame that is compressed, has an unknown flag or announces too much. The stream cannot be read on.
    pub fn next<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<Piece<'a>>, FrameError> {
        match self.left {
            Some(0) => {
                self.left = None;
                Ok(Some(Piece::End))
            }
            Some(left) => {
                let here = input.len().min(left as usize);
                if here == 0 {
                    return Ok(None);
                }
                let (content, rest) = input.split_at(here);
                *input = rest;
                self.left = Some(left - here as u32);
                Ok(Some(Piece::Content(content)))
            }
            None => self.head(input),
        }
    }

    fn head<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<Piece<'a>>, FrameError> {
        while self.have < HEAD {
            let Some((&byte, rest)) = input.split_first() else {
                return Ok(None);
            };
            if self.have == 0 && byte != 0 {
                return Err(if byte == 1 {
                    FrameError::Compressed
                } else {
                    FrameError::Flag(byte)
                });
            }
            if let Some(slot) = self.head.get_mut(self.have) {
                *slot = byte;
            }
            self.have += 1;
            *input = rest;
        }
        self.have = 0;
        let [_, a, b, c, d] = self.head;
        let length = u32::from_be_bytes([a, b, c, d]);
        if length > self.limit {
            return Err(FrameError::TooLong {
                length,
                limit: self.limit,
            });
        }
        self.left = Some(length);
        Ok(Some(Piece::Begin(length)))
    }

    /// The stream is over.
    ///
    /// # Errors
    /// [`FrameError::Truncated`] inside a frame.
    pub fn finish(&self) -> Result<(), FrameError> {
        if self.have == 0 && self.left.is_none() {
            Ok(())
        } else {
            Err(FrameError::Truncated)
        }
    }
}

/// Collects whole messages, for requests. Memory: one message, of at most the limit.
#[derive(Debug)]
pub struct Messages {
    frames: Frames,
    message: Vec<u8>,
}

impl Messages {
    /// Collects messages of at most `limit` bytes.
    pub fn new(limit: u32) -> Messages {
        Messages {
            frames: Frames::new(limit),
            message: Vec::new(),
        }
    }

    /// Takes input up to the end of the next message; `None` where more is needed.
    ///
    /// # Errors
    /// What [`Frames::next`] refuses.
    pub fn next(&mut self, input: &mut &[u8]) -> Result<Option<Vec<u8>>, FrameError> {
        while let Some(piece) = self.frames.next(input)? {
            match piece {
                Piece::Begin(_) => {}
                Piece::Content(content) => self.message.extend_from_slice(content),
                Piece::End => return Ok(Some(std::mem::take(&mut self.message))),
            }
        }
        Ok(None)
    }

    /// The stream is over.
    ///
    /// # Errors
    /// [`FrameError::Truncated`] inside a frame.
    pub fn finish(&self) -> Result<(), FrameError> {
        self.frames.finish()
    }
}

/// The one message of a unary request's whole body.
///
/// # Errors
/// What is no frame, and `None` where there is not exactly one.
pub fn only_message(body: &[u8], limit: u32) -> Result<Option<Vec<u8>>, FrameError> {
    let mut messages = Messages::new(limit);
    let mut input = body;
    let Some(message) = messages.next(&mut input)? else {
        messages.finish()?;
        return Ok(None);
    };
    Ok(input.is_empty().then_some(message))
}

/// Appends the head of an uncompressed frame.
pub fn push_head(length: u32, out: &mut Vec<u8>) {
    out.push(0);
    out.extend(length.to_be_bytes());
}

/// A message in its frame; `None` where it is too long for one.
pub fn frame(message: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(message.len()).ok()?;
    let mut out = Vec::with_capacity(HEAD + message.len());
    push_head(length, &mut out);
    out.extend_from_slice(message);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn collect(chunks: &[&[u8]], limit: u32) -> Result<Vec<Vec<u8>>, FrameError> {
        let mut messages = Messages::new(limit);
        let mut found = Vec::new();
        for chunk in chunks {
            let mut input = *chunk;
            while let Some(message) = messages.next(&mut input)? {
                found.push(message);
            }
        }
        messages.finish()?;
        Ok(found)
    }

    #[test]
    fn what_is_refused() {
        let table: &[(&[u8], FrameError)] = &[
            (&[1], FrameError::Compressed),
            (&[1, 0, 0, 0, 0], FrameError::Compressed),
            (&[0x80, 0, 0, 0, 0], FrameError::Flag(0x80)),
            (&[0, 0, 0, 0], FrameError::Truncated),
            (&[0, 0, 0, 0, 3, 1, 2], FrameError::Truncated),
            (
                &[0, 0xff, 0xff, 0xff, 0xff],
                FrameError::TooLong {
                    length: u32::MAX,
                    limit: 10,
                },
            ),
            (
                &[0, 0, 0, 0, 11],
                FrameError::TooLong {
                    length: 11,
                    limit: 10,
                },
            ),
            (&[0, 0, 0, 0, 0, 1, 0, 0, 0, 0], FrameError::Compressed),
        ];
        for (bytes, error) in table {
            assert_eq!(collect(&[bytes], 10), Err(*error), "{bytes:?}");
        }
    }

    #[test]
    fn nothing_is_buffered_of_what_is_too_long() {
        let mut messages = Messages::new(1 << 20);
        let mut input: &[u8] = &[0, 0x7f, 0, 0, 0, 1, 2, 3];
        assert!(messages.next(&mut input).is_err());
        assert_eq!(messages.message.capacity(), 0);
        // A length is only announced: memory comes with the bytes.
        let mut messages = Messages::new(u32::MAX);
        let mut input: &[u8] = &[0, 0x7f, 0, 0, 0, 1, 2, 3];
        assert_eq!(messages.next(&mut input), Ok(None));
        assert!(messages.message.capacity() < 64);
    }

    #[test]
    fn a_unary_body_is_one_message() {
        let one = frame(b"abc").unwrap();
        assert_eq!(only_message(&one, 10), Ok(Some(b"abc".to_vec())));
        assert_eq!(only_message(b"", 10), Ok(None));
        assert_eq!(only_message(&[one.clone(), one.clone()].concat(), 10), Ok(None));
        assert_eq!(only_message(&one[..7], 10), Err(FrameError::Truncated));
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_messages(
            messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..6),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        ) {
            let stream: Vec<u8> = messages.iter().flat_map(|message| frame(message).unwrap()).collect();
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
            at.extend([0, stream.len()]);
            at.sort_unstable();
            let chunks: Vec<&[u8]> = at.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect();
            prop_assert_eq!(collect(&chunks, 100), Ok(messages));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = collect(&[&bytes], 50);
        }
    }
}
