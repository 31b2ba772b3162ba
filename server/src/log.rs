//! The log, on stderr. During an outage every background task fails again and again, so each place in the code logs
//! only one error or warning in each outage.

use std::collections::HashSet;
use std::io::IsTerminal;

use anyhow::Context;
use parking_lot::Mutex;
use tracing::callsite::Identifier;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context as LayerContext, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use access::Config;
use access::config::LogFormat;

/// The places that have logged an error or warning in this outage; `None` while there is no outage. The mutex is held
/// only to look up one place.
static COMPLAINED: Mutex<Option<HashSet<Identifier>>> = Mutex::new(None);

/// # Errors
/// When `log_filter` cannot be read.
pub fn to_stderr(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log_filter).context("log_filter")?;
    let colours = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(colours);
    let log = tracing_subscriber::registry().with(filter).with(OncePerOutage);
    match config.log_format {
        LogFormat::Human => log.with(lines).init(),
        LogFormat::Json => log.with(lines.json()).init(),
    }
    Ok(())
}

/// Begins an outage, or ends it.
pub fn set_outage(outage: bool) {
    let mut complained = COMPLAINED.lock();
    match (outage, complained.is_some()) {
        (true, false) => *complained = Some(HashSet::new()),
        (false, true) => *complained = None,
        _ => {}
    }
}

struct OncePerOutage;

impl<S: Subscriber> Layer<S> for OncePerOutage {
    fn event_enabled(&self, event: &tracing::Event<'_>, _: LayerContext<'_, S>) -> bool {
        let about: &Metadata<'_> = event.metadata();
        if *about.level() > Level::WARN {
            return true;
        }
        COMPLAINED.lock().as_mut().is_none_or(|complained| complained.insert(about.callsite()))
    }
}
