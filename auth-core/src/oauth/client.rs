//! The requests of a client.

use std::sync::Arc;

use crate::clock::Clock;
use crate::error::Error;
use crate::outbound::{Outbound, OutboundUrl};
use crate::random::Random;
use crate::secret::Secret;

use super::{ClientAuthentication, IssuedTokens, TokenIntrospection};

/// Where an authorization server takes which request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OAuthEndpoints {
    /// Where tokens are asked for.
    pub token: OutboundUrl,
    /// Where tokens are revoked (RFC 7009).
    pub revocation: Option<OutboundUrl>,
    /// Where tokens are asked about (RFC 7662).
    pub introspection: Option<OutboundUrl>,
    /// Where a device login begins (RFC 8628).
    pub device_authorization: Option<OutboundUrl>,
}

impl OAuthEndpoints {
    /// The token endpoint alone.
    pub fn new(token: OutboundUrl) -> Self {
        Self { token, revocation: None, introspection: None, device_authorization: None }
    }
}

/// A registered client of an authorization server; cheap to clone.
#[derive(Clone, Debug)]
pub struct OAuthClient {
    pub(crate) outbound: Outbound,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) endpoints: Arc<OAuthEndpoints>,
    pub(crate) client_id: Arc<str>,
    pub(crate) authentication: ClientAuthentication,
}

impl OAuthClient {
    /// The client with this id at these endpoints.
    pub fn new(
        outbound: Outbound,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        endpoints: OAuthEndpoints,
        client_id: &str,
        authentication: ClientAuthentication,
    ) -> Self {
        let (endpoints, client_id) = (Arc::new(endpoints), client_id.into());
        Self { outbound, clock, random, endpoints, client_id, authentication }
    }

    /// Exchanges an authorization code (RFC 6749 section 4.1.3) with its PKCE verifier (RFC 7636 section 4.5).
    ///
    /// # Errors
    /// `InvalidGrant` when the server refuses the code; `ProviderError` for everything else, with the reason as source.
    pub async fn exchange_code(
        &self,
        _code: &Secret,
        _redirect_uri: &OutboundUrl,
        _verifier: &Secret,
    ) -> Result<IssuedTokens, Error> {
        unimplemented!()
    }

    /// Exchanges a refresh token (RFC 6749 section 6).
    ///
    /// # Errors
    /// `InvalidGrant` when the server refuses the token; `ProviderError`.
    pub async fn refresh(&self, _token: &Secret, _scope: Option<&str>) -> Result<IssuedTokens, Error> {
        unimplemented!()
    }

    /// Asks for a token of the client's own (RFC 6749 section 4.4).
    ///
    /// # Errors
    /// `InvalidClient`, `InvalidScope`, `ProviderError`.
    pub async fn client_credentials(&self, _scope: &str) -> Result<IssuedTokens, Error> {
        unimplemented!()
    }

    /// Revokes a token (RFC 7009).
    ///
    /// # Errors
    /// `ProviderError`.
    pub async fn revoke(&self, _token: &Secret) -> Result<(), Error> {
        unimplemented!()
    }

    /// Asks about a token (RFC 7662).
    ///
    /// # Errors
    /// `ProviderError`.
    pub async fn introspect(&self, _token: &Secret) -> Result<TokenIntrospection, Error> {
        unimplemented!()
    }
}
