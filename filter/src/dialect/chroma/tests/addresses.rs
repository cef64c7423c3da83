//! Collections by UUID, tenants and databases, and what is forgotten.

use super::*;
use crate::dialect::{Lookup, Resolution};

fn sales(rest: &str) -> String {
    format!("/api/v2/tenants/acme/databases/sales{rest}")
}

#[test]
fn a_uuid_is_looked_up_where_the_path_says_that_it_lives() {
    let upper = format!(
        "{}/count",
        sales(&format!("/collections/{}", SALES.to_uppercase()))
    );
    let lookups = ask("GET", &upper).knowing_nothing().lookups();
    assert_eq!(
        lookups,
        [Lookup {
            key: format!("acme/sales/{SALES}"),
            method: "GET",
            path: sales(&format!("/collections/by-id/{SALES}")),
            headers: vec![("accept".into(), "application/json".into())],
            body: vec![],
        }]
    );
    let odd = format!("/api/v2/tenants/a%20b/databases/default_database/collections/{DOCS}/count");
    let lookups = ask("GET", &odd).lookups();
    assert_eq!(lookups[0].key, format!("a b/default_database/{DOCS}"));
    assert_eq!(
        lookups[0].path,
        format!("/api/v2/tenants/a%20b/databases/default_database/collections/by-id/{DOCS}")
    );
    assert_eq!(post("get", "{}").knowing_nothing().lookups()[0].key, DOCS);
}

#[test]
fn names_outside_the_default_database_are_written_in_full() {
    for (ask, expected) in [
        (
            ask("GET", &sales(&format!("/collections/{SALES}/count"))),
            "aggregate of acme/sales/docs",
        ),
        (
            ask("GET", &sales("/collections/docs")),
            "describe of acme/sales/docs",
        ),
        (
            ask("GET", &sales(&format!("/collections/by-id/{SALES}"))),
            "describe of acme/sales/docs",
        ),
        (
            ask("DELETE", &sales("/collections/docs")),
            "schema of acme/sales/docs",
        ),
        (
            ask("POST", &sales("/collections")).body(r#"{"name":"new"}"#),
            "schema of acme/sales/new",
        ),
        (
            ask("POST", &sales(&format!("/collections/{SALES}/fork"))).body(r#"{"new_name":"copy"}"#),
            "export of acme/sales/docs+acme/sales/copy",
        ),
        (ask("GET", &database("/collections/docs")), "describe of docs"),
        (
            ask("GET", &database(&format!("/collections/by-id/{DOCS}"))),
            "describe of docs",
        ),
        (
            ask(
                "GET",
                "/api/v2/tenants/acme/databases/default_database/collections/docs",
            ),
            "describe of acme/default_database/docs",
        ),
        (
            ask(
                "GET",
                "/api/v2/tenants/default_tenant/databases/sales/collections/docs",
            ),
            "describe of default_tenant/sales/docs",
        ),
    ] {
        assert_eq!(told(&ask.operation()), expected, "{}", ask.target);
    }
}

#[test]
fn a_path_that_claims_a_wrong_database_is_refused() {
    let lie = ask("GET", &sales(&format!("/collections/{DOCS}/count")));
    assert_eq!(lie.lookups()[0].key, format!("acme/sales/{DOCS}"));
    let refused = |named| {
        lie.clone()
            .knowing(&format!("acme/sales/{DOCS}"), named)
            .refused()
    };
    let words = format!("404 Collection [{DOCS}] does not exist in this tenant and database");
    assert_eq!(refused(Named::Missing), words);
    assert_eq!(refused(named("docs", "default_tenant/default_database")), words);
}

#[test]
fn odd_spellings_of_a_uuid_are_refused() {
    for id in [
        DOCS.replace('-', ""),
        format!("%7B{DOCS}%7D"),
        format!("urn:uuid:{DOCS}"),
        format!("{DOCS}0"),
        DOCS.replace("07", "0g"),
        "071633ae9-d0d-4dee-82e2-12ff37aa8459".into(),
        "people".into(),
    ] {
        assert_eq!(
            ask("GET", &format!("{}/count", collection(&id)))
                .malformed()
                .status,
            400,
            "{id}"
        );
    }
    for name in ["a%20b", "*", "a%2Ab", "%C3%BCber", &"x".repeat(513)] {
        assert_eq!(ask("GET", &collection(name)).malformed().status, 400, "{name}");
    }
}

#[test]
fn names_that_may_have_changed_are_forgotten() {
    let on = |method: &str, path: &str| ask(method, path);
    for (ask, forgotten) in [
        (
            on("PUT", &collection(DOCS)).body(r#"{"new_name":"other"}"#),
            vec![DOCS.to_owned()],
        ),
        (
            on("PUT", &sales(&format!("/collections/{SALES}"))).body(r#"{"new_name":"other"}"#),
            vec![format!("acme/sales/{SALES}")],
        ),
        (on("DELETE", &collection("docs")), vec!["*".into()]),
        (on("DELETE", &database("")), vec!["*".into()]),
        (on("POST", "/api/v2/reset"), vec!["*".into()]),
        (post("get", "{}"), vec![]),
        (post("fork", r#"{"new_name":"copy"}"#), vec![]),
    ] {
        assert_eq!(ask.request().forget, forgotten, "{} {}", ask.method, ask.target);
    }
}

#[test]
fn the_databases_answer_settles_name_and_scope() {
    let answer = |id: &str, tenant: &str, database: &str| {
        format!(
            r#"{{"id":"{id}","name":"docs","configuration_json":{{}},"metadata":null,"tenant":"{tenant}","database":"{database}"}}"#
        )
    };
    let default = post("get", "{}").knowing_nothing().lookups().remove(0);
    let other = ask("GET", &sales(&format!("/collections/{SALES}/count")))
        .knowing_nothing()
        .lookups()
        .remove(0);
    let known = |name: &str, scope: &str| Resolution::Known(named(name, scope));
    let said = |status, text: &str| Chroma.resolve(&default, status, text.as_bytes());

    assert_eq!(
        said(200, &answer(DOCS, "default_tenant", "default_database")),
        known("docs", "default_tenant/default_database")
    );
    assert_eq!(
        Chroma.resolve(&other, 200, answer(SALES, "acme", "sales").as_bytes()),
        known("acme/sales/docs", "acme/sales")
    );
    assert_eq!(
        said(
            404,
            r#"{"error":"NotFoundError","message":"Collection [x] does not exist"}"#
        ),
        Resolution::Known(Named::Missing)
    );
    for (status, text) in [
        (200, answer(SALES, "default_tenant", "default_database")),
        (200, answer(DOCS, "acme", "default_database")),
        (200, "{}".into()),
        (200, "[]".into()),
        (200, String::new()),
        (404, String::new()),
        (404, r#"{"error":"ChromaError"}"#.into()),
        (500, r#"{"error":"InternalError","message":"x"}"#.into()),
        (302, answer(DOCS, "default_tenant", "default_database")),
    ] {
        assert!(
            matches!(said(status, &text), Resolution::Failed(_)),
            "{status} {text}"
        );
    }
    insta::assert_snapshot!(
        match said(503, "{}") { Resolution::Failed(why) => why, other => format!("{other:?}") },
        @"the database did not tell the collection's name: it answered 503"
    );
}

#[test]
fn a_name_without_a_scope_is_believed() {
    let ask = ask("GET", &sales(&format!("/collections/{DOCS}/count")));
    let told_name = ask
        .knowing(&format!("acme/sales/{DOCS}"), named("acme/sales/x", ""))
        .operation();
    assert_eq!(told_name.collections, ["acme/sales/x"]);
}
