//! The rows of revisions: the metadata of kept states of a document.

use crate::approvals::rows as approvals;
use chrono::{DateTime, Utc};
use database::sort_key::sort_by_name;
use serde::Serialize;
use sqlx::types::Json;
use uuid::Uuid;

use access::Made;
use database::{Actor, Db, Tx};
use vocabulary::{DocumentId, Event, RevisionId, RevisionKind, Stored, WorkspaceId};

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Revision {
    pub revision_id: RevisionId,
    /// The last row of the log that the revision contains.
    pub seq: i64,
    /// The hash of the state, a Yjs v1 update.
    pub sha256: Vec<u8>,
    pub state_bytes: i64,
    /// `automatic`, `named`, `submitted`, `before-restore`, `restored` or `undone`.
    pub kind: Stored<RevisionKind>,
    pub name: Option<String>,
    /// The number of words added since the previous revision; `words_removed` likewise.
    pub words_added: i64,
    pub words_removed: i64,
    /// The headings under which something changed since the previous revision, as JSON; `None` if unknown.
    pub sections: Option<String>,
    /// Set only for a restore: the restored revision, the revision with the previous text, and the edit.
    pub restores: Option<RevisionId>,
    pub before_id: Option<RevisionId>,
    pub edit_id: Option<Uuid>,
    /// The block that was restored, counted from 0; `None` if the whole text was restored.
    pub restored_block: Option<i64>,
    /// The time at which the restore was undone.
    pub undone_at: Option<DateTime<Utc>>,
    /// `None` if the server made the revision after a pause in typing.
    pub created_by: Option<Uuid>,
    pub created_by_name: Option<String>,
    pub created_at: DateTime<Utc>,
}

pub struct NewRevision {
    pub revision_id: RevisionId,
    pub document: DocumentId,
    pub seq: u64,
    pub sha256: [u8; 32],
    pub state_bytes: usize,
    pub kind: RevisionKind,
    pub name: Option<String>,
    pub words_added: usize,
    pub words_removed: usize,
    pub sections: Vec<String>,
    pub restored: Option<Restored>,
    pub settles: Option<Settles>,
    pub authors: Vec<Uuid>,
}

/// The edit that produced a revision, settled together with it.
#[derive(Clone, Debug)]
pub struct Settles {
    pub made: Made,
    /// The restore that the edit undid.
    pub undoes: Option<RevisionId>,
}

/// The restore of a revision.
#[derive(Clone, Copy, Debug)]
pub struct Restored {
    pub revision: RevisionId,
    pub before: RevisionId,
    pub edit: Uuid,
    /// The block that was restored, counted from 0; `None` for the whole text.
    pub block: Option<usize>,
}

/// A person who wrote since the previous revision.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct RevisionAuthor {
    #[serde(skip)]
    pub revision_id: RevisionId,
    /// The id of an account or guest.
    #[sqlx(rename = "author_id")]
    pub id: Uuid,
    pub name: String,
    pub color: String,
}

/// A revision that retention removes.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OldRevision {
    pub revision_id: RevisionId,
    pub document_id: DocumentId,
    pub workspace_id: WorkspaceId,
}

