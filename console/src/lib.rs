//! The console of Vectorgate: the reference approval service, the recorder, and the pages where people decide and
//! read what was recorded.
//!
//! The way of a request:
//!
//! - [`listen`]: connections, taken and ended.
//! - [`service`]: settings, what handlers share, the routes.
//! - [`api`]: what the filter calls, behind a shared [`secret`]: `/v1/approvals` and `/v1/records`.
//! - [`page`]: what people see, behind a [`signin`].
//! - [`approval`], [`people`], [`recording`]: the rules. They know no HTTP and no database.
//! - [`store`]: what is kept, in one SQLite file.
//! - [`message`]: gRPC messages as JSON, for commands and pages.
//! - [`token`]: names that nobody can guess.

pub mod api;
pub mod approval;
pub mod listen;
pub mod message;
pub mod page;
pub mod people;
pub mod recording;
pub mod secret;
pub mod service;
pub mod signin;
pub mod store;
pub mod token;
