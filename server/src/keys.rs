//! `consilium keys rotate`, and the task that does it every 90 days.

use std::time::Duration;

use tracing::warn;

use crate::instance;
use access::{App, Config};

/// How often the age of the newest key is checked; a few hours do not matter.
const CHECK_EVERY: Duration = Duration::from_secs(6 * 3600);

/// Adds a key whenever the newest is old, until the server stops.
pub async fn keep_young(app: App) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(CHECK_EVERY) => {}
            () = app.until_stopping() => return,
        }
        if let Err(error) = app.sessions.rotate_old(&app.db).await {
            warn!(%error, "cannot check the signing keys");
        }
    }
}

/// Adds a key now; running servers read it within seconds.
pub fn rotate(config: &Config) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let db = instance::current_rows(config).await?;
        access::rotate(&db).await?;
        println!("A new key signs in half a minute; the two before it are believed meanwhile. Nobody is signed out.");
        Ok(())
    })
}
