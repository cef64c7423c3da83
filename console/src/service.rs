//! The service: its settings, what its handlers share, and its routes.

use std::sync::Arc;

use axum::Router;
use axum::http::{Method, Uri};
use jiff::SignedDuration;
use tower_http::trace::TraceLayer;

use crate::approval::decisions::Decisions;
use crate::secret::Secret;
use crate::signin::limit::Limit;
use crate::store::Store;
use crate::{api, page};

/// What the service is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where people reach the pages, without a slash at its end.
    pub public_url: String,
    /// What callers of `/v1` must know.
    pub secret: Secret,
    /// How long an approval waits for a person before it lapses.
    pub patience: SignedDuration,
}

/// How people's browsers reach the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Encrypted: cookies are `Secure`.
    Https,
    /// Plain: for a demo on one machine.
    Http,
}

impl Settings {
    /// How browsers reach the pages, as the public address says.
    pub fn transport(&self) -> Transport {
        if self.public_url.starts_with("https://") {
            Transport::Https
        } else {
            Transport::Http
        }
    }

    /// The address of an approval's page.
    pub fn approval_page(&self, id: &str) -> String {
        format!("{}/approvals/{id}", self.public_url)
    }
}

/// What all handlers share. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    /// What is kept.
    pub store: Store,
    /// What the service was told.
    pub settings: Arc<Settings>,
    /// News of decisions, for those who wait.
    pub decisions: Decisions,
    /// The limit on guessing passwords.
    pub limit: Arc<Limit>,
}

impl App {
    /// A service on a store.
    pub fn new(store: Store, settings: Settings) -> App {
        App {
            store,
            settings: Arc::new(settings),
            decisions: Decisions::default(),
            limit: Arc::new(Limit::default()),
        }
    }

    /// All routes.
    pub fn router(self) -> Router {
        Router::new()
            .nest("/v1", api::router(self.clone()))
            .merge(page::router(self))
            .layer(TraceLayer::new_for_http().make_span_with(span))
    }
}

/// What the log says of a request: never its query, which may hold a search for a person's name.
fn span(request: &axum::extract::Request) -> tracing::Span {
    let method: &Method = request.method();
    let uri: &Uri = request.uri();
    tracing::debug_span!("request", %method, path = uri.path())
}
