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

/// Appends all of `bytes`.
#[inline]
pub fn append(bytes: &[u8], out: &mut Vec<u8>) {
    match bytes.len() {
        8..=16 => ends::<8>(bytes, out),
        17..=32 => ends::<16>(bytes, out),
        33..=64 => ends::<32>(bytes, out),
        4..=7 => ends::<4>(bytes, out),
        0..4 => bytes.iter().for_each(|byte| out.push(*byte)),
        _ => out.extend_from_slice(bytes),
    }
}

/// Appends bytes of a length from `N` to twice that: the first and the last `N` of them, one over the other.
#[inline]
fn ends<const N: usize>(bytes: &[u8], out: &mut Vec<u8>) {
    if let (Some(first), Some(last)) = (bytes.first_chunk::<N>(), bytes.last_chunk::<N>()) {
        let end = out.len() + bytes.len();
        out.extend_from_slice(first);
        out.truncate(end - N);
        out.extend_from_slice(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_any_length() {
        let bytes: Vec<u8> = (0..200).collect();
        for length in 0..=bytes.len() {
            let mut out = b"before".to_vec();
            append(&bytes[..length], &mut out);
            assert_eq!(out, [b"before", &bytes[..length]].concat(), "{length}");
        }
    }

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
