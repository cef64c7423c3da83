//! The gRPC API, port 6334.
//!
//! - [`table`]: every method as a row.
//! - [`message`]: messages of requests that are read whole.
//! - [`points`], [`query`], [`filter`]: what reads mean.
//! - [`changes`]: what writes, deletes and changes of the catalogue mean.
//! - [`narrow`]: how a message is made to ask for less.
//! - [`canonical`]: a form in which the same request always looks the same.
//!
//! Here the collection stands in the message, so every request is read but those that touch none or all. What the
//! types do not know is refused: a newer server may understand it.

mod canonical;
mod changes;
mod filter;
mod message;
mod narrow;
mod points;
mod query;
mod table;

pub(super) use table::{LIST_ALIASES, METHODS};

use super::meaning::Meaning;
use super::names::{self, Way};
use super::{Forgets, unknown};
use crate::dialect::body::invalid;
use crate::dialect::canonical::Canonical;
use crate::dialect::endpoint::{self, Endpoint, Found};
pub(super) use crate::dialect::grpc::is_grpc;
use crate::dialect::grpc::{check, decode, message_of};
use crate::dialect::outline::Bulk;
use crate::dialect::{Forward, Head, Malformed, Names, Reading, Request};
use crate::operation::Kind;
use crate::wire::grpc::only_message;
use crate::wire::protobuf::read;
use narrow::{Narrow, Queries};
use table::{Addressed, Detail, Message};

/// The frame of an empty message.
pub(super) const EMPTY: [u8; 5] = [0; 5];

/// Says what a request means.
pub(super) fn read(head: &Head, body: Option<&[u8]>, names: &dyn Names) -> Result<Reading, Malformed> {
    check(head)?;
    let Found::Endpoint(method, _) = endpoint::find(&METHODS, &head.method, &head.target) else {
        return Ok(Reading::Request(Box::new(unknown())));
    };
    let mut meaning = Meaning::of(method.kinds.first().copied().unwrap_or(Kind::Unknown));
    let mut canonical_body = None;
    if method.detail.message != Message::Unread {
        let Some(body) = body else {
            return Ok(Reading::NeedsBody);
        };
        let message = message_of(body)?;
        fill(method.detail.message, &message, &mut meaning)?;
        if method.detail.collection == Addressed::Named && meaning.collections.is_empty() {
            return Err(invalid("collection_name: must not be empty"));
        }
        canonical_body = Some(canonical::canonical(&message, method.detail.message.maps()));
    }
    meaning.operation.whole_catalogue = method.detail.collection == Addressed::All;
    finish(method, meaning, canonical_body, names)
}

/// Where the bulk of a message is.
pub(super) fn bulk(head: &Head) -> Option<Bulk> {
    match endpoint::find(&METHODS, &head.method, &head.target) {
        Found::Endpoint(method, _) => method.detail.message.bulk().map(Bulk::Grpc),
        _ => None,
    }
}

/// Reads a message by its type, and tells what it means.
fn whole<M: prost::Message + Default>(
    bytes: &[u8],
    meaning: &mut Meaning,
    tell: impl FnOnce(&M, &mut Meaning) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    tell(&decode(bytes)?, meaning)
}

fn fill(message: Message, bytes: &[u8], meaning: &mut Meaning) -> Result<(), Malformed> {
    match message {
        Message::Unread => Ok(()),
        Message::Search => whole(bytes, meaning, points::search),
        Message::SearchBatch => whole(bytes, meaning, points::search_batch),
        Message::SearchGroups => whole(bytes, meaning, points::search_groups),
        Message::Recommend => whole(bytes, meaning, points::recommend),
        Message::RecommendBatch => whole(bytes, meaning, points::recommend_batch),
        Message::RecommendGroups => whole(bytes, meaning, points::recommend_groups),
        Message::Discover => whole(bytes, meaning, points::discover),
        Message::DiscoverBatch => whole(bytes, meaning, points::discover_batch),
        Message::Query => whole(bytes, meaning, points::query),
        Message::QueryBatch => whole(bytes, meaning, points::query_batch),
        Message::QueryGroups => whole(bytes, meaning, points::query_groups),
        Message::Scroll => whole(bytes, meaning, points::scroll),
        Message::Get => whole(bytes, meaning, points::get),
        Message::Count => whole(bytes, meaning, points::count),
        Message::Facet => whole(bytes, meaning, points::facet),
        Message::Matrix => whole(bytes, meaning, points::matrix),
        Message::Collection | Message::UpdateCollection => changes::collection(bytes, meaning),
        Message::Change(change) => changes::change_points(bytes, change, meaning),
        Message::Changes => changes::change_batch(bytes, meaning),
        Message::CreateCollection => changes::create_collection(bytes, meaning),
        Message::ChangeAliases => changes::change_aliases(bytes, meaning),
        Message::ChangeCluster => changes::change_cluster(bytes, meaning),
    }
}

/// Puts the request together, or asks what its collections' names mean.
fn finish(
    method: &'static Endpoint<Detail>,
    meaning: Meaning,
    canonical_body: Option<Vec<u8>>,
    names: &dyn Names,
) -> Result<Reading, Malformed> {
    let collections = match names::resolved(&meaning.collections, Way::Grpc, names)? {
        Ok(collections) => collections,
        Err(lookups) => return Ok(Reading::NeedsNames(lookups)),
    };
    let mut operation = meaning.operation;
    operation.collections = collections;
    let queries = method.detail.message.queries();
    let forward = (queries != Queries::None).then(|| Box::new(Narrow(queries)) as Box<dyn Forward>);
    Ok(Reading::Request(Box::new(Request {
        operation,
        endpoint: method.name,
        canonical_body: canonical_body.map(Canonical::Made),
        forward,
        answer: method.detail.answer.protobuf(meaning.named),
        forget: match method.detail.forgets {
            Forgets::Nothing => Vec::new(),
            Forgets::All => vec!["*".to_owned()],
        },
    })))
}

/// Aliases and their collections, from the answer to [`LIST_ALIASES`].
pub(super) fn aliases(body: &[u8]) -> Result<Vec<(String, String)>, String> {
    const ALIASES: u32 = 1;
    const ALIAS_NAME: u32 = 1;
    const COLLECTION_NAME: u32 = 2;
    let message = only_message(body, u32::MAX)
        .map_err(|error| error.to_string())?
        .ok_or("its answer is not one message")?;
    let mut aliases = Vec::new();
    for field in read::Message::new(&message).fields() {
        let field = field.map_err(|error| error.to_string())?;
        if field.number() != ALIASES {
            continue;
        }
        let (mut alias, mut collection) = (String::new(), String::new());
        for part in field.message().map_err(|error| error.to_string())?.fields() {
            let part = part.map_err(|error| error.to_string())?;
            let into = match part.number() {
                ALIAS_NAME => &mut alias,
                COLLECTION_NAME => &mut collection,
                _ => continue,
            };
            *into = part.string().map_err(|error| error.to_string())?.to_owned();
        }
        aliases.push((alias, collection));
    }
    Ok(aliases)
}
