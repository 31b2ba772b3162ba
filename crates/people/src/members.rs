//! Members and invitations.

pub mod rows;

use access::profiles::{check_person_name, color_of};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use database::members::{InvitationPreview, OpenInvitation};
use database::{Joiner, Member, NewAccount, accounts, members, sessions};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocabulary::{AccountId, ActorKind, Role, Stored};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{MEMBERS, PUBLIC, needs};

use crate::{email_address::check_email, mail_links::send_verification, mails::InvitationMail, sign_in::begin_session};
use access::{App, Caller, READ_ONLY_ANSWER, RequestOrigin, Token, passwords};
use endpoint::{Error, Result, input::At, input::Body, input::QueryParams};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(MEMBERS, routes!(list)))
        .routes(needs(MEMBERS.while_read_only(), routes!(change, remove)))
        .routes(needs(MEMBERS, routes!(invite, invitations)))
        .routes(needs(MEMBERS.while_read_only(), routes!(revoke)))
        .routes(needs(PUBLIC, routes!(look)))
        .routes(needs(PUBLIC, routes!(accept)))
        .routes(needs(MEMBERS, routes!(join)))
}

#[derive(Deserialize, utoipa::ToSchema)]
pub struct Newcomer {
    pub name: String,
    pub email: String,
    pub password: String,
}

impl Newcomer {
    /// Checks the fields and hashes the password, for a caller at this address.
    ///
    /// # Errors
    /// [`Error::Invalid`] without a name or an address, [`Error::WeakPassword`].
    pub async fn into_account(self, address: &str) -> Result<NewAccount> {
        let (name, email) = (self.name.trim().to_owned(), self.email.trim().to_owned());
        check_person_name(&name)?;
        check_email(&email)?;
        passwords::check(&self.password, &[&name, &email])?;
        let password_hash = passwords::hash(address, self.password).await?;
        Ok(NewAccount { color: color_of(&email), email, name, password_hash })
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Whether to list members with disabled accounts instead. Requires admin.
    #[serde(default)]
    disabled: bool,
}

/// Lists the workspace's members.
#[utoipa::path(get, path = "/members", tag = "people", params(Which), responses((status = 200, body = [Member])))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    QueryParams(which): QueryParams<Which>,
) -> Result<Json<Vec<Member>>> {
    match (which.disabled, caller.role) {
        (false, _) => Ok(Json(members::list(&app.db, caller.workspace).await?)),
        (true, Role::Admin) => Ok(Json(members::disabled(&app.db, caller.workspace).await?)),
        (true, _) => Err(Error::Forbidden),
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct MemberChange {
    role: Option<Role>,
    disabled: Option<bool>,
}

/// Changes a member's role, or disables or enables the account. The change applies to open documents at once, on every
/// node. Requires admin. Admins cannot change themselves or the owner. An erased account cannot be enabled. No key can
/// give the admin role or change an admin.
#[utoipa::path(patch, path = "/members/{account}", tag = "people", params(("account" = Uuid, Path, description = "The member")), request_body = MemberChange, responses((status = 204)))]
async fn change(
    State(app): State<App>,
    caller: Caller,
    At(account): At<AccountId>,
    Body(change): Body<MemberChange>,
) -> Result<StatusCode> {
    let caller = caller.admin()?;
    if account == caller.member.account_id {
        return Err(Error::Conflict("admins cannot change themselves"));
    }
    caller.may_change_role(change.role.unwrap_or(Role::Viewer))?;
    may_change(&app, &caller, account).await?;
    // Disabling an account revokes its rights, which is allowed while the server is read-only.
    if app.flags.read_only() && (change.role.is_some() || change.disabled == Some(false)) {
        return Err(READ_ONLY_ANSWER);
    }
    if change.disabled.is_some() {
        own_member(&app, &caller, account).await?;
        if accounts::find(&app.db, account).await?.is_some_and(|account| account.erased_at.is_some()) {
            return Err(Error::Gone("the account was erased"));
        }
    }
    let change = rows::MemberChange { role: change.role, disabled: change.disabled };
    if rows::change(&app.db, &caller.actor, account, change).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Error::NotFound("member, or it is the owner"))
    }
}

