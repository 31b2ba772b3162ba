//! Acceptances: the edits that suggestions become. Each acceptance is claimed by the person who decides, and is applied
//! and audited exactly once, or not at all. Several suggestions by one author become one row of the log, with a claim
//! for each suggestion.

use std::collections::BTreeMap;

use access::{App, LiveDocument, Made, Purpose};
use bytes::Bytes;
use database::{Actor, Tx};
use document::prose::Draft;
use document::suggestions::{Accepted, Base, Derived, Placed, Refused, overlapping};
use document::{Anchor, Document};
use endpoint::{Error, Result};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocabulary::{DocumentId, Event, OperationId, ThreadId, ThreadState};

use super::placing::{self, Wanted};
use super::rows::{self, MOST_OPEN, Row, Which};
use super::undoing::Reverse;
use crate::threads::following::{self, Known};
use crate::threads::rows as threads;
use crate::threads::rows::Decision;

/// Most suggestions in one row of the log. A row is computed from the whole text while others may type, so a larger row
/// would more often have to be computed again. All suggestions of a row also stay claimed until the last one is
/// settled.
const MOST_IN_ONE_EDIT: usize = 100;
const AT_ONCE: Error = Error::Suggestion(Refused::Changed);
const DECIDED: Error = Error::Conflict("the suggestion was already decided");

/// A suggestion that becomes an edit.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AcceptSuggestion {
    thread: ThreadId,
    /// The passage of the thread after the edit, as JSON.
    anchor: Option<String>,
    /// The words of the passage after the edit.
    #[serde(default)]
    words: Option<String>,
    /// The changes that undo the edit, as JSON.
    #[serde(default)]
    reverse: Option<String>,
    /// The client id of the edit.
    #[serde(default)]
    client: Option<u64>,
    /// The row of the log that holds the edit, if several share it.
    #[serde(default)]
    row: Option<OperationId>,
}

impl AcceptSuggestion {
    fn of(thread: ThreadId) -> AcceptSuggestion {
        AcceptSuggestion { thread, anchor: None, words: None, reverse: None, client: None, row: None }
    }
}

impl Purpose for AcceptSuggestion {
    const KIND: &'static str = "settle-suggestion";
    type Settled = ();

    fn lock(&self, _: DocumentId) -> Option<Uuid> {
        Some(self.thread.0)
    }

    fn locked() -> Error {
        AT_ONCE
    }

    fn row(&self) -> Option<OperationId> {
        self.row
    }

    async fn check(&self, tx: &mut Tx, _: &Actor, document: DocumentId) -> Result<()> {
        match threads::state_in(tx, document, self.thread).await?.map(|state| state.known()) {
            Some(Some(ThreadState::Open)) => Ok(()),
            // The words of the suggestion are already in the text.
            Some(Some(ThreadState::Accepted)) => Err(AT_ONCE),
            Some(_) => Err(DECIDED),
            None => Err(Error::NotFound("suggestion")),
        }
    }

    async fn settle(self, app: &App, made: &Made) -> Result<()> {
        let AcceptSuggestion { thread, anchor, words, reverse, client, row: _ } = self;
        let (from, to) = (ThreadState::Open, ThreadState::Accepted);
        let decision = Decision { from, to, outcome: None, note: None, anchor: anchor.clone() };
        let room = app.hub.peek(made.document);
        let mut tx = app.db.begin().await?;
        let ends = made.end(&mut tx).await?;
        if ends {
            if threads::decide_in(&mut tx, &made.by, made.document, thread, decision).await? {
                let seq = room.as_ref().map_or(0, |room| room.figures().seq) as i64;
                rows::note_accepted(&mut tx, thread, (reverse, client), (words, seq)).await?;
            } else {
                // An admin removed the thread after the edit was made. The audit log still names who made the edit.
                tx.emit(&made.by, Event::SuggestionAccepted { document: made.document, thread }).await?;
            }
        }
        tx.commit().await?;
        if let (true, Some(room)) = (ends, room) {
            following::end(app, made.document, thread);
            if let Some(anchor) = anchor.as_deref().and_then(|anchor| serde_json::from_str(anchor).ok()) {
                following::again(&room, thread, anchor);
            }
        }
        Ok(())
    }
}

pub(super) fn broken(error: impl std::fmt::Display) -> Error {
    Error::Internal(error.to_string())
}

/// Accepts a suggestion.
///
/// # Errors
/// [`Error::Suggestion`] when the suggestion cannot be accepted. After an error, nothing was edited.
pub async fn accept(app: &App, text: &LiveDocument, row: &Row) -> Result<()> {
    let accepted = accept_together(app.clone(), text.clone(), vec![row.clone()]);
    text.finish(accepted).await?.pop().unwrap_or(Err(AT_ONCE))
}

