//! Escaping: text to what stands between the quotes of a JSON string.

use super::scan;

/// Appends `text` with the escapes that JSON demands, and no others.
pub fn push_escaped(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut copied = 0;
    loop {
        let at = scan::string_stop(bytes, copied);
        out.extend_from_slice(bytes.get(copied..at).unwrap_or_default());
        let Some(byte) = bytes.get(at).copied() else {
            return;
        };
        copied = at + 1;
        let short = match byte {
            b'"' => b'"',
            b'\\' => b'\\',
            0x8 => b'b',
            0xc => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            _ => b'u',
        };
        out.extend([b'\\', short]);
        if short == b'u' {
            let hex = |digit: u8| {
                if digit < 10 {
                    b'0' + digit
                } else {
                    b'a' + digit - 10
                }
            };
            out.extend([b'0', b'0', hex(byte >> 4), hex(byte & 0xf)]);
        }
    }
}

/// Appends one character with the escape that JSON demands, if any.
pub fn push_escaped_char(character: char, out: &mut Vec<u8>) {
    push_escaped(character.encode_utf8(&mut [0; 4]), out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_json_demands_and_nothing_else() {
        let all: String = (0u32..0x250)
            .filter_map(char::from_u32)
            .chain("/\u{2028}😀".chars())
            .collect();
        let mut out = vec![b'"'];
        push_escaped(&all, &mut out);
        out.push(b'"');
        assert_eq!(
            String::from_utf8(out).unwrap(),
            serde_json::to_string(&all).unwrap()
        );
    }
}