/// Records a revision whose bytes are kept; `false` when another node has recorded a revision of the same state, or has
/// settled the edit.
pub async fn add(db: &Db, by: &Actor, new: NewRevision) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    if let Some(Settles { made, undoes }) = &new.settles {
        if !made.end(&mut tx).await? {
            return Ok(false);
        }
        set_undone(&mut tx, new.document, *undoes).await?;
    }
    let inserted = tx
        .query(
            "insert into revision (revision_id, workspace_id, document_id, seq, sha256, state_bytes, kind, name,
                                   words_added, words_removed, restores, before_id, edit_id, created_by, created_at, sections,
                                   restored_block)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) on conflict do nothing",
        )
        .bind(new.revision_id)
        .bind(by.workspace)
        .bind(new.document)
        .bind(new.seq as i64)
        .bind(new.sha256.to_vec())
        .bind(new.state_bytes as i64)
        .bind(new.kind)
        .bind(new.name)
        .bind(new.words_added as i64)
        .bind(new.words_removed as i64)
        .bind(new.restored.map(|restored| restored.revision))
        .bind(new.restored.map(|restored| restored.before))
        .bind(new.restored.map(|restored| restored.edit))
        .bind(by.id)
        .bind(Utc::now())
        .bind(serde_json::to_string(&new.sections).ok())
        .bind(new.restored.and_then(|restored| restored.block).map(|block| block as i64))
        .execute()
        .await?;
    if inserted == 0 {
        return Ok(false);
    }
    for author in &new.authors {
        tx.query("insert into revision_author (revision_id, author_id) values ($1, $2) on conflict do nothing")
            .bind(new.revision_id)
            .bind(*author)
            .execute()
            .await?;
    }
    approvals::notify_of_change(&mut tx, by.workspace, new.document, &new.sha256, &new.authors).await?;
    let (document, revision, kind) = (new.document, new.revision_id, new.kind);
    tx.emit(by, Event::RevisionCreated { document, revision, kind }).await?;
    tx.commit().await?;
    Ok(true)
}

async fn set_undone(tx: &mut Tx, document: DocumentId, restored: Option<RevisionId>) -> sqlx::Result<()> {
    tx.query("update revision set undone_at = $3 where document_id = $1 and revision_id = $2")
        .bind(document)
        .bind(restored)
        .bind(Utc::now())
        .execute()
        .await
        .map(drop)
}

/// Whether a restore can still be undone; in a transaction.
pub async fn can_undo_in(tx: &mut Tx, document: DocumentId, restored: RevisionId) -> sqlx::Result<bool> {
    let found: Option<(RevisionId,)> = tx
        .query(
            "select revision_id from revision
              where document_id = $1 and revision_id = $2 and edit_id is not null and undone_at is null",
        )
        .bind(document)
        .bind(restored)
        .optional()
        .await?;
    Ok(found.is_some())
}

/// Lists a document's revisions before an id, newest first, or a single one.
pub async fn list(
    db: &Db,
    workspace: WorkspaceId,
    document: DocumentId,
    one: Option<RevisionId>,
    before: Option<RevisionId>,
    most: i64,
) -> sqlx::Result<Vec<Revision>> {
    listed(db, workspace, document, (one, before, false), most).await
}

/// Lists a document's named revisions before an id, newest first.
pub async fn named(
    db: &Db,
    workspace: WorkspaceId,
    document: DocumentId,
    before: Option<RevisionId>,
    most: i64,
) -> sqlx::Result<Vec<Revision>> {
    listed(db, workspace, document, (None, before, true), most).await
}

async fn listed(
    db: &Db,
    workspace: WorkspaceId,
    document: DocumentId,
    (one, before, only_named): (Option<RevisionId>, Option<RevisionId>, bool),
    most: i64,
) -> sqlx::Result<Vec<Revision>> {
    db.query(
        "select revision_id, seq, sha256, state_bytes, kind, revision.name as name, words_added, words_removed,
                sections, restores, before_id, edit_id, restored_block, undone_at, revision.created_by as created_by,
                coalesce(created_named, account.name, guest.name) as created_by_name, revision.created_at as created_at
           from revision left join account on account_id = revision.created_by
                left join guest on guest_id = revision.created_by
          where workspace_id = $1 and document_id = $2 and ($3 is null or revision_id = $3)
            and ($4 is null or revision_id < $4) and (not $6 or revision.name is not null)
          order by revision_id desc limit $5",
    )
    .bind(workspace)
    .bind(document)
    .bind(one)
    .bind(before)
    .bind(most)
    .bind(only_named)
    .all()
    .await
}

/// Counts a document's revisions, and the bytes of their states before compression.
pub async fn count(db: &Db, document: DocumentId) -> sqlx::Result<(i64, i64)> {
    db.query("select count(*), cast(coalesce(sum(state_bytes), 0) as bigint) from revision where document_id = $1")
        .bind(document)
        .one()
        .await
}

