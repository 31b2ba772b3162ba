//! Who is behind a request. Holding a [`Caller`] proves membership of a workspace; a [`Visitor`] may also be
//! somebody who came by a link.

use database::{Actor, ApiKey, DocumentRow, Guest, Member, documents, grants, keys, links, members, sessions};
use std::collections::HashMap;
use std::num::NonZeroU32;

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use chrono::{DateTime, Utc};
use document::Level;
use uuid::Uuid;
use vocabulary::{AccountId, ActorKind, DocumentId, Right, Role, Scope, SessionId, WorkspaceId};

use crate::{
    App, admission::Credentials, health::Database, rights::Standing, rights::guest_right, rights::level_of,
    rights::scope_of_route,
};
use endpoint::{Error, Result};

/// Where a request comes from.
#[derive(Clone, Debug, Default)]
pub struct Asker {
    pub address: String,
    /// What the browser or app called itself.
    pub agent: String,
    /// The id that its answer carries too.
    pub request: String,
}

impl Asker {
    /// Somebody, as the audit knows them.
    pub fn actor(&self, workspace: WorkspaceId, kind: ActorKind, id: Option<Uuid>) -> Actor {
        let Asker { address, agent, request } = self.clone();
        Actor { workspace, kind, id, key: None, address, agent, request }
    }
}

/// How a member calls.
#[derive(Clone, Debug)]
pub enum Via {
    /// A browser that is signed in.
    Session(SessionId),
    /// An app, by a key.
    Key { scopes: Vec<Scope>, until: Option<DateTime<Utc>> },
}

#[derive(Clone, Debug)]
pub struct Caller {
    pub via: Via,
    pub workspace: WorkspaceId,
    pub member: Member,
    pub role: Role,
    pub actor: Actor,
}

impl Caller {
    /// # Errors
    /// [`Error::NotForKeys`].
    pub fn session(&self) -> Result<SessionId> {
        match &self.via {
            Via::Session(session) => Ok(*session),
            Via::Key { .. } => Err(Error::NotForKeys),
        }
    }

    /// # Errors
    /// [`Error::Forbidden`] for anybody but admins.
    pub fn admin(self) -> Result<Caller> {
        if self.role == Role::Admin { Ok(self) } else { Err(Error::Forbidden) }
    }

    /// Whoever runs this instance: the owner of its first workspace.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn operator(self, app: &App) -> Result<Caller> {
        if self.member.is_owner && app.home().await? == self.workspace { Ok(self) } else { Err(Error::Forbidden) }
    }

    fn has(&self, scope: Scope) -> bool {
        match &self.via {
            Via::Session(_) => true,
            Via::Key { scopes, .. } => scopes.contains(&scope),
        }
    }
}

/// Whoever may have a right to a document.
#[derive(Clone, Debug)]
pub enum Visitor {
    Member(Box<Caller>),
    Guest(Guest, Asker),
}

impl Visitor {
    pub fn id(&self) -> Uuid {
        match self {
            Visitor::Member(caller) => caller.member.account_id.0,
            Visitor::Guest(guest, _) => guest.guest_id.0,
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Visitor::Member(caller) => &caller.member.name,
            Visitor::Guest(guest, _) => &guest.name,
        }
    }

    pub fn color(&self) -> &str {
        match self {
            Visitor::Member(caller) => &caller.member.color,
            Visitor::Guest(guest, _) => &guest.color,
        }
    }

    pub fn actor(&self, workspace: WorkspaceId) -> Actor {
        match self {
            Visitor::Member(caller) => caller.actor.clone(),
            Visitor::Guest(guest, asker) => asker.actor(workspace, ActorKind::Guest, Some(guest.guest_id.0)),
        }
    }

    /// When a key ends.
    pub fn until(&self) -> Option<DateTime<Utc>> {
        match self {
            Visitor::Member(caller) => match &caller.via {
                Via::Key { until, .. } => *until,
                Via::Session(_) => None,
            },
            Visitor::Guest(..) => None,
        }
    }

    /// What a right comes to with the scopes of a key; `None` without the scope to read.
    pub fn level(&self, right: Right, read: Scope, write: Scope) -> Option<Level> {
        match self {
            Visitor::Member(caller) if !caller.has(read) => None,
            Visitor::Member(caller) if !caller.has(write) => Some(Level::View),
            Visitor::Member(_) | Visitor::Guest(..) => Some(level_of(right)),
        }
    }
}

