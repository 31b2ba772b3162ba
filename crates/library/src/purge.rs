//! Purging a document in steps that a crash can interrupt anywhere: the row is marked first, so that nobody opens the
//! document; then its content is deleted from the journal; then the row is marked as purged. Documents are purged by
//! hand, or when they have been in the trash for `trash_days`.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use database::Actor;
use tracing::{error, info, warn};
use vocabulary::DocumentId;

use access::App;
use endpoint::{Error, Result};

use crate::trash::rows;

/// Finishes a purge that is marked as begun.
///
/// # Errors
/// When a store does not answer. The next start resumes the purge.
pub async fn finish(app: &App, document: DocumentId) -> Result<()> {
    app.hub.purge(document).await.map_err(|failure| Error::Internal(failure.to_string()))?;
    rows::end_purge(&app.db, document).await?;
    app.db.empty_write_ahead_log().await?;
    info!(%document, "purged");
    Ok(())
}

/// Resumes purges that a stop or a crash interrupted.
pub async fn resume(app: &App) {
    let begun = match rows::purging(&app.db).await {
        Ok(begun) => begun,
        Err(error) => return error!(%error, "cannot read the interrupted purges"),
    };
    for document in begun {
        if let Err(failure) = finish(app, document).await {
            error!(%document, %failure, "a purge failed; the next start tries again");
        }
    }
}

/// How often the trash is emptied.
const EVERY: Duration = Duration::from_secs(600);
/// The number of documents that are purged in one pass. The journal deletes them one after the other.
const AT_ONCE: i64 = 50;

/// How long documents stay in the trash; `None` if they are never purged.
pub(crate) fn kept_for(trash_days: u64) -> Option<TimeDelta> {
    let days = i64::try_from(trash_days).unwrap_or(i64::MAX);
    TimeDelta::try_days(days).filter(|_| days > 0)
}

/// Purges documents that have been in the trash for longer than `trash_days`, until the server stops.
pub(crate) async fn empty_trash(app: App) {
    let Some(kept) = kept_for(app.config.trash_days) else { return };
    while !app.is_stopping() {
        match empty_once(&app, kept).await {
            Ok(0) => app.rest(EVERY).await,
            Ok(purged) => info!(purged, "purged documents whose time in the trash is over"),
            Err(error) => {
                warn!(%error, "the trash cannot be emptied");
                app.rest(EVERY).await;
            }
        }
    }
}

/// Purges some documents; returns their number.
async fn empty_once(app: &App, kept: TimeDelta) -> Result<usize> {
    if app.flags.read_only() {
        return Ok(0);
    }
    let Some(before) = Utc::now().checked_sub_signed(kept) else { return Ok(0) };
    let expired = rows::expired(&app.db, before, AT_ONCE).await?;
    let mut purged = 0;
    for document in expired {
        let by = Actor::system(document.workspace_id);
        // Another node may have begun this purge.
        if rows::begin_purge(&app.db, &by, document.document_id).await? {
            finish(app, document.document_id).await?;
            purged += 1;
        }
    }
    Ok(purged)
}
