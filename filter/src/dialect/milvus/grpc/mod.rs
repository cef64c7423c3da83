//! The gRPC API.
//!
//! - [`table`]: every method as a row.
//! - [`message`]: messages of requests that are read whole.
//! - [`reads`]: what these mean.
//! - [`narrow`]: how a message is made to ask for less.
//!
//! The collection stands in the message, so every request is read but those that touch none or all. In messages that
//! are read whole, what the types do not know is refused: a newer server may understand it.

mod message;
mod narrow;
mod reads;
mod table;

pub(super) use table::{METHODS, Status};

use super::meaning::Meaning;
use super::names::{self, Name, Sort, Way};
use super::{Forgets, unknown};
use crate::dialect::body::invalid;
use crate::dialect::canonical::Canonical;
use crate::dialect::endpoint::{self, Endpoint, Found};
use crate::dialect::grpc::{check, decode, message_of, unreadable};
use crate::dialect::outline::Bulk;
use crate::dialect::{Forward, Head, Malformed, Names as Known, Reading, Request};
use crate::operation::Kind;
use crate::wire::protobuf::read;
use narrow::Narrow;
use table::{Detail, Message, Names, Scope};

/// What is called in the place of a method that is refused.
pub(super) const STAND_IN: &str = "/milvus.proto.milvus.MilvusService/GetVersion";

/// The header that names the database of a connection.
const DATABASE: &str = "dbname";

/// Says what a request means.
pub(super) fn read(head: &Head, body: Option<&[u8]>, known: &dyn Known) -> Result<Reading, Malformed> {
    check(head)?;
    let Found::Endpoint(method, _) = endpoint::find(&METHODS, &head.method, &head.target) else {
        return Ok(Reading::Request(Box::new(unknown())));
    };
    let mut meaning = Meaning::of(method.kinds.first().copied().unwrap_or(Kind::Unknown));
    meaning.operation.whole_catalogue = method.detail.scope == Scope::All;
    let mut canonical_body = None;
    if method.detail.message != Message::Unread {
        let Some(body) = body else {
            return Ok(Reading::NeedsBody);
        };
        let message = message_of(body)?;
        canonical_body = Some(fill(
            method.detail.message,
            &message,
            database(head)?,
            &mut meaning,
        )?);
    }
    finish(method, meaning, canonical_body, known)
}

/// Where the bulk of a message is.
pub(super) fn bulk(head: &Head) -> Option<Bulk> {
    match endpoint::find(&METHODS, &head.method, &head.target) {
        Found::Endpoint(method, _) => method.detail.bulk.map(Bulk::Grpc),
        _ => None,
    }
}

/// The method of a request, for the form of a refusal.
pub(super) fn status_of(head: &Head) -> Status {
    match endpoint::find(&METHODS, &head.method, &head.target) {
        Found::Endpoint(method, _) => method.detail.status,
        _ => Status::Nowhere,
    }
}

/// The database of the connection.
fn database(head: &Head) -> Result<&str, Malformed> {
    let mut values = head.headers.iter().filter(|(name, _)| name == DATABASE);
    let database = values.next().map_or("", |(_, value)| value.as_str());
    if values.next().is_some() {
        return Err(invalid("the header dbname stands twice"));
    }
    Ok(database)
}

