//! Files as they are stored: once for each workspace, under the hash of their content, with what was made of them.
//! Attachments refer to them; what nothing refers to is deleted.

pub mod rows;

use chrono::{DateTime, Utc};
use endpoint::{Error, Result};
use tracing::error;
use vocabulary::WorkspaceId;

use crate::store::{Store, StoreError};

/// The name of a file in the store. An encrypted one has another name, so that neither can be taken for the other.
pub fn object_of(workspace: WorkspaceId, sha256: &str, sealed: bool) -> String {
    format!("{workspace}/{}/{sha256}{}", &sha256[..2], if sealed { SEALED } else { "" })
}

/// The name of what was made of an image.
pub fn rendition_of(workspace: WorkspaceId, sha256: &str, kind: &str, sealed: bool) -> String {
    format!("{workspace}/{}/{sha256}.{kind}{}", &sha256[..2], if sealed { SEALED } else { "" })
}

const SEALED: &str = ".sealed";

/// Reads the last part of such a name: the hash, the kind of a rendition or nothing, and whether it is encrypted.
fn read_name(name: &str) -> (&str, &str, bool) {
    let (name, sealed) = name.strip_suffix(SEALED).map_or((name, false), |name| (name, true));
    let (sha256, kind) = name.split_once('.').unwrap_or((name, ""));
    (sha256, kind, sealed)
}

impl From<StoreError> for Error {
    fn from(failure: StoreError) -> Error {
        match failure {
            StoreError::Missing => Error::NotFound("file"),
            StoreError::NoKey => Error::NoFiles("this file is encrypted, and the server has no files_key"),
            failure => {
                error!(%failure, "the file store");
                Error::NoFiles("the file store does not answer: try again")
            }
        }
    }
}

/// Deletes stored files of any workspace to which no attachment refers; returns their number. The row is locked while
/// its object is deleted, so that an upload of the same content waits, and then finds that the object is gone.
///
/// # Errors
/// When the database or the store does not answer.
pub async fn collect(db: &database::Db, store: &Store, limit: i64) -> Result<usize> {
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

/// Deletes objects older than `before` that no row names: what a crash between the two leaves.
///
/// # Errors
/// When the database or the store does not answer.
pub async fn sweep(db: &database::Db, store: &Store, before: DateTime<Utc>) -> Result<usize> {
    use futures_util::TryStreamExt;
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
