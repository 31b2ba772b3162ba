//! The only writer of a journal: a thread that writes all waiting work as one group.
//!
//! Work that arrives while a group is written forms the next group, so load makes groups larger, not queues longer.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use tracing::error;

use super::{Append, Appended, JournalError, Keep, NewSnapshot, Purge, Row};
use vocabulary::DocumentId;

/// Above this number of edits a second, the writer rests after each group, so that the next group is larger: a commit
/// takes 0.2 ms and 100 µs of CPU time for any number of rows.
const RESTS_ABOVE: f64 = 200.0;
/// The operations of an engine. Each call returns when its effect is durable, or `None` if the engine was closed before
/// that was known.
pub(super) trait Engine: Send + 'static {
    /// How long the writer rests after a group that took the given time. The rest delays edits; people notice delays
    /// of 50 ms or more.
    fn rest_after(took: Duration) -> Duration;
    /// Appends rows of different documents, sorted by document. Returns the outcomes in the same order.
    fn insert_rows(&mut self, group: &[Row]) -> Option<Vec<Appended>>;
    fn insert_snapshot(&mut self, new: &NewSnapshot) -> Option<()>;
    fn keep(&mut self, keep: &Keep) -> Option<()>;
    /// Closes a document's log and deletes its content.
    fn empty(&mut self, document: DocumentId) -> Option<()>;
}

/// Hands work to the thread. Clones share it.
#[derive(Clone)]
pub(super) struct Writer {
    queue: Arc<Queue>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<Pending>,
    wake: Condvar,
}

#[derive(Default)]
struct Pending {
    appends: Vec<Append>,
    snapshots: Vec<NewSnapshot>,
    kept: Vec<Keep>,
    purges: Vec<Purge>,
    closed: bool,
}

/// The work of one group.
struct Group {
    appends: Vec<Append>,
    snapshots: Vec<NewSnapshot>,
    kept: Vec<Keep>,
    purges: Vec<Purge>,
}

impl Writer {
    pub(super) fn start(engine: impl Engine) -> Result<Writer, JournalError> {
        let queue = Arc::new(Queue::default());
        let taking = queue.clone();
        let thread = std::thread::Builder::new().name("journal".into()).spawn(move || {
            if catch_unwind(AssertUnwindSafe(|| write(&taking, engine))).is_err() {
                end_process();
            }
        });
        let thread = thread.map_err(|_| JournalError::Closed)?;
        Ok(Writer { queue, thread: Arc::new(Mutex::new(Some(thread))) })
    }

    pub(super) fn append(&self, append: Append) {
        self.queue.waiting.lock().appends.push(append);
        self.queue.wake.notify_one();
    }

    pub(super) fn save_snapshot(&self, snapshot: NewSnapshot) {
        self.queue.waiting.lock().snapshots.push(snapshot);
        self.queue.wake.notify_one();
    }

    pub(super) fn keep(&self, keep: Keep) {
        self.queue.waiting.lock().kept.push(keep);
        self.queue.wake.notify_one();
    }

    pub(super) fn purge(&self, purge: Purge) {
        self.queue.waiting.lock().purges.push(purge);
        self.queue.wake.notify_one();
    }

    /// Waits until all queued work is written.
    pub(super) fn close(&self) {
        self.queue.waiting.lock().closed = true;
        self.queue.wake.notify_one();
        if let Some(thread) = self.thread.lock().take()
            && thread.join().is_err()
        {
            error!("the journal's writer thread panicked");
        }
    }
}

/// Aborts after a panic of the engine: the outcome of its writes is unknown, and no thread is left that writes.
fn end_process() -> ! {
    error!("the journal's writer panicked: aborting, so that nothing unsaved is acknowledged");
    eprintln!("consilium: the journal's writer panicked; nothing after the panic was acknowledged");
    std::process::abort()
}

/// Calls a completion callback. The write is durable in any case: a panic in the callback must prevent neither the
/// other callbacks nor further writes.
fn complete(done: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(done)).is_err() {
        error!("a completion callback panicked; its write is durable and the journal continues");
    }
}

