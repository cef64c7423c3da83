//! Connections: taken, served, and ended where nothing comes of them, so that whoever opens many and says little on them
//! does not keep the filter from being heard.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep, sleep};
use tower_service::Service;

/// How long a connection is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the head of a request, from the end of the one before. Longer than Envoy keeps a connection that it does not
    /// use, so that it is never here that one is closed on which a record is just being sent.
    pub head: Duration,
    /// Without a single byte. Longer than the longest question is held.
    pub silence: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            head: Duration::from_secs(75),
            silence: Duration::from_secs(120),
        }
    }
}

/// Serves until `stop` is over; then takes no more connections, and ends when those that are open have had their answer.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    patience: Patience,
    stop: impl Future<Output = ()>,
) {
    let open = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let taken = tokio::select! {
            taken = listener.accept() => taken,
            () = &mut stop => break,
        };
        match taken {
            Ok((stream, peer)) => {
                let served = connection(stream, peer, router.clone(), patience, open.watcher());
                tokio::spawn(served);
            }
            Err(why) => {
                // Most likely no more files can be open: some will be closed in a while.
                tracing::warn!(%why, "a connection could not be taken");
                sleep(Duration::from_millis(200)).await;
            }
        }
    }
    drop(listener);
    open.shutdown().await;
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, patience: Patience, open: Watcher) {
    // Answers are small and waited for.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().call(request)
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(patience.head);
    builder.http2().timer(TokioTimer::new());
    let stream = TokioIo::new(Impatient::new(stream, patience.silence));
    let served = open.watch(builder.serve_connection(stream, service).into_owned());
    if let Err(why) = served.await {
        tracing::debug!(%why, "a connection was broken off");
    }
}

/// A stream that fails when it has been silent for too long.
struct Impatient {
    stream: TcpStream,
    limit: Duration,
    over: Pin<Box<Sleep>>,
}

impl Impatient {
    fn new(stream: TcpStream, limit: Duration) -> Impatient {
        Impatient {
            stream,
            limit,
            over: Box::pin(sleep(limit)),
        }
    }
}

impl AsyncRead for Impatient {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match Pin::new(&mut this.stream).poll_read(cx, buf) {
            Poll::Ready(read) => {
                this.over.as_mut().reset(Instant::now() + this.limit);
                Poll::Ready(read)
            }
            Poll::Pending => this
                .over
                .as_mut()
                .poll(cx)
                .map(|()| Err(io::ErrorKind::TimedOut.into())),
        }
    }
}

impl AsyncWrite for Impatient {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::extract::Extension;
    use axum::routing::{get, post};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::oneshot;

    const SHORT: Patience = Patience {
        head: Duration::from_millis(300),
        silence: Duration::from_millis(600),
    };

    async fn started() -> (SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
        let router = Router::new()
            .route(
                "/",
                get(
                    |Extension(ConnectInfo(peer)): Extension<ConnectInfo<SocketAddr>>| async move {
                        peer.ip().to_string()
                    },
                ),
            )
            .route("/body", post(|body: String| async move { body }))
            .route(
                "/slow",
                get(|| async {
                    sleep(Duration::from_millis(400)).await;
                    "done"
                }),
            );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(serve(listener, router, SHORT, async {
            let _ = stopped.await;
        }));
        (address, stop, served)
    }

    /// What comes until the other side hangs up; an error where it does not in time.
    async fn all(stream: &mut TcpStream) -> Result<String, tokio::time::error::Elapsed> {
        let mut said = Vec::new();
        tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut said))
            .await?
            .ok();
        Ok(String::from_utf8_lossy(&said).into_owned())
    }

    #[tokio::test]
    async fn requests_are_answered_and_who_asks_is_known() {
        let (address, _stop, _served) = started().await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        let ask =
            b"GET / HTTP/1.1\r\nhost: x\r\n\r\nGET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        stream.write_all(ask).await.unwrap();
        let said = all(&mut stream).await.unwrap();
        assert!(
            said.contains("\r\n\r\n127.0.0.1") && said.ends_with("done"),
            "{said}"
        );
    }

    #[tokio::test]
    async fn who_says_little_is_hung_up_on() {
        let (address, _stop, _served) = started().await;
        for (begin, trickle) in [
            ("", None),
            ("GET / HT", None),
            ("GET / HTTP/1.1\r\n", Some(b"a:b\r\n")),
            ("PRI * HTTP/2.0\r\n", None),
            (
                "POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nab",
                None,
            ),
        ] {
            let (mut read, mut write) = TcpStream::connect(address).await.unwrap().into_split();
            write.write_all(begin.as_bytes()).await.unwrap();
            let trickling = tokio::spawn(async move {
                while let Some(bytes) = trickle {
                    if write.write_all(bytes).await.is_err() {
                        return;
                    }
                    sleep(Duration::from_millis(50)).await;
                }
                std::future::pending::<()>().await;
            });
            let mut said = Vec::new();
            let ended = tokio::time::timeout(Duration::from_secs(5), read.read_to_end(&mut said)).await;
            assert!(ended.is_ok(), "{begin:?}");
            trickling.abort();
        }
    }

    #[tokio::test]
    async fn stopping_waits_for_answers() {
        let (address, stop, served) = started().await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        sleep(Duration::from_millis(100)).await;
        stop.send(()).unwrap();
        let said = all(&mut stream).await.unwrap();
        assert!(said.ends_with("done"), "{said}");
        tokio::time::timeout(Duration::from_secs(5), served)
            .await
            .unwrap()
            .unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }
}