/// Tells what a message means, and returns the form in which the same request always looks the same: without what
/// clients make anew each time.
fn fill(message: Message, bytes: &[u8], database: &str, meaning: &mut Meaning) -> Result<Vec<u8>, Malformed> {
    use prost::Message as _;
    Ok(match message {
        Message::Unread => bytes.to_vec(),
        Message::Search => {
            let mut search: message::SearchRequest = decode(bytes)?;
            reads::search(&search, database, meaning)?;
            search.base = None;
            search.guarantee_timestamp = 0;
            search.expr_template_values.sort();
            search.encode_to_vec()
        }
        Message::Hybrid => {
            let mut hybrid: message::HybridSearchRequest = decode(bytes)?;
            reads::hybrid(&hybrid, database, meaning)?;
            hybrid.base = None;
            hybrid.guarantee_timestamp = 0;
            for search in &mut hybrid.requests {
                search.base = None;
                search.guarantee_timestamp = 0;
                search.expr_template_values.sort();
            }
            hybrid.encode_to_vec()
        }
        Message::Query => {
            let mut query: message::QueryRequest = decode(bytes)?;
            reads::query(&query, database, meaning)?;
            query.base = None;
            query.guarantee_timestamp = 0;
            query.expr_template_values.sort();
            query.encode_to_vec()
        }
        Message::Delete => {
            let mut delete: message::DeleteRequest = decode(bytes)?;
            reads::delete(&delete, database, meaning)?;
            delete.base = None;
            delete.expr_template_values.sort();
            delete.encode_to_vec()
        }
        Message::Distance => {
            reads::distance(&decode(bytes)?, database, meaning)?;
            bytes.to_vec()
        }
        Message::Names(names) => {
            names_of(names, bytes, database, meaning)?;
            bytes.to_vec()
        }
    })
}

/// Takes the names of collections from a message of which nothing else matters.
fn names_of(names: Names, bytes: &[u8], connection: &str, meaning: &mut Meaning) -> Result<(), Malformed> {
    let mut own = "";
    for (first, (database_at, name_at, sort)) in names.at.iter().enumerate() {
        let database = texts(bytes, *database_at)?.last().copied().unwrap_or_default();
        if first == 0 {
            own = database;
        }
        let database = reads::database(reads::database(database, own), connection);
        let found: Vec<&str> = texts(bytes, *name_at)?;
        let mut found = found.into_iter().filter(|name| !name.is_empty()).peekable();
        if found.peek().is_none() && *sort == Sort::Any && names.absent == Scope::All {
            meaning.operation.whole_catalogue = true;
        }
        for name in found {
            meaning.touches(Name::new(database, name, *sort)?);
        }
    }
    if let Some(id) = names.id
        && has(bytes, id)?
    {
        meaning.operation.whole_catalogue = true;
    }
    Ok(())
}

/// All values of a string field. Where it does not repeat, the last one counts; that the others are judged as well
/// does no harm.
fn texts(bytes: &[u8], number: u32) -> Result<Vec<&str>, Malformed> {
    let message = read::Message::new(bytes);
    let mut texts = Vec::new();
    for field in message.fields() {
        let field = field.map_err(unreadable)?;
        if field.number() == number {
            texts.push(field.string().map_err(unreadable)?);
        }
    }
    Ok(texts)
}

/// Whether a message has a field, and not only its default.
fn has(bytes: &[u8], number: u32) -> Result<bool, Malformed> {
    let message = read::Message::new(bytes);
    for field in message.fields() {
        let field = field.map_err(unreadable)?;
        if field.number() == number && field.varints().map_err(unreadable)?.iter().any(|id| *id != 0) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Puts the request together, or asks what its collections' names mean.
fn finish(
    method: &'static Endpoint<Detail>,
    mut meaning: Meaning,
    canonical_body: Option<Vec<u8>>,
    known: &dyn Known,
) -> Result<Reading, Malformed> {
    let collections = match names::resolved(&meaning.collections, Way::Grpc, known) {
        Ok(collections) => collections,
        Err(lookups) => return Ok(Reading::NeedsNames(lookups)),
    };
    meaning.completed(&collections);
    let forward = method.detail.message.places().map(|places| {
        Box::new(Narrow {
            places,
            vectors: meaning.certain_vectors(&collections),
        }) as Box<dyn Forward>
    });
    Ok(Reading::Request(Box::new(Request {
        operation: meaning.operation,
        endpoint: method.name,
        canonical_body: canonical_body.map(Canonical::Made),
        forward,
        answer: method.detail.answer.grpc(&collections, meaning.group.as_deref()),
        forget: match method.detail.forgets {
            Forgets::Nothing => Vec::new(),
            Forgets::All => vec!["*".to_owned()],
        },
    })))
}
