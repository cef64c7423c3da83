//! Every method of Milvus' gRPC services, as a row.
//!
//! Some are not what they seem:
//! - `Dummy` runs a query that it carries as JSON text; nothing can be judged, so it is unknown.
//! - `Import` and its kin are exports: the server reads files in its own store, where those of every other collection lie
//!   too, and puts the points into this one, out of the policy's sight.
//! - `RestoreSnapshot` is an export: it makes a copy of a collection under another name, out of the policy's sight.
//!   `CreateSnapshot` and `PinSnapshotData` are, because what they hold is read past Milvus, in its store.
//! - `DescribeSegmentIndexData` returns the insides of an index, which are vectors; `DumpMessages` the log of all
//!   writes; `BackupRBAC` the hashes of passwords: exports.
//! - `UpdateReplicateConfiguration` sends all data to another cluster; replication streams write into this one.
//! - `CalcDistance` computes with stored vectors: it is a search.
//! - A collection may be addressed by its id in some: a policy cannot know which one that is, so only a rule for all
//!   collections covers it.

use super::narrow::Places;
use crate::dialect::endpoint::Endpoint;
use crate::dialect::milvus::Forgets;
use crate::dialect::milvus::answer::Answer;
use crate::dialect::milvus::names::Sort::{self, Any, New};
use crate::dialect::milvus::params::Of;
use crate::operation::Kind::{self, *};
use crate::wire::protobuf::outline::{Bulky, Part};

/// What this dialect needs to know of a method.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Detail {
    /// How its message is read.
    pub(super) message: Message,
    /// It touches all collections.
    pub(super) scope: Scope,
    /// The kind of its answer.
    pub(super) answer: Answer,
    /// Where its answer says that something went wrong.
    pub(in super::super) status: Status,
    /// Which names are no longer true after it.
    pub(super) forgets: Forgets,
    /// Where its message holds what a write may be long by.
    pub(super) bulk: Option<&'static Bulky>,
}

/// What a method touches beside what its message names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Nothing,
    All,
}

/// How a message is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// Not at all: the method settles what it means.
    Unread,
    Search,
    Hybrid,
    Query,
    Delete,
    Distance,
    /// Nothing but the names of collections.
    Names(Names),
}

/// Where a message names collections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Names {
    /// The fields of the database (0: it has none), of the name, and what the name may be.
    pub(super) at: &'static [(u32, u32, Sort)],
    /// The field of a collection's id.
    pub(super) id: Option<u32>,
    /// What it touches where it names none.
    pub(super) absent: Scope,
}

/// Where an answer says that something went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Status {
    /// The answer is a `common.Status`.
    Itself,
    /// A field of the answer is one.
    At(u32),
    /// It cannot; or it is a stream.
    Nowhere,
}

impl Message {
    /// Where it says what it wants.
    pub(super) fn places(self) -> Option<Places> {
        match self {
            Message::Search => Some(Places {
                pairs: 9,
                of: Of::Search,
                outputs: 8,
            }),
            Message::Hybrid => Some(Places {
                pairs: 6,
                of: Of::Ranking,
                outputs: 10,
            }),
            Message::Query => Some(Places {
                pairs: 9,
                of: Of::Query,
                outputs: 5,
            }),
            _ => None,
        }
    }

    const fn bounded(self) -> &'static str {
        match self {
            Message::Search => "topk times nq, times group_size; an aggregation: buckets and their top hits",
            Message::Hybrid => "limit of the ranking, times group_size",
            Message::Query => "limit (none: unbounded), or the number of ids",
            Message::Distance => "the number of pairs",
            _ => "",
        }
    }
}

const SOURCE: &str = "pymilvus 3.0.2, 2.6.17 and 2.3.7, compiled descriptors";

const fn names(at: &'static [(u32, u32, Sort)]) -> Message {
    Message::Names(Names {
        at,
        id: None,
        absent: Scope::All,
    })
}

const fn names_if_any(at: &'static [(u32, u32, Sort)]) -> Message {
    Message::Names(Names {
        at,
        id: None,
        absent: Scope::Nothing,
    })
}

const fn by_id(at: &'static [(u32, u32, Sort)], id: u32) -> Message {
    Message::Names(Names {
        at,
        id: Some(id),
        absent: Scope::All,
    })
}

