//! How a message is made to ask for less: smaller limits, no vectors, fewer fields; everything else stays as it was, to the
//! byte.

use crate::dialect::narrow::{VECTORS, each_once, still_removed};
use crate::dialect::qdrant::path;
use crate::dialect::{AskedVectors, Forward, Forwarded, Head, Narrowing};
use crate::wire::grpc::{self, only_message};
use crate::wire::protobuf::read::{Records, Value};
use crate::wire::protobuf::varint::{push_bytes, push_varint};

/// The fields of one query that say how much it wants; 0 where it has no such field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    /// The limit.
    pub(super) limit: u32,
    /// The selector of the payload's fields.
    pub(super) payload: u32,
    /// The selector of vectors.
    pub(super) vectors: u32,
    /// Whether all of the payload comes back where there is no selector.
    pub(super) payload_unsaid: bool,
}

/// Where a message holds its queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Queries {
    /// It has none.
    None,
    /// It is one.
    Itself(Places),
    /// One in each occurrence of this field.
    Each(u32, Places),
}

impl Queries {
    /// The new message; `None` within where nothing changes, `None` where it is not the message that this is for.
    fn write(
        self,
        message: &[u8],
        narrowing: &Narrowing,
        left_out: &mut Vec<String>,
    ) -> Option<Option<Vec<u8>>> {
        let mut limits = narrowing.limits.iter().copied();
        let limited = !narrowing.limits.is_empty();
        // The limit of the next query; where none changes, there is nothing to go by.
        let mut next = || if limited { limits.next() } else { Some(None) };
        let new = match self {
            Queries::None => None,
            Queries::Itself(places) => places.write(message, next()?, narrowing, left_out)?,
            Queries::Each(queries, places) => {
                let mut out = Vec::with_capacity(message.len() + narrowing.limits.len() * 8);
                let mut changed = false;
                for record in Records::new(message) {
                    let record = record.ok()?;
                    let new = if record.key.number == queries {
                        places.write(record.content()?, next()?, narrowing, left_out)?
                    } else {
                        None
                    };
                    match new {
                        Some(new) => {
                            push_bytes(queries, &new, &mut out);
                            changed = true;
                        }
                        None => out.extend(record.raw),
                    }
                }
                changed.then_some(out)
            }
        };
        limits.next().is_none().then_some(new)
    }
}

impl Places {
    /// The query with this limit, without what is removed; `None` within where nothing changes.
    fn write(
        self,
        query: &[u8],
        limit: Option<u64>,
        narrowing: &Narrowing,
        left_out: &mut Vec<String>,
    ) -> Option<Option<Vec<u8>>> {
        let strips = narrowing.vectors == AskedVectors::Dropped;
        let selects = !narrowing.removed.is_empty() && self.payload != 0;
        let mut selector: Option<Vec<u8>> = None;
        let mut vectors = false;
        let mut out = Vec::with_capacity(query.len() + 16);
        for record in Records::new(query) {
            let record = record.ok()?;
            let number = record.key.number;
            if limit.is_some() && number == self.limit {
                continue;
            }
            if strips && number == self.vectors {
                vectors |= record.content().is_some_and(asks);
                if vectors {
                    left_out.push(VECTORS.to_owned());
                }
                continue;
            }
            if selects && number == self.payload {
                // Occurrences of a message are one message, in protobuf's own reading.
                selector.get_or_insert_default().extend(record.content()?);
                continue;
            }
            out.extend(record.raw);
        }
        let mut changed = vectors;
        if selects {
            let new = match &selector {
                // One that cannot be read stays: the server refuses it, and it asks for no more than the payload.
                Some(selector) => without(selector, narrowing, left_out).flatten(),
                None if self.payload_unsaid => excluding(&[], narrowing, left_out),
                None => None,
            };
            changed |= new.is_some();
            if let Some(selector) = new.or(selector) {
                push_bytes(self.payload, &selector, &mut out);
            }
        }
        if let Some(limit) = limit {
            push_varint(self.limit, limit, &mut out);
            changed = true;
        }
        Some(changed.then_some(out))
    }
}

