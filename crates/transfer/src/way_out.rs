//! The one check that every export passes: archives, prints, exports in the background, and the operator's command.
//! What must not be exported is refused here.

use access::{App, Caller, DocumentRequest, Visitor};
use endpoint::{Error, Result};
use vocabulary::{DocumentId, Right, Role};

/// Whether a page may be exported. Only a member of its workspace may do so: a link to a page admits only to reading it
/// in the app. An export counts as a read: that of a confidential page is recorded.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Gone`], [`Error::Forbidden`].
pub async fn page(app: &App, visitor: &Visitor, page: DocumentId) -> Result<DocumentRequest> {
    if let Visitor::Member(caller) = visitor {
        app.access(caller, page).await?.at_least(Right::View)?;
    }
    DocumentRequest::at(app, visitor.clone(), page, Right::View).await
}

/// Whether the whole workspace may be exported.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn workspace(caller: &Caller) -> Result<()> {
    if caller.role == Role::Admin { Ok(()) } else { Err(Error::Forbidden) }
}
