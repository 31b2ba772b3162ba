//! The passage of a thread: found in the durable text when the thread begins, stored as JSON, and shown at its current
//! place, or as an orphan.

use chrono::{DateTime, Utc};
use document::passages::Surroundings;
use document::{Anchor, AnchorError, Place};
use serde::{Deserialize, Serialize};

use access::{App, DocumentRequest};
use endpoint::{Error, Result};

use crate::threads::rows::Thread;

/// Longest passage, and longest text of a suggestion: several pages.
pub const MAX_QUOTE_CHARACTERS: usize = 10_000;

/// Characters on each side of a passage that help to find it again.
pub const AROUND: usize = 32;

/// A passage, given by Yjs relative positions or by offsets.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PassageWish {
    /// The start, as `Y.relativePositionToJSON` returns it; `end` is the end in the same form.
    #[schema(value_type = Option<Object>)]
    start: Option<document::anchors::Position>,
    #[schema(value_type = Option<Object>)]
    end: Option<document::anchors::Position>,
    /// Instead of `start`: the offset of the start in `content?format=text`, in UTF-16 units; `to` is the end in the
    /// same form.
    from: Option<u32>,
    to: Option<u32>,
    /// The expected text of the passage. If the passage now reads differently, the answer is 409 `changed`.
    quote: Option<String>,
}

impl PassageWish {
    /// The passage between two offsets.
    pub fn between(from: u32, to: u32) -> PassageWish {
        PassageWish { start: None, end: None, from: Some(from), to: Some(to), quote: None }
    }
}

/// A marked passage, as it is in the durable text.
pub struct Marked {
    pub anchor: Anchor,
    pub place: Place,
    pub around: Option<Surroundings>,
}

/// Finds the passage in the durable text. If the passage refers to text that is not saved yet, waits for that text.
pub async fn mark(app: &App, request: &DocumentRequest, input: PassageWish) -> Result<Marked> {
    let text = request.internal_text(app).await?;
    let anchor = match (input.start, input.end, input.from, input.to) {
        (Some(start), Some(end), None, None) => {
            let anchor = Anchor { start, end };
            text.place(&anchor).await?;
            anchor
        }
        (None, None, Some(from), Some(to)) => text.read(|document, _| document.anchor(from, to)).await??,
        _ => return Err(Error::Invalid("a passage needs a start and an end, or from and to")),
    };
    let marked = text.read(|document, _| {
        let place = document.place(&anchor)?;
        // The stored anchor is bound to the first and the last letter, whatever the client's positions are bound to.
        let anchor = document.anchor(place.from, place.to)?;
        let around = document.around(&anchor, AROUND);
        Ok::<_, AnchorError>(Marked { anchor, place, around })
    });
    let marked = marked.await??;
    let place = &marked.place;
    if input.quote.is_some_and(|quote| quote != place.quote) {
        return Err(AnchorError::Changed.into());
    }
    if place.quote.chars().count() > MAX_QUOTE_CHARACTERS {
        return Err(Error::Invalid("a passage may have at most 10,000 characters"));
    }
    Ok(marked)
}

pub fn check_replacement(replacement: &str, place: &Place) -> Result<()> {
    if place.quote.contains('\n') {
        return Err(AnchorError::NotOneText.into());
    }
    if replacement == place.quote {
        return Err(Error::Invalid("the suggestion is equal to the passage"));
    }
    if replacement.chars().count() > MAX_QUOTE_CHARACTERS || replacement.chars().any(char::is_control) {
        return Err(Error::Invalid("a suggestion may have at most 10,000 characters, and no line breaks"));
    }
    Ok(())
}

/// The stored passage of a thread.
pub fn anchor_of(thread: &Thread) -> Option<Anchor> {
    thread.anchor.as_deref().and_then(|anchor| serde_json::from_str(anchor).ok())
}

/// Serializes a passage for storage.
pub fn stored(anchor: &Anchor) -> Result<String> {
    serde_json::to_string(anchor).map_err(|error| Error::Internal(error.to_string()))
}

/// The words that stood around a passage when it was last in the text.
fn last_around(thread: &Thread) -> Option<Surroundings> {
    let all: Vec<Surroundings> = serde_json::from_str(thread.around.as_deref()?).ok()?;
    all.into_iter().next_back()
}

/// A passage and its current position.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Passage {
    /// The start as a Yjs relative position; `end` is the end in the same form.
    #[schema(value_type = Object)]
    start: serde_json::Value,
    #[schema(value_type = Object)]
    end: serde_json::Value,
    /// The text of the passage when it was marked.
    pub quote: String,
    /// Whether the text of the passage was deleted.
    is_orphan: bool,
    /// The start offset in `content?format=text`, in UTF-16 units; `to` is the end offset. Both are absent for an
    /// orphan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<u32>,
    /// The index of the top-level block in which the passage begins, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    block: Option<u32>,
    /// The current text of the passage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// For an orphan, the words that stood before the passage; `after` are the words that stood after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    /// When an edit last moved the words of the passage to another place, for example to another line or block.
    #[serde(skip_serializing_if = "Option::is_none")]
    moved_at: Option<DateTime<Utc>>,
    /// When the words of the passage last returned after they had been deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    returned_at: Option<DateTime<Utc>>,
}

impl Passage {
    pub fn of(thread: &Thread, anchor: &Anchor, place: Option<Place>) -> Passage {
        let json = |position| serde_json::to_value(position).unwrap_or_default();
        let around = if place.is_none() { last_around(thread) } else { None };
        let (before, after) = around.map(|around| (around.before, around.after)).unzip();
        Passage {
            start: json(&anchor.start),
            end: json(&anchor.end),
            quote: thread.quote.clone(),
            is_orphan: place.is_none(),
            from: place.as_ref().map(|place| place.from),
            to: place.as_ref().map(|place| place.to),
            block: place.as_ref().map(|place| place.block),
            text: place.map(|place| place.quote),
            before,
            after,
            moved_at: thread.moved_at,
            returned_at: thread.returned_at,
        }
    }
}
