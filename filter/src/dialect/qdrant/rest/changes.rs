//! What the bodies mean that change points, the catalogue or the cluster.
//!
//! A change by filter tells, by what it changed, which points matched: its conditions count as any filter's do.

use super::super::meaning::{Meaning, only_kind};
use super::body::{Fields, WORDS, ids, invalid, shown};
use super::filter::filter_of;
use crate::dialect::Malformed;
use crate::operation::Kind;
use crate::wire::json::outline::Part;
use crate::wire::json::strict::Node;

const UPSERT: &[&str] = &["batch", "points", "shard_key", "update_filter", "update_mode"];
const UPDATE_VECTORS: &[&str] = &["points", "shard_key", "update_filter"];
const SELECTED: &[&str] = &["points", "filter", "shard_key"];
const SET_PAYLOAD: &[&str] = &["payload", "points", "filter", "shard_key", "key"];
const DELETE_PAYLOAD: &[&str] = &["keys", "points", "filter", "shard_key"];
const DELETE_VECTORS: &[&str] = &["vector", "vectors", "points", "filter", "shard_key"];

const POINTS: &[(&str, Part)] = &[("points", Part::Bulk), ("batch", Part::Bulk)];
const VECTORS: &[(&str, Part)] = &[("points", Part::Bulk)];
const PAYLOAD: &[(&str, Part)] = &[("payload", Part::Bulk)];

/// Where the bulk of several changes is. What points a change selects is no bulk: it is read.
pub(super) static BULK: Part = Part::Keys(&[(
    "operations",
    Part::Each(&Part::Keys(&[
        ("upsert", Part::Keys(POINTS)),
        ("update_vectors", Part::Keys(VECTORS)),
        ("set_payload", Part::Keys(PAYLOAD)),
        ("overwrite_payload", Part::Keys(PAYLOAD)),
    ])),
)]);

static BULK_OF_UPSERT: Part = Part::Keys(POINTS);
static BULK_OF_VECTORS: Part = Part::Keys(VECTORS);
static BULK_OF_PAYLOAD: Part = Part::Keys(PAYLOAD);

/// What a change changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Upsert,
    UpdateVectors,
    SetPayload,
    OverwritePayload,
    DeletePayload,
    ClearPayload,
    DeleteVectors,
    DeletePoints,
}

impl Change {
    /// By the name that it has in a batch.
    fn named(name: &str) -> Option<Change> {
        Some(match name {
            "upsert" => Change::Upsert,
            "update_vectors" => Change::UpdateVectors,
            "set_payload" => Change::SetPayload,
            "overwrite_payload" => Change::OverwritePayload,
            "delete_payload" => Change::DeletePayload,
            "clear_payload" => Change::ClearPayload,
            "delete_vectors" => Change::DeleteVectors,
            "delete" => Change::DeletePoints,
            _ => return None,
        })
    }

    fn kind(self) -> Kind {
        match self {
            Change::Upsert | Change::UpdateVectors | Change::SetPayload | Change::OverwritePayload => {
                Kind::Write
            }
            Change::DeletePayload | Change::ClearPayload | Change::DeleteVectors | Change::DeletePoints => {
                Kind::Delete
            }
        }
    }

    /// Where the bulk of its body is.
    pub(super) fn bulk(self) -> Option<&'static Part> {
        match self {
            Change::Upsert => Some(&BULK_OF_UPSERT),
            Change::UpdateVectors => Some(&BULK_OF_VECTORS),
            Change::SetPayload | Change::OverwritePayload => Some(&BULK_OF_PAYLOAD),
            Change::DeletePayload | Change::ClearPayload | Change::DeleteVectors | Change::DeletePoints => {
                None
            }
        }
    }

    fn keys(self) -> &'static [&'static str] {
        match self {
            Change::Upsert => UPSERT,
            Change::UpdateVectors => UPDATE_VECTORS,
            Change::SetPayload | Change::OverwritePayload => SET_PAYLOAD,
            Change::DeletePayload => DELETE_PAYLOAD,
            Change::DeleteVectors => DELETE_VECTORS,
            Change::ClearPayload | Change::DeletePoints => SELECTED,
        }
    }
}

/// One change.
pub(super) fn change(
    node: &Node<'_>,
    path: &str,
    change: Change,
    meaning: &mut Meaning,
) -> Result<(), Malformed> {
    let fields = WORDS.fields(node, path, change.keys())?;
    match change {
        Change::Upsert | Change::UpdateVectors => filter_of(&fields, "update_filter", meaning),
        _ => selected(&fields, meaning),
    }
}

