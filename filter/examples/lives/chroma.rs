//! A query of Chroma and its answer, as its official client and server write them.

use super::Exchanged;
use std::collections::HashMap;
use std::fmt::Write;
use vectorgate::dialect::Named;

const COLLECTION: &str = "071633ae-9d0d-4dee-82e2-12ff37aa8459";

/// A query for so many hits, answered with vectors of so many dimensions (or none).
pub fn query(hits: usize, dimensions: usize) -> Exchanged {
    let mut request = String::from(r#"{"query_embeddings":["#);
    vector(1, 384, &mut request);
    let _ = write!(
        request,
        r#"],"n_results":{hits},"include":["metadatas","documents","distances"]}}"#
    );
    let named = Named::Collection {
        name: "docs".into(),
        scope: "default_tenant/default_database".into(),
    };
    Exchanged {
        database: "chroma",
        path: format!(
            "/api/v2/tenants/default_tenant/databases/default_database/collections/{COLLECTION}/query"
        ),
        content_type: "application/json",
        names: HashMap::from([(COLLECTION.to_owned(), named)]),
        request: request.into_bytes(),
        answer: answer(hits, dimensions),
    }
}

fn vector(n: usize, dimensions: usize, out: &mut String) {
    out.push('[');
    for d in 0..dimensions {
        // No client writes a zero at the end of a fraction.
        let digits = ((n * 7919 + d * 104_729) % 100_000_000) | 1;
        let sign = if d % 2 == 0 { "" } else { "-" };
        let comma = if d == 0 { "" } else { "," };
        let _ = write!(out, "{comma}{sign}0.{digits:08}");
    }
    out.push(']');
}

fn list(name: &str, count: usize, out: &mut String, write: impl Fn(usize, &mut String)) {
    let _ = write!(out, "\"{name}\":[[");
    for n in 0..count {
        out.push_str(if n == 0 { "" } else { "," });
        write(n, out);
    }
    out.push_str("]],");
}

fn answer(hits: usize, dimensions: usize) -> Vec<u8> {
    let mut out = String::from("{");
    list("ids", hits, &mut out, |n, out| {
        let _ = write!(out, "\"doc-{n:06}\"");
    });
    if dimensions > 0 {
        list("embeddings", hits, &mut out, |n, out| vector(n, dimensions, out));
    }
    list("documents", hits, &mut out, |n, out| {
        let _ = write!(
            out,
            "\"Note {n}: the contract was changed before the second review, \\\"late\\\" or not, and the customer has been told. \
             Region and team of the report stay as they are since the last window was closed by support.\""
        );
    });
    list("metadatas", hits, &mut out, |n, out| {
        let _ = write!(
            out,
            r#"{{"user_id":"u-{n:08}","email":"order.window{n}@example.com","title":"A note with the number {n}","country":"DE","age":{},"contact":{{"phone":"+1-555-01{:02}","city":"Springfield","ssn":"219-09-{:04}"}},"tags":["vip","eu"],"score_card":0.{n:06},"note":"Some words about nothing much, as they stand in a chunk of a document, line after line, to be embedded and found again."}}"#,
            n % 90,
            n % 100,
            n % 10_000,
        );
    });
    out.push_str(r#""distances":[["#);
    for n in 0..hits {
        let _ = write!(out, "{}0.{n:07}", if n == 0 { "" } else { "," });
    }
    out.push_str(r#"]],"uris":null,"include":["metadatas","documents","distances"]}"#);
    out.into_bytes()
}
