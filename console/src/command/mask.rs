//! `vectorgate mask`: streams an answer through the filter's own masking.

use super::Outcome;
use super::asked::{Asked, read_input};
use clap::Args;
use std::io::{Read, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use vectorgate::audit::record::Verdict;
use vectorgate::exchange::answer::{AnswerHead, Chunk, End, Keep, Treatment, treatment};
use vectorgate::exchange::{Judged, Judgement};

/// Mask an answer as the filter would: from standard input to standard output
///
/// The request says which rule and which kind of answer it is. A request that waits for a human counts as approved. Exit
/// code 1 where the filter would not let the answer pass; what had passed before has been written.
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

    /// The answer's content type
    #[arg(long, value_name = "TYPE", default_value = "application/json")]
    content_type: String,

    /// The size of the chunks that the answer comes in, in bytes
    #[arg(long, value_name = "N", default_value = "16384")]
    chunk: NonZeroUsize,
}

impl Mask {
    pub(super) fn run(self) -> Outcome {
        let body = self.request.as_deref().map(read_input).transpose()?;
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
        let head = AnswerHead {
            status: self.status,
            content_type: Some(self.content_type),
            ..AnswerHead::default()
        };
        let treatment = treatment(guard, &judged, &head, Keep::Nothing);
        let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
        let mut reader = match treatment {
            Treatment::Withheld(why) => return refused(&format!("the answer is withheld: {why}")),
            Treatment::Unread => {
                std::io::copy(&mut input, &mut output)?;
                return Ok(ExitCode::SUCCESS);
            }
            Treatment::Read(reader) => reader,
        };
        let mut chunk = vec![0; self.chunk.get()];
        let mut masked = Vec::new();
        loop {
            let length = fill(&mut input, &mut chunk)?;
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
}

fn refused(why: &str) -> Outcome {
    eprintln!("vectorgate: {why}");
    Ok(ExitCode::FAILURE)
}

/// Reads until the chunk is full or the input ends.
fn fill(input: &mut impl Read, chunk: &mut [u8]) -> std::io::Result<usize> {
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
