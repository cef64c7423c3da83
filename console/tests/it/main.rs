//! The service as its callers see it: the router, driven in the process, on a store in a temporary directory.

mod approvals;
mod commands;
mod console;
mod openapi;
mod pages;
mod records;
mod samples;
mod verify;
