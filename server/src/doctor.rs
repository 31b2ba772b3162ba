//! `consilium doctor`: runs the checks that an operator would do first.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use database::Db;
use journal::{Bus, Journal};
use secrecy::ExposeSecret;

use crate::audit;
use access::Config;

/// Time for several beacons.
const BUS_WITHIN: Duration = Duration::from_secs(3);

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
    report.line("disk", disk(config));
    report.line("clock", clock());
    report.line("port", port(config));
    let runtime = tokio::runtime::Runtime::new()?;
    report.line("database", runtime.block_on(database(config)));
    report.line("journal", journal(config, depth));
    report.line("bus", runtime.block_on(bus(config)));
    report.line("audit", runtime.block_on(audit(config, depth)));
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
                println!("FAILED  {what}: {error:#}");
            }
        }
    }
}

fn disk(config: &Config) -> anyhow::Result<String> {
    fs::create_dir_all(&config.data)?;
    let path = config.data.join("doctor");
    let started = Instant::now();
    let mut file = fs::File::create(&path)?;
    file.write_all(b"x")?;
    file.sync_all()?;
    fs::remove_file(&path)?;
    Ok(format!("{} can be written; a sync took {:.1} ms", config.data.display(), started.elapsed().as_secs_f64() * 1e3))
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

async fn database(config: &Config) -> anyhow::Result<String> {
    let db = Db::connect(&config.database_url(), &config.database_options()).await?;
    db.migrate().await?;
    db.close().await;
    Ok("answers, schema up to date".into())
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
    match (audit::chain_key(config)?, depth) {
        (None, _) => bail!("several nodes need an audit_key: without one the audit is not chained"),
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

fn journal(config: &Config, depth: Depth) -> anyhow::Result<String> {
    let journal = Journal::open(&config.journal_url(), &config.journal_options())?;
    let (documents, weakness) = (journal.documents()?, journal.weakness());
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
