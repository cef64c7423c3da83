//! What the bodies mean that read points.

use super::super::meaning::{DEFAULT_GROUP_SIZE, DEFAULT_LIMIT, Lookups, Meaning};
use super::body::{
    Fields, Unsaid, WORDS, ids, limit, lookup_from, order_by, required_limit, with_payload, with_vectors,
};
use super::filter::filter_of;
use super::query::{ranking, search_params, vector};
use super::{Draft, body};
use crate::dialect::Malformed;
use crate::operation::Through;
use crate::wire::json::strict::Node;

/// What every read of points may have.
const SELECTS: [&str; 4] = ["shard_key", "with_payload", "with_vector", "with_vectors"];
/// What every search may have beside it, of the calls that are deprecated.
const SEARCHES: [&str; 2] = ["filter", "params"];
const GROUPS: [&str; 3] = ["group_by", "group_size", "with_lookup"];
const PAGE: [&str; 3] = ["limit", "top", "offset"];

/// A call that is deprecated: what it searches by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Old {
    Search,
    Recommend,
    Discover,
}

impl Old {
    fn keys(self) -> &'static [&'static str] {
        match self {
            Old::Search => &["vector", "score_threshold"],
            Old::Recommend => &[
                "positive",
                "negative",
                "strategy",
                "using",
                "lookup_from",
                "score_threshold",
            ],
            Old::Discover => &["target", "context", "using", "lookup_from"],
        }
    }
}

/// One page of a search by `old`.
pub(super) fn old(node: &Node<'_>, path: &str, old: Old, draft: &mut Draft) -> Result<(), Malformed> {
    let known = [old.keys(), &SELECTS, &SEARCHES, &PAGE].concat();
    let fields = WORDS.fields(node, path, &known)?;
    searches(&fields, old, draft)?;
    let (limit, site) = required_limit(&fields)?;
    let offset = fields.number("offset")?.unwrap_or(0);
    draft.limits.push(site);
    draft.meaning.returns(limit, offset);
    Ok(())
}

/// The same in groups.
pub(super) fn old_groups(root: &Node<'_>, old: Old, draft: &mut Draft) -> Result<(), Malformed> {
    let known = [old.keys(), &SELECTS, &SEARCHES, &GROUPS, &["limit", "top"]].concat();
    let fields = WORDS.fields(root, "", &known)?;
    let lookups = grouped(&fields, &mut draft.meaning)?;
    searches(&fields, old, draft)?;
    let (limit, site) = required_limit(&fields)?;
    let Some(size) = fields.number("group_size")? else {
        return Err(WORDS.mismatched("missing field `group_size`"));
    };
    draft.limits.push(site);
    draft.meaning.returns_groups(limit, size, lookups);
    Ok(())
}

fn searches(fields: &Fields<'_, '_>, old: Old, draft: &mut Draft) -> Result<(), Malformed> {
    selects(fields, Unsaid::Stays, &mut draft.meaning)?;
    filter_of(fields, "filter", &mut draft.meaning)?;
    search_params(fields, &mut draft.meaning)?;
    match old {
        Old::Search => {
            let node = fields.required("vector")?;
            let path = fields.path("vector");
            match node.member("name") {
                // A vector with its name.
                Some(_) => {
                    let named = WORDS.fields(node, &path, &["name", "vector"])?;
                    vector(named.required("vector")?, &named.path("vector"))
                }
                None => vector(node, &path),
            }
        }
        Old::Recommend | Old::Discover => lookup_from(fields, &mut draft.meaning),
    }
}

/// A query.
pub(super) fn query(node: &Node<'_>, path: &str, draft: &mut Draft) -> Result<(), Malformed> {
    let known = [
        &SELECTS[..],
        &["prefetch", "query", "using", "filter", "params"],
        &["score_threshold", "limit", "offset", "lookup_from"],
    ];
    let fields = WORDS.fields(node, path, &known.concat())?;
    selects(&fields, Unsaid::Stays, &mut draft.meaning)?;
    let ranked = ranking(&fields, &mut draft.meaning)?;
    let (limit, site) = limit(&fields, &["limit"])?;
    let offset = fields.number("offset")?.unwrap_or(0);
    draft.limits.push(site);
    draft.meaning.ranked(ranked);
    draft.meaning.returns(limit.unwrap_or(DEFAULT_LIMIT), offset);
    Ok(())
}

