//! Session cookies and the keys that sign them: a short-lived access token and a rotating refresh token, both in
//! cookies that scripts cannot read.

use database::{Db, Session, SigningKey, keys, nodes, sessions::REFRESH_LASTS};
use std::fs;
use std::path::Path;

use axum::http::{HeaderMap, HeaderValue, Response, header};
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use parking_lot::RwLock;
use rand::RngCore;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use vocabulary::{AccountId, SessionId};

use crate::app::StartError;
use endpoint::{Error, Result};

const ACCESS_COOKIE: &str = "consilium_access";
const REFRESH_COOKIE: &str = "consilium_refresh";
const GUEST_COOKIE: &str = "consilium_guest";
const DEVICE_COOKIE: &str = "consilium_device";
const PROVIDER_COOKIE: &str = "consilium_provider";
/// The only path that the refresh cookie is sent to.
const REFRESH_PATH: &str = "/api/v1/auth";
/// How long an access token is valid: a short time, so that a stolen one is worth little.
const ACCESS_LASTS: Duration = Duration::minutes(15);
/// How long a returning guest keeps the same name.
const GUEST_LASTS: Duration = Duration::days(180);
/// How long a browser is remembered as one that the account has signed in with.
const DEVICE_LASTS: Duration = Duration::days(365);
/// The time limit for signing in at an identity provider, which takes minutes.
const PROVIDER_LASTS: Duration = Duration::minutes(10);
/// Delay before a new key signs, so that every node has read it.
const KEY_SETTLES: Duration = Duration::seconds(30);
/// Age at which a key is replaced.
const KEY_LASTS: Duration = Duration::days(90);
/// Id of the key from versions before keys had ids.
const FIRST_KEY: &str = "first";

/// Signs and verifies access tokens. Keys have ids: the newest signs, and older ones verify until their tokens have
/// expired.
pub struct SessionKeys {
    keys: RwLock<Vec<SigningKey>>,
    secure: Secure,
}

/// Whether cookies are sent over TLS only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secure {
    Always,
    /// Not on TLS, such as on loopback: browsers would drop a `Secure` cookie.
    Plain,
}

#[derive(Serialize, Deserialize)]
struct Access {
    sid: SessionId,
    exp: i64,
}

/// A browser that an account signed in with.
#[derive(Serialize, Deserialize)]
struct Device {
    device_of: AccountId,
    exp: i64,
}

/// A secret that is shown once and stored as its hash.
pub struct Token {
    pub text: String,
    pub hash: Vec<u8>,
}

impl Default for Token {
    fn default() -> Token {
        Token::new()
    }
}

impl Token {
    /// A new token of 256 random bits.
    pub fn new() -> Token {
        Token::with_prefix("")
    }

    /// A token with a prefix that shows its kind.
    pub fn with_prefix(prefix: &str) -> Token {
        let mut bytes = [0; 32];
        rand::rng().fill_bytes(&mut bytes);
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Token::from_text(&format!("{prefix}{text}"))
    }

    /// A token that a client presented.
    pub fn from_text(text: &str) -> Token {
        Token { text: text.to_owned(), hash: Sha256::digest(text).to_vec() }
    }
}

/// The cookies of a request.
pub struct Cookies<'a>(pub &'a str);

impl<'a> Cookies<'a> {
    pub fn of(headers: &'a HeaderMap) -> Cookies<'a> {
        Cookies(headers.get(header::COOKIE).and_then(|cookies| cookies.to_str().ok()).unwrap_or_default())
    }

    pub fn refresh(&self) -> Option<Token> {
        self.get(REFRESH_COOKIE).map(Token::from_text)
    }

    pub fn guest(&self) -> Option<Token> {
        self.get(GUEST_COOKIE).map(Token::from_text)
    }

    /// The state of a sign-in at the identity provider that this browser began.
    pub fn provider_state(&self) -> Option<&'a str> {
        self.get(PROVIDER_COOKIE)
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        let mut pairs = self.0.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(key, value)| *key == name && !value.is_empty()).map(|(_, value)| value)
    }
}

/// The SameSite attribute: sent by our own pages only, or also when a link is followed.
#[derive(Clone, Copy)]
enum Site {
    Strict,
    /// The identity provider redirects back, which counts as following a link.
    Lax,
}

impl SessionKeys {
    /// Reads the keys that all nodes share, or creates the first. Earlier versions stored one in a file in the data
    /// folder, without an id; it is migrated, so that nobody is signed out.
    ///
    /// # Errors
    /// When the database does not answer, or the file cannot be read.
    pub async fn open(db: &Db, data: &Path, secure: Secure) -> std::result::Result<SessionKeys, StartError> {
        if keys::signing_keys(db).await?.is_empty() {
            let candidate = match fs::read(data.join("session.key")) {
                Ok(key) => key,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => new_secret(),
                Err(error) => return Err(error.into()),
            };
            let secret = nodes::shared_secret(db, "session", candidate).await?;
            let first = SigningKey { key_id: FIRST_KEY.to_owned(), secret, created_at: Utc::now() };
            keys::add_signing_key(db, first, DateTime::UNIX_EPOCH).await?;
        }
        let keys = SessionKeys { keys: RwLock::default(), secure };
        keys.read(db).await?;
        Ok(keys)
    }

