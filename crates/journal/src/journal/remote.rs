//! Journals that other nodes also write to: Postgres and MongoDB, both behind the same writer thread.
//!
//! A connection lost during a commit means an unknown outcome, not a failure: the same row, with the same op id, is
//! tried again until it is read back as our own or as another writer's. Nothing is acknowledged before.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::mongo::MongoStore;
use super::postgres::PostgresStore;
use super::row::PageRead;
use super::writer::{Engine, Writer};
use super::{Appended, JournalError, JournalOptions, Keep, KeptBytes, NewSnapshot, Row, Snapshot};
use uuid::Uuid;
use vocabulary::DocumentId;

/// Pause between two attempts while the store does not answer.
const RETRY_EVERY: Duration = Duration::from_millis(250);
/// Timeout of a write; 12 MiB take about a second over a slow connection.
pub(super) const ANSWERS_WITHIN: Duration = Duration::from_secs(5);
/// After this time without an answer, readers are refused at once. It is long enough for the election of a new primary,
/// or a restart.
const BROKEN_AFTER: Duration = Duration::from_secs(2);
/// Timeout of a ping.
const PING_WITHIN: Duration = Duration::from_secs(2);

/// The store of a remote journal.
#[derive(Clone)]
enum Store {
    Postgres(PostgresStore),
    Mongo(MongoStore),
}

/// Calls a method of the store in use.
macro_rules! on {
    ($store:expr, |$it:ident| $body:expr) => {
        match $store {
            Store::Postgres($it) => $body,
            Store::Mongo($it) => $body,
        }
    };
}

#[derive(Clone)]
pub struct RemoteJournal {
    pub(super) writer: Writer,
    store: Store,
    line: Arc<Line>,
    answers_within: Duration,
}

/// State shared by the writer and the readers: the runtime, and the time since which the store has not answered.
struct Line {
    /// A separate runtime, because the writer is a thread and readers block; `None` once dropped.
    runtime: Option<Runtime>,
    // There are two times, because a store may answer queries and accept no rows. Each mutex is held only to read or
    // set its time.
    unread_since: Mutex<Option<Instant>>,
    unwritten_since: Mutex<Option<Instant>>,
    closed: CancellationToken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asker {
    Reader,
    Writer,
}

impl Drop for Line {
    fn drop(&mut self) {
        // Dropping a runtime blocks, which is not allowed in async code, where the last clone may be dropped.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Line {
    fn open() -> Result<Line, JournalError> {
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("journal-io").enable_all().build();
        let runtime = Some(runtime.map_err(|_| JournalError::Closed)?);
        let (unread_since, unwritten_since) = Default::default();
        Ok(Line { runtime, unread_since, unwritten_since, closed: CancellationToken::new() })
    }

    /// Waits for an answer, and records whether it arrived in time. The work continues after a timeout, because neither
    /// driver may be dropped in the middle of a statement.
    fn ask<T: Send + 'static>(
        &self,
        asker: Asker,
        within: Duration,
        question: impl Future<Output = Result<T, JournalError>> + Send + 'static,
    ) -> Result<T, JournalError> {
        let runtime = self.runtime.as_ref().expect("the runtime exists until the last clone is dropped");
        let asked = runtime.spawn(question);
        let answer = runtime.block_on(async { tokio::time::timeout(within, asked).await });
        let answer = match answer {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(JournalError::Closed),
            Err(_) => Err(JournalError::NoAnswer(within)),
        };
        let down = answer.as_ref().is_err_and(JournalError::is_outage);
        let mut since = match asker {
            Asker::Reader => self.unread_since.lock(),
            Asker::Writer => self.unwritten_since.lock(),
        };
        match (*since, down) {
            (None, true) => *since = Some(Instant::now()),
            (Some(began), false) => {
                info!(?asker, seconds = began.elapsed().as_secs_f64(), "the journal answers again");
                *since = None;
            }
            _ => {}
        }
        answer
    }

