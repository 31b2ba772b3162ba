//! The signed-in person behind a request. Holding one proves membership of a workspace.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use store::{DocumentId, DocumentRow, Member, SessionId, WorkspaceId};

use super::Credentials;
use crate::access::{Right, Role, Standing};
use crate::app::App;
use crate::error::{Error, Result};
use crate::health::Database;

#[derive(Clone, Debug)]
pub struct Caller {
    pub session: SessionId,
    pub workspace: WorkspaceId,
    pub member: Member,
    pub role: Role,
}

/// A document and what the caller may do to it.
pub struct Access {
    pub document: DocumentRow,
    pub right: Right,
    /// When the grant that gives it runs out.
    pub until: Option<chrono::DateTime<chrono::Utc>>,
}

impl App {
    /// Who the cookies belong to.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] without a live session of an account that is not disabled.
    pub async fn caller(&self, credentials: &Credentials) -> Result<Caller> {
        self.caller_of(credentials.session().ok_or(Error::Unauthorized)?).await
    }

    /// Who a session belongs to, whatever its access token says.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] when it was ended, or the account disabled.
    pub async fn caller_of(&self, session: SessionId) -> Result<Caller> {
        if self.health.database() != Database::Answers {
            return Err(Error::Unavailable("the database does not answer: try again"));
        }
        let session = self.db.live_session(session).await?.ok_or(Error::Unauthorized)?;
        let member = self.db.member(session.workspace_id, session.account_id).await?.ok_or(Error::Unauthorized)?;
        let role = Role::parse(&member.role).ok_or_else(|| Error::Internal(format!("role {}", member.role)))?;
        Ok(Caller { session: session.session_id, workspace: session.workspace_id, member, role })
    }

    /// A document of the caller's workspace, in the trash or not, and the caller's right to it.
    ///
    /// # Errors
    /// [`Error::NotFound`] also where it exists and is none of the caller's business.
    pub async fn access(&self, caller: &Caller, document: DocumentId) -> Result<Access> {
        let document = self.db.document(caller.workspace, document).await?.ok_or(Error::NotFound("document"))?;
        let grant = self.db.grant_of(document.document_id, caller.member.account_id).await?;
        let standing = Standing {
            role: caller.role,
            is_creator: document.created_by == Some(caller.member.account_id),
            grant: grant.as_ref().and_then(|(level, _)| Right::parse(level)),
            open: document.open_level.as_deref().and_then(Right::parse),
        };
        let right = standing.right().ok_or(Error::NotFound("document"))?;
        Ok(Access { document, right, until: grant.and_then(|(_, until)| until) })
    }
}

impl Access {
    /// # Errors
    /// [`Error::Forbidden`] below `needed`.
    pub fn at_least(self, needed: Right) -> Result<Access> {
        if self.right >= needed { Ok(self) } else { Err(Error::Forbidden) }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Caller> {
        check_site(app, &parts.method, &parts.headers)?;
        app.caller(&app.credentials(None, &parts.headers)).await
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
    match headers.get(header::ORIGIN).map(|origin| origin.to_str()) {
        None => Ok(()),
        Some(Ok(origin)) if app.is_own_origin(origin) => Ok(()),
        Some(_) => Err(Error::ForeignOrigin),
    }
}
