//! Removes images and files that were uploaded for a text which no longer shows them. Undo must find them again, so
//! they are kept for `unused_file_days`, and longer while a kept revision from their time may show them.

use std::collections::BTreeMap;

use access::{App, LiveDocument};
use chrono::{DateTime, TimeDelta, Utc};
use database::{Actor, Db};
use document::prose::{Node, Prose};
use endpoint::Result;
use vocabulary::{AttachmentId, DocumentId, Event, WorkspaceId};

/// How often a text is searched for its attachments.
const EVERY: TimeDelta = TimeDelta::hours(12);
/// The number of documents that are searched at a time.
const BATCH: i64 = 20;

#[derive(Clone, Debug, sqlx::FromRow)]
struct ForText {
    attachment_id: AttachmentId,
    document_id: DocumentId,
    workspace_id: WorkspaceId,
    unused_since: Option<DateTime<Utc>>,
}

/// Searches some texts, and returns the number of attachments that were removed.
///
/// # Errors
/// When a store does not answer.
pub(super) async fn remove(app: &App, kept: TimeDelta) -> Result<usize> {
    let mut by_document: BTreeMap<DocumentId, Vec<ForText>> = BTreeMap::new();
    for one in unchecked(&app.db, Utc::now() - EVERY).await? {
        by_document.entry(one.document_id).or_default().push(one);
    }
    let mut removed = 0;
    for (document, attachments) in by_document {
        let workspace = attachments[0].workspace_id;
        let text = LiveDocument::of_server(app, document, workspace).await?;
        let shown = text.read(|document, _| document.root_text(None).map(|text| named(&text.prose))).await?;
        // If it is not clear which root has the text, it may show any attachment.
        let Ok(shown) = shown else { continue };
        for one in attachments {
            let is_shown = shown.contains(&one.attachment_id);
            let since = if is_shown { None } else { Some(one.unused_since.unwrap_or_else(Utc::now)) };
            checked(&app.db, one.attachment_id, since).await?;
            let is_over = since.is_some_and(|since| Utc::now() - since >= kept);
            if is_over && forget(&app.db, workspace, one.attachment_id).await? {
                removed += 1;
            }
        }
    }
    Ok(removed)
}

/// The attachments that a text shows.
pub(super) fn named(prose: &Prose) -> Vec<AttachmentId> {
    fn walk(nodes: &[Node], found: &mut Vec<AttachmentId>) {
        for node in nodes {
            if let Node::Element { attributes, children, .. } = node {
                let id = attributes.get("attachment").and_then(|id| id.as_str());
                found.extend(id.and_then(|id| id.parse::<AttachmentId>().ok()));
                walk(children, found);
            }
        }
    }
    let mut found = Vec::new();
    walk(&prose.0, &mut found);
    found
}

async fn unchecked(db: &Db, before: DateTime<Utc>) -> sqlx::Result<Vec<ForText>> {
    db.query(
        "select attachment_id, attachment.document_id, attachment.workspace_id, unused_since
           from attachment join document on document.document_id = attachment.document_id
          where in_text and attachment.created_at < $1 and (checked_at is null or checked_at < $1)
            and trashed_at is null and purging_at is null
            and attachment.document_id in (
                select document_id from attachment oldest
                 where in_text and created_at < $1 and (checked_at is null or checked_at < $1)
                 order by checked_at limit $2)",
    )
    .bind(before)
    .bind(BATCH)
    .all()
    .await
}

async fn checked(db: &Db, attachment: AttachmentId, unused_since: Option<DateTime<Utc>>) -> sqlx::Result<()> {
    db.query("update attachment set checked_at = $2, unused_since = $3 where attachment_id = $1")
        .bind(attachment)
        .bind(Utc::now())
        .bind(unused_since)
        .execute()
        .await
        .map(drop)
}

/// Removes an attachment, unless a kept revision was made between its upload and the time when the text was first found
/// without it.
async fn forget(db: &Db, workspace: WorkspaceId, attachment: AttachmentId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let removed: Option<(DocumentId,)> = tx
        .query(
            "delete from attachment where attachment_id = $1 and not exists (
                select 1 from revision where revision.document_id = attachment.document_id
                   and revision.created_at >= attachment.created_at and revision.created_at <= attachment.unused_since)
             returning document_id",
        )
        .bind(attachment)
        .optional()
        .await?;
    if let Some((document,)) = removed {
        tx.emit(&Actor::system(workspace), Event::AttachmentRemoved { document, attachment }).await?;
    }
    tx.commit().await?;
    Ok(removed.is_some())
}
