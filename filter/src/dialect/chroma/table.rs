//! Every endpoint that Chroma serves, as a row. First the ones of its OpenAPI description, then those it serves
//! without listing them.

use super::answer::Answer;
use crate::dialect::endpoint::Endpoint;
use crate::dialect::head::Payload;
use crate::operation::Kind::{self, *};

/// What this dialect needs to know of an endpoint.
#[derive(Clone, Copy, Debug)]
pub(super) struct Detail {
    /// Which collections it touches.
    pub(super) collection: Addressed,
    /// How its body is read.
    pub(super) body: Body,
    /// The kind of its answer.
    pub(super) answer: Answer,
    /// Which names are no longer true after it.
    pub(super) forgets: Forgets,
}

/// Which collections an endpoint touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Addressed {
    /// None, or those that its body names.
    None,
    /// All there are.
    All,
    /// The one whose name is in the path.
    ByName,
    /// The one whose UUID is in the path.
    ById,
}

/// How a body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// There is none.
    None,
    /// Not at all: the head settles what the request means, and the body streams through.
    Unread,
    Get,
    ConditionalGet,
    Query,
    Search,
    Delete,
    Commit,
    Create,
    Update,
    Fork,
    Attach,
    AddInput,
    Detach,
}

impl Body {
    pub(super) fn payload(self) -> Payload {
        match self {
            Body::None => Payload::None,
            _ => Payload::Json,
        }
    }
}

/// Which names are no longer true after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forgets {
    Nothing,
    /// That of the UUID in its path.
    This,
    /// All: it dropped a collection by its name, or many.
    All,
}

const OPENAPI: &str = "Chroma 1.5.9, OpenAPI description";
const ROUTES: &str = "Chroma 1.5.9, routes of its server (not in the OpenAPI description)";
const UNRELEASED: &str = "Chroma after 1.5.9, routes of its server as of 2026-08";

const GET: &str = "GET";
const POST: &str = "POST";
const PUT: &str = "PUT";
const PATCH: &str = "PATCH";
const DELETE: &str = "DELETE";

const PAGE: &[&str] = &["limit", "offset"];

macro_rules! database {
    ($rest:literal) => {
        concat!("/api/v2/tenants/{tenant}/databases/{database}", $rest)
    };
}

macro_rules! collection {
    ($rest:literal) => {
        concat!(
            "/api/v2/tenants/{tenant}/databases/{database}/collections/{collection_id}",
            $rest
        )
    };
}

/// A row that touches no collection, has no body and holds no data, until it says otherwise.
const fn row(
    name: &'static str,
    method: &'static str,
    path: &'static str,
    kinds: &'static [Kind],
) -> Endpoint<Detail> {
    Endpoint {
        name,
        method,
        path,
        kinds,
        parameters: &[],
        bounded: "",
        masked: Answer::Status.masked(),
        source: OPENAPI,
        detail: Detail {
            collection: Addressed::None,
            body: Body::None,
            answer: Answer::Status,
            forgets: Forgets::Nothing,
        },
    }
}

impl Endpoint<Detail> {
    const fn parameters(mut self, parameters: &'static [&'static str]) -> Self {
        self.parameters = parameters;
        self
    }

    const fn on(mut self, collection: Addressed) -> Self {
        self.detail.collection = collection;
        self
    }

    const fn body(mut self, body: Body) -> Self {
        self.detail.body = body;
        self
    }

    const fn bounded(mut self, bounded: &'static str) -> Self {
        self.bounded = bounded;
        self
    }

    const fn answers(mut self, answer: Answer) -> Self {
        self.detail.answer = answer;
        self.masked = answer.masked();
        self
    }

    const fn forgets(mut self, forgets: Forgets) -> Self {
        self.detail.forgets = forgets;
        self
    }

    const fn from(mut self, source: &'static str) -> Self {
        self.source = source;
        self
    }
}

use Addressed::{All, ById, ByName};

