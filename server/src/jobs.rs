//! Work that is done later: mails, reminders, revisions. Any node does it, at least once, until it succeeds or has failed too often.

use database::{Actor, Job, JobCounts, NewJob, jobs};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rand::Rng;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::sync::Notify;
use tokio::time::Instant;
use tracing::{error, info, warn};
use vocabulary::{AccountId, ApprovalId, DocumentId, WorkspaceId};

use crate::app::App;
use crate::error::Error;
use crate::mail::{self, SendError};
use crate::{reminders, revisions};

/// What is to be done. Everything is looked up when it is done: the queue holds no secret.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "work", rename_all = "kebab-case")]
pub enum Work {
    /// The link by which somebody sets a new password.
    Reset { by: Actor, account: AccountId },
    /// The link by which somebody proves an address.
    Verify { by: Actor, account: AccountId },
    /// An invitation of its own, beside the one that the inviter saw.
    Invite { by: Actor, inviter: AccountId, role: String, address: String },
    /// What somebody has not read; queued by the store, with what they should hear of.
    News { workspace: WorkspaceId, account: AccountId },
    /// The step of an approval that is due soon.
    Remind { workspace: WorkspaceId, document: DocumentId, approval: ApprovalId, step: usize },
    /// A revision of a document that somebody wrote in, once nobody does.
    Keep { document: DocumentId },
    /// Revisions that are too old, again and again.
    Retain,
}

impl Work {
    fn kind(&self) -> &'static str {
        match self {
            Work::Reset { .. } => "mail-reset",
            Work::Verify { .. } => "mail-verify",
            Work::Invite { .. } => "mail-invite",
            Work::News { .. } => "mail-news",
            Work::Remind { .. } => "remind",
            Work::Keep { .. } => "keep-revision",
            Work::Retain => "let-revisions-go",
        }
    }

    /// Asked for twice, some things are done once.
    fn once(&self) -> Option<String> {
        match self {
            Work::Reset { account, .. } | Work::Verify { account, .. } => Some(account.to_string()),
            Work::Invite { .. } => None,
            Work::News { workspace, account } => Some(format!("{workspace}/{account}")),
            Work::Remind { approval, step, .. } => Some(format!("{approval}/{step}")),
            Work::Keep { document } => Some(document.to_string()),
            Work::Retain => Some(String::new()),
        }
    }

    /// As it is queued.
    ///
    /// # Errors
    /// When it cannot be written down, which is a bug.
    pub fn at(&self, run_at: DateTime<Utc>) -> Result<NewJob, Error> {
        let payload = serde_json::to_value(self).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(NewJob { kind: self.kind(), once: self.once(), payload, run_at })
    }
}

/// Why work was not done.
#[derive(Debug, Error)]
enum Failure {
    #[error("{0}")]
    Mail(#[from] SendError),
    #[error("{0}")]
    Server(#[from] Error),
    #[error("a database does not answer")]
    Database(#[from] sqlx::Error),
    #[error("it is of a newer version, or damaged")]
    Unknown,
}

/// Wakes the worker of this node.
#[derive(Clone, Default)]
pub struct Jobs(Arc<Notify>);

/// Work that another node queued is seen so soon.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Mails are slow and cost nothing: more than this wait their turn.
const AT_ONCE: i64 = 8;
/// Longer than any work takes; then its node is taken for dead.
const LEASE: TimeDelta = TimeDelta::seconds(120);
/// The first pause; each next one is twice as long, up to an hour. Twelve tries last some six hours.
const PAUSE: TimeDelta = TimeDelta::seconds(5);
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);
const TRIES: i64 = 12;
const COUNT_EVERY: Duration = Duration::from_secs(10);

impl App {
    /// Queues work, to be begun at once.
    pub async fn later(&self, work: &Work) -> Result<(), Error> {
        self.db.enqueue([work.at(Utc::now())?]).await?;
        self.jobs.0.notify_one();
        Ok(())
    }
}

/// Does what is due, until the server stops; what was begun by then is finished.
pub async fn work(app: App) {
    let mut counted: Option<Instant> = None;
    while !app.is_stopping() {
        let jobs = match jobs::claim(&app.db, AT_ONCE, LEASE).await {
            Ok(jobs) => jobs,
            Err(error) => {
                warn!(%error, "the queue of work cannot be read");
                Vec::new()
            }
        };
        let none = jobs.is_empty();
        futures_util::future::join_all(jobs.into_iter().map(|job| attempt(&app, job))).await;
        if counted.is_none_or(|at| at.elapsed() > COUNT_EVERY) {
            counted = Some(Instant::now());
            if let Ok(JobCounts { waiting, dead }) = jobs::count(&app.db).await {
                metrics::gauge!("consilium_jobs", "state" => "waiting").set(waiting as f64);
                metrics::gauge!("consilium_jobs", "state" => "dead").set(dead as f64);
            }
        }
        if none {
            tokio::select! {
                () = app.jobs.0.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = app.until_stopping() => {}
            }
        }
    }
}

async fn attempt(app: &App, job: Job) {
    let outcome = match serde_json::from_str(&job.payload) {
        Ok(work) => perform(app, work).await,
        Err(_) => Err(Failure::Unknown),
    };
    let noted = match outcome {
        Ok(Some(later)) => jobs::put_off(&app.db, &job, later).await,
        Ok(None) => {
            info!(kind = job.kind, attempts = job.attempts, "done");
            jobs::finish(&app.db, &job).await
        }
        Err(failure) => {
            let again = (job.attempts < TRIES && failure.may_pass()).then(|| Utc::now() + pause_after(job.attempts));
            match again {
                Some(_) => warn!(kind = job.kind, attempts = job.attempts, %failure, "not done: it is tried again"),
                None => error!(kind = job.kind, attempts = job.attempts, %failure, "not done, and given up"),
            }
            jobs::fail(&app.db, &job, &failure.to_string(), again).await
        }
    };
    if let Err(error) = noted {
        warn!(%error, "what became of some work cannot be noted: it is done again");
    }
}

impl Failure {
    /// Whether it may go better later.
    fn may_pass(&self) -> bool {
        match self {
            Failure::Mail(failure) => failure.may_pass(),
            Failure::Server(_) | Failure::Database(_) => true,
            Failure::Unknown => false,
        }
    }
}

/// Twice as long each time, and not all at the same moment.
pub fn pause_after(attempts: i64) -> TimeDelta {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(20);
    let pause = (PAUSE * 2_i32.pow(doublings)).min(LONGEST_PAUSE);
    pause + TimeDelta::milliseconds(rand::rng().random_range(0..=pause.num_milliseconds() / 5))
}

/// Does it, and says when there is more of it.
async fn perform(app: &App, work: Work) -> Result<Option<DateTime<Utc>>, Failure> {
    match work {
        Work::Reset { by, account } => mail::send_reset(app, &by, account).await?,
        Work::Verify { by, account } => mail::send_verification(app, &by, account).await?,
        Work::Invite { by, inviter, role, address } => {
            mail::send_invite(app, &by, inviter, role, &address).await?;
        }
        Work::News { workspace, account } => return Ok(mail::news::send(app, workspace, account).await?),
        Work::Remind { workspace, document, approval, step } => {
            return Ok(reminders::remind(app, workspace, document, approval, step).await?);
        }
        Work::Keep { document } => return Ok(revisions::keep_if_quiet(app, document).await?),
        Work::Retain => return Ok(revisions::let_go(app).await?),
    }
    Ok(None)
}
