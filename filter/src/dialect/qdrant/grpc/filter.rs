//! Conditions on fields, and formulas: which fields they refer to.

use super::message::{Condition, ConditionOf, Expression, ExpressionOf, Filter};
use crate::dialect::Malformed;
use crate::dialect::qdrant::meaning::{Meaning, Within};
use crate::operation::Through;

/// The filter of a request or a part of one, if it has one.
pub(super) fn filter_of(filter: Option<&Filter>, meaning: &mut Meaning) -> Result<(), Malformed> {
    filter.map_or(Ok(()), |filter| conditions(filter, Within::ROOT, meaning))
}

fn conditions(filter: &Filter, within: Within<'_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    let least = filter.min_should.iter().flat_map(|least| &least.conditions);
    let clauses = [&filter.should, &filter.must, &filter.must_not];
    clauses
        .into_iter()
        .flatten()
        .chain(least)
        .try_for_each(|child| condition(child, within, meaning))
}

fn condition(condition: &Condition, within: Within<'_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    match &condition.variant {
        Some(ConditionOf::Field(field)) => meaning.refers(within, &field.key, Through::Filter),
        Some(ConditionOf::IsEmpty(field)) => meaning.refers(within, &field.key, Through::Filter),
        Some(ConditionOf::IsNull(field)) => meaning.refers(within, &field.key, Through::Filter),
        Some(ConditionOf::Filter(filter)) => conditions(filter, within, meaning),
        Some(ConditionOf::Nested(nested)) => {
            let keys = within.keys(&nested.key)?;
            meaning.nested(keys, |within, meaning| match &nested.filter {
                Some(filter) => conditions(filter, within, meaning),
                None => Ok(()),
            })
        }
        Some(ConditionOf::HasId(_) | ConditionOf::HasVector(_) | ConditionOf::Slice(_)) | None => Ok(()),
    }
}

/// The formula of a score.
pub(super) fn expression(expression: &Expression, meaning: &mut Meaning) -> Result<(), Malformed> {
    match &expression.variant {
        Some(ExpressionOf::Constant(_) | ExpressionOf::Datetime(_)) | None => Ok(()),
        Some(ExpressionOf::Variable(variable)) => meaning.scores_by(variable),
        Some(ExpressionOf::DatetimeKey(key)) => meaning.scores_by(key),
        Some(ExpressionOf::GeoDistance(distance)) => meaning.scores_by(&distance.to),
        Some(ExpressionOf::Condition(inner)) => {
            meaning.scores_by_conditions(|conditions| condition(inner, Within::ROOT, conditions))
        }
        Some(ExpressionOf::Mult(of)) => all(&of.mult, meaning),
        Some(ExpressionOf::Sum(of)) => all(&of.sum, meaning),
        Some(ExpressionOf::Max(of)) => all(&of.max, meaning),
        Some(ExpressionOf::Min(of)) => all(&of.min, meaning),
        Some(ExpressionOf::Div(of)) => all(of.left.iter().chain(&of.right).map(|part| &**part), meaning),
        Some(ExpressionOf::Pow(of)) => all(of.base.iter().chain(&of.exponent).map(|part| &**part), meaning),
        Some(ExpressionOf::ExpDecay(of) | ExpressionOf::GaussDecay(of) | ExpressionOf::LinDecay(of)) => {
            all(of.x.iter().chain(&of.target).map(|part| &**part), meaning)
        }
        Some(
            ExpressionOf::Neg(of)
            | ExpressionOf::Abs(of)
            | ExpressionOf::Sqrt(of)
            | ExpressionOf::Exp(of)
            | ExpressionOf::Log10(of)
            | ExpressionOf::Ln(of)
            | ExpressionOf::Acosh(of),
        ) => self::expression(of, meaning),
    }
}

fn all<'e>(
    expressions: impl IntoIterator<Item = &'e Expression>,
    meaning: &mut Meaning,
) -> Result<(), Malformed> {
    expressions
        .into_iter()
        .try_for_each(|one| expression(one, meaning))
}
