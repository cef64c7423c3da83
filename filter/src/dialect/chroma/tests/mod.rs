//! What Chroma's requests mean, told as `ask(…)` and what comes of it.

mod addresses;
mod answers;
mod endpoints;
mod meaning;
mod narrowing;
mod recorded;
mod refusals;

use super::Chroma;
use crate::dialect::testing::{Known, told};
use crate::dialect::{Dialect, Head, Malformed, Named, Reading, Request};
use crate::operation::{Operation, Results};
use crate::wire::target::Target;

/// The UUID of `docs` in the default tenant and database.
const DOCS: &str = "071633ae-9d0d-4dee-82e2-12ff37aa8459";
/// The UUID of `docs` of `acme`/`sales`.
const SALES: &str = "3a977553-e975-401b-ac59-becf9e419f0f";

fn named(name: &str, scope: &str) -> Named {
    Named::Collection {
        name: name.into(),
        scope: scope.into(),
    }
}

/// A request, in the making.
#[derive(Clone)]
struct Ask {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    names: Vec<(String, Named)>,
}

/// A request for any path.
fn ask(method: &str, target: &str) -> Ask {
    Ask {
        method: method.into(),
        target: target.into(),
        headers: Vec::new(),
        body: None,
        names: vec![
            (DOCS.into(), named("docs", "default_tenant/default_database")),
            (
                format!("acme/sales/{SALES}"),
                named("acme/sales/docs", "acme/sales"),
            ),
        ],
    }
}

/// A call of the collection `docs` (`query`, `get`, …), with a JSON body.
fn post(call: &str, body: &str) -> Ask {
    ask("POST", &format!("{}/{call}", collection(DOCS))).body(body)
}

fn collection(id: &str) -> String {
    database(&format!("/collections/{id}"))
}

fn database(rest: &str) -> String {
    format!("/api/v2/tenants/default_tenant/databases/default_database{rest}")
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

    fn knowing(mut self, key: &str, named: Named) -> Ask {
        self.names.push((key.into(), named));
        self
    }

    fn knowing_nothing(mut self) -> Ask {
        self.names.clear();
        self
    }

    fn head(&self) -> Head {
        Head {
            method: self.method.clone(),
            target: Target::parse(&self.target).expect("a target in normal form"),
            headers: self.headers.clone(),
        }
    }

    /// What the dialect makes of its head alone.
    fn read_head(&self) -> Result<Reading, Malformed> {
        let names = Known(self.names.iter().cloned().collect());
        Chroma.read(&self.head(), None, &names)
    }

    fn read(&self) -> Result<Reading, Malformed> {
        let names = Known(self.names.iter().cloned().collect());
        Chroma.read(&self.head(), self.body.as_deref(), &names)
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

    fn malformed(&self) -> Malformed {
        self.read().expect_err("malformed")
    }

    /// `400 message`.
    fn refused(&self) -> String {
        let Malformed { status, message } = self.malformed();
        format!("{status} {message}")
    }

    fn lookups(&self) -> Vec<crate::dialect::Lookup> {
        match self.read() {
            Ok(Reading::NeedsNames(lookups)) => lookups,
            other => panic!("{} {}: {other:?}", self.method, self.target),
        }
    }
}
