//! `/v1/records`: the filter hands in records; tools read them back.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use vectorgate::audit::record::Verdict;

use super::error::ApiError;
use crate::recording::{Line, LineError};
use crate::service::App;
use crate::store::StoreError;
use crate::store::records::Kept;
use crate::store::search::Search;
use crate::store::views::What;

/// What was kept.
#[derive(Serialize)]
pub(super) struct Accepted {
    accepted: usize,
}

pub(super) async fn keep(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Accepted>, ApiError> {
    let body = body?;
    let lines = read(&body)?;
    app.store.keep(&lines, Timestamp::now()).await?;
    Ok(Json(Accepted {
        accepted: lines.len(),
    }))
}

fn read(body: &[u8]) -> Result<Vec<Line>, ApiError> {
    let line = |(at, line): (usize, &[u8])| {
        let wrong = |why| ApiError::Line {
            number: at.saturating_add(1),
            why,
        };
        let text = std::str::from_utf8(line).map_err(|_| wrong(LineError::Link("invalid UTF-8".into())))?;
        Line::read(text).map_err(wrong)
    };
    let body = body.strip_suffix(b"\n").unwrap_or(body);
    if body.is_empty() {
        return Ok(Vec::new());
    }
    body.split(|&byte| byte == b'\n').enumerate().map(line).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    exchange: Option<String>,
    identity: Option<String>,
    collection: Option<String>,
    verdict: Option<Verdict>,
    limit: Option<u32>,
}

/// Records, newest first.
#[derive(Serialize)]
pub(super) struct Found {
    records: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    chain: String,
    seq: i64,
    prev: String,
    hash: String,
    /// Whether it does not continue its chain.
    broken: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<&'static str>,
    received_at: String,
    record: Box<RawValue>,
}

pub(super) async fn search(
    State(app): State<App>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<Found>, ApiError> {
    let Query(wanted) = wanted?;
    let limit = wanted.limit.unwrap_or(100).clamp(1, 1000);
    let search = Search {
        exchange: wanted.exchange,
        identity: wanted.identity,
        collection: wanted.collection,
        verdict: wanted.verdict,
        ..Search::default()
    };
    let now = Timestamp::now();
    app.store
        .viewed("(API)", What::Records, &search.to_string(), now)
        .await?;
    let records = app.store.records(&search, limit).await?;
    let records = records
        .into_iter()
        .map(Item::try_from)
        .collect::<Result<_, _>>()?;
    Ok(Json(Found { records }))
}

impl TryFrom<Kept> for Item {
    type Error = StoreError;

    fn try_from(kept: Kept) -> Result<Item, StoreError> {
        let record = RawValue::from_string(kept.raw).map_err(|why| StoreError::Row {
            table: "records",
            why: why.to_string(),
        })?;
        Ok(Item {
            chain: kept.chain,
            seq: kept.seq,
            prev: kept.prev,
            hash: kept.hash,
            broken: kept.fault.is_some(),
            fault: kept.fault.map(crate::recording::Fault::as_str),
            received_at: format!("{:.3}", kept.received_at),
            record,
        })
    }
}
