//! What a query ranks points by, and the prefetches that fetch its candidates.

use super::conditions::Filter;
use super::formula::Formula;

#[derive(Clone, PartialEq, prost::Message)]
pub struct SearchParams {
    #[prost(uint64, optional, tag = "1")]
    pub hnsw_ef: Option<u64>,
    #[prost(bool, optional, tag = "2")]
    pub exact: Option<bool>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub quantization: Option<Vec<u8>>,
    #[prost(bool, optional, tag = "4")]
    pub indexed_only: Option<bool>,
    #[prost(bytes = "vec", optional, tag = "5")]
    pub acorn: Option<Vec<u8>>,
    #[prost(message, optional, tag = "6")]
    pub idf: Option<IdfParams>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct IdfParams {
    #[prost(message, optional, tag = "1")]
    pub corpus: Option<Filter>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct LookupLocation {
    #[prost(string, tag = "1")]
    pub collection_name: String,
    #[prost(string, optional, tag = "2")]
    pub vector_name: Option<String>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub shard_key_selector: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct PrefetchQuery {
    #[prost(message, repeated, tag = "1")]
    pub prefetch: Vec<PrefetchQuery>,
    #[prost(message, optional, tag = "2")]
    pub query: Option<Query>,
    #[prost(string, optional, tag = "3")]
    pub using: Option<String>,
    #[prost(message, optional, tag = "4")]
    pub filter: Option<Filter>,
    #[prost(message, optional, tag = "5")]
    pub params: Option<SearchParams>,
    #[prost(float, optional, tag = "6")]
    pub score_threshold: Option<f32>,
    #[prost(uint64, optional, tag = "7")]
    pub limit: Option<u64>,
    #[prost(message, optional, tag = "8")]
    pub lookup_from: Option<LookupLocation>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Query {
    #[prost(oneof = "QueryOf", tags = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12")]
    pub variant: Option<QueryOf>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum QueryOf {
    #[prost(message, tag = "1")]
    Nearest(VectorInput),
    #[prost(message, tag = "2")]
    Recommend(RecommendInput),
    #[prost(message, tag = "3")]
    Discover(DiscoverInput),
    #[prost(message, tag = "4")]
    Context(ContextInput),
    #[prost(message, tag = "5")]
    OrderBy(OrderBy),
    #[prost(int32, tag = "6")]
    Fusion(i32),
    #[prost(int32, tag = "7")]
    Sample(i32),
    #[prost(message, tag = "8")]
    Formula(Formula),
    #[prost(message, tag = "9")]
    NearestWithMmr(NearestInputWithMmr),
    #[prost(bytes = "vec", tag = "10")]
    Rrf(Vec<u8>),
    #[prost(message, tag = "11")]
    RelevanceFeedback(RelevanceFeedbackInput),
    #[prost(message, tag = "12")]
    Text(TextQuery),
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct VectorInput {
    #[prost(oneof = "VectorInputOf", tags = "1, 2, 3, 4, 5, 6, 7")]
    pub variant: Option<VectorInputOf>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum VectorInputOf {
    #[prost(bytes = "vec", tag = "1")]
    Id(Vec<u8>),
    #[prost(bytes = "vec", tag = "2")]
    Dense(Vec<u8>),
    #[prost(bytes = "vec", tag = "3")]
    Sparse(Vec<u8>),
    #[prost(bytes = "vec", tag = "4")]
    MultiDense(Vec<u8>),
    #[prost(bytes = "vec", tag = "5")]
    Document(Vec<u8>),
    #[prost(bytes = "vec", tag = "6")]
    Image(Vec<u8>),
    #[prost(bytes = "vec", tag = "7")]
    Object(Vec<u8>),
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct RecommendInput {
    #[prost(message, repeated, tag = "1")]
    pub positive: Vec<VectorInput>,
    #[prost(message, repeated, tag = "2")]
    pub negative: Vec<VectorInput>,
    #[prost(int32, optional, tag = "3")]
    pub strategy: Option<i32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct DiscoverInput {
    #[prost(message, optional, tag = "1")]
    pub target: Option<VectorInput>,
    #[prost(message, optional, tag = "2")]
    pub context: Option<ContextInput>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct ContextInput {
    #[prost(message, repeated, tag = "1")]
    pub pairs: Vec<ContextInputPair>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct ContextInputPair {
    #[prost(message, optional, tag = "1")]
    pub positive: Option<VectorInput>,
    #[prost(message, optional, tag = "2")]
    pub negative: Option<VectorInput>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct OrderBy {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(int32, optional, tag = "2")]
    pub direction: Option<i32>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub start_from: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct NearestInputWithMmr {
    #[prost(message, optional, tag = "1")]
    pub nearest: Option<VectorInput>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub mmr: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct RelevanceFeedbackInput {
    #[prost(message, optional, tag = "1")]
    pub target: Option<VectorInput>,
    #[prost(message, repeated, tag = "2")]
    pub feedback: Vec<FeedbackItem>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub strategy: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct FeedbackItem {
    #[prost(message, optional, tag = "1")]
    pub example: Option<VectorInput>,
    #[prost(float, tag = "2")]
    pub score: f32,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct TextQuery {
    #[prost(string, tag = "1")]
    pub query: String,
    #[prost(oneof = "TextQueryOf", tags = "2")]
    pub variant: Option<TextQueryOf>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum TextQueryOf {
    #[prost(bytes = "vec", tag = "2")]
    Bm25(Vec<u8>),
}
