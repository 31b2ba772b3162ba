//! Copies all logs of one journal into another, row by row, with the newest snapshot and the kept bytes of each.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::mpsc;

use anyhow::{Context, ensure};
use journal::{Append, Appended, Journal, JournalError, Keep, NewSnapshot, Row, Trim, fold_sqlite};
use vocabulary::DocumentId;

/// Copies all documents. Nodes may continue to write to the source: each document is copied in its state at that
/// moment.
///
/// # Errors
/// When either journal does not answer, a log is damaged, or the target has rows already.
pub fn copy(source: &Journal, target: &Journal) -> anyhow::Result<()> {
    for document in source.documents()? {
        copy_document(source, target, document).with_context(|| format!("document {document}"))?;
    }
    Ok(())
}

fn copy_document(source: &Journal, target: &Journal, document: DocumentId) -> anyhow::Result<()> {
    // From the first row, or if it was trimmed, from the snapshot that replaced it.
    let snapshot = match copy_rows(source, target, document, 0) {
        Ok(()) => None,
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
        // It may have been removed by retention meanwhile.
        let Some(bytes) = source.kept(document, id)? else { continue };
        let (done, kept) = mpsc::channel();
        let done = Box::new(move || done.send(()).expect("the next line waits for it"));
        target.keep(Keep { document, id, bytes: Some(bytes), done });
        kept.recv()?;
    }
    Ok(())
}

fn copy_rows(source: &Journal, target: &Journal, document: DocumentId, after: u64) -> anyhow::Result<()> {
    let mut failure = None;
    source.for_each_after(document, after, |row| {
        failure = append(target, row).err();
        if failure.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    failure.map_or(Ok(()), Err)
}

fn append(target: &Journal, row: Row) -> anyhow::Result<()> {
    let (done, outcome) = mpsc::channel();
    let done = Box::new(move |appended| done.send(appended).expect("the next line waits for it"));
    target.append(Append { row, done });
    ensure!(outcome.recv()? == Appended::Durable, "the target has rows of it already");
    Ok(())
}

/// Writes everything into a single file.
///
/// # Errors
/// When the file cannot be written.
pub fn fold(file: &Path) -> anyhow::Result<()> {
    Ok(fold_sqlite(file)?)
}
