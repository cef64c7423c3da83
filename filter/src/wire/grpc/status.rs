//! The header `grpc-message`: a status text, percent-encoded.

/// Encodes a text for `grpc-message`: printable ASCII stays, `%` and all other bytes become `%XX`.
///
/// ```
/// # use vectorgate::wire::grpc::encode_message;
/// assert_eq!(encode_message("50% für\n"), "50%25 f%C3%BCr%0A");
/// ```
pub fn encode_message(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let digit = |value: u8| {
        char::from_digit(u32::from(value), 16)
            .unwrap_or('0')
            .to_ascii_uppercase()
    };
    for byte in text.bytes() {
        match byte {
            b'%' | 0..0x20 | 0x7f.. => out.extend(['%', digit(byte >> 4), digit(byte & 0xf)]),
            _ => out.push(char::from(byte)),
        }
    }
    out
}

/// Reads a `grpc-message`. As gRPC demands, never fails: a `%` that starts no escape stands for itself, and what is no
/// UTF-8 becomes U+FFFD.
pub fn decode_message(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'%'
            && let [high, low, after @ ..] = rest
            && let (Some(high), Some(low)) = (char::from(*high).to_digit(16), char::from(*low).to_digit(16))
        {
            bytes.push((high * 16 + low) as u8);
            rest = after;
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_ways() {
        let table = [
            ("", ""),
            ("denied by rule `a`: ~", "denied by rule `a`: ~"),
            ("100%", "100%25"),
            ("a\r\nb\u{7f}", "a%0D%0Ab%7F"),
            ("ü😀", "%C3%BC%F0%9F%98%80"),
        ];
        for (text, encoded) in table {
            assert_eq!(encode_message(text), encoded);
            assert_eq!(decode_message(encoded), text);
        }
        for (value, text) in [
            ("%", "%"),
            ("%4", "%4"),
            ("%zz", "%zz"),
            ("%ff", "\u{fffd}"),
            ("%c3%bc", "ü"),
        ] {
            assert_eq!(decode_message(value), text, "{value}");
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in any::<String>()) {
            prop_assert_eq!(decode_message(&encode_message(&text)), text);
        }

        #[test]
        fn nothing_makes_it_panic(value in any::<String>()) {
            let _ = decode_message(&value);
        }
    }
}
