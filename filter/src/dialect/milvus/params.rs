//! Parameters of searches and queries: pairs of a key and a text, in which the limit stands.
//!
//! Milvus takes the first of two equal keys and other readers the last, so a repeated one is refused, and so is a key
//! that is not known: a newer version may page or widen by it.

use super::expr::{self, Keys};
use crate::dialect::Malformed;
use crate::dialect::body::{invalid, shown};
use crate::wire::json::strict::{self, Node};

/// What the parameters say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Params {
    /// How many results, or groups, one query returns.
    pub(super) limit: Option<u64>,
    /// How many results one step of an iterator returns; 0 where it does not say.
    pub(super) batch: u64,
    /// How many it skips.
    pub(super) offset: u64,
    /// The fields that results are grouped by.
    pub(super) groups: Vec<Keys>,
    /// What inside the field that results are grouped by they are grouped by: Milvus takes it in the field's place.
    pub(super) group_path: Option<Keys>,
    /// How many results a group holds.
    pub(super) group_size: u64,
    /// The fields that results are ordered by.
    pub(super) orders: Vec<Keys>,
    /// Whether it is a step of an iterator.
    pub(super) paging: Paging,
    /// The vector field that is searched.
    pub(super) searched: Option<String>,
}

/// Whether a request is a step of an iterator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Paging {
    #[default]
    No,
    Iterator,
}

/// Whose parameters they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// A search, also one in a hybrid search.
    Search,
    /// A hybrid search as a whole.
    Ranking,
    /// A query.
    Query,
}

impl Of {
    /// The key of the limit.
    pub(super) fn limit(self) -> &'static str {
        match self {
            Of::Search => "topk",
            Of::Ranking | Of::Query => "limit",
        }
    }

    /// Another key that says how much comes back, where it is given: of a step of an iterator, Milvus takes it in the
    /// limit's place.
    pub(super) fn batch(self) -> Option<&'static str> {
        match self {
            Of::Search => Some("search_iter_batch_size"),
            Of::Ranking | Of::Query => None,
        }
    }

    /// Further keys that say nothing of fields and results.
    fn plain(self) -> &'static [&'static str] {
        match self {
            Of::Search => &[
                "metric_type",
                "round_decimal",
                "ignore_growing",
                "collection_id",
                "cluster_id",
                "search_iter_last_bound",
                "search_iter_id",
                "guarantee_timestamp",
                "hints",
                "timezone",
                "time_fields",
                "json_type",
                "strict_cast",
                "strict_group_size",
                "reduce_stop_for_best",
                "page_retain_order",
            ],
            Of::Ranking => &[
                "strategy",
                "params",
                "round_decimal",
                "rank_group_scorer",
                "strict_group_size",
                "cluster_id",
            ],
            Of::Query => &[
                "ignore_growing",
                "reduce_stop_for_best",
                "collection_id",
                "cluster_id",
                "query_iter_last_pk",
                "query_iter_last_element_offset",
                "guarantee_timestamp",
                "timezone",
                "time_fields",
                "hints",
                "page_retain_order",
            ],
        }
    }
}

/// Parameters of indexes: how hard is searched, and within which distance. None makes a search return more than its
/// limit.
const OF_INDEXES: [&str; 34] = [
    "beamwidth",
    "bm25_avgdl",
    "bm25_b",
    "bm25_k1",
    "analyzer_name",
    "dim_max_score_ratio",
    "drop_ratio_search",
    "ef",
    "hints",
    "inverted_index_algo",
    "is_embedding_list",
    "itopk_size",
    "level",
    "max_empty_result_buckets",
    "max_iterations",
    "metric_type",
    "mh_lsh_batch_search",
    "mh_search_with_jaccard",
    "min_iterations",
    "nprobe",
    "page_retain_order",
    "radius",
    "range_filter",
    "rbq_query_bits",
    "refine_k",
    "reorder_k",
    "retrieval_ann_ratio",
    "round_decimal",
    "search_k",
    "search_length",
    "search_list",
    "search_list_size",
    "search_width",
    "team_size",
];

/// Reads pairs.
pub(super) fn read<'p>(
    of: Of,
    pairs: impl IntoIterator<Item = (&'p str, &'p str)>,
) -> Result<Params, Malformed> {
    let mut params = Params {
        group_size: 1,
        ..Params::default()
    };
    let mut seen: Vec<&str> = Vec::new();
    for (key, value) in pairs {
        if seen.contains(&key) {
            return Err(invalid(format!("the parameter {} stands twice", shown(key))));
        }
        seen.push(key);
        params.take(of, key, value)?;
    }
    Ok(params)
}

