//! What a request means, gathered while its message or body is read: the same for gRPC and REST.

use super::expr::{self, Keys};
use super::names::{Known, Name};
use super::params::{self, Paging, Params};
use crate::dialect::Malformed;
use crate::dialect::body::{invalid, shown};
use crate::dialect::narrow::{FieldSite, Wanted};
use crate::operation::{FieldRef, Kind, Operation, Query, Results, Through};
use crate::wire::json::path::{FieldPattern, FieldStep};
use std::collections::BTreeSet;

/// What was gathered so far.
#[derive(Debug)]
pub(super) struct Meaning {
    /// Kind, queries, results and fields; collections and vectors are added once the collections are known.
    pub(super) operation: Operation,
    /// Collections, by whatever name the request calls them, each once.
    pub(super) collections: Vec<Name>,
    /// The same, to tell quickly.
    touched: BTreeSet<Name>,
    /// The fields that it wants back.
    pub(super) outputs: Vec<String>,
    /// The vector field that it searches.
    pub(super) searched: Option<String>,
    /// The field that its results are grouped by, as policies write it, where it is one.
    pub(super) group: Option<String>,
    /// An expression that may be nothing but ids, and the limit beside it.
    pub(super) ids: Option<(String, Option<u64>)>,
    /// Where a JSON body lists the fields that it wants back.
    pub(super) listed: Option<FieldSite>,
}

/// Keys as policies write them.
fn dotted(keys: &Keys) -> String {
    FieldPattern {
        steps: keys.iter().cloned().map(FieldStep::Key).collect(),
    }
    .to_string()
}

/// Whether a limit can be written into a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    Given(u64),
    /// All that there is.
    None,
}

impl Meaning {
    /// Of a request of this kind.
    pub(super) fn of(kind: Kind) -> Meaning {
        Meaning {
            operation: Operation::new(kind),
            collections: Vec::new(),
            touched: BTreeSet::new(),
            outputs: Vec::new(),
            searched: None,
            group: None,
            ids: None,
            listed: None,
        }
    }

    /// It touches this collection.
    pub(super) fn touches(&mut self, name: Name) {
        if self.touched.insert(name.clone()) {
            self.collections.push(name);
        }
    }

    /// It refers to the field with these keys.
    pub(super) fn refers_to(&mut self, keys: Keys, through: Through) {
        let field = FieldRef { keys, through };
        if let Err(at) = self.operation.refers_to.binary_search(&field) {
            self.operation.refers_to.insert(at, field);
        }
    }

    /// It refers to the fields of an expression.
    pub(super) fn expression(&mut self, text: &str, through: Through) -> Result<(), Malformed> {
        for keys in expr::fields(text)? {
            self.refers_to(keys, through);
        }
        Ok(())
    }

    /// It searches: `limit` nearest neighbours of each of so many vectors.
    pub(super) fn searches(&mut self, params: &Params, limit: u64, vectors: u64) -> Result<(), Malformed> {
        if self.operation.kind == Kind::Aggregate {
            return Err(invalid("a search returns no aggregation: send a query"));
        }
        self.follows(params);
        self.operation.queries.push(Query {
            offset: params.offset,
            limit: Results::AtMost(limit.max(params.batch)),
            multiplier: vectors.max(1).saturating_mul(params.group_size.max(1)),
            clampable: true,
        });
        if self.searched.is_none() {
            self.searched.clone_from(&params.searched);
        }
        Ok(())
    }

    /// It queries by an expression.
    pub(super) fn queries(&mut self, params: &Params, limit: Limit) -> Result<(), Malformed> {
        self.follows(params);
        // What else it wants would be rows, which no limit bounds.
        let groups: BTreeSet<&String> = params.groups.iter().filter_map(|keys| keys.first()).collect();
        let grouped = |output: &String| groups.contains(output);
        if self.operation.kind == Kind::Aggregate && !self.outputs.iter().all(grouped) {
            return Err(invalid(
                "an aggregation comes without other fields than those that it is grouped by: ask for these in a query of their own",
            ));
        }
        if self.operation.kind == Kind::Aggregate && params.groups.is_empty() {
            // One row, whatever the limit.
            self.operation.other_results = Results::AtMost(1);
            return Ok(());
        }
        self.operation.queries.push(Query {
            offset: params.offset,
            limit: match limit {
                Limit::Given(limit) => Results::AtMost(limit),
                Limit::None => Results::Unbounded,
            },
            multiplier: 1,
            clampable: true,
        });
        Ok(())
    }

