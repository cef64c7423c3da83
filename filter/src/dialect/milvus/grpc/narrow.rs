//! How a message is made to ask for less: a smaller limit in the one pair that holds it, and without the fields that are
//! taken out of the answer anyway; every other byte as it was.

use crate::dialect::milvus::params::Of;
use crate::dialect::narrow::each_once;
use crate::dialect::{AskedVectors, Forward, Forwarded, Head, Narrowing};
use crate::wire::grpc::{self, only_message};
use crate::wire::protobuf::read::{Message, Records};
use crate::wire::protobuf::varint::push_bytes;

/// Where a message says what it wants.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    /// The field that holds the pairs, one of which is the limit of its one query.
    pub(super) pairs: u32,
    /// Whose pairs they are.
    pub(super) of: Of,
    /// The field that lists the fields that come back.
    pub(super) outputs: u32,
}

/// How a message is made to ask for less.
#[derive(Debug)]
pub(super) struct Narrow {
    /// Where it says what it wants.
    pub(super) places: Places,
    /// The collection's vector fields.
    pub(super) vectors: Vec<String>,
}

impl Narrow {
    /// The new body, `None` within where nothing changes, and what it does not ask for; `None` where this is not the body.
    fn rewrite(&self, body: &[u8], narrowing: &Narrowing) -> Option<(Option<Vec<u8>>, Vec<String>)> {
        let Places { pairs, of, outputs } = self.places;
        let mut limit = match narrowing.limits.as_slice() {
            [] => None,
            [limit] => *limit,
            _ => return None,
        };
        let message = only_message(body, u32::MAX).ok().flatten()?;
        let pair = |key: &str, limit: u64| {
            let mut pair = Vec::new();
            push_bytes(1, key.as_bytes(), &mut pair);
            push_bytes(2, limit.to_string().as_bytes(), &mut pair);
            pair
        };
        let written = limit;
        let mut changed = limit.is_some();
        let mut left_out = Vec::new();
        let mut out = Vec::with_capacity(message.len() + 32);
        for record in Records::new(&message) {
            let record = record.ok()?;
            let number = record.key.number;
            let key = if number == pairs {
                key(record.content()?)?
            } else {
                ""
            };
            if let Some(written) = written.filter(|_| key == of.limit() || Some(key) == of.batch()) {
                push_bytes(pairs, &pair(key, written), &mut out);
                if key == of.limit() {
                    limit = None;
                }
            } else if number == outputs && self.goes(record.content()?, narrowing) {
                changed = true;
                left_out.push(String::from_utf8_lossy(record.content()?).into_owned());
            } else {
                out.extend(record.raw);
            }
        }
        if let Some(limit) = limit {
            push_bytes(pairs, &pair(of.limit(), limit), &mut out);
        }
        let body = if changed { Some(grpc::frame(&out)?) } else { None };
        Some((body, each_once(left_out)))
    }

    /// Whether a field is taken out of the answer anyway. An empty list of outputs is none: the primary key comes back.
    fn goes(&self, output: &[u8], narrowing: &Narrowing) -> bool {
        let Ok(output) = std::str::from_utf8(output) else {
            return false;
        };
        let stripped = narrowing.vectors == AskedVectors::Dropped;
        (stripped && self.vectors.iter().any(|vector| vector == output)) || narrowing.removes_whole(output)
    }
}

/// The key of a pair.
fn key(pair: &[u8]) -> Option<&str> {
    let mut key = "";
    for field in Message::new(pair).fields() {
        let field = field.ok()?;
        if field.number() == 1 {
            key = field.string().ok()?;
        }
    }
    Some(key)
}

impl Forward for Narrow {
    fn narrowed(&self, _head: &Head, body: &[u8], narrowing: &Narrowing) -> Forwarded {
        if narrowing.is_empty() {
            return Forwarded::default();
        }
        // Should this ever be called with another body, the database gets no message, and refuses that: never a
        // message whose limit was not the one that was judged.
        let (body, left_out) = self
            .rewrite(body, narrowing)
            .unwrap_or_else(|| (Some(Vec::new()), Vec::new()));
        Forwarded {
            path: None,
            body,
            left_out,
        }
    }
}
