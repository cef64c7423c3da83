//! How a limit is written into a body that has none.

use crate::dialect::narrow::Around;

/// `"limit": N`.
pub(super) const LIMIT: Around = Around::member("\"limit\":");
