//! The service as its callers see it: the router, driven in the process, on a store in a temporary directory.

mod approvals;
mod console;
#[expect(dead_code, reason = "records are tested next")]
mod samples;
