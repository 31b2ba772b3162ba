//! Threads about an image, a file card or the card of a page on another site. These have no text that a passage could
//! mark, so a thread identifies them by what they show. The thread therefore stays with an image or card that is moved,
//! and finds it again after an undo or a restore.

use access::{App, DocumentRequest};
use document::media::{Media, MediaPlace};
use endpoint::Result;
use serde::{Deserialize, Serialize};

use super::rows::Thread;

/// Longest address that a thread can be about, in characters. An image inside an address (`data:`) can be larger than a
/// message may be.
const MAX_SRC_CHARACTERS: usize = 2_000;

/// An image, a file or a card of the text.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaWish {
    /// The id of the attachment of an image or file.
    Attachment(String),
    /// The address of an image on another site, or of the page that a card shows, as written in the text.
    Src(String),
}

/// The image, file or card that a thread begins on.
pub struct MarkedMedia {
    /// The image, file or card, as JSON for storage.
    pub media: String,
    pub label: String,
}

/// Finds in the durable text the image, file or card that a thread is to be about. If it is not saved yet, waits for
/// it.
///
/// # Errors
/// [`endpoint::Error::Invalid`] when the address is too long; 409 `anchor-not-saved` when the text does not have it.
pub async fn mark(app: &App, request: &DocumentRequest, wanted: MediaWish) -> Result<MarkedMedia> {
    let wanted = match wanted {
        MediaWish::Attachment(id) => Media::Attachment(id),
        MediaWish::Src(src) if src.chars().count() > MAX_SRC_CHARACTERS => {
            return Err(endpoint::Error::Invalid(
                "an address may have at most 2,000 characters: upload the image first",
            ));
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
    /// The id of the attachment; absent for an image on another site and for a card.
    #[serde(skip_serializing_if = "Option::is_none")]
    attachment: Option<String>,
    /// The address of an image on another site, or of the page that a card shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    src: Option<String>,
    /// The alternative text, caption, file name or title when the thread began; may be empty.
    pub label: String,
    /// Whether the image, file or card was deleted from the text.
    is_orphan: bool,
    /// Its offset in `content?format=text`, in UTF-16 units; absent for an orphan.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<u32>,
    /// The index of its top-level block, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    block: Option<u32>,
    /// Its number among the images, files and cards of the document, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    /// The number of images, files and cards in the document.
    count: usize,
}

/// The stored image, file or card that a thread is about.
pub fn media_of(thread: &Thread) -> Option<Media> {
    thread.media.as_deref().and_then(|media| serde_json::from_str(media).ok())
}

impl CommentedMedia {
    /// `places` are those of the current document.
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
