//! Writes notifications, in the transaction of their event. The inbox reads them.

use chrono::Utc;
use serde_json::json;

use crate::audit::Actor;
use crate::sql::Tx;
use crate::{changes::Change, jobs::NewJob};
use vocabulary::{AccountId, CommentId, DocumentId, NotificationId, NotificationKind, ThreadId, WorkspaceId};

/// A notification to write.
#[derive(Clone, Copy, Debug)]
pub struct NewNotification {
    pub kind: NotificationKind,
    pub must_do: bool,
    pub document: DocumentId,
    pub thread: Option<ThreadId>,
    pub comment: Option<CommentId>,
}

/// The job that mails unread notifications to a person.
fn mails_of(workspace: WorkspaceId, account: AccountId) -> NewJob {
    NewJob {
        kind: "mail-news",
        once: Some(format!("{workspace}/{account}")),
        payload: json!({ "work": "news", "workspace": workspace, "account": account }),
        run_at: Utc::now(),
    }
}

impl Tx {
    /// Notifies people, except the actor and people who have left the workspace.
    pub async fn notify(
        &mut self,
        by: &Actor,
        people: &[AccountId],
        notification: NewNotification,
    ) -> sqlx::Result<()> {
        for account in people.iter().filter(|account| by.id != Some(account.0)) {
            let inserted = self
                .query(
                    "insert into notification (notification_id, workspace_id, account_id, kind, must_do, document_id,
                                               thread_id, comment_id, actor_id, created_at)
                     select $1, workspace_id, account_id, $4, $5, $6, $7, $8, $9, $10
                       from membership where workspace_id = $2 and account_id = $3",
                )
                .bind(NotificationId::new())
                .bind(by.workspace)
                .bind(*account)
                .bind(notification.kind)
                .bind(notification.must_do)
                .bind(notification.document)
                .bind(notification.thread)
                .bind(notification.comment)
                .bind(by.id)
                .bind(Utc::now())
                .execute()
                .await?;
            if inserted > 0 {
                self.note(Change::Inbox(*account)).await?;
                self.enqueue(mails_of(by.workspace, *account)).await?;
            }
        }
        Ok(())
    }
}
