//! Copying the short spans that an answer is put together from.
//!
//! A copy of a length that is only known as it runs is a call, and in WebAssembly one out of the module. Most spans are
//! shorter than what such a call costs.

/// The longest span that is copied without a call.
const SHORT: usize = 32;

/// Appends `bytes[from..to]`; nothing where there are no such bytes.
#[inline]
pub fn push(bytes: &[u8], from: usize, to: usize, out: &mut Vec<u8>) {
    let length = to.saturating_sub(from);
    if length <= SHORT
        && to <= bytes.len()
        && let Some(more) = bytes.get(from..).and_then(|rest| rest.first_chunk::<SHORT>())
    {
        // A fixed length, and then as much of it as is wanted.
        let wanted = out.len() + length;
        out.extend_from_slice(more);
        out.truncate(wanted);
    } else {
        out.extend_from_slice(bytes.get(from..to).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_spans() {
        let bytes: Vec<u8> = (0..200).collect();
        for from in 0..bytes.len() {
            for to in 0..=bytes.len() + 1 {
                let mut out = b"before".to_vec();
                push(&bytes, from, to, &mut out);
                let expected = bytes.get(from..to).unwrap_or_default();
                assert_eq!(out, [b"before", expected].concat(), "{from}..{to}");
            }
        }
    }
}
