//! gRPC alone: which methods there are, what may stand in a request, how it is narrowed and refused.

use super::super::grpc::METHODS;
use super::*;
use crate::dialect::endpoint::{Found, find};
use crate::dialect::{Refusal, Resolution};
use crate::operation::Kind;
use crate::wire::protobuf::varint::{push_bytes, push_varint};
use proptest::prelude::*;

/// A message, field by field.
#[derive(Clone, Debug, Default)]
struct Message(Vec<u8>);

impl Message {
    fn of(collection: &str) -> Message {
        Message::default().text(1, collection)
    }

    fn text(self, number: u32, text: &str) -> Message {
        self.bytes(number, text.as_bytes())
    }

    fn number(mut self, number: u32, value: u64) -> Message {
        push_varint(number, value, &mut self.0);
        self
    }

    fn message(self, number: u32, message: Message) -> Message {
        self.bytes(number, &message.0)
    }

    fn bytes(mut self, number: u32, bytes: &[u8]) -> Message {
        push_bytes(number, bytes, &mut self.0);
        self
    }
}

/// `must: [key = …]`.
fn filter(key: &str) -> Message {
    let condition = Message::default().message(1, Message::default().text(1, key));
    Message::default().message(2, condition)
}

#[test]
fn every_method_has_a_row() {
    let methods: Vec<&str> = include_str!("methods.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    for path in &methods {
        let target = Target::parse(path).expect(path);
        let found = find(&METHODS, "POST", &target);
        assert!(matches!(found, Found::Endpoint(..)), "{path} has no row");
    }
    let unused: Vec<_> = METHODS
        .iter()
        .filter(|row| !methods.contains(&row.path))
        .collect();
    assert!(unused.is_empty(), "rows that stand for no method: {unused:?}");
    assert_eq!(methods.len(), METHODS.len());
}

#[test]
fn what_is_in_no_row_is_unknown() {
    for method in [
        "qdrant.Points/Everything",
        "qdrant.points/Query",
        "Points/Query",
        "qdrant.PointsInternal/Scroll",
        "qdrant.CollectionsInternal/Get",
        "qdrant.ShardSnapshots/Create",
        "qdrant.QdrantInternal/GetAuditLog",
        "qdrant.Raft/Send",
        "collections/docs/points/query",
    ] {
        assert_eq!(call(method, b"").operation().kind, Kind::Unknown, "{method}");
    }
    let get = Ask {
        method: "GET".into(),
        ..call("qdrant.Points/Query", b"")
    };
    assert_eq!(get.operation().kind, Kind::Unknown);
}

#[test]
fn methods_that_the_client_does_not_have() {
    let of_docs = Message::of("docs").number(2, 0).text(3, "segments/x");
    for (method, expected) in [
        ("ListFiles", "export of docs"),
        ("FileExists", "export of docs"),
        ("FileLength", "export of docs"),
        ("ReadBytes", "export of docs"),
        ("ReadBytesStream", "export of docs"),
        ("ReadWhole", "export of docs"),
        ("ReadBatch", "export of docs"),
    ] {
        assert_eq!(
            call(&format!("qdrant.StorageRead/{method}"), &of_docs.0).told(),
            expected,
            "{method}"
        );
    }
    assert_eq!(call("grpc.health.v1.Health/Check", b"").told(), "meta");
    assert_eq!(
        call("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", b"").told(),
        "describe catalogue"
    );
}

