//! The rows of plain texts, and of the links in them.

use chrono::{DateTime, Utc};
use database::{Actor, Change, Db, Tx};
use serde_json::json;
use sqlx::types::Json;
use vocabulary::{DocumentId, Event, SpaceId, Topic, WorkspaceId};

use crate::visibility::{Viewer, is_visible};

/// The text of a document up to a row of its log.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    pub document: DocumentId,
    pub seq: u64,
    /// The plain text of each line.
    pub blocks: Vec<String>,
    /// The documents to which the text links, in order.
    pub links: Vec<DocumentId>,
}

/// The number of texts that are stored in one transaction. Other events of these documents wait until it ends.
const AT_ONCE: usize = 32;

/// Stores texts, in the order of their documents, unless a newer one is stored. Headless and purged documents are left
/// out. Each stored text is an event.
pub async fn store(db: &Db, texts: &[Text]) -> sqlx::Result<()> {
    for some in texts.chunks(AT_ONCE) {
        let mut tx = db.begin().await?;
        for text in some {
            store_one(&mut tx, text).await?;
        }
        tx.commit().await?;
        // A purge that began meanwhile may not have seen these rows. One that begins from now on does.
        let ids: Vec<DocumentId> = some.iter().map(|text| text.document).collect();
        forget_purged_of(db, &ids).await?;
    }
    Ok(())
}

async fn store_one(tx: &mut Tx, text: &Text) -> sqlx::Result<()> {
    let stored: Option<(WorkspaceId,)> = tx
        .query(
            "insert into document_text (document_id, workspace_id, seq, blocks)
             select document_id, workspace_id, $2, $3 from document
              where document_id = $1 and name is null and purging_at is null
             on conflict (document_id) do update set seq = excluded.seq, blocks = excluded.blocks
              where document_text.seq < excluded.seq
             returning workspace_id",
        )
        .bind(text.document)
        .bind(text.seq as i64)
        .bind(json!(text.blocks).to_string())
        .optional()
        .await?;
    let Some((workspace,)) = stored else { return Ok(()) };
    let links: Vec<String> = text.links.iter().map(|target| target.0.simple().to_string()).collect();
    let mut changed = tx
        .pick(
            "delete from document_link where from_id = $1 and field_id = ''
            and to_id not in (select value::uuid from jsonb_array_elements_text($2) as one (value))",
            "delete from document_link where from_id = $1 and field_id = ''
            and to_id not in (select unhex(value) from json_each($2))",
        )
        .bind(text.document)
        .bind(Json(json!(links)))
        .execute()
        .await?;
    if !links.is_empty() {
        changed += tx
            .pick(
                "insert into document_link (workspace_id, from_id, field_id, to_id)
             select $3, $1, '', value::uuid from jsonb_array_elements_text($2) as one (value) where true
             on conflict do nothing",
                "insert into document_link (workspace_id, from_id, field_id, to_id)
             select $3, $1, '', unhex(value) from json_each($2) where true on conflict do nothing",
            )
            .bind(text.document)
            .bind(Json(json!(links)))
            .bind(workspace)
            .execute()
            .await?;
    }
    if changed > 0 {
        // Apps show which pages link to a page, so they read these lists again.
        tx.note(Change::Workspace(workspace, Topic::Documents)).await?;
    }
    let event = Event::TextStored { document: text.document, seq: text.seq };
    tx.emit(&Actor::system(workspace), event).await
}

/// For each of these documents that has a row, the last row of the log whose text is stored: 0 if none is, `None` if no
/// text of the document is kept. Hidden documents are left out, whether they are being created or purged.
pub async fn stored(db: &Db, documents: &[DocumentId]) -> sqlx::Result<Vec<(DocumentId, Option<u64>)>> {
    let found: Vec<(DocumentId, Option<i64>)> = db
        .pick(
            "select document_id, case when name is null and purged_at is null then coalesce(seq, 0) end
               from document left join document_text using (document_id)
              where (purging_at is null or purged_at is not null)
                and document_id in (select value::uuid from jsonb_array_elements_text($1) as one (value))",
            "select document_id, case when name is null and purged_at is null then coalesce(seq, 0) end
               from document left join document_text using (document_id)
              where (purging_at is null or purged_at is not null)
                and document_id in (select unhex(value) from json_each($1))",
        )
        .bind(ids(documents))
        .all()
        .await?;
    Ok(found.into_iter().map(|(document, seq)| (document, seq.map(|seq| seq as u64))).collect())
}

