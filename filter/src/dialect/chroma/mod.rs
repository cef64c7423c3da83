//! Chroma: its REST API, version 2.
//!
//! - [`table`]: every endpoint as a row.
//! - [`address`]: tenants, databases, and collections by name or by UUID.
//! - [`body`]: Chroma's words about a body.
//! - [`records`], [`search`], [`catalogue`]: what each kind of body means.
//! - [`fields`]: which metadata fields a request refers to.
//! - [`answer`]: where things sit in an answer.
//! - [`refuse`]: how to say no.
//!
//! **Names.** A policy calls a collection of `default_tenant`/`default_database` by its bare name and any other one
//! `tenant/database/name`, so a rule for `docs` does not open another tenant's `docs`. A collection addressed by its
//! UUID has the name, tenant and database that the *database* says it has; a path that claims others is refused.
//!
//! **Reserved keys.** Chroma keeps a record's text and URI as metadata under `chroma:document` and `chroma:uri`, and
//! lets a filter use these keys. Policies know both as `#document` and `#uri`, however a request spells them.

mod address;
mod answer;
mod body;
mod catalogue;
mod fields;
mod records;
mod refuse;
mod search;
mod table;
#[cfg(test)]
mod tests;

use super::canonical::Canonical;
use super::endpoint::{self, Captures, Endpoint, EndpointRow, Found};
use super::head;
use super::narrow::{LimitSite, Narrow, Sites, VectorSite};
use super::{Dialect, Head, Lookup, Malformed, Names, Reading, Refusal, Reply, Request, Resolution};
use crate::operation::{Kind, Operation};
use crate::wire::json::strict;
use address::{Scope, Uuid};
use std::collections::BTreeSet;
use table::{Addressed, Body, Detail, Forgets};

/// The dialect of Chroma.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chroma;

impl Dialect for Chroma {
    fn name(&self) -> &'static str {
        "chroma"
    }

    fn read(&self, head: &Head, body: Option<&[u8]>, names: &dyn Names) -> Result<Reading, Malformed> {
        head::check(head)?;
        let Some((endpoint, captures)) = find(head)? else {
            return Ok(Reading::Request(Box::new(unknown())));
        };
        check_parameters(head, endpoint)?;
        head::check_payload(head, body, endpoint.detail.body.payload())?;
        let meaning = match (endpoint.detail.body, body) {
            (Body::None | Body::Unread, _) => Meaning::of(endpoint),
            (_, None) => return Ok(Reading::NeedsBody),
            (read, Some(body)) => meaning(endpoint, read, body)?,
        };
        address(endpoint, &captures, meaning, names)
    }

    fn resolve(&self, lookup: &Lookup, status: u16, body: &[u8]) -> Resolution {
        address::resolve(lookup, status, body)
    }

    fn refuse(&self, head: &Head, refusal: &Refusal) -> Reply {
        refuse::reply(head, refusal)
    }

    fn endpoints(&self) -> Vec<EndpointRow> {
        table::ENDPOINTS.iter().map(Endpoint::row).collect()
    }
}

/// What a body adds to its endpoint's row.
#[derive(Debug)]
struct Meaning {
    /// Kind, queries, results, vectors and fields; collections are added afterwards.
    operation: Operation,
    /// Collections that the body names, in the path's own tenant and database.
    names: Vec<String>,
    /// Collections that the body addresses by UUID.
    ids: Vec<Uuid>,
    /// Where each query's limit sits.
    limits: Vec<LimitSite>,
    /// Where the body asks for vectors.
    vectors: Vec<VectorSite>,
    /// The body's length, where it was read.
    length: Option<usize>,
}

impl Meaning {
    /// What method and path alone say.
    fn of(endpoint: &Endpoint<Detail>) -> Meaning {
        let kind = endpoint.kinds.first().copied().unwrap_or(Kind::Unknown);
        let mut operation = Operation::new(kind);
        operation.whole_catalogue = endpoint.detail.collection == Addressed::All;
        Meaning {
            operation,
            names: Vec::new(),
            ids: Vec::new(),
            limits: Vec::new(),
            vectors: Vec::new(),
            length: None,
        }
    }
}

/// The row of a request; `None` where there is none.
fn find(head: &Head) -> Result<Option<(&'static Endpoint<Detail>, Captures<'_>)>, Malformed> {
    if let [api, v1, ..] = head.target.segments.as_slice()
        && api == "api"
        && v1 == "v1"
    {
        return Err(Malformed {
            status: 410,
            message: "The v1 API is not served: use the v2 API (a Chroma client of version 0.6 or newer)"
                .into(),
        });
    }
    // A HEAD is a GET without the answer's body. Probes use it, and it is nobody's way to data.
    let method = if head.method == "HEAD" {
        "GET"
    } else {
        &head.method
    };
    Ok(match endpoint::find(&table::ENDPOINTS, method, &head.target) {
        Found::Endpoint(endpoint, _) if head.method == "HEAD" && endpoint.kinds != [Kind::Meta] => None,
        Found::Endpoint(endpoint, captures) => Some((endpoint, captures)),
        Found::OtherMethod | Found::Nothing => None,
    })
}

