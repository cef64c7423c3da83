//! What the messages mean that change points, the catalogue or the cluster.
//!
//! Of these only the names and the filters are read: points, vectors and payloads may be many megabytes. A field that
//! this version of the protocol does not have is refused all the same.

use super::filter::filter_of;
use super::message::{Filter, PointsSelector, PointsSelectorOf};
use crate::dialect::Malformed;
use crate::dialect::grpc::{decode, unreadable};
use crate::dialect::qdrant::meaning::{Meaning, only_kind};
use crate::operation::Kind;
use crate::wire::protobuf::outline::{Bulky, Part};
use crate::wire::protobuf::read::{Message, Problem};

/// Where the filter of a change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filtered {
    /// In this field.
    At(u32),
    /// In the selector of points in this field.
    InSelector(u32),
    /// The message is the selector.
    Itself,
}

/// A message that changes points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    filtered: Filtered,
    /// The highest of its fields; all below are known.
    highest: u32,
}

const fn change(filtered: Filtered, highest: u32) -> Change {
    Change { filtered, highest }
}

pub(super) const UPSERT: Change = change(Filtered::At(6), 8);
pub(super) const UPDATE_VECTORS: Change = change(Filtered::At(6), 7);
pub(super) const DELETE: Change = change(Filtered::InSelector(3), 6);
pub(super) const CLEAR_PAYLOAD: Change = change(Filtered::InSelector(3), 6);
pub(super) const DELETE_VECTORS: Change = change(Filtered::InSelector(3), 7);
pub(super) const SET_PAYLOAD: Change = change(Filtered::InSelector(5), 9);
pub(super) const DELETE_PAYLOAD: Change = change(Filtered::InSelector(5), 8);

/// Points, vectors and payloads: the third field of each message that writes them.
pub(super) static BULK: Bulky = Bulky {
    fields: &[(3, Part::Bulk)],
};

/// The same in a batch, where they are the first field of an operation.
pub(super) static BULK_OF_BATCH: Bulky = Bulky {
    fields: &[(
        3,
        Part::In(&Bulky {
            fields: &[
                (1, Part::In(&BULK_OF_OPERATION)),
                (3, Part::In(&BULK_OF_OPERATION)),
                (4, Part::In(&BULK_OF_OPERATION)),
                (7, Part::In(&BULK_OF_OPERATION)),
            ],
        }),
    )],
};

static BULK_OF_OPERATION: Bulky = Bulky {
    fields: &[(1, Part::Bulk)],
};

/// The operations of a batch, by their field.
const OPERATIONS: [(u32, Kind, Change); 10] = [
    (1, Kind::Write, change(Filtered::At(3), 4)),
    (2, Kind::Delete, change(Filtered::Itself, 2)),
    (3, Kind::Write, change(Filtered::InSelector(2), 4)),
    (4, Kind::Write, change(Filtered::InSelector(2), 4)),
    (5, Kind::Delete, change(Filtered::InSelector(2), 3)),
    (6, Kind::Delete, change(Filtered::Itself, 2)),
    (7, Kind::Write, change(Filtered::At(3), 3)),
    (8, Kind::Delete, change(Filtered::InSelector(1), 3)),
    (9, Kind::Delete, change(Filtered::InSelector(1), 2)),
    (10, Kind::Delete, change(Filtered::InSelector(1), 2)),
];

/// The collection of a message, in its first field as in all of Qdrant's. The last one counts where it stands twice.
pub(super) fn collection(bytes: &[u8], meaning: &mut Meaning) -> Result<(), Malformed> {
    collection_in(bytes, 1, meaning)
}

fn collection_in(bytes: &[u8], number: u32, meaning: &mut Meaning) -> Result<(), Malformed> {
    let mut name = "";
    for field in Message::new(bytes).fields() {
        let field = field.map_err(unreadable)?;
        if field.number() == number {
            name = field.string().map_err(unreadable)?;
        }
    }
    meaning.touches(name);
    Ok(())
}

/// One change of points.
pub(super) fn change_points(bytes: &[u8], change: Change, meaning: &mut Meaning) -> Result<(), Malformed> {
    collection(bytes, meaning)?;
    filtered(bytes, change, meaning)
}

fn filtered(bytes: &[u8], change: Change, meaning: &mut Meaning) -> Result<(), Malformed> {
    for field in Message::new(bytes).fields() {
        let field = field.map_err(unreadable)?;
        if field.number() > change.highest {
            return Err(unreadable(field.error(Problem::Unknown)));
        }
    }
    match change.filtered {
        Filtered::At(field) => filter_of(Some(&decode::<Filter>(&merged(bytes, field)?)?), meaning),
        Filtered::InSelector(field) => selected(&merged(bytes, field)?, meaning),
        Filtered::Itself => selected(bytes, meaning),
    }
}

