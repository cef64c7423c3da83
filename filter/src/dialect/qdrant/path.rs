//! Paths of payload fields, as Qdrant writes them: `contact.emails[].kind`, `"a.b".c`.

use crate::dialect::Malformed;
use crate::dialect::body::{invalid, shown};
use crate::wire::json::path::{FieldPattern, FieldStep};

/// The keys of a path, outermost first; array steps are left out.
///
/// Qdrant takes letters, digits, `_` and `-` outside of quotes. Here any character passes that does not end a key, so
/// that a server which takes more is read the same way.
pub(super) fn keys(path: &str) -> Result<Vec<String>, Malformed> {
    let broken = || invalid(format!("Invalid json path: {}", shown(path)));
    let mut keys = Vec::new();
    let mut rest = path;
    loop {
        let after = if let Some(quoted) = rest.strip_prefix('"') {
            let (key, after) = quoted.split_once('"').ok_or_else(broken)?;
            keys.push(key.to_owned());
            after
        } else {
            let (key, after) = rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len()));
            if key.is_empty() || key.contains(['"', ']']) {
                return Err(broken());
            }
            keys.push(key.to_owned());
            after
        };
        rest = after;
        while let Some(bracket) = rest.strip_prefix('[') {
            let (index, after) = bracket.split_once(']').ok_or_else(broken)?;
            if !index.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(broken());
            }
            rest = after;
        }
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None if rest.is_empty() => return Ok(keys),
            None => return Err(broken()),
        }
    }
}

/// The keys as a policy writes them.
pub(super) fn dotted(keys: &[String]) -> String {
    FieldPattern {
        steps: keys.iter().cloned().map(FieldStep::Key).collect(),
    }
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_keys_without_array_steps() {
        for (path, expected) in [
            ("email", "email"),
            ("contact.email", "contact.email"),
            ("contact.emails[].kind", "contact.emails.kind"),
            ("a[0][1].b-c", "a.b-c"),
            ("\"a.b\".c", "[\"a.b\"].c"),
            ("a.\"b c\"[]", "a.b c"),
            ("größe", "größe"),
            ("\"\"", "[\"\"]"),
        ] {
            assert_eq!(dotted(&keys(path).expect(path)), expected, "{path}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for path in [
            "", ".", "a.", ".a", "a..b", "[0]", "a[", "a[x]", "a[-1]", "a[]b", "\"a", "a\"b\"", "a]",
            "\"a\"b",
        ] {
            assert_eq!(keys(path).expect_err(path).status, 400, "{path}");
        }
    }
}