fn write<E: Engine>(queue: &Queue, mut engine: E) {
    let mut pace = Pace::new();
    while let Some(Group { appends, snapshots, kept, purges }) = queue.next_group() {
        let started = Instant::now();
        let edits = appends.iter().map(|append| append.row.entries.len()).sum();
        if !appends.is_empty() {
            let (rows, done): (Vec<Row>, Vec<_>) = appends.into_iter().map(|append| (append.row, append.done)).unzip();
            let Some(outcomes) = engine.insert_rows(&rows) else { return };
            for (done, outcome) in done.into_iter().zip(outcomes) {
                complete(|| done(outcome));
            }
        }
        for snapshot in snapshots {
            if engine.insert_snapshot(&snapshot).is_none() {
                return;
            }
            complete(snapshot.done);
        }
        for keep in kept {
            if engine.keep(&keep).is_none() {
                return;
            }
            complete(keep.done);
        }
        for Purge { document, done } in purges {
            if engine.empty(document).is_none() {
                return;
            }
            complete(done);
        }
        if pace.is_busy(edits) {
            std::thread::sleep(E::rest_after(started.elapsed()));
        }
    }
}

impl Pending {
    fn is_empty(&self) -> bool {
        self.appends.is_empty() && self.snapshots.is_empty() && self.kept.is_empty() && self.purges.is_empty()
    }
}

impl Queue {
    /// Takes all waiting work, with at most one row of each document. The rows are sorted by document, because
    /// otherwise two nodes would deadlock in Postgres. `None` once the queue is closed and empty.
    fn next_group(&self) -> Option<Group> {
        let mut waiting = self.waiting.lock();
        while waiting.is_empty() {
            if waiting.closed {
                return None;
            }
            self.wake.wait(&mut waiting);
        }
        let mut seen = HashSet::new();
        let all = std::mem::take(&mut waiting.appends);
        let (mut appends, later): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|append| seen.insert(append.row.document));
        waiting.appends = later;
        appends.sort_unstable_by_key(|append| append.row.document);
        let Pending { snapshots, kept, purges, .. } = &mut *waiting;
        let (snapshots, kept, purges) = (std::mem::take(snapshots), std::mem::take(kept), std::mem::take(purges));
        Some(Group { appends, snapshots, kept, purges })
    }
}

/// Decides when the writer rests. Counts edits instead of commits, because resting makes commits rare.
struct Pace {
    window_began: Instant,
    edits: usize,
    busy: bool,
}

impl Pace {
    fn new() -> Self {
        Pace { window_began: Instant::now(), edits: 0, busy: false }
    }

    /// Call it after each group, with the number of edits.
    fn is_busy(&mut self, edits: usize) -> bool {
        const WINDOW: Duration = Duration::from_millis(100);
        self.edits += edits;
        let now = Instant::now();
        let elapsed = now - self.window_began;
        if elapsed >= WINDOW {
            self.busy = self.edits as f64 / elapsed.as_secs_f64() > RESTS_ABOVE;
            (self.window_began, self.edits) = (now, 0);
        }
        self.busy
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use uuid::Uuid;

    use super::*;

    /// An engine that panics.
    struct Faulty;

    impl Engine for Faulty {
        fn rest_after(_: Duration) -> Duration {
            Duration::ZERO
        }
        fn insert_rows(&mut self, _: &[Row]) -> Option<Vec<Appended>> {
            panic!("an engine that panics");
        }
        fn insert_snapshot(&mut self, _: &NewSnapshot) -> Option<()> {
            Some(())
        }
        fn keep(&mut self, _: &Keep) -> Option<()> {
            Some(())
        }
        fn empty(&mut self, _: DocumentId) -> Option<()> {
            Some(())
        }
    }

    /// Set in the process that is expected to abort.
    const ENDS: &str = "TEST_WRITER_ENDS";

    /// [SAVE-22] An engine that panics ends the process: a server that cannot save must not look alive.
    #[test]
    fn a_panic_of_the_engine_ends_the_process() {
        if std::env::var_os(ENDS).is_some() {
            let writer = Writer::start(Faulty).expect("a thread");
            let document = DocumentId::new();
            let row = Row { document, seq: 1, op: Uuid::new_v4(), at: 0, entries: Vec::new() };
            writer.append(Append { row, done: Box::new(|_| {}) });
            writer.close();
            return;
        }
        let (_, module) = module_path!().split_once("::").expect("a module of this crate");
        let mut again = Command::new(std::env::current_exe().expect("this test"));
        again
            .args(["--nocapture", "--exact", &format!("{module}::a_panic_of_the_engine_ends_the_process")])
            .env(ENDS, "1");
        let ended = again.output().expect("it runs");
        assert_eq!(ended.status.code(), None, "a signal ends it: {}", String::from_utf8_lossy(&ended.stderr));
        assert!(String::from_utf8_lossy(&ended.stderr).contains("the journal's writer panicked"));
    }
}