fn selected(fields: &Fields<'_, '_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    if let Some(node) = fields.given("points") {
        ids(node, &fields.path("points"))?;
    }
    filter_of(fields, "filter", meaning)
}

/// Several changes at once.
pub(super) fn batch(root: &Node<'_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    let fields = WORDS.fields(root, "", &["operations"])?;
    let operations = fields.required("operations")?;
    let mut kinds = Vec::new();
    for (at, node) in WORDS
        .elements(operations, "operations", "a list of operations")?
        .iter()
        .enumerate()
    {
        let path = format!("operations[{at}]");
        let (name, value) = only_member(node, &path)?;
        let one = Change::named(name)
            .ok_or_else(|| invalid(format!("{path}: {} is not an operation on points", shown(name))))?;
        kinds.push(one.kind());
        change(value, &format!("{path}.{name}"), one, meaning)?;
    }
    meaning.operation.kind = only_kind(kinds)?;
    Ok(())
}

/// A new collection. Older servers (to 1.15) can fill it from another one.
pub(super) fn create_collection(root: &Node<'_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    let known = [
        "vectors",
        "shard_number",
        "sharding_method",
        "replication_factor",
        "write_consistency_factor",
        "on_disk_payload",
        "payload",
        "hnsw_config",
        "wal_config",
        "optimizers_config",
        "quantization_config",
        "sparse_vectors",
        "strict_mode_config",
        "metadata",
        "id_tracker",
        "init_from",
    ];
    let fields = WORDS.fields(root, "", &known)?;
    if let Some(node) = fields.given("init_from") {
        let from = WORDS.fields(node, "init_from", &["collection"])?;
        meaning.touches(from.text("collection")?);
        meaning.operation.kind = Kind::Export;
    }
    Ok(())
}

/// Other names for collections. A name that is taken away from one collection and given to another touches both, so
/// each name that is mentioned counts as what it means now.
pub(super) fn change_aliases(root: &Node<'_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    let fields = WORDS.fields(root, "", &["actions"])?;
    let actions = WORDS.elements(fields.required("actions")?, "actions", "a list of actions")?;
    for (at, node) in actions.iter().enumerate() {
        let path = format!("actions[{at}]");
        let (name, value) = only_member(node, &path)?;
        let keys: &[&str] = match name {
            "create_alias" => &["collection_name", "alias_name"],
            "rename_alias" => &["old_alias_name", "new_alias_name"],
            "delete_alias" => &["alias_name"],
            _ => {
                return Err(invalid(format!(
                    "{path}: {} is not an action on aliases",
                    shown(name)
                )));
            }
        };
        let action = WORDS.fields(value, &format!("{path}.{name}"), keys)?;
        for key in keys {
            meaning.touches(action.text(key)?);
        }
    }
    Ok(())
}

/// A change of where a collection's shards live. What puts points in another place is an export.
pub(super) fn change_cluster(root: &Node<'_>, meaning: &mut Meaning) -> Result<(), Malformed> {
    let (name, value) = only_member(root, "")?;
    match name {
        "move_shard" | "replicate_shard" | "restart_transfer" => meaning.operation.kind = Kind::Export,
        "replicate_points" => {
            meaning.operation.kind = Kind::Export;
            let fields = WORDS.fields(value, name, &["filter", "from_shard_key", "to_shard_key"])?;
            filter_of(&fields, "filter", meaning)?;
        }
        "abort_transfer"
        | "drop_replica"
        | "create_sharding_key"
        | "drop_sharding_key"
        | "start_resharding"
        | "finish_resharding"
        | "abort_resharding"
        | "commit_read_hash_ring"
        | "commit_write_hash_ring" => {}
        _ => {
            return Err(invalid(format!(
                "{} is not an operation on a cluster",
                shown(name)
            )));
        }
    }
    Ok(())
}

fn only_member<'n, 'a>(node: &'n Node<'a>, path: &str) -> Result<(&'n str, &'n Node<'a>), Malformed> {
    match node.as_object().map(|object| object.members.as_slice()) {
        Some([member]) => Ok((&member.key.text, &member.value)),
        _ => Err(WORDS.mistyped(path, node, "an object with one key, the operation")),
    }
}
