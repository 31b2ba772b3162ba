//! Threads of low priority for work that takes a core for long. They give way to the threads that serve sockets and
//! requests. Otherwise, with as many pieces of such work as cores, a small write of somebody else would have to wait
//! for its share of a core.

use std::sync::LazyLock;

use rustix::process::{getpriority_process, setpriority_process};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinError;
use tracing::warn;

/// The stack of a thread that walks documents, which yrs does recursively; 128 levels need a fraction of it.
pub const STACK_BYTES: usize = 4 << 20;
/// The niceness of the threads. The kernel gives such a thread a tenth of a core while other threads need the core, and
/// the whole core otherwise.
const NICENESS: i32 = 10;
/// Most threads: more than the gate for builds admits, because rendering uses them too.
const MOST_THREADS: usize = 16;

/// A runtime that is used only for its blocking threads. They are separate, because a thread that has lowered its
/// priority may not raise it again.
static THREADS: LazyLock<Runtime> = LazyLock::new(|| {
    let threads = Builder::new_current_thread()
        .thread_name("low-priority")
        .thread_stack_size(STACK_BYTES)
        .max_blocking_threads(MOST_THREADS)
        .on_thread_start(|| {
            let lowered = getpriority_process(None).and_then(|now| setpriority_process(None, NICENESS.max(now)));
            if let Err(error) = lowered {
                warn!(%error, "a thread keeps its priority");
            }
        })
        .build();
    threads.expect("a runtime without drivers needs nothing of the system")
});

/// Runs work on a thread of low priority. Work that has begun continues even if the future is dropped.
///
/// # Errors
/// When the work panics.
pub async fn at_low_priority<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
    // The work uses the caller's runtime.
    let callers = Handle::current();
    let work = move || {
        let _entered = callers.enter();
        work()
    };
    THREADS.spawn_blocking(work).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn niceness() -> i32 {
        getpriority_process(None).expect("a priority")
    }

    /// [LIMIT-11] The work has low priority, but its caller keeps its own. A panic becomes an error of the caller.
    #[tokio::test]
    async fn work_gives_way() {
        let before = niceness();
        let expected = NICENESS.max(before);
        assert_eq!(at_low_priority(niceness).await.expect("a result"), expected);
        assert!(at_low_priority(|| panic!("as it should")).await.is_err());
        assert_eq!(at_low_priority(niceness).await.expect("a result"), expected);
        assert_eq!(niceness(), before);
    }
}
