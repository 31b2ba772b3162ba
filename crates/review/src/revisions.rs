//! Revisions: kept states of a document. The bytes go to the journal before the row is written, so every revision with
//! a row can be read.

pub mod automatic;
pub mod changes;
pub mod restores;
pub mod retention;
pub mod routes;
pub mod rows;

use crate::revisions::rows as revisions;
use crate::{
    revisions::rows::NewRevision, revisions::rows::Restored, revisions::rows::Revision, revisions::rows::Settles,
};
use database::Actor;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::ops::ControlFlow;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use document::Ledger;
use document::prose::{Draft, Prose};
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use journal::{Journal, Keep};
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;
use tracing::warn;
use uuid::Uuid;
use vocabulary::{DocumentId, RevisionId, RevisionKind};

use access::{App, LiveDocument};
use endpoint::{Error, Result};

/// Most revisions of a document. A year of daily work produces fewer.
const MOST: i64 = 10_000;
/// Most bytes of the states of a document's revisions, before compression: 700 revisions of the largest document, or
/// all 10,000 of a document of 800 KiB.
const MOST_BYTES: i64 = 8 << 30;

/// A state that will be kept.
pub struct State {
    pub seq: u64,
    pub bytes: Bytes,
    pub prose: Prose,
}

impl State {
    /// Reads the current durable state.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when an append takes too long.
    pub async fn now(text: &LiveDocument) -> Result<State> {
        text.read(|document, seq| State { seq, bytes: document.state(), prose: document.prose() }).await
    }
}

/// The reason for a revision.
pub struct Reason {
    pub kind: RevisionKind,
    pub name: Option<String>,
    pub restored: Option<Restored>,
    /// The edit that produced the revision.
    pub settles: Option<Settles>,
}

impl Reason {
    pub fn of(kind: RevisionKind) -> Reason {
        Reason { kind, name: None, restored: None, settles: None }
    }
}

/// Keeps a state as a revision. `None` when another node kept the same state, or has settled the edit.
///
/// # Errors
/// When a store does not answer.
pub async fn keep_revision(
    app: &App,
    by: &Actor,
    document: DocumentId,
    state: State,
    reason: Reason,
) -> Result<Option<Revision>> {
    let previous = revisions::list(&app.db, by.workspace, document, None, None, 1).await?.pop();
    let (count, bytes) = revisions::count(&app.db, document).await?;
    // A revision that settles an edit is kept even beyond the limit: the edit is already in the text, and its claim
    // must end.
    let is_full = count >= MOST || bytes + state.bytes.len() as i64 > MOST_BYTES;
    if is_full && reason.settles.is_none() {
        return Err(Error::Conflict("a document can have at most 10,000 revisions and 8 GiB of them: remove some"));
    }
    let previous_kept = previous.as_ref().map(|previous| kept(app, document, previous));
    let suggesters = crate::suggestions::rows::suggesters(&app.db, document).await?;
    let rows = (previous.as_ref().map_or(0, |one| one.seq as u64), state.seq);
    let authors = authors_since(app, by, document, rows, suggesters).await;
    let revision_id = RevisionId::new();
    let (sha256, state_bytes) = (Sha256::digest(&state.bytes).into(), state.bytes.len());
    let State { seq, bytes, prose } = state;
    let building = previous_kept.as_ref().map_or(0, Kept::encoded_bytes);
    let worked_out = app.work_out(by, building, move || {
        let before = previous_kept.as_ref().map(Kept::find).transpose()?.flatten();
        let before = before.as_ref().map(prose_of).transpose()?.unwrap_or_default();
        let comparison = before.compare(&prose);
        let sections = comparison.sections();
        Ok((comparison, sections, pack(&bytes)?))
    });
    let (comparison, sections, packed) = worked_out.await?;
    keep_bytes(app, document, revision_id.0, Some(packed)).await?;
    let new = NewRevision {
        revision_id,
        document,
        seq,
        sha256,
        state_bytes,
        kind: reason.kind,
        name: reason.name,
        words_added: comparison.words_added,
        words_removed: comparison.words_removed,
        sections,
        restored: reason.restored,
        settles: reason.settles,
        authors,
    };
    if !revisions::add(&app.db, by, new).await? {
        keep_bytes(app, document, revision_id.0, None).await?;
        return Ok(None);
    }
    Ok(revisions::list(&app.db, by.workspace, document, Some(revision_id), None, 1).await?.pop())
}

