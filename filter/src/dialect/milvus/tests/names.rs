//! Databases and aliases.

use super::*;
use crate::dialect::Resolution;

fn described(status: Message, schema: Message) -> Vec<u8> {
    let message = Message::default()
        .message(1, status)
        .message(2, schema)
        .text(12, "staff");
    frame(&message.0).expect("a frame")
}

#[test]
fn a_name_is_asked_for_in_its_database() {
    let lookups = call("Search", &search("1").text(2, "sales").0).lookups();
    let [lookup] = lookups.as_slice() else {
        panic!("{lookups:?}")
    };
    assert_eq!(lookup.key, "sales/docs");
    assert_eq!(
        lookup.path,
        "/milvus.proto.milvus.MilvusService/DescribeCollection"
    );
    let message = Message::default().text(2, "sales").text(3, "docs");
    assert_eq!(Some(lookup.body.clone()), frame(&message.0));
    // What shall be the name of something new is no alias yet.
    let created = call("CreateCollection", &Message::docs().0).read_knowing(&Known(Default::default()));
    assert!(matches!(created, Ok(Reading::Request(_))));
}

#[test]
fn the_schema_says_what_a_name_means() {
    let lookup = call("Search", &search("1").text(3, "staff").0)
        .lookups()
        .remove(0);
    let field = |name: &str, primary: u64, kind: u64| {
        Message::default()
            .text(2, name)
            .number(3, primary)
            .number(5, kind)
    };
    let schema = Message::default()
        .text(1, "people")
        .message(4, field("id", 1, 5))
        .message(4, field("email", 0, 21))
        .message(4, field("vec", 0, 101))
        .message(4, field("sparse", 0, 104))
        .message(
            9,
            Message::default()
                .text(2, "chunks")
                .message(4, field("text", 0, 22))
                .message(4, field("vec", 0, 106)),
        )
        .message(
            9,
            Message::default()
                .text(2, "jobs")
                .message(4, field("title", 0, 22)),
        );
    let resolve = |status: u16, body: &[u8]| format!("{:?}", Milvus.resolve(&lookup, status, body));
    assert_eq!(
        Milvus.resolve(&lookup, 200, &described(Message::default(), schema.clone())),
        Resolution::Known(Named::Collection {
            name: "people".into(),
            scope: "id:vec,sparse:chunks".into()
        })
    );
    for missing in [
        Message::default().number(1, 1).number(3, 100),
        Message::default().number(1, 4),
        Message::default().number(1, 4).number(3, 100),
    ] {
        assert_eq!(
            Milvus.resolve(&lookup, 200, &described(missing, Message::default())),
            Resolution::Known(Named::Missing)
        );
    }
    for failed in [
        resolve(500, b""),
        resolve(200, b""),
        resolve(200, b"{}"),
        resolve(200, &described(Message::default(), Message::default())),
        resolve(200, &described(Message::default().number(3, 1), schema)),
    ] {
        assert!(failed.starts_with("Failed"), "{failed}");
    }
}
