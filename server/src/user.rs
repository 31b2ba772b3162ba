//! `consilium user`: changes to accounts that require access to the machine.

use database::{Actor, accounts, members};
use std::io::BufRead;

use anyhow::{Context, bail};
use vocabulary::WorkspaceId;

use crate::instance;
use access::{Config, passwords};

/// Sets a new password, read from stdin, and ends every session of the account.
///
/// # Errors
/// When there is no such account, or the password is too short.
pub fn reset_password(config: &Config, email: &str) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    // Opened before the question, so that a wrong folder is reported first.
    let db = runtime.block_on(instance::current_rows(config))?;
    eprintln!("New password for {email}:");
    let password = std::io::stdin().lock().lines().next().context("no password was given")??;
    runtime.block_on(async {
        let Some(account) = accounts::by_email(&db, email).await? else { bail!("there is no account {email}") };
        passwords::check(&password, &[&account.name, email])?;
        let workspace = members::first_workspace(&db).await?.unwrap_or(WorkspaceId::NONE);
        let by = Actor::system(workspace);
        accounts::set_password(&db, &by, account.account_id, passwords::hash("", password).await?, None).await?;
        println!("The password of {email} was changed; all its sessions are ended.");
        Ok(())
    })
}
