//! What a query ranks points by, and the queries that fetch its candidates.

use super::super::meaning::{Meaning, Ranked};
use super::body::{Fields, WORDS, id, lookup_from, one_or_many, order_by};
use super::filter::{expression, filter_of};
use crate::dialect::Malformed;
use crate::operation::Through;
use crate::wire::json::strict::Node;

const PREFETCH: &[&str] = &[
    "prefetch",
    "query",
    "using",
    "filter",
    "params",
    "score_threshold",
    "limit",
    "lookup_from",
];

const PARAMS: &[&str] = &["hnsw_ef", "exact", "quantization", "indexed_only", "acorn", "idf"];

/// What a query and each of its prefetches have: a ranking, a filter, parameters, another collection's vectors.
pub(super) fn ranking(fields: &Fields<'_, '_>, meaning: &mut Meaning) -> Result<Ranked, Malformed> {
    prefetches(fields, meaning)?;
    filter_of(fields, "filter", meaning)?;
    search_params(fields, meaning)?;
    lookup_from(fields, meaning)?;
    let using = match fields.given("using") {
        Some(_) => Some(fields.text("using")?),
        None => None,
    };
    match fields.given("query") {
        Some(node) => {
            query(node, &fields.path("query"), using, meaning)?;
            Ok(Ranked::BySomething)
        }
        None => Ok(Ranked::ByNothing),
    }
}

/// Prefetches return nothing themselves, so their limits bound nothing that comes back.
fn prefetches(fields: &Fields<'_, '_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    let Some(node) = fields.given("prefetch") else {
        return Ok(());
    };
    let path = fields.path("prefetch");
    for node in one_or_many(node) {
        let prefetch = WORDS.fields(node, &path, PREFETCH)?;
        prefetch.number("limit")?;
        ranking(&prefetch, meaning)?;
    }
    Ok(())
}

/// Parameters of the search. One of them is a filter: on the points from which the weight of a word is computed.
pub(super) fn search_params(fields: &Fields<'_, '_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    let Some(node) = fields.given("params") else {
        return Ok(());
    };
    let params = WORDS.fields(node, &fields.path("params"), PARAMS)?;
    match params.given("idf") {
        Some(node) if node.as_str().is_none() => {
            let idf = WORDS.fields(node, &params.path("idf"), &["corpus"])?;
            filter_of(&idf, "corpus", meaning)
        }
        _ => Ok(()),
    }
}

/// The query itself: a vector, or an object that says how to rank.
fn query(node: &Node<'_>, path: &str, using: Option<&str>, meaning: &mut Meaning) -> Result<(), Malformed> {
    let has = |key| node.member(key).is_some();
    let variants = [
        "nearest",
        "recommend",
        "discover",
        "context",
        "order_by",
        "fusion",
        "rrf",
        "formula",
        "sample",
        "relevance_feedback",
    ];
    let variant = variants.into_iter().find(|key| has(key));
    match variant {
        None if has("text") && !has("model") => text_query(node, path, using, meaning),
        None => vector(node, path),
        Some("nearest") => {
            let nearest = WORDS.fields(node, path, &["nearest", "mmr"])?;
            vector(nearest.required("nearest")?, &nearest.path("nearest"))?;
            if let Some(mmr) = nearest.given("mmr") {
                WORDS.fields(mmr, &nearest.path("mmr"), &["diversity", "candidates_limit"])?;
            }
            Ok(())
        }
        Some("formula") => {
            let formula = WORDS.fields(node, path, &["formula", "defaults"])?;
            expression(formula.required("formula")?, &formula.path("formula"), meaning)
        }
        Some(name) => {
            let fields = WORDS.fields(node, path, &[name])?;
            let (value, path) = (fields.required(name)?, fields.path(name));
            match name {
                "order_by" => order_by(value, &path, meaning),
                "recommend" => {
                    let examples = WORDS.fields(value, &path, &["positive", "negative", "strategy"])?;
                    vectors(&examples, "positive")?;
                    vectors(&examples, "negative")
                }
                "discover" => {
                    let discover = WORDS.fields(value, &path, &["target", "context"])?;
                    vector(discover.required("target")?, &discover.path("target"))?;
                    pairs(discover.required("context")?, &discover.path("context"))
                }
                "context" => pairs(value, &path),
                "relevance_feedback" => feedback(value, &path),
                "rrf" => WORDS.fields(value, &path, &["k", "weights"]).map(|_| ()),
                _ => WORDS.text(value, &path).map(|_| ()),
            }
        }
    }
}

/// A ranking by the words in a payload field, which `using` names.
fn text_query(
    node: &Node<'_>,
    path: &str,
    using: Option<&str>,
    meaning: &mut Meaning,
) -> Result<(), Malformed> {
    let fields = WORDS.fields(node, path, &["text"])?;
    let text = fields.required("text")?;
    if text.as_str().is_none() {
        WORDS.fields(text, &fields.path("text"), &["query", "scoring"])?;
    }
    match using {
        Some(field) => {
            let keys = super::super::path::keys(field)?;
            meaning.refers_to(keys, Through::Score);
            Ok(())
        }
        None => Err(WORDS.mismatched("a text query needs `using`, the field whose text it searches")),
    }
}

fn vectors(fields: &Fields<'_, '_>, key: &str) -> Result<(), Malformed> {
    let Some(node) = fields.given(key) else {
        return Ok(());
    };
    let path = fields.path(key);
    if !node.is_array() {
        return Err(WORDS.mistyped(&path, node, "a list of examples"));
    }
    node.elements().try_for_each(|example| vector(&example, &path))
}

fn pairs(node: &Node<'_>, path: &str) -> Result<(), Malformed> {
    for pair in one_or_many(node) {
        let pair = WORDS.fields(pair, path, &["positive", "negative"])?;
        for side in ["positive", "negative"] {
            vector(pair.required(side)?, &pair.path(side))?;
        }
    }
    Ok(())
}

fn feedback(node: &Node<'_>, path: &str) -> Result<(), Malformed> {
    let feedback = WORDS.fields(node, path, &["target", "feedback", "strategy"])?;
    vector(feedback.required("target")?, &feedback.path("target"))?;
    let path = feedback.path("feedback");
    for item in WORDS.elements(feedback.required("feedback")?, &path, "a list of examples")? {
        let item = WORDS.fields(item, &path, &["example", "score"])?;
        vector(item.required("example")?, &item.path("example"))?;
    }
    Ok(())
}

/// A vector of any form, a point whose vector is meant, or something that the server makes a vector of.
///
/// A list holds numbers, or lists of numbers. The server takes any other list for an object without its keys, tried as one
/// variant after the other: `["age"]` is an order by a field to it, and `[[["age", 1]]]` a formula.
pub(super) fn vector(node: &Node<'_>, path: &str) -> Result<(), Malformed> {
    match node {
        Node::Numbers(_) => Ok(()),
        Node::Array(array) => {
            let odd = array
                .elements
                .iter()
                .find(|element| !matches!(element, Node::Numbers(_)));
            odd.map_or(Ok(()), |odd| {
                Err(WORDS.mistyped(path, odd, "numbers, or lists of numbers, in a vector"))
            })
        }
        Node::Object(_) => {
            let has = |key| node.member(key).is_some();
            let form: &[&str] = if has("text") {
                &["text", "model", "options"]
            } else if has("image") {
                &["image", "model", "options"]
            } else if has("object") {
                &["object", "model", "options"]
            } else {
                &["indices", "values"]
            };
            WORDS.fields(node, path, form).map(|_| ())
        }
        _ => id(node, path),
    }
}