/// A query in groups.
pub(super) fn query_groups(root: &Node<'_>, draft: &mut Draft) -> Result<(), Malformed> {
    let known = [
        &SELECTS[..],
        &GROUPS,
        &["prefetch", "query", "using", "filter", "params"],
        &["score_threshold", "limit", "lookup_from"],
    ];
    let fields = WORDS.fields(root, "", &known.concat())?;
    selects(&fields, Unsaid::Stays, &mut draft.meaning)?;
    let lookups = grouped(&fields, &mut draft.meaning)?;
    let ranked = ranking(&fields, &mut draft.meaning)?;
    let (groups, site) = limit(&fields, &["limit"])?;
    let size = fields.number("group_size")?.unwrap_or(DEFAULT_GROUP_SIZE);
    draft.limits.push(site);
    draft.meaning.ranked(ranked);
    draft
        .meaning
        .returns_groups(groups.unwrap_or(DEFAULT_LIMIT), size, lookups);
    Ok(())
}

/// Several queries at once, each read by `one`.
pub(super) fn batch(
    root: &Node<'_>,
    draft: &mut Draft,
    one: impl Fn(&Node<'_>, &str, &mut Draft) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    let fields = WORDS.fields(root, "", &["searches"])?;
    let searches = WORDS.elements(fields.required("searches")?, "searches", "a list of requests")?;
    searches
        .iter()
        .enumerate()
        .try_for_each(|(at, node)| one(node, &format!("searches[{at}]"), draft))
}

/// A page of all points, or of those of one shard.
pub(super) fn scroll(root: &Node<'_>, shard: &[&str], draft: &mut Draft) -> Result<(), Malformed> {
    let known = [&SELECTS[..], shard, &["offset", "limit", "filter", "order_by"]];
    let fields = WORDS.fields(root, "", &known.concat())?;
    selects(&fields, Unsaid::All, &mut draft.meaning)?;
    filter_of(&fields, "filter", &mut draft.meaning)?;
    // Where the page begins is a point's id: how many points lie before it, it does not say.
    if let Some(node) = fields.given("offset") {
        body::id(node, "offset")?;
    }
    if let Some(node) = fields.given("order_by") {
        order_by(node, "order_by", &mut draft.meaning)?;
    }
    let (limit, site) = limit(&fields, &["limit"])?;
    draft.limits.push(site);
    draft.meaning.returns(limit.unwrap_or(DEFAULT_LIMIT), 0);
    Ok(())
}

/// Points by their ids.
pub(super) fn retrieve(root: &Node<'_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    let fields = WORDS.fields(root, "", &[&SELECTS[..], &["ids"]].concat())?;
    selects(&fields, Unsaid::All, meaning)?;
    meaning.returns_others(ids(fields.required("ids")?, "ids")?);
    Ok(())
}

/// The number of points that match.
pub(super) fn count(root: &Node<'_>, shard: &[&str], meaning: &mut Meaning) -> Result<(), Malformed> {
    let known = [shard, &["shard_key", "filter", "exact"]].concat();
    let fields = WORDS.fields(root, "", &known)?;
    fields.flag("exact")?;
    filter_of(&fields, "filter", meaning)
}

/// The values of a field, with the number of points that have them.
pub(super) fn facet(root: &Node<'_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    let fields = WORDS.fields(root, "", &["shard_key", "key", "limit", "filter", "exact"])?;
    fields.flag("exact")?;
    meaning.shows(fields.text("key")?, Through::Facet)?;
    filter_of(&fields, "filter", meaning)?;
    meaning.returns_others(fields.number("limit")?.unwrap_or(DEFAULT_LIMIT));
    Ok(())
}

/// The distances between points of a sample.
pub(super) fn matrix(root: &Node<'_>, draft: &mut Draft) -> Result<(), Malformed> {
    let fields = WORDS.fields(root, "", &["shard_key", "filter", "sample", "limit", "using"])?;
    filter_of(&fields, "filter", &mut draft.meaning)?;
    let (neighbours, site) = limit(&fields, &["limit"])?;
    draft.limits.push(site);
    draft.meaning.returns_pairs(fields.number("sample")?, neighbours);
    Ok(())
}

fn selects(fields: &Fields<'_, '_>, unsaid: Unsaid, meaning: &mut Meaning) -> Result<(), Malformed> {
    with_payload(fields, unsaid, meaning)?;
    with_vectors(fields, meaning)
}

/// What the groups are by, and which collection their records are looked up in.
fn grouped(fields: &Fields<'_, '_>, meaning: &mut Meaning) -> Result<Lookups, Malformed> {
    meaning.shows(fields.text("group_by")?, Through::Group)?;
    let Some(node) = fields.given("with_lookup") else {
        return Ok(Lookups::None);
    };
    match node.as_str() {
        Some(collection) => meaning.touches(collection),
        None => {
            let known = ["collection", "with_payload", "with_vectors", "with_vector"];
            let lookup = WORDS.fields(node, &fields.path("with_lookup"), &known)?;
            meaning.touches(lookup.text("collection")?);
            selects(&lookup, Unsaid::Stays, meaning)?;
        }
    }
    Ok(Lookups::OnePerGroup)
}
