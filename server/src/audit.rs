//! The audit's chain: a task extends it each second under a key that is not in the database, and writes anchors (its
//! length and last MAC) to a separate file. `consilium audit verify` compares database, key and anchors.

use database::{Anchor, ChainKey, Db, audit::chain};
use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::bail;
use rand::RngCore;
use secrecy::ExposeSecret;
use tracing::{error, warn};
use vocabulary::WorkspaceId;

use access::{App, Config};

/// Name of the key file in the data folder.
pub const KEY_FILE: &str = "audit.key";
pub const ANCHOR_FILE: &str = "audit.anchors";
const EVERY: Duration = Duration::from_secs(1);
/// Size at which the file is compacted to the newest anchor of each workspace and every hundredth older one.
const LARGEST_BYTES: u64 = 8 << 20;

/// The key from the configuration, or else from the data folder, where it is created at its first use. `None` if
/// several nodes need one and none is configured.
///
/// # Errors
/// When the folder cannot be read or written.
pub fn chain_key(config: &Config) -> io::Result<Option<ChainKey>> {
    let given = config.audit_key.expose_secret();
    if !given.is_empty() {
        return Ok(Some(ChainKey::new(given.as_bytes().to_vec())));
    }
    if config.bus_url.expose_secret() != "local" {
        return Ok(None);
    }
    let path = config.data.join(KEY_FILE);
    match fs::read(&path) {
        Ok(key) => Ok(Some(ChainKey::new(key))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut key = vec![0; 32];
            rand::rng().fill_bytes(&mut key);
            write_secret(&path, &key)?;
            Ok(Some(ChainKey::new(key)))
        }
        Err(error) => Err(error),
    }
}

fn write_secret(path: &Path, key: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(key)?;
    file.sync_all()
}

/// The path of the anchors.
fn anchor_file(config: &Config) -> PathBuf {
    match config.audit_anchors.as_str() {
        "" => config.data.join(ANCHOR_FILE),
        path => PathBuf::from(path),
    }
}

/// Extends the chain until the server stops.
pub async fn keep_chain(app: App) {
    let key = match chain_key(&app.config) {
        Ok(Some(key)) => key,
        Ok(None) => {
            return warn!("several nodes need an audit_key: without it the audit is written but not chained");
        }
        Err(error) => return error!(%error, "the audit is not chained: its key cannot be read"),
    };
    let path = anchor_file(&app.config);
    let mut written: HashMap<WorkspaceId, i64> = HashMap::new();
    loop {
        let stopping = app.is_stopping();
        match chain::extend(&app.db, &key).await {
            Ok(anchors) => {
                let mut new = anchors;
                new.retain(|anchor| written.insert(anchor.workspace, anchor.length) != Some(anchor.length));
                if !new.is_empty()
                    && let Err(error) = write_anchors(&path, &new)
                {
                    error!(%error, "cannot write the anchors of the audit");
                    written.clear();
                }
            }
            Err(error) => warn!(%error, "cannot extend the audit's chain; trying again"),
        }
        if stopping {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = app.until_stopping() => {}
        }
    }
}

/// One anchor per line: workspace, count, head.
fn write_anchors(path: &Path, anchors: &[Anchor]) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|file| file.len() > LARGEST_BYTES) {
        thin_out(path)?;
    }
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    let lines: String = anchors.iter().map(line).collect();
    file.write_all(lines.as_bytes())?;
    file.sync_data()
}

fn line(anchor: &Anchor) -> String {
    let head: String = anchor.head.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{} {} {head}\n", anchor.workspace, anchor.length)
}

fn thin_out(path: &Path) -> io::Result<()> {
    let anchors = read_anchors(path)?;
    let mut last: HashMap<WorkspaceId, i64> = HashMap::new();
    for anchor in &anchors {
        last.insert(anchor.workspace, anchor.length);
    }
    let mut kept =
        anchors.iter().enumerate().filter(|(n, anchor)| n % 100 == 0 || last[&anchor.workspace] == anchor.length);
    let text: String = kept.by_ref().map(|(_, anchor)| line(anchor)).collect();
    let beside = path.with_extension("new");
    fs::write(&beside, text)?;
    fs::File::open(&beside)?.sync_all()?;
    fs::rename(beside, path)
}

fn read_anchors(path: &Path) -> io::Result<Vec<Anchor>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    // Ignore a line that a crash cut short.
    Ok(text.lines().filter_map(parse).collect())
}

fn parse(line: &str) -> Option<Anchor> {
    let mut words = line.split(' ');
    let (workspace, length, head) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?);
    let byte = |at: usize| u8::from_str_radix(head.get(at..at + 2)?, 16).ok();
    let head = (0..head.len()).step_by(2).map(byte).collect::<Option<Vec<u8>>>()?;
    (head.len() == 32).then_some(Anchor { workspace, length, head })
}

/// Verifies every chain and prints each fault. Returns the number of faults.
///
/// # Errors
/// When a store cannot be read.
pub async fn faults(config: &Config, key: &ChainKey, more_anchors: &[PathBuf]) -> anyhow::Result<usize> {
    let mut anchors = read_anchors(&anchor_file(config))?;
    for path in more_anchors {
        anchors.extend(read_anchors(path)?);
    }
    let db = Db::connect(&config.database_url(), &config.database_options()).await?;
    let mut faults = 0;
    for verdict in chain::verify(&db, key, &anchors).await? {
        let of = anchors.iter().filter(|anchor| anchor.workspace == verdict.workspace).count();
        println!(
            "workspace {}: {} rows, {} with erased persons, {of} anchors",
            verdict.workspace, verdict.rows, verdict.erased
        );
        faults += verdict.faults.len();
        verdict.faults.iter().for_each(|fault| println!("  {fault}"));
    }
    if anchors.is_empty() {
        println!("There are no anchors: rows that were removed at the end cannot be seen.");
    }
    db.close().await;
    Ok(faults)
}

/// `consilium audit verify`.
///
/// # Errors
/// When a store cannot be read, there is no key, or a fault was found.
pub fn verify(config: &Config, more_anchors: &[PathBuf]) -> anyhow::Result<()> {
    let Some(key) = chain_key(config)? else { bail!("several nodes share one audit_key: it is missing here") };
    let runtime = tokio::runtime::Runtime::new()?;
    match runtime.block_on(faults(config, &key, more_anchors))? {
        0 => Ok(()),
        faults => bail!("the audit was tampered with: {faults} faults"),
    }
}
