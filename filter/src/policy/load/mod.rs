//! Text to model: every mistake of form in one go, each by its path.
//!
//! The text is read into a tree first ([`node`]), and the model from the tree ([`read`]). What cannot be read is noted
//! and skipped, and the model is read again, until nothing new is found. The tree is the same for JSON and YAML:
//! any deserializer of serde will do.

pub mod locate;
mod node;
mod read;
mod suggest;

use super::fault::{Fault, Mistake, Mistakes};
use super::model::{self, File};
use node::Node;
use read::{Reader, Skip};
use serde::{Deserialize, Deserializer};

/// How many mistakes of form are looked for: a file with more is of another kind.
const MOST_MISTAKES: usize = 50;

/// A file with mistakes of form.
#[derive(Clone, Debug, PartialEq)]
pub struct Malformed {
    /// The mistakes, in the order of the file.
    pub mistakes: Mistakes,
    /// What could be read around them, so that it can be looked at for mistakes of meaning.
    pub rest: Option<Box<Rest>>,
}

/// What of a file could be read around its mistakes.
#[derive(Clone, Debug, PartialEq)]
pub struct Rest {
    /// The file without the parts that could not be read.
    pub file: File,
    /// The paths of what was left out.
    left_out: Vec<String>,
}

impl Rest {
    /// Whether a mistake of meaning at this path can be relied upon: it stands in no part that was left out, contains none,
    /// and in no list that lost an element, whose numbers are not those of the file.
    pub fn is_sound(&self, path: &str) -> bool {
        let beside = |left_out: &String| {
            let list = left_out
                .strip_suffix(']')
                .and_then(|inside| inside.rfind('[').and_then(|at| left_out.get(..=at)));
            let part = list.unwrap_or(left_out);
            !path.starts_with(part) && !left_out.starts_with(path)
        };
        self.left_out.iter().all(beside)
    }
}

impl Malformed {
    fn whole(fault: Fault) -> Malformed {
        Malformed {
            mistakes: whole(fault),
            rest: None,
        }
    }
}

/// Reads a policy in JSON.
///
/// # Errors
/// Every mistake of form.
pub fn from_json(text: &[u8]) -> Result<File, Malformed> {
    if text.iter().all(u8::is_ascii_whitespace) {
        return Err(Malformed::whole(Fault::Syntax(
            "the policy is empty: begin it with `version: 1`".to_owned(),
        )));
    }
    let node: Node = serde_json::from_slice(text)
        .map_err(|error| Malformed::whole(Fault::Syntax(format!("not JSON: {error}"))))?;
    from_node(&node)
}

/// Reads a policy from any deserializer, such as one of YAML.
///
/// # Errors
/// Every mistake of form. What the deserializer itself cannot read stands as one [`Fault::Syntax`].
pub fn from_deserializer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<File, Malformed> {
    let node = Node::deserialize(deserializer)
        .map_err(|error| Malformed::whole(Fault::Syntax(error.to_string())))?;
    from_node(&node)
}

fn whole(fault: Fault) -> Mistakes {
    Mistakes(vec![Mistake::new("", fault)])
}

fn from_node(node: &Node) -> Result<File, Malformed> {
    version(node).map_err(|mistake| Malformed {
        mistakes: Mistakes(vec![mistake]),
        rest: None,
    })?;

    let mut skip = Skip::default();
    let mut mistakes = Vec::new();
    let mut left_out: Vec<String> = Vec::new();
    let mut rest = None;
    while mistakes.len() < MOST_MISTAKES {
        match File::deserialize(Reader::root(node, &skip)) {
            Ok(file) if mistakes.is_empty() => return Ok(file),
            Ok(file) => {
                rest = Some(file);
                break;
            }
            Err(stop) => {
                let mistake = stop.into_mistake();
                // What is missing because it was skipped has been named already.
                let named = matches!(&mistake.fault, Fault::MissingKey(key)
                    if skip.contains(&read::join(&mistake.path, key)));
                let mut place = read::skippable(&mistake);
                if !named && !mistakes.contains(&mistake) {
                    mistakes.push(mistake);
                }
                // What was skipped and is read all the same (the value of a word) is skipped with what it is part of.
                while !place.is_empty() && !skip.insert(place.clone()) {
                    place.truncate(place.rfind(['.', '[']).unwrap_or(0));
                }
                if place.is_empty() {
                    break;
                }
                left_out.push(place);
            }
        }
    }
    let rest = rest.map(|file| Box::new(Rest { file, left_out }));
    Err(Malformed {
        mistakes: Mistakes(mistakes),
        rest,
    })
}

/// Looks at the version first: in another one, nothing else means what it means here.
fn version(node: &Node) -> Result<(), Mistake> {
    let Node::Map(entries) = node else {
        return Err(Mistake::new(
            "",
            Fault::WrongType {
                expected: "a policy: a map that begins with `version: 1`".to_owned(),
                found: node.kind(),
            },
        ));
    };
    match entries.iter().find(|(key, _)| key == "version") {
        None => Err(Mistake::new("version", Fault::NoVersion)),
        Some((_, Node::Unsigned(number))) if *number == u64::from(model::VERSION) => Ok(()),
        Some((_, other)) => Err(Mistake::new("version", Fault::Version(other.scalar()))),
    }
}

#[cfg(test)]
mod tests;