/// Returns a handle to a revision's state, to be read where documents are built: [`App::work_out`].
pub fn kept(app: &App, document: DocumentId, revision: &Revision) -> Kept {
    Kept::of(app.hub.journal().clone(), document, revision)
}

/// Keeps bytes beside the log; `None` deletes them.
///
/// # Errors
/// When the journal is closed before the bytes are on disk.
pub async fn keep_bytes(app: &App, document: DocumentId, id: Uuid, bytes: Option<Bytes>) -> Result<()> {
    let (done, kept) = oneshot::channel();
    let done = Box::new(move || {
        // The caller may have stopped waiting.
        let _ = done.send(());
    });
    app.hub.journal().keep(Keep { document, id, bytes, done });
    kept.await.map_err(|_| Error::Unavailable("the server is stopping"))
}

/// # Errors
/// When the journal does not answer, or the kept bytes are damaged.
pub async fn kept_bytes(app: &App, document: DocumentId, id: Uuid) -> Result<Option<Bytes>> {
    let journal = app.hub.journal().clone();
    let read = tokio::task::spawn_blocking(move || journal.kept(document, id)).await;
    let read = read.map_err(|panic| Error::Internal(panic.to_string()))?;
    read.map_err(|error| Error::Internal(error.to_string()))
}

/// Returns the time at which a row of the log was written.
async fn last_write(app: &App, document: DocumentId, seq: u64) -> Result<DateTime<Utc>> {
    let journal = app.hub.journal().clone();
    let read = tokio::task::spawn_blocking(move || {
        let mut at = None;
        let read = journal.for_each_after(document, seq.saturating_sub(1), |row| {
            at = DateTime::from_timestamp_millis(row.at);
            ControlFlow::Continue(())
        });
        read.map(|()| at)
    });
    let at = read.await.map_err(|panic| Error::Internal(panic.to_string()))?;
    let at = at.map_err(|error| Error::Internal(error.to_string()))?;
    Ok(at.unwrap_or(DateTime::UNIX_EPOCH))
}

/// Returns the accounts and guests whose edits lie between two rows, and the suggesters whose accepted suggestions do.
/// `suggesters` have the client ids of their accepted suggestions. Trimmed rows no longer have an author.
pub async fn authors_since(
    app: &App,
    by: &Actor,
    document: DocumentId,
    (seq, until): (u64, u64),
    suggesters: Vec<(i64, Uuid)>,
) -> Vec<Uuid> {
    let journal = app.hub.journal().clone();
    let read = app.work_out(by, 0, move || {
        let (mut authors, mut ledger) = (BTreeSet::new(), Ledger::default());
        let read = journal.for_each_after(document, seq, |row| {
            if row.seq > until {
                return ControlFlow::Break(());
            }
            authors.extend(row.entries.iter().filter_map(|entry| entry.user.parse::<Uuid>().ok()));
            for entry in row.entries.iter().filter(|_| !suggesters.is_empty()) {
                if let Err(refusal) = ledger.note(&entry.bytes, &entry.user, row.at) {
                    warn!(%document, seq = row.seq, %refusal, "a row cannot be read: who suggested it is unknown");
                }
            }
            ControlFlow::Continue(())
        });
        read.map_err(|error| Error::Internal(error.to_string()))?;
        authors.extend(suggesters.iter().filter(|(client, _)| ledger.knows(*client as u64)).map(|(_, by)| *by));
        Ok(authors)
    });
    read.await.unwrap_or_default().into_iter().collect()
}

/// The state of a revision, which is kept beside the log.
pub struct Kept {
    journal: Journal,
    document: DocumentId,
    revision: RevisionId,
    state_bytes: u64,
    sha256: Vec<u8>,
}

