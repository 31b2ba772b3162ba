//! The content of the index for a document, read from the rows of all features. To make something else searchable, add
//! its query to [`load`], its words to [`Entry::remarks`], and the names of its events to `events::concerns`.

use library::tags::rows as tag_rows;
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use database::{Db, DocumentRow};
use serde_json::json;
use sqlx::types::Json;
use vocabulary::{AccountId, DocumentId, SpaceId, WorkspaceId};

use crate::attached;
use crate::rights::Place;

/// A document as it is indexed.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub document: DocumentId,
    pub workspace: WorkspaceId,
    /// See [`crate::rights`].
    pub seen_by: Vec<String>,
    pub title: String,
    pub tags: Vec<String>,
    pub category: String,
    pub blocks: Vec<String>,
    /// The texts besides the document's text that are searched: open comments, and names and lines of attached files.
    pub remarks: Vec<String>,
    pub space: Option<SpaceId>,
    pub kind: String,
    pub status: String,
    pub owner: Option<AccountId>,
    pub updated_at: DateTime<Utc>,
}

/// A remark about a text, such as a comment.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Remark {
    pub document_id: DocumentId,
    pub thread_id: vocabulary::ThreadId,
    pub body: String,
    /// The words that a suggestion proposes.
    pub replacement: Option<String>,
}

/// Reads the entries of documents. Those that are in the trash, purged or headless have none.
pub async fn load(db: &Db, documents: &[DocumentId]) -> sqlx::Result<Vec<Entry>> {
    let rows: Vec<DocumentRow> = db
        .pick(
            "select * from document where name is null and trashed_at is null and purging_at is null and purged_at is null
                and document_id in (select value::uuid from jsonb_array_elements_text($1) as one (value))",
            "select * from document where name is null and trashed_at is null and purging_at is null and purged_at is null
                and document_id in (select unhex(value) from json_each($1))",
        )
        .bind(ids(documents))
        .all()
        .await?;
    let mut ancestors = by_document(inherited(db, documents).await?);
    let mut remarks = by_document(remarks(db, documents).await?.into_iter().map(|remark| {
        let words = [Some(remark.body), remark.replacement];
        (remark.document_id, words.into_iter().flatten().collect::<Vec<_>>().join("\n"))
    }));
    for file in attached::load(db, documents, attached::MOST_TEXT).await? {
        let remarks = remarks.entry(file.document_id).or_default();
        remarks.extend(file.body.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned));
        remarks.push(file.name);
    }
    let mut texts: HashMap<DocumentId, Vec<String>> = texts(db, documents).await?.into_iter().collect();
    let mut tags = tag_rows::of_each(db, documents).await?;
    let entry = |row: DocumentRow| {
        let document = row.document_id;
        let place = Place {
            document: document.0,
            created_by: row.created_by,
            open_levels: [row.open_level.as_ref(), row.inherited_open.as_ref()].map(|level| Some(level?.as_str())),
            space: row.space_id.filter(|_| row.space_applies),
            ancestors: &ancestors.remove(&document).unwrap_or_default(),
        };
        Entry {
            document,
            workspace: row.workspace_id,
            seen_by: place.words(),
            title: row.title,
            tags: tags.remove(&document).unwrap_or_default(),
            category: row.category,
            blocks: texts.remove(&document).unwrap_or_default(),
            remarks: remarks.remove(&document).unwrap_or_default(),
            space: row.space_id,
            kind: row.kind,
            status: row.status.as_str().to_owned(),
            owner: row.created_by,
            updated_at: row.updated_at,
        }
    };
    Ok(rows.into_iter().map(entry).collect())
}

/// The next documents by id, for building an index.
pub async fn next(db: &Db, after: Option<DocumentId>, limit: i64) -> sqlx::Result<Vec<DocumentId>> {
    let found: Vec<(DocumentId,)> = db
        .query(
            "select document_id from document
              where document_id > $1 and name is null and trashed_at is null and purging_at is null and purged_at is null
              order by document_id limit $2",
        )
        .bind(after.unwrap_or(DocumentId(uuid::Uuid::nil())))
        .bind(limit)
        .all()
        .await?;
    Ok(found.into_iter().map(|(document,)| document).collect())
}

