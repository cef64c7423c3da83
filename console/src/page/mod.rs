//! What people see. Pages are rendered here, on the server, and need no script.

mod approvals;
mod detail;
pub mod error;
mod exchanges;
mod format;
mod frame;
mod json;
mod login;
mod search;
mod sessions;
mod views;

use std::fmt::Write;
use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use tower_http::timeout::TimeoutLayer;
use vectorgate::policy::unseen::is_unseen;

use self::error::PageError;
use crate::service::App;

/// How many rows a list shows at a time.
const ROWS: u32 = 50;

/// How long a page, and a form on its way here, may take.
const LONGEST: Duration = Duration::from_secs(30);

/// The largest form.
const MAX_FORM: usize = 16 * 1024;

/// The routes of the pages.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/", get(async || Redirect::to("/approvals")))
        .route("/login", get(login::form).post(login::sign_in))
        .route("/logout", post(login::sign_out))
        .route("/approvals", get(approvals::waiting))
        .route("/approvals/decided", get(approvals::decided))
        .route("/approvals/{id}", get(approvals::one))
        .route("/approvals/{id}/decide", post(approvals::decide))
        .route("/sessions", get(sessions::list))
        .route("/sessions/{id}", get(sessions::one))
        .route("/exchanges", get(exchanges::list))
        .route("/exchanges/{id}", get(exchanges::one))
        .route("/views", get(views::list))
        .route("/style.css", get(style))
        .route("/icon.svg", get(icon))
        .route("/healthz", get(async || "ok\n"))
        .fallback(async || PageError::NotFound)
        .method_not_allowed_fallback(async || PageError::Method)
        .layer(DefaultBodyLimit::max(MAX_FORM))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            LONGEST,
        ))
        .layer(middleware::from_fn(guard))
        .with_state(app)
}

/// The headers of every page: nothing from elsewhere, no script, no frame, no copy in a cache.
async fn guard(request: Request, next: Next) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'";
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

async fn style() -> impl IntoResponse {
    asset("text/css; charset=utf-8", include_str!("style.css"))
}

async fn icon() -> impl IntoResponse {
    asset("image/svg+xml", include_str!("icon.svg"))
}

fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    (
        [(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=300")],
        text,
    )
}

/// Renders a page.
fn render(page: &impl Template) -> Result<Response, PageError> {
    Ok(Html(seen(page.render()?)).into_response())
}

/// A page on which everything is seen: what somebody sent may neither hide in a name nor turn the text around it. Line
/// feeds and tabs stay, and the joiners that some scripts are written with.
fn seen(page: String) -> String {
    let hidden =
        |sign: char| is_unseen(sign) && !matches!(sign, '\n' | '\r' | '\t' | '\u{200c}' | '\u{200d}');
    if !page.contains(hidden) {
        return page;
    }
    let mut seen = String::with_capacity(page.len().saturating_mul(2));
    for sign in page.chars() {
        if hidden(sign) {
            let _ = write!(seen, "⟨U+{:04X}⟩", u32::from(sign));
        } else {
            seen.push(sign);
        }
    }
    seen
}
