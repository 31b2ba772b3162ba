//! Verifies a backup before it counts as one: it is opened where it is, every document is rebuilt from its log, and all
//! rows are counted.

use std::path::Path;

use anyhow::ensure;
use database::rows_file::{self, Counts};
use journal::Journal;

use super::files::{JOURNAL, ROWS};
use super::matching;

/// Rebuilds every document of the copied journal, and returns their number.
///
/// # Errors
/// When a document cannot be rebuilt.
pub fn rebuild(file: &Path) -> anyhow::Result<usize> {
    let journal = Journal::open_copy(file)?;
    if let Some(damage) = journal.damage()? {
        anyhow::bail!("the copied journal is damaged: {damage}");
    }
    let documents = journal.documents()?;
    for document in &documents {
        hub::verify(&journal, *document).map_err(|reason| anyhow::anyhow!("document {document}: {reason}"))?;
    }
    journal.close();
    Ok(documents.len())
}

/// Checks that each table has the expected number of rows, if it is known, and that the journal beside the rows has
/// every edit that they name. Returns the numbers of rows.
///
/// # Errors
/// When a check fails, or a file cannot be read.
pub async fn rows(folder: &Path, expected: &Counts) -> anyhow::Result<Counts> {
    let (found, _) = rows_file::check(&folder.join(ROWS)).await?;
    for (table, expected) in expected {
        let found = found.get(table).copied().unwrap_or_default();
        ensure!(found == *expected, "table {table} has {found} rows instead of {expected}");
    }
    let (rows, journal) = (rows_file::open(&folder.join(ROWS)).await?, Journal::open_copy(&folder.join(JOURNAL))?);
    matching::check(&rows, &journal).await?;
    journal.close();
    rows.close().await;
    Ok(found)
}
