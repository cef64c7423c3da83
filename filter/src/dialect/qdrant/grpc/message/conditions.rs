//! Conditions on fields, and the points that a change selects by them.

#[derive(Clone, PartialEq, prost::Message)]
pub struct Filter {
    #[prost(message, repeated, tag = "1")]
    pub should: Vec<Condition>,
    #[prost(message, repeated, tag = "2")]
    pub must: Vec<Condition>,
    #[prost(message, repeated, tag = "3")]
    pub must_not: Vec<Condition>,
    #[prost(message, optional, tag = "4")]
    pub min_should: Option<MinShould>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Condition {
    #[prost(oneof = "ConditionOf", tags = "1, 2, 3, 4, 5, 6, 7, 8")]
    pub variant: Option<ConditionOf>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum ConditionOf {
    #[prost(message, tag = "1")]
    Field(FieldCondition),
    #[prost(message, tag = "2")]
    IsEmpty(IsEmptyCondition),
    #[prost(message, tag = "3")]
    HasId(HasIdCondition),
    #[prost(message, tag = "4")]
    Filter(Box<Filter>),
    #[prost(message, tag = "5")]
    IsNull(IsNullCondition),
    #[prost(message, tag = "6")]
    Nested(Box<NestedCondition>),
    #[prost(message, tag = "7")]
    HasVector(HasVectorCondition),
    #[prost(bytes = "vec", tag = "8")]
    Slice(Vec<u8>),
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct FieldCondition {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub r#match: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub range: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub geo_bounding_box: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "5")]
    pub geo_radius: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "6")]
    pub values_count: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "7")]
    pub geo_polygon: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "8")]
    pub datetime_range: Option<Vec<u8>>,
    #[prost(bool, optional, tag = "9")]
    pub is_empty: Option<bool>,
    #[prost(bool, optional, tag = "10")]
    pub is_null: Option<bool>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct IsEmptyCondition {
    #[prost(string, tag = "1")]
    pub key: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct HasIdCondition {
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub has_id: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct IsNullCondition {
    #[prost(string, tag = "1")]
    pub key: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct NestedCondition {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(message, optional, boxed, tag = "2")]
    pub filter: Option<Box<Filter>>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct HasVectorCondition {
    #[prost(string, tag = "1")]
    pub has_vector: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct MinShould {
    #[prost(message, repeated, tag = "1")]
    pub conditions: Vec<Condition>,
    #[prost(uint64, tag = "2")]
    pub min_count: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct PointsSelector {
    #[prost(oneof = "PointsSelectorOf", tags = "1, 2")]
    pub variant: Option<PointsSelectorOf>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum PointsSelectorOf {
    #[prost(bytes = "vec", tag = "1")]
    Points(Vec<u8>),
    #[prost(message, tag = "2")]
    Filter(Filter),
}
