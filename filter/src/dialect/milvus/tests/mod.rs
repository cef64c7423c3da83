//! What Milvus' requests mean, told as messages and what comes of them.

mod answers;
mod grpc;
mod names;
mod recorded;
mod rest;

use super::Milvus;
use crate::dialect::testing::{Known, less, told};
use crate::dialect::{
    Dialect, Forwarded, Head, Lookup, Malformed, Named, Names, Narrowing, Reading, Refusal, Request,
};
use crate::wire::grpc::frame;
use crate::wire::protobuf::varint::{push_bytes, push_varint};
use crate::wire::target::Target;

/// What the database would say: `staff` is an alias of `people`, `gone` is nothing, and all other names are
/// collections with the primary key `id` and the vector `vec`.
struct Aliases;

impl Names for Aliases {
    fn get(&self, key: &str) -> Option<Named> {
        let name = key.rsplit('/').next().unwrap_or(key);
        Some(match name {
            "gone" => Named::Missing,
            name => Named::Collection {
                name: if name == "staff" { "people" } else { name }.into(),
                scope: "id:vec,sparse:".into(),
            },
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

impl Ask {
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
        Milvus.read(&self.head(), self.body.as_deref(), names)
    }

    fn request(&self) -> Request {
        match self.read_knowing(&Aliases) {
            Ok(Reading::Request(request)) => *request,
            other => panic!("{} {}: {other:?}", self.method, self.target),
        }
    }

    /// What it means, or `400 message`.
    fn told(&self) -> String {
        match self.read_knowing(&Aliases) {
            Ok(Reading::Request(request)) => told(&request.operation),
            Ok(other) => panic!("{} {}: {other:?}", self.method, self.target),
            Err(Malformed { status, message }) => format!("{status} {message}"),
        }
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

    /// The body with this limit.
    fn narrowed(&self, limit: u64) -> Vec<u8> {
        let narrowing = Narrowing {
            limits: vec![Some(limit)],
            ..Narrowing::default()
        };
        let forward = self.request().forward.expect("something to change");
        let body = self.body.as_deref().unwrap_or_default();
        let Forwarded { path, body, .. } = forward.narrowed(&self.head(), body, &narrowing);
        assert_eq!(path, None);
        body.expect("a new body")
    }
}

/// A call of a gRPC method (`Search`), with this message.
fn call(method: &str, message: &[u8]) -> Ask {
    Ask {
        method: "POST".into(),
        target: format!("/milvus.proto.milvus.MilvusService/{method}"),
        headers: Vec::new(),
        body: frame(message),
    }
    .header("content-type", "application/grpc")
    .header("te", "trailers")
}

/// A message, field by field.
#[derive(Clone, Default)]
struct Message(Vec<u8>);

impl Message {
    /// Of the collection `docs`, whose name is in field 3 of most.
    fn docs() -> Message {
        Message::default().text(3, "docs")
    }

    fn text(self, number: u32, text: &str) -> Message {
        self.bytes(number, text.as_bytes())
    }

    fn number(mut self, number: u32, value: u64) -> Message {
        push_varint(number, value, &mut self.0);
        self
    }

    fn message(self, number: u32, message: Message) -> Message {
        self.bytes(number, &message.0)
    }

    fn bytes(mut self, number: u32, bytes: &[u8]) -> Message {
        push_bytes(number, bytes, &mut self.0);
        self
    }

    fn pair(self, number: u32, key: &str, value: &str) -> Message {
        self.message(number, Message::default().text(1, key).text(2, value))
    }
}

/// A search in `docs` for `topk` results.
fn search(topk: &str) -> Message {
    Message::docs().pair(9, "topk", topk).number(12, 1)
}