/// A document and what the caller may do to it.
pub struct Access {
    pub document: DocumentRow,
    pub right: Right,
    /// When something that gives it runs out.
    pub until: Option<DateTime<Utc>>,
}

impl App {
    /// Who the cookies or the key belong to.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] without a live session or key of an account that is not disabled.
    pub async fn caller(&self, credentials: &Credentials) -> Result<Caller> {
        match (credentials.key(), credentials.session()) {
            (Some(key), _) => {
                self.check_database()?;
                let key = keys::by_token(&self.db, key).await?.ok_or(Error::Unauthorized)?;
                self.caller_by_key(key, &credentials.asker).await
            }
            (None, Some(session)) => self.caller_of(session, &credentials.asker).await,
            (None, None) => Err(Error::Unauthorized),
        }
    }

    /// Who a session belongs to, whatever its access token says.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] when it was ended, or the account disabled.
    pub async fn caller_of(&self, session: SessionId, asker: &Asker) -> Result<Caller> {
        self.check_database()?;
        let session = sessions::live(&self.db, session).await?.ok_or(Error::Unauthorized)?;
        let member =
            members::find(&self.db, session.workspace_id, session.account_id).await?.ok_or(Error::Unauthorized)?;
        let actor = asker.actor(session.workspace_id, ActorKind::Member, Some(member.account_id.0));
        let via = Via::Session(session.session_id);
        Ok(Caller { via, workspace: session.workspace_id, role: role_of(&member)?, member, actor })
    }

    async fn caller_by_key(&self, key: ApiKey, asker: &Asker) -> Result<Caller> {
        let member = members::find(&self.db, key.workspace_id, key.account_id).await?.ok_or(Error::Unauthorized)?;
        let per_minute = u32::try_from(key.per_minute).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
        self.rate_limits.check_key(key.key_id, per_minute)?;
        let scopes = key.scopes.0.iter().filter_map(|scope| Scope::parse(scope)).collect();
        let via = Via::Key { scopes, until: key.expires_at };
        let actor = asker.actor(key.workspace_id, ActorKind::Key, Some(member.account_id.0));
        let actor = Actor { key: Some(key.key_id.0), ..actor };
        Ok(Caller { via, workspace: key.workspace_id, role: role_of(&member)?, member, actor })
    }

    /// Who may have come for one document: a member, or else whoever came by a link.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] for nobody.
    pub async fn visitor(&self, credentials: &Credentials) -> Result<Visitor> {
        let guest = match (self.caller(credentials).await, &credentials.guest) {
            (Ok(caller), _) => return Ok(Visitor::Member(Box::new(caller))),
            (Err(Error::Unauthorized), Some(guest)) => guest.clone(),
            (Err(error), _) => return Err(error),
        };
        self.check_database()?;
        let guest = links::guest(&self.db, guest).await?.ok_or(Error::Unauthorized)?;
        Ok(Visitor::Guest(guest, Asker::clone(&credentials.asker)))
    }

    fn check_database(&self) -> Result<()> {
        match self.health.database() {
            Database::Answers => Ok(()),
            _ => Err(Error::Unavailable("the database does not answer: try again")),
        }
    }

    /// A document of the caller's workspace, in the trash or not, and the caller's right to it.
    ///
    /// # Errors
    /// [`Error::NotFound`] also where it exists and is none of the caller's business.
    pub async fn access(&self, caller: &Caller, document: DocumentId) -> Result<Access> {
        self.access_as(caller.workspace, caller.role, caller.member.account_id, document).await
    }

    /// The same for a member who is not here.
    ///
    /// # Errors
    /// As [`App::access`].
    pub async fn access_as(
        &self,
        workspace: WorkspaceId,
        role: Role,
        account: AccountId,
        document: DocumentId,
    ) -> Result<Access> {
        let document = documents::find(&self.db, workspace, document).await?.ok_or(Error::NotFound("document"))?;
        let given = grants::standings_of(&self.db, document.document_id, account.0).await?;
        let standing = Standing {
            role,
            is_creator: document.created_by == Some(account),
            grant: given.levels.iter().filter_map(|level| Right::parse(level)).max(),
            open: document.open_level.as_deref().and_then(Right::parse),
        };
        let right = standing.right().ok_or(Error::NotFound("document"))?;
        Ok(Access { document, right, until: given.until })
    }

