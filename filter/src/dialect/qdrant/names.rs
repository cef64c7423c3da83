//! Names of collections: any of them may be an alias, and only the database knows of which collection.

use super::grpc;
use crate::dialect::body::{invalid, shown};
use crate::dialect::{Lookup, Malformed, Named, Names, Resolution};
use crate::wire::json::strict;

/// The longest name that Qdrant takes. What is longer need not be asked for, nor kept.
const LONGEST: usize = 255;

/// Which way a request came, and so which way the database is asked: the two have a port each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Rest,
    Grpc,
}

/// The names that collections have in policies; or what must be asked first.
pub(super) fn resolved(
    collections: &[String],
    way: Way,
    names: &dyn Names,
) -> Result<Result<Vec<String>, Vec<Lookup>>, Malformed> {
    let mut known: Vec<String> = Vec::new();
    let mut lookups = Vec::new();
    for collection in collections {
        if collection.len() > LONGEST {
            return Err(invalid(format!(
                "Invalid collection name: {} is longer than {LONGEST} bytes",
                shown(collection)
            )));
        }
        match names.get(collection) {
            Some(Named::Collection { name, .. }) if known.contains(&name) => {}
            Some(Named::Collection { name, .. }) => known.push(name),
            // The list of aliases does not say whether a collection exists.
            Some(Named::Missing) => {
                return Err(Malformed {
                    status: 404,
                    message: format!("Not found: Collection `{collection}` doesn't exist!"),
                });
            }
            None => lookups.push(lookup(collection, way)),
        }
    }
    Ok(if lookups.is_empty() {
        Ok(known)
    } else {
        Err(lookups)
    })
}

fn lookup(collection: &str, way: Way) -> Lookup {
    match way {
        Way::Rest => Lookup {
            key: collection.to_owned(),
            method: "GET",
            path: "/aliases".into(),
            headers: vec![("accept".into(), "application/json".into())],
            body: Vec::new(),
        },
        Way::Grpc => Lookup {
            key: collection.to_owned(),
            method: "POST",
            path: grpc::LIST_ALIASES.into(),
            headers: vec![
                ("content-type".into(), "application/grpc".into()),
                ("te".into(), "trailers".into()),
            ],
            body: grpc::EMPTY.into(),
        },
    }
}

/// Takes what a name means from the list of all aliases. A name that is in no alias is the collection's own.
pub(super) fn resolve(lookup: &Lookup, status: u16, body: &[u8]) -> Resolution {
    let aliases = match (lookup.path.as_str(), status) {
        (grpc::LIST_ALIASES, 200) => grpc::aliases(body),
        (_, 200) => aliases(body),
        _ => Err(format!("it answered {status}")),
    };
    match aliases {
        Ok(aliases) => {
            let alias = aliases.into_iter().find(|(alias, _)| *alias == lookup.key);
            Resolution::Known(Named::Collection {
                name: alias.map_or_else(|| lookup.key.clone(), |(_, collection)| collection),
                scope: String::new(),
            })
        }
        Err(why) => Resolution::Failed(format!("the database did not tell its aliases: {why}")),
    }
}

/// Aliases and their collections.
fn aliases(body: &[u8]) -> Result<Vec<(String, String)>, String> {
    let document = strict::parse(body).map_err(|_| "its answer is not JSON".to_owned())?;
    let unexpected = || "its answer is no list of aliases".to_owned();
    let list = document
        .member("result")
        .and_then(|result| result.member("aliases"))
        .filter(|list| list.is_array())
        .ok_or_else(unexpected)?;
    list.elements()
        .map(|alias| {
            let text = |key| {
                alias
                    .member(key)
                    .and_then(|node| node.as_str())
                    .map(str::to_owned)
            };
            text("alias_name")
                .zip(text("collection_name"))
                .ok_or_else(unexpected)
        })
        .collect()
}
