//! Names of collections: databases, and aliases, which only Milvus knows to tell from collections.
//!
//! A policy calls a collection of the database `default` by its bare name and any other one `database/name`. The
//! database stands in the request, or in a header (`dbname` over gRPC, `DB-Name` over REST) where the request names
//! none.
//!
//! Whether a name is an alias is asked by describing it: the *schema* in the answer carries the collection's own name
//! (`collection_name` beside it repeats what was asked for, in Milvus 2.3). The same answer says which field is the
//! primary key and which are vectors; with those that hold JSON, that is kept as the
//! name's scope, as `primary:vector,vector:json`.
//!
//! Version 1 of the REST API tells of no aliases: it lists collections, so a name that is not in the list is refused,
//! and the schema is asked for by itself. That a name is in the list is remembered apart: it says nothing of the fields.

use crate::dialect::body::{invalid, shown};
use crate::dialect::{Lookup, Malformed, Named, Names, Resolution};
use crate::wire::grpc::{frame, only_message};
use crate::wire::json::strict::{self, Node};
use crate::wire::protobuf::read::{self, Message};
use crate::wire::protobuf::varint::push_bytes;

/// The database of requests that name none.
pub(super) const DEFAULT: &str = "default";

/// The longest name that Milvus takes, unless it is set up otherwise.
const LONGEST: usize = 255;

/// A collection as a request calls it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    database: String,
    collection: String,
    sort: Sort,
}

/// Whether a name may be an alias.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    /// It may.
    Any,
    /// It is what a new collection shall be called.
    New,
}

/// What is known of a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// What policies call it.
    pub(super) name: String,
    /// Its primary key.
    pub(super) primary: Option<String>,
    /// Its vector fields.
    pub(super) vectors: Option<Vec<String>>,
    /// Its fields that hold JSON documents, or structs with documents or vectors in them.
    pub(super) documents: Vec<String>,
}

/// Which way a request came, and so which way the database is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Grpc,
    RestV1,
    RestV2,
}

impl Name {
    /// A collection of a database; an empty database is the default one.
    pub(super) fn new(database: &str, collection: &str, sort: Sort) -> Result<Name, Malformed> {
        for name in [database, collection] {
            let odd = |char: char| !(char.is_ascii_alphanumeric() || matches!(char, '_' | '$' | '-'));
            if name.contains(odd) || name.len() > LONGEST {
                return Err(invalid(format!("{} is no name that Milvus takes", shown(name))));
            }
        }
        Ok(Name {
            database: if database.is_empty() { DEFAULT } else { database }.to_owned(),
            collection: collection.to_owned(),
            sort,
        })
    }

    fn key(&self) -> String {
        format!("{}/{}", self.database, self.collection)
    }

    /// What a policy calls a collection of this name in the same database.
    fn policy(&self, collection: &str) -> String {
        if self.database == DEFAULT {
            collection.to_owned()
        } else {
            format!("{}/{collection}", self.database)
        }
    }

    fn unresolved(&self) -> Known {
        Known {
            name: self.policy(&self.collection),
            primary: None,
            vectors: None,
            documents: Vec::new(),
        }
    }

    fn schema_key(&self) -> String {
        format!("schema of {}", self.key())
    }

    fn listed_key(&self) -> String {
        format!("listed {}", self.key())
    }

    fn schema_lookup(&self) -> Lookup {
        let (database, collection) = (&self.database, &self.collection);
        get(
            self.schema_key(),
            format!("{DESCRIBE_V1}?dbName={database}&collectionName={collection}"),
        )
    }

