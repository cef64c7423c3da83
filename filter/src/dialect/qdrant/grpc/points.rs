//! What the messages mean that read points.

use super::filter::filter_of;
use super::message::*;
use super::query::{lookup_from, params, prefetches, ranking};
use crate::dialect::Malformed;
use crate::dialect::qdrant::meaning::{DEFAULT_GROUP_SIZE, DEFAULT_LIMIT, Lookups, Meaning};
use crate::operation::Through;

type Done = Result<(), Malformed>;

pub(super) fn search(search: &SearchPoints, meaning: &mut Meaning) -> Done {
    meaning.touches(&search.collection_name);
    with_vectors(search.with_vectors.as_ref(), meaning);
    filter_of(search.filter.as_ref(), meaning)?;
    params(search.params.as_ref(), meaning)?;
    meaning.returns(search.limit, search.offset.unwrap_or(0));
    Ok(())
}

pub(super) fn search_batch(batch: &SearchBatchPoints, meaning: &mut Meaning) -> Done {
    meaning.touches(&batch.collection_name);
    batch
        .search_points
        .iter()
        .try_for_each(|one| search(one, meaning))
}

pub(super) fn search_groups(search: &SearchPointGroups, meaning: &mut Meaning) -> Done {
    meaning.touches(&search.collection_name);
    with_vectors(search.with_vectors.as_ref(), meaning);
    let lookups = grouped(&search.group_by, search.with_lookup.as_ref(), meaning)?;
    filter_of(search.filter.as_ref(), meaning)?;
    params(search.params.as_ref(), meaning)?;
    meaning.returns_groups(u64::from(search.limit), u64::from(search.group_size), lookups);
    Ok(())
}

pub(super) fn recommend(recommend: &RecommendPoints, meaning: &mut Meaning) -> Done {
    meaning.touches(&recommend.collection_name);
    with_vectors(recommend.with_vectors.as_ref(), meaning);
    filter_of(recommend.filter.as_ref(), meaning)?;
    params(recommend.params.as_ref(), meaning)?;
    lookup_from(recommend.lookup_from.as_ref(), meaning);
    meaning.returns(recommend.limit, recommend.offset.unwrap_or(0));
    Ok(())
}

pub(super) fn recommend_batch(batch: &RecommendBatchPoints, meaning: &mut Meaning) -> Done {
    meaning.touches(&batch.collection_name);
    batch
        .recommend_points
        .iter()
        .try_for_each(|one| recommend(one, meaning))
}

pub(super) fn recommend_groups(recommend: &RecommendPointGroups, meaning: &mut Meaning) -> Done {
    meaning.touches(&recommend.collection_name);
    with_vectors(recommend.with_vectors.as_ref(), meaning);
    let lookups = grouped(&recommend.group_by, recommend.with_lookup.as_ref(), meaning)?;
    filter_of(recommend.filter.as_ref(), meaning)?;
    params(recommend.params.as_ref(), meaning)?;
    lookup_from(recommend.lookup_from.as_ref(), meaning);
    meaning.returns_groups(
        u64::from(recommend.limit),
        u64::from(recommend.group_size),
        lookups,
    );
    Ok(())
}

pub(super) fn discover(discover: &DiscoverPoints, meaning: &mut Meaning) -> Done {
    meaning.touches(&discover.collection_name);
    with_vectors(discover.with_vectors.as_ref(), meaning);
    filter_of(discover.filter.as_ref(), meaning)?;
    params(discover.params.as_ref(), meaning)?;
    lookup_from(discover.lookup_from.as_ref(), meaning);
    meaning.returns(discover.limit, discover.offset.unwrap_or(0));
    Ok(())
}

pub(super) fn discover_batch(batch: &DiscoverBatchPoints, meaning: &mut Meaning) -> Done {
    meaning.touches(&batch.collection_name);
    batch
        .discover_points
        .iter()
        .try_for_each(|one| discover(one, meaning))
}