impl Params {
    fn take(&mut self, of: Of, key: &str, value: &str) -> Result<(), Malformed> {
        match key {
            _ if key == of.limit() => self.limit = Some(positive(key, value)?),
            _ if Some(key) == of.batch() => self.batch = positive(key, value)?,
            "offset" => self.offset = self.offset.max(number(key, value)?),
            "group_by_field" | "group_by_fields" => self.groups.extend(names(value)?),
            "json_path" if of != Of::Query => self.group_path = Some(name(value)?),
            "group_size" => self.group_size = self.group_size.max(positive(key, value)?),
            "order_by_fields" => self.orders.extend(orders(value)?),
            "iterator" | "search_iter_v2" if of != Of::Ranking => {
                if !value.eq_ignore_ascii_case("false") && !value.is_empty() {
                    self.paging = Paging::Iterator;
                }
            }
            "anns_field" if of == Of::Search => self.searched = Some(value.to_owned()),
            "params" if of == Of::Search => self.nested(value)?,
            _ if of.plain().contains(&key) => {}
            _ if of == Of::Search && OF_INDEXES.contains(&key) => {}
            _ => return Err(unknown(key)),
        }
        Ok(())
    }

    /// A JSON object with parameters of the index, which some clients fill with everything there is.
    fn nested(&mut self, text: &str) -> Result<(), Malformed> {
        if text.is_empty() {
            return Ok(());
        }
        let document = strict::parse(text.as_bytes())
            .map_err(|error| invalid(format!("the parameter `params`: {error}")))?;
        if document.root().as_object().is_none() {
            return Err(invalid("the parameter `params` must be a JSON object"));
        }
        for (key, node) in document.root().members() {
            self.nested_member(key, node)?;
        }
        Ok(())
    }

    /// A member of that object.
    pub(super) fn nested_member(&mut self, key: &str, node: &Node<'_>) -> Result<(), Malformed> {
        match key {
            "offset" => {
                let offset = node.as_u64().ok_or_else(|| not_a_number(key))?;
                self.offset = self.offset.max(offset);
            }
            "group_by_field" => {
                let name = node.as_str().ok_or_else(|| unknown(key))?;
                self.groups.extend(names(name)?);
            }
            "group_size" => {
                let size = node.as_u64().ok_or_else(|| not_a_number(key))?;
                self.group_size = self.group_size.max(size);
            }
            "strict_group_size" | "ignore_growing" | "timezone" | "time_fields" => {}
            "iterator" => self.paging = Paging::Iterator,
            _ if OF_INDEXES.contains(&key) => {}
            _ => return Err(unknown(key)),
        }
        Ok(())
    }
}

fn unknown(key: &str) -> Malformed {
    invalid(format!(
        "the parameter {} is not known here, so what it does cannot be judged: leave it out",
        shown(key)
    ))
}

fn not_a_number(key: &str) -> Malformed {
    invalid(format!("the parameter {} must be a whole number", shown(key)))
}

/// A whole number as every reader reads it: no sign, no leading zeros (they are octal to Milvus).
fn number(key: &str, value: &str) -> Result<u64, Malformed> {
    let plain = value.bytes().all(|byte| byte.is_ascii_digit()) && (value == "0" || !value.starts_with('0'));
    value
        .parse::<u64>()
        .ok()
        .filter(|number| plain && *number <= i64::MAX as u64)
        .ok_or_else(|| not_a_number(key))
}

fn positive(key: &str, value: &str) -> Result<u64, Malformed> {
    match number(key, value)? {
        0 => Err(invalid(format!(
            "the parameter {} must be at least 1",
            shown(key)
        ))),
        number => Ok(number),
    }
}

/// Names of fields, with commas between.
pub(super) fn names(value: &str) -> Result<Vec<Keys>, Malformed> {
    if value.trim().is_empty() {
        return Ok(Vec::new());
    }
    value.split(',').map(name).collect()
}

/// One field, or a path in it.
pub(super) fn name(text: &str) -> Result<Keys, Malformed> {
    let mut found = expr::fields(text)?;
    match (found.pop(), found.is_empty()) {
        (Some(keys), true) => Ok(keys),
        _ => Err(invalid(format!("{} is no name of a field", shown(text)))),
    }
}

/// Fields to order by: `price:asc,rating:desc`.
pub(super) fn orders(value: &str) -> Result<Vec<Keys>, Malformed> {
    value
        .split(',')
        .map(|part| name(part.rsplit_once(':').map_or(part, |(field, _)| field)))
        .collect()
}
