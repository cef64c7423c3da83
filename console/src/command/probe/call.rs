//! Making a call, and what came of it. Of an answer little more than its status is read.

use super::calls::Call;
use std::fmt;
use std::io::Read;
use std::path::Path;
use std::time::Duration;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, http};

/// How much of an answer is read: enough to see who says no.
const LOOK: u64 = 2048;

/// What came of a call.
#[derive(Debug)]
pub(super) enum Came {
    /// An answer, and how it begins.
    Answer { status: u16, said: String },
    /// Nothing in time.
    Nothing,
    /// No connection, or one that was ended.
    Closed(String),
    /// The call never came to be made, for a reason on this side: whether the way is open was not tried.
    Untried(String),
}

impl fmt::Display for Came {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Came::Answer { status, .. } => write!(f, "answered {status}"),
            Came::Nothing => f.write_str("not answered in time"),
            Came::Closed(why) => write!(f, "no connection ({why})"),
            Came::Untried(why) => write!(f, "not tried ({why})"),
        }
    }
}

pub(super) struct Client(Agent);

impl Client {
    pub(super) fn new(
        timeout: Duration,
        ca: Option<&Path>,
    ) -> Result<Client, Box<dyn std::error::Error + Send + Sync>> {
        let mut tls = TlsConfig::builder();
        if let Some(path) = ca {
            let text = std::fs::read(path).map_err(|why| format!("{}: {why}", path.display()))?;
            let certificates: Vec<Certificate<'static>> = parse_pem(&text)
                .filter_map(|item| match item {
                    Ok(PemItem::Certificate(certificate)) => Some(certificate),
                    _ => None,
                })
                .collect();
            if certificates.is_empty() {
                return Err(format!("{}: no certificate in it", path.display()).into());
            }
            tls = tls.root_certs(RootCerts::from(certificates));
        }
        let config = Agent::config_builder()
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .tls_config(tls.build())
            .user_agent("vectorgate-probe")
            .build();
        Ok(Client(config.into()))
    }

    pub(super) fn send(&self, url: &str, call: &Call, token: Option<&str>) -> Came {
        let mut request = http::Request::builder().method(call.method).uri(format!(
            "{}{}",
            url.trim_end_matches('/'),
            call.path
        ));
        if call.body.is_some() {
            request = request.header("content-type", "application/json");
        }
        if let Some(token) = token.filter(|_| call.needs_token) {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = match request.body(call.body.unwrap_or_default()) {
            Ok(request) => request,
            Err(why) => return Came::Untried(why.to_string()),
        };
        match self.0.run(request) {
            Ok(mut answer) => {
                let mut said = Vec::new();
                let _ = answer.body_mut().as_reader().take(LOOK).read_to_end(&mut said);
                Came::Answer {
                    status: answer.status().as_u16(),
                    said: String::from_utf8_lossy(&said).into_owned(),
                }
            }
            Err(ureq::Error::Timeout(_)) => Came::Nothing,
            Err(why) if is_closed(&why) => Came::Closed(why.to_string()),
            Err(why) => Came::Untried(why.to_string()),
        }
    }
}

/// Whether it was the other side, or the network, that would have no connection. A certificate that this side does not
/// know, or a name that it does not find, says nothing of whether the way is open to somebody else.
fn is_closed(error: &ureq::Error) -> bool {
    use std::io::ErrorKind;
    match error {
        ureq::Error::ConnectionFailed => true,
        ureq::Error::Io(why) => {
            matches!(
                why.kind(),
                ErrorKind::ConnectionRefused
                    | ErrorKind::ConnectionReset
                    | ErrorKind::ConnectionAborted
                    | ErrorKind::BrokenPipe
                    | ErrorKind::UnexpectedEof
                    | ErrorKind::HostUnreachable
                    | ErrorKind::NetworkUnreachable
                    | ErrorKind::TimedOut
            ) || why.to_string().contains("fatal alert")
        }
        _ => false,
    }
}

/// An address to try, as it stands on the command line.
pub(super) fn address(text: &str) -> Result<String, String> {
    let uri: http::Uri = text.parse().map_err(|why| format!("{why}"))?;
    let host = uri.host().filter(|host| !host.is_empty());
    let plain = matches!(uri.path(), "" | "/") && uri.query().is_none() && !text.contains(['@', '#']);
    match (uri.scheme_str(), host) {
        (Some("http" | "https"), Some(_)) if plain => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err("write it as http(s)://host:port, without a path".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::calls;
    use super::*;
    use std::io::Write;
    use std::net::TcpListener;

    #[test]
    fn an_address_has_a_scheme_and_a_host() {
        for (text, right) in [
            ("http://127.0.0.1:8000", true),
            ("https://gate.example/", true),
            ("http://[::1]:8000", true),
            ("gate.example:8000", false),
            ("zzz", false),
            ("http://", false),
            ("ftp://gate.example", false),
            ("http://gate.example/api", false),
            ("http://gate.example?x", false),
            ("http://me:secret@gate.example", false),
            ("http://[::1", false),
        ] {
            assert_eq!(address(text).is_ok(), right, "{text}: {:?}", address(text));
        }
    }

    /// Sends a call to a server that answers with these bytes and hangs up.
    fn sent(scheme: &str, answers: &'static [u8]) -> Came {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answers);
        });
        let client = Client::new(Duration::from_secs(5), None).unwrap();
        let came = client.send(
            &format!("{scheme}://127.0.0.1:{port}"),
            calls::twin(super::super::Database::Chroma),
            None,
        );
        server.join().unwrap();
        came
    }

    #[test]
    fn what_was_not_tried_is_not_closed() {
        let nobody = {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap()
        };
        let client = Client::new(Duration::from_secs(5), None).unwrap();
        let twin = calls::twin(super::super::Database::Chroma);
        let came = client.send(&format!("http://{nobody}"), twin, None);
        assert!(matches!(came, Came::Closed(_)), "{came}");
        let came = client.send("http://no-such-host.invalid:1", twin, None);
        assert!(matches!(came, Came::Untried(_)), "{came}");
        // Hangs up without a word: a proxy that takes only the mesh's TLS does.
        let came = sent("http", b"");
        assert!(matches!(came, Came::Closed(_)), "{came}");
        let came = sent("https", b"");
        assert!(matches!(came, Came::Closed(_)), "{came}");
        // A TLS alert: 40 is a failed handshake, as where a client's certificate is demanded.
        let came = sent("https", b"\x15\x03\x03\x00\x02\x02\x28");
        assert!(matches!(came, Came::Closed(_)), "{came}");
        // Spoken to in the wrong language: somebody is there.
        let came = sent("https", b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        assert!(matches!(came, Came::Untried(_)), "{came}");
        let came = sent("http", b"\x15\x03\x01\x00\x02\x02\x46");
        assert!(matches!(came, Came::Untried(_)), "{came}");
    }
}
