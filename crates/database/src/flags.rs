//! Switches that an operator sets for all nodes at once.

use std::collections::HashMap;
use vocabulary::Event;

use chrono::Utc;

use crate::audit::Actor;
use crate::sql::Db;

/// All switches that were ever set.
pub async fn list(db: &Db) -> sqlx::Result<HashMap<String, bool>> {
    let rows: Vec<(String, bool)> = db.query("select name, is_on from flag").all().await?;
    Ok(rows.into_iter().collect())
}

/// Sets a switch and notifies all nodes.
pub async fn set(db: &Db, by: &Actor, name: &'static str, is_on: bool) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    tx.query(
        "insert into flag (name, is_on, changed_at) values ($1, $2, $3)
         on conflict (name) do update set is_on = excluded.is_on, changed_at = excluded.changed_at",
    )
    .bind(name.to_owned())
    .bind(is_on)
    .bind(Utc::now())
    .execute()
    .await?;
    tx.emit(by, Event::FlagSet { name, is_on }).await?;
    tx.commit().await
}
