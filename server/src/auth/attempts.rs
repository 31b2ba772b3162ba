//! What keeps strangers from guessing: a bound on sign-ins, and the one-time secret of the first run.

use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use parking_lot::Mutex;
use subtle::ConstantTimeEq;

use super::Token;
use crate::error::{Error, Result};

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
    /// # Errors
    /// [`Error::TooManyAttempts`].
    pub fn check(&self, address: IpAddr, email: &str) -> Result<()> {
        if self.0.len() > KEYS {
            self.0.retain_recent();
        }
        self.0.check_key(&(address, email.to_lowercase())).map_err(|_| Error::TooManyAttempts)
    }
}

/// Makes its holder the owner; only the printed URL has it.
#[derive(Default)]
pub struct SetupSecret(Mutex<Option<String>>);

impl SetupSecret {
    /// A new secret, in place of any before.
    pub fn renew(&self) -> String {
        let secret = Token::new().text;
        *self.0.lock() = Some(secret.clone());
        secret
    }

    /// # Errors
    /// [`Error::Forbidden`] unless it is the secret.
    pub fn check(&self, shown: &str) -> Result<()> {
        let known = self.0.lock();
        let matches = known.as_ref().is_some_and(|known| bool::from(known.as_bytes().ct_eq(shown.as_bytes())));
        if matches { Ok(()) } else { Err(Error::Forbidden) }
    }

    pub fn spend(&self) {
        *self.0.lock() = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [AUTH-1] The first-run secret works until it is spent, and nothing else does.
    #[test]
    fn the_setup_secret_is_for_one_use() {
        let setup = SetupSecret::default();
        assert!(setup.check("").is_err());
        let secret = setup.renew();
        assert!(setup.check("guess").is_err() && setup.check(&secret).is_ok());
        setup.spend();
        assert!(setup.check(&secret).is_err());
    }

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
