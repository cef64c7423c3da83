//! One room per database: what a request means, where things sit in an answer, how to say no.
//!
//! A dialect is a set of pure functions over a request's head and body. It never decides anything: it says what a
//! request *means* ([`Operation`]), how a smaller limit is written into it ([`Forward`]), where results, payloads,
//! texts, vectors and scores sit in its answer ([`Shape`]), and how a refusal looks to the database's own clients.

pub mod body;
pub mod canonical;
pub mod chroma;
pub mod endpoint;
pub mod grpc;
pub mod head;
pub mod milvus;
pub mod narrow;
pub mod outline;
pub mod qdrant;
#[cfg(test)]
mod testing;

use crate::mask::shape::Shape;
use crate::operation::Operation;
use canonical::Canonical;
use endpoint::EndpointRow;
pub use head::Head;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Every dialect there is. Adding a database is adding a room and a line here.
pub const ALL: [&dyn Dialect; 3] = [&chroma::Chroma, &milvus::Milvus, &qdrant::Qdrant];

/// The dialect that a policy calls by this name.
pub fn by_name(name: &str) -> Option<&'static dyn Dialect> {
    ALL.into_iter().find(|dialect| dialect.name() == name)
}

/// The dialect of one database.
pub trait Dialect: Sync {
    /// The word in `database:` of a policy.
    fn name(&self) -> &'static str;

    /// Says what a request means.
    ///
    /// Called first with no body. Where method, path and headers do not settle it, the answer is
    /// [`Reading::NeedsBody`] and it is called again with the whole body. Where a collection is addressed by
    /// something other than its name and `names` does not know it, the answer is [`Reading::NeedsNames`], and it is
    /// called again once they are known. A pure function of its arguments.
    ///
    /// # Errors
    /// [`Malformed`] for what the database and the filter could read differently.
    fn read(&self, head: &Head, body: Option<&[u8]>, names: &dyn Names) -> Result<Reading, Malformed>;

    /// Where the bulk of this request's body is, if it is a write that may be longer than a body that is read whole.
    /// Called where [`Self::read`] wants the body, which is then read by its outline: see [`outline`].
    fn bulk(&self, _head: &Head) -> Option<outline::Bulk> {
        None
    }

    /// Takes the name of a collection from the database's answer to a [`Lookup`].
    fn resolve(&self, lookup: &Lookup, status: u16, body: &[u8]) -> Resolution;

    /// Writes a refusal in the database's own error form, such that its official clients raise their ordinary
    /// exception, with the refusal's text, and do not retry by themselves.
    fn refuse(&self, head: &Head, refusal: &Refusal) -> Reply;

    /// A gRPC method that asks nothing and changes nothing, with an empty message.
    ///
    /// Envoy cannot answer a gRPC call with a message of its own. Where a refusal is one, this method is called in the
    /// place of the one that is refused, and the refusal takes the place of its answer.
    fn stand_in(&self) -> Option<&'static str> {
        None
    }

    /// What it knows of its database's endpoints, for support tables.
    fn endpoints(&self) -> Vec<EndpointRow> {
        Vec::new()
    }
}

/// Names of collections that are addressed by something else (Chroma: a UUID; elsewhere: an alias).
pub trait Names {
    /// What is known of this key.
    fn get(&self, key: &str) -> Option<Named>;
}

/// What is known of a collection's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Named {
    /// It is this collection. `scope` is where the database says that it lives (Chroma: `tenant/database`), empty
    /// where there is no such thing.
    Collection {
        /// The name that policies use.
        name: String,
        /// Where it lives.
        scope: String,
    },
    /// The database knows no such collection.
    Missing,
}

/// A question to the database about a collection's name, asked by a callout.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lookup {
    /// What [`Names`] will be asked for.
    pub key: String,
    /// `GET`, or `POST` with `body`.
    pub method: &'static str,
    /// The path of the question.
    pub path: String,
    /// Headers beside method, path and authority.
    pub headers: Vec<(String, String)>,
    /// Its body, empty for `GET`.
    pub body: Vec<u8>,
}

