//! The command line: one file a command.

mod asked;
mod carried;
mod check;
mod config;
mod endpoints;
mod explain;
mod mask;
mod policy_file;
mod probe;
mod serve;
mod unpack;
mod user;
mod verify;

use std::error::Error;
use std::fmt::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Vectorgate's console: approvals, recordings, and tools for policies.
#[derive(Debug, Parser)]
#[command(
    name = "vectorgate",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Check),
    Config(config::Config),
    Endpoints(endpoints::Endpoints),
    Explain(explain::Explain),
    Mask(mask::Mask),
    Probe(probe::Probe),
    Serve(serve::Serve),
    Unpack(unpack::Unpack),
    User(user::User),
    Verify(verify::Verify),
}

/// What a command ends with: its exit code, or why it could not do its work (exit code 2).
type Outcome = Result<ExitCode, Box<dyn Error + Send + Sync>>;

/// Does what the command line says.
pub fn run(cli: Cli) -> ExitCode {
    let outcome = match cli.command {
        Command::Check(check) => check.run(),
        Command::Config(config) => config.run(),
        Command::Endpoints(endpoints) => endpoints.run(),
        Command::Explain(explain) => explain.run(),
        Command::Mask(mask) => mask.run(),
        Command::Probe(probe) => probe.run(),
        Command::Serve(serve) => asynchronous(serve.run()),
        Command::Unpack(unpack) => unpack.run(),
        Command::User(user) => asynchronous(user.run()),
        Command::Verify(verify) => asynchronous(verify.run()),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("vectorgate: {}", with_causes(error.as_ref()));
        ExitCode::from(2)
    })
}

/// Runs a command that waits for things.
fn asynchronous(work: impl Future<Output = Outcome>) -> Outcome {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

/// An error and what is behind it, each cause once.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let why = error.to_string();
        if !text.contains(&why) {
            let _ = write!(text, ": {why}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn every_command_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}
