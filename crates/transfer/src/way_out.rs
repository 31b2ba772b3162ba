//! The one check that every way out passes: archives, prints, exports in the background, and the operator's command.
//! Whatever is to be kept from leaving is refused here.

use access::{App, Caller, DocumentRequest, Visitor};
use endpoint::{Error, Result};
use vocabulary::{DocumentId, Right, Role};

/// Whether a page may leave. It is read as by any other reader: the read of a confidential page is recorded.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Gone`], [`Error::Forbidden`].
pub async fn page(app: &App, visitor: &Visitor, page: DocumentId) -> Result<DocumentRequest> {
    DocumentRequest::at(app, visitor.clone(), page, Right::View).await
}

/// Whether the whole workspace may leave.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn workspace(caller: &Caller) -> Result<()> {
    if caller.role == Role::Admin { Ok(()) } else { Err(Error::Forbidden) }
}
