//! Threads about an image, a file card or a card of a page elsewhere. It has no letters, so it is known by what it shows: the thread stays with it
//! wherever it is moved to, and finds it again after an undo or a restore.

use access::{App, DocumentRequest};
use document::media::{Media, MediaPlace};
use endpoint::Result;
use serde::{Deserialize, Serialize};

use super::rows::Thread;

/// Longest address that a thread is about, in characters. Images inside an address (`data:`) can be larger than a
/// message.
const MAX_SRC_CHARACTERS: usize = 2_000;

/// An image, a file or a card of the text.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaWish {
    /// The id of its attachment.
    Attachment(String),
    /// The address of an image that is kept elsewhere, or of the page of a card, as it is in the text.
    Src(String),
}

/// What a thread begins on.
pub struct MarkedMedia {
    /// As it is stored.
    pub media: String,
    pub label: String,
}

/// Finds what the thread is to be about in the durable text. Waits for one that is not saved yet.
///
/// # Errors
/// [`endpoint::Error::Invalid`] when the address is too long; 409 `anchor-not-saved` when the text does not have it.
pub async fn mark(app: &App, request: &DocumentRequest, wanted: MediaWish) -> Result<MarkedMedia> {
    let wanted = match wanted {
        MediaWish::Attachment(id) => Media::Attachment(id),
        MediaWish::Src(src) if src.chars().count() > MAX_SRC_CHARACTERS => {
            return Err(endpoint::Error::Invalid("an address has up to 2,000 characters: upload the image first"));
        }
        MediaWish::Src(src) => Media::Src(src),
    };
    let found = request.internal_text(app).await?.media(&wanted).await?;
    let media = serde_json::to_string(&found.media).map_err(|error| endpoint::Error::Internal(error.to_string()))?;
    Ok(MarkedMedia { media, label: found.label.chars().take(super::passages::MAX_QUOTE_CHARACTERS).collect() })
}

/// An image, a file or a card that a thread is about.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CommentedMedia {
    /// The id of the attachment; absent for an image that is kept elsewhere and for a card.
    #[serde(skip_serializing_if = "Option::is_none")]
    attachment: Option<String>,
    /// The address of the image that is kept elsewhere, or of the page of a card.
    #[serde(skip_serializing_if = "Option::is_none")]
    src: Option<String>,
    /// What it was called when the thread began: its alternative text, caption, file name or title; may be empty.
    pub label: String,
    /// Whether it was deleted from the text.
    is_orphan: bool,
    /// The offset in `content?format=text` at which it stands, in UTF-16 units; absent for an orphan.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<u32>,
    /// The index of the top-level block that it is in, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    block: Option<u32>,
    /// Its number among the images, files and cards of the document, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    /// How many of them the document has.
    count: usize,
}

/// What a thread is about, as it was stored.
pub fn media_of(thread: &Thread) -> Option<Media> {
    thread.media.as_deref().and_then(|media| serde_json::from_str(media).ok())
}

impl CommentedMedia {
    /// `places` are those of the document as it is now.
    pub fn of(thread: &Thread, media: Media, places: &[MediaPlace]) -> CommentedMedia {
        let index = places.iter().position(|place| place.media == media);
        let place = index.and_then(|index| places.get(index));
        let (attachment, src) = match media {
            Media::Attachment(id) => (Some(id), None),
            Media::Src(src) => (None, Some(src)),
        };
        CommentedMedia {
            attachment,
            src,
            label: thread.quote.clone(),
            is_orphan: place.is_none(),
            from: place.map(|place| place.from),
            block: place.map(|place| place.block),
            index,
            count: places.len(),
        }
    }
}
