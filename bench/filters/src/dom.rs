//! Masks three fields the plain way: parse, change, write.

use serde_json::Value;

/// The answer with `email` shortened, `user_id` overwritten and `contact.ssn` removed; `None` where it is no JSON.
pub fn masked(body: &[u8]) -> Option<Vec<u8>> {
    let mut value = serde_json::from_slice(body).ok()?;
    mask(&mut value);
    serde_json::to_vec(&value).ok()
}

fn mask(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::Object(fields) => {
            if let Some(Value::String(email)) = fields.get_mut("email") {
                *email = shortened(email);
            }
            if let Some(Value::String(user)) = fields.get_mut("user_id") {
                *user = "[redacted]".to_owned();
            }
            if let Some(Value::Object(contact)) = fields.get_mut("contact") {
                contact.remove("ssn");
            }
            fields.values_mut().for_each(mask);
        }
        _ => {}
    }
}

fn shortened(email: &str) -> String {
    let (name, domain) = email.split_once('@').unwrap_or((email, ""));
    let kept: String = name.chars().take(2).collect();
    format!("{kept}****@{domain}")
}
