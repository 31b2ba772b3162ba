//! Reads of confidential and restricted documents are recorded in the audit log before anything is shown.

use database::{Act, Actor, Db};
use vocabulary::{DocumentId, Sensitivity, Stored};

/// Whether reads of a document are recorded. A sensitivity of a newer version counts as confidential.
pub fn is_confidential(sensitivity: &Stored<Sensitivity>) -> bool {
    !matches!(sensitivity.known(), Some(Sensitivity::Public | Sensitivity::Internal))
}

/// Records a read, whatever the sensitivity.
///
/// # Errors
/// When the database does not answer. In that case the document MUST NOT be shown.
pub async fn record_read(
    db: &Db,
    by: &Actor,
    document: DocumentId,
    sensitivity: &Stored<Sensitivity>,
) -> sqlx::Result<()> {
    let read = Act::document("document.read", document);
    db.record(by, Act { sensitivity: Some(sensitivity.to_string()), ..read }).await
}
