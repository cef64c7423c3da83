//! Every method that Qdrant serves over gRPC on its public port, as a row.
//!
//! The services of its internal port (`PointsInternal`, `CollectionsInternal`, `ShardSnapshots`, `Raft`, …) have none:
//! nobody but another server of the cluster calls them, and what has no row is refused.

use super::canonical::{self, Maps};
use super::changes::*;
use super::narrow::{Places, Queries};
use crate::dialect::endpoint::Endpoint;
use crate::dialect::qdrant::Forgets;
use crate::dialect::qdrant::answer::Answer;
use crate::operation::Kind::{self, *};
use crate::wire::protobuf::outline::Bulky;

/// The method that lists all aliases.
pub(in super::super) const LIST_ALIASES: &str = "/qdrant.Collections/ListAliases";

/// What this dialect needs to know of a method.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Detail {
    /// Which collections it touches.
    pub(super) collection: Addressed,
    /// How its message is read.
    pub(super) message: Message,
    /// The kind of its answer.
    pub(super) answer: Answer,
    /// Which names are no longer true after it.
    pub(super) forgets: Forgets,
}

/// Which collections a method touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Addressed {
    /// At least one, which its message names.
    Named,
    /// All there are.
    All,
    /// None, or those that its message names.
    Nothing,
}

/// How a message is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// Not at all: the method settles what it means.
    Unread,
    Search,
    SearchBatch,
    SearchGroups,
    Recommend,
    RecommendBatch,
    RecommendGroups,
    Discover,
    DiscoverBatch,
    Query,
    QueryBatch,
    QueryGroups,
    Scroll,
    Get,
    Count,
    Facet,
    Matrix,
    /// Nothing but the name of its collection.
    Collection,
    /// The same; it has a map.
    UpdateCollection,
    Change(Change),
    Changes,
    CreateCollection,
    ChangeAliases,
    ChangeCluster,
}

impl Message {
    /// Where maps are in it, whose entries may stand in any order.
    pub(super) fn maps(self) -> &'static Maps {
        match self {
            Message::Query | Message::QueryGroups => &canonical::QUERY_POINTS,
            Message::QueryBatch => &canonical::QUERY_BATCH,
            Message::Change(UPSERT) => &canonical::UPSERT,
            Message::Change(UPDATE_VECTORS) => &canonical::UPDATE_VECTORS,
            Message::Change(SET_PAYLOAD) => &canonical::PAYLOAD,
            Message::Changes => &canonical::UPDATE_BATCH,
            Message::CreateCollection => &canonical::CREATE_COLLECTION,
            Message::UpdateCollection => &canonical::UPDATE_COLLECTION,
            _ => &canonical::NO_MAPS,
        }
    }

    /// Where it holds what a write may be long by.
    pub(super) fn bulk(self) -> Option<&'static Bulky> {
        match self {
            Message::Change(UPSERT | UPDATE_VECTORS | SET_PAYLOAD) => Some(&BULK),
            Message::Changes => Some(&BULK_OF_BATCH),
            _ => None,
        }
    }

    /// Where it says how much it wants. (Field numbers: `points.proto` of Qdrant 1.19.0.)
    pub(super) fn queries(self) -> Queries {
        const fn places(limit: u32, payload: u32, vectors: u32) -> Places {
            Places {
                limit,
                payload,
                vectors,
                payload_unsaid: false,
            }
        }
        const fn all(places: Places) -> Places {
            Places {
                payload_unsaid: true,
                ..places
            }
        }
        match self {
            Message::Search => Queries::Itself(places(4, 6, 11)),
            Message::SearchGroups => Queries::Itself(places(4, 5, 9)),
            Message::SearchBatch => Queries::Each(2, places(4, 6, 11)),
            Message::Recommend => Queries::Itself(places(5, 7, 12)),
            Message::RecommendGroups => Queries::Itself(places(5, 6, 10)),
            Message::RecommendBatch => Queries::Each(2, places(5, 7, 12)),
            Message::Discover => Queries::Itself(places(5, 6, 10)),
            Message::DiscoverBatch => Queries::Each(2, places(5, 6, 10)),
            Message::Query => Queries::Itself(places(8, 11, 10)),
            Message::QueryGroups => Queries::Itself(places(11, 8, 9)),
            Message::QueryBatch => Queries::Each(2, places(8, 11, 10)),
            Message::Scroll => Queries::Itself(all(places(4, 6, 7))),
            Message::Get => Queries::Itself(all(places(0, 4, 5))),
            Message::Matrix => Queries::Itself(places(4, 0, 0)),
            _ => Queries::None,
        }
    }
}

