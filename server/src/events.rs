//! Changes that other nodes made: read from the database on a hint, and without one now and then.

use database::{Change, events, events::OVERLAP};
use people::proofs;
use std::collections::HashSet;
use std::time::Duration;

use tracing::warn;

use access::App;

/// Without any hint.
const AT_LEAST_EVERY: Duration = Duration::from_secs(10);
/// Old events are forgotten this often.
const FORGET_EVERY: Duration = Duration::from_secs(600);

/// Tells open sockets of this node what other nodes and the command line changed, until the server stops.
pub async fn follow(app: App, mut last: i64) {
    // Their ids, because some become visible after later ones.
    let mut seen: HashSet<i64> = HashSet::new();
    let mut forgot = tokio::time::Instant::now();
    loop {
        tokio::select! {
            () = app.hub.look() => {}
            () = tokio::time::sleep(AT_LEAST_EVERY) => {}
            () = app.until_stopping() => return,
        }
        let events = match events::after(&app.db, last - OVERLAP).await {
            Ok(events) => events,
            Err(error) => {
                warn!(%error, "changes of other nodes cannot be read");
                continue;
            }
        };
        let begins_at = last - OVERLAP;
        let first = seen.is_empty();
        let mut changes = HashSet::new();
        for (id, change) in events {
            // What was there before this node started concerns none of its sockets.
            if seen.insert(id) && !(first && id <= last) {
                changes.insert(change);
            }
            last = last.max(id);
        }
        seen.retain(|id| *id > begins_at);
        if changes.remove(&Change::Flags) {
            match app.flags.read(&app.db).await {
                Ok(()) => app.look_at_everything(),
                Err(error) => warn!(%error, "the switches cannot be read"),
            }
        }
        if changes.remove(&Change::Keys)
            && let Err(error) = app.sessions.read(&app.db).await
        {
            warn!(%error, "the keys that sign cannot be read");
        }
        changes.into_iter().for_each(|change| app.announce_here(change));
        if forgot.elapsed() > FORGET_EVERY {
            forgot = tokio::time::Instant::now();
            if let Err(error) = events::forget_old(&app.db).await {
                warn!(%error, "old events stay");
            }
            if let Err(error) = proofs::forget_proofs(&app.db, chrono::Utc::now()).await {
                warn!(%error, "links and sign-ins that are over stay");
            }
        }
    }
}
