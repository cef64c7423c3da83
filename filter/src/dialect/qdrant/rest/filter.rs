//! Conditions on fields, and formulas: which fields they refer to.
//!
//! The server tells an object's variant by trying one after the other, and ignores the keys that the first fitting one
//! does not know. Here an object is exactly one variant, with that variant's keys alone, or it is refused.

use super::super::meaning::{Meaning, Within};
use super::body::{Fields, WORDS, ids, one_or_many};
use crate::dialect::Malformed;
use crate::operation::Through;
use crate::wire::json::strict::Node;

const FILTER: &[&str] = &["should", "must", "must_not", "min_should"];

const FIELD: &[&str] = &[
    "key",
    "match",
    "range",
    "geo_bounding_box",
    "geo_radius",
    "geo_polygon",
    "values_count",
    "is_empty",
    "is_null",
];

/// The filter of a request or a part of one, if it has one.
pub(super) fn filter_of(fields: &Fields<'_, '_>, key: &str, meaning: &mut Meaning) -> Result<(), Malformed> {
    match fields.given(key) {
        Some(node) => filter(node, &fields.path(key), Within::ROOT, meaning),
        None => Ok(()),
    }
}

fn filter(node: &Node<'_>, path: &str, within: Within<'_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    let filter = WORDS.fields(node, path, FILTER)?;
    for clause in ["should", "must", "must_not"] {
        let Some(node) = filter.given(clause) else {
            continue;
        };
        if matches!(node, Node::Numbers(_)) {
            return Err(WORDS.mistyped(&filter.path(clause), node, "a list of conditions"));
        }
        for child in one_or_many(node) {
            condition(child, &filter.path(clause), within, meaning)?;
        }
    }
    if let Some(node) = filter.given("min_should") {
        let path = filter.path("min_should");
        let least = WORDS.fields(node, &path, &["conditions", "min_count"])?;
        least.number("min_count")?;
        let path = least.path("conditions");
        for child in WORDS.elements(least.required("conditions")?, &path, "a list of conditions")? {
            condition(child, &path, within, meaning)?;
        }
    }
    Ok(())
}

/// One condition.
pub(super) fn condition(
    node: &Node<'_>,
    path: &str,
    within: Within<'_>,
    meaning: &mut Meaning,
) -> Result<(), Malformed> {
    let has = |key| node.member(key).is_some();
    if has("key") {
        let field = WORDS.fields(node, path, FIELD)?;
        field.flag("is_empty")?;
        field.flag("is_null")?;
        return meaning.refers(within, field.text("key")?, Through::Filter);
    }
    if has("is_empty") || has("is_null") {
        let name = if has("is_empty") { "is_empty" } else { "is_null" };
        let condition = WORDS.fields(node, path, &[name])?;
        let field = WORDS.fields(condition.required(name)?, &condition.path(name), &["key"])?;
        return meaning.refers(within, field.text("key")?, Through::Filter);
    }
    if has("has_id") {
        let condition = WORDS.fields(node, path, &["has_id"])?;
        return ids(condition.required("has_id")?, &condition.path("has_id")).map(|_| ());
    }
    if has("has_vector") {
        return WORDS
            .fields(node, path, &["has_vector"])?
            .text("has_vector")
            .map(|_| ());
    }
    if has("slice") {
        let condition = WORDS.fields(node, path, &["slice"])?;
        let slice = WORDS.fields(
            condition.required("slice")?,
            &condition.path("slice"),
            &["total", "index"],
        )?;
        slice.number("total")?;
        return slice.number("index").map(|_| ());
    }
    if has("nested") {
        let condition = WORDS.fields(node, path, &["nested"])?;
        let nested = condition.required("nested")?;
        let nested = WORDS.fields(nested, &condition.path("nested"), &["key", "filter"])?;
        let keys = within.keys(nested.text("key")?)?;
        let inner = nested.required("filter")?;
        return meaning.nested(keys, |keys, meaning| {
            filter(inner, &nested.path("filter"), keys, meaning)
        });
    }
    filter(node, path, within, meaning)
}

/// The formula of a score.
pub(super) fn expression(node: &Node<'_>, path: &str, meaning: &mut Meaning) -> Result<(), Malformed> {
    match node {
        Node::Number(_) => return Ok(()),
        Node::String(variable) => return meaning.scores_by(&variable.text),
        _ => {}
    }
    let member = match node.as_object().map(|object| object.members.as_slice()) {
        Some([member]) => member,
        // More than one key: a condition on a field.
        Some(_) => return scoring_condition(node, path, meaning),
        None => return Err(WORDS.mistyped(path, node, "a number, a variable or an expression")),
    };
    let operator: &str = &member.key.text;
    let path = format!("{path}.{operator}");
    let value = &member.value;
    match operator {
        "mult" | "sum" | "max" | "min" => operands(value, &path, meaning),
        "neg" | "abs" | "sqrt" | "exp" | "log10" | "ln" | "acosh" => expression(value, &path, meaning),
        "div" => parts(value, &path, &["left", "right"], &["by_zero_default"], meaning),
        "pow" => parts(value, &path, &["base", "exponent"], &[], meaning),
        "exp_decay" | "gauss_decay" | "lin_decay" => {
            parts(value, &path, &["x", "target"], &["scale", "midpoint"], meaning)
        }
        "geo_distance" => {
            let distance = WORDS.fields(value, &path, &["origin", "to"])?;
            meaning.scores_by(distance.text("to")?)
        }
        "datetime" => WORDS.text(value, &path).map(|_| ()),
        "datetime_key" => meaning.scores_by(WORDS.text(value, &path)?),
        _ => scoring_condition(node, &path, meaning),
    }
}

/// A list of numbers alone has no variables in it.
fn operands(node: &Node<'_>, path: &str, meaning: &mut Meaning) -> Result<(), Malformed> {
    match node {
        Node::Numbers(_) => Ok(()),
        Node::Array(array) => array
            .elements
            .iter()
            .enumerate()
            .try_for_each(|(at, operand)| expression(operand, &format!("{path}[{at}]"), meaning)),
        _ => Err(WORDS.mistyped(path, node, "a list of expressions")),
    }
}

fn parts(
    node: &Node<'_>,
    path: &str,
    expressions: &[&str],
    others: &[&str],
    meaning: &mut Meaning,
) -> Result<(), Malformed> {
    let fields = WORDS.fields(node, path, &[expressions, others].concat())?;
    for key in expressions {
        if let Some(node) = fields.given(key) {
            expression(node, &fields.path(key), meaning)?;
        }
    }
    Ok(())
}

/// A condition as a part of a formula.
fn scoring_condition(node: &Node<'_>, path: &str, meaning: &mut Meaning) -> Result<(), Malformed> {
    meaning.scores_by_conditions(|conditions| condition(node, path, Within::ROOT, conditions))
}