const CLIENT: &str = "Qdrant 1.19.0, protocol files of its server and of the client 1.20.0";
const SERVER: &str = "Qdrant 1.19.0, services of its server (not in the client's protocol files)";

const LIMIT: &str = "limit";
const LIMITS: &str = "the sum of the searches' limits";
const GROUPED: &str = "limit times group_size; one more per group with with_lookup";
const SAMPLE: &str = "sample (10) times limit (3)";

/// A row that touches the collection which its message names and holds no data, until it says otherwise.
const fn row(name: &'static str, path: &'static str, kinds: &'static [Kind]) -> Endpoint<Detail> {
    Endpoint {
        name,
        method: "POST",
        path,
        kinds,
        parameters: &[],
        bounded: "",
        masked: Answer::Value.masked(),
        source: CLIENT,
        detail: Detail {
            collection: Addressed::Named,
            message: Message::Unread,
            answer: Answer::Value,
            forgets: Forgets::Nothing,
        },
    }
}

impl Endpoint<Detail> {
    const fn on(mut self, collection: Addressed) -> Self {
        self.detail.collection = collection;
        self
    }

    const fn reads(mut self, message: Message) -> Self {
        self.detail.message = message;
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

use Addressed::{All, Nothing};

/// The table.
#[rustfmt::skip]
pub(in super::super) static METHODS: [Endpoint<Detail>; 62] = [
    // What clients call when they start, and what watches over a server.
    row("Qdrant.HealthCheck", "/qdrant.Qdrant/HealthCheck", &[Meta]).on(Nothing).answers(Answer::Status),
    row("Health.Check", "/grpc.health.v1.Health/Check", &[Meta]).on(Nothing).answers(Answer::Status).from(SERVER),
    row("Health.Watch", "/grpc.health.v1.Health/Watch", &[Meta]).on(Nothing).answers(Answer::Status).from(SERVER),

    // Descriptions of the protocol: a stream of questions, each of which may ask for all there is.
    row("ServerReflection.ServerReflectionInfo", "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", &[Describe])
        .on(All).answers(Answer::Status).from(SERVER),
    row("ServerReflection.ServerReflectionInfo", "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &[Describe])
        .on(All).answers(Answer::Status).from(SERVER),

    // Collections and aliases.
    row("Collections.List", "/qdrant.Collections/List", &[Describe]).on(All).answers(Answer::Catalogue),
    row("Collections.Get", "/qdrant.Collections/Get", &[Describe]).reads(Message::Collection)
        .answers(Answer::Collection),
    row("Collections.CollectionExists", "/qdrant.Collections/CollectionExists", &[Describe])
        .reads(Message::Collection).answers(Answer::Catalogue),
    row("Collections.Create", "/qdrant.Collections/Create", &[Schema, Export]).reads(Message::CreateCollection)
        .forgets_all(),
    row("Collections.Update", "/qdrant.Collections/Update", &[Schema]).reads(Message::UpdateCollection),
    row("Collections.Delete", "/qdrant.Collections/Delete", &[Schema]).reads(Message::Collection).forgets_all(),
    row("Collections.UpdateAliases", "/qdrant.Collections/UpdateAliases", &[Schema]).on(Nothing)
        .reads(Message::ChangeAliases).forgets_all(),
    row("Collections.ListAliases", "/qdrant.Collections/ListAliases", &[Describe]).on(All).answers(Answer::Catalogue),
    row("Collections.ListCollectionAliases", "/qdrant.Collections/ListCollectionAliases", &[Describe])
        .reads(Message::Collection).answers(Answer::Catalogue),
    row("Collections.CollectionClusterInfo", "/qdrant.Collections/CollectionClusterInfo", &[Describe])
        .reads(Message::Collection).answers(Answer::Catalogue),
    row("Collections.UpdateCollectionClusterSetup", "/qdrant.Collections/UpdateCollectionClusterSetup", &[Schema, Export])
        .reads(Message::ChangeCluster),
    row("Collections.ListShardKeys", "/qdrant.Collections/ListShardKeys", &[Describe]).reads(Message::Collection)
        .answers(Answer::Catalogue),
    row("Collections.CreateShardKey", "/qdrant.Collections/CreateShardKey", &[Schema]).reads(Message::Collection),
    row("Collections.DeleteShardKey", "/qdrant.Collections/DeleteShardKey", &[Schema]).reads(Message::Collection),

    // Snapshots: whole collections as files. Over gRPC they are made and listed, not downloaded.
    row("Snapshots.List", "/qdrant.Snapshots/List", &[Describe]).reads(Message::Collection).answers(Answer::Catalogue)
        ,
    row("Snapshots.Create", "/qdrant.Snapshots/Create", &[Export]).reads(Message::Collection),
    row("Snapshots.Delete", "/qdrant.Snapshots/Delete", &[Export]).reads(Message::Collection),
    row("Snapshots.ListFull", "/qdrant.Snapshots/ListFull", &[Describe]).on(All).answers(Answer::Catalogue),
    row("Snapshots.CreateFull", "/qdrant.Snapshots/CreateFull", &[Export]).on(All),
    row("Snapshots.DeleteFull", "/qdrant.Snapshots/DeleteFull", &[Export]).on(All),

    // Raw files of a shard, which hold the points.
    row("StorageRead.ListFiles", "/qdrant.StorageRead/ListFiles", &[Export]).reads(Message::Collection)
        .answers(Answer::Catalogue).from(SERVER),
    row("StorageRead.FileExists", "/qdrant.StorageRead/FileExists", &[Export]).reads(Message::Collection)
        .answers(Answer::Catalogue).from(SERVER),
    row("StorageRead.FileLength", "/qdrant.StorageRead/FileLength", &[Export]).reads(Message::Collection)
        .answers(Answer::Catalogue).from(SERVER),
    row("StorageRead.ReadBytes", "/qdrant.StorageRead/ReadBytes", &[Export]).reads(Message::Collection)
        .answers(Answer::Download).from(SERVER),
    row("StorageRead.ReadBytesStream", "/qdrant.StorageRead/ReadBytesStream", &[Export]).reads(Message::Collection)
        .answers(Answer::Download).from(SERVER),
    row("StorageRead.ReadWhole", "/qdrant.StorageRead/ReadWhole", &[Export]).reads(Message::Collection)
        .answers(Answer::Download).from(SERVER),
    row("StorageRead.ReadBatch", "/qdrant.StorageRead/ReadBatch", &[Export]).reads(Message::Collection)
        .answers(Answer::Download).from(SERVER),

    // Points in and out. Any of these may say by a filter which points it means.
    row("Points.Upsert", "/qdrant.Points/Upsert", &[Write]).reads(Message::Change(UPSERT)),
    row("Points.Delete", "/qdrant.Points/Delete", &[Delete]).reads(Message::Change(DELETE)),
    row("Points.UpdateVectors", "/qdrant.Points/UpdateVectors", &[Write]).reads(Message::Change(UPDATE_VECTORS)),
    row("Points.DeleteVectors", "/qdrant.Points/DeleteVectors", &[Delete]).reads(Message::Change(DELETE_VECTORS)),
    row("Points.SetPayload", "/qdrant.Points/SetPayload", &[Write]).reads(Message::Change(SET_PAYLOAD)),
    row("Points.OverwritePayload", "/qdrant.Points/OverwritePayload", &[Write]).reads(Message::Change(SET_PAYLOAD)),
    row("Points.DeletePayload", "/qdrant.Points/DeletePayload", &[Delete]).reads(Message::Change(DELETE_PAYLOAD)),
    row("Points.ClearPayload", "/qdrant.Points/ClearPayload", &[Delete]).reads(Message::Change(CLEAR_PAYLOAD)),
    row("Points.UpdateBatch", "/qdrant.Points/UpdateBatch", &[Write, Delete]).reads(Message::Changes),
    row("Points.CreateFieldIndex", "/qdrant.Points/CreateFieldIndex", &[Schema]).reads(Message::Collection),
    row("Points.DeleteFieldIndex", "/qdrant.Points/DeleteFieldIndex", &[Schema]).reads(Message::Collection),
    row("Points.CreateVectorName", "/qdrant.Points/CreateVectorName", &[Schema]).reads(Message::Collection),
    row("Points.DeleteVectorName", "/qdrant.Points/DeleteVectorName", &[Schema]).reads(Message::Collection),

    // Reads.
    row("Points.Get", "/qdrant.Points/Get", &[Fetch]).reads(Message::Get).bounded("the number of ids")
        .answers(Answer::Records),
    row("Points.Scroll", "/qdrant.Points/Scroll", &[List]).reads(Message::Scroll)
        .bounded("limit (10); offset is a point's id").answers(Answer::Page),
    row("Points.Count", "/qdrant.Points/Count", &[Aggregate]).reads(Message::Count),
    row("Points.Facet", "/qdrant.Points/Facet", &[Aggregate]).reads(Message::Facet).bounded("limit (10)")
        .answers(Answer::Facet),
    row("Points.Query", "/qdrant.Points/Query", &[Search, List]).reads(Message::Query)
        .bounded("limit (10); limits of prefetches bound candidates alone").answers(Answer::Query),
    row("Points.QueryBatch", "/qdrant.Points/QueryBatch", &[Search, List]).reads(Message::QueryBatch)
        .bounded("the sum of the queries' limits (10 each)").answers(Answer::QueryBatch),
    row("Points.QueryGroups", "/qdrant.Points/QueryGroups", &[Search, List]).reads(Message::QueryGroups)
        .bounded("limit (10) times group_size (3); one more per group with with_lookup").answers(Answer::Groups),
    row("Points.SearchMatrixPairs", "/qdrant.Points/SearchMatrixPairs", &[Search]).reads(Message::Matrix)
        .bounded(SAMPLE).answers(Answer::Pairs),
    row("Points.SearchMatrixOffsets", "/qdrant.Points/SearchMatrixOffsets", &[Search]).reads(Message::Matrix)
        .bounded(SAMPLE).answers(Answer::Offsets),

    // Deprecated reads, served all the same.
    row("Points.Search", "/qdrant.Points/Search", &[Search]).reads(Message::Search).bounded(LIMIT)
        .answers(Answer::Scored),
    row("Points.SearchBatch", "/qdrant.Points/SearchBatch", &[Search]).reads(Message::SearchBatch).bounded(LIMITS)
        .answers(Answer::ScoredBatch),
    row("Points.SearchGroups", "/qdrant.Points/SearchGroups", &[Search]).reads(Message::SearchGroups).bounded(GROUPED)
        .answers(Answer::Groups),
    row("Points.Recommend", "/qdrant.Points/Recommend", &[Search]).reads(Message::Recommend).bounded(LIMIT)
        .answers(Answer::Scored),
    row("Points.RecommendBatch", "/qdrant.Points/RecommendBatch", &[Search]).reads(Message::RecommendBatch)
        .bounded(LIMITS).answers(Answer::ScoredBatch),
    row("Points.RecommendGroups", "/qdrant.Points/RecommendGroups", &[Search]).reads(Message::RecommendGroups)
        .bounded(GROUPED).answers(Answer::Groups),
    row("Points.Discover", "/qdrant.Points/Discover", &[Search]).reads(Message::Discover).bounded(LIMIT)
        .answers(Answer::Scored),
    row("Points.DiscoverBatch", "/qdrant.Points/DiscoverBatch", &[Search]).reads(Message::DiscoverBatch)
        .bounded(LIMITS).answers(Answer::ScoredBatch),
];
