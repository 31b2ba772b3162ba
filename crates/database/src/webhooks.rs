//! Looks up webhooks, for the right to watch them.

use vocabulary::{WebhookId, WorkspaceId};

use crate::sql::Db;

/// Whether a workspace has this webhook.
pub async fn is_of(db: &Db, workspace: WorkspaceId, webhook: WebhookId) -> sqlx::Result<bool> {
    let found: Option<(WebhookId,)> = db
        .query("select webhook_id from webhook where workspace_id = $1 and webhook_id = $2")
        .bind(workspace)
        .bind(webhook)
        .optional()
        .await?;
    Ok(found.is_some())
}
