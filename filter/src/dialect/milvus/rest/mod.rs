//! The REST API, versions 1 and 2.
//!
//! - [`table`]: every path as a row.
//! - [`reads`]: what bodies mean.
//!
//! Milvus matches keys without regard to case, and reads some of a body twice, by other rules. So only known keys in
//! their own spelling pass, and each once.

mod reads;
mod table;

pub(super) use table::ENDPOINTS;

use super::answer;
use super::meaning::Meaning;
use super::names::{self, Name, Sort, Way};
use super::{Forgets, unknown};
use crate::dialect::body::{Fields, Words, invalid, shown};
use crate::dialect::canonical::Canonical;
use crate::dialect::endpoint::{self, Endpoint, Found};
use crate::dialect::head::{self, Payload};
use crate::dialect::narrow::{LimitSite, Narrow, Sites};
use crate::dialect::outline::Bulk;
use crate::dialect::{Head, Malformed, Names, Reading, Request};
use crate::operation::Kind;
use crate::wire::json::outline::Part;
use crate::wire::json::strict;
use table::{Body, Detail, Scope};

/// How Milvus speaks of bodies.
static WORDS: Words = Words {
    mismatch: "can only accept json format request, error: ",
    largest: i32::MAX as u64,
};

/// The key of the rows of a write, of which nothing is read.
const DATA: &str = "data";

/// The header that names the database where the body does not, in version 2.
const DATABASE: &str = "db-name";

/// Says what a request means.
pub(super) fn read(head: &Head, body: Option<&[u8]>, known: &dyn Names) -> Result<Reading, Malformed> {
    let Found::Endpoint(endpoint, _) = endpoint::find(&ENDPOINTS, &head.method, &head.target) else {
        return Ok(Reading::Request(Box::new(unknown())));
    };
    if endpoint.kinds == [Kind::Unknown] {
        return Ok(Reading::Request(Box::new(unknown())));
    }
    check_parameters(head, endpoint)?;
    let way = if endpoint.path.starts_with("/v1") {
        Way::RestV1
    } else {
        Way::RestV2
    };
    let database = database(head, way)?;
    let mut meaning = Meaning::of(endpoint.kinds.first().copied().unwrap_or(Kind::Unknown));
    if endpoint.detail.body == Body::None {
        head::check_payload(head, body, Payload::None)?;
        if endpoint.parameters.contains(&"collectionName") {
            let parameter = |name| head.target.parameter(name).unwrap_or_default();
            meaning.touches(Name::new(
                parameter("dbName"),
                parameter("collectionName"),
                Sort::Any,
            )?);
        } else {
            meaning.operation.whole_catalogue = endpoint.detail.scope == Scope::All;
        }
        return finish(
            endpoint,
            meaning,
            (None, 0),
            Some(Canonical::Made(Vec::new())),
            way,
            known,
        );
    }
    head::check_payload(head, body, Payload::Json)?;
    let Some(body) = body else {
        return Ok(Reading::NeedsBody);
    };
    let document = strict::parse(body).map_err(|error| WORDS.mismatched(&error.to_string()))?;
    let fields = WORDS.fields(document.root(), "", endpoint.detail.keys)?;
    names_of(&endpoint.detail, &fields, database, &mut meaning)?;
    let limit = match endpoint.detail.body {
        Body::None | Body::Names => None,
        Body::Query => reads::query(&fields, &mut meaning)?,
        Body::Get => reads::get(&fields, &mut meaning)?,
        Body::Search => reads::search(&fields, &mut meaning)?,
        Body::Hybrid => reads::hybrid(&fields, &mut meaning)?,
        Body::Delete => reads::delete(&fields, &mut meaning)?,
    };
    finish(
        endpoint,
        meaning,
        (limit, body.len()),
        Some(Canonical::OfJson),
        way,
        known,
    )
}

/// Where the bulk of a body is.
pub(super) fn bulk(head: &Head) -> Option<Bulk> {
    static ROWS: Part = Part::Keys(&[(DATA, Part::Bulk)]);
    match endpoint::find(&ENDPOINTS, &head.method, &head.target) {
        Found::Endpoint(row, _) if row.kinds == [Kind::Write] && row.detail.keys.contains(&DATA) => {
            Some(Bulk::Json(&ROWS))
        }
        _ => None,
    }
}

