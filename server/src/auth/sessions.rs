//! Signed-in people: a short access token and a rotating refresh token, both in cookies that no
//! script can read.

use std::fs;
use std::path::Path;

use axum::http::{HeaderValue, Response, header};
use chrono::{Duration, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use rand::RngCore;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::sessions::REFRESH_LASTS;
use store::{Db, Session, SessionId};

use crate::app::StartError;
use crate::error::{Error, Result};

const ACCESS_COOKIE: &str = "consilium_access";
const REFRESH_COOKIE: &str = "consilium_refresh";
/// Where the refresh cookie is sent; nowhere else does it need to travel.
const REFRESH_PATH: &str = "/api/v1/auth";
/// A stolen access token is worth little.
const ACCESS_LASTS: Duration = Duration::minutes(15);

/// Signs and reads access tokens.
pub struct SessionKeys {
    encoding: EncodingKey,
    decoding: DecodingKey,
    secure: Secure,
}

/// Whether cookies travel over TLS only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secure {
    Always,
    /// Loopback and plain HTTP: the browser would drop a `Secure` cookie.
    Plain,
}

#[derive(Serialize, Deserialize)]
struct Access {
    sid: SessionId,
    exp: i64,
}

/// A secret that is handed out once and stored as its hash.
pub struct Token {
    pub text: String,
    pub hash: Vec<u8>,
}

impl Token {
    /// 256 random bits.
    pub fn new() -> Token {
        let mut bytes = [0; 32];
        rand::rng().fill_bytes(&mut bytes);
        Token::from_text(&bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    }

    /// The token that somebody showed.
    pub fn from_text(text: &str) -> Token {
        Token { text: text.to_owned(), hash: Sha256::digest(text).to_vec() }
    }
}

impl SessionKeys {
    /// Reads the signing key that all nodes share, or makes it at the first start. Versions before kept it
    /// as a file in the data folder: nobody is signed out by its move.
    ///
    /// # Errors
    /// When the database does not answer, or the file cannot be read.
    pub async fn open(db: &Db, data: &Path, secure: Secure) -> std::result::Result<SessionKeys, StartError> {
        let candidate = match fs::read(data.join("session.key")) {
            Ok(key) => key,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let mut key = vec![0; 32];
                rand::rng().fill_bytes(&mut key);
                key
            }
            Err(error) => return Err(error.into()),
        };
        let key = db.shared_secret("session", candidate).await?;
        Ok(SessionKeys { encoding: EncodingKey::from_secret(&key), decoding: DecodingKey::from_secret(&key), secure })
    }

    /// The session that the cookies of a request belong to, if its access token is still good.
    pub fn session(&self, cookies: &str) -> Option<SessionId> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        let token = cookie(cookies, ACCESS_COOKIE)?;
        Some(decode::<Access>(token, &self.decoding, &validation).ok()?.claims.sid)
    }

    /// Puts both cookies onto an answer.
    ///
    /// # Errors
    /// When the token cannot be signed.
    pub fn sign_in<B>(&self, response: &mut Response<B>, session: &Session, refresh: &Token) -> Result<()> {
        let access = Access { sid: session.session_id, exp: (Utc::now() + ACCESS_LASTS).timestamp() };
        let access = encode(&Header::new(Algorithm::HS256), &access, &self.encoding)
            .map_err(|error| Error::Internal(error.to_string()))?;
        self.set(response, ACCESS_COOKIE, &access, "/", ACCESS_LASTS)?;
        self.set(response, REFRESH_COOKIE, &refresh.text, REFRESH_PATH, REFRESH_LASTS)
    }

    /// Takes both cookies away.
    ///
    /// # Errors
    /// Never, in fact: the header is made of constants.
    pub fn sign_out<B>(&self, response: &mut Response<B>) -> Result<()> {
        self.set(response, ACCESS_COOKIE, "", "/", Duration::zero())?;
        self.set(response, REFRESH_COOKIE, "", REFRESH_PATH, Duration::zero())
    }

    fn set<B>(&self, response: &mut Response<B>, name: &str, value: &str, path: &str, lasts: Duration) -> Result<()> {
        let secure = if self.secure == Secure::Always { "; Secure" } else { "" };
        let seconds = lasts.num_seconds();
        let cookie = format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
        let cookie = HeaderValue::from_str(&cookie).map_err(|error| Error::Internal(error.to_string()))?;
        response.headers_mut().append(header::SET_COOKIE, cookie);
        Ok(())
    }
}

/// The refresh token that a request carries.
pub fn refresh_token(cookies: &str) -> Option<Token> {
    cookie(cookies, REFRESH_COOKIE).map(Token::from_text)
}

fn cookie<'a>(cookies: &'a str, name: &str) -> Option<&'a str> {
    let pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(key, value)| *key == name && !value.is_empty()).map(|(_, value)| value)
}
