//! Runs the job queue. A job is run at least once, by any node, until it succeeds or has failed too often.

pub mod routes;
pub mod rows;

use crate::jobs::rows::{Job, JobCounts, Lane};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use access::App;
use access::queued_work::{Failure, Worker};
use chrono::{TimeDelta, Utc};

use rand::Rng;
use tokio::task::JoinSet;
use tracing::{error, info, warn};

/// The worker for each kind of job.
type Workers = HashMap<&'static str, Worker>;

/// The delay after which a node sees a job that another node queued.
const POLL_EVERY: Duration = Duration::from_secs(1);
/// The number of jobs that run in each lane. Jobs are slow but cheap; further jobs wait their turn.
const AT_ONCE: usize = 8;
/// How long a node holds a job, which is longer than any job takes. After that, the node is considered dead.
const LEASE: TimeDelta = TimeDelta::seconds(120);
/// The first pause. Each further pause is twice as long, up to an hour. Twelve attempts take about six hours.
const PAUSE: TimeDelta = TimeDelta::seconds(5);
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);
const TRIES: i64 = 12;
const COUNT_EVERY: Duration = Duration::from_secs(10);

/// Runs jobs that are due until the server stops. Jobs already begun are finished.
pub async fn work(app: App, workers: Vec<Worker>) {
    let workers = Arc::new(Workers::from_iter(workers.into_iter().map(|worker| (worker.kind, worker))));
    let (mails, rest) = (run(&app, Lane::Mails, &workers), run(&app, Lane::Rest, &workers));
    tokio::join!(mails, rest, count(&app));
}

/// Runs one lane. A free place takes the next job, however long the others take.
async fn run(app: &App, lane: Lane, workers: &Arc<Workers>) {
    let mut under_way = JoinSet::new();
    let mut fails = false;
    while !app.is_stopping() {
        while under_way.try_join_next().is_some() {}
        let free = AT_ONCE.saturating_sub(under_way.len());
        let jobs = match rows::claim(&app.db, lane, free as i64, LEASE).await {
            Ok(jobs) => {
                fails = false;
                jobs
            }
            Err(error) => {
                if !std::mem::replace(&mut fails, true) {
                    warn!(%error, "the queue of work cannot be read");
                }
                Vec::new()
            }
        };
        let none = jobs.is_empty();
        for job in jobs {
            let (app, workers) = (app.clone(), workers.clone());
            under_way.spawn(async move { attempt(&app, &workers, job).await });
        }
        if under_way.len() == AT_ONCE {
            under_way.join_next().await;
        } else if none {
            tokio::select! {
                () = app.work_queued.notified() => {}
                Some(_) = under_way.join_next() => {}
                () = tokio::time::sleep(POLL_EVERY) => {}
                () = app.until_stopping() => {}
            }
        }
    }
    under_way.join_all().await;
}

/// Updates the metrics of the queue.
async fn count(app: &App) {
    while !app.is_stopping() {
        if let Ok(JobCounts { waiting, dead }) = rows::count(&app.db).await {
            metrics::gauge!("consilium_jobs", "state" => "waiting").set(waiting as f64);
            metrics::gauge!("consilium_jobs", "state" => "dead").set(dead as f64);
        }
        if let Ok(since) = rows::due_since(&app.db).await {
            let seconds = since.map_or(0, |since| (Utc::now() - since).num_seconds());
            metrics::gauge!("consilium_job_oldest_seconds").set(seconds as f64);
        }
        tokio::select! {
            () = tokio::time::sleep(COUNT_EVERY) => {}
            () = app.until_stopping() => {}
        }
    }
}

async fn attempt(app: &App, workers: &Workers, job: Job) {
    let outcome = match (workers.get(job.kind.as_str()), serde_json::from_str(&job.payload)) {
        (Some(worker), Ok(payload)) => worker.perform(app.clone(), payload).await,
        _ => Err(Failure::Unknown),
    };
    let noted = match outcome {
        Ok(Some(later)) => rows::put_off(&app.db, &job, later).await,
        Ok(None) => {
            info!(kind = job.kind, attempts = job.attempts, "done");
            rows::finish(&app.db, &job).await
        }
        Err(failure) => {
            let again = (job.attempts < TRIES && failure.may_pass()).then(|| Utc::now() + pause_after(job.attempts));
            match again {
                Some(_) => {
                    warn!(kind = job.kind, attempts = job.attempts, %failure, "a job failed; it will be tried again")
                }
                None => error!(kind = job.kind, attempts = job.attempts, %failure, "a job failed and was given up"),
            }
            rows::fail(&app.db, &job, &failure.to_string(), again).await
        }
    };
    if let Err(error) = noted {
        warn!(%error, "cannot record the outcome of a job: it will run again");
    }
}

/// Doubles the pause each time, with some jitter.
pub fn pause_after(attempts: i64) -> TimeDelta {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(20);
    let pause = (PAUSE * 2_i32.pow(doublings)).min(LONGEST_PAUSE);
    pause + TimeDelta::milliseconds(rand::rng().random_range(0..=pause.num_milliseconds() / 5))
}
