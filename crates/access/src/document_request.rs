//! What requests about one document begin with: who asks, with which right, and the room of its text.

use std::sync::Arc;
use std::time::Duration;

use database::Act;
use document::prose::editor_roots;
use document::{Anchor, AnchorError, Place};
use hub::Room;
use vocabulary::{DocumentId, Right};

use crate::{Access, App, Visitor, live_document::durable, rights::is_confidential};
use endpoint::{Error, Result};

/// How long a passage waits for its words: they may be on their way from another node.
const SAVED_WITHIN: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A document, and who came to it with which right.
pub struct Table {
    pub visitor: Visitor,
    pub access: Access,
    pub by: database::Actor,
    pub document: DocumentId,
}

impl Table {
    /// # Errors
    /// [`Error::NotFound`], [`Error::Gone`] in the trash, [`Error::Forbidden`] below `needed`.
    pub async fn at(app: &App, visitor: Visitor, document: DocumentId, needed: Right) -> Result<Table> {
        let access = app.access_of(&visitor, document).await?.at_least(needed)?;
        if access.document.trashed_at.is_some() {
            return Err(Error::Gone("the document is in the trash or was purged"));
        }
        if needed > Right::View && app.flags.read_only() {
            return Err(Error::Unavailable("the operator has switched this server to read-only"));
        }
        let by = visitor.actor(access.document.workspace_id);
        Ok(Table { visitor, access, by, document })
    }

    /// Comments quote the text: whoever reads those of a confidential document is written down.
    pub async fn note_read(&self, app: &App) -> Result<()> {
        let sensitivity = &self.access.document.sensitivity;
        if is_confidential(sensitivity) {
            let read = Act::document("document.read", self.document);
            app.db.record(&self.by, Act { sensitivity: Some(sensitivity.clone()), ..read }).await?;
        }
        Ok(())
    }

    /// Its text.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn room(&self, app: &App) -> Result<Arc<Room>> {
        Ok(app.hub.open(self.document, &editor_roots()).await.map_err(|failure| failure.0)?)
    }
}

/// Where a passage is. One that names words which are not saved yet waits for them.
///
/// # Errors
/// 409 `anchor-not-saved`, and what else is wrong with it.
pub async fn saved(app: &App, room: &Arc<Room>, anchor: &Anchor) -> Result<Place> {
    let deadline = tokio::time::Instant::now() + SAVED_WITHIN;
    loop {
        match durable(room, |document, _| document.place(anchor)).await? {
            Err(AnchorError::NotSaved) if tokio::time::Instant::now() < deadline => {}
            outcome => return Ok(outcome?),
        }
        app.hub.look_for_rows();
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
