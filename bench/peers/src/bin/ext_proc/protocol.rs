//! The messages of `envoy.service.ext_proc.v3` that are used here, and the service (`external_processor.proto` of
//! Envoy 1.40). What is not named is skipped when read.

use prost::{Message, Oneof};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tonic::server::{Grpc, NamedService, StreamingService};
use tonic::{Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

/// What Envoy tells of a request and its answer, part by part.
#[derive(Clone, PartialEq, Message)]
pub struct ProcessingRequest {
    /// The part.
    #[prost(oneof = "Told", tags = "2, 3, 4, 5, 6, 7")]
    pub told: Option<Told>,
}

/// A part of a request or its answer.
#[derive(Clone, PartialEq, Oneof)]
pub enum Told {
    /// The head of the request.
    #[prost(message, tag = "2")]
    RequestHeaders(HttpHeaders),
    /// The head of the answer.
    #[prost(message, tag = "3")]
    ResponseHeaders(HttpHeaders),
    /// The request's body.
    #[prost(message, tag = "4")]
    RequestBody(HttpBody),
    /// A chunk of the answer's body.
    #[prost(message, tag = "5")]
    ResponseBody(HttpBody),
    /// The trailers of the request.
    #[prost(message, tag = "6")]
    RequestTrailers(Empty),
    /// The trailers of the answer.
    #[prost(message, tag = "7")]
    ResponseTrailers(Empty),
}

/// Headers.
#[derive(Clone, PartialEq, Message)]
pub struct HttpHeaders {
    /// The headers.
    #[prost(message, optional, tag = "1")]
    pub headers: Option<HeaderMap>,
    /// Nothing follows.
    #[prost(bool, tag = "3")]
    pub end_of_stream: bool,
}

/// Headers, in their order.
#[derive(Clone, PartialEq, Message)]
pub struct HeaderMap {
    /// The headers.
    #[prost(message, repeated, tag = "1")]
    pub headers: Vec<HeaderValue>,
}

/// One header.
#[derive(Clone, PartialEq, Message)]
pub struct HeaderValue {
    /// Its name.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Its value, where it is no `raw_value`.
    #[prost(string, tag = "2")]
    pub value: String,
    /// Its value.
    #[prost(bytes = "vec", tag = "3")]
    pub raw_value: Vec<u8>,
}

/// A part of a body.
#[derive(Clone, PartialEq, Message)]
pub struct HttpBody {
    /// The bytes.
    #[prost(bytes = "bytes", tag = "1")]
    pub body: bytes::Bytes,
    /// Nothing follows.
    #[prost(bool, tag = "2")]
    pub end_of_stream: bool,
}

/// A message of which nothing matters.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct Empty {}

/// What becomes of the part that was told of.
#[derive(Clone, PartialEq, Message)]
pub struct ProcessingResponse {
    /// What becomes of it.
    #[prost(oneof = "Said", tags = "1, 2, 3, 4, 5, 6, 7")]
    pub said: Option<Said>,
}

/// What becomes of a part; each answers the part of its name.
#[derive(Clone, PartialEq, Oneof)]
pub enum Said {
    /// The head of the request.
    #[prost(message, tag = "1")]
    RequestHeaders(Changed),
    /// The head of the answer.
    #[prost(message, tag = "2")]
    ResponseHeaders(Changed),
    /// The request's body.
    #[prost(message, tag = "3")]
    RequestBody(Changed),
    /// A chunk of the answer's body.
    #[prost(message, tag = "4")]
    ResponseBody(Changed),
    /// The trailers of the request.
    #[prost(message, tag = "5")]
    RequestTrailers(Empty),
    /// The trailers of the answer.
    #[prost(message, tag = "6")]
    ResponseTrailers(Empty),
    /// The client is answered at once.
    #[prost(message, tag = "7")]
    Immediate(ImmediateResponse),
}

/// `HeadersResponse` and `BodyResponse`, which are alike.
#[derive(Clone, PartialEq, Message)]
pub struct Changed {
    /// The changes.
    #[prost(message, optional, tag = "1")]
    pub response: Option<CommonResponse>,
}

/// Changes to a part.
#[derive(Clone, PartialEq, Message)]
pub struct CommonResponse {
    /// Of the headers.
    #[prost(message, optional, tag = "2")]
    pub header_mutation: Option<HeaderMutation>,
    /// Of the body.
    #[prost(message, optional, tag = "3")]
    pub body_mutation: Option<BodyMutation>,
}

/// Changes to headers.
#[derive(Clone, PartialEq, Message)]
pub struct HeaderMutation {
    /// Headers to write.
    #[prost(message, repeated, tag = "1")]
    pub set_headers: Vec<HeaderValueOption>,
    /// Headers to take out.
    #[prost(string, repeated, tag = "2")]
    pub remove_headers: Vec<String>,
}

/// A header to write.
#[derive(Clone, PartialEq, Message)]
pub struct HeaderValueOption {
    /// The header.
    #[prost(message, optional, tag = "1")]
    pub header: Option<HeaderValue>,
}

/// Changes to a body.
#[derive(Clone, PartialEq, Message)]
pub struct BodyMutation {
    /// The changes.
    #[prost(oneof = "Mutation", tags = "1, 2")]
    pub mutation: Option<Mutation>,
}

/// What takes a body's place.
#[derive(Clone, PartialEq, Eq, Oneof)]
pub enum Mutation {
    /// This.
    #[prost(bytes = "bytes", tag = "1")]
    Body(bytes::Bytes),
    /// Nothing.
    #[prost(bool, tag = "2")]
    ClearBody(bool),
}

/// An answer in the place of the database's.
#[derive(Clone, PartialEq, Message)]
pub struct ImmediateResponse {
    /// The HTTP status.
    #[prost(message, optional, tag = "1")]
    pub status: Option<HttpStatus>,
    /// The headers.
    #[prost(message, optional, tag = "2")]
    pub headers: Option<HeaderMutation>,
    /// The body.
    #[prost(bytes = "vec", tag = "3")]
    pub body: Vec<u8>,
}

/// A status.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct HttpStatus {
    /// Its number.
    #[prost(int32, tag = "1")]
    pub code: i32,
}

/// What an answer to Envoy is sent by.
pub type Replies = Pin<Box<dyn tokio_stream::Stream<Item = Result<ProcessingResponse, Status>> + Send>>;

/// The service: what comes of a stream is said by the function in it.
#[derive(Clone)]
pub struct Processor<F>(pub F);

impl<F> NamedService for Processor<F> {
    const NAME: &'static str = "envoy.service.ext_proc.v3.ExternalProcessor";
}

struct Streams<F>(F);

impl<F: Fn(Streaming<ProcessingRequest>) -> Replies> StreamingService<ProcessingRequest> for Streams<F> {
    type Response = ProcessingResponse;
    type ResponseStream = Replies;
    type Future = std::future::Ready<Result<Response<Replies>, Status>>;

    fn call(&mut self, request: Request<Streaming<ProcessingRequest>>) -> Self::Future {
        std::future::ready(Ok(Response::new((self.0)(request.into_inner()))))
    }
}

impl<F> tonic::codegen::Service<http::Request<tonic::body::Body>> for Processor<F>
where
    F: Fn(Streaming<ProcessingRequest>) -> Replies + Clone + Send + 'static,
{
    type Response = http::Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<tonic::body::Body>) -> Self::Future {
        let streams = Streams(self.0.clone());
        Box::pin(async move { Ok(Grpc::new(ProstCodec::default()).streaming(streams, request).await) })
    }
}
