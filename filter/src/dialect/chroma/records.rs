//! What the bodies mean that read, delete and commit records.

use super::Meaning;
use super::body::{Fields, WORDS, invalid};
use super::fields::{Refs, where_clause, where_document};
use crate::dialect::Malformed;
use crate::dialect::narrow::{Around, LimitSite, VectorSite};
use crate::operation::{Kind, Query, Results};
use crate::wire::json::strict::Node;
use std::collections::BTreeSet;

/// The keys of a `get`. `sort` is what clients before 1.0 send, always null.
pub(super) const GET: &[&str] = &[
    "ids",
    "where",
    "where_document",
    "include",
    "limit",
    "offset",
    "sort",
];

/// The keys of a `conditional/get`.
pub(super) const CONDITIONAL_GET: &[&str] = &[
    "ids",
    "where",
    "where_document",
    "include",
    "limit",
    "offset",
    "read_token",
];

const QUERY: &[&str] = &[
    "query_embeddings",
    "n_results",
    "ids",
    "where",
    "where_document",
    "include",
];

const DELETE: &[&str] = &["ids", "where", "where_document", "limit"];

const LIMIT: Around = Around::member("\"limit\":");
const RESULTS: Around = Around::member("\"n_results\":");

/// What a query returns where it does not say how many.
const DEFAULT_RESULTS: u64 = 10;

/// Records by their ids, or a list of all that match.
pub(super) fn get(root: &Node<'_>, meaning: &mut Meaning, known: &[&str]) -> Result<(), Malformed> {
    let fields = WORDS.fields(root, "", known)?;
    if fields.given("sort").is_some() {
        return Err(invalid(
            "The body has a member `sort` that this call does not take: leave it out",
        ));
    }
    let limit = fields
        .number("limit")?
        .map_or(Results::Unbounded, Results::AtMost);
    let offset = fields.number("offset")?.unwrap_or(0);
    let ids = distinct_ids(&fields)?;
    let mut refs = Refs::default();
    conditions(&fields, &mut refs)?;
    meaning.operation.refers_to = refs.into_vec();
    include(&fields, meaning)?;
    match ids {
        // A limit that cut a list of ids short would lose records silently, so none is written here.
        Some(ids) => {
            meaning.operation.kind = Kind::Fetch;
            meaning.operation.other_results = smaller(limit, ids);
        }
        None => {
            meaning.operation.kind = Kind::List;
            meaning.operation.queries.push(Query {
                offset,
                limit,
                multiplier: 1,
                clampable: true,
            });
            meaning.limits.push(site(&fields, "limit", LIMIT));
        }
    }
    Ok(())
}

/// Nearest neighbours, for each of several embeddings.
pub(super) fn query(root: &Node<'_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    let fields = WORDS.fields(root, "", QUERY)?;
    let embeddings = fields.required("query_embeddings")?;
    let embeddings = WORDS.elements(embeddings, "query_embeddings", "a list of embeddings")?;
    for (at, embedding) in embeddings.iter().enumerate() {
        let numbers = matches!(embedding, Node::Numbers(_)) || embedding.array_len() == Some(0);
        if !numbers {
            let path = format!("query_embeddings[{at}]");
            return Err(WORDS.mistyped(&path, embedding, "a list of numbers"));
        }
    }
    let limit = Results::AtMost(fields.number("n_results")?.unwrap_or(DEFAULT_RESULTS));
    let limit = distinct_ids(&fields)?.map_or(limit, |ids| smaller(limit, ids));
    let mut refs = Refs::default();
    conditions(&fields, &mut refs)?;
    meaning.operation.refers_to = refs.into_vec();
    include(&fields, meaning)?;
    meaning.operation.queries.push(Query {
        offset: 0,
        limit,
        multiplier: u64::try_from(embeddings.len()).unwrap_or(u64::MAX),
        clampable: true,
    });
    meaning.limits.push(site(&fields, "n_results", RESULTS));
    Ok(())
}

