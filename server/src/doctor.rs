//! `consilium doctor`: runs the checks that an operator would do first.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail, ensure};
use database::{Db, Schema, nodes};
use journal::Bus;
use secrecy::ExposeSecret;
use tokio::runtime::Runtime;

use crate::backup::matching;
use crate::backup::stored::{self, Checked};
use crate::{audit, data_folder, instance};
use access::Config;

/// How long the check of the bus waits: long enough for several beacons.
const BUS_WITHIN: Duration = Duration::from_secs(3);
/// The size of the file that tests a disk, which is that of some thousand edits.
const PROBE_BYTES: usize = 1 << 20;

/// The advice for a damaged file.
const RESTORE: &str = "restore a backup, or repair a copy of it with the tools of SQLite";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    Surroundings,
    EveryDocument,
}

/// Prints one line for each check.
///
/// # Errors
/// When a check failed; each failed check has printed the reason.
pub fn run(config: &Config, depth: Depth) -> anyhow::Result<()> {
    let mut report = Report { failures: 0 };
    for folder in data_folder::folders(config) {
        report.line("disk", disk(&folder));
    }
    report.line("clock", clock());
    report.line("port", port(config));
    let runtime = tokio::runtime::Runtime::new()?;
    let rows = runtime.block_on(instance::rows(config, &config.database_options()));
    let rows = match rows {
        Ok(rows) => {
            report.line("database", runtime.block_on(database(&rows, depth)));
            Some(rows)
        }
        Err(error) => {
            report.line("database", Err(error));
            None
        }
    };
    report.line("journal", journal(config, depth, &runtime, rows.as_ref()));
    report.line("bus", runtime.block_on(bus(config)));
    if let Some(rows) = rows {
        report.line("files", runtime.block_on(files(config, &rows, depth)));
        runtime.block_on(rows.close());
        report.line("audit", runtime.block_on(audit(config, depth)));
    }
    match report.failures {
        0 => Ok(()),
        failures => bail!("{failures} of the checks failed"),
    }
}

struct Report {
    failures: usize,
}

impl Report {
    fn line(&mut self, what: &str, outcome: anyhow::Result<String>) {
        match outcome {
            Ok(text) => println!("ok      {what}: {text}"),
            Err(error) => {
                self.failures += 1;
                println!("FAILED  {what}: {}", crate::sentence(&error));
            }
        }
    }
}

fn disk(folder: &Path) -> anyhow::Result<String> {
    ensure!(folder.is_dir(), "there is no folder {}", folder.display());
    let path = folder.join("doctor");
    let written = probe(&path);
    let _ = fs::remove_file(&path);
    let took = written.with_context(|| format!("{} cannot be written", folder.display()))?;
    let (took, free) = (took.as_secs_f64() * 1e3, data_folder::space(folder)?.free_bytes >> 20);
    Ok(format!("{} can be written; a sync took {took:.1} ms; {free} MiB are free", folder.display()))
}

/// Writes and syncs a file of [`PROBE_BYTES`], and returns how long it took.
fn probe(path: &Path) -> std::io::Result<Duration> {
    let started = Instant::now();
    let mut file = fs::File::create(path)?;
    file.write_all(&vec![b'x'; PROBE_BYTES])?;
    file.sync_all()?;
    Ok(started.elapsed())
}

fn clock() -> anyhow::Result<String> {
    /// 2025-01-01, before which this program did not exist.
    const EARLIEST: u64 = 1_735_689_600;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    if now < EARLIEST {
        bail!("it is before 2025 on this machine: tokens would be judged wrongly");
    }
    Ok(format!("{now} seconds since 1970"))
}

fn port(config: &Config) -> anyhow::Result<String> {
    match TcpListener::bind(config.listen) {
        Ok(_) => Ok(format!("{} is free", config.listen)),
        Err(error) => Ok(format!("{} is taken ({error}), by a running server perhaps", config.listen)),
    }
}

async fn database(rows: &Db, depth: Depth) -> anyhow::Result<String> {
    ensure!(!nodes::is_read_only(rows).await?, "it answers, but accepts no writes: is it a standby?");
    if depth == Depth::EveryDocument
        && let Some(damage) = rows.damage().await?
    {
        bail!("its file is damaged: {damage}: {RESTORE}");
    }
    Ok(match rows.schema().await? {
        Schema::Older => "answers; the server will bring its schema up to date at its next start".into(),
        _ => "answers, schema up to date".into(),
    })
}

async fn files(config: &Config, rows: &Db, depth: Depth) -> anyhow::Result<String> {
    if rows.schema().await? == Schema::Older {
        return Ok("none yet".into());
    }
    let deep = depth == Depth::EveryDocument;
    let Checked { all, bad, unread } = stored::check(config, rows, deep).await?;
    ensure!(bad == 0, "{bad} of {all} files are missing or damaged");
    Ok(match (deep, unread) {
        (true, 0) => format!("{all} files, each as it was uploaded"),
        (true, unread) => format!("{all} files; {unread} of them need a files_key that was given up"),
        (false, _) => format!("{all} files are in their store (--deep reads each)"),
    })
}

async fn bus(config: &Config) -> anyhow::Result<String> {
    let (bus, _signals) = Bus::open(config.bus_url.expose_secret(), &config.bus_ca_file)?;
    if !bus.is_shared() {
        return Ok("none: one node alone".into());
    }
    let hears_itself = async {
        while !bus.is_up() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(BUS_WITHIN, hears_itself).await.context("it does not pass messages on")?;
    Ok("passes messages on".into())
}

async fn audit(config: &Config, depth: Depth) -> anyhow::Result<String> {
    match (audit::existing_key(config)?, depth) {
        (None, _) => bail!("there is no key: without one the audit is not chained"),
        (Some(_), Depth::Surroundings) => Ok("chained (--deep verifies it)".into()),
        (Some(key), Depth::EveryDocument) => {
            let faults = audit::faults(config, &key, &[]).await?;
            if faults > 0 {
                bail!("{faults} faults: see `consilium audit verify`")
            } else {
                Ok("the chain holds".into())
            }
        }
    }
}

fn journal(config: &Config, depth: Depth, runtime: &Runtime, rows: Option<&Db>) -> anyhow::Result<String> {
    let journal = instance::journal(config, config.journal_options())?;
    if depth == Depth::EveryDocument
        && let Some(damage) = journal.damage()?
    {
        bail!("its file is damaged: {damage}: {RESTORE}");
    }
    let (documents, weakness) = (journal.documents()?, journal.weakness());
    if let Some(rows) = rows {
        runtime.block_on(matching::check(rows, &journal))?;
    }
    if depth == Depth::Surroundings {
        journal.close();
        let weakness = weakness.map_or(String::new(), |weakness| format!("; {weakness}"));
        return Ok(format!("{} documents (--deep rebuilds each){weakness}", documents.len()));
    }
    let mut broken = 0;
    for document in &documents {
        if let Err(reason) = hub::verify(&journal, *document) {
            println!("        {document}: {reason}");
            broken += 1;
        }
    }
    journal.close();
    match broken {
        0 => Ok(format!("{} documents, every row's checksum and every document rebuilt", documents.len())),
        broken => bail!("{broken} of {} documents cannot be rebuilt", documents.len()),
    }
}
