//! What a request means, gathered while its body is read: the same for REST and gRPC.

use super::path;
use crate::dialect::Malformed;
use crate::dialect::body::invalid;
use crate::dialect::narrow::{FieldSite, VectorSite};
use crate::operation::{FieldRef, Kind, Operation, Query, Results, Through};
use std::collections::BTreeSet;

/// How many results a request gets that does not say: points, groups and facet values alike.
pub(super) const DEFAULT_LIMIT: u64 = 10;
/// The points in a group of a query that does not say.
pub(super) const DEFAULT_GROUP_SIZE: u64 = 3;
/// The points that a distance matrix is made of where the request does not say.
pub(super) const DEFAULT_SAMPLE: u64 = 10;
/// The neighbours of each of them.
pub(super) const DEFAULT_NEIGHBOURS: u64 = 3;

/// How many fields may stand in places of one answer: each is looked for at each of them.
const MOST_NAMED: usize = 64;

/// What was gathered so far.
#[derive(Debug)]
pub(super) struct Meaning {
    /// Kind, queries, results, vectors and fields; the collections are added once their names are resolved.
    pub(super) operation: Operation,
    /// Collections, by whatever name the request calls them, each once.
    pub(super) collections: Vec<String>,
    /// The same, to tell quickly.
    touched: BTreeSet<String>,
    /// The fields whose content stands in places of the answer, as policies write them.
    pub(super) named: Vec<String>,
    /// Where a JSON body asks for vectors.
    pub(super) vectors: Vec<VectorSite>,
    /// Where a JSON body says which fields come back.
    pub(super) fields: Vec<FieldSite>,
}

/// Where a condition stands: the keys of the nested objects around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Within<'k>(pub(super) &'k [String]);

impl Within<'_> {
    /// At the payload's root.
    pub(super) const ROOT: Within<'static> = Within(&[]);

    /// The whole path of a key that stands here.
    pub(super) fn keys(&self, key: &str) -> Result<Vec<String>, Malformed> {
        let mut keys = self.0.to_vec();
        keys.extend(path::keys(key)?);
        Ok(keys)
    }
}

/// What ranks the points of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ranked {
    /// Nothing: they come in the order of their ids.
    ByNothing,
    /// A vector, a field, a formula, chance.
    BySomething,
}

/// Whether each group brings a record of another collection along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lookups {
    None,
    OnePerGroup,
}

impl Meaning {
    /// Of a request of this kind, as far as its head says.
    pub(super) fn of(kind: Kind) -> Meaning {
        Meaning {
            operation: Operation::new(kind),
            collections: Vec::new(),
            touched: BTreeSet::new(),
            named: Vec::new(),
            vectors: Vec::new(),
            fields: Vec::new(),
        }
    }

    /// It touches this collection. An empty name is none: over gRPC, that is how an absent one looks.
    pub(super) fn touches(&mut self, collection: &str) {
        if !collection.is_empty() && self.touched.insert(collection.to_owned()) {
            self.collections.push(collection.to_owned());
        }
    }

    /// It refers to a field.
    pub(super) fn refers(
        &mut self,
        within: Within<'_>,
        key: &str,
        through: Through,
    ) -> Result<(), Malformed> {
        self.refers_to(within.keys(key)?, through);
        Ok(())
    }

    /// It refers to the field with these keys.
    pub(super) fn refers_to(&mut self, keys: Vec<String>, through: Through) {
        let field = FieldRef { keys, through };
        if let Err(at) = self.operation.refers_to.binary_search(&field) {
            self.operation.refers_to.insert(at, field);
        }
    }

