//! The chain of the audit log. A task extends the chain each second, under a key that is not in the database, and
//! writes anchors (the chain's length and last MAC) to a separate file. `consilium audit verify` checks the database
//! against the key and the anchors.

use database::audit::chain::{self, Fit};
use database::{Actor, Anchor, ChainKey, Db, members, rows_file};
use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rand::RngCore;
use secrecy::ExposeSecret;
use tracing::{error, warn};
use vocabulary::WorkspaceId;

use crate::instance;
use access::{App, Config};

/// Name of the key file in the data folder.
pub const KEY_FILE: &str = "audit.key";
pub const ANCHOR_FILE: &str = "audit.anchors";
/// Length of a key.
const KEY_BYTES: usize = 32;
const EVERY: Duration = Duration::from_secs(1);
/// Size at which the file is compacted to the newest anchor of each workspace and every hundredth older one.
const LARGEST_BYTES: u64 = 8 << 20;

/// The key from the configuration, or else from the data folder. `None` if there is neither.
///
/// # Errors
/// When the key file cannot be read, or does not hold a key.
pub fn existing_key(config: &Config) -> anyhow::Result<Option<ChainKey>> {
    if let Some(given) = config.audit_key_bytes()? {
        return Ok(Some(ChainKey::new(given)));
    }
    if config.bus_url.expose_secret() != "local" {
        return Ok(None);
    }
    read_key(&key_file(config))
}

