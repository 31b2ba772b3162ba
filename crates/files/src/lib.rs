//! Files: storing, receiving, sending and reading them. Attachments belong to documents, which decide on the right to
//! them.

pub mod attachments;
mod collecting;
mod downloads;
mod fetching;
pub mod files_key;
mod incoming;
pub mod media;
pub mod printing;
pub mod reading;
mod scanning;
mod sealing;
mod signed_urls;
pub mod staging;
pub mod store;
pub mod stored;
pub mod uploads;

use std::path::PathBuf;
use std::sync::Arc;

use access::{App, Config, Task};
use database::Consumer;
use endpoint::{Error, Result};
use secrecy::ExposeSecret;
use tokio::sync::{Mutex, Notify, Semaphore};
use utoipa_axum::router::OpenApiRouter;

pub use incoming::Incoming;
pub use reading::press::{Failure as PressFailure, Folder, Pressed};
use signed_urls::UrlKey;
use store::{Store, StoreError};
pub use uploads::MOST_PARTS;

/// What the routes and tasks of this feature share.
#[derive(Clone)]
pub struct Files(Arc<Parts>);

pub struct Parts {
    /// The store; `None` if there are several nodes but no store that they share.
    store: Option<Store>,
    /// The folder of this node in which uploads arrive.
    folder: PathBuf,
    urls: UrlKey,
    /// The address of the virus scanner; empty without one.
    clamd: String,
    /// Notified when a file has arrived that is to be read.
    arrived: Notify,
    /// Notified when a file was read, or cannot be read.
    read: Notify,
    /// Notified when stored data may not be needed any more.
    released: Notify,
    // The mutex is held while the parts of an upload become a file, so that this happens only once.
    completing: Mutex<()>,
    /// The turns of documents that are to be printed.
    printing: Semaphore,
}

impl std::ops::Deref for Files {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Opens the configured store, for commands. This may be the folder of a single node, even if several nodes are
/// configured.
///
/// # Errors
/// When it cannot be opened.
pub fn store_of(config: &Config) -> std::result::Result<Store, StoreError> {
    let key = config.files_key_bytes().map_err(|error| StoreError::Url(error.to_string()))?;
    Store::open(&config.files_url(), key.as_deref())
}

/// Whether files can be stored. Several nodes must share a store, so a folder of one of them does not count.
pub fn is_usable(config: &Config) -> bool {
    config.bus_url.expose_secret() == "local" || !config.files_url.expose_secret().is_empty()
}

impl Files {
    /// Opens the store, and removes what a crash has left of uploads to this node.
    ///
    /// # Errors
    /// When the store cannot be opened, or the database does not answer.
    pub async fn open(app: &App) -> std::result::Result<Files, StoreError> {
        let folder = app.config.data.join("incoming");
        incoming::clear(&folder)?;
        let store = match is_usable(&app.config) {
            true => Some(store_of(&app.config)?),
            false => {
                tracing::warn!("nothing can be uploaded: several nodes need a shared store for files (files_url)");
                None
            }
        };
        let urls = UrlKey::open(&app.db).await.map_err(|error| StoreError::Io(std::io::Error::other(error)))?;
        Ok(Files(Arc::new(Parts {
            store,
            folder,
            urls,
            clamd: app.config.clamd.clone(),
            arrived: Notify::new(),
            read: Notify::new(),
            released: Notify::new(),
            completing: Mutex::default(),
            printing: Semaphore::new(printing::MOST_AT_ONCE),
        })))
    }

    pub(crate) fn store(&self) -> Result<&Store> {
        self.store.as_ref().ok_or(Error::NoFiles("several nodes need a shared store for files (files_url)"))
    }
}

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(attachments::routes())
        .merge(downloads::routes())
        .merge(uploads::routes())
        .merge(fetching::routes())
}

/// The background tasks of this feature.
pub fn tasks(app: &App, files: &Files) -> Vec<Task> {
    vec![
        Task::new("file-reader", reading::read_all(app.clone(), files.clone())),
        Task::new("file-collector", collecting::collect(app.clone(), files.clone())),
    ]
}

/// The consumers of events of this feature.
pub fn consumers(files: &Files) -> Vec<Consumer> {
    vec![collecting::consumer(files.clone())]
}
