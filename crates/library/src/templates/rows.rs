//! The rows of templates.

use chrono::{DateTime, Utc};
use database::{Actor, Db, Tx, accounts, sort_key::sort_by_name};
use serde_json::Value;
use sqlx::types::Json;
use vocabulary::{AccountId, Event, TemplateId, WorkspaceId};

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct TemplateRow {
    pub template_id: TemplateId,
    pub workspace_id: WorkspaceId,
    /// The member whose personal template it is; `None` for one of the workspace.
    pub owner_id: Option<AccountId>,
    pub title: String,
    pub description: String,
    pub kind: String,
    pub icon: String,
    /// The editor's JSON.
    pub text: Json<Value>,
    pub created_by: Option<AccountId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

pub struct NewTemplate {
    pub title: String,
    pub description: String,
    pub kind: String,
    pub icon: String,
    pub owner: Option<AccountId>,
    pub text: Value,
}

/// Lists the templates of a workspace that an account may use, its own first.
pub async fn list(db: &Db, workspace: WorkspaceId, account: AccountId) -> sqlx::Result<Vec<TemplateRow>> {
    let rows: Vec<TemplateRow> = db
        .query("select * from template where workspace_id = $1 and (owner_id is null or owner_id = $2)")
        .bind(workspace)
        .bind(account)
        .all()
        .await?;
    let mut rows = sort_by_name(rows, |row| &row.title);
    rows.sort_by_key(|row| row.owner_id.is_none());
    Ok(rows)
}

pub async fn find(db: &Db, workspace: WorkspaceId, template: TemplateId) -> sqlx::Result<Option<TemplateRow>> {
    db.query("select * from template where workspace_id = $1 and template_id = $2")
        .bind(workspace)
        .bind(template)
        .optional()
        .await
}

async fn count(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<i64> {
    let (count,): (i64,) =
        tx.query("select count(*) from template where workspace_id = $1").bind(workspace).one().await?;
    Ok(count)
}

/// Adds a template, unless the workspace has `most` already.
pub async fn add(
    db: &Db,
    by: &Actor,
    account: AccountId,
    most: i64,
    new: NewTemplate,
) -> sqlx::Result<Option<TemplateRow>> {
    let mut tx = accounts::begin_to_add(db, account).await?;
    // The limit is that of the workspace, so its members add templates one after the other.
    let _: Option<(WorkspaceId,)> = tx
        .pick(
            "select workspace_id from workspace where workspace_id = $1 for no key update",
            "select workspace_id from workspace where workspace_id = $1",
        )
        .bind(by.workspace)
        .optional()
        .await?;
    if count(&mut tx, by.workspace).await? >= most {
        return Ok(None);
    }
    let row: TemplateRow = tx
        .query(
            "insert into template (template_id, workspace_id, owner_id, title, description, kind, icon, text,
                                   created_by, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) returning *",
        )
        .bind(TemplateId::new())
        .bind(by.workspace)
        .bind(new.owner)
        .bind(new.title)
        .bind(new.description)
        .bind(new.kind)
        .bind(new.icon)
        .bind(Json(new.text))
        .bind(account)
        .bind(Utc::now())
        .one()
        .await?;
    tx.emit(by, Event::TemplateCreated { template: row.template_id, is_personal: row.owner_id.is_some() }).await?;
    tx.commit().await?;
    Ok(Some(row))
}

pub async fn update(db: &Db, by: &Actor, row: TemplateRow) -> sqlx::Result<Option<TemplateRow>> {
    let mut tx = db.begin().await?;
    let updated: Option<TemplateRow> = tx
        .query(
            "update template set title = $3, description = $4, kind = $5, icon = $6, text = $7, updated_at = $8
              where workspace_id = $1 and template_id = $2 returning *",
        )
        .bind(row.workspace_id)
        .bind(row.template_id)
        .bind(row.title)
        .bind(row.description)
        .bind(row.kind)
        .bind(row.icon)
        .bind(row.text)
        .bind(Utc::now())
        .optional()
        .await?;
    if updated.is_some() {
        tx.emit(by, Event::TemplateChanged { template: row.template_id }).await?;
    }
    tx.commit().await?;
    Ok(updated)
}

pub async fn remove(db: &Db, by: &Actor, template: TemplateId) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    let removed = tx.query("delete from template where template_id = $1").bind(template).execute().await?;
    if removed > 0 {
        tx.emit(by, Event::TemplateRemoved { template }).await?;
    }
    tx.commit().await
}
