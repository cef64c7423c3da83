//! One request and its answer: what Envoy tells goes to an `Exchange`, what that wants goes back.

use crate::protocol::{
    BodyMutation, Changed, CommonResponse, HeaderMutation, HeaderValue, HeaderValueOption, HttpBody,
    HttpHeaders, HttpStatus, ImmediateResponse, Mutation, ProcessingRequest, ProcessingResponse, Replies,
    Said, Told,
};
use send_wrapper::SendWrapper;
use std::rc::Rc;
use std::time::SystemTime;
use tokio_stream::StreamExt;
use tonic::{Status, Streaming};
use vectorgate::approval::contract::Caller;
use vectorgate::dialect::grpc::ENCODING;
use vectorgate::dialect::{Head, Named, Names, Reply};
use vectorgate::exchange::Guard;
use vectorgate::exchange::answer::{AnswerHead, Chunk, End};
use vectorgate::exchange::life::{Arrival, Effect, Exchange, Follows, Released};

/// Every key is a collection of the same name.
struct EveryName;

impl Names for EveryName {
    fn get(&self, _key: &str) -> Option<Named> {
        Some(Named::Collection {
            name: "bench".to_owned(),
            scope: "default_tenant/default_database".to_owned(),
        })
    }
}

/// One request and its answer.
pub struct Stream {
    guard: Rc<Guard>,
    exchange: Option<Exchange>,
}

/// What Envoy is told, for each thing that it tells.
pub fn replies(mut stream: SendWrapper<Stream>, parts: Streaming<ProcessingRequest>) -> Replies {
    Box::pin(parts.map(move |part| {
        let told = part?
            .told
            .ok_or_else(|| Status::invalid_argument("an empty part"))?;
        let said = stream.told(told)?;
        Ok(ProcessingResponse { said: Some(said) })
    }))
}

impl Stream {
    /// One that has been told nothing yet.
    pub fn new(guard: Rc<Guard>) -> Stream {
        Stream {
            guard,
            exchange: None,
        }
    }

    fn told(&mut self, told: Told) -> Result<Said, Status> {
        match told {
            Told::RequestHeaders(headers) => self.begun(headers),
            Told::RequestBody(body) => {
                let effects = self
                    .exchange()?
                    .body_whole(body.body.to_vec(), &EveryName, SystemTime::now());
                let changes = forwarded(effects)?;
                Ok(match changes {
                    Forwarded::On(changes) => Said::RequestBody(Changed { response: changes }),
                    Forwarded::Refused(reply) => Said::Immediate(reply),
                })
            }
            Told::ResponseHeaders(headers) => self.answer_came(headers),
            Told::ResponseBody(chunk) => self.answer_chunk(chunk),
            Told::RequestTrailers(_) => Ok(Said::RequestTrailers(crate::protocol::Empty {})),
            Told::ResponseTrailers(_) => Ok(Said::ResponseTrailers(crate::protocol::Empty {})),
        }
    }

    fn exchange(&mut self) -> Result<&mut Exchange, Status> {
        self.exchange
            .as_mut()
            .ok_or_else(|| Status::failed_precondition("no head has come"))
    }

    fn begun(&mut self, headers: HttpHeaders) -> Result<Said, Status> {
        let end_of_stream = headers.end_of_stream;
        let (head, malformed) = Head::from_headers(texts(headers));
        let now = SystemTime::now();
        let arrival = Arrival {
            caller: Caller {
                name: head.header("x-client-id").unwrap_or_default().to_owned(),
                groups: Vec::new(),
            },
            source: None,
            request_id: head.header("x-request-id").map(str::to_owned),
            trace_id: None,
            time: now,
            body: if end_of_stream {
                Follows::Nothing
            } else {
                Follows::Body
            },
            content_length: head.header("content-length").and_then(|value| value.parse().ok()),
            patience: None,
        };
        let exchange = Exchange::new(
            Rc::clone(&self.guard),
            Rc::default(),
            String::new(),
            arrival,
            head,
        );
        let exchange = self.exchange.insert(exchange);
        let effects = match malformed {
            Some(malformed) => exchange.malformed(malformed),
            None => exchange.start(&EveryName, now),
        };
        if exchange.reads_body() {
            return Ok(Said::RequestHeaders(Changed { response: None }));
        }
        Ok(match forwarded(effects)? {
            Forwarded::On(response) => Said::RequestHeaders(Changed { response }),
            Forwarded::Refused(reply) => Said::Immediate(reply),
        })
    }

