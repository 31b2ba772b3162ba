//! The rows of files that are read: which files are waiting, the images that were made from them, and the extracted
//! text.

use chrono::{TimeDelta, Utc};
use database::{Actor, Db, Tx};
use vocabulary::{DocumentId, Event};

use crate::stored::rows::StoredFile;

/// After this time, the node that was reading a file counts as gone.
const HELD: TimeDelta = TimeDelta::minutes(3);

/// An image that was made from a file.
#[derive(Clone, Debug)]
pub struct NewRendition {
    pub kind: &'static str,
    pub bytes: i64,
    pub media_type: &'static str,
    pub width: i64,
    pub height: i64,
}

/// Claims the next file to read, so that no other node takes it for a while. Images come first, because people are
/// waiting to see them.
pub async fn claim(db: &Db) -> sqlx::Result<Option<StoredFile>> {
    db.pick(
        "update stored_file set state = 'working', attempts = attempts + 1, tried_at = $1
          where (workspace_id, sha256) = (
                select workspace_id, sha256 from stored_file
                 where state = 'waiting' or (state = 'working' and tried_at < $2)
                 order by state desc, (case when media_type like 'image/%' then 0 else 1 end), created_at
                 limit 1 for update skip locked)
          returning *",
        "update stored_file set state = 'working', attempts = attempts + 1, tried_at = $1
          where (workspace_id, sha256) = (
                select workspace_id, sha256 from stored_file
                 where state = 'waiting' or (state = 'working' and tried_at < $2)
                 order by state desc, (case when media_type like 'image/%' then 0 else 1 end), created_at
                 limit 1)
          returning *",
    )
    .bind(Utc::now())
    .bind(Utc::now() - HELD)
    .optional()
    .await
}

/// Puts a file back into the queue, to be read again.
pub async fn again(db: &Db, file: &StoredFile) -> sqlx::Result<()> {
    set_state(db, file, "waiting", "").await
}

/// Records why a file cannot be read.
pub async fn fail(db: &Db, file: &StoredFile, reason: &str) -> sqlx::Result<()> {
    set_state(db, file, "failed", reason).await?;
    let mut tx = db.begin().await?;
    announce(&mut tx, file).await?;
    tx.commit().await
}

async fn set_state(db: &Db, file: &StoredFile, state: &'static str, detail: &str) -> sqlx::Result<()> {
    db.query("update stored_file set state = $3, detail = $4 where workspace_id = $1 and sha256 = $2")
        .bind(file.workspace_id)
        .bind(file.sha256.clone())
        .bind(state)
        .bind(detail.to_owned())
        .execute()
        .await
        .map(drop)
}

/// Records the result of reading a file. A file that was deleted meanwhile stays deleted.
pub async fn finish(
    db: &Db,
    file: &StoredFile,
    size: (Option<i64>, Option<i64>),
    made: Vec<NewRendition>,
    text: String,
) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    let there = tx
        .query(
            "update stored_file set state = 'done', detail = '', width = $3, height = $4
              where workspace_id = $1 and sha256 = $2",
        )
        .bind(file.workspace_id)
        .bind(file.sha256.clone())
        .bind(size.0)
        .bind(size.1)
        .execute()
        .await?;
    if there == 0 {
        return Ok(());
    }
    for rendition in made {
        tx.query(
            "insert into rendition (workspace_id, sha256, kind, bytes, media_type, sealed, width, height)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (workspace_id, sha256, kind) do update
                set bytes = excluded.bytes, media_type = excluded.media_type, width = excluded.width,
                    height = excluded.height",
        )
        .bind(file.workspace_id)
        .bind(file.sha256.clone())
        .bind(rendition.kind)
        .bind(rendition.bytes)
        .bind(rendition.media_type)
        .bind(file.sealed)
        .bind(rendition.width)
        .bind(rendition.height)
        .execute()
        .await?;
    }
    if !text.is_empty() {
        tx.query(
            "insert into file_text (workspace_id, sha256, body) values ($1, $2, $3)
             on conflict (workspace_id, sha256) do update set body = excluded.body",
        )
        .bind(file.workspace_id)
        .bind(file.sha256.clone())
        .bind(text)
        .execute()
        .await?;
    }
    announce(&mut tx, file).await?;
    tx.commit().await
}

/// Emits an event for each document to which a file that was read is attached, so that pages show its picture and
/// search finds its text.
async fn announce(tx: &mut Tx, file: &StoredFile) -> sqlx::Result<()> {
    let attached: Vec<(DocumentId,)> = tx
        .query(
            "select distinct document_id from attachment join attachment_version version using (attachment_id)
              where version.workspace_id = $1 and version.sha256 = $2
              order by document_id",
        )
        .bind(file.workspace_id)
        .bind(file.sha256.clone())
        .all()
        .await?;
    for (document,) in attached {
        tx.emit(&Actor::system(file.workspace_id), Event::AttachmentRead { document }).await?;
    }
    Ok(())
}
