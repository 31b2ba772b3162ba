//! Uploaded files in a backup: copied as they are in the store, encrypted ones still encrypted. Each copy is read back,
//! decrypted if it must be, and compared with its hash.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use chrono::{DateTime, Utc};
use database::{Db, rows_file};
use files::files_key;
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
/// The number of rows read at a time.
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

/// The name that a file of a backup has in the store.
pub fn object(name: &str) -> &str {
    name.strip_prefix("files/").unwrap_or(name)
}

/// Copies every file that the copied rows name, and returns their names in the backup. A file that was deleted meanwhile
/// is left out, as its row would be in a later backup.
///
/// # Errors
/// When the store does not answer, lacks a file whose row still exists, or has a file that is damaged or cannot be
/// decrypted with `files_key`.
pub async fn copy_out(config: &Config, live: &Db, folder: &Path) -> anyhow::Result<Vec<String>> {
    let copied = rows_file::open(&folder.join(ROWS)).await?;
    let mut names = Vec::new();
    let mut stores = None;
    let (mut last, mut unread) = ((WorkspaceId::NONE, String::new()), 0);
    loop {
        let batch = stored::rows::after(&copied, &last, BATCH).await?;
        let Some(end) = batch.last() else { break };
        last = (end.workspace_id, end.sha256.clone());
        for file in batch {
            let (store, made, keys) = match &stores {
                Some(stores) => stores,
                None => {
                    let made = store_in(config, folder)?;
                    let store = files::store_of(config)?;
                    if let Some(problem) = files_key::fits(&copied, &store).await?.problem() {
                        bail!("{problem}; a backup holds only files that can be read again");
                    }
                    let keys = Keys::of(&copied).await?;
                    stores.insert((store, made, keys))
                }
            };
            for Object { name: object, kind, sealed } in objects(&copied, &file).await? {
                let name = format!("{FOLDER}/{object}");
                match copy_one(store, &object, &folder.join(&name)).await {
                    Err(StoreError::Missing) => {
                        let now = stored::rows::find(live, file.workspace_id, &file.sha256).await?;
                        ensure!(now.is_none(), "the file store lacks {object}");
                        continue;
                    }
                    copied => copied.with_context(|| format!("file {object}"))?,
                }
                let is_whole = match kind {
                    None => is_content(made, &file).await,
                    Some(kind) => is_rendition(&copied, made, &file, &kind).await,
                };
                match is_whole {
                    Ok(true) => {}
                    Err(StoreError::Broken(_) | StoreError::NoKey) if sealed && keys.gave_up(&file) => unread += 1,
                    Ok(false) => bail!("the stored file {object} is damaged"),
                    Err(failure) => return Err(failure).with_context(|| format!("file {object}")),
                }
                names.push(name);
            }
        }
    }
    copied.close().await;
    if unread > 0 {
        println!("{unread} files were copied unread: the files_key that they need was given up");
    }
    Ok(names)
}

/// The files of a backup as a store, to be read with the configured key.
fn store_in(config: &Config, folder: &Path) -> anyhow::Result<Store> {
    let key = config.files_key_bytes()?;
    Ok(Store::open(&format!("file:{}", std::path::absolute(folder)?.join(FOLDER).display()), key.as_deref())?)
}

/// Checks that the configured `files_key` is the key of the encrypted files in the backup.
///
/// # Errors
/// When it is not, or the backup cannot be read.
pub async fn check_key(config: &Config, folder: &Path) -> anyhow::Result<()> {
    let rows = rows_file::open(&folder.join(ROWS)).await?;
    let problem = files_key::fits(&rows, &store_in(config, folder)?).await?.problem();
    rows.close().await;
    problem.map_or(Ok(()), |problem| Err(anyhow::anyhow!("{problem}; the key is not in the backup")))
}

/// When a key was given up, if ever. Encrypted files that are older may need that key.
struct Keys(Option<DateTime<Utc>>);

impl Keys {
    async fn of(rows: &Db) -> sqlx::Result<Keys> {
        Ok(Keys(files_key::given_up_at(rows).await?))
    }

    fn gave_up(&self, file: &StoredFile) -> bool {
        file.sealed && self.0.is_some_and(|at| file.created_at < at)
    }
}

/// An object that the store has for a file.
struct Object {
    name: String,
    /// The kind of image that was made from the file; `None` for its content.
    kind: Option<String>,
    sealed: bool,
}

