//! A rule's bounds, held against a request: how deep its queries reach, how many results it can return.

use super::super::compiled::Rule;
use super::super::model::{OverResults, OverTopK};
use crate::operation::{Operation, Query, Results};

/// What the bounds say. The severest of all that they say.
pub(super) enum Finding {
    /// All is within.
    Within,
    /// These limits must be written, and then at most `left` results come back.
    Clamp {
        /// For each query, the limit to write.
        limits: Vec<Option<u64>>,
        /// What can come back then.
        left: u64,
    },
    /// A human must agree.
    Approve(Over),
    /// It is too much.
    Deny(Over),
}

/// Which bound a request exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// A query reaches too deep.
    Depth {
        /// The query.
        query: Query,
        /// `top_k.max`.
        max: u64,
    },
    /// A query begins where the depth ends, so that no limit is left to lower it to.
    NothingLeft {
        /// The query.
        query: Query,
        /// `top_k.max`.
        max: u64,
    },
    /// A query reaches too deep, and no other limit can be written into it.
    NotClampable {
        /// The query.
        query: Query,
        /// `top_k.max`.
        max: u64,
    },
    /// All queries together can return too much.
    Total {
        /// What they can return.
        total: Results,
        /// `results.max`.
        max: u64,
    },
    /// The rule bounds the depth alone, and the request can return more than one query could.
    TotalOverTopK {
        /// What is left after clamping.
        total: Results,
        /// `top_k.max`.
        max: u64,
    },
}

pub(super) fn measure(rule: &Rule, operation: &Operation) -> Finding {
    let mut denied = None;
    let mut asked = None;
    let mut limits: Vec<Option<u64>> = Vec::new();
    // What could come back if each query reached no deeper than the rule lets it reach by itself.
    let mut total = operation.other_results;

    for query in &operation.queries {
        let mut lowered = None;
        let mut counted = *query;
        if let Some(top_k) = rule.top_k
            && query.depth().exceeds(top_k.max)
        {
            let max = top_k.max;
            let left = max.saturating_sub(query.offset);
            counted.limit = Results::AtMost(left);
            match top_k.over {
                OverTopK::Deny => denied = denied.or(Some(Over::Depth { query: *query, max })),
                OverTopK::Approve => asked = asked.or(Some(Over::Depth { query: *query, max })),
                OverTopK::Clamp if left == 0 => {
                    denied = denied.or(Some(Over::NothingLeft { query: *query, max }))
                }
                OverTopK::Clamp if !query.clampable => {
                    denied = denied.or(Some(Over::NotClampable { query: *query, max }));
                }
                OverTopK::Clamp => lowered = Some(left),
            }
        }
        total = total.plus(counted.results());
        limits.push(lowered);
    }

    match (rule.results, rule.top_k) {
        (Some(results), _) if operation.results().exceeds(results.max) => {
            let over = Over::Total {
                total: operation.results(),
                max: results.max,
            };
            match results.over {
                OverResults::Deny => denied = denied.or(Some(over)),
                OverResults::Approve => asked = asked.or(Some(over)),
            }
        }
        // A batch is not a way round.
        (None, Some(top_k)) if total.exceeds(top_k.max) => {
            denied = denied.or(Some(Over::TotalOverTopK {
                total,
                max: top_k.max,
            }));
        }
        _ => {}
    }

    match (denied, asked) {
        (Some(over), _) => Finding::Deny(over),
        (None, Some(over)) => Finding::Approve(over),
        (None, None) if limits.iter().any(Option::is_some) => match total {
            Results::AtMost(left) => Finding::Clamp { limits, left },
            // Does not occur: what is unbounded after clamping exceeds whichever bound there is on the total.
            Results::Unbounded => Finding::Clamp {
                limits,
                left: u64::MAX,
            },
        },
        (None, None) => Finding::Within,
    }
}
