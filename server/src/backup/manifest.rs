//! The description of a backup: `backup.json`, and the checksums of all its files in `SHA256SUMS`.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use chrono::{DateTime, Utc};
use database::rows_file::Counts;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::files::{JOURNAL, ROWS, write};
use super::stored;
use crate::audit;

const MANIFEST: &str = "backup.json";
/// The checksums, in the format of `sha256sum`, so that `sha256sum -c SHA256SUMS` checks a backup without this program.
const SUMS: &str = "SHA256SUMS";
/// The newest format, that of a backup with uploaded files; a backup without any is in format 2. Format 1 had no number
/// and no `SHA256SUMS`, and contained a dump of Postgres made with `pg_dump`.
const FORMAT: u32 = 3;
/// The dump in a backup of format 1.
const DUMP: &str = "consilium.pgdump";

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    #[serde(default = "first_format")]
    format: u32,
    /// The version of the program that made the backup.
    version: String,
    pub made_at: DateTime<Utc>,
    pub documents: usize,
    /// Rows by table; empty in format 1.
    #[serde(default)]
    pub rows: Counts,
    files: Vec<FileEntry>,
}

fn first_format() -> u32 {
    1
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileEntry {
    name: String,
    bytes: u64,
    sha256: String,
}

/// The fields that a manifest has in every format.
#[derive(Deserialize)]
struct Made {
    #[serde(default = "first_format")]
    format: u32,
    #[serde(default)]
    version: String,
}

impl Manifest {
    /// Describes the files in a folder.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn of(folder: &Path, names: &[&str], documents: usize, rows: Counts) -> anyhow::Result<Manifest> {
        let mut files = Vec::new();
        for name in names {
            let (bytes, sha256) = digest(&folder.join(name))?;
            files.push(FileEntry { name: (*name).to_owned(), bytes, sha256 });
        }
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let format = if names.iter().any(|name| stored::is_name(name)) { FORMAT } else { FORMAT - 1 };
        Ok(Manifest { format, version, made_at: Utc::now(), documents, rows, files })
    }

    /// # Errors
    /// When the disk is full.
    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        write(&folder.join(MANIFEST), serde_json::to_string_pretty(self)?.as_bytes())?;
        write(&folder.join(SUMS), self.sums(folder)?.as_bytes())
    }

    /// Reads and checks the description of a backup, and the checksum of each of its files.
    ///
    /// # Errors
    /// When the folder is not a complete, undamaged backup that this version can restore.
    pub fn read(folder: &Path) -> anyhow::Result<Manifest> {
        let path = folder.join(MANIFEST);
        if !path.exists() {
            let interrupted = folder.extension().is_some_and(|end| end == "partial");
            bail!(
                "{} is no backup{}",
                folder.display(),
                if interrupted { ": making it was interrupted" } else { ": it has no backup.json" }
            );
        }
        let text = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let damaged = || format!("{} is damaged", path.display());
        let made: Made = serde_json::from_slice(&text).with_context(damaged)?;
        ensure!(
            made.format <= FORMAT,
            "the backup was made by consilium {} in format {}: restore it with that version or a later one",
            made.version,
            made.format
        );
        let manifest: Manifest = serde_json::from_slice(&text).with_context(damaged)?;
        ensure!(
            !manifest.has(DUMP),
            "the backup was made by consilium {} with pg_dump: restore it with that version, and back it up again \
             with this one",
            manifest.version
        );
        if manifest.format > first_format() {
            let sums = fs::read_to_string(folder.join(SUMS))
                .with_context(|| format!("{} cannot be read", folder.join(SUMS).display()))?;
            let line = format!("{}  {MANIFEST}\n", digest(&path)?.1);
            ensure!(sums.ends_with(&line), "{MANIFEST} is not what was backed up");
        }
        manifest.check_files(folder)?;
        Ok(manifest)
    }

    fn check_files(&self, folder: &Path) -> anyhow::Result<()> {
        for FileEntry { name, bytes, sha256 } in &self.files {
            let known = [ROWS, JOURNAL, audit::KEY_FILE, audit::ANCHOR_FILE];
            ensure!(known.contains(&name.as_str()) || stored::is_name(name), "{name} is no file of a backup");
            let found = digest(&folder.join(name)).with_context(|| format!("{name} cannot be read"))?;
            ensure!(found == (*bytes, sha256.clone()), "{name} is not what was backed up");
        }
        ensure!(self.has(JOURNAL) && self.has(ROWS), "the backup is not complete");
        if self.format > first_format() {
            ensure!(fs::read_to_string(folder.join(SUMS))? == self.sums(folder)?, "{SUMS} is damaged");
        }
        Ok(())
    }

    /// The names of the uploaded files.
    pub fn stored(&self) -> Vec<&str> {
        self.files.iter().map(|file| file.name.as_str()).filter(|name| stored::is_name(name)).collect()
    }

    pub fn has(&self, name: &str) -> bool {
        self.files.iter().any(|file| file.name == name)
    }

    /// Returns the id of a backup: the hash of its description.
    ///
    /// # Errors
    /// When the description cannot be read.
    pub fn id(folder: &Path) -> anyhow::Result<String> {
        Ok(digest(&folder.join(MANIFEST))?.1)
    }

    fn sums(&self, folder: &Path) -> anyhow::Result<String> {
        let lines: String = self.files.iter().map(|file| format!("{}  {}\n", file.sha256, file.name)).collect();
        Ok(format!("{lines}{}  {MANIFEST}\n", digest(&folder.join(MANIFEST))?.1))
    }
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
