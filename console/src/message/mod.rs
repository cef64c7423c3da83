//! The messages of gRPC methods, by their descriptors: as JSON and back ([`json`]), and as people read them ([`shown`]).
//!
//! The descriptors are compiled from `protocol/` when this crate is built. The filter needs none of this: it reads the few
//! messages that it judges by types of its own.

pub mod json;
pub mod shown;

use prost_reflect::{DescriptorPool, MessageDescriptor};
use std::sync::LazyLock;

static COMPILED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/protocol.bin"));

/// Nothing where they cannot be read; a test says that they can.
static DESCRIPTORS: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(COMPILED).unwrap_or_default());

/// The messages of a method.
#[derive(Clone, Debug)]
pub struct Method {
    /// What it is asked with.
    pub request: MessageDescriptor,
    /// What it answers with.
    pub answer: MessageDescriptor,
}

/// The messages of the method at a path, `/package.Service/Method`; `None` where the method is not known.
pub fn method(path: &str) -> Option<Method> {
    let (service, name) = path.strip_prefix('/')?.split_once('/')?;
    let service = DESCRIPTORS.get_service_by_name(service)?;
    let method = service.methods().find(|method| method.name() == name)?;
    Some(Method {
        request: method.input(),
        answer: method.output(),
    })
}

/// A message by its full name, for what stands in a field of bytes.
fn message(name: &str) -> Option<MessageDescriptor> {
    DESCRIPTORS.get_message_by_name(name)
}

#[cfg(test)]
mod tests {
    use super::method;
    use vectorgate::dialect;

    #[test]
    fn the_messages_of_every_method_are_known() {
        let mut methods = 0;
        for dialect in dialect::ALL {
            for row in dialect.endpoints() {
                // A gRPC method's path has a package in its first segment; no path of a REST interface has a dot there.
                let service = row.path.split('/').nth(1).unwrap_or_default();
                if row.method == "POST" && service.contains('.') {
                    assert!(method(row.path).is_some(), "{}", row.path);
                    methods += 1;
                }
            }
        }
        assert!(methods > 200, "{methods}");
    }

    #[test]
    fn what_is_no_method_has_no_messages() {
        for path in [
            "",
            "/",
            "/qdrant.Points",
            "/qdrant.Points/",
            "/qdrant.Points/Nothing",
            "/x/Query",
        ] {
            assert!(method(path).is_none(), "{path}");
        }
    }
}