/// A row that touches nothing and returns no data, until it says otherwise.
const fn row(name: &'static str, path: &'static str, kinds: &'static [Kind]) -> Endpoint<Detail> {
    Endpoint {
        name,
        method: "POST",
        path,
        kinds,
        parameters: &[],
        bounded: "",
        masked: Answer::Status.masked(),
        source: SOURCE,
        detail: Detail {
            message: Message::Unread,
            scope: Scope::Nothing,
            answer: Answer::Status,
            status: Status::At(1),
            forgets: Forgets::Nothing,
            bulk: None,
        },
    }
}

/// The columns of a write, and the hash of each row's key.
static ROWS: Bulky = Bulky {
    fields: &[(5, Part::Bulk), (6, Part::Bulk)],
};

impl Endpoint<Detail> {
    const fn rows(mut self) -> Self {
        self.detail.bulk = Some(&ROWS);
        self
    }

    const fn reads(mut self, message: Message) -> Self {
        self.detail.message = message;
        self.bounded = message.bounded();
        let answer = match message {
            Message::Search | Message::Hybrid => Answer::Search,
            Message::Query => Answer::Query,
            Message::Distance => Answer::Distances,
            Message::Delete => Answer::Deleted,
            _ => Answer::Status,
        };
        self.detail.answer = answer;
        self.masked = answer.masked();
        self
    }

    const fn on_all(mut self) -> Self {
        self.detail.scope = Scope::All;
        self
    }

    const fn answers(mut self, status: Status) -> Self {
        self.detail.status = status;
        self
    }

    const fn raw(mut self) -> Self {
        self.detail.answer = Answer::Raw;
        self.masked = Answer::Raw.masked();
        self
    }

    const fn forgetting(mut self) -> Self {
        self.detail.forgets = Forgets::All;
        self
    }
}

