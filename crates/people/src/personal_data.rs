//! A person's stored data: the picture, a copy of everything, and its erasure (GDPR, articles 15, 17 and 20).

pub mod rows;

use crate::personal_data::rows as people;
use database::{Actor, members};
use std::io::{Cursor, Write};

use crate::personal_data::rows::{Avatar, PersonalData};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use document::prose::editor_roots;
use vocabulary::{AccountId, DocumentId};
use zip::write::SimpleFileOptions;

use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use access::route_requirements::{MEMBERS, PEOPLE, needs};

use crate::{account::PasswordAgain, account::check_password, members::own_member};
use access::{App, Caller, ClientAddress, live_document::durable, worked_out};
use endpoint::{Binary, Error, Result, input::At, input::Body, input::Raw};

pub fn routes() -> OpenApiRouter<App> {
    let most = DefaultBodyLimit::max(MAX_PICTURE_BYTES);
    OpenApiRouter::new()
        .routes(needs(PEOPLE, routes!(set_picture, remove_picture).layer(most)))
        .routes(needs(MEMBERS, routes!(picture)))
        .routes(needs(PEOPLE, routes!(own_data)))
        .routes(needs(PEOPLE, routes!(data)))
        .routes(needs(PEOPLE, routes!(erase)))
        .routes(needs(PEOPLE, routes!(erase_me)))
}

/// The largest picture. A well-compressed one of 512 by 512 pixels takes 50 KiB.
const MAX_PICTURE_BYTES: usize = 256 << 10;

/// The types that every browser shows, each with its first bytes. SVG is not allowed, because it can contain scripts.
const PICTURES: [(&str, &[u8]); 3] =
    [("image/png", b"\x89PNG\r\n\x1a\n"), ("image/jpeg", b"\xff\xd8\xff"), ("image/webp", b"RIFF")];

