//! Requests to addresses that members enter. Only addresses that anyone on the internet could reach are allowed.
//! Otherwise a webhook could reach systems that trust this machine: databases, routers, the metadata service of a
//! cloud.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tracing::warn;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Url};
use thiserror::Error;

const CONNECTED_WITHIN: Duration = Duration::from_secs(5);
const RESOLVED_WITHIN: Duration = Duration::from_secs(5);
/// The maximum length of a URL in bytes.
const LONGEST: usize = 2_000;

/// The reason why a request is not sent.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    #[error("the URL must be https://, with a host and without a password")]
    Url,
    #[error("the host has no address")]
    Unknown,
    #[error("the host is in a private network; the operator can allow it (webhook_networks)")]
    Private,
    #[error("http:// is for the networks of webhook_networks: elsewhere it must be https://")]
    Plain,
}

/// A client that reaches only public addresses and those that the operator allows.
#[derive(Clone)]
pub struct Outside {
    client: Client,
    allowed: Arc<[IpNet]>,
}

impl Outside {
    /// # Errors
    /// When the TLS client cannot be created.
    pub fn new(allowed: &[IpNet]) -> reqwest::Result<Outside> {
        let allowed: Arc<[IpNet]> = allowed.into();
        let builder = || {
            Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .connect_timeout(CONNECTED_WITHIN)
                // Names are resolved only here, so the address that is checked is the one to which the client connects.
                .dns_resolver(Arc::new(Guarded(allowed.clone())))
                .user_agent(concat!("consilium/", env!("CARGO_PKG_VERSION")))
        };
        // Most instances have no webhooks, so they must start even without certificates.
        let client = builder().build().or_else(|error| {
            let reason = std::error::Error::source(&error).map(ToString::to_string);
            warn!(reason, "webhooks cannot reach https:// targets: install ca-certificates");
            builder().tls_certs_only([]).build()
        })?;
        Ok(Outside { client, allowed })
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Checks whether requests may be sent to a URL now.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn check(&self, url: &str) -> Result<Url, Refusal> {
        let url = Url::parse(url).map_err(|_| Refusal::Url)?;
        let plain = match url.scheme() {
            "https" => false,
            "http" => true,
            _ => return Err(Refusal::Url),
        };
        let whole = url.as_str().len() <= LONGEST && url.username().is_empty() && url.password().is_none();
        let (Some(host), Some(port), true) = (url.host_str(), url.port_or_known_default(), whole) else {
            return Err(Refusal::Url);
        };
        let found = resolve(host.trim_matches(['[', ']']), port).await.ok_or(Refusal::Unknown)?;
        if !found.iter().all(|at| may_reach(at.ip(), &self.allowed)) {
            return Err(Refusal::Private);
        }
        if plain && !found.iter().all(|at| is_in(at.ip(), &self.allowed)) {
            return Err(Refusal::Plain);
        }
        Ok(url)
    }
}

async fn resolve(host: &str, port: u16) -> Option<Vec<SocketAddr>> {
    let found = tokio::time::timeout(RESOLVED_WITHIN, tokio::net::lookup_host((host, port))).await.ok()?.ok()?;
    let found: Vec<SocketAddr> = found.collect();
    (!found.is_empty()).then_some(found)
}

/// Resolves names only to addresses that the client may connect to.
struct Guarded(Arc<[IpNet]>);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.0.clone();
        Box::pin(async move {
            let mut found = resolve(name.as_str(), 0).await.ok_or(Refusal::Unknown)?;
            found.retain(|at| may_reach(at.ip(), &allowed));
            if found.is_empty() {
                return Err(Refusal::Private.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

fn is_in(address: IpAddr, networks: &[IpNet]) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|network| network.contains(&address))
}

fn may_reach(address: IpAddr, allowed: &[IpNet]) -> bool {
    is_public(address) || is_in(address, allowed)
}

/// Whether an address is public. Not public are the special-purpose addresses that IANA's registries (RFC 6890 and
/// later) exclude from the internet, and the IPv6 forms that lead to an IPv4 address.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let protocols = a == 192 && b == 0 && c == 0;
            let relays = a == 192 && b == 88 && c == 99;
            let benchmarks = a == 198 && (b == 18 || b == 19);
            !(a == 0
                || a >= 240
                || v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_documentation()
                || shared
                || protocols
                || relays
                || benchmarks)
        }
        IpAddr::V6(v6) => is_global_unicast(v6),
    }
}

/// 2000::/3 except protocol assignments and Teredo (2001::/23), documentation (2001:db8::/32, 3fff::/20) and 6to4
/// (2002::/16).
fn is_global_unicast(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let special = match first {
        0x2001 => second < 0x200 || second == 0xdb8,
        0x2002 => true,
        0x3fff => second < 0x1000,
        _ => false,
    };
    (0x2000..0x4000).contains(&first) && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_internet_is_public() {
        let private = [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ];
        for address in private {
            assert!(!is_public(address.parse().expect("an address")), "{address}");
        }
        for address in
            ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8"]
        {
            assert!(is_public(address.parse().expect("an address")), "{address}");
        }
    }

    #[tokio::test]
    async fn urls_are_checked() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let closed = Outside::new(&[]).expect("a client");
        let open = Outside::new(&["127.0.0.0/8".parse().expect("a network")]).expect("a client");
        let cases = [
            ("https://127.0.0.1/", Some(Refusal::Private), None),
            ("http://127.0.0.1:8080/x", Some(Refusal::Private), None),
            ("https://localhost/", Some(Refusal::Private), None),
            ("https://[::ffff:127.0.0.1]/", Some(Refusal::Private), None),
            ("https://2130706433/", Some(Refusal::Private), None),
            ("https://0x7f.1/", Some(Refusal::Private), None),
            ("http://1.1.1.1/", Some(Refusal::Plain), Some(Refusal::Plain)),
            ("https://1.1.1.1/", None, None),
            ("https://user:word@1.1.1.1/", Some(Refusal::Url), Some(Refusal::Url)),
            ("ftp://1.1.1.1/", Some(Refusal::Url), Some(Refusal::Url)),
            ("file:///etc/passwd", Some(Refusal::Url), Some(Refusal::Url)),
            ("no url", Some(Refusal::Url), Some(Refusal::Url)),
        ];
        for (url, when_closed, when_open) in cases {
            assert_eq!(closed.check(url).await.err(), when_closed, "{url}");
            assert_eq!(open.check(url).await.err().filter(|_| !url.contains("localhost")), when_open, "{url}");
        }
    }

    #[tokio::test]
    async fn names_of_private_addresses_are_not_connected_to() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let closed = Outside::new(&[]).expect("a client");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://localhost:{}/", listener.local_addr().expect("an address").port());
        closed.client().get(url).send().await.expect_err("the resolver refuses private addresses");
    }
}
