//! The processes that share the stores. A node without a bus must be the only one, because it cannot know who is
//! connected to others.

use database::nodes::{self, Node};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tracing::warn;
use uuid::Uuid;

use access::App;

/// How often a node renews its row: three times within the lifetime of the row.
const RENEW_EVERY: Duration = Duration::from_secs(4);
/// How often a start looks whether another node is still there.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The id of this node, stored in its data folder, so that it is the same after a restart.
fn node_id(data: &Path) -> anyhow::Result<Uuid> {
    let path = data.join("node.id");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    // After a power failure, the file may have its name and length, but not its bytes. A new id does no harm, because
    // the row of the old one expires.
    match text.trim_matches(|c: char| c == '\0' || c.is_whitespace()) {
        "" => write_new(&path).with_context(|| format!("cannot write {}", path.display())),
        id => id.parse().with_context(|| format!("{} is no node id", path.display())),
    }
}

/// Writes a new id, under another name first, so that the file never has its name without its bytes.
fn write_new(path: &Path) -> io::Result<Uuid> {
    let (id, beside) = (Uuid::now_v7(), path.with_extension("new"));
    let mut file = File::create(&beside)?;
    file.write_all(id.to_string().as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    Ok(id)
}

/// Registers this node in the database. A node that was killed leaves its row: this waits until the row has not been
/// renewed for as long as a row lasts, whatever the clocks say.
///
/// # Errors
/// When there is another node and one of the two has no bus.
pub async fn enter(app: &App) -> anyhow::Result<Uuid> {
    let node = node_id(&app.config.data)?;
    let alone = !app.hub.bus().is_shared();
    let lasts = nodes::NODE_LASTS.to_std().context("the lifetime of a row is positive")?;
    let mut waited_for: Option<(Vec<Node>, Instant)> = None;
    loop {
        let others = nodes::enter(&app.db, node, alone, &app.address.to_string()).await?;
        let others: Vec<Node> = others.into_iter().filter(|other| alone || other.alone).collect();
        let Some(other) = others.first() else { return Ok(node) };
        nodes::leave(&app.db, node).await?;
        match &waited_for {
            None => {
                warn!(
                    address = other.address,
                    "waiting for the row of another process to expire, which may have been killed"
                );
                waited_for = Some((others, Instant::now()));
            }
            Some((first, since)) => {
                let is_renewed = |other: &&Node| {
                    !first.iter().any(|known| known.node_id == other.node_id && known.renewed_at == other.renewed_at)
                };
                if let Some(other) = others.iter().find(is_renewed) {
                    let whose = if other.alone { "it" } else { "this one" };
                    bail!(
                        "the database is used by another process ({}), and {whose} has no bus: set bus_url to one Redis for both",
                        other.address
                    );
                }
                if since.elapsed() > lasts {
                    for other in &others {
                        nodes::leave(&app.db, other.node_id).await?;
                    }
                }
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
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
