//! Keeps the index of this node: opens it or builds it, and follows the log of events. Nothing here is on the path of a
//! write. If the index is damaged, missing, or belongs to another database, a new one is built, and is searched
//! meanwhile.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use database::consumers::{LocalConsumer, Read, Registered};
use parking_lot::RwLock;
use tokio::sync::{Notify, Semaphore};
use tracing::{info, warn};
use uuid::Uuid;
use vocabulary::{DocumentId, WorkspaceId};

use access::App;

use crate::attached;
use crate::entries;
use crate::events::{Concern, concerns};
use crate::index::{self, Damage, OpenIndex, Progress};

/// The folder of indexes in the data folder.
const FOLDER: &str = "search";
/// The number of events that are read at once.
const EVENTS: usize = 200;
/// The number of documents that are read and committed at once.
const DOCUMENTS: usize = 500;
/// The bytes of text that are read and committed at once.
const TEXTS: i64 = 16 << 20;
/// The pause after a commit, so that a burst of edits takes few commits.
const REST: Duration = Duration::from_millis(300);
/// How often the index is checked when nothing happens.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// The pause before the database or the disk is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(3);
/// How often the cursor is renewed. A cursor that is not renewed for a week is removed.
const REGISTER_EVERY: Duration = Duration::from_secs(3600);
/// The maximum number of searches at the same time, so that other cores can serve sockets.
const AT_ONCE: usize = 4;

/// The search of this node. Clones share it.
#[derive(Clone)]
pub struct Search(Arc<Parts>);

struct Parts {
    folder: PathBuf,
    // The lock is held only to copy or replace the handle.
    current: RwLock<Option<Arc<OpenIndex>>>,
    is_damaged: AtomicBool,
    damaged: Notify,
    pub(crate) searches: Semaphore,
}

