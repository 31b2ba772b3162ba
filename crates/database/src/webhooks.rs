//! Webhooks: what is done is queued for them in the transaction that does it, one row for each that should hear of it.

use chrono::Utc;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::audit::{Act, Actor};
use crate::sql::Tx;
use vocabulary::{DeliveryId, WebhookId};

/// What webhooks hear of: `noun.verb`, as in the audit.
pub const EVENTS: [&str; 35] = [
    "approval.act",
    "approval.request",
    "comment.create",
    "comment.edit",
    "comment.remove",
    "document.change",
    "document.create",
    "document.import",
    "document.purge",
    "document.restore",
    "document.set_status",
    "document.trash",
    "document.write",
    "group.create",
    "group.join",
    "group.leave",
    "group.remove",
    "group.rename",
    "link.create",
    "link.enter",
    "link.remove",
    "member.join",
    "member.remove",
    "member.set_role",
    "revision.create",
    "revision.name",
    "revision.remove",
    "share.give",
    "share.take",
    "suggestion.accept",
    "suggestion.reject",
    "thread.create",
    "thread.remove",
    "thread.reopen",
    "thread.resolve",
];
/// What a webhook hears when somebody tries it out.
pub const PING: &str = "webhook.ping";

impl Tx {
    /// Queues what was done for every webhook that wants it.
    pub async fn queue_event(&mut self, by: &Actor, act: &Act) -> sqlx::Result<()> {
        if act.outcome != "done" || !EVENTS.contains(&act.action) {
            return Ok(());
        }
        let noun = act.action.split('.').next().unwrap_or_default();
        let wanted: Vec<(WebhookId,)> = self
            .query(
                "select webhook_id from webhook
                  where workspace_id = $1 and paused_at is null
                    and (events = '' or events like $2 or events like $3)",
            )
            .bind(by.workspace)
            .bind(format!("% {noun} %"))
            .bind(format!("% {} %", act.action))
            .all()
            .await?;
        if wanted.is_empty() {
            return Ok(());
        }
        let document = (act.resource_kind == "document").then(|| act.resource_id.parse::<Uuid>().ok()).flatten();
        let subject = document.unwrap_or(by.workspace.0);
        let sequence = self.next_in_order(subject).await?;
        let about = match document {
            Some(document) => json!({ "document": document }),
            None => json!({ act.resource_kind: act.resource_id }),
        };
        for (webhook,) in wanted {
            self.add_delivery(webhook, by, act.action, subject, sequence, &about, &act.detail).await?;
        }
        Ok(())
    }

    /// The next number of a subject. Whoever else counts for it waits until this transaction ends.
    pub async fn next_in_order(&mut self, subject: Uuid) -> sqlx::Result<i64> {
        let (last,): (i64,) = self
            .query(
                "insert into event_order (subject, last) values ($1, 1)
                 on conflict (subject) do update set last = event_order.last + 1 returning last",
            )
            .bind(subject)
            .one()
            .await?;
        Ok(last)
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one row")]
    pub async fn add_delivery(
        &mut self,
        webhook: WebhookId,
        by: &Actor,
        event: &str,
        subject: Uuid,
        sequence: i64,
        about: &Value,
        detail: &Value,
    ) -> sqlx::Result<()> {
        let now = Utc::now();
        let mut body = json!({
            "type": event,
            "timestamp": now,
            "workspace": by.workspace,
            "sequence": sequence,
            "actor": { "kind": by.kind.as_str(), "id": by.id },
            "data": detail,
        });
        if let (Value::Object(body), Value::Object(about)) = (&mut body, about) {
            body.extend(about.clone());
        }
        self.query(
            "insert into delivery (delivery_id, webhook_id, subject, sequence, event, body, created_at, run_at, attempts)
             values ($1, $2, $3, $4, $5, $6, $7, $7, 0)",
        )
        .bind(DeliveryId::new())
        .bind(webhook)
        .bind(subject)
        .bind(sequence)
        .bind(event.to_owned())
        .bind(body.to_string())
        .bind(now)
        .execute()
        .await
        .map(drop)
    }
}