/// The objects of a stored file: its content, and the images that were made from it.
async fn objects(rows: &Db, file: &StoredFile) -> sqlx::Result<Vec<Object>> {
    let (workspace, sha256) = (file.workspace_id, &file.sha256);
    let mut objects = vec![Object { name: object_of(workspace, sha256, file.sealed), kind: None, sealed: file.sealed }];
    for (kind, sealed) in stored::rows::renditions(rows, workspace, sha256).await? {
        let name = rendition_of(workspace, sha256, &kind, sealed);
        objects.push(Object { name, kind: Some(kind), sealed });
    }
    Ok(objects)
}

async fn copy_one(store: &Store, object: &str, to: &Path) -> Result<(), StoreError> {
    let mut pieces = store.as_it_is(object).await?;
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    let options = tokio::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).clone();
    let mut target = options.open(to).await?;
    while let Some(piece) = pieces.try_next().await? {
        target.write_all(&piece).await?;
    }
    Ok(target.sync_all().await?)
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
        let object = object(name);
        store.put_as_it_is(object, &folder.join(name)).await.with_context(|| format!("file {object}"))?;
    }
    Ok(())
}

/// What [`check`] found.
#[derive(Default)]
pub struct Checked {
    pub all: usize,
    /// Files that are missing, or not as they were uploaded.
    pub bad: usize,
    /// Files that are encrypted with a key that was given up.
    pub unread: usize,
}

/// Checks that the store has every file that a row names and, with `deep`, that the content of each is what was
/// uploaded. Prints the files that fail the check.
///
/// # Errors
/// When a store does not answer, or `files_key` is not the key of the files.
pub async fn check(config: &Config, rows: &Db, deep: bool) -> anyhow::Result<Checked> {
    let (mut checked, mut last) = (Checked::default(), (WorkspaceId::NONE, String::new()));
    let mut opened = None;
    loop {
        let batch = stored::rows::after(rows, &last, BATCH).await?;
        let Some(end) = batch.last() else { return Ok(checked) };
        last = (end.workspace_id, end.sha256.clone());
        for file in batch {
            checked.all += 1;
            let (store, keys) = match &opened {
                Some(opened) => opened,
                None => {
                    let store = files::store_of(config)?;
                    if let Some(problem) = files_key::fits(rows, &store).await?.problem() {
                        bail!(problem);
                    }
                    opened.insert((store, Keys::of(rows).await?))
                }
            };
            let is_whole = match deep {
                true => is_content(store, &file).await,
                false => store.has(&object_of(file.workspace_id, &file.sha256, file.sealed)).await,
            };
            match is_whole {
                Ok(true) => {}
                Err(StoreError::Broken(_) | StoreError::NoKey) if keys.gave_up(&file) => checked.unread += 1,
                Ok(false) | Err(StoreError::Missing | StoreError::Broken(_)) => {
                    println!("        {}: not what was uploaded, or missing", file.sha256);
                    checked.bad += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

async fn is_content(store: &Store, file: &StoredFile) -> Result<bool, StoreError> {
    let object = object_of(file.workspace_id, &file.sha256, file.sealed);
    Ok(hash_of(store, &object, file.bytes as u64, file.sealed).await?.as_ref() == Some(&file.sha256))
}

/// Whether an image that was made from a file can be read. It has no hash; if it is encrypted, each piece is
/// authenticated.
async fn is_rendition(rows: &Db, store: &Store, file: &StoredFile, kind: &str) -> Result<bool, StoreError> {
    let found = stored::rows::rendition(rows, file.workspace_id, &file.sha256, kind).await;
    let Some(made) = found.map_err(std::io::Error::other)? else { return Ok(false) };
    let object = rendition_of(file.workspace_id, &file.sha256, kind, made.sealed);
    Ok(hash_of(store, &object, made.bytes as u64, made.sealed).await?.is_some())
}

/// Reads an object, and returns the hash of its content; `None` if its size is not `bytes`.
async fn hash_of(store: &Store, object: &str, bytes: u64, sealed: bool) -> Result<Option<String>, StoreError> {
    if !store.has_size(object, bytes, sealed).await? {
        return Ok(None);
    }
    let mut pieces = store.read(object, bytes, sealed, 0..bytes).await?;
    let mut hash = Sha256::new();
    while let Some(piece) = pieces.try_next().await? {
        hash.update(&piece);
    }
    Ok(Some(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
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
