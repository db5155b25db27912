//! The one cache of metadata and keys.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::error::Error;
use crate::outbound::{Outbound, OutboundUrl};

use super::{ForeignJws, ForeignKey, IssuerId, IssuerMetadata};

/// How long what was fetched is used.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IssuerConfig {
    /// How long metadata and keys are used without asking again.
    pub ttl: Duration,
    /// The least time between two fetches of the same document, whatever tokens come in.
    pub cooldown: Duration,
    /// How long after `ttl` what was fetched is still used while the issuer cannot be reached; then it fails closed.
    pub max_stale: Duration,
}

impl Default for IssuerConfig {
    fn default() -> Self {
        Self {
            ttl: Duration::from_secs(60 * 60),
            cooldown: Duration::from_secs(30),
            max_stale: Duration::from_secs(24 * 60 * 60),
        }
    }
}

/// Issuers' metadata and keys, each fetched once and kept; cheap to clone.
#[derive(Clone, Debug)]
pub struct Issuers {
    outbound: Outbound,
    clock: Arc<dyn Clock>,
    config: IssuerConfig,
}

impl Issuers {
    /// An empty cache.
    pub fn new(outbound: Outbound, clock: Arc<dyn Clock>, config: IssuerConfig) -> Self {
        Self { outbound, clock, config }
    }

    /// What the issuer says of itself, by `{issuer}/.well-known/openid-configuration`. The document's `issuer` must be the very
    /// one that was asked for.
    ///
    /// # Errors
    /// `ProviderError` when it cannot be had, with the reason as source.
    pub async fn metadata(&self, _issuer: &IssuerId) -> Result<Arc<IssuerMetadata>, Error> {
        let _ = (&self.outbound, &self.clock, &self.config);
        unimplemented!()
    }

    /// The key for this token out of the set at this URL: the one of its `kid`, or, without a `kid`, the only one of its algorithm.
    /// An unknown `kid` has the set fetched again, at most once per cooldown, however many ask at once.
    ///
    /// # Errors
    /// `InvalidToken` when no such key is there; `ProviderError` when the keys cannot be had.
    pub async fn key(
        &self,
        _jwks_uri: &OutboundUrl,
        _token: &ForeignJws<'_>,
    ) -> Result<Arc<ForeignKey>, Error> {
        unimplemented!()
    }
}
