//! Keeps each document's word count close to its live text, outside the path of edits, and announces edits.

use crate::documents::rows as document_rows;
use crate::edit_events;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use tracing::warn;
use vocabulary::DocumentId;

use access::App;

/// How often words are counted. Lists show the count, and nobody watches it change. The interval is shorter than the
/// time after which a quiet document leaves memory (5 s by default), because counting it later would load it again.
const EVERY: Duration = Duration::from_secs(4);

type Counts = HashMap<DocumentId, Counted>;

/// The last count of a document.
struct Counted {
    seq: u64,
    words: i64,
}

/// The result of one pass over the open documents.
#[derive(Default)]
struct Pass {
    counts: Counts,
    /// The documents whose count changed.
    changed: Vec<(DocumentId, i64)>,
    /// The documents that were edited or opened, each with the last row of its log.
    edited: Vec<(DocumentId, u64)>,
}

/// Counts the words of changed documents until the server stops.
pub async fn keep(app: App) {
    let mut counted = Counts::new();
    // Edits that could not be announced yet.
    let mut unannounced: BTreeMap<DocumentId, u64> = BTreeMap::new();
    while !app.is_stopping() {
        app.rest(EVERY).await;
        counted.retain(|id, _| app.hub.peek(*id).is_some());
        // `block_in_place` is not used, because it needs a further thread, which would keep allocator memory.
        let counting = app.clone();
        let pass = tokio::task::spawn_blocking(move || count(&counting, counted)).await;
        // After a panic, which is in the log, all documents are counted again.
        let Pass { counts, changed, edited } = pass.unwrap_or_default();
        counted = counts;
        // All counts are stored in one commit, because a busy node has hundreds of documents.
        if !changed.is_empty()
            && let Err(error) = document_rows::set_word_counts(&app.db, &changed).await
        {
            warn!(%error, "word counts cannot be stored");
            for (document, _) in changed {
                counted.remove(&document);
            }
        }
        unannounced.extend(edited);
        match edit_events::announce(&app, &unannounced).await {
            Ok(()) => unannounced.clear(),
            Err(error) => warn!(%error, "edits cannot be announced yet"),
        }
    }
}

/// Counts the documents that have changed since the last pass. Blocks.
fn count(app: &App, mut counted: Counts) -> Pass {
    let (mut changed, mut edited) = (Vec::new(), Vec::new());
    for room in app.hub.rooms() {
        let last = counted.get(&room.id);
        if last.is_some_and(|last| last.seq == room.figures().seq) {
            continue;
        }
        // Only between appends; a busy room is counted in the next pass.
        let Some((seq, prose)) = room.read(|document, seq| (seq, document.prose())) else { continue };
        let words = prose.words() as i64;
        if last.is_none_or(|last| last.words != words) {
            changed.push((room.id, words));
        }
        edited.push((room.id, seq));
        counted.insert(room.id, Counted { seq, words });
    }
    // In the order in which edits are announced, so that two nodes do not wait for each other's rows.
    changed.sort_unstable();
    Pass { counts: counted, changed, edited }
}
