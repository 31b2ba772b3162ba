//! Authorship: the author and the time of each part of a text. The characters of a text name the insert that they come
//! from, and the log names the sender of each insert.

pub mod between;
pub mod readings;
pub mod routes;

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use document::prose::{Draft, editor_roots};
use document::{Document, Ledger, Loading, Stored, Written};
use journal::{Journal, JournalError, Row};
use tracing::warn;
use uuid::Uuid;
use vocabulary::DocumentId;

use access::{App, LiveDocument, Wanted, worked_out_while_wanted};
use endpoint::{Error, Result};

/// Consecutive characters by one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Offsets in the plain text, in UTF-16 units.
    pub from: u32,
    pub to: u32,
    /// The id of an account or guest; `None` if unknown.
    pub author: Option<Uuid>,
    /// The id of the account or guest who suggested the characters, if the author accepted a suggestion.
    pub suggested_by: Option<Uuid>,
    /// The times at which the first and the last character were written; `None` where the log was trimmed.
    pub times: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// Returns the plain text, and the authors of the characters between two offsets. Characters whose edits were trimmed
/// from the log keep their author, but not their time.
///
/// # Errors
/// When the journal does not answer.
pub async fn authored(app: &App, live: &LiveDocument, range: (u32, u32)) -> Result<(Vec<u16>, Vec<Stretch>)> {
    let (text, written) = written(app, live, range, 0).await?;
    let unknown: BTreeSet<u64> = written.iter().filter(|one| one.by.is_none()).map(|one| one.client).collect();
    let owners = live.read(move |document, _| {
        let owner = |client: &u64| Some((*client, document.known().owners.owner(*client)?.parse().ok()?));
        unknown.iter().filter_map(owner).collect::<HashMap<u64, Uuid>>()
    });
    let owners = owners.await?;
    let suggesters = crate::suggestions::rows::suggesters(&app.db, live.document()).await?;
    let suggesters: HashMap<u64, Uuid> = suggesters.into_iter().map(|(client, by)| (client as u64, by)).collect();
    let suggester = |client| suggesters.get(&client).copied();
    Ok((text, stretches(&written, |client| owners.get(&client).copied(), suggester)))
}

/// Returns the plain text, and the authors of the characters that were written after a row of the log.
///
/// # Errors
/// When the journal does not answer.
pub async fn authored_since(app: &App, live: &LiveDocument, seq: u64) -> Result<(Vec<u16>, Vec<Stretch>)> {
    let (text, written) = written(app, live, (0, u32::MAX), seq).await?;
    Ok((text, stretches(&written, |_| None, |_| None)))
}

async fn written(app: &App, live: &LiveDocument, range: (u32, u32), after: u64) -> Result<(Vec<u16>, Vec<Written>)> {
    let turn = app.work_of(live.by()).await?;
    let (state, head) = live.read(|document, seq| (document.state(), seq)).await?;
    let (journal, document) = (app.hub.journal().clone(), live.document());
    worked_out_while_wanted(turn, state.len(), move |wanted| {
        if head <= MOST_ROWS
            && let Some((text, ledger)) = replayed(&journal, document, head, after, wanted)?
        {
            let written = text.origins(range.0, range.1).iter().flat_map(|origin| ledger.written(origin)).collect();
            return Ok((text.plain_text(), written));
        }
        let ledger = ledger(&journal, document, after, wanted)?;
        let mut draft = Draft::new(&state).map_err(|error| Error::Internal(error.to_string()))?;
        let written = draft.origins(range.0, range.1).iter().flat_map(|origin| ledger.written(origin)).collect();
        Ok((draft.plain_text(), written))
    })
    .await
}

/// Above this number of rows, text that was moved counts as written by the person who moved it. To find the author,
/// every row would have to be applied again, which takes 10 to 50 µs for each.
const MOST_ROWS: u64 = 100_000;

