//! Copies all logs of one journal into another, row by row, with the newest snapshot and the kept bytes of each.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use anyhow::{Context, ensure};
use journal::{Append, Appended, Journal, JournalError, Keep, NewSnapshot, Purge, Row, Trim, fold_sqlite};
use parking_lot::Mutex;
use vocabulary::DocumentId;

/// Documents copied at a time, so that writes of several share a commit.
const AT_ONCE: usize = 8;

/// Copies all documents. Nodes may continue to write to the source: each document is copied in its state at that
/// moment, and one that is purged meanwhile is left out. Rows of a document that the target already has must be the
/// same.
///
/// # Errors
/// When either journal does not answer, a log is damaged, or the target has other rows of a document.
pub fn copy(source: &Journal, target: &Journal) -> anyhow::Result<()> {
    let documents = source.documents()?;
    let next = AtomicUsize::new(0);
    // The mutex is held only to store one error.
    let failure = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(documents.len()) {
            scope.spawn(|| {
                while let Some(document) = documents.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let copied = match copy_document(source, target, *document) {
                        Err(error) if is_purged(&error) => Ok(()),
                        copied => copied,
                    };
                    if let Err(error) = copied.with_context(|| format!("document {document}")) {
                        next.store(documents.len(), Ordering::Relaxed);
                        failure.lock().get_or_insert(error);
                        return;
                    }
                }
            });
        }
    });
    failure.into_inner().map_or(Ok(()), Err)
}

fn is_purged(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<JournalError>(), Some(JournalError::Purged(_)))
}

/// Purges documents in a copy that the source has purged.
///
/// # Errors
/// When the journal does not answer.
pub fn purge(target: &Journal, documents: &[DocumentId]) -> anyhow::Result<()> {
    for document in documents {
        let (done, emptied) = mpsc::channel();
        let done = Box::new(move || done.send(()).expect("the next line waits for it"));
        target.purge(Purge { document: *document, done });
        emptied.recv()?;
    }
    Ok(())
}

fn copy_document(source: &Journal, target: &Journal, document: DocumentId) -> anyhow::Result<()> {
    // The log is copied from its first row, or if that was trimmed, from the snapshot that replaced it. If the log was
    // itself copied from a backup, it may consist of a snapshot only.
    let snapshot = match copy_rows(source, target, document, 0) {
        Ok(0) => source.snapshot(document)?,
        Ok(_) => None,
        Err(failure) => match failure.downcast_ref::<JournalError>() {
            Some(JournalError::Trimmed { seq: 1, .. }) => source.snapshot(document)?,
            _ => return Err(failure),
        },
    };
    if let Some(snapshot) = &snapshot {
        copy_rows(source, target, document, snapshot.seq)?;
    }
    if let Some(snapshot) = snapshot {
        let (done, saved) = mpsc::channel();
        let done = Box::new(move || done.send(()).expect("the next line waits for it"));
        target.save_snapshot(NewSnapshot { document, snapshot, trim: Trim::Nothing, done });
        saved.recv()?;
    }
    for id in source.kept_ids(document)? {
        // Retention may have removed the bytes meanwhile.
        let Some(bytes) = source.kept(document, id)? else { continue };
        let (done, kept) = mpsc::channel();
        let done = Box::new(move || done.send(()).expect("the next line waits for it"));
        target.keep(Keep { document, id, bytes: Some(bytes), done });
        kept.recv()?;
    }
    Ok(())
}

/// Returns the number of rows.
fn copy_rows(source: &Journal, target: &Journal, document: DocumentId, after: u64) -> anyhow::Result<usize> {
    let (mut copied, mut failure) = (0, None);
    source.for_each_after(document, after, |row| {
        failure = append(target, row).err();
        copied += 1;
        if failure.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    failure.map_or(Ok(copied), Err)
}

fn append(target: &Journal, row: Row) -> anyhow::Result<()> {
    let (done, outcome) = mpsc::channel();
    let done = Box::new(move |appended| done.send(appended).expect("the next line waits for it"));
    target.append(Append { row, done });
    ensure!(outcome.recv()? == Appended::Durable, "the target has other rows of it already");
    Ok(())
}

/// Writes the write-ahead log of a closed journal into its file, so that the copy is a single file.
///
/// # Errors
/// When the file cannot be written.
pub fn fold(file: &Path) -> anyhow::Result<()> {
    Ok(fold_sqlite(file)?)
}

#[cfg(test)]
mod tests {
    use journal::{JournalOptions, Snapshot};
    use uuid::Uuid;

    use super::*;

    /// [SAVE-24] G1: A trimmed log of which only a snapshot is left is copied, and so is its copy.
    #[test]
    fn a_log_that_is_only_a_snapshot_is_copied_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let open = |name: &str| {
            let url = format!("sqlite:{}", folder.path().join(name).display());
            Journal::open(&url, &JournalOptions::default()).expect("a journal")
        };
        let (first, document) = (open("first"), DocumentId::new());
        for seq in 1..=4 {
            append(&first, Row { document, seq, op: Uuid::now_v7(), at: 0, entries: Vec::new() }).expect("appended");
        }
        for seq in [2, 4] {
            let snapshot = Snapshot {
                seq,
                fingerprint: [7; 32],
                state: b"state".as_slice().into(),
                owners: b"".as_slice().into(),
            };
            let (done, saved) = mpsc::channel();
            let done = Box::new(move || done.send(()).expect("heard"));
            first.save_snapshot(NewSnapshot { document, snapshot, trim: Trim::BelowSnapshots, done });
            saved.recv().expect("saved");
        }
        let (second, third) = (open("second"), open("third"));
        copy(&first, &second).expect("copied");
        copy(&second, &third).expect("copied again");
        for journal in [&first, &second, &third] {
            assert_eq!(journal.documents().expect("readable"), [document]);
            assert_eq!(journal.snapshot(document).expect("readable").map(|snapshot| snapshot.seq), Some(4));
        }
        // Copying the same rows again changes nothing.
        copy(&first, &third).expect("it has the same");
        [first, second, third].iter().for_each(Journal::close);
    }
}
