//! What an export has beside the text of a page: its comments, and the versions that were kept.

use access::{App, DocumentRequest};
use endpoint::{Error, Result};
use review::revisions::rows as revisions;
use review::threads::rows::{self as threads, Threads};
use review::threads::views::thread_views;
use serde_json::{Value, json};
use vocabulary::RevisionId;

use crate::package::Package;

/// As many as a document may have.
const MOST_THREADS: i64 = 5_000;
const AT_ONCE: i64 = 100;

/// The threads of a page, as over REST; nothing if there are none.
pub async fn comments(app: &App, request: &DocumentRequest) -> Result<Option<Value>> {
    let (workspace, id) = (request.actor.workspace, request.id());
    let found = threads::list(&app.db, workspace, id, Threads::All, None, MOST_THREADS).await?;
    if found.is_empty() {
        return Ok(None);
    }
    let views = thread_views(request, app, found).await?;
    serde_json::to_value(views).map(Some).map_err(|error| Error::Internal(error.to_string()))
}

/// Writes the versions of a page, each with its text in the editor's JSON, which loses nothing.
pub async fn revisions(app: &App, request: &DocumentRequest, stem: &str, package: &mut Package) -> Result<()> {
    let (workspace, id) = (request.actor.workspace, request.id());
    let mut before: Option<RevisionId> = None;
    loop {
        let found = revisions::list(&app.db, workspace, id, None, before, AT_ONCE).await?;
        before = found.last().map(|revision| revision.revision_id);
        let is_last = (found.len() as i64) < AT_ONCE;
        for revision in found {
            let kept = review::revisions::kept(app, id, &revision);
            let prose = match app.work_out(&request.actor, kept.encoded_bytes(), move || kept.prose()).await {
                Ok(prose) => prose,
                // Retention removed it meanwhile.
                Err(Error::NotFound(_)) => continue,
                Err(error) => return Err(error),
            };
            let version = json!({
                "id": revision.revision_id,
                "kind": revision.kind,
                "name": revision.name,
                "created": revision.created_at,
                "created_by": revision.created_by_name,
                "doc": prose.to_json(),
            });
            let at = revision.created_at.format("%Y-%m-%d %H%M%S");
            let path = format!("{stem}.revisions/{at} {}.json", revision.revision_id.0.simple());
            tokio::task::block_in_place(|| package.json(&path, &version))?;
        }
        if is_last {
            return Ok(());
        }
    }
}
