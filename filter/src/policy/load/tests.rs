//! What the reader makes of a text, and where it says that things stand.

use super::locate::At;
use super::{from_deserializer, from_json};
use serde::de::DeserializeSeed;

const JSON: &str =
    r#"{"version": 1, "database": "chroma", "rules": [{"name": "r", "top_k": {"max": 100.0}}]}"#;
const YAML: &str =
    "# comment\nversion: 1\ndatabase: chroma\nrules:\n  - name: r\n    top_k:\n      max: 100\n";

#[test]
fn yaml_and_json_are_one_model() {
    let of_json = from_json(JSON.as_bytes()).unwrap();
    let of_yaml = from_deserializer(serde_yaml_ng::Deserializer::from_str(YAML)).unwrap();
    assert_eq!(of_json, of_yaml);
}

#[test]
fn a_path_leads_to_its_line() {
    for (path, line) in [
        ("version", 2),
        ("rules", 5),
        ("rules[0].name", 5),
        ("rules[0].top_k.max", 7),
    ] {
        let error = At::path(path)
            .deserialize(serde_yaml_ng::Deserializer::from_str(YAML))
            .unwrap_err();
        assert_eq!(
            error.location().map(|place| place.line()),
            Some(line),
            "{path}: {error}"
        );
    }
}