    fn follows(&mut self, params: &Params) {
        if let [keys] = params.groups.as_slice() {
            self.group = Some(dotted(params.group_path.as_ref().unwrap_or(keys)));
        }
        for keys in params.groups.iter().chain(&params.group_path) {
            self.refers_to(keys.clone(), Through::Group);
        }
        for keys in &params.orders {
            self.refers_to(keys.clone(), Through::Order);
        }
        if params.paging == Paging::Iterator {
            self.operation.kind = Kind::List;
        }
    }

    /// It wants these fields back. `count(*)`, `sum(age)` and their like make it an aggregation.
    pub(super) fn wants<'o>(&mut self, outputs: impl IntoIterator<Item = &'o str>) -> Result<(), Malformed> {
        for output in outputs {
            match output.trim() {
                every @ ("*" | "%" | "$meta") => self.outputs.push(every.to_owned()),
                call if call.ends_with(')') => self.aggregates(call)?,
                field => {
                    let keys = params::name(field)?;
                    self.outputs.extend(keys.into_iter().next());
                }
            }
        }
        Ok(())
    }

    fn aggregates(&mut self, call: &str) -> Result<(), Malformed> {
        const OPERATIONS: [&str; 5] = ["count", "sum", "avg", "min", "max"];
        let (operation, of) = call
            .strip_suffix(')')
            .and_then(|call| call.split_once('('))
            .ok_or_else(|| invalid(format!("{} is no field", shown(call))))?;
        if !OPERATIONS.contains(&operation.trim().to_ascii_lowercase().as_str()) {
            return Err(invalid(format!(
                "{} is no aggregation that is known here",
                shown(operation)
            )));
        }
        if of.trim() != "*" {
            self.refers_to(params::name(of)?, Through::Facet);
        }
        self.operation.kind = Kind::Aggregate;
        Ok(())
    }

    /// Adds what is only known with the collections.
    pub(super) fn completed(&mut self, known: &[Known]) {
        let mut collections: Vec<String> = Vec::new();
        for collection in known {
            if !collections.contains(&collection.name) {
                collections.push(collection.name.clone());
            }
        }
        self.operation.collections = collections;
        let [collection] = known else {
            self.operation.vectors = self
                .outputs
                .iter()
                .any(|output| matches!(output.as_str(), "*" | "%"));
            return;
        };
        self.operation.vectors = self
            .outputs
            .iter()
            .any(|output| self.is_vector(output, collection));
        if let Some(mut listed) = self.listed.take() {
            let certain = self.certain_vectors(known);
            if let Wanted::Only(names) = &mut listed.wanted {
                for name in names {
                    name.vector = name.root.as_ref().is_some_and(|root| certain.contains(root));
                }
            }
            self.listed = Some(listed);
        }
        if let Some((text, limit)) = &self.ids
            && self.operation.kind == Kind::List
            && let Some(primary) = &collection.primary
            && let Some(ids) = expr::ids_of(text, primary)
        {
            self.operation.kind = Kind::Fetch;
            self.operation.queries.clear();
            self.operation.other_results = Results::AtMost(limit.map_or(ids, |limit| limit.min(ids)));
        }
    }

    /// The fields that are vectors, and nothing else: as the database says, or else the one that is searched.
    pub(super) fn certain_vectors(&self, known: &[Known]) -> Vec<String> {
        match known {
            [
                Known {
                    vectors: Some(vectors),
                    ..
                },
            ] => vectors.clone(),
            [_] => self.searched.iter().cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// Whether a field that is wanted is a vector. Where the database did not say which fields are: the one that is
    /// searched is, and what is called so.
    fn is_vector(&self, output: &str, collection: &Known) -> bool {
        const CALLED_SO: [&str; 4] = ["vec", "emb", "dense", "sparse"];
        match &collection.vectors {
            _ if matches!(output, "*" | "%") => true,
            Some(vectors) => vectors.iter().any(|vector| vector == output),
            None => {
                let lower = output.to_ascii_lowercase();
                self.searched.as_deref() == Some(output) || CALLED_SO.iter().any(|word| lower.contains(word))
            }
        }
    }
}
