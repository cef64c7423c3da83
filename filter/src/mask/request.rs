//! A request as it may be shown: in its record, and to the person who is asked to approve it.
//!
//! What a plan masks in answers is masked in requests too, wherever a request could carry it. A request has many forms
//! (points to write, filters in the database's own language), so this errs on the side of masking:
//!
//! - every value under a key that a field of the plan names, at whatever depth and with whatever keys between the
//!   parts of a dotted name (operators: `{"contact": {"$elem": {"ssn": …}}}`); a path counts by its last key;
//! - keys may be dotted themselves (`"contact.email"`, `"contacts[].email"`);
//! - what stands beside the name of such a field (`{"key": "email", "match": {"value": …}}`, `{"path": ["email"], …}`);
//! - where text that is kept beside the payload is masked whole (`#document`), every value under a key of which it is
//!   a word (`documents`, `where_document`);
//! - what the plan's detectors find in any string or key.
//!
//! A scalar becomes what the entry's action makes of it, anything else [`MASKED`]. Long arrays of numbers show their
//! beginning.

pub mod message;
#[cfg(test)]
mod tests;

use super::action::ScalarAction;
use super::plan::{Action, Detector, MaskPlan, Selector};
use super::text::{TextMasker, feed};
use crate::wire::json::escape::push_escaped;
use crate::wire::json::path::{FieldPattern, FieldStep, JsonPath, PathStep};
use crate::wire::json::scalar::{ScalarKind, ScalarRewriter};
use crate::wire::json::strict::{self, Node, Numbers, Object};
use crate::wire::target::{Target, encode_segment};

/// What stands for a masked value that is no scalar, or that an action removes.
pub const MASKED: &str = "[masked]";

/// So many numbers of a long array are shown.
const SHOWN_NUMBERS: usize = 4;

/// An array of up to so many numbers is no long one.
const FEW_NUMBERS: usize = 16;

/// A request's part, masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The text.
    pub text: String,
    /// Whether it is only the beginning.
    pub cut: bool,
}

/// The body of a request as it may be shown, at most `max` bytes of it. JSON, unless it had to be cut; of a body that
/// is not (strict) JSON nothing but its length is shown.
pub fn masked_request_body(plan: &MaskPlan, body: &[u8], max: usize) -> Shown {
    let text = if body.is_empty() {
        String::new()
    } else {
        match strict::parse(body) {
            Ok(document) => masked_document(plan, document.root(), max),
            Err(_) => format!("({} bytes that are not JSON)", body.len()),
        }
    };
    cut(text, max)
}

/// The target of a request as it may be shown, at most `max` bytes of it. As received where nothing in it is masked.
pub fn masked_request_target(plan: &MaskPlan, target: &Target, max: usize) -> Shown {
    if plan.entries.is_empty() {
        return cut(target.raw.clone(), max);
    }
    let mut masker = RequestMasker::new(plan);
    let segments: Vec<String> = target
        .segments
        .iter()
        .map(|segment| masker.text.mask(segment))
        .collect();
    let query: Vec<(String, String)> = target
        .query
        .iter()
        .map(|(name, value)| (masker.text.mask(name), masker.parameter(name, value)))
        .collect();
    if segments == target.segments && query == target.query {
        return cut(target.raw.clone(), max);
    }
    let segments: Vec<String> = segments.iter().map(|segment| encode_segment(segment)).collect();
    let query: Vec<String> = query
        .iter()
        .map(|(name, value)| format!("{}={}", encode_segment(name), encode_segment(value)))
        .collect();
    let mut text = format!("/{}", segments.join("/"));
    if !query.is_empty() {
        text.push('?');
        text.push_str(&query.join("&"));
    }
    cut(text, max)
}

fn masked_document(plan: &MaskPlan, root: &Node<'_>, max: usize) -> String {
    let mut masker = RequestMasker::new(plan);
    masker.max = max;
    let mut out = Vec::new();
    match masker.action_for(&[]) {
        Some(action) => write_masked(root, &action, &mut out),
        None => masker.write(root, &mut out),
    }
    String::from_utf8(out).unwrap_or_default()
}

