//! Postgres is copied by its own tools, `pg_dump` and `pg_restore`, which must be installed here.

use database::{Db, DbOptions, nodes};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail, ensure};
use reqwest::Url;

/// Dumps the relational tables in one consistent state, without those of a journal in the same database, which is
/// copied separately.
///
/// # Errors
/// When `pg_dump` is not installed or fails, with its message.
pub fn dump(url: &str, file: &Path) -> anyhow::Result<()> {
    let mut command = tool("pg_dump", url)?;
    command.args(["--format=custom", "--no-owner", "--no-privileges"]);
    command.args(["--exclude-table=journal_row", "--exclude-table=snapshot"]).arg("--file").arg(file);
    run(command)
}

/// Restores a dump into an empty database.
///
/// # Errors
/// When `pg_restore` is not installed or fails, with its message.
pub fn restore(url: &str, file: &Path) -> anyhow::Result<()> {
    let mut command = tool("pg_restore", url)?;
    command.args(["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]).arg(file);
    run(command)
}

/// # Errors
/// When the database already has an instance.
pub fn ensure_empty(url: &str) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let used = runtime.block_on(async {
        let db = Db::connect(url, &DbOptions::default()).await?;
        let used = nodes::has_schema(&db).await?;
        db.close().await;
        anyhow::Ok(used)
    })?;
    ensure!(!used, "the database has an instance already: restore into an empty one");
    Ok(())
}

/// Runs a tool of Postgres with the URL on its command line, but the password in the environment.
fn tool(name: &str, url: &str) -> anyhow::Result<Command> {
    let mut url = Url::parse(url).context("database_url is no URL")?;
    let mut command = Command::new(name);
    if let Some(password) = url.password() {
        let password = percent_encoding::percent_decode_str(password).decode_utf8()?;
        command.env("PGPASSWORD", &*password);
        if url.set_password(None).is_err() {
            bail!("database_url cannot be used");
        }
    }
    command.arg("--dbname").arg(url.as_str());
    Ok(command)
}

fn run(mut command: Command) -> anyhow::Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = command.output().with_context(|| format!("{name} is needed: Debian has it in postgresql-client"))?;
    ensure!(done.status.success(), "{name} failed: {}", String::from_utf8_lossy(&done.stderr));
    Ok(())
}
