//! The two edits that suggestions become: an acceptance, and its undo. Each is a claimed edit by the server on behalf of
//! the person who decides: applied and audited exactly once, or not at all.

use access::{App, LiveDocument, Made, Purpose};
use bytes::Bytes;
use database::{Actor, Tx};
use document::prose::{Draft, Prose};
use document::suggestions::{Base, Located, Refused, Suggestion, overlapping};
use document::{Anchor, Document, Place};
use endpoint::{Error, Result};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocabulary::{DocumentId, Event, ThreadId, ThreadState};

use super::placing;
use super::rows::{self, Row};
use crate::threads::following;
use crate::threads::rows as threads;
use crate::threads::rows::Decision;

const AT_ONCE: Error = Error::Suggestion(Refused::Changed);
const DECIDED: Error = Error::Conflict("the suggestion was already decided");
const CANNOT_UNDO: Error = Error::Conflict("this acceptance cannot be undone, or was undone");

/// A suggestion that becomes an edit.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AcceptSuggestion {
    thread: ThreadId,
    /// The passage of the thread after the edit, as JSON.
    anchor: Option<String>,
    /// The words of that passage.
    #[serde(default)]
    words: Option<String>,
    /// The changes that undo the edit, as JSON.
    #[serde(default)]
    reverse: Option<String>,
    /// The client id of the edit.
    #[serde(default)]
    client: Option<u64>,
}

/// A change that undoes part of an edit.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Reverse {
    suggestion: Suggestion,
    anchors: Vec<Anchor>,
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

    async fn check(&self, tx: &mut Tx, _: &Actor, document: DocumentId) -> Result<()> {
        match threads::state_in(tx, document, self.thread).await?.map(|state| state.known()) {
            Some(Some(ThreadState::Open)) => Ok(()),
            // Its words are in the text.
            Some(Some(ThreadState::Accepted)) => Err(AT_ONCE),
            Some(_) => Err(DECIDED),
            None => Err(Error::NotFound("suggestion")),
        }
    }

    async fn settle(self, app: &App, made: &Made) -> Result<()> {
        let AcceptSuggestion { thread, anchor, words, reverse, client } = self;
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
                // An admin removed the thread after the edit was made: the audit says who made it all the same.
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

/// The undo of an acceptance, once.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct UndoAcceptance {
    thread: ThreadId,
    /// Where the words of the suggestion's passages are after the edit.
    passages: Vec<Anchor>,
}

impl Purpose for UndoAcceptance {
    const KIND: &'static str = "settle-undone-suggestion";
    type Settled = ();

    fn lock(&self, _: DocumentId) -> Option<Uuid> {
        Some(self.thread.0)
    }

    fn locked() -> Error {
        CANNOT_UNDO
    }

    async fn check(&self, tx: &mut Tx, _: &Actor, document: DocumentId) -> Result<()> {
        rows::reverse_in(tx, document, self.thread).await?.map(drop).ok_or(CANNOT_UNDO)
    }

    async fn settle(self, app: &App, made: &Made) -> Result<()> {
        let seq = app.hub.peek(made.document).map_or(0, |room| room.figures().seq) as i64;
        let mut tx = app.db.begin().await?;
        let ends = made.end(&mut tx).await?;
        if ends {
            rows::reopen_undone(&mut tx, &made.by, made.document, self.thread, (&self.passages, seq)).await?;
        }
        tx.commit().await?;
        if ends && let Some(row) = rows::find(&app.db, made.by.workspace, made.document, self.thread).await? {
            following::reopen(app, made.document, &row.passages(made.document));
        }
        Ok(())
    }
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::Internal(error.to_string())
}

/// Accepts a suggestion.
///
/// # Errors
/// [`Error::Suggestion`] when it does not stand; then nothing is edited.
pub async fn accept(app: &App, text: &LiveDocument, row: &Row) -> Result<()> {
    let thread = row.suggestion_id;
    let suggestion = row.suggestion().ok_or(Error::Suggestion(Refused::Gone))?;
    let (change, workspace) = (row.change.clone(), text.by().workspace);
    let (app, editing) = (app.clone(), text.clone());
    let accepted = async move {
        let after = editing.seq().await?;
        let purpose = AcceptSuggestion { thread, anchor: None, words: None, reverse: None, client: None };
        let mut claim = editing.claim(purpose, after).await?;
        // Its author could type in it until now: what nobody has seen is not accepted.
        let row = rows::find(&app.db, workspace, editing.document(), thread).await?;
        let row = row.filter(|row| row.change == change);
        let known: Vec<_> =
            placing::wanted(&app, &editing, row.as_slice()).pop().map(|one| one.known).unwrap_or_default();
        let is_shown = row.is_some();
        let look = move |document: &Document| -> Vec<Option<(u32, u32)>> {
            let found = following::now(document, &known);
            found.into_iter().map(|(_, place)| place.map(|place| (place.from, place.to))).collect()
        };
        let put_in = move |state: &Bytes, places: Vec<Option<(u32, u32)>>| {
            if !is_shown {
                return Err(Refused::Changed.into());
            }
            let mut draft = Draft::new(state).map_err(broken)?;
            let before = draft.prose();
            let update = draft.accept(&suggestion, &places)?;
            let after = draft.prose();
            let (anchor, words) = passage(draft.document(), &before, &after)?.unzip();
            let reverse = reverse(draft.document(), &before, &after)?;
            let client = Some(draft.client());
            Ok((update, AcceptSuggestion { thread, anchor, words, reverse, client }))
        };
        editing.edit_until(&mut claim, look, put_in).await?;
        claim.settle().await
    };
    text.finish(accepted).await
}

