//! Messages of requests that are read whole.
//!
//! Fields and numbers of Qdrant 1.20 (the protocol files in the Python client 1.20.0), which holds all of 1.10. What
//! neither bounds, nor names a field or a collection, nor could in a newer version, is kept as bytes: vectors, values
//! to compare with, selections of payload keys.

mod conditions;
mod formula;
mod old;
mod ranking;
mod reads;

pub(super) use conditions::*;
pub(super) use formula::*;
pub(super) use old::*;
pub(super) use ranking::*;
pub(super) use reads::*;