impl Kept {
    /// A handle to a revision's state in a journal.
    pub fn of(journal: Journal, document: DocumentId, revision: &Revision) -> Kept {
        Kept {
            journal,
            document,
            revision: revision.revision_id,
            state_bytes: revision.state_bytes as u64,
            sha256: revision.sha256.clone(),
        }
    }

    /// The size that counts when work on a document built from the state is admitted.
    pub fn encoded_bytes(&self) -> usize {
        self.state_bytes as usize
    }

    /// Returns the state, checked against its hash; `None` when retention has removed it meanwhile. Blocks.
    ///
    /// # Errors
    /// When the journal does not answer, or the kept bytes are damaged.
    pub fn find(&self) -> Result<Option<Bytes>> {
        let Some(state) = self.unpacked()? else { return Ok(None) };
        if Sha256::digest(&state)[..] != self.sha256 {
            return Err(Error::Internal(format!("revision {} does not have its hash", self.revision)));
        }
        Ok(Some(state))
    }

    /// Returns the hash that the stored bytes have, whatever the row says; `None` when there are none. Blocks.
    ///
    /// # Errors
    /// When the journal does not answer, or the bytes cannot be unpacked.
    pub fn find_hash(&self) -> Result<Option<[u8; 32]>> {
        Ok(self.unpacked()?.map(|state| Sha256::digest(&state).into()))
    }

    fn unpacked(&self) -> Result<Option<Bytes>> {
        let packed = self.journal.kept(self.document, self.revision.0);
        let Some(packed) = packed.map_err(|error| Error::Internal(error.to_string()))? else { return Ok(None) };
        unpack(&packed, self.state_bytes).map(Some)
    }

    /// Returns the state, which must exist. Blocks.
    ///
    /// # Errors
    /// Those of [`Kept::find`], and [`Error::NotFound`].
    pub fn state(&self) -> Result<Bytes> {
        self.find()?.ok_or(Error::NotFound("revision"))
    }

    /// Returns the text of the state. Blocks, and builds a document.
    ///
    /// # Errors
    /// Those of [`Kept::state`].
    pub fn prose(&self) -> Result<Prose> {
        prose_of(&self.state()?)
    }
}

/// Returns the text of a state. Blocks, and builds a document.
///
/// # Errors
/// When the bytes are not a valid state.
pub fn prose_of(state: &Bytes) -> Result<Prose> {
    Draft::new(state).map(|draft| draft.prose()).map_err(|error| Error::Internal(error.to_string()))
}

pub(crate) fn pack(state: &[u8]) -> Result<Bytes> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    let packed = packed.write_all(state).and_then(|()| packed.finish());
    packed.map(Bytes::from).map_err(|error| Error::Internal(error.to_string()))
}

/// Never unpacks more than the stated size, because the stored bytes may have been tampered with.
fn unpack(packed: &[u8], bytes: u64) -> Result<Bytes> {
    let mut state = Vec::new();
    let read = ZlibDecoder::new(packed).take(bytes + 1).read_to_end(&mut state);
    match read {
        Ok(read) if read as u64 == bytes => Ok(state.into()),
        Ok(_) => Err(Error::Internal("a kept state has the wrong length".to_owned())),
        Err(error) => Err(Error::Internal(error.to_string())),
    }
}

/// Removes a revision. The row goes first, so that no row refers to missing bytes. `false` when there is no such
/// revision.
///
/// # Errors
/// When a store does not answer.
pub async fn forget(app: &App, by: &Actor, document: DocumentId, revision: RevisionId) -> Result<bool> {
    let found = revisions::list(&app.db, by.workspace, document, Some(revision), None, 1).await?.pop();
    let removed = revisions::remove(&app.db, by, document, revision).await?;
    if removed {
        let edit = found.and_then(|found| found.edit_id);
        for id in [Some(revision.0), edit].into_iter().flatten() {
            keep_bytes(app, document, id, None).await?;
        }
    }
    Ok(removed)
}
