//! Copies of the embedded stores, made while they are in use.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use thiserror::Error;

#[derive(Debug, Error)]
pub enum CopyError {
    #[error("{0} is not an SQLite file: use the tools of that database")]
    NotEmbedded(String),
    #[error("the database cannot be copied: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("the copy cannot be written: {0}")]
    Io(#[from] std::io::Error),
}

/// The path in a URL `sqlite:PATH`.
///
/// # Errors
/// [`CopyError::NotEmbedded`] for any other store.
pub fn sqlite_path(url: &str) -> Result<PathBuf, CopyError> {
    let scheme = || url.split(':').next().unwrap_or_default().to_owned();
    let path = url.strip_prefix("sqlite:").ok_or_else(|| CopyError::NotEmbedded(scheme()))?;
    let path = path.split('?').next().unwrap_or_default();
    Ok(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))
}

/// Writes a consistent copy without empty pages into a new file, and syncs it to the disk. Writers continue meanwhile.
///
/// # Errors
/// [`CopyError`]; `to` must not exist.
pub fn copy_sqlite(from: &Path, to: &Path) -> Result<(), CopyError> {
    // Opened for writing, because a read-only connection leaves files beside a database that nobody else uses.
    let connection = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(Duration::from_secs(30))?;
    connection.execute("vacuum into ?1", [to.to_string_lossy()])?;
    File::open(to)?.sync_all()?;
    Ok(())
}

/// Writes the write-ahead log of a closed database into its file, and syncs it to the disk.
///
/// # Errors
/// [`CopyError`].
pub fn fold_sqlite(file: &Path) -> Result<(), CopyError> {
    let connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "delete")?;
    drop(connection);
    File::open(file)?.sync_all()?;
    Ok(())
}