/// What differs between two texts, as a passage of the second one; `None` if it has no words.
fn passage(document: &Document, before: &Prose, after: &Prose) -> Result<Option<(String, String)>> {
    let units = |prose: &Prose| -> Vec<u16> { prose.to_text().encode_utf16().collect() };
    let (before, after) = (units(before), units(after));
    let head = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
    let rest = before.len().min(after.len()) - head;
    let tail = before.iter().rev().zip(after.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let is_word = |at: usize| char::from_u32(u32::from(after[at])).is_none_or(char::is_alphanumeric);
    let (mut from, mut to) = (head, after.len() - tail);
    // Whole words.
    while from > 0 && from < after.len() && is_word(from - 1) && is_word(from) {
        from -= 1;
    }
    while to > 0 && to < after.len() && is_word(to - 1) && is_word(to) {
        to += 1;
    }
    let Ok(anchor) = document.anchor(from as u32, to as u32) else { return Ok(None) };
    let words = String::from_utf16_lossy(&after[from..to]);
    Ok(Some((serde_json::to_string(&anchor).map_err(broken)?, words)).filter(|(_, words)| !words.trim().is_empty()))
}

/// The changes that make the second text the first again, as JSON; `None` if they would not.
fn reverse(document: &Document, before: &Prose, after: &Prose) -> Result<Option<String>> {
    let base = Base::of(after.clone());
    let derived = base.derive(before);
    let locate = |one: &document::suggestions::Derived| {
        let places: Vec<_> = one.places.iter().copied().map(Some).collect();
        base.locate(&one.suggestion, &places).ok()
    };
    let located: Option<Vec<Located>> = derived.iter().map(locate).collect();
    let back = located.and_then(|located| base.with(&located.iter().collect::<Vec<_>>()));
    if back.map(Prose::as_an_editor_has_it) != Some(before.clone().as_an_editor_has_it()) {
        return Ok(None);
    }
    let of = |one: &document::suggestions::Derived| {
        Ok(Reverse { suggestion: one.suggestion.clone(), anchors: document.anchors(&one.places)? })
    };
    let all = derived.iter().map(of).collect::<Result<Vec<_>>>()?;
    serde_json::to_string(&all).map(Some).map_err(broken)
}

/// Undoes the acceptance of a suggestion, once: the suggestion is open again.
///
/// # Errors
/// [`Error::Suggestion`] if the place reads differently now; then nothing is edited.
pub async fn undo(app: &App, text: &LiveDocument, row: &Row) -> Result<()> {
    let thread = row.suggestion_id;
    let mut tx = app.db.begin().await?;
    let stored = rows::reverse_in(&mut tx, text.document(), thread).await?.ok_or(CANNOT_UNDO)?;
    tx.commit().await?;
    let changes: Vec<Reverse> = serde_json::from_str(&stored).map_err(broken)?;
    let suggestion = row.suggestion().ok_or(CANNOT_UNDO)?;
    let editing = text.clone();
    let undone = async move {
        let after = editing.seq().await?;
        let mut claim = editing.claim(UndoAcceptance { thread, passages: Vec::new() }, after).await?;
        let take_out = move |state: &Bytes, ()| {
            let mut draft = Draft::new(state).map_err(broken)?;
            let accepted = draft.prose();
            let base = Base::of(accepted.clone());
            let mut located = Vec::new();
            for Reverse { suggestion, anchors } in &changes {
                let places: Vec<Option<(u32, u32)>> = places(draft.document(), anchors);
                located.push(base.locate(suggestion, &places).map_err(|_| Refused::Changed)?);
            }
            if !overlapping(&located).is_empty() {
                return Err(Refused::Changed.into());
            }
            let wanted = base.with(&located.iter().collect::<Vec<_>>()).ok_or(Refused::Changed)?;
            let update = draft.write(&wanted, document::prose::View::Exact).ok_or(Refused::Changed)?;
            // It proposes the same again.
            let again = Base::of(draft.prose()).derive(&accepted).into_iter();
            let again = again.filter(|one| one.suggestion.is_twin_of(&suggestion)).map(|one| one.places).next();
            let passages = draft.document().anchors(&again.unwrap_or_default())?;
            Ok((update, UndoAcceptance { thread, passages }))
        };
        editing.edit_until(&mut claim, |_| (), take_out).await?;
        claim.settle().await
    };
    text.finish(undone).await
}

fn places(document: &Document, anchors: &[Anchor]) -> Vec<Option<(u32, u32)>> {
    let place = |place: Option<Place>| place.map(|place| (place.from, place.to));
    document.places(anchors).into_iter().map(place).collect()
}
