//! What people look for among the exchanges.

use std::fmt;

use jiff::Timestamp;
use sqlx::{QueryBuilder, Sqlite};
use vectorgate::audit::record::Verdict;

/// Conditions on exchanges; all of them must hold. The default finds everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Search {
    /// This very exchange.
    pub exchange: Option<String>,
    /// This identity; `*` stands for any text.
    pub identity: Option<String>,
    /// It touched this collection; `*` stands for any text.
    pub collection: Option<String>,
    /// It ended so.
    pub verdict: Option<Verdict>,
    /// It came then or later.
    pub from: Option<Timestamp>,
    /// It came before then.
    pub to: Option<Timestamp>,
    /// It came in this recorded session.
    pub session: Option<i64>,
}

impl Search {
    /// Adds the conditions, on the table named `e`, to a statement that ends in `WHERE`.
    pub(super) fn push_to<'a>(&'a self, query: &mut QueryBuilder<'a, Sqlite>) {
        query.push("1");
        if let Some(exchange) = &self.exchange {
            query.push(" AND e.exchange = ").push_bind(exchange);
        }
        if let Some(identity) = &self.identity {
            push_match(query.push(" AND e.identity"), identity);
        }
        if let Some(collection) = &self.collection {
            query.push(" AND EXISTS (SELECT 1 FROM json_each(e.collections) c WHERE c.value");
            push_match(query, collection);
            query.push(")");
        }
        if let Some(verdict) = self.verdict {
            query.push(" AND e.verdict = ").push_bind(verdict.as_str());
        }
        if let Some(from) = self.from {
            query.push(" AND e.at >= ").push_bind(from.as_millisecond());
        }
        if let Some(to) = self.to {
            query.push(" AND e.at < ").push_bind(to.as_millisecond());
        }
        if let Some(session) = self.session {
            query.push(" AND e.session = ").push_bind(session);
        }
    }
}

impl fmt::Display for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let conditions = [
            ("exchange", self.exchange.clone()),
            ("identity", self.identity.clone()),
            ("collection", self.collection.clone()),
            ("verdict", self.verdict.map(|verdict| verdict.as_str().to_owned())),
            ("from", self.from.map(|from| from.to_string())),
            ("to", self.to.map(|to| to.to_string())),
            ("session", self.session.map(|session| session.to_string())),
        ];
        let mut separator = "";
        for (name, value) in conditions {
            if let Some(value) = value {
                write!(f, "{separator}{name}={value}")?;
                separator = " ";
            }
        }
        if separator.is_empty() {
            f.write_str("all")
        } else {
            Ok(())
        }
    }
}

fn push_match<'a>(query: &mut QueryBuilder<'a, Sqlite>, pattern: &'a str) {
    if pattern.contains('*') {
        query.push(" GLOB ").push_bind(glob(pattern));
    } else {
        query.push(" = ").push_bind(pattern);
    }
}

/// Our pattern as one of SQLite's, in which only `*` means something.
fn glob(pattern: &str) -> String {
    let mut glob = String::with_capacity(pattern.len());
    for sign in pattern.chars() {
        match sign {
            '?' => glob.push_str("[?]"),
            '[' => glob.push_str("[[]"),
            other => glob.push(other),
        }
    }
    glob
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_the_star_means_something() {
        assert_eq!(super::glob("a*[b]?"), "a*[[]b][?]");
    }
}
