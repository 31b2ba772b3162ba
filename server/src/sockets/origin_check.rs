//! The origin check of WebSocket requests.

use axum::http::{HeaderMap, header};

use access::{App, is_loopback};
use endpoint::Error;

/// Refuses pages of other origins, and host names rebound to this machine (DNS rebinding): otherwise any website could
/// open a socket to a developer's laptop.
///
/// # Errors
/// [`Error::ForeignOrigin`].
pub fn check_origin(app: &App, headers: &HeaderMap) -> Result<(), Error> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = text(header::ORIGIN);
    if app.config.open {
        let host = text(header::HOST).ok_or(Error::ForeignOrigin)?;
        let origin_host = origin.map(|origin| origin.split_once("://").map_or(origin, |(_, host)| host));
        return match is_loopback(host) && origin_host.is_none_or(is_loopback) {
            true => Ok(()),
            false => Err(Error::ForeignOrigin),
        };
    }
    // Apps and tests send no origin, and no cookie either.
    match origin {
        None => Ok(()),
        Some(origin) if app.is_own_origin(origin) => Ok(()),
        Some(_) if text(header::COOKIE).is_none() => Ok(()),
        Some(_) => Err(Error::ForeignOrigin),
    }
}
