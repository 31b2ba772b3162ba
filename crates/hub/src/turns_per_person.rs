//! One task at a time for each person, so that one person's expensive requests cannot take every thread. Among the
//! tasks that wait for a thread, each person therefore has only one, so people take turns.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// People without tasks are removed when this many people are known.
const KNOWN: usize = 1_000;

/// The tasks of people, by name. Clones share them.
#[derive(Clone)]
pub struct Turns {
    // The mutex is held only to look up one person.
    people: Arc<Mutex<HashMap<String, Weak<Semaphore>>>>,
    most: usize,
}

/// A person's turn, which ends when this is dropped.
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "it is held")] OwnedSemaphorePermit);

/// The person has too many tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("too many tasks of this person are waiting")]
pub struct Busy;

impl Turns {
    /// Turns of people who may have `most` tasks each, including the one that runs.
    pub fn of(most: usize) -> Turns {
        Turns { people: Arc::default(), most }
    }

    /// Waits until the person's earlier tasks have ended. Dropping the future leaves the queue.
    ///
    /// # Errors
    /// [`Busy`].
    pub async fn take(&self, person: &str) -> Result<Turn, Busy> {
        let turn = self.semaphore(person);
        // Each waiting or running task holds the semaphore once.
        if Arc::strong_count(&turn) > self.most {
            return Err(Busy);
        }
        Ok(Turn(turn.acquire_owned().await.expect("it is never closed")))
    }

    fn semaphore(&self, person: &str) -> Arc<Semaphore> {
        let mut people = self.people.lock();
        if let Some(known) = people.get(person).and_then(Weak::upgrade) {
            return known;
        }
        if people.len() >= KNOWN {
            people.retain(|_, turn| turn.strong_count() > 0);
        }
        let new = Arc::new(Semaphore::new(1));
        people.insert(person.to_owned(), Arc::downgrade(&new));
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [LIMIT-11] A person has one task at a time; other people do not wait for it. Tasks beyond the limit are refused.
    #[tokio::test]
    async fn a_person_has_one_task_at_a_time() {
        let turns = Turns::of(2);
        let first = turns.take("ana").await.expect("the first");
        turns.take("ben").await.expect("another person");
        let mut second = Box::pin(turns.take("ana"));
        let waits = tokio::time::timeout(std::time::Duration::ZERO, &mut second).await.is_err();
        assert!(waits, "it waits for the first");
        assert_eq!(turns.take("ana").await.expect_err("a third"), Busy);
        drop(first);
        drop(second.await.expect("after the first"));
        turns.take("ana").await.expect("nobody waits");
    }

    #[tokio::test]
    async fn people_without_tasks_are_forgotten() {
        let turns = Turns::of(1);
        let stays = turns.take("ana").await.expect("the first");
        for n in 0..3 * KNOWN {
            turns.take(&n.to_string()).await.expect("another person");
        }
        assert!(turns.people.lock().len() <= KNOWN);
        assert_eq!(turns.take("ana").await.expect_err("it still runs"), Busy);
        drop(stays);
    }
}
