//! Checks that rows and journal belong together. A journal that lacks an edit which the rows name belongs to another
//! instance, for example because its URL was mistyped.

use database::Db;
use journal::{Journal, JournalError};
use std::collections::HashSet;
use vocabulary::DocumentId;

use anyhow::bail;

/// Checks that the journal has every edit that the rows name. A document whose log was purged does not count as
/// missing.
///
/// # Errors
/// When a store does not answer, or the journal lacks an edit that the rows name.
pub async fn check(rows: &Db, journal: &Journal) -> anyhow::Result<()> {
    let edited = edited(rows).await?;
    let journal = journal.clone();
    tokio::task::spawn_blocking(move || compare(&edited, &journal)).await?
}

/// Returns an error message if the journal has none of the newest documents that the rows name, for example because a
/// folder was not mounted. This is checked before anybody sees these documents empty and writes to them.
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
                // A trimmed log may consist of a snapshot only, and a purged log leaves a mark.
                Ok(Some(_)) | Err(JournalError::Purged(_)) => return Ok(true),
                Err(failure) => return Err(failure),
            }
        }
        Ok(looked_at == 0)
    };
    let is_known = tokio::task::spawn_blocking(known).await??;
    Ok((!is_known).then(|| lacks(looked_at)))
}

/// How many of the newest documents are looked for at a start.
const LOOKED_AT: i64 = 100;

/// The documents that the rows name and whose logs the source has purged, even after the rows were copied. Only
/// documents that were not copied are looked up.
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

/// The documents that were edited and not purged, each with the sequence number of the last edit that the rows name.
async fn edited(rows: &Db) -> anyhow::Result<Vec<(DocumentId, i64)>> {
    Ok(match rows.schema().await? {
        // An older schema may lack this table.
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
            // A log that was trimmed and then restored may consist of a snapshot only.
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
