//! The rows of imports: the queue, its progress, and its results.

use chrono::{DateTime, Utc};
use database::{Actor, Db, Tx, accounts};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;
use vocabulary::{AccountId, DocumentId, ImportId, ImportKind, ImportState, SpaceId, Stored, WorkspaceId};

use super::report::{Line, Report};
use crate::queue::{SILENT, tell};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Import {
    pub import_id: ImportId,
    pub workspace_id: WorkspaceId,
    pub created_by: AccountId,
    pub actor: Json<Actor>,
    pub kind: Stored<ImportKind>,
    pub found: String,
    pub space_id: Option<SpaceId>,
    pub parent_id: Option<DocumentId>,
    pub state: Stored<ImportState>,
    pub dry_run: bool,
    pub run_id: Option<Uuid>,
    pub total: i64,
    pub done: i64,
    pub code: String,
    pub detail: String,
    pub report: Json<Vec<Line>>,
    pub more: i64,
    pub tree: Json<Value>,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    /// When the pages of the import were shown.
    pub shown_at: Option<DateTime<Utc>>,
    /// Whether an operator began the import, who may restore the work of other people.
    pub by_operator: bool,
}

pub struct NewImport {
    pub kind: ImportKind,
    pub space: Option<SpaceId>,
    pub parent: Option<DocumentId>,
    pub by_operator: bool,
}

/// Adds an import, unless the person has `most` already that have not ended.
pub async fn add(db: &Db, by: &Actor, account: AccountId, most: i64, new: NewImport) -> sqlx::Result<Option<Import>> {
    let mut tx = accounts::begin_to_add(db, account).await?;
    if !new.by_operator && unended(&mut tx, by.workspace, account).await? >= most {
        return Ok(None);
    }
    let row = tx
        .query(
            "insert into import (import_id, workspace_id, created_by, actor, kind, found, space_id, parent_id, state, dry_run,
                                 touched_at, total, done, code, detail, report, more, tree, created_at, by_operator)
             values ($1, $2, $3, $4, $5, '', $6, $7, 'open', false, $8, 0, 0, '', '', $9, 0, $10, $8, $11) returning *",
        )
        .bind(ImportId::new())
        .bind(by.workspace)
        .bind(account)
        .bind(Json(by.clone()))
        .bind(new.kind)
        .bind(new.space)
        .bind(new.parent)
        .bind(Utc::now())
        .bind(Json(Vec::<Line>::new()))
        .bind(Json(Value::Array(Vec::new())))
        .bind(new.by_operator)
        .one()
        .await?;
    tell(&mut tx, by.workspace).await?;
    tx.commit().await?;
    Ok(Some(row))
}

/// One import of a person.
pub async fn find(db: &Db, workspace: WorkspaceId, account: AccountId, id: ImportId) -> sqlx::Result<Option<Import>> {
    db.query("select * from import where workspace_id = $1 and created_by = $2 and import_id = $3")
        .bind(workspace)
        .bind(account)
        .bind(id)
        .optional()
        .await
}

/// The imports of a person, the latest first.
pub async fn list(db: &Db, workspace: WorkspaceId, account: AccountId, limit: i64) -> sqlx::Result<Vec<Import>> {
    db.query(
        "select * from import where workspace_id = $1 and created_by = $2 and not by_operator order by created_at desc, import_id desc limit $3",
    )
    .bind(workspace)
    .bind(account)
    .bind(limit)
    .all()
    .await
}

/// The number of a person's imports that have not ended.
async fn unended(tx: &mut Tx, workspace: WorkspaceId, account: AccountId) -> sqlx::Result<i64> {
    let (count,): (i64,) = tx
        .query(
            "select count(*) from import where workspace_id = $1 and created_by = $2 and not by_operator
                and state in ('open', 'waiting', 'working', 'checked')",
        )
        .bind(workspace)
        .bind(account)
        .one()
        .await?;
    Ok(count)
}

