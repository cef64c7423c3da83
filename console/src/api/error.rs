//! How the API says no: `{"error": word, "message": sentence}`.

use axum::Json;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::recording::LineError;
use crate::store::StoreError;
use crate::store::approvals::AskError;

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The shared secret is missing or wrong.
    #[error("this needs the shared secret: authorization: Bearer …")]
    Secret,
    /// No such path.
    #[error("there is nothing here")]
    NotFound,
    /// The path is there for another method.
    #[error("this path has no such method")]
    Method,
    /// The body is of another kind.
    #[error("content-type must be {0}")]
    ContentType(&'static str),
    /// The body is larger than is taken.
    #[error("the body is too large")]
    TooLarge,
    /// The body did not come.
    #[error("the body could not be read")]
    Body,
    /// A query parameter is wrong.
    #[error("{0}")]
    Query(String),
    /// The ask is wrong.
    #[error("the ask is wrong at {path}: {why}")]
    Ask {
        /// Where.
        path: String,
        /// What.
        why: String,
    },
    /// A line is wrong; nothing was kept.
    #[error("line {number}: {why}")]
    Line {
        /// Its number, from 1 on.
        number: usize,
        /// What is wrong with it.
        why: LineError,
    },
    /// The digest is another identity's.
    #[error("this digest belongs to another identity's request")]
    ForeignDigest,
    /// The store failed: nothing was kept or decided.
    #[error("the store is not available")]
    Store(#[from] StoreError),
}

impl ApiError {
    fn status(&self) -> (StatusCode, &'static str) {
        match self {
            ApiError::Secret => (StatusCode::UNAUTHORIZED, "unauthorized"),
            ApiError::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            ApiError::Method => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            ApiError::ContentType(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type"),
            ApiError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            ApiError::Body | ApiError::Query(_) | ApiError::Ask { .. } | ApiError::Line { .. } => {
                (StatusCode::BAD_REQUEST, "bad_request")
            }
            ApiError::ForeignDigest => (StatusCode::CONFLICT, "conflict"),
            ApiError::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        }
    }
}

impl From<AskError> for ApiError {
    fn from(error: AskError) -> ApiError {
        match error {
            AskError::ForeignDigest => ApiError::ForeignDigest,
            AskError::Store(error) => ApiError::Store(error),
        }
    }
}

impl From<BytesRejection> for ApiError {
    fn from(rejection: BytesRejection) -> ApiError {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => ApiError::TooLarge,
            _ => ApiError::Body,
        }
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> ApiError {
        ApiError::Query(rejection.body_text())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, word) = self.status();
        if let ApiError::Store(why) = &self {
            tracing::error!(%why, "the store failed");
        }
        let body = Json(serde_json::json!({ "error": word, "message": self.to_string() }));
        let mut response = (status, body).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
