//! One rule: its patterns, its bounds, its combinations.

use super::super::compiled::{IdentityPattern, Kinds, Rule, RuleName};
use super::super::fault::{Caution, Fault};
use super::super::glob::Glob;
use super::super::model::{self, Approval, OverResults, OverTopK, Rounding, RuleVerdict};
use super::super::unseen::is_unseen;
use super::{Key, Notes, mask, sections};
use crate::operation::Kind;
use std::sync::Arc;

/// The longest pattern, in bytes.
const LONGEST_PATTERN: usize = 512;

/// Compiles one rule. `None` where so much is wrong that it cannot be held against others.
pub(super) fn compile(
    written: &model::Rule,
    path: &str,
    key: &Key,
    approval: Option<&Approval>,
    notes: &mut Notes,
) -> Option<Rule> {
    let identities = identities(written, path, notes);
    let kinds = kinds(written, path, notes);
    let collections = collections(written, kinds, path, notes);
    bounds(written, path, notes);
    approvals(written, path, approval, notes);
    combinations(written, kinds, path, notes);
    let (plan, masking) = mask::compile(written, path, key, notes);
    let guards = super::super::decide::oracle::guards(&plan);
    Some(Rule {
        name: RuleName::new(&written.name)?,
        identities: identities?,
        collections: collections?,
        kinds: kinds?,
        verdict: written.verdict,
        top_k: written.top_k,
        results: written.results,
        removed: plan.removed().into(),
        mask: Arc::new(plan),
        guards,
        masking: masking.into(),
        message: written
            .message
            .as_ref()
            .map(|words| words.trim().to_owned())
            .filter(|words| !words.is_empty()),
    })
}

fn identities(written: &model::Rule, path: &str, notes: &mut Notes) -> Option<Vec<IdentityPattern>> {
    let path = format!("{path}.identities");
    let why = "name whom the rule is for, such as [\"svc:rag-*\", \"group:ml\"]; [\"*\"] is everyone";
    let list = listed(written.identities.as_deref(), &path, why, notes)?;
    let mut patterns = Vec::new();
    for (number, text) in list.iter().enumerate() {
        let path = format!("{path}[{number}]");
        if let Some(group) = misspelt_group(text) {
            notes.mistake(path, Fault::GroupCase(group.to_owned()));
            continue;
        }
        let compiled = match text.strip_prefix("group:") {
            Some("") => {
                notes.mistake(path, Fault::EmptyGroup(text.clone()));
                continue;
            }
            Some(group) => pattern(group, &path, notes).map(IdentityPattern::Group),
            None => pattern(text, &path, notes).map(IdentityPattern::Name),
        };
        let Some(pattern) = compiled else { continue };
        if let IdentityPattern::Name(glob) = &pattern
            && sections::matches_anonymous(glob)
            && written.verdict != RuleVerdict::Deny
        {
            notes.warning(&path, Caution::MatchesAnonymous(text.clone()));
        }
        if patterns.contains(&pattern) {
            notes.warning(&path, Caution::Twice(text.clone()));
        }
        patterns.push(pattern);
    }
    (patterns.len() == list.len()).then_some(patterns)
}

/// The group, where something like `group:` stands before it. As a name it would match nobody: in a rule that refuses,
/// everybody whom it was meant for would pass it by.
fn misspelt_group(text: &str) -> Option<&str> {
    let (kind, group) = text.split_once(':')?;
    let meant = ["group", "groups"]
        .iter()
        .any(|word| kind.trim().eq_ignore_ascii_case(word));
    (meant && kind != "group").then(|| group.trim())
}

fn collections(
    written: &model::Rule,
    kinds: Option<Kinds>,
    path: &str,
    notes: &mut Notes,
) -> Option<Vec<Glob>> {
    // A rule that widens what may be done says where. One that narrows it holds everywhere unless it says where, and
    // `meta` touches no collection. (Where the operations are wrong, nothing is known of what they touch.)
    let narrows = written.verdict != RuleVerdict::Allow;
    if written.collections.is_none() && (narrows || kinds.is_none_or(Kinds::only_meta)) {
        return Some(vec![Glob::new("*")]);
    }
    let path = format!("{path}.collections");
    let why = "name the collections the rule covers, such as [\"docs\", \"kb-*\"]; [\"*\"] is every one";
    let list = listed(written.collections.as_deref(), &path, why, notes)?;
    let mut patterns = Vec::new();
    for (number, text) in list.iter().enumerate() {
        let path = format!("{path}[{number}]");
        let Some(glob) = pattern(text, &path, notes) else {
            continue;
        };
        if patterns.contains(&glob) {
            notes.warning(&path, Caution::Twice(text.clone()));
        }
        patterns.push(glob);
    }
    (patterns.len() == list.len()).then_some(patterns)
}

