//! Resolves the caller of each request once, before its body is read, and checks whether they may call this route now:
//! site, rate, scope, read-only switch. Extractors only read the result.

use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::caller::{Resolved, Via, Visitor};
use crate::loopback::check_host;
use crate::refusals::{self, Attempt};
use crate::route_requirements::{Allowed, Need, NeedsByRoute};
use crate::write_only_keys::{is_write_only, without_body};
use crate::{App, ClientAddress, Credentials};
use database::write_turns::on_behalf_of;
use endpoint::{Error, Result};

/// The layer around all routes of the API.
pub async fn resolve(
    State((app, needs)): State<(App, Arc<NeedsByRoute>)>,
    route: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let route = route.as_ref().map(MatchedPath::as_str).unwrap_or_default();
    let need = needs.of(request.method(), route);
    let attempt = Attempt::new(request.method(), route, request.uri().path());
    let (mut parts, body) = request.into_parts();
    let credentials = match counted(&app, &mut parts).await {
        Ok(credentials) => credentials,
        Err(error) => return error.into_response(),
    };
    let resolved = match app.resolve(&credentials).await {
        Ok(resolved) => Arc::new(resolved),
        Err(error) => return error.into_response(),
    };
    let response = match app.let_in(&resolved, need, &parts.method, &parts.headers) {
        Ok(()) => {
            parts.extensions.insert(Credentials { resolved: Some(resolved.clone()), ..credentials });
            let withheld = is_write_only(resolved.visitor.as_ref(), need).then(|| parts.uri.path().to_owned());
            let response = next.run(Request::from_parts(parts, body));
            let response = match &resolved.visitor {
                Some(visitor) => on_behalf_of(visitor.id(), response).await,
                None => response.await,
            };
            match withheld {
                Some(path) => without_body(&path, response).await,
                None => response,
            }
        }
        Err(error) => error.into_response(),
    };
    if let Some(visitor) = &resolved.visitor {
        let refused = response.extensions().get().copied();
        refusals::note(&app, attempt, visitor, refused).await;
    }
    response
}

/// Checks the rates of the address and the browser, and returns the credentials.
async fn counted(app: &App, parts: &mut axum::http::request::Parts) -> Result<Credentials> {
    check_host(app, &parts.headers, &parts.uri)?;
    let ClientAddress(address) = ClientAddress::from_request_parts(parts, app).await?;
    let credentials = Credentials::from_request_parts(parts, app).await?;
    app.rate_limits.check(address, credentials.session())?;
    Ok(credentials)
}

impl App {
    async fn resolve(&self, credentials: &Credentials) -> Result<Resolved> {
        let claims = match self.headless_token(credentials) {
            Some(token) => self.headless.verify(token).await,
            None => None,
        };
        Ok(Resolved { visitor: self.identify(credentials).await?, claims })
    }

    fn let_in(&self, resolved: &Resolved, need: Need, method: &Method, headers: &HeaderMap) -> Result<()> {
        check_site(self, method, headers)?;
        match &resolved.visitor {
            Some(visitor) => {
                self.charge_key(visitor)?;
                check_scope(visitor, need)?;
            }
            None if need.caller == Allowed::Anybody || resolved.claims.is_some() || self.config.open => {}
            None => return Err(Error::Unauthorized),
        }
        if method.is_safe() { Ok(()) } else { self.flags.check_write(need) }
    }
}

/// Checks that a key has the scope that the route requires.
fn check_scope(visitor: &Visitor, need: Need) -> Result<()> {
    let Visitor::Member(caller) = visitor else { return Ok(()) };
    match (&caller.via, need.caller) {
        (Via::Session(_), _) | (Via::Key { .. }, Allowed::Anybody) => Ok(()),
        (Via::Key { .. }, Allowed::Scope(scope)) if caller.has(scope) => Ok(()),
        (Via::Key { .. }, Allowed::Scope(scope)) => Err(Error::MissingScope(scope.as_str())),
        (Via::Key { .. }, Allowed::People) => Err(Error::NotForKeys),
    }
}

/// Protects against cross-site request forgery: a write with a cookie must come from our own page, or not from a page
/// at all.
///
/// # Errors
/// [`Error::ForeignOrigin`].
fn check_site(app: &App, method: &Method, headers: &HeaderMap) -> Result<()> {
    if method.is_safe() {
        return Ok(());
    }
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match (text(header::ORIGIN.as_str()), text("sec-fetch-site")) {
        (Some(origin), _) if app.is_own_origin(origin) => Ok(()),
        // A page of another allowed origin uses a key, and its requests must not have our cookies.
        (Some(origin), _) if app.allows_origin(origin) && text(header::COOKIE.as_str()).is_none() => Ok(()),
        (None, None | Some("same-origin" | "none")) => Ok(()),
        _ => Err(Error::ForeignOrigin),
    }
}
