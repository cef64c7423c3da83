//! `vectorgate mask`: streams an answer through the filter's own masking.

use super::Outcome;
use super::asked::Asked;
use clap::Args;
use std::io::{Cursor, Read, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use vectorgate::audit::record::Verdict;
use vectorgate::exchange::answer::{AnswerHead, Chunk, End, Keep, Treatment, treatment};
use vectorgate::exchange::{Judged, Judgement};
use vectorgate::wire::grpc;
use vectorgate_console::message::json;

/// Mask an answer as the filter would: from standard input to standard output
///
/// The request says which rule and which kind of answer it is. A request that waits for a human counts as approved. Exit
/// code 1 where the filter would not let the answer pass; what had passed before has been written (with --json, nothing).
#[derive(Debug, Args)]
pub(super) struct Mask {
    #[command(flatten)]
    asked: Asked,

    /// The body of the request that the answer belongs to: a file
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,

    /// The answer's HTTP status
    #[arg(long, value_name = "N", default_value_t = 200)]
    status: u16,

    /// The answer's content type [default: application/json, with --grpc application/grpc]
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,

    /// The size of the chunks that the answer comes in, in bytes
    #[arg(long, value_name = "N", default_value = "16384")]
    chunk: NonZeroUsize,
}

impl Mask {
    pub(super) fn run(self) -> Outcome {
        let body = self.asked.body(self.request.as_deref())?;
        let messages = self.asked.messages()?;
        let described = self.asked.describe(body.as_deref())?;
        let guard = &described.guard;
        if let Some(malformed) = described.malformed {
            return refused(&malformed.message);
        }
        let mut judgement = guard.judge(&described.caller, &described.head, None, &described.names);
        if matches!(judgement, Judgement::NeedsBody) {
            let bytes = body.as_deref().unwrap_or_default();
            judgement = guard.judge(&described.caller, &described.head, Some(bytes), &described.names);
        }
        let judged: Judged = match judgement {
            Judgement::Judged(judged) => *judged,
            _ => return refused("the collection's name is not known: say --name UUID=NAME"),
        };
        if matches!(judged.verdict, Verdict::Deny | Verdict::Reject) {
            return refused(&judged.reason);
        }
        let grpc = self.asked.is_grpc();
        let usual = if grpc {
            "application/grpc"
        } else {
            "application/json"
        };
        let head = AnswerHead {
            status: self.status,
            content_type: Some(self.content_type.unwrap_or_else(|| usual.to_owned())),
            ..AnswerHead::default()
        };
        let treatment = treatment(guard, &judged, &head, Keep::Nothing);
        let mut stdin = std::io::stdin().lock();
        if !grpc {
            return pass(treatment, self.chunk, &mut stdin, &mut std::io::stdout().lock());
        }
        // A gRPC message gets its frame on the way in, and loses it on the way out.
        let mut message = Vec::new();
        stdin.read_to_end(&mut message)?;
        if let Some(method) = &messages {
            message =
                json::bytes(&method.answer, &message).map_err(|why| format!("standard input: {why}"))?;
        }
        let mut framed = Cursor::new(grpc::frame(&message).ok_or("the message is too long for a frame")?);
        let Some(method) = messages else {
            let mut output = Output::new(std::io::stdout().lock(), grpc::HEAD);
            return pass(treatment, self.chunk, &mut framed, &mut output);
        };
        let mut released = Vec::new();
        let outcome = pass(
            treatment,
            self.chunk,
            &mut framed,
            &mut Output::new(&mut released, grpc::HEAD),
        )?;
        // Of a message that was cut off there is no JSON.
        if outcome == ExitCode::SUCCESS {
            let released = json::value(&method.answer, &released)?;
            println!("{}", serde_json::to_string_pretty(&released)?);
        }
        Ok(outcome)
    }
}

/// Lets an answer pass as the filter would, in chunks of this size.
fn pass(treatment: Treatment, chunk: NonZeroUsize, input: &mut dyn Read, output: &mut dyn Write) -> Outcome {
    let mut reader = match treatment {
        Treatment::Withheld(why) => return refused(&format!("the answer is withheld: {why}")),
        Treatment::Unread => {
            std::io::copy(input, output)?;
            return Ok(ExitCode::SUCCESS);
        }
        Treatment::Read(reader) => reader,
    };
    let mut chunk = vec![0; chunk.get()];
    let mut masked = Vec::new();
    loop {
        let length = fill(input, &mut chunk)?;
        let end = if length < chunk.len() {
            End::Last
        } else {
            End::More
        };
        let bytes = chunk.get(..length).unwrap_or_default();
        masked.clear();
        match reader.push(bytes, end, &mut masked) {
            Ok(Chunk::Unchanged) => output.write_all(bytes)?,
            Ok(Chunk::Rewritten) => output.write_all(&masked)?,
            Err(why) => {
                output.flush()?;
                return refused(&format!("the answer is cut off: {why}"));
            }
        }
        if end == End::Last {
            output.flush()?;
            return Ok(ExitCode::SUCCESS);
        }
    }
}

/// Standard output, without the first bytes.
struct Output<W> {
    to: W,
    skip: usize,
}

impl<W> Output<W> {
    fn new(to: W, skip: usize) -> Output<W> {
        Output { to, skip }
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let skipped = self.skip.min(bytes.len());
        self.skip -= skipped;
        self.to.write_all(bytes.get(skipped..).unwrap_or_default())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

fn refused(why: &str) -> Outcome {
    eprintln!("vectorgate: {why}");
    Ok(ExitCode::FAILURE)
}

/// Reads until the chunk is full or the input ends.
fn fill(input: &mut dyn Read, chunk: &mut [u8]) -> std::io::Result<usize> {
    let mut length = 0;
    while let Some(rest) = chunk.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}
