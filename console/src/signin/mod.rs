//! Signing in: passwords, the limit on guessing, and who a request comes from.

pub mod limit;
pub mod password;
pub mod visitor;
