//! API keys that may write documents but not read them. The answers to their writes contain no content.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use vocabulary::Scope;

use crate::caller::Visitor;
use crate::route_requirements::{Allowed, Need};
use endpoint::Error;

/// The largest body of an answer to a write: that of a thread with a thousand comments of ten thousand characters each.
const MAX_BODY_BYTES: usize = 64 << 20;
/// The path of API routes about one document, before its id.
const DOCUMENTS: &str = "/api/v1/documents";
/// The field with the id of a created object, and the collection of the document to which the object belongs. An answer
/// about an approval also has the id of the revision.
const CREATED: [(&str, &str); 4] =
    [("thread_id", "threads"), ("comment_id", "comments"), ("approval_id", "approvals"), ("revision_id", "revisions")];

/// Whether the caller is a key that may call this route but may not read documents.
pub(crate) fn is_write_only(visitor: Option<&Visitor>, need: Need) -> bool {
    match visitor {
        Some(Visitor::Member(caller)) => {
            need.caller == Allowed::Scope(Scope::DocumentsWrite) && !caller.has(Scope::DocumentsRead)
        }
        _ => false,
    }
}

/// Removes the body of a successful answer. `Location` is the path of what the request created.
pub(crate) async fn without_body(path: &str, response: Response) -> Response {
    if !response.status().is_success() || response.status() == StatusCode::NO_CONTENT {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let body = match to_bytes(body, MAX_BODY_BYTES).await {
        Ok(body) => body,
        Err(error) => return Error::Internal(error.to_string()).into_response(),
    };
    let created = (parts.status == StatusCode::CREATED).then(|| location(path, &body)).flatten();
    parts.status = StatusCode::NO_CONTENT;
    for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
        parts.headers.remove(name);
    }
    if let Some(location) = created.and_then(|location| HeaderValue::from_str(&location).ok()) {
        parts.headers.insert(header::LOCATION, location);
    }
    Response::from_parts(parts, Body::empty())
}

fn location(path: &str, body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let Some(document) = path.strip_prefix(DOCUMENTS)?.split('/').nth(1) else {
        return Some(format!("{DOCUMENTS}/{}", body.get("id")?.as_str()?));
    };
    CREATED.iter().find_map(|(field, collection)| {
        let id = body.get(field)?.as_str()?;
        Some(format!("{DOCUMENTS}/{document}/{collection}/{id}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [AUTH-23] The answer names what was created, and nothing else.
    #[tokio::test]
    async fn an_answer_names_what_was_created() {
        let answer = |status, body: &'static str| (status, body).into_response();
        let thread = answer(StatusCode::CREATED, r#"{"thread_id":"t","comments":[{"comment_id":"c","body":"words"}]}"#);
        let thread = without_body("/api/v1/documents/d/threads", thread).await;
        assert_eq!(thread.status(), StatusCode::NO_CONTENT);
        assert_eq!(thread.headers()[header::LOCATION], "/api/v1/documents/d/threads/t");
        assert!(to_bytes(thread.into_body(), 1).await.expect("short").is_empty());
        let document = without_body("/api/v1/documents", answer(StatusCode::CREATED, r#"{"id":"d"}"#)).await;
        assert_eq!(document.headers()[header::LOCATION], "/api/v1/documents/d");
        let changed = without_body("/api/v1/documents/d", answer(StatusCode::OK, r#"{"id":"d"}"#)).await;
        assert!(!changed.headers().contains_key(header::LOCATION));
        let refused = without_body("/api/v1/documents/d", answer(StatusCode::CONFLICT, "why")).await;
        assert_eq!(to_bytes(refused.into_body(), 9).await.expect("short"), "why");
    }
}
