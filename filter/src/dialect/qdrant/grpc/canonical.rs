//! A message in a form in which the same request always looks the same.
//!
//! Clients write the entries of a map in any order, another one each time: a request that is sent again after its
//! approval would not be known again. So the entries of the maps in a request are sorted, by key; where a key stands
//! twice the entries stay in their order, because the last one counts. All other fields stay as they are: each client
//! writes them in one order, and where they repeat it has a meaning.

use crate::wire::protobuf::read::{DEEPEST, Records};
use crate::wire::protobuf::varint::push_bytes;

/// A message, as far as maps are in it.
#[derive(Debug)]
pub(super) struct Maps {
    /// The fields that hold such messages, or entries of a map.
    fields: &'static [(u32, Holds)],
}

#[derive(Clone, Copy, Debug)]
enum Holds {
    Message(&'static Maps),
    /// Entries, key in field 1, and what their values hold in field 2.
    Entry(&'static Maps),
}

use Holds::{Entry, Message};

macro_rules! maps {
    ($($name:ident: $($number:literal $holds:ident $of:ident),*;)*) => {
        $(static $name: Maps = Maps { fields: &[$(($number, $holds(&$of))),*] };)*
    };
}

// Field numbers of Qdrant 1.20. The name of a table is that of the message; an entry's is that of its value.
maps! {
    VALUE: 6 Message STRUCT, 7 Message LIST;
    STRUCT: 1 Entry VALUE_ENTRY;
    LIST: 1 Message VALUE;
    VALUE_ENTRY: 2 Message VALUE;
    DOCUMENT: 4 Entry VALUE_ENTRY;
    OBJECT: 1 Message VALUE, 3 Entry VALUE_ENTRY;
    VECTOR: 104 Message DOCUMENT, 105 Message OBJECT, 106 Message OBJECT;
    VECTOR_ENTRY: 2 Message VECTOR;
    NAMED_VECTORS: 1 Entry VECTOR_ENTRY;
    VECTORS: 1 Message VECTOR, 2 Message NAMED_VECTORS;
    POINT: 3 Entry VALUE_ENTRY, 4 Message VECTORS;
    POINT_VECTORS: 2 Message VECTORS;
    SET_PAYLOAD: 1 Entry VALUE_ENTRY;
    POINT_LIST: 1 Message POINT;
    VECTORS_LIST: 1 Message POINT_VECTORS;
    OPERATION: 1 Message POINT_LIST, 3 Message SET_PAYLOAD, 4 Message SET_PAYLOAD, 7 Message VECTORS_LIST;
    VECTOR_INPUT: 5 Message DOCUMENT, 6 Message OBJECT, 7 Message OBJECT;
    EXAMPLES: 1 Message VECTOR_INPUT, 2 Message VECTOR_INPUT;
    CONTEXT: 1 Message EXAMPLES;
    DISCOVER: 1 Message VECTOR_INPUT, 2 Message CONTEXT;
    TARGET: 1 Message VECTOR_INPUT;
    FEEDBACK: 1 Message VECTOR_INPUT, 2 Message TARGET;
    FORMULA: 2 Entry VALUE_ENTRY;
    QUERY: 1 Message VECTOR_INPUT, 2 Message EXAMPLES, 3 Message DISCOVER, 4 Message CONTEXT, 8 Message FORMULA,
        9 Message TARGET, 11 Message FEEDBACK;
    PREFETCH: 1 Message PREFETCH, 2 Message QUERY;
}

// The requests.
macro_rules! requests {
    ($($name:ident: $($number:literal $holds:ident $of:ident),*;)*) => {
        $(pub(super) static $name: Maps = Maps { fields: &[$(($number, $holds(&$of))),*] };)*
    };
}

requests! {
    NO_MAPS: ;
    UPSERT: 3 Message POINT;
    UPDATE_VECTORS: 3 Message POINT_VECTORS;
    PAYLOAD: 3 Entry VALUE_ENTRY;
    UPDATE_BATCH: 3 Message OPERATION;
    QUERY_POINTS: 2 Message PREFETCH, 3 Message QUERY;
    QUERY_BATCH: 2 Message QUERY_POINTS;
    CREATE_COLLECTION: 18 Entry VALUE_ENTRY;
    UPDATE_COLLECTION: 10 Entry VALUE_ENTRY;
}

/// The message with its maps sorted. What is not in the form of a message stays as it is, and so does what stands
/// deeper than any reader follows.
pub(super) fn canonical(message: &[u8], maps: &Maps) -> Vec<u8> {
    sorted(message, maps, DEEPEST)
}

fn sorted(message: &[u8], maps: &Maps, deeper: usize) -> Vec<u8> {
    let Some(deeper) = deeper.checked_sub(1) else {
        return message.to_vec();
    };
    let mut out = Vec::with_capacity(message.len());
    // Entries are all written behind the other fields.
    let mut entries: Vec<(u32, &[u8], Vec<u8>)> = Vec::new();
    for record in Records::new(message) {
        let Ok(record) = record else {
            return message.to_vec();
        };
        let number = record.key.number;
        let holds = maps.fields.iter().find(|(field, _)| *field == number);
        match (holds, record.content()) {
            (Some((_, Message(maps))), Some(content)) => {
                push_bytes(number, &sorted(content, maps, deeper), &mut out);
            }
            (Some((_, Entry(maps))), Some(content)) => {
                entries.push((number, key_of(content), sorted(content, maps, deeper)));
            }
            _ => out.extend(record.raw),
        }
    }
    entries.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
    for (number, _, entry) in entries {
        push_bytes(number, &entry, &mut out);
    }
    out
}

/// The key of an entry; the last one counts.
fn key_of(entry: &[u8]) -> &[u8] {
    const KEY: u32 = 1;
    Records::new(entry)
        .flatten()
        .filter(|record| record.key.number == KEY)
        .filter_map(|record| record.content())
        .last()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, value: &str) -> Vec<u8> {
        let mut text = Vec::new();
        push_bytes(4, value.as_bytes(), &mut text);
        let mut entry = Vec::new();
        push_bytes(1, key.as_bytes(), &mut entry);
        push_bytes(2, &text, &mut entry);
        entry
    }

    /// A point with this payload, inside an upsert.
    fn upsert(payload: &[(&str, &str)]) -> Vec<u8> {
        let mut point = Vec::new();
        for (key, value) in payload {
            push_bytes(3, &entry(key, value), &mut point);
        }
        let mut upsert = Vec::new();
        push_bytes(1, b"docs", &mut upsert);
        push_bytes(3, &point, &mut upsert);
        upsert
    }

    #[test]
    fn the_order_of_entries_does_not_matter() {
        let one = canonical(&upsert(&[("a", "1"), ("b", "2"), ("", "3")]), &UPSERT);
        let other = canonical(&upsert(&[("b", "2"), ("", "3"), ("a", "1")]), &UPSERT);
        assert_eq!(one, other);
        assert_ne!(
            one,
            canonical(&upsert(&[("a", "2"), ("b", "1"), ("", "3")]), &UPSERT)
        );
    }

    #[test]
    fn what_counts_last_stays_last() {
        let one = canonical(&upsert(&[("a", "1"), ("a", "2")]), &UPSERT);
        let other = canonical(&upsert(&[("a", "2"), ("a", "1")]), &UPSERT);
        assert_ne!(one, other);
    }

    #[test]
    fn the_order_of_points_stays() {
        let mut one = upsert(&[("a", "1")]);
        let mut other = upsert(&[("b", "2")]);
        one.extend(upsert(&[("b", "2")]));
        other.extend(upsert(&[("a", "1")]));
        assert_ne!(canonical(&one, &UPSERT), canonical(&other, &UPSERT));
        assert_eq!(canonical(&one, &NO_MAPS), one);
    }

    #[test]
    fn depth_is_bounded() {
        let mut nested = vec![0x12, 0];
        for _ in 0..5_000 {
            let mut outer = Vec::new();
            push_bytes(1, &nested, &mut outer);
            nested = Vec::new();
            push_bytes(7, &outer, &mut nested);
        }
        assert_eq!(canonical(&nested, &VALUE), nested);
    }

    #[test]
    fn what_is_no_message_stays() {
        assert_eq!(canonical(b"\xff", &UPSERT), b"\xff");
    }

    proptest::proptest! {
        #[test]
        fn a_canonical_form_is_its_own(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..60)) {
            let once = canonical(&bytes, &QUERY_BATCH);
            proptest::prop_assert_eq!(canonical(&once, &QUERY_BATCH), once);
        }
    }
}
