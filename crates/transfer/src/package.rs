//! The archive of an export. It is written to a temporary file and sent from there, so that it does not take memory.
//! The file is removed when it is dropped.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use axum::body::Body;
use bytes::Bytes;
use endpoint::{Error, Result};
use futures_util::stream;
use serde_json::Value;
use tempfile::NamedTempFile;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// The number of bytes that are read at a time.
const PIECE: usize = 64 << 10;

pub struct Package {
    zip: ZipWriter<NamedTempFile>,
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("an export cannot be written: {error}"))
}

impl Package {
    /// # Errors
    /// When there is no place for temporary files.
    pub fn begin() -> Result<Package> {
        Ok(Package { zip: ZipWriter::new(NamedTempFile::new().map_err(failed)?) })
    }

    /// Begins a file in the archive, whose content is written next. Blocks.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn file(&mut self, path: &str) -> Result<()> {
        // A file above 4 GB needs the ZIP64 form.
        self.zip.start_file(path, SimpleFileOptions::default().large_file(true)).map_err(failed)
    }

    /// # Errors
    /// As [`Package::file`].
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.zip.write_all(bytes).map_err(failed)
    }

    /// Writes a JSON file that people can read. Blocks.
    ///
    /// # Errors
    /// As [`Package::file`].
    pub fn json(&mut self, path: &str, value: &Value) -> Result<()> {
        self.file(path)?;
        self.write(format!("{value:#}\n").as_bytes())
    }

    /// Ends the archive, and returns its file, which exists until it is dropped.
    ///
    /// # Errors
    /// As [`Package::file`].
    pub fn finish(self) -> Result<NamedTempFile> {
        self.zip.finish().map_err(failed)
    }

    /// Ends the archive, and returns its size and its bytes as a body.
    ///
    /// # Errors
    /// As [`Package::file`].
    pub fn end(self) -> Result<(u64, Body)> {
        sent(self.zip.finish().map_err(failed)?.into_file())
    }
}

/// Unpacks an archive that an export has made into a folder. Blocks.
///
/// # Errors
/// When it is not an archive, has a path that leads out of the folder, or the disk is full.
pub fn unpacked(archive: &mut (impl Read + Seek), folder: &Path) -> Result<()> {
    let mut archive = ZipArchive::new(archive).map_err(failed)?;
    for number in 0..archive.len() {
        let mut entry = archive.by_index(number).map_err(failed)?;
        let Some(path) = entry.enclosed_name().map(|path| folder.join(path)).filter(|_| entry.is_file()) else {
            return Err(failed(format!("{} is no file of an export", entry.name())));
        };
        if let Some(within) = path.parent() {
            std::fs::create_dir_all(within).map_err(failed)?;
        }
        let mut file = File::create_new(&path).map_err(failed)?;
        std::io::copy(&mut entry, &mut file).map_err(failed)?;
    }
    Ok(())
}

/// Packs the files of a folder, without links and hidden ones. Blocks.
///
/// # Errors
/// When the folder cannot be read, or the disk is full.
pub fn packed(folder: &Path) -> Result<NamedTempFile> {
    let mut package = Package::begin()?;
    let mut due = vec![folder.to_owned()];
    while let Some(within) = due.pop() {
        let mut entries = std::fs::read_dir(&within).and_then(|entries| entries.collect::<std::io::Result<Vec<_>>>());
        let entries = entries.as_mut().map_err(|error| failed(&*error))?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let (kind, path) = (entry.file_type().map_err(failed)?, entry.path());
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            if kind.is_dir() {
                due.push(path);
            } else if kind.is_file() {
                let name = path.strip_prefix(folder).map_err(failed)?.to_string_lossy().into_owned();
                package.file(&name)?;
                std::io::copy(&mut File::open(&path).map_err(failed)?, &mut package.zip).map_err(failed)?;
            }
        }
    }
    package.finish()
}

/// The size and the bytes of a file, as a body. Blocks for a moment.
///
/// # Errors
/// When the file cannot be read.
pub fn sent(mut file: File) -> Result<(u64, Body)> {
    let size = file.seek(SeekFrom::End(0)).map_err(failed)?;
    file.rewind().map_err(failed)?;
    let pieces = stream::unfold(Some(file), |file| async {
        let mut file = file?;
        let read = tokio::task::spawn_blocking(move || {
            let mut piece = vec![0; PIECE];
            let read = file.read(&mut piece);
            read.map(|length| {
                piece.truncate(length);
                (piece, file)
            })
        });
        match read.await {
            Ok(Ok((piece, _))) if piece.is_empty() => None,
            Ok(Ok((piece, file))) => Some((Ok(Bytes::from(piece)), Some(file))),
            Ok(Err(error)) => Some((Err(error), None)),
            Err(panic) => Some((Err(std::io::Error::other(panic)), None)),
        }
    });
    Ok((size, Body::from_stream(pieces)))
}
