//! Webhooks of a workspace and their deliveries. Only for admins, because webhooks receive events about every document.

use crate::{
    webhooks::delivery_rows, webhooks::delivery_rows::Delivery, webhooks::rows, webhooks::rows::Webhook,
    webhooks::sender::OLD_SECRET_SIGNS, webhooks::sender::new_secret,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use vocabulary::{DeliveryId, WebhookId, WorkspaceId, public_events};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{PEOPLE, needs};

use crate::webhooks::{Outside, Refusal};
use access::{App, Caller};
use axum::Extension;
use endpoint::{Error, Result, input::At, input::Body, input::QueryParams};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(PEOPLE, routes!(list, create)))
        .routes(needs(PEOPLE, routes!(change, remove)))
        .routes(needs(PEOPLE, routes!(ping)))
        .routes(needs(PEOPLE, routes!(renew)))
        .routes(needs(PEOPLE, routes!(deliveries)))
        .routes(needs(PEOPLE, routes!(replay)))
        .routes(needs(PEOPLE, routes!(replay_failed)))
}

/// The maximum number of webhooks of a workspace. Each costs a row for every event.
const MOST: usize = 20;
const PAGE: i64 = 50;
const LARGEST_PAGE: i64 = 200;

#[derive(Serialize, utoipa::ToSchema)]
struct WebhookView {
    webhook_id: WebhookId,
    url: String,
    /// The events to receive: nouns such as `comment`, and single events such as `approval.request`; empty for all but
    /// `document.edit`, which must be named.
    events: Vec<String>,
    created_at: DateTime<Utc>,
    /// The time at which the webhook was paused, by an admin or because it failed for three days. A paused webhook
    /// receives nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    paused_at: Option<DateTime<Utc>>,
    /// The time since which no delivery has succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    failing_since: Option<DateTime<Utc>>,
    /// The time of the next attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<DateTime<Utc>>,
}

