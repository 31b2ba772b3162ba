//! Stops a hub: first sockets are closed one after the other, then all accepted edits are written to the journal.

use std::sync::Arc;
use std::time::Duration;

use tracing::{error, info, warn};

use crate::close::Close;
use crate::hub::Hub;
use crate::outbox::Outbox;

impl Hub {
    /// Closes every socket, spread over a period, so that clients do not all reconnect at the same time. From the start
    /// of this, no document is opened. `others` are the sockets of clients that are in no document.
    pub async fn close_connections(&self, over: Duration, others: impl Fn() -> Vec<Arc<Outbox>>) {
        self.closing.cancel();
        let all = || self.rooms().iter().flat_map(|room| room.outboxes()).chain(others()).collect::<Vec<_>>();
        let outboxes = all();
        let pause = over / u32::try_from(outboxes.len().max(1)).unwrap_or(u32::MAX);
        for outbox in outboxes {
            outbox.close(Close::GoingAway);
            if pause > Duration::from_micros(50) {
                tokio::time::sleep(pause.min(Duration::from_millis(20))).await;
            }
        }
        // Connections that were joining when the closing began have joined by now.
        all().iter().for_each(|outbox| outbox.close(Close::GoingAway));
    }

    /// Stops the hub: no more rooms are opened, accepted edits are written to the journal, and the journal is closed.
    pub async fn stop(&self, deadline: Duration) {
        self.closing.cancel();
        self.stop.cancel();
        let settled = async {
            while !self.rooms().iter().all(|room| room.is_settled()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(deadline, settled).await.is_err() {
            warn!("stopped before everything was in the journal; its authors were not acknowledged");
        }
        self.shared.tasks.close();
        if tokio::time::timeout(deadline, self.shared.tasks.wait()).await.is_err() {
            warn!("stopped while the journal was being read");
        }
        let journal = self.shared.journal.clone();
        if tokio::task::spawn_blocking(move || journal.close()).await.is_err() {
            error!("the journal did not close");
        }
        info!("the hub has stopped");
    }
}
