//! The rows of deliveries: what is queued for each webhook, what was sent, and which node sends now.

use chrono::{DateTime, Duration, Utc};
use database::{Actor, Change, Db, LoggedEvent, Tx};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;
use vocabulary::{DeliveryId, Event, Topic, WebhookId};

use crate::webhooks::rows::Webhook;

/// The event with which somebody tests a webhook.
const PING: &str = "webhook.ping";

/// One event for one webhook.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Delivery {
    /// The `webhook-id` of every attempt.
    pub delivery_id: DeliveryId,
    /// The name of the event, such as `comment.create`.
    pub event: String,
    /// The JSON body, as it is sent.
    pub body: String,
    pub created_at: DateTime<Utc>,
    /// The time of the next attempt, or the scheduled time of the last one.
    pub run_at: DateTime<Utc>,
    pub attempts: i64,
    /// The HTTP status of the last attempt.
    pub last_status: Option<i64>,
    /// The reason for the last failure.
    pub last_error: Option<String>,
    pub sent_at: Option<DateTime<Utc>>,
    /// The time at which the delivery was given up.
    pub failed_at: Option<DateTime<Utc>>,
}

/// The result of an attempt.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub status: Option<i64>,
    /// `None` when the receiver accepted the event.
    pub error: Option<String>,
    /// `None` when the delivery is given up.
    pub again: Option<DateTime<Utc>>,
}

/// Retries a failing webhook at once, because an admin is waiting for it.
async fn try_soon(tx: &mut Tx, webhook: WebhookId) -> sqlx::Result<()> {
    tx.query("update webhook set retry_at = null where webhook_id = $1").bind(webhook).execute().await.map(drop)
}

/// Queues an event that carries no information, to test a webhook.
pub async fn ping(db: &Db, by: &Actor, webhook: WebhookId) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    let subject = by.workspace.0;
    try_soon(&mut tx, webhook).await?;
    // The sequence number is taken last, as at every commit: see `event_log.rs`.
    let sequence = tx.next_in_order(subject).await?;
    let now = Utc::now();
    let body = json!({
        "type": PING,
        "timestamp": now,
        "workspace": by.workspace,
        "sequence": sequence,
        "actor": { "kind": by.kind.as_str(), "id": by.id },
        "data": {},
    });
    let delivery = NewDelivery { subject, sequence, event: PING, event_id: None, at: now, body: &body };
    add_delivery(&mut tx, webhook, delivery).await?;
    tx.commit().await
}

/// Queues an event for one webhook.
pub async fn queue(tx: &mut Tx, webhook: WebhookId, event: &LoggedEvent) -> sqlx::Result<()> {
    let mut body = json!({
        "type": event.name,
        "timestamp": event.at,
        "workspace": event.workspace,
        "sequence": event.sequence,
        "actor": { "kind": event.actor_kind, "id": event.actor_id },
        "data": event.detail,
    });
    body[&event.subject_kind] = json!(event.subject_id);
    let subject = event.document.map_or(event.workspace.0, |document| document.0);
    let (sequence, at, event_id) = (event.sequence, event.at, Some(event.event_id));
    add_delivery(tx, webhook, NewDelivery { subject, sequence, event: &event.name, event_id, at, body: &body }).await
}

struct NewDelivery<'a> {
    subject: Uuid,
    sequence: i64,
    event: &'a str,
    event_id: Option<i64>,
    at: DateTime<Utc>,
    body: &'a Value,
}

async fn add_delivery(tx: &mut Tx, webhook: WebhookId, new: NewDelivery<'_>) -> sqlx::Result<()> {
    tx.query(
        "insert into delivery (delivery_id, webhook_id, subject, sequence, event, body, created_at, run_at, attempts,
                               event_id)
         values ($1, $2, $3, $4, $5, $6, $7, $7, 0, $8)",
    )
    .bind(DeliveryId::new())
    .bind(webhook)
    .bind(new.subject)
    .bind(new.sequence)
    .bind(new.event.to_owned())
    .bind(new.body.to_string())
    .bind(new.at)
    .bind(new.event_id)
    .execute()
    .await?;
    tx.note(Change::Webhook(webhook)).await
}

/// Lists a webhook's sent and waiting deliveries, newest first.
pub async fn deliveries(
    db: &Db,
    webhook: WebhookId,
    failed_only: bool,
    before: Option<DeliveryId>,
    most: i64,
) -> sqlx::Result<Vec<Delivery>> {
    db.query(
        "select delivery_id, event, body, created_at, run_at, attempts, last_status, last_error, sent_at, failed_at
           from delivery where webhook_id = $1 and ($2 = false or failed_at is not null)
                           and ($3 is null or delivery_id < $3)
          order by delivery_id desc limit $4",
    )
    .bind(webhook)
    .bind(failed_only)
    .bind(before)
    .bind(most)
    .all()
    .await
}

