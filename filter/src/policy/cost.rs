//! What a policy costs, as far as it can be said without a request: which answers are copied into the filter and read, and
//! which wait for their records.

use super::compiled::{Policy, Rule};
use super::model::{Bodies, RuleVerdict};
use crate::mask::plan::MaskPlan;
use std::fmt;

impl Policy {
    /// Whether an answer that goes through this plan is read at all. If not, the host is not even asked for its bytes.
    pub fn reads_answers_under(&self, plan: &MaskPlan) -> bool {
        !plan.is_empty() || self.reads_every_answer().is_some()
    }

    /// Which section of the policy wants every answer read.
    fn reads_every_answer(&self) -> Option<&'static str> {
        let keeps = self
            .audit
            .as_ref()
            .is_some_and(|audit| audit.bodies == Bodies::Masked);
        match (keeps, self.budget.counts()) {
            (true, _) => Some("audit.bodies: masked"),
            (false, true) => Some("budget"),
            (false, false) => None,
        }
    }

    /// What it costs, in words.
    pub fn cost(&self) -> impl fmt::Display {
        let letting: Vec<&Rule> = self
            .rules
            .iter()
            .filter(|rule| rule.verdict != RuleVerdict::Deny)
            .collect();
        let reading = letting
            .iter()
            .filter(|rule| self.reads_answers_under(&rule.mask))
            .count();
        let read = match (self.reads_every_answer(), reading) {
            (Some(section), _) => format!("every answer is copied into the filter and read ({section})"),
            (None, 0) => "no answer is copied into the filter: none is masked, kept or counted".to_owned(),
            (None, reading) => format!(
                "answers under {reading} of {} rules that let something through are copied into the filter and read \
                 (mask, vectors, scores), the others pass by",
                letting.len()
            ),
        };
        match &self.audit {
            Some(audit) if audit.required => {
                format!("{read}; the end of each waits for its record (audit.required)")
            }
            _ => read,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn cost(masks: &[Value], more: Value) -> String {
        let rules: Vec<Value> = masks
            .iter()
            .enumerate()
            .map(|(n, mask)| {
                let mut rule = json!({ "name": format!("r{n}"), "identities": [format!("svc:{n}")], "collections": ["*"],
                    "operations": ["search"] });
                match mask.as_str() {
                    Some(verdict) => rule["verdict"] = verdict.into(),
                    None => rule["mask"] = mask.clone(),
                }
                rule
            })
            .collect();
        let mut policy = json!({ "version": 1, "database": "chroma", "identity": [{ "jwt": { "claim": "sub" } }],
            "rules": rules });
        for (key, value) in more.as_object().into_iter().flatten() {
            policy[key] = value.clone();
        }
        Policy::from_json(policy.to_string().as_bytes(), &|_: &str| None)
            .map(|policy| policy.cost().to_string())
            .unwrap_or_else(|mistakes| panic!("{mistakes}"))
    }

    #[test]
    fn says_which_answers_are_read() {
        let email = json!([{ "fields": ["email"], "with": "remove" }]);
        let all = [
            cost(&[json!([])], json!({})),
            cost(&[json!("deny"), email, json!([])], json!({})),
            cost(&[json!([])], json!({ "budget": { "vectors": true } })),
            cost(
                &[json!([])],
                json!({ "audit": { "cluster": "console", "bodies": "masked", "required": true } }),
            ),
        ];
        insta::assert_snapshot!(all.join("\n"), @r"
        no answer is copied into the filter: none is masked, kept or counted
        answers under 1 of 2 rules that let something through are copied into the filter and read (mask, vectors, scores), the others pass by
        every answer is copied into the filter and read (budget)
        every answer is copied into the filter and read (audit.bodies: masked); the end of each waits for its record (audit.required)
        ");
    }
}
