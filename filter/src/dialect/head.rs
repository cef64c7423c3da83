//! The head of a request, and what every REST dialect demands of it: one method, one framing, one kind of body.

use super::Malformed;
use crate::wire::target::Target;

/// The head of a request.
#[derive(Clone, Debug)]
pub struct Head {
    /// The method, as received.
    pub method: String,
    /// The target, in normal form.
    pub target: Target,
    /// The other headers, names in lower case, in their order. Repeated ones stand repeatedly.
    pub headers: Vec<(String, String)>,
}

impl Head {
    /// From headers as Envoy has them, method and path among them. A path that is not in normal form stays as it came and
    /// has no segments: it can be spoken of in a refusal, which is what is wrong with it, and in a record.
    pub fn from_headers(headers: Vec<(String, String)>) -> (Head, Option<Malformed>) {
        let (mut method, mut path, mut others) = (None, None, Vec::with_capacity(headers.len()));
        for (name, value) in headers {
            // Of one that stands twice the first counts here, as it does for Envoy.
            match name.as_str() {
                ":method" => method = method.or(Some(value)),
                ":path" => path = path.or(Some(value)),
                other if other.starts_with(':') => {}
                _ => others.push((name, value)),
            }
        }
        let raw = path.unwrap_or_default();
        let target = Target::parse(&raw);
        let malformed = target.as_ref().err().map(|error| malformed(error.to_string()));
        let head = Head {
            method: method.unwrap_or_default(),
            target: target.unwrap_or(Target {
                raw,
                segments: Vec::new(),
                query: Vec::new(),
            }),
            headers: others,
        };
        (head, malformed)
    }

    /// The first value of a header (name in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Headers by which some servers take another method or path than the request line says.
const OVERRIDES: [&str; 5] = [
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "x-original-url",
    "x-rewrite-url",
];

/// What a request may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// No body.
    None,
    /// A JSON body.
    Json,
    /// A body of any type, which is not read (a file that is uploaded).
    Any,
}

/// Refuses what says one thing to the filter and may say another to the database: method overrides, protocol
/// upgrades, encodings, odd framing.
///
/// # Errors
/// The first of them.
pub fn check(head: &Head) -> Result<(), Malformed> {
    for name in OVERRIDES {
        if head.header(name).is_some() {
            return Err(malformed(format!(
                "the header {name} is not allowed: send the method and path themselves"
            )));
        }
    }
    if head.header("upgrade").is_some() {
        return Err(malformed(
            "another protocol cannot be switched to: send no upgrade header",
        ));
    }
    if values(head, "content-encoding").any(|value| !value.eq_ignore_ascii_case("identity")) {
        return Err(malformed(
            "the body is compressed (content-encoding): send it as it is",
        ));
    }
    if values(head, "transfer-encoding").any(|value| !value.eq_ignore_ascii_case("chunked")) {
        return Err(malformed("transfer-encoding may only be chunked"));
    }
    content_length(head)?;
    Ok(())
}

/// Refuses a body where there may be none, and one that is not labelled as JSON where it is read as such. A body
/// without a label passes as JSON.
///
/// # Errors
/// 400 for a body too many or a wrong label.
pub fn check_payload(head: &Head, body: Option<&[u8]>, payload: Payload) -> Result<(), Malformed> {
    match payload {
        Payload::None => {
            let announced = content_length(head)?.is_some_and(|length| length > 0)
                || head.header("transfer-encoding").is_some();
            if announced || body.is_some_and(|body| !body.is_empty()) {
                return Err(malformed("this call takes no body"));
            }
        }
        Payload::Any => {}
        Payload::Json => {
            let mut labels = head.headers.iter().filter(|(name, _)| name == "content-type");
            let label = labels.next();
            if labels.next().is_some() {
                return Err(malformed("more than one content-type"));
            }
            if label.is_some_and(|(_, value)| !is_json(value)) {
                return Err(malformed("the content-type must be application/json, in UTF-8"));
            }
        }
    }
    Ok(())
}

/// The one length that is announced, if any.
fn content_length(head: &Head) -> Result<Option<u64>, Malformed> {
    let mut length = None;
    for value in values(head, "content-length") {
        let digits = value.bytes().all(|byte| byte.is_ascii_digit());
        match value.parse().ok().filter(|_| digits) {
            Some(number) if length.is_none() => length = Some(number),
            _ => return Err(malformed("content-length must be one whole number")),
        }
    }
    Ok(length)
}

/// All values of a header, those of a comma list one by one.
fn values<'h>(head: &'h Head, name: &'h str) -> impl Iterator<Item = &'h str> {
    head.headers
        .iter()
        .filter(move |(key, _)| key == name)
        .flat_map(|(_, value)| value.split(','))
        .map(str::trim)
}

