//! The JSON Schema of a policy, for editors.

use super::File;
use serde_json::Value;

/// The schema, made from the types of the model.
pub fn json_schema() -> Value {
    let mut schema = Value::from(schemars::schema_for!(File));
    without_null(&mut schema);
    schema
}

/// A key that may be left out may not stand with nothing after it: the reader refuses that, so the schema does too.
/// But `with: null` is a word of its own.
fn without_null(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(without_null),
        Value::Object(keys) => {
            if let Some(Value::Array(types)) = keys.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    keys.insert("type".to_owned(), only);
                }
            }
            let reference = match keys.get("anyOf").and_then(Value::as_array).map(Vec::as_slice) {
                Some([one, other]) if other.get("type").is_some_and(|name| name == "null") => {
                    one.get("$ref").cloned()
                }
                _ => None,
            };
            if let Some(reference) = reference
                && reference != "#/$defs/With"
            {
                keys.remove("anyOf");
                keys.insert("$ref".to_owned(), reference);
            }
            keys.values_mut().for_each(without_null);
        }
        _ => {}
    }
}
