//! Limits the requests of an address, a signed-in browser and a key. Requests over the limit are refused at once,
//! before their body is read.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use dashmap::DashMap;
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use vocabulary::{KeyId, SessionId};

use crate::Config;
use endpoint::{Error, Result};

/// Idle entries are removed when there are this many.
const KNOWN: usize = 50_000;

/// Counts the requests of the last minute.
pub struct RateLimits {
    of_address: DefaultKeyedRateLimiter<IpAddr>,
    of_session: DefaultKeyedRateLimiter<SessionId>,
    /// Limiters by API key, each with its own rate. Only existing keys are added.
    of_key: DashMap<KeyId, (NonZeroU32, Arc<DefaultDirectRateLimiter>)>,
}

impl RateLimits {
    pub fn new(config: &Config) -> RateLimits {
        RateLimits {
            of_address: RateLimiter::keyed(Quota::per_minute(config.requests_per_minute_of_address)),
            of_session: RateLimiter::keyed(Quota::per_minute(config.requests_per_minute_of_session)),
            of_key: DashMap::new(),
        }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`].
    pub fn check(&self, address: IpAddr, session: Option<SessionId>) -> Result<()> {
        if self.of_address.len() > KNOWN {
            self.of_address.retain_recent();
        }
        if self.of_session.len() > KNOWN {
            self.of_session.retain_recent();
        }
        self.of_address.check_key(&address).map_err(|_| Error::TooManyRequests)?;
        session.map_or(Ok(()), |session| self.of_session.check_key(&session).map_err(|_| Error::TooManyRequests))
    }

    /// # Errors
    /// [`Error::TooManyRequests`].
    pub fn check_key(&self, key: KeyId, per_minute: NonZeroU32) -> Result<()> {
        let limiter = {
            let mut known = self.of_key.entry(key).or_insert_with(|| (per_minute, limiter(per_minute)));
            if known.0 != per_minute {
                *known = (per_minute, limiter(per_minute));
            }
            known.1.clone()
        };
        limiter.check().map_err(|_| Error::TooManyRequests)
    }
}

fn limiter(per_minute: NonZeroU32) -> Arc<DefaultDirectRateLimiter> {
    Arc::new(RateLimiter::direct(Quota::per_minute(per_minute)))
}
