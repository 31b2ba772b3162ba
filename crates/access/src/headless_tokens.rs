//! Headless mode: tokens signed by another app, whose users use only the hub.

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use document::{Level, Ownership, Roots};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use secrecy::ExposeSecret;
use serde::Deserialize;
use vocabulary::WorkspaceId;

use crate::{Config, config::Authorship, jwks::Jwks};

/// The settings for checking headless tokens, and for their documents.
pub struct Headless {
    secret: Option<DecodingKey>,
    jwks: Option<Jwks>,
    /// Roots by document name, or by a prefix and `*`.
    xml_roots: HashMap<String, Vec<String>>,
    /// Document names, or prefixes and `*`.
    keep_deleted: Vec<String>,
    /// The required audience; not checked if empty.
    audience: String,
    issuer: String,
    pub workspace: WorkspaceId,
    pub ownership: Ownership,
}

/// The claims of a token. A token without `sub` or `exp` is refused.
#[derive(Clone, Debug, Deserialize)]
pub struct Claims {
    pub sub: String,
    pub name: Option<String>,
    /// Seconds since 1970.
    #[serde(deserialize_with = "numeric_date")]
    pub exp: u64,
    /// `#rrggbb`, for caret and avatar.
    pub color: Option<String>,
    /// Document name, or a prefix and `*`, to `view`, `comment` or `edit`.
    pub documents: HashMap<String, String>,
}

/// A date in a token, which may have a fraction (RFC 7519, NumericDate). The fraction is dropped, so a token is never
/// valid longer than it says.
fn numeric_date<'de, D: serde::Deserializer<'de>>(field: D) -> Result<u64, D::Error> {
    let number = serde_json::Number::deserialize(field)?;
    let whole = number.as_f64().filter(|seconds| *seconds >= 0.0).map(|seconds| seconds as u64);
    number.as_u64().or(whole).ok_or_else(|| serde::de::Error::custom("a date is a number of seconds since 1970"))
}

impl Headless {
    /// # Errors
    /// When the client for the JWKS URL cannot be created.
    pub fn new(config: &Config, workspace: WorkspaceId) -> Result<Headless, reqwest::Error> {
        let secret = config.headless_secret.expose_secret();
        let jwks = match config.headless_jwks_url.as_str() {
            "" => None,
            url => Some(Jwks::new(url)?),
        };
        Ok(Headless {
            secret: (!secret.is_empty()).then(|| DecodingKey::from_secret(secret.as_bytes())),
            jwks,
            xml_roots: config.headless_xml_roots.clone(),
            keep_deleted: config.headless_keep_deleted.clone(),
            audience: config.headless_audience.clone(),
            issuer: config.headless_issuer.clone(),
            workspace,
            ownership: match config.headless_authorship {
                Authorship::Record => Ownership::Record,
                Authorship::Enforce => Ownership::Enforce,
            },
        })
    }

    /// The declarations of the configuration about a document: its XML roots, and whether deleted content is kept.
    pub fn roots(&self, name: &str) -> Roots {
        let means = |pattern: &String| match pattern.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => name == pattern,
        };
        let roots = Roots::xml(closest(&self.xml_roots, name).into_iter().flatten().cloned());
        roots.keeping_deleted(self.keep_deleted.iter().any(means))
    }

    pub fn accepts_tokens(&self) -> bool {
        self.secret.is_some() || self.jwks.is_some()
    }

    /// Checks a token and returns its claims. Each key has one algorithm: the token's header only selects the key.
    pub async fn verify(&self, token: &str) -> Option<Claims> {
        let header = decode_header(token).ok()?;
        let (algorithm, key) = match (header.alg, &self.secret, &self.jwks) {
            (Algorithm::HS256, Some(secret), _) => (Algorithm::HS256, secret.clone()),
            (Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512, _, _) | (_, _, None) => return None,
            (_, _, Some(jwks)) => {
                let found = jwks.key(header.kid.as_deref()).await?;
                (found.algorithm, found.key)
            }
        };
        let mut validation = Validation::new(algorithm);
        let mut required = vec!["exp", "sub"];
        validation.leeway = 0; // tokens end exactly at their expiry, on sockets too
        validation.validate_aud = !self.audience.is_empty();
        if validation.validate_aud {
            required.push("aud");
            validation.set_audience(&[&self.audience]);
        }
        if !self.issuer.is_empty() {
            required.push("iss");
            validation.set_issuer(&[&self.issuer]);
        }
        validation.set_required_spec_claims(&required);
        let claims = decode::<Claims>(token, &key, &validation).ok()?.claims;
        // The subject is stored in the audit log, and Postgres cannot store U+0000.
        (!claims.sub.is_empty() && !claims.sub.contains('\0')).then_some(claims)
    }
}

