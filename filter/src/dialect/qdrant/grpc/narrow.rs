//! How a smaller limit is written into a message: every other field stays as it was, to the byte.

use crate::dialect::{Forward, Forwarded, Head, Narrowing};
use crate::wire::grpc::{self, only_message};
use crate::wire::protobuf::read::Records;
use crate::wire::protobuf::varint::{push_bytes, push_varint};

/// Where a message holds the limits of its queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limits {
    /// It has none.
    None,
    /// One query, the limit in this field.
    At(u32),
    /// A query in each occurrence of the first field, the limit in the second one there.
    Each(u32, u32),
}

impl Limits {
    /// The message with these limits; `None` where it is not the one that they are for.
    fn write(self, message: &[u8], narrowing: &Narrowing) -> Option<Vec<u8>> {
        let mut limits = narrowing.limits.iter();
        match self {
            Limits::None => None,
            Limits::At(field) => {
                let limit = *limits.next()?;
                limits.next().is_none().then_some(())?;
                with_limit(message, field, limit)
            }
            Limits::Each(queries, field) => {
                let mut out = Vec::with_capacity(message.len() + narrowing.limits.len() * 8);
                for record in Records::new(message) {
                    let record = record.ok()?;
                    if record.key.number == queries {
                        push_bytes(
                            queries,
                            &with_limit(record.content()?, field, *limits.next()?)?,
                            &mut out,
                        );
                    } else {
                        out.extend(record.raw);
                    }
                }
                limits.next().is_none().then_some(out)
            }
        }
    }
}

/// A message with this limit and no other.
fn with_limit(message: &[u8], field: u32, limit: Option<u64>) -> Option<Vec<u8>> {
    let Some(limit) = limit else {
        return Some(message.to_vec());
    };
    let mut out = Vec::with_capacity(message.len() + 11);
    for record in Records::new(message) {
        let record = record.ok()?;
        if record.key.number != field {
            out.extend(record.raw);
        }
    }
    push_varint(field, limit, &mut out);
    Some(out)
}

/// The limits of a request's one message.
#[derive(Debug)]
pub(super) struct Narrow(pub(super) Limits);

impl Forward for Narrow {
    fn narrowed(&self, _head: &Head, body: &[u8], narrowing: &Narrowing) -> Forwarded {
        let write = || {
            let message = only_message(body, u32::MAX).ok().flatten()?;
            grpc::frame(&self.0.write(&message, narrowing)?)
        };
        Forwarded {
            path: None,
            // Should this ever be called with another body, the database gets no message, and refuses that: never a
            // message whose limit was not the one that was judged.
            body: narrowing.changes_limits().then(|| write().unwrap_or_default()),
        }
    }
}
