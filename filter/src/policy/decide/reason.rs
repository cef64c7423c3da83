//! The words of a decision: which rule, what was asked, what is allowed, what to do next.
//!
//! They are for the person whose program was refused, and for the one who reads the record. No value of a body
//! stands in them: names of collections and fields, and numbers.

use super::super::compiled::{Kinds, Rule};
use super::super::glob::Glob;
use super::super::model::RuleVerdict;
use super::super::unseen::is_unseen;
use super::bounds::Over;
use crate::approval::contract::Caller;
use crate::audit::record::Verdict;
use crate::operation::{FieldRef, Kind, Operation, Query, Results, Through};
use std::fmt;

/// How many names a sentence lists.
const MOST_LISTED: usize = 8;

/// How long a name from a request may be in a sentence, in characters.
const LONGEST_NAME: usize = 80;

/// Who asked what.
pub(super) struct Asked<'a> {
    pub(super) caller: &'a Caller,
    pub(super) operation: &'a Operation,
}

/// Why a request got its verdict.
pub(super) enum Why<'a> {
    /// No rule can allow it.
    Unknown,
    /// No rule speaks of it, and it harms nobody.
    MetaByDefault,
    /// No rule lets it through.
    NoRule(Missing),
    /// The rule says no.
    RuleDenies,
    /// The rule wants a human.
    RuleAsks,
    /// The rule says yes.
    RuleAllows,
    /// It uses a masked field.
    Oracle(&'a FieldRef),
    /// It exceeds a bound.
    Over(Over),
    /// It is lowered.
    Clamped {
        /// The limits that are written.
        limits: &'a [Option<u64>],
        /// What can come back then.
        left: u64,
    },
}

/// The first thing that was missing for a rule to match.
pub(super) enum Missing {
    /// No rule is for this caller.
    Identity,
    /// Rules are, but for other operations.
    Operation(Kinds),
    /// Rules are for this caller and operation, but for these collections.
    Collection(Vec<Glob>),
}

/// Finds what was missing, of the rules whose identities match. Those that refuse are no help.
pub(super) fn first_missing<'r>(rules: impl Iterator<Item = &'r Rule>, operation: &Operation) -> Missing {
    let mut kinds = Kinds::default();
    let mut collections: Vec<Glob> = Vec::new();
    let mut any = false;
    for rule in rules.filter(|rule| rule.verdict != RuleVerdict::Deny) {
        any = true;
        kinds = kinds.union(rule.kinds);
        if rule.kinds.contains(operation.kind) {
            for pattern in &rule.collections {
                if !collections.contains(pattern) {
                    collections.push(pattern.clone());
                }
                if collections.len() > MOST_LISTED {
                    return Missing::Collection(collections);
                }
            }
        }
    }
    match (any, kinds.contains(operation.kind)) {
        (false, _) => Missing::Identity,
        (true, false) => Missing::Operation(kinds),
        (true, true) => Missing::Collection(collections),
    }
}

/// The words where no rule decided.
pub(super) fn unruled(why: &Why<'_>, asked: &Asked<'_>) -> String {
    let name = Shown(&asked.caller.name);
    let kind = asked.operation.kind;
    let does = Does(kind);
    match why {
        Why::MetaByDefault => "no rule speaks of `meta` calls, which are allowed then".to_owned(),
        Why::NoRule(Missing::Identity) => format!(
            "no rule lets {name} {does} in any collection: no rule is for this identity{groups}. Ask the owner of the policy for one",
            groups = Groups(&asked.caller.groups),
        ),
        Why::NoRule(Missing::Operation(kinds)) => format!(
            "no rule lets {name} {does} in any collection: it may {may}. Ask the owner of the policy for a rule with the operation `{kind}`",
            may = Listed(kinds.iter().map(|kind| Does(kind).to_string())),
        ),
        Why::NoRule(Missing::Collection(patterns)) if asked.operation.whole_catalogue => format!(
            "identity {name} may {does} only in {patterns}, and this request is about all collections: name one of them, or ask the owner of the policy for a rule with the collection `*`",
            patterns = Listed(patterns.iter()),
        ),
        Why::NoRule(Missing::Collection(patterns)) => format!(
            "identity {name} may {does} only in {patterns}: use one of them, or ask the owner of the policy for a rule that covers {asked}",
            patterns = Listed(patterns.iter()),
            asked = Listed(asked.operation.collections.iter().map(|name| Shown(name))),
        ),
        _ => "the gateway does not know what this request does, so no rule can allow it: use an operation of the database's documented API".to_owned(),
    }
}

