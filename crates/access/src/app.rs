//! The state that all request handlers share: handles of concrete types, cheap to clone.

use database::{Actor, Change, Db, SchemaError, documents, members};
use std::collections::HashSet;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

pub use hub::Wanted;
use hub::{Builds, Hub, Limits, Work};
use journal::{Bus, Journal, Trim};
use metrics_exporter_prometheus::PrometheusHandle;
use parking_lot::Mutex;
use secrecy::ExposeSecret;
use thiserror::Error;
use tokio::sync::{Notify, broadcast, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;
use vocabulary::{ActorKind, WorkspaceId};

use endpoint::Error;

use crate::mail::{Mail, MailError};
use crate::session_keys::{Secure, SessionKeys};
use crate::{
    after_restore::RestoreRecovery, cached_rights::CachedRights, config::Config, config::masked_url,
    headless_document_ids::HeadlessDocumentIds, headless_tokens::Headless, health::Health,
    pre_auth_memory::PreAuthMemory, rate_limits::RateLimits, read_only::Flags, refused_clients::RefusedClients,
    sign_in_limits::SignIns, sockets_per_address::Addresses, topics::Topics,
};

/// The shared state of requests and sockets. Clones share it.
#[derive(Clone)]
pub struct App(Arc<Parts>);

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

pub struct Parts {
    pub config: Arc<Config>,
    pub hub: Hub,
    pub db: Db,
    pub headless: Arc<Headless>,
    pub addresses: Addresses,
    pub pre_auth_memory: PreAuthMemory,
    pub refused_clients: RefusedClients,
    pub metrics: PrometheusHandle,
    /// The tasks of sockets, and other tasks of this node. A stop waits for them.
    pub tasks: TaskTracker,
    pub sessions: Arc<SessionKeys>,
    pub sign_ins: Arc<SignIns>,
    pub restore_recovery: Arc<RestoreRecovery>,
    pub health: Health,
    pub flags: Flags,
    pub cached_rights: Arc<CachedRights>,
    pub names: Arc<HeadlessDocumentIds>,
    pub rate_limits: Arc<RateLimits>,
    pub mail: Mail,
    /// The watched topics of this node.
    pub topics: Arc<Topics>,
    /// Wakes the worker of this node.
    pub work_queued: Arc<Notify>,
    /// Wakes the consumers of events on this node.
    events_logged: watch::Sender<()>,
    builds: Builds,
    /// Changes for this node's sockets; on `None`, they check everything.
    changes: broadcast::Sender<Option<Change>>,
    /// Log rows of which this node's sockets were already notified, until the log reader reads them back.
    // The mutex is held only to add or remove one id.
    committed_here: Mutex<HashSet<i64>>,
    stop: CancellationToken,
    /// The address on which the server actually listens.
    pub address: SocketAddr,
    origin: Arc<str>,
}

/// The number of changes that are kept for a slow socket. One that falls further behind checks everything.
const CHANGES_KEPT: usize = 1_024;
/// The maximum number of rows in `committed_here`, more than a node commits between two reads of the log. Sockets are
/// notified of a forgotten row twice.
const COMMITTED_KEPT: usize = 10_000;

/// The reason why the server did not start.
#[derive(Debug, Error)]
pub enum StartError {
    #[error("the database cannot be used: {0}")]
    Database(#[from] sqlx::Error),
    /// A store does not answer, or is not of the kind that its URL names.
    #[error("the {store} {url} ({key}) cannot be used: {reason}")]
    Store { store: &'static str, url: String, key: &'static str, reason: String },
    #[error(transparent)]
    Schema(#[from] SchemaError),
    #[error("the journal could not be opened")]
    Interrupted(#[from] tokio::task::JoinError),
    #[error("no client for headless_jwks_url can be made: {0}")]
    Client(#[from] reqwest::Error),
    #[error("{0}")]
    Mail(#[from] MailError),
    #[error("the data folder cannot be used: {0}")]
    Folder(#[from] std::io::Error),
}

fn unusable(store: &'static str, url: &str, key: &'static str, error: &dyn std::fmt::Display) -> StartError {
    StartError::Store { store, url: masked_url(url), key, reason: error.to_string() }
}

impl App {
    /// Opens the stores and starts the hub. `address` is where the server actually listens.
    ///
    /// # Errors
    /// [`StartError`]. Nothing is served from a store that cannot be opened safely.
    pub async fn start(config: Config, address: SocketAddr, metrics: PrometheusHandle) -> Result<App, StartError> {
        let database = |error: sqlx::Error| unusable("database", &config.database_url(), "database_url", &error);
        let db = Db::connect(&config.database_url(), &config.database_options()).await.map_err(database)?;
        db.make_ready().await.map_err(|error| match error {
            error @ SchemaError::Foreign(_) => unusable("database", &config.database_url(), "database_url", &error),
            error => error.into(),
        })?;
        let (url, options) = (config.journal_url(), config.journal_options());
        let journal = tokio::task::spawn_blocking(move || Journal::open(&url, &options)).await?;
        let journal = journal.map_err(|error| unusable("journal", &config.journal_url(), "journal_url", &error))?;
        if let Some(weakness) = journal.weakness() {
            warn!(weakness, "the journal is less durable than it could be");
        }
        let bus = Bus::open(config.bus_url.expose_secret(), &config.bus_ca_file);
        let bus = bus.map_err(|error| unusable("bus", config.bus_url.expose_secret(), "bus_url", &error))?;
        let flags = Flags::default();
        flags.read(&db).await?;
        let workspace = documents::headless_workspace(&db, &config.headless_workspace).await?;
        let hub = Hub::start(
            journal,
            bus,
            Limits {
                loaded_bytes: config.loaded_bytes,
                idle_room: Duration::from_secs(config.idle_room_seconds),
                quiet_document: Duration::from_secs(config.quiet_document_seconds),
                presence_bytes: config.presence_bytes,
                trim: if config.trim_journal { Trim::BelowSnapshots } else { Trim::Nothing },
            },
        );
        let origin = match config.public_url.as_str() {
            "" if config.tls_cert.is_empty() => format!("http://{address}"),
            "" => format!("https://{address}"),
            url => url.trim_end_matches('/').to_owned(),
        };
        let secure = if origin.starts_with("https:") { Secure::Always } else { Secure::Plain };
        let restore_recovery = RestoreRecovery::read(&db).await?;
        let sessions = SessionKeys::open(&db, &config.data, secure).await?;
        let app = App(Arc::new(Parts {
            sessions: Arc::new(sessions),
            sign_ins: Arc::default(),
            restore_recovery: Arc::new(restore_recovery),
            health: Health::default(),
            flags,
            cached_rights: Arc::default(),
            names: Arc::default(),
            rate_limits: Arc::new(RateLimits::new(&config)),
            mail: Mail::new(&config)?,
            topics: Arc::default(),
            work_queued: Arc::default(),
            events_logged: watch::Sender::default(),
            builds: Builds::within(config.building_bytes, config.work_waiting_of_person),
            changes: broadcast::channel(CHANGES_KEPT).0,
            headless: Arc::new(Headless::new(&config, workspace)?),
            pre_auth_memory: PreAuthMemory::new(config.unadmitted_bytes),
            config: Arc::new(config),
            hub,
            db,
            addresses: Addresses::default(),
            refused_clients: RefusedClients::default(),
            metrics,
            tasks: TaskTracker::new(),
            committed_here: Mutex::default(),
            stop: CancellationToken::new(),
            address,
            origin: origin.into(),
        }));
        let parts = Arc::downgrade(&app.0);
        app.db.on_commit(move |noted| {
            if let Some(parts) = parts.upgrade() {
                App(parts).on_committed(noted);
            }
        });
        Ok(app)
    }

    /// The scheme, host and port of the public URL.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether pages of this other origin may call the API with a key.
    pub fn allows_origin(&self, origin: &str) -> bool {
        self.config.allowed_origins.iter().any(|allowed| allowed == origin)
    }

    /// Whether the public URL is `https:`.
    pub fn is_on_tls(&self) -> bool {
        self.origin.starts_with("https:")
    }

    /// The workspace in which events without a workspace are recorded.
    ///
    /// # Errors
    /// When the database does not answer, or nobody has an account yet.
    pub async fn home(&self) -> Result<WorkspaceId, Error> {
        members::first_workspace(&self.db).await?.ok_or(Error::NotFound("workspace"))
    }

    pub fn is_own_origin(&self, origin: &str) -> bool {
        origin == &*self.origin || origin == self.origin.replace("127.0.0.1", "localhost")
    }

    /// Handles a commit of this process: notifies this node's sockets at once, and hints other nodes to read the log.
    fn on_committed(&self, noted: &[(i64, Change)]) {
        // Changes of rights come first, so that no socket is notified of a topic that its user may no longer see.
        let (hints, rights): (Vec<_>, Vec<_>) = noted.iter().copied().partition(|(_, change)| change.is_only_news());
        for (id, change) in rights.into_iter().chain(hints) {
            match change {
                // The log reader reloads the switches and keys from the database.
                Change::Flags | Change::Keys => self.hub.wake_changes_reader(),
                change => {
                    let mut committed = self.committed_here.lock();
                    // An id that is added only after its row was read back is never removed, so the set must be
                    // bounded.
                    if committed.len() >= COMMITTED_KEPT {
                        committed.clear();
                    }
                    committed.insert(id);
                    drop(committed);
                    self.notify_sockets(change);
                }
            }
        }
        self.wake_consumers();
        if !noted.is_empty() {
            self.hub.signal_changes();
        }
    }

    /// Makes this node's event consumers read the log.
    pub fn wake_consumers(&self) {
        self.events_logged.send_replace(());
    }

    /// A receiver that is notified when there may be new events.
    pub fn events_logged(&self) -> watch::Receiver<()> {
        self.events_logged.subscribe()
    }

    /// Whether this process committed a log row and has notified its sockets. Forgets the row, so call this only once
    /// for each.
    pub fn was_committed_here(&self, id: i64) -> bool {
        self.committed_here.lock().remove(&id)
    }

    /// Notifies the open sockets of this node of a change.
    pub fn notify_sockets(&self, change: Change) {
        if let Change::Tree(_) | Change::Space(_) = change {
            return self.notify_of_heirs(change);
        }
        let news = match change {
            Change::Document(id) => Some((id, "changed")),
            Change::Comments(id) => Some((id, "comments")),
            Change::Revisions(id) => Some((id, "revisions")),
            _ => None,
        };
        if let Some((id, what)) = news
            && let Some(room) = self.hub.peek(id)
        {
            room.notify_pages(what);
        }
        if !change.is_only_news() {
            self.cached_rights.forget(change);
            self.names.forget(change);
            // An error only means that no socket is open.
            let _ = self.changes.send(Some(change));
        }
        // Published last, because a socket must process a change of rights before it reports the topic.
        self.topics.publish(change);
    }

    /// Makes the open sockets of this node check everything.
    pub fn look_at_everything(&self) {
        let _ = self.changes.send(None);
    }

    pub fn changes(&self) -> broadcast::Receiver<Option<Change>> {
        self.changes.subscribe()
    }

    /// Waits until the earlier expensive work of this actor has ended, and gives the actor the next turn. Each member
    /// has separate turns; everybody else shares the turns of their address.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`].
    pub async fn work_of(&self, by: &Actor) -> Result<Work, Error> {
        let person = match (by.kind, by.id) {
            (ActorKind::Member | ActorKind::Key, Some(account)) => account.to_string(),
            _ => by.address.clone(),
        };
        self.builds.work_of(&person).await.map_err(|_busy| Error::TooManyRequests)
    }

    /// Runs work that reads a whole log or builds documents of this many encoded bytes, when it is the actor's turn and
    /// [`Builds`] admits the work.
    ///
    /// # Errors
    /// The error of the work, [`Error::TooManyRequests`], or [`Error::Internal`] when it panics.
    pub async fn work_out<T: Send + 'static>(
        &self,
        by: &Actor,
        encoded_bytes: usize,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        worked_out(self.work_of(by).await?, encoded_bytes, work).await
    }

    /// Resolves when the server begins to stop.
    pub async fn until_stopping(&self) {
        self.stop.cancelled().await;
    }

    /// Waits for a period, or until the server begins to stop. A task that waits in any other way delays the stop.
    pub async fn rest(&self, period: Duration) {
        tokio::select! {
            () = tokio::time::sleep(period) => {}
            () = self.until_stopping() => {}
        }
    }

    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    pub fn begin_stop(&self) {
        self.stop.cancel();
    }
}

/// Like [`worked_out`], for work that ends early when its caller has gone.
///
/// # Errors
/// As [`worked_out`].
pub async fn worked_out_while_wanted<T: Send + 'static>(
    turn: Work,
    encoded_bytes: usize,
    work: impl FnOnce(&Wanted) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    turn.run_while_wanted(encoded_bytes, work).await.map_err(|panic| Error::Internal(panic.to_string()))?
}

/// Renders or parses a large text on a thread with low priority.
///
/// # Errors
/// [`Error::Internal`] when it panics.
pub async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    hub::at_low_priority(work).await.map_err(|panic| Error::Internal(panic.to_string()))
}

/// Runs work in a turn that was taken.
///
/// # Errors
/// The error of the work, or [`Error::Internal`] when it panics.
pub async fn worked_out<T: Send + 'static>(
    turn: Work,
    encoded_bytes: usize,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    turn.run(encoded_bytes, work).await.map_err(|panic| Error::Internal(panic.to_string()))?
}
