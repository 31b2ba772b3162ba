//! Starting, running and stopping the server.

use database::{ChainKey, accounts, event_log, idempotency};
use std::time::Duration;

use axum::serve::Listener;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};

use crate::backup::matching;
use crate::{
    audit, changes, connections, consumers, data_folder, demo, files_key, health, http, keys, log, metrics, nodes,
};
use access::{App, Config, Task, Token};
use endpoint::listener::Front;
use files::Files;
use library::purge;
use notify::webhooks::Outside;
use people::{IdentityProvider, Provider};
use search::Search;
use std::sync::Arc;
use tokio::sync::Notify;

/// Runs until SIGTERM or SIGINT.
///
/// # Errors
/// When the server cannot start, with the reason.
pub fn run(config: Config) -> anyhow::Result<()> {
    log::to_stderr(&config)?;
    // The clients of reqwest need a provider. Installing it fails if there is one already, which is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    runtime()?.block_on(serve(config))
}

/// A runtime whose threads have stacks large enough to build documents.
///
/// # Errors
/// When it cannot be made.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(hub::STACK_BYTES).build()
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let _lock = data_folder::take(&config.data)?;
    data_folder::tighten(&config);
    raise_file_limit();
    let listener = Front::open(config.listen, &config.tls_cert, &config.tls_key).await?;
    let address = listener.local_addr()?;
    let metrics = metrics::install()?;
    let stop_within = Duration::from_secs(config.stop_seconds);
    let disks = config.clone();
    let app = App::start(config, address, metrics).await.map_err(|error| match data_folder::explain(&disks) {
        Some(reason) => anyhow::Error::from(error).context(reason),
        None => error.into(),
    })?;
    match matching::is_foreign(&app.db, app.hub.journal()).await {
        Ok(None) => {}
        Ok(Some(reason)) => anyhow::bail!(reason),
        Err(error) => warn!(%error, "it was not checked whether journal and database belong together"),
    }
    // Checked before anything is written.
    let chain_key = audit::key_at_start(&app.config, &app.db).await?;
    let outside = Outside::new(&app.config.webhook_networks)?;
    let files = Files::open(&app).await?;
    files_key::check(&app).await?;
    let provider = IdentityProvider::new(&app.config, app.origin())?.map(Arc::new);
    let search = Search::new(&app.config.data);
    let node = nodes::enter(&app).await?;
    let log = database::changes::Reader::from_now(&app.db).await?;
    purge::resume(&app).await;
    library::spaces::rows::place_unplaced(&app.db).await?;
    library::tags::rows::move_from_documents(&app.db).await?;
    let welcome = if app.config.demo { demo::fill(&app).await? } else { None };
    announce(&app).await?;
    if let Some(welcome) = welcome {
        println!("{welcome}");
    }
    if app.config.demo {
        demo::start_teammate(&app).await?;
    }
    for task in tasks(&app, &outside, &files, &search, chain_key).await? {
        app.run(task);
    }
    app.run(Task::new("health", health::watch(app.clone(), node)));
    app.run(Task::new("node", nodes::renew(app.clone(), node)));
    app.run(Task::new("changes", changes::follow(app.clone(), log)));

    let router = http::router(app.clone(), Provider(provider), outside, files, search)?;
    let stopping = app.clone();
    let stopped = async move {
        wait_for_signal().await;
        stop(&stopping, stop_within).await;
    };
    tokio::spawn(async move { connections::serve(&app, listener, router, stopped).await }).await?;
    info!("stopped");
    Ok(())
}

/// Raises the limit of open files as far as this process may.
fn raise_file_limit() {
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
        && let Err(error) = setrlimit(Resource::RLIMIT_NOFILE, hard, hard)
    {
        warn!(%error, soft, hard, "the limit of open files cannot be raised");
    }
}

/// The background tasks of all features and of the server itself.
async fn tasks(
    app: &App,
    outside: &Outside,
    files: &Files,
    search: &Search,
    chain_key: Option<ChainKey>,
) -> anyhow::Result<Vec<Task>> {
    let workers = [people::workers(), library::workers(), review::workers(), notify::workers()].concat();
    let queued = Arc::new(Notify::new());
    let mut tasks = vec![
        Task::new("metrics", metrics::keep(app.clone())),
        Task::new("audit-chain", audit::keep_chain(app.clone(), chain_key)),
        Task::new("signing-keys", keys::keep_young(app.clone())),
        Task::tidy("old-events", app, |app| async move { event_log::forget_old(&app.db).await }),
        Task::tidy("old-answers", app, |app| async move { idempotency::forget_old(&app.db).await }),
    ];
    tasks.extend(people::tasks(app));
    tasks.extend(library::tasks(app));
    tasks.extend(review::tasks(app));
    tasks.extend(search::tasks(app, search));
    tasks.extend(notify::tasks(app, workers, outside.clone(), queued.clone()));
    tasks.extend(files::tasks(app, files));
    tasks.extend(transfer::tasks(app, files));
    let consumers_of_features =
        [notify::consumers(queued), library::consumers(), files::consumers(files), transfer::consumers(app)].concat();
    tasks.extend(consumers::start(app, consumers_of_features).await?);
    Ok(tasks)
}

/// Prints the URL to open, the first line on stdout. Everything else goes to the log.
async fn announce(app: &App) -> anyhow::Result<()> {
    if app.config.open {
        println!("{}", app.origin());
        warn!("OPEN: anyone on this machine may read and edit every document, without signing in");
    } else if accounts::is_new(&app.db).await? {
        // The first person to open this URL becomes the owner. It becomes invalid with its first use and, on a single
        // node, with the next start.
        let secret = Token::new();
        if !app.hub.bus().is_shared() {
            database::nodes::spend_setup_secrets(&app.db).await?;
        }
        database::nodes::add_setup_secret(&app.db, secret.hash).await?;
        println!("{}/setup#{}", app.origin(), secret.text);
    } else {
        println!("{}", app.origin());
    }
    if app.config.public_url.is_empty() && !app.address.ip().is_loopback() {
        warn!(
            "public_url is not set: only people who type {} can sign in; set public_url (CONSILIUM_PUBLIC_URL) to the URL \
             that people type, such as https://plans.example.org",
            app.origin()
        );
    }
    info!(url = app.origin(), data = %app.config.data.display(), "listening");
    Ok(())
}

async fn wait_for_signal() {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        warn!("signals cannot be received: stop the server by its process id");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// Refuses new connections, disconnects clients a few at a time, and waits until the journal has what they sent.
pub async fn stop(app: &App, within: Duration) {
    info!("stopping");
    app.begin_stop();
    app.hub.close_connections(within / 2, || app.topics.outboxes()).await;
    app.tasks.close();
    if tokio::time::timeout(within / 4, app.tasks.wait()).await.is_err() {
        warn!("some sockets did not close in time");
    }
    app.hub.stop(within / 4).await;
    app.db.close().await;
}