/// All rows.
#[rustfmt::skip]
pub(in super::super) static METHODS: [Endpoint<Detail>; 155] = [
    row("create_collection", "/milvus.proto.milvus.MilvusService/CreateCollection", &[Schema]).reads(names(&[(2, 3, New)])).answers(Status::Itself).forgetting(),
    row("drop_collection", "/milvus.proto.milvus.MilvusService/DropCollection", &[Schema]).reads(names(&[(2, 3, Any)])).answers(Status::Itself).forgetting(),
    row("has_collection", "/milvus.proto.milvus.MilvusService/HasCollection", &[Describe]).reads(names(&[(2, 3, Any)])),
    row("load_collection", "/milvus.proto.milvus.MilvusService/LoadCollection", &[Schema]).reads(names(&[(2, 3, Any)])).answers(Status::Itself),
    row("release_collection", "/milvus.proto.milvus.MilvusService/ReleaseCollection", &[Schema]).reads(names(&[(2, 3, Any)])).answers(Status::Itself),
    row("describe_collection", "/milvus.proto.milvus.MilvusService/DescribeCollection", &[Describe]).reads(by_id(&[(2, 3, Any)], 4)),
    row("batch_describe_collection", "/milvus.proto.milvus.MilvusService/BatchDescribeCollection", &[Describe]).reads(by_id(&[(1, 2, Any)], 3)),
    row("get_collection_statistics", "/milvus.proto.milvus.MilvusService/GetCollectionStatistics", &[Describe]).reads(names(&[(2, 3, Any)])),
    row("show_collections", "/milvus.proto.milvus.MilvusService/ShowCollections", &[Describe]).on_all(),
    row("alter_collection", "/milvus.proto.milvus.MilvusService/AlterCollection", &[Schema]).reads(by_id(&[(2, 3, Any)], 4)).answers(Status::Itself),
    row("alter_collection_field", "/milvus.proto.milvus.MilvusService/AlterCollectionField", &[Schema]).reads(names(&[(2, 3, Any)])).answers(Status::Itself),
    row("add_collection_function", "/milvus.proto.milvus.MilvusService/AddCollectionFunction", &[Schema]).reads(by_id(&[(2, 3, Any)], 4)).answers(Status::Itself),
    row("alter_collection_function", "/milvus.proto.milvus.MilvusService/AlterCollectionFunction", &[Schema]).reads(by_id(&[(2, 3, Any)], 4)).answers(Status::Itself),
    row("drop_collection_function", "/milvus.proto.milvus.MilvusService/DropCollectionFunction", &[Schema]).reads(by_id(&[(2, 3, Any)], 4)).answers(Status::Itself),
    row("truncate_collection", "/milvus.proto.milvus.MilvusService/TruncateCollection", &[Delete]).reads(names(&[(2, 3, Any)])),
    row("create_partition", "/milvus.proto.milvus.MilvusService/CreatePartition", &[Schema]).reads(names(&[(2, 3, Any)])).answers(Status::Itself),
    row("drop_partition", "/milvus.proto.milvus.MilvusService/DropPartition", &[Schema]).reads(names(&[(2, 3, Any)])).answers(Status::Itself),
    row("has_partition", "/milvus.proto.milvus.MilvusService/HasPartition", &[Describe]).reads(names(&[(2, 3, Any)])),
    row("load_partitions", "/milvus.proto.milvus.MilvusService/LoadPartitions", &[Schema]).reads(names(&[(2, 3, Any)])).answers(Status::Itself),
    row("prewarm", "/milvus.proto.milvus.MilvusService/Prewarm", &[Schema]).reads(names(&[(2, 3, Any)])),
    row("describe_prewarm_task", "/milvus.proto.milvus.MilvusService/DescribePrewarmTask", &[Describe]).on_all(),
    row("release_partitions", "/milvus.proto.milvus.MilvusService/ReleasePartitions", &[Schema]).reads(names(&[(2, 3, Any)])).answers(Status::Itself),
    row("get_partition_statistics", "/milvus.proto.milvus.MilvusService/GetPartitionStatistics", &[Describe]).reads(names(&[(2, 3, Any)])),
    row("show_partitions", "/milvus.proto.milvus.MilvusService/ShowPartitions", &[Describe]).reads(by_id(&[(2, 3, Any)], 4)),
    row("create_namespace", "/milvus.proto.milvus.MilvusService/CreateNamespace", &[Schema]).reads(names(&[(2, 3, Any)])),
    row("describe_namespace", "/milvus.proto.milvus.MilvusService/DescribeNamespace", &[Describe]).reads(names(&[(2, 3, Any)])),
    row("list_namespaces", "/milvus.proto.milvus.MilvusService/ListNamespaces", &[Describe]).reads(names(&[(2, 3, Any)])),
    row("drop_namespace", "/milvus.proto.milvus.MilvusService/DropNamespace", &[Schema]).reads(names(&[(2, 3, Any)])),
    row("has_namespace", "/milvus.proto.milvus.MilvusService/HasNamespace", &[Describe]).reads(names(&[(2, 3, Any)])),
    row("get_namespace_stats", "/milvus.proto.milvus.MilvusService/GetNamespaceStats", &[Describe]).reads(names(&[(2, 3, Any)])),
    row("get_loading_progress", "/milvus.proto.milvus.MilvusService/GetLoadingProgress", &[Describe]).reads(names(&[(4, 2, Any)])),
    row("get_load_state", "/milvus.proto.milvus.MilvusService/GetLoadState", &[Describe]).reads(names(&[(4, 2, Any)])),
    row("create_alias", "/milvus.proto.milvus.MilvusService/CreateAlias", &[Schema]).reads(names(&[(2, 3, Any), (2, 4, New)])).answers(Status::Itself).forgetting(),
    row("drop_alias", "/milvus.proto.milvus.MilvusService/DropAlias", &[Schema]).reads(names(&[(2, 3, Any)])).answers(Status::Itself).forgetting(),
    row("alter_alias", "/milvus.proto.milvus.MilvusService/AlterAlias", &[Schema]).reads(names(&[(2, 3, Any), (2, 4, New)])).answers(Status::Itself).forgetting(),
    row("describe_alias", "/milvus.proto.milvus.MilvusService/DescribeAlias", &[Describe]).reads(names(&[(2, 3, Any)])),
    row("list_aliases", "/milvus.proto.milvus.MilvusService/ListAliases", &[Describe]).reads(names(&[(2, 3, Any)])),
    row("create_index", "/milvus.proto.milvus.MilvusService/CreateIndex", &[Schema]).reads(names(&[(2, 3, Any)])).answers(Status::Itself),
    row("alter_index", "/milvus.proto.milvus.MilvusService/AlterIndex", &[Schema]).reads(names(&[(2, 3, Any)])).answers(Status::Itself),
    row("describe_index", "/milvus.proto.milvus.MilvusService/DescribeIndex", &[Describe]).reads(names(&[(2, 3, Any)])),
    row("get_index_statistics", "/milvus.proto.milvus.MilvusService/GetIndexStatistics", &[Describe]).reads(names(&[(2, 3, Any)])),
    row("get_index_state", "/milvus.proto.milvus.MilvusService/GetIndexState", &[Describe]).reads(names(&[(2, 3, Any)])),
    row("get_index_build_progress", "/milvus.proto.milvus.MilvusService/GetIndexBuildProgress", &[Describe]).reads(names(&[(2, 3, Any)])),
    row("drop_index", "/milvus.proto.milvus.MilvusService/DropIndex", &[Schema]).reads(names(&[(2, 3, Any)])).answers(Status::Itself),
    row("insert", "/milvus.proto.milvus.MilvusService/Insert", &[Write]).reads(names(&[(2, 3, Any)])).rows(),
    row("delete", "/milvus.proto.milvus.MilvusService/Delete", &[Delete]).reads(Message::Delete),
    row("upsert", "/milvus.proto.milvus.MilvusService/Upsert", &[Write]).reads(names(&[(2, 3, Any)])).rows(),
    row("search", "/milvus.proto.milvus.MilvusService/Search", &[Search, List, Aggregate]).reads(Message::Search),
    row("hybrid_search", "/milvus.proto.milvus.MilvusService/HybridSearch", &[Search]).reads(Message::Hybrid),
    row("flush", "/milvus.proto.milvus.MilvusService/Flush", &[Write]).reads(names(&[(2, 3, Any)])),
    row("query", "/milvus.proto.milvus.MilvusService/Query", &[List, Fetch, Aggregate]).reads(Message::Query),
    row("calc_distance", "/milvus.proto.milvus.MilvusService/CalcDistance", &[Search]).reads(Message::Distance),
    row("flush_all", "/milvus.proto.milvus.MilvusService/FlushAll", &[Write]).on_all(),
    row("add_collection_field", "/milvus.proto.milvus.MilvusService/AddCollectionField", &[Schema]).reads(by_id(&[(2, 3, Any)], 4)).answers(Status::Itself).forgetting(),
    row("add_collection_struct_field", "/milvus.proto.milvus.MilvusService/AddCollectionStructField", &[Schema]).reads(by_id(&[(2, 3, Any)], 4)).answers(Status::Itself),
    row("get_flush_state", "/milvus.proto.milvus.MilvusService/GetFlushState", &[Describe]).reads(names(&[(3, 4, Any)])),
    row("get_flush_all_state", "/milvus.proto.milvus.MilvusService/GetFlushAllState", &[Describe]).on_all(),
    row("get_persistent_segment_info", "/milvus.proto.milvus.MilvusService/GetPersistentSegmentInfo", &[Describe]).reads(names(&[(2, 3, Any)])),
    row("get_query_segment_info", "/milvus.proto.milvus.MilvusService/GetQuerySegmentInfo", &[Describe]).reads(names(&[(2, 3, Any)])),
    row("get_replicas", "/milvus.proto.milvus.MilvusService/GetReplicas", &[Describe]).reads(by_id(&[(5, 4, Any)], 2)),
    row("dummy", "/milvus.proto.milvus.MilvusService/Dummy", &[Unknown]).answers(Status::Nowhere),
    row("register_link", "/milvus.proto.milvus.MilvusService/RegisterLink", &[Describe]).on_all().answers(Status::At(2)),
    row("get_metrics", "/milvus.proto.milvus.MilvusService/GetMetrics", &[Describe]).on_all(),
    row("get_component_states", "/milvus.proto.milvus.MilvusService/GetComponentStates", &[Meta]).answers(Status::At(3)),
    row("load_balance", "/milvus.proto.milvus.MilvusService/LoadBalance", &[Schema]).reads(names(&[(6, 5, Any)])).answers(Status::Itself),
    row("get_compaction_state", "/milvus.proto.milvus.MilvusService/GetCompactionState", &[Describe]).on_all(),
    row("manual_compaction", "/milvus.proto.milvus.MilvusService/ManualCompaction", &[Schema]).reads(by_id(&[(5, 4, Any)], 1)),
    row("get_compaction_state_with_plans", "/milvus.proto.milvus.MilvusService/GetCompactionStateWithPlans", &[Describe]).reads(by_id(&[(2, 3, Any)], 4)),
    row("import", "/milvus.proto.milvus.MilvusService/Import", &[Export]).reads(names(&[(7, 1, Any)])),
    row("get_import_state", "/milvus.proto.milvus.MilvusService/GetImportState", &[Describe]).on_all(),
    row("list_import_tasks", "/milvus.proto.milvus.MilvusService/ListImportTasks", &[Describe]).reads(names(&[(3, 1, Any)])),
    row("create_credential", "/milvus.proto.milvus.MilvusService/CreateCredential", &[Schema]).on_all().answers(Status::Itself),
    row("update_credential", "/milvus.proto.milvus.MilvusService/UpdateCredential", &[Schema]).on_all().answers(Status::Itself),
    row("delete_credential", "/milvus.proto.milvus.MilvusService/DeleteCredential", &[Schema]).on_all().answers(Status::Itself),
    row("list_cred_users", "/milvus.proto.milvus.MilvusService/ListCredUsers", &[Describe]).on_all(),
    row("create_role", "/milvus.proto.milvus.MilvusService/CreateRole", &[Schema]).on_all().answers(Status::Itself),
    row("alter_role", "/milvus.proto.milvus.MilvusService/AlterRole", &[Schema]).on_all().answers(Status::Itself),
    row("drop_role", "/milvus.proto.milvus.MilvusService/DropRole", &[Schema]).on_all().answers(Status::Itself),
    row("operate_user_role", "/milvus.proto.milvus.MilvusService/OperateUserRole", &[Schema]).on_all().answers(Status::Itself),
    row("select_role", "/milvus.proto.milvus.MilvusService/SelectRole", &[Describe]).on_all(),
    row("select_user", "/milvus.proto.milvus.MilvusService/SelectUser", &[Describe]).on_all(),
    row("operate_privilege", "/milvus.proto.milvus.MilvusService/OperatePrivilege", &[Schema]).on_all().answers(Status::Itself),
    row("operate_privilege_v2", "/milvus.proto.milvus.MilvusService/OperatePrivilegeV2", &[Schema]).on_all().answers(Status::Itself),
    row("select_grant", "/milvus.proto.milvus.MilvusService/SelectGrant", &[Describe]).on_all(),
    row("get_version", "/milvus.proto.milvus.MilvusService/GetVersion", &[Meta]),
    row("check_health", "/milvus.proto.milvus.MilvusService/CheckHealth", &[Meta]),
    row("create_resource_group", "/milvus.proto.milvus.MilvusService/CreateResourceGroup", &[Schema]).on_all().answers(Status::Itself),
    row("drop_resource_group", "/milvus.proto.milvus.MilvusService/DropResourceGroup", &[Schema]).on_all().answers(Status::Itself),
    row("update_resource_groups", "/milvus.proto.milvus.MilvusService/UpdateResourceGroups", &[Schema]).on_all().answers(Status::Itself),
    row("transfer_node", "/milvus.proto.milvus.MilvusService/TransferNode", &[Schema]).on_all().answers(Status::Itself),
    row("transfer_replica", "/milvus.proto.milvus.MilvusService/TransferReplica", &[Schema]).reads(names(&[(6, 4, Any)])).answers(Status::Itself),
    row("list_resource_groups", "/milvus.proto.milvus.MilvusService/ListResourceGroups", &[Describe]).on_all(),
    row("describe_resource_group", "/milvus.proto.milvus.MilvusService/DescribeResourceGroup", &[Describe]).on_all(),
    row("rename_collection", "/milvus.proto.milvus.MilvusService/RenameCollection", &[Schema]).reads(names(&[(2, 3, Any), (5, 4, New)])).answers(Status::Itself).forgetting(),
    row("list_indexed_segment", "/milvus.proto.milvus.MilvusService/ListIndexedSegment", &[Describe]).reads(names(&[(0, 2, Any)])),
    row("describe_segment_index_data", "/milvus.proto.milvus.MilvusService/DescribeSegmentIndexData", &[Export]).reads(names(&[(0, 2, Any)])).raw(),
    row("connect", "/milvus.proto.milvus.MilvusService/Connect", &[Meta]),
    row("alloc_timestamp", "/milvus.proto.milvus.MilvusService/AllocTimestamp", &[Meta]),
    row("create_database", "/milvus.proto.milvus.MilvusService/CreateDatabase", &[Schema]).on_all().answers(Status::Itself),
    row("drop_database", "/milvus.proto.milvus.MilvusService/DropDatabase", &[Schema]).on_all().answers(Status::Itself).forgetting(),
    row("list_databases", "/milvus.proto.milvus.MilvusService/ListDatabases", &[Describe]).on_all(),
    row("alter_database", "/milvus.proto.milvus.MilvusService/AlterDatabase", &[Schema]).on_all().answers(Status::Itself),
    row("describe_database", "/milvus.proto.milvus.MilvusService/DescribeDatabase", &[Describe]).on_all(),
    row("replicate_message", "/milvus.proto.milvus.MilvusService/ReplicateMessage", &[Write]).on_all(),
    row("backup_rbac", "/milvus.proto.milvus.MilvusService/BackupRBAC", &[Export]).on_all(),
    row("restore_rbac", "/milvus.proto.milvus.MilvusService/RestoreRBAC", &[Schema]).on_all().answers(Status::Itself),
    row("create_privilege_group", "/milvus.proto.milvus.MilvusService/CreatePrivilegeGroup", &[Schema]).on_all().answers(Status::Itself),
    row("drop_privilege_group", "/milvus.proto.milvus.MilvusService/DropPrivilegeGroup", &[Schema]).on_all().answers(Status::Itself),
    row("list_privilege_groups", "/milvus.proto.milvus.MilvusService/ListPrivilegeGroups", &[Describe]).on_all(),
    row("operate_privilege_group", "/milvus.proto.milvus.MilvusService/OperatePrivilegeGroup", &[Schema]).on_all().answers(Status::Itself),
    row("run_analyzer", "/milvus.proto.milvus.MilvusService/RunAnalyzer", &[Describe]).reads(names_if_any(&[(6, 7, Any)])),
    row("add_file_resource", "/milvus.proto.milvus.MilvusService/AddFileResource", &[Schema]).on_all().answers(Status::Itself),
    row("remove_file_resource", "/milvus.proto.milvus.MilvusService/RemoveFileResource", &[Schema]).on_all().answers(Status::Itself),
    row("list_file_resources", "/milvus.proto.milvus.MilvusService/ListFileResources", &[Describe]).on_all(),
    row("add_user_tags", "/milvus.proto.milvus.MilvusService/AddUserTags", &[Schema]).on_all().answers(Status::Itself),
    row("delete_user_tags", "/milvus.proto.milvus.MilvusService/DeleteUserTags", &[Schema]).on_all().answers(Status::Itself),
    row("get_user_tags", "/milvus.proto.milvus.MilvusService/GetUserTags", &[Describe]).on_all(),
    row("list_users_with_tag", "/milvus.proto.milvus.MilvusService/ListUsersWithTag", &[Describe]).on_all(),
    row("create_row_policy", "/milvus.proto.milvus.MilvusService/CreateRowPolicy", &[Schema]).reads(names(&[(2, 3, Any)])).answers(Status::Itself),
    row("drop_row_policy", "/milvus.proto.milvus.MilvusService/DropRowPolicy", &[Schema]).reads(names(&[(2, 3, Any)])).answers(Status::Itself),
    row("list_row_policies", "/milvus.proto.milvus.MilvusService/ListRowPolicies", &[Describe]).reads(names(&[(2, 3, Any)])),
    row("update_replicate_configuration", "/milvus.proto.milvus.MilvusService/UpdateReplicateConfiguration", &[Export]).on_all().answers(Status::Itself),
    row("get_replicate_configuration", "/milvus.proto.milvus.MilvusService/GetReplicateConfiguration", &[Describe]).on_all(),
    row("get_replicate_info", "/milvus.proto.milvus.MilvusService/GetReplicateInfo", &[Describe]).on_all().answers(Status::Nowhere),
    row("create_replicate_stream", "/milvus.proto.milvus.MilvusService/CreateReplicateStream", &[Write]).on_all().answers(Status::Nowhere),
    row("dump_messages", "/milvus.proto.milvus.MilvusService/DumpMessages", &[Export]).on_all().raw(),
    row("compute_phrase_match_slop", "/milvus.proto.milvus.MilvusService/ComputePhraseMatchSlop", &[Describe]),
    row("create_snapshot", "/milvus.proto.milvus.MilvusService/CreateSnapshot", &[Export]).reads(names(&[(4, 5, Any)])).answers(Status::Itself),
    row("drop_snapshot", "/milvus.proto.milvus.MilvusService/DropSnapshot", &[Schema]).reads(names(&[(3, 4, Any)])).answers(Status::Itself),
    row("list_snapshots", "/milvus.proto.milvus.MilvusService/ListSnapshots", &[Describe]).reads(names(&[(2, 3, Any)])),
    row("describe_snapshot", "/milvus.proto.milvus.MilvusService/DescribeSnapshot", &[Describe]).reads(names(&[(3, 4, Any)])),
    row("restore_snapshot", "/milvus.proto.milvus.MilvusService/RestoreSnapshot", &[Export]).reads(names(&[(3, 4, Any), (6, 7, New)])).forgetting(),
    row("restore_external_snapshot", "/milvus.proto.milvus.MilvusService/RestoreExternalSnapshot", &[Export]).reads(names(&[(2, 3, New)])).forgetting(),
    row("export_snapshot", "/milvus.proto.milvus.MilvusService/ExportSnapshot", &[Export]).reads(names(&[(3, 4, Any)])),
    row("get_export_snapshot_state", "/milvus.proto.milvus.MilvusService/GetExportSnapshotState", &[Describe]).on_all(),
    row("get_restore_snapshot_state", "/milvus.proto.milvus.MilvusService/GetRestoreSnapshotState", &[Describe]).on_all(),
    row("list_restore_snapshot_jobs", "/milvus.proto.milvus.MilvusService/ListRestoreSnapshotJobs", &[Describe]).reads(names(&[(2, 3, Any)])),
    row("pin_snapshot_data", "/milvus.proto.milvus.MilvusService/PinSnapshotData", &[Export]).reads(names(&[(3, 4, Any)])),
    row("unpin_snapshot_data", "/milvus.proto.milvus.MilvusService/UnpinSnapshotData", &[Schema]).on_all().answers(Status::Itself),
    row("alter_collection_schema", "/milvus.proto.milvus.MilvusService/AlterCollectionSchema", &[Schema]).reads(by_id(&[(2, 3, Any)], 4)).forgetting(),
    row("batch_update_manifest", "/milvus.proto.milvus.MilvusService/BatchUpdateManifest", &[Export]).reads(names(&[(2, 3, Any)])).answers(Status::Itself),
    row("refresh_external_collection", "/milvus.proto.milvus.MilvusService/RefreshExternalCollection", &[Export]).reads(names(&[(2, 3, Any)])),
    row("get_refresh_external_collection_progress", "/milvus.proto.milvus.MilvusService/GetRefreshExternalCollectionProgress", &[Describe]).on_all(),
    row("list_refresh_external_collection_jobs", "/milvus.proto.milvus.MilvusService/ListRefreshExternalCollectionJobs", &[Describe]).reads(names(&[(2, 3, Any)])),
    row("client_heartbeat", "/milvus.proto.milvus.ClientTelemetryService/ClientHeartbeat", &[Meta]),
    row("get_client_telemetry", "/milvus.proto.milvus.ClientTelemetryService/GetClientTelemetry", &[Describe]).on_all(),
    row("push_client_command", "/milvus.proto.milvus.ClientTelemetryService/PushClientCommand", &[Schema]).on_all(),
    row("delete_client_command", "/milvus.proto.milvus.ClientTelemetryService/DeleteClientCommand", &[Schema]).on_all(),
    row("register_proxy_link", "/milvus.proto.milvus.ProxyService/RegisterLink", &[Describe]).on_all().answers(Status::At(2)),
    row("search_v2", "/milvus.proto.milvus.MilvusService/SearchV2", &[Search]).reads(Message::Hybrid),
    row("health", "/grpc.health.v1.Health/Check", &[Meta]).answers(Status::Nowhere),
    row("health_watch", "/grpc.health.v1.Health/Watch", &[Meta]).answers(Status::Nowhere),
    row("health_list", "/grpc.health.v1.Health/List", &[Meta]).answers(Status::Nowhere),
    row("reflection_v1", "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", &[Describe]).on_all().answers(Status::Nowhere),
    row("reflection_v1alpha", "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &[Describe]).on_all().answers(Status::Nowhere),
];
