//! Code that the queues of imports and of exports share. The rows are the queue, so another node, or the next start,
//! continues what a node has left.

use std::time::Duration;

use access::App;
use chrono::TimeDelta;
use database::{Change, Tx};
use tracing::warn;
use vocabulary::{Topic, WorkspaceId};

/// How often a node looks for work that another node has queued.
const EVERY: Duration = Duration::from_secs(2);
/// How often an attempt shows that it is alive, and its progress.
pub const SIGN_EVERY: Duration = Duration::from_millis(700);
/// An attempt that has given no sign of life for this long has died with its node.
pub const SILENT: TimeDelta = TimeDelta::seconds(30);

/// Notifies open pages, which read their imports and exports again.
pub async fn tell(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<()> {
    tx.note(Change::Workspace(workspace, Topic::Transfers)).await
}

/// Returns the claimed work. If there is none, waits until there may be some.
pub async fn claimed_or_wait<T>(app: &App, claimed: sqlx::Result<Option<T>>) -> Option<T> {
    match claimed {
        Ok(Some(claimed)) => return Some(claimed),
        Ok(None) => {
            tokio::select! {
                () = app.work_queued.notified() => {}
                () = app.rest(EVERY) => {}
            }
        }
        Err(error) => {
            warn!(%error, "imports and exports cannot be looked for");
            app.rest(EVERY).await;
        }
    }
    None
}
