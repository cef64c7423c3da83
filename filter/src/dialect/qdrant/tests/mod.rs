//! What Qdrant's requests mean, told as `post(…)` and what comes of it.

mod answers;
mod endpoints;
mod grpc;
mod meaning;
mod names;
mod narrowing;
mod pairs;
mod refusals;

use super::Qdrant;
use crate::dialect::testing::{Known, keys, less, told};
use crate::dialect::{
    Dialect, Forwarded, Head, Lookup, Malformed, Named, Names, Narrowing, Reading, Request,
};
use crate::operation::{Operation, Results};
use crate::wire::grpc::{frame, only_message};
use crate::wire::target::Target;

/// What the database would say: `staff` is an alias of `people`, and all other names are collections.
struct Aliases;

impl Names for Aliases {
    fn get(&self, key: &str) -> Option<Named> {
        let name = if key == "staff" { "people" } else { key };
        Some(Named::Collection {
            name: name.into(),
            scope: String::new(),
        })
    }
}

/// A request, in the making.
#[derive(Clone)]
struct Ask {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

/// A request for any path.
fn ask(method: &str, target: &str) -> Ask {
    Ask {
        method: method.into(),
        target: target.into(),
        headers: Vec::new(),
        body: None,
    }
}

/// A call of the collection `docs` (`points/query`, `facet`, …), with a JSON body.
fn post(call: &str, body: &str) -> Ask {
    ask("POST", &format!("/collections/docs/{call}")).body(body)
}

impl Ask {
    fn body(mut self, body: &str) -> Ask {
        self.body = Some(body.into());
        self.header("content-type", "application/json")
    }

    fn header(mut self, name: &str, value: &str) -> Ask {
        self.headers.push((name.into(), value.into()));
        self
    }

    fn head(&self) -> Head {
        Head {
            method: self.method.clone(),
            target: Target::parse(&self.target).expect("a target in normal form"),
            headers: self.headers.clone(),
        }
    }

    fn read_knowing(&self, names: &dyn Names) -> Result<Reading, Malformed> {
        Qdrant.read(&self.head(), self.body.as_deref(), names)
    }

    fn read(&self) -> Result<Reading, Malformed> {
        self.read_knowing(&Aliases)
    }

    fn request(&self) -> Request {
        match self.read() {
            Ok(Reading::Request(request)) => *request,
            other => panic!("{} {}: {other:?}", self.method, self.target),
        }
    }

    fn operation(&self) -> Operation {
        self.request().operation
    }

    fn told(&self) -> String {
        told(&self.operation())
    }

    /// `400 message`.
    fn refused(&self) -> String {
        let Malformed { status, message } = self.read().expect_err("malformed");
        format!("{status} {message}")
    }

    fn lookups(&self) -> Vec<Lookup> {
        match self.read_knowing(&Known(Default::default())) {
            Ok(Reading::NeedsNames(lookups)) => lookups,
            other => panic!("{} {}: {other:?}", self.method, self.target),
        }
    }

    /// What is forwarded where these fields are removed and vectors are stripped: the body where it is another, and what
    /// it does not ask for any more.
    fn less(&self, removed: &[&str]) -> (Option<Vec<u8>>, String) {
        less(&self.request(), &self.head(), self.body.as_deref(), removed)
    }

    /// The body with these limits.
    fn narrowed(&self, limits: &[Option<u64>]) -> Option<Vec<u8>> {
        let narrowing = Narrowing {
            limits: limits.to_vec(),
            ..Narrowing::default()
        };
        let forward = self.request().forward.expect("something to change");
        let body = self.body.as_deref().unwrap_or_default();
        let Forwarded { path, body, .. } = forward.narrowed(&self.head(), body, &narrowing);
        assert_eq!(path, None);
        body
    }
}

/// A call of a gRPC method (`qdrant.Points/Query`), with this message.
fn call(method: &str, message: &[u8]) -> Ask {
    let mut ask = ask("POST", &format!("/{method}")).header("content-type", "application/grpc");
    ask.body = frame(message);
    ask.header("te", "trailers")
}
