//! The consequences of writing an entire text over REST: a row in the audit log for every kind of writer, and so the
//! webhooks. The individual edits are in the document's log, with their authors.

use database::{Actor, Tx};
use endpoint::{Error, Result};
use serde::{Deserialize, Serialize};
use tracing::warn;
use uuid::Uuid;
use vocabulary::{ActorKind, DocumentId, Event};

use access::{App, Claim, LiveDocument, Made, Purpose};

/// A text that is being written or imported.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct WriteText {
    is_import: bool,
    /// The subject of a headless token, which has no account here.
    subject: Option<String>,
}

impl WriteText {
    pub fn content(text: &LiveDocument) -> WriteText {
        let has_subject = text.by().kind == ActorKind::Token;
        WriteText { is_import: false, subject: has_subject.then(|| text.author().user.to_string()) }
    }

    pub fn import(text: &LiveDocument) -> WriteText {
        WriteText { is_import: true, ..WriteText::content(text) }
    }
}

impl Purpose for WriteText {
    const KIND: &'static str = "settle-write";
    type Settled = ();

    fn lock(&self, _: DocumentId) -> Option<Uuid> {
        None
    }

    fn locked() -> Error {
        Error::Conflict("this write is in progress")
    }

    async fn check(&self, _: &mut Tx, _: &Actor, _: DocumentId) -> Result<()> {
        Ok(())
    }

    async fn settle(self, app: &App, made: &Made) -> Result<()> {
        let (document, bearer) = (made.document, self.subject);
        let event = match self.is_import {
            true => Event::DocumentImported { document, bearer },
            false => Event::DocumentWritten { document, bearer },
        };
        let mut tx = app.db.begin().await?;
        if made.end(&mut tx).await? {
            tx.emit(&made.by, event).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// Records a write in the audit log. If that fails now, the queued job does it later.
pub async fn settle(claim: Claim<WriteText>) {
    if let Err(error) = claim.settle().await {
        warn!(%error, "a write is in the audit later");
    }
}
