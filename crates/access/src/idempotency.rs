//! `Idempotency-Key`: a POST that is repeated because its response got lost gets the same response again.

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use database::{Answer, idempotency};
use sha2::{Digest, Sha256};
use vocabulary::AccountId;

use crate::{App, Visitor};
use endpoint::{Error, Refused, Result};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Response header of a repeated response.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Longest key; a UUID has 36 characters.
const LONGEST_KEY: usize = 200;
/// The largest body: that of a suggestion for a whole text. The bodies of other routes are metadata, and are checked
/// against their own limits after this one.
const MAX_BODY_BYTES: usize = 4 << 20;

/// The statuses of refusals that are kept, like every success. Any other status means that the client should try again.
const KEPT: [StatusCode; 5] = [
    StatusCode::BAD_REQUEST,
    StatusCode::FORBIDDEN,
    StatusCode::NOT_FOUND,
    StatusCode::CONFLICT,
    StatusCode::UNPROCESSABLE_ENTITY,
];
/// Codes of refusals that have one of these statuses but are temporary: the text has not arrived yet.
const PASSING: [&str; 1] = ["anchor-not-saved"];

/// The layer around routes that create something. A request without the header passes through.
///
/// # Errors
/// When the key is in use or was used for another request.
pub async fn once(State(app): State<App>, request: Request, next: Next) -> Result<Response> {
    let Some(key) = key_of(&request)? else { return Ok(next.run(request).await) };
    let (mut parts, body) = request.into_parts();
    let caller = Claim::of(&app, &mut parts, key).await?;
    let body = to_bytes(body, MAX_BODY_BYTES).await.map_err(|_| Error::BodyTooLarge)?;
    let hash = hash_of(&parts, &body);
    caller.carry_out(&app, hash, Request::from_parts(parts, Body::from(body)), next).await
}

/// Like [`once`], around routes whose body is a file, which is compared only by its length, name and type.
///
/// # Errors
/// As [`once`].
pub async fn file_once(State(app): State<App>, request: Request, next: Next) -> Result<Response> {
    let Some(key) = key_of(&request)? else { return Ok(next.run(request).await) };
    let (mut parts, body) = request.into_parts();
    let caller = Claim::of(&app, &mut parts, key).await?;
    let length = parts.headers.get(header::CONTENT_LENGTH);
    let length = length.ok_or(Error::Invalid("a file with an Idempotency-Key needs a Content-Length"))?;
    let hash = hash_of(&parts, length.as_bytes());
    caller.carry_out(&app, hash, Request::from_parts(parts, body), next).await
}

fn key_of(request: &Request) -> Result<Option<String>> {
    let Some(key) = request.headers().get(&KEY).filter(|_| request.method() == Method::POST) else { return Ok(None) };
    let key = key.to_str().ok().filter(|key| (1..=LONGEST_KEY).contains(&key.len()));
    key.map(|key| Some(key.to_owned())).ok_or(Error::Invalid("an Idempotency-Key has 1 to 200 characters"))
}

/// Two requests are the same if they have the same path and query, type and content.
fn hash_of(parts: &Parts, content: &[u8]) -> Vec<u8> {
    let kind = parts.headers.get(header::CONTENT_TYPE).map_or(&[][..], |kind| kind.as_bytes());
    let mut hash = Sha256::new();
    for part in [parts.uri.path().as_bytes(), parts.uri.query().unwrap_or_default().as_bytes(), kind] {
        hash.update(part);
        hash.update([0]);
    }
    hash.chain_update(content).finalize().to_vec()
}

/// The key of a request, with its account and workspace.
struct Claim {
    account: AccountId,
    key: String,
}

impl Claim {
    async fn of(app: &App, parts: &mut Parts, key: String) -> Result<Claim> {
        match Visitor::from_request_parts(parts, app).await? {
            // Keys are separate in each workspace.
            Visitor::Member(caller) => {
                Ok(Claim { account: caller.member.account_id, key: format!("{} {key}", caller.workspace) })
            }
            Visitor::Guest(..) => Err(Error::Invalid("guests cannot use an Idempotency-Key")),
        }
    }

    async fn carry_out(self, app: &App, hash: Vec<u8>, request: Request, next: Next) -> Result<Response> {
        let Claim { account, key } = self;
        let path = request.uri().path().to_owned();
        if let Some(before) = idempotency::take(&app.db, account, &key, &path, hash.clone()).await? {
            return replay(before, &hash);
        }
        let response = next.run(request).await;
        if !is_kept(&response) {
            idempotency::release(&app.db, account, &key).await?;
            return Ok(response);
        }
        let (parts, body) = response.into_parts();
        // The size is not limited, because the work is already done, and the answer is in memory anyway.
        let body = to_bytes(body, usize::MAX).await.map_err(|error| Error::Internal(error.to_string()))?;
        let said = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (etag, location) = (said(header::ETAG), said(header::LOCATION));
        let text = String::from_utf8_lossy(&body).into_owned();
        let answer = Answer { request_hash: hash, status: parts.status.as_u16().into(), body: text, etag, location };
        idempotency::keep(&app.db, account, &key, answer).await?;
        Ok(Response::from_parts(parts, Body::from(body)))
    }
}

/// Whether the same request would get the same response, so that it may be stored.
fn is_kept(response: &Response) -> bool {
    let is_passing = response.extensions().get::<Refused>().is_some_and(|Refused(code)| PASSING.contains(code));
    (response.status().is_success() || KEPT.contains(&response.status())) && !is_passing
}

fn replay(before: Answer, hash: &[u8]) -> Result<Response> {
    if before.request_hash != hash {
        return Err(Error::KeyReused);
    }
    if before.status == 0 {
        return Err(Error::KeyPending);
    }
    let status = u16::try_from(before.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.ok_or_else(|| Error::Internal(format!("a stored response has status {}", before.status)))?;
    let kind = if status.is_success() { "application/json" } else { "application/problem+json" };
    let mut response = before.body.into_response();
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    for (name, value) in [(header::ETAG, before.etag), (header::LOCATION, before.location)] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(name, value);
        }
    }
    Ok(response)
}