    /// The same for whoever came.
    ///
    /// # Errors
    /// [`Error::NotFound`] also where it exists and is none of the visitor's business.
    pub async fn access_of(&self, visitor: &Visitor, document: DocumentId) -> Result<Access> {
        let guest = match visitor {
            Visitor::Member(caller) => return self.access(caller, document).await,
            Visitor::Guest(guest, _) => guest.guest_id.0,
        };
        let workspace =
            links::workspace_visited(&self.db, guest, document).await?.ok_or(Error::NotFound("document"))?;
        let document = documents::find(&self.db, workspace, document).await?.ok_or(Error::NotFound("document"))?;
        let given = grants::standings_of(&self.db, document.document_id, guest).await?;
        let right = given.levels.iter().filter_map(|level| Right::parse(level)).max();
        let right = right.map(guest_right).ok_or(Error::NotFound("document"))?;
        Ok(Access { document, right, until: given.until })
    }
}

fn role_of(member: &Member) -> Result<Role> {
    Role::parse(&member.role).ok_or_else(|| Error::Internal(format!("role {}", member.role)))
}

/// Which documents a caller may see, each looked up once.
#[derive(Default)]
pub struct Sight(HashMap<DocumentId, bool>);

impl Sight {
    pub async fn reaches(&mut self, app: &App, caller: &Caller, document: DocumentId) -> Result<bool> {
        if let Some(known) = self.0.get(&document) {
            return Ok(*known);
        }
        let may = match app.access(caller, document).await {
            Ok(_) => true,
            Err(Error::NotFound(_)) => false,
            Err(error) => return Err(error),
        };
        self.0.insert(document, may);
        Ok(may)
    }
}

impl Access {
    /// # Errors
    /// [`Error::Forbidden`] below `needed`.
    pub fn at_least(self, needed: Right) -> Result<Access> {
        if self.right >= needed { Ok(self) } else { Err(Error::Forbidden) }
    }
}

impl FromRequestParts<App> for Asker {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Asker> {
        check_site(app, &parts.method, &parts.headers)?;
        Ok(Asker::clone(&Credentials::from_request_parts(parts, app).await?.asker))
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Caller> {
        check_site(app, &parts.method, &parts.headers)?;
        let credentials = Credentials::from_request_parts(parts, app).await?;
        let caller = app.caller(&credentials).await?;
        check_scope(&caller, parts)?;
        Ok(caller)
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Visitor> {
        check_site(app, &parts.method, &parts.headers)?;
        let visitor = app.visitor(&Credentials::from_request_parts(parts, app).await?).await?;
        if let Visitor::Member(caller) = &visitor {
            check_scope(caller, parts)?;
        }
        Ok(visitor)
    }
}

/// A key calls what its scopes name and nothing else.
fn check_scope(caller: &Caller, parts: &Parts) -> Result<()> {
    if matches!(caller.via, Via::Session(_)) {
        return Ok(());
    }
    let path = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str).unwrap_or_default();
    match scope_of_route(&parts.method, path) {
        Some(scope) if caller.has(scope) => Ok(()),
        Some(scope) => Err(Error::MissingScope(scope.as_str())),
        None => Err(Error::NotForKeys),
    }
}

/// A cookie says who, not that they meant it: a write must come from our own page, or from no page at all.
///
/// # Errors
/// [`Error::ForeignOrigin`].
pub fn check_site(app: &App, method: &Method, headers: &HeaderMap) -> Result<()> {
    if method.is_safe() {
        return Ok(());
    }
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match (text(header::ORIGIN.as_str()), text("sec-fetch-site")) {
        (Some(origin), _) if app.is_own_origin(origin) => Ok(()),
        // A page of an allowed origin calls with a key, never with a cookie: it is never sent one.
        (Some(origin), _) if app.allows_origin(origin) && text(header::COOKIE.as_str()).is_none() => Ok(()),
        (None, None | Some("same-origin" | "none")) => Ok(()),
        _ => Err(Error::ForeignOrigin),
    }
}
