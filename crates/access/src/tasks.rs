//! Background tasks: how a feature defines one, and how the server runs it.

use std::pin::Pin;
use std::time::Duration;

use tracing::{error, warn};

use crate::App;

/// How often a task of [`Task::tidy`] runs.
const TIDY_EVERY: Duration = Duration::from_secs(600);

/// A background task of this node, which runs until the server stops.
pub struct Task {
    name: &'static str,
    run: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Task {
    pub fn new(name: &'static str, run: impl Future<Output = ()> + Send + 'static) -> Task {
        Task { name, run: Box::pin(run) }
    }

    /// A task that does something small every ten minutes, such as removing old rows. After a failure, the next run
    /// tries again.
    pub fn tidy<T, F>(name: &'static str, app: &App, tidy: impl Fn(App) -> F + Send + 'static) -> Task
    where
        F: Future<Output = sqlx::Result<T>> + Send,
        T: Send,
    {
        let app = app.clone();
        Task::new(name, async move {
            loop {
                tokio::select! {
                    () = tokio::time::sleep(TIDY_EVERY) => {}
                    () = app.until_stopping() => return,
                }
                // If there is much to remove, the next run continues.
                let tidied = tokio::select! {
                    tidied = tidy(app.clone()) => tidied,
                    () = app.until_stopping() => return,
                };
                if let Err(error) = tidied {
                    warn!(%error, task = name, "old rows cannot be removed");
                }
            }
        })
    }
}

impl App {
    /// Runs a task. A stop of the server waits for the task. A panic ends the task and is logged.
    pub fn run(&self, task: Task) {
        let (name, running) = (task.name, self.tasks.spawn(task.run));
        self.tasks.spawn(async move {
            if running.await.is_err_and(|end| end.is_panic()) {
                error!(task = name, "a background task of this node panicked and no longer runs");
            }
        });
    }
}
