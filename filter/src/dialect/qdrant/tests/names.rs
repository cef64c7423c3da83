//! Aliases: asked for, resolved, forgotten.

use super::*;
use crate::dialect::Resolution;

#[test]
fn every_name_is_asked_for() {
    let query = r#"{"query":[1],"group_by":"x","with_lookup":"shops","lookup_from":{"collection":"staff"}}"#;
    let lookups = post("points/query/groups", query).lookups();
    let keys: Vec<_> = lookups.iter().map(|lookup| lookup.key.as_str()).collect();
    assert_eq!(keys, ["docs", "shops", "staff"]);
    for lookup in lookups {
        assert_eq!((lookup.method, lookup.path.as_str()), ("GET", "/aliases"));
        assert!(lookup.body.is_empty());
    }
    // What has no body is asked for by its path alone.
    assert_eq!(ask("DELETE", "/collections/a%20b").lookups()[0].key, "a b");
}

#[test]
fn aliases_become_collections() {
    let aliases = r#"{"result":{"aliases":[{"alias_name":"staff","collection_name":"people"},{"alias_name":"x","collection_name":"docs"}]},"status":"ok","time":0.1}"#;
    let lookup = |key: &str| Lookup {
        key: key.into(),
        ..post("points/count", "{}").lookups().remove(0)
    };
    let resolve = |key: &str, status, body: &str| Qdrant.resolve(&lookup(key), status, body.as_bytes());
    for (key, name) in [
        ("staff", "people"),
        ("docs", "docs"),
        ("people", "people"),
        ("Staff", "Staff"),
    ] {
        let known = Named::Collection {
            name: name.into(),
            scope: String::new(),
        };
        assert_eq!(resolve(key, 200, aliases), Resolution::Known(known), "{key}");
    }
    for (status, body) in [
        (403, r#"{"status":{"error":"forbidden"},"time":0}"#),
        (200, ""),
        (200, "{}"),
        (200, r#"{"result":{"aliases":{}}}"#),
        (200, r#"{"result":{"aliases":[{"alias_name":"x"}]}}"#),
        (200, r#"{"result":{"aliases":[]},"result":{"aliases":[]}}"#),
    ] {
        assert!(
            matches!(resolve("docs", status, body), Resolution::Failed(_)),
            "{status} {body}"
        );
    }
}

#[test]
fn requests_mean_the_collection_behind_the_alias() {
    assert_eq!(ask("GET", "/collections/staff").told(), "describe of people");
    // Once, by however many names it is called.
    let query = r#"{"query":1,"lookup_from":{"collection":"people"}}"#;
    let staff = ask("POST", "/collections/staff/points/query").body(query);
    assert_eq!(staff.told(), "search of people, depth 10, results 10");
}

#[test]
fn changes_of_aliases_touch_what_the_names_mean() {
    let change = |actions: &str| {
        let request = ask("POST", "/collections/aliases")
            .body(&format!(r#"{{"actions":[{actions}]}}"#))
            .request();
        assert_eq!(request.forget, ["*"]);
        told(&request.operation)
    };
    assert_eq!(
        change(r#"{"create_alias":{"collection_name":"docs","alias_name":"new"}}"#),
        "schema of docs+new"
    );
    assert_eq!(
        change(r#"{"create_alias":{"collection_name":"docs","alias_name":"staff"}}"#),
        "schema of docs+people"
    );
    assert_eq!(
        change(r#"{"rename_alias":{"old_alias_name":"staff","new_alias_name":"crew"}}"#),
        "schema of people+crew"
    );
    assert_eq!(
        change(r#"{"delete_alias":{"alias_name":"staff"}}"#),
        "schema of people"
    );
    assert_eq!(ask("DELETE", "/collections/docs").request().forget, ["*"]);
}
