//! `consilium verify`: compares an exported log of decisions with this instance, and reports what matches and what does
//! not.

use std::fs;
use std::path::Path;

use access::Config;
use access::config::Overrides;
use anyhow::{Context, bail, ensure};
use review::decisions::check::{Finding, check};
use review::decisions::log::{DecisionLog, FORMAT, VERSION};
use serde_json::Value;
use thiserror::Error;

use crate::instance;

/// The exit status of a check that could not be made.
pub const UNCHECKED: u8 = 2;

/// The file could not be compared with this instance.
#[derive(Debug, Error)]
#[error("this could not be checked: {0}")]
pub struct Unchecked(String);

/// # Errors
/// When the file does not match; [`Unchecked`] when it cannot be compared.
pub fn run(overrides: &Overrides, file: &Path) -> anyhow::Result<()> {
    let differences = compared(overrides, file).map_err(|error| Unchecked(crate::sentence(&error)))?;
    match differences {
        0 => println!("{} matches this instance.", file.display()),
        1 => bail!("{} does not match this instance: 1 difference", file.display()),
        some => bail!("{} does not match this instance: {some} differences", file.display()),
    }
    Ok(())
}

/// Prints one line for each finding. Returns the number of differences.
fn compared(overrides: &Overrides, file: &Path) -> anyhow::Result<usize> {
    let text = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let value: Value = serde_json::from_str(&text).with_context(|| format!("{} is not JSON", file.display()))?;
    ensure!(value["format"] == FORMAT, "{} is not an exported log of decisions", file.display());
    ensure!(value["version"] == VERSION, "{} was written by another version of this program", file.display());
    let log: DecisionLog = match serde_json::from_str(&text) {
        Ok(log) => log,
        Err(error) => {
            println!("DIFFERS  the file was changed: it does not have the form in which it was exported ({error})");
            return Ok(1);
        }
    };
    println!(
        "{} decisions of the workspace “{}”, exported by {} on {}",
        log.decisions.len(),
        log.workspace,
        log.exported_by_name,
        log.exported_at.format("%Y-%m-%d %H:%M:%S UTC")
    );
    let config = Config::load(overrides)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let db = runtime.block_on(instance::current_rows(&config))?;
    let journal = instance::journal(&config, config.journal_options())?;
    let findings = runtime.block_on(check(&db, &journal, &log));
    journal.close();
    runtime.block_on(db.close());
    let findings = findings?;
    for finding in &findings.lines {
        match finding {
            Finding::Matches(line) => println!("ok       {line}"),
            Finding::Noted(line) => println!("note     {line}"),
            Finding::Differs(line) => println!("DIFFERS  {line}"),
        }
    }
    Ok(findings.differences())
}