    fn lookup(&self, way: Way) -> Lookup {
        let json = |method, path: String, body: Vec<u8>| Lookup {
            key: self.key(),
            method,
            path,
            headers: vec![
                ("accept".into(), "application/json".into()),
                ("content-type".into(), "application/json".into()),
            ],
            body,
        };
        match way {
            Way::Grpc => {
                let mut message = Vec::new();
                push_bytes(2, self.database.as_bytes(), &mut message);
                push_bytes(3, self.collection.as_bytes(), &mut message);
                Lookup {
                    key: self.key(),
                    method: "POST",
                    path: DESCRIBE.into(),
                    headers: vec![
                        ("content-type".into(), "application/grpc".into()),
                        ("te".into(), "trailers".into()),
                    ],
                    body: frame(&message).unwrap_or_default(),
                }
            }
            // Names need no escapes: they were checked.
            Way::RestV1 => get(self.listed_key(), format!("{LIST_V1}?dbName={}", self.database)),
            Way::RestV2 => json(
                "POST",
                DESCRIBE_V2.into(),
                serde_json::json!({ "dbName": self.database, "collectionName": self.collection })
                    .to_string()
                    .into_bytes(),
            ),
        }
    }
}

fn get(key: String, path: String) -> Lookup {
    Lookup {
        key,
        method: "GET",
        path,
        headers: vec![("accept".into(), "application/json".into())],
        body: Vec::new(),
    }
}

const LIST_V1: &str = "/v1/vector/collections";
const DESCRIBE: &str = "/milvus.proto.milvus.MilvusService/DescribeCollection";
const DESCRIBE_V1: &str = "/v1/vector/collections/describe";
const DESCRIBE_V2: &str = "/v2/vectordb/collections/describe";

/// What is known of the collections of a request; or what must be asked first.
pub(super) fn resolved(names: &[Name], way: Way, known: &dyn Names) -> Result<Vec<Known>, Vec<Lookup>> {
    let mut resolved = Vec::new();
    let mut lookups = Vec::new();
    for name in names {
        if name.sort == Sort::New {
            resolved.push(name.unresolved());
            continue;
        }
        let described = known.get(&name.key());
        if way == Way::RestV1 && described.is_none() {
            match (known.get(&name.listed_key()), known.get(&name.schema_key())) {
                (None, _) => lookups.push(name.lookup(way)),
                (Some(Named::Collection { .. }), None) => lookups.push(name.schema_lookup()),
                (Some(Named::Collection { name: own, .. }), Some(Named::Collection { scope, .. })) => {
                    resolved.push(with_scope(name.policy(&own), &scope));
                }
                (Some(Named::Missing), _) | (_, Some(Named::Missing)) => resolved.push(name.unresolved()),
            }
            continue;
        }
        match described {
            Some(Named::Collection { name: own, scope }) => {
                resolved.push(with_scope(name.policy(&own), &scope))
            }
            // Neither a collection nor an alias: Milvus says so itself, where the policy lets the request through.
            Some(Named::Missing) => resolved.push(name.unresolved()),
            None => lookups.push(name.lookup(way)),
        }
    }
    if lookups.is_empty() {
        Ok(resolved)
    } else {
        Err(lookups)
    }
}

fn with_scope(name: String, scope: &str) -> Known {
    let list = |part: Option<&str>| -> Option<Vec<String>> {
        part.map(|list| {
            list.split(',')
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect()
        })
    };
    let mut parts = scope.split(':');
    Known {
        name,
        primary: parts
            .next()
            .filter(|primary| !primary.is_empty())
            .map(str::to_owned),
        vectors: list(parts.next()),
        documents: list(parts.next()).unwrap_or_default(),
    }
}

/// Takes what a name means from the description of the collection.
pub(super) fn resolve(lookup: &Lookup, status: u16, body: &[u8]) -> Resolution {
    let described = match (status, lookup.path.as_str()) {
        (200, DESCRIBE) => described(body),
        (200, path) if path.starts_with(LIST_V1) && !path.starts_with(DESCRIBE_V1) => listed(lookup, body),
        (200, path) => described_by_rest(lookup, path, body),
        _ => Err(format!("it answered {status}")),
    };
    match described {
        Ok(named) => Resolution::Known(named),
        Err(why) => Resolution::Failed(format!("the database did not describe the collection: {why}")),
    }
}

