//! Every path of Milvus' REST API, as a row: version 1, version 2, and the management API of port 9091.
//!
//! The management API takes the gRPC messages as JSON, parameters in the bodies of GETs, and runs expressions in the
//! server: nothing of it can be judged but health, so the rest is unknown, and refused.

use crate::dialect::endpoint::Endpoint;
use crate::dialect::milvus::Forgets;
use crate::dialect::milvus::names::Sort::{self, Any, New};
use crate::operation::Kind::{self, *};

/// What this dialect needs to know of a path.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Detail {
    /// How its body is read.
    pub(super) body: Body,
    /// The keys that its body may have.
    pub(super) keys: &'static [&'static str],
    /// Keys of the database and of the name, and what the name may be.
    pub(super) names: &'static [(&'static str, &'static str, Sort)],
    /// Whether it touches all collections where it names none.
    pub(super) scope: Scope,
    /// Which names are no longer true after it.
    pub(super) forgets: Forgets,
}

/// What it touches where it names no collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Nothing,
    All,
}

/// How a body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// There is none.
    None,
    /// Nothing but the names of collections.
    Names,
    Query,
    Get,
    Search,
    Hybrid,
    Delete,
}

impl Body {
    const fn bounded(self) -> &'static str {
        match self {
            Body::None | Body::Names | Body::Delete => "",
            Body::Query => "limit (100)",
            Body::Get => "the number of ids",
            Body::Search => "limit (100) times the number of vectors, times groupSize",
            Body::Hybrid => "limit (100), times groupSize",
        }
    }

    const fn masked(self) -> &'static str {
        match self {
            Body::None | Body::Names | Body::Delete => "passed through, holds no data",
            Body::Query | Body::Get | Body::Search | Body::Hybrid => {
                "rows by key, vectors, distance; rows with a JSON field pass only under a rule that masks nothing"
            }
        }
    }
}

const SOURCE: &str = "Milvus master of 2026-08, handlers of its proxy; version 1 also in 2.3.5";

const OF_COLLECTION: &[(&str, &str, Sort)] = &[("dbName", "collectionName", Any)];

const fn row(
    name: &'static str,
    method: &'static str,
    path: &'static str,
    kinds: &'static [Kind],
    body: Body,
    keys: &'static [&'static str],
) -> Endpoint<Detail> {
    Endpoint {
        name,
        method,
        path,
        kinds,
        parameters: &[],
        bounded: body.bounded(),
        masked: body.masked(),
        source: SOURCE,
        detail: Detail {
            body,
            keys,
            names: OF_COLLECTION,
            scope: Scope::All,
            forgets: Forgets::Nothing,
        },
    }
}

/// A row of the management API.
const fn managed(
    name: &'static str,
    method: &'static str,
    path: &'static str,
    kinds: &'static [Kind],
) -> Endpoint<Detail> {
    let mut row = row(name, method, path, kinds, Body::None, &[]);
    row.detail.scope = Scope::Nothing;
    row
}

impl Endpoint<Detail> {
    const fn takes(mut self, parameters: &'static [&'static str]) -> Self {
        self.parameters = parameters;
        self
    }

    const fn on_all(mut self) -> Self {
        self.detail.names = &[];
        self
    }

    const fn naming(mut self, names: &'static [(&'static str, &'static str, Sort)]) -> Self {
        self.detail.names = names;
        self
    }

    const fn naming_if_any(mut self, names: &'static [(&'static str, &'static str, Sort)]) -> Self {
        self.detail.names = names;
        self.detail.scope = Scope::Nothing;
        self
    }

    const fn forgetting(mut self) -> Self {
        self.detail.forgets = Forgets::All;
        self
    }
}

