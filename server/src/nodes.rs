//! Which processes share the stores. One that has no bus must be alone: two would each think that they
//! know who is there.

use database::nodes;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use tracing::warn;
use uuid::Uuid;

use access::App;

/// Three times within what a row lasts.
const RENEW_EVERY: Duration = Duration::from_secs(4);

/// The id of this node, kept in its data folder: started again it is the same.
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

/// Enters this node into the database.
///
/// # Errors
/// When somebody else is there and one of the two has no bus.
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

/// Renews the row, until the server stops; then it goes.
pub async fn renew(app: App, node: Uuid) {
    while !app.is_stopping() {
        if let Err(error) = nodes::renew(&app.db, node).await {
            warn!(%error, "this node could not be renewed");
        }
        tokio::select! {
            () = tokio::time::sleep(RENEW_EVERY) => {}
            () = app.until_stopping() => {}
        }
    }
    if let Err(error) = nodes::leave(&app.db, node).await {
        warn!(%error, "this node could not be taken off the list");
    }
}
