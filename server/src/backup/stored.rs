//! Uploaded files in a backup: copied as they are in the store, encrypted ones still encrypted, and checked by their
//! hashes.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use database::{Db, rows_file};
use files::store::{Store, StoreError};
use files::stored::rows::StoredFile;
use files::stored::{self, object_of, rendition_of};
use futures_util::TryStreamExt;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use vocabulary::WorkspaceId;

use super::files::ROWS;
use access::Config;

/// The folder in a backup.
pub const FOLDER: &str = "files";
/// Rows at a time.
const BATCH: i64 = 500;

/// Whether a name of a backup's manifest is that of an uploaded file.
pub fn is_name(name: &str) -> bool {
    let mut parts = name.split('/');
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte))
    };
    parts.next() == Some(FOLDER) && parts.clone().count() == 3 && parts.all(is_part)
}

/// Copies every file that the copied rows name, and returns their names in the backup. A file that was deleted meanwhile
/// is left out, as its row would be in a later backup.
///
/// # Errors
/// When the store does not answer, or lacks a file of a row that is still there.
pub async fn copy_out(config: &Config, live: &Db, folder: &Path) -> anyhow::Result<Vec<String>> {
    let copied = rows_file::open(&folder.join(ROWS)).await?;
    let mut names = Vec::new();
    let mut store = None;
    let mut last = (WorkspaceId::NONE, String::new());
    loop {
        let batch = stored::rows::after(&copied, &last, BATCH).await?;
        let Some(end) = batch.last() else { break };
        last = (end.workspace_id, end.sha256.clone());
        for file in batch {
            let store = match &store {
                Some(store) => store,
                None => store.insert(files::store_of(config)?),
            };
            for object in objects(&copied, &file).await? {
                let name = format!("{FOLDER}/{object}");
                match copy_one(store, &object, &folder.join(&name)).await {
                    Err(StoreError::Missing) => {
                        let now = stored::rows::find(live, file.workspace_id, &file.sha256).await?;
                        ensure!(now.is_none(), "the file store lacks {object}");
                    }
                    copied => {
                        let hash = copied.with_context(|| format!("file {object}"))?;
                        let is_plain = !file.sealed && object.ends_with(&file.sha256);
                        ensure!(!is_plain || hash == file.sha256, "the stored file {object} is damaged");
                        names.push(name);
                    }
                }
            }
        }
    }
    copied.close().await;
    Ok(names)
}

/// The objects of a stored file: its content, and what was made of it.
async fn objects(rows: &Db, file: &StoredFile) -> sqlx::Result<Vec<String>> {
    let mut objects = vec![object_of(file.workspace_id, &file.sha256, file.sealed)];
    for (kind, sealed) in stored::rows::renditions(rows, file.workspace_id, &file.sha256).await? {
        objects.push(rendition_of(file.workspace_id, &file.sha256, &kind, sealed));
    }
    Ok(objects)
}

async fn copy_one(store: &Store, object: &str, to: &Path) -> Result<String, StoreError> {
    let mut pieces = store.as_it_is(object).await?;
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    let options = tokio::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).clone();
    let (mut target, mut hash) = (options.open(to).await?, Sha256::new());
    while let Some(piece) = pieces.try_next().await? {
        hash.update(&piece);
        target.write_all(&piece).await?;
    }
    target.sync_all().await?;
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Puts the files of a backup into the store.
///
/// # Errors
/// When the store does not answer.
pub async fn copy_in(config: &Config, folder: &Path, names: &[&str]) -> anyhow::Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let store = files::store_of(config)?;
    for name in names {
        let object = name.strip_prefix("files/").unwrap_or(name);
        store.put_as_it_is(object, &folder.join(name)).await.with_context(|| format!("file {object}"))?;
    }
    Ok(())
}

/// Checks that the store has every file that a row names; with `deep`, that each is what was uploaded. Returns their
/// number, and prints those that are not.
///
/// # Errors
/// When a store does not answer.
pub async fn check(config: &Config, rows: &Db, deep: bool) -> anyhow::Result<(usize, usize)> {
    let (mut all, mut bad, mut last) = (0, 0, (WorkspaceId::NONE, String::new()));
    let mut store = None;
    loop {
        let batch = stored::rows::after(rows, &last, BATCH).await?;
        let Some(end) = batch.last() else { return Ok((all, bad)) };
        last = (end.workspace_id, end.sha256.clone());
        for file in batch {
            all += 1;
            let store = match &store {
                Some(store) => store,
                None => store.insert(files::store_of(config)?),
            };
            let is_whole = match deep {
                true => is_content(store, &file).await,
                false => store.has(&object_of(file.workspace_id, &file.sha256, file.sealed)).await,
            };
            match is_whole {
                Ok(true) => {}
                Ok(false) | Err(StoreError::Missing | StoreError::Broken(_)) => {
                    println!("        {}: not what was uploaded, or missing", file.sha256);
                    bad += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

async fn is_content(store: &Store, file: &StoredFile) -> Result<bool, StoreError> {
    let (object, bytes) = (object_of(file.workspace_id, &file.sha256, file.sealed), file.bytes as u64);
    let mut pieces = store.read(&object, bytes, file.sealed, 0..bytes).await?;
    let mut hash = Sha256::new();
    while let Some(piece) = pieces.try_next().await? {
        hash.update(&piece);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>() == file.sha256)
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn names_of_a_backup_lead_nowhere_else() {
        assert!(is_name("files/0198c0de-0000-7000-8000-000000000000/ab/abcd.display.sealed"));
        for bad in [
            "files/../ab/x",
            "files/a/b",
            "files/a/b/c/d",
            "/files/a/b/c",
            "files/a/b/..",
            "files//b/c",
            "other/a/b/c",
            "files/a/b/c\\d",
        ] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
