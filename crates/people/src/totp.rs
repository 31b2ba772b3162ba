//! The second step of signing in: six digits from an app (RFC 6238), or one of the recovery codes.

pub mod rows;

use database::{Account, Actor, Db};
use rand::RngCore;
use totp_rs::{Builder, Secret, Totp};
use vocabulary::AccountId;

use access::Token;
use endpoint::{Error, Result};

/// The number of recovery codes, as many as fit on a note in a wallet.
const RECOVERY_CODES: usize = 10;
/// The length of a secret: 160 bits, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;

/// The data that a person enters into their app.
pub struct Enrolment {
    pub secret: Vec<u8>,
    /// The secret in base 32, to type.
    pub text: String,
    /// The `otpauth://…` URL, to scan.
    pub url: String,
}

/// Creates a new secret for an account.
///
/// # Errors
/// When the secret cannot be created, which is a bug.
pub fn enrol(email: &str) -> Result<Enrolment> {
    let mut secret = vec![0; SECRET_BYTES];
    rand::rng().fill_bytes(&mut secret);
    let totp = totp(&secret, email)?;
    let url = totp.to_url().map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Enrolment { text: totp.secret().to_base32(), url, secret })
}

/// Draws a URL as an SVG picture, for the camera of a phone.
///
/// # Errors
/// When the picture cannot be drawn, which is a bug.
pub fn picture(url: &str) -> Result<String> {
    let code = qrcode::QrCode::new(url).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(200, 200).build())
}

/// Returns the time step of a code: the current one or a neighbouring one.
pub fn step_of(secret: &[u8], code: &str) -> Option<i64> {
    // Issuer and account do not matter for checking a code.
    let step = totp(secret, "anybody").ok()?.check_current(code.trim())?;
    i64::try_from(step).ok()
}

/// Creates new recovery codes: the text for the person to write down, and the hashes.
pub fn recovery_codes() -> Vec<Token> {
    let code = |_| {
        // 80 bits are enough, because codes can be tried only ten times a minute.
        let mut bytes = [0; 10];
        rand::rng().fill_bytes(&mut bytes);
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Token::from_text(&text)
    };
    (0..RECOVERY_CODES).map(code).collect()
}

/// Checks the second step of an account that has one. Each code works only once.
///
/// # Errors
/// [`Error::SecondStep`] without a code, [`Error::WrongCode`] with a wrong one.
pub async fn check(db: &Db, by: &Actor, account: &Account, code: Option<&str>) -> Result<()> {
    let (Some(secret), Some(_)) = (&account.totp_secret, account.totp_at) else { return Ok(()) };
    let code = code.map(str::trim).filter(|code| !code.is_empty()).ok_or(Error::SecondStep)?;
    let right = match step_of(secret, code) {
        Some(step) => rows::use_step(db, account.account_id, step).await?,
        None => use_recovery_code(db, by, account.account_id, code).await?,
    };
    if right { Ok(()) } else { Err(Error::WrongCode) }
}

async fn use_recovery_code(db: &Db, by: &Actor, account: AccountId, code: &str) -> Result<bool> {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    Ok(rows::use_recovery_code(db, by, account, Token::from_text(&plain.to_lowercase()).hash).await?)
}

fn totp(secret: &[u8], email: &str) -> Result<Totp> {
    // Apps split a label at its colon.
    let account = email.replace(':', " ");
    let builder = Builder::new().with_secret(Secret::from(secret)).with_account_name(account);
    builder.with_issuer(Some("Consilium")).build().map_err(|error| Error::Internal(error.to_string()))
}
