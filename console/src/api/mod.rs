//! What the filter calls. Every answer is JSON; nothing is answered without the shared secret.

mod approvals;
pub mod error;
mod records;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};

use self::error::ApiError;
use crate::service::App;

/// The largest ask.
const MAX_ASK: usize = 256 * 1024;

/// The largest batch of records.
const MAX_BATCH: usize = 32 * 1024 * 1024;

/// The routes under `/v1`.
pub fn router(app: App) -> Router {
    Router::new()
        .route(
            "/approvals",
            post(approvals::ask).layer(DefaultBodyLimit::max(MAX_ASK)),
        )
        .route(
            "/records",
            get(records::search)
                .post(records::keep)
                .layer(DefaultBodyLimit::max(MAX_BATCH)),
        )
        .fallback(async || ApiError::NotFound)
        .method_not_allowed_fallback(async || ApiError::Method)
        .layer(middleware::from_fn_with_state(app.clone(), with_secret))
        .with_state(app)
}

async fn with_secret(State(app): State<App>, request: Request, next: Next) -> Result<Response, ApiError> {
    if !bearer(request.headers()).is_some_and(|said| app.settings.secret.is(said)) {
        return Err(ApiError::Secret);
    }
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// What stands after `Bearer` in the one `authorization` header.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next()?.as_bytes();
    if values.next().is_some() {
        return None;
    }
    let (scheme, said) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then_some(said)
}
