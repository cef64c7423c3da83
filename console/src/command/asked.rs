//! A request described on the command line, for `explain` and `mask`.

use super::policy_file;
use clap::Args;
use std::error::Error;
use std::io::Read;
use std::path::{Path, PathBuf};
use vectorgate::approval::contract::Caller;
use vectorgate::dialect::{self, Head, Malformed, Named, Names};
use vectorgate::exchange::Guard;
use vectorgate::wire::grpc;
use vectorgate::wire::target::Target;
use vectorgate_console::message::{self, Method, json};

/// Stands in for the key of `with: hash` where the environment has none: what is explained does not leave, so any will
/// do. Hashes made with it are not those of the filter.
pub(super) const STAND_IN_KEY: &str = "vectorgate-explain-without-a-key";

/// Who asks what.
#[derive(Debug, Args)]
pub(super) struct Asked {
    /// The policy file, YAML or JSON
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,

    /// The identity's name, as Envoy would have verified it
    #[arg(long, value_name = "NAME", default_value = "anonymous")]
    identity: String,

    /// A group of the identity, without the `group:` of policies (may be repeated)
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,

    /// The HTTP method
    #[arg(long, value_name = "METHOD", default_value = "GET", conflicts_with = "grpc")]
    method: String,

    /// The path with its query, as the client sends it
    #[arg(
        long,
        value_name = "PATH",
        required_unless_present = "grpc",
        default_value = "",
        hide_default_value = true
    )]
    path: String,

    /// The gRPC method, instead of --method and --path. Bodies are then single messages without their frames, in binary or
    /// with --json as JSON
    #[arg(long, value_name = "/PACKAGE.SERVICE/METHOD", conflicts_with = "path")]
    grpc: Option<String>,

    /// Messages are read and written as JSON (ProtoJSON) instead of their bytes
    #[arg(long, requires = "grpc")]
    json: bool,

    /// A request header (may be repeated). Where none says otherwise, a body is `application/json`
    #[arg(long = "header", value_name = "K: V", value_parser = header)]
    headers: Vec<(String, String)>,

    /// The name of a collection that the request addresses by UUID or alias (may be repeated). The filter asks the
    /// database; here a name that is not given stands for itself, a UUID does not
    #[arg(long = "name", value_name = "UUID=NAME", value_parser = name)]
    names: Vec<(String, String)>,
}

/// A request as the filter would see it.
pub(super) struct Described {
    /// Policy and dialect.
    pub guard: Guard,
    /// Who asks.
    pub caller: Caller,
    /// The request's head; where the target cannot be read, with the reason.
    pub head: Head,
    /// Why the head cannot be read.
    pub malformed: Option<Malformed>,
    /// The names that are known.
    pub names: Given,
}

impl Asked {
    /// Reads the policy and puts the request together. `has_body` adds a content type where none is given.
    pub(super) fn describe(&self, body: Option<&[u8]>) -> Result<Described, Box<dyn Error + Send + Sync>> {
        let environment = |name: &str| Some(std::env::var(name).unwrap_or_else(|_| STAND_IN_KEY.to_owned()));
        let policy = policy_file::read(&self.policy, &environment)?;
        let name = policy.database().as_str();
        let dialect = dialect::by_name(name).ok_or_else(|| format!("there is no dialect for {name} yet"))?;
        let mut headers = self.headers.clone();
        let given = |name: &str| self.headers.iter().any(|(key, _)| key == name);
        if self.grpc.is_some() && !given("content-type") {
            headers.push(("content-type".to_owned(), "application/grpc".to_owned()));
            headers.push(("te".to_owned(), "trailers".to_owned()));
        }
        let path = self.grpc.as_ref().unwrap_or(&self.path);
        let method = if self.grpc.is_some() { "POST" } else { &self.method };
        if let Some(body) = body {
            if self.grpc.is_none() && !given("content-type") {
                headers.push(("content-type".to_owned(), "application/json".to_owned()));
            }
            if self.grpc.is_none() && !given("content-length") && !given("transfer-encoding") {
                headers.push(("content-length".to_owned(), body.len().to_string()));
            }
        }
        let target = Target::parse(path);
        let malformed = target.as_ref().err().map(|error| Malformed {
            status: 400,
            message: error.to_string(),
        });
        let target = target.unwrap_or_else(|_| Target {
            raw: path.clone(),
            segments: Vec::new(),
            query: Vec::new(),
        });
        Ok(Described {
            guard: Guard::new(policy, dialect),
            caller: Caller {
                name: self.identity.clone(),
                groups: self.groups.clone(),
            },
            head: Head {
                method: method.to_owned(),
                target,
                headers,
            },
            malformed,
            names: Given(self.names.clone()),
        })
    }
}

/// Names given by hand: they are what policies call a collection, wherever it lives.
pub(super) struct Given(Vec<(String, String)>);

impl Names for Given {
    fn get(&self, key: &str) -> Option<Named> {
        let id = key.rsplit('/').next().unwrap_or(key);
        let is_uuid = id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        let given = self.0.iter().find(|(given, _)| given.eq_ignore_ascii_case(id));
        let name = match given {
            Some((_, name)) => name.clone(),
            None if is_uuid => return None,
            None => key.to_owned(),
        };
        Some(Named::Collection {
            name,
            scope: String::new(),
        })
    }
}

impl Asked {
    /// A request's body as it goes over the wire, from a file: a gRPC message gets its frame.
    ///
    /// # Errors
    /// The file cannot be read, or is not the message that the method takes.
    pub(super) fn body(&self, file: Option<&Path>) -> Result<Option<Vec<u8>>, Box<dyn Error + Send + Sync>> {
        let body = file.map(read_input).transpose()?;
        if self.grpc.is_none() {
            return Ok(body);
        }
        let message = match (self.messages()?, body) {
            (Some(method), Some(text)) => {
                let place = file.map_or_else(String::new, |file| file.display().to_string());
                json::bytes(&method.request, &text).map_err(|why| format!("{place}: {why}"))?
            }
            (_, body) => body.unwrap_or_default(),
        };
        Ok(Some(
            grpc::frame(&message).ok_or("the message is too long for a frame")?,
        ))
    }

    /// Whether this is a gRPC request.
    pub(super) fn is_grpc(&self) -> bool {
        self.grpc.is_some()
    }

    /// The messages of the method, where they are read and written as JSON.
    ///
    /// # Errors
    /// They are not known.
    pub(super) fn messages(&self) -> Result<Option<Method>, Box<dyn Error + Send + Sync>> {
        let Some(path) = self.grpc.as_deref().filter(|_| self.json) else {
            return Ok(None);
        };
        match message::method(path) {
            Some(method) => Ok(Some(method)),
            None => Err(format!(
                "{path}: no method whose messages are known here; without --json they are taken as bytes"
            )
            .into()),
        }
    }
}

/// Reads a file, or standard input for `-`.
pub(super) fn read_input(path: &Path) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().lock().read_to_end(&mut bytes)?;
    } else {
        bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(bytes)
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("a header is written 'Name: value'")?;
    Ok((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
}

fn name(text: &str) -> Result<(String, String), String> {
    let (id, name) = text.split_once('=').ok_or("a name is written UUID=NAME")?;
    Ok((id.trim().to_owned(), name.trim().to_owned()))
}
