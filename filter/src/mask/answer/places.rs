//! Where a shape's places lie, as a tree that is walked along with the answer.

use super::keys::{KeyId, Keys, OTHER};
use super::patterns::{Bits, NONE, PatternId, Patterns, Reached};
use crate::mask::plan::{MaskPlan, ScoreMask, VectorMask};
use crate::mask::shape::{Others, Place, Role, Shape, WhenStripped};
use crate::wire::json::path::{FieldPattern, FieldStep};
use std::collections::BTreeMap;

/// The number of a node. 0 is where no place lies at or below.
pub(super) type NodeId = u16;

/// All places.
#[derive(Debug)]
pub(super) struct Places {
    nodes: Vec<Node>,
    /// For each node, the node that each key leads to.
    members: Vec<NodeId>,
    keys: usize,
    pub(super) root: NodeId,
}

/// A kind of container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    Object,
    Array,
}

/// What stands at one place, or leads to one.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) element: NodeId,
    pub(super) result: bool,
    pub(super) payload: bool,
    pub(super) catalogue: bool,
    pub(super) vectors: Option<WhenStripped>,
    pub(super) scores: Option<WhenStripped>,
    /// The patterns that reach the value because of its role, and the bits that begin here.
    pub(super) whole: PatternId,
    pub(super) detect: Vec<PatternId>,
    pub(super) bits: Bits,
    /// Results or vectors stand somewhere below.
    pub(super) counted_below: bool,
    /// Its place must stay: `null` is what removing it leaves.
    pub(super) stays: bool,
    /// Keys that lead nowhere are not what the protocol promises.
    pub(super) strict: bool,
    /// The only kind of container that may stand here; scalars that are not null may not either.
    pub(super) expects: Option<Container>,
    /// A member is taken out with its key where the plan strips vectors or scores.
    pub(super) strips_members: bool,
}

enum Step<'a> {
    Key(&'a str),
    AnyKey,
    Element,
}

/// The paths that a place has in a shape: one for each of the shape's names, where it has `{named}` in it.
fn paths<'s>(path: &'static str, shape: &'s Shape) -> Vec<Vec<Step<'s>>> {
    const NAMED: &str = "{named}";
    match path.split_once(NAMED) {
        None => vec![steps(path)],
        Some((before, after)) => {
            let one = |name: &'s String| {
                let mut all = steps(before.trim_end_matches('.'));
                all.push(Step::Key(name));
                all.extend(steps(after));
                all
            };
            shape.named.iter().map(one).collect()
        }
    }
}

/// The steps of a place's path.
fn steps(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let (name, levels) = part.split_at(part.find('[').unwrap_or(part.len()));
        match name {
            "" => {}
            "*" => steps.push(Step::AnyKey),
            key => steps.push(Step::Key(key)),
        }
        steps.extend(levels.matches("[]").map(|_| Step::Element));
    }
    steps
}

/// Places and how many of their steps were taken.
type Ahead = Vec<(usize, usize)>;

struct Builder<'a> {
    places: Vec<(Vec<Step<'a>>, Role)>,
    shape: &'a Shape,
    plan: &'a MaskPlan,
    patterns: &'a Patterns,
    keys: &'a Keys,
    known: BTreeMap<Ahead, NodeId>,
    built: Places,
}

/// Adds the keys of a shape.
pub(super) fn add_keys(shape: &Shape, keys: &mut Keys) {
    for place in shape.places {
        for step in paths(place.path, shape).into_iter().flatten() {
            if let Step::Key(key) = step {
                keys.add(key);
            }
        }
    }
}

impl Places {
    /// Compiles the places of a shape.
    pub(super) fn of(shape: &Shape, plan: &MaskPlan, patterns: &Patterns, keys: &Keys) -> Places {
        let places: Vec<_> = shape
            .places
            .iter()
            .flat_map(|Place { path, role }| paths(path, shape).into_iter().map(|steps| (steps, *role)))
            .collect();
        let all: Ahead = (0..places.len()).map(|place| (place, 0)).collect();
        let mut builder = Builder {
            places,
            shape,
            plan,
            patterns,
            keys,
            known: BTreeMap::from([(Vec::new(), 0)]),
            built: Places {
                nodes: vec![Node {
                    whole: NONE,
                    ..Node::default()
                }],
                members: vec![0; keys.len()],
                keys: keys.len(),
                root: 0,
            },
        };
        let root = builder.node(all);
        builder.built.root = root;
        if let Some(node) = builder.built.nodes.get_mut(usize::from(root)) {
            node.stays = true;
        }
        builder.built
    }

    #[inline]
    pub(super) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(usize::from(id))
    }

    /// Where a key leads.
    #[inline]
    pub(super) fn member(&self, id: NodeId, key: KeyId) -> NodeId {
        if id == 0 {
            return 0;
        }
        let at = usize::from(id) * self.keys + usize::from(key);
        self.members.get(at).copied().unwrap_or_default()
    }
}

