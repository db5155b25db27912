//! What is demanded of an account that must have a second factor and has none.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::user::User;

use super::{Factors, MfaPolicy};

/// How long it is known since when somebody lacks a factor that they must have: longer than any grace, or it would begin anew.
const KNOWN_FOR: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

const _: () = assert!(KNOWN_FOR.as_secs() > MfaPolicy::LONGEST_GRACE.as_secs());

/// By when somebody who lacks a second factor has to add one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Due {
    pub(crate) at: Timestamp,
    /// Whether they do nothing else until they have.
    pub(crate) is_over: bool,
}

impl Factors {
    /// Who must have a second factor, where the application says so.
    pub(crate) fn policy(&self) -> Option<&MfaPolicy> {
        self.config.policy.as_ref()
    }

    /// Whether this user must have one.
    pub(crate) fn is_demanded_of(&self, user: &User) -> bool {
        self.policy().is_some_and(|policy| policy.demands_of(user))
    }

    /// By when this user has to add a second factor; `None` who need not have one, or has. The grace begins with the first call that
    /// finds none.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn due(&self, user: &User) -> Result<Option<Due>, Error> {
        let Some(policy) = self.policy().filter(|policy| policy.demands_of(user)) else { return Ok(None) };
        if self.of(&user.id).await?.has_factor() {
            return Ok(None);
        }
        let now = self.clock.now();
        let grace = policy.grace_given();
        let at = if grace.is_zero() { now } else { self.lacking_since(user, now).await? + grace };
        Ok(Some(Due { at, is_over: now >= at }))
    }

    /// Since when it is known that this user lacks a factor. What cannot be read is no reason to begin anew.
    async fn lacking_since(&self, user: &User, now: Timestamp) -> Result<Timestamp, Error> {
        let key = format!("mfa-lacking:{}", user.id.as_str());
        if let Some(kept) = self.marks.get(&key, now).await? {
            let millis = <[u8; 8]>::try_from(kept.as_slice()).map_or(0, i64::from_be_bytes);
            return Ok(Timestamp::from_unix_millis(millis));
        }
        self.marks.put(&key, &now.unix_millis().to_be_bytes(), KNOWN_FOR, now).await?;
        Ok(now)
    }
}
