//! Deletes files to which no attachment refers any more: the bytes of each file, the images made from it, and its row
//! with its text.

use chrono::{DateTime, Utc};
use endpoint::Result;
use futures_util::TryStreamExt;

use crate::store::Store;
use crate::stored::{object_of, rendition_of, rows};

/// Deletes stored files of any workspace to which no attachment refers, and returns their number. The row of a file is
/// locked while its object is deleted, so that an upload of the same content waits, and then finds that the object is
/// gone.
///
/// # Errors
/// When the database or the store does not answer.
pub(super) async fn delete(db: &database::Db, store: &Store, limit: i64) -> Result<usize> {
    let mut deleted = 0;
    for (workspace, sha256) in rows::unreferenced(db, limit).await? {
        let mut tx = db.begin().await?;
        if let Some((file, renditions)) = rows::take_unreferenced(&mut tx, workspace, &sha256).await? {
            for (kind, sealed) in renditions {
                store.delete(&rendition_of(workspace, &sha256, &kind, sealed)).await?;
            }
            store.delete(&object_of(workspace, &sha256, file.sealed)).await?;
            tx.commit().await?;
            deleted += 1;
        }
    }
    Ok(deleted)
}

/// Deletes objects older than `before` that no row names. A crash between writing an object and its row leaves these.
///
/// # Errors
/// When the database or the store does not answer.
pub(super) async fn sweep(db: &database::Db, store: &Store, before: DateTime<Utc>) -> Result<usize> {
    let mut found = std::pin::pin!(store.list(""));
    let mut deleted = 0;
    while let Some((name, modified)) = found.try_next().await? {
        if modified < before && !rows::is_named(db, &name).await? {
            store.delete(&name).await?;
            deleted += 1;
        }
    }
    Ok(deleted)
}
