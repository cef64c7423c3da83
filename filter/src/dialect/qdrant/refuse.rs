//! How to say no, so that Qdrant's own clients raise an ordinary exception with the reason in it.

use crate::dialect::{Refusal, Reply};

/// Writes a refusal in the error form of the REST API.
pub(super) fn rest(refusal: &Refusal) -> Reply {
    let body = serde_json::json!({ "status": { "error": refusal.message }, "time": 0.0 });
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    if let Some(seconds) = refusal.retry_after {
        headers.push(("retry-after".to_owned(), seconds.to_string()));
    }
    Reply {
        status: refusal.status,
        headers,
        body: body.to_string().into_bytes(),
        grpc_status: None,
    }
}
