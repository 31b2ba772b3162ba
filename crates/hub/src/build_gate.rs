//! The gate for documents that are built outside a room: from a kept state, to compare or change them, or to find the
//! authors. Each document takes 21 times its encoded size in memory, so many requests could exhaust the memory.
//! Therefore only a few documents are built at a time, within a total limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use document::document::LOADED_FACTOR;
use tokio::sync::Semaphore;
use tokio::task::JoinError;

use crate::low_priority::at_low_priority;
use crate::turns_per_person::{Busy, Turn, Turns};

/// Most builds that run at the same time: at most two cores build and compare, so that the others serve sockets.
const AT_ONCE: usize = 2;
/// Memory is counted in pieces of this size, because a semaphore hands out at most `u32::MAX` permits at once.
const PIECE_BYTES: usize = 64 << 10;

/// The gate that each build passes. Clones share it.
#[derive(Clone)]
pub struct Builds {
    threads: Arc<Semaphore>,
    memory: Arc<Semaphore>,
    pieces: u32,
    turns: Turns,
}

/// The turn of a person. Other work of the same person waits until this turn ends.
pub struct Work {
    builds: Builds,
    turn: Turn,
    is_urgent: bool,
}

/// Shows work whether somebody still waits for its result.
#[derive(Clone, Debug, Default)]
pub struct Wanted(Arc<AtomicBool>);

