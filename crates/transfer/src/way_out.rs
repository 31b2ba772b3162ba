//! The one check of every export: archives, prints, exports in the background, and the operator's command. Anything
//! that must not be exported is refused here.

use access::{App, Caller, DocumentRequest, Visitor};
use endpoint::{Error, Result};
use vocabulary::{DocumentId, Right, Role};

/// Checks that a page may be exported. Only members of its workspace may export it, because a link only allows reading
/// it in the app. An export counts as a read, so the export of a confidential page is recorded.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Gone`], [`Error::Forbidden`].
pub async fn page(app: &App, visitor: &Visitor, page: DocumentId) -> Result<DocumentRequest> {
    if let Visitor::Member(caller) = visitor {
        app.access(caller, page).await?.at_least(Right::View)?;
    }
    DocumentRequest::at(app, visitor.clone(), page, Right::View).await
}

/// Checks that the whole workspace may be exported.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn workspace(caller: &Caller) -> Result<()> {
    if caller.role == Role::Admin { Ok(()) } else { Err(Error::Forbidden) }
}