/// Lists the authors of a range of revisions.
pub async fn authors(
    db: &Db,
    document: DocumentId,
    oldest: RevisionId,
    newest: RevisionId,
) -> sqlx::Result<Vec<RevisionAuthor>> {
    let rows: Vec<RevisionAuthor> = db
        .query(
            "select revision_author.revision_id, author_id, coalesce(account.name, guest.name, '') as name,
                coalesce(account.color, guest.color, '') as color
           from revision_author join revision on revision.revision_id = revision_author.revision_id
                left join account on account_id = author_id left join guest on guest_id = author_id
          where document_id = $1 and revision.revision_id between $2 and $3 order by name, author_id",
        )
        .bind(document)
        .bind(oldest)
        .bind(newest)
        .all()
        .await?;
    Ok(sort_by_name(rows, |row| &row.name))
}

/// Names a revision, which excludes it from retention. `false` when there is no such revision.
pub async fn set_name(
    db: &Db,
    by: &Actor,
    document: DocumentId,
    revision: RevisionId,
    name: &str,
) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let named = tx
        .query(
            "update revision set name = $4, kind = case kind when 'automatic' then 'named' else kind end
              where workspace_id = $1 and document_id = $2 and revision_id = $3",
        )
        .bind(by.workspace)
        .bind(document)
        .bind(revision)
        .bind(name.to_owned())
        .execute()
        .await?;
    if named > 0 {
        tx.emit(by, Event::RevisionNamed { document, revision }).await?;
    }
    tx.commit().await?;
    Ok(named > 0)
}

/// Removes a revision's row; the journal deletes its bytes afterwards. `false` when there is no such revision.
pub async fn remove(db: &Db, by: &Actor, document: DocumentId, revision: RevisionId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let removed = tx
        .query("delete from revision where workspace_id = $1 and document_id = $2 and revision_id = $3")
        .bind(by.workspace)
        .bind(document)
        .bind(revision)
        .execute()
        .await?;
    if removed > 0 {
        tx.emit(by, Event::RevisionRemoved { document, revision }).await?;
    }
    tx.commit().await?;
    Ok(removed > 0)
}

/// Lists automatic revisions from before a time. The newest of each document stays.
pub async fn expired(db: &Db, before: DateTime<Utc>, most: i64) -> sqlx::Result<Vec<OldRevision>> {
    db.query(
        "select revision_id, document_id, workspace_id from revision
          where kind = 'automatic' and created_at < $1 and exists
                (select 1 from revision as later where later.document_id = revision.document_id
                                                   and later.revision_id > revision.revision_id)
          order by revision_id limit $2",
    )
    .bind(before)
    .bind(most)
    .all()
    .await
}

/// Returns those of the documents that have a workspace in the sense of [`workspace_of`].
pub async fn of_people(db: &Db, documents: &[DocumentId]) -> sqlx::Result<Vec<DocumentId>> {
    let found: Vec<(DocumentId,)> = db
        .pick(
            "select document_id from document join workspace using (workspace_id)
              where document_id in (select jsonb_array_elements_text($1)::uuid)
                and headless_key is null and purging_at is null and purged_at is null",
            "select document_id from document join workspace using (workspace_id)
              where document_id in (select unhex(value) from json_each($1))
                and headless_key is null and purging_at is null and purged_at is null",
        )
        .bind(Json(documents.iter().map(|document| document.0.simple().to_string()).collect::<Vec<_>>()))
        .all()
        .await?;
    Ok(found.into_iter().map(|(document,)| document).collect())
}

/// Returns the workspace of a document; `None` if the document is headless, unknown, or purged or being purged.
pub async fn workspace_of(db: &Db, document: DocumentId) -> sqlx::Result<Option<WorkspaceId>> {
    let found: Option<(WorkspaceId,)> = db
        .query(
            "select workspace_id from document join workspace using (workspace_id)
              where document_id = $1 and headless_key is null and purging_at is null and purged_at is null",
        )
        .bind(document)
        .optional()
        .await?;
    Ok(found.map(|(workspace,)| workspace))
}
