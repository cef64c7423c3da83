//! Reads that are deprecated.

use super::conditions::Filter;
use super::ranking::{LookupLocation, SearchParams};
use super::reads::{WithLookup, WithVectorsSelector};

#[derive(Clone, PartialEq, prost::Message)]
pub struct SearchPoints {
    #[prost(string, tag = "1")]
    pub collection_name: String,
    #[prost(float, repeated, tag = "2")]
    pub vector: Vec<f32>,
    #[prost(message, optional, tag = "3")]
    pub filter: Option<Filter>,
    #[prost(uint64, tag = "4")]
    pub limit: u64,
    #[prost(bytes = "vec", optional, tag = "6")]
    pub with_payload: Option<Vec<u8>>,
    #[prost(message, optional, tag = "7")]
    pub params: Option<SearchParams>,
    #[prost(float, optional, tag = "8")]
    pub score_threshold: Option<f32>,
    #[prost(uint64, optional, tag = "9")]
    pub offset: Option<u64>,
    #[prost(string, optional, tag = "10")]
    pub vector_name: Option<String>,
    #[prost(message, optional, tag = "11")]
    pub with_vectors: Option<WithVectorsSelector>,
    #[prost(bytes = "vec", optional, tag = "12")]
    pub read_consistency: Option<Vec<u8>>,
    #[prost(uint64, optional, tag = "13")]
    pub timeout: Option<u64>,
    #[prost(bytes = "vec", optional, tag = "14")]
    pub shard_key_selector: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "15")]
    pub sparse_indices: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct SearchBatchPoints {
    #[prost(string, tag = "1")]
    pub collection_name: String,
    #[prost(message, repeated, tag = "2")]
    pub search_points: Vec<SearchPoints>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub read_consistency: Option<Vec<u8>>,
    #[prost(uint64, optional, tag = "4")]
    pub timeout: Option<u64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct SearchPointGroups {
    #[prost(string, tag = "1")]
    pub collection_name: String,
    #[prost(float, repeated, tag = "2")]
    pub vector: Vec<f32>,
    #[prost(message, optional, tag = "3")]
    pub filter: Option<Filter>,
    #[prost(uint32, tag = "4")]
    pub limit: u32,
    #[prost(bytes = "vec", optional, tag = "5")]
    pub with_payload: Option<Vec<u8>>,
    #[prost(message, optional, tag = "6")]
    pub params: Option<SearchParams>,
    #[prost(float, optional, tag = "7")]
    pub score_threshold: Option<f32>,
    #[prost(string, optional, tag = "8")]
    pub vector_name: Option<String>,
    #[prost(message, optional, tag = "9")]
    pub with_vectors: Option<WithVectorsSelector>,
    #[prost(string, tag = "10")]
    pub group_by: String,
    #[prost(uint32, tag = "11")]
    pub group_size: u32,
    #[prost(bytes = "vec", optional, tag = "12")]
    pub read_consistency: Option<Vec<u8>>,
    #[prost(message, optional, tag = "13")]
    pub with_lookup: Option<WithLookup>,
    #[prost(uint64, optional, tag = "14")]
    pub timeout: Option<u64>,
    #[prost(bytes = "vec", optional, tag = "15")]
    pub shard_key_selector: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "16")]
    pub sparse_indices: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct RecommendPoints {
    #[prost(string, tag = "1")]
    pub collection_name: String,
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub positive: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "3")]
    pub negative: Vec<Vec<u8>>,
    #[prost(message, optional, tag = "4")]
    pub filter: Option<Filter>,
    #[prost(uint64, tag = "5")]
    pub limit: u64,
    #[prost(bytes = "vec", optional, tag = "7")]
    pub with_payload: Option<Vec<u8>>,
    #[prost(message, optional, tag = "8")]
    pub params: Option<SearchParams>,
    #[prost(float, optional, tag = "9")]
    pub score_threshold: Option<f32>,
    #[prost(uint64, optional, tag = "10")]
    pub offset: Option<u64>,
    #[prost(string, optional, tag = "11")]
    pub using: Option<String>,
    #[prost(message, optional, tag = "12")]
    pub with_vectors: Option<WithVectorsSelector>,
    #[prost(message, optional, tag = "13")]
    pub lookup_from: Option<LookupLocation>,
    #[prost(bytes = "vec", optional, tag = "14")]
    pub read_consistency: Option<Vec<u8>>,
    #[prost(int32, optional, tag = "16")]
    pub strategy: Option<i32>,
    #[prost(bytes = "vec", repeated, tag = "17")]
    pub positive_vectors: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "18")]
    pub negative_vectors: Vec<Vec<u8>>,
    #[prost(uint64, optional, tag = "19")]
    pub timeout: Option<u64>,
    #[prost(bytes = "vec", optional, tag = "20")]
    pub shard_key_selector: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct RecommendBatchPoints {
    #[prost(string, tag = "1")]
    pub collection_name: String,
    #[prost(message, repeated, tag = "2")]
    pub recommend_points: Vec<RecommendPoints>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub read_consistency: Option<Vec<u8>>,
    #[prost(uint64, optional, tag = "4")]
    pub timeout: Option<u64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct RecommendPointGroups {
    #[prost(string, tag = "1")]
    pub collection_name: String,
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub positive: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "3")]
    pub negative: Vec<Vec<u8>>,
    #[prost(message, optional, tag = "4")]
    pub filter: Option<Filter>,
    #[prost(uint32, tag = "5")]
    pub limit: u32,
    #[prost(bytes = "vec", optional, tag = "6")]
    pub with_payload: Option<Vec<u8>>,
    #[prost(message, optional, tag = "7")]
    pub params: Option<SearchParams>,
    #[prost(float, optional, tag = "8")]
    pub score_threshold: Option<f32>,
    #[prost(string, optional, tag = "9")]
    pub using: Option<String>,
    #[prost(message, optional, tag = "10")]
    pub with_vectors: Option<WithVectorsSelector>,
    #[prost(message, optional, tag = "11")]
    pub lookup_from: Option<LookupLocation>,
    #[prost(string, tag = "12")]
    pub group_by: String,
    #[prost(uint32, tag = "13")]
    pub group_size: u32,
    #[prost(bytes = "vec", optional, tag = "14")]
    pub read_consistency: Option<Vec<u8>>,
    #[prost(message, optional, tag = "15")]
    pub with_lookup: Option<WithLookup>,
    #[prost(int32, optional, tag = "17")]
    pub strategy: Option<i32>,
    #[prost(bytes = "vec", repeated, tag = "18")]
    pub positive_vectors: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "19")]
    pub negative_vectors: Vec<Vec<u8>>,
    #[prost(uint64, optional, tag = "20")]
    pub timeout: Option<u64>,
    #[prost(bytes = "vec", optional, tag = "21")]
    pub shard_key_selector: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct DiscoverPoints {
    #[prost(string, tag = "1")]
    pub collection_name: String,
    #[prost(message, optional, tag = "2")]
    pub target: Option<TargetVector>,
    #[prost(message, repeated, tag = "3")]
    pub context: Vec<ContextExamplePair>,
    #[prost(message, optional, tag = "4")]
    pub filter: Option<Filter>,
    #[prost(uint64, tag = "5")]
    pub limit: u64,
    #[prost(bytes = "vec", optional, tag = "6")]
    pub with_payload: Option<Vec<u8>>,
    #[prost(message, optional, tag = "7")]
    pub params: Option<SearchParams>,
    #[prost(uint64, optional, tag = "8")]
    pub offset: Option<u64>,
    #[prost(string, optional, tag = "9")]
    pub using: Option<String>,
    #[prost(message, optional, tag = "10")]
    pub with_vectors: Option<WithVectorsSelector>,
    #[prost(message, optional, tag = "11")]
    pub lookup_from: Option<LookupLocation>,
    #[prost(bytes = "vec", optional, tag = "12")]
    pub read_consistency: Option<Vec<u8>>,
    #[prost(uint64, optional, tag = "13")]
    pub timeout: Option<u64>,
    #[prost(bytes = "vec", optional, tag = "14")]
    pub shard_key_selector: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct DiscoverBatchPoints {
    #[prost(string, tag = "1")]
    pub collection_name: String,
    #[prost(message, repeated, tag = "2")]
    pub discover_points: Vec<DiscoverPoints>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub read_consistency: Option<Vec<u8>>,
    #[prost(uint64, optional, tag = "4")]
    pub timeout: Option<u64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct TargetVector {
    #[prost(oneof = "TargetVectorOf", tags = "1")]
    pub variant: Option<TargetVectorOf>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum TargetVectorOf {
    #[prost(message, tag = "1")]
    Single(VectorExample),
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct VectorExample {
    #[prost(oneof = "VectorExampleOf", tags = "1, 2")]
    pub variant: Option<VectorExampleOf>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum VectorExampleOf {
    #[prost(bytes = "vec", tag = "1")]
    Id(Vec<u8>),
    #[prost(bytes = "vec", tag = "2")]
    Vector(Vec<u8>),
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct ContextExamplePair {
    #[prost(message, optional, tag = "1")]
    pub positive: Option<VectorExample>,
    #[prost(message, optional, tag = "2")]
    pub negative: Option<VectorExample>,
}
