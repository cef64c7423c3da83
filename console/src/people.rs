//! The people who use the console: what they may do, and which callers they are.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use vectorgate::approval::contract::Caller;

/// What somebody is trusted with. A person can have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May do everything, and sees who read which recording.
    Admin,
    /// Decides waiting approvals.
    Approver,
    /// Reads recordings.
    Auditor,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Role::Admin => "admin",
            Role::Approver => "approver",
            Role::Auditor => "auditor",
        })
    }
}

/// Something that not everybody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Approve or deny.
    Decide,
    /// Read what was recorded.
    ReadRecordings,
    /// See who read what.
    SeeViews,
}

impl Act {
    /// The roles that may.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Act::Decide => &[Role::Admin, Role::Approver],
            Act::ReadRecordings => &[Role::Admin, Role::Auditor],
            Act::SeeViews => &[Role::Admin],
        }
    }
}

/// A person who can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The name to sign in with.
    pub name: String,
    /// What they are trusted with.
    pub roles: Vec<Role>,
    /// The callers that this person is, so that nobody approves their own request.
    pub is: Vec<Glob>,
}

impl Person {
    /// Whether one of the person's roles allows this.
    pub fn may(&self, act: Act) -> bool {
        self.roles.iter().any(|role| act.roles().contains(role))
    }

    /// Whether a request by `caller` is this person's own. A glob that begins with `group:` matches the caller's
    /// groups, as in a policy. The person's own name always counts.
    pub fn is(&self, caller: &Caller) -> bool {
        let named = |glob: &Glob| glob.matches(&caller.name);
        let grouped = |glob: &Glob| {
            caller
                .groups
                .iter()
                .any(|group| glob.matches(&format!("group:{group}")))
        };
        named(&Glob(self.name.to_lowercase())) || self.is.iter().any(|glob| named(glob) || grouped(glob))
    }
}

/// A pattern in which `*` stands for any text. Case does not count: matching too much only means that another
/// person has to approve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Glob(String);

impl Glob {
    /// Whether the pattern covers the whole of `text`.
    pub fn matches(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let mut parts = self.0.split('*');
        let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
            return false;
        };
        let mut parts = parts.peekable();
        if parts.peek().is_none() {
            return rest.is_empty();
        }
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                return rest.ends_with(part);
            }
            match rest.split_once(part) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        false
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An empty pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a pattern needs at least one character")]
pub struct EmptyGlob;

impl FromStr for Glob {
    type Err = EmptyGlob;

    fn from_str(text: &str) -> Result<Glob, EmptyGlob> {
        match text.trim() {
            "" => Err(EmptyGlob),
            text => Ok(Glob(text.to_lowercase())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_matches_whole_names() {
        for (glob, name, matches) in [
            ("ada", "ada", true),
            ("ada", "Ada", true),
            ("ada", "adam", false),
            ("svc:rag-*", "svc:rag-", true),
            ("svc:rag-*", "svc:rag-eu", true),
            ("svc:rag-*", "svc:ra", false),
            ("*@example.com", "ada@example.com", true),
            ("*@example.com", "ada@example.com.org", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "ac", false),
            ("a*a", "a", false),
            ("*", "", true),
        ] {
            assert_eq!(
                glob.parse::<Glob>().unwrap().matches(name),
                matches,
                "{glob} on {name}"
            );
        }
    }

    #[test]
    fn a_person_is_their_name_their_globs_and_their_groups() {
        let person = |is: &[&str]| Person {
            name: "ada".into(),
            roles: vec![Role::Approver],
            is: is.iter().map(|glob| glob.parse().unwrap()).collect(),
        };
        let caller = |name: &str, groups: &[&str]| Caller {
            name: name.into(),
            groups: groups.iter().map(|&group| group.into()).collect(),
        };
        for (is, by, own) in [
            (&[][..], caller("ada", &[]), true),
            (&["svc:x"], caller("ADA", &[]), true),
            (&["svc:x"], caller("svc:x", &[]), true),
            (&["svc:x"], caller("svc:y", &["svc:x"]), false),
            (&["group:ml"], caller("svc:y", &["ml"]), true),
            (&["group:ml"], caller("svc:y", &["mlops"]), false),
        ] {
            assert_eq!(person(is).is(&by), own, "{is:?} and {by:?}");
        }
    }
}
