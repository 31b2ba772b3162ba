//! An edit by the server is a sequence of three steps: a claim, the edit, and the transaction that settles it. The log
//! and the database share no transaction. After a crash between the steps, the log shows whether the edit was made, and
//! a job that was queued with the claim settles or releases it.

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

/// When the job checks whether a claim was settled: almost all are settled within a second.
const LOOK_AFTER: TimeDelta = TimeDelta::seconds(20);
/// The time after its claim within which an edit must begin.
const BEGINS_WITHIN: Duration = Duration::from_secs(60);
/// An edit that is not in the log this long after its claim never will be, because an append that takes half a minute
/// ends its room.
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::seconds(150);

/// The purpose of an edit by the server.
pub trait Purpose: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The kind of the job that settles the edit after a crash.
    const KIND: &'static str;
    type Settled: Send;

    /// The id that is locked against other edits until this one is settled.
    fn lock(&self, document: DocumentId) -> Option<Uuid>;

    /// The error while another edit holds the lock.
    fn locked() -> Error;

    /// The row of the log that holds the edit, if several edits share a row; `None` if the claim has its own. Each
    /// attempt to make these edits has a different row, so that a claim which a later attempt leaves out is not found
    /// in the row of that attempt.
    fn row(&self) -> Option<OperationId> {
        None
    }

    /// Checks that the edit can still be made. Runs in the transaction of the claim, under its lock.
    fn check(&self, tx: &mut Tx, by: &Actor, document: DocumentId) -> impl Future<Output = Result<()>> + Send;

    /// Writes the consequences of the edit, with its audit, in the transaction that ends the claim ([`Made::end`]).
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
    /// Ends the claim; `false` if it was already settled elsewhere.
    pub async fn end(&self, tx: &mut Tx) -> sqlx::Result<bool> {
        tx.settle(self.operation, self.kind).await
    }
}

/// Why an edit has no row number.
pub(crate) enum NotMade {
    /// The edit was not made: the log is unchanged.
    Certain(Error),
    /// The edit may have been made: only the log knows.
    Unknown(Error),
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
        Claim::begin_all(app, document, by, vec![purpose], after).await?.pop().unwrap_or_else(|| Err(P::locked()))
    }

    /// Claims several edits, in one transaction. Returns a reason for each edit that cannot be claimed.
    pub(crate) async fn begin_all(
        app: &App,
        document: DocumentId,
        by: &Actor,
        purposes: Vec<P>,
        after: u64,
    ) -> Result<Vec<Result<Claim<P>>>> {
        let begun = Instant::now();
        let mut tx = app.db.begin().await?;
        let mut claims = Vec::new();
        for purpose in purposes {
            let claim = Claim::add(app, &mut tx, (document, by, after), purpose, begun).await;
            claims.push(claim?);
        }
        tx.commit().await?;
        Ok(claims)
    }

    async fn add(
        app: &App,
        tx: &mut Tx,
        (document, by, after): (DocumentId, &Actor, u64),
        purpose: P,
        begun: Instant,
    ) -> Result<Result<Claim<P>>> {
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
        if !tx.claim(new, later).await? {
            return Ok(Err(P::locked()));
        }
        match purpose.check(tx, by, document).await {
            Ok(()) => {}
            // After this error, the transaction may have ended.
            Err(error @ Error::Database(_)) => return Err(error),
            Err(refused) => {
                tx.settle(operation, P::KIND).await?;
                return Ok(Err(refused));
            }
        }
        let made = Made { operation, kind: P::KIND, document, by: by.clone() };
        Ok(Ok(Claim { app: app.clone(), made, purpose, begun }))
    }

    /// The id of the row of the log that is to hold the edit.
    pub(crate) fn row(&self) -> OperationId {
        self.purpose.row().unwrap_or(self.made.operation)
    }

    /// Whether the job may have released the claim.
    pub(crate) fn is_late(&self) -> bool {
        self.begun.elapsed() > BEGINS_WITHIN
    }

    pub fn purpose(&self) -> &P {
        &self.purpose
    }

    /// Stores the data for settling the edit, once it is known. Call this before the edit.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note(&mut self, purpose: P) -> Result<()> {
        let app = self.app.clone();
        Claim::note_all(&app, vec![(self, purpose)]).await
    }

    /// Does what [`Claim::note`] does, for several claims at once.
    pub(crate) async fn note_all(app: &App, all: Vec<(&mut Claim<P>, P)>) -> Result<()> {
        let mut tx = app.db.begin().await?;
        for (claim, purpose) in &all {
            tx.set_purpose(claim.made.operation, written(purpose)?).await?;
        }
        tx.commit().await?;
        all.into_iter().for_each(|(claim, purpose)| claim.purpose = purpose);
        Ok(())
    }

    /// Returns the number of the row. If the edit was surely not made, the claim ends too.
    pub(crate) async fn unless_made(&self, made: std::result::Result<u64, NotMade>) -> Result<u64> {
        match made {
            Ok(seq) => Ok(seq),
            Err(NotMade::Unknown(error)) => Err(error),
            Err(NotMade::Certain(error)) => {
                self.release().await;
                Err(error)
            }
        }
    }

    /// Ends the claim of an edit that was not made. If this fails, the queued job does it.
    pub async fn release(&self) {
        if let Err(error) = release(&self.app, &self.made).await {
            warn!(%error, "a claim stays until the job releases it");
        }
    }

    /// Writes the consequences of the edit.
    ///
    /// # Errors
    /// The errors of the purpose. The claim remains in that case, and the queued job tries again.
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

/// The job that settles an edit after a crash, or releases its claim if the edit was not made.
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
        let row = purpose.row().unwrap_or(self.operation);
        let (journal, document, op) = (app.hub.journal().clone(), claim.document_id, row.0);
        let found = tokio::task::spawn_blocking(move || journal.row_of(document, claim.after_seq as u64, op)).await;
        let found = found.map_err(|panic| Error::Internal(panic.to_string()))?;
        let found = found.map_err(|error| Error::Internal(error.to_string()))?;
        let age = Utc::now() - claim.created_at;
        match found {
            Some(seq) => {
                info!(%document, seq, kind = P::KIND, "settled an edit whose process had not settled it");
                purpose.settle(&app, &made).await?;
            }
            None if age < GIVEN_UP_AFTER => return Ok(Some(Utc::now() + LOOK_AFTER)),
            None => release(&app, &made).await?,
        }
        Ok(None)
    }
}
