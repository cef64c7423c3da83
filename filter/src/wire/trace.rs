//! Names under which others know a request: they go into its record, so what a client makes up in their place must not.

/// The longest name of a request that is taken: Envoy's have 36 bytes.
const LONGEST: usize = 128;

/// The trace's name in a `traceparent` (W3C Trace Context): 32 digits of small hexadecimal, not all of them 0.
pub fn trace_id(traceparent: &str) -> Option<&str> {
    let mut parts = traceparent.split('-');
    let (_version, id, _parent) = (parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (id.len() == 32 && id.bytes().all(is_hex) && id.bytes().any(|byte| byte != b'0')).then_some(id)
}

/// The request's name in an `x-request-id`: signs that are seen, and not many. A sidecar takes over what its peer sent.
pub fn request_id(id: &str) -> Option<&str> {
    ((1..=LONGEST).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_named_as_the_standard_says() {
        let id = "4bf92f3577b34da6a3ce929d0e0e4736";
        for (header, then) in [
            (format!("00-{id}-00f067aa0ba902b7-01"), Some(id)),
            (format!("cc-{id}-00f067aa0ba902b7-01-what-comes"), Some(id)),
            (format!("00-{id}"), None),
            (format!("00-{}-00f067aa0ba902b7-01", id.to_uppercase()), None),
            (format!("00-{id}0-00f067aa0ba902b7-01"), None),
            (format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)), None),
            ("00-<script>-00f067aa0ba902b7-01".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(trace_id(&header), then, "{header}");
        }
    }

    #[test]
    fn a_requests_name_is_short_and_seen() {
        let long = "x".repeat(129);
        for (id, right) in [
            ("15f03fce-63c7-48d3-a79c-4f8b02f72274", true),
            ("Root=1-67891233-abcdef012345678912345678", true),
            ("", false),
            ("a b", false),
            ("é", false),
            (long.as_str(), false),
        ] {
            assert_eq!(request_id(id).is_some(), right, "{id}");
        }
    }
}
