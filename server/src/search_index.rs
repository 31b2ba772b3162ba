//! `consilium search rebuild`.

use database::{Actor, members};
use journal::{Bus, Signal};
use secrecy::ExposeSecret;
use vocabulary::{Event, WorkspaceId};

use access::Config;

use crate::instance;

/// Has every node build its search index again: running nodes within seconds, others when they start.
pub fn rebuild(config: &Config) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let db = instance::current_rows(config).await?;
        let by = Actor::system(members::first_workspace(&db).await?.unwrap_or(WorkspaceId::NONE));
        let mut tx = db.begin().await?;
        tx.emit(&by, Event::SearchRebuilt {}).await?;
        tx.commit().await?;
        let (bus, _signals) = Bus::open(config.bus_url.expose_secret(), &config.bus_ca_file)?;
        bus.publish_and_wait(&Signal::Changes).await;
        db.close().await;
        println!("Every node builds its search index again. Searches say so until it is whole.");
        anyhow::Ok(())
    })
}
