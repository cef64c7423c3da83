//! How a page says no.

use askama::Template;
use axum::extract::rejection::{FormRejection, PathRejection, QueryRejection};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};

use crate::people::Act;
use crate::store::StoreError;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// Nobody is signed in: they are sent to sign in, and come back.
    #[error("Please sign in.")]
    SignedOut {
        /// Where they wanted to go.
        wanted: String,
    },
    /// The person is not trusted with this.
    #[error("{}", not_allowed(*.0))]
    NotAllowed(Act),
    /// A form without the token of the page that it should come from.
    #[error("This form did not come from a page of this console, or the page was too old. Open it again.")]
    Forged,
    /// A form that cannot be read.
    #[error("The form cannot be read: {0}")]
    Form(String),
    /// A query that cannot be read.
    #[error("The address cannot be read: {0}")]
    Query(String),
    /// No such page.
    #[error("There is nothing at this address.")]
    NotFound,
    /// The page is there for another method.
    #[error("This address cannot be used that way.")]
    Method,
    /// The store failed.
    #[error("The console's store is not available. Nothing was changed.")]
    Store(#[from] StoreError),
    /// A template failed.
    #[error("The page could not be made.")]
    Render(#[from] askama::Error),
}

fn not_allowed(act: Act) -> String {
    let roles: Vec<String> = act.roles().iter().map(ToString::to_string).collect();
    let what = match act {
        Act::Decide => "decide approvals",
        Act::ReadRecordings => "read recordings",
        Act::SeeViews => "see who read what",
    };
    format!("To {what} you need the role {}.", roles.join(" or "))
}

impl PageError {
    fn status(&self) -> StatusCode {
        match self {
            PageError::SignedOut { .. } => StatusCode::SEE_OTHER,
            PageError::NotAllowed(_) | PageError::Forged => StatusCode::FORBIDDEN,
            PageError::Form(_) | PageError::Query(_) => StatusCode::BAD_REQUEST,
            PageError::NotFound => StatusCode::NOT_FOUND,
            PageError::Method => StatusCode::METHOD_NOT_ALLOWED,
            PageError::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
            PageError::Render(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<FormRejection> for PageError {
    fn from(rejection: FormRejection) -> PageError {
        PageError::Form(rejection.body_text())
    }
}

impl From<QueryRejection> for PageError {
    fn from(rejection: QueryRejection) -> PageError {
        PageError::Query(rejection.body_text())
    }
}

impl From<PathRejection> for PageError {
    fn from(_: PathRejection) -> PageError {
        PageError::NotFound
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    title: &'static str,
    message: String,
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let status = self.status();
        let title = match &self {
            PageError::SignedOut { wanted } => {
                let query = serde_urlencoded::to_string([("next", wanted)]).unwrap_or_default();
                return Redirect::to(&format!("/login?{query}")).into_response();
            }
            PageError::Store(why) => {
                tracing::error!(%why, "the store failed");
                "Not available"
            }
            PageError::Render(why) => {
                tracing::error!(%why, "a template failed");
                "Something went wrong"
            }
            PageError::NotFound => "Not found",
            PageError::NotAllowed(_) | PageError::Forged => "Not allowed",
            PageError::Form(_) | PageError::Query(_) | PageError::Method => "That did not work",
        };
        let page = ErrorPage {
            title,
            message: self.to_string(),
        };
        match page.render() {
            Ok(html) => (status, Html(html)).into_response(),
            Err(_) => (status, page.message).into_response(),
        }
    }
}
