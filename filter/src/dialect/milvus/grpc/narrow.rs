//! How a smaller limit is written into a message: into the one pair that holds it, every other byte as it was.

use crate::dialect::milvus::params::Of;
use crate::dialect::{Forward, Forwarded, Head, Narrowing};
use crate::wire::grpc::{self, only_message};
use crate::wire::protobuf::read::{Message, Records};
use crate::wire::protobuf::varint::push_bytes;

/// Where the limit of a request's one query is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Narrow {
    /// The field that holds the pairs.
    pub(super) pairs: u32,
    /// Whose pairs they are.
    pub(super) of: Of,
}

impl Narrow {
    fn rewrite(self, body: &[u8], narrowing: &Narrowing) -> Option<Vec<u8>> {
        let [limit] = narrowing.limits.as_slice() else {
            return None;
        };
        let limit = (*limit)?;
        let message = only_message(body, u32::MAX).ok().flatten()?;
        let mut pair = Vec::new();
        push_bytes(1, self.of.limit().as_bytes(), &mut pair);
        push_bytes(2, limit.to_string().as_bytes(), &mut pair);
        let mut out = Vec::with_capacity(message.len() + 32);
        let mut written = false;
        for record in Records::new(&message) {
            let record = record.ok()?;
            if record.key.number == self.pairs && key(record.content()?)? == self.of.limit() {
                push_bytes(self.pairs, &pair, &mut out);
                written = true;
            } else {
                out.extend(record.raw);
            }
        }
        if !written {
            push_bytes(self.pairs, &pair, &mut out);
        }
        grpc::frame(&out)
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
        Forwarded {
            path: None,
            // Should this ever be called with another body, the database gets no message, and refuses that: never a
            // message whose limit was not the one that was judged.
            body: narrowing
                .changes_limits()
                .then(|| self.rewrite(body, narrowing).unwrap_or_default()),
        }
    }
}
