//! Sends events to the webhooks that subscribe to them: signed according to Standard Webhooks 1.0, at least once, in
//! order for each document, to one webhook from one node at a time. `event_consumer.rs` fills the queue from the log of events.

use crate::{
    jobs::pause_after, webhooks::delivery_rows::Attempt, webhooks::delivery_rows::Delivery, webhooks::rows::Webhook,
};
use database::Actor;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, Mac};
use rand::Rng;
use sha2::Sha256;
use thiserror::Error;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tracing::{info, warn};
use vocabulary::DeliveryId;

use access::App;

use super::{Outside, Refusal, delivery_rows, rows};

/// The longest delay before a due delivery is noticed.
const POLL_EVERY: Duration = Duration::from_secs(1);
/// The number of webhooks to which a node sends at a time. A slow webhook takes only its own place and does not delay
/// others.
const AT_ONCE: usize = 16;
/// The number of documents whose next event is sent to one webhook at a time.
const BATCH: i64 = 8;
/// How long a receiver may take to answer. One that needs longer should answer first and do its work afterwards.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);
/// How long a node holds a webhook, which is longer than a batch takes. After that, the node is considered dead.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// The number of attempts. With pauses of up to an hour, they take about 24 hours.
const TRIES: i64 = 33;
/// A webhook is paused when no delivery has succeeded for this long.
const FAILING_AT_MOST: TimeDelta = TimeDelta::days(3);
/// The time that receivers have to adopt a new secret. Meanwhile the old one signs as well.
pub const OLD_SECRET_SIGNS: TimeDelta = TimeDelta::hours(24);
/// The length of a secret. Standard Webhooks asks for 24 to 64 bytes.
const SECRET_BYTES: usize = 32;
const SECRET_PREFIX: &str = "whsec_";

/// The reason why an attempt failed.
#[derive(Debug, Error)]
enum Failure {
    #[error("{0}")]
    Refused(#[from] Refusal),
    #[error("it answered {0}")]
    Status(u16),
    #[error("no answer: {0}")]
    Http(String),
}

/// Sends deliveries that are due until the server stops. Deliveries interrupted by the stop are sent again by the next
/// node that claims them. `again` is notified when deliveries were queued.
pub async fn send(app: App, outside: Outside, again: Arc<Notify>) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut fails = false;
    while !app.is_stopping() {
        let due = match delivery_rows::claim(&app.db, places.available_permits() as i64, LEASE).await {
            Ok(due) => {
                fails = false;
                due
            }
            Err(error) => {
                if !std::mem::replace(&mut fails, true) {
                    warn!(%error, "webhooks with due deliveries cannot be claimed");
                }
                Vec::new()
            }
        };
        for webhook in due {
            let Ok(place) = places.clone().acquire_owned().await else { return };
            app.tasks.spawn(serve(app.clone(), outside.clone(), webhook, place, again.clone()));
        }
        tokio::select! {
            () = again.notified() => {}
            () = tokio::time::sleep(POLL_EVERY) => {}
            () = app.until_stopping() => {}
        }
    }
}

/// Sends the due deliveries of one webhook. While the webhook is failing, sends only one, as a test.
async fn serve(app: App, outside: Outside, webhook: Webhook, place: OwnedSemaphorePermit, again: Arc<Notify>) {
    let most = if webhook.failures > 0 { 1 } else { BATCH };
    let due = match delivery_rows::due(&app.db, webhook.webhook_id, most).await {
        Ok(due) => due,
        Err(error) => {
            warn!(%error, "the due deliveries of a webhook cannot be read");
            return;
        }
    };
    if due.is_empty() {
        // Another node has sent these deliveries. Later ones are noticed at the next poll.
        if let Err(error) = delivery_rows::release(&app.db, webhook.webhook_id).await {
            warn!(%error, "a webhook cannot be released");
        }
        return;
    }
    let attempts: Vec<(DeliveryId, Attempt)> =
        futures_util::future::join_all(due.iter().map(|delivery| attempt(&outside, &webhook, delivery))).await;
    let fails = attempts.iter().all(|(_, attempt)| attempt.error.is_some());
    let rest = fails.then(|| Utc::now() + pause_after(webhook.failures + 1));
    if let Err(error) = delivery_rows::note_attempts(&app.db, &webhook, &attempts, rest).await {
        warn!(%error, "the results of deliveries cannot be recorded; they will be sent again");
        return;
    }
    if let Some(since) = webhook.failing_since.filter(|since| fails && Utc::now() - *since > FAILING_AT_MOST) {
        match rows::pause_failing(&app.db, &Actor::system(webhook.workspace_id), webhook.webhook_id, since).await {
            Ok(true) => warn!(webhook = %webhook.webhook_id, "a webhook has failed for three days and is paused"),
            Ok(false) => {}
            Err(error) => warn!(%error, "a webhook cannot be paused"),
        }
    }
    drop(place);
    again.notify_one();
}

