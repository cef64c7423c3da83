//! What the parts of the filter cost, natively: `cargo bench -p vectorgate-filter`, or one group of them alone
//! (`cargo bench -p vectorgate-filter -- decision`). `scripts/bench --natively` writes them into `docs/performance.md`.
//!
//! - `scanner`: runs of numbers and of text are passed over.
//! - `answer`: an answer is masked as it streams through, in chunks of 16 KiB, in each database's form.
//! - `request`: a request is read strictly and said to mean something.
//! - `decision`: who asks what is held against a policy of 1, 100 and 10,000 rules.
//! - `detectors`: text is searched for addresses, cards, accounts and numbers.

mod answer;
mod decision;
mod detectors;
mod given;
mod request;
mod scanner;

use criterion::{criterion_group, criterion_main};
use std::time::Duration;

criterion_group! {
    name = parts;
    config = criterion::Criterion::default()
        .without_plots()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(2));
    targets = scanner::bench, answer::bench, request::bench, decision::bench, detectors::bench
}
criterion_main!(parts);
