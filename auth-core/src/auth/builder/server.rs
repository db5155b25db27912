//! The authorization server.

use crate::error::Error;
use crate::server::{Server, ServerConfig, ServerParts};

use super::AuthBuilder;
use super::assemble::Parts;
use super::base_url::BaseUrl;

impl AuthBuilder {
    /// Lets other applications log people in by this one, and programs get tokens of their own: this application is an OAuth 2.1 and OpenID
    /// Connect provider, with the routes for it. See [`server`](crate::server).
    #[cfg(feature = "server")]
    #[cfg_attr(docsrs, doc(cfg(feature = "server")))]
    #[doc(alias("oauth", "oidc", "provider", "identity_provider", "idp"))]
    pub fn server(mut self, config: ServerConfig) -> Self {
        self.server = Some(config);
        self
    }
}

impl Parts {
    pub(super) fn server(&mut self, base: &BaseUrl) -> Result<Option<Server>, Error> {
        let Some(config): Option<ServerConfig> = self.builder.server.take() else { return Ok(None) };
        let parts = ServerParts { issuer: base.url(), access_life: self.builder.tokens.access_life };
        Server::new(config, parts).map(Some)
    }
}
