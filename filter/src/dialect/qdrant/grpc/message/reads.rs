//! Reads of points.

use super::conditions::Filter;
use super::ranking::{LookupLocation, OrderBy, PrefetchQuery, Query, SearchParams};

#[derive(Clone, PartialEq, prost::Message)]
pub struct QueryPoints {
    #[prost(string, tag = "1")]
    pub collection_name: String,
    #[prost(message, repeated, tag = "2")]
    pub prefetch: Vec<PrefetchQuery>,
    #[prost(message, optional, tag = "3")]
    pub query: Option<Query>,
    #[prost(string, optional, tag = "4")]
    pub using: Option<String>,
    #[prost(message, optional, tag = "5")]
    pub filter: Option<Filter>,
    #[prost(message, optional, tag = "6")]
    pub params: Option<SearchParams>,
    #[prost(float, optional, tag = "7")]
    pub score_threshold: Option<f32>,
    #[prost(uint64, optional, tag = "8")]
    pub limit: Option<u64>,
    #[prost(uint64, optional, tag = "9")]
    pub offset: Option<u64>,
    #[prost(message, optional, tag = "10")]
    pub with_vectors: Option<WithVectorsSelector>,
    #[prost(bytes = "vec", optional, tag = "11")]
    pub with_payload: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "12")]
    pub read_consistency: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "13")]
    pub shard_key_selector: Option<Vec<u8>>,
    #[prost(message, optional, tag = "14")]
    pub lookup_from: Option<LookupLocation>,
    #[prost(uint64, optional, tag = "15")]
    pub timeout: Option<u64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct QueryBatchPoints {
    #[prost(string, tag = "1")]
    pub collection_name: String,
    #[prost(message, repeated, tag = "2")]
    pub query_points: Vec<QueryPoints>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub read_consistency: Option<Vec<u8>>,
    #[prost(uint64, optional, tag = "4")]
    pub timeout: Option<u64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct QueryPointGroups {
    #[prost(string, tag = "1")]
    pub collection_name: String,
    #[prost(message, repeated, tag = "2")]
    pub prefetch: Vec<PrefetchQuery>,
    #[prost(message, optional, tag = "3")]
    pub query: Option<Query>,
    #[prost(string, optional, tag = "4")]
    pub using: Option<String>,
    #[prost(message, optional, tag = "5")]
    pub filter: Option<Filter>,
    #[prost(message, optional, tag = "6")]
    pub params: Option<SearchParams>,
    #[prost(float, optional, tag = "7")]
    pub score_threshold: Option<f32>,
    #[prost(bytes = "vec", optional, tag = "8")]
    pub with_payload: Option<Vec<u8>>,
    #[prost(message, optional, tag = "9")]
    pub with_vectors: Option<WithVectorsSelector>,
    #[prost(message, optional, tag = "10")]
    pub lookup_from: Option<LookupLocation>,
    #[prost(uint64, optional, tag = "11")]
    pub limit: Option<u64>,
    #[prost(uint64, optional, tag = "12")]
    pub group_size: Option<u64>,
    #[prost(string, tag = "13")]
    pub group_by: String,
    #[prost(bytes = "vec", optional, tag = "14")]
    pub read_consistency: Option<Vec<u8>>,
    #[prost(message, optional, tag = "15")]
    pub with_lookup: Option<WithLookup>,
    #[prost(uint64, optional, tag = "16")]
    pub timeout: Option<u64>,
    #[prost(bytes = "vec", optional, tag = "17")]
    pub shard_key_selector: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct ScrollPoints {
    #[prost(string, tag = "1")]
    pub collection_name: String,
    #[prost(message, optional, tag = "2")]
    pub filter: Option<Filter>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub offset: Option<Vec<u8>>,
    #[prost(uint32, optional, tag = "4")]
    pub limit: Option<u32>,
    #[prost(bytes = "vec", optional, tag = "6")]
    pub with_payload: Option<Vec<u8>>,
    #[prost(message, optional, tag = "7")]
    pub with_vectors: Option<WithVectorsSelector>,
    #[prost(bytes = "vec", optional, tag = "8")]
    pub read_consistency: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "9")]
    pub shard_key_selector: Option<Vec<u8>>,
    #[prost(message, optional, tag = "10")]
    pub order_by: Option<OrderBy>,
    #[prost(uint64, optional, tag = "11")]
    pub timeout: Option<u64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct GetPoints {
    #[prost(string, tag = "1")]
    pub collection_name: String,
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub ids: Vec<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub with_payload: Option<Vec<u8>>,
    #[prost(message, optional, tag = "5")]
    pub with_vectors: Option<WithVectorsSelector>,
    #[prost(bytes = "vec", optional, tag = "6")]
    pub read_consistency: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "7")]
    pub shard_key_selector: Option<Vec<u8>>,
    #[prost(uint64, optional, tag = "8")]
    pub timeout: Option<u64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct CountPoints {
    #[prost(string, tag = "1")]
    pub collection_name: String,
    #[prost(message, optional, tag = "2")]
    pub filter: Option<Filter>,
    #[prost(bool, optional, tag = "3")]
    pub exact: Option<bool>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub read_consistency: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "5")]
    pub shard_key_selector: Option<Vec<u8>>,
    #[prost(uint64, optional, tag = "6")]
    pub timeout: Option<u64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct FacetCounts {
    #[prost(string, tag = "1")]
    pub collection_name: String,
    #[prost(string, tag = "2")]
    pub key: String,
    #[prost(message, optional, tag = "3")]
    pub filter: Option<Filter>,
    #[prost(uint64, optional, tag = "4")]
    pub limit: Option<u64>,
    #[prost(bool, optional, tag = "5")]
    pub exact: Option<bool>,
    #[prost(uint64, optional, tag = "6")]
    pub timeout: Option<u64>,
    #[prost(bytes = "vec", optional, tag = "7")]
    pub read_consistency: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "8")]
    pub shard_key_selector: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct SearchMatrixPoints {
    #[prost(string, tag = "1")]
    pub collection_name: String,
    #[prost(message, optional, tag = "2")]
    pub filter: Option<Filter>,
    #[prost(uint64, optional, tag = "3")]
    pub sample: Option<u64>,
    #[prost(uint64, optional, tag = "4")]
    pub limit: Option<u64>,
    #[prost(string, optional, tag = "5")]
    pub using: Option<String>,
    #[prost(uint64, optional, tag = "6")]
    pub timeout: Option<u64>,
    #[prost(bytes = "vec", optional, tag = "7")]
    pub read_consistency: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "8")]
    pub shard_key_selector: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct WithVectorsSelector {
    #[prost(oneof = "WithVectorsSelectorOf", tags = "1, 2")]
    pub variant: Option<WithVectorsSelectorOf>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum WithVectorsSelectorOf {
    #[prost(bool, tag = "1")]
    Enable(bool),
    #[prost(message, tag = "2")]
    Include(VectorsSelector),
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct VectorsSelector {
    #[prost(string, repeated, tag = "1")]
    pub names: Vec<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct WithLookup {
    #[prost(string, tag = "1")]
    pub collection: String,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub with_payload: Option<Vec<u8>>,
    #[prost(message, optional, tag = "3")]
    pub with_vectors: Option<WithVectorsSelector>,
}