    fn answer_came(&mut self, headers: HttpHeaders) -> Result<Said, Status> {
        let headers = texts(headers);
        let header = |name: &str| {
            headers
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
        };
        let head = AnswerHead {
            status: header(":status")
                .and_then(|value| value.parse().ok())
                .unwrap_or(0),
            content_type: header("content-type"),
            content_encoding: header("content-encoding"),
            grpc_encoding: header(ENCODING),
            grpc_status: None,
        };
        let exchange = self.exchange()?;
        let effects = exchange.answer_head(&head, SystemTime::now());
        if !effects.is_empty() {
            return Err(withheld(&effects));
        }
        let response = exchange.changes_length().then(|| CommonResponse {
            header_mutation: Some(HeaderMutation {
                set_headers: Vec::new(),
                remove_headers: vec!["content-length".to_owned()],
            }),
            body_mutation: None,
        });
        Ok(Said::ResponseHeaders(Changed { response }))
    }

    fn answer_chunk(&mut self, chunk: HttpBody) -> Result<Said, Status> {
        let end = if chunk.end_of_stream { End::Last } else { End::More };
        let mut out = Vec::new();
        let (passed, effects) =
            self.exchange()?
                .answer_chunk(&chunk.body, end, &mut out, Released::Head, SystemTime::now());
        if effects.iter().any(|effect| *effect != Effect::ReleaseAnswer) {
            return Err(withheld(&effects));
        }
        let response = (passed == Chunk::Rewritten).then(|| CommonResponse {
            header_mutation: None,
            body_mutation: Some(replaced(out)),
        });
        Ok(Said::ResponseBody(Changed { response }))
    }
}

/// How a request goes on.
enum Forwarded {
    On(Option<CommonResponse>),
    Refused(ImmediateResponse),
}

fn forwarded(effects: Vec<Effect>) -> Result<Forwarded, Status> {
    match effects.into_iter().next() {
        Some(Effect::Forward {
            path: None,
            body: None,
        }) => Ok(Forwarded::On(None)),
        Some(Effect::Forward { path, body }) => {
            // Envoy holds a body that is another one to the length that was announced.
            let length = body.as_ref().map(|body| body.len().to_string());
            let headers = [(":path", path), ("content-length", length)];
            Ok(Forwarded::On(Some(CommonResponse {
                header_mutation: Some(HeaderMutation {
                    set_headers: headers
                        .iter()
                        .filter_map(|(name, value)| Some(set(name, value.as_deref()?)))
                        .collect(),
                    remove_headers: Vec::new(),
                }),
                body_mutation: body.map(replaced),
            })))
        }
        Some(Effect::Reply(reply)) => Ok(Forwarded::Refused(immediate(reply))),
        other => Err(Status::unimplemented(format!("{other:?}"))),
    }
}

fn immediate(reply: Reply) -> ImmediateResponse {
    ImmediateResponse {
        status: Some(HttpStatus {
            code: i32::from(reply.status),
        }),
        headers: Some(HeaderMutation {
            set_headers: reply
                .headers
                .iter()
                .map(|(name, value)| set(name, value))
                .collect(),
            remove_headers: Vec::new(),
        }),
        body: reply.body,
    }
}

/// An answer that is not what the protocol promises: the stream to Envoy breaks, and it fails closed.
fn withheld(effects: &[Effect]) -> Status {
    Status::internal(format!("the answer is withheld: {effects:?}"))
}

fn replaced(body: Vec<u8>) -> BodyMutation {
    let mutation = if body.is_empty() {
        Mutation::ClearBody(true)
    } else {
        Mutation::Body(body.into())
    };
    BodyMutation {
        mutation: Some(mutation),
    }
}

fn set(name: &str, value: &str) -> HeaderValueOption {
    HeaderValueOption {
        header: Some(HeaderValue {
            key: name.to_owned(),
            value: String::new(),
            raw_value: value.as_bytes().to_vec(),
        }),
    }
}

fn texts(headers: HttpHeaders) -> Vec<(String, String)> {
    let headers = headers.headers.unwrap_or_default().headers;
    let text = |header: HeaderValue| {
        let value = if header.raw_value.is_empty() {
            header.value
        } else {
            String::from_utf8_lossy(&header.raw_value).into_owned()
        };
        (header.key, value)
    };
    headers.into_iter().map(text).collect()
}
