//! argon2id, off the threads that serve, and never many at once.

use argon2::Argon2;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use tokio::sync::Semaphore;
use zxcvbn::{Score, zxcvbn};

use endpoint::{Error, Result};

/// A hash takes 19 MiB and 20 ms of a core: a flood of sign-ins must not take the memory of documents.
static HASHING: Semaphore = Semaphore::const_new(2);

/// Long enough to resist guessing, short enough to hash.
const LENGTH: std::ops::RangeInclusive<usize> = 8..=1_024;

/// What zxcvbn calls "somewhat guessable" and better: a million tries, at ten a minute, are 70 days for one
/// address; whoever steals the database pays argon2 for each.
const LEAST: Score = Score::Two;
/// It takes the square of what it looks at.
const JUDGED: usize = 100;

/// Whether a new password is hard enough to guess for somebody who knows the person.
///
/// # Errors
/// [`Error::Invalid`] when it is too short or too long, [`Error::WeakPassword`] with the reason.
pub fn check(password: &str, person: &[&str]) -> Result<()> {
    if !LENGTH.contains(&password.chars().count()) {
        return Err(Error::Invalid("a password has 8 to 1,024 characters"));
    }
    let judged: String = password.chars().take(JUDGED).collect();
    let known: Vec<&str> =
        person.iter().flat_map(|text| text.split([' ', '@', '.'])).chain(person.iter().copied()).collect();
    let judged = zxcvbn(&judged, &known);
    if judged.score() >= LEAST {
        return Ok(());
    }
    let reason = judged.feedback().and_then(|feedback| feedback.warning()).map(|warning| warning.to_string());
    Err(Error::WeakPassword(reason.unwrap_or_else(|| "It is easy to guess.".to_owned())))
}

/// Hashes a new password that was checked.
///
/// # Errors
/// When the server is stopping.
pub async fn hash(password: String) -> Result<String> {
    let _turn = HASHING.acquire().await.map_err(|_| Error::Unavailable("the server is stopping"))?;
    let hashed = tokio::task::spawn_blocking(move || {
        let salt = SaltString::generate(&mut OsRng);
        Argon2::default().hash_password(password.as_bytes(), &salt).map(|hash| hash.to_string())
    });
    hashed
        .await
        .map_err(|error| Error::Internal(error.to_string()))?
        .map_err(|error| Error::Internal(error.to_string()))
}

/// Checks a password. With no hash it takes as long and fails, so that addresses cannot be tried out.
///
/// # Errors
/// When the server is stopping.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool> {
    /// Nobody's password.
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$4VIi7cLFxs6HWVgrAmHJWlnPbDM2hZEXcVdKWZ0DyYs";
    let _turn = HASHING.acquire().await.map_err(|_| Error::Unavailable("the server is stopping"))?;
    let checked = tokio::task::spawn_blocking(move || {
        // Who signs in elsewhere has none, and it takes as long to say so.
        let hash = hash.filter(|hash| !hash.is_empty());
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
        let matches = PasswordHash::new(&hash)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
        known && matches
    });
    checked.await.map_err(|error| Error::Internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn passwords_are_hashed_and_checked() {
        let hash = hash("correct horse".into()).await.expect("long enough");
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify("correct horse".into(), Some(hash.clone())).await.expect("running"));
        assert!(!verify("wrong horse".into(), Some(hash)).await.expect("running"));
        assert!(!verify("anything".into(), None).await.expect("running"));
    }

    /// [AUTH-12] Length, and how guessable it is for somebody who knows the person.
    #[test]
    fn guessable_passwords_are_refused() {
        let person = ["Ana Alvarez", "ana.alvarez@example.org"];
        for weak in ["short", "password", "12345678", "qwertyuiop", "alvarez1", &"a".repeat(1_025)] {
            assert!(check(weak, &person).is_err(), "{weak}");
        }
        for good in ["correct horse battery", "tr0ub4dor-and-3", &format!("tr0ub4dor-and-3{}", "y".repeat(1_000))] {
            assert!(check(good, &person).is_ok(), "{good}");
        }
    }
}
