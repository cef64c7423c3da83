//! Qdrant: its REST API (port 6333) and its gRPC API (port 6334), versions 1.10 to 1.20.
//!
//! - [`meaning`]: what a request means, gathered while it is read; the same for both.
//! - [`rest`], [`grpc`]: the tables of endpoints, and how requests are read.
//! - [`path`]: paths of payload fields.
//! - [`names`]: aliases, resolved to collections.
//! - [`answer`]: where things sit in an answer.
//! - [`refuse`]: how to say no.
//!
//! **Names.** Wherever a request names a collection, an alias may stand. A policy speaks of collections: the list of
//! aliases says which one is meant.
//!
//! **Two forms of one request.** Both readers tell [`meaning::Meaning`] what they find, and what follows from it
//! (defaults, multipliers, kinds) is said there once. So a policy means the same whichever way a client takes.

mod answer;
mod grpc;
mod meaning;
mod names;
mod path;
mod refuse;
mod rest;
#[cfg(test)]
mod tests;

use super::endpoint::{Endpoint, EndpointRow};
use super::head;
use super::outline::Bulk;
use super::{Dialect, Head, Lookup, Malformed, Names, Reading, Refusal, Reply, Request, Resolution};
use crate::operation::{Kind, Operation};
use answer::Answer;

/// The dialect of Qdrant.
#[derive(Clone, Copy, Debug, Default)]
pub struct Qdrant;

impl Dialect for Qdrant {
    fn name(&self) -> &'static str {
        "qdrant"
    }

    fn read(&self, head: &Head, body: Option<&[u8]>, names: &dyn Names) -> Result<Reading, Malformed> {
        head::check(head)?;
        if grpc::is_grpc(head) {
            grpc::read(head, body, names)
        } else {
            rest::read(head, body, names)
        }
    }

    fn bulk(&self, head: &Head) -> Option<Bulk> {
        if grpc::is_grpc(head) {
            grpc::bulk(head)
        } else {
            rest::bulk(head)
        }
    }

    fn resolve(&self, lookup: &Lookup, status: u16, body: &[u8]) -> Resolution {
        names::resolve(lookup, status, body)
    }

    fn refuse(&self, head: &Head, refusal: &Refusal) -> Reply {
        if grpc::is_grpc(head) {
            refuse::grpc(refusal)
        } else {
            refuse::rest(refusal)
        }
    }

    fn endpoints(&self) -> Vec<EndpointRow> {
        let rest = rest::ENDPOINTS.iter().map(Endpoint::row);
        rest.chain(grpc::METHODS.iter().map(Endpoint::row)).collect()
    }
}

/// Which names are no longer true after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Forgets {
    Nothing,
    /// All: aliases were changed, or went with their collection.
    All,
}

/// What is in no table: nothing is known of it, so nothing can be judged.
fn unknown() -> Request {
    Request {
        operation: Operation::new(Kind::Unknown),
        endpoint: "unknown",
        canonical_body: None,
        forward: None,
        answer: Answer::Status.json(Vec::new()),
        forget: Vec::new(),
    }
}
