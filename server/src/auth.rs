//! Who is calling, and what they may do to a document: from a token, from a cookie, or on an open server.

mod headless;

use std::sync::Arc;
use std::time::Instant;

use axum::http::{HeaderMap, header};
use document::presence::Identity;
use document::{Author, Level, Ownership};
use hub::Close;
use secrecy::{ExposeSecret, SecretString};
use store::DocumentId;
use tracing::error;

use crate::app::App;
use crate::names::check_name;

pub use headless::Headless;

/// What a request or a socket brought along.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    pub token: Option<SecretString>,
    /// The `Cookie` header, unread.
    pub cookies: Option<SecretString>,
}

impl Credentials {
    /// A token given in the query, the subprotocol or a frame; else `Authorization: Bearer`; and the cookies.
    pub fn new(token: Option<String>, headers: &HeaderMap) -> Credentials {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = || text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned);
        Credentials {
            token: token.or_else(bearer).map(SecretString::from),
            cookies: text(header::COOKIE).map(|cookies| SecretString::from(cookies.to_owned())),
        }
    }

    /// The same caller with another token.
    pub fn with_token(&self, token: Option<String>) -> Credentials {
        Credentials { token: token.map(SecretString::from), cookies: self.cookies.clone() }
    }
}

/// The right to one document.
#[derive(Clone, Debug)]
pub struct Admitted {
    pub document: DocumentId,
    pub level: Level,
    pub author: Author,
    /// `None` where nobody signs in.
    pub identity: Option<Identity>,
    /// When it must be renewed.
    pub expires: Option<Instant>,
}

impl App {
    /// What the caller may do to the document of this name.
    ///
    /// # Errors
    /// Why not, as the socket is told: permanent, or [`Close::Unavailable`] when storage does not answer.
    pub async fn admit(&self, credentials: &Credentials, name: &str) -> Result<Admitted, Close> {
        check_name(name).map_err(|_| Close::NotFound)?;
        match &credentials.token {
            Some(token) if self.headless.accepts_tokens() => self.admit_by_token(token.expose_secret(), name).await,
            _ if self.config.open => self.admit_anyone(name).await,
            Some(_) | None => Err(Close::Unauthorized),
        }
    }

    async fn admit_anyone(&self, name: &str) -> Result<Admitted, Close> {
        Ok(Admitted {
            document: self.document_for(name, Level::Edit).await?,
            level: Level::Edit,
            author: Author { user: "anyone".into(), ownership: Ownership::Record },
            identity: None,
            expires: None,
        })
    }

    async fn admit_by_token(&self, token: &str, name: &str) -> Result<Admitted, Close> {
        let claims = self.headless.verify(token).ok_or(Close::Unauthorized)?;
        let level = claims.level(name).ok_or(Close::Forbidden)?;
        let user: Arc<str> = claims.sub.as_str().into();
        Ok(Admitted {
            document: self.document_for(name, level).await?,
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
