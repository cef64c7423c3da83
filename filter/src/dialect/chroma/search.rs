//! What the body of the Search API means: several searches, each with filter, rank, grouping, limit and selection.

use super::Meaning;
use super::body::{Fields, WORDS, invalid, shown};
use super::fields::{self, Refs, key_of, where_clause};
use crate::dialect::Malformed;
use crate::dialect::narrow::{Around, LimitSite};
use crate::operation::{Kind, Query, Results, Through};
use crate::wire::json::strict::Node;

/// What stands around a limit in one search, and in the search's own object of limits.
const LIMIT_OF_LIMIT: Around = Around {
    before: "\"limit\":{\"limit\":",
    after: "}",
};
const LIMIT: Around = Around::member("\"limit\":");

const SEARCH: &[&str] = &["filter", "rank", "group_by", "limit", "select"];
const KNN: &[&str] = &["query", "key", "limit", "default", "return_rank"];

/// Several searches at once.
pub(super) fn search(root: &Node<'_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    let fields = WORDS.fields(root, "", &["searches", "read_level"])?;
    if fields.get("read_level").is_some() {
        fields.text("read_level")?;
    }
    let searches = WORDS.elements(fields.required("searches")?, "searches", "a list of searches")?;
    let mut refs = Refs::default();
    for (at, node) in searches.iter().enumerate() {
        one(node, &format!("searches[{at}]"), meaning, &mut refs)?;
    }
    meaning.operation.refers_to = refs.into_vec();
    Ok(())
}

fn one(node: &Node<'_>, path: &str, meaning: &mut Meaning, refs: &mut Refs) -> Result<(), Malformed> {
    let search = WORDS.fields(node, path, SEARCH)?;
    // An empty filter is none.
    if let Some(filter) = search
        .given("filter")
        .filter(|node| node.members().next().is_some() || !is_object(node))
    {
        where_clause(filter, refs)?;
    }
    let mut ranked = Ranked::ByNothing;
    if let Some(rank) = search.given("rank") {
        ranked = expression(rank, &search.path("rank"), refs)?;
    }
    if let Some(node) = search.get("group_by") {
        group_by(node, &search.path("group_by"), refs)?;
    }
    if let Some(node) = search.get("select") {
        let select = WORDS.fields(node, &search.path("select"), &["keys"])?;
        let keys = select.texts("keys")?.unwrap_or_default();
        meaning.operation.vectors |= keys.contains(&"#embedding");
    }
    let (query, site) = limit(&search)?;
    meaning.operation.queries.push(query);
    meaning.limits.push(site);
    // Without a ranking by similarity it pages through the collection: bulk reading, whatever the others do.
    if ranked == Ranked::ByNothing {
        meaning.operation.kind = Kind::List;
    }
    Ok(())
}

/// The limit of one search. Grouping does not multiply it: the server flattens the groups first.
fn limit(search: &Fields<'_, '_>) -> Result<(Query, LimitSite), Malformed> {
    let (limit, offset, site) = match search.get("limit") {
        None => (None, None, LimitSite::absent(search.object, LIMIT_OF_LIMIT)),
        Some(node) => {
            let fields = WORDS.fields(node, &search.path("limit"), &["limit", "offset"])?;
            let site = match fields.get("limit") {
                Some(node) => LimitSite::At(node.span()),
                None => LimitSite::absent(fields.object, LIMIT),
            };
            (fields.number("limit")?, fields.number("offset")?, site)
        }
    };
    let query = Query {
        offset: offset.unwrap_or(0),
        limit: limit.map_or(Results::Unbounded, Results::AtMost),
        multiplier: 1,
        clampable: true,
    };
    Ok((query, site))
}

fn group_by(node: &Node<'_>, path: &str, refs: &mut Refs) -> Result<(), Malformed> {
    let group = WORDS.fields(node, path, &["keys", "aggregate"])?;
    if let Some(keys) = group.get("keys") {
        fields::keys(keys, &group.path("keys"), Through::Group, refs)?;
    }
    if let Some(aggregate) = group.given("aggregate") {
        let path = group.path("aggregate");
        let aggregate = WORDS.fields(aggregate, &path, &["$min_k", "$max_k"])?;
        for key in ["$min_k", "$max_k"] {
            if let Some(node) = aggregate.get(key) {
                let best = WORDS.fields(node, &aggregate.path(key), &["keys", "k"])?;
                best.number("k")?;
                fields::keys(best.required("keys")?, &best.path("keys"), Through::Order, refs)?;
            }
        }
    }
    Ok(())
}

/// Whether a rank looks for neighbours at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ranked {
    /// Constants alone, or no rank.
    ByNothing,
    /// At least one `$knn`.
    BySimilarity,
}

fn expression(node: &Node<'_>, path: &str, refs: &mut Refs) -> Result<Ranked, Malformed> {
    let object = node
        .as_object()
        .ok_or_else(|| WORDS.mistyped(path, node, "an object"))?;
    let [member] = object.members.as_slice() else {
        return Err(invalid(format!("{path}: a rank has one operator")));
    };
    let operator: &str = &member.key.text;
    let path = format!("{path}.{operator}");
    let value = &member.value;
    match operator {
        "$val" => match value {
            Node::Number(_) => Ok(Ranked::ByNothing),
            _ => Err(WORDS.mistyped(&path, value, "a number")),
        },
        "$knn" => {
            let knn = WORDS.fields(value, &path, KNN)?;
            knn.required("query")?;
            knn.number("limit")?;
            if knn.get("key").is_some() {
                key_of(knn.text("key")?, Through::Score, refs);
            }
            Ok(Ranked::BySimilarity)
        }
        "$abs" | "$exp" | "$log" => expression(value, &path, refs),
        "$sub" | "$div" => {
            let sides = WORDS.fields(value, &path, &["left", "right"])?;
            let left = expression(sides.required("left")?, &sides.path("left"), refs)?;
            let right = expression(sides.required("right")?, &sides.path("right"), refs)?;
            Ok(left.max(right))
        }
        "$sum" | "$mul" | "$max" | "$min" => {
            let mut ranked = Ranked::ByNothing;
            for (at, part) in WORDS
                .elements(value, &path, "a list of ranks")?
                .iter()
                .enumerate()
            {
                ranked = ranked.max(expression(part, &format!("{path}[{at}]"), refs)?);
            }
            Ok(ranked)
        }
        _ => Err(invalid(format!("{} is not a rank", shown(operator)))),
    }
}

fn is_object(node: &Node<'_>) -> bool {
    node.as_object().is_some()
}