    /// It has conditions on what is nested under these keys. Where they name no field, they still tell whether
    /// anything is nested there.
    pub(super) fn nested(
        &mut self,
        keys: Vec<String>,
        inside: impl FnOnce(Within<'_>, &mut Meaning) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        let mut nested = Meaning::of(self.operation.kind);
        inside(Within(&keys), &mut nested)?;
        let fields = nested.operation.refers_to;
        if fields.is_empty() {
            self.refers_to(keys, Through::Filter);
        }
        for field in fields {
            self.refers_to(field.keys, field.through);
        }
        Ok(())
    }

    /// Its results are ordered by a field, and carry the field's value along.
    pub(super) fn orders_by(&mut self, key: &str) -> Result<(), Malformed> {
        let keys = path::keys(key)?;
        let name = path::dotted(&keys);
        self.refers_to(keys, Through::Order);
        if !self.named.contains(&name) {
            if self.named.len() >= MOST_NAMED {
                return Err(invalid(format!(
                    "the queries of a batch may be ordered by {MOST_NAMED} different fields at most: send several"
                )));
            }
            self.named.push(name);
        }
        Ok(())
    }

    /// Values of a field stand in its answer. To be called before [`Meaning::orders_by`]: it is the first one named.
    pub(super) fn shows(&mut self, key: &str, through: Through) -> Result<(), Malformed> {
        let keys = path::keys(key)?;
        self.named.push(path::dotted(&keys));
        self.refers_to(keys, through);
        Ok(())
    }

    /// A variable of a formula: a field, or the score so far.
    pub(super) fn scores_by(&mut self, variable: &str) -> Result<(), Malformed> {
        if variable.starts_with('$') {
            return Ok(());
        }
        self.refers(Within::ROOT, variable, Through::Score)
    }

    /// Conditions that count as one or nought in a formula. They filter nothing, but the score tells their outcome all
    /// the same.
    pub(super) fn scores_by_conditions(
        &mut self,
        conditions: impl FnOnce(&mut Meaning) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        let mut meaning = Meaning::of(self.operation.kind);
        conditions(&mut meaning)?;
        for field in meaning.operation.refers_to {
            self.refers_to(field.keys, Through::Score);
        }
        Ok(())
    }

    /// It returns points: `limit` of them, after `offset`.
    pub(super) fn returns(&mut self, limit: u64, offset: u64) {
        self.operation.queries.push(Query {
            offset,
            limit: Results::AtMost(limit),
            multiplier: 1,
            clampable: true,
        });
    }

    /// It returns groups of points.
    pub(super) fn returns_groups(&mut self, groups: u64, size: u64, lookups: Lookups) {
        let lookup = match lookups {
            Lookups::None => 0,
            Lookups::OnePerGroup => 1,
        };
        self.operation.queries.push(Query {
            offset: 0,
            limit: Results::AtMost(groups),
            multiplier: size.saturating_add(lookup),
            clampable: true,
        });
    }

    /// It returns pairs of points: the neighbours of each point of a sample.
    pub(super) fn returns_pairs(&mut self, sample: Option<u64>, neighbours: Option<u64>) {
        self.operation.queries.push(Query {
            offset: 0,
            limit: Results::AtMost(neighbours.unwrap_or(DEFAULT_NEIGHBOURS)),
            multiplier: sample.unwrap_or(DEFAULT_SAMPLE),
            clampable: true,
        });
    }

    /// It returns something that has no limit that could be lowered: points by their ids, values of a field.
    pub(super) fn returns_others(&mut self, number: u64) {
        self.operation.other_results = self.operation.other_results.plus(Results::AtMost(number));
    }

    /// Where the points of a query are ranked by nothing, it pages through the collection: bulk reading, whatever
    /// the other queries of its batch do.
    pub(super) fn ranked(&mut self, ranked: Ranked) {
        if ranked == Ranked::ByNothing {
            self.operation.kind = Kind::List;
        }
    }
}

/// The one kind of several changes at once. One request is one kind, so they may write or delete, not both.
pub(super) fn only_kind(kinds: impl IntoIterator<Item = Kind>) -> Result<Kind, Malformed> {
    let mut only = None;
    for kind in kinds {
        if only.is_some_and(|only| only != kind) {
            return Err(invalid(
                "a batch that both writes and deletes cannot be judged as one: send two",
            ));
        }
        only = Some(kind);
    }
    Ok(only.unwrap_or(Kind::Write))
}
