//! What a query ranks points by, and the queries that fetch its candidates.

use super::filter::{expression, filter_of};
use super::message::{LookupLocation, PrefetchQuery, Query, QueryOf, SearchParams};
use crate::dialect::Malformed;
use crate::dialect::body::invalid;
use crate::dialect::qdrant::meaning::{Meaning, Ranked, Within};
use crate::operation::Through;

/// Prefetches return nothing themselves, so their limits bound nothing that comes back.
pub(super) fn prefetches(prefetches: &[PrefetchQuery], meaning: &mut Meaning) -> Result<(), Malformed> {
    for prefetch in prefetches {
        self::prefetches(&prefetch.prefetch, meaning)?;
        filter_of(prefetch.filter.as_ref(), meaning)?;
        params(prefetch.params.as_ref(), meaning)?;
        lookup_from(prefetch.lookup_from.as_ref(), meaning);
        ranking(prefetch.query.as_ref(), prefetch.using.as_deref(), meaning)?;
    }
    Ok(())
}

/// Parameters of the search. One of them is a filter: on the points from which the weight of a word is computed.
pub(super) fn params(params: Option<&SearchParams>, meaning: &mut Meaning) -> Result<(), Malformed> {
    let corpus = params
        .and_then(|params| params.idf.as_ref())
        .and_then(|idf| idf.corpus.as_ref());
    filter_of(corpus, meaning)
}

/// Another collection whose vectors are read, by ids of this request.
pub(super) fn lookup_from(lookup: Option<&LookupLocation>, meaning: &mut Meaning) {
    if let Some(lookup) = lookup {
        meaning.touches(&lookup.collection_name);
    }
}

/// The query itself. One without a variant ranks by nothing.
pub(super) fn ranking(
    query: Option<&Query>,
    using: Option<&str>,
    meaning: &mut Meaning,
) -> Result<Ranked, Malformed> {
    let Some(query) = query.and_then(|query| query.variant.as_ref()) else {
        return Ok(Ranked::ByNothing);
    };
    match query {
        QueryOf::OrderBy(order) => meaning.orders_by(&order.key)?,
        QueryOf::Formula(formula) => {
            if let Some(formula) = &formula.expression {
                expression(formula, meaning)?;
            }
        }
        // A ranking by the words in a payload field, which `using` names.
        QueryOf::Text(_) => match using {
            Some(field) => meaning.refers(Within::ROOT, field, Through::Score)?,
            None => {
                return Err(invalid(
                    "a text query needs `using`, the field whose text it searches",
                ));
            }
        },
        QueryOf::Nearest(_)
        | QueryOf::NearestWithMmr(_)
        | QueryOf::Recommend(_)
        | QueryOf::Discover(_)
        | QueryOf::Context(_)
        | QueryOf::RelevanceFeedback(_)
        | QueryOf::Fusion(_)
        | QueryOf::Rrf(_)
        | QueryOf::Sample(_) => {}
    }
    Ok(Ranked::BySomething)
}
