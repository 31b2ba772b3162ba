//! Claims of edits by the server. A claim is written before the edit and deleted in the transaction that settles it, so
//! a crash between the two leaves the claim and the job that was queued with it.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::audit::Actor;
use crate::jobs::NewJob;
use crate::sql::{Db, Tx};
use vocabulary::{DocumentId, OperationId};

/// A claim that is to be stored.
#[derive(Clone, Debug)]
pub struct NewOperation {
    pub operation: OperationId,
    pub document: DocumentId,
    pub kind: &'static str,
    /// The id that is locked while the edit is made.
    pub lock: Option<Uuid>,
    /// If the edit is made, its row comes after this one.
    pub after: u64,
    pub by: Actor,
    pub purpose: Value,
}

/// A claim as it is stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OperationRow {
    pub document_id: DocumentId,
    pub after_seq: i64,
    /// JSON.
    pub actor: String,
    /// JSON.
    pub purpose: String,
    pub created_at: DateTime<Utc>,
}

impl Tx {
    /// Adds a claim, with a job that settles or releases it if this process does not. `false` if the lock is held.
    pub async fn claim(&mut self, new: NewOperation, later: NewJob) -> sqlx::Result<bool> {
        let actor = serde_json::to_string(&new.by).map_err(|error| sqlx::Error::Encode(error.into()))?;
        let claimed = self
            .query(
                "insert into operation (operation_id, document_id, kind, lock_id, after_seq, actor, purpose, created_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
            )
            .bind(new.operation)
            .bind(new.document)
            .bind(new.kind.to_owned())
            .bind(new.lock)
            .bind(new.after as i64)
            .bind(actor)
            .bind(new.purpose.to_string())
            .bind(Utc::now())
            .execute()
            .await?;
        if claimed > 0 {
            self.enqueue(later).await?;
        }
        Ok(claimed > 0)
    }

    /// Ends a claim; `false` if it has already ended. Write the consequences of the edit in the same transaction.
    pub async fn settle(&mut self, operation: OperationId, kind: &'static str) -> sqlx::Result<bool> {
        let settled = self.query("delete from operation where operation_id = $1").bind(operation).execute().await?;
        self.query("delete from job where kind = $1 and once = $2")
            .bind(kind.to_owned())
            .bind(operation.to_string())
            .execute()
            .await?;
        Ok(settled > 0)
    }

    /// Stores the data for settling, once it is known.
    pub async fn set_purpose(&mut self, operation: OperationId, purpose: Value) -> sqlx::Result<()> {
        self.query("update operation set purpose = $2 where operation_id = $1")
            .bind(operation)
            .bind(purpose.to_string())
            .execute()
            .await
            .map(drop)
    }

    /// Takes a lock within this transaction, which must release it with [`Tx::unlock`]; `false` if an edit holds it.
    pub async fn lock(&mut self, document: DocumentId, lock: Uuid) -> sqlx::Result<bool> {
        let locked = self
            .query(
                "insert into operation (operation_id, document_id, kind, lock_id, after_seq, actor, purpose, created_at)
                 values ($1, $2, 'lock', $3, 0, '', '', $4) on conflict do nothing",
            )
            .bind(OperationId::new())
            .bind(document)
            .bind(lock)
            .bind(Utc::now())
            .execute()
            .await?;
        Ok(locked > 0)
    }

    pub async fn unlock(&mut self, lock: Uuid) -> sqlx::Result<()> {
        self.query("delete from operation where lock_id = $1").bind(lock).execute().await.map(drop)
    }
}

/// A claim that is not settled.
pub async fn find(db: &Db, operation: OperationId) -> sqlx::Result<Option<OperationRow>> {
    db.query("select document_id, after_seq, actor, purpose, created_at from operation where operation_id = $1")
        .bind(operation)
        .optional()
        .await
}
