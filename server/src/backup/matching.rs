//! Whether rows and journal belong together. A journal that lacks an edit which the rows know of is another one, such
//! as that of a mistyped URL.

use database::Db;
use journal::{Journal, JournalError};
use std::collections::HashSet;
use vocabulary::DocumentId;

use anyhow::bail;

/// Documents that the rows name and whose logs the journal has purged.
///
/// # Errors
/// When a store does not answer, or the journal lacks an edit that the rows know of.
pub async fn missing(rows: &Db, journal: &Journal) -> anyhow::Result<Vec<DocumentId>> {
    let edited: Vec<(DocumentId, i64)> = match rows.schema().await? {
        // The table is younger.
        database::Schema::Older => Vec::new(),
        _ => {
            rows.query(
                "select document_id, seq from document_edit join document using (document_id)
                  where seq > 0 and purging_at is null and purged_at is null order by document_id",
            )
            .all()
            .await?
        }
    };
    let journal = journal.clone();
    tokio::task::spawn_blocking(move || compare(&edited, &journal)).await?
}

fn compare(edited: &[(DocumentId, i64)], journal: &Journal) -> anyhow::Result<Vec<DocumentId>> {
    let before: Vec<(DocumentId, u64)> =
        edited.iter().map(|(id, seq)| (*id, (*seq as u64).saturating_sub(1))).collect();
    let found: HashSet<DocumentId> = journal.heads(&before)?.into_iter().map(|(id, _)| id).collect();
    let (mut purged, mut lacking) = (Vec::new(), 0);
    for (id, seq) in edited.iter().filter(|(id, _)| !found.contains(id)) {
        match journal.snapshot(*id) {
            Err(JournalError::Purged(_)) => purged.push(*id),
            // A log that was trimmed and restored may begin with its snapshot.
            Ok(Some(snapshot)) if snapshot.seq >= *seq as u64 => {}
            Ok(_) => lacking += 1,
            Err(failure) => return Err(failure.into()),
        }
    }
    if lacking > 0 {
        bail!(
            "the journal lacks edits of {lacking} documents that the database knows of: do database_url and journal_url \
             name stores of the same instance?"
        );
    }
    Ok(purged)
}
