//! The public keys of another app's identity provider, fetched from its JWKS URL (RFC 7517) and kept.

use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use parking_lot::RwLock;
use tokio::sync::Mutex;
use tracing::{info, warn};

/// How often the keys are read. This may be rare, because a provider publishes a new key some time before using it.
const FRESH: Duration = Duration::from_secs(600);
/// Shortest time between reads that unknown key ids cause, because anyone can send tokens with such ids.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(10);
/// How long keys are trusted while the provider does not answer.
const TRUSTED: Duration = Duration::from_secs(24 * 3600);
/// Timeout of a request. A user is waiting to be signed in, and a socket waits 5 s in total.
const FETCH_WITHIN: Duration = Duration::from_secs(3);
/// Largest key set; a set has a few keys of 1 KiB.
const MAX_SET_BYTES: usize = 256 << 10;

/// A key and its only algorithm.
#[derive(Clone)]
pub struct SigningKey {
    id: Option<String>,
    pub algorithm: Algorithm,
    pub key: DecodingKey,
}

pub struct Jwks {
    url: String,
    client: reqwest::Client,
    known: RwLock<Known>,
    /// Held during a request, so that there is one at a time, even if many callers wait for the keys.
    fetching: Mutex<()>,
}

#[derive(Default)]
struct Known {
    keys: Vec<SigningKey>,
    tried: Option<Instant>,
    fetched: Option<Instant>,
}

impl Known {
    /// The key of this id; without an id, the only key.
    fn find(&self, id: Option<&str>) -> Option<SigningKey> {
        if self.fetched.is_none_or(|at| at.elapsed() > TRUSTED) {
            return None;
        }
        match (id, self.keys.as_slice()) {
            (None, [only]) => Some(only.clone()),
            (None, _) => None,
            (Some(id), keys) => keys.iter().find(|key| key.id.as_deref() == Some(id)).cloned(),
        }
    }
}

impl Jwks {
    /// # Errors
    /// When the TLS client cannot be created.
    pub fn new(url: &str) -> Result<Jwks, reqwest::Error> {
        // No redirects: only the URL that the operator configured is trusted.
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(FETCH_WITHIN)
            .user_agent(concat!("consilium/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Jwks { url: url.to_owned(), client, known: RwLock::default(), fetching: Mutex::default() })
    }

    /// The key with this id. Reads the provider's keys again if the id is unknown or the keys are old.
    pub async fn key(&self, id: Option<&str>) -> Option<SigningKey> {
        let due = |known: &Known| {
            let patience = if known.find(id).is_some() { FRESH } else { READ_AGAIN_AFTER };
            known.tried.is_none_or(|at| at.elapsed() > patience)
        };
        if due(&self.known.read()) {
            let _one = self.fetching.lock().await;
            // Another caller may have read the keys meanwhile.
            if due(&self.known.read()) {
                self.look().await;
            }
        }
        self.known.read().find(id)
    }

    async fn look(&self) {
        let fetched = self.fetch().await;
        let mut known = self.known.write();
        known.tried = Some(Instant::now());
        match fetched {
            Ok(keys) => {
                info!(keys = keys.len(), url = self.url, "read the signing keys");
                known.keys = keys;
                known.fetched = known.tried;
            }
            Err(reason) => warn!(reason, url = self.url, "cannot read the signing keys; keeping the previous ones"),
        }
    }

    async fn fetch(&self) -> Result<Vec<SigningKey>, String> {
        let failed = |error: reqwest::Error| error.to_string();
        let mut response =
            self.client.get(&self.url).send().await.and_then(|r| r.error_for_status()).map_err(failed)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_SET_BYTES {
                return Err("the set is too large".into());
            }
        }
        let set: JwkSet = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
        Ok(set.keys.iter().filter_map(signing_key).collect())
    }
}

/// `None` for keys that sign no tokens: shared secrets, keys for encryption, unknown kinds.
fn signing_key(jwk: &Jwk) -> Option<SigningKey> {
    if jwk.common.public_key_use.as_ref().is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
        return None;
    }
    let algorithm = match (&jwk.algorithm, jwk.common.key_algorithm) {
        (AlgorithmParameters::RSA(_), None | Some(KeyAlgorithm::RS256)) => Algorithm::RS256,
        (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::RS384)) => Algorithm::RS384,
        (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::RS512)) => Algorithm::RS512,
        (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::PS256)) => Algorithm::PS256,
        (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::PS384)) => Algorithm::PS384,
        (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::PS512)) => Algorithm::PS512,
        (AlgorithmParameters::EllipticCurve(key), None | Some(KeyAlgorithm::ES256))
            if key.curve == EllipticCurve::P256 =>
        {
            Algorithm::ES256
        }
        (AlgorithmParameters::EllipticCurve(key), None | Some(KeyAlgorithm::ES384))
            if key.curve == EllipticCurve::P384 =>
        {
            Algorithm::ES384
        }
        (AlgorithmParameters::OctetKeyPair(key), None | Some(KeyAlgorithm::EdDSA))
            if key.curve == EllipticCurve::Ed25519 =>
        {
            Algorithm::EdDSA
        }
        _ => return None,
    };
    let key = DecodingKey::from_jwk(jwk).ok()?;
    Some(SigningKey { id: jwk.common.key_id.clone(), algorithm, key })
}
