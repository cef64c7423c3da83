//! The plan that a rule makes for an answer: which values, and what becomes of them.
//!
//! A plan is compiled once, with its policy, and shared by every answer that the rule covers. It knows no database:
//! where payloads, texts, vectors and scores sit in an answer is the dialect's to say ([`super::shape`]).

use crate::wire::json::path::{FieldPattern, FieldStep, JsonPath, PathStep};
use std::fmt;
use std::sync::Arc;

/// What a rule does to an answer.
#[derive(Clone, Debug, Default)]
pub struct MaskPlan {
    /// The mask entries in the order of the policy: where two reach one value, the first wins.
    pub entries: Vec<MaskEntry>,
    /// What happens to embeddings.
    pub vectors: VectorMask,
    /// What happens to scores and distances.
    pub scores: ScoreMask,
}

impl MaskPlan {
    /// Whether an answer passes through this plan unchanged.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.vectors == VectorMask::Pass && self.scores == ScoreMask::Pass
    }

    /// The fields that no answer holds any more: the keys of each from the payload's root. A field that an entry before
    /// it could reach, or something inside or around it, is left out: what becomes of it depends on the answer.
    pub fn removed(&self) -> Vec<Vec<String>> {
        let mut removed: Vec<Vec<String>> = Vec::new();
        for (at, entry) in self.entries.iter().enumerate() {
            if !matches!(entry.action, Action::Remove) {
                continue;
            }
            let before = self.entries.get(..at).unwrap_or_default();
            let certain = |keys: &Vec<String>| {
                !before
                    .iter()
                    .any(|other| !matches!(other.action, Action::Remove) && other.select.may_touch(keys))
            };
            for keys in entry.select.keys_from_root().into_iter().filter(certain) {
                if !removed.contains(&keys) {
                    removed.push(keys);
                }
            }
        }
        removed
    }
}

/// One entry of a rule's `mask`.
#[derive(Clone, Debug)]
pub struct MaskEntry {
    /// Which values.
    pub select: Selector,
    /// What becomes of them.
    pub action: Action,
    /// Whether a request may still filter, sort, group, facet or score by them.
    pub oracle: Oracle,
}

/// Which values an entry reaches.
#[derive(Clone, Debug)]
pub enum Selector {
    /// Every value under one of these field names, at any depth and anywhere in an answer.
    Fields(Vec<FieldPattern>),
    /// Every value at this path below one result's payload.
    Path(JsonPath),
    /// What these detectors find inside the text of these fields.
    Detect {
        /// The kinds of things looked for.
        detectors: Vec<Detector>,
        /// The fields whose text is searched; also names of text kept beside the payload (`#document`).
        fields: Vec<FieldPattern>,
    },
}

impl Selector {
    /// Fields that it reaches for certain where an answer has them: by keys alone, from the payload's root.
    fn keys_from_root(&self) -> Vec<Vec<String>> {
        match self {
            Selector::Fields(patterns) => patterns
                .iter()
                .filter_map(|pattern| {
                    let key = |step: &FieldStep| match step {
                        FieldStep::Key(key) => Some(key.clone()),
                        FieldStep::Any => None,
                    };
                    pattern.steps.iter().map(key).collect()
                })
                .collect(),
            Selector::Path(path) => {
                let key = |step: &PathStep| match step {
                    PathStep::Key(key) => Some(key.clone()),
                    _ => None,
                };
                let keys: Option<Vec<String>> = path.steps.iter().map(key).collect();
                keys.into_iter().filter(|keys| !keys.is_empty()).collect()
            }
            Selector::Detect { .. } => Vec::new(),
        }
    }

    /// Whether it could reach the field with these keys, or something inside or around it. Said too often rather than
    /// too seldom.
    pub fn may_touch(&self, keys: &[String]) -> bool {
        let pattern = |pattern: &FieldPattern| {
            pattern.steps.iter().any(|step| match step {
                FieldStep::Key(key) => keys.contains(key),
                FieldStep::Any => true,
            })
        };
        match self {
            Selector::Fields(patterns) => patterns.iter().any(pattern),
            Selector::Detect { fields, .. } => fields.iter().any(pattern),
            Selector::Path(path) => match path.steps.first() {
                Some(PathStep::Key(key)) => keys.contains(key),
                _ => true,
            },
        }
    }
}

/// Whether a masked field may still be used in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Oracle {
    /// A request that refers to the field is refused.
    #[default]
    Refuse,
    /// It passes.
    Allow,
}

/// What becomes of a value.
#[derive(Clone, Debug)]
pub enum Action {
    /// The key goes with its value; a whole column or array element becomes null where its place must stay.
    Remove,
    /// A fixed text stands in its place, whatever its type was.
    Redact(Arc<str>),
    /// The ends stay, the middle becomes `*`; an e-mail address keeps its domain. Each scalar inside an array or
    /// object by itself.
    Partial,
    /// HMAC-SHA-256 of each scalar, in hex: equal values stay equal.
    Hash(HashKey),
    /// `null`.
    Null,
}

/// The key of `hash`. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct HashKey(Arc<[u8]>);

impl HashKey {
    /// A key of these bytes.
    pub fn new(bytes: &[u8]) -> HashKey {
        HashKey(bytes.into())
    }

    /// The bytes, for the HMAC alone.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashKey(…)")
    }
}

/// What happens to embeddings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum VectorMask {
    /// They pass.
    #[default]
    Pass,
    /// They are taken out, in the way in which the database writes an answer without them.
    Strip,
    /// Each number is rounded to this many decimals (0 to 15).
    Round(u8),
}

/// What happens to scores and distances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ScoreMask {
    /// They pass.
    #[default]
    Pass,
    /// They are taken out, in the way in which the database writes an answer without them.
    Strip,
    /// Each is rounded to this many decimals (0 to 15).
    Round(u8),
}

/// A kind of thing that can be found inside free text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Detector {
    /// E-mail address.
    Email,
    /// Phone number: E.164, common national forms, and digits beside a word that says phone.
    Phone,
    /// What could be a phone number, bare digits too: it takes many other numbers for one.
    PhoneLoose,
    /// Payment card, verified by Luhn.
    Card,
    /// IBAN, verified by mod 97 and its country's length.
    Iban,
    /// US social security number, within its valid ranges.
    Ssn,
    /// IPv4 or IPv6 address.
    Ip,
    /// JSON Web Token, its header decodes.
    Jwt,
    /// Cloud access key (AWS, Google, Azure, GitHub, Slack and the like).
    CloudKey,
    /// A private key in PEM armour.
    PrivateKey,
}

impl Detector {
    /// Every detector.
    pub const ALL: [Detector; 10] = [
        Detector::Email,
        Detector::Phone,
        Detector::PhoneLoose,
        Detector::Card,
        Detector::Iban,
        Detector::Ssn,
        Detector::Ip,
        Detector::Jwt,
        Detector::CloudKey,
        Detector::PrivateKey,
    ];

    /// The word that policies and records use.
    pub fn as_str(self) -> &'static str {
        match self {
            Detector::Email => "email",
            Detector::Phone => "phone",
            Detector::PhoneLoose => "phone_loose",
            Detector::Card => "card",
            Detector::Iban => "iban",
            Detector::Ssn => "ssn",
            Detector::Ip => "ip",
            Detector::Jwt => "jwt",
            Detector::CloudKey => "cloud_key",
            Detector::PrivateKey => "private_key",
        }
    }
}