pub(super) fn query(query: &QueryPoints, meaning: &mut Meaning) -> Done {
    meaning.touches(&query.collection_name);
    with_vectors(query.with_vectors.as_ref(), meaning);
    prefetches(&query.prefetch, meaning)?;
    filter_of(query.filter.as_ref(), meaning)?;
    params(query.params.as_ref(), meaning)?;
    lookup_from(query.lookup_from.as_ref(), meaning);
    let ranked = ranking(query.query.as_ref(), query.using.as_deref(), meaning)?;
    meaning.ranked(ranked);
    meaning.returns(query.limit.unwrap_or(DEFAULT_LIMIT), query.offset.unwrap_or(0));
    Ok(())
}

pub(super) fn query_batch(batch: &QueryBatchPoints, meaning: &mut Meaning) -> Done {
    meaning.touches(&batch.collection_name);
    batch.query_points.iter().try_for_each(|one| query(one, meaning))
}

pub(super) fn query_groups(query: &QueryPointGroups, meaning: &mut Meaning) -> Done {
    meaning.touches(&query.collection_name);
    with_vectors(query.with_vectors.as_ref(), meaning);
    let lookups = grouped(&query.group_by, query.with_lookup.as_ref(), meaning)?;
    prefetches(&query.prefetch, meaning)?;
    filter_of(query.filter.as_ref(), meaning)?;
    params(query.params.as_ref(), meaning)?;
    lookup_from(query.lookup_from.as_ref(), meaning);
    let ranked = ranking(query.query.as_ref(), query.using.as_deref(), meaning)?;
    meaning.ranked(ranked);
    meaning.returns_groups(
        query.limit.unwrap_or(DEFAULT_LIMIT),
        query.group_size.unwrap_or(DEFAULT_GROUP_SIZE),
        lookups,
    );
    Ok(())
}

pub(super) fn scroll(scroll: &ScrollPoints, meaning: &mut Meaning) -> Done {
    meaning.touches(&scroll.collection_name);
    with_vectors(scroll.with_vectors.as_ref(), meaning);
    filter_of(scroll.filter.as_ref(), meaning)?;
    if let Some(order) = &scroll.order_by {
        meaning.orders_by(&order.key)?;
    }
    meaning.returns(scroll.limit.map_or(DEFAULT_LIMIT, u64::from), 0);
    Ok(())
}

pub(super) fn get(get: &GetPoints, meaning: &mut Meaning) -> Done {
    meaning.touches(&get.collection_name);
    with_vectors(get.with_vectors.as_ref(), meaning);
    meaning.returns_others(u64::try_from(get.ids.len()).unwrap_or(u64::MAX));
    Ok(())
}

pub(super) fn count(count: &CountPoints, meaning: &mut Meaning) -> Done {
    meaning.touches(&count.collection_name);
    filter_of(count.filter.as_ref(), meaning)
}

pub(super) fn facet(facet: &FacetCounts, meaning: &mut Meaning) -> Done {
    meaning.touches(&facet.collection_name);
    meaning.shows(&facet.key, Through::Facet)?;
    filter_of(facet.filter.as_ref(), meaning)?;
    meaning.returns_others(facet.limit.unwrap_or(DEFAULT_LIMIT));
    Ok(())
}

pub(super) fn matrix(matrix: &SearchMatrixPoints, meaning: &mut Meaning) -> Done {
    meaning.touches(&matrix.collection_name);
    filter_of(matrix.filter.as_ref(), meaning)?;
    meaning.returns_pairs(matrix.sample, matrix.limit);
    Ok(())
}

/// What the groups are by, and which collection their records are looked up in.
fn grouped(by: &str, lookup: Option<&WithLookup>, meaning: &mut Meaning) -> Result<Lookups, Malformed> {
    meaning.shows(by, Through::Group)?;
    Ok(match lookup {
        Some(lookup) => {
            meaning.touches(&lookup.collection);
            with_vectors(lookup.with_vectors.as_ref(), meaning);
            Lookups::OnePerGroup
        }
        None => Lookups::None,
    })
}

/// Whether vectors come back.
fn with_vectors(selector: Option<&WithVectorsSelector>, meaning: &mut Meaning) {
    meaning.operation.vectors |= match selector.and_then(|selector| selector.variant.as_ref()) {
        Some(WithVectorsSelectorOf::Enable(with)) => *with,
        Some(WithVectorsSelectorOf::Include(vectors)) => !vectors.names.is_empty(),
        None => false,
    };
}
