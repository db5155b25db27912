//! The grants of a client.

use std::borrow::Cow;
use std::sync::Arc;

use oauth2::basic::{BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse};
use oauth2::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, EndpointNotSet, EndpointSet, PkceCodeVerifier,
    RedirectUrl, RefreshToken, Scope, StandardRevocableToken, TokenUrl,
};

use crate::clock::{Clock, Timestamp};
use crate::error::Error;
use crate::outbound::{Outbound, OutboundUrl, OutsideError};
use crate::random::Random;
use crate::secret::Secret;

use super::answer::{TokenAnswer, failed};
use super::authentication::Credentials;
use super::bridge::Bridge;
use super::{ClientAuthentication, IssuedTokens, OAuthEndpoints};

/// A client of the `oauth2` crate that knows the token endpoint and reads its answers as [`TokenAnswer`].
type Protocol = oauth2::Client<
    BasicErrorResponse,
    TokenAnswer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// This application as it is registered at an authorization server; cheap to clone. What the server refuses is an error of the
/// server's here, and each caller says what it means to theirs.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    pub(super) outbound: Outbound,
    pub(super) clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    pub(super) endpoints: Arc<OAuthEndpoints>,
    pub(super) client_id: Arc<str>,
    authentication: ClientAuthentication,
}

impl Registration {
    /// The client with this id at these endpoints.
    pub(crate) fn new(
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

    /// See [`OAuthClient::exchange_code`](super::OAuthClient::exchange_code).
    pub(crate) async fn exchange_code(
        &self,
        code: &Secret,
        redirect_uri: &OutboundUrl,
        verifier: Option<&Secret>,
    ) -> Result<IssuedTokens, OutsideError> {
        let now = self.clock.now();
        let credentials = self.credentials(now)?;
        let client = self.protocol(&credentials);
        let request = client
            .exchange_code(AuthorizationCode::new(code.expose().to_owned()))
            .set_redirect_uri(Cow::Owned(RedirectUrl::from_url(redirect_uri.url().clone())));
        let request = match verifier {
            Some(verifier) => request.set_pkce_verifier(PkceCodeVerifier::new(verifier.expose().to_owned())),
            None => request,
        };
        let request = assertion(&credentials)
            .into_iter()
            .fold(request, |request, (name, value)| request.add_extra_param(name, value));
        let bridge = Bridge::new(&self.outbound, &self.endpoints.token);
        request.request_async(&bridge).await.map_err(|error| failed(error, &bridge.met()))?.issued(now)
    }

    /// See [`OAuthClient::refresh`](super::OAuthClient::refresh).
    pub(crate) async fn refresh(
        &self,
        token: &Secret,
        scope: Option<&str>,
    ) -> Result<IssuedTokens, OutsideError> {
        let now = self.clock.now();
        let credentials = self.credentials(now)?;
        let client = self.protocol(&credentials);
        let token = RefreshToken::new(token.expose().to_owned());
        let request = client.exchange_refresh_token(&token).add_scopes(words(scope.unwrap_or_default()));
        let request = assertion(&credentials)
            .into_iter()
            .fold(request, |request, (name, value)| request.add_extra_param(name, value));
        let bridge = Bridge::new(&self.outbound, &self.endpoints.token);
        request.request_async(&bridge).await.map_err(|error| failed(error, &bridge.met()))?.issued(now)
    }

    /// See [`OAuthClient::client_credentials`](super::OAuthClient::client_credentials).
    pub(super) async fn client_credentials(&self, scope: &str) -> Result<IssuedTokens, OutsideError> {
        let now = self.clock.now();
        let credentials = self.credentials(now)?;
        let client = self.protocol(&credentials);
        let request = client.exchange_client_credentials().add_scopes(words(scope));
        let request = assertion(&credentials)
            .into_iter()
            .fold(request, |request, (name, value)| request.add_extra_param(name, value));
        let bridge = Bridge::new(&self.outbound, &self.endpoints.token);
        request.request_async(&bridge).await.map_err(|error| failed(error, &bridge.met()))?.issued(now)
    }

    pub(super) fn credentials(&self, now: Timestamp) -> Result<Credentials, Error> {
        let audience = self.endpoints.token.as_str();
        self.authentication.credentials(&self.client_id, audience, now, &*self.random)
    }

    /// The client of the `oauth2` crate. It is made for each request, because an assertion is good for one only, and its type names
    /// every endpoint that it has.
    fn protocol(&self, credentials: &Credentials) -> Protocol {
        let client = oauth2::Client::new(ClientId::new(self.client_id.to_string()))
            .set_token_uri(TokenUrl::from_url(self.endpoints.token.url().clone()));
        match credentials {
            Credentials::Basic(secret) => {
                client.set_client_secret(ClientSecret::new(secret.expose().to_owned()))
            }
            Credentials::Post(secret) => client
                .set_client_secret(ClientSecret::new(secret.expose().to_owned()))
                .set_auth_type(AuthType::RequestBody),
            Credentials::None | Credentials::Assertion(_) => client,
        }
    }
}

/// What the `oauth2` crate has no place for.
fn assertion(credentials: &Credentials) -> Vec<(&'static str, String)> {
    match credentials {
        Credentials::Assertion(_) => {
            credentials.parameters().into_iter().map(|(name, value)| (name, value.to_owned())).collect()
        }
        _ => Vec::new(),
    }
}

fn words(scope: &str) -> impl Iterator<Item = Scope> + '_ {
    scope.split(' ').filter(|word| !word.is_empty()).map(|word| Scope::new(word.to_owned()))
}