impl Wanted {
    pub fn is_over(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

struct WantedUntilDropped(Wanted);

impl Drop for WantedUntilDropped {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

impl Builds {
    /// A gate for builds that together take at most an estimated `bytes` of memory. A document that needs more is built
    /// when no other build runs. One person's builds run one after the other, and a person may have at most
    /// `of_person`.
    pub fn within(bytes: usize, of_person: usize) -> Builds {
        let pieces = u32::try_from(bytes.div_ceil(PIECE_BYTES)).unwrap_or(u32::MAX).max(1);
        // On a 32-bit machine a semaphore has fewer permits.
        let pieces = pieces.min(u32::try_from(Semaphore::MAX_PERMITS).unwrap_or(u32::MAX));
        Builds {
            threads: Arc::new(Semaphore::new(AT_ONCE)),
            memory: Arc::new(Semaphore::new(pieces as usize)),
            pieces,
            turns: Turns::of(of_person),
        }
    }

    /// Waits until the person's earlier work has ended. Callers read the document only after that, so that waiting
    /// requests hold no copies.
    ///
    /// # Errors
    /// [`Busy`].
    pub async fn work_of(&self, person: &str) -> Result<Work, Busy> {
        Ok(Work { turn: self.turns.take(person).await?, builds: self.clone(), is_urgent: false })
    }
}

impl Work {
    /// The same work as urgent work, which runs at normal priority because others wait for it.
    #[must_use]
    pub fn urgent(self) -> Work {
        Work { is_urgent: true, ..self }
    }

    /// Like [`Work::run`], for work that takes long. The work gets a [`Wanted`], which shows whether somebody still
    /// waits for the result, so that it can end early if nobody does.
    ///
    /// # Errors
    /// As [`Work::run`].
    pub async fn run_while_wanted<T: Send + 'static>(
        self,
        encoded_bytes: usize,
        work: impl FnOnce(&Wanted) -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        let wanted = Wanted::default();
        let _until_dropped = WantedUntilDropped(wanted.clone());
        self.run(encoded_bytes, move || work(&wanted)).await
    }

    /// Waits for a place, then runs work that builds documents of `encoded_bytes` in total. The work runs on a thread
    /// of low priority, unless it is urgent. Dropping the future before the work has begun cancels the work. Work that
    /// has begun keeps its place and its person's turn until it ends, even if the future is dropped.
    ///
    /// # Errors
    /// When the work panics, or the runtime stops.
    pub async fn run<T: Send + 'static>(
        self,
        encoded_bytes: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        let Work { builds, turn, is_urgent } = self;
        let pieces = (encoded_bytes.saturating_mul(LOADED_FACTOR) / PIECE_BYTES).max(1);
        let pieces = u32::try_from(pieces).unwrap_or(u32::MAX).min(builds.pieces);
        // Memory first: a build that waits for memory must not occupy a thread permit.
        let memory = builds.memory.clone().acquire_many_owned(pieces).await.expect("it is never closed");
        let thread = builds.threads.clone().acquire_owned().await.expect("it is never closed");
        let work = move || {
            let _until_it_ends = (turn, memory, thread);
            work()
        };
        if is_urgent { tokio::task::spawn_blocking(work).await } else { at_low_priority(work).await }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::mpsc;
    use std::time::Duration;

    use tokio::task::JoinHandle;

    use super::*;

    const MIB: usize = 1 << 20;
    /// Two documents of 1 MiB fit, a third does not.
    const BYTES: usize = 50 * MIB;
    const WITHIN: Duration = Duration::from_secs(30);

    /// Work that reports when it begins and ends on request.
    struct Piece {
        begun: tokio::sync::oneshot::Receiver<()>,
        end: mpsc::Sender<()>,
        asked: JoinHandle<Result<(), JoinError>>,
    }

    /// Work of a new person.
    fn ask(builds: &Builds, encoded_bytes: usize) -> Piece {
        static PEOPLE: AtomicUsize = AtomicUsize::new(0);
        ask_for(builds, &PEOPLE.fetch_add(1, Ordering::SeqCst).to_string(), encoded_bytes)
    }

    fn ask_for(builds: &Builds, person: &str, encoded_bytes: usize) -> Piece {
        let (says, begun) = tokio::sync::oneshot::channel();
        let (end, ended) = mpsc::channel();
        let (builds, person) = (builds.clone(), person.to_owned());
        let work = move || {
            says.send(()).expect("somebody waits");
            ended.recv().expect("somebody ends it");
        };
        let asked =
            tokio::spawn(
                async move { builds.work_of(&person).await.expect("not too many").run(encoded_bytes, work).await },
            );
        Piece { begun, end, asked }
    }

    impl Piece {
        async fn begins(&mut self) {
            tokio::time::timeout(WITHIN, &mut self.begun).await.expect("in time").expect("it begins");
        }

        /// Lets every other task run, and checks that this one has not begun.
        async fn waits(&mut self) {
            for _ in 0..1_000 {
                tokio::task::yield_now().await;
            }
            assert!(self.begun.try_recv().is_err(), "it has begun");
        }
    }

    /// [LIMIT-11] Work continues and keeps its place when its caller disconnects. A caller that disconnects while
    /// waiting loses its place.
    #[tokio::test]
    async fn work_keeps_its_place_when_its_caller_is_gone() {
        let builds = Builds::within(BYTES, 100);
        let (mut first, mut second, mut third) = (ask(&builds, 0), ask(&builds, 0), ask(&builds, 0));
        first.begins().await;
        second.begins().await;
        third.waits().await;
        for gone in [&mut first.asked, &mut second.asked] {
            gone.abort();
            assert!(gone.await.is_err_and(|end| end.is_cancelled()));
        }
        assert_eq!(builds.threads.available_permits(), 0, "their work continues");
        third.waits().await;
        third.asked.abort();
        let mut fourth = ask(&builds, 0);
        fourth.waits().await;
        first.end.send(()).expect("it works");
        fourth.begins().await;
        assert!(third.begun.try_recv().is_err(), "what was withdrawn is not done");
        second.end.send(()).expect("it works");
        fourth.end.send(()).expect("it works");
        fourth.asked.await.expect("it is not aborted").expect("it ends");
    }

    /// [LIMIT-11] Large documents are not built at the same time, but even a document larger than the limit is built.
    #[tokio::test]
    async fn large_documents_wait_for_memory() {
        let builds = Builds::within(BYTES, 100);
        let (mut first, mut large) = (ask(&builds, MIB), ask(&builds, 1_000 * MIB));
        first.begins().await;
        large.waits().await;
        first.end.send(()).expect("it works");
        large.begins().await;
        let mut small = ask(&builds, 1);
        small.waits().await;
        large.end.send(()).expect("it works");
        small.begins().await;
        small.end.send(()).expect("it works");
        small.asked.await.expect("it is not aborted").expect("it ends");
    }

    /// [LIMIT-11] D1, D2: the next person's work begins, however much one person requests, even if that person
    /// disconnects.
    #[tokio::test]
    async fn one_person_does_not_hold_up_others() {
        let builds = Builds::within(BYTES, 100);
        let mut first = ask_for(&builds, "guest", 0);
        first.begins().await;
        first.asked.abort();
        let mut more: Vec<Piece> = (0..5).map(|_| ask_for(&builds, "guest", 0)).collect();
        for piece in &mut more {
            piece.waits().await;
        }
        let mut other = ask_for(&builds, "ana", 0);
        other.begins().await;
        first.end.send(()).expect("it works");
        more[0].begins().await;
        for piece in [other].into_iter().chain(more) {
            piece.end.send(()).expect("it works");
        }
    }

    #[tokio::test]
    async fn a_panic_frees_its_place() {
        let (builds, done) = (Builds::within(BYTES, 100), Arc::new(AtomicUsize::new(0)));
        for _ in 0..2 * AT_ONCE {
            let work = builds.work_of("ana").await.expect("the only one");
            assert!(work.run(1_000 * MIB, || panic!("a build that panics")).await.is_err_and(|end| end.is_panic()));
            let (work, done) = (builds.work_of("ana").await.expect("the only one"), done.clone());
            work.run(MIB, move || done.fetch_add(1, Ordering::SeqCst)).await.expect("it ends");
        }
        assert_eq!(done.load(Ordering::SeqCst), 2 * AT_ONCE);
    }

    /// [LIMIT-11] Long work is notified when its caller has disconnected. It keeps its place until it ends.
    #[tokio::test]
    async fn long_work_ends_when_nobody_wants_it() {
        let builds = Builds::within(BYTES, 8);
        let (says, begun) = tokio::sync::oneshot::channel();
        let (ended, ends) = mpsc::channel();
        let turn = builds.work_of("ana").await.expect("the first");
        let work = tokio::spawn(turn.run_while_wanted(MIB, move |wanted| {
            assert!(!wanted.is_over());
            says.send(()).expect("somebody waits");
            while !wanted.is_over() {
                std::thread::yield_now();
            }
            ended.send(()).expect("somebody looks");
        }));
        begun.await.expect("it begins");
        work.abort();
        tokio::task::spawn_blocking(move || ends.recv_timeout(WITHIN)).await.expect("joined").expect("it ends");
        tokio::time::timeout(WITHIN, builds.work_of("ana")).await.expect("in time").expect("her turn again");
    }
}