impl Builder<'_> {
    fn node(&mut self, ahead: Ahead) -> NodeId {
        if let Some(id) = self.known.get(&ahead) {
            return *id;
        }
        let id = NodeId::try_from(self.built.nodes.len()).unwrap_or(0);
        self.known.insert(ahead.clone(), id);
        self.built.nodes.push(Node::default());
        self.built.members.extend(vec![0; self.built.keys]);

        let next = |step: &dyn Fn(&Step) -> bool| -> Ahead {
            let taken = ahead.iter().filter(|(place, taken)| {
                self.places
                    .get(*place)
                    .and_then(|(steps, _)| steps.get(*taken))
                    .is_some_and(step)
            });
            taken.map(|(place, taken)| (*place, taken + 1)).collect()
        };
        let mut named: Vec<(KeyId, Ahead)> = Vec::new();
        for (place, taken) in &ahead {
            if let Some(Step::Key(name)) = self.places.get(*place).and_then(|(steps, _)| steps.get(*taken)) {
                let leads = next(&|step| {
                    matches!(step, Step::AnyKey) || matches!(step, Step::Key(key) if key == name)
                });
                named.push((self.keys.id(name.as_bytes()), leads));
            }
        }
        let any = next(&|step| matches!(step, Step::AnyKey));
        let element = next(&|step| matches!(step, Step::Element));

        let mut node = self.roles(&ahead);
        let any = self.node(any);
        let mut members = vec![any; self.built.keys];
        let mut children = vec![any];
        for (key, leads) in named {
            let child = self.node(leads);
            children.push(child);
            if let Some(member) = members.get_mut(usize::from(key)).filter(|_| key != OTHER) {
                *member = child;
            }
        }
        let has_names = children.len() > 1;
        node.element = self.node(element);
        let strips = (
            self.plan.vectors == VectorMask::Strip,
            self.plan.scores == ScoreMask::Strip,
        );
        for child in children.iter().filter_map(|child| self.built.node(*child)) {
            node.strips_members |= strips.0 && child.vectors == Some(WhenStripped::Absent)
                || strips.1 && child.scores == Some(WhenStripped::Absent);
        }
        for child in children
            .iter()
            .chain([&node.element])
            .filter_map(|child| self.built.node(*child))
        {
            node.counted_below |= child.counted_below || child.result || child.vectors.is_some();
            node.stays |= child.stays;
        }
        node.strict = has_names && self.shape.others == Others::CutOff;
        if self.shape.others == Others::CutOff {
            node.expects = match (has_names || node.payload, node.element != 0) {
                (true, false) => Some(Container::Object),
                (false, true) => Some(Container::Array),
                _ => None,
            };
        }
        let row = usize::from(id) * self.built.keys;
        if let Some(to) = self.built.members.get_mut(row..row + members.len()) {
            to.copy_from_slice(&members);
        }
        if let Some(to) = self.built.nodes.get_mut(usize::from(id)) {
            *to = node;
        }
        id
    }

    /// What stands at a node itself.
    fn roles(&self, ahead: &Ahead) -> Node {
        let mut node = Node {
            whole: NONE,
            ..Node::default()
        };
        for (place, taken) in ahead {
            let Some((_, role)) = self.places.get(*place).filter(|(steps, _)| steps.len() == *taken) else {
                continue;
            };
            let mut begin = |bits: &Bits, reached: &Reached| {
                node.bits.resize(self.patterns.words, 0);
                node.bits.iter_mut().zip(bits).for_each(|(to, from)| *to |= from);
                node.whole = node.whole.min(reached.whole.unwrap_or(NONE));
                node.detect.extend(&reached.detect);
            };
            match role {
                Role::Result => node.result = true,
                Role::Payload => {
                    begin(&self.patterns.payload, &self.patterns.payload_reached);
                    node.payload = true;
                }
                Role::Text(name) => begin(&Bits::new(), &self.patterns.text(name)),
                Role::FieldOf(n) => {
                    let name = self.shape.named.get(*n).map(String::as_str);
                    for (bits, reached) in content_of(name.unwrap_or_default(), self.patterns, self.keys) {
                        begin(&bits, &reached);
                    }
                }
                Role::FieldOfAny => {
                    for name in &self.shape.named {
                        for (bits, reached) in content_of(name, self.patterns, self.keys) {
                            begin(&bits, &reached);
                        }
                    }
                }
                Role::Vectors(when) => node.vectors = Some(*when),
                Role::Scores(when) => node.scores = Some(*when),
                Role::Catalogue => node.catalogue = true,
                Role::Plain => {}
            }
            node.stays |= !matches!(role, Role::Plain | Role::Catalogue);
        }
        node.detect.sort_unstable();
        node.detect.dedup();
        node
    }
}

/// What reaches the content of a payload field, by each thing that its dotted name may mean; nothing where there is none.
pub(super) fn content_of(name: &str, patterns: &Patterns, keys: &Keys) -> Vec<(Bits, Reached)> {
    let spellings = if name.is_empty() {
        Vec::new()
    } else {
        spellings(name)
    };
    let follow = |path: Vec<String>| {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        patterns.follow(&path, keys)
    };
    spellings.into_iter().map(follow).collect()
}

/// What a dotted name may mean: keys one in the other, or one key with dots in it. Array levels in it are dropped.
fn spellings(name: &str) -> Vec<Vec<String>> {
    let name = name.replace("[]", "");
    let keys = match FieldPattern::parse(&name) {
        Ok(pattern) => pattern
            .steps
            .into_iter()
            .map(|step| match step {
                FieldStep::Key(key) => key,
                FieldStep::Any => "*".to_owned(),
            })
            .collect(),
        Err(_) => name.split('.').map(str::to_owned).collect(),
    };
    let mut spellings = vec![keys];
    if name.contains('.') {
        spellings.push(vec![name]);
    }
    spellings
}