/// What the database's answer to a [`Lookup`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// This.
    Known(Named),
    /// Nothing that can be relied upon; with the reason. The request is refused.
    Failed(String),
}

/// What [`Dialect::read`] makes of a request.
#[derive(Debug)]
pub enum Reading {
    /// The body must be read whole first.
    NeedsBody,
    /// These names must be known first.
    NeedsNames(Vec<Lookup>),
    /// This is what it means.
    Request(Box<Request>),
}

/// A request that was understood.
#[derive(Debug)]
pub struct Request {
    /// What it means.
    pub operation: Operation,
    /// A row's own name for the endpoint, for records and support tables (`query`, `get`, `create_collection`).
    pub endpoint: &'static str,
    /// The body in a form in which two spellings of the same request are equal. `None` where the body was not read.
    pub canonical_body: Option<Canonical>,
    /// How changes are written into it. `None` where nothing can be changed.
    pub forward: Option<Box<dyn Forward>>,
    /// Where things sit in its answer.
    pub answer: Shape,
    /// Keys of [`Names`] that must be forgotten once the request was forwarded (a delete, a rename). `*` for all.
    pub forget: Vec<String>,
}

/// How changes are written into a request that was understood.
pub trait Forward: fmt::Debug {
    /// The request with these changes, everything else as it was, to the byte where the form allows.
    fn narrowed(&self, head: &Head, body: &[u8], narrowing: &Narrowing) -> Forwarded;
}

/// Changes that make a request ask for less.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowing {
    /// For each of the operation's queries, the limit to write, `None` to leave it. Empty: none changes.
    pub limits: Vec<Option<u64>>,
    /// What becomes of the request for vectors.
    pub vectors: AskedVectors,
    /// Fields that are taken out of the answer anyway: where the request's form can say so exactly, they are not asked
    /// for.
    pub removed: Vec<FieldKeys>,
}

/// A field by its keys from the payload's root, outermost first. Never empty.
pub type FieldKeys = Vec<String>;

/// What becomes of a request for vectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AskedVectors {
    /// It stays.
    #[default]
    Kept,
    /// They would be taken out of the answer anyway: where the request's form can say so exactly, they are not asked for.
    Dropped,
}

impl Narrowing {
    /// Whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        !self.changes_limits() && self.vectors == AskedVectors::Kept && self.removed.is_empty()
    }

    /// Whether the field with this key at the payload's root is removed, with all that is in it.
    pub fn removes_whole(&self, root: &str) -> bool {
        self.removed
            .iter()
            .any(|keys| matches!(keys.as_slice(), [key] if key == root))
    }

    /// Whether a limit is to be written.
    pub fn changes_limits(&self) -> bool {
        self.limits.iter().any(Option::is_some)
    }
}

/// A request as the database gets it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forwarded {
    /// The new target; `None`: unchanged.
    pub path: Option<String>,
    /// The new body; `None`: unchanged.
    pub body: Option<Vec<u8>>,
    /// What was asked for and is not any more, each once: fields as policies write them, `vectors` for all of these.
    pub left_out: Vec<String>,
}

/// Why a request is refused with 400, 404, 405, 410 or 413 whatever the policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The HTTP status.
    pub status: u16,
    /// What is wrong and what to do, in words. Never holds a value from the body (a key may stand in it).
    pub message: String,
}

/// A refusal, before it has a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status that says it best: 400, 403, 404, 410, 413, 429, 503.
    pub status: u16,
    /// What was refused, by which rule, and what to do next.
    pub message: String,
    /// Seconds after which trying again makes sense.
    pub retry_after: Option<u64>,
}

/// An answer that the filter gives itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Headers beside the status.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// For gRPC, the status of a trailers-only answer.
    pub grpc_status: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects_are_found_by_the_word_in_a_policy() {
        for dialect in ALL {
            let found = by_name(dialect.name()).map(Dialect::name);
            assert_eq!(found, Some(dialect.name()));
        }
        assert!(by_name("Chroma").is_none());
    }
}