    fn down_since(&self) -> Option<Instant> {
        let (unread, unwritten) = (*self.unread_since.lock(), *self.unwritten_since.lock());
        [unread, unwritten].into_iter().flatten().min()
    }
}

impl RemoteJournal {
    /// Blocks: not to be called from a task.
    pub(super) fn open(url: &str, options: &JournalOptions) -> Result<RemoteJournal, JournalError> {
        let line = Arc::new(Line::open()?);
        let (url, options, answers_within) = (url.to_owned(), options.clone(), options.answers_within);
        let store = if url.starts_with("postgres") {
            let opening = async move { PostgresStore::open(&url, &options).await };
            Store::Postgres(line.ask(Asker::Reader, 2 * ANSWERS_WITHIN, opening)?)
        } else {
            let opening = async move { MongoStore::open(&url, &options).await };
            Store::Mongo(line.ask(Asker::Reader, 2 * ANSWERS_WITHIN, opening)?)
        };
        let writer = Writer::start(Persistent { store: store.clone(), line: line.clone() })?;
        Ok(RemoteJournal { writer, store, line, answers_within })
    }

    pub(super) fn snapshot(&self, document: DocumentId) -> Result<Option<Snapshot>, JournalError> {
        let store = self.store.clone();
        self.answer(async move {
            on!(&store, |it| {
                it.refuse_purged(document).await?;
                it.newest_sound_snapshot(document).await
            })
        })
    }

    pub(super) fn page_after(&self, document: DocumentId, seq: u64) -> Result<PageRead, JournalError> {
        let store = self.store.clone();
        self.answer(async move {
            on!(&store, |it| {
                let page = it.page_after(document, seq).await;
                if let Err(JournalError::Trimmed { .. }) = page {
                    // A purge empties rows too, so check whether the document was purged.
                    it.refuse_purged(document).await?;
                }
                page
            })
        })
    }

    pub(super) fn documents(&self) -> Result<Vec<DocumentId>, JournalError> {
        let store = self.store.clone();
        // The query reads all rows, so a minute without an answer is not yet an outage.
        self.line.ask(Asker::Reader, Duration::from_secs(60), async move { on!(&store, |it| it.documents().await) })
    }

    pub(super) fn kept(&self, document: DocumentId, id: Uuid) -> Result<Option<KeptBytes>, JournalError> {
        let store = self.store.clone();
        self.answer(async move { on!(&store, |it| it.kept(document, id).await) })
    }

    pub(super) fn kept_ids(&self, document: DocumentId) -> Result<Vec<Uuid>, JournalError> {
        let store = self.store.clone();
        self.answer(async move { on!(&store, |it| it.kept_ids(document).await) })
    }

    pub(super) fn heads(&self, known: &[(DocumentId, u64)]) -> Result<Vec<(DocumentId, u64)>, JournalError> {
        let (store, known) = (self.store.clone(), known.to_vec());
        self.answer(async move { on!(&store, |it| it.heads(&known).await) })
    }

    pub(super) fn row_of(&self, document: DocumentId, seq: u64, op: Uuid) -> Result<Option<u64>, JournalError> {
        let store = self.store.clone();
        self.answer(async move { on!(&store, |it| it.row_of(document, seq, op).await) })
    }

    pub(super) fn ping(&self) -> Result<(), JournalError> {
        let store = self.store.clone();
        self.line.ask(Asker::Reader, PING_WITHIN, async move { on!(&store, |it| it.ping().await) })
    }

    pub(super) fn down_since(&self) -> Option<Instant> {
        self.line.down_since()
    }

    pub(super) fn weakness(&self) -> Option<&'static str> {
        on!(&self.store, |it| it.weakness)
    }

    pub(super) fn close(&self) {
        // The writer of an unavailable store would never end.
        if self.down_since().is_some() {
            self.line.closed.cancel();
        }
        self.writer.close();
    }

