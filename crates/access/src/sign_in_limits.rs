//! Limits on sign-in attempts against password guessing: by address, by account, and by both.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use journal::Bus;
use sha2::{Digest, Sha256};

use endpoint::{Error, Result};

const MINUTE: Duration = Duration::from_secs(60);

/// Attempts a minute for one address and account. A person mistypes a few times; an attacker needs thousands.
const OF_BOTH: NonZeroU32 = NonZeroU32::new(10).expect("ten");
/// Attempts a minute for one address. A whole office may sign in at the same time.
const OF_ADDRESS: NonZeroU32 = NonZeroU32::new(300).expect("three hundred");
/// Attempts a minute for one account, against guessing from many addresses. Attempts from a browser that signed in to
/// the account before are not counted, so that an attacker cannot lock the owner out.
const OF_ACCOUNT: NonZeroU32 = NonZeroU32::new(60).expect("sixty");
/// Failed sign-ins to unknown accounts that the audit log records for one address in an hour. Rows of the audit log are
/// never removed, so strangers must not be able to add any number.
const RECORDED: NonZeroU32 = NonZeroU32::new(60).expect("sixty");
/// Idle entries are removed when there are this many.
const KEYS: usize = 10_000;

/// The origin of a sign-in attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Browser {
    /// A browser that signed in to this account before.
    Known,
    Unknown,
}

/// Counts the attempts of the last minute.
pub struct SignIns {
    of_both: DefaultKeyedRateLimiter<String>,
    of_address: DefaultKeyedRateLimiter<String>,
    of_account: DefaultKeyedRateLimiter<String>,
    recorded: DefaultKeyedRateLimiter<String>,
}

impl Default for SignIns {
    fn default() -> Self {
        let limiter = |most| RateLimiter::keyed(Quota::per_minute(most));
        SignIns {
            of_both: limiter(OF_BOTH),
            of_address: limiter(OF_ADDRESS),
            of_account: limiter(OF_ACCOUNT),
            recorded: RateLimiter::keyed(Quota::per_hour(RECORDED)),
        }
    }
}

impl SignIns {
    /// Whether the audit log records another failed sign-in to an unknown account from this address.
    pub fn records_stranger(&self, address: &str) -> bool {
        check(&self.recorded, address.to_owned()).is_ok()
    }

    /// Counts an attempt: on all nodes together, if they share a bus that answers, and otherwise on this node.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`].
    pub async fn check_everywhere(&self, bus: &Bus, address: IpAddr, email: &str, browser: Browser) -> Result<()> {
        let email = email.to_lowercase();
        let mut bounds = vec![
            (format!("both {address} {email}"), OF_BOTH, &self.of_both),
            (format!("address {address}"), OF_ADDRESS, &self.of_address),
        ];
        if browser == Browser::Unknown {
            bounds.push((format!("account {email}"), OF_ACCOUNT, &self.of_account));
        }
        for (key, most, here) in bounds {
            // Hashed, so that the shared store contains no addresses of people.
            let hash: [u8; 32] = Sha256::digest(&key).into();
            let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            match bus.count(&format!("sign-in:{hash}"), MINUTE).await {
                Some(count) if count > u64::from(most.get()) => return Err(Error::TooManyAttempts),
                Some(_) => {}
                None => check(here, key)?,
            }
        }
        Ok(())
    }
}

fn check(limiter: &DefaultKeyedRateLimiter<String>, key: String) -> Result<()> {
    if limiter.len() > KEYS {
        limiter.retain_recent();
    }
    limiter.check_key(&key).map_err(|_| Error::TooManyAttempts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [AUTH-2] Guessing is slow from one address and from many, and never locks users out of a browser that they
    /// signed in with before.
    #[tokio::test]
    async fn attempts_are_bounded_by_address_by_account_and_by_both() {
        let (sign_ins, (bus, _)) = (SignIns::default(), Bus::open("local", "").expect("in the process"));
        let tries = async |address: [u8; 4], email: &str, browser| {
            sign_ins.check_everywhere(&bus, IpAddr::from(address), email, browser).await.is_ok()
        };
        for _ in 0..10 {
            assert!(tries([10, 0, 0, 1], "Ana@x.org", Browser::Unknown).await);
        }
        assert!(!tries([10, 0, 0, 1], "ana@x.org", Browser::Unknown).await);
        assert!(tries([10, 0, 0, 2], "ana@x.org", Browser::Unknown).await, "somebody elsewhere may");

        let mut from_many = 0;
        for host in 3..200 {
            from_many += u32::from(tries([10, 0, 0, host], "ana@x.org", Browser::Unknown).await);
        }
        assert!(from_many < 60, "{from_many} guesses for one account");
        assert!(tries([10, 0, 0, 201], "ana@x.org", Browser::Known).await, "nobody is locked out");

        let mut of_many = 0;
        for account in 0..400 {
            of_many += u32::from(tries([10, 0, 1, 1], &format!("{account}@x.org"), Browser::Unknown).await);
        }
        assert!(of_many <= 300, "{of_many} accounts from one address");
    }
}
