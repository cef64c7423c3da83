//! What is said of wrong policies.

use super::given::compiled;
use crate::policy::Policy;
use insta::assert_snapshot;

fn mistakes(yaml: &str) -> String {
    match compiled(yaml) {
        Ok(_) => "no mistake".to_owned(),
        Err(mistakes) => mistakes.to_string(),
    }
}

#[test]
fn mistakes_of_form_all_in_one_go() {
    let yaml = r#"
version: 1
databse: chroma
database: chrome
mode: watch
identity:
  - jwt: { claim: sub, group: groups }
  - mtls: { san: url }
  - saml: { claim: sub }
  - header
rules:
  - name: one
    identities: svc:x
    collections: [docs, 7]
    operations: [serach, unknown, list]
    top-k: { max: 100, over: clamp }
    top_k: { max: "100", over: cut }
    results: { max: -1 }
    mask:
      - { feilds: [email], with: partail }
      - { detect: [emial, passport], fields: [text] }
    vectors: "round: 3"
    scores: round
  - identities: ["*"]
    vectors: { strip: true }
    scores: { round: -2 }
  - 7
hash_key: abc
approval: { cluster: console, wait: 20, ttl: 15min, uses: 1.5 }
audit: { path: /v1/records, required: "yes", max_body: 64KB }
limits: { request_body: 1 MB }
host: { hold_header: false }
"#;
    assert_snapshot!(mistakes(yaml), @r#"
    databse: unknown key `databse`: did you mean `database`?
    database: unknown word `chrome`: did you mean `chroma`?
    mode: unknown word `watch`: known are enforce, observe
    identity[0].jwt.group: unknown key `group`: did you mean `groups`?
    identity[1].mtls.san: unknown word `url`: did you mean `uri`?
    identity[2]: unknown word `saml`: known are jwt, mtls, header
    identity[3]: `header` needs a value: write { header: … }
    rules[0].identities: expected a list (put it in square brackets), found text
    rules[0].collections[1]: expected text (put it in quotes), found a number
    rules[0].operations[0]: unknown word `serach`: did you mean `search`?
    rules[0].operations[1]: unknown word `unknown`: known are search, fetch, list, aggregate, export, write, delete, describe, schema, meta
    rules[0].top-k: unknown key `top-k`: did you mean `top_k`?
    rules[0].top_k.max: expected a whole number, found text
    rules[0].top_k.over: unknown word `cut`: known are clamp, deny, approve
    rules[0].results.max: expected a whole number, found a number that is negative or not whole
    rules[0].mask[0].feilds: unknown key `feilds`: did you mean `fields`?
    rules[0].mask[0].with: unknown word `partail`: did you mean `partial`?
    rules[0].mask[1].detect[0]: unknown word `emial`: did you mean `email`?
    rules[0].mask[1].detect[1]: unknown word `passport`: known are email, phone, phone_loose, card, iban, ssn, ip, jwt, cloud_key, private_key
    rules[0].vectors: unknown word `round: 3`: did you mean `{ round: 3 }`?
    rules[0].scores: `round` needs a value: write { round: … }
    rules[1].vectors.strip: expected the word `strip` alone, found true or false
    rules[1].scores.round: expected a whole number, found a number that is negative or not whole
    rules[1]: the key `name` is missing
    rules[2]: expected a map with the keys name, identities, collections, operations, verdict, top_k, results, mask, vectors, scores, message, found a number
    hash_key: expected a map with the keys env, found text
    approval.wait: `20` is not a span of time: write a number and ms, s, m, h or d, such as 20s
    approval.ttl: `15min` is not a span of time: write a number and ms, s, m, h or d, such as 20s
    approval.uses: expected a whole number, found a number that is negative or not whole
    audit.required: expected true or false, found text
    audit.max_body: `64KB` is not a size: write a number and B, KiB, MiB or GiB, such as 64KiB
    audit: the key `cluster` is missing
    host.hold_header: unknown key `hold_header`: did you mean `hold_headers`?
    "#);
}

#[test]
fn what_is_no_policy_at_all() {
    let of_json = |text: &str| {
        Policy::from_json(text.as_bytes(), &|_: &str| None)
            .unwrap_err()
            .to_string()
    };
    assert_snapshot!(of_json(""), @r#"the policy is empty: begin it with `version: 1`"#);
    assert_snapshot!(of_json("{\"version\": 1"), @r#"not JSON: EOF while parsing an object at line 1 column 13"#);
    assert_snapshot!(of_json("[]"), @r#"expected a policy: a map that begins with `version: 1`, found a list"#);
    assert_snapshot!(of_json("{}"), @r#"version: the key `version` is missing: begin the policy with `version: 1`"#);
    assert_snapshot!(of_json("{\"version\": 2, \"rulez\": []}"), @r#"version: this filter reads version 1 of the policy format, this is version 2: use the filter made for it, or write the policy in version 1"#);
    assert_snapshot!(of_json("{\"version\": \"1\"}"), @r#"version: this filter reads version 1 of the policy format, this is version "1" (a text; write the number without quotes): use the filter made for it, or write the policy in version 1"#);
    assert_snapshot!(of_json("{\"version\": 1}"), @r#"the key `database` is missing"#);
    assert_snapshot!(of_json("{\"version\": 1} x"), @r#"not JSON: trailing characters at line 1 column 16"#);
}

#[test]
fn a_key_twice_is_refused() {
    let twice = r#"{"version": 1, "database": "chroma", "rules": [
        {"name": "r", "identities": ["*"], "collections": ["*"], "operations": ["search"],
         "mask": [{"fields": ["email"], "with": "remove"}], "mask": []}], "database": "qdrant"}"#;
    assert_snapshot!(Policy::from_json(twice.as_bytes(), &|_: &str| None).unwrap_err(), @r#"
    rules[0].mask: the key `mask` stands here twice: keep one of them
    database: the key `database` stands here twice: keep one of them
    "#);
}

#[test]
fn mistakes_of_meaning_all_in_one_go() {
    let yaml = r#"
version: 1
database: chroma
identity:
  - jwt: { claim: "" }
  - header: { name: "x client" }
  - header: { name: Authorization }
rules:
  - { name: a, identities: [], collections: [], operations: [] }
  - { name: b }
  - { name: a, identities: ["group:", "", " svc:x"], collections: [""], operations: [search] }
  - { name: "", identities: ["svc:x"], operations: [meta, search] }
  - name: c
    identities: ["svc:x"]
    collections: ["docs"]
    operations: [search]
    top_k: { max: 0, over: approve }
    results: { max: 0, over: approve }
    vectors: { round: 16 }
    scores: { round: 300 }
    mask:
      - { with: remove }
      - { fields: [email] }
      - { fields: [email], path: "$.email", with: remove }
      - { path: "$.email", detect: [email] }
      - { detect: [email] }
      - { detect: [], fields: [text] }
      - { detect: [email], fields: [], with: "null" }
      - { detect: [email], fields: [text], with: "null" }
      - { fields: [email], with: hash }
      - { fields: [email], with: remove, text: gone }
      - { fields: ["", "a..b"], with: remove }
      - { path: "contact.ssn", with: remove }
      - { path: "$.a[?@.b > 1]", with: remove }
  - { name: d, identities: ["svc:x"], collections: ["docs"], operations: [export], verdict: approve }
approval_: 1
"#;
    assert_snapshot!(mistakes(&yaml.replace("approval_: 1\n", "")), @r##"
    identity[0].jwt.claim: is empty: name the claim, such as `sub`
    identity[1].header.name: `x client` is not a header that can name an identity: it holds a character that no name of a header has
    identity[2].header.name: `Authorization` is not a header that can name an identity: its value is a secret, and an identity's name stands in records and refusals
    rules[0].identities: an empty list: name whom the rule is for, such as ["svc:rag-*", "group:ml"]; ["*"] is everyone
    rules[0].operations: an empty list: name what the rule covers, of search, fetch, list, aggregate, export, write, delete, describe, schema, meta
    rules[0].collections: an empty list: name the collections the rule covers, such as ["docs", "kb-*"]; ["*"] is every one
    rules[1].identities: is missing: name whom the rule is for, such as ["svc:rag-*", "group:ml"]; ["*"] is everyone
    rules[1].operations: is missing: name what the rule covers, of search, fetch, list, aggregate, export, write, delete, describe, schema, meta
    rules[2].name: the name `a` is taken by rules[0]: names stand in refusals and records, each must be one rule's
    rules[2].identities[0]: `group:` names no group: write the group's name after `group:`, or `group:*` for callers with any group
    rules[2].identities[1]: is empty: write a name, or a pattern with `*`
    rules[2].identities[2]: the pattern holds a character that nobody sees, or begins or ends with a space
    rules[2].collections[0]: is empty: write a name, or a pattern with `*`
    rules[3].name: a rule's name has 1 to 100 characters and no control characters
    rules[3].collections: is missing: name the collections the rule covers, such as ["docs", "kb-*"]; ["*"] is every one
    rules[4].top_k.max: is 0, so that nothing could pass: to refuse these requests, write `verdict: deny`
    rules[4].results.max: is 0, so that nothing could pass: to refuse these requests, write `verdict: deny`
    rules[4].vectors.round: 16 decimals: a number has at most 15
    rules[4].scores.round: 300 decimals: a number has at most 15
    rules[4].top_k.over: asks for a human, but the policy has no `approval` section: add `approval: { cluster: … }`
    rules[4].results.over: asks for a human, but the policy has no `approval` section: add `approval: { cluster: … }`
    rules[4].mask[0]: says what is done, but not to which values: add `fields`, `path`, or `detect` and `fields`
    rules[4].mask[1]: does not say what becomes of the values: add `with: remove | redact | partial | hash | null`
    rules[4].mask[2]: has both `fields` and `path`: write two entries, the first that reaches a value wins
    rules[4].mask[3]: has both `detect` and `path`: write two entries, the first that reaches a value wins
    rules[4].mask[4]: `detect` needs `fields`: name the fields whose text is searched (Chroma's text: "#document")
    rules[4].mask[5].detect: an empty list: name what is looked for, of email, phone, phone_loose, card, iban, ssn, ip, jwt, cloud_key, private_key
    rules[4].mask[6].fields: an empty list: name the fields, such as [email, contact.phone]
    rules[4].mask[6].with: `with: null` cannot be done to a part of a text: with `detect` use redact, partial, hash or remove
    rules[4].mask[7].with: `with: null` cannot be done to a part of a text: with `detect` use redact, partial, hash or remove
    rules[4].mask[8].with: `with: hash` needs a key: add `hash_key: { env: NAME }` to the policy
    rules[4].mask[9].text: `text` is for `with: redact` alone
    rules[4].mask[10].fields[0]: not a field name: it is empty
    rules[4].mask[10].fields[1]: not a field name: a name between dots is empty
    rules[4].mask[11].path: not a JSONPath: it begins with `$`, the payload of one result, such as $.contact.ssn
    rules[4].mask[12].path: cannot be followed while an answer streams: a filter expression (`?`) needs the whole value before it can say whether it is selected
    rules[5].verdict: asks for a human, but the policy has no `approval` section: add `approval: { cluster: … }`
    "##);
}

#[test]
fn names_that_look_like_something_else() {
    let yaml = r#"
version: 1
database: chroma
rules:
  - name: no-contractors
    identities: ["Group:contractors", "GROUP:temps", "groups:x", "group :y", "svc\u200b:a", "svc:\u202ea", "svc:é"]
    collections: ["docs\u00ad", "docs"]
    operations: [search]
    verdict: deny
"#;
    assert_snapshot!(mistakes(yaml), @r#"
    rules[0].identities[0]: looks like a group, and would be read as an identity's name: write `group:contractors`, with small letters
    rules[0].identities[1]: looks like a group, and would be read as an identity's name: write `group:temps`, with small letters
    rules[0].identities[2]: looks like a group, and would be read as an identity's name: write `group:x`, with small letters
    rules[0].identities[3]: looks like a group, and would be read as an identity's name: write `group:y`, with small letters
    rules[0].identities[4]: the pattern holds a character that nobody sees, or begins or ends with a space
    rules[0].identities[5]: the pattern holds a character that nobody sees, or begins or ends with a space
    rules[0].collections[0]: the pattern holds a character that nobody sees, or begins or ends with a space
    "#);
}

#[test]
fn mistakes_of_sections() {
    let yaml = r#"
version: 1
database: chroma
rules: []
hash_key: { env: NO_SUCH_KEY }
approval: { cluster: "", path: v1/approvals, ttl: 0s, uses: 0, max_held: 0 }
audit: { cluster: "a b", path: "/v1?x", max_body: 1GiB }
lookup: { cluster: "", authority: "" }
limits: { request_body: 0 }
"#;
    assert_snapshot!(mistakes(yaml), @r#"
    rules: an empty list: with no rule everything but `meta` is refused
    hash_key.env: the variable `NO_SUCH_KEY` is not in the environment of the Wasm VM: add it to `vm_config.environment_variables` in Envoy's configuration
    approval.cluster: is empty: name a cluster of Envoy's configuration, without spaces
    approval.path: `v1/approvals` is not a path: it begins with `/` and holds no space, `?` or `#`
    approval.ttl: is 0: an approval would be over when it is given
    approval.uses: is 0: an approval could not be used
    approval.max_held: is 0: no request could wait; to answer at once with the approval's page, write `wait: 0s`
    audit.cluster: is empty: name a cluster of Envoy's configuration, without spaces
    audit.path: `/v1?x` is not a path: it begins with `/` and holds no space, `?` or `#`
    audit.max_body: is more than 64MiB: it is held in the memory of every Envoy worker, for each request
    lookup.cluster: is empty: name a cluster of Envoy's configuration, without spaces
    lookup.authority: is empty: name a host, or leave it out: then it is the cluster's name
    limits.request_body: is 0: no request with a body could be judged
    "#);
}

#[test]
fn a_short_key_is_refused_without_being_shown() {
    let text = br#"{"version": 1, "database": "chroma", "hash_key": {"env": "KEY"}, "rules": [
        {"name": "r", "identities": ["*"], "collections": ["*"], "operations": ["search"]}]}"#;
    let mistakes = Policy::from_json(text, &|_: &str| Some("s3cret".to_owned()))
        .unwrap_err()
        .to_string();
    assert!(!mistakes.contains("s3cret"));
    assert_snapshot!(mistakes, @r#"hash_key.env: the variable `KEY` holds 6 bytes, a key needs at least 16: `openssl rand -hex 32` makes one"#);
}

#[test]
fn rules_that_can_never_fire() {
    let with = |rules: &str| mistakes(&format!("version: 1\ndatabase: chroma\nrules:\n{rules}"));
    assert_snapshot!(with(r#"
  - { name: wide, identities: ["svc:*"], collections: ["*"], operations: [search, list] }
  - { name: narrow, identities: ["svc:rag-*", "svc:x"], collections: ["docs"], operations: [search], verdict: deny }
"#), @r#"rules[1]: the rule `narrow` can never fire: everything it covers is decided before by `wide`. Move it up, or take it out"#);
    assert_snapshot!(with(r#"
  - { name: searches, identities: ["*"], collections: ["kb-*"], operations: [search] }
  - { name: lists, identities: ["group:ml"], collections: ["*"], operations: [list] }
  - { name: both, identities: ["group:ml"], collections: ["kb-eu", "kb-us-*"], operations: [search, list] }
"#), @r#"rules[2]: the rule `both` can never fire: everything it covers is decided before by `searches` and `lists`. Move it up, or take it out"#);
    for reachable in [
        // Another identity, another collection, another operation.
        r#"
  - { name: a, identities: ["svc:x"], collections: ["*"], operations: [search] }
  - { name: b, identities: ["svc:*"], collections: ["*"], operations: [search] }
"#,
        r#"
  - { name: a, identities: ["*"], collections: ["docs"], operations: [search] }
  - { name: b, identities: ["svc:x"], collections: ["docs", "kb"], operations: [search] }
"#,
        r#"
  - { name: a, identities: ["*"], collections: ["*"], operations: [search] }
  - { name: b, identities: ["*"], collections: ["*"], operations: [search, list] }
"#,
        // Together they cover its collections, but a request for both matches neither.
        r#"
  - { name: a, identities: ["*"], collections: ["docs"], operations: [search] }
  - { name: b, identities: ["*"], collections: ["kb"], operations: [search] }
  - { name: c, identities: ["*"], collections: ["docs", "kb"], operations: [search] }
"#,
        // A group is no name, and a name no group.
        r#"
  - { name: a, identities: ["ml"], collections: ["*"], operations: [search] }
  - { name: b, identities: ["group:ml"], collections: ["*"], operations: [search] }
"#,
        r#"
  - { name: a, identities: ["group:*"], collections: ["*"], operations: [search] }
  - { name: b, identities: ["*"], collections: ["*"], operations: [search] }
"#,
    ] {
        assert_eq!(with(reachable), "no mistake", "{reachable}");
    }
}

#[test]
fn mistakes_of_form_hide_no_mistakes_of_meaning() {
    let mistakes = compiled(
        "
        version: 1
        database: chroma
        lookup: { cluster: database }
        rules:
          - name: reads
            identities: [\"svc:*\"]
            collections: [docs]
            operations: [search, fetchh]
            top_k: { max: 0 }
            mask:
              - { fields: [email], wiht: remove }
              - { path: nope, with: remove }
            vectors: { round: 99 }
        ",
    )
    .unwrap_err();
    let paths: Vec<&str> = mistakes.0.iter().map(|mistake| mistake.path.as_str()).collect();
    // mask[1] stands behind an entry that could not be read whole; it is named all the same.
    for path in [
        "rules[0].operations[1]",
        "rules[0].top_k.max",
        "rules[0].mask[0].wiht",
        "rules[0].vectors.round",
    ] {
        assert!(paths.contains(&path), "{path} is not among {paths:?}");
    }
}
