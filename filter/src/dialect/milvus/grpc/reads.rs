//! What the messages mean that are read whole.

use super::message::*;
use crate::dialect::Malformed;
use crate::dialect::body::invalid;
use crate::dialect::milvus::meaning::{Limit, Meaning};
use crate::dialect::milvus::names::{Name, Sort};
use crate::dialect::milvus::params::{self, Of, Params};
use crate::operation::{Kind, Results, Through};

type Done = Result<(), Malformed>;

/// The database that a message means: its own, or else the connection's.
pub(super) fn database<'d>(own: &'d str, connection: &'d str) -> &'d str {
    if own.is_empty() { connection } else { own }
}

pub(super) fn search(search: &SearchRequest, connection: &str, meaning: &mut Meaning) -> Done {
    if !search.sub_reqs.is_empty() {
        return Err(invalid("a search may hold no others: send a hybrid search"));
    }
    if search.highlighter.is_some() {
        return Err(invalid("highlights cannot be masked: leave the highlighter out"));
    }
    meaning.touches(named(&search.db_name, &search.collection_name, connection)?);
    meaning.wants(search.output_fields.iter().map(String::as_str))?;
    let params = one(search, meaning)?;
    let limit = params
        .limit
        .ok_or_else(|| invalid("the parameter `topk` is missing"))?;
    meaning.searches(&params, limit, vectors(search)?)?;
    scored(search.function_score.as_ref(), &search.function_chains, meaning)?;
    if let Some(aggregation) = &search.search_aggregation {
        aggregates(aggregation, meaning)?;
    }
    Ok(())
}

pub(super) fn hybrid(hybrid: &HybridSearchRequest, connection: &str, meaning: &mut Meaning) -> Done {
    meaning.touches(named(&hybrid.db_name, &hybrid.collection_name, connection)?);
    meaning.wants(hybrid.output_fields.iter().map(String::as_str))?;
    let mut most = 1;
    for search in &hybrid.requests {
        if !search.sub_reqs.is_empty() || search.search_aggregation.is_some() || search.highlighter.is_some()
        {
            return Err(invalid("a search in a hybrid search may only search"));
        }
        // Milvus reads collection and database of the whole alone; one that reads them here would read another.
        let same = |own: &str, whole: &str| own.is_empty() || own == whole;
        if !same(&search.collection_name, &hybrid.collection_name) || !same(&search.db_name, &hybrid.db_name)
        {
            return Err(invalid("a hybrid search searches one collection"));
        }
        let params = one(search, meaning)?;
        meaning.wants(search.output_fields.iter().map(String::as_str))?;
        for keys in &params.groups {
            meaning.refers_to(keys.clone(), Through::Group);
        }
        scored(search.function_score.as_ref(), &search.function_chains, meaning)?;
        if meaning.searched.is_none() {
            meaning.searched = params.searched;
        }
        most = most.max(vectors(search)?);
    }
    let params = params::read(Of::Ranking, pairs(&hybrid.rank_params))?;
    let limit = params
        .limit
        .ok_or_else(|| invalid("the parameter `limit` of the ranking is missing"))?;
    meaning.searches(&params, limit, most)?;
    scored(hybrid.function_score.as_ref(), &hybrid.function_chains, meaning)
}

/// The parameters of one search, and its filter.
fn one(search: &SearchRequest, meaning: &mut Meaning) -> Result<Params, Malformed> {
    meaning.expression(&search.dsl, Through::Filter)?;
    params::read(Of::Search, pairs(&search.search_params))
}

/// How many vectors a search is for: what it says, and what it carries, whichever is more.
fn vectors(search: &SearchRequest) -> Result<u64, Malformed> {
    let said = u64::try_from(search.nq).map_err(|_| invalid("nq must not be negative"))?;
    let carried = search
        .placeholder_group
        .iter()
        .flat_map(|group| &group.placeholders)
        .map(|placeholder| placeholder.values.len())
        .sum::<usize>();
    Ok(said.max(count(carried)).max(ids(search.ids.as_ref())))
}

