//! Formulas of a score.

use super::conditions::Condition;

#[derive(Clone, PartialEq, prost::Message)]
pub struct Formula {
    #[prost(message, optional, tag = "1")]
    pub expression: Option<Expression>,
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub defaults: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Expression {
    #[prost(
        oneof = "ExpressionOf",
        tags = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22"
    )]
    pub variant: Option<ExpressionOf>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum ExpressionOf {
    #[prost(float, tag = "1")]
    Constant(f32),
    #[prost(string, tag = "2")]
    Variable(String),
    #[prost(message, tag = "3")]
    Condition(Box<Condition>),
    #[prost(message, tag = "4")]
    GeoDistance(GeoDistance),
    #[prost(string, tag = "5")]
    Datetime(String),
    #[prost(string, tag = "6")]
    DatetimeKey(String),
    #[prost(message, tag = "7")]
    Mult(MultExpression),
    #[prost(message, tag = "8")]
    Sum(SumExpression),
    #[prost(message, tag = "9")]
    Div(Box<DivExpression>),
    #[prost(message, tag = "10")]
    Neg(Box<Expression>),
    #[prost(message, tag = "11")]
    Abs(Box<Expression>),
    #[prost(message, tag = "12")]
    Sqrt(Box<Expression>),
    #[prost(message, tag = "13")]
    Pow(Box<PowExpression>),
    #[prost(message, tag = "14")]
    Exp(Box<Expression>),
    #[prost(message, tag = "15")]
    Log10(Box<Expression>),
    #[prost(message, tag = "16")]
    Ln(Box<Expression>),
    #[prost(message, tag = "17")]
    ExpDecay(Box<DecayParamsExpression>),
    #[prost(message, tag = "18")]
    GaussDecay(Box<DecayParamsExpression>),
    #[prost(message, tag = "19")]
    LinDecay(Box<DecayParamsExpression>),
    #[prost(message, tag = "20")]
    Acosh(Box<Expression>),
    #[prost(message, tag = "21")]
    Max(MaxExpression),
    #[prost(message, tag = "22")]
    Min(MinExpression),
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct GeoDistance {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub origin: Option<Vec<u8>>,
    #[prost(string, tag = "2")]
    pub to: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct MultExpression {
    #[prost(message, repeated, tag = "1")]
    pub mult: Vec<Expression>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct SumExpression {
    #[prost(message, repeated, tag = "1")]
    pub sum: Vec<Expression>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct DivExpression {
    #[prost(message, optional, boxed, tag = "1")]
    pub left: Option<Box<Expression>>,
    #[prost(message, optional, boxed, tag = "2")]
    pub right: Option<Box<Expression>>,
    #[prost(float, optional, tag = "3")]
    pub by_zero_default: Option<f32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct PowExpression {
    #[prost(message, optional, boxed, tag = "1")]
    pub base: Option<Box<Expression>>,
    #[prost(message, optional, boxed, tag = "2")]
    pub exponent: Option<Box<Expression>>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct DecayParamsExpression {
    #[prost(message, optional, boxed, tag = "1")]
    pub x: Option<Box<Expression>>,
    #[prost(message, optional, boxed, tag = "2")]
    pub target: Option<Box<Expression>>,
    #[prost(float, optional, tag = "3")]
    pub scale: Option<f32>,
    #[prost(float, optional, tag = "4")]
    pub midpoint: Option<f32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct MaxExpression {
    #[prost(message, repeated, tag = "1")]
    pub max: Vec<Expression>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct MinExpression {
    #[prost(message, repeated, tag = "1")]
    pub min: Vec<Expression>,
}
