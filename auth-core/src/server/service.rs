//! The authorization server of an application.

use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;

use super::config::ScopeCatalogue;
use super::{Clients, ServerConfig};

/// The authorization server, where the builder turned it on; cheap to clone.
#[derive(Clone, Debug)]
pub struct Server {
    pub(super) issuer: Arc<str>,
    pub(super) clients: Clients,
    pub(super) scopes: Arc<ScopeCatalogue>,
}

/// What a [`Server`] is made of, beside its settings.
pub(crate) struct ServerParts {
    /// The base URL.
    pub(crate) issuer: String,
    /// The life of access tokens.
    pub(crate) access_life: Duration,
}

impl Server {
    /// # Errors
    /// `Configuration` that names what is wrong.
    pub(crate) fn new(config: ServerConfig, parts: ServerParts) -> Result<Self, Error> {
        Ok(Self {
            issuer: parts.issuer.into(),
            clients: Clients::new(config.clients, parts.access_life)?,
            scopes: Arc::new(config.scopes),
        })
    }

    /// The registered clients.
    pub fn clients(&self) -> &Clients {
        &self.clients
    }
}