    fn answer<T: Send + 'static>(
        &self,
        question: impl Future<Output = Result<T, JournalError>> + Send + 'static,
    ) -> Result<T, JournalError> {
        // Readers do not wait for an unavailable store; the writer and the pings notice when it works again.
        if self.down_since().is_some_and(|since| since.elapsed() > BROKEN_AFTER) {
            return Err(JournalError::Down);
        }
        self.line.ask(Asker::Reader, self.answers_within, question)
    }
}

/// The engine of a remote journal: repeats each write until its outcome is known.
struct Persistent {
    store: Store,
    line: Arc<Line>,
}

impl Persistent {
    /// `None` if the journal is closed while the store does not answer.
    fn until_answered<T: Send + 'static, F>(&self, mut question: impl FnMut(Store) -> F) -> Option<T>
    where
        F: Future<Output = Result<T, JournalError>> + Send + 'static,
    {
        for tries in 0_usize.. {
            match self.line.ask(Asker::Writer, ANSWERS_WITHIN, question(self.store.clone())) {
                Ok(answer) => return Some(answer),
                Err(failure) if self.line.closed.is_cancelled() => {
                    warn!(%failure, "closed while the outcome of a write was unknown: it was not acknowledged");
                    return None;
                }
                Err(failure) => {
                    if tries == 0 {
                        warn!(%failure, "the outcome of a write is unknown: trying again until it is known");
                    }
                    if failure.is_read_only()
                        && let Store::Postgres(store) = &self.store
                    {
                        store.replace_connections();
                    }
                    std::thread::sleep(RETRY_EVERY);
                }
            }
        }
        None
    }
}

/// Under load, the shortest time from the start of one group to the next. Edits gather meanwhile, so that the next
/// group is larger.
const GROUP_EVERY: Duration = Duration::from_millis(5);

impl Engine for Persistent {
    fn rest_after(took: Duration) -> Duration {
        GROUP_EVERY.saturating_sub(took)
    }

    fn insert_rows(&mut self, group: &[Row]) -> Option<Vec<Appended>> {
        let mut outcomes: Vec<Option<Appended>> = vec![None; group.len()];
        loop {
            let open: Vec<usize> = (0..group.len()).filter(|index| outcomes[*index].is_none()).collect();
            if open.is_empty() {
                return outcomes.into_iter().collect();
            }
            let rows: Arc<Vec<Row>> = Arc::new(open.iter().map(|index| group[*index].clone()).collect());
            let known = self.until_answered(|store| {
                let rows = rows.clone();
                async move { on!(&store, |it| it.insert_rows(&rows).await) }
            })?;
            let some = known.iter().any(Option::is_some);
            open.iter().zip(known).for_each(|(index, outcome)| outcomes[*index] = outcome);
            if !some {
                // The number is taken, but the row is not readable yet: another writer's commit is in progress.
                std::thread::sleep(RETRY_EVERY / 10);
            }
        }
    }

    fn insert_snapshot(&mut self, new: &NewSnapshot) -> Option<()> {
        let (document, snapshot, trim) = (new.document, Arc::new(new.snapshot.clone()), new.trim);
        self.until_answered(|store| {
            let snapshot = snapshot.clone();
            async move { on!(&store, |it| it.insert_snapshot(document, &snapshot, trim).await) }
        })
    }

    fn keep(&mut self, keep: &Keep) -> Option<()> {
        let (document, id, bytes) = (keep.document, keep.id, keep.bytes.clone());
        self.until_answered(|store| {
            let bytes = bytes.clone();
            async move {
                on!(&store, |it| match &bytes {
                    Some(bytes) => it.keep(document, id, bytes).await,
                    None => it.forget(document, id).await,
                })
            }
        })
    }

    fn empty(&mut self, document: DocumentId) -> Option<()> {
        self.until_answered(|store| async move { on!(&store, |it| it.empty(document).await) })
    }
}
