//! Runs work that blocks a thread on the journal, at most [`AT_ONCE`] pieces at a time. Further work is queued.
//!
//! Each thread takes the next piece itself. When there was a semaphore before each `spawn_blocking` instead, three
//! hundred rooms that closed in one tick woke a thread each: there were 79 threads, each with a stack and allocator
//! caches.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

use crate::limits::AT_ONCE;

type Work = Box<dyn FnOnce() + Send>;

#[derive(Default)]
pub(crate) struct WorkerPermits {
    // The mutex is held only to add or take a piece of work, never while work runs.
    line: Arc<Mutex<Line>>,
}

#[derive(Default)]
struct Line {
    waiting: VecDeque<Work>,
    threads: usize,
}

impl WorkerPermits {
    pub fn spawn(&self, tasks: &TaskTracker, runtime: &Handle, work: impl FnOnce() + Send + 'static) {
        {
            let mut line = self.line.lock();
            line.waiting.push_back(Box::new(work));
            if line.threads == AT_ONCE {
                return;
            }
            line.threads += 1;
        }
        let line = self.line.clone();
        let serve = move || {
            while let Some(work) = next(&line) {
                // A panic has already been logged, and the queue continues.
                let _ = catch_unwind(AssertUnwindSafe(work));
            }
        };
        tasks.spawn_blocking_on(serve, runtime);
    }
}

/// The next piece of work, or `None` if this thread should end.
fn next(line: &Mutex<Line>) -> Option<Work> {
    let mut line = line.lock();
    let first = line.waiting.pop_front();
    if first.is_none() {
        line.threads -= 1;
    }
    first
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::*;

    /// Many more pieces than threads, so that each thread takes several; some panic.
    const PIECES: usize = 20 * AT_ONCE;

    #[derive(Default)]
    struct Count {
        done: AtomicUsize,
        working: AtomicUsize,
        most: AtomicUsize,
    }

    #[tokio::test]
    async fn all_work_is_done_by_few_threads() {
        let (turns, tasks, count) = (WorkerPermits::default(), TaskTracker::new(), Arc::new(Count::default()));
        for piece in 0..PIECES {
            let count = count.clone();
            let work = move || {
                count.most.fetch_max(count.working.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                thread::sleep(Duration::from_millis(1));
                count.working.fetch_sub(1, Ordering::SeqCst);
                count.done.fetch_add(1, Ordering::SeqCst);
                assert!(piece % 7 > 0, "one that panics");
            };
            turns.spawn(&tasks, &Handle::current(), work);
        }
        tasks.close();
        tasks.wait().await;
        assert_eq!(count.done.load(Ordering::SeqCst), PIECES);
        let most = count.most.load(Ordering::SeqCst);
        assert!((2..=AT_ONCE).contains(&most), "{most} at a time");
        assert_eq!(turns.line.lock().threads, 0);
    }
}