/// The table. Where two rows fit a request, the first one is meant.
#[rustfmt::skip]
pub(super) static ENDPOINTS: [Endpoint<Detail>; 42] = [
    // What clients call when they start, and what watches over a server.
    row("heartbeat", GET, "/api/v2/heartbeat", &[Meta]),
    row("healthcheck", GET, "/api/v2/healthcheck", &[Meta]),
    row("version", GET, "/api/v2/version", &[Meta]),
    row("pre_flight_checks", GET, "/api/v2/pre-flight-checks", &[Meta]),
    row("get_user_identity", GET, "/api/v2/auth/identity", &[Meta]),
    row("get_tenant", GET, "/api/v2/tenants/{tenant}", &[Meta]),
    row("get_database", GET, database!(""), &[Meta]),

    // Tenants and databases. Their bodies hold a name and are not read: the whole catalogue is touched anyway.
    row("create_tenant", POST, "/api/v2/tenants", &[Schema]).on(All).body(Body::Unread),
    row("update_tenant", PATCH, "/api/v2/tenants/{tenant}", &[Schema]).on(All).body(Body::Unread).forgets(Forgets::All),
    row("list_databases", GET, "/api/v2/tenants/{tenant}/databases", &[Describe]).on(All).parameters(PAGE)
        .answers(Answer::Catalogue),
    row("create_database", POST, "/api/v2/tenants/{tenant}/databases", &[Schema]).on(All).body(Body::Unread),
    row("delete_database", DELETE, database!(""), &[Schema]).on(All).forgets(Forgets::All),
    row("reset", POST, "/api/v2/reset", &[Schema]).on(All).forgets(Forgets::All),

    // Collections.
    row("list_collections", GET, database!("/collections"), &[Describe]).on(All).parameters(PAGE)
        .answers(Answer::Collections),
    row("count_collections", GET, database!("/collections_count"), &[Describe]).on(All).answers(Answer::Value),
    row("create_collection", POST, database!("/collections"), &[Schema]).body(Body::Create)
        .answers(Answer::Collection),
    row("get_collection", GET, collection!(""), &[Describe]).on(ByName).answers(Answer::Collection),
    row("get_collection_by_id", GET, database!("/collections/by-id/{collection_id}"), &[Describe]).on(ById)
        .answers(Answer::Collection),
    // The name holds its tenant's resource name, which only the server knows: a rule for every collection covers it.
    row("get_collection_by_crn", GET, "/api/v2/collections/{crn}", &[Describe]).on(All).answers(Answer::Collection),
    row("update_collection", PUT, collection!(""), &[Schema]).on(ById).body(Body::Update).forgets(Forgets::This),
    // By its name, so the UUID to forget is not known.
    row("delete_collection", DELETE, collection!(""), &[Schema]).on(ByName).forgets(Forgets::All),
    row("indexing_status", GET, collection!("/indexing_status"), &[Describe]).on(ById).answers(Answer::Value),
    row("fork_count", GET, collection!("/fork_count"), &[Describe]).on(ById).answers(Answer::Value),
    row("fork_collection", POST, collection!("/fork"), &[Export]).on(ById).body(Body::Fork)
        .answers(Answer::Collection),

    // Records. Writes are settled by their head and stream through.
    row("add", POST, collection!("/add"), &[Write]).on(ById).body(Body::Unread),
    row("update", POST, collection!("/update"), &[Write]).on(ById).body(Body::Unread),
    row("upsert", POST, collection!("/upsert"), &[Write]).on(ById).body(Body::Unread),
    row("delete", POST, collection!("/delete"), &[Delete]).on(ById).body(Body::Delete).answers(Answer::Value),
    row("count", GET, collection!("/count"), &[Aggregate]).on(ById).parameters(&["read_level"])
        .answers(Answer::Value),
    row("get", POST, collection!("/get"), &[Fetch, List]).on(ById).body(Body::Get)
        .bounded("ids, limit; neither: the whole collection").answers(Answer::Records),
    row("query", POST, collection!("/query"), &[Search]).on(ById).body(Body::Query)
        .bounded("n_results (10) times the number of query_embeddings; ids").answers(Answer::Neighbours),
    row("search", POST, collection!("/search"), &[Search, List]).on(ById).body(Body::Search)
        .bounded("limit.limit of each of searches; absent: no bound").answers(Answer::Searches),

    // Functions: they copy what they compute into another collection.
    row("attach_function", POST, collection!("/functions/attach"), &[Export]).on(ById).body(Body::Attach)
        .answers(Answer::Catalogue),
    row("get_attached_function", GET, collection!("/functions/{function_name}"), &[Describe]).on(ById)
        .answers(Answer::Catalogue),
    row("detach_function", POST, collection!("/attached_functions/{name}/detach"), &[Schema]).on(ById)
        .body(Body::Detach).answers(Answer::Value),

    // Served without being listed.
    row("heartbeat", GET, "/api/v2", &[Meta]).from(ROUTES),
    row("openapi", GET, "/openapi.json", &[Meta]).from(ROUTES),
    row("docs", GET, "/docs", &[Meta]).from(ROUTES),
    row("docs", GET, "/docs/{*rest}", &[Meta]).from(ROUTES),
    row("conditional_get", POST, collection!("/conditional/get"), &[Fetch, List]).on(ById)
        .body(Body::ConditionalGet).bounded("ids, limit; neither: the whole collection").answers(Answer::Records)
        .from(UNRELEASED),
    row("conditional_commit", POST, collection!("/conditional/commit"), &[Write, Delete]).on(ById)
        .body(Body::Commit).answers(Answer::Value).from(UNRELEASED),
    row("add_function_input", POST, collection!("/attached_functions/{name}/add_input"), &[Export]).on(ById)
        .body(Body::AddInput).answers(Answer::Catalogue).from(UNRELEASED),
];
