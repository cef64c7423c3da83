//! Messages of requests that are read whole.
//!
//! Fields and numbers of the descriptors in pymilvus 3.0.2, which hold all of 2.3.7 and 2.6.17. What neither bounds, nor
//! names a field or a collection, nor could in a newer version, is kept as bytes: bases, vectors, values for templates.

#[derive(Clone, PartialEq, prost::Message)]
pub struct KeyValuePair {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(string, tag = "2")]
    pub value: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct SearchRequest {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub base: Option<Vec<u8>>,
    #[prost(string, tag = "2")]
    pub db_name: String,
    #[prost(string, tag = "3")]
    pub collection_name: String,
    #[prost(string, repeated, tag = "4")]
    pub partition_names: Vec<String>,
    #[prost(string, tag = "5")]
    pub dsl: String,
    #[prost(message, optional, tag = "6")]
    pub placeholder_group: Option<PlaceholderGroup>,
    #[prost(int32, tag = "7")]
    pub dsl_type: i32,
    #[prost(string, repeated, tag = "8")]
    pub output_fields: Vec<String>,
    #[prost(message, repeated, tag = "9")]
    pub search_params: Vec<KeyValuePair>,
    #[prost(uint64, tag = "10")]
    pub travel_timestamp: u64,
    #[prost(uint64, tag = "11")]
    pub guarantee_timestamp: u64,
    #[prost(int64, tag = "12")]
    pub nq: i64,
    #[prost(bool, tag = "13")]
    pub not_return_all_meta: bool,
    #[prost(int32, tag = "14")]
    pub consistency_level: i32,
    #[prost(bool, tag = "15")]
    pub use_default_consistency: bool,
    #[prost(bool, tag = "16")]
    pub search_by_primary_keys: bool,
    #[prost(bytes = "vec", repeated, tag = "17")]
    pub sub_reqs: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "18")]
    pub expr_template_values: Vec<Vec<u8>>,
    #[prost(message, optional, tag = "19")]
    pub function_score: Option<FunctionScore>,
    #[prost(string, optional, tag = "20")]
    pub namespace: Option<String>,
    #[prost(bytes = "vec", optional, tag = "21")]
    pub highlighter: Option<Vec<u8>>,
    #[prost(message, optional, tag = "22")]
    pub ids: Option<Ids>,
    #[prost(message, optional, tag = "23")]
    pub search_aggregation: Option<SearchAggregationSpec>,
    #[prost(message, repeated, tag = "24")]
    pub function_chains: Vec<FunctionChain>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct PlaceholderGroup {
    #[prost(message, repeated, tag = "1")]
    pub placeholders: Vec<PlaceholderValue>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct PlaceholderValue {
    #[prost(string, tag = "1")]
    pub tag: String,
    #[prost(int32, tag = "2")]
    pub kind: i32,
    #[prost(bytes = "vec", repeated, tag = "3")]
    pub values: Vec<Vec<u8>>,
    #[prost(bool, tag = "4")]
    pub element_level: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Ids {
    #[prost(message, optional, tag = "1")]
    pub int_id: Option<LongArray>,
    #[prost(message, optional, tag = "2")]
    pub str_id: Option<StringArray>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct LongArray {
    #[prost(int64, repeated, tag = "1")]
    pub data: Vec<i64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct StringArray {
    #[prost(string, repeated, tag = "1")]
    pub data: Vec<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct FunctionScore {
    #[prost(message, repeated, tag = "1")]
    pub functions: Vec<FunctionSchema>,
    #[prost(message, repeated, tag = "2")]
    pub params: Vec<KeyValuePair>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct FunctionSchema {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(int64, tag = "2")]
    pub id: i64,
    #[prost(string, tag = "3")]
    pub description: String,
    #[prost(int32, tag = "4")]
    pub kind: i32,
    #[prost(string, repeated, tag = "5")]
    pub input_field_names: Vec<String>,
    #[prost(int64, repeated, tag = "6")]
    pub input_field_ids: Vec<i64>,
    #[prost(string, repeated, tag = "7")]
    pub output_field_names: Vec<String>,
    #[prost(int64, repeated, tag = "8")]
    pub output_field_ids: Vec<i64>,
    #[prost(message, repeated, tag = "9")]
    pub params: Vec<KeyValuePair>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct FunctionChain {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(int32, tag = "2")]
    pub stage: i32,
    #[prost(message, repeated, tag = "3")]
    pub ops: Vec<FunctionChainOp>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct FunctionChainOp {
    #[prost(string, tag = "1")]
    pub op: String,
    #[prost(message, optional, tag = "2")]
    pub expr: Option<FunctionChainExpr>,
    #[prost(string, repeated, tag = "3")]
    pub inputs: Vec<String>,
    #[prost(string, repeated, tag = "4")]
    pub outputs: Vec<String>,
    #[prost(message, repeated, tag = "5")]
    pub params: Vec<FunctionParamEntry>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct FunctionParamEntry {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(message, optional, tag = "2")]
    pub value: Option<FunctionParamValue>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct FunctionParamValue {
    #[prost(oneof = "FunctionParamOf", tags = "1, 2, 3, 4, 5, 6, 7")]
    pub value: Option<FunctionParamOf>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum FunctionParamOf {
    #[prost(bool, tag = "1")]
    Truth(bool),
    #[prost(int64, tag = "2")]
    Integer(i64),
    #[prost(double, tag = "3")]
    Double(f64),
    #[prost(string, tag = "4")]
    Text(String),
    #[prost(message, tag = "5")]
    Array(FunctionParamArray),
    #[prost(message, tag = "6")]
    Object(FunctionParamObject),
    #[prost(bytes = "vec", tag = "7")]
    Bytes(Vec<u8>),
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct FunctionParamArray {
    #[prost(message, repeated, tag = "1")]
    pub values: Vec<FunctionParamValue>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct FunctionParamObject {
    #[prost(message, repeated, tag = "1")]
    pub fields: Vec<FunctionParamEntry>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct FunctionChainExpr {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, repeated, tag = "2")]
    pub args: Vec<FunctionChainExprArg>,
    #[prost(message, repeated, tag = "3")]
    pub params: Vec<FunctionParamEntry>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct FunctionChainExprArg {
    #[prost(message, optional, tag = "1")]
    pub column: Option<FunctionChainColumnArg>,
    #[prost(message, optional, tag = "2")]
    pub literal: Option<FunctionParamValue>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct FunctionChainColumnArg {
    #[prost(string, tag = "1")]
    pub name: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct SearchAggregationSpec {
    #[prost(string, repeated, tag = "1")]
    pub fields: Vec<String>,
    #[prost(int64, tag = "2")]
    pub size: i64,
    #[prost(message, repeated, tag = "3")]
    pub metrics: Vec<MetricsEntry>,
    #[prost(message, repeated, tag = "4")]
    pub order: Vec<OrderSpec>,
    #[prost(message, optional, tag = "5")]
    pub top_hits: Option<TopHitsSpec>,
    #[prost(message, optional, boxed, tag = "6")]
    pub sub_aggregation: Option<Box<SearchAggregationSpec>>,
    #[prost(int64, tag = "7")]
    pub search_size: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct MetricsEntry {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(message, optional, tag = "2")]
    pub value: Option<MetricAggSpec>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct MetricAggSpec {
    #[prost(string, tag = "1")]
    pub op: String,
    #[prost(string, tag = "2")]
    pub field_name: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct OrderSpec {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(string, tag = "2")]
    pub direction: String,
    #[prost(bool, tag = "3")]
    pub null_first: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct TopHitsSpec {
    #[prost(int64, tag = "1")]
    pub size: i64,
    #[prost(message, repeated, tag = "2")]
    pub sort: Vec<SortSpec>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct SortSpec {
    #[prost(string, tag = "1")]
    pub field_name: String,
    #[prost(string, tag = "2")]
    pub direction: String,
    #[prost(bool, tag = "3")]
    pub null_first: bool,
}

/// Also `SearchRequestV2` of 2.3.
#[derive(Clone, PartialEq, prost::Message)]
pub struct HybridSearchRequest {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub base: Option<Vec<u8>>,
    #[prost(string, tag = "2")]
    pub db_name: String,
    #[prost(string, tag = "3")]
    pub collection_name: String,
    #[prost(string, repeated, tag = "4")]
    pub partition_names: Vec<String>,
    #[prost(message, repeated, tag = "5")]
    pub requests: Vec<SearchRequest>,
    #[prost(message, repeated, tag = "6")]
    pub rank_params: Vec<KeyValuePair>,
    #[prost(uint64, tag = "7")]
    pub travel_timestamp: u64,
    #[prost(uint64, tag = "8")]
    pub guarantee_timestamp: u64,
    #[prost(bool, tag = "9")]
    pub not_return_all_meta: bool,
    #[prost(string, repeated, tag = "10")]
    pub output_fields: Vec<String>,
    #[prost(int32, tag = "11")]
    pub consistency_level: i32,
    #[prost(bool, tag = "12")]
    pub use_default_consistency: bool,
    #[prost(message, optional, tag = "13")]
    pub function_score: Option<FunctionScore>,
    #[prost(string, optional, tag = "14")]
    pub namespace: Option<String>,
    #[prost(message, repeated, tag = "15")]
    pub function_chains: Vec<FunctionChain>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct QueryRequest {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub base: Option<Vec<u8>>,
    #[prost(string, tag = "2")]
    pub db_name: String,
    #[prost(string, tag = "3")]
    pub collection_name: String,
    #[prost(string, tag = "4")]
    pub expr: String,
    #[prost(string, repeated, tag = "5")]
    pub output_fields: Vec<String>,
    #[prost(string, repeated, tag = "6")]
    pub partition_names: Vec<String>,
    #[prost(uint64, tag = "7")]
    pub travel_timestamp: u64,
    #[prost(uint64, tag = "8")]
    pub guarantee_timestamp: u64,
    #[prost(message, repeated, tag = "9")]
    pub query_params: Vec<KeyValuePair>,
    #[prost(bool, tag = "10")]
    pub not_return_all_meta: bool,
    #[prost(int32, tag = "11")]
    pub consistency_level: i32,
    #[prost(bool, tag = "12")]
    pub use_default_consistency: bool,
    #[prost(bytes = "vec", repeated, tag = "13")]
    pub expr_template_values: Vec<Vec<u8>>,
    #[prost(string, optional, tag = "14")]
    pub namespace: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct DeleteRequest {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub base: Option<Vec<u8>>,
    #[prost(string, tag = "2")]
    pub db_name: String,
    #[prost(string, tag = "3")]
    pub collection_name: String,
    #[prost(string, tag = "4")]
    pub partition_name: String,
    #[prost(string, tag = "5")]
    pub expr: String,
    #[prost(uint32, repeated, tag = "6")]
    pub hash_keys: Vec<u32>,
    #[prost(int32, tag = "7")]
    pub consistency_level: i32,
    #[prost(bytes = "vec", repeated, tag = "8")]
    pub expr_template_values: Vec<Vec<u8>>,
    #[prost(string, optional, tag = "9")]
    pub namespace: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct CalcDistanceRequest {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub base: Option<Vec<u8>>,
    #[prost(message, optional, tag = "2")]
    pub op_left: Option<VectorsArray>,
    #[prost(message, optional, tag = "3")]
    pub op_right: Option<VectorsArray>,
    #[prost(message, repeated, tag = "4")]
    pub params: Vec<KeyValuePair>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct VectorsArray {
    #[prost(message, optional, tag = "1")]
    pub id_array: Option<VectorIds>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub data_array: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct VectorIds {
    #[prost(string, tag = "1")]
    pub collection_name: String,
    #[prost(string, tag = "2")]
    pub field_name: String,
    #[prost(message, optional, tag = "3")]
    pub id_array: Option<Ids>,
    #[prost(string, repeated, tag = "4")]
    pub partition_names: Vec<String>,
}
