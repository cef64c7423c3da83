//! `vectorgate check`: names every mistake of a policy file.

use super::{Outcome, policy_file};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Check policy files: every mistake with file, line and path
///
/// Exit code 1 if one has a mistake. Warnings (what is legal but surprising) go to standard error and change nothing.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// The policy files, YAML or JSON
    #[arg(required = true, value_name = "POLICY")]
    policies: Vec<PathBuf>,

    /// Do not look for the key of `with: hash` in the environment
    ///
    /// The filter takes the key from its own environment, which is not this one.
    #[arg(long)]
    require_hash_key: bool,
}

impl Check {
    pub(super) fn run(self) -> Outcome {
        let mut wrong = false;
        for path in &self.policies {
            let environment = |name: &str| {
                let value = std::env::var(name).ok();
                if self.require_hash_key {
                    value
                } else {
                    value.or_else(|| Some(super::asked::STAND_IN_KEY.to_owned()))
                }
            };
            match policy_file::read(path, &environment) {
                Ok(policy) => {
                    let text = std::fs::read_to_string(path).unwrap_or_default();
                    for warning in policy.warnings() {
                        eprintln!(
                            "{}: warning: {warning}",
                            policy_file::place(path, &text, &warning.path)
                        );
                    }
                    println!(
                        "{}: right: {} rules for {}, mode {}, policy {}",
                        path.display(),
                        policy.rules().len(),
                        policy.database().as_str(),
                        policy.mode().as_str(),
                        policy.digest()
                    );
                }
                Err(error) => {
                    wrong = true;
                    println!("{error}");
                }
            }
        }
        Ok(if wrong {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }
}
