//! `vectorgate probe`: is the guard really there? Sends calls that must be refused and one that must pass.

mod call;
mod calls;
mod cause;

use super::Outcome;
use call::{Came, Client};
use calls::{Call, Must};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Try whether the guard is really there
///
/// Sends calls that must be refused (nobody's, a path that is none, reading without a bound, the same database on
/// another port), and one that must pass, and says of each what came of it; where it is not what it must be, with the
/// likely cause. Exit code 1 then, so it serves as a readiness probe and as a Helm test. It reads nothing: a call that
/// comes through although it must not is cut off.
#[derive(Debug, Args)]
pub(super) struct Probe {
    /// Address of the database as applications use it: http(s)://host:port; may stand more than once
    #[arg(long = "url", value_name = "URL", required = true, value_parser = call::address)]
    urls: Vec<String>,

    /// Address that must not lead to the database unguarded: another port, a pod's own address; may stand more than once
    #[arg(long = "twin", value_name = "URL", value_parser = call::address)]
    twins: Vec<String>,

    /// The database
    #[arg(long, value_enum)]
    database: Database,

    /// Token of a caller whom the gateway knows. Without one, what needs a token is left out
    #[arg(
        long,
        value_name = "TOKEN",
        env = "VECTORGATE_PROBE_TOKEN",
        hide_env_values = true
    )]
    token: Option<String>,

    /// File with that token
    #[arg(long, value_name = "FILE", conflicts_with = "token")]
    token_file: Option<PathBuf>,

    /// File with the certificates (PEM) that may have signed the gateway's [default: the usual ones]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,

    /// How long to wait for each answer, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=300))]
    timeout: u64,
}

/// A database that the probe knows calls of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Database {
    /// Chroma, REST API v2
    Chroma,
    /// Qdrant, REST
    Qdrant,
}

/// What a call came to, judged by what it must.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Right,
    Wrong,
}

impl Probe {
    pub(super) fn run(self) -> Outcome {
        let token = match &self.token_file {
            Some(path) => Some(
                std::fs::read_to_string(path)
                    .map_err(|why| format!("{}: {why}", path.display()))?
                    .trim()
                    .to_owned(),
            ),
            None => self.token.clone(),
        };
        let client = Client::new(Duration::from_secs(self.timeout), self.ca.as_deref())?;
        let (mut right, mut wrong, mut left_out) = (0_u32, 0_u32, 0_u32);
        for url in &self.urls {
            println!("{url}");
            for call in calls::of(self.database) {
                if call.needs_token && token.is_none() {
                    left_out += 1;
                    println!("  --    {}: left out, it needs --token", call.title);
                    continue;
                }
                let came = client.send(url, call, token.as_deref());
                match say(call, &came) {
                    Verdict::Right => right += 1,
                    Verdict::Wrong => wrong += 1,
                }
            }
        }
        for url in &self.twins {
            println!("{url}");
            let call = calls::twin(self.database);
            let came = client.send(url, call, token.as_deref());
            match say(call, &came) {
                Verdict::Right => right += 1,
                Verdict::Wrong => wrong += 1,
            }
        }
        println!("{right} as they must be, {wrong} not, {left_out} left out");
        Ok(if wrong == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

/// Prints one line on a call, and the likely cause where it is not what it must be.
fn say(call: &Call, came: &Came) -> Verdict {
    let verdict = judge(call.must, came);
    let mark = match verdict {
        Verdict::Right => "right",
        Verdict::Wrong => "WRONG",
    };
    println!("  {mark} {}: {came}", call.title);
    if verdict == Verdict::Wrong {
        for line in cause::of(call, came) {
            println!("          {line}");
        }
    }
    verdict
}

/// Whether what came is what must come.
fn judge(must: Must, came: &Came) -> Verdict {
    let right = match (must, came) {
        (Must::BeRefused, Came::Answer { status, .. }) => matches!(status, 400 | 401 | 403 | 422),
        (Must::BeRefused, _) => false,
        (Must::BeRefusedOrClosed, Came::Answer { status, .. }) => matches!(status, 400 | 401 | 403 | 422),
        (Must::BeRefusedOrClosed, Came::Closed(_)) => true,
        (Must::BeRefusedOrClosed, Came::Nothing) => true,
        (Must::BeRefusedOrClosed, Came::Untried(_)) => false,
        (Must::Pass, Came::Answer { status, .. }) => (200..300).contains(status),
        (Must::Pass, _) => false,
    };
    if right { Verdict::Right } else { Verdict::Wrong }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16) -> Came {
        Came::Answer {
            status,
            said: String::new(),
        }
    }

    #[test]
    fn what_came_is_judged_by_what_must_come() {
        use Verdict::{Right, Wrong};
        for (must, came, verdict) in [
            (Must::BeRefused, answered(403), Right),
            (Must::BeRefused, answered(401), Right),
            (Must::BeRefused, answered(400), Right),
            (Must::BeRefused, answered(200), Wrong),
            // The database's own answer to what it does not know: the call reached it.
            (Must::BeRefused, answered(404), Wrong),
            (Must::BeRefused, answered(405), Wrong),
            (Must::BeRefused, answered(503), Wrong),
            (Must::BeRefused, Came::Nothing, Wrong),
            (Must::BeRefused, Came::Closed("refused".into()), Wrong),
            (Must::BeRefusedOrClosed, Came::Closed("refused".into()), Right),
            (
                Must::BeRefusedOrClosed,
                Came::Untried("who is that?".into()),
                Wrong,
            ),
            (Must::BeRefusedOrClosed, answered(200), Wrong),
            (Must::BeRefusedOrClosed, answered(403), Right),
            (Must::Pass, answered(200), Right),
            (Must::Pass, answered(403), Wrong),
            (Must::Pass, Came::Nothing, Wrong),
        ] {
            assert_eq!(judge(must, &came), verdict, "{must:?} {came}");
        }
    }
}
