//! Admission of a socket or a request to a document: by a token, a cookie or an API key, or by anyone on an open
//! server.

use database::{Actor, documents};
use std::hash::Hash;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::FromRequestParts;
use axum::http::{header, request::Parts};
use document::presence::Identity;
use document::prose::editor_roots;
use document::{Author, Level, Ownership, Roots};
use hub::Close;
use secrecy::{ExposeSecret, SecretString};
use tracing::error;
use uuid::Uuid;
use vocabulary::{ActorKind, DocumentId, Scope, Sensitivity, SessionId, Stored, WorkspaceId};

use crate::caller::{RequestOrigin, Resolved};
use crate::confidential_reads::{is_confidential, record_read};
use crate::document_rights::Access;
use crate::headless_tokens::Claims;
use crate::session_keys::{Cookies, Token};
use crate::{App, ClientAddress, health::Database};
use endpoint::{Error, names::check_name};

/// The credentials of a request or a socket.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    pub(crate) token: Option<SecretString>,
    /// The session of the cookies, whose access token was valid when the request arrived.
    pub(crate) session: Option<SessionId>,
    /// The hash of the guest cookie of a visitor by link.
    pub(crate) guest: Option<Vec<u8>>,
    pub(crate) request_origin: Arc<RequestOrigin>,
    /// The resolved caller of a request. Not used for sockets, which outlive the result.
    pub(crate) resolved: Option<Arc<Resolved>>,
}

/// Longest request id. A UUID has 36 characters, a W3C trace id up to 55.
const LONGEST_REQUEST_ID: usize = 64;

/// Prefix of our API keys: distinguishes them from tokens of other apps, and lets secret scanners find them.
pub const KEY_PREFIX: &str = "ck_";

impl Credentials {
    /// The same credentials with another token.
    pub fn with_token(&self, token: Option<String>) -> Credentials {
        Credentials { token: token.map(SecretString::from), resolved: None, ..self.clone() }
    }

    /// The id of the request.
    pub fn request(&self) -> &str {
        &self.request_origin.request
    }

    /// What identifies a client that returns: its credentials or, if it has none, its address.
    pub fn client(&self) -> impl Hash {
        let none = self.token.is_none() && self.session.is_none() && self.guest.is_none();
        (self.token_text(), self.session, self.guest.as_deref(), none.then_some(self.address()))
    }

    /// The address that the request came from.
    pub fn address(&self) -> &str {
        &self.request_origin.address
    }

    pub fn session(&self) -> Option<SessionId> {
        self.session
    }

    pub(crate) fn token_text(&self) -> Option<&str> {
        self.token.as_ref().map(ExposeSecret::expose_secret)
    }

    /// The hash of the API key, if the token is one.
    pub(crate) fn key(&self) -> Option<Vec<u8>> {
        self.token_text().filter(|token| token.starts_with(KEY_PREFIX)).map(|token| Token::from_text(token).hash)
    }
}

/// Reads `Authorization: Bearer` and the cookies. Credentials of an API request are read and resolved once.
impl FromRequestParts<App> for Credentials {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Credentials, Error> {
        if let Some(read) = parts.extensions.get::<Credentials>() {
            return Ok(read.clone());
        }
        let ClientAddress(address) = ClientAddress::from_request_parts(parts, app).await?;
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        let cookies = Cookies(text(header::COOKIE).unwrap_or_default());
        Ok(Credentials {
            token: bearer.map(SecretString::from),
            session: app.sessions.session(&cookies),
            guest: cookies.guest().map(|token| token.hash),
            request_origin: Arc::new(RequestOrigin {
                address: address.to_string(),
                agent: text(header::USER_AGENT).unwrap_or_default().to_owned(),
                // The client chooses the id, so its length is limited.
                request: text(endpoint::REQUEST_ID).unwrap_or_default().chars().take(LONGEST_REQUEST_ID).collect(),
            }),
            resolved: None,
        })
    }
}

