//! Password hashing with argon2id, on separate threads: few at a time, and one at a time for each address.

use argon2::Argon2;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use hub::Turns;
use std::sync::LazyLock;
use tokio::sync::Semaphore;
use zxcvbn::{Score, zxcvbn};

use endpoint::{Error, Result};

/// The number of hashes computed at a time. Each takes 19 MiB and 20 ms of a core, and a flood of sign-ins must not use
/// up the memory.
static HASHING: Semaphore = Semaphore::const_new(2);

/// The number of hashes for one address that may run or wait. A whole office may sign in at the same time.
const OF_ADDRESS: usize = 300;
/// The turns of each address.
static TURNS: LazyLock<Turns> = LazyLock::new(|| Turns::of(OF_ADDRESS));

/// The allowed lengths in characters: long enough to resist guessing, and short enough to hash.
const LENGTH: std::ops::RangeInclusive<usize> = 8..=1_024;

/// The lowest zxcvbn score, "somewhat guessable". From one address, a million attempts take 70 days, at ten a minute;
/// an attacker with the database must compute argon2 for each.
const LEAST: Score = Score::Two;
/// The longest prefix that is given to zxcvbn, which takes quadratic time.
const JUDGED: usize = 100;

/// Checks that a new password is hard to guess, even for somebody who knows the person.
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

/// Runs one computation. The computation keeps its permit until it ends, even if the caller disconnects, because a
/// thread cannot be interrupted. A caller that disconnects while waiting loses its place.
async fn computed<T: Send + 'static>(address: &str, compute: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let turn = TURNS.take(address).await.map_err(|_busy| Error::TooManyAttempts)?;
    let permit = HASHING.acquire().await.map_err(|_| Error::Unavailable("the server is stopping"))?;
    let compute = move || {
        let _until_it_ends = (turn, permit);
        compute()
    };
    tokio::task::spawn_blocking(compute).await.map_err(|error| Error::Internal(error.to_string()))
}

/// Hashes a new password that was checked, for a caller at this address.
///
/// # Errors
/// [`Error::TooManyAttempts`] when too many hashes for this address are running or waiting.
pub async fn hash(address: &str, password: String) -> Result<String> {
    let hashed = computed(address, move || {
        let salt = SaltString::generate(&mut OsRng);
        Argon2::default().hash_password(password.as_bytes(), &salt).map(|hash| hash.to_string())
    });
    hashed.await?.map_err(|error| Error::Internal(error.to_string()))
}

/// Checks a password for a caller at this address. Without a hash, the check takes equally long and fails, so that the
/// time does not reveal which addresses have accounts.
///
/// # Errors
/// [`Error::TooManyAttempts`] when too many hashes for this address are running or waiting.
pub async fn verify(address: &str, password: String, hash: Option<String>) -> Result<bool> {
    /// A hash that no password matches.
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$4VIi7cLFxs6HWVgrAmHJWlnPbDM2hZEXcVdKWZ0DyYs";
    let checked = computed(address, move || {
        // An account of an identity provider has no password; the check takes equally long.
        let hash = hash.filter(|hash| !hash.is_empty());
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
        let matches = PasswordHash::new(&hash)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
        known && matches
    });
    checked.await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn passwords_are_hashed_and_checked() {
        let hash = hash("here", "correct horse".into()).await.expect("long enough");
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify("here", "correct horse".into(), Some(hash.clone())).await.expect("running"));
        assert!(!verify("here", "wrong horse".into(), Some(hash)).await.expect("running"));
        assert!(!verify("here", "anything".into(), None).await.expect("running"));
    }

    /// D1: a computation that has begun keeps its place when its caller disconnects, and an address has one at a time.
    #[tokio::test]
    async fn a_computation_keeps_its_place_when_its_caller_is_gone() {
        const WITHIN: std::time::Duration = std::time::Duration::from_secs(30);
        let (begins, mut begun) = tokio::sync::mpsc::unbounded_channel();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let ended = std::sync::Arc::new(parking_lot::Mutex::new(ended));
        let start = |address: &'static str| {
            let (begins, ended) = (begins.clone(), ended.clone());
            let compute = move || {
                begins.send(address).expect("somebody waits");
                ended.lock().recv().expect("somebody ends it");
            };
            tokio::spawn(async move { computed(address, compute).await })
        };
        let next = async |begun: &mut tokio::sync::mpsc::UnboundedReceiver<_>| {
            tokio::time::timeout(WITHIN, begun.recv()).await.expect("in time").expect("it is open")
        };
        let mut tasks = vec![start("a"), start("b")];
        let first_two = [next(&mut begun).await, next(&mut begun).await];
        assert!(first_two.contains(&"a") && first_two.contains(&"b"));
        tasks.iter().for_each(tokio::task::JoinHandle::abort);
        tasks.extend(["c", "a", "a"].map(start));
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        assert!(begun.try_recv().is_err(), "the abandoned ones still run");
        for _ in 0..4 {
            end.send(()).expect("it works");
        }
        for _ in 0..3 {
            next(&mut begun).await;
        }
        end.send(()).expect("it works");
    }

    /// [AUTH-12] Passwords must be long enough, and hard to guess even for somebody who knows the person.
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