    /// Reads the keys from the database.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read(&self, db: &Db) -> sqlx::Result<()> {
        let keys = keys::signing_keys(db).await?;
        *self.keys.write() = keys;
        Ok(())
    }

    /// Adds a key if the newest is old; [`rotate`] always adds one.
    pub async fn rotate_old(&self, db: &Db) -> sqlx::Result<()> {
        keys::add_signing_key(db, new_key(), Utc::now() - KEY_LASTS).await?;
        self.read(db).await
    }

    /// The session of a request's cookies, if the access token is still valid.
    pub fn session(&self, cookies: &Cookies<'_>) -> Option<SessionId> {
        Some(self.verified::<Access>(cookies.get(ACCESS_COOKIE)?)?.sid)
    }

    /// Whether this browser was used before to sign in to this account.
    pub fn knows_device(&self, cookies: &Cookies<'_>, account: AccountId) -> bool {
        let device = cookies.get(DEVICE_COOKIE).and_then(|token| self.verified::<Device>(token));
        device.is_some_and(|device| device.device_of == account)
    }

    /// The claims of a token signed by one of the keys. The algorithm is fixed; the token's header only selects the
    /// key.
    fn verified<C: serde::de::DeserializeOwned>(&self, token: &str) -> Option<C> {
        let header = decode_header(token).ok()?;
        let id = header.kid.as_deref().unwrap_or(FIRST_KEY);
        let keys = self.keys.read();
        let key = keys.iter().find(|key| key.key_id == id)?;
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        Some(decode::<C>(token, &DecodingKey::from_secret(&key.secret), &validation).ok()?.claims)
    }

    fn signed(&self, claims: &impl Serialize) -> Result<String> {
        let keys = self.keys.read();
        let settled = keys.iter().find(|key| Utc::now() - key.created_at > KEY_SETTLES);
        let key = settled.or(keys.last()).ok_or_else(|| Error::Internal("there is no key to sign with".into()))?;
        let header = Header { kid: Some(key.key_id.clone()), ..Header::new(Algorithm::HS256) };
        encode(&header, claims, &EncodingKey::from_secret(&key.secret))
            .map_err(|error| Error::Internal(error.to_string()))
    }

    /// Adds the cookies of a session to a response.
    ///
    /// # Errors
    /// When the token cannot be signed.
    pub fn sign_in<B>(&self, response: &mut Response<B>, session: &Session, refresh: &Token) -> Result<()> {
        let access = Access { sid: session.session_id, exp: (Utc::now() + ACCESS_LASTS).timestamp() };
        let device = Device { device_of: session.account_id, exp: (Utc::now() + DEVICE_LASTS).timestamp() };
        self.set(response, ACCESS_COOKIE, &self.signed(&access)?, "/", ACCESS_LASTS, Site::Strict)?;
        self.set(response, REFRESH_COOKIE, &refresh.text, REFRESH_PATH, REFRESH_LASTS, Site::Strict)?;
        self.set(response, DEVICE_COOKIE, &self.signed(&device)?, REFRESH_PATH, DEVICE_LASTS, Site::Strict)
    }

    /// Removes the cookies of a session; the browser stays known.
    ///
    /// # Errors
    /// Never, in fact, because the header consists of constants.
    pub fn sign_out<B>(&self, response: &mut Response<B>) -> Result<()> {
        self.set(response, ACCESS_COOKIE, "", "/", Duration::zero(), Site::Strict)?;
        self.set(response, REFRESH_COOKIE, "", REFRESH_PATH, Duration::zero(), Site::Strict)
    }

    /// Sets the cookie with which a guest keeps the same name.
    ///
    /// # Errors
    /// Never, in fact, because the server made the token.
    pub fn remember_guest<B>(&self, response: &mut Response<B>, token: &Token) -> Result<()> {
        self.set(response, GUEST_COOKIE, &token.text, "/", GUEST_LASTS, Site::Strict)
    }

    /// Binds a sign-in at the identity provider to this browser; `""` removes the binding.
    ///
    /// # Errors
    /// Never, in fact, because the server made the state.
    pub fn remember_provider<B>(&self, response: &mut Response<B>, state: &str) -> Result<()> {
        let lasts = if state.is_empty() { Duration::zero() } else { PROVIDER_LASTS };
        self.set(response, PROVIDER_COOKIE, state, REFRESH_PATH, lasts, Site::Lax)
    }

    fn set<B>(
        &self,
        response: &mut Response<B>,
        name: &str,
        value: &str,
        path: &str,
        lasts: Duration,
        site: Site,
    ) -> Result<()> {
        let secure = if self.secure == Secure::Always { "; Secure" } else { "" };
        let site = match site {
            Site::Strict => "Strict",
            Site::Lax => "Lax",
        };
        let seconds = lasts.num_seconds();
        let cookie = format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite={site}{secure}");
        let cookie = HeaderValue::from_str(&cookie).map_err(|error| Error::Internal(error.to_string()))?;
        response.headers_mut().append(header::SET_COOKIE, cookie);
        Ok(())
    }
}

fn new_secret() -> Vec<u8> {
    let mut secret = vec![0; 32];
    rand::rng().fill_bytes(&mut secret);
    secret
}

fn new_key() -> SigningKey {
    SigningKey { key_id: uuid::Uuid::now_v7().to_string(), secret: new_secret(), created_at: Utc::now() }
}

/// Adds a key now, which begins to sign in half a minute. Nobody is signed out.
pub async fn rotate(db: &Db) -> sqlx::Result<()> {
    keys::add_signing_key(db, new_key(), Utc::now()).await
}
