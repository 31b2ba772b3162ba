//! The files of a backup.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;

pub const JOURNAL: &str = "journal.db";
pub const ROWS: &str = "consilium.db";
/// Timeout for one page of a store that is in use.
pub const COPIED_WITHIN: Duration = Duration::from_secs(60);

/// Copies a file, over what an interrupted run has left, and syncs it.
pub fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut source = File::open(from).with_context(|| format!("{} cannot be read", from.display()))?;
    let mut target = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(to)?;
    std::io::copy(&mut source, &mut target)?;
    Ok(target.sync_all()?)
}

pub fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}
