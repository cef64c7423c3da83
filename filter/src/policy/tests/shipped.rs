//! The example policies and the JSON Schema that ship with the filter.

use super::given::compiled;
use crate::policy::model::schema::json_schema;
use std::fs;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../policies")
}

#[test]
fn every_example_compiles_without_a_surprise() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    let mut number = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        number += 1;
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let policy = compiled(&text).unwrap_or_else(|mistakes| panic!("{name}:\n{mistakes}"));
        assert!(
            text.starts_with("# yaml-language-server: $schema=policy.schema.json\n"),
            "{name} names no schema"
        );
        assert!(
            readme.contains(&format!("({name})")),
            "{name} is not in the README"
        );

        let warned: Vec<&str> = policy
            .warnings()
            .iter()
            .map(|warning| warning.path.as_str())
            .collect();
        let explained: &[&str] = match name {
            "observe-first.yaml" => &["mode", "audit.required"],
            "mask-pii.yaml" => &["rules[0].mask[1].oracle"],
            _ => &[],
        };
        assert_eq!(warned, explained, "{name}: {:?}", policy.warnings());
    }
    assert_eq!(number, 10);
}

/// Writes the schema anew with `VECTORGATE_WRITE=1 cargo test schema`.
#[test]
fn the_schema_is_that_of_the_model() {
    let mut schema = serde_json::to_string_pretty(&json_schema()).unwrap();
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
