//! Every error that a caller can receive: a stable code, a sentence and an HTTP status. Answers are RFC 9457 problem
//! documents. Causes are logged once, here, and never disclosed.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use document::{AnchorError, Refusal};
use hub::{Close, EditError};
use serde::Serialize;
use thiserror::Error as ThisError;
use tracing::{error, warn};

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, ThisError)]
pub enum Error {
    #[error("{0}")]
    Invalid(&'static str),
    #[error("the body cannot be read: {0}")]
    Body(String),
    #[error("the body did not arrive in time")]
    BodyTooSlow,
    #[error("the body is too large")]
    BodyTooLarge,
    #[error("the query cannot be read: {0}")]
    Query(String),
    #[error("sign in first")]
    Unauthorized,
    #[error("wrong email or password")]
    WrongSignIn,
    #[error("that password is not right")]
    WrongPassword,
    /// The password with which a signed-in caller confirms a change is wrong. Clients must not renew the session and
    /// try again.
    #[error("wrong password")]
    WrongOwnPassword,
    #[error("enter the code from your authenticator app")]
    SecondStep,
    #[error("that code is wrong or has already been used")]
    WrongCode,
    #[error("choose a stronger password: {0}")]
    WeakPassword(String),
    #[error("API keys cannot do this")]
    NotForKeys,
    #[error("this key lacks the scope {0}")]
    MissingScope(&'static str),
    #[error("the identity provider cannot be used: {0}")]
    Provider(&'static str),
    #[error("too many requests: wait a moment and try again")]
    TooManyRequests,
    #[error("you don't have access to do this")]
    Forbidden,
    #[error("this move changes who has access, and you can't share this page")]
    ChangesAccess,
    #[error("this page has pages below it: say what happens to them (`children=trash` or `children=keep`)")]
    HasChildren,
    #[error("pages were changed since: say what happens to them (`edited`: `keep` or `trash`)")]
    EditedSince,
    #[error("{}", not_found(.0))]
    NotFound(&'static str),
    #[error("{0}")]
    Conflict(&'static str),
    #[error("{0} can't approve this document: give them approval access first")]
    MayNotApprove(String),
    #[error("the request was moved to a newer version of the text: read that version before you decide")]
    ApprovalMoved,
    #[error("{0}")]
    Refused(Refusal),
    #[error("the content is not valid: {0}")]
    Content(#[from] document::prose::ContentError),
    #[error("{0}")]
    Anchor(#[from] document::AnchorError),
    #[error("{0}")]
    Suggestion(#[from] document::suggestions::Refused),
    #[error("the proposed text says nothing else than the document")]
    NothingSuggested,
    #[error("{0}")]
    TooManySuggestions(&'static str),
    #[error("this view has ended: begin a new one")]
    ViewUnknown,
    #[error("the document has as many views of suggesters as it may have: try again later")]
    TooManyViews,
    #[error("the root `default` of this document does not contain editor text")]
    UndeclaredRoot,
    /// The middle of the sentence, and the names of roots.
    #[error("the text of this document was not found: {0} under: {1}")]
    OtherRoots(&'static str, String),
    /// The content of the root, and the name of the root.
    #[error(
        "the root `{1}` has {0}: it is written here only if it has the names of Tiptap's nodes, or is declared in \
         headless_xml_roots and has no others"
    )]
    ReadOnlyForm(&'static str, String),
    #[error("a document with more than 50,000 nodes cannot be written over REST")]
    ContentTooLarge,
    #[error("{0}")]
    UnsupportedMediaType(&'static str),
    #[error("a file may have at most {0} bytes here")]
    FileTooLarge(u64),
    #[error("the workspace has no room for this file: delete others, or ask the operator for more")]
    QuotaExceeded,
    #[error("{0}")]
    UnsupportedFileType(&'static str),
    #[error("the virus scanner found {0} in this file")]
    Infected(String),
    #[error("the upload is at byte {0}: go on from there")]
    WrongOffset(u64),
    #[error("{0}")]
    NoFiles(&'static str),
    #[error("documents cannot be printed here: consilium-press is not beside the server's program")]
    NoPress,
    #[error("this cannot be printed: {0}")]
    NotPrinted(String),
    #[error("{0}")]
    Gone(&'static str),
    #[error("someone changed this since you opened it: reload it and try again")]
    PreconditionFailed,
    #[error("If-Match is missing: name the version that you change")]
    PreconditionRequired,
    #[error("this Idempotency-Key was used for another request")]
    KeyReused,
    #[error(
        "a request with this Idempotency-Key is in progress or was interrupted: check its result before you use another key"
    )]
    KeyPending,
    #[error("this path speaks WebSocket only")]
    NotAWebSocket,
    #[error("pages of this origin may not connect")]
    ForeignOrigin,
    #[error("too many attempts: wait a minute and try again")]
    TooManyAttempts,
    #[error("too many connections from this address")]
    TooManyConnections,
    #[error("{0}")]
    Unavailable(&'static str),
    #[error("{}", said_of(.0))]
    Database(#[from] sqlx::Error),
    #[error("something went wrong on the server")]
    Internal(String),
}

impl Error {
    /// The code that clients may rely on.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Invalid(_) => "invalid",
            Error::Body(_) => "invalid-body",
            Error::BodyTooSlow => "body-too-slow",
            Error::BodyTooLarge => "body-too-large",
            Error::Query(_) => "invalid-query",
            Error::TooManyAttempts => "too-many-attempts",
            Error::Unauthorized => "unauthorized",
            Error::WrongSignIn | Error::WrongPassword | Error::WrongOwnPassword => "wrong-password",
            Error::SecondStep => "second-step-needed",
            Error::WrongCode => "wrong-code",
            Error::WeakPassword(_) => "weak-password",
            Error::NotForKeys => "not-for-keys",
            Error::MissingScope(_) => "missing-scope",
            Error::Provider(_) => "provider-failed",
            Error::TooManyRequests => "too-many-requests",
            Error::Forbidden => "forbidden",
            Error::ChangesAccess => "changes-access",
            Error::HasChildren => "has-children",
            Error::EditedSince => "edited-since",
            Error::NotFound(_) => "not-found",
            Error::Conflict(_) => "conflict",
            Error::MayNotApprove(_) => "may-not-approve",
            Error::ApprovalMoved => "approval-moved",
            Error::Refused(refusal) => refusal.code(),
            Error::Content(_) => "invalid-content",
            Error::Anchor(AnchorError::NotSaved) => "anchor-not-saved",
            Error::Anchor(AnchorError::Changed) => "changed",
            Error::Anchor(AnchorError::NotOneText) => "more-than-one-paragraph",
            Error::Anchor(AnchorError::Malformed | AnchorError::Empty) => "invalid-passage",
            Error::Suggestion(refused) => refused.code(),
            Error::NothingSuggested => "nothing-suggested",
            Error::TooManySuggestions(_) => "too-many-suggestions",
            Error::ViewUnknown => "view-unknown",
            Error::TooManyViews => "too-many-views",
            Error::ContentTooLarge => "content-too-large",
            Error::UndeclaredRoot => "undeclared-root",
            Error::OtherRoots(..) => "other-roots",
            Error::ReadOnlyForm(..) => "read-only-form",
            Error::UnsupportedMediaType(_) => "unsupported-media-type",
            Error::FileTooLarge(_) => "file-too-large",
            Error::QuotaExceeded => "quota-exceeded",
            Error::UnsupportedFileType(_) => "unsupported-file-type",
            Error::Infected(_) => "file-infected",
            Error::WrongOffset(_) => "wrong-offset",
            Error::NoFiles(_) => "files-unavailable",
            Error::NoPress => "press-unavailable",
            Error::NotPrinted(_) => "not-printed",
            Error::Gone(_) => "gone",
            Error::PreconditionFailed => "precondition-failed",
            Error::PreconditionRequired => "precondition-required",
            Error::KeyReused => "idempotency-key-reused",
            Error::KeyPending => "idempotency-key-pending",
            Error::NotAWebSocket => "not-a-websocket",
            Error::ForeignOrigin => "foreign-origin",
            Error::TooManyConnections => "too-many-connections",
            Error::Unavailable(_) => "unavailable",
            Error::Database(error) if is_away(error) => "unavailable",
            Error::Database(error) if is_about_removed(error) => "conflict",
            Error::Database(_) | Error::Internal(_) => "internal",
        }
    }

    pub fn status(&self) -> StatusCode {
        match self {
            Error::Invalid(_) | Error::MayNotApprove(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Body(_) | Error::Query(_) => StatusCode::BAD_REQUEST,
            Error::BodyTooLarge | Error::ContentTooLarge | Error::FileTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Error::QuotaExceeded | Error::WrongOffset(_) => StatusCode::CONFLICT,
            Error::UnsupportedFileType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Error::Infected(_) | Error::NotPrinted(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::NoFiles(_) | Error::NoPress => StatusCode::SERVICE_UNAVAILABLE,
            Error::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Error::TooManyAttempts | Error::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Error::Unauthorized | Error::SecondStep | Error::WrongCode => StatusCode::UNAUTHORIZED,
            Error::WrongSignIn | Error::WrongPassword => StatusCode::UNAUTHORIZED,
            Error::WeakPassword(_) | Error::WrongOwnPassword => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Provider(_) => StatusCode::BAD_GATEWAY,
            Error::Forbidden
            | Error::ChangesAccess
            | Error::ForeignOrigin
            | Error::NotForKeys
            | Error::MissingScope(_) => StatusCode::FORBIDDEN,
            Error::NotFound(_) => StatusCode::NOT_FOUND,
            Error::Conflict(_) | Error::ApprovalMoved | Error::HasChildren | Error::EditedSince => StatusCode::CONFLICT,
            Error::UndeclaredRoot => StatusCode::CONFLICT,
            Error::Suggestion(_) | Error::TooManySuggestions(_) | Error::ViewUnknown | Error::TooManyViews => {
                StatusCode::CONFLICT
            }
            Error::NothingSuggested => StatusCode::UNPROCESSABLE_ENTITY,
            Error::OtherRoots(..) | Error::ReadOnlyForm(..) => StatusCode::CONFLICT,
            Error::Anchor(AnchorError::NotSaved | AnchorError::Changed) => StatusCode::CONFLICT,
            Error::Anchor(_) | Error::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Content(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Error::Gone(_) => StatusCode::GONE,
            Error::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Error::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
            Error::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Error::KeyPending => StatusCode::CONFLICT,
            Error::NotAWebSocket => StatusCode::UPGRADE_REQUIRED,
            Error::TooManyConnections => StatusCode::TOO_MANY_REQUESTS,
            Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Error::Database(error) if is_away(error) => StatusCode::SERVICE_UNAVAILABLE,
            Error::Database(error) if is_about_removed(error) => StatusCode::CONFLICT,
            Error::Database(_) | Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

fn said_of(error: &sqlx::Error) -> &'static str {
    match error {
        error if is_away(error) => "the database does not answer or accepts no writes: try again",
        error if is_about_removed(error) => "what this belongs to was removed at the same moment",
        _ => "something went wrong on the server",
    }
}

/// Whether something that a row refers to, such as a space, was removed after the request had looked at it.
fn is_about_removed(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => error.is_foreign_key_violation(),
        sqlx::Error::RowNotFound => true,
        _ => false,
    }
}

/// Whether the database does not answer, is overloaded or read-only. The request is not the cause, and may succeed
/// later.
fn is_away(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => error.code().is_some_and(|code| match code.len() {
            // Postgres: connections (08), deadlocks (40), resources (53), locks (55), shut down or cancelled (57), a
            // standby (25006).
            5 => ["08", "40", "53", "55", "57", "25006"].iter().any(|class| code.starts_with(class)),
            // SQLite: busy, locked, read-only, failed I/O, full, cannot open; extended codes are above the lowest byte.
            _ => code.parse().is_ok_and(|code: i64| matches!(code & 0xff, 5 | 6 | 8 | 10 | 13 | 14)),
        }),
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => true,
        _ => false,
    }
}

fn not_found(what: &str) -> String {
    match what {
        "document" | "space" => format!("this {what} doesn't exist, or you don't have access"),
        other => format!("there is no such {other}"),
    }
}

/// A message as a sentence, with a capital letter and a full stop.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let Some(first) = letters.next() else { return String::new() };
    let rest = letters.as_str();
    let stop = if message.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{rest}{stop}", first.to_uppercase())
}

/// Seconds after which every rate limit admits requests again.
const RETRY_AFTER: &str = "60";
/// Seconds after which a store may answer again. Most outages are restarts.
const UNAVAILABLE_FOR: &str = "5";

/// The code of a refusal, attached to its response. The audit log records the refusals of writes.
#[derive(Clone, Copy)]
pub struct Refused(pub &'static str);

/// A problem document (RFC 9457).
#[derive(Serialize, utoipa::ToSchema)]
pub struct Problem {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    /// The stable code of the error, for programs.
    code: &'static str,
    /// The explanation of the error, for people.
    detail: String,
}

impl From<Close> for Error {
    /// Translates a reason for closing a socket into an HTTP error.
    fn from(close: Close) -> Error {
        match close {
            Close::Unauthorized => Error::Unauthorized,
            Close::Forbidden => Error::Forbidden,
            Close::NotFound => Error::NotFound("document"),
            Close::Deleted => Error::Gone("the document is in the trash or was purged"),
            Close::Replaced => Error::Conflict("another document has this name now"),
            Close::OutdatedPage => Error::Conflict("the page is from before an upgrade: reload it"),
            Close::Quarantined => Error::Unavailable("the stored document is damaged: the operator must repair it"),
            Close::GoingAway => Error::Unavailable("the server is stopping"),
            Close::TooSlow | Close::FrameTooBig | Close::Unavailable | Close::Timeout => {
                Error::Unavailable("storage does not answer, or the server is full")
            }
        }
    }
}

impl From<EditError> for Error {
    fn from(failure: EditError) -> Error {
        match failure {
            EditError::Changed => Error::PreconditionFailed,
            EditError::Refused(refusal) => Error::Refused(refusal),
            EditError::Interrupted => Error::Unavailable("the document is being rebuilt or closed: try again"),
        }
    }
}

impl From<Error> for Close {
    /// Translates an error from looking up a right into a reason for closing a socket.
    fn from(error: Error) -> Close {
        match error {
            Error::Unauthorized => Close::Unauthorized,
            Error::Forbidden => Close::Forbidden,
            Error::NotFound(_) => Close::NotFound,
            other => {
                error!(error = ?other, "a right could not be looked up");
                Close::Unavailable
            }
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = self.status();
        // An outage is logged once, by the health check.
        if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE && !matches!(self, Error::Provider(_))
        {
            error!(error = ?self, "a request failed");
        }
        if matches!(&self, Error::Database(error) if is_about_removed(error)) {
            // This is a defect, unless two requests were handled at the same time.
            warn!(error = ?self, "a request refers to a row that is not there");
        }
        let problem = Problem {
            kind: format!("about:blank#{}", self.code()),
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            code: self.code(),
            detail: sentence(&self.to_string()),
        };
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (status, kind, Json(problem).into_response().into_body()).into_response();
        let wait = match status {
            StatusCode::TOO_MANY_REQUESTS => Some(RETRY_AFTER),
            StatusCode::SERVICE_UNAVAILABLE => Some(UNAVAILABLE_FOR),
            _ => None,
        };
        if let Some(wait) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(wait));
        }
        response.extensions_mut().insert(Refused(self.code()));
        response
    }
}
