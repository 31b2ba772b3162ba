//! What follows once the pages of an import are shown: their events, some at a time. A kill in between changes nothing
//! about the pages; the next start goes on.

use access::App;
use files::attachments::rows as attachments;
use library::creation::batch;
use tracing::{info, warn};
use vocabulary::Event;

use super::failure::Failure;
use super::page_rows;
use super::rows::{self, Import};
use super::worker::Progress;
use super::writing::{AT_ONCE, PAUSE};

/// Emits the events of the pages, and ends the import.
///
/// # Errors
/// When the server stops, or the database does not answer: it goes on later.
pub async fn finish(app: &App, import: &Import, progress: &mut Progress<'_>) -> Result<(), Failure> {
    match announce(app, import, progress).await {
        // It has not failed: the pages are there.
        Err(Failure::Server(error)) => {
            warn!(import = %import.import_id, %error, "the end of an import cannot be noted: it is tried again");
            Err(Failure::Stopping)
        }
        ended => ended,
    }
}

async fn announce(app: &App, import: &Import, progress: &mut Progress<'_>) -> Result<(), Failure> {
    let by = &import.actor.0;
    loop {
        progress.at(progress.total()).await?;
        let mut tx = app.db.begin().await?;
        let pages = page_rows::take_unannounced(&mut tx, import.import_id, AT_ONCE as i64).await?;
        if pages.is_empty() {
            break;
        }
        batch::announce(&mut tx, by, &pages).await?;
        attachments::announce(&mut tx, by, &pages).await?;
        tx.commit().await?;
        app.rest(PAUSE).await;
    }
    let mut tx = app.db.begin().await?;
    let pages = page_rows::count(&mut tx, import.import_id).await?;
    if !rows::done(&mut tx, import).await? {
        return Err(Failure::Lost);
    }
    tx.emit(by, Event::ImportFinished { import: import.import_id, pages }).await?;
    tx.commit().await?;
    info!(import = %import.import_id, pages, "imported");
    Ok(())
}
