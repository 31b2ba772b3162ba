//! Keeps each document's word count close to its live text, off the path of edits, and has the edits announced.

use crate::documents::rows as document_rows;
use crate::edit_events;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use tracing::warn;
use vocabulary::DocumentId;

use access::App;

/// Lists show the count; nobody watches it change. Before a quiet document leaves memory (5 s, unless that is set to
/// less): it would be read again to be counted.
const EVERY: Duration = Duration::from_secs(4);

type Counts = HashMap<DocumentId, Counted>;

/// The last count.
struct Counted {
    seq: u64,
    words: i64,
}

/// What a look at the open documents found.
#[derive(Default)]
struct Look {
    counts: Counts,
    /// The documents whose count changed.
    changed: Vec<(DocumentId, i64)>,
    /// The documents that were edited or opened, and the last row of their log.
    edited: Vec<(DocumentId, u64)>,
}

/// Counts the words of changed documents until the server stops.
pub async fn keep(app: App) {
    let mut counted = Counts::new();
    // What the database could not be told yet.
    let mut unannounced: BTreeMap<DocumentId, u64> = BTreeMap::new();
    while !app.is_stopping() {
        app.rest(EVERY).await;
        counted.retain(|id, _| app.hub.peek(*id).is_some());
        // Not in place: another thread would take over what this one serves, and keep memory ready for it.
        let counting = app.clone();
        let look = tokio::task::spawn_blocking(move || count(&counting, counted)).await;
        // That it panicked is in the log; then all are counted anew.
        let Look { counts, changed, edited } = look.unwrap_or_default();
        counted = counts;
        // One commit for all of them: on a busy node they are hundreds.
        if !changed.is_empty()
            && let Err(error) = document_rows::set_word_counts(&app.db, &changed).await
        {
            warn!(%error, "words were not counted");
            for (document, _) in changed {
                counted.remove(&document);
            }
        }
        unannounced.extend(edited);
        match edit_events::announce(&app, &unannounced).await {
            Ok(()) => unannounced.clear(),
            Err(error) => warn!(%error, "edits are not announced yet"),
        }
    }
}

/// Looks at what has changed since the last look. Blocks.
fn count(app: &App, mut counted: Counts) -> Look {
    let (mut changed, mut edited) = (Vec::new(), Vec::new());
    for room in app.hub.rooms() {
        let last = counted.get(&room.id);
        if last.is_some_and(|last| last.seq == room.figures().seq) {
            continue;
        }
        // Between appends; a busy room is counted the next time.
        let Some((seq, prose)) = room.read(|document, seq| (seq, document.prose())) else { continue };
        let words = prose.words() as i64;
        if last.is_none_or(|last| last.words != words) {
            changed.push((room.id, words));
        }
        edited.push((room.id, seq));
        counted.insert(room.id, Counted { seq, words });
    }
    Look { counts: counted, changed, edited }
}
