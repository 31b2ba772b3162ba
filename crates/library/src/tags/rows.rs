//! The rows of tags, and which documents have them. A tag exists as long as a document has it, even a document in the
//! trash.

use std::collections::HashMap;

use chrono::Utc;
use database::sort_key::sort_by_name;
use database::{Actor, Db, Tx};
use serde::Serialize;
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;
use vocabulary::{DocumentId, Event, TagId, WorkspaceId};

use crate::tree::rows::lock;
use crate::visibility::{Viewer, is_visible};

/// A tag and the number of documents that have it.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct TagCount {
    pub id: TagId,
    pub name: String,
    /// The number of documents with the tag that the caller may see.
    pub documents: i64,
}

macro_rules! counted {
    ($which:literal) => {
        concat!(
            "select tag.tag_id as id, tag.name as name, count(*) as documents
               from tag join document_tag on document_tag.tag_id = tag.tag_id
               join document on document.document_id = document_tag.document_id
              where tag.workspace_id = $1 and document.workspace_id = $1 and trashed_at is null
                and purging_at is null and purged_at is null and ",
            $which,
            " and ",
            is_visible!("document"),
            " group by tag.tag_id, tag.name"
        )
    };
}

/// The statement of [`list`], for tests of its query plan.
pub const LIST: &str = counted!("($10 or status <> 'archived')");

/// Lists the tags of the documents that the viewer sees, by name; `archived` counts archived documents as well.
pub async fn list(db: &Db, viewer: &Viewer, archived: bool) -> sqlx::Result<Vec<TagCount>> {
    let rows: Vec<TagCount> = viewer.bind(db.query(LIST)).bind(archived).all().await?;
    Ok(sort_by_name(rows, |tag| &tag.name))
}

/// Finds a tag of a document that the viewer sees.
pub async fn find(db: &Db, viewer: &Viewer, tag: TagId) -> sqlx::Result<Option<TagCount>> {
    viewer.bind(db.query(counted!("tag.tag_id = $10"))).bind(tag).optional().await
}

/// The number of tags of a workspace, and how many of them have one of these names.
pub async fn count(db: &Db, workspace: WorkspaceId, names: &[String]) -> sqlx::Result<(i64, i64)> {
    db.pick(
        "select count(*), count(*) filter (where name in (select jsonb_array_elements_text($2)))
           from tag where workspace_id = $1",
        "select count(*), count(*) filter (where name in (select value from json_each($2)))
           from tag where workspace_id = $1",
    )
    .bind(workspace)
    .bind(Json(names.to_vec()))
    .one()
    .await
}

/// The tags of one document, in their order.
pub async fn of(db: &Db, document: DocumentId) -> sqlx::Result<Vec<String>> {
    Ok(of_each(db, &[document]).await?.remove(&document).unwrap_or_default())
}

/// The tags of each document that has any, in their order.
pub async fn of_each(db: &Db, documents: &[DocumentId]) -> sqlx::Result<HashMap<DocumentId, Vec<String>>> {
    if documents.is_empty() {
        return Ok(HashMap::new());
    }
    let documents: Vec<String> = documents.iter().map(|document| document.0.simple().to_string()).collect();
    let rows: Vec<(DocumentId, String)> = db
        .pick(
            "select document_id, name from document_tag join tag using (tag_id)
              where document_id in (select value::uuid from jsonb_array_elements_text($1) as one (value))
              order by document_id, position, name",
            "select document_id, name from document_tag join tag using (tag_id)
              where document_id in (select unhex(value) from json_each($1)) order by document_id, position, name",
        )
        .bind(Json(json!(documents)))
        .all()
        .await?;
    let mut tags: HashMap<DocumentId, Vec<String>> = HashMap::new();
    for (document, name) in rows {
        tags.entry(document).or_default().push(name);
    }
    Ok(tags)
}

/// Replaces the tags of a document. Locks the workspace, so that no tag is removed, renamed or merged meanwhile.
pub(crate) async fn set(
    tx: &mut Tx,
    workspace: WorkspaceId,
    document: DocumentId,
    names: &[String],
) -> sqlx::Result<()> {
    lock(tx, workspace).await?;
    let had = tx.query("delete from document_tag where document_id = $1").bind(document).execute().await?;
    let new: Vec<(String, &String)> = names.iter().map(|name| (TagId::new().0.simple().to_string(), name)).collect();
    tx.pick(
        "insert into tag (tag_id, workspace_id, name, created_at)
         select (made.value ->> 0)::uuid, $1, made.value ->> 1, $2 from jsonb_array_elements($3) as made (value)
             on conflict (workspace_id, name) do nothing",
        "insert into tag (tag_id, workspace_id, name, created_at)
         select unhex(made.value ->> 0), $1, made.value ->> 1, $2 from json_each($3) as made where true
             on conflict (workspace_id, name) do nothing",
    )
    .bind(workspace)
    .bind(Utc::now())
    .bind(Json(json!(new)))
    .execute()
    .await?;
    tx.pick(
        "insert into document_tag (document_id, tag_id, position)
         select $1, tag_id, place from jsonb_array_elements_text($2) with ordinality as set_to (word, place)
           join tag on workspace_id = $3 and name = word",
        "insert into document_tag (document_id, tag_id, position)
         select $1, tag_id, set_to.key + 1 from json_each($2) as set_to
           join tag on workspace_id = $3 and name = set_to.value",
    )
    .bind(document)
    .bind(Json(names.to_vec()))
    .bind(workspace)
    .execute()
    .await?;
    if had > 0 { remove_unused(tx, workspace).await } else { Ok(()) }
}

