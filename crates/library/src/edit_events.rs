//! Announces that texts were edited: at most one event for each document at each look, in whatever number of nodes it is
//! open. The last row that was announced is kept with the document, so that two nodes do not announce the same row, and
//! what a node did not announce before it crashed is announced when the document is open again. Only documents of
//! members: nobody could subscribe to those of headless tokens.

pub mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use journal::Journal;
use tracing::warn;
use uuid::Uuid;
use vocabulary::DocumentId;

use access::App;

use self::rows::Edit;

/// The most authors that an event names.
const AUTHORS: usize = 50;
/// The most rows of the log that are read for their authors. In four seconds a document gets fewer.
const ROWS: u64 = 1_000;

/// Announces documents whose log has reached a row, unless that was announced already.
///
/// # Errors
/// When the database does not answer; then nothing was announced.
pub async fn announce(app: &App, reached: &BTreeMap<DocumentId, u64>) -> sqlx::Result<()> {
    if reached.is_empty() {
        return Ok(());
    }
    let last = rows::last_announced(&app.db, reached.keys()).await?;
    let (mut edits, mut new) = (Vec::new(), Vec::new());
    for (document, workspace, last) in last {
        let Some(&seq) = reached.get(&document) else { continue };
        match last.map(|last| last as u64) {
            Some(last) if last < seq => edits.push(Edit { document, workspace, last, seq, authors: Vec::new() }),
            Some(_) => {}
            // Of the version before: its text may be years old.
            None => new.push((document, seq)),
        }
    }
    if edits.is_empty() && new.is_empty() {
        return Ok(());
    }
    let journal = app.hub.journal().clone();
    let reading = tokio::task::spawn_blocking(move || {
        edits.iter_mut().for_each(|edit| edit.authors = authors(&journal, edit));
        edits
    });
    let Ok(edits) = reading.await else { return Ok(()) };
    rows::announce(&app.db, &new, edits).await.map(drop)
}

/// Returns the accounts and guests that wrote the rows of an edit. Blocks.
fn authors(journal: &Journal, edit: &Edit) -> Vec<Uuid> {
    let mut authors = BTreeSet::new();
    let after = edit.last.max(edit.seq.saturating_sub(ROWS));
    let read = journal.for_each_after(edit.document, after, |row| {
        if row.seq > edit.seq || authors.len() >= AUTHORS {
            return ControlFlow::Break(());
        }
        authors.extend(row.entries.iter().filter_map(|entry| entry.user.parse::<Uuid>().ok()));
        ControlFlow::Continue(())
    });
    if let Err(error) = read {
        warn!(document = %edit.document, %error, "the authors of an edit cannot be read: it names none");
    }
    authors.into_iter().take(AUTHORS).collect()
}
