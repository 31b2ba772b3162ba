//! Keeps each document's word count near its live text, off the path of edits.

use std::collections::HashMap;
use std::time::Duration;

use store::DocumentId;
use tracing::warn;

use crate::app::App;

/// Lists show the count; nobody watches it change.
const EVERY: Duration = Duration::from_secs(2);

/// Counts the documents that changed, until the server stops.
pub async fn keep(app: App) {
    let mut counted: HashMap<DocumentId, u64> = HashMap::new();
    while !app.is_stopping() {
        tokio::time::sleep(EVERY).await;
        let rooms = app.hub.rooms();
        counted.retain(|id, _| rooms.iter().any(|room| room.id == *id));
        for room in rooms {
            let seq = room.figures().seq;
            if counted.get(&room.id) == Some(&seq) {
                continue;
            }
            // Between appends; a busy room is counted the next time.
            let prose = tokio::task::block_in_place(|| room.read(|document, seq| (seq, document.prose())));
            let Some((seq, prose)) = prose else { continue };
            if let Err(error) = app.db.set_words(room.id, prose.words() as i64).await {
                warn!(%error, "words were not counted");
                continue;
            }
            counted.insert(room.id, seq);
        }
    }
}