/// Removes the tags of a workspace that no document has.
pub(crate) async fn remove_unused(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<()> {
    tx.query(
        "delete from tag where workspace_id = $1
            and not exists (select 1 from document_tag where document_tag.tag_id = tag.tag_id)",
    )
    .bind(workspace)
    .execute()
    .await
    .map(drop)
}

/// Renames a tag. If another tag has the name, the two are merged into this one. `false` if there is no such tag.
pub async fn rename(db: &Db, by: &Actor, tag: TagId, name: &str) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    lock(&mut tx, by.workspace).await?;
    let Some(old) = name_in(&mut tx, by.workspace, tag).await? else { return Ok(false) };
    if old == name {
        return Ok(true);
    }
    let taken: Option<(TagId,)> = tx
        .query("select tag_id from tag where workspace_id = $1 and name = $2")
        .bind(by.workspace)
        .bind(name.to_owned())
        .optional()
        .await?;
    let documents = note_change(&mut tx, tag).await?;
    let event = match taken {
        None => Event::TagRenamed { tag, documents },
        Some((from,)) => {
            let documents = note_change(&mut tx, from).await?;
            move_documents(&mut tx, from, tag).await?;
            Event::TagMerged { tag, from, documents }
        }
    };
    tx.query("update tag set name = $2 where tag_id = $1").bind(tag).bind(name.to_owned()).execute().await?;
    tx.emit(by, event).await?;
    tx.commit().await?;
    Ok(true)
}

/// Replaces a tag by another one on all its documents. `false` if one of the two tags does not exist.
pub async fn merge(db: &Db, by: &Actor, tag: TagId, into: TagId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    lock(&mut tx, by.workspace).await?;
    for one in [tag, into] {
        if name_in(&mut tx, by.workspace, one).await?.is_none() {
            return Ok(false);
        }
    }
    let documents = note_change(&mut tx, tag).await?;
    move_documents(&mut tx, tag, into).await?;
    tx.emit(by, Event::TagMerged { tag: into, from: tag, documents }).await?;
    tx.commit().await?;
    Ok(true)
}

/// Removes a tag from every document. `false` if there is no such tag.
pub async fn remove(db: &Db, by: &Actor, tag: TagId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    lock(&mut tx, by.workspace).await?;
    if name_in(&mut tx, by.workspace, tag).await?.is_none() {
        return Ok(false);
    }
    let documents = note_change(&mut tx, tag).await?;
    remove_row(&mut tx, tag).await?;
    tx.emit(by, Event::TagRemoved { tag, documents }).await?;
    tx.commit().await?;
    Ok(true)
}

async fn name_in(tx: &mut Tx, workspace: WorkspaceId, tag: TagId) -> sqlx::Result<Option<String>> {
    let found: Option<(String,)> = tx
        .query("select name from tag where workspace_id = $1 and tag_id = $2")
        .bind(workspace)
        .bind(tag)
        .optional()
        .await?;
    Ok(found.map(|(name,)| name))
}

/// Increments the version of all documents that have a tag, so that somebody who read one before cannot write its old
/// tags back.
async fn note_change(tx: &mut Tx, tag: TagId) -> sqlx::Result<u64> {
    tx.pick(
        // The documents are locked in the order in which other transactions lock several.
        "update document set version = version + 1
          where document_id in (
              select document_id from document
               where document_id in (select document_id from document_tag where tag_id = $1)
               order by document_id for no key update)",
        "update document set version = version + 1
          where document_id in (select document_id from document_tag where tag_id = $1)",
    )
    .bind(tag)
    .execute()
    .await
}

async fn move_documents(tx: &mut Tx, from: TagId, into: TagId) -> sqlx::Result<()> {
    tx.query(
        "insert into document_tag (document_id, tag_id, position)
         select document_id, $2, position from document_tag where tag_id = $1
             on conflict (document_id, tag_id) do nothing",
    )
    .bind(from)
    .bind(into)
    .execute()
    .await?;
    remove_row(tx, from).await
}

async fn remove_row(tx: &mut Tx, tag: TagId) -> sqlx::Result<()> {
    tx.query("delete from document_tag where tag_id = $1").bind(tag).execute().await?;
    tx.query("delete from tag where tag_id = $1").bind(tag).execute().await.map(drop)
}

/// The number of documents whose tags are moved in one transaction.
const AT_ONCE: usize = 500;

/// Moves the tags that earlier versions of the server have written in the rows of documents. A node of the previous
/// version that is still running may write more, which the next start moves.
pub async fn move_from_documents(db: &Db) -> sqlx::Result<()> {
    loop {
        let some: Vec<(DocumentId, WorkspaceId, Json<Vec<String>>)> = db
            .query(
                "select document_id, workspace_id, tags from document
                  where cast(tags as text) <> '[]' order by document_id limit 500",
            )
            .all()
            .await?;
        let count = some.len();
        let mut by_workspace: HashMap<Uuid, Vec<(DocumentId, Vec<String>)>> = HashMap::new();
        for (document, workspace, Json(names)) in some {
            by_workspace.entry(workspace.0).or_default().push((document, names));
        }
        for (workspace, documents) in by_workspace {
            let mut tx = db.begin().await?;
            lock(&mut tx, WorkspaceId(workspace)).await?;
            for (document, mut names) in documents {
                let mut seen = std::collections::HashSet::new();
                names.retain(|name| seen.insert(name.clone()));
                let emptied = tx
                    .query("update document set tags = $2 where document_id = $1 and cast(tags as text) <> '[]'")
                    .bind(document)
                    .bind(Json(Vec::<String>::new()))
                    .execute()
                    .await?;
                // Another node that starts may have moved these tags.
                if emptied > 0 {
                    set(&mut tx, WorkspaceId(workspace), document, &names).await?;
                }
            }
            tx.commit().await?;
        }
        if count < AT_ONCE {
            return Ok(());
        }
    }
}
