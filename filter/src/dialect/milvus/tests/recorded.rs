//! Requests as the official Python clients of three generations make them, and answers of real servers.

use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

pub(super) struct Exchange {
    pub(super) client: String,
    pub(super) method: String,
    pub(super) request: Vec<u8>,
    pub(super) response: Vec<u8>,
}

pub(super) fn exchanges() -> Vec<Exchange> {
    include_str!("recorded.jsonl")
        .lines()
        .map(|line| {
            let exchange: Value = serde_json::from_str(line).expect("JSON");
            let text = |key: &str| exchange[key].as_str().expect("a string").to_owned();
            let bytes = |key: &str| STANDARD.decode(text(key)).expect("base64");
            Exchange {
                client: text("client"),
                method: text("method"),
                request: bytes("request"),
                response: bytes("response"),
            }
        })
        .collect()
}

#[test]
fn what_clients_ask_is_understood() {
    let mut words = String::new();
    for exchange in exchanges() {
        let Exchange { client, method, .. } = &exchange;
        words += &format!("{client} {method}: {}\n", call(method, &exchange.request).told());
    }
    insta::assert_snapshot!(words);
}
