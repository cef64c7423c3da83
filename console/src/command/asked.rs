//! A request described on the command line, for `explain` and `mask`.

use super::policy_file;
use clap::Args;
use std::error::Error;
use std::io::Read;
use std::path::{Path, PathBuf};
use vectorgate::approval::contract::Caller;
use vectorgate::dialect::{self, Head, Malformed, Named, Names};
use vectorgate::exchange::Guard;
use vectorgate::wire::target::Target;

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
    #[arg(long, value_name = "METHOD", default_value = "GET")]
    method: String,

    /// The path with its query, as the client sends it
    #[arg(long, value_name = "PATH")]
    path: String,

    /// A request header (may be repeated). Where none says otherwise, a body is `application/json`
    #[arg(long = "header", value_name = "K: V", value_parser = header)]
    headers: Vec<(String, String)>,

    /// The name of a collection that the request addresses by UUID (may be repeated). The filter asks the database
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
        if let Some(body) = body {
            if !given("content-type") {
                headers.push(("content-type".to_owned(), "application/json".to_owned()));
            }
            if !given("content-length") && !given("transfer-encoding") {
                headers.push(("content-length".to_owned(), body.len().to_string()));
            }
        }
        let target = Target::parse(&self.path);
        let malformed = target.as_ref().err().map(|error| Malformed {
            status: 400,
            message: error.to_string(),
        });
        let target = target.unwrap_or_else(|_| Target {
            raw: self.path.clone(),
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
                method: self.method.clone(),
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
        let (_, name) = self.0.iter().find(|(given, _)| given.eq_ignore_ascii_case(id))?;
        Some(Named::Collection {
            name: name.clone(),
            scope: String::new(),
        })
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