fn read_key(path: &Path) -> anyhow::Result<Option<ChainKey>> {
    match fs::read(path) {
        Ok(key) if key.len() < KEY_BYTES => {
            bail!("{} is damaged: it has {} bytes, and a key has {KEY_BYTES}", path.display(), key.len())
        }
        Ok(key) => Ok(Some(ChainKey::new(key))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// The key with which this node extends the chains. A single node creates the key if there is none and nothing is
/// chained yet. In the same case, several nodes get `None`, because their key must be configured.
///
/// # Errors
/// When the chains were made with another key, because the rows that this node chained would look tampered with.
pub async fn key_at_start(config: &Config, db: &Db) -> anyhow::Result<Option<ChainKey>> {
    let key = existing_key(config)?;
    if let Some(problem) = problem_with(config, key.as_ref(), db).await? {
        bail!(problem);
    }
    if key.is_some() || config.bus_url.expose_secret() != "local" {
        return Ok(key);
    }
    let mut key = vec![0; KEY_BYTES];
    rand::rng().fill_bytes(&mut key);
    let path = key_file(config);
    write_secret(&path, &key).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(Some(ChainKey::new(key)))
}

/// Why the chains of this database cannot be continued, or verified, with this key.
async fn problem_with(config: &Config, key: Option<&ChainKey>, db: &Db) -> anyhow::Result<Option<String>> {
    let source = match (config.audit_key.expose_secret().is_empty(), config.bus_url.expose_secret() == "local") {
        (false, _) => "audit_key".to_owned(),
        (true, true) => key_file(config).display().to_string(),
        (true, false) => "audit_key, which several nodes share,".to_owned(),
    };
    Ok(match (chain::fits(db, key).await?, key) {
        (Fit::Unchained | Fit::Fits, _) => None,
        (Fit::Other, None) => {
            Some(format!("the audit of this instance is chained, and its key is missing: {source} must hold it"))
        }
        (Fit::Other, Some(_)) => {
            Some(format!("{source} is not the key with which the audit of this instance is chained"))
        }
    })
}

/// Checks that the restored instance would have the key of its chains.
///
/// # Errors
/// When it would not have the key. The message says which key must be configured.
pub async fn check_backup(config: &Config, folder: &Path, rows: &Path) -> anyhow::Result<()> {
    let file = folder.join(KEY_FILE);
    let local = config.bus_url.expose_secret() == "local";
    let key = match config.audit_key_bytes()? {
        Some(given) => Some(ChainKey::new(given)),
        None if local => read_key(&file)?,
        None => None,
    };
    let db = rows_file::open(rows).await?;
    if chain::fits(&db, key.as_ref()).await? == Fit::Other {
        let of_backup = read_key(&file)?;
        if of_backup.is_some() && chain::fits(&db, of_backup.as_ref()).await? == Fit::Fits {
            bail!(
                "the audit of this backup is chained with the key in {0}: set audit_key to hex: followed by its bytes \
                 (od -An -tx1 {0} | tr -d ' \\n')",
                file.display()
            );
        }
        bail!(
            "the audit of this backup is chained with an audit_key that is not in the backup: set the same audit_key"
        );
    }
    db.close().await;
    Ok(())
}

fn write_secret(path: &Path, key: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(key)?;
    file.sync_all()
}

/// The path of the key, if none is configured.
pub fn key_file(config: &Config) -> PathBuf {
    config.data.join(KEY_FILE)
}

/// The path of the anchors.
pub fn anchor_file(config: &Config) -> PathBuf {
    match config.audit_anchors.as_str() {
        "" => config.data.join(ANCHOR_FILE),
        path => PathBuf::from(path),
    }
}

/// Extends the chain until the server stops.
pub async fn keep_chain(app: App, key: Option<ChainKey>) {
    let Some(key) = key else {
        return warn!("several nodes need an audit_key: without it the audit is written but not chained");
    };
    let path = anchor_file(&app.config);
    let mut written: HashMap<WorkspaceId, i64> = HashMap::new();
    let mut fails = false;
    let mut chained_at = Instant::now();
    loop {
        let stopping = app.is_stopping();
        metrics::gauge!("consilium_audit_unchained_seconds").set(chained_at.elapsed().as_secs_f64());
        match chain::extend(&app.db, &key).await {
            Ok(anchors) => {
                chained_at = Instant::now();
                let mut new = anchors;
                new.retain(|anchor| written.insert(anchor.workspace, anchor.length) != Some(anchor.length));
                if !new.is_empty()
                    && let Err(error) = write_anchors(&path, &new)
                {
                    if !std::mem::replace(&mut fails, true) {
                        error!(%error, "cannot write the anchors of the audit; trying again");
                    }
                    written.clear();
                } else {
                    fails = false;
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut fails, true) {
                    warn!(%error, "cannot extend the audit's chain; trying again");
                }
            }
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
    let db = instance::rows(config, &config.database_options()).await?;
    if let Some(problem) = problem_with(config, Some(key), &db).await? {
        // With another key, every row would look tampered with.
        bail!(problem);
    }
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

/// `consilium audit restart`, for an instance whose key is lost, and which therefore no longer starts.
///
/// # Errors
/// When the chains fit the key that is there, or there is no instance.
pub fn restart(config: &Config) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let db = instance::current_rows(config).await?;
        // A damaged key file counts as a lost key.
        let key = existing_key(config).unwrap_or_default();
        if chain::fits(&db, key.as_ref()).await? != Fit::Other {
            bail!("the key fits the audit: there is nothing to restart");
        }
        let home = members::first_workspace(&db).await?.unwrap_or(WorkspaceId::NONE);
        chain::restart(&db, &Actor::system(home)).await?;
        db.close().await;
        for file in [key_file(config), anchor_file(config)].into_iter().filter(|file| file.exists()) {
            let aside = PathBuf::from(format!("{}.before-restart", file.display()));
            fs::rename(&file, &aside).with_context(|| format!("{} cannot be renamed", file.display()))?;
            println!("{} was renamed to {}", file.display(), aside.display());
        }
        println!("The audit will be chained again from its first row when the server starts.");
        Ok(())
    })
}

/// `consilium audit verify`.
///
/// # Errors
/// When a store cannot be read, there is no key, or a fault was found.
pub fn verify(config: &Config, more_anchors: &[PathBuf]) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        // Opened first, so that a wrong folder is reported as such, and not as a missing key.
        instance::rows(config, &config.database_options()).await?.close().await;
        let Some(key) = existing_key(config)? else {
            bail!(
                "there is no key to verify the audit with: looked for audit_key, and for {}",
                key_file(config).display()
            )
        };
        match faults(config, &key, more_anchors).await? {
            0 => Ok(()),
            faults => bail!("the audit was tampered with: {faults} faults"),
        }
    })
}
