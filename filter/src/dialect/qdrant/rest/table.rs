//! Every endpoint that Qdrant serves over REST, as a row. First the ones of its OpenAPI description, then those it
//! serves without listing them.

use super::changes::{self, Change};
use super::points::Old;
use crate::dialect::endpoint::Endpoint;
use crate::dialect::head::Payload;
use crate::dialect::qdrant::Forgets;
use crate::dialect::qdrant::answer::Answer;
use crate::operation::Kind::{self, *};
use crate::wire::json::outline::Part;

/// What this dialect needs to know of an endpoint.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Detail {
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
    /// The one in its path, where it has one, and those that its body names.
    Named,
    /// All there are.
    All,
}

/// How a body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// There is none.
    None,
    /// JSON, and not read at all: the head settles what the request means, and the body streams through.
    Unread,
    /// A file, of any type; not read either.
    Upload,
    Old(Old),
    OldBatch(Old),
    OldGroups(Old),
    Query,
    QueryBatch,
    QueryGroups,
    Scroll,
    ScrollShard,
    Retrieve,
    Count,
    CountShard,
    Facet,
    Matrix,
    Change(Change),
    Changes,
    CreateCollection,
    ChangeAliases,
    ChangeCluster,
}

impl Body {
    pub(super) fn payload(self) -> Payload {
        match self {
            Body::None => Payload::None,
            Body::Upload => Payload::Any,
            _ => Payload::Json,
        }
    }

    /// Where it holds what a write may be long by.
    pub(super) fn bulk(self) -> Option<&'static Part> {
        match self {
            Body::Change(change) => change.bulk(),
            Body::Changes => Some(&changes::BULK),
            _ => None,
        }
    }
}

const OPENAPI: &str = "Qdrant 1.19.0, OpenAPI description (the client 1.20.0 calls the same)";
const OLDER: &str = "Qdrant 1.18.0, OpenAPI description; served by 1.19.0 without being listed";
const ROUTES: &str = "Qdrant 1.19.0, routes of its server (not in the OpenAPI description)";
const STAGING: &str = "Qdrant 1.19.0, routes of its server when built with the feature `staging`";

const GET: &str = "GET";
const POST: &str = "POST";
const PUT: &str = "PUT";
const PATCH: &str = "PATCH";
const DELETE: &str = "DELETE";

/// Query parameters of reads, of writes, and of changes of the catalogue.
const READS: &[&str] = &["consistency", "timeout"];
const WRITES: &[&str] = &["wait", "ordering", "timeout"];
const TIMEOUT: &[&str] = &["timeout"];
const WAIT: &[&str] = &["wait"];
const UPLOAD: &[&str] = &["wait", "priority", "checksum"];

const LIMIT: &str = "limit, required (also spelt top)";
const LIMITS: &str = "the sum of the searches' limits, required (also spelt top)";
const GROUPED: &str = "limit times group_size, both required; one more per group with with_lookup";
const SAMPLE: &str = "sample (10) times limit (3)";

macro_rules! collection {
    ($rest:literal) => {
        concat!("/collections/{collection_name}", $rest)
    };
}

macro_rules! shard {
    ($rest:literal) => {
        concat!("/collections/{collection_name}/shards/{shard}", $rest)
    };
}

/// A row that has no body and holds no data, until it says otherwise.
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
        masked: Answer::Value.masked(),
        source: OPENAPI,
        detail: Detail {
            collection: Addressed::Named,
            body: Body::None,
            answer: Answer::Value,
            forgets: Forgets::Nothing,
        },
    }
}

impl Endpoint<Detail> {
    const fn parameters(mut self, parameters: &'static [&'static str]) -> Self {
        self.parameters = parameters;
        self
    }

    const fn on_all(mut self) -> Self {
        self.detail.collection = Addressed::All;
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

    const fn forgets_all(mut self) -> Self {
        self.detail.forgets = Forgets::All;
        self
    }

    const fn from(mut self, source: &'static str) -> Self {
        self.source = source;
        self
    }
}

