//! Comments on words and images that are not saved yet. The comment waits until they are, and is refused when that
//! takes too long.

use std::time::Duration;

use document::media::{Media, MediaPlace};
use document::{Anchor, AnchorError, Document, Place};
use endpoint::Result;

use crate::live_document::LiveDocument;

/// How long to wait for a passage that is not saved yet, because it may be on its way from another node.
const SAVED_WITHIN: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(50);

type Found<T> = std::result::Result<T, AnchorError>;

impl LiveDocument {
    /// The place of a passage. Waits for text that is not saved yet.
    ///
    /// # Errors
    /// 409 `anchor-not-saved`, or why the anchor is not valid.
    pub async fn place(&self, anchor: &Anchor) -> Result<Place> {
        self.once_saved(|document| document.place(anchor)).await
    }

    /// The place of an image or a file card. Waits if the image or file card is not saved yet.
    ///
    /// # Errors
    /// 409 `anchor-not-saved`.
    pub async fn media(&self, wanted: &Media) -> Result<MediaPlace> {
        self.once_saved(|document| {
            document.media().into_iter().find(|place| place.media == *wanted).ok_or(AnchorError::NotSaved)
        })
        .await
    }

    async fn once_saved<T: Send>(&self, find: impl Fn(&Document) -> Found<T> + Send + Sync) -> Result<T> {
        let deadline = tokio::time::Instant::now() + SAVED_WITHIN;
        loop {
            match self.read(|document, _| find(document)).await? {
                Err(AnchorError::NotSaved) if tokio::time::Instant::now() < deadline => {}
                outcome => return Ok(outcome?),
            }
            self.app.hub.look_for_rows();
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}
