//! The policy's own name: SHA-256 over its canonical JSON.
//!
//! Taken from the model, not the text: two files that mean the same have the same digest, be they JSON or YAML,
//! whatever the order of their keys and the spelling of their sizes.

use super::super::compiled::Digest;
use super::super::model::File;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::fmt::Write;

pub(super) fn of(file: &File) -> Digest {
    let mut text = String::new();
    // A model has nothing that JSON cannot say: keys are names, numbers are whole.
    if let Ok(value) = serde_json::to_value(file) {
        canonical(&value, &mut text);
    }
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(&text) {
        // Writing to a String does not fail.
        let _ = write!(hex, "{byte:02x}");
    }
    Digest(hex)
}

/// Keys sorted, no white space. Sorted here, since the order of serde_json's maps depends on its features.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (number, item) in items.iter().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                canonical(item, out);
            }
            out.push(']');
        }
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            out.push('{');
            for (number, (key, item)) in entries.into_iter().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                canonical(item, out);
            }
            out.push('}');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}
