//! Who is calling, and what they may do to a document: from a token, from a cookie, or on an open server.

mod attempts;
mod caller;
mod headless;
mod jwks;
pub mod passwords;
mod remembered;
mod sessions;

use std::sync::Arc;
use std::time::Instant;

use axum::http::{HeaderMap, header};
use document::presence::Identity;
use document::prose::editor_roots;
use document::{Author, Level, Ownership, Roots};
use hub::Close;
use secrecy::{ExposeSecret, SecretString};
use store::{DocumentId, SessionId};
use tracing::error;

use crate::app::App;
use crate::health::Database;
use crate::names::check_name;

pub use attempts::SignIns;
pub use caller::{Access, Caller, check_site};
pub use headless::Headless;
pub use remembered::Remembered;
pub use sessions::{Secure, SessionKeys, Token, refresh_token};

/// What a request or a socket brought along.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    token: Option<SecretString>,
    /// Of the cookies, whose access token was good when they came.
    session: Option<SessionId>,
}

impl Credentials {
    /// The same caller with another token.
    pub fn with_token(&self, token: Option<String>) -> Credentials {
        Credentials { token: token.map(SecretString::from), session: self.session }
    }

    pub fn session(&self) -> Option<SessionId> {
        self.session
    }

    fn token_text(&self) -> Option<&str> {
        self.token.as_ref().map(ExposeSecret::expose_secret)
    }
}

/// The right to one document.
#[derive(Clone, Debug)]
pub struct Admitted {
    pub document: DocumentId,
    /// Roots that hold XML nodes only.
    pub roots: Roots,
    pub level: Level,
    pub author: Author,
    /// `None` where nobody signs in.
    pub identity: Option<Identity>,
    /// When it must be renewed.
    pub expires: Option<Instant>,
}

impl App {
    /// A token given in the query, the subprotocol or a frame, else `Authorization: Bearer`; and the cookies.
    pub fn credentials(&self, token: Option<String>, headers: &HeaderMap) -> Credentials {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = || text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned);
        Credentials {
            token: token.or_else(bearer).map(SecretString::from),
            session: text(header::COOKIE).and_then(|cookies| self.sessions.session(cookies)),
        }
    }

    /// What the caller may do to the document of this name. While the database does not answer, that is what
    /// it said last.
    ///
    /// # Errors
    /// Why not, as the socket is told: permanent, or [`Close::Unavailable`] when storage does not answer.
    pub async fn admit(&self, credentials: &Credentials, name: &str) -> Result<Admitted, Close> {
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
            return self.remembered.recall(credentials, name, database);
        }
        let outcome = self.judge(credentials, name).await;
        self.remembered.note(credentials, name, &outcome);
        match outcome {
            Err(Close::Unavailable) => self.remembered.recall(credentials, name, Database::Away),
            outcome => outcome,
        }
    }

    async fn judge(&self, credentials: &Credentials, name: &str) -> Result<Admitted, Close> {
        match &credentials.token {
            Some(token) if self.headless.accepts_tokens() => self.admit_by_token(token.expose_secret(), name).await,
            _ if self.config.open => self.admit_anyone(name).await,
            Some(_) | None => self.admit_member(credentials, name).await,
        }
    }

    /// Signed in, a document is named by its id only.
    async fn admit_member(&self, credentials: &Credentials, name: &str) -> Result<Admitted, Close> {
        let caller = self.caller(credentials).await?;
        let id = name.parse().map_err(|_| Close::NotFound)?;
        let Access { document, right, until } = self.access(&caller, id).await?;
        if document.trashed_at.is_some() {
            return Err(Close::Deleted);
        }
        let user: Arc<str> = caller.member.account_id.to_string().into();
        let ownership = if self.healing.covers(document.created_at) { Ownership::Record } else { Ownership::Enforce };
        let left = until.and_then(|until| (until - chrono::Utc::now()).to_std().ok());
        Ok(Admitted {
            document: document.document_id,
            roots: editor_roots(),
            level: right.level(),
            author: Author { user: user.clone(), ownership },
            identity: Some(Identity {
                id: user,
                name: caller.member.name.as_str().into(),
                color: Some(caller.member.color.as_str().into()),
            }),
            expires: left.map(|left| Instant::now() + left),
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
        })
    }

    async fn admit_by_token(&self, token: &str, name: &str) -> Result<Admitted, Close> {
        let claims = self.headless.verify(token).await.ok_or(Close::Unauthorized)?;
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
        })
    }

    /// The document of a headless name. The right to edit makes it; less does not.
    async fn document_for(&self, name: &str, level: Level) -> Result<DocumentId, Close> {
        let found = match level {
            Level::Edit => self.db.document_for_name(self.headless.workspace, name).await.map(Some),
            Level::View | Level::Comment => self.db.document_by_name(self.headless.workspace, name).await,
        };
        match found {
            Ok(Some(document)) if document.trashed_at.is_some() => Err(Close::Deleted),
            Ok(Some(document)) => Ok(document.document_id),
            Ok(None) => Err(Close::NotFound),
            Err(error) => {
                error!(%error, "the database does not answer");
                Err(Close::Unavailable)
            }
        }
    }
}