#[test]
fn deprecated_reads_and_defaults() {
    let vectors = Message::default().number(1, 1);
    for (method, message, expected) in [
        (
            "Search",
            Message::of("docs"),
            "search of docs, depth 0, results 0",
        ),
        (
            "Search",
            Message::of("docs")
                .number(4, 9)
                .number(9, 5)
                .message(11, vectors.clone()),
            "search of docs, depth 14, results 9, vectors",
        ),
        (
            "Search",
            Message::of("docs").number(4, 9).message(3, filter("email")),
            "search of docs, depth 9, results 9, filters email",
        ),
        (
            "SearchBatch",
            Message::of("docs")
                .message(2, Message::of("docs").number(4, 9))
                .message(2, Message::of("staff").number(4, 3)),
            "search of docs+people, depth 9, results 12",
        ),
        (
            "SearchGroups",
            Message::of("docs")
                .number(4, 5)
                .text(10, "city")
                .number(11, 3)
                .message(13, Message::of("cities")),
            "search of docs+cities, depth 5, results 20, groups city",
        ),
        (
            "Recommend",
            Message::of("docs").number(5, 9).message(13, Message::of("other")),
            "search of docs+other, depth 9, results 9",
        ),
        (
            "RecommendBatch",
            Message::of("docs").message(2, Message::default().number(5, 9)),
            "search of docs, depth 9, results 9",
        ),
        (
            "RecommendGroups",
            Message::of("docs").number(5, 5).text(12, "city").number(13, 3),
            "search of docs, depth 5, results 15, groups city",
        ),
        (
            "Discover",
            Message::of("docs").number(5, 9).number(8, 1),
            "search of docs, depth 10, results 9",
        ),
        (
            "DiscoverBatch",
            Message::of("docs").message(2, Message::default().number(5, 9).message(4, filter("ssn"))),
            "search of docs, depth 9, results 9, filters ssn",
        ),
        ("Query", Message::of("docs"), "list of docs, depth 10, results 10"),
        (
            "Scroll",
            Message::of("docs"),
            "list of docs, depth 10, results 10",
        ),
        (
            "QueryGroups",
            Message::of("docs").text(13, "a"),
            "list of docs, depth 10, results 30, groups a",
        ),
        (
            "Facet",
            Message::of("docs").text(2, "a"),
            "aggregate of docs, results 10, aggregates a",
        ),
        (
            "SearchMatrixPairs",
            Message::of("docs"),
            "search of docs, depth 3, results 30",
        ),
    ] {
        assert_eq!(
            call(&format!("qdrant.Points/{method}"), &message.0).told(),
            expected,
            "{method}"
        );
    }
}

#[test]
fn what_protobuf_allows_is_judged_as_the_server_reads_it() {
    let scroll = |message: Message| call("qdrant.Points/Scroll", &message.0).told();
    // The last scalar counts.
    let twice = Message::of("docs").number(4, 1).text(1, "staff").number(4, 500);
    assert_eq!(scroll(twice), "list of people, depth 500, results 500");
    // Messages are merged.
    let merged = Message::of("docs")
        .message(2, filter("a"))
        .message(2, filter("b"));
    assert_eq!(
        scroll(merged),
        "list of docs, depth 10, results 10, filters a, filters b"
    );
    let change = Message::of("docs")
        .message(3, Message::default().message(2, filter("a")))
        .message(3, Message::default().message(2, filter("b")));
    assert_eq!(
        call("qdrant.Points/Delete", &change.0).told(),
        "delete of docs, filters a, filters b"
    );
    // Packed or not is all the same.
    let packed = Message::of("docs").bytes(2, &[0; 8]).number(4, 3);
    let mut loose = Message::of("docs").number(4, 3);
    for _ in 0..2 {
        loose.0.extend([0x15, 0, 0, 0, 0]);
    }
    for message in [packed, loose] {
        assert_eq!(
            call("qdrant.Points/Search", &message.0).told(),
            "search of docs, depth 3, results 3"
        );
    }
    // Deprecated variants of an operation.
    let old = Message::of("docs").message(
        3,
        Message::default().message(2, Message::default().message(2, filter("a"))),
    );
    assert_eq!(
        call("qdrant.Points/UpdateBatch", &old.0).told(),
        "delete of docs, filters a"
    );
    let from = Message::of("new").text(13, "staff");
    assert_eq!(
        call("qdrant.Collections/Create", &from.0).told(),
        "export of new+people"
    );
    let copy = Message::of("docs").message(10, Message::default().message(3, filter("a")));
    assert_eq!(
        call("qdrant.Collections/UpdateCollectionClusterSetup", &copy.0).told(),
        "export of docs, filters a"
    );
}

