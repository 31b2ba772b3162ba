//! Deletes data that is not needed any more: files of attachments that were removed or purged, uploads that nobody
//! continues, images that the text no longer shows, and objects that a crash has left without a row.

mod unreferenced;
mod unused;

use std::time::Duration;

use access::App;
use chrono::{TimeDelta, Utc};
use database::{Consumer, LoggedEvent, Tx, consumers::Failure};
use endpoint::Result;
use tracing::{info, warn};
use vocabulary::DocumentId;

use crate::{Files, uploads};

/// How often unneeded data is looked for, in addition to when something was removed.
const EVERY: Duration = Duration::from_secs(60);
/// The number of files or uploads that are deleted at a time.
const BATCH: i64 = 100;
/// An upload that is not continued for this long is deleted. A laptop that was closed overnight can continue its
/// upload.
const UPLOAD_LASTS: TimeDelta = TimeDelta::hours(24);
/// How often objects without a row are looked for.
const SWEEP_EVERY: TimeDelta = TimeDelta::hours(24);
/// The age from which objects without a row are deleted. A younger one may belong to an upload whose row is about to be
/// written.
const SWEEP_AGE: TimeDelta = TimeDelta::hours(6);

/// Runs until the server stops.
pub(crate) async fn collect(app: App, files: Files) {
    let mut swept_at = Utc::now();
    while !app.is_stopping() {
        match collect_once(&app, &files).await {
            Ok(0) => {
                if Utc::now() - swept_at > SWEEP_EVERY {
                    swept_at = Utc::now();
                    sweep(&app, &files).await;
                }
            }
            Ok(deleted) => {
                info!(deleted, "deleted files that nothing refers to");
                continue;
            }
            Err(error) => warn!(%error, "files that nothing refers to cannot be deleted"),
        }
        tokio::select! {
            () = app.rest(EVERY) => {}
            () = files.released.notified() => {}
        }
    }
}

/// Returns the number of files and uploads that were deleted.
async fn collect_once(app: &App, files: &Files) -> Result<usize> {
    let Some(store) = files.store.as_ref().filter(|_| !app.flags.read_only()) else { return Ok(0) };
    let abandoned = uploads::rows::abandoned(&app.db, Utc::now() - UPLOAD_LASTS, BATCH).await?;
    let forgotten = abandoned.len();
    for upload in abandoned {
        files.forget(app, &upload).await?;
    }
    let days = TimeDelta::days(app.config.unused_file_days.into());
    let unused = if days.is_zero() { 0 } else { unused::remove(app, days).await? };
    Ok(forgotten + unused + unreferenced::delete(&app.db, store, BATCH).await?)
}

async fn sweep(app: &App, files: &Files) {
    let Some(store) = &files.store else { return };
    match unreferenced::sweep(&app.db, store, Utc::now() - SWEEP_AGE).await {
        Ok(0) => {}
        Ok(deleted) => info!(deleted, "deleted objects that no row names"),
        Err(error) => warn!(%error, "objects that no row names cannot be looked for"),
    }
}

/// Removes the attachments of a purged document, whose bytes are then deleted at once.
pub(crate) fn consumer(files: Files) -> Consumer {
    Consumer::new("files", |tx, events| Box::pin(release(tx, events)), move || files.released.notify_one())
}

async fn release(tx: &mut Tx, events: &[LoggedEvent]) -> std::result::Result<(), Failure> {
    for event in events.iter().filter(|event| event.name == "document.purge") {
        let Ok(document) = event.subject_id.parse::<DocumentId>() else { continue };
        tx.query("delete from attachment where document_id = $1").bind(document).execute().await?;
    }
    Ok(())
}