/// Why following the log ended.
#[derive(Debug, thiserror::Error)]
enum End {
    #[error(transparent)]
    Damaged(#[from] Damage),
    #[error("an operator asked for it")]
    Asked,
    #[error("the database cannot be read: {0}")]
    Database(#[from] sqlx::Error),
}

impl Search {
    /// The search of a node with this data folder. This reads nothing yet.
    pub fn new(data: &Path) -> Search {
        Search(Arc::new(Parts {
            folder: data.join(FOLDER),
            current: RwLock::default(),
            is_damaged: AtomicBool::new(false),
            damaged: Notify::new(),
            searches: Semaphore::new(AT_ONCE),
        }))
    }

    /// The index; `None` until one is opened or created.
    pub fn index(&self) -> Option<Arc<OpenIndex>> {
        self.0.current.read().clone()
    }

    /// Runs a search on a blocking thread. A failure of the index is reported, so that it is rebuilt.
    ///
    /// # Errors
    /// [`Damage`].
    pub async fn run<T: Send + 'static>(
        &self,
        index: Arc<OpenIndex>,
        search: impl FnOnce(&OpenIndex) -> Result<T, Damage> + Send + 'static,
    ) -> Result<T, Damage> {
        let _permit = self.0.searches.acquire().await.expect("it is never closed");
        let outcome = blocking(move || search(&index)).await;
        if let Err(damage) = &outcome {
            warn!(%damage, "the search index cannot be searched");
            self.0.is_damaged.store(true, Ordering::Relaxed);
            self.0.damaged.notify_one();
        }
        outcome
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Damage> + Send + 'static) -> Result<T, Damage> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(Damage::Panicked))
}

/// Keeps the index until the server stops.
pub async fn keep(app: App, search: Search) {
    let mut is_trusted = true;
    while !app.is_stopping() {
        let Err(end) = follow(&app, &search, is_trusted).await else { return };
        match &end {
            End::Database(error) => warn!(%error, "the search index cannot follow the database yet"),
            reason => warn!(%reason, "the search index is built anew"),
        }
        is_trusted = matches!(end, End::Database(_));
        if !matches!(end, End::Asked) {
            app.rest(TRY_AGAIN).await;
        }
    }
}

/// Opens the index, or creates an empty one, and follows the log.
async fn follow(app: &App, search: &Search, is_trusted: bool) -> Result<(), End> {
    let restored_at = app.restore_recovery.restored_at();
    let opened = match search.index().filter(|_| is_trusted) {
        Some(index) => Some(index),
        None if is_trusted => open(app, search, restored_at).await?,
        None => None,
    };
    let index = match opened {
        Some(index) => index,
        None => create(app, search, restored_at).await?,
    };
    search.0.is_damaged.store(false, Ordering::Relaxed);
    let consumer = consumer_of(index.id);
    consumer.register(&app.db).await?;
    let mut registered = tokio::time::Instant::now();
    let mut events = app.events_logged();
    while !app.is_stopping() {
        if search.0.is_damaged.load(Ordering::Relaxed) || !index.is_there() {
            return Err(Damage::Checksums.into());
        }
        events.mark_unchanged();
        if step(app, &index, &consumer).await? {
            app.rest(REST).await;
            continue;
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = events.changed() => {}
            () = search.0.damaged.notified() => {}
            () = app.until_stopping() => {}
        }
        if registered.elapsed() > REGISTER_EVERY {
            registered = tokio::time::Instant::now();
            consumer.register(&app.db).await?;
        }
    }
    Ok(())
}

fn consumer_of(index: Uuid) -> LocalConsumer {
    LocalConsumer::new(format!("search:{index}"))
}

/// Opens the stored index, if it belongs to this database.
async fn open(app: &App, search: &Search, restored_at: Option<DateTime<Utc>>) -> Result<Option<Arc<OpenIndex>>, End> {
    let folder = search.0.folder.clone();
    let Some(index) = blocking(move || OpenIndex::open(&folder, restored_at)).await? else { return Ok(None) };
    // The index is committed before the cursor moves, so an index that is behind its cursor is an old copy. An index
    // without a cursor was not in use for a long time.
    match consumer_of(index.id).register(&app.db).await? {
        Registered::Known(last) if last <= index.progress().event => {}
        Registered::Known(_) | Registered::New { .. } => return Err(Damage::Foreign.into()),
    }
    let index = Arc::new(index);
    *search.0.current.write() = Some(index.clone());
    Ok(Some(index))
}

/// Creates an empty index, which is searched from now on, and removes all others.
async fn create(app: &App, search: &Search, restored_at: Option<DateTime<Utc>>) -> Result<Arc<OpenIndex>, End> {
    info!("the search index is built");
    *search.0.current.write() = None;
    let folder = search.0.folder.clone();
    let removed = blocking({
        let folder = folder.clone();
        move || Ok(index::remove_others(&folder, None)?)
    });
    for id in removed.await? {
        consumer_of(id).forget(&app.db).await?;
    }
    let index = Arc::new(blocking(move || OpenIndex::create(&folder, restored_at)).await?);
    // The consumer is registered before the documents are read, so that every change from now on arrives as an event.
    let (event, newest) = match consumer_of(index.id).register(&app.db).await? {
        Registered::New { after, newest } => (after, newest),
        Registered::Known(last) => (last, last),
    };
    let begun = move |progress: &mut Progress| (progress.event, progress.begun_at) = (event, newest);
    commit(&index, Vec::new(), Vec::new(), begun).await?;
    *search.0.current.write() = Some(index.clone());
    Ok(index)
}

async fn commit(
    index: &Arc<OpenIndex>,
    documents: Vec<DocumentId>,
    entries: Vec<entries::Entry>,
    note: impl FnOnce(&mut Progress) + Send + 'static,
) -> Result<(), Damage> {
    let index = index.clone();
    blocking(move || index.commit(&documents, &entries, note)).await
}

/// Indexes the documents that the next events concern and, while the index is being built, some more. `false` when
/// there was nothing to do.
async fn step(app: &App, index: &Arc<OpenIndex>, consumer: &LocalConsumer) -> Result<bool, End> {
    let read = consumer.read(&app.db, EVENTS).await?;
    let progress = index.progress();
    let mut changed = Changed::default();
    for event in read.iter().flat_map(Read::events) {
        match concerns(event) {
            // The rebuild was requested before this index was begun, so this index is the rebuild.
            Some(Concern::Everything) if event.event_id <= progress.begun_at => {}
            Some(concern) => changed.take(app, concern).await?,
            None => {}
        }
    }
    let mut built_to = progress.built_to;
    let mut is_whole = progress.is_whole;
    if !is_whole {
        let next = entries::next(&app.db, built_to, DOCUMENTS as i64).await?;
        is_whole = next.len() < DOCUMENTS;
        built_to = next.last().copied().or(built_to);
        changed.documents.extend(next);
    }
    if read.is_none() && progress.is_whole && progress.purged.is_empty() {
        return Ok(false);
    }
    let documents: Vec<DocumentId> = changed.documents.into_iter().collect();
    for some in documents.chunks(DOCUMENTS) {
        for group in attached::groups(&app.db, some, TEXTS).await? {
            let entries = entries::load(&app.db, &group).await?;
            commit(index, group, entries, |_| {}).await?;
        }
    }
    let event = read.as_ref().map(Read::last);
    let mut purged: BTreeSet<DocumentId> = progress.purged.into_iter().collect();
    purged.extend(changed.purged);
    let purged: Vec<DocumentId> = purged.into_iter().collect();
    let noted = purged.clone();
    commit(index, Vec::new(), Vec::new(), move |progress| {
        progress.event = event.unwrap_or(progress.event);
        progress.built_to = built_to;
        progress.is_whole = is_whole;
        progress.purged = noted;
    })
    .await?;
    if let Some(read) = &read {
        consumer.advance(&app.db, read).await?;
    }
    if !purged.is_empty() {
        let rewritten = index.clone();
        let left = blocking(move || rewritten.rewrite(&purged)).await?;
        commit(index, Vec::new(), Vec::new(), |progress| progress.purged = left).await?;
    }
    if is_whole && !progress.is_whole {
        info!(documents = index.searcher().num_docs(), "the search index is whole");
    }
    Ok(true)
}

/// The documents to index again.
#[derive(Default)]
struct Changed {
    documents: BTreeSet<DocumentId>,
    purged: Vec<DocumentId>,
}

impl Changed {
    async fn take(&mut self, app: &App, concern: Concern) -> Result<(), End> {
        match concern {
            Concern::Document(document) => self.documents.extend([document]),
            Concern::Subtree(document) => {
                self.documents.insert(document);
                self.documents.extend(entries::below(&app.db, document).await?);
            }
            Concern::Purged(document) => {
                self.documents.insert(document);
                self.purged.push(document);
            }
            Concern::Workspace(workspace) => self.documents.extend(of_workspace(app, workspace).await?),
            Concern::Everything => return Err(End::Asked),
        }
        Ok(())
    }
}

async fn of_workspace(app: &App, workspace: WorkspaceId) -> sqlx::Result<Vec<DocumentId>> {
    let found: Vec<(DocumentId,)> = app
        .db
        .query("select document_id from document where workspace_id = $1 and name is null and trashed_at is null")
        .bind(workspace)
        .all()
        .await?;
    Ok(found.into_iter().map(|(document,)| document).collect())
}