/// Accepts several suggestions, in their order. Each is applied once or not at all; if several overlap, only the first
/// is applied.
///
/// # Errors
/// When the text cannot be read.
pub async fn accept_all(app: &App, text: &LiveDocument, all: &[Row]) -> Result<Vec<Result<()>>> {
    let mut outcomes: Vec<Result<()>> = all.iter().map(|_| Err(AT_ONCE)).collect();
    let mut left: Vec<usize> = (0..all.len()).collect();
    while !left.is_empty() {
        // A suggestion that overlaps with an earlier one is located again when the earlier one has been decided on.
        let (now, later) = standing(app, text, all, &left, &mut outcomes).await?;
        let mut authors: Vec<Uuid> = now.iter().map(|at| all[*at].created_by).collect();
        authors.sort_unstable();
        authors.dedup();
        // Each author gets an edit of their own, because the client of an edit identifies who suggested its words.
        for author in authors {
            let by_author: Vec<usize> = now.iter().copied().filter(|at| all[*at].created_by == author).collect();
            for ats in by_author.chunks(MOST_IN_ONE_EDIT) {
                let rows = ats.iter().map(|at| all[*at].clone()).collect();
                match text.finish(accept_together(app.clone(), text.clone(), rows)).await {
                    Ok(accepted) => ats.iter().zip(accepted).for_each(|(at, one)| outcomes[*at] = one),
                    Err(Error::Unavailable(why)) => {
                        ats.iter().for_each(|at| outcomes[*at] = Err(Error::Unavailable(why)));
                    }
                    // The suggestions failed together, but some may succeed alone.
                    Err(_) => {
                        for at in ats {
                            outcomes[*at] = accept(app, text, &all[*at]).await;
                        }
                    }
                }
            }
        }
        left = later;
    }
    Ok(outcomes)
}

/// Locates suggestions, and records why some cannot be accepted. Divides the others into suggestions that can be
/// applied together, and suggestions that overlap with an earlier one of those.
async fn standing(
    app: &App,
    text: &LiveDocument,
    all: &[Row],
    left: &[usize],
    outcomes: &mut [Result<()>],
) -> Result<(Vec<usize>, Vec<usize>)> {
    let rows: Vec<Row> = left.iter().map(|at| all[*at].clone()).collect();
    let wanted = placing::wanted(app, text, &rows);
    let now = placing::now(text, &wanted).await?;
    let len = now.state.len();
    let look = move || {
        let base = Base::of(now.prose.clone());
        let found = now.located(&base, &wanted);
        let located: Vec<_> = found.iter().flatten().cloned().collect();
        let mut waits = vec![false; located.len()];
        for (first, second) in overlapping(&located) {
            waits[second] |= !waits[first];
        }
        Ok((found.into_iter().map(std::result::Result::err).collect(), waits))
    };
    let (refused, waits): (Vec<Option<Refused>>, Vec<bool>) = app.work_out(text.by(), len, look).await?;
    let mut ats = Vec::new();
    for (at, refused) in left.iter().zip(refused) {
        match refused {
            None => ats.push(*at),
            Some(refused) => outcomes[*at] = Err(refused.into()),
        }
    }
    let part =
        |waiting: bool| ats.iter().zip(&waits).filter(|(_, waits)| **waits == waiting).map(|(at, _)| *at).collect();
    Ok((part(false), part(true)))
}

/// Accepts suggestions that do not overlap, as one row of the log.
async fn accept_together(app: App, text: LiveDocument, all: Vec<Row>) -> Result<Vec<Result<()>>> {
    let after = text.seq().await?;
    let purposes = all.iter().map(|row| AcceptSuggestion::of(row.suggestion_id)).collect();
    let mut outcomes: Vec<Option<Result<()>>> = Vec::new();
    let (mut claims, mut claimed) = (Vec::new(), Vec::new());
    for (claim, row) in text.claim_all(purposes, after).await?.into_iter().zip(&all) {
        outcomes.push(match claim {
            Ok(claim) => {
                claims.push(claim);
                claimed.push(row);
                None
            }
            Err(error) => Some(Err(error)),
        });
    }
    let shown = match shown(&app, &text, &claimed).await {
        Ok(shown) => shown,
        Err(error) => {
            for claim in &claims {
                claim.release().await;
            }
            return Err(error);
        }
    };
    let known: Vec<Known> = shown.iter().flatten().flat_map(|one| one.known.iter().cloned()).collect();
    let look = move |document: &Document| -> Vec<Option<(u32, u32)>> {
        let found = following::now(document, &known);
        found.into_iter().map(|(_, place)| place.map(|place| (place.from, place.to))).collect()
    };
    let threads: Vec<ThreadId> = claimed.iter().map(|row| row.suggestion_id).collect();
    let put_in = move |state: &Bytes, places: Vec<Option<(u32, u32)>>| put_in(state, &threads, &shown, &places);
    let mut made = text.edit_together(claims, look, put_in).await?.into_iter();
    for outcome in outcomes.iter_mut().filter(|outcome| outcome.is_none()) {
        *outcome = match made.next() {
            Some(Ok(claim)) => Some(claim.settle().await),
            Some(Err(error)) => Some(Err(error)),
            None => None,
        };
    }
    Ok(outcomes.into_iter().map(|one| one.unwrap_or(Err(AT_ONCE))).collect())
}

