//! How long tokens live, and whose they are.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::error::Error;
use crate::key::MAX_TOKEN_LIFE;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The built-in client: public, first-party, what a caller without client authentication is.
pub const FIRST_PARTY: &str = "first-party";

/// How long after its end a token is still taken, unless configured otherwise: for clocks that differ a little.
pub const DEFAULT_LEEWAY: Duration = Duration::from_secs(10);

/// The largest leeway that can be configured.
pub(crate) const MAX_LEEWAY: Duration = Duration::from_secs(60);

/// Limits of access and refresh tokens.
#[derive(Clone, Debug)]
pub struct TokenConfig {
    pub(crate) access_life: Duration,
    pub(crate) refresh_idle: Duration,
    pub(crate) refresh_absolute: Duration,
    pub(crate) grace: Duration,
    pub(crate) client_graces: BTreeMap<String, Duration>,
    pub(crate) leeway: Duration,
    pub(crate) are_dpop_nonces_wanted: bool,
}

impl Default for TokenConfig {
    /// Access tokens: 15 minutes. Refresh tokens: 30 days from the last use, 90 in all, 10 seconds of grace. Clocks may
    /// disagree by 10 seconds.
    fn default() -> Self {
        Self {
            access_life: 15 * MINUTE,
            refresh_idle: 30 * DAY,
            refresh_absolute: 90 * DAY,
            grace: Duration::from_secs(10),
            client_graces: BTreeMap::new(),
            leeway: DEFAULT_LEEWAY,
            are_dpop_nonces_wanted: false,
        }
    }
}

impl TokenConfig {
    /// How long an access token is valid.
    #[must_use]
    pub fn access_life(mut self, life: Duration) -> Self {
        self.access_life = life;
        self
    }

    /// How long a refresh token is valid from the last use of its family.
    #[must_use]
    pub fn refresh_idle(mut self, idle: Duration) -> Self {
        self.refresh_idle = idle;
        self
    }

    /// How long a family of refresh tokens lives, however much it is used.
    #[must_use]
    pub fn refresh_absolute(mut self, absolute: Duration) -> Self {
        self.refresh_absolute = absolute;
        self
    }

    /// For how long the token that was rotated away last is answered with its successor again: the time in which a lost
    /// reply or a second tab may come back. Zero turns it off.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Another [`grace`](Self::grace) for the client with this id: longer for an application on bad networks, none for a server
    /// that never asks twice at once. [`FIRST_PARTY`] is a client too.
    #[must_use]
    pub fn client_grace(mut self, client_id: impl Into<String>, grace: Duration) -> Self {
        self.client_graces.insert(client_id.into(), grace);
        self
    }

    /// Whether each proof of a key (RFC 9449) has to bear a nonce of ours, which lives 5 minutes: a proof that somebody had a client make in
    /// advance is good for nothing then, and the clocks of clients do not matter. A client that has no nonce yet is told one, with
    /// `use_dpop_nonce`, and asks again. Without it, a proof is taken for a minute from when it was made.
    #[must_use]
    pub fn dpop_nonces(mut self, are_wanted: bool) -> Self {
        self.are_dpop_nonces_wanted = are_wanted;
        self
    }

    pub(crate) fn grace_of(&self, client_id: &str) -> Duration {
        self.client_graces.get(client_id).copied().unwrap_or(self.grace)
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let is_sane = self.access_life >= Duration::from_secs(1)
            && self.access_life <= MAX_TOKEN_LIFE
            && self.refresh_idle <= self.refresh_absolute
            && self.client_graces.values().chain([&self.grace]).all(|grace| *grace <= MINUTE);
        if is_sane {
            Ok(())
        } else {
            Err(Error::configuration(
                "the token limits do not fit: an access token lives a second to a day, the refresh idle limit is no more than the \
                 absolute one, and the grace is a minute at most",
            ))
        }
    }

    /// How long after a mark an access token could still be alive.
    pub(crate) fn mark_life(&self) -> Duration {
        self.access_life + self.leeway * 2
    }
}
