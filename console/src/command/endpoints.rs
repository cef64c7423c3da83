//! `vectorgate endpoints`: what the filter knows of each database's endpoints, as a table.

use super::Outcome;
use clap::Args;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::ExitCode;
use vectorgate::dialect::{self, Dialect};

/// List every endpoint of a database: its kind, how it is bounded, how its answer is masked
///
/// Made from the very rows that the filter reads requests by. What is not listed is refused.
#[derive(Debug, Args)]
pub(super) struct Endpoints {
    /// The database; all of them where none is named
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
}

impl Endpoints {
    pub(super) fn run(self) -> Outcome {
        match &self.database {
            Some(name) => {
                let dialect =
                    dialect::by_name(name).ok_or_else(|| format!("there is no dialect for {name}"))?;
                print!("{}", table(dialect));
            }
            None => print!("{}", document()),
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The whole document.
fn document() -> String {
    let mut text = String::from(
        "# Endpoints\n\n\
         Every endpoint that the filter knows, by database: what it means, what bounds the number of its results, and how its\n\
         answer is masked. What is not listed here is `unknown`, and refused whatever a policy says.\n\n\
         Made by `vectorgate endpoints > docs/endpoints.md`; a test fails when it is stale.\n",
    );
    for dialect in dialect::ALL {
        let _ = write!(text, "\n{}", table(dialect));
    }
    text
}

fn table(dialect: &dyn Dialect) -> String {
    let rows = dialect.endpoints();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for kind in rows.iter().flat_map(|row| row.kinds) {
        *counts.entry(kind.as_str()).or_default() += 1;
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    let mut text = format!(
        "## {}\n\n{} rows: {}.\n\n",
        dialect.name(),
        rows.len(),
        counts.join(", ")
    );
    text.push_str("| call | kind | bounded by | masked |\n|---|---|---|---|\n");
    for row in rows {
        let kinds: Vec<&str> = row.kinds.iter().map(|kind| kind.as_str()).collect();
        let cell = |text: &str| text.replace('|', "\\|");
        let _ = writeln!(
            text,
            "| `{} {}` | {} | {} | {} |",
            row.method,
            cell(row.path),
            kinds.join(", "),
            cell(row.bounded),
            cell(row.masked)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::document;

    #[test]
    fn the_document_is_what_the_command_prints() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/endpoints.md");
        if std::env::var_os("VECTORGATE_WRITE").is_some() {
            std::fs::write(path, document()).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            written == document(),
            "docs/endpoints.md is stale: VECTORGATE_WRITE=1 cargo test -p vectorgate-console endpoints"
        );
    }
}
