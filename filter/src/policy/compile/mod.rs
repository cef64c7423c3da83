//! Model to policy: every mistake of meaning in one go, each by its path, and what is legal but surprising.
//!
//! - [`rule`]: one rule. [`mask`]: its mask entries. [`reach`]: rules that can never fire.
//! - [`sections`]: services, identity, limits. [`digest`]: the policy's own name.

mod digest;
mod mask;
mod reach;
mod rule;
mod sections;

use super::compiled::{IdentityPattern, Policy, RuleName};
use super::fault::{Caution, Fault, Mistake, Mistakes, Warning};
use super::index::PatternIndex;
use super::load;
use super::model::{File, Mode};
use crate::mask::plan::{HashKey, MaskPlan};
use std::collections::HashMap;
use std::sync::Arc;

/// Where the key of `hash` is read from: the environment of the Wasm VM, or a stand-in.
///
/// Every `Fn(&str) -> Option<String>` is one.
pub trait Environment {
    /// The value of a variable.
    fn variable(&self, name: &str) -> Option<String>;
}

impl<F: Fn(&str) -> Option<String>> Environment for F {
    fn variable(&self, name: &str) -> Option<String> {
        self(name)
    }
}

impl Policy {
    /// Reads and compiles a policy in JSON.
    ///
    /// # Errors
    /// Every mistake of form and of meaning.
    pub fn from_json(text: &[u8], environment: &dyn Environment) -> Result<Policy, Mistakes> {
        Policy::from_loaded(load::from_json(text), environment)
    }

    /// Compiles what was read. A file with mistakes of form is looked at for mistakes of meaning all the same, as far as it
    /// could be read.
    ///
    /// # Errors
    /// Every mistake of form and of meaning.
    pub fn from_loaded(
        loaded: Result<File, load::Malformed>,
        environment: &dyn Environment,
    ) -> Result<Policy, Mistakes> {
        let load::Malformed { mut mistakes, rest } = match loaded {
            Ok(file) => return Policy::compile(&file, environment),
            Err(malformed) => malformed,
        };
        if let Some(rest) = rest
            && let Err(meaning) = Policy::compile(&rest.file, environment)
        {
            mistakes.0.extend(
                meaning
                    .0
                    .into_iter()
                    .filter(|mistake| rest.is_sound(&mistake.path)),
            );
        }
        Err(mistakes)
    }

    /// Compiles a policy.
    ///
    /// # Errors
    /// Every mistake of meaning.
    pub fn compile(file: &File, environment: &dyn Environment) -> Result<Policy, Mistakes> {
        let mut notes = Notes::default();
        if file.mode == Mode::Observe {
            notes.warning("mode", Caution::Observe);
        }
        sections::identity(file, &mut notes);
        // Said after the rules, where it stands in the file.
        let mut of_key = Notes::default();
        let hash_key = sections::hash_key(file, environment, &mut of_key);

        if file.rules.is_empty() {
            notes.mistake(
                "rules",
                Fault::EmptyList("with no rule everything but `meta` is refused"),
            );
        }
        let mut rules = Vec::with_capacity(file.rules.len());
        let mut first_of: HashMap<&str, usize> = HashMap::new();
        for (number, written) in file.rules.iter().enumerate() {
            let path = format!("rules[{number}]");
            match first_of.get(written.name.as_str()) {
                Some(&first) => {
                    let name = written.name.clone();
                    notes.mistake(format!("{path}.name"), Fault::DuplicateRule { name, first });
                }
                None => {
                    first_of.insert(&written.name, number);
                }
            }
            if RuleName::new(&written.name).is_none() {
                notes.mistake(format!("{path}.name"), Fault::RuleName);
            }
            rules.extend(rule::compile(
                written,
                &path,
                &hash_key,
                file.approval.as_ref(),
                &mut notes,
            ));
        }
        // Only where every rule has a form of its own can they be held against each other.
        if rules.len() == file.rules.len() {
            reach::check(&rules, &mut notes);
        }
        notes.mistakes.append(&mut of_key.mistakes);
        notes.warnings.append(&mut of_key.warnings);
        sections::services(file, &mut notes);

        if !notes.mistakes.is_empty() {
            return Err(Mistakes(notes.mistakes));
        }

        let mut by_name = PatternIndex::default();
        let mut by_group = PatternIndex::default();
        let mut by_collection = PatternIndex::default();
        for (number, rule) in (0..).zip(&rules) {
            for pattern in &rule.identities {
                match pattern {
                    IdentityPattern::Name(glob) => by_name.add(glob, number),
                    IdentityPattern::Group(glob) => by_group.add(glob, number),
                }
            }
            for pattern in &rule.collections {
                by_collection.add(pattern, number);
            }
        }
        let everything_masked = Arc::new(mask::everything(&rules));
        Ok(Policy {
            digest: digest::of(file),
            database: file.database,
            mode: file.mode,
            identity: file.identity.clone(),
            rules,
            approval: file.approval.clone(),
            audit: file.audit.clone(),
            lookup: file.lookup.clone(),
            budget: file.budget,
            limits: file.limits.clone(),
            host: file.host.clone(),
            warnings: notes.warnings,
            by_name,
            by_group,
            by_collection,
            everything_masked,
            nothing_masked: Arc::new(MaskPlan::default()),
        })
    }
}

/// What was found.
#[derive(Default)]
struct Notes {
    mistakes: Vec<Mistake>,
    warnings: Vec<Warning>,
}

impl Notes {
    fn mistake(&mut self, path: impl Into<String>, fault: Fault) {
        self.mistakes.push(Mistake::new(path, fault));
    }

    fn warning(&mut self, path: impl Into<String>, caution: Caution) {
        self.warnings.push(Warning::new(path, caution));
    }
}

/// The key of `hash`, as far as it is known.
enum Key {
    /// It is there.
    Known(HashKey),
    /// The policy names it, and it is wrong: that has been said.
    Wrong,
    /// The policy names none.
    None,
}
