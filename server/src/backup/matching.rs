//! Whether rows and journal belong together. A journal that lacks an edit which the rows know of is another one, such
//! as that of a mistyped URL.

use database::Db;
use journal::{Journal, JournalError};
use std::collections::HashSet;
use vocabulary::DocumentId;

use anyhow::bail;

/// Checks that the journal has what the rows know of. A document whose log was purged does not count as missing.
///
/// # Errors
/// When a store does not answer, or the journal lacks an edit that the rows know of.
pub async fn check(rows: &Db, journal: &Journal) -> anyhow::Result<()> {
    let edited = edited(rows).await?;
    let journal = journal.clone();
    tokio::task::spawn_blocking(move || compare(&edited, &journal)).await?
}

/// The reason why the journal does not belong to the rows at all, if so: it has none of the newest documents, as
/// happens with a folder that was not mounted. Checked before anybody sees these documents empty and writes to them.
///
/// # Errors
/// When a store does not answer.
pub async fn is_foreign(rows: &Db, journal: &Journal) -> anyhow::Result<Option<String>> {
    let newest: Vec<(DocumentId,)> = rows
        .query(
            "select document_id from document_edit join document using (document_id)
              where seq > 0 and purging_at is null and purged_at is null order by document_id desc limit $1",
        )
        .bind(LOOKED_AT)
        .all()
        .await?;
    let (journal, looked_at) = (journal.clone(), newest.len());
    let known = move || {
        let before: Vec<(DocumentId, u64)> = newest.iter().map(|(id,)| (*id, 0)).collect();
        if !journal.heads(&before)?.is_empty() {
            return Ok(true);
        }
        for (id,) in newest {
            match journal.snapshot(id) {
                Ok(None) => {}
                // A trimmed log is its snapshot, and a purged one leaves a mark.
                Ok(Some(_)) | Err(JournalError::Purged(_)) => return Ok(true),
                Err(failure) => return Err(failure),
            }
        }
        Ok(looked_at == 0)
    };
    let is_known = tokio::task::spawn_blocking(known).await??;
    Ok((!is_known).then(|| lacks(looked_at)))
}

/// Documents that are looked for at start.
const LOOKED_AT: i64 = 100;

/// Documents that the rows name, whose logs the source has purged, also since the rows were copied. They are looked for
/// among those that were not copied.
///
/// # Errors
/// When a store does not answer.
pub async fn purged(rows: &Db, source: &Journal, copied: &Journal) -> anyhow::Result<Vec<DocumentId>> {
    let edited = edited(rows).await?;
    let (source, copied) = (source.clone(), copied.clone());
    let find = move || {
        let copied: HashSet<DocumentId> = copied.documents()?.into_iter().collect();
        let mut purged = Vec::new();
        for (id, _) in edited.iter().filter(|(id, _)| !copied.contains(id)) {
            match source.snapshot(*id) {
                Err(JournalError::Purged(_)) => purged.push(*id),
                found => drop(found?),
            }
        }
        Ok(purged)
    };
    tokio::task::spawn_blocking(find).await?
}

/// The documents that were edited and not purged, and the last row of each that is known.
async fn edited(rows: &Db) -> anyhow::Result<Vec<(DocumentId, i64)>> {
    Ok(match rows.schema().await? {
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
    })
}

fn compare(edited: &[(DocumentId, i64)], journal: &Journal) -> anyhow::Result<()> {
    let before: Vec<(DocumentId, u64)> =
        edited.iter().map(|(id, seq)| (*id, (*seq as u64).saturating_sub(1))).collect();
    let found: HashSet<DocumentId> = journal.heads(&before)?.into_iter().map(|(id, _)| id).collect();
    let mut lacking = 0;
    for (id, seq) in edited.iter().filter(|(id, _)| !found.contains(id)) {
        match journal.snapshot(*id) {
            Err(JournalError::Purged(_)) => {}
            // A log that was trimmed and restored may begin with its snapshot.
            Ok(Some(snapshot)) if snapshot.seq >= *seq as u64 => {}
            Ok(_) => lacking += 1,
            Err(failure) => return Err(failure.into()),
        }
    }
    if lacking > 0 {
        bail!(lacks(lacking));
    }
    Ok(())
}

fn lacks(documents: usize) -> String {
    format!(
        "the journal lacks edits of {documents} documents that the database knows of: do database_url and journal_url name \
         stores of the same instance?"
    )
}
