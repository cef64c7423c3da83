//! What the bodies mean that read or delete rows.

use super::{WORDS, limit_site};
use crate::dialect::Malformed;
use crate::dialect::body::{Fields, invalid};
use crate::dialect::milvus::meaning::{Limit, Meaning};
use crate::dialect::milvus::params::{self, Params};
use crate::dialect::narrow::{FieldSite, LimitSite, Wanted};
use crate::operation::Through;
use crate::wire::json::strict::Node;

/// How many results a request gets that does not say.
const DEFAULT_LIMIT: u64 = 100;

type Site = Result<Option<LimitSite>, Malformed>;

/// The limit of a body. Nought and less are no limit to Milvus.
fn limit(fields: &Fields<'_, '_>) -> Result<u64, Malformed> {
    match fields.number("limit")? {
        Some(0) => Err(invalid("limit: 0 is no limit to Milvus: name one of at least 1")),
        Some(limit) => Ok(limit),
        None => Ok(DEFAULT_LIMIT),
    }
}

fn text<'n>(fields: &Fields<'n, '_>, key: &str) -> Result<&'n str, Malformed> {
    match fields.given(key) {
        Some(node) => WORDS.text(node, key),
        None => Ok(""),
    }
}

fn texts<'n>(fields: &Fields<'n, '_>, key: &str) -> Result<Option<Vec<&'n str>>, Malformed> {
    fields.given(key).map(|node| WORDS.texts(node, key)).transpose()
}

/// The fields that come back.
fn outputs(
    fields: &Fields<'_, '_>,
    unsaid: &'static [&'static str],
    meaning: &mut Meaning,
) -> Result<(), Malformed> {
    const KEY: &str = "outputFields";
    meaning.wants(texts(fields, KEY)?.unwrap_or_else(|| unsaid.to_vec()))?;
    meaning.listed = fields.given(KEY).map(|list| FieldSite {
        at: list.span(),
        wanted: Wanted::only(list, root),
    });
    Ok(())
}

/// The outermost key of a field that is named alone; `None` for `*`, an aggregation and what lies inside of a field.
fn root(output: &str) -> Option<String> {
    let mut keys = params::name(output).ok()?;
    let alone = keys.len() == 1 && keys.first().is_some_and(|key| key == output);
    alone.then(|| keys.remove(0))
}

fn filter(fields: &Fields<'_, '_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    meaning.expression(text(fields, "filter")?, Through::Filter)
}

/// The number of elements of a list; one for what is none.
fn length(node: &Node<'_>) -> u64 {
    node.array_len()
        .map_or(1, |length| u64::try_from(length).unwrap_or(u64::MAX))
}

pub(super) fn query(fields: &Fields<'_, '_>, meaning: &mut Meaning) -> Site {
    filter(fields, meaning)?;
    outputs(fields, &["*"], meaning)?;
    let limit = limit(fields)?;
    let mut params = Params {
        offset: fields.number("offset")?.unwrap_or(0),
        ..Params::default()
    };
    for name in texts(fields, "groupByFields")?.unwrap_or_default() {
        params.groups.push(params::name(name)?);
    }
    for order in texts(fields, "orderByFields")?.unwrap_or_default() {
        params.orders.extend(params::orders(order)?);
    }
    meaning.queries(&params, Limit::Given(limit))?;
    meaning.ids = Some((text(fields, "filter")?.to_owned(), Some(limit)));
    Ok(Some(limit_site(fields)))
}

pub(super) fn get(fields: &Fields<'_, '_>, meaning: &mut Meaning) -> Site {
    outputs(fields, &["*"], meaning)?;
    let number = ids(fields.required("id")?)?;
    meaning.operation.other_results = crate::operation::Results::AtMost(number);
    Ok(None)
}

/// Primary keys, one or a list of them: how many there are.
///
/// Milvus writes them into an expression as they are: up to 2.3 bare, later between quotes. A key that ends there, or ends
/// the list, would be followed by an expression of its own. (Clients of 2.3 put the quotes around a key themselves.)
fn ids(node: &Node<'_>) -> Result<u64, Malformed> {
    const ENDS: [char; 8] = ['"', '\'', '`', '\\', '\n', '\r', '[', ']'];
    let id = |node: &Node<'_>| match node {
        Node::Number(_) => Ok(()),
        Node::String(text) => {
            let key: &str = &text.text;
            let bare = key.strip_prefix('"').and_then(|key| key.strip_suffix('"'));
            if bare.unwrap_or(key).contains(ENDS) {
                return Err(invalid(
                    "id: a primary key with a quote, a bracket, a backslash or the end of a line in it cannot be asked for over REST: use gRPC",
                ));
            }
            Ok(())
        }
        other => Err(WORDS.mistyped("id", other, "a primary key: a whole number or a string")),
    };
    match node {
        Node::Array(array) => array.elements.iter().try_for_each(id)?,
        Node::Numbers(_) => {}
        one => id(one)?,
    }
    Ok(length(node))
}

