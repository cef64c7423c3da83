//! The policy file, compiled, and the decision: who may ask what, how much of it, and what the answer goes through.
//!
//! Four steps, each its own room:
//!
//! - [`model`]: the file as it is written, as types. Nothing is judged there but its form.
//! - [`load`]: text to model, naming every mistake of form by its path.
//! - [`compile`]: model to [`Policy`], naming every mistake of meaning by its path. A policy that exists is right.
//! - [`decide`]: caller and operation to [`Decision`]. A pure function.
//!
//! Beside them `cost` says what a policy costs, as far as that can be said without a request.
//!
//! Nothing here knows a database, a host, a clock or a file. The environment (for the key of `hash`) is handed in.
//!
//! ```
//! use vectorgate::approval::contract::Caller;
//! use vectorgate::audit::record::Verdict;
//! use vectorgate::operation::{Kind, Operation, Query, Results};
//! use vectorgate::policy::Policy;
//!
//! let policy = Policy::from_json(
//!     br#"{
//!         "version": 1,
//!         "database": "chroma",
//!         "identity": [{ "jwt": { "claim": "sub" } }],
//!         "rules": [{
//!             "name": "rag-reads",
//!             "identities": ["svc:rag-*"],
//!             "collections": ["docs"],
//!             "operations": ["search"],
//!             "top_k": { "max": 100, "over": "clamp" }
//!         }]
//!     }"#,
//!     &|_: &str| None,
//! )
//! .expect("a right policy");
//!
//! let caller = Caller { name: "svc:rag-web".into(), groups: vec![] };
//! let mut search = Operation::new(Kind::Search);
//! search.collections.push("docs".into());
//! search.queries.push(Query { offset: 0, limit: Results::AtMost(500), multiplier: 1, clampable: true });
//!
//! let decision = policy.decide(&caller, &search);
//! assert_eq!(decision.verdict, Verdict::Clamp);
//! assert_eq!(decision.limits, [Some(100)]);
//! ```

pub mod compile;
pub mod compiled;
mod cost;
pub mod decide;
pub mod fault;
pub mod glob;
mod index;
pub mod load;
pub mod model;
#[cfg(test)]
mod tests;
pub mod unseen;

pub use compiled::{Digest, Policy, Rule, RuleName};
pub use decide::Decision;
pub use fault::{Mistake, Mistakes, Warning};