fn cut(mut text: String, max: usize) -> Shown {
    let cut = text.len() > max;
    if cut {
        let mut end = max;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
    Shown { text, cut }
}

struct RequestMasker {
    names: Vec<Name>,
    text: TextMasker,
    /// The keys around the value that is being written.
    path: Vec<String>,
    max: usize,
}

impl RequestMasker {
    fn new(plan: &MaskPlan) -> RequestMasker {
        let mut names = Vec::new();
        let mut detectors: Vec<(Vec<Detector>, Action)> = Vec::new();
        for entry in &plan.entries {
            let action = &entry.action;
            match &entry.select {
                Selector::Fields(fields) => {
                    names.extend(fields.iter().map(|field| Name::of_field(field, action)));
                }
                Selector::Path(path) => names.extend(Name::of_path(path, action)),
                Selector::Detect { detectors: found, .. } => detectors.push((found.clone(), action.clone())),
            }
        }
        let text = TextMasker::new(&detectors);
        RequestMasker {
            names,
            text,
            path: Vec::new(),
            max: usize::MAX,
        }
    }

    /// What becomes of the value under these keys. Nothing, where no name reaches it.
    fn action_for(&self, path: &[String]) -> Option<Action> {
        let name = self.names.iter().find(|name| name.reaches(path))?;
        Some(name.action.clone())
    }

    fn write(&mut self, node: &Node<'_>, out: &mut Vec<u8>) {
        match node {
            // What cannot be shown anyway is not looked at.
            _ if out.len() > self.max => {}
            Node::Object(object) => self.write_object(object, out),
            Node::Array(array) => {
                out.push(b'[');
                for (index, element) in array.elements.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    self.write(element, out);
                }
                out.push(b']');
            }
            Node::Numbers(numbers) => write_numbers(numbers, out),
            scalar => write_scalar(scalar, &mut self.text, out),
        }
    }

    fn write_object(&mut self, object: &Object<'_>, out: &mut Vec<u8>) {
        let beside = self.named_inside(object);
        out.push(b'{');
        for (index, member) in object.members.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            let key = self.text.mask(&member.key.text);
            write_text(&key, out);
            out.push(b':');
            self.path.push(member.key.text.to_string());
            let action = self.action_for(&self.path);
            let action = action.or_else(|| beside.clone().filter(|_| !self.is_naming(&member.value)));
            match action {
                Some(action) => write_masked(&member.value, &action, out),
                None => self.write(&member.value, out),
            }
            self.path.pop();
        }
        out.push(b'}');
    }

    /// Whether an object names a masked field in one of its values: then this becomes of what stands beside it.
    fn named_inside(&self, object: &Object<'_>) -> Option<Action> {
        let mut named = object.members.iter().filter(|member| {
            let key = member.key.text.as_ref();
            member.value.as_str().is_some() || LISTS_OF_KEYS.contains(&key)
        });
        named
            .find_map(|member| self.name_in(&member.value))
            .map(|name| name.action.clone())
    }

    fn is_naming(&self, node: &Node<'_>) -> bool {
        self.name_in(node).is_some()
    }

    /// The name that a string, or one of a list of strings, is.
    fn name_in(&self, node: &Node<'_>) -> Option<&Name> {
        let of = |text: &str| self.names.iter().find(|name| name.is_named_by(text));
        match node {
            Node::String(text) => of(&text.text),
            Node::Array(array) => array.elements.iter().filter_map(Node::as_str).find_map(of),
            _ => None,
        }
    }

    /// The value of a query parameter, which may be JSON itself.
    fn parameter(&mut self, name: &str, value: &str) -> String {
        let shown = |out: Vec<u8>| String::from_utf8(out).unwrap_or_default();
        if let Some(action) = self.action_for(&[name.to_owned()]) {
            return match action {
                Action::Remove => MASKED.to_owned(),
                action => super::action::apply(&action, value),
            };
        }
        match strict::parse(value.as_bytes()) {
            Ok(document) if matches!(document.root(), Node::Object(_) | Node::Array(_)) => {
                let mut out = Vec::new();
                self.write(document.root(), &mut out);
                shown(out)
            }
            _ => self.text.mask(value),
        }
    }
}

/// Keys under which databases list the keys of a path, or the fields of a condition.
const LISTS_OF_KEYS: [&str; 3] = ["path", "fields", "field"];

/// A name by which a plan masks values, and what becomes of them.
struct Name {
    /// Its keys, outermost first; empty: every value.
    keys: Vec<String>,
    action: Action,
}

impl Name {
    fn of_field(field: &FieldPattern, action: &Action) -> Name {
        let keys = field.steps.iter().filter_map(|step| match step {
            FieldStep::Key(key) => Some(key.clone()),
            FieldStep::Any => None,
        });
        Name {
            keys: keys.collect(),
            action: action.clone(),
        }
    }

