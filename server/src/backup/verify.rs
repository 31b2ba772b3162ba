//! Proves a backup before it counts as one: every document of the copied journal is rebuilt from its log.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use journal::Journal;

use super::{JOURNAL, copy, open_file};

/// Rebuilds every document of the copy, and returns their number.
///
/// # Errors
/// When a document cannot be rebuilt, or the disk is full.
pub fn verify(folder: &Path) -> anyhow::Result<usize> {
    with_scratch(folder, |journal| {
        let documents = journal.documents()?;
        for document in &documents {
            hub::verify(journal, *document).map_err(|reason| anyhow::anyhow!("document {document}: {reason}"))?;
        }
        Ok(documents.len())
    })
}

/// Opens a copy of the backup's journal, because opening a journal writes to it.
pub fn with_scratch<T>(folder: &Path, work: impl FnOnce(&Journal) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let scratch = folder.join("scratch");
    fs::DirBuilder::new().mode(0o700).create(&scratch)?;
    copy(&folder.join(JOURNAL), &scratch.join(JOURNAL))?;
    let journal = open_file(&scratch.join(JOURNAL))?;
    let done = work(&journal);
    journal.close();
    fs::remove_dir_all(&scratch)?;
    done
}
