//! Settings of the signing keys.

use std::time::Duration;

use super::{SigningAlgorithm, SigningKey};
use crate::error::Error;

/// How long a key set may be kept by whoever fetched it, in the `Cache-Control` of its reply.
pub const JWKS_MAX_AGE: Duration = Duration::from_secs(5 * 60);

/// A ring older than this is read again from the store at its next use.
pub(super) const RELOAD_AFTER: Duration = Duration::from_secs(60);

/// After a reload, tokens that name an unknown key cause no other for this long: made-up names cannot load the store.
pub(super) const UNKNOWN_KID_COOLDOWN: Duration = Duration::from_secs(10);

/// The longest life that an access token can be given.
pub(crate) const MAX_TOKEN_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// What the keys are sealed for in the store (see [`ApplicationSecrets::sealer`](super::ApplicationSecrets::sealer)).
pub(super) const SEALED_FOR: &str = "signing key";

/// By how much the clocks of two replicas may differ.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// Where the signing keys come from.
#[derive(Debug, Default)]
pub(crate) enum KeySource {
    /// Made at the first start and kept in the store, sealed; all replicas share them, and they can be rotated.
    #[default]
    Stored,
    /// Given by the operator. The first signs; all of them verify and are published.
    Given(Vec<SigningKey>),
}

/// Settings of the signing keys. All replicas should have the same.
#[derive(Clone, Debug)]
pub(crate) struct KeyConfig {
    /// What new keys sign with. A store whose newest key has another algorithm gets a new key at start, which signs at
    /// once.
    pub(crate) algorithm: SigningAlgorithm,
    /// How long a new key is published before it signs: longer than others keep a key set ([`JWKS_MAX_AGE`]) and than
    /// a replica takes to see it (a minute). 10 minutes by default.
    pub(crate) announce_for: Duration,
    /// The longest life of a token: a retired key is kept until the last one has ended. 15 minutes by default.
    pub(crate) token_life: Duration,
    /// How long after its end a verifier may still take a token: at most 60 seconds, which is the default here.
    pub(crate) leeway: Duration,
}

impl Default for KeyConfig {
    fn default() -> Self {
        Self {
            algorithm: SigningAlgorithm::default(),
            announce_for: Duration::from_secs(10 * 60),
            token_life: Duration::from_secs(15 * 60),
            leeway: Duration::from_secs(60),
        }
    }
}

impl KeyConfig {
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.announce_for < JWKS_MAX_AGE + RELOAD_AFTER {
            return Err(Error::configuration(
                "a new signing key must be announced for at least 6 minutes before it signs",
            ));
        }
        Ok(())
    }

    /// How long a key is kept after it has stopped to sign.
    pub(super) fn keep_for(&self) -> Duration {
        self.token_life + self.leeway + RELOAD_AFTER + CLOCK_SKEW
    }
}
