//! For how long what an issuer said is used.

use std::time::Duration;

/// How long what was fetched is used.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IssuerConfig {
    /// How long metadata and keys are used without asking again.
    pub ttl: Duration,
    /// The least time between two fetches of the same document, whatever tokens come in and however the last one went.
    pub cooldown: Duration,
    /// How long after `ttl` what was fetched is still used while the issuer cannot be reached; then it fails closed.
    pub max_stale: Duration,
}

impl Default for IssuerConfig {
    /// An hour; half a minute; a day.
    fn default() -> Self {
        Self {
            ttl: Duration::from_secs(60 * 60),
            cooldown: Duration::from_secs(30),
            max_stale: Duration::from_secs(24 * 60 * 60),
        }
    }
}

impl IssuerConfig {
    pub(super) fn usable_for(&self) -> Duration {
        self.ttl.saturating_add(self.max_stale)
    }
}