#[test]
fn requests_that_could_be_read_in_two_ways() {
    let docs = Message::of("docs");
    let mut words = String::new();
    let query = |message: &Message| call("qdrant.Points/Query", &message.0);
    let framed = |body: &[u8]| Ask {
        body: Some(body.to_vec()),
        ..query(&docs)
    };
    let typed = |kind: &str| {
        let mut ask = query(&docs);
        ask.headers[0].1 = kind.into();
        ask
    };
    let one = frame(&docs.0).expect("a frame");
    for (what, ask) in [
        ("a field of a newer version", query(&docs.clone().number(99, 1))),
        (
            "deep in a filter",
            query(
                &docs
                    .clone()
                    .message(5, filter("a").message(4, Message::default().number(9, 1))),
            ),
        ),
        (
            "in a condition",
            query(
                &docs
                    .clone()
                    .message(5, Message::default().message(2, Message::default().text(20, "x"))),
            ),
        ),
        (
            "in a change",
            call("qdrant.Points/Upsert", &docs.clone().number(30, 1).0),
        ),
        (
            "in an operation",
            call(
                "qdrant.Points/UpdateBatch",
                &docs
                    .clone()
                    .message(3, Message::default().message(11, filter("a")))
                    .0,
            ),
        ),
        ("a wrong type", query(&docs.clone().text(8, "x"))),
        ("no UTF-8", call("qdrant.Points/Query", &[0x0a, 1, 0xff])),
        ("a group", query(&Message([docs.0.clone(), vec![0x1b]].concat()))),
        ("cut off", query(&Message(docs.0[..3].to_vec()))),
        (
            "a path that is none",
            query(&docs.clone().message(5, filter("a..b"))),
        ),
        ("no collection", query(&Message::default())),
        (
            "an empty one",
            call("qdrant.Collections/Delete", &Message::of("").0),
        ),
        ("no message", framed(b"")),
        ("two messages", framed(&[one.clone(), one.clone()].concat())),
        ("half a frame", framed(&one[..4])),
        ("a frame that ends too early", framed(&one[..7])),
        ("a compressed one", framed(&[&[1], &one[1..]].concat())),
        ("a length without bytes", framed(&[0, 0xff, 0xff, 0xff, 0xff, 1])),
        ("grpc-web", typed("application/grpc-web+proto")),
        ("another codec", typed("application/grpc+json")),
        (
            "two types",
            query(&docs).header("content-type", "application/grpc"),
        ),
        (
            "a query",
            Ask {
                target: "/qdrant.Points/Query?x=1".into(),
                ..query(&docs)
            },
        ),
        (
            "write and delete",
            call(
                "qdrant.Points/UpdateBatch",
                &docs
                    .clone()
                    .message(3, Message::default().message(1, Message::default()))
                    .message(3, Message::default().message(9, Message::default()))
                    .0,
            ),
        ),
    ] {
        words += &format!("{what}: {}\n", ask.refused());
    }
    insta::assert_snapshot!(words);
}

#[test]
fn aliases_are_read_from_a_message() {
    let alias = |alias: &str, collection: &str| Message::default().text(1, alias).text(2, collection);
    let list = Message::default()
        .message(1, alias("staff", "people"))
        .message(1, alias("x", "docs"));
    let body = frame(&list.0).expect("a frame");
    let lookup = call("qdrant.Collections/Get", &Message::of("staff").0)
        .lookups()
        .remove(0);
    assert_eq!((lookup.method, lookup.body.as_slice()), ("POST", &[0u8; 5][..]));
    let known = |name: &str| {
        Resolution::Known(Named::Collection {
            name: name.into(),
            scope: String::new(),
        })
    };
    assert_eq!(Qdrant.resolve(&lookup, 200, &body), known("people"));
    assert_eq!(Qdrant.resolve(&lookup, 200, &[0; 5]), known("staff"));
    // An error is an answer without a message.
    for (status, body) in [(200, &b""[..]), (200, &body[..9]), (503, &body), (200, b"{}")] {
        assert!(matches!(
            Qdrant.resolve(&lookup, status, body),
            Resolution::Failed(_)
        ));
    }
}

#[test]
fn refusals_are_a_status_alone() {
    let head = call("qdrant.Points/Query", b"").head();
    let mut words = String::new();
    for (status, retry_after) in [
        (400, None),
        (403, None),
        (404, None),
        (410, None),
        (413, None),
        (429, Some(5)),
        (503, Some(20)),
    ] {
        let refusal = Refusal {
            status,
            message: "rule \"rag-reads\": 50 % für alle".into(),
            retry_after,
        };
        let reply = Qdrant.refuse(&head, &refusal);
        assert_eq!((reply.status, reply.body.len()), (200, 0));
        words += &format!("{status} {:?} {:?}\n", reply.grpc_status, reply.headers);
    }
    insta::assert_snapshot!(words);
}

/// A selector of a payload's fields: `include` (2) or `exclude` (3) these.
fn selector(variant: u32, names: &[&str]) -> Message {
    let list = names
        .iter()
        .fold(Message::default(), |list, name| list.text(1, name));
    Message::default().message(variant, list)
}

