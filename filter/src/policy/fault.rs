//! What can be wrong with a policy file, and what is legal but surprising: each with its path, in words.

use super::model::Database;
use crate::wire::json::path::PathError;
use std::fmt;
use thiserror::Error;

/// One mistake: where, and what. Displayed as `path: message`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where it is: `rules[2].mask[0].path`. Empty for the file as a whole.
    pub path: String,
    /// What it is.
    pub fault: Fault,
}

impl Mistake {
    /// This fault at this path.
    pub fn new(path: impl Into<String>, fault: Fault) -> Mistake {
        Mistake {
            path: path.into(),
            fault,
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            write!(f, "{}", self.fault)
        } else {
            write!(f, "{}: {}", self.path, self.fault)
        }
    }
}

/// All mistakes of a policy, in the order of the file. Never empty. Displayed one a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes(pub Vec<Mistake>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, mistake) in self.0.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}

/// What is wrong at one place.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    // Form.
    /// Not JSON or YAML; with what the parser said.
    #[error("{0}")]
    Syntax(String),
    /// A key that means nothing.
    #[error("unknown key `{key}`: {hint}")]
    UnknownKey {
        /// The key.
        key: String,
        /// The nearest known key, or all of them.
        hint: Hint,
    },
    /// A word that means nothing.
    #[error("unknown word `{word}`: {hint}")]
    UnknownWord {
        /// The word.
        word: String,
        /// The nearest known word, or all of them.
        hint: Hint,
    },
    /// The same key twice.
    #[error("the key `{0}` stands here twice: keep one of them")]
    DuplicateKey(String),
    /// A key that must be there.
    #[error("the key `{0}` is missing")]
    MissingKey(String),
    /// Another kind of value.
    #[error("expected {expected}, found {found}")]
    WrongType {
        /// What should stand here.
        expected: String,
        /// What stands here.
        found: String,
    },
    /// A word that needs a value.
    #[error("`{0}` needs a value: write {{ {0}: … }}")]
    NeedsValue(String),
    /// A value with more to say, in words.
    #[error("{0}")]
    Invalid(String),
    /// A format of another version.
    #[error(
        "this filter reads version 1 of the policy format, this is version {0}: use the filter made for it, or write the policy in version 1"
    )]
    Version(String),
    /// No version at all.
    #[error("the key `version` is missing: begin the policy with `version: 1`")]
    NoVersion,

    // Meaning.
    /// An empty list.
    #[error("an empty list: {0}")]
    EmptyList(&'static str),
    /// An empty text.
    #[error("is empty: {0}")]
    EmptyText(&'static str),
    /// A list that must be there.
    #[error("is missing: {0}")]
    Missing(&'static str),
    /// Rules of one name.
    #[error(
        "the name `{name}` is taken by rules[{first}]: names stand in refusals and records, each must be one rule's"
    )]
    DuplicateRule {
        /// The name.
        name: String,
        /// The number of the first rule of that name.
        first: usize,
    },
    /// A name that cannot be printed.
    #[error("a rule's name has 1 to 100 characters and no control characters")]
    RuleName,
    /// A rule behind others that cover it entirely.
    #[error(
        "the rule `{rule}` can never fire: everything it covers is decided before by {by}. Move it up, or take it out"
    )]
    Shadowed {
        /// The rule.
        rule: String,
        /// The rules before it.
        by: Names,
    },
    /// A pattern that matches nothing.
    #[error(
        "`{0}` names no group: write the group's name after `group:`, or `group:*` for callers with any group"
    )]
    EmptyGroup(String),
    /// A group that would be taken for a name.
    #[error(
        "looks like a group, and would be read as an identity's name: write `group:{0}`, with small letters"
    )]
    GroupCase(String),
    /// A pattern that is most likely a slip.
    #[error("the pattern holds a character that nobody sees, or begins or ends with a space")]
    PatternSpaces,
    /// A pattern that is longer than any name.
    #[error("the pattern is longer than {0} bytes")]
    PatternLength(usize),
    /// A bound of zero.
    #[error("is 0, so that nothing could pass: to refuse these requests, write `verdict: deny`")]
    ZeroBound,
    /// More decimals than a number has.
    #[error("{0} decimals: a number has at most 15")]
    Decimals(u32),
    /// A mask entry that reaches nothing.
    #[error("says what is done, but not to which values: add `fields`, `path`, or `detect` and `fields`")]
    NoSelector,
    /// A mask entry with two selectors.
    #[error("has both {0}: write two entries, the first that reaches a value wins")]
    TwoSelectors(&'static str),
    /// A detector without a text to look into.
    #[error("`detect` needs `fields`: name the fields whose text is searched (Chroma's text: \"#document\")")]
    DetectWithoutFields,
    /// A mask entry that does nothing.
    #[error("does not say what becomes of the values: add `with: remove | redact | partial | hash | null`")]
    NoAction,
    /// A part of a text cannot be null.
    #[error(
        "`with: {0}` cannot be done to a part of a text: with `detect` use redact, partial, hash or remove"
    )]
    NotForDetect(&'static str),
    /// A text that is never used.
    #[error("`text` is for `with: redact` alone")]
    TextWithoutRedact,
    /// A field pattern or a JSONPath that cannot be used.
    #[error("{0}")]
    Path(PathError),
    /// `hash` without its key.
    #[error("`with: hash` needs a key: add `hash_key: {{ env: NAME }}` to the policy")]
    NoHashKey,
    /// No such variable.
    #[error(
        "the variable `{0}` is not in the environment of the Wasm VM: add it to `vm_config.environment_variables` in Envoy's configuration"
    )]
    NoSuchVariable(String),
    /// A key that can be guessed.
    #[error(
        "the variable `{name}` holds {length} bytes, a key needs at least {least}: `openssl rand -hex 32` makes one"
    )]
    ShortKey {
        /// The variable.
        name: String,
        /// What it holds.
        length: usize,
        /// What it should hold.
        least: usize,
    },
    /// A rule asks for a human where there is no way to ask one.
    #[error("asks for a human, but the policy has no `approval` section: add `approval: {{ cluster: … }}`")]
    NoApproval,
    /// A number of approvals that allows nothing.
    #[error("is 0: {0}")]
    Zero(&'static str),
    /// A path of a service.
    #[error("`{0}` is not a path: it begins with `/` and holds no space, `?` or `#`")]
    ServicePath(String),
    /// A name of a header that cannot be.
    #[error("`{0}` is not a header that can name an identity: {1}")]
    HeaderName(String, &'static str),
    /// More than may be held.
    #[error("is more than {0}: it is held in the memory of every Envoy worker, for each request")]
    TooLarge(&'static str),
}

/// What was probably meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// One known word is near.
    DidYouMean(String),
    /// None is; these are all.
    OneOf(Vec<&'static str>),
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hint::DidYouMean(word) => write!(f, "did you mean `{word}`?"),
            Hint::OneOf(words) => {
                f.write_str("known are ")?;
                for (number, word) in words.iter().enumerate() {
                    write!(f, "{}{word}", if number > 0 { ", " } else { "" })?;
                }
                Ok(())
            }
        }
    }
}

