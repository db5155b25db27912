//! The authorization server of an application.

use std::sync::Arc;

use crate::clock::Clock;
use crate::issuer::Issuers;
use crate::short_lived::ShortLivedStore;
use crate::throttle::Throttle;
use crate::token::Tokens;

use super::Clients;
use super::config::ScopeCatalogue;

/// The authorization server, where the builder turned it on; cheap to clone.
#[derive(Clone, Debug)]
pub struct Server {
    /// The base URL.
    pub(super) issuer: Arc<str>,
    pub(super) token_endpoint: Arc<str>,
    pub(super) clients: Clients,
    pub(super) scopes: Arc<ScopeCatalogue>,
    pub(super) tokens: Tokens,
    pub(super) short_lived: Arc<dyn ShortLivedStore>,
    pub(super) throttle: Throttle,
    /// The keys of clients that have them elsewhere; `None` where none has.
    pub(super) issuers: Option<Issuers>,
    pub(super) clock: Arc<dyn Clock>,
}

/// What a [`Server`] is made of.
pub(crate) struct ServerParts {
    pub(crate) issuer: String,
    pub(crate) token_endpoint: String,
    pub(crate) clients: Clients,
    pub(crate) scopes: ScopeCatalogue,
    pub(crate) tokens: Tokens,
    pub(crate) short_lived: Arc<dyn ShortLivedStore>,
    pub(crate) throttle: Throttle,
    pub(crate) issuers: Option<Issuers>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Server {
    pub(crate) fn new(parts: ServerParts) -> Self {
        Self {
            issuer: parts.issuer.into(),
            token_endpoint: parts.token_endpoint.into(),
            clients: parts.clients,
            scopes: Arc::new(parts.scopes),
            tokens: parts.tokens,
            short_lived: parts.short_lived,
            throttle: parts.throttle,
            issuers: parts.issuers,
            clock: parts.clock,
        }
    }

    /// The registered clients.
    pub fn clients(&self) -> &Clients {
        &self.clients
    }
}
