//! Functions that score: which fields their parameters name.
//!
//! Each kind of function has parameters of its own, and a newer version has more of them. So the ones that are known to
//! name no field are listed here, and of every other one each text that could be a field's name counts as one.

use super::meaning::Meaning;
use super::params;
use crate::dialect::Malformed;
use crate::operation::Through;
use crate::wire::json::strict::{self, Node};

/// Parameters that say how to score, and by which service.
const NO_FIELDS: [&str; 28] = [
    "reranker",
    "provider",
    "endpoint",
    "url",
    "model",
    "model_name",
    "model_deployment_name",
    "credential",
    "region",
    "queries",
    "timeout_ms",
    "max_client_batch_size",
    "truncate",
    "truncation",
    "max_tokens_per_doc",
    "function",
    "origin",
    "scale",
    "offset",
    "decay",
    "weight",
    "weights",
    "norm_score",
    "k",
    "strategy",
    "score_mode",
    "boost_mode",
    "desc",
];

/// The parameter that is an expression.
const FILTER: &str = "filter";

impl Meaning {
    /// A function has this parameter, a text: itself, or a JSON value written out.
    pub(super) fn function(&mut self, key: &str, value: &str) -> Result<(), Malformed> {
        let document = strict::parse(value.as_bytes()).ok();
        let root = document.as_ref().map(strict::Document::root);
        if key.eq_ignore_ascii_case(FILTER) {
            self.expression(value, Through::Score)?;
        }
        match root {
            // A reader that takes every value for JSON finds another text in it.
            Some(root) => self.function_node(key, root),
            None => {
                self.may_name(key, value);
                Ok(())
            }
        }
    }

    /// A function has this parameter.
    pub(super) fn function_node(&mut self, key: &str, node: &Node<'_>) -> Result<(), Malformed> {
        match node {
            Node::String(text) if key.eq_ignore_ascii_case(FILTER) => {
                self.expression(&text.text, Through::Score)
            }
            Node::String(text) => {
                self.may_name(key, &text.text);
                Ok(())
            }
            Node::Array(array) => array
                .elements
                .iter()
                .try_for_each(|node| self.function_node(key, node)),
            Node::Object(_) => node
                .members()
                .try_for_each(|(key, node)| self.function_node(key, node)),
            Node::Null(_) | Node::Bool(..) | Node::Number(_) | Node::Numbers(_) => Ok(()),
        }
    }

    /// A function has this text in a parameter, perhaps the name of a field.
    pub(super) fn may_name(&mut self, key: &str, text: &str) {
        if !NO_FIELDS.contains(&key)
            && let Ok(keys) = params::name(text)
        {
            self.refers_to(keys, Through::Score);
        }
    }

    /// A chain of functions reads a column: a field, a path in one, or what the chain itself made.
    pub(super) fn column(&mut self, name: &str) -> Result<(), Malformed> {
        // `$score` and `$id` are no fields; `$meta["x"]` is one.
        if name.starts_with('$') && !name.starts_with("$meta") {
            return Ok(());
        }
        self.refers_to(params::name(name)?, Through::Score);
        Ok(())
    }
}
