//! Revisions: kept states of a document. The bytes go to the journal before the row is written, so every revision with
//! a row can be read.

pub mod restores;
pub mod routes;
pub mod rows;

use crate::revisions::rows as revisions;
use crate::{
    revisions::rows::NewRevision, revisions::rows::OldRevision, revisions::rows::Restored, revisions::rows::Revision,
    revisions::rows::Settles,
};
use database::Actor;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::io::{Read, Write};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::{DateTime, Days, TimeDelta, Utc};
use document::prose::{Draft, Prose};
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use journal::{Journal, Keep};
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;
use tracing::{info, warn};
use uuid::Uuid;
use vocabulary::{DocumentId, RevisionId, RevisionKind};

use access::queued_work::{Failure, Work, job};
use access::{App, LiveDocument};
use endpoint::{Error, Result};
use serde::{Deserialize, Serialize};

/// How often the server checks which documents are being edited.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often old revisions are removed; retention is counted in days.
const RETAIN_EVERY: TimeDelta = TimeDelta::hours(1);
const RETAIN_AT_ONCE: i64 = 500;
/// Most revisions of a document. A year of daily work produces fewer.
const MOST: i64 = 10_000;
/// The size of their states before compression: 700 of the largest document, or all 10,000 of a document of 800 KiB.
const MOST_BYTES: i64 = 8 << 30;

/// The job that keeps a revision of an edited document once nobody is editing it.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "work", rename = "keep")]
pub struct KeepRevision {
    document: DocumentId,
}

/// The recurring job that removes revisions that are too old.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "work", rename = "retain")]
pub struct RemoveOldRevisions {}

impl Work for KeepRevision {
    const KIND: &'static str = "keep-revision";

    fn once(&self) -> Option<String> {
        Some(self.document.to_string())
    }

    async fn perform(self, app: App) -> std::result::Result<Option<DateTime<Utc>>, Failure> {
        Ok(keep_if_quiet(&app, self.document).await?)
    }
}

impl Work for RemoveOldRevisions {
    const KIND: &'static str = "let-revisions-go";

    fn once(&self) -> Option<String> {
        Some(String::new())
    }

    async fn perform(self, app: App) -> std::result::Result<Option<DateTime<Utc>>, Failure> {
        Ok(let_go(&app).await?)
    }
}

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
    let authors = authors_since(app, document, previous.as_ref().map_or(0, |one| one.seq as u64), state.seq).await;
    let revision_id = RevisionId::new();
    let (sha256, state_bytes) = (Sha256::digest(&state.bytes).into(), state.bytes.len());
    let State { seq, bytes, prose } = state;
    let building = previous_kept.as_ref().map_or(0, Kept::encoded_bytes);
    let worked_out = app.work_out(building, move || {
        let before = previous_kept.as_ref().map(Kept::find).transpose()?.flatten();
        let before = before.as_ref().map(prose_of).transpose()?.unwrap_or_default();
        Ok((before.compare(&prose), pack(&bytes)?))
    });
    let (comparison, packed) = worked_out.await?;
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
    Kept {
        journal: app.hub.journal().clone(),
        document,
        revision: revision.revision_id,
        state_bytes: revision.state_bytes as u64,
        sha256: revision.sha256.clone(),
    }
}

