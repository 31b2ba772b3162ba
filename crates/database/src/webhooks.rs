//! Webhooks: what is done is queued for them in the transaction that does it, one row for each that should hear of it.

use chrono::Utc;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::audit::Actor;
use crate::changes::Change;
use crate::sql::{Db, Tx};
use vocabulary::{DeliveryId, Event, WebhookId, WorkspaceId};

/// What a webhook hears when somebody tries it out.
pub const PING: &str = "webhook.ping";

impl Tx {
    /// Queues what was done for every webhook that wants it.
    pub(crate) async fn queue_event(&mut self, by: &Actor, event: &Event) -> sqlx::Result<()> {
        let name = event.name();
        let noun = name.split('.').next().unwrap_or_default();
        let wanted: Vec<(WebhookId,)> = self
            .query(
                "select webhook_id from webhook
                  where workspace_id = $1 and paused_at is null
                    and (events = '' or events like $2 or events like $3)",
            )
            .bind(by.workspace)
            .bind(format!("% {noun} %"))
            .bind(format!("% {name} %"))
            .all()
            .await?;
        if wanted.is_empty() {
            return Ok(());
        }
        let about = event.subject();
        let document = (about.kind == "document").then(|| about.id.parse::<Uuid>().ok()).flatten();
        let subject = document.unwrap_or(by.workspace.0);
        let sequence = self.next_in_order(subject).await?;
        let about = match document {
            Some(document) => json!({ "document": document }),
            None => json!({ about.kind: about.id }),
        };
        for (webhook,) in wanted {
            self.add_delivery(webhook, by, name, subject, sequence, &about, &event.detail()).await?;
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
        .await?;
        self.note(Change::Webhook(webhook)).await
    }
}

/// Whether the workspace has this webhook.
pub async fn is_of(db: &Db, workspace: WorkspaceId, webhook: WebhookId) -> sqlx::Result<bool> {
    let found: Option<(WebhookId,)> = db
        .query("select webhook_id from webhook where workspace_id = $1 and webhook_id = $2")
        .bind(workspace)
        .bind(webhook)
        .optional()
        .await?;
    Ok(found.is_some())
}
