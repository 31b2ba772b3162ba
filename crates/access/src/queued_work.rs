//! Work for later: how a feature describes and queues a job, and names its worker. `notify` runs the queue.

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

/// A job of one kind, with its payload. Secrets are looked up when the job runs, so that the queue contains none.
pub trait Work: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The name of this kind of job in the queue, on the page of the queue and in the log.
    const KIND: &'static str;

    /// A name for the job: only one job of this kind is queued under the same name.
    fn once(&self) -> Option<String>;

    /// Runs the job. Returns the time to run it again, if there is more to do.
    fn perform(self, app: App) -> impl Future<Output = std::result::Result<Option<DateTime<Utc>>, Failure>> + Send;
}

/// Why a job failed.
#[derive(Debug, ThisError)]
pub enum Failure {
    #[error("{0}")]
    Mail(#[from] SendError),
    #[error("{0}")]
    Server(#[from] Error),
    #[error("a database does not answer")]
    Database(#[from] sqlx::Error),
    #[error("its payload is from a newer version, or damaged")]
    Unknown,
}

impl Failure {
    /// Whether a later attempt may succeed.
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

/// The worker for one kind of job; a feature has one for each kind that it queues.
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

/// A job in the form in which it is queued.
///
/// # Errors
/// When the job cannot be encoded as JSON, which is a bug.
pub fn job<W: Work>(work: &W, run_at: DateTime<Utc>) -> Result<NewJob> {
    let payload = serde_json::to_value(work).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(NewJob { kind: W::KIND, once: work.once(), payload, run_at })
}

impl App {
    /// Queues a job that is due at once.
    pub async fn later<W: Work>(&self, work: &W) -> Result<()> {
        self.db.enqueue([job(work, Utc::now())?]).await?;
        self.work_queued.notify_waiters();
        Ok(())
    }
}