/// Keeps bytes beside the log; `None` deletes them.
///
/// # Errors
/// When the journal is closed before the bytes are on disk.
pub async fn keep_bytes(app: &App, document: DocumentId, id: Uuid, bytes: Option<Bytes>) -> Result<()> {
    let (done, kept) = oneshot::channel();
    let done = Box::new(move || {
        // The caller may have gone.
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

/// Returns the accounts and guests whose edits lie between two rows. Trimmed rows no longer have an author.
pub async fn authors_since(app: &App, document: DocumentId, seq: u64, until: u64) -> Vec<Uuid> {
    let journal = app.hub.journal().clone();
    let read = app.work_out(0, move || {
        let mut authors = BTreeSet::new();
        let read = journal.for_each_after(document, seq, |row| {
            if row.seq > until {
                return ControlFlow::Break(());
            }
            authors.extend(row.entries.iter().filter_map(|entry| entry.user.parse::<Uuid>().ok()));
            ControlFlow::Continue(())
        });
        read.map_err(|error| Error::Internal(error.to_string()))?;
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
    /// The size that counts at the gate when a document is built from the state.
    pub fn encoded_bytes(&self) -> usize {
        self.state_bytes as usize
    }

    /// Returns the state, checked against its hash; `None` when retention has removed it meanwhile. Blocks.
    ///
    /// # Errors
    /// When the journal does not answer, or the kept bytes are damaged.
    pub fn find(&self) -> Result<Option<Bytes>> {
        let packed = self.journal.kept(self.document, self.revision.0);
        let Some(packed) = packed.map_err(|error| Error::Internal(error.to_string()))? else { return Ok(None) };
        let state = unpack(&packed, self.state_bytes)?;
        if Sha256::digest(&state)[..] != self.sha256 {
            return Err(Error::Internal(format!("revision {} does not have its hash", self.revision)));
        }
        Ok(Some(state))
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

fn pack(state: &[u8]) -> Result<Bytes> {
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

/// Queues a revision of each edited document, to be kept after a pause in typing, until the server stops. Because the
/// queue is durable, the revision is kept even if this node fails.
pub async fn follow(app: App) {
    if app.config.revision_days > 0
        && let Err(error) = app.later(&RemoveOldRevisions {}).await
    {
        warn!(%error, "old revisions stay");
    }
    let quiet = Duration::from_secs(app.config.revision_quiet_seconds);
    let mut seen: HashMap<DocumentId, Seen> = HashMap::new();
    while !quiet.is_zero() && !app.is_stopping() {
        app.rest(LOOK_EVERY.min(quiet)).await;
        if let Err(error) = ask(&app, quiet, &mut seen).await {
            warn!(%error, "cannot queue revisions yet");
        }
        seen.retain(|document, _| app.hub.peek(*document).is_some());
    }
}

/// Queues the missing revisions in one transaction, because a busy node has hundreds of documents.
async fn ask(app: &App, quiet: Duration, seen: &mut HashMap<DocumentId, Seen>) -> Result<()> {
    let (mut changed, mut work) = (Vec::new(), Vec::new());
    let rooms = app.hub.rooms();
    let new: Vec<_> = rooms.iter().map(|room| room.id).filter(|id| !seen.contains_key(id)).collect();
    let of_people = if new.is_empty() { Vec::new() } else { revisions::of_people(&app.db, &new).await? };
    let of_people: HashSet<DocumentId> = of_people.into_iter().collect();
    for room in rooms {
        let figures = room.figures();
        let known = seen.entry(room.id).or_insert_with(|| Seen {
            // Edits made before the first check are not in a snapshot yet.
            seq: if figures.tail_rows > 0 { 0 } else { figures.seq },
            asked: None,
            has_revisions: of_people.contains(&room.id),
        });
        if known.seq == figures.seq || !known.has_revisions {
            continue;
        }
        let asks = known.asked.is_none_or(|asked| asked.elapsed() >= quiet);
        if asks {
            work.push(job(&KeepRevision { document: room.id }, Utc::now() + quiet)?);
        }
        changed.push((room.id, figures.seq, asks));
    }
    if !work.is_empty() {
        app.db.enqueue(work).await?;
    }
    for (document, seq, asks) in changed {
        let Some(known) = seen.get_mut(&document) else { continue };
        known.seq = seq;
        known.asked = if asks { Some(Instant::now()) } else { known.asked };
    }
    Ok(())
}

/// The last seen version of a document, and the time at which a revision was queued.
struct Seen {
    seq: u64,
    asked: Option<Instant>,
    /// Headless documents have no revisions.
    has_revisions: bool,
}

/// Keeps a revision of a document that nobody has changed for a while. Otherwise returns the time to check again.
///
/// # Errors
/// When a store does not answer.
pub async fn keep_if_quiet(app: &App, document: DocumentId) -> Result<Option<DateTime<Utc>>> {
    let Some(workspace) = revisions::workspace_of(&app.db, document).await? else { return Ok(None) };
    let text = LiveDocument::of_server(app, document, workspace).await?;
    let seq = text.seq().await?;
    let newest = revisions::list(&app.db, workspace, document, None, None, 1).await?.pop();
    if newest.is_some_and(|newest| newest.seq as u64 >= seq) {
        return Ok(None);
    }
    let over = last_write(app, document, seq).await? + TimeDelta::seconds(app.config.revision_quiet_seconds as i64);
    if over > Utc::now() {
        return Ok(Some(over));
    }
    let state = State::now(&text).await?;
    match keep_revision(app, &Actor::system(workspace), document, state, Reason::of(RevisionKind::Automatic)).await {
        // The limit is reached: trying again would not help.
        Err(Error::Conflict(reason)) => warn!(%document, reason, "no revision is kept"),
        kept => drop(kept?),
    }
    Ok(None)
}

/// Removes old revisions. Returns the time of the next run.
///
/// # Errors
/// When a store does not answer.
pub async fn let_go(app: &App) -> Result<Option<DateTime<Utc>>> {
    if app.config.revision_days == 0 {
        return Ok(None);
    }
    retain(app).await?;
    Ok(Some(Utc::now() + RETAIN_EVERY))
}

async fn retain(app: &App) -> Result<()> {
    let before = Utc::now() - Days::new(app.config.revision_days.into());
    let old = revisions::expired(&app.db, before, RETAIN_AT_ONCE).await?;
    let count = old.len();
    for OldRevision { revision_id, document_id, workspace_id } in old {
        forget(app, &Actor::system(workspace_id), document_id, revision_id).await?;
    }
    if count > 0 {
        info!(count, "removed old revisions");
    }
    Ok(())
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
