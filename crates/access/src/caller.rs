//! The caller of a request. A [`Caller`] is a proof of membership in a workspace; a [`Visitor`] may also be a guest who
//! opened a link.

use database::{Actor, Guest, Member, callers, links, members};
use std::num::NonZeroU32;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::{DateTime, Utc};
use document::Level;
use uuid::Uuid;
use vocabulary::{AccountId, ActorKind, KeyId, Right, Role, Scope, SessionId, WorkspaceId};

use crate::{App, admission::Credentials, headless_tokens::Claims, health::Database, rights::level_of};
use endpoint::{Error, Result};

/// The origin of a request.
#[derive(Clone, Debug, Default)]
pub struct RequestOrigin {
    pub address: String,
    /// The user agent.
    pub agent: String,
    /// The request id, which is also in the response.
    pub request: String,
}

impl RequestOrigin {
    /// The actor for the audit log.
    pub fn actor(&self, workspace: WorkspaceId, kind: ActorKind, id: Option<Uuid>) -> Actor {
        let RequestOrigin { address, agent, request } = self.clone();
        Actor { workspace, kind, id, key: None, address, agent, request }
    }
}

/// How a member authenticated.
#[derive(Clone, Debug)]
pub enum Via {
    /// A signed-in browser.
    Session(SessionId),
    /// An app, by an API key.
    Key { key: KeyId, scopes: Vec<Scope>, per_minute: NonZeroU32, until: Option<DateTime<Utc>> },
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
    /// [`Error::Forbidden`] for callers who are not admins.
    pub fn admin(self) -> Result<Caller> {
        if self.role == Role::Admin { Ok(self) } else { Err(Error::Forbidden) }
    }

    /// Checks that the caller operates this instance: the owner of its first workspace.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn operator(self, app: &App) -> Result<Caller> {
        if self.member.is_owner && app.home().await? == self.workspace { Ok(self) } else { Err(Error::Forbidden) }
    }

    /// Checks a scope that a key needs in addition to that of the route.
    ///
    /// # Errors
    /// [`Error::MissingScope`].
    pub fn with_scope(&self, scope: Scope) -> Result<()> {
        if self.has(scope) { Ok(()) } else { Err(Error::MissingScope(scope.as_str())) }
    }

    /// Refuses API keys a change that gives the admin role, or concerns a member who has it.
    ///
    /// # Errors
    /// [`Error::NotForKeys`].
    pub fn may_change_role(&self, role: Role) -> Result<()> {
        if role == Role::Admin { self.session().map(drop) } else { Ok(()) }
    }

    pub(crate) fn has(&self, scope: Scope) -> bool {
        match &self.via {
            Via::Session(_) => true,
            Via::Key { scopes, .. } => scopes.contains(&scope),
        }
    }
}

/// A caller who may have a right to a document.
#[derive(Clone, Debug)]
pub enum Visitor {
    Member(Box<Caller>),
    Guest(Guest, RequestOrigin),
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
            // A member may visit another workspace by a link, and is audited there.
            Visitor::Member(caller) => Actor { workspace, ..caller.actor.clone() },
            Visitor::Guest(guest, request_origin) => {
                request_origin.actor(workspace, ActorKind::Guest, Some(guest.guest_id.0))
            }
        }
    }

    /// When the API key expires.
    pub fn until(&self) -> Option<DateTime<Utc>> {
        match self {
            Visitor::Member(caller) => match &caller.via {
                Via::Key { until, .. } => *until,
                Via::Session(_) => None,
            },
            Visitor::Guest(..) => None,
        }
    }

    /// The right, limited by the scopes of a key; `None` without the scope to read.
    pub fn level(&self, right: Right, read: Scope, write: Scope) -> Option<Level> {
        match self {
            Visitor::Member(caller) if !caller.has(read) => None,
            Visitor::Member(caller) if !caller.has(write) => Some(Level::View),
            Visitor::Member(_) | Visitor::Guest(..) => Some(level_of(right)),
        }
    }
}

/// The caller of a request, as determined by the `resolve` layer.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    /// A member, by session or key, or a guest.
    pub(crate) visitor: Option<Visitor>,
    /// The claims of a headless token.
    pub(crate) claims: Option<Claims>,
}

impl App {
    /// Loads the member of a session, regardless of the access token.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] when the session was ended or the account is disabled.
    pub async fn caller_of(&self, session: SessionId, request_origin: &RequestOrigin) -> Result<Caller> {
        self.check_database()?;
        let found = callers::by_session(&self.db, session).await?.ok_or(Error::Unauthorized)?;
        let (workspace, member) = (found.workspace_id, found.member);
        let actor = request_origin.actor(workspace, ActorKind::Member, Some(member.account_id.0));
        Ok(Caller { via: Via::Session(session), workspace, role: role_of(&member)?, member, actor })
    }