fn check_parameters(head: &Head, endpoint: &Endpoint<Detail>) -> Result<(), Malformed> {
    for (name, _) in &head.target.query {
        if !endpoint.parameters.contains(&name.as_str()) {
            return Err(body::invalid(format!(
                "{} takes no query parameter {}",
                endpoint.name,
                body::shown(name)
            )));
        }
    }
    Ok(())
}

fn meaning(endpoint: &Endpoint<Detail>, read: Body, bytes: &[u8]) -> Result<Meaning, Malformed> {
    let document = strict::parse(bytes)
        .map_err(|error| body::invalid(format!("Failed to parse the request body as JSON: {error}")))?;
    let root = document.root();
    let mut meaning = Meaning::of(endpoint);
    match read {
        Body::None | Body::Unread => {}
        Body::Get => records::get(root, &mut meaning, records::GET)?,
        Body::ConditionalGet => records::get(root, &mut meaning, records::CONDITIONAL_GET)?,
        Body::Query => records::query(root, &mut meaning)?,
        Body::Delete => records::delete(root, &mut meaning)?,
        Body::Commit => records::commit(root, &mut meaning)?,
        Body::Search => search::search(root, &mut meaning)?,
        Body::Create => catalogue::create(root, &mut meaning)?,
        Body::Update => catalogue::update(root, &mut meaning)?,
        Body::Fork => catalogue::fork(root, &mut meaning)?,
        Body::Attach => catalogue::attach(root, &mut meaning)?,
        Body::AddInput => catalogue::add_input(root, &mut meaning)?,
        Body::Detach => catalogue::detach(root, &mut meaning)?,
    }
    meaning.length = Some(bytes.len());
    Ok(meaning)
}

/// Adds the collections, or asks for their names.
fn address(
    endpoint: &'static Endpoint<Detail>,
    captures: &Captures<'_>,
    mut meaning: Meaning,
    names: &dyn Names,
) -> Result<Reading, Malformed> {
    let scope = Scope::of(captures);
    let segment = captures.get("collection_id");
    let mut collections = Vec::new();
    let mut ids = Vec::new();
    match (endpoint.detail.collection, segment) {
        (Addressed::ByName, Some(name)) => {
            address::check_name(name, "collection_name")?;
            collections.push(scope.policy_name(name));
        }
        (Addressed::ById, Some(id)) => ids.push(Uuid::parse(id)?),
        _ => {}
    }
    let forget = match endpoint.detail.forgets {
        Forgets::Nothing => Vec::new(),
        Forgets::This => ids.iter().map(|id| scope.key(id)).collect(),
        Forgets::All => vec!["*".to_owned()],
    };
    ids.append(&mut meaning.ids);
    let mut lookups = Vec::new();
    for id in &ids {
        match names.get(&scope.key(id)) {
            Some(named) => collections.push(scope.collection(id, named)?),
            None => lookups.push(scope.lookup(id)),
        }
    }
    if !lookups.is_empty() {
        return Ok(Reading::NeedsNames(lookups));
    }
    collections.extend(meaning.names.iter().map(|name| scope.policy_name(name)));
    let mut seen = BTreeSet::new();
    collections.retain(|name| seen.insert(name.clone()));

    let mut operation = meaning.operation;
    operation.collections = collections;
    let canonical_body = match meaning.length {
        Some(_) => Some(Canonical::OfJson),
        None => (endpoint.detail.body == Body::None).then(|| Canonical::Made(Vec::new())),
    };
    let forward = Narrow::boxed(
        Sites {
            limits: meaning.limits,
            vectors: meaning.vectors,
            ..Sites::default()
        },
        meaning.length.unwrap_or(0),
    );
    Ok(Reading::Request(Box::new(Request {
        operation,
        endpoint: endpoint.name,
        canonical_body,
        forward,
        answer: endpoint.detail.answer.shape(),
        forget,
    })))
}

/// What is in no table: nothing is known of it, so nothing can be judged.
fn unknown() -> Request {
    Request {
        operation: Operation::new(Kind::Unknown),
        endpoint: "unknown",
        canonical_body: None,
        forward: None,
        answer: answer::Answer::Status.shape(),
        forget: Vec::new(),
    }
}
