//! Keys with which apps call on behalf of a member. Only signed-in people create them, never another key.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use database::{ApiKey, NewKey, keys};
use serde::{Deserialize, Serialize};
use vocabulary::{KeyId, Role, Scope};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{PEOPLE, needs};

use access::{App, Caller, KEY_PREFIX, Token};
use endpoint::{Error, Result, input::At, input::Body, input::QueryParams};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(PEOPLE, routes!(list, create))).routes(needs(PEOPLE.revocable(), routes!(remove)))
}

/// The maximum number of keys of a member. A member with more most likely has a script that leaks them.
const MOST: usize = 100;
/// The default number of requests per minute: the pace of a script that waits for each answer.
const PACE: i64 = 600;
const FASTEST: i64 = 60_000;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Whose {
    /// Whether to list every member's keys. Requires admin.
    #[serde(default)]
    all: bool,
}

/// Lists the caller's keys, without their secrets.
#[utoipa::path(get, path = "/keys", tag = "keys", params(Whose), responses((status = 200, body = [ApiKey])))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    QueryParams(whose): QueryParams<Whose>,
) -> Result<Json<Vec<ApiKey>>> {
    caller.session()?;
    if whose.all && caller.role != Role::Admin {
        return Err(Error::Forbidden);
    }
    let of = (!whose.all).then_some(caller.member.account_id);
    Ok(Json(keys::list(&app.db, caller.workspace, of).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct KeyWish {
    name: String,
    scopes: Vec<Scope>,
    /// Requests per minute, 1 to 60,000; 600 if absent.
    per_minute: Option<i64>,
    #[serde(default, deserialize_with = "endpoint::input::date")]
    expires_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct NewText {
    key_id: KeyId,
    /// The secret for `Authorization: Bearer`, shown only once.
    key: String,
}

/// Creates a key that acts on the caller's behalf, limited to the given scopes and to the caller's own rights.
#[utoipa::path(post, path = "/keys", tag = "keys", request_body = KeyWish, responses((status = 201, body = NewText)))]
async fn create(
    State(app): State<App>,
    caller: Caller,
    Body(input): Body<KeyWish>,
) -> Result<(StatusCode, Json<NewText>)> {
    caller.session()?;
    let name = input.name.trim().to_owned();
    if !(1..=100).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(Error::Invalid("a key's name has 1 to 100 characters"));
    }
    if input.scopes.is_empty() {
        return Err(Error::Invalid("a key has at least one scope"));
    }
    let per_minute = input.per_minute.unwrap_or(PACE);
    if !(1..=FASTEST).contains(&per_minute) {
        return Err(Error::Invalid("a key can have 1 to 60,000 requests a minute"));
    }
    if input.expires_at.is_some_and(|at| at <= Utc::now()) {
        return Err(Error::Invalid("the expiry must be in the future"));
    }
    let account = caller.member.account_id;
    if keys::list(&app.db, caller.workspace, Some(account)).await?.len() >= MOST {
        return Err(Error::Conflict("a member may have at most 100 keys"));
    }
    let mut scopes: Vec<String> = input.scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
    scopes.sort();
    scopes.dedup();
    let token = Token::with_prefix(KEY_PREFIX);
    let new = NewKey { account, name, token_hash: token.hash, scopes, per_minute, expires_at: input.expires_at };
    let key_id = keys::add(&app.db, &caller.actor, new).await?;
    Ok((StatusCode::CREATED, Json(NewText { key_id, key: token.text })))
}

/// Removes one of the caller's keys. An admin can remove any member's key.
#[utoipa::path(delete, path = "/keys/{key}", tag = "keys", params(("key" = Uuid, Path, description = "The key")), responses((status = 204)))]
async fn remove(State(app): State<App>, caller: Caller, At(key): At<KeyId>) -> Result<StatusCode> {
    caller.session()?;
    let of = (caller.role != Role::Admin).then_some(caller.member.account_id);
    let _ended = keys::remove(&app.db, &caller.actor, key, of).await?.ok_or(Error::NotFound("key"))?;
    Ok(StatusCode::NO_CONTENT)
}
