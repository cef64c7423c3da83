//! A search by a vector of 384 numbers, read strictly, in each database's form.

use crate::given::{chroma, milvus, qdrant, qdrant_grpc};
use criterion::{Criterion, Throughput};

/// The group `request`.
pub fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("request");
    for asked in [chroma(), qdrant(), qdrant_grpc(), milvus()] {
        group.throughput(Throughput::Bytes(asked.body.len() as u64));
        group.bench_function(asked.name, |b| b.iter(|| asked.read()));
    }
    group.finish();
}
