//! `vectorgate check`: names every mistake of a policy file, or of the configuration that carries one.

use super::{Outcome, carried, policy_file};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Check policy files: every mistake with file, line and path
///
/// Reads an EnvoyFilter, a WasmPlugin, a TrafficExtension or Envoy's bootstrap too: the policy in it, and what around it
/// would leave the guard out without an error. Says what a right policy costs: which answers are copied and read.
/// Exit code 1 if one has a mistake. Warnings (what is legal but surprising) go to standard error and change nothing.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// The policy files, YAML or JSON, or files that carry one
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
            let carried = policy_file::text(path)
                .ok()
                .and_then(|text| carried::read(&text, &environment));
            if let Some(carried) = carried {
                for warning in &carried.warnings {
                    eprintln!("{}: warning: {warning}", path.display());
                }
                for fault in &carried.faults {
                    println!("{}: {fault}", path.display());
                }
                if carried.faults.is_empty() {
                    println!(
                        "{}: right: {} policies, and what is around them",
                        path.display(),
                        carried.policies
                    );
                }
                wrong |= !carried.faults.is_empty();
                continue;
            }
            match policy_file::read(path, &environment) {
                Ok(policy) => {
                    let text = policy_file::text(path).unwrap_or_default();
                    for warning in policy.warnings() {
                        eprintln!(
                            "{}: warning: {warning}",
                            policy_file::place(path, &text, &warning.path)
                        );
                    }
                    println!(
                        "{}: right: {} {} for {}, mode {}, policy {}",
                        path.display(),
                        policy.rules().len(),
                        if policy.rules().len() == 1 {
                            "rule"
                        } else {
                            "rules"
                        },
                        policy.database().as_str(),
                        policy.mode().as_str(),
                        policy.digest()
                    );
                    println!("{}: {}", path.display(), policy.cost());
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
