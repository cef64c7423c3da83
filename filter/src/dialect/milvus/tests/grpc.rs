//! The gRPC API: which methods there are, what requests mean, how they are narrowed and refused.

use super::super::grpc::METHODS;
use super::*;
use crate::dialect::endpoint::{Found, find};
use proptest::prelude::*;

#[test]
fn every_method_has_a_row() {
    let methods: Vec<&str> = include_str!("methods.txt").lines().collect();
    for path in &methods {
        let target = Target::parse(path).expect(path);
        let found = find(&METHODS, "POST", &target);
        assert!(matches!(found, Found::Endpoint(..)), "{path} has no row");
    }
    let unused: Vec<&str> = METHODS
        .iter()
        .map(|row| row.path)
        .filter(|path| path.starts_with("/milvus") && !methods.contains(path))
        .collect();
    assert!(unused.is_empty(), "rows that stand for no method: {unused:?}");
}

#[test]
fn searches() {
    let vectors = |count: usize| {
        let values = (0..count).fold(Message::default(), |message, _| message.bytes(3, &[0; 8]));
        Message::default().message(1, values)
    };
    let function = |params: Message| Message::default().message(1, params);
    for (message, expected) in [
        (search("10"), "search of docs, depth 10, results 10"),
        (
            search("10").pair(9, "offset", "5").number(12, 3),
            "search of docs, depth 15, results 30",
        ),
        (
            search("10").message(6, vectors(4)),
            "search of docs, depth 10, results 40",
        ),
        (
            search("10").message(
                22,
                Message::default().message(1, Message::default().bytes(1, &[1, 2, 3])),
            ),
            "search of docs, depth 10, results 30",
        ),
        (
            search("5")
                .pair(9, "group_by_field", "city")
                .pair(9, "group_size", "4"),
            "search of docs, depth 5, results 20, groups city",
        ),
        (
            search("5").pair(9, "params", r#"{"nprobe":10,"offset":7}"#),
            "search of docs, depth 12, results 5",
        ),
        (
            search("5").pair(9, "order_by_fields", "age:desc,profile[\"a\"]:asc"),
            "search of docs, depth 5, results 5, orders age, orders profile.a",
        ),
        (
            search("5").pair(9, "iterator", "True"),
            "list of docs, depth 5, results 5",
        ),
        // A step of an iterator returns as much as it says itself, whatever the limit beside it.
        (
            search("5")
                .pair(9, "iterator", "True")
                .pair(9, "search_iter_v2", "True")
                .pair(9, "search_iter_batch_size", "9000"),
            "list of docs, depth 9000, results 9000",
        ),
        // Milvus groups by the path, and not by all of the field.
        (
            search("5")
                .pair(9, "group_by_field", "meta")
                .pair(9, "json_path", "meta[\"ssn\"]"),
            "search of docs, depth 5, results 5, groups meta, groups meta.ssn",
        ),
        (
            search("5").pair(9, "json_path", "/ssn"),
            "400 the expression cannot be read: / stands where a value should",
        ),
        (
            search("5").text(8, "count(*)").text(8, "email"),
            "400 a search returns no aggregation: send a query",
        ),
        (
            search("5").pair(9, "iterator", "False"),
            "search of docs, depth 5, results 5",
        ),
        (
            search("5")
                .text(5, "age > 1 and email like 'a%'")
                .text(8, "email")
                .text(8, "vec"),
            "search of docs, depth 5, results 5, vectors, filters age, filters email",
        ),
        (
            search("5").text(8, "email").pair(9, "anns_field", "vec"),
            "search of docs, depth 5, results 5",
        ),
        (
            search("5").text(8, "*"),
            "search of docs, depth 5, results 5, vectors",
        ),
        (
            search("5").message(19, function(Message::default().text(5, "age"))),
            "search of docs, depth 5, results 5, scores age",
        ),
        (
            search("5").message(19, function(Message::default().pair(9, "filter", "ssn == '1'"))),
            "search of docs, depth 5, results 5, scores ssn",
        ),
        // The parameters of functions name fields too, in JSON or not.
        (
            search("5").message(
                19,
                function(
                    Message::default()
                        .pair(9, "reranker", "boost")
                        .pair(9, "random_score", r#"{"seed":1,"field":"ssn"}"#)
                        .pair(9, "filter", r#""phone == '1'""#)
                        .pair(9, "input_column", "age")
                        .pair(9, "input_cols", r#"["height","meta[\"b\"]"]"#)
                        .pair(9, "queries", r#"["email"]"#),
                ),
            ),
            "search of docs, depth 5, results 5, scores age, scores height, scores meta.b, scores phone, scores ssn",
        ),
        (
            search("5").message(
                24,
                Message::default().message(
                    3,
                    Message::default()
                        .text(1, "sort")
                        .text(3, "$meta[\"phone\"]")
                        .message(
                            5,
                            Message::default()
                                .text(1, "column")
                                .message(2, Message::default().text(4, "ssn")),
                        )
                        .message(
                            2,
                            Message::default()
                                .message(
                                    2,
                                    Message::default().message(2, Message::default().text(4, "age")),
                                )
                                .message(
                                    3,
                                    Message::default().text(1, "of").message(
                                        2,
                                        Message::default().message(
                                            5,
                                            Message::default()
                                                .message(1, Message::default().text(4, "email")),
                                        ),
                                    ),
                                ),
                        ),
                ),
            ),
            "search of docs, depth 5, results 5, scores age, scores email, scores phone, scores ssn",
        ),
        (
            search("5").message(
                23,
                Message::default().text(1, "city").number(2, 10).message(
                    3,
                    Message::default()
                        .text(1, "m")
                        .message(2, Message::default().text(1, "max").text(2, "_ssn")),
                ),
            ),
            "aggregate of docs, results 10, aggregates _ssn, aggregates city",
        ),
        (
            search("5").message(
                24,
                Message::default().message(
                    3,
                    Message::default().text(3, "$score").text(3, "age").message(
                        2,
                        Message::default().message(
                            2,
                            Message::default().message(1, Message::default().text(1, "ssn")),
                        ),
                    ),
                ),
            ),
            "search of docs, depth 5, results 5, scores age, scores ssn",
        ),
        (
            search("5").message(
                23,
                Message::default()
                    .text(1, "city")
                    .number(2, 10)
                    .message(
                        3,
                        Message::default()
                            .text(1, "m")
                            .message(2, Message::default().text(1, "avg").text(2, "age")),
                    )
                    .message(5, Message::default().number(1, 2))
                    .message(6, Message::default().text(1, "street").number(2, 3)),
            ),
            "aggregate of docs, results 60, aggregates age, aggregates city, aggregates street",
        ),
        (
            search("10").text(2, "other"),
            "search of other/docs, depth 10, results 10",
        ),
        (
            search("10").text(2, "default"),
            "search of docs, depth 10, results 10",
        ),
        (
            search("10").text(3, "staff"),
            "search of people, depth 10, results 10",
        ),
        // As every protobuf reader has it: the last one counts.
        (
            search("10").text(3, "other").number(12, 5),
            "search of other, depth 10, results 50",
        ),
    ] {
        assert_eq!(call("Search", &message.0).told(), expected);
    }
    let named = call("Search", &search("10").0).header("dbname", "sales");
    assert_eq!(named.told(), "search of sales/docs, depth 10, results 10");
    let both = call("Search", &search("10").text(2, "other").0).header("dbname", "sales");
    assert_eq!(both.told(), "search of other/docs, depth 10, results 10");
}

#[test]
fn hybrid_searches() {
    let hybrid = |limit: &str| {
        Message::docs()
            .message(
                5,
                search("20")
                    .text(5, "age > 1")
                    .pair(9, "anns_field", "vec")
                    .number(12, 2),
            )
            .message(
                5,
                Message::default()
                    .pair(9, "topk", "30")
                    .pair(9, "anns_field", "sparse"),
            )
            .pair(6, "strategy", "rrf")
            .pair(6, "params", "{\"k\":60}")
            .pair(6, "limit", limit)
    };
    for (message, expected) in [
        (hybrid("7"), "search of docs, depth 7, results 14, filters age"),
        (
            hybrid("7")
                .pair(6, "offset", "3")
                .pair(6, "group_by_field", "\"x\""),
            "400 `\\\"x\\\"` is no name of a field",
        ),
        (
            hybrid("7")
                .pair(6, "group_by_field", "city")
                .pair(6, "group_size", "3"),
            "search of docs, depth 7, results 42, filters age, groups city",
        ),
        (
            Message::docs().message(5, search("20")),
            "400 the parameter `limit` of the ranking is missing",
        ),
        (
            hybrid("7").message(5, search("20").text(3, "people")),
            "400 a hybrid search searches one collection",
        ),
    ] {
        assert_eq!(call("HybridSearch", &message.0).told(), expected);
    }
}

#[test]
fn queries() {
    for (message, expected) in [
        (
            Message::docs().text(4, "age > 1"),
            "list of docs, depth all, results all, filters age",
        ),
        (
            Message::docs()
                .text(4, "age > 1")
                .pair(9, "limit", "10")
                .pair(9, "offset", "20"),
            "list of docs, depth 30, results 10, filters age",
        ),
        (
            Message::docs().text(4, "id in [1,2,3]").text(5, "email"),
            "fetch of docs, results 3, filters id",
        ),
        (
            Message::docs().text(4, "id in [1,2,3]").pair(9, "limit", "2"),
            "fetch of docs, results 2, filters id",
        ),
        (
            Message::docs().text(4, "id in [1,2,-3]"),
            "fetch of docs, results 3, filters id",
        ),
        (
            Message::docs().text(4, "age in [1,2,3]"),
            "list of docs, depth all, results all, filters age",
        ),
        (
            Message::docs().text(4, "id in [1] or age > 0"),
            "list of docs, depth all, results all, filters age, filters id",
        ),
        (
            Message::docs().text(4, "ssn == '1'").text(5, "count(*)"),
            "aggregate of docs, results 1, filters ssn",
        ),
        (
            Message::docs()
                .text(5, "city")
                .text(5, "max(age)")
                .pair(9, "group_by_fields", "city")
                .pair(9, "limit", "5"),
            "aggregate of docs, depth 5, results 5, aggregates age, groups city",
        ),
        (
            Message::docs().text(5, "email").text(5, "count(*)"),
            "400 an aggregation comes without other fields than those that it is grouped by: ask for these in a query of their own",
        ),
        (
            Message::docs()
                .pair(9, "iterator", "True")
                .pair(9, "limit", "100")
                .text(5, "*"),
            "list of docs, depth 100, results 100, vectors",
        ),
        (
            Message::docs().text(4, "a ==").pair(9, "limit", "1"),
            "400 the expression cannot be read: it ends too early",
        ),
        (Message::default(), "400 collection_name must not be empty"),
    ] {
        assert_eq!(call("Query", &message.0).told(), expected);
    }
}

#[test]
fn other_methods() {
    let of = |collection: &str| {
        Message::default().text(1, collection).text(2, "vec").message(
            3,
            Message::default().message(1, Message::default().bytes(1, &[1, 2])),
        )
    };
    for (method, message, expected) in [
        ("Connect", Message::default(), "meta"),
        ("GetVersion", Message::default(), "meta"),
        ("ShowCollections", Message::default(), "describe catalogue"),
        ("DescribeCollection", Message::docs(), "describe of docs"),
        (
            "DescribeCollection",
            Message::default().number(4, 7),
            "describe catalogue",
        ),
        (
            "DescribeCollection",
            Message::docs().number(4, 7),
            "describe catalogue of docs",
        ),
        (
            "HasCollection",
            Message::default().text(3, "gone"),
            "describe of gone",
        ),
        ("Insert", Message::docs().text(2, "sales"), "write of sales/docs"),
        (
            "Delete",
            Message::docs().text(5, "ssn == '1'"),
            "delete of docs, filters ssn",
        ),
        (
            "Delete",
            Message::docs().text(5, "ssn =="),
            "400 the expression cannot be read: it ends too early",
        ),
        ("Flush", Message::docs().text(3, "staff"), "write of docs+people"),
        // Its files may be another collection's.
        (
            "Import",
            Message::default().text(1, "docs").text(7, "sales"),
            "export of sales/docs",
        ),
        (
            "CreateAlias",
            Message::docs().text(4, "news"),
            "schema of docs+news",
        ),
        (
            "RenameCollection",
            Message::docs().text(4, "new").text(2, "a"),
            "schema of a/docs+a/new",
        ),
        (
            "RenameCollection",
            Message::docs().text(4, "new").text(5, "b"),
            "schema of docs+b/new",
        ),
        ("CreateCollection", Message::docs(), "schema of docs"),
        (
            "RestoreSnapshot",
            Message::default().text(2, "s").text(4, "people").text(7, "copy"),
            "export of people+copy",
        ),
        (
            "ExportSnapshot",
            Message::default().text(2, "s").text(4, "people"),
            "export of people",
        ),
        ("DumpMessages", Message::default(), "export catalogue"),
        ("CreateReplicateStream", Message::default(), "write catalogue"),
        ("BackupRBAC", Message::default(), "export catalogue"),
        ("Dummy", Message::default(), "unknown"),
        ("RunAnalyzer", Message::default(), "describe"),
        ("ListAliases", Message::default(), "describe catalogue"),
        ("SearchV9", Message::default(), "unknown"),
        (
            "CalcDistance",
            Message::default()
                .message(2, Message::default().message(1, of("docs")))
                .message(3, Message::default().message(1, of("staff"))),
            "search of docs+people, results 4, scores vec",
        ),
    ] {
        assert_eq!(call(method, &message.0).told(), expected, "{method}");
    }
}

#[test]
fn what_could_be_read_in_two_ways_is_refused() {
    let docs = Message::docs();
    let mut words = String::new();
    for message in [
        docs.clone(),
        search("0"),
        search("-1"),
        search("010"),
        search("0x10"),
        search("1e3"),
        search(" 10"),
        search("99999999999999999999"),
        search("10").pair(9, "topk", "10"),
        search("10").pair(9, "limit", "1000"),
        search("10").pair(9, "TopK", "1000"),
        search("10").pair(9, "params", "{\"topk\":1000}"),
        search("10").pair(9, "params", "[]"),
        search("10").pair(9, "params", "{\"ef\":1,\"ef\":2}"),
        search("10").pair(9, "offset", "-1"),
        search("10").number(99, 1),
        search("10").number(12, u64::MAX),
        search("10").message(17, search("10")),
        search("10").message(21, Message::default()),
        search("10").text(5, "email =="),
        search("10").text(8, "profile[\"a/b\"]"),
        search("10").text(8, "secret(email)"),
        search("10").text(3, "a/b"),
        search("10").text(2, "a/b"),
        search("10").bytes(5, &[0xff]),
    ] {
        words += &call("Search", &message.0).told();
        words += "\n";
    }
    let one = call("Search", &search("10").0);
    let framed = |body: Vec<u8>| Ask {
        body: Some(body),
        ..one.clone()
    };
    let whole = one.body.clone().unwrap_or_default();
    let mut compressed = whole.clone();
    compressed[0] = 1;
    for ask in [
        one.clone().header("content-type", "application/json"),
        one.clone().header("dbname", "a").header("dbname", "b"),
        framed(whole[..9].to_vec()),
        framed([whole.clone(), whole.clone()].concat()),
        framed(compressed),
        framed(Vec::new()),
    ] {
        words += &ask.told();
        words += "\n";
    }
    insta::assert_snapshot!(words);
}

#[test]
fn a_limit_is_written_and_nothing_else() {
    let message = Message::docs()
        .bytes(
            6,
            &Message::default()
                .message(1, Message::default().bytes(3, &[1, 2, 3, 4]))
                .0,
        )
        .pair(9, "metric_type", "L2")
        .pair(9, "topk", "5000")
        .pair(9, "params", "{}")
        .number(12, 1);
    let expected = Message::docs()
        .bytes(
            6,
            &Message::default()
                .message(1, Message::default().bytes(3, &[1, 2, 3, 4]))
                .0,
        )
        .pair(9, "metric_type", "L2")
        .pair(9, "topk", "100")
        .pair(9, "params", "{}")
        .number(12, 1);
    assert_eq!(Some(call("Search", &message.0).narrowed(100)), frame(&expected.0));

    let unlimited = Message::docs()
        .text(4, "age > 1")
        .pair(9, "ignore_growing", "False");
    let expected = unlimited.clone().pair(9, "limit", "50");
    assert_eq!(Some(call("Query", &unlimited.0).narrowed(50)), frame(&expected.0));

    let step = |limit: &str| {
        search(limit)
            .pair(9, "iterator", "True")
            .pair(9, "search_iter_batch_size", limit)
    };
    assert_eq!(
        Some(call("Search", &step("900").0).narrowed(7)),
        frame(&step("7").0)
    );

    let hybrid = Message::docs()
        .message(5, search("20"))
        .pair(6, "limit", "9")
        .text(10, "a");
    let expected = Message::docs()
        .message(5, search("20"))
        .pair(6, "limit", "2")
        .text(10, "a");
    assert_eq!(
        Some(call("HybridSearch", &hybrid.0).narrowed(2)),
        frame(&expected.0)
    );
}

#[test]
fn what_is_removed_is_not_asked_for() {
    let search = |outputs: &[&str]| {
        let head = Message::docs().pair(9, "topk", "5");
        outputs
            .iter()
            .fold(head, |message, output| message.text(8, output))
    };
    let query = |outputs: &[&str]| {
        let head = Message::docs().text(4, "age > 1").pair(9, "limit", "5");
        outputs
            .iter()
            .fold(head, |message, output| message.text(5, output))
    };
    for (method, message, expected, left_out) in [
        (
            "Search",
            search(&["title", "vec", "email", "sparse"]),
            Some(search(&["title"])),
            "email sparse vec",
        ),
        ("Query", query(&["vec"]), Some(query(&[])), "vec"),
        // Everything, and what lies inside of a field, cannot be said without.
        ("Query", query(&["*"]), None, ""),
        ("Query", query(&["contact", "title"]), None, ""),
        ("Query", query(&["count(*)"]), None, ""),
    ] {
        let (less, left) = call(method, &message.0).less(&["email", "contact.ssn"]);
        let expected = expected.map(|message| frame(&message.0).expect("a frame"));
        assert_eq!((less, left.as_str()), (expected, left_out), "{method}");
    }
}

#[test]
fn refusals_are_answers_of_the_methods_own_type() {
    let refusal = Refusal {
        status: 403,
        message: "Rule x: no".into(),
        retry_after: None,
    };
    let status = Message::default()
        .number(1, 1)
        .text(2, "Rule x: no")
        .number(3, 1801);
    for (method, expected) in [
        ("Search", Message::default().message(1, status.clone())),
        ("Query", Message::default().message(1, status.clone())),
        ("Connect", Message::default().message(1, status.clone())),
        ("CreateCollection", status.clone()),
        (
            "GetComponentStates",
            Message::default().message(3, status.clone()),
        ),
    ] {
        let reply = Milvus.refuse(&call(method, b"").head(), &refusal);
        assert_eq!(reply.grpc_status, Some(0), "{method}");
        assert_eq!(reply.status, 200);
        assert_eq!(Some(reply.body), frame(&expected.0), "{method}");
    }
    for method in ["Dummy", "NoSuchMethod", "CreateReplicateStream"] {
        let reply = Milvus.refuse(&call(method, b"").head(), &refusal);
        assert_eq!(reply.grpc_status, Some(7), "{method}");
        assert!(reply.body.is_empty());
    }
}

#[test]
fn the_same_request_is_known_again() {
    let canonical = |message: &Message| call("Search", &message.0).request().canonical_body;
    let one = search("5")
        .number(11, 1_000)
        .pair(18, "a", "1")
        .pair(18, "b", "2");
    let again = search("5")
        .number(11, 2_000)
        .pair(18, "b", "2")
        .pair(18, "a", "1");
    assert_eq!(canonical(&one), canonical(&again));
    assert_ne!(canonical(&one), canonical(&search("6")));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        method in prop::sample::select(&["Search", "HybridSearch", "Query", "Delete", "Insert", "CalcDistance"][..]),
    ) {
        let _ = call(method, &bytes).read_knowing(&Aliases);
    }
}
