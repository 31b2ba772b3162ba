//! The one check that every way out passes: archives, prints, exports in the background, and the operator's command.
//! Whatever is to be kept from leaving is refused here.

use access::{App, Caller, DocumentRequest, Visitor};
use endpoint::{Error, Result};
use vocabulary::{DocumentId, Right, Role};

/// Whether a page may leave, with a member of its workspace: a link to it admits to reading on the page. It is read as by
/// any other reader: the read of a confidential page is recorded.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Gone`], [`Error::Forbidden`].
pub async fn page(app: &App, visitor: &Visitor, page: DocumentId) -> Result<DocumentRequest> {
    if let Visitor::Member(caller) = visitor {
        app.access(caller, page).await?.at_least(Right::View)?;
    }
    DocumentRequest::at(app, visitor.clone(), page, Right::View).await
}

/// Whether the whole workspace may leave.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn workspace(caller: &Caller) -> Result<()> {
    if caller.role == Role::Admin { Ok(()) } else { Err(Error::Forbidden) }
}
