//! Unpacks a ZIP archive into numbered files, and lists them with their paths. Nothing is ever written under a name
//! that the archive chooses. Sizes are counted while unpacking, whatever the directory of the archive claims.

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::Unreadable;

/// The limits that the server sets; its configuration has the reasons for them.
#[derive(Deserialize)]
struct Limits {
    entries: usize,
    bytes: u64,
    entry_bytes: u64,
    ratio: u64,
    depth: usize,
}

/// The longest path. Longer ones are damaged, or meant to do harm.
const LONGEST_PATH: usize = 1_024;
/// Below this size the ratio is not checked, because even harmless files, such as an empty picture, may compress well.
const FREE_BYTES: u64 = 10 << 20;
const PIECE: usize = 64 << 10;

/// One unpacked file.
#[derive(Serialize)]
struct Entry {
    path: String,
    /// The name of the unpacked file in the folder.
    file: String,
    bytes: u64,
}

/// Why an archive is not unpacked: a code, and the path of the entry in the archive.
struct Refused(&'static str, String);

enum Failure {
    Refused(Refused),
    Io(std::io::Error),
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::Io(error)
    }
}

fn refuse<T>(code: &'static str, path: &str) -> Result<T, Failure> {
    Err(Failure::Refused(Refused(code, path.chars().filter(|c| !c.is_control()).take(200).collect())))
}

/// Unpacks an archive, and writes `index.json`. An archive of archives, as Notion makes them, is unpacked as one.
pub fn unpack(limits: &str, file: &Path, folder: &Path) -> Result<Value, Unreadable> {
    let limits: Limits = serde_json::from_str(limits)?;
    let packed = file.metadata()?.len();
    let mut unpacking = Unpacking { limits, packed, folder, entries: Vec::new(), bytes: 0, seen: 0 };
    let done = unpacking.archive(file).and_then(|()| unpacking.inner_archives());
    match done {
        Ok(()) => {
            std::fs::write(folder.join("index.json"), serde_json::to_vec(&unpacking.entries)?)?;
            Ok(json!({ "index": "index.json" }))
        }
        Err(Failure::Refused(Refused(code, path))) => Ok(json!({ "refused": code, "path": path })),
        Err(Failure::Io(error)) => Err(error.into()),
    }
}

struct Unpacking<'a> {
    limits: Limits,
    packed: u64,
    folder: &'a Path,
    entries: Vec<Entry>,
    bytes: u64,
    seen: usize,
}

impl Unpacking<'_> {
    /// If the archive has only archives in it, and perhaps a page that lists them, replaces them by their files.
    fn inner_archives(&mut self) -> Result<(), Failure> {
        let is_archive = |entry: &Entry| entry.path.to_lowercase().ends_with(".zip");
        let is_list = |entry: &Entry| !entry.path.contains('/') && entry.path.to_lowercase().ends_with(".html");
        if !self.entries.iter().any(is_archive) || !self.entries.iter().all(|entry| is_archive(entry) || is_list(entry))
        {
            return Ok(());
        }
        for entry in std::mem::take(&mut self.entries) {
            let file = self.folder.join(&entry.file);
            if is_archive(&entry) {
                self.archive(&file)?;
            }
            std::fs::remove_file(file)?;
        }
        Ok(())
    }

    fn archive(&mut self, file: &Path) -> Result<(), Failure> {
        let opened = ZipArchive::new(BufReader::new(File::open(file)?));
        let Ok(mut archive) = opened else { return refuse("archive-broken", "") };
        self.seen += archive.len();
        if self.seen > self.limits.entries {
            return refuse("archive-too-many-files", "");
        }
        for index in 0..archive.len() {
            let mut entry = match archive.by_index(index) {
                Ok(entry) => entry,
                Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => {
                    return refuse("archive-encrypted", "");
                }
                Err(_) => return refuse("archive-broken", ""),
            };
            if entry.encrypted() {
                return refuse("archive-encrypted", entry.name());
            }
            // Many programs write UTF-8 without setting the flag for it.
            let name = std::str::from_utf8(entry.name_raw()).map_or_else(|_| entry.name().to_owned(), str::to_owned);
            let path = name.replace('\\', "/");
            // The kind of file is in the upper bits of the Unix mode: a link has 10 there, a folder 4, a file 8 or 0.
            if let Some(kind) = entry.unix_mode().map(|mode| mode >> 12)
                && ![0, 4, 8].contains(&kind)
            {
                return refuse("archive-link", &path);
            }
            self.check(&path)?;
            if entry.is_dir() || path.ends_with('/') || is_clutter(&path) {
                continue;
            }
            let name = format!("{:06}", self.entries.len());
            let target = File::create_new(self.folder.join(format!("{}-{name}", self.seen)))?;
            let bytes = self.copy(&mut entry, target, &path)?;
            self.entries.push(Entry { path, file: format!("{}-{name}", self.seen), bytes });
        }
        Ok(())
    }

    fn check(&self, path: &str) -> Result<(), Failure> {
        let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
        let has_drive = parts[0].len() == 2 && parts[0].ends_with(':');
        if has_drive || path.contains('\0') || parts.iter().any(|part| part.is_empty() || *part == "." || *part == "..")
        {
            return refuse("archive-unsafe-path", path);
        }
        if path.len() > LONGEST_PATH {
            return refuse("archive-long-name", path);
        }
        if parts.len() > self.limits.depth {
            return refuse("archive-too-deep", path);
        }
        Ok(())
    }

    fn copy(&mut self, from: &mut impl Read, mut to: File, path: &str) -> Result<u64, Failure> {
        let (mut copied, mut piece) = (0, vec![0; PIECE]);
        loop {
            let read = match from.read(&mut piece) {
                Ok(0) => return Ok(copied),
                Ok(read) => read,
                // The stream is broken, or its checksum is wrong.
                Err(_) => return refuse("archive-broken", path),
            };
            copied += read as u64;
            self.bytes += read as u64;
            let most = self.limits.ratio.saturating_mul(self.packed).saturating_add(FREE_BYTES).min(self.limits.bytes);
            if copied > self.limits.entry_bytes || self.bytes > most {
                return refuse("archive-too-large", path);
            }
            to.write_all(&piece[..read])?;
        }
    }
}

/// Files that file managers add.
fn is_clutter(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.starts_with("__MACOSX/") || name.starts_with("._") || matches!(name, ".DS_Store" | "Thumbs.db" | "desktop.ini")
}
