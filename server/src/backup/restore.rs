//! Restoring a backup into stores of any kind.
//!
//! A mark in the database says that a restore was begun; the transaction that writes the rows removes it. Until then
//! no server starts on these stores, and the same command may be run again after an interruption.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use database::rows_file::{self, Counts};
use database::schema::RESTORING;
use database::{Db, DbOptions, Schema, nodes};
use journal::{Journal, JournalOptions, sqlite_path};
use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;

use super::files::{COPIED_WITHIN, JOURNAL, ROWS, copy};
use super::manifest::Manifest;
use super::{logs, stored, verify};
use crate::{audit, data_folder, instance};
use access::Config;
use access::config::masked_url;

/// A copy of the rows while an older schema is brought up to date.
const SCRATCH: &str = "restore-scratch.db";

/// The mark of a restore that was begun.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Begun {
    backup: String,
    /// The journal, without credentials.
    journal: String,
}

/// Restores a backup into an empty instance.
///
/// # Errors
/// When the folder is not a complete backup, or the instance has data or is running. Nothing is left of the attempt.
pub fn restore(config: &Config, folder: &Path) -> anyhow::Result<()> {
    let manifest = Manifest::read(folder)?;
    let runtime = Runtime::new()?;
    // Opened and counted before anything is written.
    let rows = runtime.block_on(verify::rows(folder, &manifest.rows))?;
    let documents = Journal::open_copy(&folder.join(JOURNAL))?.documents()?;
    ensure!(
        documents.len() == manifest.documents,
        "the backup holds {} documents instead of {}",
        documents.len(),
        manifest.documents
    );
    runtime.block_on(audit::check_backup(config, folder, &folder.join(ROWS)))?;

    let data = std::path::absolute(&config.data)?;
    let existing = data.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/")).to_owned();
    let mut attempt =
        Attempt { folder: (existing != data).then(|| data.clone()), files: Vec::new(), store: None, succeeded: false };
    let _lock = data_folder::take(&data)?;
    let restored = into_stores(config, folder, &manifest, &runtime, &mut attempt)
        .context("the restore failed, and the files that it made were removed")?;
    attempt.succeeded = true;

    let mut files = data_folder::files(config);
    files.push(data.clone());
    data_folder::give_to_owner_of(&existing, &files)
        .context("the files cannot be given to the owner of their folder")?;
    data_folder::tighten(config);
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
            // Only if it is empty.
            let _ = fs::remove_dir(folder);
        }
    }
}

fn into_stores(
    config: &Config,
    folder: &Path,
    manifest: &Manifest,
    runtime: &Runtime,
    attempt: &mut Attempt,
) -> anyhow::Result<Counts> {
    let journal_url = config.journal_url();
    let begun = Begun { backup: Manifest::id(folder)?, journal: masked_url(&journal_url) };
    let target = runtime.block_on(rows_target(config, folder, attempt))?;
    // What an interrupted run of the same restore has left may be written again.
    let resumes = target.begun.as_ref().is_some_and(|other| other.journal == begun.journal);
    let journal = journal_target(config, resumes, attempt)?;
    let rows = &target.rows;
    runtime.block_on(async {
        rows.migrate().await?;
        nodes::set_shared(rows, RESTORING, serde_json::to_vec(&begun)?).await?;
        anyhow::Ok(())
    })?;
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
    for name in [audit::KEY_FILE, audit::ANCHOR_FILE].into_iter().filter(|name| manifest.has(name)) {
        let to = config.data.join(name);
        ensure!(resumes || !to.exists(), "{} exists, and belongs to another instance", to.display());
        attempt.files.push(to.clone());
        copy(&folder.join(name), &to)?;
    }
    if let Some(folder) = config.files_url().strip_prefix("file:").map(PathBuf::from).filter(|folder| !folder.exists())
    {
        attempt.store = Some(folder);
    }
    runtime.block_on(stored::copy_in(config, folder, &manifest.stored()))?;
    // The rows last, in one transaction: until it commits, the mark stands.
    let restored = runtime.block_on(async {
        let source = current_rows(folder, &config.data.join(SCRATCH), attempt).await?;
        let restored = rows_file::restore(&source, rows, access::RestoreRecovery::mark()).await?;
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

async fn rows_target(config: &Config, folder: &Path, attempt: &mut Attempt) -> anyhow::Result<RowsTarget> {
    let url = config.database_url();
    let place = || instance::place(config, "database_url", &url);
    if let Ok(file) = sqlite_path(&url) {
        // Removed if the restore fails, unless it turns out to have an instance.
        if !file.exists() {
            attempt.files.push(file);
        }
    }
    let options = DbOptions { answers_within: COPIED_WITHIN, ..config.database_options() };
    let rows = Db::connect(&url, &options).await.with_context(place)?;
    let used = || format!("the database has an instance already: restore into an empty one ({})", place());
    match rows.schema().await? {
        Schema::Missing => return Ok(RowsTarget { rows, begun: None }),
        Schema::Older | Schema::Newer(_) => bail!(used()),
        Schema::Current => {}
    }
    if let Some(mark) = nodes::shared(&rows, RESTORING).await? {
        if let Ok(file) = sqlite_path(&url) {
            attempt.files.push(file);
        }
        return Ok(RowsTarget { rows, begun: serde_json::from_slice(&mark).ok() });
    }
    let file = rows_file::open(&folder.join(ROWS)).await?;
    let counts = rows_file::count(&file, &rows).await?;
    file.close().await;
    let is_empty = counts.iter().all(|(table, count)| table == "shared_value" || *count == 0);
    ensure!(is_empty, used());
    Ok(RowsTarget { rows, begun: None })
}

/// The journal to restore into; `None` if it is a file that is to be copied.
fn journal_target(config: &Config, resumes: bool, attempt: &mut Attempt) -> anyhow::Result<Option<Journal>> {
    let url = config.journal_url();
    let place = || instance::place(config, "journal_url", &url);
    if let Ok(file) = sqlite_path(&url) {
        ensure!(resumes || !file.exists(), "{} exists: restore into a new data folder", file.display());
        attempt.files.push(file);
        return Ok(None);
    }
    let options = JournalOptions { answers_within: COPIED_WITHIN, ..config.journal_options() };
    let target = Journal::open(&url, &options).with_context(place)?;
    let is_empty = target.documents()?.is_empty();
    ensure!(resumes || is_empty, "the journal holds documents already: restore into an empty one ({})", place());
    Ok(Some(target))
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
