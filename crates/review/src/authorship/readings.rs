//! Reading positions, and the people who wrote the unread parts.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use database::Db;
use vocabulary::{AccountId, DocumentId, RevisionId, WorkspaceId};

/// How far a member has read a document.
#[derive(Clone, Copy, Debug, PartialEq, sqlx::FromRow)]
pub struct Reading {
    /// The last row of the log that the member saw.
    pub seq: i64,
    pub read_at: DateTime<Utc>,
}

/// An account or a guest, as others see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
#[schema(as = Writer)]
pub struct Person {
    pub id: Uuid,
    pub name: String,
    pub color: String,
}

pub async fn find(db: &Db, account: AccountId, document: DocumentId) -> sqlx::Result<Option<Reading>> {
    db.query("select seq, read_at from reading where account_id = $1 and document_id = $2")
        .bind(account)
        .bind(document)
        .optional()
        .await
}

/// Records how far a member has read. The position never moves back.
pub async fn note(db: &Db, account: AccountId, document: DocumentId, seq: u64) -> sqlx::Result<()> {
    db.query(
        "insert into reading (account_id, document_id, seq, read_at) values ($1, $2, $3, $4)
         on conflict (account_id, document_id) do update set seq = excluded.seq, read_at = excluded.read_at
          where reading.seq <= excluded.seq",
    )
    .bind(account)
    .bind(document)
    .bind(seq as i64)
    .bind(Utc::now())
    .execute()
    .await
    .map(drop)
}

/// Finds the newest revision that contains nothing after a row of the log.
pub async fn revision_at(
    db: &Db,
    workspace: WorkspaceId,
    document: DocumentId,
    seq: i64,
) -> sqlx::Result<Option<RevisionId>> {
    let found: Option<(RevisionId,)> = db
        .query(
            "select revision_id from revision where workspace_id = $1 and document_id = $2 and seq <= $3
              order by seq desc, revision_id desc limit 1",
        )
        .bind(workspace)
        .bind(document)
        .bind(seq)
        .optional()
        .await?;
    Ok(found.map(|(revision,)| revision))
}

/// Finds a person, member or not.
pub async fn person(db: &Db, id: Uuid) -> sqlx::Result<Option<Person>> {
    db.query(
        "select account_id as id, name, color from account where account_id = $1
         union all select guest_id as id, name, color from guest where guest_id = $1",
    )
    .bind(id)
    .optional()
    .await
}