/// A page of the documents whose text is kept, by id, each with the last row of its log whose text is stored; 0 if none
/// is.
pub async fn seqs_after(
    db: &Db,
    after: Option<DocumentId>,
    limit: i64,
) -> sqlx::Result<Vec<(DocumentId, WorkspaceId, i64)>> {
    db.query(
        "select document_id, document.workspace_id, coalesce(seq, 0)
           from document left join document_text using (document_id)
          where document_id > $1 and name is null and purging_at is null
          order by document_id limit $2",
    )
    .bind(after.unwrap_or(DocumentId(uuid::Uuid::nil())))
    .bind(limit)
    .all()
    .await
}

/// Removes texts that were stored while their document was being purged.
pub async fn forget_purged(db: &Db) -> sqlx::Result<()> {
    db.query(
        "delete from document_text where document_id in (select document_id from document where purged_at is not null)",
    )
    .execute()
    .await?;
    db.query(
        "delete from document_link where from_id in (select document_id from document where purged_at is not null)",
    )
    .execute()
    .await
    .map(drop)
}

async fn forget_purged_of(db: &Db, documents: &[DocumentId]) -> sqlx::Result<()> {
    let purged: Option<(DocumentId,)> = db
        .pick(
            "select document_id from document where purging_at is not null
                and document_id in (select value::uuid from jsonb_array_elements_text($1) as one (value)) limit 1",
            "select document_id from document where purging_at is not null
                and document_id in (select unhex(value) from json_each($1)) limit 1",
        )
        .bind(ids(documents))
        .optional()
        .await?;
    let Some((document,)) = purged else { return Ok(()) };
    db.query("delete from document_link where from_id = $1").bind(document).execute().await?;
    db.query("delete from document_text where document_id = $1").bind(document).execute().await.map(drop)
}

fn ids(documents: &[DocumentId]) -> Json<serde_json::Value> {
    Json(json!(documents.iter().map(|document| document.0.simple().to_string()).collect::<Vec<_>>()))
}

/// A page as a list of links shows it.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct LinkedPage {
    pub document_id: DocumentId,
    pub title: String,
    pub icon: String,
    pub space_id: Option<SpaceId>,
    pub updated_at: DateTime<Utc>,
}

/// The most pages in a list of links. To find more, people use the search.
const MOST_PAGES: i64 = 100;

/// The pages whose text links to a document, of those that the viewer sees, newest change first.
pub async fn backlinks(db: &Db, viewer: &Viewer, document: DocumentId) -> sqlx::Result<Vec<LinkedPage>> {
    let query = db.query(concat!(
        "select document_id, title, icon, space_id, updated_at from document
          where document_id in (select from_id from document_link where to_id = $10) and workspace_id = $1
            and trashed_at is null and purging_at is null and purged_at is null and ",
        is_visible!("document"),
        " order by updated_at desc, document_id limit $11"
    ));
    viewer.bind(query).bind(document).bind(MOST_PAGES).all().await
}

/// The pages that link to the same pages as a document, of those that the viewer sees, those with the most links in
/// common first.
pub async fn linked_alike(db: &Db, viewer: &Viewer, document: DocumentId, limit: i64) -> sqlx::Result<Vec<LinkedPage>> {
    let query = db.query(concat!(
        "select document.document_id, title, icon, space_id, updated_at from document
           join (select other.from_id, count(*) as shared from document_link own
                   join document_link other on other.to_id = own.to_id and other.from_id <> own.from_id
                  where own.from_id = $10 group by other.from_id) alike on alike.from_id = document.document_id
          where workspace_id = $1 and trashed_at is null and purging_at is null and purged_at is null and ",
        is_visible!("document"),
        " order by shared desc, updated_at desc, document.document_id limit $11"
    ));
    viewer.bind(query).bind(document).bind(limit).all().await
}
