//! The order of writes on SQLite, which allows one at a time. People take turns, so that nobody has to wait for all of
//! the many writes of somebody else. Transactions and single statements that return no rows take part. Other
//! statements wait for SQLite's own lock.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use uuid::Uuid;

/// How long a write waits for earlier ones, which is less than a client waits for an answer.
const WITHIN: Duration = Duration::from_secs(30);

tokio::task_local! {
    static PERSON: Uuid;
}

/// Runs the work of a person (an account or guest), whose writes then wait for each other. Work outside of this
/// function counts as the program's own.
pub async fn on_behalf_of<T>(person: Uuid, work: impl Future<Output = T>) -> T {
    PERSON.scope(person, work).await
}

/// Work that continues in another task, on behalf of the same person.
pub fn on_the_same_behalf<T>(work: impl Future<Output = T>) -> impl Future<Output = T> {
    on_behalf_of(PERSON.try_with(|person| *person).unwrap_or_default(), work)
}

/// Gives turns to writes, one at a time.
#[derive(Debug, Default)]
pub struct WriteTurns(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    is_taken: bool,
    /// The people who wait, each with their transactions in order. The first person is next.
    people: VecDeque<(Uuid, VecDeque<oneshot::Sender<WriteTurn>>)>,
}

/// The right to write, until it is dropped.
#[derive(Debug)]
pub(crate) struct WriteTurn(Option<Arc<WriteTurns>>);

impl WriteTurns {
    /// Waits for a turn of the person whose work this is.
    ///
    /// # Errors
    /// [`sqlx::Error::PoolTimedOut`] after [`WITHIN`].
    pub(crate) async fn take(self: &Arc<Self>) -> sqlx::Result<WriteTurn> {
        tokio::time::timeout(WITHIN, self.next_turn()).await.map_err(|_| sqlx::Error::PoolTimedOut)
    }

    async fn next_turn(self: &Arc<Self>) -> WriteTurn {
        let person = PERSON.try_with(|person| *person).unwrap_or_default();
        let turn = {
            let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if !waiting.is_taken {
                waiting.is_taken = true;
                return WriteTurn(Some(self.clone()));
            }
            let (given, turn) = oneshot::channel();
            match waiting.people.iter_mut().find(|(one, _)| *one == person) {
                Some((_, theirs)) => theirs.push_back(given),
                None => waiting.people.push_back((person, VecDeque::from([given]))),
            }
            turn
        };
        // This cannot fail, because the sender is kept until it gives the turn.
        turn.await.unwrap_or(WriteTurn(None))
    }

    /// Takes the next transaction of the person who has waited longest, who then waits behind the others.
    fn next(&self) -> Option<oneshot::Sender<WriteTurn>> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((person, mut theirs)) = waiting.people.pop_front() {
            // Transactions whose requests have ended meanwhile are skipped.
            let next = std::iter::from_fn(|| theirs.pop_front()).find(|next| !next.is_closed());
            if !theirs.is_empty() {
                waiting.people.push_back((person, theirs));
            }
            if next.is_some() {
                return next;
            }
        }
        waiting.is_taken = false;
        None
    }
}

impl Drop for WriteTurn {
    fn drop(&mut self) {
        let Some(turns) = self.0.take() else { return };
        while let Some(next) = turns.next() {
            match next.send(WriteTurn(Some(turns.clone()))) {
                Ok(()) => return,
                // The request ended at this moment, so the turn goes to the next transaction.
                Err(mut refused) => refused.0 = None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Somebody with ten writes delays another person by one, and somebody who stops waiting delays nobody.
    #[tokio::test]
    async fn people_take_turns() {
        let turns = Arc::new(WriteTurns::default());
        let (busy, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let order = Arc::new(Mutex::new(Vec::new()));
        let held = turns.take().await.expect("a turn");
        let write = |person: Uuid| {
            let (turns, order) = (turns.clone(), order.clone());
            tokio::spawn(on_behalf_of(person, async move {
                let _turn = turns.take().await.expect("a turn");
                order.lock().expect("not poisoned").push(person);
            }))
        };
        let mut all: Vec<_> = (0..10).map(|_| write(busy)).collect();
        tokio::time::sleep(Duration::from_millis(20)).await;
        let given_up = write(other);
        tokio::time::sleep(Duration::from_millis(20)).await;
        all.push(write(other));
        tokio::time::sleep(Duration::from_millis(20)).await;
        given_up.abort();
        let _ = given_up.await;
        drop(held);
        for one in all {
            one.await.expect("it gets its turn");
        }
        let order = order.lock().expect("not poisoned").clone();
        assert_eq!(order.len(), 11);
        assert_eq!(order.iter().position(|person| *person == other), Some(1), "{order:?}");
        assert!(!turns.0.lock().expect("not poisoned").is_taken, "the last returns the turn");
    }
}
