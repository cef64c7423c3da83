//! `vectorgate verify`: checks all chains of records.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use vectorgate_console::store::Store;

use super::Outcome;

/// Checks every chain of records: nothing missing, changed, out of order or never closed.
///
/// Each hash is computed again from the stored bytes. Exit code 0: all is well. 1: something is not, and each place is
/// named on its own line. 2: the check could not be done. Works while the service runs.
#[derive(Debug, Args)]
pub struct Verify {
    /// The console's data directory
    #[arg(
        long,
        value_name = "DIR",
        default_value = "vectorgate-data",
        env = "VECTORGATE_DATA_DIR"
    )]
    data_dir: PathBuf,

    /// An exchange that was opened less than this many seconds ago counts as under way, not as never closed
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    open_for: u32,
}

impl Verify {
    pub(super) async fn run(self) -> Outcome {
        let store = Store::open_to_read(&self.data_dir).await?;
        let patience = SignedDuration::from_secs(self.open_for.into());
        let report = store.verify(patience, Timestamp::now()).await?;
        store.close().await;
        for finding in &report.findings {
            println!("{finding}");
        }
        println!(
            "{} chains, {} records, {} exchanges under way, {} findings",
            report.chains,
            report.records,
            report.under_way,
            report.findings.len()
        );
        Ok(if report.findings.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}
