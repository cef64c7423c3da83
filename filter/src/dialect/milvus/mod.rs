//! Milvus: its gRPC API and its REST API, which share a port, versions 2.3 to 3.0.
//!
//! - [`meaning`]: what a request means, gathered while it is read; the same for both.
//! - [`params`]: parameters of searches and queries, with the limit in them.
//! - [`expr`]: the expression language: which fields an expression refers to.
//! - [`functions`]: functions that score: which fields their parameters name.
//! - [`grpc`], [`rest`]: the tables of endpoints, and how requests are read.
//! - [`names`]: databases, and aliases resolved to collections.
//! - [`answer`]: where things sit in an answer.
//! - [`refuse`]: how to say no.

mod answer;
mod expr;
mod functions;
mod grpc;
mod meaning;
mod names;
mod params;
mod refuse;
mod rest;
#[cfg(test)]
mod tests;

use super::endpoint::{Endpoint, EndpointRow};
use super::grpc::is_grpc;
use super::head;
use super::outline::Bulk;
use super::{Dialect, Head, Lookup, Malformed, Names, Reading, Refusal, Reply, Request, Resolution};
use crate::operation::{Kind, Operation};
use answer::Answer;

/// The dialect of Milvus.
#[derive(Clone, Copy, Debug, Default)]
pub struct Milvus;

impl Dialect for Milvus {
    fn name(&self) -> &'static str {
        "milvus"
    }

    fn read(&self, head: &Head, body: Option<&[u8]>, names: &dyn Names) -> Result<Reading, Malformed> {
        head::check(head)?;
        if is_grpc(head) {
            grpc::read(head, body, names)
        } else {
            rest::read(head, body, names)
        }
    }

    fn bulk(&self, head: &Head) -> Option<Bulk> {
        if is_grpc(head) {
            grpc::bulk(head)
        } else {
            rest::bulk(head)
        }
    }

    fn resolve(&self, lookup: &Lookup, status: u16, body: &[u8]) -> Resolution {
        names::resolve(lookup, status, body)
    }

    fn refuse(&self, head: &Head, refusal: &Refusal) -> Reply {
        if is_grpc(head) {
            refuse::grpc(grpc::status_of(head), refusal)
        } else {
            refuse::rest(refusal)
        }
    }

    fn stand_in(&self) -> Option<&'static str> {
        Some(grpc::STAND_IN)
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
    /// All: aliases or schemas were changed.
    All,
}

/// What is in no table: nothing is known of it, so nothing can be judged.
fn unknown() -> Request {
    Request {
        operation: Operation::new(Kind::Unknown),
        endpoint: "unknown",
        canonical_body: None,
        forward: None,
        answer: Answer::Status.grpc(&[], None),
        forget: Vec::new(),
    }
}
