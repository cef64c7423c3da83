//! Tenants, databases, and collections by name or by UUID.

use super::body;
use crate::dialect::endpoint::Captures;
use crate::dialect::{Lookup, Malformed, Named, Resolution};
use crate::wire::json::strict;
use crate::wire::target::encode_segment;

/// Where clients work that name no tenant and no database.
const DEFAULT_TENANT: &str = "default_tenant";
const DEFAULT_DATABASE: &str = "default_database";

/// The tenant and database that a path claims.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope<'t> {
    tenant: &'t str,
    database: &'t str,
}

impl<'t> Scope<'t> {
    /// The scope of a path; the default one where it has none.
    pub(super) fn of(captures: &Captures<'t>) -> Scope<'t> {
        Scope {
            tenant: captures.get("tenant").unwrap_or(DEFAULT_TENANT),
            database: captures.get("database").unwrap_or(DEFAULT_DATABASE),
        }
    }

    fn is_default(&self) -> bool {
        self.tenant == DEFAULT_TENANT && self.database == DEFAULT_DATABASE
    }

    fn full(&self) -> String {
        format!("{}/{}", self.tenant, self.database)
    }

    /// How policies call a collection of this scope. No segment holds a slash, so no two collections share a name.
    pub(super) fn policy_name(&self, name: &str) -> String {
        if self.is_default() {
            name.to_owned()
        } else {
            format!("{}/{name}", self.full())
        }
    }

    /// Under what a collection's name is remembered. The scope is part of it: a caller who claims a wrong one
    /// learns, and makes the filter remember, nothing about the right one.
    pub(super) fn key(&self, id: &Uuid) -> String {
        self.policy_name(&id.0)
    }

    /// The question for a collection's name. The server looks the UUID up inside the tenant and database of this
    /// path (it does not in any other call), so its answer settles both.
    pub(super) fn lookup(&self, id: &Uuid) -> Lookup {
        Lookup {
            key: self.key(id),
            method: "GET",
            path: format!(
                "/api/v2/tenants/{}/databases/{}/collections/by-id/{}",
                encode_segment(self.tenant),
                encode_segment(self.database),
                id.0
            ),
            headers: vec![("accept".into(), "application/json".into())],
            body: Vec::new(),
        }
    }

    /// The policy's name of a collection, from what is known of its UUID.
    pub(super) fn collection(&self, id: &Uuid, named: Named) -> Result<String, Malformed> {
        match named {
            // An empty scope says nothing (names given by hand, for an explanation).
            Named::Collection { name, scope } if scope.is_empty() || scope == self.full() => Ok(name),
            Named::Collection { .. } | Named::Missing => Err(Malformed {
                status: 404,
                message: format!("Collection [{}] does not exist in this tenant and database", id.0),
            }),
        }
    }
}

/// A collection's UUID, in lower case with hyphens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Uuid(String);

impl Uuid {
    /// Reads the spelling that clients use, in either case. The server takes others too (no hyphens, braces, a
    /// URN); nobody needs them.
    pub(super) fn parse(text: &str) -> Result<Uuid, Malformed> {
        let hyphenated = text.len() == 36
            && text.bytes().enumerate().all(|(at, byte)| match at {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            });
        if hyphenated {
            Ok(Uuid(text.to_ascii_lowercase()))
        } else {
            Err(body::invalid(
                "Collection ID is not a valid UUID of the form 00000000-0000-0000-0000-000000000000",
            ))
        }
    }
}

/// Refuses a collection name that Chroma does not allow, and that a policy could therefore misread.
pub(super) fn check_name(name: &str, member: &str) -> Result<(), Malformed> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if (1..=512).contains(&name.len()) && name.bytes().all(allowed) {
        Ok(())
    } else {
        Err(body::invalid(format!(
            "Validation error: {member}: Expected a name containing 3-512 characters from [a-zA-Z0-9._-]"
        )))
    }
}

/// Takes a collection's name from the answer to [`Scope::lookup`].
pub(super) fn resolve(lookup: &Lookup, status: u16, body: &[u8]) -> Resolution {
    let failed =
        |why: &str| Resolution::Failed(format!("the database did not tell the collection's name: {why}"));
    let Ok(document) = strict::parse(body) else {
        return failed(&format!("its answer ({status}) is not JSON"));
    };
    let text = |key| document.member(key).and_then(|node| node.as_str());
    match status {
        200 => {
            let (Some(id), Some(name), Some(tenant), Some(database)) =
                (text("id"), text("name"), text("tenant"), text("database"))
            else {
                return failed("its answer describes no collection");
            };
            let scope = Scope { tenant, database };
            match Uuid::parse(id) {
                Ok(id) if scope.key(&id) == lookup.key => Resolution::Known(Named::Collection {
                    name: scope.policy_name(name),
                    scope: scope.full(),
                }),
                _ => failed("its answer is about another collection"),
            }
        }
        // Servers that do not know this call answer 404 as well, without a body.
        404 if text("error") == Some("NotFoundError") => Resolution::Known(Named::Missing),
        _ => failed(&format!("it answered {status}")),
    }
}
