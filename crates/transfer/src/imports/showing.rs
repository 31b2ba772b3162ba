//! The work that follows once the pages of an import are shown: their comments and tracked changes are added, and their
//! events are emitted, some at a time. The pages stay if the server is killed in between, and the next start continues.

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

/// Adds the comments and tracked changes of the pages, emits their events, and ends the import.
///
/// # Errors
/// When the server stops, or the database does not answer. The rest is done later.
pub async fn finish(app: &App, import: &Import, progress: &mut Progress<'_>) -> Result<(), Failure> {
    let ended = async {
        say(app, import, progress).await?;
        announce(app, import, progress).await
    };
    match ended.await {
        // The import has not failed, because its pages exist.
        Err(Failure::Server(error)) => {
            warn!(import = %import.import_id, %error, "the end of an import cannot be noted: it is tried again");
            Err(Failure::Stopping)
        }
        ended => ended,
    }
}

/// Adds the stored comments and tracked changes, page by page. The report names those that cannot be added.
///
/// # Errors
/// When the server stops, or a store does not answer. The rest is done later.
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
