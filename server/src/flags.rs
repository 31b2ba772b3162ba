//! Switches that an operator sets for all nodes at once, with `consilium flag`.

use database::{Actor, flags, members};

use clap::ValueEnum;
use journal::{Bus, Signal};
use secrecy::ExposeSecret;
use vocabulary::WorkspaceId;

use crate::instance;
use access::Config;

/// The switches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Flag {
    /// Nobody can edit any document, for example while stores are moved
    ReadOnly,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Setting {
    On,
    Off,
}

impl Flag {
    fn name(self) -> &'static str {
        match self {
            Flag::ReadOnly => access::READ_ONLY,
        }
    }
}

/// Sets a switch from the command line. Nodes apply it at once if they are notified over the bus, and otherwise within
/// ten seconds.
pub fn set(config: &Config, flag: Flag, setting: Setting) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let db = instance::current_rows(config).await?;
        let by = Actor::system(members::first_workspace(&db).await?.unwrap_or(WorkspaceId::NONE));
        flags::set(&db, &by, flag.name(), setting == Setting::On).await?;
        let (bus, _signals) = Bus::open(config.bus_url.expose_secret(), &config.bus_ca_file)?;
        bus.publish_and_wait(&Signal::Changes).await;
        db.close().await;
        println!("{} is {}", flag.name(), if setting == Setting::On { "on" } else { "off" });
        anyhow::Ok(())
    })
}
