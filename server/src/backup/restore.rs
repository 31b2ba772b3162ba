//! Restoring a backup into stores of any kind.
//!
//! Everything is checked before anything is written. Then, before any table is created, a mark in the database records
//! that a restore was begun; the transaction that writes the rows removes the mark. While it is there, no server starts
//! on these stores, and the same command may be run again after an interruption.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use database::rows_file::{self, Counts};
use database::{Db, DbOptions, Schema};
use journal::{Journal, JournalError, JournalOptions, sqlite_path};
use reqwest::Url;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;

use super::files::{COPIED_WITHIN, JOURNAL, ROWS, copy};
use super::manifest::Manifest;
use super::{logs, stored, verify};
use crate::{audit, data_folder, instance};
use access::{Config, RestoreRecovery};

/// The copy of the rows in which an older schema is migrated.
const SCRATCH: &str = "restore-scratch.db";

/// The mark of a restore that was begun.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Begun {
    backup: String,
    /// The [`identity`] of the journal.
    journal: String,
}

/// Restores a backup into an empty instance.
///
/// # Errors
/// When the folder is not a complete backup, or the instance has data or is running. Nothing is left of the attempt.
pub fn restore(config: &Config, folder: &Path) -> anyhow::Result<()> {
    let manifest = Manifest::read(folder)?;
    let runtime = Runtime::new()?;
    // The rows are opened and counted before anything is written.
    let rows = runtime.block_on(verify::rows(folder, &manifest.rows))?;
    let documents = Journal::open_copy(&folder.join(JOURNAL))?.documents()?;
    ensure!(
        documents.len() == manifest.documents,
        "the backup holds {} documents instead of {}",
        documents.len(),
        manifest.documents
    );
    runtime.block_on(audit::check_backup(config, folder, &folder.join(ROWS)))?;
    if !manifest.stored().is_empty() {
        runtime.block_on(stored::check_key(config, folder))?;
    }

    let data = std::path::absolute(&config.data)?;
    let existing = existing(&data);
    let owners = Owners::of(config, &manifest, &data)?;
    let mut attempt =
        Attempt { folder: (existing != data).then(|| data.clone()), files: Vec::new(), store: None, succeeded: false };
    let _lock = data_folder::take(&data)?;
    let restored = into_stores(config, folder, &manifest, &runtime, &owners, &mut attempt)
        .context("the restore failed, and the files that it made were removed")?;
    attempt.succeeded = true;

    // Called a second time, for the files that the last transaction made: its write-ahead log, or the database file
    // without one.
    owners.hand_over(config)?;
    File::open(&data)?.sync_all()?;
    println!(
        "{} documents and {} rows of {} were restored",
        manifest.documents,
        restored.values().sum::<u64>(),
        manifest.made_at
    );
    if rows.values().sum::<u64>() == 0 {
        println!("The backup was of an instance without an owner.");
    }
    data_folder::warn_of_root(&data);
    Ok(())
}

