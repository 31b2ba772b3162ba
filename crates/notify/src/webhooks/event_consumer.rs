//! The event consumer that queues deliveries: one for each webhook that subscribes to the event, unless the webhook was
//! created later or was paused when the event happened.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use database::consumers::Failure;
use database::{Consumer, LoggedEvent, Tx};
use tokio::sync::Notify;
use vocabulary::Audience;

use crate::webhooks::delivery_rows;
use crate::webhooks::rows::{self, Subscription};

/// `queued` is notified when deliveries may have been queued.
pub fn consumer(queued: Arc<Notify>) -> Consumer {
    Consumer::new("webhooks", |tx, events| Box::pin(queue(tx, events)), move || queued.notify_one())
}

async fn queue(tx: &mut Tx, events: &[LoggedEvent]) -> Result<(), Failure> {
    let mut known: HashMap<_, Vec<Subscription>> = HashMap::new();
    for event in events.iter().filter(|event| event.audience != Audience::Audit.as_str()) {
        let subscriptions = match known.entry(event.workspace) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(rows::subscriptions(tx, event.workspace).await?),
        };
        for subscription in subscriptions.iter().filter(|one| one.wants(event) && one.listens_at(event.event_id)) {
            delivery_rows::queue(tx, subscription.webhook_id, event).await?;
        }
    }
    Ok(())
}

impl Subscription {
    /// Whether the webhook subscribes to the event. A frequent event must be named.
    fn wants(&self, event: &LoggedEvent) -> bool {
        let names = |wanted: &str| self.events.split_whitespace().any(|one| one == wanted);
        let noun = event.name.split('.').next().unwrap_or_default();
        match event.audience.as_str() {
            audience if audience == Audience::Public.as_str() => {
                self.events.is_empty() || names(noun) || names(&event.name)
            }
            audience if audience == Audience::Named.as_str() => names(&event.name),
            _ => false,
        }
    }

    /// Whether the webhook existed and was not paused when the event happened.
    fn listens_at(&self, event: i64) -> bool {
        let was_paused = match (self.paused_after, self.resumed_after) {
            // If there is no pause now, a node of the previous version has ended it.
            (Some(paused), None) => self.paused_at.is_some() && paused < event,
            // Paused by a node of the previous version, which does not record positions.
            _ if self.paused_at.is_some() => true,
            (Some(paused), Some(resumed)) => paused < event && event <= resumed,
            (None, _) => false,
        };
        self.created_after < event && !was_paused
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;
    use serde_json::json;
    use vocabulary::{WebhookId, WorkspaceId};

    fn subscription(events: &str) -> Subscription {
        let (webhook_id, events) = (WebhookId::new(), events.to_owned());
        Subscription { webhook_id, events, paused_at: None, created_after: 5, paused_after: None, resumed_after: None }
    }

    fn event(name: &str, audience: Audience) -> LoggedEvent {
        LoggedEvent {
            event_id: 9,
            at: Utc::now(),
            name: name.into(),
            audience: audience.as_str().into(),
            workspace: WorkspaceId::new(),
            document: None,
            subject_kind: "account".into(),
            subject_id: String::new(),
            sequence: 1,
            actor_kind: "system".into(),
            actor_id: None,
            detail: json!({}),
        }
    }

    #[test]
    fn a_frequent_event_must_be_named() {
        for (events, trashed, edited, reacted) in [
            ("", true, false, false),
            (" document ", true, false, false),
            (" document.trash thread ", true, false, false),
            (" document.edit ", false, true, false),
            (" documents comment ", false, false, false),
        ] {
            let one = subscription(events);
            let wants = [
                event("document.trash", Audience::Public),
                event("document.edit", Audience::Named),
                event("document.react", Audience::Audit),
            ]
            .map(|event| one.wants(&event));
            assert_eq!(wants, [trashed, edited, reacted], "{events:?}");
        }
    }

    #[test]
    fn events_before_its_creation_or_during_a_pause_are_not_received() {
        let new = subscription("");
        let paused = Subscription { paused_at: Some(Utc::now()), paused_after: Some(7), ..new.clone() };
        let resumed = Subscription { paused_at: None, resumed_after: Some(8), ..paused.clone() };
        let resumed_by_an_old_node = Subscription { paused_at: None, ..paused.clone() };
        let by_an_old_node = Subscription { paused_at: Some(Utc::now()), ..resumed.clone() };
        let received = |one: &Subscription| (5..=9).filter(|event| one.listens_at(*event)).collect::<Vec<_>>();
        assert_eq!(received(&new), [6, 7, 8, 9]);
        assert_eq!(received(&paused), [6, 7]);
        assert_eq!(received(&resumed), [6, 7, 9]);
        assert!(received(&by_an_old_node).is_empty());
        assert_eq!(received(&resumed_by_an_old_node), [6, 7, 8, 9]);
    }
}