/// Codes of `common.Status` for a collection that is not there: `code` of Milvus 2.3 and later, `error_code` before.
const NOT_FOUND: u64 = 100;
/// The same for a database that is not there.
const NO_DATABASE: u64 = 800;
const NOT_FOUND_BEFORE: [u64; 2] = [4, 28];

/// Reads a `DescribeCollectionResponse`.
fn described(body: &[u8]) -> Result<Named, String> {
    let message = only_message(body, u32::MAX)
        .map_err(|error| error.to_string())?
        .ok_or("its answer is not one message")?;
    response(&message).map_err(|error| error.to_string())?
}

fn response(message: &[u8]) -> Result<Result<Named, String>, read::Malformed> {
    const STATUS: u32 = 1;
    const SCHEMA: u32 = 2;
    let (mut code, mut error) = (0, 0);
    let mut schema = Schema::default();
    for field in Message::new(message).fields() {
        let field = field?;
        match field.number() {
            STATUS => {
                for part in field.message()?.fields() {
                    let part = part?;
                    match part.number() {
                        1 => error = part.u64()?,
                        3 => code = part.u64()?,
                        _ => {}
                    }
                }
            }
            SCHEMA => schema.read(&field.message()?)?,
            _ => {}
        }
    }
    Ok(
        if matches!(code, NOT_FOUND | NO_DATABASE) || (code == 0 && NOT_FOUND_BEFORE.contains(&error)) {
            Ok(Named::Missing)
        } else if code != 0 || error != 0 {
            Err(format!("it answered with the code {code}"))
        } else {
            schema.named()
        },
    )
}

/// What is taken from a schema.
#[derive(Debug, Default)]
struct Schema {
    name: String,
    primary: String,
    vectors: Vec<String>,
    documents: Vec<String>,
}