/// Files that this attempt has made, removed unless it succeeds.
struct Attempt {
    /// The data folder, if it did not exist.
    folder: Option<PathBuf>,
    files: Vec<PathBuf>,
    /// The folder of uploaded files, if it did not exist.
    store: Option<PathBuf>,
    succeeded: bool,
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if self.succeeded {
            return;
        }
        for file in &self.files {
            for end in ["", "-wal", "-shm"] {
                let _ = fs::remove_file(format!("{}{end}", file.display()));
            }
        }
        if let Some(store) = &self.store {
            let _ = fs::remove_dir_all(store);
        }
        if let Some(folder) = &self.folder {
            let _ = fs::remove_file(folder.join("lock"));
            // This removes the folder only if it is empty.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// The nearest folder that exists.
fn existing(path: &Path) -> PathBuf {
    path.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/")).to_owned()
}

/// The owners of restored files: each file belongs to the owner of the folder in which it was made.
struct Owners {
    data: PathBuf,
    /// The data folder, or if it did not exist before the restore, the nearest folder above it that did.
    existing: PathBuf,
    /// The uploaded files and their folders, and the nearest folder that existed before them. `None` if uploaded files
    /// are not kept in a folder.
    stored: Option<(BTreeSet<PathBuf>, PathBuf)>,
}

impl Owners {
    fn of(config: &Config, manifest: &Manifest, data: &Path) -> anyhow::Result<Owners> {
        let stored = match config.files_url().strip_prefix("file:") {
            Some(folder) => {
                let folder = std::path::absolute(folder.strip_prefix("//").unwrap_or(folder))?;
                let mut paths = BTreeSet::new();
                for name in manifest.stored() {
                    let path = folder.join(stored::object(name));
                    paths.extend(path.ancestors().take_while(|path| path.starts_with(&folder)).map(Path::to_owned));
                }
                let existing = existing(&folder);
                // A folder that existed before keeps its owner.
                paths.remove(&existing);
                Some((paths, existing))
            }
            None => None,
        };
        Ok(Owners { data: data.to_owned(), existing: existing(data), stored })
    }

    /// Makes the owner of the folder the owner of the restored files, and removes other users' permissions.
    fn hand_over(&self, config: &Config) -> anyhow::Result<()> {
        let cannot = "the files cannot be given to the owner of their folder";
        let mut files = data_folder::files(config);
        files.push(self.data.clone());
        data_folder::give_to_owner_of(&self.existing, &files).context(cannot)?;
        if let Some((paths, existing)) = &self.stored {
            let paths: Vec<PathBuf> = paths.iter().cloned().collect();
            data_folder::give_to_owner_of(existing, &paths).context(cannot)?;
        }
        data_folder::tighten(config);
        Ok(())
    }
}

fn into_stores(
    config: &Config,
    folder: &Path,
    manifest: &Manifest,
    runtime: &Runtime,
    owners: &Owners,
    attempt: &mut Attempt,
) -> anyhow::Result<Counts> {
    let journal_url = config.journal_url();
    let begun = Begun { backup: Manifest::id(folder)?, journal: identity(&journal_url)? };
    let target = runtime.block_on(rows_target(config, folder, &begun.backup, attempt))?;
    // What an interrupted run of the same restore has left may be written again.
    let resumes = target.begun.as_ref().is_some_and(|other| other.journal == begun.journal);
    check_journal(config, resumes, runtime)?;
    let beside = [audit::KEY_FILE, audit::ANCHOR_FILE].into_iter().filter(|name| manifest.has(name));
    for to in beside.clone().map(|name| config.data.join(name)) {
        ensure!(resumes || !to.exists(), "{} exists, and belongs to another instance", to.display());
    }
    let rows = &target.rows;
    runtime.block_on(rows.begin_restore(serde_json::to_vec(&begun)?))?;
    let journal = journal_target(config, attempt)?;
    runtime.block_on(rows.migrate())?;
    match &journal {
        None => {
            let file = sqlite_path(&journal_url)?;
            attempt.files.push(file.clone());
            copy(&folder.join(JOURNAL), &file)?;
            let copied = Journal::open_copy(&file)?;
            ensure!(copied.documents()?.len() == manifest.documents, "the copied journal has other documents");
        }
        Some(journal) => {
            logs::copy(&Journal::open_copy(&folder.join(JOURNAL))?, journal)?;
            let found = journal.documents()?.len();
            journal.close();
            ensure!(found == manifest.documents, "the journal has {found} documents instead of {}", manifest.documents);
        }
    }
    for name in beside {
        let to = config.data.join(name);
        attempt.files.push(to.clone());
        copy(&folder.join(name), &to)?;
    }
    if let Some(folder) = config.files_url().strip_prefix("file:").map(PathBuf::from).filter(|folder| !folder.exists())
    {
        attempt.store = Some(folder);
    }
    runtime.block_on(stored::copy_in(config, folder, &manifest.stored()))?;
    owners.hand_over(config)?;
    // The rows are written last, in one transaction, which also removes the mark.
    let restored = runtime.block_on(async {
        let source = current_rows(folder, &config.data.join(SCRATCH), attempt).await?;
        let restored = rows_file::restore(&source, rows, RestoreRecovery::mark(&begun.backup)).await?;
        let file = rows_file::open(&source).await?;
        let found = rows_file::count(&file, rows).await?;
        for (table, expected) in restored.iter().filter(|(table, _)| *table != "shared_value") {
            let found = found.get(table).copied().unwrap_or_default();
            ensure!(found == *expected, "table {table} has {found} rows instead of {expected}");
        }
        file.close().await;
        rows.close().await;
        anyhow::Ok(restored)
    })?;
    let _ = fs::remove_file(config.data.join(SCRATCH));
    Ok(restored)
}

/// The database to restore into.
struct RowsTarget {
    rows: Db,
    begun: Option<Begun>,
}

async fn rows_target(
    config: &Config,
    folder: &Path,
    backup: &str,
    attempt: &mut Attempt,
) -> anyhow::Result<RowsTarget> {
    let url = config.database_url();
    let place = || instance::place(config, "database_url", &url);
    if let Ok(file) = sqlite_path(&url) {
        // A file that does not exist yet is removed again if the restore fails.
        if !file.exists() {
            attempt.files.push(file);
        }
    }
    let options = DbOptions { answers_within: COPIED_WITHIN, ..config.database_options() };
    let rows = Db::connect(&url, &options).await.with_context(place)?;
    rows.refuse_foreign().await.with_context(place)?;
    let used = || format!("the database has an instance already: restore into an empty one ({})", place());
    if let Some(mark) = rows.begun_restore().await? {
        if let Schema::Newer(_) = rows.schema().await? {
            bail!(used());
        }
        if let Ok(file) = sqlite_path(&url) {
            attempt.files.push(file);
        }
        return Ok(RowsTarget { rows, begun: serde_json::from_slice(&mark).ok() });
    }
    match rows.schema().await? {
        Schema::Missing => return Ok(RowsTarget { rows, begun: None }),
        Schema::Older | Schema::Newer(_) => bail!(used()),
        Schema::Current => {}
    }
    let file = rows_file::open(&folder.join(ROWS)).await?;
    let counts = rows_file::count(&file, &rows).await?;
    file.close().await;
    let is_empty = counts.iter().all(|(table, count)| table == "shared_value" || *count == 0);
    if let Some(at) = RestoreRecovery::read(&rows).await?.restored_from(backup) {
        // For example, the same command was run again after it had been interrupted at its very end.
        bail!(
            "this backup was completely restored here already, at {}: start the server, or restore it once more into an \
             empty database ({})",
            at.format("%Y-%m-%d %H:%M:%S UTC"),
            place()
        );
    }
    ensure!(is_empty, used());
    Ok(RowsTarget { rows, begun: None })
}

/// Checks that the journal to restore into is empty, unless an interrupted restore is resumed. Writes nothing.
fn check_journal(config: &Config, resumes: bool, runtime: &Runtime) -> anyhow::Result<()> {
    let url = config.journal_url();
    let place = || instance::place(config, "journal_url", &url);
    if let Ok(file) = sqlite_path(&url) {
        ensure!(resumes || !file.exists(), "{} exists: restore into a new data folder", file.display());
        return Ok(());
    }
    if url.starts_with("postgres") {
        runtime
            .block_on(async {
                let db = Db::connect(&url, &DbOptions { connections: 1, ..config.database_options() }).await?;
                db.refuse_foreign().await?;
                db.close().await;
                anyhow::Ok(())
            })
            .with_context(place)?;
    }
    match Journal::open(&url, &JournalOptions { create: false, ..journal_options(config) }) {
        Ok(found) => {
            let is_empty = found.documents()?.is_empty();
            found.close();
            ensure!(
                resumes || is_empty,
                "the journal holds documents already: restore into an empty one ({})",
                place()
            );
            Ok(())
        }
        Err(JournalError::Missing(_)) => Ok(()),
        Err(failure) => Err(failure).with_context(place),
    }
}

/// The journal to restore into. `None` if it is a file, to which the backup's file is copied.
fn journal_target(config: &Config, attempt: &mut Attempt) -> anyhow::Result<Option<Journal>> {
    let url = config.journal_url();
    if let Ok(file) = sqlite_path(&url) {
        attempt.files.push(file);
        return Ok(None);
    }
    let target = Journal::open(&url, &journal_options(config));
    Ok(Some(target.with_context(|| instance::place(config, "journal_url", &url))?))
}

fn journal_options(config: &Config) -> JournalOptions {
    JournalOptions { answers_within: COPIED_WITHIN, ..config.journal_options() }
}

/// Identifies a store by its whole URL except passwords, which may change between two runs. Other parts that are masked
/// in messages count, because they may name the database: a Postgres URL without a database name means the database
/// with the name of the user.
fn identity(url: &str) -> anyhow::Result<String> {
    let told = match (sqlite_path(url), Url::parse(url)) {
        (Ok(file), _) => std::path::absolute(file)?.display().to_string(),
        (Err(_), Ok(mut parsed)) => {
            let _ = parsed.set_password(None);
            let kept: Vec<(String, String)> =
                parsed.query_pairs().into_owned().filter(|(name, _)| name != "password").collect();
            parsed.query_pairs_mut().clear().extend_pairs(kept);
            parsed.to_string()
        }
        // For example, a URL with several hosts cannot be parsed.
        (Err(_), Err(_)) => url.to_owned(),
    };
    Ok(Sha256::digest(told).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The rows of the backup with the current schema: the file itself, or an upgraded copy.
async fn current_rows(folder: &Path, scratch: &Path, attempt: &mut Attempt) -> anyhow::Result<PathBuf> {
    let file = folder.join(ROWS);
    if rows_file::check(&file).await?.1 == Schema::Current {
        return Ok(file);
    }
    attempt.files.push(scratch.to_owned());
    copy(&file, scratch)?;
    rows_file::upgrade(scratch).await?;
    Ok(scratch.to_owned())
}

#[cfg(test)]
mod tests {
    use super::identity;

    /// [SAVE-24] Two URLs that differ only in parts that are masked in messages name different stores; a password makes
    /// no difference.
    #[test]
    fn stores_are_told_apart_by_more_than_what_is_shown() {
        let told = |url: &str| identity(url).expect("a path");
        for (one, other) in [
            ("postgres://ana:x@db", "postgres://ben:x@db"),
            ("postgres://ana@db/plans?options=-csearch_path%3Da", "postgres://ana@db/plans?options=-csearch_path%3Db"),
            ("mongodb://ana:x@m1,m2/plans", "mongodb://ana:x@m1,m2/notes"),
            ("sqlite:a/journal.db", "sqlite:b/journal.db"),
        ] {
            assert_ne!(told(one), told(other), "{one} {other}");
        }
        assert_eq!(told("postgres://ana:old@db/plans"), told("postgres://ana:new@db/plans"));
        assert_eq!(
            told("postgres://db/plans?user=ana&password=old"),
            told("postgres://db/plans?user=ana&password=new")
        );
        assert!(!told("postgres://ana:old@db/plans").contains("old"));
    }
}