    /// A path counts by its last key, or by each of its last keys.
    fn of_path(path: &JsonPath, action: &Action) -> Vec<Name> {
        fn keys(step: &PathStep) -> Vec<String> {
            match step {
                PathStep::Key(key) => vec![key.clone()],
                PathStep::Union(steps) => steps.iter().flat_map(keys).collect(),
                PathStep::Any | PathStep::Index(_) | PathStep::Slice { .. } | PathStep::Descent => Vec::new(),
            }
        }
        let last = path.steps.iter().rev().map(keys).find(|keys| !keys.is_empty());
        let name = |keys| Name {
            keys,
            action: action.clone(),
        };
        match last {
            Some(keys) => keys.into_iter().map(|key| name(vec![key])).collect(),
            None => vec![name(Vec::new())],
        }
    }

    /// Whether the value under these keys is one that it names: the last of them is its own last, and the others
    /// stand before, in their order, whatever stands between.
    fn reaches(&self, path: &[String]) -> bool {
        let Some((own, before)) = self.keys.split_last() else {
            return true;
        };
        let Some((last, around)) = path.split_last() else {
            return false;
        };
        // A key may be a path itself. Below the value that it names everything is named.
        let last_parts = parts(last);
        let is_own = |part: &&str| *part == own || is_word_of(own, part);
        if !(last == own || last_parts.iter().any(is_own)) {
            return false;
        }
        let mut around = around
            .iter()
            .flat_map(|key| parts(key))
            .chain(last_parts.iter().copied());
        before.iter().all(|key| around.any(|part| part == key))
    }

    /// Whether this text, somewhere in a request, is the name. Only the last key counts: what is nested names the
    /// others elsewhere.
    fn is_named_by(&self, text: &str) -> bool {
        self.keys
            .last()
            .is_some_and(|own| text == own || parts(text).last() == Some(&own.as_str()))
    }
}

/// The parts of a dotted key: `contacts[].email`, `contacts[0].email`.
fn parts(key: &str) -> Vec<&str> {
    key.split('.')
        .map(|part| part.split('[').next().unwrap_or_default())
        .collect()
}

/// Whether `own` is the name of text beside the payload (`#document`) and a key has that word (`where_document`,
/// `documents`).
fn is_word_of(own: &str, key: &str) -> bool {
    own.strip_prefix('#').is_some_and(|name| {
        !name.is_empty()
            && key
                .split('_')
                .any(|word| word.strip_suffix('s').unwrap_or(word) == name)
    })
}

/// Writes a value that is masked: a scalar as the action has it, anything else as [`MASKED`].
fn write_masked(node: &Node<'_>, action: &Action, out: &mut Vec<u8>) {
    match (node, action) {
        (Node::Object(_) | Node::Array(_) | Node::Numbers(_), _) | (_, Action::Remove) => {
            write_text(MASKED, out)
        }
        (scalar, action) => write_scalar(scalar, &mut ScalarAction::new(action), out),
    }
}

fn write_scalar(node: &Node<'_>, rewriter: &mut impl ScalarRewriter, out: &mut Vec<u8>) {
    let (kind, text) = match node {
        Node::String(text) => return write_string(&text.text, rewriter, out),
        Node::Number(number) => (ScalarKind::Number, number.literal),
        Node::Bool(true, _) => (ScalarKind::Bool, "true"),
        Node::Bool(false, _) => (ScalarKind::Bool, "false"),
        _ => (ScalarKind::Null, ""),
    };
    rewriter.begin(kind, out);
    if !text.is_empty() {
        rewriter.plain(text, out);
    }
    rewriter.end(out);
}

/// Hands a decoded string to a rewriter as it would stand in JSON.
fn write_string(text: &str, rewriter: &mut impl ScalarRewriter, out: &mut Vec<u8>) {
    rewriter.begin(ScalarKind::String, out);
    feed(text, rewriter, out);
    rewriter.end(out);
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    push_escaped(text, out);
    out.push(b'"');
}

/// Writes an array of numbers, a long one as its beginning and a note of its length.
fn write_numbers(numbers: &Numbers<'_>, out: &mut Vec<u8>) {
    let long = numbers.len > FEW_NUMBERS;
    let shown = if long { SHOWN_NUMBERS } else { numbers.len };
    out.push(b'[');
    for (index, number) in numbers.iter().take(shown).enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend(number.literal.bytes());
    }
    if long {
        out.extend(format!(",\"… {} numbers\"", numbers.len).bytes());
    }
    out.push(b']');
}
