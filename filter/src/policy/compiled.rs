//! A policy that is right: what [`super::compile`] makes and [`super::decide`] judges by.

use super::decide::oracle::Guard;
use super::fault::Warning;
use super::glob::Glob;
use super::index::PatternIndex;
use super::model::{
    Approval, Audit, Budget, Database, Host, IdentitySource, Limits, Lookup, Mode, ResultsLimit, RuleVerdict,
    TopK,
};
use crate::mask::plan::MaskPlan;
use crate::operation::Kind;
use std::fmt;
use std::sync::Arc;

/// A policy. Made by [`Policy::from_json`] or [`Policy::compile`], never changed, never wrong.
#[derive(Debug)]
pub struct Policy {
    pub(super) digest: Digest,
    pub(super) database: Database,
    pub(super) mode: Mode,
    pub(super) identity: Vec<IdentitySource>,
    pub(super) rules: Vec<Rule>,
    pub(super) approval: Option<Approval>,
    pub(super) audit: Option<Audit>,
    pub(super) lookup: Option<Lookup>,
    pub(super) budget: Budget,
    pub(super) limits: Limits,
    pub(super) host: Host,
    pub(super) warnings: Vec<Warning>,
    /// Rules by their patterns for names, for groups, and for collections.
    pub(super) by_name: PatternIndex,
    pub(super) by_group: PatternIndex,
    pub(super) by_collection: PatternIndex,
    /// All that any rule masks: for records of requests that no rule lets through.
    pub(super) everything_masked: Arc<MaskPlan>,
    pub(super) nothing_masked: Arc<MaskPlan>,
}

impl Policy {
    /// SHA-256 of the policy, whatever its spelling, order of keys or form.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The database behind the gateway.
    pub fn database(&self) -> Database {
        self.database
    }

    /// Whether decisions are carried out.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Where a caller's identity comes from, the first that gives a value.
    pub fn identity(&self) -> &[IdentitySource] {
        &self.identity
    }

    /// The rules, in their order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The service that is asked where a human must agree. There wherever a rule can ask for one.
    pub fn approval(&self) -> Option<&Approval> {
        self.approval.as_ref()
    }

    /// The recorder.
    pub fn audit(&self) -> Option<&Audit> {
        self.audit.as_ref()
    }

    /// What is counted for each identity.
    pub fn budget(&self) -> Budget {
        self.budget
    }

    /// How the database is asked for names of collections.
    pub fn lookup(&self) -> Option<&Lookup> {
        self.lookup.as_ref()
    }

    /// Bounds on what is held in memory.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What the host can do.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// What is legal but surprising.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// All that any rule masks, as a fixed text: for records of requests that no rule lets through, whose bodies may
    /// hold what nobody is to see.
    pub fn everything_masked(&self) -> &Arc<MaskPlan> {
        &self.everything_masked
    }
}

/// One rule.
#[derive(Debug)]
pub struct Rule {
    pub(super) name: RuleName,
    pub(super) identities: Vec<IdentityPattern>,
    pub(super) collections: Vec<Glob>,
    pub(super) kinds: Kinds,
    pub(super) verdict: RuleVerdict,
    pub(super) top_k: Option<TopK>,
    pub(super) results: Option<ResultsLimit>,
    pub(super) mask: Arc<MaskPlan>,
    pub(super) removed: Arc<[Vec<String>]>,
    pub(super) guards: Vec<Guard>,
    pub(super) masking: Arc<str>,
    pub(super) message: Option<String>,
}

impl Rule {
    /// Its name.
    pub fn name(&self) -> &RuleName {
        &self.name
    }

    /// Whom it is for.
    pub fn identities(&self) -> &[IdentityPattern] {
        &self.identities
    }

    /// The collections it covers; `*` where the policy may leave them out and does.
    pub fn collections(&self) -> &[Glob] {
        &self.collections
    }

    /// What it covers.
    pub fn kinds(&self) -> Kinds {
        self.kinds
    }

    /// What it says of a request that it matches, within its bounds.
    pub fn verdict(&self) -> RuleVerdict {
        self.verdict
    }

    /// How deep one query may reach.
    pub fn top_k(&self) -> Option<TopK> {
        self.top_k
    }

    /// How many results one request can return in all.
    pub fn results(&self) -> Option<ResultsLimit> {
        self.results
    }

    /// What it does to an answer.
    pub fn mask(&self) -> &Arc<MaskPlan> {
        &self.mask
    }

    /// What it does to an answer, in words: `email partial; vectors stripped`. Empty for nothing.
    pub fn masking(&self) -> &str {
        &self.masking
    }

    /// Whether it covers requests about the catalogue of all collections.
    pub fn covers_catalogue(&self) -> bool {
        self.collections.iter().any(Glob::is_everything)
    }

    /// Whether it covers this collection.
    pub fn covers_collection(&self, name: &str) -> bool {
        self.collections.iter().any(|pattern| pattern.matches(name))
    }
}

/// Whom a rule is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum IdentityPattern {
    /// Identities of such a name.
    Name(Glob),
    /// Identities with such a group. Written `group:` and the pattern.
    Group(Glob),
}

impl fmt::Display for IdentityPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IdentityPattern::Name(glob) => write!(f, "{glob}"),
            IdentityPattern::Group(glob) => write!(f, "group:{glob}"),
        }
    }
}

/// A set of kinds of operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds(u16);

impl Kinds {
    fn bit(kind: Kind) -> u16 {
        1 << (kind as u16)
    }

    /// Whether this kind is in it.
    pub fn contains(self, kind: Kind) -> bool {
        self.0 & Kinds::bit(kind) != 0
    }

    /// This set and one more kind.
    pub fn with(self, kind: Kind) -> Kinds {
        Kinds(self.0 | Kinds::bit(kind))
    }

    /// What is in either.
    pub fn union(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    /// What is in it and not in the other.
    pub fn without(self, other: Kinds) -> Kinds {
        Kinds(self.0 & !other.0)
    }

    /// Its kinds.
    pub fn iter(self) -> impl Iterator<Item = Kind> + Clone {
        Kind::NAMEABLE
            .into_iter()
            .filter(move |kind| self.contains(*kind))
    }

    /// Whether it holds nothing but `meta`.
    pub fn only_meta(self) -> bool {
        self == Kinds::default().with(Kind::Meta)
    }
}

/// The name of a rule: 1 to 100 characters, none of them a control character.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleName(Arc<str>);

impl RuleName {
    /// The longest name, in characters.
    const LONGEST: usize = 100;

    /// This name, if it is one.
    pub fn new(name: &str) -> Option<RuleName> {
        let fits = !name.trim().is_empty() && name.chars().count() <= RuleName::LONGEST;
        (fits && !name.contains(char::is_control)).then(|| RuleName(name.into()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// SHA-256, in hex.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Digest(pub(super) String);

impl Digest {
    /// As text: 64 characters of lower-case hex.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
