//! What happens to a value before it leaves: the plan that a rule makes for an answer, and its parts.

pub mod action;
pub mod answer;
pub mod detect;
pub mod plan;
pub mod request;
pub mod shape;
pub mod tally;
pub mod text;