    /// The member on whose behalf work continues after the request that began it, with the member's present rights.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when they are no longer a member.
    pub async fn caller_at_work(&self, actor: &Actor) -> Result<Caller> {
        let account = actor.id.map(AccountId).ok_or(Error::Forbidden)?;
        let member = members::find(&self.db, actor.workspace, account).await?.ok_or(Error::Forbidden)?;
        let scopes = vec![Scope::DocumentsRead, Scope::DocumentsWrite];
        // Queued work may do what an API key may do.
        let key = KeyId(actor.key.unwrap_or_default());
        let via = Via::Key { key, scopes, per_minute: NonZeroU32::MIN, until: None };
        Ok(Caller { via, workspace: actor.workspace, role: role_of(&member)?, member, actor: actor.clone() })
    }

    async fn caller_by_key(&self, token_hash: Vec<u8>, request_origin: &RequestOrigin) -> Result<Caller> {
        self.check_database()?;
        let found = callers::by_key(&self.db, token_hash).await?.ok_or(Error::Unauthorized)?;
        let (workspace, member, key) = (found.workspace_id, found.member, found.key_id);
        let per_minute = u32::try_from(found.per_minute).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
        let scopes = found.scopes.0.iter().filter_map(|scope| Scope::parse(scope)).collect();
        let via = Via::Key { key, scopes, per_minute, until: found.expires_at };
        let actor = request_origin.actor(workspace, ActorKind::Key, Some(member.account_id.0));
        let actor = Actor { key: Some(key.0), ..actor };
        Ok(Caller { via, workspace, role: role_of(&member)?, member, actor })
    }

    /// The owner of the cookies or the key: a member, or else a guest who opened a link. `None` if there is neither.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn identify(&self, credentials: &Credentials) -> Result<Option<Visitor>> {
        let caller = match (credentials.key(), credentials.session()) {
            (Some(key), _) => self.caller_by_key(key, &credentials.request_origin).await,
            (None, Some(session)) => self.caller_of(session, &credentials.request_origin).await,
            (None, None) => Err(Error::Unauthorized),
        };
        let guest = match (caller, &credentials.guest) {
            (Ok(caller), _) => return Ok(Some(Visitor::Member(Box::new(caller)))),
            (Err(Error::Unauthorized), Some(guest)) => guest.clone(),
            (Err(Error::Unauthorized), None) => return Ok(None),
            (Err(error), _) => return Err(error),
        };
        self.check_database()?;
        let guest = links::guest(&self.db, guest).await?;
        Ok(guest.map(|guest| Visitor::Guest(guest, RequestOrigin::clone(&credentials.request_origin))))
    }

    /// The visitor of a document: a member, or else a guest who opened a link. The visitor of a request is already
    /// known. For a socket, the visitor is looked up, which counts towards the rate of the key.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] if there is neither.
    pub async fn visitor(&self, credentials: &Credentials) -> Result<Visitor> {
        if let Some(resolved) = &credentials.resolved {
            return resolved.visitor.clone().ok_or(Error::Unauthorized);
        }
        let visitor = self.identify(credentials).await?.ok_or(Error::Unauthorized)?;
        self.charge_key(&visitor)?;
        Ok(visitor)
    }

    /// # Errors
    /// [`Error::TooManyRequests`] when the key is over its rate.
    pub(crate) fn charge_key(&self, visitor: &Visitor) -> Result<()> {
        match visitor {
            Visitor::Member(caller) => match caller.via {
                Via::Key { key, per_minute, .. } => self.rate_limits.check_key(key, per_minute),
                Via::Session(_) => Ok(()),
            },
            Visitor::Guest(..) => Ok(()),
        }
    }

    fn check_database(&self) -> Result<()> {
        match self.health.database() {
            Database::Answers => Ok(()),
            _ => Err(Error::Unavailable("the database does not answer: try again")),
        }
    }
}

fn role_of(member: &Member) -> Result<Role> {
    member.role.known().ok_or_else(|| Error::Internal(format!("role {}", member.role)))
}

impl FromRequestParts<App> for RequestOrigin {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<RequestOrigin> {
        Ok(RequestOrigin::clone(&Credentials::from_request_parts(parts, app).await?.request_origin))
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Caller> {
        match Visitor::from_request_parts(parts, app).await? {
            Visitor::Member(caller) => Ok(*caller),
            Visitor::Guest(..) => Err(Error::Unauthorized),
        }
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Visitor> {
        let credentials: Option<&Credentials> = parts.extensions.get();
        let resolved = credentials.and_then(|credentials| credentials.resolved.as_ref());
        let resolved = resolved.ok_or_else(|| Error::Internal("nothing resolves the callers of this route".into()))?;
        resolved.visitor.clone().ok_or(Error::Unauthorized)
    }
}