/// The entry of a name, or else that of its longest prefix.
fn closest<'a, T>(patterns: &'a HashMap<String, T>, name: &str) -> Option<&'a T> {
    let prefixes = patterns.iter().filter_map(|(pattern, said)| {
        let prefix = pattern.strip_suffix('*')?;
        name.starts_with(prefix).then_some((prefix.len(), said))
    });
    patterns.get(name).or_else(|| prefixes.max_by_key(|(len, _)| *len).map(|(_, said)| said))
}

impl Claims {
    /// The level for a name: its own entry, else that of the longest prefix.
    pub fn level(&self, name: &str) -> Option<Level> {
        Level::parse(closest(&self.documents, name)?)
    }

    /// The moment of expiry on this machine's clock.
    pub fn expires(&self) -> Instant {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        after(Duration::from_secs(self.exp).saturating_sub(now))
    }
}

/// Longest time to expiry: longer than any socket is open, and not too large for `Instant`.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// The instant at the end of a duration that comes from a token. Limited, because 2^64 seconds would overflow.
pub fn after(left: Duration) -> Instant {
    Instant::now() + left.min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(documents: &[(&str, &str)]) -> Claims {
        let documents = documents.iter().map(|(name, level)| ((*name).to_owned(), (*level).to_owned())).collect();
        Claims { sub: "ana".into(), name: None, exp: 0, color: None, documents }
    }

    /// [AUTH-6] A token whose expiry is beyond the range of the clock is valid for a long time, and causes no panic.
    #[test]
    fn an_expiry_beyond_the_clocks_range_is_limited() {
        for exp in [u64::MAX, u64::MAX / 2, i64::MAX as u64, 253_402_300_800] {
            let left = Claims { exp, ..claims(&[]) }.expires() - Instant::now();
            assert!(left > Duration::from_secs(86_400), "{exp}: {left:?}");
        }
        assert!(Claims { exp: 1, ..claims(&[]) }.expires() <= Instant::now());
    }

    /// [AUTH-6] A date may have a fraction (RFC 7519).
    #[test]
    fn dates_may_have_a_fraction() {
        let read =
            |exp: &str| serde_json::from_str::<Claims>(&format!(r#"{{"sub":"ana","exp":{exp},"documents":{{}}}}"#));
        for (exp, seconds) in
            [("1700000000", 1_700_000_000), ("1700000000.75", 1_700_000_000), ("1.7e9", 1_700_000_000)]
        {
            assert_eq!(read(exp).expect("a date").exp, seconds, "{exp}");
        }
        for exp in ["-1", "\"1700000000\"", "null"] {
            assert!(read(exp).is_err(), "{exp}");
        }
    }

    /// [AUTH-3] A name's own entry takes precedence over prefixes, a longer prefix over a shorter one.
    #[test]
    fn the_closest_pattern_decides() {
        let claims = claims(&[("*", "view"), ("plans/*", "comment"), ("plans/2027", "edit"), ("x", "own")]);
        assert_eq!(claims.level("plans/2027"), Some(Level::Edit));
        assert_eq!(claims.level("plans/2028"), Some(Level::Comment));
        assert_eq!(claims.level("notes"), Some(Level::View));
        assert_eq!(claims.level("x"), None, "an unknown level is no level");
        assert_eq!(super::Claims { documents: HashMap::new(), ..claims }.level("notes"), None);
    }
}
