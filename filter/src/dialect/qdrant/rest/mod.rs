//! The REST API, port 6333.
//!
//! - [`table`]: every endpoint as a row.
//! - [`points`], [`query`], [`filter`]: what reads mean.
//! - [`changes`]: what writes, deletes and changes of the catalogue mean.
//! - [`body`]: what stands in bodies of many calls.
//! - [`narrow`]: how a limit is written into a body that has none.

mod body;
mod changes;
mod filter;
mod narrow;
mod points;
mod query;
mod table;

pub(super) use table::ENDPOINTS;

use super::answer::Answer;
use super::meaning::Meaning;
use super::names::{self, Way};
use super::{Forgets, unknown};
use crate::dialect::body::{invalid, shown};
use crate::dialect::canonical::Canonical;
use crate::dialect::endpoint::{self, Captures, Endpoint, Found};
use crate::dialect::head;
use crate::dialect::narrow::{LimitSite, Narrow, Sites};
use crate::dialect::outline::Bulk;
use crate::dialect::{Head, Malformed, Names, Reading, Request};
use crate::operation::Kind;
use crate::wire::json::strict;
use body::WORDS;
use changes::change;
use table::{Addressed, Body, Detail};

/// What a body adds to its endpoint's row.
#[derive(Debug)]
struct Draft {
    meaning: Meaning,
    /// Where each query's limit sits.
    limits: Vec<LimitSite>,
    /// The body's length, where it was read.
    length: Option<usize>,
}

/// Says what a request means.
pub(super) fn read(head: &Head, body: Option<&[u8]>, names: &dyn Names) -> Result<Reading, Malformed> {
    let Some((endpoint, captures)) = find(head) else {
        return Ok(Reading::Request(Box::new(unknown())));
    };
    check_parameters(head, endpoint)?;
    head::check_payload(head, body, endpoint.detail.body.payload())?;
    let mut draft = Draft {
        meaning: Meaning::of(endpoint.kinds.first().copied().unwrap_or(Kind::Unknown)),
        limits: Vec::new(),
        length: None,
    };
    draft.meaning.operation.whole_catalogue = endpoint.detail.collection == Addressed::All;
    // The path's collection comes first.
    if let Some(name) = captures.get("collection_name") {
        draft.meaning.touches(name);
    }
    match (endpoint.detail.body, body) {
        (Body::None | Body::Unread | Body::Upload, _) => {}
        (_, None) => return Ok(Reading::NeedsBody),
        (read, Some(body)) => fill(&mut draft, read, body)?,
    }
    if endpoint.detail.answer == Answer::Record {
        // It always returns all there is of the point.
        draft.meaning.operation.vectors = true;
        draft.meaning.returns_others(1);
    }
    finish(endpoint, draft, names)
}

/// Where the bulk of a body is.
pub(super) fn bulk(head: &Head) -> Option<Bulk> {
    find(head)
        .and_then(|(endpoint, _)| endpoint.detail.body.bulk())
        .map(Bulk::Json)
}

/// The row of a request; `None` where there is none.
fn find(head: &Head) -> Option<(&'static Endpoint<Detail>, Captures<'_>)> {
    // A HEAD is a GET without the answer's body. Probes use it, and it is nobody's way to data.
    let method = if head.method == "HEAD" {
        "GET"
    } else {
        &head.method
    };
    match endpoint::find(&ENDPOINTS, method, &head.target) {
        Found::Endpoint(endpoint, _) if head.method == "HEAD" && endpoint.kinds != [Kind::Meta] => None,
        Found::Endpoint(endpoint, captures) => Some((endpoint, captures)),
        Found::OtherMethod | Found::Nothing => None,
    }
}

fn check_parameters(head: &Head, endpoint: &Endpoint<Detail>) -> Result<(), Malformed> {
    for (name, _) in &head.target.query {
        if !endpoint.parameters.contains(&name.as_str()) {
            return Err(invalid(format!(
                "{} takes no query parameter {}",
                endpoint.name,
                shown(name)
            )));
        }
    }
    Ok(())
}

fn fill(draft: &mut Draft, read: Body, bytes: &[u8]) -> Result<(), Malformed> {
    let document = strict::parse(bytes).map_err(|error| WORDS.mismatched(&error.to_string()))?;
    let root = document.root();
    match read {
        Body::None | Body::Unread | Body::Upload => {}
        Body::Old(old) => points::old(root, "", old, draft)?,
        Body::OldBatch(old) => points::batch(root, draft, |node, path, draft| {
            points::old(node, path, old, draft)
        })?,
        Body::OldGroups(old) => points::old_groups(root, old, draft)?,
        Body::Query => points::query(root, "", draft)?,
        Body::QueryBatch => points::batch(root, draft, points::query)?,
        Body::QueryGroups => points::query_groups(root, draft)?,
        Body::Scroll => points::scroll(root, &[], draft)?,
        Body::ScrollShard => points::scroll(root, &["hash_ring_filter"], draft)?,
        Body::Retrieve => points::retrieve(root, &mut draft.meaning)?,
        Body::Count => points::count(root, &[], &mut draft.meaning)?,
        Body::CountShard => points::count(root, &["hash_ring_filter"], &mut draft.meaning)?,
        Body::Facet => points::facet(root, &mut draft.meaning)?,
        Body::Matrix => points::matrix(root, draft)?,
        Body::Change(one) => change(root, "", one, &mut draft.meaning)?,
        Body::Changes => changes::batch(root, &mut draft.meaning)?,
        Body::CreateCollection => changes::create_collection(root, &mut draft.meaning)?,
        Body::ChangeAliases => changes::change_aliases(root, &mut draft.meaning)?,
        Body::ChangeCluster => changes::change_cluster(root, &mut draft.meaning)?,
    }
    draft.length = Some(bytes.len());
    Ok(())
}

/// Puts the request together, or asks what its collections' names mean.
fn finish(
    endpoint: &'static Endpoint<Detail>,
    draft: Draft,
    names: &dyn Names,
) -> Result<Reading, Malformed> {
    let Draft {
        meaning,
        limits,
        length,
    } = draft;
    let collections = match names::resolved(&meaning.collections, Way::Rest, names)? {
        Ok(collections) => collections,
        Err(lookups) => return Ok(Reading::NeedsNames(lookups)),
    };
    let forget = match endpoint.detail.forgets {
        Forgets::Nothing => Vec::new(),
        Forgets::All => vec!["*".to_owned()],
    };
    let mut operation = meaning.operation;
    operation.collections = collections;
    let canonical_body = match length {
        Some(_) => Some(Canonical::OfJson),
        None => (endpoint.detail.body == Body::None).then(|| Canonical::Made(Vec::new())),
    };
    let forward = Narrow::boxed(
        Sites {
            limits,
            vectors: meaning.vectors,
            fields: meaning.fields,
        },
        length.unwrap_or(0),
    );
    Ok(Reading::Request(Box::new(Request {
        operation,
        endpoint: endpoint.name,
        canonical_body,
        forward,
        answer: endpoint.detail.answer.json(meaning.named),
        forget,
    })))
}
