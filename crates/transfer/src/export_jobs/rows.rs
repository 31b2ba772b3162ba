//! The rows of exports that are made in the background.

use chrono::{DateTime, Utc};
use database::{Actor, Db, LoggedEvent, Tx, accounts};
use files::staging::Kept;
use sqlx::types::Json;
use uuid::Uuid;
use vocabulary::{AccountId, DocumentId, Event, ExportId, ExportState, SpaceId, Stored, WorkspaceId};

use crate::queue::{SILENT, tell};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Export {
    pub export_id: ExportId,
    pub workspace_id: WorkspaceId,
    pub actor: Json<Actor>,
    pub scope: String,
    pub space_id: Option<SpaceId>,
    pub document_id: Option<DocumentId>,
    pub title: String,
    pub with_comments: bool,
    pub with_revisions: bool,
    pub state: Stored<ExportState>,
    pub run_id: Option<Uuid>,
    pub total: i64,
    pub done: i64,
    pub code: String,
    pub detail: String,
    pub object: Option<String>,
    pub bytes: i64,
    pub sealed: bool,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

impl Export {
    /// The archive of the export, while it is kept.
    pub fn kept(&self) -> Option<Kept> {
        if self.state.known() != Some(ExportState::Done) {
            return None;
        }
        Some(Kept { object: self.object.clone()?, bytes: self.bytes as u64, sealed: self.sealed })
    }
}

pub struct NewExport {
    pub scope: &'static str,
    pub space: Option<SpaceId>,
    pub document: Option<DocumentId>,
    pub title: String,
    pub comments: bool,
    pub revisions: bool,
    pub by_operator: bool,
}

/// Adds an export, unless the person has `most` already.
pub async fn add(db: &Db, by: &Actor, account: AccountId, most: i64, new: NewExport) -> sqlx::Result<Option<Export>> {
    let mut tx = accounts::begin_to_add(db, account).await?;
    let (there,): (i64,) = tx
        .query("select count(*) from export where workspace_id = $1 and created_by = $2 and not by_operator")
        .bind(by.workspace)
        .bind(account)
        .one()
        .await?;
    if there >= most && !new.by_operator {
        return Ok(None);
    }
    let row = tx
        .query(
            "insert into export (export_id, workspace_id, created_by, actor, scope, space_id, document_id, title,
                                 with_comments, with_revisions, state, touched_at, total, done, code, detail, bytes, sealed,
                                 created_at, by_operator)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'waiting', $11, 0, 0, '', '', 0, false, $11, $12) returning *",
        )
        .bind(ExportId::new())
        .bind(by.workspace)
        .bind(account)
        .bind(Json(by.clone()))
        .bind(new.scope.to_owned())
        .bind(new.space)
        .bind(new.document)
        .bind(new.title)
        .bind(new.comments)
        .bind(new.revisions)
        .bind(Utc::now())
        .bind(new.by_operator)
        .one()
        .await?;
    tell(&mut tx, by.workspace).await?;
    tx.commit().await?;
    Ok(Some(row))
}

/// One export of a person.
pub async fn find(db: &Db, workspace: WorkspaceId, account: AccountId, id: ExportId) -> sqlx::Result<Option<Export>> {
    db.query("select * from export where workspace_id = $1 and created_by = $2 and export_id = $3")
        .bind(workspace)
        .bind(account)
        .bind(id)
        .optional()
        .await
}

/// The exports of a person, the latest first.
pub async fn list(db: &Db, workspace: WorkspaceId, account: AccountId, limit: i64) -> sqlx::Result<Vec<Export>> {
    db.query(
        "select * from export where workspace_id = $1 and created_by = $2 and not by_operator order by created_at desc, export_id desc limit $3",
    )
    .bind(workspace)
    .bind(account)
    .bind(limit)
    .all()
    .await
}

/// Takes the next export that is waiting, or whose node has died.
pub async fn claim(db: &Db) -> sqlx::Result<Option<Export>> {
    let mut tx = db.begin().await?;
    let now = Utc::now();
    let next: Option<(ExportId,)> = tx
        .pick(
            "select export_id from export where state = 'waiting' or (state = 'working' and touched_at < $1)
              order by touched_at limit 1 for update skip locked",
            "select export_id from export where state = 'waiting' or (state = 'working' and touched_at < $1)
              order by touched_at limit 1",
        )
        .bind(now - SILENT)
        .optional()
        .await?;
    let Some((id,)) = next else { return Ok(None) };
    let row: Export = tx
        .query("update export set state = 'working', run_id = $2, touched_at = $3, done = 0 where export_id = $1 returning *")
        .bind(id)
        .bind(Uuid::new_v4())
        .bind(now)
        .one()
        .await?;
    tell(&mut tx, row.workspace_id).await?;
    tx.commit().await?;
    Ok(Some(row))
}

