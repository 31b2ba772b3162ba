//! `consilium backup` and `restore`: the embedded stores as files that were proved to be whole.
//!
//! A backup is taken beside a running server. Rows are copied before the journal, so that every document
//! that a row names has its log; then every document of the copy is rebuilt.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context, bail, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{Journal, JournalOptions, copy_sqlite, sqlite_path};

use crate::config::Config;
use crate::serve::take_folder;

const MANIFEST: &str = "backup.json";
const DATABASE: &str = "consilium.db";
const JOURNAL: &str = "journal.db";
/// Signs the sessions: without it everybody signs in again, nothing else is lost.
const SESSION_KEY: &str = "session.key";

/// Says when the instance was restored.
const RESTORED: &str = "restored";

/// For how long clients may bring back what they hold of others: whoever was away for a week is back.
const HEALING: TimeDelta = TimeDelta::days(7);

/// Until when and for which documents client ids are open to everybody after a restore: the last edits
/// before it may be left in browsers of others only.
pub struct Healing {
    restored_at: Option<DateTime<Utc>>,
}

impl Healing {
    /// # Errors
    /// When the data folder cannot be read.
    pub fn read(data: &Path) -> std::io::Result<Healing> {
        let restored_at = match fs::read_to_string(data.join(RESTORED)) {
            Ok(text) => text.trim().parse().ok(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        Ok(Healing { restored_at })
    }

    /// Whether a document that was made then may still be healed.
    pub fn covers(&self, created_at: DateTime<Utc>) -> bool {
        self.restored_at.is_some_and(|at| created_at < at && Utc::now() < at + HEALING)
    }
}

/// What a backup says of itself.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    /// Of the program that made it.
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

/// Copies a live instance into a new folder.
///
/// # Errors
/// When a store is not embedded, a document cannot be rebuilt from the copy, or the disk does not take it:
/// then there is no `backup.json`, and [`restore`] refuses the folder.
pub fn backup(config: &Config, folder: &Path) -> anyhow::Result<()> {
    let database = sqlite_path(&config.database_url())?;
    let journal = sqlite_path(&config.journal_url())?;
    ensure!(database.is_file() && journal.is_file(), "there is no instance in {}", config.data.display());
    fs::DirBuilder::new().mode(0o700).create(folder).with_context(|| format!("{} must be new", folder.display()))?;

    copy_sqlite(&database, &folder.join(DATABASE))?;
    copy_sqlite(&journal, &folder.join(JOURNAL))?;
    let documents = verify(folder)?;
    let key = config.data.join(SESSION_KEY);
    if key.is_file() {
        copy(&key, &folder.join(SESSION_KEY))?;
    }

    let mut files = Vec::new();
    for name in [DATABASE, JOURNAL, SESSION_KEY] {
        let path = folder.join(name);
        if path.is_file() {
            let (bytes, sha256) = digest(&path)?;
            files.push(FileEntry { name: name.to_owned(), bytes, sha256 });
        }
    }
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let manifest = Manifest { version, made_at: Utc::now(), documents, files };
    write(&folder.join(MANIFEST), serde_json::to_string_pretty(&manifest)?.as_bytes())?;
    File::open(folder)?.sync_all()?;
    println!("{} holds {documents} documents, each rebuilt from its log", folder.display());
    Ok(())
}

/// Makes a backup the content of an instance that has none.
///
/// # Errors
/// When the folder is no whole backup, or the instance has data or is running.
pub fn restore(config: &Config, folder: &Path) -> anyhow::Result<()> {
    let manifest = fs::read(folder.join(MANIFEST)).with_context(|| format!("{} is no backup", folder.display()))?;
    let manifest: Manifest = serde_json::from_slice(&manifest).context("the backup's own description is damaged")?;
    for FileEntry { name, bytes, sha256 } in &manifest.files {
        ensure!([DATABASE, JOURNAL, SESSION_KEY].contains(&name.as_str()), "{name} is no file of a backup");
        let found = digest(&folder.join(name)).with_context(|| format!("{name} cannot be read"))?;
        ensure!(found == (*bytes, sha256.clone()), "{name} is not what was backed up");
    }
    let has = |name: &str| manifest.files.iter().any(|file| file.name == name);
    ensure!(has(DATABASE) && has(JOURNAL), "the backup is not complete");

    let _lock = take_folder(&config.data)?;
    let targets = [
        (DATABASE, sqlite_path(&config.database_url())?),
        (JOURNAL, sqlite_path(&config.journal_url())?),
        (SESSION_KEY, config.data.join(SESSION_KEY)),
        (RESTORED, config.data.join(RESTORED)),
    ];
    for (_, target) in &targets {
        if target.exists() {
            bail!("{} exists: restore into a new data folder", target.display());
        }
    }
    // The database last: an instance that was restored in part has no owner and is seen to be empty.
    for (name, target) in targets.iter().rev().filter(|(name, _)| has(name)) {
        copy(&folder.join(name), target)?;
    }
    write(&config.data.join(RESTORED), Utc::now().to_rfc3339().as_bytes())?;
    File::open(&config.data)?.sync_all()?;
    println!("{} documents of {} are in {}", manifest.documents, manifest.made_at, config.data.display());
    Ok(())
}

/// Rebuilds every document of the copy; of a copy of it, because opening a journal writes to it.
fn verify(folder: &Path) -> anyhow::Result<usize> {
    let scratch = folder.join("scratch");
    fs::DirBuilder::new().mode(0o700).create(&scratch)?;
    copy(&folder.join(JOURNAL), &scratch.join(JOURNAL))?;
    let journal = Journal::open(&format!("sqlite:{}", scratch.join(JOURNAL).display()), &JournalOptions::default())?;
    let documents = journal.documents()?;
    for document in &documents {
        hub::verify(&journal, *document).map_err(|reason| anyhow::anyhow!("document {document}: {reason}"))?;
    }
    journal.close();
    fs::remove_dir_all(&scratch)?;
    Ok(documents.len())
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
