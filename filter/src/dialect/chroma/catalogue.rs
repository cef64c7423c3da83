//! What the bodies mean that change the catalogue or copy collections.

use super::Meaning;
use super::address::{Uuid, check_name};
use super::body::{Fields, WORDS};
use crate::dialect::Malformed;
use crate::wire::json::strict::Node;

/// A new collection; with `get_or_create`, perhaps an old one.
pub(super) fn create(root: &Node<'_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    let known = ["name", "metadata", "configuration", "schema", "get_or_create"];
    let fields = WORDS.fields(root, "", &known)?;
    flag(&fields, "get_or_create")?;
    name(&fields, "name", meaning)
}

/// A new name, metadata or configuration.
pub(super) fn update(root: &Node<'_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    let fields = WORDS.fields(root, "", &["new_name", "new_metadata", "new_configuration"])?;
    match fields.given("new_name") {
        Some(_) => name(&fields, "new_name", meaning),
        None => Ok(()),
    }
}

/// A copy under another name.
pub(super) fn fork(root: &Node<'_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    let fields = WORDS.fields(root, "", &["new_name"])?;
    name(&fields, "new_name", meaning)
}

/// A function that reads this collection and writes another.
pub(super) fn attach(root: &Node<'_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    let fields = WORDS.fields(root, "", &["name", "function_id", "output_collection", "params"])?;
    name(&fields, "output_collection", meaning)
}

/// One more collection that a function reads. Which one it writes is not said, so the whole catalogue is touched.
pub(super) fn add_input(root: &Node<'_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    let fields = WORDS.fields(root, "", &["input_collection_id"])?;
    meaning
        .ids
        .push(Uuid::parse(fields.text("input_collection_id")?)?);
    meaning.operation.whole_catalogue = true;
    Ok(())
}

/// The end of a function; perhaps of the collection that it wrote, which is not said.
pub(super) fn detach(root: &Node<'_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    let fields = WORDS.fields(root, "", &["delete_output"])?;
    meaning.operation.whole_catalogue = flag(&fields, "delete_output")? == Some(true);
    Ok(())
}

fn name(fields: &Fields<'_, '_>, key: &str, meaning: &mut Meaning) -> Result<(), Malformed> {
    let name = fields.text(key)?;
    check_name(name, key)?;
    meaning.names.push(name.to_owned());
    Ok(())
}

fn flag(fields: &Fields<'_, '_>, key: &str) -> Result<Option<bool>, Malformed> {
    fields
        .get(key)
        .map(|node| {
            node.as_bool()
                .ok_or_else(|| WORDS.mistyped(key, node, "a boolean"))
        })
        .transpose()
}
