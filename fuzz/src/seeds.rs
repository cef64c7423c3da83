//! Inputs to begin with: what official clients send and databases answer, from the fixtures of the filter's own tests.

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use serde_json::Value;
use vectorgate::dialect::Head;
use vectorgate::wire::target::Target;

const QDRANT_PAIRS: &str = include_str!("../../filter/src/dialect/qdrant/tests/pairs.jsonl");
const QDRANT_ANSWERS: &str = include_str!("../../filter/src/dialect/qdrant/tests/answers.jsonl");
const MILVUS_GRPC: &str = include_str!("../../filter/src/dialect/milvus/tests/recorded.jsonl");
const MILVUS_REST: &str = include_str!("../../filter/src/dialect/milvus/tests/rest.jsonl");

const CHROMA: &str = "/api/v2/tenants/default_tenant/databases/default_database/collections/071633ae-9d0d-4dee-82e2-12ff37aa8459";

/// A request of a client.
#[derive(Clone)]
pub struct Asked {
    /// Of which database.
    pub database: &'static str,
    /// The HTTP method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// JSON, or a message without its frame.
    pub body: Vec<u8>,
    content_type: &'static str,
}

impl Asked {
    fn json(database: &'static str, method: &str, path: &str, body: &[u8]) -> Asked {
        let (method, path, body) = (method.to_owned(), path.to_owned(), body.to_vec());
        Asked {
            database,
            method,
            path,
            body,
            content_type: "application/json",
        }
    }

    fn message(database: &'static str, path: &str, body: Vec<u8>) -> Asked {
        let (method, path) = ("POST".to_owned(), path.to_owned());
        Asked {
            database,
            method,
            path,
            body,
            content_type: "application/grpc",
        }
    }

    /// Whether it is a gRPC call.
    pub fn is_grpc(&self) -> bool {
        self.content_type == "application/grpc"
    }

    /// Its head.
    pub fn head(&self) -> Head {
        Head {
            method: self.method.clone(),
            target: Target::parse(&self.path).expect("a seed's path is in normal form"),
            headers: vec![("content-type".to_owned(), self.content_type.to_owned())],
        }
    }
}

/// An answer, and what was asked.
pub struct Answered {
    /// The request.
    pub asked: Asked,
    /// JSON, or a message without its frame.
    pub body: Vec<u8>,
}

/// As inputs: the number first, by which the target chooses the path.
pub fn numbered(asked: &[Asked]) -> Vec<Vec<u8>> {
    let numbers = 0u8..=u8::MAX;
    numbers
        .zip(asked)
        .map(|(number, asked)| [&[number], asked.body.as_slice()].concat())
        .collect()
}

/// As inputs: the number, and where to cut.
pub fn numbered_answers(answers: &[Answered]) -> Vec<Vec<u8>> {
    let numbers = 0u8..=u8::MAX;
    numbers
        .zip(answers)
        .map(|(number, answer)| [&[number, 7], answer.body.as_slice()].concat())
        .collect()
}

/// As inputs: the number, and where to cut.
pub fn numbered_writes(asked: &[Asked]) -> Vec<Vec<u8>> {
    let numbers = 0u8..=u8::MAX;
    numbers
        .zip(asked)
        .map(|(number, asked)| [&[number, 7], asked.body.as_slice()].concat())
        .collect()
}

/// Streams of frames.
pub fn frames() -> Vec<Vec<u8>> {
    vec![
        b"\x03\0\0\0\0\x03abc".to_vec(),
        b"\x00\0\0\0\0\x00\0\0\0\0\x01a".to_vec(),
        b"\x05\x01\0\0\0\x01a".to_vec(),
        b"\x05\0\xff\xff\xff\xffa".to_vec(),
    ]
}

/// Messages.
pub fn messages() -> Vec<Vec<u8>> {
    let answers = protobuf_answers().into_iter().map(|answer| answer.body);
    qdrant_grpc()
        .into_iter()
        .map(|asked| asked.body)
        .chain(answers)
        .collect()
}

/// JSON documents.
pub fn documents() -> Vec<Vec<u8>> {
    let own: [&[u8]; 4] = [
        br#"{"a":[1,-0.5e3,true,null,"\u00e9\ud83d\ude00\n"],"b":{"":{}}}"#,
        b"[[1.0,2,3],[],[[]],{}]",
        b" { \"n_results\" : 10 , \"where\" : { \"$and\" : [ { \"a\" : { \"$gt\" : 1E+2 } } ] } } ",
        "\"ü😀\"".as_bytes(),
    ];
    let answers = json_answers().into_iter().map(|answer| answer.body);
    own.iter().map(|body| body.to_vec()).chain(answers).collect()
}

