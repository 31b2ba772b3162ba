//! Purging a document in steps that a crash can interrupt anywhere: the row is marked first, so that nobody opens the
//! document; then its content is deleted from the journal; then the row is marked as purged.

use crate::trash::rows;
use tracing::{error, info};
use vocabulary::DocumentId;

use access::App;
use endpoint::{Error, Result};

/// Finishes a purge that is marked as begun.
///
/// # Errors
/// When a store does not answer; the next start resumes the purge.
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
