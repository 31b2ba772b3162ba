//! `consilium backup` and `restore`: both stores, of any kind, as verified files.
//!
//! A backup is made while nodes are running. Rows are copied before the journal, so that every document with a row has
//! its log; then every document of the copy is rebuilt. The copy of the journal is always an SQLite file, so it can be
//! restored into another kind of store.

mod logs;
mod postgres;
mod verify;

use database::{Db, nodes};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use chrono::{DateTime, Utc};
use journal::{Journal, JournalOptions, copy_sqlite, sqlite_path};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use self::verify::{verify, with_scratch};
use crate::{audit, serve::take_folder};
use access::Config;

/// Timeout for one page of a log of a store that is in use.
const COPIED_WITHIN: Duration = Duration::from_secs(60);
const MANIFEST: &str = "backup.json";
const JOURNAL: &str = "journal.db";
/// The name of the database file: an SQLite file, or a dump of Postgres's own tool.
const DATABASE: &str = "consilium.db";
const DUMP: &str = "consilium.pgdump";

/// The manifest of a backup.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    /// Version of the program that made it.
    version: String,
    made_at: DateTime<Utc>,
    documents: usize,
    files: Vec<FileEntry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileEntry {
    name: String,
    bytes: u64,
    sha256: String,
}

/// The name of the backup's database file for this kind of database.
fn database_file(url: &str) -> &'static str {
    if url.starts_with("postgres") { DUMP } else { DATABASE }
}

/// Copies a live instance into a new folder.
///
/// # Errors
/// When a store does not answer, a document cannot be rebuilt from the copy, or the disk is full. There is no
/// `backup.json` then, and [`restore`] refuses the folder.
pub fn backup(config: &Config, folder: &Path) -> anyhow::Result<()> {
    let (database, journal) = (config.database_url(), config.journal_url());
    for url in [&database, &journal] {
        if let Ok(file) = sqlite_path(url) {
            ensure!(file.is_file(), "there is no instance in {}", config.data.display());
        }
    }
    fs::DirBuilder::new().mode(0o700).create(folder).with_context(|| format!("{} must be new", folder.display()))?;

    let name = database_file(&database);
    let mut names = vec![name, JOURNAL];
    // Copied before the rows: an anchor must not cover rows that the copy lacks.
    for kept in [audit::KEY_FILE, audit::ANCHOR_FILE] {
        if config.data.join(kept).is_file() {
            copy(&config.data.join(kept), &folder.join(kept))?;
            names.push(kept);
        }
    }
    match sqlite_path(&database) {
        Ok(file) => copy_sqlite(&file, &folder.join(name))?,
        Err(_) => postgres::dump(&database, &folder.join(name))?,
    }
    match sqlite_path(&journal) {
        Ok(file) => copy_sqlite(&file, &folder.join(JOURNAL))?,
        Err(_) => {
            // It reads whole logs: a slow page is not an outage.
            let options = JournalOptions { answers_within: COPIED_WITHIN, ..config.journal_options() };
            let source = Journal::open(&journal, &options)?;
            let target = open_file(&folder.join(JOURNAL))?;
            logs::copy(&source, &target)?;
            source.close();
            target.close();
            // Its reader has the file open too.
            drop(target);
            logs::fold(&folder.join(JOURNAL))?;
        }
    }
    let documents = verify(folder)?;

    let mut files = Vec::new();
    for name in names {
        // Readable only by the owner: with the signing key one can impersonate anybody, with the audit key rewrite the
        // audit.
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o600))?;
        let (bytes, sha256) = digest(&folder.join(name))?;
        files.push(FileEntry { name: name.to_owned(), bytes, sha256 });
    }
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let manifest = Manifest { version, made_at: Utc::now(), documents, files };
    write(&folder.join(MANIFEST), serde_json::to_string_pretty(&manifest)?.as_bytes())?;
    File::open(folder)?.sync_all()?;
    println!("{} holds {documents} documents, each rebuilt from its log", folder.display());
    Ok(())
}

/// Restores a backup into an empty instance.
///
/// # Errors
/// When the folder is not a complete backup, or the instance has data or is running.
pub fn restore(config: &Config, folder: &Path) -> anyhow::Result<()> {
    let manifest = fs::read(folder.join(MANIFEST)).with_context(|| format!("{} is no backup", folder.display()))?;
    let manifest: Manifest = serde_json::from_slice(&manifest).context("the backup's own description is damaged")?;
    for FileEntry { name, bytes, sha256 } in &manifest.files {
        let known = [DATABASE, DUMP, JOURNAL, audit::KEY_FILE, audit::ANCHOR_FILE];
        ensure!(known.contains(&name.as_str()), "{name} is no file of a backup");
        let found = digest(&folder.join(name)).with_context(|| format!("{name} cannot be read"))?;
        ensure!(found == (*bytes, sha256.clone()), "{name} is not what was backed up");
    }
    let (database, journal) = (config.database_url(), config.journal_url());
    let name = database_file(&database);
    let has = |name: &str| manifest.files.iter().any(|file| file.name == name);
    ensure!(has(JOURNAL) && (has(DATABASE) || has(DUMP)), "the backup is not complete");
    ensure!(
        has(name),
        "the backup holds {}: database_url must name that kind",
        if has(DUMP) { DUMP } else { DATABASE }
    );

    let _lock = take_folder(&config.data)?;
    for url in [&database, &journal] {
        match sqlite_path(url) {
            Ok(file) if file.exists() => bail!("{} exists: restore into a new data folder", file.display()),
            _ => {}
        }
    }
    if name == DUMP {
        postgres::ensure_empty(&database)?;
    }
    match sqlite_path(&journal) {
        Ok(file) => copy(&folder.join(JOURNAL), &file)?,
        Err(_) => with_scratch(folder, |source| {
            let target = Journal::open(&journal, &config.journal_options())?;
            ensure!(target.documents()?.is_empty(), "the journal holds documents: restore into an empty one");
            logs::copy(source, &target)?;
            target.close();
            Ok(())
        })?,
    }
    for kept in [audit::KEY_FILE, audit::ANCHOR_FILE].into_iter().filter(|kept| has(kept)) {
        copy(&folder.join(kept), &config.data.join(kept))?;
    }
    // The database last, so that a partly restored instance has no owner and counts as empty.
    match sqlite_path(&database) {
        Ok(file) => copy(&folder.join(name), &file)?,
        Err(_) => postgres::restore(&database, &folder.join(name))?,
    }
    File::open(&config.data)?.sync_all()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let db = Db::connect(&database, &config.database_options()).await?;
        db.migrate().await?;
        nodes::forget_silent(&db).await?;
        access::RestoreRecovery::begin(&db).await?;
        db.close().await;
        anyhow::Ok(())
    })?;
    println!("{} documents of {} were restored", manifest.documents, manifest.made_at);
    Ok(())
}

fn open_file(path: &Path) -> anyhow::Result<Journal> {
    Ok(Journal::open(&format!("sqlite:{}", path.display()), &JournalOptions::default())?)
}

fn digest(path: &Path) -> anyhow::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut hash, mut buffer, mut bytes) = (Sha256::new(), vec![0; 1 << 20], 0);
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => {
                hash.update(&buffer[..read]);
                bytes += read as u64;
            }
        }
    }
    let hex = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((bytes, hex))
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut source = File::open(from)?;
    let mut target = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    std::io::copy(&mut source, &mut target)?;
    Ok(target.sync_all()?)
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}