/// An admission to one document.
#[derive(Clone, Debug)]
pub struct Admitted {
    pub document: DocumentId,
    /// The roots that hold XML nodes only, and whether deleted content is kept.
    pub roots: Roots,
    pub level: Level,
    pub author: Author,
    /// `None` without sign-in.
    pub identity: Option<Identity>,
    /// When the admission must be renewed.
    pub expires: Option<Instant>,
    /// The identity for the audit log.
    pub principal: Principal,
    /// Set if reads of the document are recorded: the reader, and the sensitivity of the document.
    pub watched: Option<Box<Watched>>,
}

/// The identity of an admitted caller, for the audit log.
#[derive(Clone, Copy, Debug)]
pub struct Principal {
    pub workspace: WorkspaceId,
    pub kind: ActorKind,
    /// Account or guest.
    pub id: Option<Uuid>,
    pub key: Option<Uuid>,
}

/// A read to record in the data-access log.
#[derive(Clone, Debug)]
pub struct Watched {
    actor: Actor,
    sensitivity: Stored<Sensitivity>,
}

impl App {
    /// Admits a caller to the document of this name, and records the read if necessary. While the database does not
    /// answer, the cached right is used.
    ///
    /// # Errors
    /// The close code for the socket: a permanent one, or [`Close::Unavailable`] when storage does not answer.
    pub async fn admit(&self, credentials: &Credentials, name: &str) -> Result<Admitted, Close> {
        let admitted = self.admit_again(credentials, name).await?;
        if let Some(watched) = &admitted.watched {
            let Watched { actor, sensitivity } = &**watched;
            let recorded = Box::pin(record_read(&self.db, actor, admitted.document, sensitivity)).await;
            if let Err(error) = recorded {
                // A confidential document must not be read if the read cannot be recorded.
                error!(%error, "cannot write the data-access log");
                return Err(Close::Unavailable);
            }
        }
        Ok(admitted)
    }

    /// Checks the right of a caller who already reads the document again.
    ///
    /// # Errors
    /// As [`App::admit`].
    pub async fn admit_again(&self, credentials: &Credentials, name: &str) -> Result<Admitted, Close> {
        check_name(name).map_err(|_| Close::NotFound)?;
        let mut admitted = self.right_to(credentials, name).await?;
        if self.flags.read_only() {
            admitted.level = Level::View;
        }
        Ok(admitted)
    }

    async fn right_to(&self, credentials: &Credentials, name: &str) -> Result<Admitted, Close> {
        let database = self.health.database();
        if database != Database::Answers {
            return self.cached_rights.recall(credentials, name, database);
        }
        // Boxed: the future is large and short-lived, and the task of a socket lives for hours.
        let outcome = Box::pin(self.judge(credentials, name)).await;
        self.cached_rights.note(credentials, name, &outcome);
        match outcome {
            Err(Close::Unavailable) => self.cached_rights.recall(credentials, name, Database::Away),
            outcome => outcome,
        }
    }

    async fn judge(&self, credentials: &Credentials, name: &str) -> Result<Admitted, Close> {
        match self.headless_token(credentials) {
            Some(token) => {
                let claims = match &credentials.resolved {
                    Some(resolved) => resolved.claims.clone(),
                    None => self.headless.verify(token).await,
                };
                self.admit_by_token(claims.ok_or(Close::Unauthorized)?, name).await
            }
            None if self.config.open => self.admit_anyone(name).await,
            None => self.admit_visitor(credentials, name).await,
        }
    }