async fn attempt(outside: &Outside, webhook: &Webhook, delivery: &Delivery) -> (DeliveryId, Attempt) {
    let failure = post(outside, webhook, delivery).await.err();
    let taken = failure.is_none();
    metrics::counter!("consilium_webhook_attempts_total", "outcome" => if taken { "taken" } else { "failed" })
        .increment(1);
    let status = match &failure {
        None => Some(200),
        Some(Failure::Status(status)) => Some(i64::from(*status)),
        Some(_) => None,
    };
    let attempts = delivery.attempts + 1;
    let again = (!taken && attempts < TRIES).then(|| Utc::now() + pause_after(attempts));
    match &failure {
        None => info!(webhook = %webhook.webhook_id, event = delivery.event, "a webhook accepted an event"),
        Some(failure) => warn!(webhook = %webhook.webhook_id, event = delivery.event, %failure, "a webhook failed"),
    }
    (delivery.delivery_id, Attempt { status, error: failure.map(|failure| failure.to_string()), again })
}

async fn post(outside: &Outside, webhook: &Webhook, delivery: &Delivery) -> Result<(), Failure> {
    let url = outside.check(&webhook.url).await?;
    let at = Utc::now();
    let id = delivery.delivery_id.to_string();
    let old = webhook.old_secret.as_deref().filter(|_| webhook.old_secret_until.is_some_and(|until| until > at));
    let signatures: Vec<String> = std::iter::once(webhook.secret.as_str())
        .chain(old)
        .map(|secret| sign(secret, &id, at, &delivery.body))
        .collect();
    let answer = outside
        .client()
        .post(url)
        .timeout(ANSWERED_WITHIN)
        .header(header::CONTENT_TYPE.as_str(), "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", at.timestamp().to_string())
        .header("webhook-signature", signatures.join(" "))
        .body(delivery.body.clone())
        .send()
        .await
        .map_err(|error| Failure::Http(innermost(&error)))?;
    if answer.status().is_success() { Ok(()) } else { Err(Failure::Status(answer.status().as_u16())) }
}

/// Returns the innermost message of a reqwest error, without the URL, which is known.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// Creates a new secret in the form that both sides keep.
pub fn new_secret() -> String {
    let mut bytes = [0; SECRET_BYTES];
    rand::rng().fill(&mut bytes);
    format!("{SECRET_PREFIX}{}", STANDARD.encode(bytes))
}

/// Returns `v1,` and the base64 HMAC-SHA256 of id, seconds and body, joined by dots (Standard Webhooks 1.0).
fn sign(secret: &str, id: &str, at: DateTime<Utc>, body: &str) -> String {
    let key = STANDARD.decode(secret.trim_start_matches(SECRET_PREFIX)).unwrap_or_default();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes keys of every length");
    mac.update(format!("{id}.{}.{body}", at.timestamp()).as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_standard() {
        // The example of the specification.
        let at = DateTime::from_timestamp(1_614_265_330, 0).expect("a time");
        let signed = sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            at,
            "{\"test\": 2432232314}",
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn secrets_differ_and_are_long() {
        let (one, two) = (new_secret(), new_secret());
        assert_ne!(one, two);
        assert_eq!(STANDARD.decode(one.trim_start_matches(SECRET_PREFIX)).expect("base64").len(), SECRET_BYTES);
    }
}