fn check_parameters(head: &Head, endpoint: &Endpoint<Detail>) -> Result<(), Malformed> {
    let mut seen: Vec<&str> = Vec::new();
    for (name, _) in &head.target.query {
        if !endpoint.parameters.contains(&name.as_str()) || seen.contains(&name.as_str()) {
            return Err(invalid(format!(
                "the query parameter {} is not taken, or stands twice",
                shown(name)
            )));
        }
        seen.push(name);
    }
    Ok(())
}

/// The database that the headers name.
fn database(head: &Head, way: Way) -> Result<&str, Malformed> {
    let mut values = head.headers.iter().filter(|(name, _)| name == DATABASE);
    let Some((_, database)) = values.next() else {
        return Ok("");
    };
    if values.next().is_some() {
        return Err(invalid("the header DB-Name stands twice"));
    }
    if way == Way::RestV1 {
        return Err(invalid(
            "version 1 of the API does not read the header DB-Name: name the database in the request",
        ));
    }
    Ok(database)
}

/// Takes the names of collections from a body.
fn names_of(
    detail: &Detail,
    fields: &Fields<'_, '_>,
    connection: &str,
    meaning: &mut Meaning,
) -> Result<(), Malformed> {
    let text = |key: &str| -> Result<&str, Malformed> {
        match fields.given(key) {
            Some(node) => WORDS.text(node, key),
            None => Ok(""),
        }
    };
    let mut own = "";
    for (first, (database_key, name_key, sort)) in detail.names.iter().enumerate() {
        let mut database = text(database_key)?;
        if first == 0 {
            own = database;
        }
        for other in [own, connection] {
            if database.is_empty() {
                database = other;
            }
        }
        let name = text(name_key)?;
        if !name.is_empty() {
            meaning.touches(Name::new(database, name, *sort)?);
        } else if detail.body != Body::Names {
            return Err(WORDS.mismatched("collectionName is required"));
        }
    }
    if meaning.collections.is_empty() {
        meaning.operation.whole_catalogue = detail.scope == Scope::All;
    }
    Ok(())
}

/// Puts the request together, or asks what its collections' names mean.
fn finish(
    endpoint: &'static Endpoint<Detail>,
    mut meaning: Meaning,
    (limit, length): (Option<LimitSite>, usize),
    canonical_body: Option<Canonical>,
    way: Way,
    known: &dyn Names,
) -> Result<Reading, Malformed> {
    let collections = match names::resolved(&meaning.collections, way, known) {
        Ok(collections) => collections,
        Err(lookups) => return Ok(Reading::NeedsNames(lookups)),
    };
    meaning.completed(&collections);
    let answer = match endpoint.detail.body {
        Body::None | Body::Names | Body::Delete => answer::rest_status(),
        Body::Query | Body::Get | Body::Search | Body::Hybrid => {
            answer::rest_rows(&collections, &meaning.outputs)
        }
    };
    let sites = Sites {
        limits: limit
            .filter(|_| !meaning.operation.queries.is_empty())
            .into_iter()
            .collect(),
        fields: meaning.listed.into_iter().collect(),
        ..Sites::default()
    };
    let forward = Narrow::boxed(sites, length);
    Ok(Reading::Request(Box::new(Request {
        operation: meaning.operation,
        endpoint: endpoint.name,
        canonical_body,
        forward,
        answer,
        forget: match endpoint.detail.forgets {
            Forgets::Nothing => Vec::new(),
            Forgets::All => vec!["*".to_owned()],
        },
    })))
}

/// Where a limit stands, or would stand.
fn limit_site(fields: &Fields<'_, '_>) -> LimitSite {
    use crate::dialect::narrow::Around;
    match fields.get("limit") {
        Some(node) => LimitSite::At(node.span()),
        None => LimitSite::absent(fields.object, Around::member("\"limit\":")),
    }
}
