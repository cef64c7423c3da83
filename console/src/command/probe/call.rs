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
}

impl fmt::Display for Came {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Came::Answer { status, .. } => write!(f, "answered {status}"),
            Came::Nothing => f.write_str("not answered in time"),
            Came::Closed(why) => write!(f, "no connection ({why})"),
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
            Err(why) => return Came::Closed(why.to_string()),
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
            Err(why) => Came::Closed(why.to_string()),
        }
    }
}
