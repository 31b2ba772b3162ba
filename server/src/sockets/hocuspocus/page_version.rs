//! Whether the page behind a socket has an earlier schema than this server. An editor deletes what it does not know, so
//! a page that was loaded before an upgrade opens no document. The page states its version in the URL of its socket,
//! because a message would arrive too late: the first answer already has the content that the page would delete.

use access::App;
use axum::http::{HeaderMap, header};
use document::Message;
use document::prose::schema_version;

use super::Hello;

/// Whether a page that opens a socket must be reloaded. Only our own pages come from our origin with a cookie; those
/// from before version 3 do not state their version here.
pub(super) fn is_outdated(app: &App, headers: &HeaderMap, query: Option<&str>) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let is_own = text(header::ORIGIN).is_some_and(|origin| app.is_own_origin(origin));
    let is_page = !app.config.open && is_own && text(header::COOKIE).is_some();
    let said = query.unwrap_or_default().split('&').find_map(|part| part.strip_prefix("schema="));
    match said {
        Some(version) => version.parse().is_ok_and(|version: u32| version < schema_version()),
        None => is_page,
    }
}

/// Whether a message says that the editor of its page has an earlier schema.
pub(super) fn says_outdated(message: &Message) -> bool {
    let Message::Stateless(text) = message else { return false };
    let hello = serde_json::from_str::<Hello>(text).ok().filter(|hello| hello.t == "hello");
    hello.and_then(|hello| hello.schema).is_some_and(|schema| schema < schema_version())
}
