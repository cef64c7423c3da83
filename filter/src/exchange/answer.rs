//! The answer's side of an exchange: what is expected of it, how it is masked chunk by chunk, what is kept of it.

use super::judge::{Guard, Judged};
use crate::audit::chain::hex;
use crate::audit::record::{Body, Encoding};
use crate::mask::answer::{Masker, Output};
use crate::mask::shape::{Format, Others, Shape};
use crate::mask::tally::Tally;
use crate::policy::model::Mode;
use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use sha2::{Digest, Sha256};

/// The shape of an error's body: no payloads in it, but field names are looked for all the same.
static ERROR: Shape = Shape {
    format: Format::Json,
    places: &[],
    others: Others::Copied,
    named: Vec::new(),
};

/// The head of an answer, as far as it matters.
#[derive(Clone, Debug, Default)]
pub struct AnswerHead {
    /// The HTTP status.
    pub status: u16,
    /// `content-type`.
    pub content_type: Option<String>,
    /// `content-encoding`.
    pub content_encoding: Option<String>,
    /// `grpc-encoding`.
    pub grpc_encoding: Option<String>,
    /// `grpc-status`, where the head is the whole answer.
    pub grpc_status: Option<u32>,
}

impl AnswerHead {
    fn media_type(&self) -> &str {
        self.content_type
            .as_deref()
            .and_then(|value| value.split(';').next())
            .unwrap_or_default()
            .trim()
    }

    fn is_json(&self) -> bool {
        self.media_type().eq_ignore_ascii_case("application/json")
    }

    fn is_grpc(&self) -> bool {
        is_grpc(self.media_type())
    }

    fn is_encoded(&self) -> bool {
        [&self.content_encoding, &self.grpc_encoding]
            .into_iter()
            .flatten()
            .any(|value| !value.trim().eq_ignore_ascii_case("identity"))
    }

    fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Whether a content type is that of gRPC with protobuf messages.
pub fn is_grpc(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    ["application/grpc", "application/grpc+proto"]
        .iter()
        .any(|name| media_type.eq_ignore_ascii_case(name))
}

/// How an answer's body is treated.
pub enum Treatment {
    /// Nobody reads it: nothing to mask, nothing to keep.
    Unread,
    /// It goes through the reader.
    Read(Box<AnswerReader>),
    /// It is not what the protocol promises, and must not leave; with the reason.
    Withheld(String),
}

/// Says how the body of an answer with this head is treated.
pub fn treatment(guard: &Guard, judged: &Judged, head: &AnswerHead, keep: Keep) -> Treatment {
    let mode = guard.policy.mode();
    // Only observe mode lets pass what could not be understood, and then nothing is known of its answer.
    let Some(request) = judged.request.as_ref() else {
        return Treatment::Unread;
    };
    if !guard.policy.reads_answers_under(&judged.mask) {
        return Treatment::Unread;
    }
    let nothing_masked = judged.mask.is_empty();
    let copied = || Treatment::Read(Box::new(AnswerReader::new(None, head, mode, keep)));
    if head.is_success() {
        match request.answer.format {
            Format::Opaque => return copied(),
            Format::File if nothing_masked => return copied(),
            Format::File => return withheld(mode, "it is a file, in which nothing can be masked"),
            _ => {}
        }
    }
    if head.is_encoded() {
        return withheld(mode, "it is compressed although identity was asked for");
    }
    match request.answer.format {
        Format::Protobuf(_) => {
            if !head.is_grpc() {
                return withheld(mode, "its content-type is not application/grpc");
            }
        }
        Format::Json | Format::Opaque | Format::File => {
            if head.is_grpc() {
                return withheld(mode, "its content-type is application/grpc");
            }
            if !head.is_json() {
                if nothing_masked && !head.is_success() {
                    return copied();
                }
                return withheld(
                    mode,
                    match head.media_type() {
                        "" => "it has no content-type",
                        _ => "its content-type is not application/json",
                    },
                );
            }
        }
    }
    let mask = if head.is_success() {
        guard.compiled_mask(request.endpoint, &request.answer, &judged.mask)
    } else {
        guard.compiled_error_mask(&ERROR, &judged.mask)
    };
    Treatment::Read(Box::new(AnswerReader::new(
        Some(Masker::new(mask)),
        head,
        mode,
        keep,
    )))
}

fn withheld(mode: Mode, why: &str) -> Treatment {
    match mode {
        Mode::Enforce => Treatment::Withheld(why.to_owned()),
        // Observe changes nothing; what cannot be read is not kept either.
        Mode::Observe => Treatment::Unread,
    }
}

/// What of an answer goes into its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Nothing; there is no record, or it has no bodies.
    Nothing,
    /// Its text as masked, up to this many bytes, with the full length and hash.
    Masked {
        /// The most bytes of text.
        max: usize,
    },
}

/// What becomes of one chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// It leaves as it is.
    Unchanged,
    /// It leaves as what is in the buffer.
    Rewritten,
}

