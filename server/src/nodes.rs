//! The processes that share the stores. A node without a bus must be the only one, because it cannot know who is
//! connected to others.

use database::nodes;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use tracing::warn;
use uuid::Uuid;

use access::App;

/// Renewed three times within the lifetime of a row.
const RENEW_EVERY: Duration = Duration::from_secs(4);

/// The id of this node, stored in its data folder, so that it is the same after a restart.
fn node_id(data: &Path) -> anyhow::Result<Uuid> {
    let path = data.join("node.id");
    match fs::read_to_string(&path) {
        Ok(text) => text.trim().parse().with_context(|| format!("{} is no node id", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let id = Uuid::now_v7();
            fs::write(&path, id.to_string()).with_context(|| format!("cannot write {}", path.display()))?;
            Ok(id)
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Registers this node in the database.
///
/// # Errors
/// When there is another node and one of the two has no bus.
pub async fn enter(app: &App) -> anyhow::Result<Uuid> {
    let node = node_id(&app.config.data)?;
    let alone = !app.hub.bus().is_shared();
    let others = nodes::enter(&app.db, node, alone, &app.address.to_string()).await?;
    if let Some(other) = others.iter().find(|other| alone || other.alone) {
        nodes::leave(&app.db, node).await?;
        let whose = if other.alone { "it" } else { "this one" };
        bail!(
            "the database is used by another process ({}), and {whose} has no bus: set bus_url to one Redis for both",
            other.address
        );
    }
    Ok(node)
}

/// Renews the row until the server stops, and then removes it.
pub async fn renew(app: App, node: Uuid) {
    while !app.is_stopping() {
        if let Err(error) = nodes::renew(&app.db, node).await {
            warn!(%error, "cannot renew the row of this node");
        }
        tokio::select! {
            () = tokio::time::sleep(RENEW_EVERY) => {}
            () = app.until_stopping() => {}
        }
    }
    if let Err(error) = nodes::leave(&app.db, node).await {
        warn!(%error, "cannot remove the row of this node");
    }
}
