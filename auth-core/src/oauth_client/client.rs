//! A client for applications.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::error::Error;
use crate::outbound::{Outbound, OutboundUrl, OutsideError};
use crate::random::Random;
use crate::secret::Secret;

use super::registration::Registration;
use super::{ClientAuthentication, DeviceLogin, IssuedTokens, OAuthEndpoints, TokenIntrospection};

/// A registered client of an authorization server; cheap to clone.
///
/// Its errors are of the kind that the server names: they answer the application, which asked. In a handler they are no answer to
/// the visitor, as long as the application does not make them one.
#[derive(Clone, Debug)]
pub struct OAuthClient(pub(super) Registration);

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
        Self(Registration::new(outbound, clock, random, endpoints, client_id, authentication))
    }

    /// Exchanges an authorization code (RFC 6749 section 4.1.3) with its PKCE verifier (RFC 7636 section 4.5); `None` is for the few
    /// servers that refuse one.
    ///
    /// # Errors
    /// `InvalidGrant` when the server refuses the code; `InvalidClient`; `ProviderError` for everything else, with the reason as
    /// source.
    pub async fn exchange_code(
        &self,
        code: &Secret,
        redirect_uri: &OutboundUrl,
        verifier: Option<&Secret>,
    ) -> Result<IssuedTokens, Error> {
        self.0.exchange_code(code, redirect_uri, verifier).await.map_err(OutsideError::into_named)
    }

    /// Exchanges a refresh token (RFC 6749 section 6), for the whole scope that was granted or a part of it.
    ///
    /// # Errors
    /// `InvalidGrant` when the server refuses the token; `InvalidClient`, `InvalidScope`; `ProviderError`.
    pub async fn refresh(&self, token: &Secret, scope: Option<&str>) -> Result<IssuedTokens, Error> {
        self.0.refresh(token, scope).await.map_err(OutsideError::into_named)
    }

    /// Asks for a token of the client's own (RFC 6749 section 4.4).
    ///
    /// # Errors
    /// `InvalidClient`, `InvalidScope`, `ProviderError`.
    pub async fn client_credentials(&self, scope: &str) -> Result<IssuedTokens, Error> {
        self.0.client_credentials(scope).await.map_err(OutsideError::into_named)
    }

    /// Revokes a token (RFC 7009), a refresh token preferably: that ends its access tokens too, where the server is able to. A
    /// token that the server does not know is revoked as far as it is concerned.
    ///
    /// # Errors
    /// `Configuration` when the server has no revocation endpoint; `InvalidClient`, `ProviderError`.
    pub async fn revoke(&self, token: &Secret) -> Result<(), Error> {
        self.0.revoke(token).await.map_err(OutsideError::into_named)
    }

    /// Asks about a token (RFC 7662). An answer that does not say `"active": true` is about a token that is not valid.
    ///
    /// # Errors
    /// `Configuration` when the server has no introspection endpoint; `InvalidClient`, `ProviderError`.
    pub async fn introspect(&self, token: &Secret) -> Result<TokenIntrospection, Error> {
        self.0.introspect(token).await.map_err(OutsideError::into_named)
    }

    /// Begins a device login (RFC 8628 section 3.1).
    ///
    /// # Errors
    /// `Configuration` when the server has no such endpoint; `InvalidClient`, `InvalidScope`, `ProviderError`.
    pub async fn begin_device_login(&self, scope: &str) -> Result<DeviceLogin, Error> {
        self.0.begin_device_login(scope).await.map_err(OutsideError::into_named)
    }

    /// Asks once whether the person has confirmed (RFC 8628 section 3.4); `None` while they have not: wait for
    /// [`DeviceLogin::interval`] then.
    ///
    /// # Errors
    /// `PermissionDenied` when they refused; `InvalidGrant` when the code has ended; `InvalidClient`, `ProviderError`. A server
    /// that cannot be reached for the moment is no error.
    pub async fn poll_device_login(&self, login: &mut DeviceLogin) -> Result<Option<IssuedTokens>, Error> {
        self.0.poll_device_login(login).await.map_err(OutsideError::into_named)
    }

    /// Asks until the person has confirmed or refused, or the code has ended, and waits by `sleep` in between:
    /// `client.finish_device_login(login, tokio::time::sleep)`.
    ///
    /// # Errors
    /// As [`poll_device_login`](Self::poll_device_login).
    pub async fn finish_device_login<S: Future<Output = ()>>(
        &self,
        login: DeviceLogin,
        sleep: impl Fn(Duration) -> S,
    ) -> Result<IssuedTokens, Error> {
        self.0.finish_device_login(login, sleep).await.map_err(OutsideError::into_named)
    }
}
