//! The only way to a document over REST: it carries the caller, their right, and the actor for the audit log.

use database::{Actor, DocumentRow};
use document::{Author, Level, Ownership};
use vocabulary::{DocumentId, Right, Scope};

use crate::confidential_reads::{is_confidential, record_read};
use crate::read_only::READ_ONLY_ANSWER;
use crate::{Access, App, Caller, LiveDocument, Visitor};
use endpoint::{Error, Result};

/// A document, its visitor, and the visitor's right.
pub struct DocumentRequest {
    pub visitor: Visitor,
    pub right: Right,
    pub document: DocumentRow,
    pub actor: Actor,
}

impl DocumentRequest {
    /// # Errors
    /// [`Error::NotFound`], [`Error::Gone`] in the trash, [`Error::Forbidden`] below `needed`.
    pub async fn at(app: &App, visitor: Visitor, document: DocumentId, needed: Right) -> Result<DocumentRequest> {
        let access = app.access_of(&visitor, document).await?;
        DocumentRequest::with(app, visitor, access, needed)
    }

    /// Like [`DocumentRequest::at`], for everything around the text: comments, suggestions, versions, authors and
    /// approvals. Members who see the text see these too; a link to view shows only the text, because nobody knows who
    /// holds it.
    ///
    /// # Errors
    /// As [`DocumentRequest::at`].
    pub async fn of_review(app: &App, visitor: Visitor, document: DocumentId) -> Result<DocumentRequest> {
        let request = DocumentRequest::at(app, visitor, document, Right::View).await?;
        let is_of_workspace = match &request.visitor {
            Visitor::Member(caller) => caller.workspace == request.document.workspace_id,
            Visitor::Guest(..) => false,
        };
        match is_of_workspace || request.right >= Right::Comment {
            true => Ok(request),
            false => Err(Error::Forbidden),
        }
    }

    /// Like [`DocumentRequest::at`], for what only members of the document's workspace may do, and not people with a
    /// link.
    ///
    /// # Errors
    /// As [`DocumentRequest::at`].
    pub async fn of_member(app: &App, caller: Caller, document: DocumentId, needed: Right) -> Result<DocumentRequest> {
        let access = app.access(&caller, document).await?;
        DocumentRequest::with(app, Visitor::Member(Box::new(caller)), access, needed)
    }

    /// Like [`DocumentRequest::at`], for a member who decides on requests for approval.
    ///
    /// # Errors
    /// As [`DocumentRequest::of_member`]; [`Error::Forbidden`] for a member who may not approve the document.
    pub async fn of_approver(app: &App, caller: Caller, document: DocumentId) -> Result<DocumentRequest> {
        let access = app.access(&caller, document).await?;
        if !access.may_approve {
            return Err(Error::Forbidden);
        }
        DocumentRequest::with(app, Visitor::Member(Box::new(caller)), access, Right::Comment)
    }

    /// Like [`DocumentRequest::at`], for a document in the trash, which only those who may restore it can read.
    ///
    /// # Errors
    /// As [`DocumentRequest::at`]; [`Error::NotFound`] for a document that is not in the trash.
    pub async fn in_the_trash(app: &App, caller: Caller, document: DocumentId) -> Result<DocumentRequest> {
        let Access { document, right, .. } = app.access(&caller, document).await?.at_least(Right::Admin)?;
        if document.trashed_at.is_none() {
            return Err(Error::NotFound("document in the trash"));
        }
        let actor = caller.actor.clone();
        Ok(DocumentRequest { visitor: Visitor::Member(Box::new(caller)), right, document, actor })
    }

    fn with(app: &App, visitor: Visitor, access: Access, needed: Right) -> Result<DocumentRequest> {
        let Access { document, right, .. } = access.at_least(needed)?;
        if document.trashed_at.is_some() {
            return Err(Error::Gone("the document is in the trash or was purged"));
        }
        if needed > Right::View && app.flags.read_only() {
            return Err(READ_ONLY_ANSWER);
        }
        let actor = visitor.actor(document.workspace_id);
        Ok(DocumentRequest { visitor, right, document, actor })
    }

    pub fn id(&self) -> DocumentId {
        self.document.document_id
    }

    /// Whether reads of the document's text are recorded.
    pub fn is_confidential(&self) -> bool {
        is_confidential(&self.document.sensitivity)
    }

    /// Records the read of a confidential document's comments, because comments quote the text.
    pub async fn note_read(&self, app: &App) -> Result<()> {
        let sensitivity = &self.document.sensitivity;
        if is_confidential(sensitivity) {
            record_read(&app.db, &self.actor, self.id(), sensitivity).await?;
        }
        Ok(())
    }

    /// Opens the text for reading. The read is recorded if the document is confidential.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the scope to read; other errors when the text cannot be opened or the read cannot
    /// be recorded.
    pub async fn text(&self, app: &App) -> Result<LiveDocument> {
        self.text_at(app, Level::View).await
    }

    /// Opens the text for edits by the visitor.
    ///
    /// # Errors
    /// As [`DocumentRequest::text`]; [`Error::Forbidden`] without the right or the scope to edit.
    pub async fn text_to_edit(&self, app: &App) -> Result<LiveDocument> {
        if app.flags.read_only() {
            return Err(READ_ONLY_ANSWER);
        }
        self.text_at(app, Level::Edit).await
    }

    /// Checks that the visitor may read earlier states of the text, and records the read like one of the current text.
    ///
    /// # Errors
    /// As [`DocumentRequest::text`].
    pub async fn may_read_text(&self, app: &App) -> Result<()> {
        self.check_level(Level::View)?;
        self.note_read(app).await
    }

    fn check_level(&self, needed: Level) -> Result<()> {
        let level = self.visitor.level(self.right, Scope::DocumentsRead, Scope::DocumentsWrite);
        if level.is_some_and(|level| level >= needed) { Ok(()) } else { Err(Error::Forbidden) }
    }

    async fn text_at(&self, app: &App, needed: Level) -> Result<LiveDocument> {
        self.check_level(needed)?;
        self.note_read(app).await?;
        self.internal_text(app).await
    }

    /// Opens the text for the server's own use: the places of passages, the head of the log, the state of a revision.
    /// The text is not given to the caller.
    ///
    /// # Errors
    /// When the text cannot be opened.
    pub async fn internal_text(&self, app: &App) -> Result<LiveDocument> {
        let heals = app.restore_recovery.covers(self.document.created_at);
        let ownership = if heals { Ownership::Record } else { Ownership::Enforce };
        let author = Author { user: self.visitor.id().to_string().into(), ownership };
        LiveDocument::of_editors(app, self.id(), author, self.actor.clone()).await
    }
}
