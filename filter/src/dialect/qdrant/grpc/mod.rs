//! The gRPC API, port 6334.

/// The method that lists all aliases.
pub(super) const LIST_ALIASES: &str = "/qdrant.Collections/ListAliases";

/// The frame of an empty message.
pub(super) const EMPTY: [u8; 5] = [0; 5];

/// Aliases and their collections, from the answer to [`LIST_ALIASES`].
pub(super) fn aliases(_body: &[u8]) -> Result<Vec<(String, String)>, String> {
    Err("not read yet".into())
}