#[test]
fn what_is_removed_is_not_asked_for() {
    let removed = &["email", "contact.ssn"];
    let enable = |with: u64| Message::default().number(1, with);
    let docs = || Message::of("docs");
    let excluded = || selector(3, removed);
    for (method, message, expected, left_out) in [
        // Search: with_payload 6, with_vectors 11.
        (
            "Search",
            docs().message(6, enable(1)).message(11, enable(1)).text(10, "v"),
            Some(docs().text(10, "v").message(6, excluded())),
            "contact.ssn email vectors",
        ),
        // Query: with_payload 11, with_vectors 10. The last variant of a selector counts.
        (
            "Query",
            docs().message(11, selector(2, &["title", "email"])).number(8, 5),
            Some(docs().number(8, 5).message(11, selector(2, &["title"]))),
            "email",
        ),
        (
            "Query",
            docs()
                .message(11, selector(2, &["email", "title"]))
                .message(11, selector(3, &["note"])),
            Some(docs().message(11, selector(3, &["note", "email", "contact.ssn"]))),
            "contact.ssn email",
        ),
        (
            "Query",
            docs().message(11, enable(0)).message(10, enable(0)),
            None,
            "",
        ),
        ("Query", docs().message(11, selector(2, &["email"])), None, ""),
        ("Query", docs().number(8, 5), None, ""),
        // A selector that cannot be read: the server says so.
        ("Query", docs().bytes(11, &[0x12, 0x7f]), None, ""),
        // Scroll (6) and Get (4) bring all of the payload where nothing is said.
        (
            "Scroll",
            docs().number(4, 5),
            Some(docs().number(4, 5).message(6, excluded())),
            "contact.ssn email",
        ),
        ("Scroll", docs().message(6, enable(0)), None, ""),
        (
            "Get",
            docs(),
            Some(docs().message(4, excluded())),
            "contact.ssn email",
        ),
        // Each query of a batch.
        (
            "QueryBatch",
            docs()
                .message(2, docs().message(11, enable(1)))
                .message(2, docs().number(8, 5)),
            Some(
                docs()
                    .message(2, docs().message(11, excluded()))
                    .message(2, docs().number(8, 5)),
            ),
            "contact.ssn email",
        ),
    ] {
        let ask = call(&format!("qdrant.Points/{method}"), &message.0);
        let (less, left) = ask.less(removed);
        let expected = expected.map(|message| frame(&message.0).expect("a frame"));
        assert_eq!(
            (&less, left.as_str()),
            (&expected, left_out),
            "{method} {message:?}"
        );
        if expected.is_some() {
            let again = Ask {
                body: expected,
                ..ask
            };
            assert_eq!(
                again.less(removed),
                (None, String::new()),
                "{method} {message:?}, again"
            );
        }
    }
}

proptest! {
    #[test]
    fn a_narrowed_message_differs_by_its_limits_alone(limits in prop::collection::vec(prop::option::of(any::<u32>()), 1..4), text in ".{0,20}") {
        let query = |limit: Option<u64>| {
            let query = Message::of("docs").message(2, Message::default().number(7, 5000));
            let query = limit.map_or(query.clone(), |limit| query.number(8, limit).number(8, limit + 1));
            query.text(4, &text)
        };
        let batch = limits.iter().fold(Message::of("docs").number(4, 7), |batch, limit| batch.message(2, query(limit.map(u64::from))));
        let ask = call("qdrant.Points/QueryBatch", &batch.0);
        let lower: Vec<_> = limits.iter().enumerate().map(|(n, _)| (n % 2 == 0).then_some(n as u64)).collect();
        match ask.narrowed(&lower) {
            None => prop_assert!(lower.iter().all(Option::is_none)),
            Some(body) => {
                let message = only_message(&body, u32::MAX).expect("a frame").expect("one message");
                let expected = limits.iter().zip(&lower).fold(Message::of("docs").number(4, 7), |batch, (limit, lower)| {
                    let one = match lower {
                        None => query(limit.map(u64::from)),
                        Some(lower) => query(None).number(8, *lower),
                    };
                    batch.message(2, one)
                });
                prop_assert_eq!(message, expected.0);
            }
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(method in 0..METHODS.len(), bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = call(METHODS[method].path.trim_start_matches('/'), &bytes).read();
    }
}
