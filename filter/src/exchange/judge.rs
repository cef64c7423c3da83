//! From the bytes of a request to a judgement: classify, decide, and what follows for the request.
//!
//! Used by the filter and, unchanged, by `vectorgate explain`.

use crate::approval::contract::Caller;
use crate::audit::record::Verdict;
use crate::dialect::{
    AskedVectors, Dialect, FieldKeys, Forwarded, Head, Lookup, Malformed, Names, Narrowing, Reading, Refusal,
    Request,
};
use crate::mask::answer::CompiledMask;
use crate::mask::plan::{MaskEntry, MaskPlan, Selector, VectorMask};
use crate::mask::shape::{Format, Shape};
use crate::operation::{FieldRef, Kind};
use crate::policy::{Policy, RuleName};
use crate::wire::json::path::{FieldPattern, FieldStep};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

/// A policy together with the dialect of its database.
pub struct Guard {
    /// What is allowed.
    pub policy: Policy,
    /// How the database speaks.
    pub dialect: &'static dyn Dialect,
    compiled: RefCell<HashMap<MaskKey, Arc<CompiledMask>>>,
}

/// What a compiled mask depends on: the endpoint's shape, the request's own names in it, and the rule's plan (which
/// lives as long as the policy, so that its address names it).
type MaskKey = (&'static str, Vec<String>, usize);

/// The name of a caller whom no source of the policy names.
pub const ANONYMOUS: &str = "anonymous";

/// How many compiled masks are kept. There is one for each pair of rule and endpoint that is in use, and one more for
/// each field that requests group by.
const MOST_COMPILED: usize = 4096;

/// The longest names of a request, all together, for which one is kept: a client can make up any.
const LONGEST_NAMED: usize = 512;

/// How far a judgement has come.
pub enum Judgement {
    /// The body must be read whole first.
    NeedsBody,
    /// These names must be asked of the database first.
    NeedsNames(Vec<Lookup>),
    /// It is judged.
    Judged(Box<Judged>),
}

/// A request that was judged.
#[derive(Debug)]
pub struct Judged {
    /// What it means; absent where it could not be understood.
    pub request: Option<Box<Request>>,
    /// The outcome.
    pub verdict: Verdict,
    /// The rule that decided; absent where none matched.
    pub rule: Option<String>,
    /// Why, in words.
    pub reason: String,
    /// The limits to write, by query.
    pub narrowing: Narrowing,
    /// The number of results left after clamping.
    pub clamped_to: Option<u64>,
    /// What becomes of the answer.
    pub mask: Arc<MaskPlan>,
    /// The refusal that follows from a verdict of deny or reject.
    pub refusal: Option<Refusal>,
}

impl Judged {
    /// What was refused before it could be understood. Its record masks all that any rule masks.
    pub fn malformed(guard: &Guard, malformed: Malformed) -> Judged {
        Judged {
            request: None,
            verdict: Verdict::Reject,
            rule: None,
            reason: malformed.message.clone(),
            narrowing: Narrowing::default(),
            clamped_to: None,
            mask: Arc::clone(guard.policy.everything_masked()),
            refusal: Some(Refusal {
                status: malformed.status,
                message: format!("vectorgate: {}", malformed.message),
                retry_after: None,
            }),
        }
    }

    /// The refusal of what may not pass: its own, or else a denial for its reason.
    pub fn refused(&self) -> Refusal {
        self.refusal.clone().unwrap_or_else(|| Refusal {
            status: 403,
            message: format!("vectorgate: {}", self.reason),
            retry_after: None,
        })
    }

    /// The request as the database gets it when it passes with its clamps.
    pub fn forwarded(&self, head: &Head, body: &[u8]) -> Forwarded {
        self.narrowed(head, body, &self.narrowing)
    }

    /// The request as the database gets it once a human has agreed to it: no limit is lowered.
    pub fn forwarded_in_full(&self, head: &Head, body: &[u8]) -> Forwarded {
        let narrowing = Narrowing {
            limits: Vec::new(),
            ..self.narrowing.clone()
        };
        self.narrowed(head, body, &narrowing)
    }

    fn narrowed(&self, head: &Head, body: &[u8], narrowing: &Narrowing) -> Forwarded {
        match self.request.as_ref().and_then(|request| request.forward.as_ref()) {
            Some(forward) if !narrowing.is_empty() => forward.narrowed(head, body, narrowing),
            _ => Forwarded::default(),
        }
    }
}

impl Guard {
    /// A guard of this policy, for a database that speaks so.
    pub fn new(policy: Policy, dialect: &'static dyn Dialect) -> Guard {
        Guard {
            policy,
            dialect,
            compiled: RefCell::default(),
        }
    }

    /// The mask of an error's body for a rule's plan: what the plan's detectors look for is looked for in the error's
    /// own words as well, for a database may quote a value there.
    pub fn compiled_error_mask(&self, shape: &Shape, plan: &Arc<MaskPlan>) -> Arc<CompiledMask> {
        self.compiled_once("error", Vec::new(), plan, || {
            CompiledMask::new(shape, &with_detectors_everywhere(plan))
        })
    }

    /// The mask of an endpoint's answer for a rule's plan, compiled once.
    pub fn compiled_mask(
        &self,
        endpoint: &'static str,
        shape: &Shape,
        plan: &Arc<MaskPlan>,
    ) -> Arc<CompiledMask> {
        self.compiled_once(endpoint, shape.named.clone(), plan, || {
            CompiledMask::new(shape, plan)
        })
    }

    fn compiled_once(
        &self,
        endpoint: &'static str,
        named: Vec<String>,
        plan: &Arc<MaskPlan>,
        compile: impl FnOnce() -> CompiledMask,
    ) -> Arc<CompiledMask> {
        if named.iter().map(String::len).sum::<usize>() > LONGEST_NAMED {
            return Arc::new(compile());
        }
        let key = (endpoint, named, Arc::as_ptr(plan) as usize);
        let mut compiled = self.compiled.borrow_mut();
        if let Some(mask) = compiled.get(&key) {
            return Arc::clone(mask);
        }
        if compiled.len() >= MOST_COMPILED {
            compiled.clear();
        }
        let mask = Arc::new(compile());
        compiled.insert(key, Arc::clone(&mask));
        mask
    }

    /// A caller for whom nothing can be counted, under a policy that relies on it.
    fn uncounted(&self, request: Box<Request>) -> Judged {
        let reason =
            "the policy counts a budget for each identity, and this request comes without one: send a token";
        let mut judged = Judged::malformed(
            self,
            Malformed {
                status: 403,
                message: reason.to_owned(),
            },
        );
        judged.verdict = Verdict::Deny;
        judged.request = Some(request);
        judged
    }

    /// Judges a request. `body` is its whole body, once it was read.
    pub fn judge(&self, caller: &Caller, head: &Head, body: Option<&[u8]>, names: &dyn Names) -> Judgement {
        let request = match self.dialect.read(head, body, names) {
            Ok(Reading::NeedsBody) => return Judgement::NeedsBody,
            Ok(Reading::NeedsNames(lookups)) => return Judgement::NeedsNames(lookups),
            Ok(Reading::Request(request)) => request,
            Err(malformed) => return Judgement::Judged(Box::new(Judged::malformed(self, malformed))),
        };
        if request.operation.kind == Kind::Unknown {
            let reason = format!(
                "{} {} is not a call of {} that vectorgate knows, and what it does not know it refuses whatever the policy says",
                head.method,
                head.target.raw.split('?').next().unwrap_or_default(),
                self.dialect.name(),
            );
            let mut judged = Judged::malformed(
                self,
                Malformed {
                    status: 403,
                    message: reason,
                },
            );
            judged.request = Some(request);
            return Judgement::Judged(Box::new(judged));
        }
        if self.policy.budget().counts() && caller.name == ANONYMOUS {
            return Judgement::Judged(Box::new(self.uncounted(request)));
        }
        let mut decision = self.policy.decide(caller, &request.operation);
        if request.answer.format == Format::File
            && !decision.mask.is_empty()
            && decision.verdict != Verdict::Deny
        {
            let rule = decision.rule.as_ref().map_or("", RuleName::as_str);
            decision.verdict = Verdict::Deny;
            decision.reason = format!(
                "rule `{rule}` masks what it shows, and in a file nothing can be masked: a download needs a rule without `mask`, `vectors` and `scores`"
            );
        }
        let refusal = (decision.verdict == Verdict::Deny).then(|| Refusal {
            status: 403,
            message: format!("vectorgate: {}", decision.reason),
            retry_after: None,
        });
        // What is taken out of the answer anyway need not be fetched.
        let strips = request.operation.vectors && decision.mask.vectors == VectorMask::Strip;
        let narrowing = Narrowing {
            limits: decision.limits,
            vectors: if strips {
                AskedVectors::Dropped
            } else {
                AskedVectors::Kept
            },
            removed: removed(&decision.removed, &request),
        };
        Judgement::Judged(Box::new(Judged {
            request: Some(request),
            verdict: decision.verdict,
            rule: decision.rule.map(|rule| rule.as_str().to_owned()),
            reason: decision.reason,
            narrowing,
            clamped_to: decision.clamped_to,
            mask: decision.mask,
            refusal,
        }))
    }
}

/// The fields that need not be fetched: removed from the answer, and not otherwise used by the request.
fn removed(removed: &[FieldKeys], request: &Request) -> Vec<FieldKeys> {
    if request.forward.is_none() {
        return Vec::new();
    }
    let unused = |keys: &&FieldKeys| {
        let overlaps = |field: &FieldRef| field.keys.iter().zip(*keys).all(|(one, other)| one == other);
        !request.operation.refers_to.iter().any(overlaps)
    };
    removed.iter().filter(unused).cloned().collect()
}

/// The plan, with all its detectors for every text of an answer.
fn with_detectors_everywhere(plan: &MaskPlan) -> MaskPlan {
    let mut plan = plan.clone();
    let everywhere: Vec<MaskEntry> = plan
        .entries
        .iter()
        .filter_map(|entry| match &entry.select {
            Selector::Detect { detectors, .. } => Some(MaskEntry {
                select: Selector::Detect {
                    detectors: detectors.clone(),
                    fields: vec![FieldPattern {
                        steps: vec![FieldStep::Any],
                    }],
                },
                ..entry.clone()
            }),
            Selector::Fields(_) | Selector::Path(_) => None,
        })
        .collect();
    plan.entries.extend(everywhere);
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{Named, qdrant::Qdrant};
    use crate::wire::target::Target;
    use serde_json::json;

    struct Themselves;

    impl Names for Themselves {
        fn get(&self, key: &str) -> Option<Named> {
            Some(Named::Collection {
                name: key.into(),
                scope: String::new(),
            })
        }
    }

    /// What becomes of a snapshot's download under a rule with this `mask`.
    fn download(mask: serde_json::Value) -> (Verdict, String) {
        let policy = json!({ "version": 1, "database": "qdrant", "rules": [{
            "name": "copies", "identities": ["*"], "collections": ["docs"], "operations": ["export"], "mask": mask,
        }]});
        let policy = Policy::from_json(policy.to_string().as_bytes(), &|_: &str| None).expect("a policy");
        let head = Head {
            method: "GET".into(),
            target: Target::parse("/collections/docs/snapshots/s.snapshot").expect("normal form"),
            headers: Vec::new(),
        };
        let caller = Caller {
            name: "svc:backup".into(),
            groups: Vec::new(),
        };
        match Guard::new(policy, &Qdrant).judge(&caller, &head, None, &Themselves) {
            Judgement::Judged(judged) => (judged.verdict, judged.reason),
            _ => panic!("not judged"),
        }
    }

    #[test]
    fn what_clients_make_up_is_not_kept_without_end() {
        let policy = json!({ "version": 1, "database": "qdrant", "rules": [{
            "name": "all", "identities": ["*"], "collections": ["*"], "operations": ["aggregate"],
        }]});
        let policy = Policy::from_json(policy.to_string().as_bytes(), &|_: &str| None).expect("a policy");
        let guard = Guard::new(policy, &Qdrant);
        let plan = Arc::new(MaskPlan::default());
        let shape = |name: String| Shape {
            format: Format::Json,
            places: &[],
            others: crate::mask::shape::Others::Copied,
            named: vec![name],
        };
        guard.compiled_mask("facet", &shape("a".repeat(LONGEST_NAMED)), &plan);
        assert_eq!(guard.compiled.borrow().len(), 1);
        guard.compiled_mask("facet", &shape("a".repeat(LONGEST_NAMED + 1)), &plan);
        assert_eq!(guard.compiled.borrow().len(), 1);
    }

    #[test]
    fn a_file_passes_only_where_nothing_is_masked() {
        assert_eq!(download(json!([])).0, Verdict::Allow);
        let (verdict, reason) = download(json!([{ "fields": ["email"], "with": "remove" }]));
        assert_eq!(verdict, Verdict::Deny);
        insta::assert_snapshot!(reason, @"rule `copies` masks what it shows, and in a file nothing can be masked: a download needs a rule without `mask`, `vectors` and `scores`");
    }
}