/// The result of work whose caller has disconnected, which nobody sees.
const NOBODY_WAITS: Error = Error::Unavailable("the caller has gone");

/// Builds the document up to the row `head` of its log, with a record of characters that were deleted and returned.
/// Also reads the senders of the rows after the row `after`. `None` if the log was trimmed. Blocks.
fn replayed(
    journal: &Journal,
    id: DocumentId,
    head: u64,
    after: u64,
    wanted: &Wanted,
) -> Result<Option<(Document, Ledger)>> {
    let (mut loading, mut ledger) = (Loading::of_letters(editor_roots()), Ledger::default());
    let (mut misfit, mut last) = (None, 0);
    let read = journal.for_each_after(id, 0, |row| {
        if row.seq > head || wanted.is_over() {
            return ControlFlow::Break(());
        }
        let by = row.entries.first().map(|entry| entry.user.clone());
        loading.note_turn(row.at, by.filter(|by| row.entries.iter().all(|entry| entry.user == *by)));
        let batch = row.entries.iter().map(|entry| Stored { user: Some(&entry.user), bytes: &entry.bytes });
        if let Err(error) = loading.take(batch) {
            misfit = Some(error);
            return ControlFlow::Break(());
        }
        if row.seq > after {
            note(&mut ledger, id, &row);
        }
        last = row.seq;
        ControlFlow::Continue(())
    });
    match read {
        _ if wanted.is_over() => return Err(NOBODY_WAITS),
        Ok(()) if last == head && misfit.is_none() => {}
        Ok(()) | Err(JournalError::Trimmed { .. }) => return Ok(None),
        Err(error) => return Err(Error::Internal(error.to_string())),
    }
    Ok(loading.finish().ok().map(|document| (document, ledger)))
}

fn note(ledger: &mut Ledger, document: DocumentId, row: &Row) {
    for entry in &row.entries {
        if let Err(refusal) = ledger.note(&entry.bytes, &entry.user, row.at) {
            warn!(%document, seq = row.seq, %refusal, "a row cannot be read: its text has no author");
        }
    }
}

/// Reads the senders of the rows after a row of the log. Blocks.
fn ledger(journal: &Journal, document: DocumentId, after: u64, wanted: &Wanted) -> Result<Ledger> {
    let mut ledger = Ledger::default();
    let read = journal.for_each_after(document, after, |row| {
        note(&mut ledger, document, &row);
        if wanted.is_over() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    read.map_err(|error| Error::Internal(error.to_string()))?;
    Ok(ledger)
}

/// Joins neighbouring characters by one person. `owner` returns the owner of a client whose rows were trimmed;
/// `suggester` returns the person who suggested what a client wrote.
fn stretches(
    written: &[Written],
    owner: impl Fn(u64) -> Option<Uuid>,
    suggester: impl Fn(u64) -> Option<Uuid>,
) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for one in written {
        let (author, times) = match &one.by {
            Some((user, at)) => (user.parse().ok(), DateTime::from_timestamp_millis(*at).map(|at| (at, at))),
            None => (owner(one.client), None),
        };
        let stretch = Stretch { from: one.from, to: one.to, author, suggested_by: suggester(one.client), times };
        match stretches.last_mut() {
            Some(last) if last.goes_on(&stretch) => last.extend(&stretch),
            _ => stretches.push(stretch),
        }
    }
    stretches
}

impl Stretch {
    /// Whether another stretch continues this one. A line break between the two does not count, because it has no
    /// author.
    fn goes_on(&self, next: &Stretch) -> bool {
        self.author == next.author
            && self.suggested_by == next.suggested_by
            && self.times.is_some() == next.times.is_some()
            && next.from - self.to <= 1
    }

    fn extend(&mut self, next: &Stretch) {
        self.to = next.to;
        self.times = self.times.zip(next.times).map(|((a, b), (c, d))| (a.min(c), b.max(d)));
    }
}