/// Names of rules, for a sentence: `` `a`, `b` and `c` ``.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names(pub Vec<String>);

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.0.len().saturating_sub(1);
        for (number, name) in self.0.iter().enumerate() {
            let before = match number {
                0 => "",
                n if n == last => " and ",
                _ => ", ",
            };
            write!(f, "{before}`{name}`")?;
        }
        Ok(())
    }
}

/// Something legal but surprising: where, and what. Displayed as `path: message`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where it is. Empty for the file as a whole.
    pub path: String,
    /// What it is.
    pub caution: Caution,
}

impl Warning {
    /// This caution at this path.
    pub fn new(path: impl Into<String>, caution: Caution) -> Warning {
        Warning {
            path: path.into(),
            caution,
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            write!(f, "{}", self.caution)
        } else {
            write!(f, "{}: {}", self.path, self.caution)
        }
    }
}

/// What may surprise.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Caution {
    /// Nothing is carried out.
    #[error("`observe` decides and records, but refuses, clamps and masks nothing")]
    Observe,
    /// Everyone is anonymous.
    #[error("no `identity` section: every caller is `anonymous`")]
    NoIdentity,
    /// Nothing is recorded.
    #[error("no `audit` section: nothing is recorded but Envoy's own access log")]
    NoAudit,
    /// Records may be lost.
    #[error("with `required: false` an answer is released even where its record was lost")]
    AuditNotRequired,
    /// A client could name itself.
    #[error(
        "make sure that Envoy itself sets or removes `{0}` on every request: a client that could set it could be anyone"
    )]
    HeaderIdentity(String),
    /// A pattern that matches callers without an identity.
    #[error("`{0}` also matches callers without an identity (`anonymous`)")]
    MatchesAnonymous(String),
    /// A field that a caller may find out.
    #[error("with `oracle: allow` a caller can find out what this entry hides, by asking often enough")]
    OracleAllowed,
    /// An entry behind others.
    #[error(
        "`{field}` is already masked by mask[{by}] of this rule: the first entry wins, this one does nothing there"
    )]
    NeverReached {
        /// The field or path.
        field: String,
        /// The number of the entry before.
        by: usize,
    },
    /// Bounds on what is refused.
    #[error("the rule refuses every request it matches: `{0}` does nothing")]
    DenyWith(&'static str),
    /// A clamp under a human's decision.
    #[error(
        "every request that this rule matches waits for a human, and is answered in full then: clamping does nothing"
    )]
    ApproveWithClamp,
    /// No rule asks.
    #[error("no rule asks for a human: this section is not used")]
    ApprovalUnused,
    /// Longer than clients wait.
    #[error(
        "many clients give up after 30 to 60 seconds: a longer wait mostly holds streams whose client is gone"
    )]
    LongWait,
    /// An approval that is over before its request was sent again.
    #[error("an approval that holds for {0} may be over before its request is sent again")]
    ShortTtl(String),
    /// A key that nothing uses.
    #[error("no rule uses `with: hash`: this key is not used")]
    HashKeyUnused,
    /// A bound on nothing.
    #[error("bodies are not recorded: `max_body` does nothing")]
    MaxBodyUnused,
    /// A deep read with no bound.
    #[error(
        "the rule bounds neither `top_k` nor `results` of {0}: one request may return everything there is"
    )]
    Unbounded(&'static str),
    /// Words that stand for nothing.
    #[error("`{0}` stands here twice")]
    Twice(String),
    /// Names of collections cannot be found out.
    #[error(
        "requests to {0} address collections by ids or aliases: without `lookup: {{ cluster: … }}`, the Envoy cluster of the database, they are refused"
    )]
    NoLookup(Database),
    /// A bound that another one makes useless.
    #[error(
        "one query may reach {top_k} results deep, but a request may return {results} in all: the smaller bound decides"
    )]
    ResultsBelowTopK {
        /// `top_k.max`.
        top_k: u64,
        /// `results.max`.
        results: u64,
    },
    /// The database is never asked for names.
    #[error("requests to {0} address collections by name: this section is not used")]
    LookupUnused(Database),
}
