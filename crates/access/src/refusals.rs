//! Writes that were refused are in the audit too: who tried, what, and why not.

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use database::Act;
use serde_json::json;
use tracing::error;

use crate::{App, Credentials};
use endpoint::Refused;

/// Codes that say that somebody may not: other refusals are mistakes, and of no interest to an auditor.
const DENIALS: [&str; 6] =
    ["forbidden", "not-found", "missing-scope", "not-for-keys", "foreign-origin", "too-many-requests"];

/// Goes around every route. Only what somebody who is known tried is kept: anybody can send anything.
pub async fn note(State(app): State<App>, path: Option<MatchedPath>, request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let method = request.method().clone();
    let (mut parts, body) = request.into_parts();
    let credentials = Credentials::from_request_parts(&mut parts, &app).await;
    let what = parts.uri.path().split('/').filter(|part| part.len() == 36).take(2).collect::<Vec<_>>().join("/");
    let response = next.run(Request::from_parts(parts, body)).await;
    let code = response.extensions().get::<Refused>().map(|Refused(code)| *code);
    if let (Some(code), Ok(credentials)) = (code.filter(|code| DENIALS.contains(code)), credentials)
        && let Ok(visitor) = app.visitor(&credentials).await
        && let Ok(home) = app.home().await
    {
        let route = path.as_ref().map(MatchedPath::as_str).unwrap_or_default();
        let act = Act::new("request.refuse", "route", what).refused(code);
        let act = act.with(json!({ "method": method.as_str(), "route": route }));
        if let Err(error) = app.db.record(&visitor.actor(home), act).await {
            error!(%error, "the audit cannot be written");
        }
    }
    response
}
