//! What every handler shares: concrete handles, cheap to clone.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hub::{Hub, Limits};
use metrics_exporter_prometheus::PrometheusHandle;
use store::{Db, DocumentId, Journal, SessionId};
use thiserror::Error;
use tokio::sync::{Semaphore, broadcast};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::auth::{Headless, Secure, SessionKeys, SetupSecret, SignIns};
use crate::backup::Healing;
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
    pub sessions: Arc<SessionKeys>,
    pub setup_secret: Arc<SetupSecret>,
    pub sign_ins: Arc<SignIns>,
    pub healing: Arc<Healing>,
    /// Turns at working out large differences.
    pub writers: Arc<Semaphore>,
    changes: broadcast::Sender<Change>,
    stop: CancellationToken,
    /// What the server really listens on.
    pub address: SocketAddr,
    origin: Arc<str>,
}

/// Something changed that open sockets must look at again. It carries no authority: they read the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Grants, trash or metadata of a document.
    Document(DocumentId),
    /// A session was ended.
    Session(SessionId),
}

/// Two cores at most compare documents, so that sockets have theirs.
const WRITERS: usize = 2;
/// A socket that falls this far behind looks at everything again.
const CHANGES_KEPT: usize = 1_024;

/// Why the server did not start.
#[derive(Debug, Error)]
pub enum StartError {
    #[error("the database cannot be used: {0}")]
    Database(#[from] sqlx::Error),
    #[error("{0}")]
    Journal(#[from] store::JournalError),
    #[error("headless_jwks_url cannot be used: {0}")]
    Jwks(#[from] reqwest::Error),
    #[error("the data folder cannot be used: {0}")]
    Folder(#[from] std::io::Error),
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
        let hub = Hub::start(
            journal,
            Limits { loaded_bytes: config.loaded_bytes, idle_room: Duration::from_secs(config.idle_room_seconds) },
        );
        let origin = match config.public_url.as_str() {
            "" => format!("http://{address}"),
            url => url.trim_end_matches('/').to_owned(),
        };
        let secure = if origin.starts_with("https:") { Secure::Always } else { Secure::Plain };
        let healing = Healing::read(&config.data)?;
        let sessions = SessionKeys::open(&config.data, secure)?;
        Ok(App {
            sessions: Arc::new(sessions),
            setup_secret: Arc::default(),
            sign_ins: Arc::default(),
            healing: Arc::new(healing),
            writers: Arc::new(Semaphore::new(WRITERS)),
            changes: broadcast::channel(CHANGES_KEPT).0,
            headless: Arc::new(Headless::new(&config, workspace)?),
            config: Arc::new(config),
            hub,
            db,
            addresses: Addresses::default(),
            metrics,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            address,
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

    /// Tells open sockets what to look at again.
    pub fn announce(&self, change: Change) {
        if let Change::Document(id) = change
            && let Some(room) = self.hub.peek(id)
        {
            room.tell_pages_to_look();
        }
        // Nobody listening is no failure.
        let _ = self.changes.send(change);
    }

    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    pub fn begin_stop(&self) {
        self.stop.cancel();
    }
}