/// Targets and deadlines.
pub fn heads() -> Vec<Vec<u8>> {
    let mut texts: Vec<Vec<u8>> = [
        "/a/b%20c?d=e&f=%C3%BC",
        "/",
        "/..",
        "//a",
        "10S",
        "99999999n",
        "1m",
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    texts.extend(milvus_rest().into_iter().map(|asked| asked.path.into_bytes()));
    texts
}

/// Chroma's requests.
pub fn chroma() -> Vec<Asked> {
    let bodies: [(&str, &[u8]); 5] = [
        (
            "query",
            br##"{"query_embeddings":[[0.5,0.25],[1,0]],"n_results":50,"where":{"$and":[{"age":{"$gt":3}},{"city":{"$in":["a","b"]}}]},"where_document":{"$contains":"x"},"include":["metadatas","embeddings"]}"##,
        ),
        ("get", br#"{"ids":["a","b"],"limit":20,"offset":5,"include":["documents"]}"#),
        ("get", br#"{"where":{"email":{"$eq":"x"}},"limit":null}"#),
        ("delete", br#"{"ids":["a"],"where":null}"#),
        (
            "search",
            br##"{"searches":[{"filter":{"where_clause":{"#id":{"$in":["a"]}}},"rank":{"$knn":{"query":[0.5,1],"key":"#embedding","limit":30}},"limit":{"offset":0,"limit":20},"select":{"keys":["#document","#score","email"]}}]}"##,
        ),
    ];
    bodies
        .iter()
        .map(|(call, body)| Asked::json("chroma", "POST", &format!("{CHROMA}/{call}"), body))
        .collect()
}

/// Qdrant's requests over REST.
pub fn qdrant_rest() -> Vec<Asked> {
    lines(QDRANT_PAIRS)
        .filter_map(|line| {
            let rest = &line["rest"];
            let body = rest.get("body")?;
            Some(Asked::json(
                "qdrant",
                text(&rest["method"]),
                text(&rest["path"]),
                body.to_string().as_bytes(),
            ))
        })
        .collect()
}

/// Qdrant's requests over gRPC.
pub fn qdrant_grpc() -> Vec<Asked> {
    lines(QDRANT_PAIRS).map(|line| qdrant_call(&line)).collect()
}

fn qdrant_call(line: &Value) -> Asked {
    let grpc = &line["grpc"];
    Asked::message("qdrant", text(&grpc["path"]), decoded(&grpc["message"]))
}

/// Milvus' requests over REST.
pub fn milvus_rest() -> Vec<Asked> {
    lines(MILVUS_REST)
        .map(|line| {
            Asked::json(
                "milvus",
                text(&line["method"]),
                text(&line["path"]),
                text(&line["body"]).as_bytes(),
            )
        })
        .collect()
}

/// Milvus' requests over gRPC.
pub fn milvus_grpc() -> Vec<Asked> {
    lines(MILVUS_GRPC).map(|line| milvus_call(&line)).collect()
}

fn milvus_call(line: &Value) -> Asked {
    let path = format!("/milvus.proto.milvus.MilvusService/{}", text(&line["method"]));
    Asked::message("milvus", &path, decoded(&line["request"]))
}

/// Requests that may be long: of both databases that have such, over REST and gRPC.
pub fn writes() -> Vec<Asked> {
    let rows: &[u8] = br#"{"dbName":"a","collectionName":"docs","data":[{"id":1,"vec":[0.5,1],"text":"a \"b\" \u00e9","m":{"x":[{}]}}],"partitionName":"p"}"#;
    let own = [
        Asked::json("milvus", "POST", "/v2/vectordb/entities/upsert", rows),
        // Database, collection, a column, the number of rows.
        Asked::message(
            "milvus",
            "/milvus.proto.milvus.MilvusService/Insert",
            b"\x12\x01a\x1a\x04docs\x2a\x0c\x08\x05\x12\x02id\x1a\x04\x1a\x02\x08\x01\x38\x01".to_vec(),
        ),
    ];
    let all = [qdrant_rest(), qdrant_grpc(), milvus_rest(), milvus_grpc()];
    let may_be_long = |asked: &Asked| {
        let dialect = vectorgate::dialect::by_name(asked.database).expect("a dialect");
        dialect.bulk(&asked.head()).is_some()
    };
    all.into_iter().flatten().chain(own).filter(may_be_long).collect()
}

/// Answers in JSON.
pub fn json_answers() -> Vec<Answered> {
    let calls: Vec<Value> = lines(QDRANT_PAIRS).collect();
    let qdrant = lines(QDRANT_ANSWERS).map(|line| {
        let call = calls
            .iter()
            .find(|call| call["call"] == line["call"])
            .expect("the call of an answer");
        let rest = &call["rest"];
        Answered {
            asked: Asked::json(
                "qdrant",
                text(&rest["method"]),
                text(&rest["path"]),
                rest["body"].to_string().as_bytes(),
            ),
            body: line["rest"].to_string().into_bytes(),
        }
    });
    let chroma = Answered {
        asked: chroma().swap_remove(0),
        body: r#"{"ids":[["a","b"]],"distances":[[0.25,0.5]],"embeddings":[[[1,2],null]],"documents":[["call 219-09-9999 ü",null]],"metadatas":[[{"email":"nia@example.com","ssn":"219-09-9999","age":41},null]],"uris":null,"data":null,"include":["metadatas"]}"#
            .into(),
    };
    qdrant.chain([chroma]).collect()
}

/// Answers over gRPC.
pub fn protobuf_answers() -> Vec<Answered> {
    let calls: Vec<Value> = lines(QDRANT_PAIRS).collect();
    let qdrant = lines(QDRANT_ANSWERS).map(|line| {
        let call = calls
            .iter()
            .find(|call| call["call"] == line["call"])
            .expect("the call of an answer");
        Answered {
            asked: qdrant_call(call),
            body: decoded(&line["grpc"]),
        }
    });
    let milvus = lines(MILVUS_GRPC)
        .filter(|line| matches!(text(&line["method"]), "Search" | "Query" | "HybridSearch"))
        .map(|line| Answered {
            asked: milvus_call(&line),
            body: decoded(&line["response"]),
        });
    qdrant.chain(milvus).collect()
}

fn lines(file: &str) -> impl Iterator<Item = Value> {
    file.lines()
        .map(|line| serde_json::from_str(line).expect("a line of a fixture is JSON"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn decoded(value: &Value) -> Vec<u8> {
    BASE64.decode(text(value)).expect("base64 in a fixture")
}
