//! What every handler shares: concrete handles, cheap to clone.

use std::net::SocketAddr;
use std::sync::Arc;

use hub::{Hub, Limits};
use metrics_exporter_prometheus::PrometheusHandle;
use store::{Db, Journal};
use thiserror::Error;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::auth::Headless;
use crate::config::Config;
use crate::sockets::Addresses;

#[derive(Clone)]
pub struct App {
    pub config: Arc<Config>,
    pub hub: Hub,
    pub db: Db,
    pub headless: Arc<Headless>,
    pub addresses: Addresses,
    pub metrics: PrometheusHandle,
    /// Sockets; a stop waits for them.
    pub tasks: TaskTracker,
    stop: CancellationToken,
    origin: Arc<str>,
}

/// Why the server did not start.
#[derive(Debug, Error)]
pub enum StartError {
    #[error("the database cannot be used: {0}")]
    Database(#[from] sqlx::Error),
    #[error("{0}")]
    Journal(#[from] store::JournalError),
}

impl App {
    /// Opens the stores and starts the hub. `address` is what the server really listens on.
    ///
    /// # Errors
    /// [`StartError`]: nothing is served from a store that is in doubt.
    pub async fn start(config: Config, address: SocketAddr, metrics: PrometheusHandle) -> Result<App, StartError> {
        let db = Db::connect(&config.database_url()).await?;
        db.migrate().await?;
        let journal = Journal::open(&config.journal_url())?;
        let workspace = db.headless_workspace(&config.headless_workspace).await?;
        let hub = Hub::start(journal, Limits { loaded_bytes: config.loaded_bytes });
        let origin = match config.public_url.as_str() {
            "" => format!("http://{address}"),
            url => url.trim_end_matches('/').to_owned(),
        };
        Ok(App {
            headless: Arc::new(Headless::new(&config, workspace)),
            config: Arc::new(config),
            hub,
            db,
            addresses: Addresses::default(),
            metrics,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            origin: origin.into(),
        })
    }

    /// Scheme, host and port of the URL that people type.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    pub fn is_own_origin(&self, origin: &str) -> bool {
        origin == &*self.origin || origin == self.origin.replace("127.0.0.1", "localhost")
    }

    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    pub fn begin_stop(&self) {
        self.stop.cancel();
    }
}