/// Sets the caller's picture: PNG, JPEG or WebP.
#[utoipa::path(put, path = "/me/avatar", tag = "account", request_body(content = inline(Binary), content_type = "application/octet-stream"), responses((status = 204)))]
async fn set_picture(State(app): State<App>, caller: Caller, Raw(picture): Raw) -> Result<StatusCode> {
    caller.session()?;
    let kind = PICTURES.iter().find(|(_, start)| picture.starts_with(start));
    let (media_type, _) = kind.ok_or(Error::UnsupportedMediaType("a picture is PNG, JPEG or WebP"))?;
    let avatar = Avatar { media_type: (*media_type).to_owned(), picture: picture.to_vec(), changed_at: Utc::now() };
    people::set_avatar(&app.db, &caller.actor, caller.member.account_id, Some(avatar)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes the caller's picture.
#[utoipa::path(delete, path = "/me/avatar", tag = "account", responses((status = 204)))]
async fn remove_picture(State(app): State<App>, caller: Caller) -> Result<StatusCode> {
    caller.session()?;
    people::set_avatar(&app.db, &caller.actor, caller.member.account_id, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Returns a member's picture.
#[utoipa::path(get, path = "/members/{account}/avatar", tag = "people", params(("account" = Uuid, Path, description = "The member")), responses((status = 200, content((inline(Binary) = "image/png"), (inline(Binary) = "image/jpeg"), (inline(Binary) = "image/webp")))))]
async fn picture(State(app): State<App>, caller: Caller, At(account): At<AccountId>) -> Result<Response> {
    members::find(&app.db, caller.workspace, account).await?.ok_or(Error::NotFound("member"))?;
    let avatar = people::avatar(&app.db, account).await?.ok_or(Error::NotFound("picture"))?;
    let kind = HeaderValue::from_str(&avatar.media_type).map_err(|error| Error::Internal(error.to_string()))?;
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=300")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
    ];
    Ok((headers, avatar.picture).into_response())
}

/// Exports all data stored about the caller as a ZIP file: `person.json`, the picture, and the documents that the
/// caller created.
#[utoipa::path(get, path = "/me/data", tag = "account", responses((status = 200, content_type = "application/zip", body = inline(Binary))))]
async fn own_data(State(app): State<App>, caller: Caller) -> Result<Response> {
    caller.session()?;
    packed(&app, &caller.actor, caller.member.account_id).await
}

/// Exports all data stored about a member, to answer that member's request. Requires admin. Refused for an owner and
/// for members of other workspaces.
#[utoipa::path(get, path = "/members/{account}/data", tag = "people", params(("account" = Uuid, Path, description = "The member")), responses((status = 200, content_type = "application/zip", body = inline(Binary))))]
async fn data(State(app): State<App>, caller: Caller, At(account): At<AccountId>) -> Result<Response> {
    let caller = caller.admin()?;
    own_member(&app, &caller, account).await?;
    packed(&app, &caller.actor, account).await
}

/// Erases a member: name, address, picture, devices, keys and the personal part of the audit log. Their writing stays,
/// under the name "Deleted user". Requires admin. Admins cannot erase themselves, an owner, or members of other
/// workspaces.
#[utoipa::path(post, path = "/members/{account}/erase", tag = "people", params(("account" = Uuid, Path, description = "The member")), responses((status = 204)))]
async fn erase(State(app): State<App>, caller: Caller, At(account): At<AccountId>) -> Result<StatusCode> {
    let caller = caller.admin()?;
    if account == caller.member.account_id {
        return Err(Error::Conflict("admins cannot erase themselves here: use DELETE /me"));
    }
    own_member(&app, &caller, account).await?;
    forget(&app, &caller.actor, account).await
}

/// Erases the caller's account. Refused while the caller owns a workspace.
#[utoipa::path(delete, path = "/me", tag = "account", request_body = PasswordAgain, responses((status = 204)))]
async fn erase_me(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    caller: Caller,
    Body(body): Body<PasswordAgain>,
) -> Result<StatusCode> {
    caller.session()?;
    check_password(&app, address, &caller, body.password).await?;
    forget(&app, &caller.actor, caller.member.account_id).await
}

async fn forget(app: &App, by: &Actor, account: AccountId) -> Result<StatusCode> {
    if !people::erase(&app.db, by, account).await? {
        return Err(Error::Conflict("the owner of a workspace cannot be erased"));
    }
    app.db.empty_write_ahead_log().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn packed(app: &App, by: &Actor, account: AccountId) -> Result<Response> {
    let turn = app.work_of(by).await?;
    let data = people::personal_data(&app.db, by, account).await?;
    let picture = people::avatar(&app.db, account).await?;
    let mut texts = Vec::with_capacity(data.documents.len());
    for (document, _) in &data.documents {
        texts.push((*document, text_of(app, *document).await));
    }
    let packing =
        worked_out(turn, 0, move || pack(&data, picture, texts).map_err(|error| Error::Internal(error.to_string())));
    let zip = packing.await?;
    let headers = [
        (header::CONTENT_TYPE, "application/zip"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"personal-data.zip\""),
    ];
    Ok((headers, zip).into_response())
}

/// The text of a document, or the reason it cannot be read now.
async fn text_of(app: &App, document: DocumentId) -> String {
    let room = match app.hub.open(document, &editor_roots()).await {
        Ok(room) => room,
        Err(failure) => return format!("This document could not be read: {}.\n", failure.0.reason()),
    };
    match durable(&room, |document, _| document.prose()).await {
        Ok(prose) => tokio::task::block_in_place(|| prose.to_markdown()),
        Err(error) => format!("This document could not be read: {error}.\n"),
    }
}

fn pack(
    data: &PersonalData,
    picture: Option<Avatar>,
    texts: Vec<(DocumentId, String)>,
) -> std::result::Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    zip.start_file("person.json", options)?;
    zip.write_all(&serde_json::to_vec_pretty(data)?)?;
    if let Some(picture) = picture {
        let kind = picture.media_type.trim_start_matches("image/");
        zip.start_file(format!("picture.{kind}"), options)?;
        zip.write_all(&picture.picture)?;
    }
    for (document, text) in texts {
        zip.start_file(format!("documents/{document}.md"), options)?;
        zip.write_all(text.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}