fn kinds(written: &model::Rule, path: &str, notes: &mut Notes) -> Option<Kinds> {
    let path = format!("{path}.operations");
    let why = "name what the rule covers, of search, fetch, list, aggregate, export, write, delete, describe, schema, meta";
    let list = listed(written.operations.as_deref(), &path, why, notes)?;
    let mut kinds = Kinds::default();
    for (number, name) in list.iter().enumerate() {
        let kind = Kind::from(*name);
        if kinds.contains(kind) {
            notes.warning(format!("{path}[{number}]"), Caution::Twice(kind.to_string()));
        }
        kinds = kinds.with(kind);
    }
    Some(kinds)
}

/// A list that is there and not empty.
fn listed<'l, T>(list: Option<&'l [T]>, path: &str, why: &'static str, notes: &mut Notes) -> Option<&'l [T]> {
    match list {
        None => notes.mistake(path, Fault::Missing(why)),
        Some([]) => notes.mistake(path, Fault::EmptyList(why)),
        list => return list,
    }
    None
}

fn pattern(text: &str, path: &str, notes: &mut Notes) -> Option<Glob> {
    let fault = if text.is_empty() {
        Fault::EmptyText("write a name, or a pattern with `*`")
    } else if text.contains(is_unseen) || text.trim() != text {
        Fault::PatternSpaces
    } else if text.len() > LONGEST_PATTERN {
        Fault::PatternLength(LONGEST_PATTERN)
    } else {
        return Some(Glob::new(text));
    };
    notes.mistake(path, fault);
    None
}

fn bounds(written: &model::Rule, path: &str, notes: &mut Notes) {
    if written.top_k.is_some_and(|top_k| top_k.max == 0) {
        notes.mistake(format!("{path}.top_k.max"), Fault::ZeroBound);
    }
    if written.results.is_some_and(|results| results.max == 0) {
        notes.mistake(format!("{path}.results.max"), Fault::ZeroBound);
    }
    if let (Some(top_k), Some(results)) = (written.top_k, written.results)
        && results.max < top_k.max
    {
        let (top_k, results) = (top_k.max, results.max);
        notes.warning(
            format!("{path}.results.max"),
            Caution::ResultsBelowTopK { top_k, results },
        );
    }
    for (name, rounding) in [("vectors", written.vectors), ("scores", written.scores)] {
        if let Rounding::Round(decimals) = rounding
            && decimals > u32::from(mask::MOST_DECIMALS)
        {
            notes.mistake(format!("{path}.{name}.round"), Fault::Decimals(decimals));
        }
    }
}

fn approvals(written: &model::Rule, path: &str, approval: Option<&Approval>, notes: &mut Notes) {
    if approval.is_some() {
        return;
    }
    if written.verdict == RuleVerdict::Approve {
        notes.mistake(format!("{path}.verdict"), Fault::NoApproval);
    }
    if written.top_k.is_some_and(|top_k| top_k.over == OverTopK::Approve) {
        notes.mistake(format!("{path}.top_k.over"), Fault::NoApproval);
    }
    if written
        .results
        .is_some_and(|results| results.over == OverResults::Approve)
    {
        notes.mistake(format!("{path}.results.over"), Fault::NoApproval);
    }
}

/// Parts that have nothing to do beside each other.
fn combinations(written: &model::Rule, kinds: Option<Kinds>, path: &str, notes: &mut Notes) {
    match written.verdict {
        RuleVerdict::Deny => {
            let idle = [
                ("top_k", written.top_k.is_some()),
                ("results", written.results.is_some()),
                ("mask", !written.mask.is_empty()),
                ("vectors", written.vectors != Rounding::Pass),
                ("scores", written.scores != Rounding::Pass),
            ];
            for (key, _) in idle.into_iter().filter(|(_, there)| *there) {
                notes.warning(format!("{path}.{key}"), Caution::DenyWith(key));
            }
        }
        RuleVerdict::Approve => {
            if written.top_k.is_some_and(|top_k| top_k.over == OverTopK::Clamp) {
                notes.warning(format!("{path}.top_k.over"), Caution::ApproveWithClamp);
            }
        }
        RuleVerdict::Allow => {
            if kinds.is_some_and(|kinds| kinds.contains(Kind::List))
                && written.top_k.is_none()
                && written.results.is_none()
            {
                notes.warning(path, Caution::Unbounded(Kind::List.as_str()));
            }
        }
    }
}