impl Schema {
    fn read(&mut self, message: &Message<'_>) -> Result<(), read::Malformed> {
        const NAME: u32 = 1;
        const FIELDS: u32 = 4;
        const STRUCTS: u32 = 9;
        for field in message.fields() {
            let field = field?;
            match field.number() {
                NAME => self.name = field.string()?.to_owned(),
                FIELDS => self.field(&field.message()?)?,
                STRUCTS => self.structs(&field.message()?)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Lists of structs. Over REST they stand in rows as documents do, and vectors in them are not told from other lists.
    fn structs(&mut self, message: &Message<'_>) -> Result<(), read::Malformed> {
        const NAME: u32 = 2;
        const FIELDS: u32 = 4;
        let (mut name, mut inside) = (String::new(), Schema::default());
        for part in message.fields() {
            let part = part?;
            match part.number() {
                NAME => name = part.string()?.to_owned(),
                FIELDS => inside.field(&part.message()?)?,
                _ => {}
            }
        }
        if !inside.vectors.is_empty() || !inside.documents.is_empty() {
            self.documents.push(name);
        }
        Ok(())
    }

    fn field(&mut self, message: &Message<'_>) -> Result<(), read::Malformed> {
        /// `DataType`: vectors begin here, and structs after them.
        const VECTORS: std::ops::Range<u64> = 100..200;
        const JSON: u64 = 23;
        let (mut name, mut primary, mut kind) = (String::new(), false, 0);
        for part in message.fields() {
            let part = part?;
            match part.number() {
                2 => name = part.string()?.to_owned(),
                3 => primary = part.bool()?,
                5 => kind = part.u64()?,
                _ => {}
            }
        }
        if VECTORS.contains(&kind) {
            self.vectors.push(name);
        } else if kind == JSON {
            self.documents.push(name);
        } else if primary {
            self.primary = name;
        }
        Ok(())
    }

    fn named(self) -> Result<Named, String> {
        if self.name.is_empty() {
            return Err("its answer has no name".into());
        }
        let scope = format!(
            "{}:{}:{}",
            self.primary,
            self.vectors.join(","),
            self.documents.join(",")
        );
        Ok(Named::Collection {
            name: self.name,
            scope,
        })
    }
}

const ALIAS: &str =
    "the name is an alias, and whose is not told over REST: use the collection's own name, or gRPC";

fn code(document: &strict::Document<'_>) -> Option<u64> {
    document.member("code").and_then(Node::as_u64)
}

/// Reads a list of collections: a name in it is a collection's own.
fn listed(lookup: &Lookup, body: &[u8]) -> Result<Named, String> {
    let document = strict::parse(body).map_err(|_| "its answer is not JSON".to_owned())?;
    match code(&document) {
        Some(200) => {}
        Some(NO_DATABASE) => return Ok(Named::Missing),
        Some(code) => return Err(format!("it answered with the code {code}")),
        None => return Err("its answer is no list of collections".into()),
    }
    let names = document
        .member("data")
        .filter(|list| list.is_array())
        .ok_or("its answer is no list of collections")?;
    let asked = lookup.key.rsplit('/').next().unwrap_or_default();
    if names.elements().any(|name| name.as_str() == Some(asked)) {
        Ok(Named::Collection {
            name: asked.to_owned(),
            scope: String::new(),
        })
    } else {
        Err(format!("it has no collection {}; {ALIAS}", shown(asked)))
    }
}

/// Reads the description of a collection in either version of the REST API.
fn described_by_rest(lookup: &Lookup, path: &str, body: &[u8]) -> Result<Named, String> {
    let unexpected = || "its answer is no description".to_owned();
    let document = strict::parse(body).map_err(|_| "its answer is not JSON".to_owned())?;
    match code(&document) {
        Some(0 | 200) => {}
        Some(NOT_FOUND | NO_DATABASE) => return Ok(Named::Missing),
        Some(code) => return Err(format!("it answered with the code {code}")),
        None => return Err(unexpected()),
    }
    let data = document.member("data").ok_or_else(unexpected)?;
    let text = |node: &Node<'_>, key| node.member(key).and_then(Node::as_str).map(str::to_owned);
    let mut schema = Schema {
        name: text(data, "collectionName").ok_or_else(unexpected)?,
        ..Schema::default()
    };
    if path == DESCRIBE_V2 {
        // Where it repeats what was asked for, and that is an alias, it does not say whose.
        let aliases = data
            .member("aliases")
            .filter(|list| list.is_array())
            .ok_or_else(unexpected)?;
        let asked = lookup.key.rsplit('/').next().unwrap_or_default();
        if schema.name == asked && aliases.elements().any(|alias| alias.as_str() == Some(asked)) {
            return Err(ALIAS.into());
        }
    }
    for field in data.member("fields").ok_or_else(unexpected)?.elements() {
        let name = text(&field, "name").ok_or_else(unexpected)?;
        let kind = text(&field, "type").unwrap_or_default();
        if kind.contains("Vector") {
            schema.vectors.push(name);
        } else if kind == "JSON" {
            schema.documents.push(name);
        } else if ["primaryKey", "primary_key"]
            .iter()
            .any(|key| field.member(key).and_then(Node::as_bool) == Some(true))
        {
            schema.primary = name;
        }
    }
    for field in data.member("structFields").into_iter().flat_map(Node::elements) {
        let sealed = |inside: &Node<'_>| {
            let kind = text(inside, "type").unwrap_or_default();
            kind.contains("Vector") || kind == "JSON"
        };
        let inside = field.member("fields").into_iter().flat_map(Node::elements);
        if inside.into_iter().any(|inside| sealed(&inside)) {
            schema
                .documents
                .push(text(&field, "name").ok_or_else(unexpected)?);
        }
    }
    schema.named()
}