/// The words where a rule decided.
pub(super) fn of_rule(verdict: Verdict, why: &Why<'_>, rule: &Rule, asked: &Asked<'_>) -> String {
    let mut words = because(verdict, why, rule, asked);
    if let (Verdict::Deny | Verdict::Approve, Some(message)) = (verdict, &rule.message) {
        words.push_str(". ");
        words.push_str(message);
    }
    words
}

fn because(verdict: Verdict, why: &Why<'_>, rule: &Rule, asked: &Asked<'_>) -> String {
    let rule = &rule.name;
    let operation = asked.operation;
    let kind = operation.kind;
    match why {
        Why::RuleDenies if operation.collections.is_empty() => format!("rule `{rule}` refuses {kind}"),
        Why::RuleDenies => format!(
            "rule `{rule}` refuses {kind} in {}",
            Listed(operation.collections.iter().map(|name| Shown(name)))
        ),
        Why::RuleAsks => format!("rule `{rule}` lets a human decide on every {kind}"),
        Why::Oracle(field) => format!(
            "rule `{rule}` masks {field}, so {name} may not {verb} by it: {remedy}, or ask the owner of the policy for `oracle: allow` on that mask entry",
            field = Shown(&field.to_string()),
            name = Shown(&asked.caller.name),
            verb = field.through.verb(),
            remedy = remedy(field.through),
        ),
        Why::Over(over) => format!(
            "rule `{rule}` {}",
            Exceeds {
                over,
                verdict,
                operation
            }
        ),
        Why::Clamped { limits, left } => clamped(rule.as_str(), limits, *left, operation),
        _ => format!("rule `{rule}` allows it"),
    }
}

fn remedy(through: Through) -> &'static str {
    match through {
        Through::Filter => "take it out of the filter",
        Through::Order => "order by another field",
        Through::Group => "group by another field",
        Through::Facet => "aggregate another field",
        Through::Score => "take it out of the ranking",
    }
}

fn clamped(rule: &str, limits: &[Option<u64>], left: u64, operation: &Operation) -> String {
    let mut written = operation
        .queries
        .iter()
        .zip(limits)
        .filter_map(|(query, limit)| Some((query, (*limit)?)));
    match (written.next(), written.count()) {
        (Some((query, limit)), 0) if operation.queries.len() == 1 => format!(
            "rule `{rule}` clamps the limit from {from} to {limit}{offset}",
            from = Limit(query.limit),
            offset = After(query.offset),
        ),
        (_, more) => format!(
            "rule `{rule}` clamps the limits of {lowered} of {all} queries, so that at most {left} results come back",
            lowered = more + 1,
            all = operation.queries.len(),
        ),
    }
}

/// What a request exceeds, after the rule's name.
struct Exceeds<'a> {
    over: &'a Over,
    verdict: Verdict,
    operation: &'a Operation,
}

