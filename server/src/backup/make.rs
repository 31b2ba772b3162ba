//! Making a backup.

use std::fs::File;
use std::path::Path;

use anyhow::Context;
use database::{Db, DbOptions, nodes, rows_file};
use journal::{Journal, JournalOptions, copy_sqlite, sqlite_path};

use super::files::{COPIED_WITHIN, JOURNAL, ROWS, copy};
use super::manifest::Manifest;
use super::partial::Partial;
use super::{logs, matching, stored, verify};
use crate::metrics::BACKED_UP_AT;
use crate::{audit, instance};
use access::Config;

/// Copies a live instance into a new folder.
///
/// # Errors
/// When a store does not answer, the copy does not hold what it should, or the disk is full. After an error, the folder
/// does not exist.
pub fn backup(config: &Config, folder: &Path) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let options = DbOptions { answers_within: COPIED_WITHIN, ..config.database_options() };
    let rows = runtime.block_on(instance::rows(config, &options))?;
    let source = match sqlite_path(&config.journal_url()) {
        Ok(_) => None,
        // A backup reads whole logs, so a slow page is not an outage.
        Err(_) => Some(instance::journal(
            config,
            JournalOptions { answers_within: COPIED_WITHIN, ..config.journal_options() },
        )?),
    };
    let partial = Partial::begin(folder)?;
    let cannot = || format!("the backup in {} failed, and nothing of it was kept", folder.display());
    let made = copy_all(config, &runtime, &rows, source.as_ref(), partial.path()).with_context(cannot)?;
    if let Some(source) = source {
        source.close();
    }
    partial.finish().with_context(cannot)?;
    // Stored for the figure at `/metrics`. An error is ignored, because a database that accepts no writes can be backed
    // up too.
    let now = made.made_at.timestamp().to_string().into_bytes();
    let _ = runtime.block_on(nodes::set_shared(&rows, BACKED_UP_AT, now));
    runtime.block_on(rows.close());
    let (documents, rows) = (made.documents, made.rows.values().sum::<u64>());
    println!("{} holds {documents} documents, each rebuilt from its log, and {rows} rows", folder.display());
    Ok(())
}

/// Copies everything into a folder, and verifies it there.
fn copy_all(
    config: &Config,
    runtime: &tokio::runtime::Runtime,
    rows: &Db,
    source: Option<&Journal>,
    folder: &Path,
) -> anyhow::Result<Manifest> {
    let mut names = vec![ROWS, JOURNAL];
    // These files are copied before the rows, because an anchor must not cover rows that the copy lacks.
    for (name, path) in [(audit::KEY_FILE, audit::key_file(config)), (audit::ANCHOR_FILE, audit::anchor_file(config))] {
        if path.is_file() {
            copy(&path, &folder.join(name))?;
            names.push(name);
        }
    }
    let counts = runtime.block_on(rows_file::write(rows, &folder.join(ROWS)))?;
    match source {
        None => {
            let file = sqlite_path(&config.journal_url())?;
            // Opened only because this refuses a file that is not a journal.
            instance::journal(config, config.journal_options())?.close();
            copy_sqlite(&file, &folder.join(JOURNAL))?;
        }
        Some(source) => {
            let url = format!("sqlite:{}", folder.join(JOURNAL).display());
            let target = Journal::open(&url, &JournalOptions::default())?;
            // The documents are read from the copied rows, because the live rows no longer name those that were purged
            // meanwhile.
            let copied = runtime.block_on(rows_file::open(&folder.join(ROWS)))?;
            runtime.block_on(matching::check(&copied, source))?;
            logs::copy(source, &target)?;
            let purged = runtime.block_on(matching::purged(&copied, source, &target))?;
            runtime.block_on(copied.close());
            logs::purge(&target, &purged)?;
            target.close();
            // The target must be dropped before its file can be folded, because its reader still has the file open.
            drop(target);
            logs::fold(&folder.join(JOURNAL))?;
        }
    }
    for name in &names {
        File::open(folder.join(name))?.sync_all()?;
    }
    let documents = verify::rebuild(&folder.join(JOURNAL))?;
    let found = runtime.block_on(verify::rows(folder, &counts))?;
    let uploaded = runtime.block_on(stored::copy_out(config, rows, folder))?;
    names.extend(uploaded.iter().map(String::as_str));
    let manifest = Manifest::of(folder, &names, documents, found)?;
    manifest.write(folder)?;
    Ok(manifest)
}