/// Records out. Its answer counts them, so its conditions tell as much as a filter's.
pub(super) fn delete(root: &Node<'_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    let fields = WORDS.fields(root, "", DELETE)?;
    fields.number("limit")?;
    distinct_ids(&fields)?;
    let mut refs = Refs::default();
    conditions(&fields, &mut refs)?;
    meaning.operation.refers_to = refs.into_vec();
    Ok(())
}

/// Writes and deletes that happen together. One request is one kind here, so it may hold either, not both.
pub(super) fn commit(root: &Node<'_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    let fields = WORDS.fields(root, "", &["read_token", "read_ids", "operations"])?;
    let operations = WORDS.elements(
        fields.required("operations")?,
        "operations",
        "a list of operations",
    )?;
    let mut kinds = BTreeSet::new();
    let mut refs = Refs::default();
    for (at, operation) in operations.iter().enumerate() {
        let path = format!("operations[{at}]");
        let operation = WORDS.fields(operation, &path, &["operation", "payload"])?;
        kinds.insert(match operation.text("operation")? {
            "add" | "update" | "upsert" => Kind::Write,
            "delete" => {
                let payload =
                    WORDS.fields(operation.required("payload")?, &operation.path("payload"), DELETE)?;
                conditions(&payload, &mut refs)?;
                Kind::Delete
            }
            _ => {
                return Err(invalid(format!(
                    "{path}.operation must be add, update, upsert or delete"
                )));
            }
        });
    }
    if kinds.len() > 1 {
        return Err(invalid(
            "a commit that both writes and deletes cannot be judged as one: send two",
        ));
    }
    meaning.operation.kind = kinds.pop_first().unwrap_or(Kind::Write);
    meaning.operation.refers_to = refs.into_vec();
    Ok(())
}

/// How many different ids are asked for; `None` where the request names none. An empty list names none of the
/// records, `null` all of them.
fn distinct_ids(fields: &Fields<'_, '_>) -> Result<Option<u64>, Malformed> {
    if fields.given("ids").is_none() {
        return Ok(None);
    }
    let distinct = fields
        .texts("ids")?
        .map(|ids| ids.into_iter().collect::<BTreeSet<_>>().len());
    Ok(distinct.map(|distinct| u64::try_from(distinct).unwrap_or(u64::MAX)))
}

fn conditions(fields: &Fields<'_, '_>, refs: &mut Refs) -> Result<(), Malformed> {
    if let Some(node) = fields.given("where") {
        where_clause(node, refs)?;
    }
    if let Some(node) = fields.given("where_document") {
        where_document(node, refs)?;
    }
    Ok(())
}

/// Which columns come back, and how the same is asked without the embeddings.
fn include(fields: &Fields<'_, '_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    let columns = fields.texts("include")?.unwrap_or_default();
    let known = ["embeddings", "metadatas", "documents", "uris", "distances"];
    if columns.iter().any(|column| !known.contains(column)) {
        return Err(invalid(
            "include may hold distances, documents, embeddings, metadatas and uris",
        ));
    }
    meaning.operation.vectors = columns.contains(&"embeddings");
    if let Some(node) = fields.get("include").filter(|_| meaning.operation.vectors) {
        let others: Vec<String> = columns
            .iter()
            .filter(|column| **column != "embeddings")
            .map(|column| format!("\"{column}\""))
            .collect();
        meaning.vectors.push(VectorSite {
            at: node.span(),
            without: format!("[{}]", others.join(",")),
        });
    }
    Ok(())
}

fn smaller(limit: Results, ids: u64) -> Results {
    match limit {
        Results::AtMost(limit) => Results::AtMost(limit.min(ids)),
        Results::Unbounded => Results::AtMost(ids),
    }
}

fn site(fields: &Fields<'_, '_>, key: &str, member: Around) -> LimitSite {
    match fields.get(key) {
        Some(node) => LimitSite::At(node.span()),
        None => LimitSite::absent(fields.object, member),
    }
}
