//! Work that is done later: how a feature describes it, queues it, and says what does it. The queue itself is run by
//! `notify`.

use std::pin::Pin;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use database::NewJob;
use endpoint::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error as ThisError;

use crate::{App, mail::SendError};

/// One kind of work, with all that is needed to do it. It is looked up when it is done: the queue holds no secret.
pub trait Work: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// As the queue, its page and the log name it.
    const KIND: &'static str;

    /// Work of one kind with the same name is queued once, however often it is asked for.
    fn once(&self) -> Option<String>;

    /// Does it. `Some`: there is more of it, to be done then.
    fn perform(self, app: App) -> impl Future<Output = std::result::Result<Option<DateTime<Utc>>, Failure>> + Send;
}

/// Why work was not done.
#[derive(Debug, ThisError)]
pub enum Failure {
    #[error("{0}")]
    Mail(#[from] SendError),
    #[error("{0}")]
    Server(#[from] Error),
    #[error("a database does not answer")]
    Database(#[from] sqlx::Error),
    #[error("it is of a newer version, or damaged")]
    Unknown,
}

impl Failure {
    /// Whether it may go better later.
    pub fn may_pass(&self) -> bool {
        match self {
            Failure::Mail(failure) => failure.may_pass(),
            Failure::Server(_) | Failure::Database(_) => true,
            Failure::Unknown => false,
        }
    }
}

type Outcome = std::result::Result<Option<DateTime<Utc>>, Failure>;
type Perform = dyn Fn(App, Value) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync;

/// What does one kind of work; a feature gives one for each kind that it queues.
#[derive(Clone)]
pub struct Worker {
    pub kind: &'static str,
    perform: Arc<Perform>,
}

impl Worker {
    pub fn of<W: Work>() -> Worker {
        let perform = |app, payload| -> Pin<Box<dyn Future<Output = Outcome> + Send>> {
            match serde_json::from_value::<W>(payload) {
                Ok(work) => Box::pin(work.perform(app)),
                Err(_) => Box::pin(std::future::ready(Err(Failure::Unknown))),
            }
        };
        Worker { kind: W::KIND, perform: Arc::new(perform) }
    }

    /// # Errors
    /// [`Failure`]; [`Failure::Unknown`] for a payload that this version cannot read.
    pub async fn perform(&self, app: App, payload: Value) -> Outcome {
        (self.perform)(app, payload).await
    }
}

/// Work as the queue holds it.
///
/// # Errors
/// When it cannot be written as JSON, which is a bug.
pub fn job<W: Work>(work: &W, run_at: DateTime<Utc>) -> Result<NewJob> {
    let payload = serde_json::to_value(work).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(NewJob { kind: W::KIND, once: work.once(), payload, run_at })
}

impl App {
    /// Queues work, to be begun at once.
    pub async fn later<W: Work>(&self, work: &W) -> Result<()> {
        self.db.enqueue([job(work, Utc::now())?]).await?;
        self.work_queued.notify_waiters();
        Ok(())
    }
}
