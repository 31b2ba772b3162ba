//! What keeps strangers from guessing: a bound on sign-ins.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use sha2::{Digest, Sha256};
use store::Bus;

use crate::error::{Error, Result};

const MINUTE: Duration = Duration::from_secs(60);

/// A person mistypes a few times; a guesser wants thousands.
const PER_MINUTE: NonZeroU32 = NonZeroU32::new(10).expect("ten");
/// Keys that are idle are forgotten when this many are known.
const KEYS: usize = 10_000;

/// Sign-ins by address and account: a stranger elsewhere cannot lock somebody out.
pub struct SignIns(DefaultKeyedRateLimiter<(IpAddr, String)>);

impl Default for SignIns {
    fn default() -> Self {
        SignIns(RateLimiter::keyed(Quota::per_minute(PER_MINUTE)))
    }
}

impl SignIns {
    /// Counts an attempt, over all nodes where they share a bus that answers.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`].
    pub async fn check_everywhere(&self, bus: &Bus, address: IpAddr, email: &str) -> Result<()> {
        // Addresses of people do not stand in the keys of a shared store.
        let key: [u8; 32] = Sha256::digest(format!("{address} {}", email.to_lowercase())).into();
        let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        match bus.count(&format!("sign-in:{key}"), MINUTE).await {
            Some(count) if count > u64::from(PER_MINUTE.get()) => Err(Error::TooManyAttempts),
            Some(_) => Ok(()),
            None => self.check(address, email),
        }
    }

    fn check(&self, address: IpAddr, email: &str) -> Result<()> {
        if self.0.len() > KEYS {
            self.0.retain_recent();
        }
        self.0.check_key(&(address, email.to_lowercase())).map_err(|_| Error::TooManyAttempts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [AUTH-2] Guessing is slow, and a guesser locks nobody else out.
    #[test]
    fn attempts_are_bounded_by_address_and_account() {
        let sign_ins = SignIns::default();
        let (here, elsewhere) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        assert!((0..10).all(|_| sign_ins.check(here, "Ana@x.org").is_ok()));
        assert!(sign_ins.check(here, "ana@x.org").is_err());
        assert!(sign_ins.check(elsewhere, "ana@x.org").is_ok());
    }
}
