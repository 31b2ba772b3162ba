//! The credentials of an admitted user, and when they expire: before that, the client is asked for a new token. The end
//! of a right, such as a share with an expiry date, counts as the expiry too.

use std::sync::Arc;
use std::time::{Duration, Instant};

use access::{App, Credentials};
use database::Change;
use vocabulary::DocumentId;

use super::rights_changes::{Concern, concern};

/// The reason that is sent to a client whose access has expired.
pub(super) const EXPIRED: &str = "token-expired";

/// A client is asked for a new token this long before its token expires, or after half of the time that it has left.
const FRESH_TOKEN_BEFORE: Duration = Duration::from_secs(30);
/// A token that expires later by less than this does not count as fresher: the time that is left is computed again at
/// each check, from two clocks that are read one after the other.
const FRESHER_BY: Duration = Duration::from_secs(1);
/// When a grant has expired, the check whether the user has another grant must end within this time; otherwise access
/// ends.
const CHECKED_WITHIN: Duration = Duration::from_secs(1);

/// An admitted user, the credentials, and when those expire.
pub(super) struct Pass {
    pub user: Arc<str>,
    /// Used to check again when rights change.
    pub credentials: Credentials,
    pub expires: Option<Instant>,
    /// When to request a new token.
    asks_at: Option<Instant>,
    /// A new token was requested.
    asked: bool,
    /// A grant has expired, and the rights are being checked again.
    is_checked: bool,
    /// The number of new tokens so far, so that the result of a check with an older one is ignored.
    pub(super) tokens: u32,
}

impl Pass {
    pub(super) fn new(user: Arc<str>, credentials: Credentials, expires: Option<Instant>) -> Pass {
        let asks_at = asks_at(expires);
        Pass { user, credentials, expires, asks_at, asked: false, is_checked: false, tokens: 0 }
    }

    pub(super) fn take_token(&mut self, credentials: Credentials, expires: Option<Instant>) {
        // A client that has no fresher token is not asked again at once.
        self.asked &=
            expires.is_some_and(|new| self.expires.is_some_and(|old| new.saturating_duration_since(old) < FRESHER_BY));
        (self.credentials, self.expires, self.is_checked) = (credentials, expires, false);
        self.asks_at = asks_at(expires);
        self.tokens += 1;
    }

    /// Notes the result of a check.
    pub(super) fn renew(&mut self, expires: Option<Instant>) {
        let is_past = expires.is_some_and(|expires| expires <= Instant::now());
        // A check that began before the expiry may end after it; then the next check decides.
        if self.is_checked && is_past {
            return;
        }
        self.expires = expires;
        self.asks_at = asks_at(expires);
        self.is_checked = false;
    }

    /// Called when the pass has expired, though perhaps only one of several rights has ended. Returns `true` once, and
    /// then the rights must be checked.
    pub(super) fn is_to_check(&mut self, app: &App) -> bool {
        let is_to_check = !self.is_checked && app.has_rights_in_rows(&self.credentials);
        if is_to_check {
            (self.is_checked, self.expires) = (true, Some(Instant::now() + CHECKED_WITHIN));
        }
        is_to_check
    }

    /// Whether the rights are being checked because the pass has expired.
    pub(super) fn is_checked(&self) -> bool {
        self.is_checked
    }

    /// When to request a new token or, after that, when the pass ends.
    pub(super) fn deadline(&self) -> Option<Instant> {
        if self.asked { self.expires } else { self.asks_at }
    }

    /// Whether to request a new token now. `true` once for each token.
    pub(super) fn asks_for_token(&mut self, now: Instant) -> bool {
        let is_due = !self.asked && self.asks_at.is_some_and(|due| due <= now);
        self.asked |= is_due;
        is_due
    }

    /// How a change affects the user, for whom `is_open` documents are open.
    pub(super) fn concern(&self, change: Option<Change>, is_open: impl Fn(DocumentId) -> bool) -> Concern {
        concern(change, is_open, &self.user, self.credentials.session())
    }
}

/// When to request a new token in place of one that expires at `expires`.
fn asks_at(expires: Option<Instant>) -> Option<Instant> {
    expires.map(|expires| {
        let left = expires.saturating_duration_since(Instant::now());
        expires - FRESH_TOKEN_BEFORE.min(left / 2)
    })
}

#[cfg(test)]
mod tests {
    use access::Credentials;

    use super::*;

    /// [PERM-2] A client without a fresher token is asked once, however the two clocks were read; a client with one is
    /// asked again.
    #[test]
    fn a_client_is_asked_once_for_each_token() {
        let now = Instant::now();
        let seconds = Duration::from_secs;
        let mut pass = Pass::new("ana".into(), Credentials::default(), Some(now + seconds(20)));
        assert!(!pass.asks_for_token(now + seconds(9)) && pass.asks_for_token(now + seconds(11)));
        for late in [0, 1, 900] {
            let expires = now + seconds(20) + Duration::from_millis(late);
            pass.take_token(Credentials::default(), Some(expires));
            assert!(!pass.asks_for_token(now + seconds(19)), "{late} ms later");
            assert_eq!(pass.deadline(), Some(expires));
        }
        pass.take_token(Credentials::default(), Some(now + seconds(90)));
        assert!(!pass.asks_for_token(now + seconds(59)) && pass.asks_for_token(now + seconds(60)));
    }
}
