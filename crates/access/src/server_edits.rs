//! An edit by the server is one sequence: a claim, the edit, and the transaction that settles it. The log of the
//! document and the rows share no transaction: after a crash between them, the log says whether the edit was made,
//! and work that was queued with the claim settles or releases it.

use std::marker::PhantomData;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use database::{Actor, NewOperation, Tx, operations};
use endpoint::{Error, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracing::{info, warn};
use uuid::Uuid;
use vocabulary::{DocumentId, OperationId};

use crate::App;
use crate::queued_work::{Failure, Work, job};

/// When somebody looks whether a claim was settled: almost all are within a second.
const LOOK_AFTER: TimeDelta = TimeDelta::seconds(20);
/// No edit begins later than this after its claim ...
const BEGINS_WITHIN: Duration = Duration::from_secs(60);
/// ... and one that is not in the log by then never will be: an append that takes half a minute ends its room.
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::seconds(150);

/// What an edit is for.
pub trait Purpose: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Of the work that settles it after a crash.
    const KIND: &'static str;
    type Settled: Send;

    /// What nobody else may decide until it is settled.
    fn lock(&self, document: DocumentId) -> Option<Uuid>;

    /// What is said while another edit holds the lock.
    fn locked() -> Error;

    /// Whether it can still be served; in the transaction of the claim, under its lock.
    fn check(&self, tx: &mut Tx, by: &Actor, document: DocumentId) -> impl Future<Output = Result<()>> + Send;

    /// Writes what follows from the edit, with its audit, in the transaction that ends the claim ([`Made::end`]).
    fn settle(self, app: &App, made: &Made) -> impl Future<Output = Result<Self::Settled>> + Send;
}

/// An edit that is in the log.
#[derive(Clone, Debug)]
pub struct Made {
    pub operation: OperationId,
    pub kind: &'static str,
    pub document: DocumentId,
    pub by: Actor,
}

impl Made {
    /// Ends the claim; `false` when somebody else has settled it.
    pub async fn end(&self, tx: &mut Tx) -> sqlx::Result<bool> {
        tx.settle(self.operation, self.kind).await
    }
}

/// Why there is no number of a row.
pub(crate) enum NotMade {
    /// The log is as it was.
    Surely(Error),
    /// Only the log knows.
    Perhaps(Error),
}

/// The right to make one edit.
pub struct Claim<P> {
    app: App,
    made: Made,
    purpose: P,
    begun: Instant,
}

impl<P: Purpose> Claim<P> {
    pub(crate) async fn begin(app: &App, document: DocumentId, by: &Actor, purpose: P, after: u64) -> Result<Claim<P>> {
        let operation = OperationId::new();
        let new = NewOperation {
            operation,
            document,
            kind: P::KIND,
            lock: purpose.lock(document),
            after,
            by: by.clone(),
            purpose: written(&purpose)?,
        };
        let later = job(&SettleEdit::<P>::of(operation), Utc::now() + LOOK_AFTER)?;
        let begun = Instant::now();
        let mut tx = app.db.begin().await?;
        if !tx.claim(new, later).await? {
            return Err(P::locked());
        }
        purpose.check(&mut tx, by, document).await?;
        tx.commit().await?;
        let made = Made { operation, kind: P::KIND, document, by: by.clone() };
        Ok(Claim { app: app.clone(), made, purpose, begun })
    }

    pub(crate) fn operation(&self) -> OperationId {
        self.made.operation
    }

    /// Whether somebody may have given it up.
    pub(crate) fn is_late(&self) -> bool {
        self.begun.elapsed() > BEGINS_WITHIN
    }

    pub fn purpose(&self) -> &P {
        &self.purpose
    }

    /// Notes what settling writes, once it is known; before the edit.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note(&mut self, purpose: P) -> Result<()> {
        operations::set_purpose(&self.app.db, self.made.operation, written(&purpose)?).await?;
        self.purpose = purpose;
        Ok(())
    }

    /// The number of the row; or why there is none, and then no claim either.
    pub(crate) async fn unless_made(&self, made: std::result::Result<u64, NotMade>) -> Result<u64> {
        match made {
            Ok(seq) => Ok(seq),
            Err(NotMade::Perhaps(error)) => Err(error),
            Err(NotMade::Surely(error)) => {
                self.release().await;
                Err(error)
            }
        }
    }

    /// Ends the claim of an edit that was not made. Where that fails, the queued work does it.
    pub async fn release(&self) {
        if let Err(error) = release(&self.app, &self.made).await {
            warn!(%error, "a claim stays until it is looked at");
        }
    }

    /// Writes what follows from the edit.
    ///
    /// # Errors
    /// What the purpose says. The claim stays then, and the queued work tries again.
    pub async fn settle(self) -> Result<P::Settled> {
        self.purpose.settle(&self.app, &self.made).await
    }
}

async fn release(app: &App, made: &Made) -> sqlx::Result<()> {
    let mut tx = app.db.begin().await?;
    made.end(&mut tx).await?;
    tx.commit().await
}

fn written<P: Serialize>(purpose: &P) -> Result<Value> {
    serde_json::to_value(purpose).map_err(|error| Error::Internal(error.to_string()))
}

/// Settles an edit whose process ended before it could, or releases its claim if there is no such edit.
#[derive(Deserialize, Serialize)]
#[serde(bound = "")]
pub struct SettleEdit<P> {
    operation: OperationId,
    #[serde(skip)]
    purpose: PhantomData<fn() -> P>,
}

impl<P> SettleEdit<P> {
    fn of(operation: OperationId) -> SettleEdit<P> {
        SettleEdit { operation, purpose: PhantomData }
    }
}

impl<P: Purpose> Work for SettleEdit<P> {
    const KIND: &'static str = P::KIND;

    fn once(&self) -> Option<String> {
        Some(self.operation.to_string())
    }

    async fn perform(self, app: App) -> std::result::Result<Option<DateTime<Utc>>, Failure> {
        let Some(claim) = operations::find(&app.db, self.operation).await? else { return Ok(None) };
        let unreadable = |_| Failure::Unknown;
        let by: Actor = serde_json::from_str(&claim.actor).map_err(unreadable)?;
        let purpose: P = serde_json::from_str(&claim.purpose).map_err(unreadable)?;
        let made = Made { operation: self.operation, kind: P::KIND, document: claim.document_id, by };
        let (journal, document, op) = (app.hub.journal().clone(), claim.document_id, self.operation.0);
        let found = tokio::task::spawn_blocking(move || journal.row_of(document, claim.after_seq as u64, op)).await;
        let found = found.map_err(|panic| Error::Internal(panic.to_string()))?;
        let found = found.map_err(|error| Error::Internal(error.to_string()))?;
        let age = Utc::now() - claim.created_at;
        match found {
            Some(seq) => {
                info!(%document, seq, kind = P::KIND, "an edit is settled that its process could not settle");
                purpose.settle(&app, &made).await?;
            }
            None if age < GIVEN_UP_AFTER => return Ok(Some(Utc::now() + LOOK_AFTER)),
            None => release(&app, &made).await?,
        }
        Ok(None)
    }
}