fn ids(ids: Option<&Ids>) -> u64 {
    ids.map_or(0, |ids| {
        let numbers = ids.int_id.as_ref().map_or(0, |ids| ids.data.len());
        let texts = ids.str_id.as_ref().map_or(0, |ids| ids.data.len());
        count(numbers).max(count(texts))
    })
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn pairs(pairs: &[KeyValuePair]) -> impl Iterator<Item = (&str, &str)> {
    pairs.iter().map(|pair| (pair.key.as_str(), pair.value.as_str()))
}

fn named(database_name: &str, collection: &str, connection: &str) -> Result<Name, Malformed> {
    if collection.is_empty() {
        return Err(invalid("collection_name must not be empty"));
    }
    Name::new(database(database_name, connection), collection, Sort::Any)
}

/// Rerankers: functions of fields, boosts by an expression, chains of functions.
fn scored(score: Option<&FunctionScore>, chains: &[FunctionChain], meaning: &mut Meaning) -> Done {
    for function in score.iter().flat_map(|score| &score.functions) {
        if !function.input_field_ids.is_empty() {
            return Err(invalid("a function takes fields by their names, not by ids"));
        }
        for name in &function.input_field_names {
            meaning.refers_to(params::name(name)?, Through::Score);
        }
        for pair in &function.params {
            meaning.function(&pair.key, &pair.value)?;
        }
    }
    for op in chains.iter().flat_map(|chain| &chain.ops) {
        for name in &op.inputs {
            meaning.column(name)?;
        }
        for arg in op.expr.iter().flat_map(|expr| &expr.args) {
            if let Some(column) = &arg.column {
                meaning.column(&column.name)?;
            }
            if let Some(literal) = &arg.literal {
                parameter("", literal, meaning)?;
            }
        }
        let of_expression = op.expr.iter().flat_map(|expr| &expr.params);
        for entry in op.params.iter().chain(of_expression) {
            if let Some(value) = &entry.value {
                parameter(&entry.key, value, meaning)?;
            }
        }
    }
    Ok(())
}

/// A parameter of a chain's step: some steps are told by one which column they sort or group by.
fn parameter(key: &str, value: &FunctionParamValue, meaning: &mut Meaning) -> Done {
    match &value.value {
        Some(FunctionParamOf::Text(text)) => meaning.function(key, text),
        Some(FunctionParamOf::Array(array)) => array
            .values
            .iter()
            .try_for_each(|value| parameter(key, value, meaning)),
        Some(FunctionParamOf::Object(object)) => object
            .fields
            .iter()
            .filter_map(|entry| Some((&entry.key, entry.value.as_ref()?)))
            .try_for_each(|(key, value)| parameter(key, value, meaning)),
        Some(FunctionParamOf::Bytes(_)) => Err(invalid("a function takes no parameter of bytes here")),
        Some(FunctionParamOf::Truth(_) | FunctionParamOf::Integer(_) | FunctionParamOf::Double(_)) | None => {
            Ok(())
        }
    }
}

/// Buckets by fields, each with measures of fields and its best hits, and buckets inside.
fn aggregates(spec: &SearchAggregationSpec, meaning: &mut Meaning) -> Done {
    meaning.operation.kind = Kind::Aggregate;
    let mut returned: u64 = 0;
    let mut buckets: u64 = 1;
    let mut level = Some(spec);
    while let Some(spec) = level {
        for name in &spec.fields {
            meaning.refers_to(params::name(name)?, Through::Facet);
        }
        for metric in spec.metrics.iter().filter_map(|entry| entry.value.as_ref()) {
            // `_score` is no field, and any other may begin so too.
            if !matches!(metric.field_name.as_str(), "" | "*" | "_score") {
                meaning.refers_to(params::name(&metric.field_name)?, Through::Facet);
            }
        }
        for sort in spec.top_hits.iter().flat_map(|hits| &hits.sort) {
            if sort.field_name != "_score" {
                meaning.refers_to(params::name(&sort.field_name)?, Through::Order);
            }
        }
        let size = positive(spec.size)?;
        buckets = buckets.saturating_mul(size);
        let hits = match &spec.top_hits {
            Some(hits) => positive(hits.size)?,
            None => 0,
        };
        returned = returned.saturating_add(buckets.saturating_mul(hits.saturating_add(1)));
        level = spec.sub_aggregation.as_deref();
    }
    // Buckets stand in place of results: they have no limit that could be lowered.
    let multiplier = meaning
        .operation
        .queries
        .iter()
        .map(|query| query.multiplier)
        .max()
        .unwrap_or(1);
    meaning.operation.queries.clear();
    meaning.operation.other_results = Results::AtMost(returned.saturating_mul(multiplier));
    Ok(())
}

fn positive(size: i64) -> Result<u64, Malformed> {
    u64::try_from(size)
        .ok()
        .filter(|size| *size > 0)
        .ok_or_else(|| invalid("an aggregation needs a size of at least 1"))
}

pub(super) fn query(query: &QueryRequest, connection: &str, meaning: &mut Meaning) -> Done {
    meaning.touches(named(&query.db_name, &query.collection_name, connection)?);
    meaning.expression(&query.expr, Through::Filter)?;
    meaning.wants(query.output_fields.iter().map(String::as_str))?;
    let params = params::read(Of::Query, pairs(&query.query_params))?;
    meaning.queries(&params, params.limit.map_or(Limit::None, Limit::Given))?;
    meaning.ids = Some((query.expr.clone(), params.limit));
    Ok(())
}

pub(super) fn delete(delete: &DeleteRequest, connection: &str, meaning: &mut Meaning) -> Done {
    meaning.touches(named(&delete.db_name, &delete.collection_name, connection)?);
    meaning.expression(&delete.expr, Through::Filter)
}

/// Distances between stored vectors and given ones: many of them tell where a vector is.
pub(super) fn distance(distance: &CalcDistanceRequest, connection: &str, meaning: &mut Meaning) -> Done {
    let mut results = Results::AtMost(1);
    for side in [&distance.op_left, &distance.op_right].into_iter().flatten() {
        let Some(stored) = &side.id_array else {
            continue;
        };
        meaning.touches(named("", &stored.collection_name, connection)?);
        meaning.refers_to(params::name(&stored.field_name)?, Through::Score);
        results = results.times(ids(stored.id_array.as_ref()).max(1));
    }
    meaning.operation.other_results = results;
    Ok(())
}
