//! The client address of a request, even behind proxies that the operator has configured.

use std::net::IpAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use ipnet::IpNet;

use crate::App;
use endpoint::{Error, listener::Peer};

/// The address of the client, for limits by address.
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let ConnectInfo(Peer(peer)) = ConnectInfo::<Peer>::from_request_parts(parts, app)
            .await
            .map_err(|_| Error::Unavailable("the address of the client is unknown"))?;
        Ok(ClientAddress(behind(peer.ip().to_canonical(), &parts.headers, &app.config.trusted_proxies)))
    }
}

/// Walks `X-Forwarded-For` from its end. Anyone can send the header, so an entry is believed only if a trusted proxy
/// added it.
fn behind(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let lines: Vec<&str> = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok()).collect();
    let mut client = peer;
    for entry in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        if !is_trusted(client) {
            break;
        }
        // A proxy writes only addresses: stop at anything else.
        let Ok(address) = entry.trim().parse::<IpAddr>() else { break };
        client = address.to_canonical();
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    /// [LIMIT-7] A client cannot choose the address under which it is counted.
    #[test]
    fn only_trusted_proxies_are_believed() {
        let trusted: Vec<IpNet> =
            vec!["10.0.0.0/8".parse().expect("a network"), "fd00::/8".parse().expect("a network")];
        let cases: [(&str, &[&str], &str); 9] = [
            ("203.0.113.7", &[], "203.0.113.7"),
            ("203.0.113.7", &["1.2.3.4"], "203.0.113.7"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["203.0.113.7"], "203.0.113.7"),
            ("10.0.0.1", &["1.2.3.4, 203.0.113.7"], "203.0.113.7"),
            ("10.0.0.1", &["1.2.3.4, 203.0.113.7, 10.0.0.2"], "203.0.113.7"),
            ("10.0.0.1", &["1.2.3.4", "203.0.113.7,fd00::1"], "203.0.113.7"),
            ("10.0.0.1", &["203.0.113.7, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["::ffff:203.0.113.7"], "203.0.113.7"),
        ];
        for (peer, lines, expected) in cases {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", line.parse().expect("a header"));
            }
            assert_eq!(behind(address(peer), &headers, &trusted), address(expected), "{peer} {lines:?}");
        }
        assert_eq!(behind(address("10.0.0.1"), &HeaderMap::new(), &[]), address("10.0.0.1"));
    }
}
