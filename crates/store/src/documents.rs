//! Documents as rows: what is known of one without opening it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use uuid::Uuid;

use crate::ids::{AccountId, DocumentId, WorkspaceId};
use crate::sql::Db;

/// One document's row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, sqlx::FromRow)]
pub struct DocumentRow {
    pub document_id: DocumentId,
    pub workspace_id: WorkspaceId,
    /// Headless documents have a name; signed-in ones are found by id.
    pub name: Option<String>,
    pub title: String,
    pub kind: String,
    pub category: String,
    pub description: String,
    pub tags: Json<Vec<String>>,
    pub slug: String,
    pub status: String,
    /// What every member of the workspace may do; `None`: private.
    pub open_level: Option<String>,
    pub created_by: Option<AccountId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Counts changes of this row, for ETag and If-Match.
    pub version: i64,
    pub words: i64,
    pub trashed_at: Option<DateTime<Utc>>,
    pub purging_at: Option<DateTime<Utc>>,
    pub purged_at: Option<DateTime<Utc>>,
}

impl Db {
    /// The workspace of headless names, made at its first use.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn headless_workspace(&self, key: &str) -> sqlx::Result<WorkspaceId> {
        self.query(
            "insert into workspace (workspace_id, name, headless_key, created_at) values ($1, $2, $2, $3)
             on conflict (headless_key) do nothing",
        )
        .bind(Uuid::now_v7())
        .bind(key.to_owned())
        .bind(Utc::now())
        .execute()
        .await?;
        let (id,): (WorkspaceId,) =
            self.query("select workspace_id from workspace where headless_key = $1").bind(key.to_owned()).one().await?;
        Ok(id)
    }

    /// The live document of a headless name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn document_by_name(&self, workspace: WorkspaceId, name: &str) -> sqlx::Result<Option<DocumentRow>> {
        self.query("select * from document where workspace_id = $1 and name = $2 and purged_at is null")
            .bind(workspace)
            .bind(name.to_owned())
            .optional()
            .await
    }

    /// The live document of a headless name, made if there is none. Two that ask at once get the same.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn document_for_name(&self, workspace: WorkspaceId, name: &str) -> sqlx::Result<DocumentRow> {
        if let Some(found) = self.document_by_name(workspace, name).await? {
            return Ok(found);
        }
        self.query(
            "insert into document (document_id, workspace_id, name, title, kind, category, description, tags, slug,
                                   status, created_at, updated_at, version, words)
             values ($1, $2, $3, $3, 'custom', '', '', $4, '', 'draft', $5, $5, 1, 0) on conflict do nothing",
        )
        .bind(DocumentId::new())
        .bind(workspace)
        .bind(name.to_owned())
        .bind(Json(Vec::<String>::new()))
        .bind(Utc::now())
        .execute()
        .await?;
        self.document_by_name(workspace, name).await?.ok_or(sqlx::Error::RowNotFound)
    }
}
