//! The rows of webhooks and of their deliveries.

use chrono::{DateTime, Utc};
use database::{Actor, Db, Tx};
use serde::Serialize;
use vocabulary::{AccountId, Event, WebhookId, WorkspaceId};

/// A webhook, as its workspace sees it.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct Webhook {
    pub webhook_id: WebhookId,
    pub workspace_id: WorkspaceId,
    pub url: String,
    /// Nouns, such as `comment`, and names of events, such as `comment.create`, separated by spaces; empty for all
    /// events but the frequent ones.
    pub events: String,
    pub secret: String,
    pub old_secret: Option<String>,
    pub old_secret_until: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub paused_at: Option<DateTime<Utc>>,
    /// The number of consecutive failures.
    pub failures: i64,
    pub failing_since: Option<DateTime<Utc>>,
    pub retry_at: Option<DateTime<Utc>>,
}

/// The events to which a webhook subscribes, and the positions in the event log between which it receives them.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Subscription {
    pub webhook_id: WebhookId,
    /// Nouns and names of events, separated by spaces, as in [`Webhook::events`].
    pub events: String,
    pub paused_at: Option<DateTime<Utc>>,
    /// The webhook was created after this event.
    pub created_after: i64,
    /// The webhook was last paused after this event.
    pub paused_after: Option<i64>,
    /// That pause ended after this event.
    pub resumed_after: Option<i64>,
}

/// Lists a workspace's webhooks, oldest first, or one of them.
pub async fn list(db: &Db, workspace: WorkspaceId, only: Option<WebhookId>) -> sqlx::Result<Vec<Webhook>> {
    db.query(
        "select webhook_id, workspace_id, url, events, secret, old_secret, old_secret_until, created_at, paused_at,
                failures, failing_since, retry_at
           from webhook where workspace_id = $1 and ($2 is null or webhook_id = $2) order by webhook_id",
    )
    .bind(workspace)
    .bind(only)
    .all()
    .await
}

pub async fn add(
    db: &Db,
    by: &Actor,
    maker: AccountId,
    url: &str,
    events: &str,
    secret: &str,
) -> sqlx::Result<WebhookId> {
    let mut tx = db.begin().await?;
    let webhook = WebhookId::new();
    tx.query(
        "insert into webhook (webhook_id, workspace_id, url, events, secret, created_by, created_at, failures,
                              created_after)
         values ($1, $2, $3, $4, $5, $6, $7, 0, (select coalesce(max(event_id), 0) from event))",
    )
    .bind(webhook)
    .bind(by.workspace)
    .bind(url.to_owned())
    .bind(events.to_owned())
    .bind(secret.to_owned())
    .bind(maker)
    .bind(Utc::now())
    .execute()
    .await?;
    tx.emit(by, Event::WebhookCreated { webhook, url: url.to_owned() }).await?;
    tx.commit().await?;
    Ok(webhook)
}

/// Changes a webhook's address, its events and whether it is paused. Waiting deliveries are sent to the new address.
/// Resuming after a pause retries at once. `false` when there is no such webhook.
pub async fn change(
    db: &Db,
    by: &Actor,
    webhook: WebhookId,
    url: &str,
    events: &str,
    paused: bool,
) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let changed = tx
        .query(
            "update webhook set url = $3, events = $4, failures = 0, failing_since = null, retry_at = null,
                    paused_at = case when $5 then coalesce(paused_at, $6) end,
                    paused_after = case when $5 and paused_at is null
                        then (select coalesce(max(event_id), 0) from event) else paused_after end,
                    resumed_after = case when $5 and paused_at is null then null
                        when not $5 and paused_at is not null then (select coalesce(max(event_id), 0) from event)
                        else resumed_after end
              where webhook_id = $1 and workspace_id = $2",
        )
        .bind(webhook)
        .bind(by.workspace)
        .bind(url.to_owned())
        .bind(events.to_owned())
        .bind(paused)
        .bind(Utc::now())
        .execute()
        .await?;
    if changed > 0 {
        let (events, url) = (events.trim().to_owned(), url.to_owned());
        tx.emit(by, Event::WebhookChanged { webhook, events, paused, url }).await?;
    }
    tx.commit().await?;
    Ok(changed > 0)
}

/// Pauses a webhook that has been failing since `since`. `false` when a delivery succeeded or an admin changed the
/// webhook meanwhile.
pub async fn pause_failing(db: &Db, by: &Actor, webhook: WebhookId, since: DateTime<Utc>) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let paused: Option<(String, String)> = tx
        .query(
            "update webhook set paused_at = $3, resumed_after = null,
                    paused_after = (select coalesce(max(event_id), 0) from event)
              where webhook_id = $1 and failing_since = $2 and paused_at is null
             returning url, events",
        )
        .bind(webhook)
        .bind(since)
        .bind(Utc::now())
        .optional()
        .await?;
    let is_paused = paused.is_some();
    if let Some((url, events)) = paused {
        let events = events.trim().to_owned();
        tx.emit(by, Event::WebhookChanged { webhook, events, paused: true, url }).await?;
    }
    tx.commit().await?;
    Ok(is_paused)
}

/// Sets a new secret; the previous one also signs until the given time. `false` when there is no such webhook.
pub async fn renew_secret(
    db: &Db,
    by: &Actor,
    webhook: WebhookId,
    secret: &str,
    old_until: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let renewed = tx
        .query(
            "update webhook set old_secret = secret, old_secret_until = $4, secret = $3
              where webhook_id = $1 and workspace_id = $2",
        )
        .bind(webhook)
        .bind(by.workspace)
        .bind(secret.to_owned())
        .bind(old_until)
        .execute()
        .await?;
    if renewed > 0 {
        tx.emit(by, Event::WebhookSecretRenewed { webhook }).await?;
    }
    tx.commit().await?;
    Ok(renewed > 0)
}

/// Removes a webhook and its log; `false` when there is none.
pub async fn remove(db: &Db, by: &Actor, webhook: WebhookId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let removed = tx
        .query("delete from webhook where webhook_id = $1 and workspace_id = $2")
        .bind(webhook)
        .bind(by.workspace)
        .execute()
        .await?;
    if removed > 0 {
        tx.emit(by, Event::WebhookRemoved { webhook }).await?;
    }
    tx.commit().await?;
    Ok(removed > 0)
}

/// The subscriptions of a workspace's webhooks.
pub async fn subscriptions(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<Subscription>> {
    tx.query(
        "select webhook_id, events, paused_at, created_after, paused_after, resumed_after
           from webhook where workspace_id = $1 order by webhook_id",
    )
    .bind(workspace)
    .all()
    .await
}
