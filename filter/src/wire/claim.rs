//! A claim of a verified token, in the bytes in which Envoy hands it over: a text as it is, a number as eight bytes, a
//! boolean as one, lists and objects as proxy-wasm maps (a count, the sizes of keys and values as little-endian u32, then
//! `key\0value\0` for each). Nothing says which of them it is.

/// The claim as a name. A list, an object, a boolean and nearly every number hold bytes that no name has.
pub fn name(value: Vec<u8>) -> Option<String> {
    String::from_utf8(value).ok().filter(|text| is_name(text))
}

/// The items of a list claim, or the words of a text claim (`scope` style, parted by spaces). An object has none: what
/// its keys are named says nothing of what stands behind them.
///
/// A list comes as a map whose keys are the items and whose values are empty.
pub fn words(value: &[u8]) -> Vec<String> {
    let words = match entries(value) {
        Some(entries) if entries.iter().any(|entry| !entry.value.is_empty()) => Vec::new(),
        Some(entries) => entries.into_iter().map(|entry| entry.key.to_owned()).collect(),
        None => std::str::from_utf8(value)
            .map(|text| text.split_whitespace().map(str::to_owned).collect())
            .unwrap_or_default(),
    };
    words.into_iter().filter(|word: &String| is_name(word)).collect()
}

/// Whether a text can name anybody. What stands for bytes that could not be read could be several names.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(|sign: char| sign.is_control() || sign == char::REPLACEMENT_CHARACTER)
}

/// One key of a map and its value.
struct Entry<'a> {
    key: &'a str,
    value: &'a [u8],
}

fn entries(bytes: &[u8]) -> Option<Vec<Entry<'_>>> {
    let number = |at: usize| -> Option<usize> {
        let bytes = bytes.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?) as usize)
    };
    let count = number(0)?;
    let mut at = count.checked_mul(8)?.checked_add(4)?;
    if at > bytes.len() {
        return None;
    }
    let mut entries = Vec::new();
    for sizes in (4..at).step_by(8) {
        let after_key = at.checked_add(number(sizes)?)?;
        let value = after_key.checked_add(1)?;
        let after_value = value.checked_add(number(sizes.checked_add(4)?)?)?;
        entries.push(Entry {
            key: std::str::from_utf8(bytes.get(at..after_key)?).ok()?,
            value: bytes.get(value..after_value)?,
        });
        at = after_value.checked_add(1)?;
    }
    (at == bytes.len()).then_some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As Envoy writes a map; a list's values are empty.
    fn map(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let size = |length: usize| u32::try_from(length).unwrap().to_le_bytes();
        let mut bytes = size(entries.len()).to_vec();
        for (key, value) in entries {
            bytes.extend([size(key.len()), size(value.len())].concat());
        }
        for (key, value) in entries {
            bytes.extend([key.as_bytes(), b"\0", value, b"\0"].concat());
        }
        bytes
    }

    #[test]
    fn a_name_is_a_text() {
        for (claim, then) in [
            (b"svc:rag-eu".to_vec(), Some("svc:rag-eu")),
            ("größe".as_bytes().to_vec(), Some("größe")),
            (b"".to_vec(), None),
            (b"\xff".to_vec(), None),
            (b"svc:a\nsvc:b".to_vec(), None),
            ("svc:\u{fffd}".as_bytes().to_vec(), None),
            (map(&[("svc:rag-eu", b"")]), None),
            (map(&[("svc:rag-eu", b"x")]), None),
            (map(&[]), None),
            (vec![1], None),
            (7_f64.to_le_bytes().to_vec(), None),
            (0_f64.to_le_bytes().to_vec(), None),
        ] {
            assert_eq!(name(claim.clone()).as_deref(), then, "{claim:?}");
        }
    }

    #[test]
    fn words_are_a_list_or_a_text() {
        for (claim, then) in [
            (map(&[("ml", b""), ("data eng", b"")]), &["ml", "data eng"][..]),
            (b"ml  data-eng".to_vec(), &["ml", "data-eng"]),
            (map(&[("ml", b""), ("", b""), ("a\nb", b"")]), &["ml"]),
            (map(&[]), &[]),
            (b"".to_vec(), &[]),
            // Objects: `{"ml": false}`, `{"ml": "no"}`, and one among whose values one is empty.
            (map(&[("ml", &[0])]), &[]),
            (map(&[("ml", b"no")]), &[]),
            (map(&[("ml", b""), ("admins", b"no")]), &[]),
            (vec![1], &[]),
            (7_f64.to_le_bytes().to_vec(), &[]),
        ] {
            assert_eq!(words(&claim), then, "{claim:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            prop_assert!(words(&bytes).iter().all(|word| is_name(word)));
            let _ = name(bytes);
        }
    }
}