/// Removes a member and all grants to them from the workspace, and ends their sessions there. Their writing stays. Requires admin. Admins cannot
/// remove themselves or the owner. No key can remove an admin.
#[utoipa::path(delete, path = "/members/{account}", tag = "people", params(("account" = Uuid, Path, description = "The member")), responses((status = 204)))]
async fn remove(State(app): State<App>, caller: Caller, At(account): At<AccountId>) -> Result<StatusCode> {
    let caller = caller.admin()?;
    if account == caller.member.account_id {
        return Err(Error::Conflict("admins cannot remove themselves"));
    }
    may_change(&app, &caller, account).await?;
    if !rows::remove(&app.db, &caller.actor, account).await? {
        return Err(Error::NotFound("member, or it is the owner"));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Checks that a key does not change or remove an admin.
///
/// # Errors
/// [`Error::NotForKeys`].
async fn may_change(app: &App, caller: &Caller, account: AccountId) -> Result<()> {
    if caller.session().is_ok() {
        return Ok(());
    }
    let member = members::find(&app.db, caller.workspace, account).await?;
    // A role that this version does not know may be a higher one.
    member.map_or(Ok(()), |member| caller.may_change_role(member.role.known().unwrap_or(Role::Admin)))
}

/// Returns a member whose entire account this workspace controls: not an owner, and in no other workspace.
///
/// # Errors
/// [`Error::NotFound`] and [`Error::Forbidden`].
pub async fn own_member(app: &App, caller: &Caller, account: AccountId) -> Result<Member> {
    let own = members::member_of_this_alone(&app.db, caller.workspace, account).await?;
    match own {
        Some(member) if member.is_owner => Err(Error::NotFound("member, or it is the owner")),
        Some(member) => Ok(member),
        None if members::find(&app.db, caller.workspace, account).await?.is_some() => Err(Error::Forbidden),
        None => Err(Error::NotFound("member")),
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewInvite {
    role: Role,
    /// The address to which the invitation is also mailed, if a mail server is configured.
    email: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct InviteLink {
    /// The link to send to the person, shown only once.
    url: String,
    expires_at: DateTime<Utc>,
}

/// Creates a link with which one person can join. Requires manager: managers invite up to the analyst role, admins to
/// any role. No key can invite admins.
#[utoipa::path(post, path = "/invites", tag = "people", request_body = NewInvite, responses((status = 200, body = InviteLink)))]
async fn invite(State(app): State<App>, caller: Caller, Body(new): Body<NewInvite>) -> Result<Json<InviteLink>> {
    let most = if caller.role == Role::Admin { Role::Admin } else { Role::Analyst };
    if caller.role < Role::Manager || new.role > most {
        return Err(Error::Forbidden);
    }
    caller.may_change_role(new.role)?;
    let email = new.email.map(|email| email.trim().to_owned());
    email.as_deref().map_or(Ok(()), check_email)?;
    let email = email.filter(|_| app.mail.is_there());
    let token = Token::new();
    let role = Stored::from(new.role);
    let expires_at =
        members::add_invite(&app.db, &caller.actor, Uuid::now_v7(), role, caller.member.account_id, token.hash).await?;
    let url = format!("{}/invite/{}", app.origin(), token.text);
    if let Some(email) = email {
        let inviter = caller.member.account_id;
        let role = Stored::from(new.role);
        app.later(&InvitationMail { by: caller.actor, inviter, role, address: email, invitation: Uuid::now_v7() })
            .await?;
    }
    Ok(Json(InviteLink { url, expires_at }))
}

/// Lists the invitations that nobody has used yet, newest first. Requires manager.
#[utoipa::path(get, path = "/invites", tag = "people", responses((status = 200, body = [OpenInvitation])))]
async fn invitations(State(app): State<App>, caller: Caller) -> Result<Json<Vec<OpenInvitation>>> {
    if caller.role < Role::Manager {
        return Err(Error::Forbidden);
    }
    Ok(Json(members::open_invites(&app.db, caller.workspace).await?))
}

/// Revokes an invitation that nobody has used yet. Requires manager; only admins revoke invitations to a role that managers
/// cannot give.
#[utoipa::path(delete, path = "/invites/{invite}", tag = "people", params(("invite" = Uuid, Path, description = "The invitation")), responses((status = 204)))]
async fn revoke(State(app): State<App>, caller: Caller, At(invite): At<Uuid>) -> Result<StatusCode> {
    if caller.role < Role::Manager {
        return Err(Error::Forbidden);
    }
    let most = if caller.role == Role::Admin { Role::Admin } else { Role::Analyst };
    if members::revoke_invite(&app.db, &caller.actor, invite, most).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Error::NotFound("invitation"))
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct InvitationToken {
    /// The end of the invitation's address.
    token: String,
}

/// Describes an invitation to its holder before they accept it.
#[utoipa::path(post, path = "/invites/look", tag = "people", request_body = InvitationToken, responses((status = 200, body = InvitationPreview)))]
async fn look(
    State(app): State<App>,
    Body(InvitationToken { token }): Body<InvitationToken>,
) -> Result<Json<InvitationPreview>> {
    let found = members::look_at_invite(&app.db, Token::from_text(&token).hash).await?;
    found.map(Json).ok_or(USED_INVITATION)
}

const USED_INVITATION: Error = Error::Gone("this invitation was already used or has expired: ask for a new one");

/// Accepts an invitation with a new account and signs in.
#[utoipa::path(post, path = "/invites/{token}/accept", tag = "people", params(("token" = String, Path)), request_body = Newcomer, responses((status = 200, body = super::sign_in::Me)))]
async fn accept(
    State(app): State<App>,
    At(token): At<String>,
    request_origin: RequestOrigin,
    Body(person): Body<Newcomer>,
) -> Result<Response> {
    let account = person.into_account(&request_origin.address).await?;
    let by = request_origin.actor(app.home().await?, ActorKind::Nobody, None);
    let accepted = members::accept_invite(&app.db, &by, Token::from_text(&token).hash, Joiner::New(account)).await;
    let accepted =
        accepted.map_err(|error| taken(error, "this address has an account: sign in, then follow the link"))?;
    let (workspace, account) = accepted.ok_or(USED_INVITATION)?;
    if let Some(account) = accounts::find(&app.db, account).await? {
        send_verification(&app, &by.known_as(workspace, account.account_id), &account).await?;
    }
    begin_session(&app, account, &request_origin).await
}

/// Accepts an invitation with the caller's existing account and switches the browser to that workspace.
#[utoipa::path(post, path = "/invites/{token}/join", tag = "people", params(("token" = String, Path)), responses((status = 204)))]
async fn join(State(app): State<App>, caller: Caller, At(token): At<String>) -> Result<StatusCode> {
    let (session, account) = (caller.session()?, caller.member.account_id);
    let joiner = Joiner::Known(account);
    let accepted = members::accept_invite(&app.db, &caller.actor, Token::from_text(&token).hash, joiner).await;
    let accepted = accepted.map_err(|error| taken(error, "you are a member already"))?;
    let (workspace, _) = accepted.ok_or(USED_INVITATION)?;
    sessions::move_to_workspace(&app.db, &caller.actor, session, workspace).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn taken(error: sqlx::Error, reason: &'static str) -> Error {
    match error {
        sqlx::Error::Database(cause) if cause.is_unique_violation() => Error::Conflict(reason),
        other => other.into(),
    }
}
