//! The rows of saved searches.

use chrono::{DateTime, Utc};
use database::sort_key::sort_by_name;
use database::{Actor, Db, Tx, accounts};
use serde::Serialize;
use vocabulary::{AccountId, Event, SearchId, WorkspaceId};

/// A search that a member keeps.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct SavedSearch {
    pub search_id: SearchId,
    pub name: String,
    /// The query as it was typed.
    pub query: String,
    pub created_at: DateTime<Utc>,
}

pub async fn list(db: &Db, workspace: WorkspaceId, account: AccountId) -> sqlx::Result<Vec<SavedSearch>> {
    let rows = db
        .query(
            "select search_id, name, query, created_at from saved_search
              where workspace_id = $1 and account_id = $2 order by search_id",
        )
        .bind(workspace)
        .bind(account)
        .all()
        .await?;
    Ok(sort_by_name(rows, |row: &SavedSearch| &row.name))
}

async fn count(tx: &mut Tx, workspace: WorkspaceId, account: AccountId) -> sqlx::Result<i64> {
    let (count,): (i64,) = tx
        .query("select count(*) from saved_search where workspace_id = $1 and account_id = $2")
        .bind(workspace)
        .bind(account)
        .one()
        .await?;
    Ok(count)
}

/// Adds a search, unless the member has `most` already.
pub async fn add(
    db: &Db,
    by: &Actor,
    account: AccountId,
    most: i64,
    (name, query): (&str, &str),
) -> sqlx::Result<Option<SavedSearch>> {
    let mut tx = accounts::begin_to_add(db, account).await?;
    if count(&mut tx, by.workspace, account).await? >= most {
        return Ok(None);
    }
    let search = SearchId::new();
    let saved = tx
        .query(
            "insert into saved_search (search_id, workspace_id, account_id, name, query, created_at)
             values ($1, $2, $3, $4, $5, $6) returning search_id, name, query, created_at",
        )
        .bind(search)
        .bind(by.workspace)
        .bind(account)
        .bind(name.to_owned())
        .bind(query.to_owned())
        .bind(Utc::now())
        .one()
        .await?;
    tx.emit(by, Event::SearchSaved { search }).await?;
    tx.commit().await?;
    Ok(Some(saved))
}

/// Removes a search of this member. `false` when there is none.
pub async fn remove(db: &Db, by: &Actor, account: AccountId, search: SearchId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let removed = tx
        .query("delete from saved_search where search_id = $1 and account_id = $2 and workspace_id = $3")
        .bind(search)
        .bind(account)
        .bind(by.workspace)
        .execute()
        .await?;
    if removed == 0 {
        return Ok(false);
    }
    tx.emit(by, Event::SearchForgotten { search }).await?;
    tx.commit().await?;
    Ok(true)
}