impl fmt::Display for Exceeds<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let human = match self.verdict {
            Verdict::Approve => " without a human's approval",
            _ => "",
        };
        match self.over {
            Over::Depth { query, max } => {
                write!(
                    f,
                    "lets one query reach {max} results deep{human}, this one reaches {}",
                    Depth(query)
                )?;
                match (self.verdict, max.saturating_sub(query.offset)) {
                    (Verdict::Approve, _) => Ok(()),
                    (_, 0) => write!(f, ": ask for fewer pages, or narrow the search by a filter"),
                    (_, left) => write!(f, ": ask with a limit of at most {left}"),
                }
            }
            Over::NothingLeft { query, max } => write!(
                f,
                "lets one query reach {max} results deep, this one begins after {}: ask for fewer pages, or narrow the search by a filter",
                query.offset
            ),
            Over::NotClampable { query, max } => write!(
                f,
                "lets one query reach {max} results deep, this one reaches {}, and the gateway cannot lower its limit: ask with a limit of at most {}",
                Depth(query),
                max.saturating_sub(query.offset)
            ),
            Over::Total { total, max } => {
                write!(
                    f,
                    "lets one request return {max} results in all{human}, this one can return {}",
                    Total(*total)
                )?;
                match self.verdict {
                    Verdict::Approve => Ok(()),
                    _ => f.write_str(self.less(*total)),
                }
            }
            Over::TotalOverTopK { total, max } => write!(
                f,
                "lets one request return {max} results in all (its `top_k.max`, since it has no `results`), this one can return {}{}",
                Total(*total),
                self.less(*total)
            ),
        }
    }
}

impl Exceeds<'_> {
    /// How to ask for less.
    fn less(&self, total: Results) -> &'static str {
        match (self.operation.kind, self.operation.queries.as_slice(), total) {
            (Kind::Fetch, _, _) => ": ask for fewer ids at a time",
            (_, [], _) => ": ask for less",
            (_, _, Results::Unbounded) => ": ask with a limit",
            (_, [query], _) if query.multiplier == 1 => ": ask with a smaller limit",
            _ => ": ask fewer queries at a time, or with smaller limits",
        }
    }
}

/// How deep a query reaches, and why.
struct Depth<'a>(&'a Query);

impl fmt::Display for Depth<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.depth(), self.0.offset) {
            (Results::Unbounded, _) => f.write_str("all of them (it has no limit)"),
            (Results::AtMost(depth), 0) => write!(f, "{depth}"),
            (Results::AtMost(depth), offset) => {
                write!(f, "{depth} (offset {offset}, limit {})", depth - offset)
            }
        }
    }
}

/// A limit as it was asked for.
struct Limit(Results);

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Results::AtMost(limit) => write!(f, "{limit}"),
            Results::Unbounded => f.write_str("none"),
        }
    }
}

/// What a query skips, where it skips anything.
struct After(u64);

impl fmt::Display for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 > 0 {
            write!(f, " after an offset of {}", self.0)
        } else {
            Ok(())
        }
    }
}

/// How many results can come back.
struct Total(Results);

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Results::AtMost(total) => write!(f, "{total}"),
            Results::Unbounded => f.write_str("all there is"),
        }
    }
}

/// What an operation does, as a verb.
struct Does(Kind);

impl fmt::Display for Does {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Schema => f.write_str("change the schema"),
            Kind::Meta => f.write_str("make meta calls"),
            kind => write!(f, "{kind}"),
        }
    }
}

/// The groups of a caller, in brackets; nothing where there are none.
struct Groups<'a>(&'a [String]);

impl fmt::Display for Groups<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => Ok(()),
            [one] => write!(f, " or its group {}", Shown(one)),
            many => write!(
                f,
                " or its groups {}",
                Listed(many.iter().map(|group| Shown(group)))
            ),
        }
    }
}

/// A name that came from outside: without what nobody sees, and cut where it is too long.
struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut chars = self.0.chars();
        for c in chars.by_ref().take(LONGEST_NAME) {
            let printed = if is_unseen(c) {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            };
            write!(f, "{printed}")?;
        }
        if chars.next().is_some() {
            f.write_str("…")
        } else {
            Ok(())
        }
    }
}

/// Names with commas, the rest by its number.
struct Listed<I>(I);

impl<I: Iterator<Item: fmt::Display> + Clone> fmt::Display for Listed<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = self.0.clone();
        for (number, name) in names.by_ref().take(MOST_LISTED).enumerate() {
            write!(f, "{}{name}", if number > 0 { ", " } else { "" })?;
        }
        match names.count() {
            0 => Ok(()),
            _ => f.write_str(" and others"),
        }
    }
}
