//! Answers, masked as they stream through: three fields, in chunks of what Envoy hands over at a time.

use crate::given::{Asked, chroma, chroma_answer, qdrant_grpc, qdrant_grpc_answer};
use criterion::{Criterion, Throughput};
use vectorgate::mask::answer::Masker;

const CHUNK: usize = 16 * 1024;

/// The group `answer`.
pub fn bench(criterion: &mut Criterion) {
    let cases: [(&str, Asked, Vec<u8>); 5] = [
        ("JSON, 10 hits", chroma(), chroma_answer(10, 0)),
        ("JSON, 1,000 hits", chroma(), chroma_answer(1000, 0)),
        ("JSON, 100 hits with vectors", chroma(), chroma_answer(100, 1536)),
        ("protobuf, 10 hits", qdrant_grpc(), qdrant_grpc_answer(10)),
        ("protobuf, 1,000 hits", qdrant_grpc(), qdrant_grpc_answer(1000)),
    ];
    let mut group = criterion.benchmark_group("answer");
    for (name, asked, answer) in cases {
        let (guard, judged) = asked.judged();
        let request = judged.request.as_ref().expect("a request that was read");
        let mask = guard.compiled_mask(request.endpoint, &request.answer, &judged.mask);
        let masked = |out: &mut Vec<u8>| {
            let mut masker = Masker::new(mask.clone());
            let mut length = 0;
            for chunk in answer.chunks(CHUNK) {
                out.clear();
                masker.push(chunk, out).expect("an answer");
                length += out.len();
            }
            out.clear();
            masker.finish(out).expect("a whole answer");
            (length + out.len(), masker.tally().returned)
        };
        let mut out = Vec::new();
        // Who masks nothing is fast.
        let (length, returned) = masked(&mut out);
        assert!(
            length > 0 && returned >= 10,
            "{name}: {length} bytes, {returned} results"
        );
        group.throughput(Throughput::Bytes(answer.len() as u64));
        group.bench_function(name, |b| b.iter(|| masked(&mut out)));
    }
    group.finish();
}
