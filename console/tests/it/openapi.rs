//! The written contract, the types that both sides share, and the running service say the same.

use jsonschema::Validator;
use serde_json::{Value, json};
use vectorgate::approval::contract::Answer;
use vectorgate::audit::chain::Chain;
use vectorgate_console::people::Role;

use crate::console::Console;
use crate::samples::{self, ask, record, with};

fn document() -> Value {
    serde_yaml_ng::from_str(include_str!("../../openapi.yaml")).unwrap()
}

/// A validator for one of the document's schemas.
fn schema(name: &str) -> Validator {
    let mut schema = document();
    schema["$ref"] = json!(format!("#/components/schemas/{name}"));
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap()
}

#[track_caller]
fn fits(name: &str, value: &Value) {
    let errors: Vec<String> = schema(name)
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path))
        .collect();
    assert!(errors.is_empty(), "{name}: {errors:#?}");
}

#[test]
fn what_the_filter_sends_fits() {
    fits("Ask", &ask('a', "1"));
    fits(
        "Ask",
        &with(
            ask('a', "1"),
            json!({"results": "unbounded", "depth": null, "source": null}),
        ),
    );
    let closed = record("x", "2025-11-24T16:00:00.000Z");
    for record in [samples::opened(closed.clone()), closed] {
        let line = Chain::new("c".into()).append(&samples::json(&record));
        fits("Link", &serde_json::from_str(&line).unwrap());
    }
}

#[test]
fn both_sides_need_the_same_fields() {
    // Without a field that the document requires the type is not read either, and the other way round.
    let whole = ask('a', "1");
    let required = document()["components"]["schemas"]["Ask"]["required"].clone();
    for field in whole.as_object().unwrap().keys() {
        let mut without = whole.clone();
        without.as_object_mut().unwrap().remove(field);
        let read = serde_json::from_value::<vectorgate::approval::contract::Ask>(without.clone());
        let must = required.as_array().unwrap().contains(&json!(field));
        assert_eq!(read.is_err(), must, "{field}");
        assert_eq!(!schema("Ask").is_valid(&without), must, "{field}");
    }
    for word in ["approved", "denied", "pending", "maybe"] {
        let answer = json!({"status": word, "id": "x"});
        assert_eq!(
            serde_json::from_value::<Answer>(answer.clone()).is_ok(),
            schema("Answer").is_valid(&answer)
        );
    }
}

#[tokio::test]
async fn what_the_service_answers_fits() {
    let console = Console::start().await;
    let mut bob = console.browser("bob", Role::Approver).await;
    for (letter, decision) in [('a', "approve"), ('b', "deny")] {
        let pending = console.ask(&ask(letter, "1"), 0).await.is(200).json();
        fits("Answer", &pending);
        bob.decide(pending["id"].as_str().unwrap(), decision, "so")
            .await
            .is(303);
        let decided = console.ask(&ask(letter, "1"), 0).await.is(200).json();
        fits("Answer", &decided);
        assert!(decided["expires_at"].is_string());
    }
    let mut chain = Chain::new("c".into());
    let lines = ["x", "y"]
        .map(|exchange| chain.append(&samples::json(&record(exchange, "2025-11-24T16:00:00.000Z"))));
    fits("Accepted", &console.keep(lines[1].as_str()).await.is(200).json());
    fits("Accepted", &console.keep(lines[0].as_str()).await.is(200).json());
    fits("Found", &console.read("").await.is(200).json());

    let document = document();
    let described = |path: &str, method: &str, status: u16| {
        document["paths"][path][method]["responses"][status.to_string()].is_object()
    };
    for (path, method, reply) in [
        ("/v1/approvals", "post", console.ask(&json!({}), 0).await),
        (
            "/v1/approvals",
            "post",
            console
                .ask(&with(ask('a', "1"), json!({"identity": {"name": "x"}})), 0)
                .await,
        ),
        ("/v1/records", "post", console.keep("x").await),
        ("/v1/records", "get", console.read("?verdict=x").await),
        ("/v1/records", "get", console.stranger().get("/v1/records").await),
    ] {
        fits("Error", &reply.json());
        assert!(
            described(path, method, reply.status.as_u16()),
            "{method} {path} {}",
            reply.status
        );
    }
}