fn selected(bytes: &[u8], meaning: &mut Meaning) -> Result<(), Malformed> {
    match decode::<PointsSelector>(bytes)?.variant {
        Some(PointsSelectorOf::Filter(filter)) => filter_of(Some(&filter), meaning),
        Some(PointsSelectorOf::Points(_)) | None => Ok(()),
    }
}

/// All occurrences of a field that is a message. To every reader of protobuf, they are one message, one after the
/// other.
fn merged(bytes: &[u8], number: u32) -> Result<Vec<u8>, Malformed> {
    let mut merged = Vec::new();
    for field in Message::new(bytes).fields() {
        let field = field.map_err(unreadable)?;
        if field.number() == number {
            merged.extend(field.bytes().map_err(unreadable)?);
        }
    }
    Ok(merged)
}

/// Several changes at once.
pub(super) fn change_batch(bytes: &[u8], meaning: &mut Meaning) -> Result<(), Malformed> {
    const HIGHEST: u32 = 5;
    collection(bytes, meaning)?;
    let mut kinds = Vec::new();
    for field in Message::new(bytes).fields() {
        let field = field.map_err(unreadable)?;
        match field.number() {
            3 => {}
            1..=HIGHEST => continue,
            _ => return Err(unreadable(field.error(Problem::Unknown))),
        }
        let operation = field.message().map_err(unreadable)?;
        for variant in operation.fields() {
            let variant = variant.map_err(unreadable)?;
            let known = OPERATIONS.iter().find(|(number, ..)| *number == variant.number());
            let Some((_, kind, change)) = known else {
                return Err(unreadable(variant.error(Problem::Unknown)));
            };
            // Where two variants stand in one operation, the server takes the last. Here both count.
            kinds.push(*kind);
            filtered(variant.bytes().map_err(unreadable)?, *change, meaning)?;
        }
    }
    meaning.operation.kind = only_kind(kinds)?;
    Ok(())
}

/// A new collection. Older servers (to 1.15) can fill it from another one.
pub(super) fn create_collection(bytes: &[u8], meaning: &mut Meaning) -> Result<(), Malformed> {
    const INIT_FROM: u32 = 13;
    collection(bytes, meaning)?;
    let known = meaning.collections.len();
    collection_in(bytes, INIT_FROM, meaning)?;
    if meaning.collections.len() > known {
        meaning.operation.kind = Kind::Export;
    }
    Ok(())
}

/// Other names for collections. A name that is taken away from one collection and given to another touches both, so
/// each name that is mentioned counts as what it means now.
pub(super) fn change_aliases(bytes: &[u8], meaning: &mut Meaning) -> Result<(), Malformed> {
    const ACTIONS: u32 = 1;
    for action in Message::new(bytes).fields() {
        let action = action.map_err(unreadable)?;
        if action.number() != ACTIONS {
            continue;
        }
        for variant in action.message().map_err(unreadable)?.fields() {
            let variant = variant.map_err(unreadable)?;
            if variant.number() > 3 {
                return Err(unreadable(variant.error(Problem::Unknown)));
            }
            // Each variant holds names and nothing else.
            for name in variant.message().map_err(unreadable)?.fields() {
                meaning.touches(name.and_then(|name| name.string()).map_err(unreadable)?);
            }
        }
    }
    Ok(())
}

/// A change of where a collection's shards live. What puts points in another place is an export.
pub(super) fn change_cluster(bytes: &[u8], meaning: &mut Meaning) -> Result<(), Malformed> {
    const HIGHEST: u32 = 10;
    const MOVE_SHARD: u32 = 2;
    const REPLICATE_SHARD: u32 = 3;
    const RESTART_TRANSFER: u32 = 9;
    const REPLICATE_POINTS: u32 = 10;
    collection(bytes, meaning)?;
    for field in Message::new(bytes).fields() {
        let field = field.map_err(unreadable)?;
        match field.number() {
            MOVE_SHARD | REPLICATE_SHARD | RESTART_TRANSFER => meaning.operation.kind = Kind::Export,
            REPLICATE_POINTS => {
                meaning.operation.kind = Kind::Export;
                filtered(
                    field.bytes().map_err(unreadable)?,
                    change(Filtered::At(3), 3),
                    meaning,
                )?;
            }
            1..=HIGHEST => {}
            _ => return Err(unreadable(field.error(Problem::Unknown))),
        }
    }
    Ok(())
}
