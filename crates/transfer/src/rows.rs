//! Names that a printed document shows.

use database::Db;
use vocabulary::{AccountId, WorkspaceId};

pub async fn workspace_name(db: &Db, workspace: WorkspaceId) -> sqlx::Result<String> {
    let name: Option<(String,)> =
        db.query("select name from workspace where workspace_id = $1").bind(workspace).optional().await?;
    Ok(name.map(|(name,)| name).unwrap_or_default())
}

/// The name of an account; empty if the account was erased.
pub async fn account_name(db: &Db, account: AccountId) -> sqlx::Result<String> {
    let name: Option<(String,)> =
        db.query("select name from account where account_id = $1").bind(account).optional().await?;
    Ok(name.map(|(name,)| name).unwrap_or_default())
}