/// Records that the attempt is alive, and its progress; `false` if it is not the current attempt any more.
pub async fn progress(db: &Db, export: &Export, done: usize, total: usize) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let current = tx
        .query(
            "update export set touched_at = $3, done = $4, total = $5
              where export_id = $1 and run_id = $2 and state = 'working'",
        )
        .bind(export.export_id)
        .bind(export.run_id)
        .bind(Utc::now())
        .bind(done as i64)
        .bind(total as i64)
        .execute()
        .await?;
    tell(&mut tx, export.workspace_id).await?;
    tx.commit().await?;
    Ok(current > 0)
}

/// Ends the attempt with an archive; `false` if it is not the current attempt any more.
pub async fn finish(db: &Db, export: &Export, kept: &Kept, pages: usize) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let current = tx
        .query(
            "update export set state = 'done', object = $3, bytes = $4, sealed = $5, done = $6, total = $6,
                               finished_at = $7, touched_at = $7
              where export_id = $1 and run_id = $2 and state = 'working'",
        )
        .bind(export.export_id)
        .bind(export.run_id)
        .bind(kept.object.clone())
        .bind(kept.bytes as i64)
        .bind(kept.sealed)
        .bind(pages as i64)
        .bind(Utc::now())
        .execute()
        .await?;
    if current > 0 {
        let finished = Event::ExportFinished { export: export.export_id, pages: pages as i64 };
        tx.emit(&export.actor.0, finished).await?;
    }
    tell(&mut tx, export.workspace_id).await?;
    tx.commit().await?;
    Ok(current > 0)
}

/// Ends the attempt without an archive, if it is the current one.
pub async fn fail(db: &Db, export: &Export, code: &str, detail: &str) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    tx.query(
        "update export set state = 'failed', code = $3, detail = $4, finished_at = $5, touched_at = $5
          where export_id = $1 and run_id = $2 and state = 'working'",
    )
    .bind(export.export_id)
    .bind(export.run_id)
    .bind(code.to_owned())
    .bind(detail.to_owned())
    .bind(Utc::now())
    .execute()
    .await?;
    tell(&mut tx, export.workspace_id).await?;
    tx.commit().await
}

/// Puts all exports in progress back into the queue, when the only node starts, because no node is working on them.
pub async fn release(db: &Db) -> sqlx::Result<()> {
    db.query("update export set state = 'waiting' where state = 'working'").execute().await.map(drop)
}

/// Puts an attempt back into the queue, because the server stops.
pub async fn put_back(db: &Db, export: &Export) -> sqlx::Result<()> {
    db.query("update export set state = 'waiting' where export_id = $1 and run_id = $2 and state = 'working'")
        .bind(export.export_id)
        .bind(export.run_id)
        .execute()
        .await
        .map(drop)
}

/// Removes an export, and returns the object of its archive.
pub async fn remove(db: &Db, by: &Actor, id: ExportId) -> sqlx::Result<Option<String>> {
    let mut tx = db.begin().await?;
    let gone: Option<(Option<String>,)> =
        tx.query("delete from export where export_id = $1 returning object").bind(id).optional().await?;
    tell(&mut tx, by.workspace).await?;
    tx.commit().await?;
    Ok(gone.and_then(|(object,)| object))
}

/// Records that an archive was downloaded.
pub async fn fetched(db: &Db, by: &Actor, export: ExportId) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    tx.emit(by, Event::ExportFetched { export }).await?;
    tx.commit().await
}

/// Ends the exports that may contain a purged document, or the name of an erased person, so that [`expired`] returns
/// them. An export that was begun while a document was in the trash does not contain that document.
pub async fn outdate(tx: &mut Tx, event: &LoggedEvent) -> sqlx::Result<u64> {
    let now = Utc::now();
    let (made_before, account) = match event.name.as_str() {
        "document.purge" => {
            let trashed: Option<(Option<DateTime<Utc>>,)> = tx
                .query("select trashed_at from document where document_id = $1")
                .bind(event.subject_id.parse::<DocumentId>().ok())
                .optional()
                .await?;
            (trashed.and_then(|(at,)| at).unwrap_or(now), None)
        }
        "account.erase" => (now, event.subject_id.parse::<AccountId>().ok()),
        _ => return Ok(0),
    };
    // Waiting exports are left alone, because they have read nothing yet. A person may be named in every workspace of
    // which they are a member.
    tx.query(
        "update export set state = 'failed', run_id = null, title = '', code = 'outdated', detail = $5, touched_at = $2,
                           finished_at = $3
          where (workspace_id = $1 or workspace_id in (select workspace_id from membership where account_id = $6))
            and created_at <= $4 and state in ('working', 'done')",
    )
    .bind(event.workspace)
    .bind(now)
    .bind(DateTime::UNIX_EPOCH)
    .bind(made_before)
    .bind("A page was deleted for good, or a person was erased, after this was begun: export again".to_owned())
    .bind(account)
    .execute()
    .await
}

/// Exports that ended before this time.
pub async fn expired(db: &Db, before: DateTime<Utc>, limit: i64) -> sqlx::Result<Vec<(ExportId, WorkspaceId)>> {
    db.query("select export_id, workspace_id from export where finished_at < $1 limit $2")
        .bind(before)
        .bind(limit)
        .all()
        .await
}
