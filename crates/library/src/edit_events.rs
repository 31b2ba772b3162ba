//! Announces edits of documents: at most one event for each document and pass of a node. The last announced row is
//! stored with the document, so two nodes do not announce the same row, and edits that a node did not announce before
//! it crashed are announced when the document is opened again. The time of the last edit is stored too, for lists and
//! for the recent documents of the authors. Headless documents are left out, because nobody can subscribe to them.

pub mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use journal::Journal;
use tracing::warn;
use uuid::Uuid;
use vocabulary::DocumentId;

use access::App;

use self::rows::Edit;

/// The maximum number of authors in an event.
const AUTHORS: usize = 50;
/// The maximum number of log rows that are read to find authors. A document gets fewer rows in four seconds.
const ROWS: u64 = 1_000;

/// Announces the edits up to the given row of each document, except those that were already announced.
///
/// # Errors
/// When the database does not answer. The next call announces the edits that were not announced yet.
pub async fn announce(app: &App, reached: &BTreeMap<DocumentId, u64>) -> sqlx::Result<()> {
    if reached.is_empty() {
        return Ok(());
    }
    let last = rows::last_announced(&app.db, reached.keys()).await?;
    let (mut edits, mut new) = (Vec::new(), Vec::new());
    for (document, workspace, last) in last {
        let Some(&seq) = reached.get(&document) else { continue };
        match last.map(|last| last as u64) {
            Some(last) if last < seq => {
                edits.push(Edit { document, workspace, last, seq, at: Utc::now(), authors: Vec::new() });
            }
            Some(_) => {}
            // The document was created by an earlier version. Its edits may be years old, and are not announced.
            None => new.push((document, seq)),
        }
    }
    if edits.is_empty() && new.is_empty() {
        return Ok(());
    }
    let journal = app.hub.journal().clone();
    let reading = tokio::task::spawn_blocking(move || {
        edits.iter_mut().for_each(|edit| read(&journal, edit));
        edits
    });
    let Ok(edits) = reading.await else { return Ok(()) };
    rows::announce(&app.db, &new, edits).await.map(drop)
}

/// Reads from the log when an edit was made, which may be long before it is announced, and by which accounts and guests.
/// Blocks.
fn read(journal: &Journal, edit: &mut Edit) {
    let mut authors = BTreeSet::new();
    let mut at = None;
    let after = edit.last.max(edit.seq.saturating_sub(ROWS));
    let read = journal.for_each_after(edit.document, after, |row| {
        if row.seq > edit.seq {
            return ControlFlow::Break(());
        }
        at = DateTime::from_timestamp_millis(row.at);
        authors.extend(row.entries.iter().filter_map(|entry| entry.user.parse::<Uuid>().ok()));
        ControlFlow::Continue(())
    });
    if let Err(error) = read {
        warn!(document = %edit.document, %error, "the authors of an edit cannot be read: it names none");
    }
    edit.at = at.unwrap_or(edit.at);
    edit.authors = authors.into_iter().take(AUTHORS).collect();
}
