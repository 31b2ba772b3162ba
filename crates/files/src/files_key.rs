//! Whether `files_key` is the key with which the files of this instance are encrypted. A fingerprint of the key is kept
//! with the rows, so that a node with another key does not start, and no file is encrypted with a second one.

use chrono::{DateTime, Utc};
use database::{Actor, Db, members, nodes};
use futures_util::StreamExt;
use vocabulary::{Event, WorkspaceId};

use crate::store::{Store, StoreError};
use crate::stored::{object_of, rows};

/// The shared value with the fingerprint, which is empty if the key was given up and there is no other.
const FINGERPRINT: &str = "files-key";
/// The shared value with the time at which a lost key was given up.
const GIVEN_UP_AT: &str = "files-key-given-up-at";

/// How the key of a store compares with the one that its files need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFit {
    Fits,
    /// There are encrypted files, but there is no key.
    Missing,
    Other,
}

impl KeyFit {
    /// The sentence for the operator.
    pub fn problem(self) -> Option<&'static str> {
        match self {
            KeyFit::Fits => None,
            KeyFit::Missing => Some("there are encrypted files, and files_key is not set: set the key that they need"),
            KeyFit::Other => Some("files_key is not the key with which the files are encrypted: set that key"),
        }
    }
}

/// Compares the keys. Writes nothing, so the rows may be those of a backup.
///
/// # Errors
/// When a store does not answer.
pub async fn fits(rows_of: &Db, store: &Store) -> Result<KeyFit, StoreError> {
    let kept = nodes::shared(rows_of, FINGERPRINT).await.map_err(unanswered)?;
    let own = store.fingerprint();
    if kept.as_deref() == Some(own.as_deref().unwrap_or_default()) {
        return Ok(KeyFit::Fits);
    }
    let Some(file) = rows::newest_sealed(rows_of).await.map_err(unanswered)? else { return Ok(KeyFit::Fits) };
    Ok(match (kept, own) {
        (_, None) => KeyFit::Missing,
        // A new key, after the previous one was given up.
        (Some(kept), Some(_)) if kept.is_empty() => KeyFit::Fits,
        (Some(_), Some(_)) => KeyFit::Other,
        // An earlier version kept no fingerprint: an encrypted file shows whether the key fits.
        (None, Some(_)) => {
            let object = object_of(file.workspace_id, &file.sha256, true);
            let bytes = file.bytes as u64;
            let read = async { store.read(&object, bytes, true, 0..bytes.min(1)).await?.next().await.transpose() };
            match read.await {
                Ok(_) | Err(StoreError::Missing) => KeyFit::Fits,
                Err(StoreError::Broken(_)) => KeyFit::Other,
                Err(failure) => return Err(failure),
            }
        }
    })
}

/// Compares the keys at a start, and keeps the fingerprint.
///
/// # Errors
/// When a store does not answer.
pub async fn at_start(db: &Db, store: &Store) -> Result<KeyFit, StoreError> {
    let before = nodes::shared(db, FINGERPRINT).await.map_err(unanswered)?;
    let fit = fits(db, store).await?;
    let Some(own) = store.fingerprint().filter(|_| fit == KeyFit::Fits) else { return Ok(fit) };
    match before {
        None => {
            // Two nodes may start at the same time. The key of the first one counts.
            let kept = nodes::shared_secret(db, FINGERPRINT, own.clone()).await.map_err(unanswered)?;
            return Ok(if kept == own { KeyFit::Fits } else { KeyFit::Other });
        }
        Some(before) if before == own => {}
        // The last file that needed the other key is gone, or that key was given up.
        Some(_) => nodes::set_shared(db, FINGERPRINT, own).await.map_err(unanswered)?,
    }
    Ok(fit)
}

/// Continues with the key of this store, or with none. Files that need another key cannot be read any more. This is
/// recorded in the audit log.
///
/// # Errors
/// When the database does not answer.
pub async fn give_up(db: &Db, store: &Store) -> sqlx::Result<()> {
    let by = Actor::system(members::first_workspace(db).await?.unwrap_or(WorkspaceId::NONE));
    let mut tx = db.begin().await?;
    nodes::set_shared_in(&mut tx, GIVEN_UP_AT, Utc::now().to_rfc3339().into_bytes()).await?;
    nodes::set_shared_in(&mut tx, FINGERPRINT, store.fingerprint().unwrap_or_default()).await?;
    tx.emit(&by, Event::FilesKeyGivenUp {}).await?;
    tx.commit().await
}

/// When a key was last given up. Files that were encrypted before may need that key.
pub async fn given_up_at(db: &Db) -> sqlx::Result<Option<DateTime<Utc>>> {
    let noted = nodes::shared(db, GIVEN_UP_AT).await?;
    Ok(noted.and_then(|at| String::from_utf8(at).ok()?.parse().ok()))
}

fn unanswered(error: sqlx::Error) -> StoreError {
    StoreError::Io(std::io::Error::other(error))
}