/// All rows.
#[rustfmt::skip]
pub(in super::super) static ENDPOINTS: [Endpoint<Detail>; 146] = [
    row("rest_collections_list", "POST", "/v2/vectordb/collections/list", &[Describe], Body::Names, &["dbName"]).on_all(),
    row("rest_collections_has", "POST", "/v2/vectordb/collections/has", &[Describe], Body::Names, &["dbName", "collectionName", "partitionNames"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_collections_describe", "POST", "/v2/vectordb/collections/describe", &[Describe], Body::Names, &["dbName", "collectionName", "partitionNames"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_collections_get_stats", "POST", "/v2/vectordb/collections/get_stats", &[Describe], Body::Names, &["dbName", "collectionName", "partitionNames"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_collections_get_load_state", "POST", "/v2/vectordb/collections/get_load_state", &[Describe], Body::Names, &["dbName", "collectionName", "partitionNames"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_collections_create", "POST", "/v2/vectordb/collections/create", &[Schema], Body::Names, &["dbName", "collectionName", "dimension", "idType", "autoID", "metricType", "vectorFieldType", "consistencyLevel", "primaryFieldName", "vectorFieldName", "schema", "indexParams", "params", "properties", "description", "externalSource", "externalSpec"]).naming(&[("dbName", "collectionName", New)]).forgetting(),
    row("rest_collections_drop", "POST", "/v2/vectordb/collections/drop", &[Schema], Body::Names, &["dbName", "collectionName", "partitionNames"]).naming(&[("dbName", "collectionName", Any)]).forgetting(),
    row("rest_collections_truncate", "POST", "/v2/vectordb/collections/truncate", &[Delete], Body::Names, &["dbName", "collectionName", "partitionNames"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_collections_rename", "POST", "/v2/vectordb/collections/rename", &[Schema], Body::Names, &["dbName", "collectionName", "newCollectionName", "newDbName"]).naming(&[("dbName", "collectionName", Any), ("newDbName", "newCollectionName", New)]).forgetting(),
    row("rest_collections_load", "POST", "/v2/vectordb/collections/load", &[Schema], Body::Names, &["dbName", "collectionName", "partitionNames"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_collections_refresh_load", "POST", "/v2/vectordb/collections/refresh_load", &[Schema], Body::Names, &["dbName", "collectionName", "partitionNames"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_collections_release", "POST", "/v2/vectordb/collections/release", &[Schema], Body::Names, &["dbName", "collectionName", "partitionNames"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_collections_alter_properties", "POST", "/v2/vectordb/collections/alter_properties", &[Schema], Body::Names, &["dbName", "collectionName", "properties"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_collections_add_function", "POST", "/v2/vectordb/collections/add_function", &[Schema], Body::Names, &["dbName", "collectionName", "function"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_collections_alter_function", "POST", "/v2/vectordb/collections/alter_function", &[Schema], Body::Names, &["dbName", "collectionName", "functionName", "function"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_collections_drop_function", "POST", "/v2/vectordb/collections/drop_function", &[Schema], Body::Names, &["dbName", "collectionName", "FunctionName"]).naming(&[("dbName", "collectionName", Any)]).forgetting(),
    row("rest_collections_add_function_field", "POST", "/v2/vectordb/collections/add_function_field", &[Schema], Body::Names, &["dbName", "collectionName", "function", "outputField", "indexParams"]).naming(&[("dbName", "collectionName", Any)]).forgetting(),
    row("rest_collections_drop_function_field", "POST", "/v2/vectordb/collections/drop_function_field", &[Schema], Body::Names, &["dbName", "collectionName", "functionName"]).naming(&[("dbName", "collectionName", Any)]).forgetting(),
    row("rest_collections_drop_properties", "POST", "/v2/vectordb/collections/drop_properties", &[Schema], Body::Names, &["dbName", "collectionName", "propertyKeys"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_collections_compact", "POST", "/v2/vectordb/collections/compact", &[Schema], Body::Names, &["dbName", "collectionName", "isClustering"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_collections_get_compaction_state", "POST", "/v2/vectordb/collections/get_compaction_state", &[Describe], Body::Names, &["jobID"]).on_all(),
    row("rest_collections_flush", "POST", "/v2/vectordb/collections/flush", &[Write], Body::Names, &["dbName", "collectionName"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_collections_fields_alter_properties", "POST", "/v2/vectordb/collections/fields/alter_properties", &[Schema], Body::Names, &["dbName", "collectionName", "fieldName", "fieldParams"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_collections_fields_add", "POST", "/v2/vectordb/collections/fields/add", &[Schema], Body::Names, &["dbName", "collectionName", "schema"]).naming(&[("dbName", "collectionName", Any)]).forgetting(),
    row("rest_collections_fields_drop", "POST", "/v2/vectordb/collections/fields/drop", &[Schema], Body::Names, &["dbName", "collectionName", "fieldName", "fieldId"]).naming(&[("dbName", "collectionName", Any)]).forgetting(),
    row("rest_collections_struct_fields_add", "POST", "/v2/vectordb/collections/struct_fields/add", &[Schema], Body::Names, &["dbName", "collectionName", "schema"]).naming(&[("dbName", "collectionName", Any)]).forgetting(),
    row("rest_databases_create", "POST", "/v2/vectordb/databases/create", &[Schema], Body::Names, &["dbName", "properties"]).on_all(),
    row("rest_databases_drop", "POST", "/v2/vectordb/databases/drop", &[Schema], Body::Names, &["dbName"]).on_all().forgetting(),
    row("rest_databases_drop_properties", "POST", "/v2/vectordb/databases/drop_properties", &[Schema], Body::Names, &["dbName", "propertyKeys"]).on_all(),
    row("rest_databases_list", "POST", "/v2/vectordb/databases/list", &[Describe], Body::Names, &[]).on_all(),
    row("rest_databases_describe", "POST", "/v2/vectordb/databases/describe", &[Describe], Body::Names, &["dbName"]).on_all(),
    row("rest_databases_alter", "POST", "/v2/vectordb/databases/alter", &[Schema], Body::Names, &["dbName", "properties"]).on_all(),
    row("rest_databases_alter_properties", "POST", "/v2/vectordb/databases/alter_properties", &[Schema], Body::Names, &["dbName", "properties"]).on_all(),
    row("rest_entities_query", "POST", "/v2/vectordb/entities/query", &[List, Fetch, Aggregate], Body::Query, &["dbName", "collectionName", "partitionNames", "outputFields", "filter", "limit", "offset", "orderByFields", "groupByFields", "exprParams", "consistencyLevel"]),
    row("rest_entities_get", "POST", "/v2/vectordb/entities/get", &[Fetch], Body::Get, &["dbName", "collectionName", "partitionName", "partitionNames", "outputFields", "id", "consistencyLevel"]),
    row("rest_entities_delete", "POST", "/v2/vectordb/entities/delete", &[Delete], Body::Delete, &["dbName", "collectionName", "partitionName", "filter", "exprParams"]),
    row("rest_entities_insert", "POST", "/v2/vectordb/entities/insert", &[Write], Body::Names, &["dbName", "collectionName", "partitionName", "data", "partialUpdate", "fieldOps"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_entities_upsert", "POST", "/v2/vectordb/entities/upsert", &[Write], Body::Names, &["dbName", "collectionName", "partitionName", "data", "partialUpdate", "fieldOps"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_entities_search", "POST", "/v2/vectordb/entities/search", &[Search, List], Body::Search, &["dbName", "collectionName", "data", "ids", "annsField", "partitionNames", "filter", "groupingField", "groupSize", "strictGroupSize", "limit", "offset", "outputFields", "searchParams", "consistencyLevel", "exprParams", "functionScore", "functionChains", "searchAggregation", "orderByFields", "params"]),
    row("rest_entities_advanced_search", "POST", "/v2/vectordb/entities/advanced_search", &[Search, List], Body::Hybrid, &["dbName", "collectionName", "partitionNames", "search", "rerank", "limit", "offset", "groupingField", "groupSize", "strictGroupSize", "outputFields", "consistencyLevel", "functionScore", "functionChains", "searchAggregation"]),
    row("rest_entities_hybrid_search", "POST", "/v2/vectordb/entities/hybrid_search", &[Search, List], Body::Hybrid, &["dbName", "collectionName", "partitionNames", "search", "rerank", "limit", "offset", "groupingField", "groupSize", "strictGroupSize", "outputFields", "consistencyLevel", "functionScore", "functionChains", "searchAggregation"]),
    row("rest_partitions_list", "POST", "/v2/vectordb/partitions/list", &[Describe], Body::Names, &["dbName", "collectionName", "partitionNames"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_partitions_has", "POST", "/v2/vectordb/partitions/has", &[Describe], Body::Names, &["dbName", "collectionName", "partitionName"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_partitions_get_stats", "POST", "/v2/vectordb/partitions/get_stats", &[Describe], Body::Names, &["dbName", "collectionName", "partitionName"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_partitions_create", "POST", "/v2/vectordb/partitions/create", &[Schema], Body::Names, &["dbName", "collectionName", "partitionName"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_partitions_drop", "POST", "/v2/vectordb/partitions/drop", &[Schema], Body::Names, &["dbName", "collectionName", "partitionName"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_partitions_load", "POST", "/v2/vectordb/partitions/load", &[Schema], Body::Names, &["dbName", "collectionName", "partitionNames"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_partitions_release", "POST", "/v2/vectordb/partitions/release", &[Schema], Body::Names, &["dbName", "collectionName", "partitionNames"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_users_list", "POST", "/v2/vectordb/users/list", &[Describe], Body::Names, &["dbName"]).on_all(),
    row("rest_users_describe", "POST", "/v2/vectordb/users/describe", &[Describe], Body::Names, &["userName"]).on_all(),
    row("rest_users_create", "POST", "/v2/vectordb/users/create", &[Schema], Body::Names, &["userName", "password", "description"]).on_all(),
    row("rest_users_update_password", "POST", "/v2/vectordb/users/update_password", &[Schema], Body::Names, &["userName", "password", "newPassword", "description"]).on_all(),
    row("rest_users_drop", "POST", "/v2/vectordb/users/drop", &[Schema], Body::Names, &["userName"]).on_all(),
    row("rest_users_grant_role", "POST", "/v2/vectordb/users/grant_role", &[Schema], Body::Names, &["userName", "roleName"]).on_all(),
    row("rest_users_revoke_role", "POST", "/v2/vectordb/users/revoke_role", &[Schema], Body::Names, &["userName", "roleName"]).on_all(),
    row("rest_roles_list", "POST", "/v2/vectordb/roles/list", &[Describe], Body::Names, &["dbName"]).on_all(),
    row("rest_roles_describe", "POST", "/v2/vectordb/roles/describe", &[Describe], Body::Names, &["dbName", "roleName", "description"]).on_all(),
    row("rest_roles_create", "POST", "/v2/vectordb/roles/create", &[Schema], Body::Names, &["dbName", "roleName", "description"]).on_all(),
    row("rest_roles_alter", "POST", "/v2/vectordb/roles/alter", &[Schema], Body::Names, &["dbName", "roleName", "description"]).on_all(),
    row("rest_roles_drop", "POST", "/v2/vectordb/roles/drop", &[Schema], Body::Names, &["dbName", "roleName", "description"]).on_all(),
    row("rest_roles_grant_privilege", "POST", "/v2/vectordb/roles/grant_privilege", &[Schema], Body::Names, &["roleName", "objectType", "objectName", "privilege", "dbName"]).on_all(),
    row("rest_roles_revoke_privilege", "POST", "/v2/vectordb/roles/revoke_privilege", &[Schema], Body::Names, &["roleName", "objectType", "objectName", "privilege", "dbName"]).on_all(),
    row("rest_roles_grant_privilege_v2", "POST", "/v2/vectordb/roles/grant_privilege_v2", &[Schema], Body::Names, &["roleName", "dbName", "collectionName", "privilege"]).on_all(),
    row("rest_roles_revoke_privilege_v2", "POST", "/v2/vectordb/roles/revoke_privilege_v2", &[Schema], Body::Names, &["roleName", "dbName", "collectionName", "privilege"]).on_all(),
    row("rest_privilege_groups_create", "POST", "/v2/vectordb/privilege_groups/create", &[Schema], Body::Names, &["privilegeGroupName", "privileges"]).on_all(),
    row("rest_privilege_groups_drop", "POST", "/v2/vectordb/privilege_groups/drop", &[Schema], Body::Names, &["privilegeGroupName", "privileges"]).on_all(),
    row("rest_privilege_groups_list", "POST", "/v2/vectordb/privilege_groups/list", &[Describe], Body::Names, &["dbName"]).on_all(),
    row("rest_privilege_groups_add_privileges_to_group", "POST", "/v2/vectordb/privilege_groups/add_privileges_to_group", &[Schema], Body::Names, &["privilegeGroupName", "privileges"]).on_all(),
    row("rest_privilege_groups_remove_privileges_from_group", "POST", "/v2/vectordb/privilege_groups/remove_privileges_from_group", &[Schema], Body::Names, &["privilegeGroupName", "privileges"]).on_all(),
    row("rest_indexes_list", "POST", "/v2/vectordb/indexes/list", &[Describe], Body::Names, &["dbName", "collectionName", "partitionNames"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_indexes_describe", "POST", "/v2/vectordb/indexes/describe", &[Describe], Body::Names, &["dbName", "collectionName", "indexName", "timestamp"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_indexes_create", "POST", "/v2/vectordb/indexes/create", &[Schema], Body::Names, &["dbName", "collectionName", "indexParams"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_indexes_drop", "POST", "/v2/vectordb/indexes/drop", &[Schema], Body::Names, &["dbName", "collectionName", "indexName", "timestamp"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_indexes_alter_properties", "POST", "/v2/vectordb/indexes/alter_properties", &[Schema], Body::Names, &["dbName", "collectionName", "indexName", "properties"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_indexes_drop_properties", "POST", "/v2/vectordb/indexes/drop_properties", &[Schema], Body::Names, &["dbName", "collectionName", "indexName", "propertyKeys"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_aliases_list", "POST", "/v2/vectordb/aliases/list", &[Describe], Body::Names, &["dbName", "collectionName"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_aliases_describe", "POST", "/v2/vectordb/aliases/describe", &[Describe], Body::Names, &["dbName", "aliasName"]).naming(&[("dbName", "aliasName", Any)]),
    row("rest_aliases_create", "POST", "/v2/vectordb/aliases/create", &[Schema], Body::Names, &["dbName", "collectionName", "aliasName"]).naming(&[("dbName", "collectionName", Any), ("dbName", "aliasName", New)]).forgetting(),
    row("rest_aliases_drop", "POST", "/v2/vectordb/aliases/drop", &[Schema], Body::Names, &["dbName", "aliasName"]).naming(&[("dbName", "aliasName", Any)]).forgetting(),
    row("rest_aliases_alter", "POST", "/v2/vectordb/aliases/alter", &[Schema], Body::Names, &["dbName", "collectionName", "aliasName"]).naming(&[("dbName", "collectionName", Any), ("dbName", "aliasName", New)]).forgetting(),
    row("rest_jobs_import_list", "POST", "/v2/vectordb/jobs/import/list", &[Describe], Body::Names, &["dbName", "collectionName"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_jobs_import_create", "POST", "/v2/vectordb/jobs/import/create", &[Export], Body::Names, &["dbName", "collectionName", "partitionName", "files", "options"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_jobs_import_get_progress", "POST", "/v2/vectordb/jobs/import/get_progress", &[Describe], Body::Names, &["jobId"]).on_all(),
    row("rest_jobs_import_describe", "POST", "/v2/vectordb/jobs/import/describe", &[Describe], Body::Names, &["jobId"]).on_all(),
    row("rest_jobs_import_commit", "POST", "/v2/vectordb/jobs/import/commit", &[Write], Body::Names, &["jobId"]).on_all(),
    row("rest_jobs_import_abort", "POST", "/v2/vectordb/jobs/import/abort", &[Write], Body::Names, &["jobId"]).on_all(),
    row("rest_jobs_snapshot_restore_external", "POST", "/v2/vectordb/jobs/snapshot/restore_external", &[Export], Body::Names, &["dbName", "targetCollectionName", "snapshotMetadataURI", "externalSpec"]).naming(&[("dbName", "targetCollectionName", New)]),
    row("rest_jobs_snapshot_export", "POST", "/v2/vectordb/jobs/snapshot/export", &[Export], Body::Names, &["dbName", "collectionName", "snapshotName", "targetS3Path", "externalSpec"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_jobs_snapshot_export_describe", "POST", "/v2/vectordb/jobs/snapshot/export/describe", &[Describe], Body::Names, &["jobId"]).on_all(),
    row("rest_jobs_snapshot_describe", "POST", "/v2/vectordb/jobs/snapshot/describe", &[Describe], Body::Names, &["jobId"]).on_all(),
    row("rest_jobs_snapshot_list", "POST", "/v2/vectordb/jobs/snapshot/list", &[Describe], Body::Names, &["dbName", "collectionName"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_snapshots_create", "POST", "/v2/vectordb/snapshots/create", &[Export], Body::Names, &["dbName", "collectionName", "snapshotName", "description", "compactionProtectionSeconds"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_snapshots_drop", "POST", "/v2/vectordb/snapshots/drop", &[Schema], Body::Names, &["dbName", "collectionName", "snapshotName"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_snapshots_list", "POST", "/v2/vectordb/snapshots/list", &[Describe], Body::Names, &["dbName", "collectionName", "partitionNames"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_snapshots_describe", "POST", "/v2/vectordb/snapshots/describe", &[Describe], Body::Names, &["dbName", "collectionName", "snapshotName"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_snapshots_restore", "POST", "/v2/vectordb/snapshots/restore", &[Export], Body::Names, &["sourceDbName", "sourceCollectionName", "targetDbName", "targetCollectionName", "snapshotName"]).naming(&[("sourceDbName", "sourceCollectionName", Any), ("targetDbName", "targetCollectionName", New)]).forgetting(),
    row("rest_snapshots_pin", "POST", "/v2/vectordb/snapshots/pin", &[Export], Body::Names, &["dbName", "collectionName", "snapshotName", "ttlSeconds"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_snapshots_unpin", "POST", "/v2/vectordb/snapshots/unpin", &[Schema], Body::Names, &["pinId"]).on_all(),
    row("rest_jobs_external_collection_refresh", "POST", "/v2/vectordb/jobs/external_collection/refresh", &[Export], Body::Names, &["dbName", "collectionName", "externalSource", "externalSpec"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_jobs_external_collection_describe", "POST", "/v2/vectordb/jobs/external_collection/describe", &[Describe], Body::Names, &["jobId"]).on_all(),
    row("rest_jobs_external_collection_list", "POST", "/v2/vectordb/jobs/external_collection/list", &[Describe], Body::Names, &["dbName", "collectionName"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_resource_groups_create", "POST", "/v2/vectordb/resource_groups/create", &[Schema], Body::Names, &["name", "config"]).on_all(),
    row("rest_resource_groups_drop", "POST", "/v2/vectordb/resource_groups/drop", &[Schema], Body::Names, &["name", "config"]).on_all(),
    row("rest_resource_groups_alter", "POST", "/v2/vectordb/resource_groups/alter", &[Schema], Body::Names, &["resource_groups"]).on_all(),
    row("rest_resource_groups_describe", "POST", "/v2/vectordb/resource_groups/describe", &[Describe], Body::Names, &["name", "config"]).on_all(),
    row("rest_resource_groups_list", "POST", "/v2/vectordb/resource_groups/list", &[Describe], Body::Names, &[]).on_all(),
    row("rest_resource_groups_transfer_replica", "POST", "/v2/vectordb/resource_groups/transfer_replica", &[Schema], Body::Names, &["sourceRgName", "targetRgName", "collectionName", "replicaNum"]).naming(&[("dbName", "collectionName", Any)]),
    row("rest_file_resources_add", "POST", "/v2/vectordb/file_resources/add", &[Schema], Body::Names, &["name", "path"]).on_all(),
    row("rest_file_resources_remove", "POST", "/v2/vectordb/file_resources/remove", &[Schema], Body::Names, &["name"]).on_all(),
    row("rest_file_resources_list", "POST", "/v2/vectordb/file_resources/list", &[Describe], Body::Names, &[]).on_all(),
    row("rest_segments_describe", "POST", "/v2/vectordb/segments/describe", &[Describe], Body::Names, &["dbName", "collectionID", "segmentIDs"]).on_all(),
    row("rest_quotacenter_describe", "POST", "/v2/vectordb/quotacenter/describe", &[Describe], Body::Names, &[]).on_all(),
    row("rest_common_run_analyzer", "POST", "/v2/vectordb/common/run_analyzer", &[Describe], Body::Names, &["dbName", "analyzerParams", "text", "withDetail", "withHash", "collectionName", "fieldName", "analyzerNames"]).naming_if_any(&[("dbName", "collectionName", Any)]),
    row("v1_collections", "GET", "/v1/vector/collections", &[Describe], Body::None, &[]).takes(&["dbName"]).on_all(),
    row("v1_collections_create", "POST", "/v1/vector/collections/create", &[Schema], Body::Names, &["dbName", "collectionName", "dimension", "description", "metricType", "primaryField", "vectorField", "enableDynamicField"]).naming(&[("dbName", "collectionName", New)]).forgetting(),
    row("v1_collections_describe", "GET", "/v1/vector/collections/describe", &[Describe], Body::None, &[]).takes(&["collectionName", "dbName"]),
    row("v1_collections_drop", "POST", "/v1/vector/collections/drop", &[Schema], Body::Names, &["dbName", "collectionName"]).naming(&[("dbName", "collectionName", Any)]).forgetting(),
    row("v1_query", "POST", "/v1/vector/query", &[List, Fetch, Aggregate], Body::Query, &["dbName", "collectionName", "outputFields", "filter", "limit", "offset"]),
    row("v1_get", "POST", "/v1/vector/get", &[Fetch], Body::Get, &["dbName", "collectionName", "outputFields", "id"]),
    row("v1_delete", "POST", "/v1/vector/delete", &[Delete], Body::Delete, &["dbName", "collectionName", "id", "filter"]),
    row("v1_insert", "POST", "/v1/vector/insert", &[Write], Body::Names, &["dbName", "collectionName", "data"]).naming(&[("dbName", "collectionName", Any)]),
    row("v1_upsert", "POST", "/v1/vector/upsert", &[Write], Body::Names, &["dbName", "collectionName", "data", "partialUpdate", "fieldOps"]).naming(&[("dbName", "collectionName", Any)]),
    row("v1_search", "POST", "/v1/vector/search", &[Search, List], Body::Search, &["dbName", "collectionName", "filter", "limit", "offset", "outputFields", "vector", "params", "searchAggregation"]),
    managed("management_health", "GET", "/api/v1/health", &[Meta]),
    managed("management_healthz", "GET", "/healthz", &[Meta]),
    managed("management_livez", "GET", "/livez", &[Meta]),
    managed("management_ready", "GET", "/management/check/ready", &[Meta]),
    managed("management_api", "GET", "/api/v1/{*rest}", &[Unknown]),
    managed("management_operations", "GET", "/management/{*rest}", &[Unknown]),
    managed("management_api", "POST", "/api/v1/{*rest}", &[Unknown]),
    managed("management_operations", "POST", "/management/{*rest}", &[Unknown]),
    managed("management_api", "PUT", "/api/v1/{*rest}", &[Unknown]),
    managed("management_operations", "PUT", "/management/{*rest}", &[Unknown]),
    managed("management_api", "PATCH", "/api/v1/{*rest}", &[Unknown]),
    managed("management_operations", "PATCH", "/management/{*rest}", &[Unknown]),
    managed("management_api", "DELETE", "/api/v1/{*rest}", &[Unknown]),
    managed("management_operations", "DELETE", "/management/{*rest}", &[Unknown]),
    managed("management_expr", "GET", "/expr", &[Unknown]),
    managed("management_eventlog", "GET", "/eventlog", &[Unknown]),
    managed("management_log_level", "GET", "/log/level", &[Unknown]),
    managed("management_metrics", "GET", "/metrics", &[Unknown]),
    managed("management_metrics_default", "GET", "/metrics_default", &[Unknown]),
    managed("management_webui", "GET", "/webui/{*rest}", &[Unknown]),
    managed("management_static", "GET", "/static/{*rest}", &[Unknown]),
    managed("management_telemetry", "GET", "/telemetry", &[Unknown]),
    managed("management_root", "GET", "/", &[Unknown]),
];