    /// Admits a member, a key or a visitor by link. For them, a document is named only by its id.
    async fn admit_visitor(&self, credentials: &Credentials, name: &str) -> Result<Admitted, Close> {
        let visitor = self.visitor(credentials).await?;
        let id = name.parse().map_err(|_| Close::NotFound)?;
        let Access { document, right, until, .. } = self.access_of(&visitor, id).await?;
        if document.trashed_at.is_some() {
            return Err(Close::Deleted);
        }
        let level = visitor.level(right, Scope::DocumentsRead, Scope::DocumentsWrite).ok_or(Close::Forbidden)?;
        let user: Arc<str> = visitor.id().to_string().into();
        let ownership =
            if self.restore_recovery.covers(document.created_at) { Ownership::Record } else { Ownership::Enforce };
        let ends = [until, visitor.until()].into_iter().flatten().min();
        let left = ends.map(|until| (until - chrono::Utc::now()).to_std().unwrap_or_default());
        let actor = visitor.actor(document.workspace_id);
        let principal = Principal { workspace: actor.workspace, kind: actor.kind, id: actor.id, key: actor.key };
        let watched = is_confidential(&document.sensitivity)
            .then(|| Box::new(Watched { actor, sensitivity: document.sensitivity }));
        Ok(Admitted {
            document: document.document_id,
            roots: editor_roots(),
            level,
            author: Author { user: user.clone(), ownership },
            identity: Some(Identity { id: user, name: visitor.name().into(), color: Some(visitor.color().into()) }),
            expires: left.map(crate::headless_tokens::after),
            principal,
            watched,
        })
    }

    async fn admit_anyone(&self, name: &str) -> Result<Admitted, Close> {
        Ok(Admitted {
            document: self.document_for(name, Level::Edit).await?,
            roots: self.headless.roots(name),
            level: Level::Edit,
            author: Author { user: "anyone".into(), ownership: Ownership::Record },
            identity: None,
            expires: None,
            principal: self.headless_caller(ActorKind::Anyone),
            watched: None,
        })
    }

    /// Whether the rights of these credentials are stored as rows, and so can change. The rights of a headless token
    /// are in the token.
    pub fn has_rights_in_rows(&self, credentials: &Credentials) -> bool {
        self.headless_token(credentials).is_none()
    }

    /// The token signed by another app, if such tokens are accepted.
    pub(crate) fn headless_token<'a>(&self, credentials: &'a Credentials) -> Option<&'a str> {
        credentials.token_text().filter(|_| self.headless.accepts_tokens() && credentials.key().is_none())
    }

    async fn admit_by_token(&self, claims: Claims, name: &str) -> Result<Admitted, Close> {
        let level = claims.level(name).ok_or(Close::Forbidden)?;
        let user: Arc<str> = claims.sub.as_str().into();
        Ok(Admitted {
            document: self.document_for(name, level).await?,
            roots: self.headless.roots(name),
            level,
            author: Author { user: user.clone(), ownership: self.headless.ownership },
            identity: Some(Identity {
                name: claims.name.as_deref().unwrap_or(&claims.sub).into(),
                id: user,
                color: claims.color.as_deref().map(Into::into),
            }),
            expires: Some(claims.expires()),
            principal: self.headless_caller(ActorKind::Token),
            watched: None,
        })
    }

    /// The identity of a caller without an account. The subject of a token belongs to the app that signed it, and is
    /// named in the log.
    fn headless_caller(&self, kind: ActorKind) -> Principal {
        Principal { workspace: self.headless.workspace, kind, id: None, key: None }
    }

    /// The document of a headless name. It is created if the caller has the right to edit.
    async fn document_for(&self, name: &str, level: Level) -> Result<DocumentId, Close> {
        if let Some(known) = self.names.get(name) {
            return Ok(known);
        }
        if level == Level::Edit {
            return self.names.find_or_make(&self.db, &self.hub, self.headless.workspace, name).await;
        }
        let as_of = self.names.as_of();
        match documents::by_name(&self.db, self.headless.workspace, name).await {
            Ok(Some(document)) if document.trashed_at.is_some() => Err(Close::Deleted),
            Ok(Some(document)) => {
                self.names.note(name, document.document_id, as_of);
                Ok(document.document_id)
            }
            Ok(None) => Err(Close::NotFound),
            Err(error) => {
                error!(%error, "the database does not answer");
                Err(Close::Unavailable)
            }
        }
    }
}