/// Reads an answer as it goes through: masks it, counts, keeps its text for the record.
pub struct AnswerReader {
    masker: Option<Masker>,
    mode: Mode,
    kept: Option<Kept>,
    grpc_status: Option<u32>,
}

impl AnswerReader {
    fn new(masker: Option<Masker>, head: &AnswerHead, mode: Mode, keep: Keep) -> AnswerReader {
        let encoding = if head.is_grpc() {
            Encoding::Base64
        } else {
            Encoding::Plain
        };
        let kept = match keep {
            Keep::Nothing => None,
            Keep::Masked { max } => Some(Kept::new(max, encoding)),
        };
        AnswerReader {
            masker,
            mode,
            kept,
            grpc_status: head.grpc_status,
        }
    }

    /// The status of a gRPC answer, once it has come.
    pub fn grpc_status(&self) -> Option<u32> {
        self.grpc_status
    }

    /// The trailers of a gRPC answer have come.
    pub fn trailers(&mut self, grpc_status: Option<u32>) {
        self.grpc_status = grpc_status.or(self.grpc_status);
    }

    /// Whether the released body can differ in length from the database's.
    pub fn changes_length(&self) -> bool {
        self.masker.is_some() && self.mode == Mode::Enforce
    }

    /// Takes the next bytes of the body; what must leave instead is appended to `out`.
    ///
    /// # Errors
    /// Why the answer is not what the protocol promises. Nothing of this chunk may leave.
    pub fn push(&mut self, chunk: &[u8], end: End, out: &mut Vec<u8>) -> Result<Chunk, String> {
        let (masked, unchanged) = match self.masker.as_mut() {
            None => (chunk, true),
            Some(masker) => {
                let start = out.len();
                let mut output = masker.push(chunk, out).map_err(|error| error.to_string())?;
                if end == End::Last {
                    let before = out.len();
                    if masker.finish(out).map_err(|error| error.to_string())? == Output::Rewritten
                        && output == Output::Unchanged
                    {
                        // The end alone has something to add: the chunk itself goes before it.
                        out.splice(before..before, chunk.iter().copied());
                        output = Output::Rewritten;
                    }
                }
                match output {
                    Output::Unchanged => (chunk, true),
                    Output::Rewritten => (out.get(start..).unwrap_or_default(), false),
                }
            }
        };
        match self.mode {
            Mode::Enforce => {
                if let Some(kept) = self.kept.as_mut() {
                    kept.add(masked, masked);
                }
                Ok(if unchanged {
                    Chunk::Unchanged
                } else {
                    Chunk::Rewritten
                })
            }
            Mode::Observe => {
                if let Some(kept) = self.kept.as_mut() {
                    kept.add(masked, chunk);
                }
                out.clear();
                Ok(Chunk::Unchanged)
            }
        }
    }

    /// The results and the vectors that were let through so far.
    pub fn given(&self) -> (u64, u64) {
        self.masker.as_ref().map(Masker::given).unwrap_or_default()
    }

    /// The counts so far.
    pub fn tally(&self) -> Tally {
        self.masker.as_ref().map(Masker::tally).unwrap_or_default()
    }

    /// Whether the counts say anything (the body was understood, not only copied).
    pub fn counted(&self) -> bool {
        self.masker.is_some()
    }

    /// The body for the record.
    pub fn body(self) -> Option<Body> {
        self.kept.map(Kept::body)
    }
}

/// Whether a chunk is the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// More follows.
    More,
    /// Nothing follows.
    Last,
}

/// The beginning of a body, and the length and hash of all of it.
struct Kept {
    max: usize,
    encoding: Encoding,
    text: Vec<u8>,
    seen: u64,
    length: u64,
    sha: Sha256,
}

impl Kept {
    fn new(max: usize, encoding: Encoding) -> Kept {
        Kept {
            max,
            encoding,
            text: Vec::new(),
            seen: 0,
            length: 0,
            sha: Sha256::new(),
        }
    }

    fn add(&mut self, masked: &[u8], released: &[u8]) {
        let room = self.max.saturating_sub(self.text.len());
        self.text
            .extend_from_slice(masked.get(..room.min(masked.len())).unwrap_or_default());
        self.seen += masked.len() as u64;
        self.length += released.len() as u64;
        self.sha.update(released);
    }

    fn body(self) -> Body {
        let cut = self.seen > self.text.len() as u64;
        let text = match self.encoding {
            Encoding::Base64 => BASE64.encode(&self.text),
            // What is cut may be cut inside a character.
            Encoding::Plain => String::from_utf8(self.text)
                .unwrap_or_else(|cut| String::from_utf8_lossy(cut.as_bytes()).into_owned()),
        };
        let sha256 = hex(&self.sha.finalize());
        Body {
            text,
            encoding: self.encoding,
            length: self.length,
            sha256,
            cut,
        }
    }
}
