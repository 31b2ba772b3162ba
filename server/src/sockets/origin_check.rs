//! The origin check of WebSocket requests.

use std::net::IpAddr;

use axum::http::{HeaderMap, header};

use access::App;
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

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost" || name.ends_with(".localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_loopback() {
        for host in ["localhost", "localhost:8080", "127.0.0.1:1", "[::1]:8080", "127.9.9.9"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["example.com", "localhost.evil.com", "10.0.0.1", "127.0.0.1.evil.com", ""] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
