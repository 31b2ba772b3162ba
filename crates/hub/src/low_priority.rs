//! Threads for work that takes a core for long: they give way to the threads that serve sockets and requests. With as
//! many such pieces as cores, a small write of somebody else would wait for its share of a core instead.

use std::sync::LazyLock;

use rustix::process::{getpriority_process, setpriority_process};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinError;
use tracing::warn;

/// yrs walks documents recursively; 128 levels need a fraction of this.
pub const STACK_BYTES: usize = 4 << 20;
/// The kernel gives such a thread a tenth of a core while others want it, and all of it otherwise.
const NICENESS: i32 = 10;
/// More threads than the gate for builds admits; rendering comes in addition, and waits for a thread.
const MOST_THREADS: usize = 16;

/// A runtime for its blocking threads alone: a thread that has lowered its priority may not raise it again.
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

/// Runs work on a thread that gives way to others. Work that has begun goes on if the future is dropped.
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

    /// [LIMIT-11] Work gives way, its caller does not; a panic is the caller's error.
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
