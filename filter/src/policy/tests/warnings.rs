//! What is said of policies that are legal but surprising.

use super::given::policy;
use insta::assert_snapshot;

fn warnings(yaml: &str) -> String {
    let lines: Vec<String> = policy(yaml).warnings().iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn all_of_them() {
    assert_snapshot!(warnings(r#"
version: 1
database: chroma
mode: observe
identity: [{ header: { name: x-client-id } }]
rules:
  - { name: no, identities: ["svc:x"], collections: ["docs"], operations: [search], verdict: deny, top_k: { max: 5 }, mask: [{ fields: [a], with: remove }], vectors: strip }
  - name: r
    identities: ["*", "svc:y", "svc:y"]
    collections: ["docs", "docs"]
    operations: [list, search, list]
    mask:
      - { fields: [email, contact], with: partial, oracle: allow }
      - { fields: [contact.email, text], with: remove }
      - { detect: [ssn, ssn], fields: [user.email, note] }
  - { name: h, identities: ["svc:z"], collections: ["kb"], operations: [export], verdict: approve, top_k: { max: 9, over: clamp }, results: { max: 3 } }
hash_key: { env: VECTORGATE_HASH_KEY }
approval: { cluster: console, wait: 5m, ttl: 10s }
audit: { cluster: console, required: false }
"#), @r#"
    mode: `observe` decides and records, but refuses, clamps and masks nothing
    identity[0].header: make sure that Envoy itself sets or removes `x-client-id` on every request: a client that could set it could be anyone
    rules[0].top_k: the rule refuses every request it matches: `top_k` does nothing
    rules[0].mask: the rule refuses every request it matches: `mask` does nothing
    rules[0].vectors: the rule refuses every request it matches: `vectors` does nothing
    rules[1].identities[0]: `*` also matches callers without an identity (`anonymous`)
    rules[1].identities[2]: `svc:y` stands here twice
    rules[1].operations[2]: `list` stands here twice
    rules[1].collections[1]: `docs` stands here twice
    rules[1]: the rule bounds neither `top_k` nor `results` of list: one request may return everything there is
    rules[1].mask[0].oracle: with `oracle: allow` a caller can find out what this entry hides, by asking often enough
    rules[1].mask[1].fields[0]: `contact.email` is already masked by mask[0] of this rule: the first entry wins, this one does nothing there
    rules[1].mask[2].detect[1]: `ssn` stands here twice
    rules[1].mask[2].fields[0]: `user.email` is already masked by mask[0] of this rule: the first entry wins, this one does nothing there
    rules[2].results.max: one query may reach 9 results deep, but a request may return 3 in all: the smaller bound decides
    rules[2].top_k.over: every request that this rule matches waits for a human, and is answered in full then: clamping does nothing
    hash_key: no rule uses `with: hash`: this key is not used
    approval.ttl: an approval that holds for 10s may be over before its request is sent again
    approval.wait: many clients give up after 30 to 60 seconds: a longer wait mostly holds streams whose client is gone
    audit.required: with `required: false` an answer is released even where its record was lost
    lookup: requests to chroma address collections by ids or aliases: without `lookup: { cluster: … }`, the Envoy cluster of the database, they are refused
    "#);
    assert_snapshot!(warnings(r#"
version: 1
database: pinecone
rules:
  - { name: r, identities: ["svc:x"], collections: ["docs"], operations: [search] }
approval: { cluster: console }
lookup: { cluster: database }
"#), @r#"
    identity: no `identity` section: every caller is `anonymous`
    approval: no rule asks for a human: this section is not used
    audit: no `audit` section: nothing is recorded but Envoy's own access log
    lookup: requests to pinecone address collections by name: this section is not used
    "#);
}

#[test]
fn a_sound_policy_gets_none() {
    assert_snapshot!(warnings(r#"
version: 1
database: chroma
identity: [{ jwt: { claim: sub, groups: groups } }]
rules:
  - name: r
    identities: ["svc:rag-*", "group:ml"]
    collections: ["docs"]
    operations: [search, fetch]
    top_k: { max: 100, over: clamp }
    mask: [{ fields: [email], with: hash }]
  - { name: h, identities: ["group:data-eng"], collections: ["*"], operations: [export, list], verdict: approve }
hash_key: { env: VECTORGATE_HASH_KEY }
approval: { cluster: console }
audit: { cluster: console }
lookup: { cluster: database }
"#), @"");
}
