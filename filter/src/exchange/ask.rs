//! Asking a human: what the approval service is asked, and what its words lead to.

use super::judge::{Guard, Judged};
use crate::approval::contract::{Answer, Ask, Caller, Status};
use crate::approval::digest::digest;
use crate::dialect::{Head, Refusal};
use crate::mask::plan::{Action, MaskPlan, ScoreMask, Selector, VectorMask};
use crate::mask::request::{masked_request_body, masked_request_target};
use crate::operation::{Operation, Results};
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// How much of a request's body a summary quotes, in bytes.
const QUOTED_BODY: usize = 2048;

/// Builds the question for a request that waits for a human.
pub fn question(
    guard: &Guard,
    judged: &Judged,
    caller: &Caller,
    source: Option<&str>,
    attempt: &str,
    head: &Head,
    body: &[u8],
) -> Option<Ask> {
    let approval = guard.policy.approval()?;
    let request = judged.request.as_ref()?;
    let operation = &request.operation;
    let canonical = match &request.canonical_body {
        Some(canonical) => canonical.of(body),
        None if body.is_empty() => Cow::default(),
        // Not understood, only read to bind the approval to it: its very bytes count.
        None => Cow::Owned(Sha256::digest(body).to_vec()),
    };
    Some(Ask {
        digest: digest(
            &caller.name,
            &head.method,
            &head.target,
            &operation.collections,
            &canonical,
        ),
        attempt: attempt.to_owned(),
        identity: caller.clone(),
        source: source.map(str::to_owned),
        database: guard.dialect.name().to_owned(),
        operation: operation.kind,
        collections: operation.collections.clone(),
        results: operation.results(),
        depth: operation.depth(),
        vectors: operation.vectors,
        rule: judged.rule.clone().unwrap_or_default(),
        reason: judged.reason.clone(),
        masking: masking(&judged.mask),
        summary: summary(operation, head, body, &judged.mask),
        policy: guard.policy.digest().as_str().to_owned(),
        ttl: approval.ttl.duration().as_secs(),
        uses: approval.uses,
    })
}

fn summary(operation: &Operation, head: &Head, body: &[u8], mask: &MaskPlan) -> String {
    let amount = match operation.results() {
        Results::AtMost(0) => String::new(),
        Results::AtMost(n) => format!(" for at most {n} results"),
        Results::Unbounded => " for an unbounded number of results".to_owned(),
    };
    let place = match operation.collections.as_slice() {
        [] => String::new(),
        names => format!(" in {}", names.join(", ")),
    };
    let path = masked_request_target(mask, &head.target, QUOTED_BODY).text;
    let mut text = format!("{}{place}{amount}: {} {path}", operation.kind, head.method);
    if !body.is_empty() {
        let quoted = masked_request_body(mask, body, QUOTED_BODY);
        text.push('\n');
        text.push_str(&quoted.text);
        if quoted.cut {
            text.push_str(" …");
        }
    }
    text
}

/// A plan in words: `email partial, vectors stripped`.
pub fn masking(plan: &MaskPlan) -> String {
    let mut words: Vec<String> = Vec::new();
    for entry in &plan.entries {
        let what = match &entry.select {
            Selector::Fields(fields) => fields
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", "),
            Selector::Path(path) => path.text.clone(),
            Selector::Detect { detectors, fields } => format!(
                "{} in {}",
                detectors
                    .iter()
                    .map(|detector| detector.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
                fields
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(", "),
            ),
        };
        let how = match entry.action {
            Action::Remove => "removed",
            Action::Redact(_) => "redacted",
            Action::Partial => "partial",
            Action::Hash(_) => "hashed",
            Action::Null => "null",
        };
        words.push(format!("{what} {how}"));
    }
    match plan.vectors {
        VectorMask::Pass => {}
        VectorMask::Strip => words.push("vectors stripped".to_owned()),
        VectorMask::Round(n) => words.push(format!("vectors rounded to {n} decimals")),
    }
    match plan.scores {
        ScoreMask::Pass => {}
        ScoreMask::Strip => words.push("scores stripped".to_owned()),
        ScoreMask::Round(n) => words.push(format!("scores rounded to {n} decimals")),
    }
    words.join("; ")
}

/// Reads the service's answer.
///
/// # Errors
/// What is wrong with it, in words. It counts as no answer.
pub fn read_answer(status: Option<u16>, body: &[u8]) -> Result<Answer, String> {
    match status {
        None => return Err("the approval service did not answer".to_owned()),
        Some(200) => {}
        Some(status) => return Err(format!("the approval service answered with status {status}")),
    }
    let answer: Answer = serde_json::from_slice(body)
        .map_err(|error| format!("the approval service's answer cannot be read: {error}"))?;
    if answer.id.is_empty() {
        return Err("the approval service's answer has no id".to_owned());
    }
    Ok(answer)
}

