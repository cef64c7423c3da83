//! Vectorgate's own masks, natively, in a process beside Envoy: what an `ext_proc` server costs that judges and masks
//! with the same code, the answer streamed through it chunk by chunk.
//!
//! `ext-proc PORT POLICY-FILE`. One thread, like the worker of Envoy that calls it. It is given an advantage: every
//! collection's name is known beforehand, and nothing is recorded.

mod protocol;
mod stream;

use protocol::Processor;
use send_wrapper::SendWrapper;
use std::rc::Rc;
use stream::Stream;
use tokio::net::TcpListener;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::TcpListenerStream;
use vectorgate::dialect::by_name;
use vectorgate::exchange::Guard;
use vectorgate::policy::Policy;

type Fault = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fault> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, port, policy] = arguments.as_slice() else {
        return Err("usage: ext-proc PORT POLICY-FILE".into());
    };
    let policy = Policy::from_json(&std::fs::read(policy)?, &|name: &str| std::env::var(name).ok())
        .map_err(|mistakes| mistakes.to_string())?;
    let dialect = by_name(policy.database().as_str()).ok_or("no such database")?;
    // What the filter is made of stays on one thread; so does everything here.
    let guard = SendWrapper::new(Rc::new(Guard::new(policy, dialect)));
    let service = Processor(move |parts| {
        let stream = SendWrapper::new(Stream::new(Rc::clone(&guard)));
        stream::replies(stream, parts)
    });
    let listener = TcpListener::bind(("127.0.0.1", port.parse()?)).await?;
    let connections = TcpListenerStream::new(listener).map(|stream| {
        stream.inspect(|stream| {
            let _ = stream.set_nodelay(true);
        })
    });
    tonic::transport::Server::builder()
        .initial_stream_window_size(16 << 20)
        .initial_connection_window_size(64 << 20)
        .add_service(service)
        .serve_with_incoming(connections)
        .await?;
    Ok(())
}
