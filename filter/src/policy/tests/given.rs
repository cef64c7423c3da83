//! The words of the tables: `search("docs").limit(500).by("svc:rag")`.

use crate::approval::contract::Caller;
use crate::operation::{FieldRef, Kind, Operation, Query, Results, Through};
use crate::policy::{Decision, Policy};
use serde::Deserialize;

/// The key that `hash_key: { env: VECTORGATE_HASH_KEY }` finds.
pub(super) const KEY: &str = "0123456789abcdef0123456789abcdef";

/// An environment with one key.
pub(super) fn environment(name: &str) -> Option<String> {
    (name == "VECTORGATE_HASH_KEY").then(|| KEY.to_owned())
}

/// A policy of this YAML.
pub(super) fn policy(yaml: &str) -> Policy {
    compiled(yaml).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// A policy of this YAML, or what is wrong with it.
pub(super) fn compiled(yaml: &str) -> Result<Policy, crate::policy::Mistakes> {
    let loaded = crate::policy::load::from_deserializer(serde_yaml_ng::Deserializer::from_str(yaml));
    Policy::from_loaded(loaded, &environment)
}

/// A policy with these rules (YAML, a list), and all that rules can need.
pub(super) fn rules(yaml: &str) -> Policy {
    let mut whole = serde_yaml_ng::from_str::<serde_json::Map<String, serde_json::Value>>(SECTIONS).unwrap();
    let rules = serde_json::Value::deserialize(serde_yaml_ng::Deserializer::from_str(yaml)).unwrap();
    whole.insert("rules".to_owned(), rules);
    let text = serde_json::to_vec(&whole).unwrap();
    Policy::from_json(&text, &environment).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// The sections beside the rules.
const SECTIONS: &str = "
version: 1
database: chroma
identity: [{ jwt: { claim: sub, groups: groups } }]
hash_key: { env: VECTORGATE_HASH_KEY }
approval: { cluster: console }
audit: { cluster: console }
lookup: { cluster: database }
";

/// A request that is being put together.
#[derive(Clone)]
pub(super) struct Given {
    caller: Caller,
    pub(super) operation: Operation,
}

fn given(kind: Kind, collection: &str) -> Given {
    let mut operation = Operation::new(kind);
    operation.collections.push(collection.to_owned());
    Given {
        caller: Caller {
            name: "svc:rag".to_owned(),
            groups: Vec::new(),
        },
        operation,
    }
}

/// A search with one query for ten results.
pub(super) fn search(collection: &str) -> Given {
    given(Kind::Search, collection).query(0, Results::AtMost(10))
}

/// A page of ten.
pub(super) fn list(collection: &str) -> Given {
    given(Kind::List, collection).query(0, Results::AtMost(10))
}

/// Points by so many ids.
pub(super) fn fetch(collection: &str, ids: u64) -> Given {
    let mut given = given(Kind::Fetch, collection);
    given.operation.other_results = Results::AtMost(ids);
    given
}

/// A request that returns no points.
pub(super) fn plain(kind: Kind, collection: &str) -> Given {
    given(kind, collection)
}

/// A request about the catalogue of all collections.
pub(super) fn catalogue(kind: Kind) -> Given {
    let mut given = given(kind, "");
    given.operation.collections.clear();
    given.operation.whole_catalogue = true;
    given
}

/// A request that touches no collection.
pub(super) fn nowhere(kind: Kind) -> Given {
    let mut given = given(kind, "");
    given.operation.collections.clear();
    given
}

impl Given {
    /// By this identity.
    pub(super) fn by(mut self, name: &str) -> Given {
        self.caller.name = name.to_owned();
        self
    }

    /// By an identity that has this group.
    pub(super) fn in_group(mut self, group: &str) -> Given {
        self.caller.groups.push(group.to_owned());
        self
    }

    /// One more collection.
    pub(super) fn and(mut self, collection: &str) -> Given {
        self.operation.collections.push(collection.to_owned());
        self
    }

    /// One more query.
    pub(super) fn query(mut self, offset: u64, limit: Results) -> Given {
        self.operation.queries.push(Query {
            offset,
            limit,
            multiplier: 1,
            clampable: true,
        });
        self
    }

    /// So many queries like the last one.
    pub(super) fn queries(mut self, number: usize) -> Given {
        let last = *self.last();
        self.operation.queries.resize(number, last);
        self
    }

    fn last(&mut self) -> &mut Query {
        self.operation.queries.last_mut().expect("a query")
    }

    pub(super) fn limit(mut self, limit: u64) -> Given {
        self.last().limit = Results::AtMost(limit);
        self
    }

    pub(super) fn unlimited(mut self) -> Given {
        self.last().limit = Results::Unbounded;
        self
    }

    pub(super) fn offset(mut self, offset: u64) -> Given {
        self.last().offset = offset;
        self
    }

    /// Every unit of the limit counts so many times: query vectors, sizes of groups.
    pub(super) fn times(mut self, multiplier: u64) -> Given {
        self.last().multiplier = multiplier;
        self
    }

    /// No other limit can be written into it.
    pub(super) fn fixed(mut self) -> Given {
        self.last().clampable = false;
        self
    }

    /// It refers to this field, dotted.
    pub(super) fn refers_to(mut self, field: &str, through: Through) -> Given {
        let keys = field.split('.').map(str::to_owned).collect();
        self.operation.refers_to.push(FieldRef { keys, through });
        self
    }

    /// It filters by this field, dotted.
    pub(super) fn filter(self, field: &str) -> Given {
        self.refers_to(field, Through::Filter)
    }

    /// Judged by this policy.
    pub(super) fn under(&self, policy: &Policy) -> Decision {
        policy.decide(&self.caller, &self.operation)
    }
}

/// A decision in one word or two: `allow`, `clamp [100]`, `approve`, `deny`; with the rule's name.
pub(super) fn told(decision: &Decision) -> String {
    let mut told = decision.verdict.as_str().to_owned();
    if let Some(left) = decision.clamped_to {
        let limits: Vec<String> = decision
            .limits
            .iter()
            .map(|limit| limit.map_or("-".to_owned(), |n| n.to_string()))
            .collect();
        told.push_str(&format!(" [{}] {left}", limits.join(" ")));
    } else {
        assert!(decision.limits.is_empty(), "limits without a clamp: {decision:?}");
    }
    told
}
