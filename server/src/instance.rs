//! Opening an existing instance for a command. Only `serve`, `demo` and `restore` create one: in a wrong folder or
//! database, every other command fails, says where it looked, and leaves nothing behind.

use database::{Db, DbOptions, Schema};

use access::Config;
use access::config::masked_url;
use anyhow::{Context, bail};
use journal::{Journal, JournalOptions};

/// Opens the rows, whatever version of the schema they have.
///
/// # Errors
/// When there is no instance, or the database does not answer.
pub async fn rows(config: &Config, options: &DbOptions) -> anyhow::Result<Db> {
    let url = config.database_url();
    Db::open_existing(&url, options).await.with_context(|| place(config, "database_url", &url))
}

/// Opens the rows for a command that changes some of them.
///
/// # Errors
/// As [`rows`], and when the schema is older than this program: only the server migrates it.
pub async fn current_rows(config: &Config) -> anyhow::Result<Db> {
    let db = rows(config, &config.database_options()).await?;
    if db.schema().await? == Schema::Older {
        bail!("the schema of the database is older than this program: start the server of this version first");
    }
    Ok(db)
}

/// Opens the journal.
///
/// # Errors
/// When there is none, or it does not answer.
pub fn journal(config: &Config, options: JournalOptions) -> anyhow::Result<Journal> {
    let url = config.journal_url();
    let options = JournalOptions { create: false, ..options };
    Journal::open(&url, &options).with_context(|| place(config, "journal_url", &url))
}

/// Where a store was looked for.
pub fn place(config: &Config, key: &str, url: &str) -> String {
    match url.strip_prefix("sqlite:") {
        Some(file) => format!("looked in {file} (data = {})", config.data.display()),
        None => format!("looked in {} ({key})", masked_url(url)),
    }
}