impl From<Webhook> for WebhookView {
    fn from(row: Webhook) -> WebhookView {
        WebhookView {
            webhook_id: row.webhook_id,
            url: row.url,
            events: row.events.split_whitespace().map(str::to_owned).collect(),
            created_at: row.created_at,
            paused_at: row.paused_at,
            failing_since: row.failing_since,
            retry_at: row.retry_at,
        }
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct WebhookWish {
    /// The receiver's address, `https://…`, on the internet or in a network that the operator allows.
    url: String,
    /// The events to receive: nouns such as `comment`, and single events such as `approval.request`; empty for all but
    /// `document.edit`, which must be named.
    #[serde(default)]
    events: Vec<String>,
    /// Whether the webhook is paused. A paused webhook receives nothing.
    #[serde(default)]
    paused: bool,
}

#[derive(Serialize, utoipa::ToSchema)]
struct WebhookSecret {
    webhook_id: WebhookId,
    /// The secret that signs deliveries (Standard Webhooks), shown only once.
    secret: String,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct WhichDeliveries {
    /// Whether to list only deliveries that were given up.
    #[serde(default)]
    failed: bool,
    /// The `next` value of the previous page.
    cursor: Option<DeliveryId>,
    #[serde(default = "page")]
    limit: i64,
}

const fn page() -> i64 {
    PAGE
}

#[derive(Serialize, utoipa::ToSchema)]
struct DeliveryPage {
    items: Vec<Delivery>,
    /// The `cursor` of the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<DeliveryId>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct Replayed {
    deliveries: u64,
}

/// Validates the input, and returns the events in their stored form.
async fn look_at(outside: &Outside, wish: &WebhookWish) -> Result<String> {
    let public = public_events();
    let known = |wanted: &String| {
        public.iter().any(|event| event == wanted || event.split_once('.').is_some_and(|(noun, _)| noun == wanted))
    };
    if wish.events.len() > public.len() || !wish.events.iter().all(known) {
        return Err(Error::Invalid(
            "events are nouns (comment) or noun.verb (comment.create) that the reference lists",
        ));
    }
    outside.check(&wish.url).await.map_err(|refusal| {
        Error::Invalid(match refusal {
            Refusal::Url => "the URL must be https://, with a host and without a password",
            Refusal::Unknown => "can't resolve that host",
            Refusal::Private => "the host is in a private network; the operator can allow it (webhook_networks)",
            Refusal::Plain => "outside the networks of webhook_networks the URL must be https://",
        })
    })?;
    Ok(match wish.events.as_slice() {
        [] => String::new(),
        some => format!(" {} ", some.join(" ")),
    })
}

async fn find(app: &App, workspace: WorkspaceId, webhook: WebhookId) -> Result<Webhook> {
    rows::list(&app.db, workspace, Some(webhook)).await?.pop().ok_or(Error::NotFound("webhook"))
}

/// Lists the workspace's webhooks. Requires admin.
#[utoipa::path(get, path = "/webhooks", tag = "webhooks", responses((status = 200, body = [WebhookView])))]
async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Vec<WebhookView>>> {
    let caller = caller.admin()?;
    let all = rows::list(&app.db, caller.workspace, None).await?;
    Ok(Json(all.into_iter().map(WebhookView::from).collect()))
}

/// Creates a webhook and returns its secret. Requires admin.
///
/// From then on, the events that it subscribes to, by noun (`comment`) or by name (`comment.create`), are POSTed to it,
/// at least once and in order for each document. Without a subscription it gets every event but `document.edit`. A
/// delivery succeeds when the receiver answers 2xx within 10 s. Otherwise it is retried for 24 hours and then given up.
/// The body is `{"type", "timestamp", "workspace", "document"?, "sequence", "actor": {"kind", "id"}, "data"}`; it holds
/// ids, but no text from documents. `sequence` counts the events of one document. The headers `webhook-id`,
/// `webhook-timestamp` and `webhook-signature` are those of Standard Webhooks. The id stays the same when an event is
/// sent again.
///
/// Events: approval.act, approval.request, comment.create, comment.edit, comment.remove, document.change,
/// document.create, document.edit, document.import, document.move, document.purge, document.restore,
/// document.set_status, document.trash, document.write, group.create, group.join, group.leave, group.remove,
/// group.rename, link.create, link.enter, link.remove, member.join, member.remove, member.set_role, revision.create,
/// revision.name, revision.remove, share.give, share.take, space.change, space.create, space.give, space.remove,
/// space.take, suggestion.accept, suggestion.reject, suggestion.undo, suggestion.withdraw, tag.merge, tag.remove,
/// tag.rename, thread.assign, thread.create, thread.remove, thread.reopen, thread.resolve; and webhook.ping. A pause in
/// typing causes a `revision.create`.
///
/// While a text is edited there is a `document.edit` every few seconds, with `data` `{"seq", "authors"}`: the last row of
/// its log, and up to 50 accounts and guests that wrote since the event before. It is frequent, so only webhooks that
/// subscribe to `document.edit` by name receive it. It is not counted, and has the `sequence` of the event before it.
#[utoipa::path(post, path = "/webhooks", tag = "webhooks", request_body = WebhookWish, responses((status = 201, body = WebhookSecret)))]
async fn create(
    State(app): State<App>,
    Extension(outside): Extension<Outside>,
    caller: Caller,
    Body(wish): Body<WebhookWish>,
) -> Result<(StatusCode, Json<WebhookSecret>)> {
    let caller = caller.admin()?;
    let events = look_at(&outside, &wish).await?;
    if rows::list(&app.db, caller.workspace, None).await?.len() >= MOST {
        return Err(Error::Conflict("a workspace may have at most 20 webhooks"));
    }
    let secret = new_secret();
    let maker = caller.member.account_id;
    let webhook_id = rows::add(&app.db, &caller.actor, maker, &wish.url, &events, &secret).await?;
    if wish.paused {
        rows::change(&app.db, &caller.actor, webhook_id, &wish.url, &events, true).await?;
    }
    Ok((StatusCode::CREATED, Json(WebhookSecret { webhook_id, secret })))
}

/// Changes a webhook. Waiting deliveries go to its new address. While a webhook is paused, nothing is sent to it and
/// nothing is queued for it; deliveries queued before are sent when it resumes. Requires admin.
#[utoipa::path(put, path = "/webhooks/{webhook}", tag = "webhooks", params(("webhook" = Uuid, Path, description = "The webhook")), request_body = WebhookWish, responses((status = 204)))]
async fn change(
    State(app): State<App>,
    Extension(outside): Extension<Outside>,
    caller: Caller,
    At(webhook): At<WebhookId>,
    Body(wish): Body<WebhookWish>,
) -> Result<StatusCode> {
    let caller = caller.admin()?;
    find(&app, caller.workspace, webhook).await?;
    let events = look_at(&outside, &wish).await?;
    match rows::change(&app.db, &caller.actor, webhook, &wish.url, &events, wish.paused).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Error::NotFound("webhook")),
    }
}

/// Removes a webhook and its log. Requires admin.
#[utoipa::path(delete, path = "/webhooks/{webhook}", tag = "webhooks", params(("webhook" = Uuid, Path, description = "The webhook")), responses((status = 204)))]
async fn remove(State(app): State<App>, caller: Caller, At(webhook): At<WebhookId>) -> Result<StatusCode> {
    let caller = caller.admin()?;
    match rows::remove(&app.db, &caller.actor, webhook).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Error::NotFound("webhook")),
    }
}

