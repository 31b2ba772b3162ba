//! Automatic revisions: one of each edited document after a pause in typing, kept once for all nodes.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use database::Actor;
use serde::{Deserialize, Serialize};
use tracing::warn;
use vocabulary::{DocumentId, RevisionKind};

use access::queued_work::{Failure, Work, job};
use access::{App, LiveDocument};
use endpoint::{Error, Result};

use super::retention::RemoveOldRevisions;
use super::{Reason, State, keep_revision, last_write, rows as revisions};

/// How often the server checks which documents are being edited.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The job that keeps a revision of an edited document once nobody is editing it.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "work", rename = "keep")]
pub struct KeepRevision {
    document: DocumentId,
}

impl Work for KeepRevision {
    const KIND: &'static str = "keep-revision";

    fn once(&self) -> Option<String> {
        Some(self.document.to_string())
    }

    async fn perform(self, app: App) -> std::result::Result<Option<DateTime<Utc>>, Failure> {
        Ok(keep_if_quiet(&app, self.document).await?)
    }
}

/// Queues a revision of each edited document, to be kept after a pause in typing, until the server stops. Because the
/// queue is durable, the revision is kept even if this node fails.
pub async fn follow(app: App) {
    if app.config.revision_days > 0
        && let Err(error) = app.later(&RemoveOldRevisions {}).await
    {
        warn!(%error, "old revisions stay");
    }
    let quiet = Duration::from_secs(app.config.revision_quiet_seconds);
    let mut seen: HashMap<DocumentId, Seen> = HashMap::new();
    while !quiet.is_zero() && !app.is_stopping() {
        app.rest(LOOK_EVERY.min(quiet)).await;
        if let Err(error) = ask(&app, quiet, &mut seen).await {
            warn!(%error, "cannot queue revisions yet");
        }
        seen.retain(|document, _| app.hub.peek(*document).is_some());
    }
}

/// Queues the missing revisions in one transaction, because a busy node has hundreds of documents.
async fn ask(app: &App, quiet: Duration, seen: &mut HashMap<DocumentId, Seen>) -> Result<()> {
    let (mut changed, mut work) = (Vec::new(), Vec::new());
    let rooms = app.hub.rooms();
    let new: Vec<_> = rooms.iter().map(|room| room.id).filter(|id| !seen.contains_key(id)).collect();
    let of_people = if new.is_empty() { Vec::new() } else { revisions::of_people(&app.db, &new).await? };
    let of_people: HashSet<DocumentId> = of_people.into_iter().collect();
    for room in rooms {
        let figures = room.figures();
        let known = seen.entry(room.id).or_insert_with(|| Seen {
            // Edits made before the first check are not in a snapshot yet.
            seq: if figures.tail_rows > 0 { 0 } else { figures.seq },
            asked: None,
            has_revisions: of_people.contains(&room.id),
        });
        if known.seq == figures.seq || !known.has_revisions {
            continue;
        }
        let asks = known.asked.is_none_or(|asked| asked.elapsed() >= quiet);
        if asks {
            work.push(job(&KeepRevision { document: room.id }, Utc::now() + quiet)?);
        }
        changed.push((room.id, figures.seq, asks));
    }
    if !work.is_empty() {
        app.db.enqueue(work).await?;
    }
    for (document, seq, asks) in changed {
        let Some(known) = seen.get_mut(&document) else { continue };
        known.seq = seq;
        known.asked = if asks { Some(Instant::now()) } else { known.asked };
    }
    Ok(())
}

/// The last seen version of a document, and the time at which a revision was queued.
struct Seen {
    seq: u64,
    asked: Option<Instant>,
    /// Headless documents have no revisions.
    has_revisions: bool,
}

/// Keeps a revision of a document that nobody has changed for a while. Otherwise returns the time to check again.
///
/// # Errors
/// When a store does not answer.
pub async fn keep_if_quiet(app: &App, document: DocumentId) -> Result<Option<DateTime<Utc>>> {
    let Some(workspace) = revisions::workspace_of(&app.db, document).await? else { return Ok(None) };
    let text = LiveDocument::of_server(app, document, workspace).await?;
    let seq = text.seq().await?;
    let newest = revisions::list(&app.db, workspace, document, None, None, 1).await?.pop();
    if newest.is_some_and(|newest| newest.seq as u64 >= seq) {
        return Ok(None);
    }
    let over = last_write(app, document, seq).await? + TimeDelta::seconds(app.config.revision_quiet_seconds as i64);
    if over > Utc::now() {
        return Ok(Some(over));
    }
    let state = State::now(&text).await?;
    match keep_revision(app, &Actor::system(workspace), document, state, Reason::of(RevisionKind::Automatic)).await {
        // The limit is reached: trying again would not help.
        Err(Error::Conflict(reason)) => warn!(%document, reason, "no revision is kept"),
        kept => drop(kept?),
    }
    Ok(None)
}