/// Queues a run, if it is not queued and has not ended, and all of its files have arrived.
pub async fn start(db: &Db, by: &Actor, id: ImportId, dry_run: bool) -> sqlx::Result<Option<Import>> {
    let mut tx = db.begin().await?;
    let row = tx
        .query(
            "update import set state = 'waiting', dry_run = $2, actor = $3, touched_at = $4, total = 0, done = 0, code = '',
                               detail = '', report = $5, more = 0, tree = $6, finished_at = null
              where import_id = $1 and state in ('open', 'checked')
                and exists (select 1 from import_file where import_file.import_id = $1)
                and not exists (select 1 from import_file where import_file.import_id = $1 and whole_bytes > 0
                                 group by path having sum(bytes) < max(whole_bytes)) returning *",
        )
        .bind(id)
        .bind(dry_run)
        .bind(Json(by.clone()))
        .bind(Utc::now())
        .bind(Json(Vec::<Line>::new()))
        .bind(Json(Value::Array(Vec::new())))
        .optional()
        .await?;
    tell(&mut tx, by.workspace).await?;
    tx.commit().await?;
    Ok(row)
}

/// Takes the next import that is waiting, or whose node has died.
pub async fn claim(db: &Db) -> sqlx::Result<Option<Import>> {
    let mut tx = db.begin().await?;
    let now = Utc::now();
    let next: Option<(ImportId,)> = tx
        .pick(
            "select import_id from import where state = 'waiting' or (state = 'working' and touched_at < $1)
              order by touched_at limit 1 for update skip locked",
            "select import_id from import where state = 'waiting' or (state = 'working' and touched_at < $1)
              order by touched_at limit 1",
        )
        .bind(now - SILENT)
        .optional()
        .await?;
    let Some((id,)) = next else { return Ok(None) };
    let row: Import = tx
        .query("update import set state = 'working', run_id = $2, touched_at = $3, done = 0 where import_id = $1 returning *")
        .bind(id)
        .bind(Uuid::new_v4())
        .bind(now)
        .one()
        .await?;
    tell(&mut tx, row.workspace_id).await?;
    tx.commit().await?;
    Ok(Some(row))
}

/// Records that the attempt is alive, and its progress. `false` if it is not the current attempt any more, because the
/// import was cancelled, or another node continues it.
pub async fn progress(db: &Db, import: &Import, found: &str, done: usize, total: usize) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let current = tx
        .query(
            "update import set touched_at = $3, found = $4, done = $5, total = $6
              where import_id = $1 and run_id = $2 and state = 'working'",
        )
        .bind(import.import_id)
        .bind(import.run_id)
        .bind(Utc::now())
        .bind(found.to_owned())
        .bind(done as i64)
        .bind(total as i64)
        .execute()
        .await?;
    tell(&mut tx, import.workspace_id).await?;
    tx.commit().await?;
    Ok(current > 0)
}

/// The result of a run.
pub struct Ended {
    pub state: ImportState,
    pub code: &'static str,
    pub detail: String,
    pub report: Report,
    pub tree: Value,
    pub pages: usize,
}

/// Records, in the transaction that shows the pages, that they are shown; `false` if this is not the current attempt
/// any more.
pub async fn shown(tx: &mut Tx, import: &Import, report: &Report, pages: usize) -> sqlx::Result<bool> {
    let current = tx
        .query(
            "update import set shown_at = $3, touched_at = $3, report = $4, more = $5, tree = $6, done = $7, total = $7
              where import_id = $1 and run_id = $2 and state = 'working'",
        )
        .bind(import.import_id)
        .bind(import.run_id)
        .bind(Utc::now())
        .bind(Json(report.lines.clone()))
        .bind(report.more)
        .bind(Json(Value::Array(Vec::new())))
        .bind(pages as i64)
        .execute()
        .await?;
    Ok(current > 0)
}

/// Adds lines to the report of an import whose pages were shown.
pub async fn report(tx: &mut Tx, id: ImportId, added: Report) -> sqlx::Result<()> {
    if added.lines.is_empty() {
        return Ok(());
    }
    let (lines, more): (Json<Vec<Line>>, i64) =
        tx.query("select report, more from import where import_id = $1").bind(id).one().await?;
    let report = lines.0.into_iter().fold(Report::default(), Report::with);
    let report = added.lines.into_iter().fold(report, Report::with);
    tx.query("update import set report = $2, more = $3 where import_id = $1")
        .bind(id)
        .bind(Json(report.lines))
        .bind(more + report.more + added.more)
        .execute()
        .await
        .map(drop)
}

