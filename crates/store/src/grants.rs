//! Who was given what on a document, by whom, and until when.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::events::Change;
use crate::ids::{AccountId, DocumentId, WorkspaceId};
use crate::sql::Db;

/// One person's grant, as the share dialog shows it.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Grant {
    pub account_id: AccountId,
    pub name: String,
    pub email: String,
    pub color: String,
    pub level: String,
    pub granted_by: Option<AccountId>,
    pub expires_at: Option<DateTime<Utc>>,
}

pub struct NewGrant {
    pub document: DocumentId,
    pub workspace: WorkspaceId,
    pub account: AccountId,
    pub level: String,
    pub granted_by: AccountId,
    pub expires_at: Option<DateTime<Utc>>,
}

impl Db {
    /// The grant of one person that is in force now: level and expiry.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn grant_of(
        &self,
        document: DocumentId,
        account: AccountId,
    ) -> sqlx::Result<Option<(String, Option<DateTime<Utc>>)>> {
        self.query(
            "select level, expires_at from document_grant
              where document_id = $1 and account_id = $2 and (expires_at is null or expires_at > $3)",
        )
        .bind(document)
        .bind(account)
        .bind(Utc::now())
        .optional()
        .await
    }

    /// Every grant on a document, expired ones too.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn grants(&self, workspace: WorkspaceId, document: DocumentId) -> sqlx::Result<Vec<Grant>> {
        self.query(
            "select account_id, name, email, color, level, granted_by, expires_at
               from document_grant join account using (account_id)
              where workspace_id = $1 and document_id = $2 order by name, account_id",
        )
        .bind(workspace)
        .bind(document)
        .all()
        .await
    }

    /// Gives a level, or changes the one that was given.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn put_grant(&self, new: NewGrant) -> sqlx::Result<()> {
        let mut tx = self.begin().await?;
        tx.query(
            "insert into document_grant (document_id, account_id, workspace_id, level, granted_by, expires_at, created_at)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (document_id, account_id) do update
                set level = excluded.level, granted_by = excluded.granted_by, expires_at = excluded.expires_at",
        )
        .bind(new.document)
        .bind(new.account)
        .bind(new.workspace)
        .bind(new.level)
        .bind(new.granted_by)
        .bind(new.expires_at)
        .bind(Utc::now())
        .execute()
        .await?;
        tx.note(Change::Document(new.document)).await?;
        tx.commit().await
    }

    /// Takes a grant back; `false` when there was none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn remove_grant(
        &self,
        workspace: WorkspaceId,
        document: DocumentId,
        account: AccountId,
    ) -> sqlx::Result<bool> {
        let mut tx = self.begin().await?;
        let removed = tx
            .query("delete from document_grant where workspace_id = $1 and document_id = $2 and account_id = $3")
            .bind(workspace)
            .bind(document)
            .bind(account)
            .execute()
            .await?;
        tx.note(Change::Document(document)).await?;
        tx.commit().await?;
        Ok(removed > 0)
    }
}
