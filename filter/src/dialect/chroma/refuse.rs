//! How to say no, so that Chroma's own clients raise an ordinary exception with the reason in it.

use crate::dialect::{Head, Refusal, Reply};

/// Writes a refusal in Chroma's error form.
pub(super) fn reply(head: &Head, refusal: &Refusal) -> Reply {
    let body = serde_json::json!({
        "error": error_name(refusal.status),
        "message": refusal.message,
    });
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    if let Some(seconds) = refusal.retry_after {
        headers.push(("retry-after".to_owned(), seconds.to_string()));
    }
    Reply {
        status: readable_status(head, refusal.status),
        headers,
        body: body.to_string().into_bytes(),
        grpc_status: None,
    }
}

/// The class that the Python client raises: it goes by this name and not by the status.
fn error_name(status: u16) -> &'static str {
    match status {
        400 => "InvalidArgumentError",
        401 | 403 => "AuthorizationError",
        404 => "NotFoundError",
        413 => "BatchSizeExceededError",
        429 => "RateLimitError",
        _ => "ChromaError",
    }
}

/// The npm client goes by the status alone and replaces the text of a 401, 403 and 429 by one of its own, so that
/// nobody would see which rule refused what. To clients that use `fetch`, as it does, these are a 422: there it
/// shows the text. What is refused, and what is recorded, is the same.
fn readable_status(head: &Head, status: u16) -> u16 {
    match status {
        401 | 403 | 429 if head.header("sec-fetch-mode").is_some() => 422,
        status => status,
    }
}
