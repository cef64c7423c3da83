//! A database that answers gRPC calls from files, as nginx does for REST: over HTTP/2 without TLS, on one thread.
//!
//! `grpc-answers PORT DIRECTORY`: a call is answered with the file that its header `x-answer` names, and one without
//! (the filter's own questions) with the file of its method's name, an empty message where there is none. A file holds
//! one message; its frame is written here. What was asked is read and dropped.

use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Body, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::collections::HashMap;
use std::convert::Infallible;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;

type Fault = Box<dyn Error + Send + Sync>;

/// Answers by name, each in its frame.
struct Answers(HashMap<String, Bytes>);

impl Answers {
    fn read(directory: &Path) -> Result<Answers, Fault> {
        let mut answers = HashMap::new();
        for entry in std::fs::read_dir(directory)? {
            let entry = entry?;
            let name = entry
                .file_name()
                .into_string()
                .map_err(|_| "a name in no UTF-8")?;
            answers.insert(name, framed(&std::fs::read(entry.path())?)?);
        }
        Ok(Answers(answers))
    }

    fn to(&self, request: &Request<Incoming>) -> Bytes {
        let named = request
            .headers()
            .get("x-answer")
            .and_then(|value| value.to_str().ok());
        let method = request.uri().path().rsplit('/').next().unwrap_or_default();
        let found = self.0.get(named.unwrap_or(method)).cloned();
        found.unwrap_or_else(|| Bytes::from_static(&[0; 5]))
    }
}

fn framed(message: &[u8]) -> Result<Bytes, Fault> {
    let mut frame = BytesMut::with_capacity(message.len() + 5);
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len())?);
    frame.put_slice(message);
    Ok(frame.freeze())
}

async fn answer(
    request: Request<Incoming>,
    answers: Arc<Answers>,
) -> Result<Response<impl Body<Data = Bytes, Error = Infallible>>, Fault> {
    let message = answers.to(&request);
    request.into_body().collect().await?;
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let frames = [Ok(Frame::data(message)), Ok(Frame::trailers(trailers))];
    let body = StreamBody::new(tokio_stream::iter(frames));
    Ok(Response::builder()
        .header("content-type", "application/grpc")
        .body(body)?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fault> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, port, directory] = arguments.as_slice() else {
        return Err("usage: grpc-answers PORT DIRECTORY".into());
    };
    let answers = Arc::new(Answers::read(Path::new(directory))?);
    let listener = TcpListener::bind(("127.0.0.1", port.parse()?)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let answers = Arc::clone(&answers);
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, Arc::clone(&answers)));
            let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                .initial_stream_window_size(16 << 20)
                .initial_connection_window_size(64 << 20)
                .max_send_buf_size(16 << 20)
                .serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                eprintln!("a connection ended: {error}");
            }
        });
    }
}
