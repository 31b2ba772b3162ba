//! Follows the log of changes, in which other nodes and the command line note theirs. It is read on a hint from the
//! bus, and at intervals.

use database::{Change, changes::Reader};
use std::collections::HashSet;
use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

use access::App;

/// The longest time between two reads, without a hint.
const AT_LEAST_EVERY: Duration = Duration::from_secs(10);
/// Sockets check everything this often, even without a change. A revoked right therefore ends within this time.
const CHECK_ALL_EVERY: Duration = Duration::from_secs(60);

/// Notifies open sockets of this node of changes by other nodes and the command line, until the server stops.
pub async fn follow(app: App, mut log: Reader) {
    let mut checked_all = Instant::now();
    loop {
        tokio::select! {
            () = app.hub.until_changes() => {}
            () = tokio::time::sleep(AT_LEAST_EVERY) => {}
            () = app.until_stopping() => return,
        }
        app.wake_consumers();
        let noted = match log.read(&app.db).await {
            Ok(noted) => noted,
            Err(error) => {
                warn!(%error, "changes of other nodes cannot be read");
                continue;
            }
        };
        if noted.is_none() {
            app.topics.publish_all();
        }
        let everything = noted.is_none() || checked_all.elapsed() > CHECK_ALL_EVERY;
        let news = noted.into_iter().flatten().filter(|(id, _)| !app.was_committed_here(*id));
        let mut news: HashSet<Change> = news.map(|(_, change)| change).collect();
        if everything {
            checked_all = Instant::now();
            // Reading the switches also makes sockets check everything.
            news.extend([Change::Flags, Change::Keys]);
        }
        act_on(&app, news).await;
    }
}

async fn act_on(app: &App, mut changes: HashSet<Change>) {
    if changes.remove(&Change::Flags) {
        match app.flags.read(&app.db).await {
            Ok(()) => app.look_at_everything(),
            Err(error) => warn!(%error, "the switches cannot be read"),
        }
    }
    if changes.remove(&Change::Keys)
        && let Err(error) = app.sessions.read(&app.db).await
    {
        warn!(%error, "the signing keys cannot be read");
    }
    // Rights first, so that no socket is notified of a topic that its user may no longer see.
    let (hints, rights): (Vec<Change>, Vec<Change>) = changes.into_iter().partition(|change| change.is_only_news());
    rights.into_iter().chain(hints).for_each(|change| app.notify_sockets(change));
}
