//! Code that the queues of imports and of exports share. The rows are the queue, so another node, or the next start,
//! continues what a node has left.

use std::time::Duration;

use access::App;
use chrono::TimeDelta;
use database::{Change, Tx};
use tracing::warn;
use vocabulary::{Topic, WorkspaceId};

/// How often work is looked for that another node was asked for.
const EVERY: Duration = Duration::from_secs(2);
/// Signs of life of an attempt, and progress for the page.
pub const SIGN_EVERY: Duration = Duration::from_millis(700);
/// An attempt that gives no sign for so long has died with its node.
pub const SILENT: TimeDelta = TimeDelta::seconds(30);

/// Has open pages read their imports and exports again.
pub async fn tell(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<()> {
    tx.note(Change::Workspace(workspace, Topic::Transfers)).await
}

/// Returns what was claimed. If nothing was, waits until there may be something.
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