/// Sends `webhook.ping`, a test event that carries no information. Requires admin.
#[utoipa::path(post, path = "/webhooks/{webhook}/ping", tag = "webhooks", params(("webhook" = Uuid, Path, description = "The webhook")), responses((status = 202)))]
async fn ping(State(app): State<App>, caller: Caller, At(webhook): At<WebhookId>) -> Result<StatusCode> {
    let caller = caller.admin()?;
    find(&app, caller.workspace, webhook).await?;
    delivery_rows::ping(&app.db, &caller.actor, webhook).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Creates a new secret and returns it. The previous secret also signs deliveries for another 24 hours. Requires admin.
#[utoipa::path(post, path = "/webhooks/{webhook}/secret", tag = "webhooks", params(("webhook" = Uuid, Path, description = "The webhook")), responses((status = 201, body = WebhookSecret)))]
async fn renew(
    State(app): State<App>,
    caller: Caller,
    At(webhook_id): At<WebhookId>,
) -> Result<(StatusCode, Json<WebhookSecret>)> {
    let caller = caller.admin()?;
    let secret = new_secret();
    let until = Utc::now() + OLD_SECRET_SIGNS;
    if !rows::renew_secret(&app.db, &caller.actor, webhook_id, &secret, until).await? {
        return Err(Error::NotFound("webhook"));
    }
    Ok((StatusCode::CREATED, Json(WebhookSecret { webhook_id, secret })))
}

/// Lists a webhook's sent and waiting deliveries, newest first. They are kept for `webhook_days`. Requires admin.
#[utoipa::path(get, path = "/webhooks/{webhook}/deliveries", tag = "webhooks", params(("webhook" = Uuid, Path, description = "The webhook"), WhichDeliveries), responses((status = 200, body = DeliveryPage)))]
async fn deliveries(
    State(app): State<App>,
    caller: Caller,
    At(webhook): At<WebhookId>,
    QueryParams(which): QueryParams<WhichDeliveries>,
) -> Result<Json<DeliveryPage>> {
    let caller = caller.admin()?;
    find(&app, caller.workspace, webhook).await?;
    let limit = which.limit.clamp(1, LARGEST_PAGE);
    let mut items = delivery_rows::deliveries(&app.db, webhook, which.failed, which.cursor, limit + 1).await?;
    let more = items.len() as i64 > limit;
    items.truncate(limit as usize);
    let next = items.last().filter(|_| more).map(|last| last.delivery_id);
    Ok(Json(DeliveryPage { items, next }))
}

/// Sends one event again, whatever its outcome was. Requires admin.
#[utoipa::path(post, path = "/webhooks/{webhook}/deliveries/{delivery}/replay", tag = "webhooks", params(("webhook" = Uuid, Path, description = "The webhook"), ("delivery" = Uuid, Path, description = "The delivery")), responses((status = 202)))]
async fn replay(
    State(app): State<App>,
    caller: Caller,
    At((webhook, delivery)): At<(WebhookId, DeliveryId)>,
) -> Result<StatusCode> {
    let caller = caller.admin()?;
    find(&app, caller.workspace, webhook).await?;
    match delivery_rows::replay(&app.db, &caller.actor, webhook, Some(delivery)).await? {
        0 => Err(Error::NotFound("delivery")),
        _ => Ok(StatusCode::ACCEPTED),
    }
}

/// Sends again every event whose delivery was given up. Requires admin.
#[utoipa::path(post, path = "/webhooks/{webhook}/replay", tag = "webhooks", params(("webhook" = Uuid, Path, description = "The webhook")), responses((status = 202, body = Replayed)))]
async fn replay_failed(
    State(app): State<App>,
    caller: Caller,
    At(webhook): At<WebhookId>,
) -> Result<(StatusCode, Json<Replayed>)> {
    let caller = caller.admin()?;
    find(&app, caller.workspace, webhook).await?;
    let deliveries = delivery_rows::replay(&app.db, &caller.actor, webhook, None).await?;
    Ok((StatusCode::ACCEPTED, Json(Replayed { deliveries })))
}