/// The pages below a page, at any depth.
pub async fn below(db: &Db, page: DocumentId) -> sqlx::Result<Vec<DocumentId>> {
    let found: Vec<(DocumentId,)> = db
        .query(
            "with recursive below (document_id) as (
                 select document_id from document where parent_id = $1
                 union all
                 select document.document_id from document join below on parent_id = below.document_id)
             select document_id from below",
        )
        .bind(page)
        .all()
        .await?;
    Ok(found.into_iter().map(|(document,)| document).collect())
}

/// The plain text of documents by lines, as `library::texts` stores it.
pub async fn texts(db: &Db, documents: &[DocumentId]) -> sqlx::Result<Vec<(DocumentId, Vec<String>)>> {
    let rows: Vec<(DocumentId, String)> = db
        .pick(
            "select document_id, blocks from document_text
              where document_id in (select value::uuid from jsonb_array_elements_text($1) as one (value))",
            "select document_id, blocks from document_text where document_id in (select unhex(value) from json_each($1))",
        )
        .bind(ids(documents))
        .all()
        .await?;
    let blocks = |text: String| serde_json::from_str(&text).unwrap_or_default();
    Ok(rows.into_iter().map(|(document, text)| (document, blocks(text))).collect())
}

/// The comments and suggestions of documents that are open.
pub async fn remarks(db: &Db, documents: &[DocumentId]) -> sqlx::Result<Vec<Remark>> {
    db.pick(
        "select comment.document_id, comment.thread_id, body,
                case when comment_id = (select first.comment_id from comment as first
                                       where first.thread_id = comment.thread_id and first.deleted_at is null
                                       order by first.comment_id limit 1)
                     then replacement end as replacement
           from comment join thread using (thread_id)
          where state = 'open' and deleted_at is null
            and comment.document_id in (select value::uuid from jsonb_array_elements_text($1) as one (value))
          order by comment_id",
        "select comment.document_id, comment.thread_id, body,
                case when comment_id = (select first.comment_id from comment as first
                                       where first.thread_id = comment.thread_id and first.deleted_at is null
                                       order by first.comment_id limit 1)
                     then replacement end as replacement
           from comment join thread using (thread_id)
          where state = 'open' and deleted_at is null
            and comment.document_id in (select unhex(value) from json_each($1))
          order by comment_id",
    )
    .bind(ids(documents))
    .all()
    .await
}

async fn inherited(db: &Db, documents: &[DocumentId]) -> sqlx::Result<Vec<(DocumentId, DocumentId)>> {
    db.pick(
        "select document_id, ancestor_id from inheritance
          where document_id in (select value::uuid from jsonb_array_elements_text($1) as one (value))",
        "select document_id, ancestor_id from inheritance
          where document_id in (select unhex(value) from json_each($1))",
    )
    .bind(ids(documents))
    .all()
    .await
}

fn by_document<T>(rows: impl IntoIterator<Item = (DocumentId, T)>) -> HashMap<DocumentId, Vec<T>> {
    let mut grouped: HashMap<DocumentId, Vec<T>> = HashMap::new();
    for (document, value) in rows {
        grouped.entry(document).or_default().push(value);
    }
    grouped
}

pub(crate) fn ids(documents: &[DocumentId]) -> Json<serde_json::Value> {
    Json(json!(documents.iter().map(|document| document.0.simple().to_string()).collect::<Vec<_>>()))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An entry that everybody in its workspace sees.
    pub(crate) fn entry(title: &str, text: &str) -> Entry {
        let document = DocumentId::new();
        let place = Place { document: document.0, open_levels: [Some("view"), None], ..Place::default() };
        Entry {
            document,
            workspace: WorkspaceId(uuid::Uuid::from_u128(1)),
            seen_by: place.words(),
            title: title.into(),
            tags: Vec::new(),
            category: String::new(),
            blocks: text.lines().map(str::to_owned).collect(),
            remarks: Vec::new(),
            space: None,
            kind: "custom".into(),
            status: "draft".into(),
            owner: None,
            updated_at: Utc::now(),
        }
    }
}