pub(super) fn delete(fields: &Fields<'_, '_>, meaning: &mut Meaning) -> Site {
    filter(fields, meaning)?;
    if let Some(node) = fields.given("id") {
        ids(node)?;
    }
    Ok(None)
}

pub(super) fn search(fields: &Fields<'_, '_>, meaning: &mut Meaning) -> Site {
    not_over_rest(fields)?;
    filter(fields, meaning)?;
    outputs(fields, &[], meaning)?;
    let mut params = parameters(fields)?;
    params.searched = Some(text(fields, "annsField")?.to_owned()).filter(|name| !name.is_empty());
    score(fields, meaning)?;
    let vectors = ["data", "ids"]
        .iter()
        .filter_map(|key| fields.given(key))
        .map(length)
        .max();
    meaning.searches(&params, limit(fields)?, vectors.unwrap_or(1))?;
    Ok(Some(limit_site(fields)))
}

pub(super) fn hybrid(fields: &Fields<'_, '_>, meaning: &mut Meaning) -> Site {
    const SEARCH: [&str; 11] = [
        "data",
        "annsField",
        "filter",
        "groupingField",
        "metricType",
        "limit",
        "offset",
        "params",
        "exprParams",
        "ignoreGrowing",
        "searchParams",
    ];
    not_over_rest(fields)?;
    outputs(fields, &[], meaning)?;
    let mut most = 1;
    let searches = fields.required("search")?;
    for (at, node) in WORDS
        .elements(searches, "search", "a list of searches")?
        .iter()
        .enumerate()
    {
        let search = WORDS.fields(node, &format!("search[{at}]"), &SEARCH)?;
        filter(&search, meaning)?;
        search.number("limit")?;
        for keys in parameters(&search)?.groups {
            meaning.refers_to(keys, Through::Group);
        }
        most = most.max(search.given("data").map_or(1, length));
        if meaning.searched.is_none() {
            meaning.searched = Some(text(&search, "annsField")?.to_owned());
        }
    }
    let params = parameters(fields)?;
    score(fields, meaning)?;
    meaning.searches(&params, limit(fields)?, most)?;
    Ok(Some(limit_site(fields)))
}

/// What is read over gRPC alone.
fn not_over_rest(fields: &Fields<'_, '_>) -> Result<(), Malformed> {
    for key in ["searchAggregation", "functionChains"] {
        if fields.given(key).is_some() {
            return Err(invalid(format!("{key} is not read over REST: use gRPC for it")));
        }
    }
    Ok(())
}

/// Offset, groups and orders, and the parameters of the index. Of these Milvus would take a limit before the body's
/// own: none may stand there.
fn parameters(fields: &Fields<'_, '_>) -> Result<Params, Malformed> {
    let mut params = Params {
        offset: fields.number("offset")?.unwrap_or(0),
        group_size: fields.number("groupSize")?.unwrap_or(1).max(1),
        ..Params::default()
    };
    params.groups = params::names(text(fields, "groupingField")?)?;
    for order in texts(fields, "orderByFields")?.unwrap_or_default() {
        params.orders.extend(params::orders(order)?);
    }
    for key in ["searchParams", "params"] {
        let Some(node) = fields.given(key) else { continue };
        if node.as_object().is_none() {
            return Err(WORDS.mistyped(key, node, "an object"));
        }
        for (key, node) in node.members() {
            if key == "params" && node.as_object().is_some() {
                for (key, node) in node.members() {
                    params.nested_member(key, node)?;
                }
            } else {
                params.nested_member(key, node)?;
            }
        }
    }
    Ok(params)
}

/// Rerankers by functions of fields.
fn score(fields: &Fields<'_, '_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    const FUNCTION: [&str; 6] = [
        "name",
        "description",
        "type",
        "inputFieldNames",
        "outputFieldNames",
        "params",
    ];
    let Some(node) = fields.given("functionScore") else {
        return Ok(());
    };
    let score = WORDS.fields(node, "functionScore", &["functions", "params"])?;
    let Some(functions) = score.given("functions") else {
        return Ok(());
    };
    for node in WORDS.elements(functions, "functionScore.functions", "a list of functions")? {
        let function = WORDS.fields(node, "functionScore.functions[]", &FUNCTION)?;
        for name in texts(&function, "inputFieldNames")?.unwrap_or_default() {
            meaning.refers_to(params::name(name)?, Through::Score);
        }
        if let Some(node) = function.given("params") {
            if node.as_object().is_none() {
                return Err(WORDS.mistyped("functionScore.functions[].params", node, "an object"));
            }
            for (key, node) in node.members() {
                match node.as_str() {
                    Some(text) => meaning.function(key, text)?,
                    None => meaning.function_node(key, node)?,
                }
            }
        }
    }
    Ok(())
}
