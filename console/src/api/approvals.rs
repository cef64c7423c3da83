//! `POST /v1/approvals`: the filter asks whether a person agrees.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use jiff::Timestamp;
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};
use vectorgate::approval::contract::{Answer, Ask, Status};

use super::error::ApiError;
use crate::approval::decisions::Woken;
use crate::approval::{self, Approval};
use crate::service::App;

/// The longest that a call is held, in seconds.
const MAX_WAIT: u64 = 60;

/// The longest that an approval can hold, in seconds: thirty days.
const MAX_TTL: u64 = 30 * 24 * 60 * 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wait {
    /// How long to wait for a decision, in seconds.
    #[serde(default)]
    wait: u64,
}

pub(super) async fn ask(
    State(app): State<App>,
    wait: Result<Query<Wait>, QueryRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Answer>, ApiError> {
    let Query(Wait { wait }) = wait?;
    let ask = read(&headers, &body?)?;
    let deadline = Instant::now() + Duration::from_secs(wait.min(MAX_WAIT));
    let mut decisions = app.decisions.listen();
    loop {
        let (status, approval) = app
            .store
            .ask(&ask, app.settings.patience, Timestamp::now())
            .await?;
        if status == Status::Pending {
            match timeout_at(deadline, decisions.next()).await {
                Ok(Woken::Decided) => continue,
                Ok(Woken::Closing) | Err(_) => {}
            }
        }
        return Ok(Json(answer(&app, status, approval)));
    }
}

fn answer(app: &App, status: Status, approval: Approval) -> Answer {
    let page = Some(app.settings.approval_page(&approval.id));
    let decided = match (status, approval.state) {
        (Status::Approved | Status::Denied, approval::State::Decided(decided)) => Some(decided),
        _ => None,
    };
    let (decided_by, reason, expires_at) = match decided {
        None => (None, None, None),
        Some(decided) => (
            Some(decided.by),
            Some(decided.reason).filter(|reason| !reason.is_empty()),
            Some(format!("{:.3}", decided.expires_at)),
        ),
    };
    Answer {
        status,
        id: approval.id,
        page,
        decided_by,
        reason,
        expires_at,
    }
}

/// Reads an ask strictly: a field that this service does not know might be one that matters.
fn read(headers: &HeaderMap, body: &[u8]) -> Result<Ask, ApiError> {
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media = media.and_then(|value| value.split(';').next()).map(str::trim);
    if !media.is_some_and(|media| media.eq_ignore_ascii_case("application/json")) {
        return Err(ApiError::ContentType("application/json"));
    }
    let wrong = |path: &str, why: String| ApiError::Ask {
        path: path.to_owned(),
        why,
    };
    let mut unknown = None;
    let mut json = serde_json::Deserializer::from_slice(body);
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(&mut json, &mut track);
    let ask: Result<Ask, _> = serde_ignored::deserialize(tracked, |path| {
        unknown = unknown.take().or(Some(path.to_string()))
    });
    let ask = ask.map_err(|why| wrong(&track.path().to_string(), why.to_string()))?;
    json.end().map_err(|why| wrong("the end", why.to_string()))?;
    if let Some(path) = unknown {
        return Err(wrong(&path, "unknown field".into()));
    }
    let is_sha256 =
        |text: &str| text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let is_name = |text: &str| (1..=512).contains(&text.len());
    for (path, holds, must) in [
        (
            "digest",
            is_sha256(&ask.digest),
            "must be 64 lower-case hexadecimal digits",
        ),
        ("attempt", is_name(&ask.attempt), "must have 1 to 512 bytes"),
        (
            "identity.name",
            is_name(&ask.identity.name),
            "must have 1 to 512 bytes",
        ),
        (
            "ttl",
            (1..=MAX_TTL).contains(&ask.ttl),
            "must be 1 second to 30 days",
        ),
        ("uses", ask.uses >= 1, "must be at least 1"),
    ] {
        if !holds {
            return Err(wrong(path, must.into()));
        }
    }
    Ok(ask)
}
