//! The example policies and the JSON Schema that ship with the filter.

use super::given::compiled;
use crate::policy::model::File;
use std::fs;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../policies")
}

#[test]
fn every_example_compiles() {
    let mut number = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let text = fs::read_to_string(&path).unwrap();
            compiled(&text).unwrap_or_else(|mistakes| panic!("{}:\n{mistakes}", path.display()));
            assert!(
                text.contains("$schema=policy.schema.json"),
                "{} does not name its schema",
                path.display()
            );
            number += 1;
        }
    }
    assert!(number >= 1, "{number} examples");
}

/// Writes the schema anew with `VECTORGATE_WRITE=1 cargo test schema`.
#[test]
fn the_schema_is_that_of_the_model() {
    let mut schema = serde_json::to_string_pretty(&schemars::schema_for!(File)).unwrap();
    schema.push('\n');
    let path = folder().join("policy.schema.json");
    if std::env::var_os("VECTORGATE_WRITE").is_some() {
        fs::write(&path, &schema).unwrap();
    }
    let shipped = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        shipped == schema,
        "policies/policy.schema.json is stale: write it anew with `VECTORGATE_WRITE=1 cargo test schema`"
    );
}
