//! The key of encrypted files: its check at a start, and `consilium files give-up-key`.

use anyhow::{Context, bail};
use files::files_key::{self, KeyFit};

use crate::instance;
use access::{App, Config};

/// The advice for a lost key.
const LOST: &str = "if it is lost for good, `consilium files give-up-key` goes on without the files that need it";

/// Checks that `files_key` is the key of the stored files.
///
/// # Errors
/// When it is another key, or a store does not answer.
pub async fn check(app: &App) -> anyhow::Result<()> {
    if !files::is_usable(&app.config) {
        return Ok(());
    }
    match files_key::at_start(&app.db, &files::store_of(&app.config)?).await.context("files_url")?.problem() {
        Some(problem) => bail!("{problem}; {LOST}"),
        None => Ok(()),
    }
}

/// Continues with the configured key, or without one, because the previous key is lost.
///
/// # Errors
/// When the configured key fits, or there is no instance.
pub fn give_up(config: &Config) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let db = instance::current_rows(config).await?;
        let store = files::store_of(config)?;
        if files_key::fits(&db, &store).await? == KeyFit::Fits {
            bail!("the key fits the files: there is nothing to give up");
        }
        files_key::give_up(&db, &store).await?;
        db.close().await;
        println!("Files that need the lost key cannot be opened any more. Remove them from their documents.");
        Ok(())
    })
}
