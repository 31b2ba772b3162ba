//! The rows of the pages that imports made.

use chrono::Utc;
use database::{Actor, Db, Tx};
use vocabulary::{AccountId, DocumentId, Event, ImportId};

use crate::queue::tell;

/// A page that an import makes.
pub struct NewPageRow {
    pub document: DocumentId,
    pub path: String,
    pub author: Option<AccountId>,
    pub author_name: String,
    pub seq: u64,
    /// The comments and tracked changes that are added once the page is shown, as JSON.
    pub said: Option<String>,
}

/// Records a page whose row is new.
pub async fn add(tx: &mut Tx, import: ImportId, number: usize, page: NewPageRow) -> sqlx::Result<()> {
    tx.query(
        "insert into import_page (import_id, document_id, number, path, author_id, author_name, seq, version, is_announced, said)
         values ($1, $2, $3, $4, $5, $6, $7, 1, false, $8)",
    )
    .bind(import)
    .bind(page.document)
    .bind(number as i64)
    .bind(page.path)
    .bind(page.author)
    .bind(page.author_name)
    .bind(page.seq as i64)
    .bind(page.said)
    .execute()
    .await
    .map(drop)
}

/// The pages of an import, including those that are still hidden.
pub async fn all(db: &Db, import: ImportId) -> sqlx::Result<Vec<DocumentId>> {
    let ids: Vec<(DocumentId,)> =
        db.query("select document_id from import_page where import_id = $1").bind(import).all().await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

pub async fn count(tx: &mut Tx, import: ImportId) -> sqlx::Result<i64> {
    let (count,): (i64,) = tx.query("select count(*) from import_page where import_id = $1").bind(import).one().await?;
    Ok(count)
}

/// A page with comments or tracked changes that are added once it is shown.
#[derive(Debug, sqlx::FromRow)]
pub struct Waiting {
    pub path: String,
    pub said: String,
}

/// The pages with comments or tracked changes that were not added yet.
pub async fn waiting(db: &Db, import: ImportId) -> sqlx::Result<Vec<DocumentId>> {
    let ids: Vec<(DocumentId,)> = db
        .query("select document_id from import_page where import_id = $1 and said is not null order by number")
        .bind(import)
        .all()
        .await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

pub async fn find_waiting(db: &Db, import: ImportId, document: DocumentId) -> sqlx::Result<Option<Waiting>> {
    db.query("select path, said from import_page where import_id = $1 and document_id = $2 and said is not null")
        .bind(import)
        .bind(document)
        .optional()
        .await
}

/// Records that the comments and tracked changes of a page were added; `false` if this is already recorded.
pub async fn said(tx: &mut Tx, import: ImportId, document: DocumentId) -> sqlx::Result<bool> {
    let noted = tx
        .query("update import_page set said = null where import_id = $1 and document_id = $2 and said is not null")
        .bind(import)
        .bind(document)
        .execute()
        .await?;
    Ok(noted > 0)
}

/// Takes some pages whose events were not emitted yet.
pub async fn take_unannounced(tx: &mut Tx, import: ImportId, limit: i64) -> sqlx::Result<Vec<DocumentId>> {
    let ids: Vec<(DocumentId,)> = tx
        .query(
            "update import_page set is_announced = true
              where import_id = $1 and document_id in (
                  select due.document_id from import_page as due where due.import_id = $1 and not due.is_announced
                   order by due.number limit $2)
             returning document_id",
        )
        .bind(import)
        .bind(limit)
        .all()
        .await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

/// A page that an import made and that still exists.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Made {
    pub document_id: DocumentId,
    pub parent_id: Option<DocumentId>,
    pub title: String,
    pub author_id: Option<AccountId>,
    pub author_name: String,
    /// Whether it has been changed since the import.
    pub edited: bool,
    /// Whether there are pages below it that the import did not make.
    pub has_others: bool,
}

/// The pages of an import that are not in the trash, in the order of the tree.
pub async fn list(db: &Db, id: ImportId) -> sqlx::Result<Vec<Made>> {
    db.query(
        "select document_id, document.parent_id, title, author_id, author_name,
                (document.version > page.version or coalesce(edit.seq, 0) > page.seq) as edited,
                exists (select 1 from document as child
                         where child.parent_id = document.document_id and child.trashed_at is null
                           and child.purging_at is null and child.purged_at is null
                           and child.document_id not in (select other.document_id from import_page as other
                                                          where other.import_id = $1)) as has_others
           from import_page as page join document using (document_id)
           left join document_edit as edit using (document_id)
          where import_id = $1 and trashed_at is null and purging_at is null and purged_at is null
          order by number",
    )
    .bind(id)
    .all()
    .await
}

/// Records that the pages of an import are in the trash; `false` if this is already recorded.
pub async fn undone(db: &Db, by: &Actor, id: ImportId, pages: i64) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let undone = tx
        .query("update import set state = 'undone', touched_at = $2 where import_id = $1 and state = 'done'")
        .bind(id)
        .bind(Utc::now())
        .execute()
        .await?;
    if undone == 0 {
        return Ok(false);
    }
    tx.emit(by, Event::ImportUndone { import: id, pages }).await?;
    tell(&mut tx, by.workspace).await?;
    tx.commit().await?;
    Ok(true)
}
