//! What an answer's shape says of keys that are Chroma's own.

use super::*;
use crate::mask::answer::{CompiledMask, Masker};
use crate::mask::plan::{Action, MaskEntry, MaskPlan, Oracle, Selector};
use crate::wire::json::path::FieldPattern;
use std::sync::Arc;

#[test]
fn text_and_uri_are_masked_among_the_metadata_too() {
    let entry = |field: &str| MaskEntry {
        select: Selector::Fields(vec![FieldPattern::parse(field).expect("a field")]),
        action: Action::Redact("gone".into()),
        oracle: Oracle::Refuse,
    };
    let plan = MaskPlan {
        entries: vec![entry("#uri"), entry("#document"), entry("city")],
        ..MaskPlan::default()
    };
    let request = post(
        "search",
        r##"{"searches":[{"rank":{"$knn":{"query":[1]}},"limit":{"limit":1},"select":{"keys":["#metadata"]}}]}"##,
    )
    .request();
    let answer = br##"{"ids":[["a"]],"metadatas":[[{"chroma:uri":"file:///secret","chroma:document":"secret","city":"secret","age":1}]],"select":[["#metadata"]]}"##;
    let mut masker = Masker::new(Arc::new(CompiledMask::new(&request.answer, &plan)));
    let mut out = Vec::new();
    masker.push(answer, &mut out).expect("what the shape promises");
    masker.finish(&mut out).expect("complete");
    insta::assert_snapshot!(String::from_utf8_lossy(&out), @r##"{"ids":[["a"]],"metadatas":[[{"chroma:uri":"gone","chroma:document":"gone","city":"gone","age":1}]],"select":[["#metadata"]]}"##);
}