/// Whether a `WithVectorsSelector` asks for any, as far as one occurrence of it says: `{ enable: false }` does not.
fn asks(selector: &[u8]) -> bool {
    const ENABLE: u32 = 1;
    Records::new(selector).any(|record| match record {
        Ok(record) => !(record.key.number == ENABLE && record.value == Value::Varint(0)),
        Err(_) => true,
    })
}

/// A `WithPayloadSelector` that asks for nothing that is removed; `None` within where it stays. (Qdrant 1.19.0,
/// `points.proto`: `oneof { bool enable = 1; PayloadIncludeSelector include = 2; PayloadExcludeSelector exclude = 3; }`,
/// the lists of both in field 1.)
fn without(selector: &[u8], narrowing: &Narrowing, left_out: &mut Vec<String>) -> Option<Option<Vec<u8>>> {
    const ENABLE: u32 = 1;
    const INCLUDE: u32 = 2;
    const EXCLUDE: u32 = 3;
    let mut variant = 0;
    let mut enabled = false;
    let mut names: Vec<&str> = Vec::new();
    for record in Records::new(selector) {
        let record = record.ok()?;
        // The last one counts; of the same one, given twice, the lists add up.
        if record.key.number != variant {
            names.clear();
        }
        variant = record.key.number;
        match variant {
            ENABLE => enabled = matches!(record.value, Value::Varint(enable) if enable != 0),
            INCLUDE | EXCLUDE => {
                for name in Records::new(record.content()?) {
                    let name = name.ok()?;
                    if name.key.number != 1 {
                        return Some(None);
                    }
                    names.push(std::str::from_utf8(name.content()?).ok()?);
                }
            }
            _ => return Some(None),
        }
    }
    Some(match variant {
        ENABLE if enabled => excluding(&[], narrowing, left_out),
        EXCLUDE => excluding(&names, narrowing, left_out),
        INCLUDE => {
            let root = |name: &str| path::keys(name).ok()?.into_iter().next();
            let goes = |name: &&str| root(name).is_some_and(|root| narrowing.removes_whole(&root));
            let (go, stay): (Vec<&str>, Vec<&str>) = names.into_iter().partition(goes);
            // An empty list could mean all there is to some server.
            let changes = !go.is_empty() && !stay.is_empty();
            changes.then(|| {
                left_out.extend(go.into_iter().filter_map(root));
                list(INCLUDE, &stay)
            })
        }
        _ => None,
    })
}

/// A selector of all but these and what is removed; `None` where that is nothing new.
fn excluding(given: &[&str], narrowing: &Narrowing, left_out: &mut Vec<String>) -> Option<Vec<u8>> {
    const EXCLUDE: u32 = 3;
    let more = still_removed(narrowing, |path| given.contains(&path));
    let all: Vec<&str> = given
        .iter()
        .copied()
        .chain(more.iter().map(String::as_str))
        .collect();
    let selector = (!more.is_empty()).then(|| list(EXCLUDE, &all));
    left_out.extend(more);
    selector
}

fn list(variant: u32, names: &[&str]) -> Vec<u8> {
    let mut list = Vec::new();
    for name in names {
        push_bytes(1, name.as_bytes(), &mut list);
    }
    let mut selector = Vec::new();
    push_bytes(variant, &list, &mut selector);
    selector
}

/// How a request's one message is made to ask for less.
#[derive(Debug)]
pub(super) struct Narrow(pub(super) Queries);

impl Forward for Narrow {
    fn narrowed(&self, _head: &Head, body: &[u8], narrowing: &Narrowing) -> Forwarded {
        if narrowing.is_empty() {
            return Forwarded::default();
        }
        let mut left_out = Vec::new();
        let mut write = || {
            let message = only_message(body, u32::MAX).ok().flatten()?;
            match self.0.write(&message, narrowing, &mut left_out)? {
                Some(new) => grpc::frame(&new).map(Some),
                None => Some(None),
            }
        };
        // Should this ever be called with another body, the database gets no message, and refuses that: never a
        // message whose limit was not the one that was judged.
        let body = write().unwrap_or_else(|| Some(Vec::new()));
        Forwarded {
            path: None,
            body,
            left_out: each_once(left_out),
        }
    }
}