/// Ends an import whose pages were shown; `false` if another attempt ends it.
pub async fn done(tx: &mut Tx, import: &Import) -> sqlx::Result<bool> {
    let current = tx
        .query(
            "update import set state = 'done', done = total, touched_at = $3, finished_at = $3
              where import_id = $1 and run_id = $2 and state = 'working'",
        )
        .bind(import.import_id)
        .bind(import.run_id)
        .bind(Utc::now())
        .execute()
        .await?;
    tell(tx, import.workspace_id).await?;
    Ok(current > 0)
}

/// Ends the attempt without pages; `false` if it is not the current attempt any more.
pub async fn end(tx: &mut Tx, import: &Import, ended: &Ended) -> sqlx::Result<bool> {
    let current = tx
        .query(
            "update import set state = $3, code = $4, detail = $5, report = $6, more = $7, tree = $8, done = $9, total = $9,
                               touched_at = $10, finished_at = $10
              where import_id = $1 and run_id = $2 and state = 'working'",
        )
        .bind(import.import_id)
        .bind(import.run_id)
        .bind(ended.state)
        .bind(ended.code.to_owned())
        .bind(ended.detail.clone())
        .bind(Json(ended.report.lines.clone()))
        .bind(ended.report.more)
        .bind(Json(ended.tree.clone()))
        .bind(ended.pages as i64)
        .bind(Utc::now())
        .execute()
        .await?;
    tell(tx, import.workspace_id).await?;
    Ok(current > 0)
}

/// Puts all imports in progress back into the queue, when the only node starts, because no node is working on them.
pub async fn release(db: &Db) -> sqlx::Result<()> {
    db.query("update import set state = 'waiting' where state = 'working'").execute().await.map(drop)
}

/// Puts an attempt back into the queue, because the server stops.
pub async fn put_back(db: &Db, import: &Import) -> sqlx::Result<()> {
    db.query("update import set state = 'waiting' where import_id = $1 and run_id = $2 and state = 'working'")
        .bind(import.import_id)
        .bind(import.run_id)
        .execute()
        .await
        .map(drop)
}

/// Cancels an import that has not ended, and has not shown its pages; `false` otherwise.
pub async fn cancel(db: &Db, by: &Actor, id: ImportId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let cancelled = tx
        .query(
            "update import set state = 'cancelled', run_id = null, finished_at = $2, touched_at = $2
              where import_id = $1 and state in ('open', 'waiting', 'working', 'checked') and shown_at is null",
        )
        .bind(id)
        .bind(Utc::now())
        .execute()
        .await?;
    tell(&mut tx, by.workspace).await?;
    tx.commit().await?;
    Ok(cancelled > 0)
}

/// Imports that have ended but still have files, and imports that nobody has continued since `before`.
pub async fn abandoned(db: &Db, before: DateTime<Utc>, limit: i64) -> sqlx::Result<Vec<ImportId>> {
    let ids: Vec<(ImportId,)> = db
        .query(
            "select import_id from import
              where (state in ('open', 'checked') and touched_at < $1)
                 or (state not in ('open', 'checked', 'waiting', 'working')
                     and exists (select 1 from import_file where import_file.import_id = import.import_id))
              limit $2",
        )
        .bind(before)
        .bind(limit)
        .all()
        .await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

/// Cancels an import that nobody has continued.
pub async fn expire(db: &Db, id: ImportId) -> sqlx::Result<()> {
    db.query(
        "update import set state = 'cancelled', finished_at = $2 where import_id = $1 and state in ('open', 'checked')",
    )
    .bind(id)
    .bind(Utc::now())
    .execute()
    .await
    .map(drop)
}

/// Removes imports that ended before this time.
pub async fn forget(db: &Db, before: DateTime<Utc>) -> sqlx::Result<()> {
    db.query("delete from import where finished_at < $1 and state not in ('open', 'checked', 'waiting', 'working')")
        .bind(before)
        .execute()
        .await
        .map(drop)
}
