//! The work that follows once the pages of an import are shown: what people wrote about them, and their events, some at
//! a time. A kill in between changes nothing about the pages; the next start continues.

use access::App;
use files::attachments::rows as attachments;
use library::creation::batch;
use tracing::{info, warn};
use vocabulary::Event;

use super::failure::Failure;
use super::page_rows;
use super::report::Report;
use super::rows::{self, Import};
use super::said;
use super::worker::Progress;
use super::writing::{AT_ONCE, PAUSE};

/// Adds what people wrote about the pages, emits their events, and ends the import.
///
/// # Errors
/// When the server stops, or the database does not answer: it goes on later.
pub async fn finish(app: &App, import: &Import, progress: &mut Progress<'_>) -> Result<(), Failure> {
    let ended = async {
        say(app, import, progress).await?;
        announce(app, import, progress).await
    };
    match ended.await {
        // It has not failed: the pages are there.
        Err(Failure::Server(error)) => {
            warn!(import = %import.import_id, %error, "the end of an import cannot be noted: it is tried again");
            Err(Failure::Stopping)
        }
        ended => ended,
    }
}

/// Adds what waits, page by page. What cannot be added is in the report.
///
/// # Errors
/// When the server stops, or a store does not answer: it goes on later.
async fn say(app: &App, import: &Import, progress: &mut Progress<'_>) -> Result<(), Failure> {
    for document in page_rows::waiting(&app.db, import.import_id).await? {
        progress.at(progress.total()).await?;
        let Some(page) = page_rows::find_waiting(&app.db, import.import_id, document).await? else { continue };
        let mut report = Report::default();
        said::add(app, import, document, &page, &mut report).await?;
        let mut tx = app.db.begin().await?;
        if page_rows::said(&mut tx, import.import_id, document).await? {
            rows::report(&mut tx, import.import_id, report).await?;
        }
        tx.commit().await?;
    }
    Ok(())
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
