//! Words that somebody marks before they are saved: a comment on them waits, and is refused when that takes too long.

use std::time::Duration;

use document::{Anchor, AnchorError, Place};
use endpoint::Result;

use crate::live_document::LiveDocument;

/// How long to wait for a passage that is not saved yet: it may be on its way from another node.
const SAVED_WITHIN: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(50);

impl LiveDocument {
    /// The place of a passage. Waits for text that is not saved yet.
    ///
    /// # Errors
    /// 409 `anchor-not-saved`, or why the anchor is not valid.
    pub async fn place(&self, anchor: &Anchor) -> Result<Place> {
        let deadline = tokio::time::Instant::now() + SAVED_WITHIN;
        loop {
            match self.read(|document, _| document.place(anchor)).await? {
                Err(AnchorError::NotSaved) if tokio::time::Instant::now() < deadline => {}
                outcome => return Ok(outcome?),
            }
            self.app.hub.look_for_rows();
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}