fn is_json(value: &str) -> bool {
    let mut parts = value.split(';').map(str::trim);
    let json = parts
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    json && parts.all(|parameter| {
        parameter.split_once('=').is_some_and(|(name, value)| {
            name.trim().eq_ignore_ascii_case("charset")
                && value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
    })
}

fn malformed(message: impl Into<String>) -> Malformed {
    Malformed {
        status: 400,
        message: message.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_made_of_headers() {
        for (path, raw, segments, status) in [
            (Some("/a/b?c=d"), "/a/b?c=d", &["a", "b"][..], None),
            (Some("/a/../b"), "/a/../b", &[], Some(400)),
            (Some(""), "", &[], Some(400)),
            (None, "", &[], Some(400)),
        ] {
            let headers: Vec<(String, String)> = [(":method", "POST"), (":authority", "db"), ("a", "1")]
                .into_iter()
                .chain(path.map(|path| (":path", path)))
                .chain([("b", "2"), ("a", "3")])
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            let (head, malformed) = Head::from_headers(headers);
            assert_eq!(malformed.map(|malformed| malformed.status), status, "{path:?}");
            assert_eq!((head.method.as_str(), head.target.raw.as_str()), ("POST", raw));
            assert_eq!(head.target.segments, segments, "{path:?}");
            let names: Vec<&str> = head.headers.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!((names, head.header("a")), (vec!["a", "b", "a"], Some("1")));
        }
    }

    fn head(headers: &[(&str, &str)]) -> Head {
        Head {
            method: "POST".into(),
            target: Target::parse("/").expect("normal form"),
            headers: headers
                .iter()
                .map(|(k, v)| (k.to_string(), v.to_string()))
                .collect(),
        }
    }

    #[test]
    fn heads_that_say_two_things_are_refused() {
        for (headers, status) in [
            (&[][..], None),
            (&[("content-length", "12")], None),
            (&[("transfer-encoding", "chunked")], None),
            (&[("content-encoding", "identity")], None),
            (&[("x-http-method-override", "DELETE")], Some(400)),
            (&[("x-http-method", "GET")], Some(400)),
            (&[("x-original-url", "/other")], Some(400)),
            (&[("upgrade", "websocket")], Some(400)),
            (&[("content-encoding", "gzip")], Some(400)),
            (&[("content-encoding", "identity, br")], Some(400)),
            (&[("content-encoding", "")], Some(400)),
            (&[("transfer-encoding", "gzip, chunked")], Some(400)),
            (&[("transfer-encoding", "xchunked")], Some(400)),
            (&[("content-length", "+1")], Some(400)),
            (&[("content-length", "1, 1")], Some(400)),
            (&[("content-length", "1"), ("content-length", "2")], Some(400)),
        ] {
            let refused = check(&head(headers)).err().map(|malformed| malformed.status);
            assert_eq!(refused, status, "{headers:?}");
        }
    }

    #[test]
    fn bodies_must_be_expected_and_labelled() {
        use Payload::*;
        for (payload, headers, status) in [
            (None, &[][..], Option::None),
            (None, &[("content-length", "0")], Option::None),
            (None, &[("content-type", "application/json")], Option::None),
            (None, &[("content-length", "2")], Some(400)),
            (None, &[("transfer-encoding", "chunked")], Some(400)),
            (Json, &[], Option::None),
            (Json, &[("content-type", "application/json")], Option::None),
            (
                Json,
                &[("content-type", "Application/JSON; Charset=\"UTF-8\"")],
                Option::None,
            ),
            (
                Json,
                &[("content-type", "application/json; charset=utf-16")],
                Some(400),
            ),
            (
                Json,
                &[("content-type", "application/json; profile=x")],
                Some(400),
            ),
            (Json, &[("content-type", "application/json;")], Some(400)),
            (Json, &[("content-type", "application/x+json")], Some(400)),
            (Json, &[("content-type", "text/plain")], Some(400)),
            (Json, &[("content-type", "")], Some(400)),
            (
                Json,
                &[
                    ("content-type", "application/json"),
                    ("content-type", "application/json"),
                ],
                Some(400),
            ),
        ] {
            let refused = check_payload(&head(headers), Option::None, payload)
                .err()
                .map(|malformed| malformed.status);
            assert_eq!(refused, status, "{payload:?} {headers:?}");
        }
        assert!(check_payload(&head(&[]), Some(b"{}"), None).is_err());
        assert!(check_payload(&head(&[]), Some(b""), None).is_ok());
    }
}