/// The refusal of a request for which no human has agreed yet.
pub fn still_pending(rule: &str, answer: &Answer, retry_after: u64) -> Refusal {
    let page = match &answer.page {
        Some(page) => format!(", to be decided at {page}"),
        None => String::new(),
    };
    Refusal {
        status: 403,
        message: format!(
            "vectorgate: rule {rule} wants a human to agree to this request first. It waits as approval {}{page}. \
             Send the same request again once it is approved",
            answer.id
        ),
        retry_after: Some(retry_after),
    }
}

/// The refusal of a request to which a human said no.
pub fn denied(rule: &str, answer: &Answer) -> Refusal {
    debug_assert_eq!(answer.status, Status::Denied);
    let by = answer
        .decided_by
        .as_deref()
        .map(|name| format!(" by {name}"))
        .unwrap_or_default();
    let why = answer
        .reason
        .as_deref()
        .filter(|reason| !reason.is_empty())
        .map(|reason| format!(": {reason}"))
        .unwrap_or_default();
    Refusal {
        status: 403,
        message: format!(
            "vectorgate: this request was denied{by}{why} (approval {}, asked for by rule {rule})",
            answer.id
        ),
        retry_after: None,
    }
}

/// The refusal where the service cannot be relied upon.
pub fn unavailable(rule: &str, why: &str) -> Refusal {
    Refusal {
        status: 503,
        message: format!(
            "vectorgate: rule {rule} wants a human to agree to this request, and {why}. Try again later, or ask for less"
        ),
        retry_after: Some(30),
    }
}

/// The refusal where as many requests wait as may.
pub fn too_many_held(rule: &str, max: usize) -> Refusal {
    Refusal {
        status: 503,
        message: format!(
            "vectorgate: rule {rule} wants a human to agree to this request, and {max} requests are waiting already \
             (approval.max_held). Try again later, or ask for less"
        ),
        retry_after: Some(30),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{Named, Names, milvus::Milvus};
    use crate::exchange::Judgement;
    use crate::policy::Policy;
    use crate::wire::target::Target;
    use serde_json::json;

    /// `latest` stands for whatever it says.
    struct Alias(&'static str);

    impl Names for Alias {
        fn get(&self, key: &str) -> Option<Named> {
            let name = key.rsplit('/').next().unwrap_or(key);
            Some(Named::Collection {
                name: if name == "latest" { self.0 } else { name }.into(),
                scope: "id:vec:".into(),
            })
        }
    }

    /// The digest of a query of a collection, as the approval service gets it.
    fn asked(collection: &str, header: Option<(&str, &str)>, latest: &'static str) -> String {
        let policy = json!({ "version": 1, "database": "milvus", "rules": [{
            "name": "asks", "identities": ["*"], "collections": ["*"], "operations": ["list"], "verdict": "approve",
        }], "approval": { "cluster": "console", "path": "/v1/approvals", "wait": "1s", "ttl": "15m", "uses": 1 } });
        let policy = Policy::from_json(policy.to_string().as_bytes(), &|_: &str| None).expect("a policy");
        let guard = Guard::new(policy, &Milvus);
        let headers = [("content-type", "application/json")].into_iter().chain(header);
        let head = Head {
            method: "POST".into(),
            target: Target::parse("/v2/vectordb/entities/query").expect("normal form"),
            headers: headers.map(|(name, value)| (name.into(), value.into())).collect(),
        };
        let caller = Caller {
            name: "svc:a".into(),
            groups: Vec::new(),
        };
        let body = format!(r#"{{"collectionName":"{collection}","filter":"id > 1"}}"#);
        let Judgement::Judged(judged) = guard.judge(&caller, &head, Some(body.as_bytes()), &Alias(latest))
        else {
            panic!("not judged")
        };
        question(&guard, &judged, &caller, None, "1", &head, body.as_bytes())
            .expect("a question")
            .digest
    }

    #[test]
    fn an_approval_is_for_the_collections_that_were_meant() {
        let docs = asked("docs", None, "docs");
        assert_eq!(docs, asked("docs", Some(("db-name", "default")), "docs"));
        assert_ne!(docs, asked("docs", Some(("db-name", "hr")), "docs"));
        assert_ne!(asked("latest", None, "docs"), asked("latest", None, "payroll"));
    }
}