/// Queues deliveries again: a single one, or all that were given up. Returns their number.
pub async fn replay(db: &Db, by: &Actor, webhook: WebhookId, only: Option<DeliveryId>) -> sqlx::Result<u64> {
    let mut tx = db.begin().await?;
    let now = Utc::now();
    // The webhook's row is locked first: see [`note_attempts`].
    try_soon(&mut tx, webhook).await?;
    let again = tx
        .query(
            "update delivery set sent_at = null, failed_at = null, attempts = 0, run_at = $3
              where webhook_id = $1 and (delivery_id = $2 or ($2 is null and failed_at is not null))",
        )
        .bind(webhook)
        .bind(only)
        .bind(now)
        .execute()
        .await?;
    if again == 0 {
        return Ok(0);
    }
    tx.note(Change::Webhook(webhook)).await?;
    tx.emit(by, Event::WebhookReplayed { webhook, deliveries: again }).await?;
    tx.commit().await?;
    Ok(again)
}

/// The SQL of [`claim`], with the lock of the engine.
macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "update webhook set claimed_until = $2 where webhook_id in
                (select webhook_id from webhook
                  where paused_at is null and (retry_at is null or retry_at <= $1)
                    and (claimed_until is null or claimed_until < $1)
                    and exists (select 1 from delivery where delivery.webhook_id = webhook.webhook_id
                                   and sent_at is null and failed_at is null and run_at <= $1
                                   and not exists (select 1 from delivery earlier
                                         where earlier.webhook_id = delivery.webhook_id
                                           and earlier.subject = delivery.subject
                                           and (earlier.sequence, coalesce(earlier.event_id, 0))
                                             < (delivery.sequence, coalesce(delivery.event_id, 0))
                                           and earlier.sent_at is null and earlier.failed_at is null))
                  limit $3",
            $lock,
            ")
         returning webhook_id, workspace_id, url, events, secret, old_secret, old_secret_until, created_at,
                   paused_at, failures, failing_since, retry_at"
        )
    };
}

/// Claims webhooks with a delivery that is due (see [`due`]). The claiming node holds each for `lease`.
pub async fn claim(db: &Db, most: i64, lease: Duration) -> sqlx::Result<Vec<Webhook>> {
    let now = Utc::now();
    db.pick(claim!(" for update skip locked"), claim!("")).bind(now).bind(now + lease).bind(most).all().await
}

/// Lists the deliveries that a webhook may be sent now: the first unsent one of each subject, if it is due.
pub async fn due(db: &Db, webhook: WebhookId, most: i64) -> sqlx::Result<Vec<Delivery>> {
    db.query(
        "select delivery_id, event, body, created_at, run_at, attempts, last_status, last_error, sent_at, failed_at
           from delivery
          where webhook_id = $1 and sent_at is null and failed_at is null and run_at <= $2
            and not exists (select 1 from delivery earlier
                             where earlier.webhook_id = delivery.webhook_id and earlier.subject = delivery.subject
                               and (earlier.sequence, coalesce(earlier.event_id, 0))
                                             < (delivery.sequence, coalesce(delivery.event_id, 0))
                               and earlier.sent_at is null and earlier.failed_at is null)
          order by run_at, delivery_id limit $3",
    )
    .bind(webhook)
    .bind(Utc::now())
    .bind(most)
    .all()
    .await
}

/// Releases a webhook to which nothing was sent.
///
/// # Errors
/// When the database does not answer. The webhook is free when the lease has ended.
pub async fn release(db: &Db, webhook: WebhookId) -> sqlx::Result<()> {
    db.query("update webhook set claimed_until = null where webhook_id = $1").bind(webhook).execute().await.map(drop)
}

/// Records the results of attempts, releases the webhook and notifies pages that show it. Nothing is sent to the
/// webhook before `rest`, which is `None` when it accepts deliveries.
///
/// # Errors
/// When the database does not answer. The events are sent again in that case.
pub async fn note_attempts(
    db: &Db,
    webhook: &Webhook,
    attempts: &[(DeliveryId, Attempt)],
    rest: Option<DateTime<Utc>>,
) -> sqlx::Result<()> {
    let now = Utc::now();
    let mut tx = db.begin().await?;
    // The webhook's row is locked first, as when a webhook is removed. Otherwise the two transactions could wait for
    // each other.
    tx.query(
        "update webhook set claimed_until = null, retry_at = $2,
                failures = case when $2 is null then 0 else failures + 1 end,
                failing_since = case when $2 is not null then coalesce(failing_since, $3) end
          where webhook_id = $1",
    )
    .bind(webhook.webhook_id)
    .bind(rest)
    .bind(now)
    .execute()
    .await?;
    for (delivery, attempt) in attempts {
        let taken = attempt.error.is_none();
        let given_up = !taken && attempt.again.is_none();
        tx.query(
            "update delivery set attempts = attempts + 1, last_status = $2, last_error = $3, sent_at = $4,
                    failed_at = $5, run_at = coalesce($6, run_at)
              where delivery_id = $1",
        )
        .bind(*delivery)
        .bind(attempt.status)
        .bind(attempt.error.clone())
        .bind(taken.then_some(now))
        .bind(given_up.then_some(now))
        .bind(attempt.again)
        .execute()
        .await?;
    }
    tx.note(Change::Webhook(webhook.webhook_id)).await?;
    if rest.is_some() || webhook.failures > 0 {
        tx.note(Change::Workspace(webhook.workspace_id, Topic::Webhooks)).await?;
    }
    tx.commit().await
}

/// Deletes deliveries that were queued before `before`, whether sent or not.
pub async fn forget_old(db: &Db, before: DateTime<Utc>) -> sqlx::Result<u64> {
    db.delete_in_batches("delete from delivery where created_at < $1", &[before]).await
}