/// Reads the claimed suggestions as they are stored now; `None` for a suggestion that its author changed before the
/// claim, because a change that the person who accepts has not seen must not be accepted.
async fn shown(app: &App, text: &LiveDocument, claimed: &[&Row]) -> Result<Vec<Option<Wanted>>> {
    let workspace = text.by().workspace;
    let stored = match claimed {
        [one] => rows::find(&app.db, workspace, text.document(), one.suggestion_id).await?.into_iter().collect(),
        [one, ..] => {
            let which = Which { state: "open", author: Some(one.created_by), ..Which::default() };
            rows::list(&app.db, workspace, text.document(), which, MOST_OPEN).await?
        }
        [] => Vec::new(),
    };
    let stored: BTreeMap<ThreadId, Row> = stored.into_iter().map(|row| (row.suggestion_id, row)).collect();
    let same = |row: &&Row| stored.get(&row.suggestion_id).filter(|now| now.change == row.change).cloned();
    let known: Vec<Row> = claimed.iter().filter_map(same).collect();
    let mut wanted = placing::wanted(app, text, &known).into_iter().peekable();
    let next = |row: &&Row| wanted.next_if(|one| one.id == row.suggestion_id);
    Ok(claimed.iter().map(next).collect())
}

/// Computes the edit, and the data to settle for each suggestion.
fn put_in(
    state: &Bytes,
    threads: &[ThreadId],
    shown: &[Option<Wanted>],
    places: &[Option<(u32, u32)>],
) -> Result<(Option<Bytes>, Vec<Result<AcceptSuggestion>>)> {
    let mut draft = Draft::new(state).map_err(broken)?;
    // Each attempt gets another id.
    let row = (threads.len() > 1).then(OperationId::new);
    let mut rest = places;
    let mut placed: Vec<Placed<'_>> = Vec::new();
    for one in shown.iter().flatten() {
        let (own, others) = rest.split_at(one.known.len().min(rest.len()));
        rest = others;
        if let Some(suggestion) = &one.suggestion {
            placed.push((suggestion, own));
        }
    }
    let (update, accepted) = draft.accept_together(&placed);
    let client = draft.client();
    let mut accepted = stored(draft.document(), accepted)?.into_iter();
    let outcome = |(thread, one): (&ThreadId, &Option<Wanted>)| match one {
        None => Err(Refused::Changed.into()),
        Some(one) if one.suggestion.is_none() => Err(Refused::Gone.into()),
        Some(_) => {
            let purpose = accepted.next().unwrap_or(Err(Refused::Changed))?;
            Ok(AcceptSuggestion { client: Some(client), row, thread: *thread, ..purpose })
        }
    };
    let mut outcomes: Vec<Result<AcceptSuggestion>> = threads.iter().zip(shown).map(outcome).collect();
    if update.is_none() {
        outcomes.iter_mut().filter(|one| one.is_ok()).for_each(|one| *one = Err(Refused::Already.into()));
    }
    Ok((update, outcomes))
}

/// Prepares for storage what acceptances changed, and what undoes each. Reads the text once for all passages.
fn stored(
    document: &Document,
    accepted: Vec<std::result::Result<Accepted, Refused>>,
) -> Result<Vec<std::result::Result<AcceptSuggestion, Refused>>> {
    let places = |one: &Accepted| -> Vec<(u32, u32)> {
        let reverse = one.reverse.iter().flatten().flat_map(|one| one.places.iter().copied());
        one.passage.iter().map(|(place, _)| *place).chain(reverse).collect()
    };
    let all: Vec<(u32, u32)> = accepted.iter().flatten().flat_map(places).collect();
    let mut anchors = document.known_anchors(&all).into_iter();
    let mut next = || anchors.next().flatten();
    let mut purposes = Vec::new();
    for one in accepted {
        let Accepted { passage, reverse } = match one {
            Ok(accepted) => accepted,
            Err(refused) => {
                purposes.push(Err(refused));
                continue;
            }
        };
        let mut purpose = AcceptSuggestion::of(ThreadId(Uuid::nil()));
        if let Some((anchor, words)) = passage.and_then(|(_, words)| Some((next()?, words))) {
            (purpose.anchor, purpose.words) = (Some(serde_json::to_string(&anchor).map_err(broken)?), Some(words));
        }
        let mut of = |one: Derived| -> Option<Reverse> {
            let anchors: Vec<Option<Anchor>> = one.places.iter().map(|_| next()).collect();
            Some(Reverse { suggestion: one.suggestion, anchors: anchors.into_iter().collect::<Option<_>>()? })
        };
        let reverse: Option<Vec<Option<Reverse>>> = reverse.map(|all| all.into_iter().map(&mut of).collect());
        let reverse: Option<Vec<Reverse>> = reverse.and_then(|all| all.into_iter().collect());
        purpose.reverse = reverse.map(|all| serde_json::to_string(&all)).transpose().map_err(broken)?;
        purposes.push(Ok(purpose));
    }
    Ok(purposes)
}
