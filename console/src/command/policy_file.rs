//! A policy file, in YAML or JSON: read, compiled, and every mistake named with file, line and path.

use serde::de::DeserializeSeed;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use thiserror::Error;
use vectorgate::policy::compile::Environment;
use vectorgate::policy::load::{self, locate::At};
use vectorgate::policy::{Mistakes, Policy};

/// What is wrong with a policy file. Displayed one mistake a line, `file:line:column: path: message`.
#[derive(Debug, Error)]
pub(super) enum PolicyFileError {
    /// It cannot be read.
    #[error("{}: {why}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: std::io::Error,
    },
    /// It is not a right policy.
    #[error("{report}")]
    Wrong {
        /// The mistakes, one a line.
        report: String,
        /// How many there are.
        count: usize,
    },
}

/// Reads and compiles a policy file. `environment` gives the value of a variable, for the key of `hash`.
pub(super) fn read(path: &Path, environment: &dyn Environment) -> Result<Policy, PolicyFileError> {
    let unreadable = |why| PolicyFileError::Unreadable {
        path: path.to_owned(),
        why,
    };
    let text = text(path).map_err(unreadable)?;
    compile(&text, environment).map_err(|mistakes| {
        let mut lines: Vec<(Option<(usize, usize)>, String)> = mistakes
            .0
            .iter()
            .map(|mistake| (position(&text, &mistake.path), mistake.to_string()))
            .collect();
        // In the order of the file, as one mends it.
        lines.sort_by_key(|(position, _)| *position);
        let report = lines
            .iter()
            .fold(String::new(), |mut report, (position, mistake)| {
                let _ = writeln!(report, "{}: {mistake}", at(path, *position));
                report
            });
        PolicyFileError::Wrong {
            report: report.trim_end().to_owned(),
            count: mistakes.0.len(),
        }
    })
}

/// The text of a file, without the mark that some editors put before it.
pub(super) fn text(path: &Path) -> std::io::Result<String> {
    let mut text = std::fs::read_to_string(path)?;
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    Ok(text)
}

/// `file:line:column` of a path in a policy file.
pub(super) fn place(file: &Path, text: &str, path: &str) -> String {
    at(file, position(text, path))
}

fn at(file: &Path, position: Option<(usize, usize)>) -> String {
    match position {
        Some((line, column)) => format!("{}:{line}:{column}", file.display()),
        None => file.display().to_string(),
    }
}

/// Line and column of a path in a policy's text.
fn position(text: &str, path: &str) -> Option<(usize, usize)> {
    let error = At::path(path)
        .deserialize(serde_yaml_ng::Deserializer::from_str(text))
        .err()?;
    error.location().map(|at| (at.line(), at.column()))
}

/// Compiles the text of a policy, YAML or JSON.
pub(super) fn compile(text: &str, environment: &dyn Environment) -> Result<Policy, Mistakes> {
    // JSON is YAML: one reader for both, so that line numbers come for both.
    Policy::from_loaded(
        load::from_deserializer(serde_yaml_ng::Deserializer::from_str(text)),
        environment,
    )
}
