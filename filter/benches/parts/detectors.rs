//! Text, searched for what the detectors know: in prose with a find now and then, and in a text that is mostly numbers.

use crate::given::vector;
use criterion::{Criterion, Throughput};
use vectorgate::mask::plan::{Action, Detector};
use vectorgate::mask::text::TextMasker;

/// The group `detectors`.
pub fn bench(criterion: &mut Criterion) {
    let prose = "The contract was changed before the second review, and the customer has been told; write to \
                 person7@example.com, or pay with 4111 1111 1111 1111. Region and team of the report stay as they are. "
        .repeat(10);
    let numbers = vector(1, 200);
    let all: Vec<Detector> = Detector::ALL.to_vec();
    let mut group = criterion.benchmark_group("detectors");
    for (name, text) in [("prose, 2 kB", &prose), ("a vector as text, 2 kB", &numbers)] {
        let mut masker = TextMasker::new(&[(all.clone(), Action::Redact("[found]".into()))]);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |b| b.iter(|| masker.mask(text)));
    }
    group.finish();
}
