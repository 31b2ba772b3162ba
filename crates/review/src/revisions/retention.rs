//! Removes revisions that are older than the operator wants to keep.

use chrono::{DateTime, Days, TimeDelta, Utc};
use database::Actor;
use serde::{Deserialize, Serialize};
use tracing::info;

use access::App;
use access::queued_work::{Failure, Work};
use endpoint::Result;

use super::forget;
use super::rows::{self as revisions, OldRevision};

/// How often old revisions are removed; retention is counted in days.
const RETAIN_EVERY: TimeDelta = TimeDelta::hours(1);
const RETAIN_AT_ONCE: i64 = 500;

/// The recurring job that removes revisions that are too old.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "work", rename = "retain")]
pub struct RemoveOldRevisions {}

impl Work for RemoveOldRevisions {
    const KIND: &'static str = "let-revisions-go";

    fn once(&self) -> Option<String> {
        Some(String::new())
    }

    async fn perform(self, app: App) -> std::result::Result<Option<DateTime<Utc>>, Failure> {
        Ok(let_go(&app).await?)
    }
}

/// Removes old revisions. Returns the time of the next run.
///
/// # Errors
/// When a store does not answer.
pub async fn let_go(app: &App) -> Result<Option<DateTime<Utc>>> {
    if app.config.revision_days == 0 {
        return Ok(None);
    }
    retain(app).await?;
    Ok(Some(Utc::now() + RETAIN_EVERY))
}

async fn retain(app: &App) -> Result<()> {
    let before = Utc::now() - Days::new(app.config.revision_days.into());
    let mut count = 0;
    while !app.is_stopping() {
        let old = revisions::expired(&app.db, before, RETAIN_AT_ONCE).await?;
        let is_last = old.len() < RETAIN_AT_ONCE as usize;
        count += old.len();
        for OldRevision { revision_id, document_id, workspace_id } in old {
            forget(app, &Actor::system(workspace_id), document_id, revision_id).await?;
        }
        if is_last {
            break;
        }
    }
    if count > 0 {
        info!(count, "removed old revisions");
    }
    Ok(())
}
