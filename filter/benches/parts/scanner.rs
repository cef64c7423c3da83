//! Runs of numbers and of text, passed over: by the lanes that the build has, and a byte at a time.

use crate::given::vector;
use criterion::{Criterion, Throughput};
use std::hint::black_box;
use vectorgate::wire::json::scan;

/// The group `scanner`.
pub fn bench(criterion: &mut Criterion) {
    let numbers = vector(1, 10_000).into_bytes();
    let text = "Some words about nothing much, as they stand in a document. "
        .repeat(1700)
        .into_bytes();
    let mut group = criterion.benchmark_group("scanner");
    group.throughput(Throughput::Bytes(numbers.len() as u64));
    // From behind the bracket to the one that closes.
    group.bench_function("numbers", |b| {
        b.iter(|| scan::numbers_stop(black_box(&numbers), 1))
    });
    group.bench_function("numbers, a byte at a time", |b| {
        b.iter(|| scan::plain::numbers_stop(black_box(&numbers), 1))
    });
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("text", |b| b.iter(|| scan::string_stop(black_box(&text), 0)));
    group.bench_function("text, a byte at a time", |b| {
        b.iter(|| scan::plain::string_stop(black_box(&text), 0))
    });
    group.finish();
}
