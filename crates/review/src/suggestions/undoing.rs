//! The undo of an acceptance: a reverse edit on behalf of the person who undoes, with a claim like an acceptance.

use access::{App, LiveDocument, Made, Purpose};
use bytes::Bytes;
use database::{Actor, Tx};
use document::prose::Draft;
use document::suggestions::{Base, Refused, Suggestion, overlapping};
use document::{Anchor, Document, Place};
use endpoint::{Error, Result};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocabulary::{DocumentId, ThreadId};

use super::accepting::broken;
use super::rows::{self, Row};
use crate::threads::following;

const CANNOT_UNDO: Error = Error::Conflict("this acceptance cannot be undone, or was undone");

/// A change that undoes part of an edit.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Reverse {
    pub(super) suggestion: Suggestion,
    pub(super) anchors: Vec<Anchor>,
}

/// The undo of an acceptance, once.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct UndoAcceptance {
    thread: ThreadId,
    /// The places of the suggestion's passages after the edit.
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

/// Undoes the acceptance of a suggestion, once: the suggestion is open again.
///
/// # Errors
/// [`Error::Suggestion`] if the place reads differently now. After an error, nothing was edited.
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
            // Find where the suggestion proposes its change in the text after the undo.
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
