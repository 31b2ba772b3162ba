//! Host names of this machine. An open server answers only to these names. Otherwise a website could rebind its own
//! name to this machine (DNS rebinding), and would be let in like any program here.

use std::net::IpAddr;

use axum::http::{HeaderMap, Uri, header};

use crate::App;
use endpoint::{Error, Result};

/// Whether a host, with or without a port, is this machine.
pub fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost" || name.ends_with(".localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// # Errors
/// [`Error::ForeignOrigin`] for a request to an open server under another name.
pub(crate) fn check_host(app: &App, headers: &HeaderMap, uri: &Uri) -> Result<()> {
    if !app.config.open {
        return Ok(());
    }
    let header = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    match uri.authority().map(|authority| authority.as_str()).or(header) {
        Some(host) if is_loopback(host) => Ok(()),
        _ => Err(Error::ForeignOrigin),
    }
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
