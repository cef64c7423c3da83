//! Searches over gRPC and their answers: ten hits with a payload of Qdrant, and ten rows in columns of Milvus.

use super::Exchanged;
use std::collections::HashMap;
use vectorgate::dialect::Named;
use vectorgate::wire::grpc::frame;
use vectorgate::wire::protobuf::varint::{push_bytes, push_varint};

const HITS: usize = 10;
const NOTE: &str = "Some words about nothing much, as they stand in a chunk of a document, line after line, to be embedded and found again.";

/// A message that is being written.
#[derive(Clone, Default)]
struct Message(Vec<u8>);

impl Message {
    fn bytes(mut self, number: u32, content: &[u8]) -> Message {
        push_bytes(number, content, &mut self.0);
        self
    }

    fn text(self, number: u32, text: &str) -> Message {
        self.bytes(number, text.as_bytes())
    }

    fn message(self, number: u32, message: Message) -> Message {
        self.bytes(number, &message.0)
    }

    fn number(mut self, number: u32, value: u64) -> Message {
        push_varint(number, value, &mut self.0);
        self
    }

    fn float(mut self, number: u32, value: f32) -> Message {
        // The key of a field of four bytes.
        self.0.push((number << 3 | 5) as u8);
        self.0.extend(value.to_le_bytes());
        self
    }

    fn floats(self, number: u32, values: impl Iterator<Item = f32>) -> Message {
        let packed: Vec<u8> = values.flat_map(f32::to_le_bytes).collect();
        self.bytes(number, &packed)
    }

    /// Ten of these, each under the same number.
    fn each(self, number: u32, of: impl Fn(usize) -> Message) -> Message {
        (0..HITS).fold(self, |message, n| message.message(number, of(n)))
    }

    fn each_text(self, number: u32, of: impl Fn(usize) -> String) -> Message {
        (0..HITS).fold(self, |message, n| message.text(number, &of(n)))
    }
}

fn embedding() -> impl Iterator<Item = f32> {
    (0..384).map(|n| (n as f32 * 0.37).sin())
}

fn exchanged(
    database: &'static str,
    path: &str,
    (key, scope): (&str, &str),
    request: Message,
    answer: Message,
) -> Result<Exchanged, String> {
    let named = Named::Collection {
        name: "docs".to_owned(),
        scope: scope.to_owned(),
    };
    Ok(Exchanged {
        database,
        path: path.to_owned(),
        content_type: "application/grpc",
        names: HashMap::from([(key.to_owned(), named)]),
        request: frame(&request.0).ok_or("too long for a frame")?,
        answer: frame(&answer.0).ok_or("too long for a frame")?,
    })
}

/// Qdrant's `Search`.
pub fn qdrant() -> Result<Exchanged, String> {
    let text = |text: String| Message::default().text(4, &text);
    let integer = |n: usize| Message::default().number(3, n as u64);
    // A map of values, each an entry of key and value.
    fn entry(map: Message, number: u32, key: &str, value: Message) -> Message {
        map.message(number, Message::default().text(1, key).message(2, value))
    }
    let point = |n: usize| {
        let tags = ["vip", "eu"].iter().fold(Message::default(), |list, tag| {
            list.message(1, text((*tag).to_owned()))
        });
        let contact = [
            ("phone", format!("+1-555-01{n:02}")),
            ("city", "Springfield".to_owned()),
            ("ssn", format!("219-09-{n:04}")),
        ];
        let contact = contact.into_iter().fold(Message::default(), |map, (key, value)| {
            entry(map, 1, key, text(value))
        });
        let fields = [
            ("user_id", text(format!("u-{n:08}"))),
            ("email", text(format!("order.window{n}@example.com"))),
            ("title", text(format!("A note with the number {n}"))),
            ("country", text("DE".to_owned())),
            ("age", integer(n)),
            ("contact", Message::default().message(6, contact)),
            ("tags", Message::default().message(7, tags)),
            ("note", text(NOTE.to_owned())),
        ];
        let point = Message::default().message(1, Message::default().number(1, n as u64 + 1));
        let point = fields
            .into_iter()
            .fold(point, |point, (key, value)| entry(point, 2, key, value));
        point.float(3, 0.25).number(5, 7)
    };
    exchanged(
        "qdrant",
        "/qdrant.Points/Search",
        ("docs", ""),
        Message::default()
            .text(1, "docs")
            .floats(2, embedding())
            .number(4, HITS as u64)
            .message(6, Message::default().number(1, 1)),
        Message::default().each(1, point),
    )
}

/// Milvus' `Search`.
pub fn milvus() -> Result<Exchanged, String> {
    // What a column is called and of which type, and its values.
    let column = |name: &str, kind: u64, scalars: Message| {
        Message::default()
            .number(1, kind)
            .text(2, name)
            .message(3, scalars)
    };
    let texts =
        |of: &dyn Fn(usize) -> String| Message::default().message(6, Message::default().each_text(1, of));
    let pair = |key: &str, value: &str| Message::default().text(1, key).text(2, value);
    let json =
        |n: usize| format!(r#"{{"phone":"+1-555-01{n:02}","city":"Springfield","ssn":"219-09-{n:04}"}}"#);
    let ages: Vec<u8> = (0..HITS as u8).collect();
    let columns = [
        column("user_id", 21, texts(&|n| format!("u-{n:08}"))),
        column("email", 21, texts(&|n| format!("order.window{n}@example.com"))),
        column("title", 21, texts(&|n| format!("A note with the number {n}"))),
        column("note", 21, texts(&|_| NOTE.to_owned())),
        column(
            "age",
            5,
            Message::default().message(3, Message::default().bytes(1, &ages)),
        ),
        column(
            "contact",
            23,
            Message::default().message(9, Message::default().each_text(1, json)),
        ),
    ];
    let names = ["user_id", "email", "title", "note", "age", "contact"];
    let data = Message::default().number(1, 1).number(2, HITS as u64);
    let data = columns
        .into_iter()
        .fold(data, |data, column| data.message(3, column));
    let data = data
        .floats(4, (0..HITS).map(|n| n as f32 / 8.0))
        .message(
            5,
            Message::default().message(1, Message::default().bytes(1, &ages)),
        )
        .bytes(6, &[HITS as u8]);
    let data = names.iter().fold(data, |data, name| data.text(7, name));
    let request = Message::default().text(3, "docs").message(
        6,
        Message::default().message(
            1,
            Message::default()
                .text(1, "$0")
                .number(2, 101)
                .floats(3, embedding()),
        ),
    );
    let request = names.iter().fold(request, |request, name| request.text(8, name));
    let request = request
        .message(9, pair("topk", "10"))
        .message(9, pair("anns_field", "vector"))
        .number(12, 1);
    exchanged(
        "milvus",
        "/milvus.proto.milvus.MilvusService/Search",
        ("default/docs", "id:vector:"),
        request,
        Message::default()
            .message(1, Message::default())
            .message(2, data)
            .text(3, "docs"),
    )
}
