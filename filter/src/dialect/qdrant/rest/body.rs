//! Qdrant's words about a JSON body, and what stands in bodies of many calls: ids, selectors, names.

use super::super::meaning::Meaning;
use super::super::path;
use super::narrow::LIMIT;
use crate::dialect::Malformed;
use crate::dialect::body::Words;
use crate::dialect::narrow::{FieldSite, LimitSite, VectorSite, Wanted};
use crate::wire::json::strict::{Node, Span};

pub(super) use crate::dialect::body::{Fields, invalid, shown};

/// What it says of a body that is not its call's.
pub(super) const WORDS: &Words = &Words {
    mismatch: "Format error in JSON body: ",
    largest: u64::MAX,
};

/// The member that goes by any of these names; a refusal where more than one is given, as the server refuses a
/// member and its alias side by side.
pub(super) fn any_of<'n, 'a>(
    fields: &Fields<'n, 'a>,
    names: &[&str],
) -> Result<Option<&'n Node<'a>>, Malformed> {
    let mut given = names.iter().filter_map(|name| fields.get(name));
    let first = given.next();
    match (given.next(), names.first()) {
        (Some(_), Some(name)) => Err(WORDS.mismatched(&format!("duplicate field `{}`", fields.path(name)))),
        _ => Ok(first),
    }
}

/// A whole number, and where it stands or would.
pub(super) fn limit(fields: &Fields<'_, '_>, names: &[&str]) -> Result<(Option<u64>, LimitSite), Malformed> {
    let node = any_of(fields, names)?;
    let site = match node {
        Some(node) => LimitSite::At(node.span()),
        None => LimitSite::absent(fields.object, LIMIT),
    };
    let mut number = None;
    for name in names {
        number = number.or(fields.number(name)?);
    }
    Ok((number, site))
}

/// A limit that the call cannot do without.
pub(super) fn required_limit(fields: &Fields<'_, '_>) -> Result<(u64, LimitSite), Malformed> {
    let (number, site) = limit(fields, &["limit", "top"])?;
    match number {
        Some(number) => Ok((number, site)),
        None => Err(WORDS.mismatched(&format!("missing field `{}`", fields.path("limit")))),
    }
}

/// What may be a list or its only element.
pub(super) fn one_or_many<'n, 'a>(node: &'n Node<'a>) -> &'n [Node<'a>] {
    match node {
        Node::Null(_) => &[],
        Node::Array(array) => &array.elements,
        one => std::slice::from_ref(one),
    }
}

/// A list of ids, whole numbers or strings: how many there are.
pub(super) fn ids(node: &Node<'_>, path: &str) -> Result<u64, Malformed> {
    let length = node
        .array_len()
        .ok_or_else(|| WORDS.mistyped(path, node, "a list of point ids"))?;
    for element in node.elements() {
        id(&element, path)?;
    }
    Ok(u64::try_from(length).unwrap_or(u64::MAX))
}

/// One id.
pub(super) fn id(node: &Node<'_>, path: &str) -> Result<(), Malformed> {
    if node.as_u64().is_some() || node.as_str().is_some() {
        Ok(())
    } else {
        Err(WORDS.mistyped(path, node, "a point id: a whole number or a UUID"))
    }
}

/// What comes back of a payload where a request does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsaid {
    /// All of it.
    All,
    /// Nothing, or what is not to be narrowed.
    Stays,
}

/// What of a payload comes back. Whatever it says, it asks for no more than the payload.
pub(super) fn with_payload(
    fields: &Fields<'_, '_>,
    unsaid: Unsaid,
    meaning: &mut Meaning,
) -> Result<(), Malformed> {
    let path = fields.path("with_payload");
    let mut site = |at: Span, wanted: Wanted| meaning.fields.push(FieldSite { at, wanted });
    let all_but = |given, known, before, after| Wanted::AllBut {
        given,
        known,
        before,
        after,
    };
    match fields.get("with_payload") {
        None => {
            if unsaid == Unsaid::All && !fields.object.members.is_empty() {
                let at = fields.object.insertion_point();
                site(
                    Span { start: at, end: at },
                    all_but(vec![], vec![], "\"with_payload\":{\"exclude\":", "},"),
                );
            }
        }
        Some(node @ (Node::Null(_) | Node::Bool(..))) => {
            if node.as_bool().unwrap_or(unsaid == Unsaid::All) {
                site(node.span(), all_but(vec![], vec![], "{\"exclude\":", "}"));
            }
        }
        Some(node @ Node::Object(_)) => {
            let selector = WORDS.fields(node, &path, &["include", "exclude"])?;
            if selector.object.members.len() != 1 {
                return Err(WORDS.mistyped(&path, node, "either include or exclude"));
            }
            selector.texts("include")?;
            let known = selector.texts("exclude")?.unwrap_or_default();
            if let Some(include) = selector.given("include") {
                site(include.span(), Wanted::only(include, root));
            }
            if let Some(exclude) = selector.given("exclude") {
                let known = known.into_iter().map(str::to_owned).collect();
                let given = exclude.elements().map(|node| node.span()).collect();
                site(exclude.span(), all_but(given, known, "", ""));
            }
        }
        Some(node) => {
            WORDS.texts(node, &path)?;
            site(node.span(), Wanted::only(node, root));
        }
    }
    Ok(())
}

/// The outermost key of a path.
fn root(path: &str) -> Option<String> {
    path::keys(path).ok()?.into_iter().next()
}

/// Whether vectors come back.
pub(super) fn with_vectors(fields: &Fields<'_, '_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    let Some(node) = any_of(fields, &["with_vector", "with_vectors"])?.filter(|node| !node.is_null()) else {
        return Ok(());
    };
    let with = match node.as_bool() {
        Some(with) => with,
        None => !WORDS.texts(node, &fields.path("with_vector"))?.is_empty(),
    };
    if with {
        meaning.operation.vectors = true;
        meaning.vectors.push(VectorSite {
            at: node.span(),
            without: "false".to_owned(),
        });
    }
    Ok(())
}

/// Another collection whose vectors are read, by ids of this request.
pub(super) fn lookup_from(fields: &Fields<'_, '_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    if let Some(node) = fields.given("lookup_from") {
        let path = fields.path("lookup_from");
        let lookup = WORDS.fields(node, &path, &["collection", "vector", "shard_key"])?;
        meaning.touches(lookup.text("collection")?);
    }
    Ok(())
}

/// The order of results by a field.
pub(super) fn order_by(node: &Node<'_>, path: &str, meaning: &mut Meaning) -> Result<(), Malformed> {
    if let Some(key) = node.as_str() {
        return meaning.orders_by(key);
    }
    let order = WORDS.fields(node, path, &["key", "direction", "start_from"])?;
    meaning.orders_by(order.text("key")?)
}
