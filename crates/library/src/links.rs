//! Links to a document: created by the people who share it, open to anyone. Their secret appears after the `#` of the
//! URL and in bodies, never in a path, because paths are logged.

pub mod rows;

use crate::{links::rows::Link, links::rows::NewLink, links::rows::OpenLink};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use database::Guest;
use serde::{Deserialize, Serialize};
use vocabulary::{DocumentId, LinkId, Right, Stored};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{PUBLIC, SHARING, needs};

use access::{
    App, Browser, Caller, ClientAddress, Cookies, Credentials, RequestOrigin, Token, Visitor, passwords,
    profiles::check_person_name, profiles::color_of,
};
use endpoint::{Error, Result, input::At, input::Body};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(SHARING, routes!(list, create)))
        .routes(needs(SHARING.revocable(), routes!(remove)))
        .routes(needs(PUBLIC.while_read_only(), routes!(look)))
        .routes(needs(PUBLIC.while_read_only(), routes!(enter)))
        .routes(needs(PUBLIC, routes!(guest)))
}

/// The maximum number of links to a document. All of them are searched whenever rights are resolved.
const MOST: usize = 100;

/// Lists the links to a document, without their URLs.
#[utoipa::path(get, path = "/documents/{id}/links", tag = "sharing", params(("id" = Uuid, Path, description = "The document")), responses((status = 200, body = [Link])))]
async fn list(State(app): State<App>, caller: Caller, At(id): At<DocumentId>) -> Result<Json<Vec<Link>>> {
    app.access(&caller, id).await?.at_least(Right::Admin)?;
    Ok(Json(rows::list(&app.db, caller.workspace, id).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct LinkWish {
    /// The right that the link gives: `view`, `comment` or `edit`.
    level: Right,
    /// The password that visitors must enter.
    password: Option<String>,
    #[serde(default, deserialize_with = "endpoint::input::date")]
    expires_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct NewUrl {
    link_id: LinkId,
    /// The URL of the link, shown only once.
    url: String,
}

/// Creates a link that gives anyone who has it access to the document.
#[utoipa::path(post, path = "/documents/{id}/links", tag = "sharing", params(("id" = Uuid, Path, description = "The document")), request_body = LinkWish, responses((status = 201, body = NewUrl)))]
async fn create(
    State(app): State<App>,
    caller: Caller,
    At(id): At<DocumentId>,
    Body(input): Body<LinkWish>,
) -> Result<(StatusCode, Json<NewUrl>)> {
    app.access(&caller, id).await?.at_least(Right::Admin)?.outside_the_trash()?;
    if input.level > Right::Edit {
        return Err(Error::Invalid("a link can give view, comment or edit"));
    }
    if input.expires_at.is_some_and(|at| at <= Utc::now()) {
        return Err(Error::Invalid("the expiry must be in the future"));
    }
    if rows::list(&app.db, caller.workspace, id).await?.len() >= MOST {
        return Err(Error::Conflict("a document can have at most 100 links"));
    }
    let password_hash = match input.password.filter(|password| !password.is_empty()) {
        Some(password) => {
            passwords::check(&password, &[])?;
            Some(passwords::hash(&caller.actor.address, password).await?)
        }
        None => None,
    };
    let token = Token::new();
    let new = NewLink {
        document: id,
        token_hash: token.hash,
        level: input.level,
        password_hash,
        expires_at: input.expires_at,
        created_by: caller.member.account_id,
    };
    let link_id = rows::add(&app.db, &caller.actor, new).await?;
    let url = format!("{}/link#{}", app.origin(), token.text);
    Ok((StatusCode::CREATED, Json(NewUrl { link_id, url })))
}

/// Removes a link. Visitors who entered with it lose access at once.
#[utoipa::path(delete, path = "/documents/{id}/links/{link}", tag = "sharing", params(("id" = Uuid, Path, description = "The document"), ("link" = Uuid, Path, description = "The link")), responses((status = 204)))]
async fn remove(
    State(app): State<App>,
    caller: Caller,
    At((id, link)): At<(DocumentId, LinkId)>,
) -> Result<StatusCode> {
    app.access(&caller, id).await?.at_least(Right::Admin)?;
    if !rows::remove(&app.db, &caller.actor, id, link).await? {
        return Err(Error::NotFound("link"));
    }
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Shown {
    /// The part of the URL after the `#`.
    token: String,
}

#[derive(Serialize, utoipa::ToSchema)]
struct LinkFace {
    /// The document's title; absent if the link needs a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[schema(value_type = String)]
    level: Stored<Right>,
    needs_password: bool,
    /// Whether the visitor must give a name; false for members and returning guests.
    needs_name: bool,
}

/// Describes a link to a visitor before they enter.
#[utoipa::path(post, path = "/links/look", tag = "links", request_body = Shown, responses((status = 200, body = LinkFace)))]
async fn look(
    State(app): State<App>,
    _: RequestOrigin,
    credentials: Credentials,
    Body(shown): Body<Shown>,
) -> Result<Json<LinkFace>> {
    let link = open(&app, &shown.token).await?;
    let needs_password = link.password_hash.is_some();
    let needs_name = app.visitor(&credentials).await.is_err();
    let title = (!needs_password).then_some(link.title);
    Ok(Json(LinkFace { title, level: link.level, needs_password, needs_name }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Coming {
    token: String,
    /// The visitor's name, required of a guest on the first visit.
    name: Option<String>,
    password: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct Way {
    document_id: DocumentId,
}

/// Enters a document with a link, as the signed-in member or else as a guest that a cookie identifies.
#[utoipa::path(post, path = "/links/enter", tag = "links", request_body = Coming, responses((status = 200, body = Way)))]
async fn enter(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    request_origin: RequestOrigin,
    credentials: Credentials,
    headers: HeaderMap,
    Body(input): Body<Coming>,
) -> Result<Response> {
    let link = open(&app, &input.token).await?;
    if link.password_hash.is_some() {
        let key = format!("link {}", link.link_id);
        app.sign_ins.check_everywhere(app.hub.bus(), address, &key, Browser::Unknown).await?;
        let given = input.password.unwrap_or_default();
        if !passwords::verify(&request_origin.address, given, link.password_hash.clone()).await? {
            return Err(Error::WrongPassword);
        }
    }
    let entered = Json(Way { document_id: link.document_id });
    let (visitor, new_cookie) = match app.visitor(&credentials).await {
        Ok(visitor) => (visitor, None),
        Err(Error::Unauthorized) => {
            let (guest, token) = new_guest(&app, input.name.as_deref()).await?;
            (Visitor::Guest(guest, request_origin), Some(token))
        }
        Err(error) => return Err(error),
    };
    if let (Visitor::Guest(guest, _), Some(name), None) = (&visitor, &input.name, &new_cookie) {
        check_person_name(name.trim())?;
        rows::rename_guest(&app.db, guest.guest_id, name.trim()).await?;
    }
    rows::enter(&app.db, &visitor.actor(link.workspace_id), &link, visitor.id()).await?;
    let mut response = entered.into_response();
    if let Some(token) = new_cookie.or_else(|| Cookies::of(&headers).guest()) {
        app.sessions.remember_guest(&mut response, &token)?;
    }
    Ok(response)
}

/// Returns the guest that the cookie identifies.
#[utoipa::path(get, path = "/guest", tag = "links", responses((status = 200, body = Guest)))]
async fn guest(State(app): State<App>, credentials: Credentials) -> Result<Json<Guest>> {
    match app.visitor(&credentials).await? {
        Visitor::Guest(guest, _) => Ok(Json(guest)),
        Visitor::Member(_) => Err(Error::NotFound("guest: you are signed in")),
    }
}

async fn open(app: &App, token: &str) -> Result<OpenLink> {
    rows::open(&app.db, Token::from_text(token).hash).await?.ok_or(Error::NotFound("link, or it has expired"))
}

async fn new_guest(app: &App, name: Option<&str>) -> Result<(Guest, Token)> {
    let name = name.map(str::trim).ok_or(Error::Invalid("a name is required: others see it with your edits"))?;
    check_person_name(name)?;
    let token = Token::new();
    let guest = rows::add_guest(&app.db, token.hash.clone(), name, &color_of(&token.text)).await?;
    Ok((guest, token))
}