/// The table. Where two rows fit a request, the first one is meant.
#[rustfmt::skip]
pub(in super::super) static ENDPOINTS: [Endpoint<Detail>; 103] = [
    // What clients call when they start, and what watches over a server.
    row("root", GET, "/", &[Meta]).answers(Answer::Status),
    row("healthz", GET, "/healthz", &[Meta]).answers(Answer::Status),
    row("livez", GET, "/livez", &[Meta]).answers(Answer::Status),
    row("readyz", GET, "/readyz", &[Meta]).answers(Answer::Status),
    row("telemetry", GET, "/telemetry", &[Describe]).on_all()
        .parameters(&["anonymize", "details_level", "per_collection", "timeout"]).answers(Answer::Catalogue),
    row("metrics", GET, "/metrics", &[Describe]).on_all().parameters(&["anonymize", "per_collection", "timeout"])
        .answers(Answer::Status),
    row("get_issues", GET, "/issues", &[Describe]).on_all().answers(Answer::Catalogue),
    row("clear_issues", DELETE, "/issues", &[Schema]).on_all(),
    row("get_quotas", GET, "/quotas", &[Describe]).on_all().answers(Answer::Catalogue),
    row("update_quotas", PUT, "/quotas", &[Schema]).on_all().parameters(WAIT).body(Body::Unread),

    // The cluster.
    row("cluster_status", GET, "/cluster", &[Describe]).on_all().answers(Answer::Catalogue),
    row("cluster_telemetry", GET, "/cluster/telemetry", &[Describe]).on_all()
        .parameters(&["details_level", "timeout"]).answers(Answer::Catalogue),
    row("recover_current_peer", POST, "/cluster/recover", &[Schema]).on_all(),
    row("remove_peer", DELETE, "/cluster/peer/{peer_id}", &[Schema]).on_all().parameters(&["timeout", "force"]),

    // Collections and aliases.
    row("get_collections", GET, "/collections", &[Describe]).on_all().answers(Answer::Catalogue),
    row("update_aliases", POST, "/collections/aliases", &[Schema]).parameters(TIMEOUT).body(Body::ChangeAliases)
        .forgets_all(),
    row("get_collections_aliases", GET, "/aliases", &[Describe]).on_all().answers(Answer::Catalogue),
    row("get_collection", GET, collection!(""), &[Describe]).answers(Answer::Collection),
    row("create_collection", PUT, collection!(""), &[Schema, Export]).parameters(TIMEOUT)
        .body(Body::CreateCollection).forgets_all(),
    row("update_collection", PATCH, collection!(""), &[Schema]).parameters(TIMEOUT).body(Body::Unread),
    row("delete_collection", DELETE, collection!(""), &[Schema]).parameters(TIMEOUT).forgets_all(),
    row("collection_exists", GET, collection!("/exists"), &[Describe]).answers(Answer::Catalogue),
    row("get_collection_aliases", GET, collection!("/aliases"), &[Describe]).answers(Answer::Catalogue),
    row("create_field_index", PUT, collection!("/index"), &[Schema]).parameters(WRITES).body(Body::Unread),
    row("delete_field_index", DELETE, collection!("/index/{field_name}"), &[Schema]).parameters(WRITES),
    row("create_vector_name", PUT, collection!("/vectors/{vector_name}"), &[Schema]).parameters(WRITES)
        .body(Body::Unread),
    row("delete_vector_name", DELETE, collection!("/vectors/{vector_name}"), &[Schema]).parameters(WRITES),
    row("collection_cluster_info", GET, collection!("/cluster"), &[Describe]).answers(Answer::Catalogue),
    row("update_collection_cluster", POST, collection!("/cluster"), &[Schema, Export]).parameters(TIMEOUT)
        .body(Body::ChangeCluster),
    row("get_optimizations", GET, collection!("/optimizations"), &[Describe])
        .parameters(&["with", "completed_limit"]).answers(Answer::Catalogue),
    row("list_shard_keys", GET, collection!("/shards"), &[Describe]).answers(Answer::Catalogue),
    row("create_shard_key", PUT, collection!("/shards"), &[Schema]).parameters(TIMEOUT).body(Body::Unread),
    row("delete_shard_key", POST, collection!("/shards/delete"), &[Schema]).parameters(TIMEOUT).body(Body::Unread),

    // Snapshots: whole collections as files, in and out. Some make the server fetch one from elsewhere.
    row("list_snapshots", GET, collection!("/snapshots"), &[Describe]).answers(Answer::Catalogue),
    row("create_snapshot", POST, collection!("/snapshots"), &[Export]).parameters(WAIT),
    row("recover_from_uploaded_snapshot", POST, collection!("/snapshots/upload"), &[Export]).parameters(UPLOAD)
        .body(Body::Upload),
    row("recover_from_snapshot", PUT, collection!("/snapshots/recover"), &[Export]).parameters(WAIT)
        .body(Body::Unread),
    row("get_snapshot", GET, collection!("/snapshots/{snapshot_name}"), &[Export]).answers(Answer::Download),
    row("delete_snapshot", DELETE, collection!("/snapshots/{snapshot_name}"), &[Export]).parameters(WAIT),
    row("list_full_snapshots", GET, "/snapshots", &[Describe]).on_all().answers(Answer::Catalogue),
    row("create_full_snapshot", POST, "/snapshots", &[Export]).on_all().parameters(WAIT),
    row("get_full_snapshot", GET, "/snapshots/{snapshot_name}", &[Export]).on_all().answers(Answer::Download),
    row("delete_full_snapshot", DELETE, "/snapshots/{snapshot_name}", &[Export]).on_all().parameters(WAIT),
    row("stream_shard_snapshot", GET, shard!("/snapshot"), &[Export]).answers(Answer::Download),
    row("recover_shard_from_uploaded_snapshot", POST, shard!("/snapshots/upload"), &[Export]).parameters(UPLOAD)
        .body(Body::Upload),
    row("recover_shard_from_snapshot", PUT, shard!("/snapshots/recover"), &[Export]).parameters(WAIT)
        .body(Body::Unread),
    row("list_shard_snapshots", GET, shard!("/snapshots"), &[Describe]).answers(Answer::Catalogue),
    row("create_shard_snapshot", POST, shard!("/snapshots"), &[Export]).parameters(WAIT),
    row("get_shard_snapshot", GET, shard!("/snapshots/{snapshot_name}"), &[Export]).answers(Answer::Download),
    row("delete_shard_snapshot", DELETE, shard!("/snapshots/{snapshot_name}"), &[Export]).parameters(WAIT),

    // Points in and out. Any of these may say by a filter which points it means.
    row("get_point", GET, collection!("/points/{id}"), &[Fetch]).parameters(&["consistency"]).bounded("one")
        .answers(Answer::Record),
    row("get_points", POST, collection!("/points"), &[Fetch]).parameters(READS).body(Body::Retrieve)
        .bounded("the number of ids").answers(Answer::Records),
    row("upsert_points", PUT, collection!("/points"), &[Write]).parameters(WRITES)
        .body(Body::Change(Change::Upsert)),
    row("delete_points", POST, collection!("/points/delete"), &[Delete]).parameters(WRITES)
        .body(Body::Change(Change::DeletePoints)),
    row("update_vectors", PUT, collection!("/points/vectors"), &[Write]).parameters(WRITES)
        .body(Body::Change(Change::UpdateVectors)),
    row("delete_vectors", POST, collection!("/points/vectors/delete"), &[Delete]).parameters(WRITES)
        .body(Body::Change(Change::DeleteVectors)),
    row("overwrite_payload", PUT, collection!("/points/payload"), &[Write]).parameters(WRITES)
        .body(Body::Change(Change::OverwritePayload)),
    row("set_payload", POST, collection!("/points/payload"), &[Write]).parameters(WRITES)
        .body(Body::Change(Change::SetPayload)),
    row("delete_payload", POST, collection!("/points/payload/delete"), &[Delete]).parameters(WRITES)
        .body(Body::Change(Change::DeletePayload)),
    row("clear_payload", POST, collection!("/points/payload/clear"), &[Delete]).parameters(WRITES)
        .body(Body::Change(Change::ClearPayload)),
    row("batch_update", POST, collection!("/points/batch"), &[Write, Delete]).parameters(WRITES)
        .body(Body::Changes),

    // Reads.
    row("scroll_points", POST, collection!("/points/scroll"), &[List]).parameters(READS).body(Body::Scroll)
        .bounded("limit (10); offset is a point's id").answers(Answer::Page),
    row("count_points", POST, collection!("/points/count"), &[Aggregate]).parameters(READS).body(Body::Count),
    row("facet", POST, collection!("/facet"), &[Aggregate]).parameters(READS).body(Body::Facet)
        .bounded("limit (10)").answers(Answer::Facet),
    row("query_points", POST, collection!("/points/query"), &[Search, List]).parameters(READS).body(Body::Query)
        .bounded("limit (10); limits of prefetches bound candidates alone").answers(Answer::Query),
    row("query_batch_points", POST, collection!("/points/query/batch"), &[Search, List]).parameters(READS)
        .body(Body::QueryBatch).bounded("the sum of the searches' limits (10 each)").answers(Answer::QueryBatch),
    row("query_points_groups", POST, collection!("/points/query/groups"), &[Search, List]).parameters(READS)
        .body(Body::QueryGroups).bounded("limit (10) times group_size (3); one more per group with with_lookup")
        .answers(Answer::Groups),
    row("search_matrix_pairs", POST, collection!("/points/search/matrix/pairs"), &[Search]).parameters(READS)
        .body(Body::Matrix).bounded(SAMPLE).answers(Answer::Pairs),
    row("search_matrix_offsets", POST, collection!("/points/search/matrix/offsets"), &[Search]).parameters(READS)
        .body(Body::Matrix).bounded(SAMPLE).answers(Answer::Offsets),

    // Deprecated reads, dropped from the description and served all the same.
    row("search_points", POST, collection!("/points/search"), &[Search]).parameters(READS)
        .body(Body::Old(Old::Search)).bounded(LIMIT).answers(Answer::Scored).from(OLDER),
    row("search_batch_points", POST, collection!("/points/search/batch"), &[Search]).parameters(READS)
        .body(Body::OldBatch(Old::Search)).bounded(LIMITS).answers(Answer::ScoredBatch).from(OLDER),
    row("search_point_groups", POST, collection!("/points/search/groups"), &[Search]).parameters(READS)
        .body(Body::OldGroups(Old::Search)).bounded(GROUPED).answers(Answer::Groups).from(OLDER),
    row("recommend_points", POST, collection!("/points/recommend"), &[Search]).parameters(READS)
        .body(Body::Old(Old::Recommend)).bounded(LIMIT).answers(Answer::Scored).from(OLDER),
    row("recommend_batch_points", POST, collection!("/points/recommend/batch"), &[Search]).parameters(READS)
        .body(Body::OldBatch(Old::Recommend)).bounded(LIMITS).answers(Answer::ScoredBatch).from(OLDER),
    row("recommend_point_groups", POST, collection!("/points/recommend/groups"), &[Search]).parameters(READS)
        .body(Body::OldGroups(Old::Recommend)).bounded(GROUPED).answers(Answer::Groups).from(OLDER),
    row("discover_points", POST, collection!("/points/discover"), &[Search]).parameters(READS)
        .body(Body::Old(Old::Discover)).bounded(LIMIT).answers(Answer::Scored).from(OLDER),
    row("discover_batch_points", POST, collection!("/points/discover/batch"), &[Search]).parameters(READS)
        .body(Body::OldBatch(Old::Discover)).bounded(LIMITS).answers(Answer::ScoredBatch).from(OLDER),

    // One shard's points, by the same bodies.
    row("shard_get_points", POST, shard!("/points"), &[Fetch]).parameters(READS).body(Body::Retrieve)
        .bounded("the number of ids").answers(Answer::Records).from(ROUTES),
    row("shard_scroll_points", POST, shard!("/points/scroll"), &[List]).parameters(READS).body(Body::ScrollShard)
        .bounded("limit (10); offset is a point's id").answers(Answer::Page).from(ROUTES),
    row("shard_count_points", POST, shard!("/points/count"), &[Aggregate]).parameters(READS)
        .body(Body::CountShard).from(ROUTES),
    row("shard_cleanup", POST, shard!("/cleanup"), &[Schema]).parameters(&["wait", "timeout"]).from(ROUTES),

    // Parts of snapshots, between servers.
    row("create_partial_snapshot", POST, shard!("/snapshot/partial/create"), &[Export]).body(Body::Unread)
        .answers(Answer::Download).from(ROUTES),
    row("recover_partial_snapshot", POST, shard!("/snapshot/partial/recover"), &[Export]).parameters(UPLOAD)
        .body(Body::Upload).from(ROUTES),
    row("recover_partial_snapshot_from", POST, shard!("/snapshot/partial/recover_from"), &[Export])
        .parameters(WAIT).body(Body::Unread).from(ROUTES),
    row("get_partial_snapshot_manifest", GET, shard!("/snapshot/partial/manifest"), &[Describe])
        .answers(Answer::Catalogue).from(ROUTES),

    // What a server tells about itself and about the requests of others.
    row("get_collection_memory", GET, collection!("/memory"), &[Describe]).answers(Answer::Catalogue).from(ROUTES),
    row("truncate_unapplied_wal", POST, collection!("/truncate_unapplied_wal"), &[Schema]).parameters(WAIT)
        .from(ROUTES),
    row("get_slow_requests", GET, "/profiler/slow_requests", &[Export]).on_all().parameters(&["limit", "request"])
        .answers(Answer::Stored).from(ROUTES),
    row("get_audit_logs", POST, "/audit/logs", &[Export]).on_all().parameters(TIMEOUT).body(Body::Unread)
        .answers(Answer::Stored).from(ROUTES),
    row("get_stacktrace", GET, "/stacktrace", &[Describe]).on_all().answers(Answer::Catalogue).from(ROUTES),
    row("get_logger_config", GET, "/logger", &[Describe]).on_all().answers(Answer::Catalogue).from(ROUTES),
    row("update_logger_config", POST, "/logger", &[Schema]).on_all().body(Body::Unread).from(ROUTES),
    row("get_debugger_config", GET, "/debugger", &[Describe]).on_all().answers(Answer::Catalogue).from(ROUTES),
    row("update_debugger_config", PATCH, "/debugger", &[Schema]).on_all().body(Body::Unread).from(ROUTES),

    // A store of any JSON values, by key.
    row("get_cluster_metadata_keys", GET, "/cluster/metadata/keys", &[Describe]).on_all().answers(Answer::Catalogue)
        .from(ROUTES),
    row("get_cluster_metadata_key", GET, "/cluster/metadata/keys/{key}", &[Describe]).on_all()
        .answers(Answer::Stored).from(ROUTES),
    row("update_cluster_metadata_key", PUT, "/cluster/metadata/keys/{key}", &[Schema]).on_all().parameters(WAIT)
        .body(Body::Unread).from(ROUTES),
    row("delete_cluster_metadata_key", DELETE, "/cluster/metadata/keys/{key}", &[Schema]).on_all()
        .parameters(WAIT).from(ROUTES),

    // Files of the web page. What it shows it asks for by the calls above.
    row("dashboard", GET, "/dashboard", &[Meta]).answers(Answer::Status).from(ROUTES),
    row("dashboard", GET, "/dashboard/{*rest}", &[Meta]).answers(Answer::Status).from(ROUTES),

    // In builds that are not for production.
    row("staging_operation", POST, collection!("/debug"), &[Schema]).parameters(WRITES).body(Body::Unread)
        .from(STAGING),
    row("get_shard_wal", GET, shard!("/wal"), &[Export]).parameters(&["entries"]).answers(Answer::Stored)
        .from(STAGING),
    row("get_shard_recovery_point", GET, shard!("/recovery_point"), &[Describe]).answers(Answer::Catalogue)
        .from(STAGING),
];
