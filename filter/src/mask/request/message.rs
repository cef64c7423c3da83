//! A gRPC request as it may be shown: whole, or not at all.
//!
//! A message has no names in it, only numbers, so nothing is masked inside of one. It is shown as it came where nothing in
//! it can be a masked value: no field that it uses is one that the plan reaches, and no text in it holds what the plan's
//! detectors look for. Whether it carries payloads (a write does) is for the caller to know.

use crate::mask::plan::{MaskPlan, Selector};
use crate::mask::text::TextMasker;
use crate::wire::protobuf::read::Records;

/// How deep messages inside of messages are looked through; what lies deeper is not shown.
const DEPTH: usize = 24;

/// Whether a message that reads may be shown whole. `used` are the fields that it refers to.
pub fn may_show<'f>(plan: &MaskPlan, used: impl IntoIterator<Item = &'f [String]>, message: &[u8]) -> bool {
    let touched = |keys: &[String]| plan.entries.iter().any(|entry| entry.select.may_touch(keys));
    if used.into_iter().any(touched) {
        return false;
    }
    let searched: Vec<_> = plan
        .entries
        .iter()
        .filter_map(|entry| match &entry.select {
            Selector::Detect { detectors, .. } => Some((detectors.clone(), entry.action.clone())),
            Selector::Fields(_) | Selector::Path(_) => None,
        })
        .collect();
    searched.is_empty() || holds_nothing(&mut TextMasker::new(&searched), message, DEPTH)
}

/// Whether no text in a message is one that would be masked. Anything that could be a text is looked at, also where it is a
/// message: that errs on the side of not showing.
fn holds_nothing(masker: &mut TextMasker, message: &[u8], depth: usize) -> bool {
    for record in Records::new(message) {
        // What is no message any more has been looked at as a text.
        let Ok(record) = record else { break };
        let Some(content) = record.content() else { continue };
        if let Ok(text) = std::str::from_utf8(content)
            && masker.mask(text) != text
        {
            return false;
        }
        if !content.is_empty() && (depth == 0 || !holds_nothing(masker, content, depth - 1)) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mask::plan::{Action, Detector, MaskEntry, Oracle};
    use crate::wire::json::path::{FieldPattern, FieldStep};
    use crate::wire::protobuf::varint::{push_bytes, push_varint};

    fn plan(select: Selector) -> MaskPlan {
        MaskPlan {
            entries: vec![MaskEntry {
                select,
                action: Action::Null,
                oracle: Oracle::Allow,
            }],
            ..MaskPlan::default()
        }
    }

    fn field(name: &str) -> FieldPattern {
        FieldPattern {
            steps: vec![FieldStep::Key(name.to_owned())],
        }
    }

    fn message(text: &str) -> Vec<u8> {
        let (mut inner, mut outer) = (Vec::new(), Vec::new());
        push_bytes(3, text.as_bytes(), &mut inner);
        push_varint(1, 7, &mut outer);
        push_bytes(2, &inner, &mut outer);
        outer
    }

    #[test]
    fn what_uses_a_masked_field_or_holds_what_is_looked_for_is_not_shown() {
        let fields = plan(Selector::Fields(vec![field("email")]));
        let detect = plan(Selector::Detect {
            detectors: vec![Detector::Email, Detector::Ssn],
            fields: vec![field("note")],
        });
        for (plan, used, text, shown) in [
            (&fields, "city", "a note", true),
            (&fields, "email", "a note", false),
            (&fields, "contact email", "a note", false),
            (&detect, "city", "a note", true),
            (&detect, "note", "a note", false),
            (&detect, "city", "from ana@example.com", false),
            (&detect, "city", "ssn 536-90-4399", false),
        ] {
            let keys: Vec<String> = used.split(' ').map(str::to_owned).collect();
            assert_eq!(
                may_show(plan, [keys.as_slice()], &message(text)),
                shown,
                "{used} {text}"
            );
        }
        assert!(may_show(&MaskPlan::default(), [], &message("ana@example.com")));
    }

    #[test]
    fn what_lies_too_deep_is_not_shown() {
        let detect = plan(Selector::Detect {
            detectors: vec![Detector::Email],
            fields: vec![field("note")],
        });
        let mut nested = vec![];
        push_varint(1, 7, &mut nested);
        for _ in 0..=DEPTH + 1 {
            let mut outer = Vec::new();
            push_bytes(2, &nested, &mut outer);
            nested = outer;
        }
        assert!(!may_show(&detect, [], &nested));
    }
}
